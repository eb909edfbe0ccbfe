"""Volumes that take the place of an earlier one: the same records as they are decided now, on pages
that bear the numbers of that volume again, with a suffix of their own.

A supplement holds what is new; a replacement is for a volume that went out wrong. Both stay on
record: the earlier one is superseded, never unmade.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows
from archiver.errors import InputError, RuleError
from archiver.production.bates import Range, replacing
from archiver.production.release import Release, Replaced
from archiver.register.office import audit
from archiver.requests.reviewing.blockers import Blocker, blockers_of


@dataclass(frozen=True, slots=True)
class Replacement:
    """Which volume is replaced (its id and place), for which time, and why. `first_page` is the
    number on which the first of its kind began, `prefix` that of the city's numbers."""

    replaced_id: int
    told: Replaced
    prefix: str
    first_page: int
    times: int
    items: frozenset[int]
    lists: frozenset[int]

    @property
    def pattern(self) -> str:
        """The pattern its page numbers follow."""
        return replacing(self.prefix, self.times)


def replacement_of(
    office: sqlite3.Connection, number: str, volume: int, reason: str
) -> Replacement:
    """What replaces a finished volume of a request.

    Raises InputError where there is no such volume, or no reason is given (it is printed, and
    whoever has the earlier volume has to know why).
    """
    reason = " ".join(reason.split())
    if not reason:
        raise InputError("say why the volume is replaced: the reason is printed in the new one")
    found = row(
        office,
        "SELECT * FROM productions WHERE request = ? AND volume = ? AND moved = 1",
        number,
        volume,
    )
    if found is None:
        raise InputError(f"request {number} has no volume {volume}: nothing was replaced")
    newer = row(
        office,
        """
        SELECT volume FROM production_replacements
        JOIN productions ON productions.id = production_id WHERE replaced_id = ?
        """,
        found["id"],
    )
    if newer is not None:
        raise InputError(
            f"volume {volume} was replaced by volume {newer['volume']} already: replace that one"
        )
    first, times = _origin(office, found["id"])
    pages = Range(found["bates_prefix"], found["first_page"], found["last_page"])
    return Replacement(
        found["id"],
        Replaced(volume, str(pages), found["made_at"], reason),
        first["bates_prefix"],
        first["first_page"],
        times,
        frozenset(
            each["item_id"]
            for each in rows(
                office,
                "SELECT item_id FROM production_items WHERE production_id = ?",
                found["id"],
            )
        ),
        frozenset(
            each["list_id"]
            for each in rows(
                office,
                "SELECT list_id FROM request_list_productions WHERE production_id = ?",
                found["id"],
            )
        ),
    )


def replaced_volumes(office: sqlite3.Connection, number: str) -> dict[int, int]:
    """The volumes of a request that were replaced, each with the number of the one in its place."""
    found = rows(
        office,
        """
        SELECT earlier.volume AS earlier, later.volume AS later
        FROM production_replacements
        JOIN productions AS later ON later.id = production_id
        JOIN productions AS earlier ON earlier.id = replaced_id
        WHERE earlier.request = ? AND later.moved = 1
        """,
        number,
    )
    return {each["earlier"]: each["later"] for each in found}


def as_replacement(release: Release, replacement: Replacement) -> Release:
    """A release that says what it replaces, numbered by its pattern."""
    office = replace(release.office, bates_prefix=replacement.pattern)
    return replace(release, office=office, replaces=replacement.told)


def enter_replacement(
    office: sqlite3.Connection, production_id: int, replacement: Replacement, actor: str
) -> None:
    """Enter that a volume takes the place of another, inside the caller's transaction."""
    office.execute(
        "INSERT INTO production_replacements (production_id, replaced_id, times, reason) "
        "VALUES (?, ?, ?, ?)",
        (production_id, replacement.replaced_id, replacement.times, replacement.told.reason),
    )
    audit(
        office,
        actor=actor,
        action="volume replaced",
        subject=f"production {production_id}",
        detail={
            "replaces": replacement.told.volume,
            "pages": replacement.told.pages,
            "reason": replacement.told.reason,
            "at": clock.now_text(),
        },
    )


def refuse_blocked_items(
    office: sqlite3.Connection, settings: Settings, number: str, items: Collection[int]
) -> None:
    """Raise RuleError with every reason why these items cannot be produced."""
    wanted = set(items)
    found = []
    for each in blockers_of(office, settings, number):
        inside = tuple(item for item in each.items if item in wanted)
        if inside:
            found.append(Blocker(each.kind, len(inside), inside))
    if found:
        raise RuleError(
            f"the volume cannot be replaced yet: {'; '.join(each.named for each in found)}"
        )


def _origin(office: sqlite3.Connection, production_id: int) -> tuple[sqlite3.Row, int]:
    """The volume that a chain of replacements began with, and how many the next one makes."""
    times, current = 1, production_id
    while (
        before := row(
            office,
            "SELECT replaced_id FROM production_replacements WHERE production_id = ?",
            current,
        )
    ) is not None:
        times, current = times + 1, before["replaced_id"]
    found = row(office, "SELECT * FROM productions WHERE id = ?", current)
    if found is None:
        raise InputError(f"production {current} is not there: nothing was replaced")
    return found, times
