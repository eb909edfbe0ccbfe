"""The last steps of a volume before it is entered: the city's signature in the packet where it has
one, and beside the folder its zip and its proof. They need keys, so no printing process does them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archiver.archive.files import sync_folder
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.production.manifest import write_manifest
from archiver.production.planning import Plan
from archiver.production.printing import PrintedVolume
from archiver.production.proof.form import ENDING
from archiver.production.proof.signing import sign_packet
from archiver.production.proof.writing import stamping_of, write_proof
from archiver.production.released_records import Place, key_of, place_of
from archiver.production.zipping import write_zip


def finish_volumes(
    home: Home, archive: Archive, plan: Plan, made: Sequence[PrintedVolume]
) -> list[PrintedVolume]:
    """Sign what is to be signed; write each volume's proof and its zip. Where the authority dates
    no proof, the volume says why (`undated`).

    Raises HomeError where a key cannot be used, SourceError where a signature has to be dated and
    the authority does not answer, RuleError where a record is no longer held, IntegrityError where
    the archive does not verify, OSError.
    """
    signed = [_signed(home, each) for each in made]
    named = _named(plan, signed)
    finished = []
    for each in signed:
        path = each.folder.with_name(each.folder.name + ENDING)
        undated = write_proof(
            *(path, archive, each.release, each.packet, plan.fresh, each.manifest_sha256),
            lists=plan.lists,
            also_named=named,
            dating=stamping_of(home),
        )
        sync_folder(path)
        write_zip(each.folder, each.folder.with_name(f"{each.folder.name}.zip"))
        finished.append(replace(each, undated=undated))
    return finished


def _signed(home: Home, volume: PrintedVolume) -> PrintedVolume:
    packet = volume.folder / "packet.pdf"
    if not sign_packet(packet, home.settings(), base=home.path):
        return volume
    digest = write_manifest(volume.release, volume.packet, volume.folder)
    for path in (packet, volume.folder / "manifest.json", volume.folder):
        sync_folder(path)
    return replace(volume, manifest_sha256=digest)


def _named(plan: Plan, made: Sequence[PrintedVolume]) -> set[Place]:
    """The records that stand in some volume with their id uncovered."""
    places = {
        key_of(each.item): place_of(each)
        for each in plan.fresh
        if each.item.decision.choice.goes_out
    }
    return {
        places[record.key]
        for volume in made
        for record in volume.packet.order
        if not record.native_id.bars
    }
