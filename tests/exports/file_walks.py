"""Walking a download of any platform in a test, and damaging its files."""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import InputError
from archiver.exports.counting import FileCount
from archiver.exports.formats import Download
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import Item, Skipped, Subscriber


@dataclass(frozen=True)
class Walked:
    """What a walk gave, and the download it was."""

    download: Download
    items: list[Item]
    people: list[Subscriber]
    skipped: list[Skipped]
    counts: dict[str, FileCount]

    def forms(self) -> Counter[str]:
        """How many records of each form there are."""
        return Counter(item.form for item in self.items)

    def of(self, form: str) -> list[Item]:
        """The records of a form."""
        return [item for item in self.items if item.form == form]


def walk(paths: Sequence[Path], which: int = 0) -> Walked:
    """Open the only download in these files (or the one of that number) and walk it. It must be
    one platform's alone."""
    with open_download(*paths) as reader:
        found = recognise(reader)
        assert len({one.format.platform for one in found}) == 1
        download = found[which].open(reader)
        pages = list(download.walk())
        counts = {count.member: count for count in download.inventory()}
    return Walked(
        download,
        [item for page in pages for item in page.items],
        [person for page in pages for person in page.subscribers],
        [one for page in pages for one in page.skipped],
        counts,
    )


def balanced(walked: Walked) -> None:
    """Every unit ended as exactly one thing."""
    given = len(walked.items) + len(walked.people) + len(walked.skipped)
    counted = walked.download.counts.values()
    assert given == sum(count.units - count.joined for count in counted)


def files_in(path: Path) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def walk_files(files: Mapping[str, bytes], name: str = "download.zip") -> Walked | None:
    """Walk a zip of these files; None where no importer knows it or it is refused by name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        with zipfile.ZipFile(path, "w") as out:
            for member, body in files.items():
                out.writestr(member, body)
        try:
            with open_download(path) as reader:
                if not recognise(reader):
                    return None
            return walk([path])
        except InputError as error:
            assert "\n" not in str(error)
            return None
