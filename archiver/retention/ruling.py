"""What mark a record is to carry: each ruling of the rulebook made once for all records alike."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.archive.retention_marks import Carried
from archiver.register.accounts import Account
from archiver.retention.facts import Row, Seen
from archiver.retention.rules import Rulebook, Ruling
from archiver.retention.schedules import Schedule

WITHOUT = "none"
"""Stands for the series in the rule of a record no series applies to: it is kept, and reported."""
_KEPT = 100_000
"""So many rulings are remembered. Records are met in the order of time, so those of the same days
come together and a ruling that was forgotten is seldom missed."""


class Ruler:
    """A schedule applied to very many records of the register's accounts."""

    def __init__(self, schedule: Schedule, accounts: Sequence[Account]) -> None:
        self._schedule = schedule
        self._book = Rulebook(schedule, accounts)
        self._known: dict[Row, Carried] = {}

    def mark_of(self, record: Seen) -> Carried:
        """The mark a record is to carry."""
        known = self._known.get(record.alike)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = mark_under(self._schedule, self._book.rule(record.facts))
            self._known[record.alike] = known
        return known


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
