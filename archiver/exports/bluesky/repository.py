"""The records of a repository file, checked block by block, as the same Items the interface gives.

A record's `raw` is what the interface would show of it (address, content id and the record, in
JSON): the desk and a production read it without knowing in what form it came. Nothing is lost by
that: the id is the hash of the block's own bytes, which stand in the original at the byte that
`position` names, and the JSON written as DAG-CBOR gives the same bytes again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, BinaryIO, cast

import libipld
import msgspec
from msgspec.structs import replace

from archiver.atproto.cars import Blocks, CarError, MissingBlockError, Sections, indexed
from archiver.atproto.cids import as_json, text_of
from archiver.atproto.commits import Commit, decoded_commit
from archiver.atproto.records import (
    BLOCK,
    FOLLOW,
    PLATFORM,
    PROFILE,
    Place,
    Record,
    own_item,
    plain,
    profile_item,
)
from archiver.atproto.trees import Gap, Leaf, walked
from archiver.errors import InputError, StorageError
from archiver.exports.counting import FileCount, Unit
from archiver.exports.guarding import NOT_AS_EXPECTED
from archiver.exports.reader import DownloadReader
from archiver.items import Author, AuthorRole, Item, MediaRef, Relation, Skipped, Subscriber

LISTS: Mapping[Relation, str] = {
    Relation.FOLLOWING: FOLLOW,
    Relation.BLOCK: BLOCK,
}
_LIST_COLLECTIONS = frozenset(LISTS.values())
_COPY = 1 << 20


class Repository:
    """A repository file of a download. `handle` and `forged` (what is wrong with the signature) are
    set by whoever knows the account's DID document; `notes` grow while it is read. Raises
    InputError where the file is no repository, or its root is not in it."""

    def __init__(self, reader: DownloadReader, member: str, blobs: Mapping[str, str]) -> None:
        self.member = member
        self.handle: str | None = None
        self.forged = ""
        self.notes: list[str] = []
        self._reader = reader
        self._blobs = blobs
        self.commit = self._commit()

    def _commit(self) -> Commit:
        """The commit at the root, found without going through the whole file."""
        with self._reader.open(self.member) as stream:
            try:
                sections = Sections(stream)
                for section in sections:
                    if section.cid == sections.root:
                        if sha256(section.content).digest() != section.cid[4:]:
                            raise CarError("the bytes of its root are not what their id says")
                        return decoded_commit(section.content)
            except ValueError as error:
                raise InputError(
                    f"{self.member} is no repository that can be read: {error}; download it again"
                ) from None
        raise InputError(
            f"{self.member} does not hold the root it names: it is cut off or not whole; download "
            "it again"
        )

    @cached_property
    def blocks(self) -> Blocks:
        """Every block, checked. Raises StorageError where a packed file cannot be unpacked."""
        return indexed(self._seekable())

    def let_go(self) -> None:
        """Close the file the blocks are read from; they are looked for anew when one is wanted."""
        self.__dict__.pop("blocks", None)

    def _seekable(self) -> BinaryIO:
        region = self._reader.members[self.member].place.region()
        if region is not None:
            return region.seekable()
        try:
            copy = tempfile.TemporaryFile()  # noqa: SIM115 (kept open as long as the repository)
            with self._reader.open(self.member) as stream:
                shutil.copyfileobj(stream, copy, _COPY)
        except OSError as error:
            raise StorageError(f"{self.member} cannot be unpacked: {error.strerror}") from None
        return cast(BinaryIO, copy)

    def records(self, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Every record but those that are lists of people, in the order of the tree."""
        blocks = self.blocks
        author = Author(self.commit.did, self.handle, None, AuthorRole.AGENCY)
        lacking = 0
        for step in walked(blocks, self.commit.data):
            if isinstance(step, Gap):
                lacking += step.missing
                behind = f" (behind {step.after})" if step.after else ""
                yield Skipped(self.member, None, f"{step.detail}{behind}", failed=True)
                continue
            collection = step.path.partition("/")[0]
            listed = collection in _LIST_COLLECTIONS
            count.read += not listed
            try:
                start, record, raw = self._record(step)
                if listed:
                    _subject(record)
                    continue
                unit = self._unit(record, raw, author, collection, start)
            except (MissingBlockError, *NOT_AS_EXPECTED) as error:
                why = str(error) if isinstance(error, MissingBlockError) else "it is not readable"
                lacking += isinstance(error, MissingBlockError) and not error.altered
                count.read += listed
                yield Skipped(self.member, None, f"{step.path}: {why}", failed=True)
                continue
            if collection == PROFILE:
                name = plain(record.value.get("displayName")) or None
                author = replace(author, display_name=name)
            yield unit
        self._tell(blocks, count, lacking)

    def _record(self, leaf: Leaf) -> tuple[int, Record, bytes]:
        start, content = self.blocks.get(leaf.cid)
        value = libipld.decode_dag_cbor(content)
        if not isinstance(value, dict):
            raise TypeError("a record is a map")
        uri = f"at://{self.commit.did}/{leaf.path}"
        record = Record(uri, text_of(leaf.cid), as_json(value))
        return start, record, msgspec.json.encode(record)

    def _unit(
        self, record: Record, raw: bytes, author: Author, collection: str, start: int
    ) -> Unit:
        if collection == PROFILE and self.handle is None:
            return Skipped(
                self.member,
                start,
                "the profile: the handle is not known without the DID document, and a profile "
                "without it would look changed; it stays in the original",
            )
        if collection == PROFILE:
            shown = profile_item(record, raw, author)
            item: Item | None = replace(shown, member=self.member, position=start)
        else:
            item = own_item(record, raw, author, place=Place(self.member, start))
        if item is None:
            return Skipped(
                self.member,
                start,
                f"{collection} is not turned into a record: it stays in the original",
            )
        if not item.media:
            return item
        return replace(item, media=tuple(map(self._held, item.media)))

    def _held(self, ref: MediaRef) -> MediaRef:
        """A blob as the member that is it; one that does not lie beside is named as not held."""
        cid = ref.key.rpartition("/")[2]
        member = self._blobs.get(cid)
        return replace(ref, key=member) if member else replace(ref, available=False)

    def _tell(self, blocks: Blocks, count: FileCount, lacking: int) -> None:
        """After the walk: what is wrong with the file, how many records and parts of its tree it
        names and does not hold, and what in it belongs to nothing."""
        told = [self.forged, blocks.fault or ""]
        if lacking and not blocks.fault:
            # a file cut off between two blocks looks whole to whoever only counts bytes
            told.append(
                f"{lacking:,} records or parts of its tree are not in the file: it is cut off, or "
                "was never whole"
            )
        if blocks.altered:
            places = ", ".join(str(place) for place in blocks.altered[:5])
            told.append(
                f"{len(blocks.altered):,} blocks have bytes that are not what their id says (at "
                f"byte {places}): they were not read"
            )
        if faults := "; ".join(part for part in told if part):
            count.complete = False
            count.reason = faults
        blocks.get(blocks.root)
        if blocks.unused:
            note = (
                f"{blocks.unused:,} blocks of the repository belong to no record in it (earlier "
                "states, or foreign): they stay in the original"
            )
            if note not in self.notes:
                self.notes.append(note)

    def people(self, relation: Relation, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Whom the account follows or blocks. What cannot be read was told with the records; the
        list is not whole then."""
        collection = LISTS[relation]
        met: set[str] = set()
        for step in walked(self.blocks, self.commit.data, f"{collection}/", f"{collection}0"):
            try:
                if isinstance(step, Gap):
                    raise ValueError(step.detail)
                subject = _subject(self._record(step)[1])
            except (MissingBlockError, *NOT_AS_EXPECTED):
                count.complete = False
                count.reason = "a part of the list cannot be read: see the records"
                continue
            count.read += 1
            if subject in met:
                count.join()
                continue
            met.add(subject)
            yield Subscriber(
                PLATFORM,
                relation,
                subject,
                url=f"https://bsky.app/profile/{subject}",
            )
        if self.blocks.fault or self.forged:
            count.complete = False
            count.reason = count.reason or "the repository is not as it should be"


def _subject(record: Record) -> str:
    subject: Any = record.value["subject"]
    if not isinstance(subject, str):
        raise TypeError("a list names people by their ids")
    return subject
