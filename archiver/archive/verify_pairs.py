"""Verify: which record counts under which, against what people decided.

The decisions themselves are held against their leaves with all other sealed rows.
"""

from __future__ import annotations

from archiver.archive.findings import Findings
from archiver.archive.pairs import What, grouped
from archiver.archive.store import Archive
from archiver.items import Access

_DECIDED = """
    SELECT d.derived_id, d.other_id, d.what FROM pair_decisions AS d
    WHERE d.what IN ('confirmed', 'taken apart') AND NOT EXISTS (
        SELECT 1 FROM tombstones AS t WHERE t.kind = 'record' AND t.ref = d.derived_id
    ) ORDER BY d.id
"""
_PLACED = "SELECT derived_id, other_id, kept_id FROM pairs"


def check_pairs(archive: Archive, access: Access, findings: Findings) -> None:
    """Whether `pairs` says what follows from the last decision about each record, no more and no
    less; what was destroyed by law counts under nothing any more."""
    name = archive.home.database(access).name
    cursor = archive.file(access).cursor()
    cursor.row_factory = None
    same: dict[int, int] = {}
    for derived_id, other_id, what in cursor.execute(_DECIDED):
        if what == What.CONFIRMED:
            same[derived_id] = other_id
        else:
            same.pop(derived_id, None)
    kept = grouped(same)
    wanted = {number: (same[number], kept[number]) for number in same}
    found = {row[0]: (row[1], row[2]) for row in cursor.execute(_PLACED)}
    findings.checked["pairs"] += len(found)
    for number in sorted(wanted.keys() | found.keys()):
        if wanted.get(number) != found.get(number):
            what = "it does not count under the record that was decided"
            findings.add(f"{name}, pairs", f"record {number}", what)
