"""Reading: records, threads, evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.originals import store_original
from archiver.archive.reading import (
    evidence_of,
    file_of,
    metrics_of,
    raw_of,
    record,
    record_by_native,
    records,
    thread,
    version,
    versions,
)
from archiver.items import Access, Author, AuthorRole, Item, Kind

Make = Callable[..., Item]


def at(minute: int) -> str:
    return f"2026-08-14T15:{minute:02d}:00Z"


def test_what_the_file_does_not_hold_is_none(rig) -> None:
    public = rig.archive.public
    assert record(public, 1) is None
    assert record_by_native(public, 1, "post", "1") is None
    assert version(public, 1) is None
    assert versions(public, 1) == []
    with pytest.raises(KeyError):
        raw_of(public, 1)


def test_records_come_in_the_order_asked_for(rig, item: Make) -> None:
    rig.add(*(item(str(n)) for n in range(4)))
    ids = [row[0] for row in rig.rows("SELECT id FROM records ORDER BY id DESC")]
    assert [found.id for found in records(rig.archive.public, [*ids, 7])] == ids


def test_a_record_names_its_file(rig, item: Make) -> None:
    rig.add(item("1"), item("2", kind=Kind.MESSAGE))
    assert file_of(rig.archive.public) == "archive"
    found = record_by_native(rig.archive.private, 1, "message", "2")
    assert found is not None and found.file == "private"


def test_text_that_cannot_be_drawn_is_shown_as_such(rig, item: Make) -> None:
    rig.add(item("1", "half \ud83d", author=Author("1", "a\ud800", None, AuthorRole.PUBLIC)))
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None
    assert (found.text, found.author_handle) == ("half �", "a�")
    assert versions(rig.archive.public, found.id)[0].text == "half �"


def test_evidence_of_an_import_is_the_place_in_the_original(
    rig, item: Make, tmp_path: Path
) -> None:
    packed = tmp_path / "download.ZIP"
    packed.write_bytes(b"PK\3\4")
    kept = store_original(rig.archive, rig.run, packed, access=Access.PRIVATE, name="download.ZIP")
    rig.add(
        item("1", member="data/tweets.js", position=3),
        item("2", kind=Kind.MESSAGE, member="data/direct-messages.js", position=0),
        original=kept,
    )
    found = []
    for access, kind, native_id in (
        (Access.PUBLIC, "post", "1"),
        (Access.PRIVATE, "message", "2"),
    ):
        connection = rig.archive.file(access)
        held = record_by_native(connection, 1, kind, native_id)
        assert held is not None
        evidence = evidence_of(connection, versions(connection, held.id)[0])
        assert evidence.source == "x-download" and evidence.exchange is None
        assert evidence.original is not None
        found.append((evidence.original.name, evidence.original.member, evidence.original.position))
        assert (evidence.original.sha256, evidence.original.access) == (kept.sha256, "private")
    assert found == [
        (None, "data/tweets.js", 3),
        ("download.ZIP", "data/direct-messages.js", 0),
    ]
    again = store_original(rig.archive, rig.run, packed, access=Access.PRIVATE, name="x.zip")
    assert again == kept


def test_a_thread_shows_answers_below_what_they_answer(rig, item: Make) -> None:
    rig.add(
        item("1", created_at=at(0)),
        item("2", kind=Kind.COMMENT, parent_id="1", root_id="1", created_at=at(1)),
        item("3", kind=Kind.COMMENT, parent_id="1", root_id="1", created_at=at(2)),
        item("4", kind=Kind.COMMENT, parent_id="2", root_id="1", created_at=at(3)),
        item("5", kind=Kind.COMMENT, parent_id="gone", root_id="1", created_at=at(4)),
        item("9", created_at=at(5)),
    )
    public = rig.archive.public
    for native_id, kind in (("1", "post"), ("4", "comment"), ("5", "comment")):
        of = record_by_native(public, 1, kind, native_id)
        assert of is not None
        shown = [(entry.record.native_id, entry.depth) for entry in thread(public, of)]
        assert shown == [("1", 0), ("2", 1), ("4", 2), ("3", 1), ("5", 1)]


def test_a_thread_that_answers_itself_ends(rig, item: Make) -> None:
    rig.add(item("1", parent_id="2"), item("2", parent_id="1"))
    of = record_by_native(rig.archive.public, 1, "post", "1")
    assert of is not None
    shown = thread(rig.archive.public, of, limit=10)
    assert {entry.record.native_id for entry in shown} == {"1", "2"}
    assert len(shown) <= 10


def test_a_long_conversation_is_shown_around_the_message(rig, item: Make) -> None:
    rig.add(*(item(str(n), kind=Kind.MESSAGE, root_id="c", created_at=at(n)) for n in range(50)))
    of = record_by_native(rig.archive.private, 1, "message", "25")
    assert of is not None
    shown = [entry.record.native_id for entry in thread(rig.archive.private, of, limit=10)]
    assert shown == [str(n) for n in range(21, 31)]


def test_counters_in_the_order_they_changed(rig, item: Make) -> None:
    rig.add(item("1", metrics={"likes": 1}))
    rig.add(item("1", metrics={"likes": 2}), at="2026-08-16T00:00:00Z")
    number = rig.one("SELECT id FROM records")
    assert metrics_of(rig.archive.public, number) == [
        ("2026-08-15T00:00:00Z", {"likes": 1}),
        ("2026-08-16T00:00:00Z", {"likes": 2}),
    ]
