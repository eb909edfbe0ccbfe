"""Producing: from the decisions to volumes that stand whole or not at all.

The volumes are made in a staging folder under productions/. Their rows, with every page number they
take, are committed first, all at once; then each folder is moved into place by one rename. A kill
before the commit leaves a staging folder that the next production clears away, and no number is
taken; a kill after it leaves finished folders that the next production moves. A volume is never
written over. What is broken off and begun again bears the time it was first begun at.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import BusyError, InputError, RuleError, StorageError
from archiver.locks import held
from archiver.production import ledger
from archiver.production.drafting import as_made, draft_words
from archiver.production.leaks.gathering import secrets_of
from archiver.production.leaks.refusing import refuse_leaks
from archiver.production.ledger import ProducedItem, Production
from archiver.production.lists import (
    enter_lists,
    lists_to_produce,
    still_the_same,
    with_lists,
)
from archiver.production.lists import (
    fingerprint as list_form,
)
from archiver.production.loading import load_release
from archiver.production.parting import as_printed, duplicates_in, part_of, refuse_blocked
from archiver.production.printing import PrintedVolume, print_volumes
from archiver.production.readiness import fingerprint, refuse_unready
from archiver.production.released_records import FILES, Place, key_of, place_of
from archiver.production.volumes import MOST_PAGES
from archiver.progress import Progress
from archiver.requests.book import (
    IN_QUARANTINE,
    Choice,
    ProductionItem,
    get_request,
    items_for_production,
    items_of,
)
from archiver.requests.collecting.lists import CollectedList, lists_of
from archiver.requests.redacting.bars import drafts
from archiver.requests.redacting.earlier import note_released
from archiver.retention.quarantine import quarantined

STAGING = ".making-"
LOCK = ".making.lock"
BESIDE = (".zip", ".proof.json")
"""What of a volume lies beside its folder, by the ending after the folder's name."""
_OUTCOMES = {
    Choice.RELEASE: "released",
    Choice.REDACT: "released",
    Choice.WITHHOLD: "withheld",
}


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
) -> list[Production]:
    """Produce a request's decided items, or those of one instalment, as its next volumes.

    There is one volume unless it would have more than `most_pages`. A later production holds what
    is new or was decided anew; where nothing is, the last volume comes back as it stands, so
    pressing twice makes one. What belongs to another instalment stays as if
    nobody had decided about it. Raises RuleError, with the list, where anything in it blocks it (an
    item undecided, with the attorney, unconfirmed or not what was reviewed) or the request is
    closed; InputError where there is no such instalment; BusyError while another production is
    being made; StorageError where the disk is full or not writable.
    """
    request = get_request(office, number)
    if not request.is_open:
        raise RuleError(f"request {request.number} is closed: reopen it first")
    if Path(request.number).name != request.number:
        raise InputError(f"request {request.number}: its number cannot name a folder")
    with _alone(home):
        _finish_moves(home, office)
        files = {name: archive.file(access) for name, access in FILES.items()}
        found = items_for_production(office, files, request.number)
        here = part_of(office, request.number, found, instalment)
        lists = lists_to_produce(office, request.number)
        refuse_blocked(office, home.settings(), request.number, instalment)
        if here or not lists_of(office, request.number):
            refuse_unready(here, drafts(office, [bar for e in here for bar in e.item.redactions]))
        fresh = _fresh(office, request.number, here)
        if not fresh and not lists:
            return [_last(home, office, request.number)]
        with write_transaction(office):
            now = ledger.started(office, request.number, _form(fresh, lists), now)
        pages = ledger.released_pages(office, request.number)
        sheets = ledger.withheld_pages(office, request.number)
        shown = as_printed(found, here, ledger.last_fingerprints(office, request.number))
        volume = ledger.next_volume(office, request.number)
        release = load_release(
            home,
            office,
            archive,
            request,
            fresh,
            shown,
            volume=volume,
            now=now,
            earlier=_earlier(found, pages),
            sheets=sheets,
            duplicates=duplicates_in(here, fresh, pages, sheets),
        )
        release = with_lists(home, office, release, lists)
        with _staging(home, office) as staging:
            first = ledger.next_page(office, release.office.bates_prefix)
            made = print_volumes(release, staging, first, most_pages=most_pages, progress=progress)
            secrets = secrets_of(office, files, request.number, fresh, shown)
            refuse_leaks(made, secrets)
            with write_transaction(office):
                _still_decided(office, release.request.number, found)
                _still_shown(office, fresh)
                refuse_blocked(office, home.settings(), request.number, instalment)
                still_the_same(office, release.request.number, lists)
                entered = [_enter(each, fresh, lists, office, actor) for each in made]
        _finish_moves(home, office)
        done = [ledger.production(office, home, each) for each in entered]
    return [each for each in done if each is not None]


