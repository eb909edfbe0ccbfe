"""What a production will hold: the items and lists that are new or decided anew, and as what."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.production import ledger
from archiver.production.drafting import as_made, draft_words
from archiver.production.leaks.gathering import secrets_of
from archiver.production.leaks.secrets import Secrets
from archiver.production.lists import fingerprint as list_form
from archiver.production.lists import lists_to_produce, with_lists
from archiver.production.loading import load_release
from archiver.production.parting import as_printed, duplicates_in, part_of, refuse_blocked
from archiver.production.readiness import fingerprint, refuse_unready
from archiver.production.release import Release
from archiver.production.released_records import FILES, Place, place_of
from archiver.production.replacing import Replacement, as_replacement, refuse_blocked_items
from archiver.production.staging import refuse_taken
from archiver.requests.book import Choice, ProductionItem, Request, items_for_production
from archiver.requests.collecting.lists import CollectedList, lists_of
from archiver.requests.redacting.bars import drafts

OUTCOMES = {
    Choice.RELEASE: "released",
    Choice.REDACT: "released",
    Choice.WITHHOLD: "withheld",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A production before it is made. `found` is all that was collected for the request, `here`
    what of it is produced together, `fresh` what has to be produced, `shown` all of it as this
    production may know it."""

    request: Request
    instalment: int | None
    found: Sequence[ProductionItem]
    here: Sequence[ProductionItem]
    fresh: Sequence[ProductionItem]
    shown: Sequence[ProductionItem]
    lists: Sequence[CollectedList]
    replacement: Replacement | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is new or decided anew."""
        return not self.fresh and not self.lists and self.replacement is None

    @property
    def form(self) -> str:
        """What tells whether a production that was broken off is the one that is begun again."""
        parts = [f"{each.item.id} {fingerprint(each.item)}" for each in self.fresh]
        parts += [f"list {each.id} {list_form(each)}" for each in self.lists]
        if self.replacement is not None:
            parts.append(f"replaces {self.replacement.replaced_id} {self.replacement.told.reason}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def plan_production(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    request: Request,
    instalment: int | None,
    replacement: Replacement | None = None,
) -> Plan:
    """What a request's next production will hold, or that of one instalment, or what takes the
    place of a volume.

    Raises RuleError, with the list, where anything in it blocks it (an item undecided, with the
    attorney, unconfirmed or not what was reviewed) or the request is closed; InputError where there
    is no such instalment.
    """
    number = request.number
    if not request.is_open:
        raise RuleError(f"request {number} is closed: reopen it first")
    if Path(number).name != number:
        raise InputError(f"request {number}: its number cannot name a folder")
    found = items_for_production(office, files_of(archive), number)
    if replacement is not None:
        return _replacing(home, office, request, found, replacement)
    here = part_of(office, number, found, instalment)
    lists = lists_to_produce(office, number)
    refuse_blocked(office, home.settings(), number, instalment)
    if here or not lists_of(office, number):
        refuse_unready(here, drafts(office, [bar for e in here for bar in e.item.redactions]))
    fresh = _fresh(office, number, here)
    shown = as_printed(found, here, ledger.last_fingerprints(office, number))
    return Plan(request, instalment, found, here, fresh, shown, lists)


def planned_release(
    home: Home, office: sqlite3.Connection, archive: Archive, plan: Plan, now: str
) -> Release:
    """The release view of a planned production. Raises RuleError where something cannot go out as
    it was decided."""
    number = plan.request.number
    pages = ledger.released_pages(office, number)
    sheets = ledger.withheld_pages(office, number)
    volume = ledger.next_volume(office, number)
    refuse_taken(ledger.volume_folder(home, number, volume))
    release = load_release(
        *(home, office, archive, plan.request, plan.fresh, plan.shown),
        volume=volume,
        now=now,
        earlier=_earlier(plan.found, pages),
        sheets=sheets,
        duplicates=duplicates_in(plan.here, plan.fresh, pages, sheets),
    )
    release = with_lists(home, office, release, plan.lists)
    return release if plan.replacement is None else as_replacement(release, plan.replacement)


def planned_secrets(office: sqlite3.Connection, archive: Archive, plan: Plan) -> Secrets:
    """What must not stand in a planned production."""
    return secrets_of(
        *(office, files_of(archive), plan.request.number, plan.fresh, plan.shown), plan.lists
    )


def files_of(archive: Archive) -> Mapping[str, sqlite3.Connection]:
    """The archive's files by the names that items give them."""
    return {name: archive.file(access) for name, access in FILES.items()}


def _replacing(
    home: Home,
    office: sqlite3.Connection,
    request: Request,
    found: Sequence[ProductionItem],
    replacement: Replacement,
) -> Plan:
    """The items and lists of a volume as they are decided now. What was released in it and is now
    found not responsive is not in it any more."""
    here = [each for each in found if each.item.id in replacement.items]
    refuse_unready(here, drafts(office, [bar for e in here for bar in e.item.redactions]))
    refuse_blocked_items(office, home.settings(), request.number, replacement.items)
    fresh = [each for each in here if each.item.decision.choice in OUTCOMES]
    lists = [each for each in lists_of(office, request.number) if each.id in replacement.lists]
    if any(each.choice is Choice.UNDECIDED for each in lists):
        raise RuleError("a list of the volume has no decision: decide before it is replaced")
    kept = [each for each in lists if each.choice in (Choice.RELEASE, Choice.WITHHOLD)]
    if not fresh and not kept:
        raise RuleError(
            "nothing of the volume is released or withheld any more: withdraw its release instead"
        )
    shown = as_printed(found, here, ledger.last_fingerprints(office, request.number))
    return Plan(request, None, found, here, fresh, shown, kept, replacement)


def _fresh(
    office: sqlite3.Connection, number: str, found: Sequence[ProductionItem]
) -> list[ProductionItem]:
    """What must be produced: released or withheld, and not already so in an earlier volume."""
    before = ledger.last_fingerprints(office, number)
    draft = draft_words(office, number)
    return [
        each
        for each in found
        if each.item.decision.choice in OUTCOMES
        and before.get(each.item.id) != as_made(fingerprint(each.item), draft)
    ]


def _earlier(found: Sequence[ProductionItem], pages: Mapping[int, str]) -> dict[Place, str]:
    """Where the records that earlier volumes released, and that are still released, stand."""
    return {
        place_of(each): pages[each.item.id]
        for each in found
        if each.item.id in pages and each.item.decision.choice.goes_out
    }
