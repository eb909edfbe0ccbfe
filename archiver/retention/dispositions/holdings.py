"""What can be disposed of, read from the evidence files: records, closed intervals of people on
lists, what could not be read, and imported downloads.

What is no record is put before the schedule as facts too: an interval is as old as its end, what
could not be read as the run that met it, a download as the day it was stored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.store import Archive
from archiver.clock import local_day
from archiver.database import rows
from archiver.items import ContentState, Visibility
from archiver.register.accounts import Account
from archiver.retention.facts import marked_record
from archiver.retention.reporting import FILES
from archiver.retention.rules import Facts

RECORD, SUBSCRIBER, UNREAD, ORIGINAL = "record", "subscriber", "unread", "original"
KINDS = (RECORD, SUBSCRIBER, UNREAD, ORIGINAL)
"""In the order in which they go: a download after what cites it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A holding as it is now. `facts` is what the schedule looks at; `mark` what a record carries
    (series, cutoff, retain-until, rule), None for what is no record; `video` whether it is one."""

    file: str
    kind: str
    ref: int
    account_id: int
    leaf: str
    versions: int
    leaves: str
    facts: Facts
    mark: tuple[str | None, str | None, str | None, str | None] | None
    video: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """How holds name it."""
        return (self.file, self.ref)


def find_holdings(
    archive: Archive,
    file: str,
    kind: str,
    refs: Sequence[int],
    time_zone: str,
    accounts: Sequence[Account] = (),
) -> dict[int, Found]:
    """Holdings of one kind and file as they are now, by id; what is not there is left out. An
    interval that has not ended is none."""
    conn = archive.file(FILES[file])
    if kind == RECORD:
        return _records(conn, file, refs, time_zone)
    found = _others(conn, kind, refs)
    platforms = {account.id: account.platform for account in accounts}
    return {
        each["id"]: _other(file, kind, each, time_zone, platforms.get(each["account_id"], ""))
        for each in found
    }


def is_video(conn: sqlite3.Connection, record_id: int) -> bool:
    """Whether the current version of a record holds a video."""
    found = rows(
        conn,
        "SELECT 1 FROM record_media AS m JOIN records AS r ON r.version_id = m.version_id "
        "WHERE r.id = ? AND (m.media_type LIKE 'video/%' OR m.media_type = 'video') LIMIT 1",
        record_id,
    )
    return bool(found)


def _records(
    conn: sqlite3.Connection, file: str, refs: Sequence[int], time_zone: str
) -> dict[int, Found]:
    leaves: dict[int, list[bytes]] = {}
    current: dict[int, str] = {}
    cursor = conn.cursor()
    cursor.row_factory = None
    for ref, digest, is_current in cursor.execute(
        """
        SELECT v.record_id, l.hash, v.id = r.version_id FROM json_each(?) AS wanted
        CROSS JOIN versions AS v ON v.record_id = wanted.value
        JOIN records AS r ON r.id = v.record_id JOIN leaves AS l ON l.seq = v.leaf
        ORDER BY v.record_id, v.n
        """,
        (_ids(refs),),
    ):
        leaves.setdefault(ref, []).append(digest)
        if is_current:
            current[ref] = digest.hex()
    found = {}
    for ref, digests in leaves.items():
        record = marked_record(conn, ref, time_zone)
        if record is None or ref not in current:
            continue
        found[ref] = Found(
            file=file,
            kind=RECORD,
            ref=ref,
            account_id=record.facts.account_id,
            leaf=current[ref],
            versions=len(digests),
            leaves=hashlib.sha256(b"".join(digests)).hexdigest(),
            facts=record.facts,
            mark=(record.series, record.cutoff_on, record.retain_until, record.retention_rule),
        )
    return found


_SELECT = {
    SUBSCRIBER: """
        SELECT s.id, s.account_id, s.relation AS form, s.to_at AS at, l.hash FROM subscribers AS s
        JOIN leaves AS l ON l.seq = s.leaf WHERE s.to_at IS NOT NULL AND s.id IN
    """,
    UNREAD: """
        SELECT s.id, s.account_id, '' AS form, r.started_at AS at, l.hash FROM skipped AS s
        JOIN runs AS r ON r.id = s.run_id JOIN leaves AS l ON l.seq = s.leaf
        WHERE s.raw IS NOT NULL AND s.id IN
    """,
    ORIGINAL: """
        SELECT o.id, r.account_id, '' AS form, o.stored_at AS at, l.hash FROM originals AS o
        JOIN runs AS r ON r.id = o.run_id JOIN leaves AS l ON l.seq = o.leaf WHERE o.id IN
    """,
}


def _others(conn: sqlite3.Connection, kind: str, refs: Sequence[int]) -> list[sqlite3.Row]:
    return rows(conn, f"{_SELECT[kind]} (SELECT value FROM json_each(?)) ORDER BY 1", _ids(refs))


def _other(file: str, kind: str, row: sqlite3.Row, time_zone: str, platform: str) -> Found:
    day = _day(row["at"], time_zone)
    facts = Facts(
        record_id=row["id"],
        account_id=row["account_id"],
        platform=platform,
        kind=kind,
        form=row["form"],
        visibility=Visibility.PRIVATE if file == "private" else Visibility.PUBLIC,
        content_state=ContentState.FULL,
        author_role="",
        removed=False,
        hidden=False,
        created_on=day,
        changed_on=None,
        removed_on=day,
        undated=False,
    )
    leaf = row["hash"]
    return Found(
        file=file,
        kind=kind,
        ref=row["id"],
        account_id=row["account_id"],
        leaf=leaf.hex(),
        versions=1,
        leaves=hashlib.sha256(leaf).hexdigest(),
        facts=facts,
        mark=None,
    )


def _day(text: str, time_zone: str) -> dt.date:
    try:
        return local_day(text, time_zone)
    except OverflowError:
        return dt.date.fromisoformat(text[:10])


def _ids(refs: Sequence[int]) -> str:
    return msgspec.json.encode(list(refs)).decode()
