"""An X data download as a stream of Items, people and whatever could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from typing import BinaryIO

from archiver.errors import InputError
from archiver.exports.counting import UNREADABLE, CoverageLine, FileCount
from archiver.exports.elements import ElementScanner, NotAnArray
from archiver.exports.formats import Format, Walked
from archiver.exports.listing import kept_files, litter, other_files, refused_files
from archiver.exports.paging import in_pages
from archiver.exports.reader import DownloadReader, shown_name
from archiver.exports.seen import SeenIds
from archiver.exports.x import layout, media, profiles, values
from archiver.exports.x.coverage import coverage
from archiver.exports.x.identity import Manifest, generated_at, read_identity, read_manifest
from archiver.exports.x.walk import RELATIONS, Context, Walk
from archiver.items import (
    Author,
    AuthorRole,
    Kind,
    MediaRef,
    Page,
    Relation,
)

READER_VERSION = 1
"""Goes up when a change here reads more out of the same download than before."""


class XDownload:
    """A download that was opened. Raises InputError where nothing in it says whose it is."""

    def __init__(self, reader: DownloadReader, root: str) -> None:
        self._reader = reader
        self._root = root
        self.manifest: Manifest = read_manifest(reader, root)
        self.files = layout.data_files(reader, root)
        identity = read_identity(reader, root, self.manifest)
        if identity is None:
            raise InputError(
                f"{reader.path} does not say whose account it is (account.js and manifest.js are "
                "missing or broken): download it again"
            )
        changes = self._name_changes()
        self.identity = replace(identity, earlier_handles=tuple(one.old for one in changes))
        self.author = Author(
            identity.native_id, identity.handle, identity.display_name, AuthorRole.AGENCY
        )
        self._media = media.MediaIndex(reader.members, root)
        self._context = Context(
            root, self.identity, self.author, changes, self._media, self.manifest
        )
        self.counts: dict[str, FileCount] = {}
        self.seen: dict[Kind, SeenIds] = {}
        self.unmatched_media = 0

    @cached_property
    def _made(self) -> tuple[str, bool]:
        return generated_at(self._reader, self.manifest, self.files)

    @property
    def generated_at(self) -> str:
        """When the download was made (UTC)."""
        return self._made[0]

    @property
    def dated(self) -> bool:
        """Whether it says so itself."""
        return self._made[1]

    @property
    def partial(self) -> bool:
        """Whether it says that it is one part of a larger download."""
        return self.manifest.partial

    @property
    def expected(self) -> int:
        """How many elements the manifest declares of what is turned into records and people."""
        return sum(self.manifest.counts.get(file.member) or 0 for file in self.files if file.kind)

    @property
    def bulk(self) -> int:
        """How many bytes a walk reads."""
        members = self._reader.members
        return sum(members[file.member].size or 0 for file in self.files if file.kind)

    def list_files(self, relation: Relation) -> list[str]:
        """The files that hold this list of people."""
        return [file.member for file in self.files if RELATIONS.get(file.base) is relation]

    def counted_as(self, member: str) -> str:
        """The name under which a file is counted: its own."""
        return member

    def member_of(self, counted: str) -> str:
        """The member that is counted under a name: that name."""
        return counted

    def coverage(self, at: str, faulty: Mapping[str, str], broken: bool) -> list[CoverageLine]:
        """What period it covers of each kind and list."""
        return coverage(self.inventory(), at, faulty, broken=broken, partial=self.partial)

    @property
    def warnings(self) -> list[str]:
        """What a person should know about the download as a whole."""
        found = list(self.manifest.notes)
        if self._reader.broken:
            found.append(self._reader.broken)
        if self.manifest.partial:
            found.append("it is one part of a larger download: import the other parts too")
        if not self.dated:
            found.append(
                "it does not say when it was made: the time of the newest thing in it stands for it"
            )
        found += [
            f"{shown_name(file.member)} holds data this program does not know: it stays in the "
            "original; look at it, and ask for a newer program if it holds communications"
            for file in self.files
            if file.kind is None and layout.why_kept(file.base) == layout.UNKNOWN_BECAUSE
        ]
        return found

    def open_media(self, ref: MediaRef) -> AbstractContextManager[BinaryIO] | None:
        """The bytes of a media file, or None where the download does not hold them."""
        member = self._root + ref.key
        if not ref.available or member not in self._reader.members:
            return None
        return self._reader.open(member)

    def walk(self, resume: str | None = None) -> Iterator[Page]:
        """Everything, page by page, in one fixed order. `resume` is the `resume` of the last page
        that was taken: what lies before is read again, for later parts are joined to it, but not
        given again. While it goes, `counts` and `seen` fill."""
        with Walk(self._reader, self.files, self._context, self.counts) as walk:
            self.seen = {kind: SeenIds() for kind in Kind}
            yield from in_pages(
                walk.units(), resume, lambda item: self.seen[item.kind].add(item.native_id)
            )
            self.unmatched_media = self._media.total - walk.used_media

    def let_go(self) -> None:
        """Hold no file open until something of it is read again."""
        self._reader.let_go()

    def walked(self) -> Walked:
        """What the walk left."""
        return Walked(self.counts, self.seen, self.unmatched_media)

    def take_walked(self, walked: Walked) -> None:
        """Take up what a walk left that was made of this download in another process."""
        self.counts, self.seen = dict(walked.counts), dict(walked.seen)
        self.unmatched_media = walked.unmatched_media

    def inventory(self) -> list[FileCount]:
        """Every file and what became of it. Whole only after the walk."""
        found = list(self.counts.values())
        listed = {one.member for one in found}
        for member, declared in self.manifest.counts.items():
            if member not in listed and member not in self._reader.members and declared:
                reason = "the manifest lists it, the download does not hold it"
                name = shown_name(member)
                found.append(FileCount(name, "", declared, 0, UNREADABLE, reason))
        found += self._other_files()
        return found

    def _other_files(self) -> list[FileCount]:
        folders = {f"{name}/": count for name, count in sorted(self._media.folder_counts().items())}
        return [
            *refused_files(self._reader, shown_name),
            *kept_files(folders, "media", "media files", more="(more media)"),
            *self._unknown_files(),
            *litter(self._reader),
        ]

    def _unknown_files(self) -> list[FileCount]:
        """The files that are neither data nor media, the viewer's own as one."""
        known = {file.member for file in self.files}
        names = [
            name for name in self._reader.members if name not in known and "_media/" not in name
        ]
        strange = Counter(
            shown_name(name) for name in names if not layout.is_viewer_file(name[len(self._root) :])
        )
        reason = "no data file of X: kept in the original"
        rest = len(names) - strange.total()
        return [
            *kept_files(strange, "unknown", reason, more="(more files)"),
            *other_files(rest, "manifest and viewer: kept in the original"),
        ]

    def _name_changes(self) -> list[profiles.NameChange]:
        found = []
        for file in self.files:
            if file.base == "screen-name-change":
                with self._reader.open(file.member) as stream:
                    try:
                        for element in ElementScanner(stream):
                            change = profiles.name_change(
                                element.value, element.raw, file.member, element.index
                            )
                            if change is not None:
                                found.append(change)
                    except NotAnArray:
                        continue
        return sorted(found, key=lambda change: change.changed_at or "")


def _find(reader: DownloadReader) -> list[str]:
    return layout.find_roots(reader.members)


FORMAT = Format(values.PLATFORM, "X data download", READER_VERSION, "x", _find, XDownload)
