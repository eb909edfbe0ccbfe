"""What the law wants of each kind of letter, and which kind a case calls for."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from archiver.config import Home, Settings
from archiver.errors import RuleError
from archiver.register.attestations import attested as attested_in
from archiver.requests.book import Request
from archiver.requests.letters.costs import read_costs, total_of
from archiver.requests.letters.facts import Produced, Volume
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.linting import PHRASES
from archiver.requests.letters.writing import letters_of
from archiver.requests.timing.extensions import extend_request
from archiver.staff.people import add_person, open_staff

VOLUME = Volume(1, 12, "AG-000001", "AG-000012", 3, 1)
Draft = Callable[..., Any]
Look = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("asked")


def lacking(made: Any, words: str) -> bool:
    return any(words in each for each in made.lacks)


def test_every_kind_filled_in_as_a_clerk_would_is_ready(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    first = collect("release", "withhold", "undecided")[0]
    produced = Produced(frozenset({first}), VOLUME)
    for kind in kinds().kind:
        made = look(draft(kind.code), produced)
        if kind.code == "no-records":
            assert lacking(made, "2 records were found")
        elif kind.code == "closing":
            assert lacking(made, "a denial is given in writing first")
        else:
            assert not made.lacks, kind.code


def test_every_content_the_law_wants_is_missed_when_it_is_not_there(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    collect("release", "withhold", "undecided")
    produced = Produced(frozenset(), VOLUME)
    checked = 0
    for kind in kinds().kind:
        for field in kind.field:
            if field.name in ("costs",):
                empty = look(draft(kind.code, {field.name: ""}), produced)
                assert lacking(empty, "“Costs of duplication” is empty")
                continue
            if not draft(kind.code).given(field.name):
                continue
            made = look(draft(kind.code, {field.name: "   "}), produced)
            assert made.lacks, (kind.code, field.name)
            checked += 1
    assert checked == 20
    unsigned = look(draft("acknowledgement", signer_title=""))
    assert lacking(unsigned, "who signs")


def test_a_determination_says_yes_in_part_or_no_with_reasons_date_and_time(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    collect("release", "undecided")
    made = look(draft("determination", {"outcome": "yes", "responsible": ""}))
    assert not made.lacks
    assert "will disclose them" in made.text
    assert "Tuesday, December 1, 2026, at 4:00 p.m. PST" in made.text
    assert lacking(look(draft("determination", {"available_at": ""})), "the time of day")
    assert lacking(look(draft("determination", {"available_on": ""})), "estimated date and time")
    past = look(draft("determination", {"available_on": "2026-11-19"}))
    assert lacking(past, "lies ahead")
    assert lacking(look(draft("determination", {"outcome": "maybe"})), "yes, part or no")
    assert lacking(look(draft("determination", {"outcome": "no"})), "“in part” or “yes”")


def test_a_letter_that_releases_is_refused_where_everything_is_withheld(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    items = collect("withhold", "withhold")
    for outcome in ("yes", "part"):
        made = look(draft("determination", {"outcome": outcome}))
        assert lacking(made, "write a denial"), outcome
    cover = look(
        draft("production-cover"),
        Produced(frozenset(items), Volume(1, 2, "AG-1", "AG-2", 0, 2)),
    )
    assert lacking(cover, "what is wanted is a denial")
    denial = look(draft("denial"))
    assert not denial.lacks
    assert "denied in whole" in denial.subject


def test_yes_is_refused_while_something_is_withheld(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    collect("release", "withhold")
    assert lacking(look(draft("determination", {"outcome": "yes"})), "the answer is “in part”")


def test_a_denial_names_exemptions_facts_and_everyone_responsible(
    office: sqlite3.Connection,
    home: Home,
    collect: Callable[..., list[int]],
    draft: Draft,
    look: Look,
) -> None:
    collect("release", "withhold", "undecided")
    staff = open_staff(home, create=True)
    add_person(
        staff,
        actor="test",
        login="of",
        name="Odile Farrow",
        title="Deputy City Clerk",
        roles=["clerk"],
        password="otter lantern gravel",
    )
    staff.close()
    made = look(draft("denial"))
    assert not made.lacks
    assert "denied in part" in made.subject
    assert "Gov. Code § 7927.700" in made.text
    assert "It names a child's illness." in made.text
    assert "- Odile Farrow, Deputy City Clerk" in made.text
    assert "1 record is withheld in full. 1 record is released in full." in made.text
    assert "1 record is still being reviewed." in made.text
    untitled = look(draft("denial", {"responsible": "Odile Farrow"}))
    assert lacking(untitled, "the title or position of Odile Farrow")
    another = look(draft("denial", {"responsible": "Rosalind Achterberg, Mayor"}))
    assert lacking(another, "Odile Farrow decided to withhold")
    assert lacking(look(draft("denial", {"responsible": ""})), "responsible")


def test_a_denial_is_refused_where_nothing_is_withheld(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    assert lacking(look(draft("denial")), "nothing is withheld")
    collect("release")
    assert lacking(look(draft("denial")), "nothing is withheld")


def test_an_extension_gives_a_listed_circumstance_and_a_date_within_the_limit(
    draft: Draft, look: Look
) -> None:
    made = look(draft("extension"))
    assert not made.lacks
    assert "voluminous" in made.text
    assert "Thursday, December 10, 2026" in made.text
    assert "designated by the head of the agency" in made.text
    assert lacking(look(draft("extension", {"circumstance": "busy"})), "that the law lists")
    assert lacking(look(draft("extension", {"dispatch_by": "2026-12-11"})), "within the limit")
    assert lacking(look(draft("extension", {"dispatch_by": "2026-11-25"})), "a date of dispatch")
    assert lacking(look(draft("extension", {"dispatch_by": "soon"})), "expected to be dispatched")
    assert lacking(look(draft("extension", {"issued_as": "a friend"})), "head of the agency")


def test_an_extension_is_refused_late_and_warned_about_in_the_gap(
    draft: Draft, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-28T18:00:00Z")
    gap = look(draft("extension"))
    assert not gap.lacks
    assert "ask the city attorney" in gap.warnings[0]
    monkeypatch.setenv("ARCHIVER_NOW", "2026-12-01T18:00:00Z")
    assert lacking(look(draft("extension")), "the time to extend ended on Mon 30 Nov 2026")


@pytest.mark.usefixtures("attested")
def test_a_second_extension_is_refused_but_the_first_can_be_corrected(
    office: sqlite3.Connection, draft: Draft, look: Look, write: Callable[..., Any]
) -> None:
    first = write(draft("extension"))
    assert lacking(look(draft("extension")), "extended already")
    corrected = draft(
        "extension", {"dispatch_by": "2026-12-09"}, supersedes=first.id, reason="A typing error."
    )
    second = write(corrected)
    assert letters_of(office, "2026-0001")[0].superseded_by == second.id
    assert lacking(look(draft("extension")), "extended already")


def test_an_extension_letter_gives_the_date_that_was_written_down(
    office: sqlite3.Connection, settings: Settings, asked: Request, draft: Draft, look: Look
) -> None:
    extend_request(
        office,
        settings,
        asked.number,
        actor="of",
        circumstance="voluminous",
        reason="Many.",
        determination_on=dt.date(2026, 12, 8),
        person="Odile Farrow",
        title="Deputy City Clerk",
    )
    assert lacking(look(draft("extension")), "until Tue 8 Dec 2026")
    assert not look(draft("extension", {"dispatch_by": "2026-12-08"})).lacks


def test_no_records_is_refused_where_records_were_found_or_nothing_was_searched(
    office: sqlite3.Connection, collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    assert lacking(look(draft("no-records")), "no search is logged")
    office.execute(
        "INSERT INTO request_searches (request_id, at, actor, text, filters, files, found, exact) "
        "VALUES (1, '2026-11-17T10:00:00Z', 'of', 'skate', '{}', 'archive', 0, 1)"
    )
    assert not look(draft("no-records")).lacks
    collect("not responsive")
    assert not look(draft("no-records")).lacks
    collect_more = look(draft("no-records", {"searched": ""}))
    assert lacking(collect_more, "“What was searched” is empty")


def test_a_cover_says_how_many_records_remain_and_when(
    collect: Callable[..., list[int]], draft: Draft, look: Look
) -> None:
    items = collect("release", "release", "undecided", "not responsive")
    assert lacking(look(draft("production-cover")), "nothing has been produced")
    part = Volume(1, 12, "AG-000001", "AG-000012", 1, 0)
    made = look(draft("production-cover"), Produced(frozenset(items[:1]), part))
    assert not made.lacks
    assert "2 records are still to come." in made.text
    assert "Tuesday, December 15, 2026, at 9:30 a.m. PST" in made.text
    undated = look(
        draft("production-cover", {"next_on": "", "next_at": ""}),
        Produced(frozenset(items[:1]), part),
    )
    assert lacking(undated, "the next estimated date and time")
    whole = look(draft("production-cover"), Produced(frozenset(items), part))
    assert "No records remain" in whole.text
    assert "next records will be" not in whole.text


@pytest.mark.usefixtures("attested")
def test_closing_waits_for_the_denial_in_writing(
    collect: Callable[..., list[int]], draft: Draft, look: Look, write: Callable[..., Any]
) -> None:
    collect("release", "withhold")
    assert lacking(look(draft("closing")), "a denial is given in writing first")
    write(draft("denial"))
    assert not look(draft("closing")).lacks


def test_only_costs_of_duplication_are_taken(draft: Draft, look: Look) -> None:
    made = look(draft("fees"))
    assert "Paper copies, black and white: 96 pages at $0.10 = $9.60" in made.text
    assert "Together: $17.60." in made.text
    for word, reason in (
        ("redaction", "Hayward"),
        ("search", "Hayward"),
        ("review", "Hayward"),
        ("staff", "only the direct cost"),
        ("consulting", "no cost of duplication"),
    ):
        assert lacking(look(draft("fees", {"costs": f"{word}:3:45.00"})), reason), word
    for wrong in (
        "paper:0:0.10",
        "paper:-1:0.1",
        "paper:x:1",
        "paper:1:NaN",
        "paper:1",
        "paper:1:1e9",
    ):
        assert look(draft("fees", {"costs": wrong})).lacks, wrong
    aside = look(draft("fees", free="Our time for redacting comes to $400."))
    assert lacking(aside, "costs stand in the lines alone")


def test_sums_are_exact() -> None:
    lines = read_costs("paper:3:0.10\ncolour:7:0.35\nstorage:1:5")
    assert str(total_of(lines)) == "7.75"


@pytest.mark.parametrize(
    "question",
    [
        "Why do you want these records?",
        "Please tell us the purpose of your request.",
        "Could you explain why you need them?",
        "What is the reason for your request?",
        "How will you use the records?",
        "¿Para qué quiere los documentos?",
    ],
)
def test_no_letter_asks_for_the_purpose(draft: Draft, look: Look, question: str) -> None:
    for made in (
        look(draft("clarification", {"question": question})),
        look(draft("acknowledgement", free=question)),
    ):
        assert lacking(made, "purpose") or lacking(made, "used for"), question


def test_saying_that_no_purpose_is_needed_is_allowed(draft: Draft, look: Look) -> None:
    for kind in ("acknowledgement", "clarification"):
        made = look(draft(kind, free="You need not explain why you ask."))
        assert not made.lacks


def test_every_requirement_has_a_source_and_a_mark() -> None:
    for kind in kinds().kind:
        assert kind.requires
        for need in kind.requires:
            assert need.source and need.mark in "SCKP"
    assert set(PHRASES) <= {
        *(need.variable for kind in kinds().kind for need in kind.requires),
        "withheld",
    }


@pytest.mark.usefixtures("attested")
def test_the_attestation_stands_in_the_register(
    office: sqlite3.Connection, look: Look, draft: Draft
) -> None:
    made = look(draft("denial"))
    found = attested_in(office, "letter", "denial/en", made.template.digest)
    assert found is not None and found.attorney == "P. Haldane"


def test_refused_costs_say_why_in_one_line() -> None:
    with pytest.raises(RuleError, match="National Lawyers Guild"):
        read_costs("redaction:1:1")
