"""The audits of four files as one line of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from archiver.archive.schema import migrate_archive
from archiver.errors import InputError
from archiver.operations.audit_reading import (
    FILES,
    Wanted,
    days_wanted,
    every_line,
    known_actions,
    read_lines,
)
from archiver.register.schema import migrate_register
from archiver.staff.schema import migrate_staff

_BIRTH = {
    "archive": migrate_archive,
    "private": migrate_archive,
    "office": migrate_register,
    "staff": migrate_staff,
}
Files = dict[str, sqlite3.Connection]


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    made = {}
    for name in FILES:
        made[name] = sqlite3.connect(":memory:", isolation_level=None)
        made[name].row_factory = sqlite3.Row
        _BIRTH[name](made[name])
    yield made
    for connection in made.values():
        connection.close()


@pytest.fixture(autouse=True)
def _undone(files: Files) -> Iterator[None]:
    for connection in files.values():
        connection.execute("BEGIN")
    yield
    for connection in files.values():
        connection.execute("ROLLBACK")


def write(
    files: Files,
    file: str,
    second: int,
    *,
    actor: str = "odile",
    action: str = "acted",
    subject: str = "request AG-1",
    detail: str = "{}",
) -> None:
    at = f"2026-11-20T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
    extra = (", leaf", ", 0") if file in ("archive", "private") else ("", "")
    files[file].execute(
        f"INSERT INTO audit (at, actor, action, subject, detail{extra[0]})"
        f" VALUES (?, ?, ?, ?, ?{extra[1]})",
        (at, actor, action, subject, detail),
    )


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    written=some.lists(some.tuples(some.sampled_from(FILES), some.integers(0, 5)), max_size=40),
    size=some.integers(1, 7),
)
def test_pages_hold_every_line_once_in_order_however_times_collide(
    files: Files, written: list[tuple[str, int]], size: int
) -> None:
    for connection in files.values():
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")
    for file, second in written:
        write(files, file, second)
    found, after = [], ""
    while page := read_lines(files, Wanted(), private=True, limit=size, after=after):
        found += page
        after = page[-1].key
    keys = [(line.at, line.file, line.id) for line in found]
    assert len(set(keys)) == len(keys) == len(written)
    assert keys == sorted(keys, reverse=True)
    assert list(every_line(files, Wanted(), private=True)) == found


def test_who_may_not_see_private_records_learns_that_something_was_done_and_not_with_what(
    files: Files,
) -> None:
    write(files, "private", 1, subject="account 3")
    write(files, "office", 2, subject="private record 77", action="viewed")
    write(files, "office", 3, detail='{"private records": [77, 78]}', action="viewed")
    write(files, "office", 4, subject="archive and private", detail='{"query": "a name"}')
    write(files, "office", 5)
    lines = read_lines(files, Wanted(), private=False, limit=10)
    assert [(line.subject, dict(line.detail), line.veiled) for line in lines] == [
        ("request AG-1", {}, False),
        ("", {}, True),
        ("", {}, True),
        ("", {}, True),
    ]
    assert {line.file for line in lines} == {"office"}
    guess = Wanted(subject="private record 77")
    assert read_lines(files, guess, private=False, limit=10) == []
    [seen] = read_lines(files, guess, private=True, limit=10)
    assert seen.subject == "private record 77"
    assert len(read_lines(files, Wanted(), private=True, limit=10)) == 5


def test_who_was_given_the_role_for_private_records_is_no_private_record(files: Files) -> None:
    write(files, "staff", 1, action="staff-roles", detail='{"after": ["private-records"]}')
    [line] = read_lines(files, Wanted(subject="request AG-1"), private=False, limit=10)
    assert (line.veiled, dict(line.detail)) == (False, {"after": ["private-records"]})


def test_each_filter_narrows_and_all_together_too(files: Files) -> None:
    write(files, "office", 1, actor="odile", action="decided", subject="request AG-1")
    write(files, "office", 2, actor="marco", action="decided", subject="request AG-1")
    write(files, "staff", 3, actor="odile", action="sign-in", subject="odile")
    write(files, "archive", 4, actor="night", action="account", subject="account 1")

    def count(**wanted: str) -> int:
        return len(read_lines(files, Wanted(**wanted), private=True, limit=10))

    assert count(actor="odile") == 2
    assert count(action="decided") == 2
    assert count(subject="request AG-1") == 2
    assert count(file="staff") == 1
    assert count(actor="odile", action="decided", subject="request AG-1", file="office") == 1
    assert count(actor="odile", action="account") == 0
    assert count(since="2026-11-20T00:00:02Z") == 3
    assert count(since="2026-11-20T00:00:02Z", until="2026-11-20T00:00:04Z") == 2
    assert known_actions(files, private=True) == ["account", "decided", "sign-in"]


def test_days_are_the_agency_s_own() -> None:
    zone = "America/Los_Angeles"
    assert days_wanted("2026-11-20", "2026-11-20", zone) == (
        "2026-11-20T08:00:00Z",
        "2026-11-21T08:00:00Z",
    )
    assert days_wanted("", "", zone) == ("", "")
    for wrong in ("yesterday", "2026-02-30", "9999-12-31x", "\0"):
        with pytest.raises(InputError, match="YYYY-MM-DD"):
            days_wanted(wrong, "", zone)


@pytest.mark.parametrize(
    "after", ["x", "2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z.mayor.1", "'; DROP TABLE audit"]
)
def test_a_page_that_nobody_gave_is_refused(files: Files, after: str) -> None:
    with pytest.raises(InputError, match="begin again"):
        read_lines(files, Wanted(), private=True, limit=1, after=after)


def test_every_filter_is_answered_by_an_index() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as office:
        office.row_factory = sqlite3.Row
        migrate_register(office)
        for where, index in (
            ("1", "audit_at"),
            ("actor = 'a'", "audit_actor"),
            ("action = 'a'", "audit_action"),
            ("subject = 'a'", "audit_subject"),
        ):
            plan = office.execute(
                "EXPLAIN QUERY PLAN SELECT * FROM audit WHERE " + where + " AND at >= 'x'"
                " AND (at, id) < ('y', 3) ORDER BY at DESC, id DESC LIMIT 100"
            ).fetchall()
            told = " ".join(step["detail"] for step in plan)
            assert index in told
            assert "TEMP B-TREE" not in told
