"""The demonstration's disposition: a standing hold, a batch that went, and one that waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.demo.paperwork import ATTORNEY
from archiver.errors import RuleError
from archiver.register.accounts import Account
from archiver.retention.covering import Search
from archiver.retention.dispositions.approvals import approve, missing
from archiver.retention.dispositions.batches import Batch, get_batch, list_batches
from archiver.retention.dispositions.building import build
from archiver.retention.dispositions.walking import Wanted
from archiver.retention.holds import HoldKind, list_holds
from archiver.retention.placing import place_search_hold
from archiver.staff.roles import CONSENT

MANAGER = "tamsin"
CLAIM = "26-019"
_SERIES = "PD-06"
"""Few records, and old ones: what the city itself commented, years ago."""


class _By(NamedTuple):
    """Who gives an approval in the demonstration, and under which number."""

    login: str
    name: str
    position: str
    number: str = ""


_GIVEN = {
    "department": _By(MANAGER, "The head of the department (fictional)", "Department head"),
    "resolution": _By(MANAGER, "City Council (fictional)", "Council of Alder Glen", "2026-77"),
    "consent": _By("haldane", ATTORNEY, "City Attorney"),
}


def hold_the_claim(office: sqlite3.Connection, archive: Archive, settings: Settings) -> None:
    """Keep what the claim over the park is about, and all to come, once."""
    if any(hold.reference == CLAIM for hold in list_holds(office, include_released=True)):
        return
    place_search_hold(
        office,
        archive,
        settings,
        actor=MANAGER,
        kind=HoldKind.CLAIM,
        reference=CLAIM,
        reason="A resident claims damages after a fall beside the closed path in Willow Park",
        searches=[Search('"willow park" OR "park closure"', standing=True)],
    )


def batch_that_goes(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    made: str | None,
) -> Batch | None:
    """The small batch with everything approved, by fictional people; None where nothing is old
    enough (a small city's). `made` is its number where it was built before."""
    batch = _built(office, archive, settings, accounts, made, (_SERIES,))
    if batch is None or not batch.is_open:
        return batch
    home, on = archive.home, clock.local_day(clock.now_text(), settings.time_zone)
    for lack in missing(office, batch, accounts):
        by = _GIVEN[lack.kind]
        approve(
            *(home, office, settings, accounts, batch.number, lack.kind),
            actor=by.login,
            may=(CONSENT,) if lack.kind == "consent" else (),
            name=by.name,
            position=by.position,
            on=on,
            document_number=by.number,
            department=lack.department,
        )
    return get_batch(office, batch.number)


def batch_that_waits(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
) -> Batch | None:
    """A batch of everything else that is eligible; the attorney has not consented yet."""
    if len(list_batches(office)) > 1:
        return list_batches(office)[0]
    return _built(office, archive, settings, accounts, None, ())


def _built(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    made: str | None,
    series: tuple[str, ...],
) -> Batch | None:
    if made is not None:
        return get_batch(office, made)
    try:
        return build(
            *(office, archive, settings, accounts, Wanted(series=series)),
            actor=MANAGER,
            note_text="Quarterly disposition of the demonstration city",
        )
    except RuleError:
        return None
