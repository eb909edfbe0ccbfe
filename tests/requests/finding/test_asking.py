"""Suggestions: what waits, what was answered, what is covered, and what is kept of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archiver.config import Requests, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import Author, AuthorRole, Kind, MediaRef, Visibility
from archiver.requests.book import Request, add_items, close_request, items_of
from archiver.requests.finding.asking import (
    Answer,
    Place,
    answer_suggestions,
    answers_on,
    items_with_open_suggestions,
    open_suggestions,
    suggestions_of,
)
from archiver.requests.finding.found import PersonalKind
from archiver.requests.finding.marking import mark_minor, minors_of, unmark_minor
from archiver.requests.finding.repeating import repeated_suggestions
from archiver.retention.quarantine import put_in_quarantine

Files = dict[str, sqlite3.Connection]
Store = Callable[..., int]
Collect = Callable[..., int]
PHONE = "The lights are out, call 760-346-0611"


@pytest.fixture
def collect(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> Collect:
    """Stores a record and puts it into the request; gives the item's id."""

    def collected(
        native_id: str, text: str = PHONE, file: str = "archive", **changes: object
    ) -> int:
        record_id = store(native_id, text, **changes)
        add_items(office, files, request_made.number, [(file, record_id)], actor="of")
        return items_of(office, request_made.number)[-1].id

    return collected


def waiting(office: sqlite3.Connection, files: Files, settings: Settings, item: int) -> list[str]:
    """The kinds that wait on an item, as field: kind."""
    found = open_suggestions(office, files, settings, "2026-0001", item)
    return [f"{each.place.field}: {each.place.kind.value}" for each in found]


