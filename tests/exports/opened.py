"""A download opened by whichever importer knows it, and walked to its end."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.exports.counting import FileCount
from archiver.exports.formats import Download, Format
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import Item, Kind, Relation, Skipped, Subscriber


@dataclass(frozen=True)
class Walked:
    """Everything one download gave."""

    format: Format
    download: Download
    items: list[Item]
    people: list[Subscriber]
    skipped: list[Skipped]
    files: dict[str, FileCount]

    def of(self, kind: Kind, form: str | None = None) -> list[Item]:
        """The records of a kind, and form."""
        return [one for one in self.items if one.kind is kind and form in (None, one.form)]

    def on(self, relation: Relation) -> list[Subscriber]:
        """The people on a list."""
        return [one for one in self.people if one.relation is relation]

    @property
    def failed(self) -> list[Skipped]:
        """What could not be read."""
        return [one for one in self.skipped if one.failed]

    @property
    def balanced(self) -> bool:
        """Whether each unit ended as exactly one thing."""
        units = sum(one.units - one.joined for one in self.files.values())
        return units == len(self.items) + len(self.people) + len(self.skipped)


def walked(path: Path) -> Walked:
    """Open and walk the one download in a file."""
    (found,) = recognise(reader := open_download(path))
    download = found.open(reader)
    pages = list(download.walk())
    return Walked(
        found.format,
        download,
        [one for page in pages for one in page.items],
        [one for page in pages for one in page.subscribers],
        [one for page in pages for one in page.skipped],
        {one.member: one for one in download.inventory()},
    )


def zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unzipped(path: Path) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
