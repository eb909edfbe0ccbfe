"""A Mastodon download: what it holds and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

from archiver import clock
from archiver.errors import InputError
from archiver.exports.counting import FileCount, Unit
from archiver.exports.documents import DocumentScanner, Path
from archiver.exports.elements import Element, decode
from archiver.exports.faults import UnreadableError
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.guarding import NOT_AS_EXPECTED, ended, guarded
from archiver.exports.mastodon.attachments import Media
from archiver.exports.mastodon.audience import Reach
from archiver.exports.mastodon.layout import ACTOR, PEEK, Files, files_at, roots
from archiver.exports.mastodon.lists import people
from archiver.exports.mastodon.owner import Owner, owner_from_activity, owner_of
from archiver.exports.mastodon.profiles import profile
from archiver.exports.mastodon.statuses import PLATFORM, Statuses, UnknownActivity
from archiver.exports.reader import DownloadReader
from archiver.items import Capability, Extent, Kind, Relation, Skipped

_ITEMS: Path = ("orderedItems",)
_TOTAL: Path = ("totalItems",)
_LARGEST_ACTOR = 4 << 20
_CHUNK = 1 << 20
_TAIL = 64
_PUBLISHED = re.compile(rb'"published"\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')
_ACTOR_URI = re.compile(rb'"(?:actor|attributedTo)"\s*:\s*"(https?://[^"\\\s]{3,400})"')
_INTERFACE = "the platform's interface"
_OWN_ONLY = "an archive holds what the account itself wrote, and nothing of other people"
_GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.FULL),
    Kind.PROFILE: Capability(Extent.FULL),
    Kind.MESSAGE: Capability(
        Extent.PARTIAL,
        "the private mentions the account wrote; those it received are not in an archive",
        _INTERFACE,
    ),
    Kind.COMMENT: Capability(Extent.NONE, _OWN_ONLY, _INTERFACE),
    Kind.REACTION: Capability(
        Extent.NONE,
        "likes of other people are given as numbers, those the account gave as addresses",
        _INTERFACE,
    ),
    Relation.FOLLOWING: Capability(Extent.FULL),
    Relation.FOLLOWER: Capability(Extent.FULL),
    Relation.BLOCK: Capability(Extent.FULL),
    Relation.MUTE: Capability(Extent.FULL),
}


@dataclass(slots=True)
class _Reading:
    """A download being read: what its files share."""

    reader: DownloadReader
    files: Files
    owner: Owner
    notes: list[str] = field(default_factory=list)

    def outbox(self, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Everything the account wrote, in the order of the file."""
        member = self.files.outbox
        statuses = Statuses(self.owner, Media(self.files.media), member)
        scanner = DocumentScanner(stream, lambda path: path == _ITEMS)
        for _, element in scanner:
            yield from guarded(member, count, element, partial(_units, statuses, element))
        ended(scanner, count)
        if _ITEMS not in scanner.values:
            raise UnreadableError(scanner.fault or "it holds no list of what the account wrote")
        self._tell(statuses, scanner.values.get(_TOTAL), count.read)

    def _tell(self, statuses: Statuses, stated: Any, read: int) -> None:
        """After the walk: how far the posts reach, and the server's own count beside ours."""
        reach = statuses.reach
        if reach[Reach.UNLISTED]:
            self._note(
                f"{reach[Reach.UNLISTED]:,} posts are unlisted: everybody may read them, but they "
                "stand in no public timeline"
            )
        if reach[Reach.FOLLOWERS]:
            self._note(
                f"{reach[Reach.FOLLOWERS]:,} posts are for followers only: they are kept as private"
            )
        counted = (read, read - reach[Reach.DIRECT])
        if isinstance(stated, int) and stated not in counted:
            self._note(
                f"the server counts {stated:,} posts (private mentions apart) and wrote "
                f"{counted[1]:,} into the archive: its count may be behind, or posts are missing"
            )

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)

    def profile(self, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """The profile in actor.json."""
        raw = stream.read(_LARGEST_ACTOR + 1)
        element = _whole(raw, getattr(stream, "fault", None))
        member, pictures = self.files.actor, self.files.pictures
        yield from guarded(
            member,
            count,
            element,
            lambda: [profile(element.value, raw, self.owner, member, pictures)],
        )
        if element.fault:
            count.complete = False
            count.reason = element.fault


def _units(statuses: Statuses, element: Element) -> Iterator[Unit]:
    try:
        yield statuses.item(element.value, element.raw, element.index)
    except UnknownActivity as error:
        yield Skipped(statuses.member, element.index, f"{error}: look at it", True, element.raw)


def _whole(raw: bytes, fault: str | None) -> Element:
    """A small file as one element."""
    if fault or len(raw) > _LARGEST_ACTOR:
        return Element(0, raw, fault=fault or "it is larger than any such file")
    try:
        return Element(0, raw, decode(raw.removeprefix(b"\xef\xbb\xbf")))
    except (ValueError, RecursionError):
        return Element(0, raw, fault="its JSON is broken")


def _find(reader: DownloadReader) -> Sequence[str]:
    return roots(reader)


def _open(reader: DownloadReader, root: str) -> FilesDownload:
    """Open it. Raises InputError where there is nothing to read."""
    found = files_at(reader, root)
    if not found.outbox and not found.lists:
        raise InputError(f"{reader.path} holds no outbox.json and no list: download it again")
    reading = _Reading(reader, found, _owner(reader, found))
    files = []
    if found.actor:
        files.append(DataFile(found.actor, "profile", reading.profile, (Kind.PROFILE,)))
    if found.outbox:
        kinds = (Kind.POST, Kind.MESSAGE)
        files.append(DataFile(found.outbox, "posts", reading.outbox, kinds, newest=_newest))
        if not found.actor:
            reading.notes.append(f"{ACTOR} is missing: the profile is not in this download")
    for member, relation in found.lists.items():
        read = partial(people, member, relation)
        files.append(DataFile(member, "people", read, (relation,), relation))
    files += [
        DataFile(member, holds, reason=reason) for member, (holds, reason) in found.kept.items()
    ]
    contents = Contents(
        identity=reading.owner.identity,
        files=files,
        gives=_GIVES,
        notes=reading.notes,
        media=[*found.media.values(), *found.pictures.values()],
    )
    return FilesDownload(reader, contents)


def _owner(reader: DownloadReader, files: Files) -> Owner:
    """Whose it is: by actor.json, else by who the first activity says wrote it, else unknown."""
    if files.actor:
        with reader.open(files.actor) as stream:
            raw = stream.read(_LARGEST_ACTOR)
        try:
            return owner_of(decode(raw.removeprefix(b"\xef\xbb\xbf")))
        except NOT_AS_EXPECTED:
            pass
    if files.outbox:
        with reader.open(files.outbox) as stream:
            told = _ACTOR_URI.search(stream.read(16 * PEEK))
        if told is not None:
            return owner_from_activity(told[1].decode("ascii", "replace"))
    return Owner()


def _newest(stream: BinaryIO) -> str | None:
    """The time of the newest post, found without reading the posts: the quotation marks of a text
    inside a post are escaped, so what matches is a field."""
    newest, now = b"", clock.now_text().encode()
    waiting = b""
    while piece := stream.read(_CHUNK):
        for found in _PUBLISHED.findall(waiting + piece):
            if newest < found <= now:
                newest = found
        waiting = piece[-_TAIL:]
    return newest.decode() or None


FORMAT = Format(PLATFORM, "Mastodon archive", 1, "mastodon", _find, _open)
