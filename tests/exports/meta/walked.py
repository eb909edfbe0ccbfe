"""Walking one of Meta's downloads in a test, and writing a small one by hand."""

from __future__ import annotations

import random
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver.demo.meta_json import written
from archiver.exports.counting import FileCount
from archiver.exports.formats import Download
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import Item, Kind, Relation, Skipped, Subscriber


@dataclass
class Walked:
    """Everything a download gave."""

    items: list[Item] = field(default_factory=list)
    people: list[Subscriber] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: dict[str, FileCount] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    download: Download | None = None

    def of(self, kind: Kind, form: str = "") -> list[Item]:
        return [one for one in self.items if one.kind is kind and form in ("", one.form)]

    def listed(self, relation: Relation) -> list[Subscriber]:
        return [one for one in self.people if one.relation is relation]

    @property
    def keys(self) -> dict[str, bytes]:
        """What each record but the profile is known by, and what a change of it would show in."""
        return {one.native_id: one.stable for one in self.items if one.kind is not Kind.PROFILE}

    @property
    def balanced(self) -> bool:
        """Whether every unit ended as something."""
        units = sum(one.units - one.joined for one in self.files.values())
        return units == len(self.items) + len(self.people) + len(self.skipped)


def walked(path: Path, platform: str) -> Walked:
    with open_download(path) as reader:
        found = next(one for one in recognise(reader) if one.format.platform == platform)
        download = found.open(reader)
        told = Walked(download=download)
        for page in download.walk():
            told.items += page.items
            told.people += page.subscribers
            told.skipped += page.skipped
        told.files = {count.member: count for count in download.inventory()}
        told.notes = download.warnings
    return told


def platforms(path: Path) -> list[tuple[str, str]]:
    """Which downloads are found in a file, and where."""
    with open_download(path) as reader:
        return [(one.format.platform, one.root) for one in recognise(reader)]


def small(path: Path, files: dict[str, Any]) -> Path:
    """A zip of files: bytes as they are, text in UTF-8, everything else as Meta writes JSON."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            if not isinstance(value, (bytes, str)):
                value = written(value)
            archive.writestr(name, value)
    return path


def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def damaged(data: bytes, seed: int) -> bytes:
    """Bytes that were cut, flipped, erased or repeated somewhere."""
    chance = random.Random(seed)
    changed = bytearray(data or b" ")
    at = chance.randrange(len(changed))
    way = seed % 4
    if way == 0:
        del changed[at:]
    elif way == 1:
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    elif way == 2:
        changed[at : at + chance.randint(1, 200)] = bytes(chance.randint(0, 200))
    else:
        changed[at:at] = changed[at : at + chance.randint(1, 300)]
    return bytes(changed)
