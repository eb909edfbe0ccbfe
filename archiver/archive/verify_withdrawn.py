"""Verify, part five: what was withdrawn with an import. The trace says who, why and how much; every
tombstone of the act must belong to one, of rows written while that import ran, as many as it says;
and nothing the import brought may be there still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from archiver.archive.dooming import all_rows
from archiver.archive.findings import Findings
from archiver.archive.store import Archive
from archiver.archive.tombstones import CLOSING, WITHDRAWN
from archiver.archive.withdrawing_again import AUDITED
from archiver.archive.withdrawing_counts import Trace
from archiver.archive.withdrawing_part import Part
from archiver.archive.withdrawing_scope import Imported, number_of
from archiver.decoding import decoder
from archiver.items import Access

Found = tuple[str, str, str]

_KINDS = {
    "record": "records",
    "version": "versions",
    "event": "events",
    "metrics": "metrics",
    "media": "media",
    "subscriber": "people",
    CLOSING: "reopened",
    "subscriber count": "counts",
    "coverage": "coverage",
    "skipped": "unread",
    "resighting": "resightings",
    "original": "originals",
}
_BROUGHT = (
    ("versions", "run_id"),
    ("events", "run_id"),
    ("metrics", "run_id"),
    ("coverage", "run_id"),
    ("skipped", "run_id"),
    ("subscriber_counts", "run_id"),
    ("resightings", "run_id"),
    ("subscribers", "from_run"),
)
_SHARED = ("original", "media")
"""What an import may take with it although an earlier one brought it: a file or a picture that both
had, and that stayed for this one when that one was withdrawn."""


_read_trace = decoder(Trace)


def check_withdrawn(archive: Archive, access: Access, findings: Findings) -> None:
    """Every withdrawal of a file, and every tombstone that says it is of one."""
    name = archive.home.database(access).name
    connection = archive.file(access)
    findings.tell(f"{name}: withdrawals", 0, None)
    imports: dict[int, list[int]] = {}
    traces: dict[int, Trace] = {}
    for run, detail in all_rows(connection, "SELECT run_id, detail FROM withdrawals ORDER BY id"):
        findings.checked["runs withdrawn"] += access is Access.PUBLIC
        try:
            trace = _read_trace(detail)
        except msgspec.MsgspecError:
            findings.add(f"{name}, withdrawals", f"run {run}", "what it says cannot be read")
            continue
        imports.setdefault(trace.run, []).append(run)
        if run == trace.run:
            traces[run] = trace
    for number, runs in imports.items():
        trace = traces.get(number, Trace(number))
        imported = Imported(number, tuple(sorted(runs)), 0, "")
        for place, row, what in _check_import(archive, access, imported, trace):
            findings.add(f"{name}, {place}", row, what)
    for place, row, what in (*_stray(archive, access, imports), *_reopened(archive, access)):
        findings.add(f"{name}, {place}", row, what)


def _check_import(
    archive: Archive, access: Access, imported: Imported, trace: Trace
) -> Iterator[Found]:
    row, connection = f"run {imported.run}", archive.file(access)
    part = Part(connection, imported.runs)
    if imported.run not in imported.runs:
        yield "withdrawals", row, "the row that says how much went is missing"
    told = "SELECT run_id, at, actor, reason FROM withdrawals WHERE run_id IN "
    both = [
        all_rows(
            archive.file(each), f"{told}(SELECT value FROM json_each(?)) ORDER BY 1", part.runs
        )
        for each in Access
    ]
    if both[0] != both[1]:
        yield "withdrawals", row, "the other file does not say the same of it"
    if not all_rows(
        connection, "SELECT 1 FROM audit WHERE action = ? AND subject = ?", AUDITED, row
    ):
        yield "withdrawals", row, "the audit does not tell of it"
    went = {
        _KINDS.get(kind, kind): count
        for kind, count in all_rows(
            connection,
            """
            SELECT kind, count(*) FROM tombstones
            WHERE detail IS NOT NULL AND json_extract(detail, '$.batch') = ?
                AND kind <> 'subscriber end' GROUP BY kind
            """,
            imported.number,
        )
    }
    said = {name: count for name, count in trace.went.items() if name != "restored"}
    if went != said:
        yield "withdrawals", row, "not as much has its tombstone as it says"
    yield from _elsewhere(part, imported.number)
    for table, column in _BROUGHT:
        if part.count(table, column):
            yield table, row, "something it brought is there although it was withdrawn"


def _elsewhere(part: Part, number_of_import: str) -> Iterator[Found]:
    """Tombstones of what was not written while the import ran. What came later are events of a
    record that went itself: that its dates moved, that it was paired and taken apart again."""
    first, last = part.leaves
    for (number,) in all_rows(
        part.connection,
        """
        SELECT id FROM tombstones
        WHERE detail IS NOT NULL AND json_extract(detail, '$.batch') = ?1
            AND leaf_seq NOT BETWEEN ?2 AND ?3 AND kind NOT IN (SELECT value FROM json_each(?4))
            AND NOT (kind = 'event' AND leaf_seq > ?3 AND EXISTS (
                SELECT 1 FROM tombstones AS r
                WHERE r.kind = 'record' AND r.ref = tombstones.record_id
                    AND json_extract(r.detail, '$.batch') = ?1))
        """,
        *(number_of_import, first, last, msgspec.json.encode(_SHARED).decode()),
    ):
        yield "tombstones", f"tombstone {number}", "the import did not bring what it stands for"


def _stray(archive: Archive, access: Access, imports: dict[int, Any]) -> Iterator[Found]:
    """Tombstones that say something was withdrawn of which no trace tells."""
    for (number,) in all_rows(
        archive.file(access),
        """
        SELECT DISTINCT json_extract(detail, '$.batch') FROM tombstones
        WHERE detail IS NOT NULL AND json_extract(detail, '$.act') = ?
        """,
        WITHDRAWN,
    ):
        if number not in {number_of(run) for run in imports}:
            yield "tombstones", str(number), "there is no such withdrawal"


def _reopened(archive: Archive, access: Access) -> Iterator[Found]:
    """Ends of intervals that were undone and stand nevertheless."""
    for (number,) in all_rows(
        archive.file(access),
        """
        SELECT s.id FROM tombstones AS t
        JOIN subscribers AS s ON s.id = json_extract(t.detail, '$.subscriber')
            AND s.end_leaf = t.ref
        WHERE t.kind = ?
        """,
        CLOSING,
    ):
        yield "subscribers", f"row {number}", "its end stands although it was withdrawn"
