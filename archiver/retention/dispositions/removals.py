"""Removals (R-2026-01): what is taken out under an attorney's signed determination.

A removal is no disposition. It may concern any record, also one under two years old: what is no
record of the agency, or what a court has ordered removed. It never reaches what is on hold.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.retention.dispositions.batches import Batch
from archiver.retention.dispositions.building import freeze
from archiver.retention.dispositions.checks import Whole
from archiver.retention.dispositions.outside import NOBODY, Outside
from archiver.retention.dispositions.routes import find_route, require_usable, routes
from archiver.retention.dispositions.walking import Wanted, walk


def propose(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    picked: Sequence[Whole],
    *,
    actor: str,
    route: str,
    reason: str,
    outside: Outside = NOBODY,
    progress: Progress | None = None,
) -> Batch:
    """Propose to remove holdings (file, kind, id) as "non-record" or under a "court-order".

    `reason` says why, without quoting what it is about. Nothing goes before the attorney has
    determined it. Raises RuleError where something is on hold (release the hold first) or no reason
    is given, InputError where something is not there.
    """
    chosen = find_route(route)
    if not chosen.removal:
        known = ", ".join(each.code for each in routes(settings.agency_kind, removal=True))
        raise InputError(f"{route} is no ground for a removal: known are {known}")
    require_usable(office, chosen, settings.agency_kind)
    if not picked:
        raise InputError("name what is to be removed")
    if not reason.strip():
        raise RuleError("a removal takes a reason")
    wanted = Wanted(picked=tuple(picked))
    seen = walk(
        *(office, archive, settings, accounts, wanted, chosen),
        act="removed",
        outside=outside,
        progress=progress,
    )
    if seen.left_out.by_hold:
        named = ", ".join(held.title for held in seen.left_out.by_hold)
        raise RuleError(f"{seen.left_out.held:,} of them are held by {named}: release it first")
    if seen.left_out.reasons:
        words, count = next(iter(seen.left_out.reasons.items()))
        raise RuleError(f"{count:,} of them cannot be removed: {words}")
    return freeze(
        office,
        settings,
        seen,
        kind="removal",
        actor=actor,
        criteria={"picked": len(picked)},
        note_text=reason,
        taken=outside.numbers(),
    )
