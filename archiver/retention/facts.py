"""Reading from an evidence file what retention looks at."""

from __future__ import annotations

import datetime as dt
import sqlite3
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from archiver.clock import local_day
from archiver.database import row, rows
from archiver.items import Presence, Visibility
from archiver.retention.rules import Facts

_COLUMNS = """
    id, account_id, platform, kind, form, visibility, content_state, presence, author_role,
    language, created_at, edited_at, removed_at, undated, version_count, first_seen_at,
    series, cutoff_on, retain_until, retention_rule
"""


@dataclass(frozen=True, slots=True)
class Marked:
    """A record's facts beside the mark it carries (all None: none yet)."""

    facts: Facts
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    retention_rule: str | None


def marked_record(conn: sqlite3.Connection, record_id: int, time_zone: str) -> Marked | None:
    """One record's facts and mark, or None where there is no such record."""
    found = row(conn, f"SELECT {_COLUMNS} FROM records WHERE id = ?", record_id)
    return None if found is None else _marked(conn, found, time_zone)


def unmarked_records(
    conn: sqlite3.Connection, time_zone: str, *, size: int
) -> Iterator[list[Marked]]:
    """Records without a valid mark, in batches by id; costs nothing where there are none."""
    last = -(2**63)
    while True:
        found = rows(
            conn,
            f"SELECT {_COLUMNS} FROM records WHERE retention_rule IS NULL AND id > ? "
            "ORDER BY id LIMIT ?",
            last,
            size,
        )
        if not found:
            return
        last = found[-1]["id"]
        yield [_marked(conn, each, time_zone) for each in found]


def records_of_account(
    conn: sqlite3.Connection, account_id: int, time_zone: str, *, size: int
) -> Iterator[list[Marked]]:
    """All records of an account, marked or not, in batches by id.

    The ids come first and from an index alone, eight bytes each: asking for them batch by batch
    would sort the whole account again every time.
    """
    sql = "SELECT id FROM records WHERE account_id = ? ORDER BY id"
    ids = array("q", (found["id"] for found in conn.execute(sql, (account_id,))))
    for start in range(0, len(ids), size):
        found = rows(
            conn,
            f"SELECT {_COLUMNS} FROM records WHERE id IN (SELECT value FROM json_each(?)) "
            "ORDER BY id",
            msgspec.json.encode(ids[start : start + size].tolist()).decode(),
        )
        yield [_marked(conn, each, time_zone) for each in found]


def _marked(conn: sqlite3.Connection, found: sqlite3.Row, time_zone: str) -> Marked:
    removed = found["presence"] == Presence.ABSENT or found["removed_at"] is not None
    hidden = found["visibility"] == Visibility.HIDDEN
    ended: list[dt.date] = []
    if removed:
        text = found["removed_at"] or _event(conn, found, "gone")
        ended.append(_day(text, time_zone))
    if hidden:
        ended.append(_day(_event(conn, found, "hidden"), time_zone))
    edited = found["edited_at"]
    seen = None
    if edited is None and found["version_count"] > 1:
        seen = _last_change(conn, found["id"])
    changed = edited or seen
    facts = Facts(
        record_id=found["id"],
        account_id=found["account_id"],
        platform=found["platform"],
        kind=found["kind"],
        form=found["form"],
        visibility=found["visibility"],
        content_state=found["content_state"],
        author_role=found["author_role"],
        removed=removed,
        hidden=hidden,
        created_on=_day(found["created_at"], time_zone),
        changed_on=None if changed is None else _day(changed, time_zone),
        removed_on=max(ended, default=None),
        undated=bool(found["undated"]),
        change_seen=seen is not None,
        language=found["language"],
    )
    return Marked(
        facts,
        found["series"],
        found["cutoff_on"],
        found["retain_until"],
        found["retention_rule"],
    )


def _day(text: str, time_zone: str) -> dt.date:
    """The day in the agency's zone; at the calendar's very ends the day as it is written."""
    try:
        return local_day(text, time_zone)
    except OverflowError:
        return dt.date.fromisoformat(text[:10])


def _event(conn: sqlite3.Connection, found: sqlite3.Row, what: str) -> str:
    """When it was last noted; a record that was so at first sight has been so since then."""
    event = row(
        conn,
        "SELECT max(at) AS at FROM events WHERE record_id = ? AND what = ?",
        found["id"],
        what,
    )
    text: str = (event["at"] if event else None) or found["first_seen_at"]
    return text


def _last_change(conn: sqlite3.Connection, record_id: int) -> str | None:
    """When a version with other words or other media was first seen: at the latest then it was
    written. A version in which only the platform's own notation differs is no change."""
    last: str | None = None
    before: tuple[str, str] | None = None
    for version in rows(
        conn,
        "SELECT text, media, observed_at FROM versions WHERE record_id = ? AND late = 0 ORDER BY n",
        record_id,
    ):
        said = (version["text"], version["media"])
        if before is not None and said != before:
            last = version["observed_at"]
        before = said
    return last
