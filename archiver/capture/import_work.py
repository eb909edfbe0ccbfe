"""One import under way: what was given, where it is read from, how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.import_cursors import Position
from archiver.capture.import_files import Stamp, scratch_in, stamps_of
from archiver.capture.import_identity import check_beside, downloads_in, of_account
from archiver.capture.import_report import ImportReport, Tallies
from archiver.capture.import_writing import PageWriter
from archiver.exports.counting import CoverageLine
from archiver.exports.formats import Download, Format
from archiver.exports.known import Recognised
from archiver.exports.reader import DownloadReader, open_download
from archiver.items import Kind
from archiver.progress import Progress
from archiver.register.accounts import Account


@dataclass(slots=True)
class Work:
    """One import under way. `listed` is what was given as it was listed where it lies, at the time
    of `stamps`, `found` as what it was recognised, and `download` as it was opened. `shared`: it
    holds downloads of other accounts of the same platform too (the channels of a Takeout)."""

    archive: Archive
    account: Account
    paths: Sequence[Path]
    listed: DownloadReader
    stamps: Sequence[Stamp]
    found: Recognised
    download: Download
    attested: str
    registered: Sequence[Account]
    progress: Progress | None
    report: ImportReport
    shared: bool
    tallies: Tallies = field(default_factory=Tallies)
    files: list[str] = field(default_factory=list)

    @property
    def format(self) -> Format:
        """The format of the download."""
        return self.found.format

    @contextmanager
    def of_copies(
        self, files: Sequence[tuple[Path, str]], kept: Sequence[Path]
    ) -> Iterator[tuple[DownloadReader, Download]]:
        """The files that were kept, for reading, and the download in them. They are listed anew
        where they are not those that were given (a folder is kept as a zip, a part given twice
        once), or could have changed, and recognised anew where they hold other members."""
        given = [path for path, _ in files]
        untouched = given == list(self.paths) and stamps_of(given) == self.stamps
        if untouched and self.listed.relocate(dict(zip(given, kept, strict=True))):
            with self.listed:
                yield self.listed, self.download
            return
        names = [name for _, name in files]
        scratch = scratch_in(self.archive.home)
        with open_download(*kept, names=names, scratch=scratch) as reader:
            same = list(reader.members) == list(self.listed.members)
            found = self.found if same else self._recognised_anew(reader)
            yield reader, found.open(reader)

    def _recognised_anew(self, reader: DownloadReader) -> Recognised:
        downloads = downloads_in(reader)
        found = of_account(reader, downloads, self.account)
        check_beside(reader, downloads, found, self.account, self.registered)
        return found

    def tell(self, what: str, done: int, total: int | None) -> None:
        """Say how far it is."""
        if self.progress is not None:
            self.progress(what, done, total)


def starts_of(coverage: Sequence[CoverageLine]) -> dict[Kind, str | None]:
    """Where what is covered of each kind begins (UTC); None: at the beginning."""
    found: dict[Kind, str | None] = {}
    for line in coverage:
        if line.state != "none" and line.what in set(Kind):
            kind = Kind(line.what)
            found[kind] = min(found.get(kind, line.start) or "", line.start or "") or None
    return found


def position_of(version: int, resume: str | None, observed_at: str, writer: PageWriter) -> Position:
    """How far the import got, as its cursor keeps it."""
    tallies: dict[str, tuple[int, ...]] = {
        name: (
            tally.stored,
            tally.versions,
            tally.duplicates,
            tally.people,
            tally.skipped,
            tally.failed,
            tally.destroyed,
        )
        for name, tally in writer.tallies.files.items()
    }
    return Position(
        *(version, int(resume or 0), observed_at, writer.media_stored, tallies),
        kinds=writer.tallies.kinds,
        problems=list(writer.problems),
        destroyed=dict(writer.destroyed),
        reasons=writer.tallies.reasons,
    )
