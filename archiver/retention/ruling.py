"""What mark a record is to carry: each ruling of the rulebook made once for all records alike."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from archiver.archive.retention_marks import Carried
from archiver.retention.facts import Days, Row, Seen
from archiver.retention.rules import Facts, Rulebook, Ruling
from archiver.retention.schedules import Schedule

WITHOUT = "none"
"""Stands for the series in the rule of a record no series applies to: it is kept, and reported."""
_KEPT = 50_000
"""So many rulings are remembered. Records are met in the order of time, so those of the same days
come together and a ruling that was forgotten is seldom missed."""


class Ruler:
    """A schedule applied to very many records of the register's accounts."""

    def __init__(self, book: Rulebook) -> None:
        self._schedule = book.schedule
        self._book = book
        self._known: dict[tuple[int, Days], Carried] = {}
        self._sorts: dict[Row, int] = {}
        self._groups: dict[Hashable, int] = {}
        self._facts: list[Facts] = []

    def mark_of(self, record: Seen) -> Carried:
        """The mark a record is to carry."""
        group = self._sorts.get(record.sort)
        if group is None:
            group = self.group_of(record)
        return self.mark_in(group, record.days)

    def group_of(self, record: Seen) -> int:
        """The number of the group of records that are kept equally long when they are of the same
        days."""
        facts = record.facts
        group = self._groups.setdefault(self._book.alike(facts), len(self._facts))
        if group == len(self._facts):
            self._facts.append(facts)
        if len(self._sorts) >= _KEPT:
            self._sorts.clear()
        self._sorts[record.sort] = group
        return group

    def mark_in(self, group: int, days: Days) -> Carried:
        """The mark of the records of a group that were made, changed and removed on these days."""
        known = self._known.get((group, days))
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            created_on, changed_on, removed_on = days
            facts = replace(
                self._facts[group],
                created_on=created_on,
                changed_on=changed_on,
                removed_on=removed_on,
            )
            known = self._known[group, days] = self._mark(facts)
        return known

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
