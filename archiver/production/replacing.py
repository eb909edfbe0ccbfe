"""Volumes that take the place of an earlier one: the same records as they are decided now, on pages
that bear the numbers of that volume again, with a suffix of their own.

A supplement holds what is new; a replacement is for a volume that went out wrong. Both stay on
record: the earlier one is superseded, never unmade.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows
from archiver.errors import InputError, RuleError
from archiver.production.bates import Range, replacing
from archiver.production.drafting import as_made, draft_words
from archiver.production.readiness import fingerprint
from archiver.production.release import Release, Replaced
from archiver.register.office import audit
from archiver.requests.queue import items_by_id
from archiver.requests.reviewing.blockers import Blocker, blockers_of


@dataclass(frozen=True, slots=True)
class Replacement:
    """Which volume is replaced (its id and place) and why. Its pages begin on `first_page` again;
    `prefix` is that of the city's numbers, `times` the number in the suffix."""

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
    newer = replaced_volumes(office, number).get(volume)
    if newer is not None:
        raise InputError(
            f"volume {volume} was replaced by volume {newer} already: replace that one"
        )
    prefix = found["bates_prefix"].partition("-*")[0]
    pages = Range(found["bates_prefix"], found["first_page"], found["last_page"])
    return Replacement(
        found["id"],
        Replaced(volume, str(pages), found["made_at"], reason),
        prefix,
        found["first_page"],
        _free(office, prefix, found["first_page"]),
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


def replaced_just_so(
    office: sqlite3.Connection, number: str, volume: int, reason: str
) -> list[int]:
    """The productions that took the place of a volume for this very reason, every item as it is
    decided now: what is asked for twice is made once. Empty where there is none."""
    found = rows(
        office,
        """
        SELECT production_id FROM production_replacements
        JOIN productions AS earlier ON earlier.id = replaced_id
        WHERE earlier.request = ? AND earlier.volume = ? AND reason = ? ORDER BY production_id
        """,
        *(number, volume, " ".join(reason.split())),
    )
    made = [each["production_id"] for each in found]
    forms = {
        each["item_id"]: each["fingerprint"]
        for each in rows(
            office,
            "SELECT item_id, fingerprint FROM production_items "
            "WHERE production_id IN (SELECT value FROM json_each(?))",
            json.dumps(made),
        )
    }
    draft = draft_words(office, number)
    now = {
        item.id: as_made(fingerprint(item), draft)
        for item in items_by_id(office, forms)
        if item.id in forms
    }
    return made if now == forms else []


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


def _free(office: sqlite3.Connection, prefix: str, first: int) -> int:
    """The smallest suffix under which no page from `first` on has been given out: how many pages a
    replacement takes is not known yet."""
    times = 1
    while row(
        office,
        "SELECT 1 FROM bates_pages WHERE prefix = ? AND page >= ? LIMIT 1",
        *(replacing(prefix, times), first),
    ):
        times += 1
    return times
