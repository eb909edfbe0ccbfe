"""What of a request a volume is made from: one instalment of it, and what stands in its way."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from archiver.config import Settings
from archiver.errors import RuleError
from archiver.production.release import Duplicate
from archiver.production.released_records import key_of
from archiver.requests.book import Choice, Decision, ProductionItem
from archiver.requests.reviewing.blockers import (
    DRAFTS,
    MISFIT,
    NAMED,
    QUARANTINED,
    UNDECIDED,
    blockers_of,
)
from archiver.requests.reviewing.instalments import items_in

_TOLD_BEFORE = (UNDECIDED, QUARANTINED, DRAFTS, MISFIT)
"""What `readiness.refuse_unready` says in words of its own where nothing else is in the way."""


def part_of(
    office: sqlite3.Connection, number: str, found: Sequence[ProductionItem], n: int | None
) -> list[ProductionItem]:
    """The items of instalment `n`; all of them without one. Raises InputError where there is no
    such instalment."""
    if n is None:
        return list(found)
    inside = items_in(office, number, n)
    return [each for each in found if each.item.id in inside]


def refuse_blocked(
    office: sqlite3.Connection, settings: Settings, number: str, n: int | None
) -> None:
    """Raise RuleError with every reason why the instalment cannot be produced, and its items."""
    reasons = blockers_of(office, settings, number, n, listed=NAMED)
    if any(each.kind not in _TOLD_BEFORE for each in reasons):
        what = f"request {number}" if n is None else f"instalment {n} of request {number}"
        raise RuleError(
            f"{what} cannot be produced yet: {'; '.join(each.named for each in reasons)}"
        )


def as_printed(
    found: Sequence[ProductionItem], here: Sequence[ProductionItem], produced: Collection[int]
) -> list[ProductionItem]:
    """All items as this volume may know them: what belongs to a later instalment and was never
    produced counts as undecided, so that no version of a record comes out ahead of its time."""
    known = {each.item.id for each in here} | set(produced)
    return [each if each.item.id in known else _undecided(each) for each in found]


def _undecided(each: ProductionItem) -> ProductionItem:
    item = dataclasses.replace(each.item, decision=Decision.none())
    return dataclasses.replace(each, item=item)


def duplicates_in(
    here: Sequence[ProductionItem],
    fresh: Sequence[ProductionItem],
    pages: Mapping[int, str],
    sheets: Mapping[int, str],
) -> list[Duplicate]:
    """The duplicates of an instalment with where the records stand that say the same: in this
    volume (`fresh`) or on the `pages` and `sheets` of earlier ones. A duplicate of what is not
    responsive is as little responsive, and is not named."""
    now = {each.item.id: each.item for each in fresh}
    listed = []
    for each in here:
        same = each.item.decision.duplicate_of
        if same is None:
            continue
        if same in now:
            item = now[same]
            withheld = item.decision.choice is Choice.WITHHOLD
            listed.append(
                Duplicate(None, str(item.id), None)
                if withheld
                else Duplicate(key_of(item), None, None)
            )
        elif page := pages.get(same) or sheets.get(same):
            listed.append(Duplicate(None, None, page))
    return listed
