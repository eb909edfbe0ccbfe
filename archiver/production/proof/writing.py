"""Writing the proof of a volume beside its folder (the layout is told in `form`)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.archive.keys import fingerprint, public_keys, signing_key, tombstone_key
from archiver.archive.leaves import GROUPS
from archiver.archive.seals import Seal
from archiver.archive.stamping import stamp
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import HomeError, SourceError
from archiver.production.bates import bates
from archiver.production.lists import list_key
from archiver.production.packet import Packet
from archiver.production.proof.disclosing import open_groups
from archiver.production.proof.evidence import (
    LeafPlace,
    SealBook,
    held_version,
    leaf_place,
)
from archiver.production.proof.form import (
    CLOSED,
    FORMAT,
    KeyEntry,
    Opened,
    RecordEntry,
    Sealed,
    SealEntry,
    Statement,
    WithheldEntry,
    line_of,
    stamped_digest,
    to_base64,
    withheld_commitment,
)
from archiver.production.release import Record, Release, Version
from archiver.production.released_records import Place, key_of, place_of
from archiver.requests.book import ProductionItem
from archiver.requests.collecting.lists import CollectedList

Stamp = Callable[[bytes], bytes]
"""Asks a time-stamp authority over a digest (32 bytes); gives its answer. Raises SourceError where
there is none, HomeError where the settings name no usable authority."""
Named = Mapping[tuple[str, int], Collection[str]]
"""Ids of records by file and account."""


@dataclass(frozen=True, slots=True)
class _Printed:
    """A version that is printed: whose it is, and where it stands in the packet."""

    record: Record
    item: ProductionItem
    number: int
    first_page: str
    n: int
    earlier: Version | None

    @property
    def of(self) -> tuple[str, int, int]:
        """File, record and number of the version."""
        return self.item.item.file, self.item.item.record_id, self.n


def write_proof(
    path: Path,
    archive: Archive,
    release: Release,
    packet: Packet,
    items: Sequence[ProductionItem],
    manifest_sha256: str,
    *,
    lists: Sequence[CollectedList] = (),
    also_named: Collection[Place] = (),
    dating: Stamp | None = None,
) -> str | None:
    """Write the proof file of a volume; says why it has no date of its own, where one was asked
    for.

    `items` and `lists` are those the volume holds (others are passed over). `also_named` are
    records of the request that stand uncovered, id and all, in other volumes: an answer to one may
    say so.
    `dating` asks the time-stamp authority, where there is one. An authority that fails stops no
    production: the seals beneath the proof keep their dates.

    The same volume gives the same bytes again, a time stamp apart. Raises RuleError where a record
    is no longer held, IntegrityError where the archive does not verify, OSError.
    """
    printed = list(_printed(release, packet, items))
    named = _named(printed, also_named)
    book = SealBook(archive)
    sealed = book.sealed(leaf_place(archive, *each.of) for each in printed)
    shown, dated = book.chain(each.seal for each in sealed.values())
    secret = signing_key(archive.home.keys)
    public = secret.public_key()
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("wb") as file:
        body = _Body(file)
        body.write(b'{"format":%s,\n' % json.dumps(FORMAT).encode())
        body.section("keys", _keys(archive, shown))
        body.section("seals", (_seal(seal, seal.n in dated) for seal in shown))
        body.section("records", (_record(archive, each, named, sealed) for each in printed))
        body.section("withheld", _withheld(archive.home, release, items, lists))
        statement = Statement(
            agency=release.office.agency,
            evidence=body.digest,
            key=fingerprint(public),
            made_at=release.made_at,
            manifest=manifest_sha256,
            request=release.request.number,
            volume=release.volume,
        )
        message = statement.message()
        signature = secret.sign(message)
        token, undated = _dated(dating, stamped_digest(message, signature))
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        ending = {
            "signed": message.decode("ascii"),
            "signature": signature.hex(),
            "key": pem.decode("ascii"),
            "time_stamp": None if token is None else to_base64(token),
        }
        body.write(json.dumps(ending, separators=(",", ":")).encode("ascii")[1:-1] + b",\n")
        body.write(b'"sha256":"%s"}\n' % body.digest.encode())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return undated


def _dated(dating: Stamp | None, digest: bytes) -> tuple[bytes | None, str | None]:
    """The authority's answer, or why there is none."""
    try:
        return (dating(digest) if dating else None), None
    except (SourceError, HomeError) as error:
        return None, str(error)