def recover_productions(home: Home, office: sqlite3.Connection) -> int:
    """Finish what a kill left: finished volumes are moved into place, unfinished ones cleared away.

    Gives how many volumes came into place. It costs one query and one look at a folder where
    nothing is left over, and does nothing while a production is being made, which does the same
    itself; so it can be called at any start. Raises StorageError where the folder of productions
    cannot be written.
    """
    try:
        with _alone(home):
            before = len(ledger.unmoved(office, home))
            _finish_moves(home, office)
            return before - len(ledger.unmoved(office, home))
    except BusyError:
        return 0


def _finish_moves(home: Home, office: sqlite3.Connection) -> None:
    try:
        for production_id, staging, folder in ledger.unmoved(office, home):
            _move(home, staging, folder)
            if folder.is_dir():
                with write_transaction(office):
                    ledger.mark_moved(office, production_id)
        for left in home.productions.glob(f"{STAGING}*/"):
            shutil.rmtree(left)
    except OSError as error:
        raise StorageError(
            f"{home.productions}: a finished volume cannot be moved into place "
            f"({error.strerror}); make room or give the right to write, then produce again"
        ) from error


def _move(home: Home, staging: Path, folder: Path) -> None:
    """Move a volume into place, what lies beside it first: the folder says that all is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for ending in BESIDE:
        beside = staging.with_name(staging.name + ending)
        if beside.is_file():
            beside.rename(folder.with_name(folder.name + ending))
    if staging.is_dir() and not folder.exists():
        staging.rename(folder)
        _sync(folder.parent)
        _sync(home.productions)


def _fresh(
    office: sqlite3.Connection, number: str, found: Sequence[ProductionItem]
) -> list[ProductionItem]:
    """What must be produced: released or withheld, and not already so in an earlier volume."""
    before = ledger.last_fingerprints(office, number)
    draft = draft_words(office, number)
    return [
        each
        for each in found
        if each.item.decision.choice in _OUTCOMES
        and before.get(each.item.id) != as_made(fingerprint(each.item), draft)
    ]


def _earlier(found: Sequence[ProductionItem], pages: Mapping[int, str]) -> dict[Place, str]:
    """Where the records that earlier volumes released, and that are still released, stand."""
    return {
        place_of(each): pages[each.item.id]
        for each in found
        if each.item.id in pages and each.item.decision.choice.goes_out
    }


def _last(home: Home, office: sqlite3.Connection, number: str) -> Production:
    volumes = ledger.productions_of(office, home, number)
    if not volumes:
        raise RuleError(
            f"request {number}: every item was found not responsive, so there is nothing to produce"
        )
    return volumes[-1]


def _form(items: Sequence[ProductionItem], lists: Sequence[CollectedList]) -> str:
    """What tells whether a production that was broken off is the one that is begun again."""
    parts = [f"{each.item.id} {fingerprint(each.item)}" for each in items]
    parts += [f"list {each.id} {list_form(each)}" for each in lists]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _enter(
    made: PrintedVolume,
    items: Sequence[ProductionItem],
    lists: Sequence[CollectedList],
    office: sqlite3.Connection,
    actor: str,
) -> int:
    """Enter a volume with what it holds of these items and lists; gives its id."""
    release, packet = made.release, made.packet
    produced, released = [], []
    for each in items:
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
        outcome = _OUTCOMES[item.decision.choice]
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
    )
    enter_lists(office, production_id, lists, packet.lists, packet.sheets)
    return production_id


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


def _alone(home: Home) -> AbstractContextManager[None]:
    """One production at a time: page numbers are one sequence for the whole city."""
    home.productions.mkdir(parents=True, exist_ok=True)
    return held(
        home.productions / LOCK,
        lambda by: f"another production is being made{by}: wait for it and try again",
    )


@contextmanager
def _staging(home: Home, office: sqlite3.Connection) -> Iterator[Path]:
    """A folder for the making of a volume; it stays only when the volume was entered."""
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=home.productions))
    try:
        folder.chmod(0o750)
        yield folder
    except BaseException as error:
        if not ledger.is_entered(office, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise StorageError(
                f"the volume could not be written ({error.strerror}): nothing was produced, "
                "free some space and try again"
            ) from error
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