def test_a_suggestion_says_where_what_why_and_which_exemption(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")
    [found] = open_suggestions(office, files, settings, "2026-0001", item)
    assert found.place == Place(item, "text", 25, 37, PersonalKind.TELEPHONE)
    assert found.reason == "a telephone number of the North American plan"
    assert found.likely_section == "7927.410"
    assert "business number is not" in found.why


def test_every_field_and_every_earlier_version_is_looked_into(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect, store: Store
) -> None:
    store("1", "My SSN is 219-09-9998", url="https://x.example/1")
    item = collect(
        "1",
        "My number is not for you",
        observed_at="2026-11-18T10:00:00Z",
        author=Author("90", "jfrost", "Call 760-346-0611", AuthorRole.PUBLIC),
        links=("mailto:jfrost@example.com",),
        media=(MediaRef("a.png", "a.png", "image/png", "Letter to 1234 Elm Street"),),
    )
    assert waiting(office, files, settings, item) == [
        "author.name: telephone",
        "link:1: e-mail",
        "media:1.alt: address",
        "version:1.text: social security number",
    ]


def test_a_rejected_suggestion_stays_rejected_until_taken_back(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")
    [found] = open_suggestions(office, files, settings, "2026-0001", item)
    for answer, left in (("rejected", 0), ("open", 1), ("rejected", 0)):
        answer_suggestions(office, files, settings, "2026-0001", [found.place], answer, actor="of")
        assert len(waiting(office, files, settings, item)) == left
    [still] = suggestions_of(office, files, settings, "2026-0001", item)
    assert still.answer is Answer.REJECTED
    [audited] = office.execute(
        "SELECT DISTINCT action FROM audit WHERE action LIKE '%suggest%'"
    ).fetchall()
    assert audited["action"] == "request suggestions answered"


def test_of_two_clerks_on_one_suggestion_the_second_is_told(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")
    [found] = open_suggestions(office, files, settings, "2026-0001", item)
    seen = answers_on(office, item)
    more = {"actor": "of", "seen": seen}
    answer_suggestions(office, files, settings, "2026-0001", [found.place], "rejected", **more)
    with pytest.raises(BusyError, match="someone else answered"):
        answer_suggestions(office, files, settings, "2026-0001", [found.place], "open", **more)
    assert waiting(office, files, settings, item) == []


def test_an_answer_to_what_was_not_suggested_is_refused(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")
    invented = Place(item, "text", 0, 5, PersonalKind.TELEPHONE)
    with pytest.raises(InputError, match="no such suggestion"):
        answer_suggestions(office, files, settings, "2026-0001", [invented], "rejected", actor="of")
    with pytest.raises(InputError, match="an answer is one of"):
        answer_suggestions(office, files, settings, "2026-0001", [invented], "maybe", actor="of")


def test_a_closed_request_takes_no_answers(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")
    [found] = open_suggestions(office, files, settings, "2026-0001", item)
    close_request(office, "2026-0001", settings=settings, actor="of", reason="done")
    with pytest.raises(RuleError, match="closed"):
        answer_suggestions(
            office, files, settings, "2026-0001", [found.place], "rejected", actor="of"
        )


def test_what_bars_cover_wholly_does_not_wait(
    bars: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")

    def draw(start: int | None, end: int | None, field: str = "text") -> None:
        kind = "field" if start is None else "span"
        bars.execute(
            'INSERT INTO request_redactions (item_id, field, kind, start, "end", note_shown, at, '
            "actor) VALUES (?, ?, ?, ?, ?, 0, '2026-11-20T00:00:00Z', 'of')",
            (item, field, kind, start, end),
        )

    draw(25, 30)
    draw(31, 40)
    draw(None, None, "author.name")
    assert waiting(bars, files, settings, item) == ["text: telephone"]
    draw(30, 31)
    assert waiting(bars, files, settings, item) == []
    bars.execute(
        "INSERT INTO redaction_removals (redaction_id, at, actor) "
        "VALUES ((SELECT max(id) FROM request_redactions), '2026-11-20T00:00:00Z', 'of')"
    )
    assert waiting(bars, files, settings, item) == ["text: telephone"]
    draw(None, None)
    assert waiting(bars, files, settings, item) == []


def test_bulk_release_learns_which_items_wait(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    plain, phone = collect("1", "Thanks!"), collect("2")
    told: list[tuple[object, ...]] = []
    found = items_with_open_suggestions(
        office, files, settings, "2026-0001", progress=lambda *done: told.append(done)
    )
    assert (found.counts, found.unread, found.total) == ({phone: 1}, frozenset(), 1)
    assert told == [("looking at records", 2, 2)]
    told.clear()
    again = items_with_open_suggestions(
        office,
        *(files, settings, "2026-0001"),
        item_ids=[plain],
        progress=lambda *done: told.append(done),
    )
    assert (again.items, told) == (frozenset(), [])


def test_what_cannot_be_read_is_never_taken_for_harmless(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1", "Thanks!")
    files["archive"].execute("CREATE TEMP VIEW versions AS SELECT * FROM main.versions WHERE 0")
    found = items_with_open_suggestions(office, files, settings, "2026-0001")
    assert (found.unread, found.items) == (frozenset({item}), frozenset({item}))


def test_the_same_words_are_told_together_as_far_as_they_can_be_read(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    collect("1")
    collect("2", "Again (760) 346 0611!")
    collect("3", "Write to a@example.com")
    told = repeated_suggestions(office, files, settings, "2026-0001")
    assert [(each.words, len(each.suggestions), len(each.items)) for each in told] == [
        ("760-346-0611", 2, 2),
        ("a@example.com", 1, 1),
    ]
    files["archive"].execute("CREATE TEMP VIEW versions AS SELECT * FROM main.versions WHERE 0")
    assert repeated_suggestions(office, files, settings, "2026-0001") == []


def test_private_items_are_not_spoken_of_without_their_file(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    collect("1", file="private", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    public = {"archive": files["archive"]}
    assert items_with_open_suggestions(office, public, settings, "2026-0001").items == frozenset()
    assert items_with_open_suggestions(office, files, settings, "2026-0001").total == 1


def test_office_holds_no_words_of_what_was_found(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1", "SSN 219-09-9998 call 760-346-0611")
    places = [each.place for each in open_suggestions(office, files, settings, "2026-0001", item)]
    answer_suggestions(office, files, settings, "2026-0001", places, "rejected", actor="of")
    dump = "\n".join(office.iterdump())
    assert "219-09" not in dump and "346-0611" not in dump


def test_a_marked_minor_is_suggested_and_gone_from_the_book_when_taken_out(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1", "Our neighbour Maribel  Ochoa, call 760-346-0611")
    assert waiting(office, files, settings, item) == ["text: telephone"]
    marked = mark_minor(office, "2026-0001", " Maribel Ochoa ", actor="of")
    assert waiting(office, files, settings, item) == ["text: name of a minor", "text: telephone"]
    with pytest.raises(InputError, match="marked already"):
        mark_minor(office, "2026-0001", "OCHOA, Maribel", actor="of")
    unmark_minor(office, "2026-0001", marked.id, actor="of")
    assert waiting(office, files, settings, item) == ["text: telephone"]
    assert minors_of(office, "2026-0001") == []
    assert "Ochoa" not in "\n".join(office.iterdump())
    mark_minor(office, "2026-0001", "Wei Lun", actor="of")
    close_request(office, "2026-0001", settings=settings, actor="of", reason="done")
    unmark_minor(office, "2026-0001", marked.id + 1, actor="of")
    with pytest.raises(InputError, match="no marked name"):
        unmark_minor(office, "2026-0001", marked.id, actor="of")


def test_the_citys_own_pattern_is_looked_for_as_soon_as_it_is_set(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1", "It is AG1234-56 again")
    assert waiting(office, files, settings, item) == []
    own = Settings(
        agency="City of Alder Glen",
        schedule="palm-desert",
        requests=Requests(utility_account_pattern=r"AG\d{4}-\d{2}"),
    )
    assert waiting(office, files, own, item) == ["text: utility account"]


def test_nothing_is_told_of_a_record_in_quarantine(
    office: sqlite3.Connection, files: Files, settings: Settings, collect: Collect
) -> None:
    item = collect("1")
    assert waiting(office, files, settings, item) == ["text: telephone"]
    [collected] = items_of(office, "2026-0001")
    put_in_quarantine(
        office,
        files,
        *("archive", collected.record_id),
        actor="of",
        kind="court-sealed",
        reason="Sealed by the court.",
    )
    assert waiting(office, files, settings, item) == []
    found = items_with_open_suggestions(office, files, settings, "2026-0001")
    assert (found.counts, found.items) == ({}, frozenset({item}))
