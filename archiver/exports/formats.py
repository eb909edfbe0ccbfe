"""What an importer is: it recognises a platform's data download and gives what is in it.

A new platform is one package with a `FORMAT`, entered in `known.py`. A download of files that can
be read one after the other is described by `Contents` and walked by `FilesDownload`; one whose
files are joined to each other (X) walks itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol

import msgspec

from archiver.exports.counting import CoverageLine, FileCount, Unit
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.seen import SeenIds
from archiver.items import Capability, Kind, MediaRef, Page, Relation


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk leaves in a download. `covered` names the counted files that speak for a kind or
    list, `notes` what there is to say of the whole. The ids are hashed as in the process that made
    them: another knows them only where it is its fork or its parent."""

    counts: Mapping[str, FileCount]
    seen: Mapping[Kind, SeenIds]
    unmatched_media: int
    covered: Mapping[Kind | Relation, Mapping[str, None]] = field(default_factory=dict)
    notes: Sequence[str] = ()


class Download(Protocol):
    """A download that was opened. `counts` and `seen` fill while it is walked."""

    @property
    def identity(self) -> Identity:
        """Whose it is."""

    @property
    def partial(self) -> bool:
        """Whether it says that it is not all."""

    @property
    def counts(self) -> Mapping[str, FileCount]:
        """What became of each file so far, by the name under which it is counted."""

    @property
    def seen(self) -> Mapping[Kind, SeenIds]:
        """The ids that were met so far."""

    @property
    def unmatched_media(self) -> int:
        """How many media files no record speaks of. Known after the walk."""

    @property
    def generated_at(self) -> str:
        """When the download was made (UTC)."""

    @property
    def warnings(self) -> list[str]:
        """What a person should know about the download as a whole, one line each."""

    @property
    def expected(self) -> int:
        """How many elements its own manifest declares; 0 where it declares nothing."""

    @property
    def bulk(self) -> int:
        """How many bytes a walk reads, as far as the lists of the download tell."""

    def list_files(self, relation: Relation) -> list[str]:
        """The files that hold this list of people, as they stand in `counts`."""

    def counted_as(self, member: str) -> str:
        """The name under which a file is counted."""

    def member_of(self, counted: str) -> str:
        """The member, or the first of the members, that is counted under a name."""

    def open_media(self, ref: MediaRef) -> AbstractContextManager[BinaryIO] | None:
        """The bytes of a media file, or None where the download does not hold them."""

    def walk(self, resume: str | None = None) -> Iterator[Page]:
        """Everything, page by page, in one fixed order, people last; `resume` as in `Page`."""

    def let_go(self) -> None:
        """Hold no file open until something of it is read again."""

    def walked(self) -> Walked:
        """What a walk left, once it has come to its end."""

    def take_walked(self, walked: Walked) -> None:
        """Take up what a walk left that was made of this download in another process."""

    def inventory(self) -> list[FileCount]:
        """Every file and what became of it. Whole only after the walk."""

    def coverage(self, at: str, faulty: Mapping[str, str], broken: bool) -> list[CoverageLine]:
        """What period it covers of each kind and list, made at `at`; `faulty` names the counted
        files that could not be read whole, with the reason, `broken` a download that is not."""


@dataclass(frozen=True, slots=True)
class Format:
    """An importer. `find` gives the roots of its downloads in a reader (a path that ends in "/", or
    "" for the top), none where it is another format's; `open` opens the one at a root and raises
    InputError where it cannot. `version` goes up when it reads more out of the same download than
    before. `page` is the page of the documentation that says how to get one. Where the files say
    themselves which platform they are of (the plain format), `platform_of` reads it from those at a
    root and raises InputError where they do not say; `platform` is empty until then. `road` tells
    the imports of two formats of one platform apart.
    """

    platform: str
    name: str
    version: int
    page: str
    find: Callable[[DownloadReader], Sequence[str]]
    open: Callable[[DownloadReader, str], Download]
    platform_of: Callable[[DownloadReader, str], str] | None = None
    road: str = "download"

    @property
    def source(self) -> str:
        """What the runs of its imports are called."""
        road = "" if self.road == "download" else f"{self.road}-"
        return f"{self.platform}-{road}download"

    def at(self, reader: DownloadReader, root: str) -> Format:
        """The format of the download at a root, its platform known. Raises InputError."""
        if self.platform_of is None:
            return self
        return replace(self, platform=self.platform_of(reader, root), platform_of=None)


class DataFile(msgspec.Struct, frozen=True):
    """A file of a download, or a part of it.

    `read` gives what is in it, one unit after the other, and counts the elements it meets in
    `FileCount.read`; None where it stays in the original, for `reason`. It is handed the open file.
    What it cannot read it gives as `Skipped(member, index, why, failed=True, raw)`; `guarded` does
    so. `holds` says in one word or two what is in it, `covers` which kinds or lists it speaks for,
    `relation` which list of people it is (its units are people then). `counted_as` is set where
    very many files are counted together ("messages/inbox/"), or for the lists of people in a file
    that holds records too ("user_data.json: followers"); such a part gives nothing but people.
    `newest` gives the time (UTC) of the newest thing in it, where that can be told without reading
    all of it.
    """

    member: str
    holds: str
    read: Callable[[BinaryIO, FileCount], Iterator[Unit]] | None = None
    covers: tuple[Kind | Relation, ...] = ()
    relation: Relation | None = None
    reason: str = ""
    declared: int | None = None
    counted_as: str = ""
    newest: Callable[[BinaryIO], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a download, as far as opening it tells.

    `files` are in the order of walking. `generated_at` (UTC) is None where it does not say when it
    was made; `since` (UTC) is set where it was asked for from a day on. `partial`: it says that it
    is not all. `media` are the members that are media files: a `MediaRef.key` is a member's name.
    `let_go` closes what its importer holds open besides the reader. `viewer` tells the files that
    only show the others (pages, styles, read-me). `gives` says of each kind and list what such a
    download gives at best: an extent less than full has its reason, which stands in the statement
    of search.
    """

    identity: Identity
    files: Sequence[DataFile]
    gives: Mapping[Kind | Relation, Capability]
    generated_at: str | None = None
    since: str | None = None
    partial: bool = False
    notes: list[str] = field(default_factory=list)
    media: Collection[str] = ()
    let_go: Callable[[], None] = lambda: None
    viewer: Callable[[str], bool] = lambda member: False
