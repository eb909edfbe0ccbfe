"""Producing a volume: from the decisions to a folder that stands whole or not at all.

The volume is made in a staging folder under productions/. Its row, with every page number it takes,
is committed first; then the folder is moved into place by one rename. A kill before the commit
leaves a staging folder that the next production clears away, and no number is taken; a kill after
it leaves a finished folder that the next production moves. A volume is never written over.
"""

from __future__ import annotations

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
from archiver.production.ledger import ProducedItem, Production
from archiver.production.list_tables import write_list_tables
from archiver.production.lists import (
    enter_lists,
    lists_to_produce,
    still_the_same,
    with_lists,
)
from archiver.production.loading import load_release
from archiver.production.manifest import write_manifest
from archiver.production.media_files import MediaFolder
from archiver.production.packet import Packet, write_packet
from archiver.production.parting import as_printed, duplicates_in, part_of, refuse_blocked
from archiver.production.proof.form import ENDING
from archiver.production.proof.page import write_verify_page
from archiver.production.proof.signing import sign_packet
from archiver.production.proof.writing import stamping_of, write_proof
from archiver.production.readiness import fingerprint, refuse_unready
from archiver.production.release import Release
from archiver.production.released_records import FILES, Place, key_of, place_of
from archiver.production.twins import write_twins
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
) -> Production:
    """Produce a request's decided items, or those of one instalment, as its next volume.

    A later volume holds what is new or was decided anew; where nothing is, the last volume comes
    back as it stands, so pressing twice makes one. What belongs to another instalment stays as if
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
            return _last(home, office, request.number)
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
            made = _make(home, release, staging, office, progress)
            write_proof(
                _proof_of(staging),
                archive,
                release,
                made[0],
                fresh,
                made[1],
                lists=lists,
                dating=stamping_of(home),
            )
            with write_transaction(office):
                _still_decided(office, release.request.number, found)
                _still_shown(office, fresh)
                refuse_blocked(office, home.settings(), request.number, instalment)
                still_the_same(office, release.request.number, lists)
                production_id = _enter(release, made, fresh, lists, staging, office, actor)
        _finish_moves(home, office)
        done = ledger.production(office, home, production_id)
    if done is None:
        raise StorageError(f"volume {volume} of request {request.number} was not kept")
    return done


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
        for left in home.productions.glob(f"{STAGING}*{ENDING}*"):
            left.unlink()
    except OSError as error:
        raise StorageError(
            f"{home.productions}: a finished volume cannot be moved into place "
            f"({error.strerror}); make room or give the right to write, then produce again"
        ) from error


def _move(home: Home, staging: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if _proof_of(staging).is_file():
        _proof_of(staging).rename(_proof_of(folder))
    if staging.is_dir() and not folder.exists():
        staging.rename(folder)
        _sync(folder.parent)
        _sync(home.productions)


def _proof_of(folder: Path) -> Path:
    """Where the proof of a volume lies: beside its folder, never in it."""
    return folder.with_name(folder.name + ENDING)


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


def _make(
    home: Home,
    release: Release,
    staging: Path,
    office: sqlite3.Connection,
    progress: Progress | None,
) -> tuple[Packet, str]:
    """Write every file of the volume; gives what was printed and the manifest's hash."""
    first = ledger.next_page(office, release.office.bates_prefix)
    media = MediaFolder(staging / "media")
    packet = write_packet(release, staging / "packet.pdf", media, first, progress)
    if progress:
        progress("writing the data", 0, None)
    write_twins(release, packet, staging)
    write_list_tables(release, staging)
    write_verify_page(staging)
    sign_packet(staging / "packet.pdf", home.settings(), base=home.path)
    digest = write_manifest(release, packet, staging)
    for parent, _, names in os.walk(staging):
        for name in names:
            _sync(Path(parent) / name)
        _sync(Path(parent))
    return packet, digest


def _enter(
    release: Release,
    made: tuple[Packet, str],
    items: Sequence[ProductionItem],
    lists: Sequence[CollectedList],
    staging: Path,
    office: sqlite3.Connection,
    actor: str,
) -> int:
    packet, digest = made
    produced = []
    for each in items:
        item = each.item
        if item.decision.choice.goes_out:
            printed = packet.printed[key_of(item)]
            first, last = printed.first, printed.last
        else:
            first = last = packet.sheets[str(item.id)]
        outcome = _OUTCOMES[item.decision.choice]
        form = as_made(fingerprint(item), release.draft)
        produced.append(ProducedItem(item.id, outcome, form, first, last))
    released = [each.item for each in items if each.item.decision.choice.goes_out]
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
        manifest_sha256=digest,
        staging=staging.name,
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
            _proof_of(folder).unlink(missing_ok=True)
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
