"""A download whose files are read one after the other, as a stream of pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import BinaryIO

from archiver import clock
from archiver.exports.counting import (
    KEPT,
    PEOPLE,
    RECORDS,
    UNREADABLE,
    CoverageLine,
    FileCount,
    Unit,
)
from archiver.exports.faults import UnreadableError
from archiver.exports.formats import Contents, DataFile, Walked
from archiver.exports.guarding import NOT_AS_EXPECTED
from archiver.exports.listing import kept_files, litter, other_files, refused_files
from archiver.exports.paging import in_pages
from archiver.exports.reader import DownloadReader, shown_name
from archiver.exports.seen import SeenIds
from archiver.items import Extent, Item, Kind, MediaRef, Page, Relation, Skipped

_NOT_GIVEN = "the platform's data download does not hold it"


class FilesDownload:
    """See `formats.Download`."""

    def __init__(self, reader: DownloadReader, contents: Contents) -> None:
        self.identity = contents.identity
        self.partial = contents.partial
        self.counts: dict[str, FileCount] = {}
        self.seen: dict[Kind, SeenIds] = {}
        self.unmatched_media = 0
        self._reader = reader
        self._contents = contents
        self._files = sorted(contents.files, key=lambda file: file.relation is not None)
        self._names = {file.member: _counted(file) for file in reversed(self._files)}
        self._together = _together(self._files)
        self._media = frozenset(contents.media)
        self._covered: dict[Kind | Relation, dict[str, None]] = {}

    @cached_property
    def _made(self) -> tuple[str, bool]:
        """When it was made, and whether it says so itself. Where it does not, it is as old as the
        newest thing in it, so that an old download never overrules what was learnt after it."""
        now = clock.now_text()
        stated = self._contents.generated_at
        if stated is not None and stated <= now:
            return stated, True
        newest = ""
        for file in self._files:
            if file.read is not None and file.relation is None:
                for at in self._times(file):
                    if newest < at <= now:
                        newest = at
        return newest or now, False

    def _times(self, file: DataFile) -> Iterator[str]:
        """The times of what is in a file, or of the newest of it."""
        if file.newest is not None:
            with self._reader.open(file.member) as stream:
                yield file.newest(stream) or ""
            return
        for unit in self._read(file, _empty_count(file, _counted(file))):
            if isinstance(unit, Item) and unit.created_at is not None:
                yield unit.created_at

    @property
    def generated_at(self) -> str:
        """When the download was made (UTC)."""
        return self._made[0]

    @property
    def warnings(self) -> list[str]:
        """What a person should know about the download as a whole."""
        found = list(self._contents.notes)
        if self._reader.broken:
            found.append(self._reader.broken)
        if self.partial:
            found.append("it is one part of a larger download: import the other parts with it")
        if not self._made[1]:
            found.append(
                "it does not say when it was made: the time of the newest thing in it stands for it"
            )
        return found

    @property
    def expected(self) -> int:
        """How many elements the download declares."""
        return sum(file.declared or 0 for file in self._files)

    @property
    def bulk(self) -> int:
        """How many bytes a walk reads."""
        read = {file.member for file in self._files if file.read is not None}
        members = self._reader.members
        return sum(members[name].size or 0 for name in read if name in members)

    def list_files(self, relation: Relation) -> list[str]:
        """The files of a list of people, as they are counted."""
        names = (_counted(file) for file in self._files if file.relation is relation)
        return list(dict.fromkeys(names))

    def counted_as(self, member: str) -> str:
        """The name under which a file is counted; for what only lies beside the files that are
        counted as one, the name of their folder."""
        return self._names.get(member) or self._beneath(member) or member

    def member_of(self, counted: str) -> str:
        """The member, or the first of the members, that is counted under a name."""
        return next((file.member for file in self._files if _counted(file) == counted), counted)

    def open_media(self, ref: MediaRef) -> AbstractContextManager[BinaryIO] | None:
        """The bytes of a media file, or None where the download does not hold them."""
        if not ref.available or ref.key not in self._reader.members:
            return None
        return self._reader.open(ref.key)

    def walk(self, resume: str | None = None) -> Iterator[Page]:
        """Everything, page by page, in one fixed order. What lies before `resume` is read again
        and not given again."""
        self.counts.clear()
        self._covered.clear()
        self.seen = {kind: SeenIds() for kind in Kind}
        used = SeenIds()

        def met(item: Item) -> None:
            self.seen[item.kind].add(item.native_id)
            for ref in item.media:
                if ref.key in self._media:
                    used.add(ref.key)

        yield from in_pages(self._units(), resume, met)
        self.unmatched_media = sum(member not in used for member in self._media)

    def let_go(self) -> None:
        """Hold no file open until something of it is read again."""
        self._reader.let_go()
        self._contents.let_go()

    def walked(self) -> Walked:
        """What the walk left."""
        notes, covered = self._contents.notes, self._covered
        return Walked(self.counts, self.seen, self.unmatched_media, covered, notes)

    def take_walked(self, walked: Walked) -> None:
        """Take up what a walk left that was made of this download in another process."""
        self.counts, self.seen = dict(walked.counts), dict(walked.seen)
        self._covered = {what: dict(names) for what, names in walked.covered.items()}
        self._contents.notes[:] = walked.notes
        self.unmatched_media = walked.unmatched_media

    def _units(self) -> Iterator[Unit]:
        for file in self._files:
            count = self._count(file)
            if file.read is None:
                continue
            for unit in self._read(file, count):
                count.units += 1
                yield unit

    def _count(self, file: DataFile) -> FileCount:
        name = _counted(file)
        for what in file.covers:
            self._covered.setdefault(what, {})[name] = None
        count = self.counts.get(name)
        if count is None:
            count = self.counts[name] = _empty_count(file, name)
        else:
            count.files += 1
            if file.declared is not None:
                count.declared = (count.declared or 0) + file.declared
        return count

    def _read(self, file: DataFile, count: FileCount) -> Iterator[Unit]:
        """What is in a file; where reading it stops short, that is noted, and stands as a unit."""
        assert file.read is not None
        reason = ""
        with self._reader.open(file.member) as stream:
            try:
                yield from file.read(stream, count)
            except NOT_AS_EXPECTED as error:
                told = str(error) if isinstance(error, UnreadableError) else type(error).__name__
                reason = told or "it is not built as expected"
            fault = getattr(stream, "fault", None)
        if reason or fault:
            count.complete = False
            count.reason = count.reason or str(fault or reason)
        if reason:
            if count.files == 1 and not count.units:
                count.state = UNREADABLE
            yield Skipped(file.member, None, str(fault or reason), failed=True)

    def inventory(self) -> list[FileCount]:
        """Every file and what became of it. Whole only after the walk."""
        return [
            *self.counts.values(),
            *refused_files(self._reader, lambda name: self._named(name, "refused")),
            *self._media_folders(),
            *self._other_files(),
            *litter(self._reader),
        ]

    def _beneath(self, name: str) -> str:
        """The folder whose files are counted as one that something lies in, or nothing."""
        return next(
            (told for folder, told in self._together.items() if name.startswith(folder)), ""
        )

    def _named(self, name: str, what: str) -> str:
        """What a file that is not read, or a folder of them, is called in the report: the folder of
        a conversation bears the names of people, so within it none is named."""
        together = self._beneath(name)
        return f"{together} ({what})" if together else shown_name(name)

    def _media_folders(self) -> list[FileCount]:
        folders = Counter(
            self._named(f"{member.rpartition('/')[0]}/", "media") for member in self._media
        )
        told = {
            "(no folder)" if folder == "/" else folder: count
            for folder, count in sorted(folders.items())
        }
        return kept_files(told, "media", "media files", more="(more media)")

    def _other_files(self) -> list[FileCount]:
        """The files that are neither data nor media, the viewer's own as one."""
        viewer = self._contents.viewer
        names = [
            name
            for name in self._reader.members
            if name not in self._names and name not in self._media
        ]
        strange = Counter(self._named(name, "not known") for name in names if not viewer(name))
        reason = "not known to this program: kept in the original, look at it"
        rest = len(names) - strange.total()
        return [
            *kept_files(strange, "unknown", reason, more="(more files)"),
            *other_files(rest, "pages that show the rest: kept in the original"),
        ]

    def coverage(self, at: str, faulty: Mapping[str, str], broken: bool) -> list[CoverageLine]:
        """What period it covers of each kind and list."""
        return [self._covers(what, at, faulty, broken) for what in (*Kind, *Relation)]

    def _covers(
        self, what: Kind | Relation, at: str, faulty: Mapping[str, str], broken: bool
    ) -> CoverageLine:
        snapshot = what is Kind.PROFILE or isinstance(what, Relation)
        start = at if snapshot else self._contents.since
        gives = self._contents.gives.get(what)
        if gives is None or gives.extent is Extent.NONE:
            reason = gives.reason if gives and gives.reason else _NOT_GIVEN
            return CoverageLine(what, start, at, "none", reason)
        names = self._covered.get(what, {})
        if not names:
            reason = f"no file of this download holds it ({what.value})"
            return CoverageLine(what, start, at, "none", reason)
        odd = next((faulty[name] for name in names if name in faulty), "")
        if all(self.counts[name].state == UNREADABLE for name in names):
            return CoverageLine(what, start, at, "none", odd)
        reasons = ["the download is not whole" if broken or self.partial else "", odd]
        reasons.append(gives.reason if gives.extent is Extent.PARTIAL else "")
        told = "; ".join(reason for reason in reasons if reason)
        return CoverageLine(what, start, at, "partial" if told else "complete", told)


def _together(files: Iterable[DataFile]) -> dict[str, str]:
    """The folders whose files are counted as one, and what they are called then."""
    found: dict[str, str] = {}
    for file in files:
        if file.counted_as.endswith("/") and file.counted_as in file.member:
            before = file.member.partition(file.counted_as)[0]
            found[before + file.counted_as] = file.counted_as
    return found


def _counted(file: DataFile) -> str:
    """The name a file is counted under; one that holds several lists is counted once for each."""
    return file.counted_as or file.member


def _empty_count(file: DataFile, name: str) -> FileCount:
    state = KEPT if file.read is None else PEOPLE if file.relation else RECORDS
    return FileCount(
        *(name, file.holds, file.declared, 0, state, file.reason), relation=file.relation
    )
