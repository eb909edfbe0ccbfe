"""What mark a record is to carry: each ruling of the rulebook made once for all records alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from dataclasses import replace

from archiver.archive.retention_marks import Carried
from archiver.register.accounts import Account
from archiver.retention.facts import Row, Seen
from archiver.retention.rules import Facts, Rulebook, Ruling
from archiver.retention.schedules import Schedule

WITHOUT = "none"
"""Stands for the series in the rule of a record no series applies to: it is kept, and reported."""
_KEPT = 50_000
"""So many rulings are remembered. Records are met in the order of time, so those of the same days
come together and a ruling that was forgotten is seldom missed."""


class Ruler:
    """A schedule applied to very many records of the register's accounts."""

    def __init__(self, schedule: Schedule, accounts: Sequence[Account]) -> None:
        self._schedule = schedule
        self._book = Rulebook(schedule, accounts)
        self._known: dict[Row, Carried] = {}
        self._groups: dict[Hashable, int] = {}
        self._facts: list[Facts] = []

    def mark_of(self, record: Seen) -> Carried:
        """The mark a record is to carry."""
        known = self._known.get(record.alike)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[record.alike] = self._mark(record.facts)
        return known

    def group_of(self, facts: Facts) -> int:
        """The number of the group of records that are kept equally long when they are of the same
        days."""
        alike = self._book.alike(facts)
        group = self._groups.setdefault(alike, len(self._facts))
        if group == len(self._facts):
            self._facts.append(facts)
        return group

    def mark_in(self, group: int, created_on: dt.date) -> Carried:
        """The mark of records of a group that have no day but that of their creation."""
        return self._mark(replace(self._facts[group], created_on=created_on))

    def _mark(self, facts: Facts) -> Carried:
        return mark_under(self._schedule, self._book.rule(facts))


def mark_under(schedule: Schedule, ruling: Ruling | None) -> Carried:
    """The mark a ruling of a schedule amounts to; None: no series applies."""
    if ruling is None:
        return Carried(None, None, None, f"{schedule.id}@{schedule.version}#{WITHOUT}")
    term = ruling.winner
    return Carried(
        series=term.series.code,
        cutoff_on=None if term.cutoff_on is None else term.cutoff_on.isoformat(),
        retain_until=None if ruling.until is None else ruling.until.isoformat(),
        retention_rule=schedule.rule(term.series),
    )