class _Body:
    """The file as it grows, with the hash of what stands in it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Write bytes."""
        self._hash.update(data)
        self._file.write(data)

    def section(self, name: str, entries: Iterable[msgspec.Struct]) -> None:
        """Write a list, an entry a line."""
        self.write(b'"%s":[' % name.encode())
        between = b"\n"
        for entry in entries:
            self.write(between + line_of(entry))
            between = b",\n"
        self.write(b"\n],\n")


def _printed(
    release: Release, packet: Packet, items: Sequence[ProductionItem]
) -> Iterator[_Printed]:
    """Every version the packet prints, in the order of the records' numbers."""
    of_key = {key_of(each.item): each for each in items}
    prefix = release.office.bates_prefix
    for record in packet.order:
        place = packet.printed[record.key]
        where = (record, of_key[record.key], place.ordinal, bates(prefix, place.first))
        yield _Printed(*where, record.number, None)
        for version in record.versions:
            yield _Printed(*where, version.number, version)


def _named(printed: Sequence[_Printed], also: Collection[Place]) -> Named:
    """The ids of the records that go out uncovered, by file and account."""
    found: dict[tuple[str, int], set[str]] = {}
    here = (place_of(each.item) for each in printed if not each.record.native_id.bars)
    for file, account, native_id in chain(here, also):
        found.setdefault((file, account), set()).add(native_id)
    return found


def _record(
    archive: Archive,
    printed: _Printed,
    named: Named,
    sealed: Mapping[LeafPlace, Sealed],
) -> RecordEntry:
    held = held_version(archive, *printed.of)
    file, account, _ = place_of(printed.item)
    ids = named.get((file, account), ())
    opened = open_groups(printed.record, held.content, ids, printed.earlier)
    return RecordEntry(
        number=printed.number,
        first_page=printed.first_page,
        version=printed.n,
        earlier=printed.earlier is not None,
        leaf=held.leaf.hex(),
        sealed=sealed.get(held.place),
        commitments={group: held.commitments[group].hex() for group in GROUPS},
        groups={
            group: Opened(held.keys[group].hex(), str(getattr(held.content, group)))
            if group in opened
            else CLOSED
            for group in GROUPS
        },
    )


def _seal(seal: Seal, dated: bool) -> SealEntry:
    token = seal.timestamp_token if dated else None
    return SealEntry(
        n=seal.n,
        sealed_at=seal.sealed_at,
        signed=seal.body().decode("ascii"),
        signature=seal.signature.hex(),
        time_stamp=None if token is None else to_base64(token),
    )


def _keys(archive: Archive, shown: Sequence[Seal]) -> Iterator[KeyEntry]:
    """The public keys of the seals; one the home no longer holds is left out."""
    held = public_keys(archive.home.keys)
    for name in sorted({seal.key for seal in shown} & held.keys()):
        pem = held[name].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        yield KeyEntry(name, pem.decode("ascii"))


def _withheld(
    home: Home,
    release: Release,
    items: Sequence[ProductionItem],
    lists: Sequence[CollectedList],
) -> Iterator[WithheldEntry]:
    """A commitment for each sheet; a record that is gone since still has its leaf."""
    held = {str(each.item.id): bytes.fromhex(each.item.leaf) for each in items}
    held |= {list_key(each): bytes.fromhex(each.digest) for each in lists}
    secret = tombstone_key(home.keys)
    for sheet, one in enumerate(release.withheld, 1):
        where = (release.request.number, release.volume, sheet)
        yield WithheldEntry(sheet, withheld_commitment(secret, held[one.key], *where).hex())


def stamping_of(home: Home) -> Stamp | None:
    """How to have a proof dated by the authority of the home's settings; None where there is
    none."""
    settings = home.settings()
    if settings.seals.timestamp_authority is None:
        return None
    return lambda digest: stamp(digest, settings, base=home.path)
