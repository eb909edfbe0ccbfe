"""Verify: the changes of retention and the records each says it moved."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from archiver.archive.findings import Findings
from archiver.archive.retention_marks import packed
from archiver.archive.store import Archive
from archiver.items import Access

_STEP = 50_000


def check_changes(archive: Archive, access: Access, findings: Findings) -> None:
    """Whether every change lists as many records as it says, with the digest it was sealed with,
    and whether each of them is in the file or was destroyed by law. The rows of the changes
    themselves are held against their leaves with all others.

    Reads what moved once, in the order of records: a change covers the records of one batch, so
    only the changes of a few batches are open at a time.
    """
    name = archive.home.database(access).name
    place = f"{name}, retention_changes"
    connection = archive.file(access)
    cursor = connection.cursor()
    cursor.row_factory = None
    open_ones: dict[int, tuple[int, Any, bytes]] = {}
    closed = met = 0
    for record_id, change_id in cursor.execute(
        "SELECT record_id, change_id FROM retention_moved ORDER BY record_id, change_id"
    ):
        met += 1
        if met % _STEP == 0:
            findings.tell(f"{name}: retention_moved", met, None)
        known = open_ones.get(change_id)
        if known is None:
            found = connection.execute(
                "SELECT records, members FROM retention_changes WHERE id = ?", (change_id,)
            ).fetchone()
            if found is None:
                what = "it is listed under a change that does not stand"
                findings.add(f"{name}, retention_moved", f"record {record_id}", what)
                continue
            known = (found[0], sha256(), found[1])
        left, digest, members = known
        digest.update(packed([record_id]))
        if left > 1:
            open_ones[change_id] = (left - 1, digest, members)
            continue
        open_ones.pop(change_id, None)
        closed += 1
        if digest.digest() != members:
            findings.add(place, f"row {change_id}", "the records it moved are not those listed")
    for change_id in sorted(open_ones):
        what = "not as many records are listed under it as it moved"
        findings.add(place, f"row {change_id}", what)
    total = connection.execute("SELECT count(*) FROM retention_changes").fetchone()[0]
    findings.checked["retention changes"] += total
    findings.checked["moves of retention"] += met
    if closed + len(open_ones) < total:
        [lonely] = connection.execute(
            """
            SELECT min(id) FROM retention_changes
            WHERE id NOT IN (SELECT change_id FROM retention_moved)
            """
        ).fetchone()
        findings.add(place, f"row {lonely}", "none of the records it moved is listed")
    stray = connection.execute(
        """
        SELECT record_id FROM retention_moved AS m
        WHERE NOT EXISTS (SELECT 1 FROM records AS r WHERE r.id = m.record_id)
            AND NOT EXISTS (
                SELECT 1 FROM tombstones AS t WHERE t.kind = 'record' AND t.ref = m.record_id)
        LIMIT 1
        """
    ).fetchone()
    if stray:
        what = "it is neither there nor destroyed by law"
        findings.add(f"{name}, retention_moved", f"record {stray[0]}", what)
