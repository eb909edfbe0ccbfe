"""Producing: from the decisions to volumes that stand whole or not at all.

The volumes are made in a staging folder under productions/. Their rows, with every page number they
take, are committed first, all at once; then each folder is moved into place by one rename
(`staging`). What is broken off and begun again bears the time it was first begun at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import RuleError
from archiver.production import ledger
from archiver.production.drafting import as_made
from archiver.production.finishing import finish_volumes
from archiver.production.leaks.refusing import refuse_leaks
from archiver.production.ledger import ProducedItem, Production
from archiver.production.lists import enter_lists, still_the_same
from archiver.production.parting import refuse_blocked
from archiver.production.planning import (
    OUTCOMES,
    Plan,
    plan_production,
    planned_release,
    planned_secrets,
)
from archiver.production.previewing import drop_preview
from archiver.production.printing import PrintedVolume, print_volumes
from archiver.production.readiness import fingerprint
from archiver.production.released_records import key_of
from archiver.production.replacing import (
    enter_replacement,
    refuse_blocked_items,
    replaced_just_so,
    replacement_of,
)
from archiver.production.staging import alone, finish_moves, staging
from archiver.production.volumes import MOST_PAGES
from archiver.progress import Progress
from archiver.requests.book import (
    IN_QUARANTINE,
    ProductionItem,
    get_request,
    items_of,
)
from archiver.requests.redacting.earlier import note_released
from archiver.retention.quarantine import quarantined


def produce(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    number: str,
    *,
    actor: str,
    now: str,
    instalment: int | None = None,
    progress: Progress | None = None,
    most_pages: int = MOST_PAGES,
    replaces: tuple[int, str] | None = None,
) -> list[Production]:
    """Produce a request's decided items, or those of one instalment, as its next volumes.

    There is one volume unless it would have more than `most_pages`. A later production holds what
    is new or was decided anew; where nothing is, the last volume comes back as it stands, so
    pressing twice makes one. What belongs to another instalment stays as if nobody had decided
    about it. `replaces` names a volume and why it is replaced: its items and lists are produced
    again as they are decided now, under its page numbers with a suffix.

    Raises RuleError, with the list, where anything in it blocks it (`plan_production`);
    InputError where there is no such instalment; BusyError while another production is being made;
    StorageError where the disk is full or not writable; IntegrityError where something that is
    covered was found in what was made.
    """
    request = get_request(office, number)
    with alone(home):
        finish_moves(home, office)
        if replaces and (done := replaced_just_so(office, request.number, *replaces)):
            return _found(home, office, done)
        replacement = replacement_of(office, request.number, *replaces) if replaces else None
        plan = plan_production(home, office, archive, request, instalment, replacement)
        if plan.is_empty:
            return [_last(home, office, request.number)]
        with write_transaction(office):
            now = ledger.started(office, request.number, plan.form, now)
        release = planned_release(home, office, archive, plan, now)
        with staging(home, office) as folder:
            first = (
                ledger.next_page(office, release.office.bates_prefix)
                if replacement is None
                else replacement.first_page
            )
            made = print_volumes(release, folder, first, most_pages=most_pages, progress=progress)
            refuse_leaks(release, made, planned_secrets(office, archive, plan))
            made = finish_volumes(home, archive, plan, made)
            with write_transaction(office):
                _refuse_changed(home, office, plan)
                entered = [_enter(each, plan, office, actor) for each in made]
        finish_moves(home, office)
        drop_preview(home, request.number, instalment)
        return _found(home, office, entered)


def _found(home: Home, office: sqlite3.Connection, ids: Sequence[int]) -> list[Production]:
    found = [ledger.production(office, home, each) for each in ids]
    return [each for each in found if each is not None]


def _last(home: Home, office: sqlite3.Connection, number: str) -> Production:
    volumes = ledger.productions_of(office, home, number)
    if not volumes:
        raise RuleError(
            f"request {number}: every item was found not responsive, so there is nothing to produce"
        )
    return volumes[-1]


def _enter(made: PrintedVolume, plan: Plan, office: sqlite3.Connection, actor: str) -> int:
    """Enter a volume with what it holds of the planned items and lists; gives its id."""
    release, packet = made.release, made.packet
    produced, released = [], []
    for each in plan.fresh:
        item = each.item
        if item.decision.choice.goes_out:
            printed = packet.printed.get(key_of(item))
            if printed is None:
                continue
            first, last = printed.first, printed.last
            released.append(item)
        elif str(item.id) in packet.sheets:
            first = last = packet.sheets[str(item.id)]
        else:
            continue
        outcome = OUTCOMES[item.decision.choice]
        form = as_made(fingerprint(item), release.draft)
        produced.append(ProducedItem(item.id, outcome, form, first, last))
    note_released(
        office,
        [(item.id, [bar.id for bar in item.redactions]) for item in released],
        volume=release.volume,
        at=release.made_at,
    )
    production_id = ledger.enter(
        office,
        request=release.request.number,
        volume=release.volume,
        made_at=release.made_at,
        actor=actor,
        pages=packet.pages,
        items=produced,
        manifest_sha256=made.manifest_sha256,
        staging=f"{made.folder.parent.name}/{made.folder.name}",
        undated=made.undated,
    )
    enter_lists(office, production_id, plan.lists, packet.lists, packet.sheets)
    if plan.replacement is not None:
        enter_replacement(office, production_id, plan.replacement, actor)
    return production_id


def _refuse_changed(home: Home, office: sqlite3.Connection, plan: Plan) -> None:
    """Raise RuleError where something was decided, sealed off or worked on meanwhile."""
    number = plan.request.number
    _still_decided(office, number, plan.found)
    _still_shown(office, plan.fresh)
    if plan.replacement is None:
        refuse_blocked(office, home.settings(), number, plan.instalment)
    else:
        refuse_blocked_items(office, home.settings(), number, plan.replacement.items)
    still_the_same(office, number, plan.lists)


def _still_decided(
    office: sqlite3.Connection, number: str, found: Sequence[ProductionItem]
) -> None:
    """Raise RuleError where a decision changed while the volume was being made.

    All of the request's items are looked at: what is printed of a record hangs on what was decided
    about its other versions too.
    """
    now = {item.id: fingerprint(item) for item in items_of(office, number)}
    before = {each.item.id: fingerprint(each.item) for each in found}
    changed = sorted(item for item, decided in now.items() if before.get(item, decided) != decided)
    if changed:
        raise RuleError(
            f"item {changed[0]} was decided anew while the volume was being made: nothing was "
            "produced, produce again"
        )


def _still_shown(office: sqlite3.Connection, items: Sequence[ProductionItem]) -> None:
    """Raise RuleError where a record went into quarantine while the volume was being made."""
    shut = quarantined(office)
    for each in items:
        item = each.item
        if item.decision.choice.goes_out and item.record_id in shut.get(item.file, ()):
            raise RuleError(f"item {item.id} cannot be produced: {IN_QUARANTINE}")
