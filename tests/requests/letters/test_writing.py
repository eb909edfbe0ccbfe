"""Freezing: one hash, one set of dates, nothing ever changed, corrections by a further letter."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from archiver.config import Home, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.attestations import wording_digest
from archiver.requests.book import correct_received, events_of, new_request
from archiver.requests.deadline import request_deadline
from archiver.requests.letters.drafts import Draft as LetterDraft
from archiver.requests.letters.facts import Produced
from archiver.requests.letters.mailing import plain_text
from archiver.requests.letters.timing import dates_of
from archiver.requests.letters.words import date_in
from archiver.requests.letters.writing import (
    altered_letters,
    get_letter,
    letters_of,
    merged,
)

Draft = Callable[..., Any]
NUMBER = "2026-0001"

pytestmark = pytest.mark.usefixtures("asked", "attested")


def test_a_frozen_letter_keeps_its_words_hash_template_and_data(
    office: sqlite3.Connection, draft: Draft, look: Callable[..., Any], write: Callable[..., Any]
) -> None:
    seen = look(draft("acknowledgement"))
    letter = write(draft("acknowledgement"), seen=seen.sha256)
    assert letter.sha256 == seen.sha256
    assert letter.intact
    face = msgspec.to_builtins(letter.face)
    assert letter.sha256 == wording_digest(
        {"subject": letter.subject, "text": letter.text, "face": face}
    )
    assert letter.template_sha256 == seen.template.digest
    assert letter.data["work_by"] == "Wednesday, November 25, 2026"
    assert get_letter(office, NUMBER, letter.id) == letter
    told = events_of(office, NUMBER)[-1]
    assert told.kind == "letter written" and told.detail["sha256"] == letter.sha256
    row = office.execute("SELECT action, subject FROM audit ORDER BY id DESC").fetchone()
    assert tuple(row) == ("request letter written", f"request {NUMBER}")


def test_nothing_of_a_letter_is_ever_changed_or_taken_out(
    office: sqlite3.Connection, draft: Draft, write: Callable[..., Any]
) -> None:
    write(draft("acknowledgement"))
    for sql in (
        "UPDATE request_letters SET text = 'x'",
        "DELETE FROM request_letters",
        "INSERT OR REPLACE INTO request_letters SELECT * FROM request_letters",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            office.execute(sql)


def test_a_letter_that_was_altered_in_the_file_is_found(
    office: sqlite3.Connection, draft: Draft, write: Callable[..., Any]
) -> None:
    write(draft("acknowledgement"))
    write(draft("referral"))
    assert altered_letters(office) == (2, [])
    office.execute("DROP TRIGGER request_letters_no_update")
    office.execute("UPDATE request_letters SET text = replace(text, 'November 25', 'May 25')")
    office.execute("UPDATE request_letters SET attestation_id = 1 WHERE id = 2")
    assert altered_letters(office) == (
        2,
        [
            "letter 1: its words do not match their hash",
            "letter 2: its words do not match their hash",
            "letter 2: its text is not the one that was attested",
        ],
    )


def test_a_letter_that_would_now_say_something_else_is_not_frozen(
    office: sqlite3.Connection, draft: Draft, look: Callable[..., Any], write: Callable[..., Any]
) -> None:
    seen = look(draft("acknowledgement"))
    correct_received(
        office, NUMBER, actor="of", received_at="2026-11-15T17:00:00Z", reason="It came on Sunday."
    )
    with pytest.raises(BusyError, match="changed since this preview"):
        write(draft("acknowledgement"), seen=seen.sha256)
    assert letters_of(office, NUMBER) == []


def test_a_correction_is_a_further_letter_with_its_reason_and_only_one(
    office: sqlite3.Connection, draft: Draft, write: Callable[..., Any]
) -> None:
    first = write(draft("acknowledgement"))
    with pytest.raises(RuleError, match="why the earlier letter is corrected"):
        write(draft("acknowledgement", supersedes=first.id))
    again = {"supersedes": first.id, "reason": "The name was misspelt."}
    second = write(draft("acknowledgement", **again))
    assert second.supersede_reason == "The name was misspelt."
    assert get_letter(office, NUMBER, first.id).superseded_by == second.id
    assert get_letter(office, NUMBER, first.id).text == first.text
    with pytest.raises(BusyError, match="corrected already by letter 2"):
        write(draft("acknowledgement", **again))


def test_a_letter_of_another_request_cannot_be_corrected_here(
    office: sqlite3.Connection, settings: Settings, draft: Draft, write: Callable[..., Any]
) -> None:
    first = write(draft("acknowledgement"))
    new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-17T17:12:00Z",
        channel="mail",
        verbatim="Everything.",
    )
    with pytest.raises(InputError, match="has no letter"):
        get_letter(office, "2026-0002", first.id)


def test_the_date_is_the_same_in_every_letter_and_everywhere_else(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Any,
    draft: Draft,
    look: Callable[..., Any],
) -> None:
    counted = request_deadline(office, settings, asked)
    dates = dates_of(office, settings, asked)
    assert (dates.work_by, dates.outside) == (counted.safe, counted.outside)
    for kind in ("acknowledgement", "clarification", "referral"):
        assert date_in(dates.work_by, "en") in look(draft(kind)).text
        assert date_in(dates.outside, "en") not in look(draft(kind)).text
    for kind in ("acknowledgement", "clarification"):
        spanish = look(draft(kind, language="es"))
        assert "miércoles 25 de noviembre de 2026" in spanish.text


def test_a_condition_in_the_text_cannot_hide_what_the_law_wants(
    home: Home, draft: Draft, look: Callable[..., Any]
) -> None:
    own = home.path / "letters" / "en" / "closing.txt"
    own.parent.mkdir(parents=True)
    own.write_text(
        "Subject: Bye\n{% if channel == 'fax' %}{{ reason }}{% endif %}{{ free }}", "utf-8"
    )
    made = look(draft("closing"))
    assert any("the template leaves out" in each for each in made.lacks)


def test_each_circumstance_is_named_in_spanish_too(draft: Draft, look: Callable[..., Any]) -> None:
    texts = {
        look(draft("extension", {"circumstance": code}, language="es")).text
        for code in (
            *("field-facilities", "voluminous", "consultation", "programming"),
            *("emergency", "cyberattack"),
        )
    }
    assert len(texts) == 6


HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("\x00\x07\x1b\r\n\t\u202e\u2066\u2069\u200f\u2028{}%<>&\"'§"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=120,
)


@trying(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=HOSTILE, words=HOSTILE, free=HOSTILE)
def test_whatever_a_resident_writes_a_letter_stays_one_and_nothing_is_evaluated(
    office: sqlite3.Connection,
    home: Home,
    settings: Settings,
    name: str,
    words: str,
    free: str,
) -> None:
    request = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-17T17:12:00Z",
        channel="form",
        verbatim=words.replace("\0", "") + " {{ 1234567*9 }} {% for x in y %}",
        requester=name.replace("\0", "") or None,
    )
    draft = LetterDraft(
        "acknowledgement", free=free, signer_name="Odile Farrow", signer_title="Clerk"
    )
    made = merged(office, home, settings, request.number, draft, Produced())
    whole = plain_text(made.face, made.subject, made.text)
    assert "{{ 1234567*9 }}" in made.text
    assert "11111103" not in whole
    assert "\n" not in made.subject and "\n" not in "".join(made.face.address)
    for bad in "\x00\x07\x1b\r\u202e\u2066\u2028":
        assert bad not in whole
    assert made.text.startswith("Dear ")


def test_a_megabyte_of_words_makes_a_short_letter(
    office: sqlite3.Connection, home: Home, settings: Settings
) -> None:
    request = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-17T17:12:00Z",
        channel="form",
        verbatim="park " * 190_000,
    )
    draft = LetterDraft("acknowledgement", signer_name="O. Farrow", signer_title="Clerk")
    made = merged(office, home, settings, request.number, draft, Produced())
    assert len(made.text) < 3_000
    assert "park…" in made.text
