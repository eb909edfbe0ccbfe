"""Marking many at once gives every record the mark of the definition, which is written out here
once more, record by record."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from pathlib import Path

import pytest

from archiver.archive.retention_marks import retention_history
from archiver.archive.store import Archive
from archiver.clock import local_day
from archiver.config import Settings
from archiver.database import write_transaction
from archiver.register.accounts import Account, add_account, close_account, list_accounts
from archiver.retention import marking
from archiver.retention.checking import check_marks
from archiver.retention.marking import mark_all, schedule_in_force
from archiver.retention.rules import Facts, Rulebook
from archiver.retention.ruling import mark_under

ZONE = "America/Los_Angeles"
SHIPPED = Path(__file__).parents[2] / "schedules" / "retention"
MOMENTS = (
    *("2024-02-29T07:59:59Z", "2024-02-29T08:00:00Z", "2024-03-10T09:59:59Z"),
    *("2024-03-10T10:00:00Z", "2024-11-03T06:59:59Z", "2024-11-03T07:00:00.5Z"),
    *("2024-11-03T08:30:00Z", "2024-11-04T07:59:59.999999Z", "2024-11-04T08:00:00Z"),
    *("0001-01-01T00:00:00Z", "1969-07-20T20:17:00Z", "1999-12-31T23:59:59Z"),
    *("2099-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "20240229T075959Z"),
    "2024-W09-4T07:59:59Z",
)
"""Midnights, changes of the clock, leap days, the ends of the calendar, and odd notations."""

Mark = tuple[str | None, ...]


def by_the_definition(
    conn: sqlite3.Connection, settings: Settings, base: Path, accounts: list[Account]
) -> dict[int, Mark]:
    """The mark of every record, one after the other."""
    schedule = schedule_in_force(settings, base)
    book = Rulebook(schedule, accounts)
    return {
        record["id"]: tuple(mark_under(schedule, book.rule(facts_of(conn, record))))
        for record in conn.execute("SELECT * FROM records").fetchall()
    }


def facts_of(conn: sqlite3.Connection, record: sqlite3.Row) -> Facts:
    """What retention looks at in one record."""
    removed = record["presence"] == "absent" or record["removed_at"] is not None
    hidden = record["visibility"] == "hidden"
    ended = []
    if removed:
        ended.append(day(record["removed_at"] or noted(conn, record, "gone")))
    if hidden:
        ended.append(day(noted(conn, record, "hidden")))
    seen = None
    if record["edited_at"] is None:
        before = None
        for version in conn.execute(
            "SELECT * FROM versions WHERE record_id = ? AND late = 0 ORDER BY n", (record["id"],)
        ):
            said = (version["text"], version["media"])
            if before is not None and said != before:
                seen = version["observed_at"]
            before = said
    changed = record["edited_at"] or seen
    same = ("account_id", "platform", "kind", "form", "visibility", "content_state", "author_role")
    return Facts(
        record_id=record["id"],
        **{name: record[name] for name in same},
        language=record["language"],
        removed=removed,
        hidden=hidden,
        created_on=day(record["created_at"]),
        changed_on=None if changed is None else day(changed),
        removed_on=max(ended, default=None),
        undated=bool(record["undated"]),
        change_seen=seen is not None,
    )


def noted(conn: sqlite3.Connection, record: sqlite3.Row, what: str) -> str:
    """When something was last noted of a record."""
    found = conn.execute(
        "SELECT max(at) FROM events WHERE record_id = ? AND what = ?", (record["id"], what)
    ).fetchone()[0]
    return str(found or record["first_seen_at"])


def day(text: str) -> dt.date:
    """The day in the city."""
    try:
        return local_day(text, ZONE)
    except OverflowError:
        return dt.date.fromisoformat(text[:10])


def moment(rng: random.Random) -> str:
    """Some moment, an awkward one more often than not."""
    if rng.random() < 0.4:
        return rng.choice(MOMENTS)
    start = dt.datetime(2006, 1, 1, tzinfo=dt.UTC)
    return f"{start + dt.timedelta(seconds=rng.randrange(20 * 31_557_600)):%Y-%m-%dT%H:%M:%SZ}"


def fill(conn: sqlite3.Connection, accounts: list[Account], rng: random.Random, count: int) -> None:
    """Put records of every sort into a file, past the program: what counts is what stands there."""
    with write_transaction(conn):
        for account in accounts:
            conn.execute(
                "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, '', '', '', NULL, '')",
                (account.id, account.platform, account.handle),
            )
        conn.execute(
            "INSERT INTO runs VALUES (1, 1, '', '2026-11-20T10:00:00Z', 0, NULL, NULL, '', NULL)"
        )
        for number in range(1, count + 1):
            _put(conn, number, rng.choice(accounts), rng)


def _put(conn: sqlite3.Connection, number: int, account: Account, rng: random.Random) -> None:
    versions = rng.choice((1, 1, 1, 2, 3))
    removed_at = moment(rng) if rng.random() < 0.1 else None
    conn.execute(
        """
        INSERT INTO records (id, account_id, platform, kind, form, native_id, author_role,
            created_at, undated, edited_at, text, language, visibility, content_state, presence,
            removed_at, version_id, version_count, media_count, stable, first_seen_at)
        VALUES (?, ?, 'x', ?, ?, ?1, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?1, ?, 0, x'', ?)
        """,
        (
            *(number, account.id, rng.choice(("post", "comment", "message", "profile"))),
            *(rng.choice(("", "reply", "o'clock")), rng.choice(("agency", "public", "unknown"))),
            *(moment(rng), int(rng.random() < 0.1), moment(rng) if rng.random() < 0.1 else None),
            *(rng.choice(("en", "es", "", None)), rng.choice(("public", "public", "hidden"))),
            *(rng.choice(("full", "truncated")), rng.choice(("present", "present", "unknown"))),
            *(removed_at, versions, moment(rng)),
        ),
    )
    if rng.random() < 0.1:
        conn.execute("UPDATE records SET presence = 'absent' WHERE id = ?", (number,))
    conn.execute("INSERT INTO facet VALUES (?, 0)", (number,))
    for n in range(1, versions + 1):
        conn.execute(
            """
            INSERT INTO versions (record_id, n, run_id, observed_at, late, edit_position, stable,
                text, author, place, details, media, raw, dictionary_id, salt, leaf)
            VALUES (?, ?, 1, ?, ?, 0, x'', ?, '', '', '', '[]', x'', 1, zeroblob(32), 0)
            """,
            (number, n, moment(rng), int(rng.random() < 0.2), rng.choice(("one", "two"))),
        )
    for what in ("gone", "hidden", "edited"):
        if rng.random() < 0.5:
            conn.execute(
                """
                INSERT INTO events (record_id, what, at, observed_at, detail, salt, leaf)
                VALUES (?, ?, ?, ?, '{}', x'', 0)
                """,
                (number, what, moment(rng), moment(rng)),
            )


def marks(conn: sqlite3.Connection) -> dict[int, Mark]:
    """The marks that stand in a file."""
    return {
        row[0]: tuple(row)[1:]
        for row in conn.execute(
            "SELECT id, series, cutoff_on, retain_until, retention_rule FROM records"
        )
    }


@pytest.fixture
def accounts(office: sqlite3.Connection) -> list[Account]:
    """Some accounts of several departments, one of them closed."""
    for number in range(4):
        add_account(
            office,
            actor="of",
            platform="x",
            handle=f"AlderGlen{number}",
            department=("Parks", "Police", "City Clerk", "Library")[number],
        )
    close_account(office, list_accounts(office)[3], actor="of", on="2025-05-31", reason="Merged")
    return list_accounts(office)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [7, 5_000])
def test_the_marks_are_those_of_the_definition(
    archive: Archive,
    office: sqlite3.Connection,
    accounts: list[Account],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
    size: int,
) -> None:
    monkeypatch.setattr(marking, "BATCH", size)
    conn, rng = archive.public, random.Random(seed)
    fill(conn, accounts, rng, 250)
    first = Settings(agency="City of Alder Glen", schedule="palm-desert")
    mark_all(archive, first, accounts, accept_clock=True)
    before = marks(conn)
    assert before == by_the_definition(conn, first, tmp_path, accounts)
    text = (SHIPPED / "palm-desert.toml").read_text("utf-8")
    text = text.replace('"2026.1"', '"2027.1"').replace("{ years = 2 }", "{ years = 3 }")
    (tmp_path / "own.toml").write_text(text, "utf-8")
    own = Settings(agency="City of Alder Glen", schedule="own.toml")
    close_account(office, accounts[1], actor="of", on="2026-01-31", reason="Merged")
    accounts = list_accounts(office)
    conn.execute("UPDATE records SET retention_rule = NULL WHERE id % 9 = 0")
    report = mark_all(archive, own, accounts, accept_clock=True)
    after = marks(conn)
    assert after == by_the_definition(conn, own, tmp_path, accounts)
    assert check_marks(archive, own, accounts).ok
    moved = {number for number in after if before[number][2] != after[number][2]}
    assert report.moved == len(moved)
    for number in after:
        history = retention_history(conn, number)
        assert bool(history) is (number in moved)
        if history:
            [move] = history
            assert (move.until_from, move.until_to) == (before[number][2], after[number][2])
            assert (move.series_from, move.series_to) == (before[number][0], after[number][0])
            assert move.causes


@pytest.mark.parametrize("seed", range(3))
def test_a_mark_changed_in_any_record_is_found(
    archive: Archive, accounts: list[Account], seed: int
) -> None:
    settings = Settings(agency="City of Alder Glen", schedule="palm-desert")
    conn, rng = archive.public, random.Random(seed)
    fill(conn, accounts, rng, 60)
    mark_all(archive, settings, accounts, accept_clock=True)
    for number in rng.sample(range(1, 61), 8):
        conn.execute("UPDATE records SET cutoff_on = '1990-01-01' WHERE id = ?", (number,))
        found = check_marks(archive, settings, accounts).findings
        assert [finding.where for finding in found] == [f"archive.db, records, record {number}"]
        conn.execute("UPDATE records SET retention_rule = NULL WHERE id = ?", (number,))
        mark_all(archive, settings, accounts, accept_clock=True)
