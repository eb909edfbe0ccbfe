"""How the city keeps the law's time: figures from cases, for the whole or by period or department.

On time means that the determination went out, or the request was closed, by the outside date; how
many made the safe date is told beside it. What is still open counts against the rate only once its
outside date has passed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from archiver.requests.timing.cases import Case

PERIODS = ("month", "quarter", "year")
GROUPS = (*PERIODS, "department")
NOWHERE = "Nothing collected yet"
AGES = ("10 days or less", "11 to 24 days", "25 to 60 days", "61 days or more")


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of some requests. Counts are of requests unless the name says otherwise."""

    received: int
    closed: int
    open: int
    by_safe: int
    by_outside: int
    late: int
    overdue: int
    waiting: int
    by_hand: int
    median_days: float | None
    extended: int
    circumstances: Mapping[str, int]
    promised: int
    slipped: int
    slip_days: int
    longest_slip: int
    sections: Mapping[str, int]
    volumes: int
    pages: int
    records: int
    minutes: int

    @property
    def counted(self) -> int:
        """Determinations that were due: made in time, made late, or overdue."""
        return self.by_safe + self.by_outside + self.late + self.overdue

    @property
    def on_time(self) -> int:
        """Determinations by the outside date."""
        return self.by_safe + self.by_outside

    @property
    def rate(self) -> float | None:
        """The share of determinations by the outside date, in percent; None where none was due."""
        return 100 * self.on_time / self.counted if self.counted else None

    @property
    def safe_rate(self) -> float | None:
        """The share of determinations by the safe date, in percent."""
        return 100 * self.by_safe / self.counted if self.counted else None


def measure(found: Sequence[Case], today: dt.date) -> Measures:
    """The figures of these requests as of a day in the agency's zone."""
    standing = Counter(_standing(case, today) for case in found)
    took = [
        (case.determined_on - case.received_on).days
        for case in found
        if case.determined_on is not None
    ]
    slips = [case.slip_days for case in found if case.slip_days is not None and case.promises > 1]
    sections: Counter[str] = Counter()
    for case in found:
        sections.update(case.sections)
    return Measures(
        received=len(found),
        closed=sum(not case.is_open for case in found),
        open=sum(case.is_open for case in found),
        by_safe=standing["by safe"],
        by_outside=standing["by outside"],
        late=standing["late"],
        overdue=standing["overdue"],
        waiting=standing["waiting"],
        by_hand=standing["by hand"],
        median_days=median(took) if took else None,
        extended=sum(case.circumstance is not None for case in found),
        circumstances=dict(
            Counter(case.circumstance for case in found if case.circumstance).most_common()
        ),
        promised=sum(case.promises > 0 for case in found),
        slipped=sum(days > 0 for days in slips),
        slip_days=sum(days for days in slips if days > 0),
        longest_slip=max((days for days in slips if days > 0), default=0),
        sections=dict(sections.most_common()),
        volumes=sum(case.produced.volumes for case in found),
        pages=sum(case.produced.pages for case in found),
        records=sum(case.produced.records for case in found),
        minutes=sum(case.minutes for case in found),
    )


def by_period(found: Sequence[Case], period: str, today: dt.date) -> list[tuple[str, Measures]]:
    """The figures by the month, quarter or year in which requests were received, oldest first.

    Raises ValueError for another period.
    """
    if period not in PERIODS:
        raise ValueError(f"no period {period!r}")
    groups: dict[str, list[Case]] = {}
    for case in sorted(found, key=lambda case: case.received_on):
        groups.setdefault(_period(case.received_on, period), []).append(case)
    return [(name, measure(group, today)) for name, group in groups.items()]


def by_department(found: Sequence[Case], today: dt.date) -> list[tuple[str, Measures]]:
    """The figures by department; a request that touches several counts in each of them."""
    groups: dict[str, list[Case]] = {}
    for case in found:
        for name in case.departments or {NOWHERE}:
            groups.setdefault(name, []).append(case)
    return [(name, measure(groups[name], today)) for name in sorted(groups)]


def grouped(found: Sequence[Case], group: str, today: dt.date) -> list[tuple[str, Measures]]:
    """The figures by one of GROUPS. Raises ValueError for another."""
    if group == "department":
        return by_department(found, today)
    return by_period(found, group, today)


def received_between(
    found: Sequence[Case], first: dt.date | None, last: dt.date | None
) -> list[Case]:
    """The requests received from the first day to the last, both counted; None leaves it open."""
    return [
        case
        for case in found
        if (first is None or case.received_on >= first)
        and (last is None or case.received_on <= last)
    ]


def open_ages(found: Sequence[Case], today: dt.date) -> list[tuple[str, int]]:
    """How many open requests are how old, by calendar days since receipt."""
    counts = Counter(_age((today - case.received_on).days) for case in found if case.is_open)
    return [(name, counts[name]) for name in AGES]


def _standing(case: Case, today: dt.date) -> str:
    if case.work_by is None or case.outside is None:
        return "by hand"
    if case.determined_on is None:
        return "overdue" if today > case.outside else "waiting"
    if case.determined_on <= case.work_by:
        return "by safe"
    return "by outside" if case.determined_on <= case.outside else "late"


def _period(day: dt.date, period: str) -> str:
    if period == "year":
        return f"{day.year}"
    if period == "quarter":
        return f"{day.year} Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}"


def _age(days: int) -> str:
    for limit, name in zip((10, 24, 60), AGES, strict=False):
        if days <= limit:
            return name
    return AGES[-1]
