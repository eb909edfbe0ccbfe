"""The measures as rows: one line for each period or department, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from archiver.requests.timing.measures import Measures

COLUMNS = (
    "group",
    "received",
    "closed",
    "open",
    "determinations due",
    "by the safe date",
    "by the outside date only",
    "late",
    "overdue",
    "not due yet",
    "counted by hand",
    "on time, percent",
    "median days to determination",
    "extended",
    "extensions by circumstance",
    "promised",
    "promises moved to later",
    "days moved in all",
    "longest move, days",
    "exemptions cited",
    "volumes",
    "pages",
    "records released",
    "minutes spent (never charged)",
)


def measure_rows(groups: Sequence[tuple[str, Measures]]) -> list[list[object]]:
    """One row for each group, in the order of COLUMNS."""
    return [
        [
            name,
            each.received,
            each.closed,
            each.open,
            each.counted,
            each.by_safe,
            each.by_outside,
            each.late,
            each.overdue,
            each.waiting,
            each.by_hand,
            "" if each.rate is None else f"{each.rate:.1f}",
            "" if each.median_days is None else f"{each.median_days:g}",
            each.extended,
            _counts(each.circumstances.items()),
            each.promised,
            each.slipped,
            each.slip_days,
            each.longest_slip,
            _counts(each.sections.items()),
            each.volumes,
            each.pages,
            each.records,
            each.minutes,
        ]
        for name, each in groups
    ]


def measures_csv(groups: Sequence[tuple[str, Measures]]) -> str:
    """The rows as CSV with their heading. No cell begins with what a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in line] for line in measure_rows(groups))
    return out.getvalue()


def _counts(found: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{name}: {count}" for name, count in found)


def _harmless(cell: object) -> object:
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
