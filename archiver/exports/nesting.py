"""Bringing the parts of a set, and the archives that lie inside them, together under one list of
names.

An archive inside is opened where it only wraps the download: where it lies beside nothing but
archives, or at the top. One that lies deeper among data is somebody's attachment: it stays the
file it is, so that nobody can slip data into a record by sending it. The parts of one set that lie
beside each other inside share the name of the first (`takeout-…-001.zip!/Takeout/…`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec

from archiver.errors import InputError
from archiver.exports.containers import Container, Entry, open_container
from archiver.exports.limits import BombError, Budget
from archiver.exports.naming import (
    clean_name,
    in_order,
    is_archive,
    is_litter,
    missing_parts,
    numbered,
    shown_name,
    why_not,
)
from archiver.exports.scratch import Scratch
from archiver.exports.streams import PIECE, Files, Place, Region

INSIDE = "!/"
"""Stands between the name of an archive and the name of what lies in it."""


class Member(msgspec.Struct, frozen=True):
    """A file of a download. `name` uses forward slashes; `size` in bytes, None where unknown;
    `part` is the index of the part it came from."""

    name: str
    size: int | None
    part: int
    place: Place

    def open(self) -> BinaryIO:
        """A stream of its bytes. It may carry `fault`: why it ended early."""
        return self.place.open()


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that is not read, and why, in words for the report."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a container stands: the part it came from, what an error calls it, what goes before
    the names of its members, what goes before them where a name is taken by other bytes, and how
    many archives are around it."""

    part: int
    shown: str
    prefix: str
    own_prefix: str
    depth: int = 0


@dataclass(slots=True)
class Gathering:
    """What was found so far in all parts of a set."""

    scratch: Scratch
    budget: Budget
    members: dict[str, Member] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    litter: int = 0
    files: Files = field(default_factory=Files)
    repeated: int = 0
    clashing: int = 0

    def take(self, container: Container, origin: Origin) -> None:
        """Take in a container and what lies inside it. Raises BombError, StorageError."""
        kept = self._fit(container, origin)
        wrapped = wrappers(kept)
        attached = 0
        for name, entry in kept.items():
            if name not in wrapped:
                attached += is_archive(name)
                self._add(name, entry, origin)
        if attached:
            self.notes.append(
                f"{attached:,} packed files lie among the data of {origin.shown}: they are kept "
                "as the files they are, not opened"
            )
        self._take_wrapped({name: kept[name] for name in wrapped}, origin)

    def _fit(self, container: Container, origin: Origin) -> dict[str, Entry]:
        """The entries that are read, by the name they are read under."""
        self.broken += [
            f"{origin.shown}: {line}" if origin.own_prefix else line for line in container.broken
        ]
        kept: dict[str, Entry] = {}
        for entry in container.entries:
            name = clean_name(entry.name)
            if is_litter(name):
                self.litter += 1
                continue
            reason = why_not(name) or entry.refusal
            if reason is None and name in kept:
                self._refuse(origin, name, "the name stands there twice: the last one counts")
            if reason is None:
                kept[name] = entry
            else:
                self._refuse(origin, name, reason)
        return kept

    def _refuse(self, origin: Origin, name: str, reason: str) -> None:
        self.refused.append(Refused(shown_name(origin.prefix + name), reason))

    def _take_wrapped(self, wrapped: dict[str, Entry], origin: Origin) -> None:
        self.broken += missing_parts(wrapped)
        firsts: dict[str, str] = {}
        for name in sorted(wrapped, key=in_order):
            part = numbered(name)
            folder = name.rpartition("/")[0]
            first = firsts.setdefault(f"{folder}/{part.set}" if part else name, name)
            inner = Origin(
                origin.part,
                f"{origin.shown}{INSIDE}{shown_name(name)}",
                f"{origin.prefix}{first}{INSIDE}",
                f"{origin.own_prefix or origin.prefix}{name}{INSIDE}",
                origin.depth + name.count(INSIDE) + 1,
            )
            self._take_one(name, wrapped[name], origin, inner)

    def _take_one(self, name: str, entry: Entry, origin: Origin, inner: Origin) -> None:
        """Open an archive that lies inside; where that cannot be, it stays a file, and that is
        said."""
        limits = self.budget.limits
        self.budget.archives += 1
        if inner.depth > limits.depth or self.budget.archives > limits.archives:
            self._add(name, entry, origin)
            self.notes.append(
                f"{inner.shown} lies inside too many archives and was not opened: unpack it and "
                "give the folder"
            )
            return
        try:
            container = self._opened(name, entry, inner)
        except BombError:
            raise
        except InputError as error:
            self._add(name, entry, origin)
            self.broken.append(str(error))
            return
        self.take(container, inner)

    def _opened(self, name: str, entry: Entry, inner: Origin) -> Container:
        """The container in place where its bytes lie as they are, else from the scratch folder."""
        region, fault = entry.place.region(), None
        if region is None:
            with entry.place.open() as stream:
                room = self.budget.room(self.budget.on_disk)
                region = Region(self.scratch.unpack(stream, room, inner.shown), files=self.files)
                fault = getattr(stream, "fault", None)
        container = open_container(region, name, inner.shown, self.scratch, self.budget)
        if fault:
            container.broken.append(fault)
        return container

    def _add(self, name: str, entry: Entry, origin: Origin) -> None:
        """Add a member. The same bytes under the same name are one member; other bytes keep a name
        of their own."""
        full = origin.prefix + name
        held = self.members.get(full)
        if held is not None:
            if _same(held, entry):
                self.repeated += 1
                return
            full = origin.own_prefix + name
            while full in self.members:
                full += "+"
            self.clashing += 1
        self.members[full] = Member(full, entry.size, origin.part, entry.place)


def wrappers(names: Iterable[str]) -> set[str]:
    """Those of a container's names that are archives which wrap a download: all of them where
    there is nothing else, else those at the top (below the folder that holds everything)."""
    names = list(names)
    archives = {name for name in names if is_archive(name)}
    if not archives or len(archives) == len(names):
        return archives
    top = _common_folder(names)
    return {name for name in archives if name.rpartition("/")[0] == top}


def _common_folder(names: list[str]) -> str:
    """The deepest folder that holds all the names. The least and the greatest have in common what
    all have."""
    folders = [name.rpartition("/")[0].split("/") for name in (min(names), max(names))]
    common = []
    for left, right in zip(*folders, strict=False):
        if left != right:
            break
        common.append(left)
    return "/".join(common)


def _same(held: Member, entry: Entry) -> bool:
    """Whether both hold the same bytes, whole."""
    if None not in (held.size, entry.size) and held.size != entry.size:
        return False
    with held.open() as left, entry.place.open() as right:
        while True:
            piece = left.read(PIECE)
            if piece != right.read(PIECE):
                return False
            if not piece:
                return not (getattr(left, "fault", None) or getattr(right, "fault", None))
