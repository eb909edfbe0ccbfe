"""What requests, productions, backups and the queue have to say about a disposition."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import InputError
from archiver.operations.backups import RestoreTest, record_restore_test
from archiver.operations.disposing import JOB, outside_of, queue_execution
from archiver.register.office import open_office


@pytest.fixture
def rooms(home: Home) -> Iterator[tuple]:
    """A home's office and archive."""
    office = open_office(home)
    with Archive.open(home, write=True) as archive:
        yield home, office, archive
    office.close()


def _request(office, number: str, *, status: str = "open") -> int:
    closed = ("2026-01-01T00:00:00Z", "answered") if status == "closed" else (None, None)
    cursor = office.execute(
        "INSERT INTO requests (number, year, sequence, received_at, channel, verbatim, scope, "
        "status, created_at, created_by, closed_at, closed_reason) "
        "VALUES (?, 2026, ?, '2025-01-01T00:00:00Z', 'email', 'All posts', '', ?, "
        "'2025-01-01T00:00:00Z', 'of', ?, ?)",
        (number, int(number[-2:]), status, *closed),
    )
    return int(cursor.lastrowid)


def _item(office, request: int, record: int) -> int:
    cursor = office.execute(
        "INSERT INTO request_items (request_id, file, record_id, version_id, leaf, family, "
        "as_family, added_at, added_by) VALUES (?, 'archive', ?, 1, 'aa', 'f', 0, "
        "'2025-01-02T00:00:00Z', 'of')",
        (request, record),
    )
    return int(cursor.lastrowid)


def _produce(office, request: str, item: int, *, moved: int) -> None:
    cursor = office.execute(
        "INSERT INTO productions (request, volume, made_at, actor, bates_prefix, first_page, "
        "last_page, released, withheld, manifest_sha256, staging, moved) "
        "VALUES (?, 1, '2025-02-01T00:00:00Z', 'of', 'AG', 1, 2, 1, 0, 'aa', 's', ?)",
        (request, moved),
    )
    office.execute(
        "INSERT INTO production_items (production_id, item_id, outcome, fingerprint, first_page, "
        "last_page) VALUES (?, ?, 'released', 'ff', 1, 1)",
        (cursor.lastrowid, item),
    )


def test_what_an_open_request_collected_is_in_use(rooms) -> None:
    home, office, _ = rooms
    _item(office, _request(office, "AG-2026-01"), 7)
    _item(office, _request(office, "AG-2026-02", status="closed"), 8)
    found = outside_of(home, office, home.settings()).in_use(
        [("archive", 7), ("archive", 8), ("private", 7)]
    )
    assert found == {("archive", 7): "it is in request AG-2026-01, which is open"}


def test_a_volume_that_is_not_in_its_place_keeps_its_records(rooms) -> None:
    home, office, _ = rooms
    item = _item(office, _request(office, "AG-2026-01", status="closed"), 7)
    _produce(office, "AG-2026-01", item, moved=0)
    outside = outside_of(home, office, home.settings())
    assert list(outside.in_use([("archive", 7)])) == [("archive", 7)]


def test_productions_and_request_files_that_hold_a_copy_are_named(rooms) -> None:
    home, office, _ = rooms
    request = _request(office, "AG-2026-01", status="closed")
    _produce(office, "AG-2026-01", _item(office, request, 7), moved=1)
    _item(office, request, 8)
    copies = outside_of(home, office, home.settings()).copies([("archive", 7), ("archive", 8)])
    assert [(each.number, each.records) for each in copies] == [
        ("AG-2026-01, volume 1", 1),
        ("AG-2026-01", 2),
    ]


def test_what_is_in_quarantine_is_named_by_its_file(rooms) -> None:
    home, office, _ = rooms
    asked = outside_of(home, office, home.settings()).quarantined
    assert asked(office) == {}
    office.execute(
        "INSERT INTO quarantine_steps (act, file, record_id, chosen, what, kind, reason, at, actor)"
        " VALUES (1, 'private', 7, 7, 'placed', 'other', 'r', '2026-11-20T18:00:00Z', 'of')"
    )
    assert asked(office) == {"private": frozenset({7})}


def test_a_copy_counts_as_tested_only_when_its_restore_passed(rooms) -> None:
    home, office, _ = rooms
    outside = outside_of(home, office, home.settings())
    assert outside.tested_copy() is None
    for month, outcome, told in ((1, "passed", True), (2, "failed", False), (3, "passed", True)):
        at = f"2026-0{month}-01T00:00:00Z"
        record_restore_test(office, RestoreTest("b", "/mnt", None, at, 1.0, outcome, {}, "of"))
        assert outside.tested_copy() == (at if told else None)


def test_a_batch_is_queued_for_the_worker_by_its_number(rooms) -> None:
    _, office, _ = rooms
    assert JOB == "dispose"
    with pytest.raises(InputError, match="no batch D-2026-01"):
        queue_execution(office, "D-2026-01", actor="of")
