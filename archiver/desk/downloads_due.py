"""The accounts that are read from downloads only, and how old the newest download of each is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.desk.guides import guide_of
from archiver.desk.visits import Visit
from archiver.operations.sources import CONNECTORS, instead_of_asking
from archiver.register.accounts import Account

DUE_DAYS = 14
"""A platform without a connector is asked for a download so often: deleted posts stay in one for
about two weeks."""


@dataclass(frozen=True, slots=True)
class Due:
    """An account that is read from downloads only: the day of its newest one, how it stands, and
    the guide that tells how to get one."""

    account: Account
    newest: str | None
    tone: str
    words: str
    way: str
    guide: str


def downloads_due(visit: Visit, accounts: Sequence[Account]) -> list[Due]:
    """The active accounts no connector asks, longest without a download first."""
    needing = [
        each for each in accounts if each.status == "active" and each.platform not in CONNECTORS
    ]
    with visit.evidence() as files:
        newest = dict(
            files["archive"].execute(
                """
                SELECT account_id, max(json_extract(notes, '$.generated_at'))
                FROM runs WHERE outcome IN ('complete', 'partial') GROUP BY account_id
                """
            )
        )
    found = [_due_of(each, newest.get(each.id)) for each in needing]
    return sorted(found, key=lambda each: (each.newest or "", each.account.id))


def _due_of(account: Account, newest: str | None) -> Due:
    way, guide = instead_of_asking(account.platform), guide_of(account.platform)
    if newest is None:
        return Due(account, None, "bad", "Never", way, guide)
    days = (clock.now() - clock.parse(newest)) // dt.timedelta(days=1)
    late = days > DUE_DAYS
    words = "Today" if days < 1 else f"{days:,} day{'s' if days > 1 else ''} ago"
    return Due(account, newest, "warn" if late else "ok", words, way, guide)
