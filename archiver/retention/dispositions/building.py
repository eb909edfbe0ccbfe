"""Building a batch: what may go today, frozen as a list that cannot grow.

What a preview counts and what a batch lists come from the same walk. Standing holds catch up first,
and holds are looked at once more inside the transaction that freezes the list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

import msgspec

from archiver.archive.store import Archive
from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.errors import InputError, RuleError
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.retention.dispositions.batches import (
    FROZEN,
    Batch,
    LeftOut,
    Listed,
    get_batch,
    list_digest,
    note,
)
from archiver.retention.dispositions.holdings import RECORD
from archiver.retention.dispositions.outside import NOBODY, Outside
from archiver.retention.dispositions.routes import (
    Route,
    find_route,
    require_usable,
    trusted_system,
    usual_route,
)
from archiver.retention.dispositions.walking import EVERYTHING, Preview, Wanted, walk
from archiver.retention.holds import holds_over, holds_over_people

ACTS = ("destroyed", "transferred")


def preview(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    wanted: Wanted = EVERYTHING,
    *,
    route: str | None = None,
    act: str = "destroyed",
    outside: Outside = NOBODY,
    progress: Progress | None = None,
) -> Preview:
    """What a batch on this route would hold now; writes nothing but what standing holds catch.

    Raises RuleError where the route is not open to the agency or its conditions are not met,
    InputError where something named does not exist.
    """
    chosen = usual_route(settings.agency_kind) if route is None else find_route(route)
    _check_route(office, settings, chosen, act, wanted, outside)
    return walk(
        *(office, archive, settings, accounts, wanted, chosen),
        act=act,
        outside=outside,
        progress=progress,
    )


def build(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    wanted: Wanted = EVERYTHING,
    *,
    actor: str,
    route: str | None = None,
    act: str = "destroyed",
    note_text: str = "",
    outside: Outside = NOBODY,
    progress: Progress | None = None,
) -> Batch:
    """Freeze what may go now as a batch, ``D-2026-03``.

    Raises RuleError where nothing is eligible (saying what stood in the way), where a hold was
    placed meanwhile, and what `preview` raises.
    """
    seen = preview(
        *(office, archive, settings, accounts, wanted),
        route=route,
        act=act,
        outside=outside,
        progress=progress,
    )
    if not seen.items:
        raise RuleError(f"nothing is eligible today{_why(seen.left_out)}")
    return freeze(
        office,
        settings,
        seen,
        kind="disposition",
        actor=actor,
        criteria=wanted.criteria(),
        note_text=note_text,
        taken=outside.numbers(),
    )


def freeze(
    office: sqlite3.Connection,
    settings: Settings,
    seen: Preview,
    *,
    kind: str,
    actor: str,
    criteria: Mapping[str, object],
    note_text: str,
    taken: Collection[str] = (),
) -> Batch:
    """Write a list down as a batch or removal, under a number that is not `taken`. From then on it
    cannot grow.

    Raises RuleError where a hold was placed since it was walked, or something on it is in another
    open batch.
    """
    with write_transaction(office):
        _refuse_newly_held(office, seen.items)
        last = row(office, "SELECT coalesce(max(id), 0) AS id FROM dispositions")
        number = (last["id"] if last else 0) + 1
        try:
            office.executemany(
                f"INSERT INTO disposition_items (batch_id, {', '.join(FROZEN)}) "
                f"VALUES (?{', ?' * len(FROZEN)})",
                ((number, *(getattr(item, name) for name in FROZEN)) for item in seen.items),
            )
        except sqlite3.IntegrityError:
            raise RuleError(
                "something of it has come into another open batch meanwhile: build again"
            ) from None
        year, sequence, name = _next_number(office, kind, settings.time_zone, taken)
        office.execute(
            "INSERT INTO dispositions (id, number, kind, year, sequence, route, act, schedule, "
            "criteria, note, frozen_at, frozen_by, items, digest, left_out) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(number, name, kind, year, sequence, seen.route, seen.act, seen.schedule),
                msgspec.json.encode(criteria).decode(),
                *(note_text.strip(), now_text(), actor, len(seen.items), list_digest(seen.items)),
                msgspec.json.encode(seen.left_out).decode(),
            ),
        )
        batch = get_batch(office, name)
        # what the certificate says of them later is what they said on this day
        detail = {
            "holdings": batch.items,
            "digest": batch.digest,
            "route": msgspec.to_builtins(find_route(seen.route)),
            "titles": dict(seen.titles),
            "agency": settings.agency,
            "time_zone": settings.time_zone,
        }
        note(office, batch, "list frozen", actor=actor, detail=detail)
    return get_batch(office, name)


def _check_route(
    office: sqlite3.Connection,
    settings: Settings,
    route: Route,
    act: str,
    wanted: Wanted,
    outside: Outside,
) -> None:
    if route.removal:
        raise RuleError(f"{route.code} is no disposition: propose a removal instead")
    if act not in ACTS:
        raise InputError(f"{act!r} is no act: known are {', '.join(ACTS)}")
    if act == "transferred" and not (wanted.receiver.strip() and wanted.agreement.strip()):
        raise InputError("a transfer names the receiving institution and the agreement with it")
    require_usable(office, route, settings.agency_kind)
    if route.needs_kept_record and not (wanted.picked and wanted.kept_record.strip()):
        raise RuleError(
            f"{route.section}: name the duplicates one by one, and the record that is kept in "
            "their place"
        )
    if route.needs_kept_record and any(
        wanted.kept_record.strip() == f"{file}:{ref}" for file, _, ref in wanted.picked
    ):
        raise RuleError("the record that is kept cannot be one of the duplicates")
    if route.needs_trusted_system:
        require_trusted_system(office, outside)


def require_trusted_system(office: sqlite3.Connection, outside: Outside) -> None:
    """Raise RuleError where the trusted-copy route is off, saying what switches it on."""
    if trusted_system(office) is None:
        raise RuleError(
            "the trusted-copy route (Gov. Code § 34090.5) is off: the city attorney has not "
            "attested a trusted system"
        )
    if outside.tested_copy() is None:
        raise RuleError(
            "the trusted-copy route (Gov. Code § 34090.5) is off: no copy in a separate place has "
            "passed a restore test"
        )


def _refuse_newly_held(office: sqlite3.Connection, items: Sequence[Listed]) -> None:
    for start in range(0, len(items), 10_000):
        some = items[start : start + 10_000]
        found = holds_over(office, [item.key for item in some if item.kind == RECORD])
        held = [*found.values()]
        people = {item.account_id for item in some if item.kind != RECORD}
        held += holds_over_people(office, people).values() if people else []
        for holds in held:
            if holds:
                raise RuleError(f"{holds[0].title} was placed meanwhile: build again")


def _next_number(
    office: sqlite3.Connection, kind: str, time_zone: str, taken: Collection[str]
) -> tuple[int, int, str]:
    year = local_day(now_text(), time_zone).year
    found = row(
        office,
        "SELECT coalesce(max(sequence), 0) AS last FROM dispositions WHERE kind = ? AND year = ?",
        *(kind, year),
    )
    letter = "R" if kind == "removal" else "D"
    sequence = (found["last"] if found else 0) + 1
    while (name := f"{letter}-{year}-{sequence:02d}") in taken:
        sequence += 1
    return year, sequence, name


def _why(left_out: LeftOut) -> str:
    """What stood in the way, for the one line of a refusal."""
    said = [f"{held.holdings:,} under {held.title}" for held in left_out.by_hold]
    said += [f"{count:,}: {words}" for words, count in left_out.reasons.items()]
    return f" ({'; '.join(said)})" if said else ""
