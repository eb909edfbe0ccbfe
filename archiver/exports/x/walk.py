"""One pass over the files of a download, in one fixed order: what later files are joined to comes
first (long texts before posts, posts before what is left of the long texts)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from archiver.exports.counting import KEPT, RECORDS, UNREADABLE, FileCount, Unit
from archiver.exports.elements import Element, ElementScanner, NotAnArray, decode
from archiver.exports.guarding import failed
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.x import layout, profiles, values
from archiver.exports.x.deletions import Deletions, deleted_item, parse_deletion
from archiver.exports.x.encrypted import encrypted_item
from archiver.exports.x.identity import Manifest, read_object
from archiver.exports.x.layout import DataFile
from archiver.exports.x.media import MediaIndex
from archiver.exports.x.messages import MessageParser, decode_conversation
from archiver.exports.x.notes import NoteIndex, note_item, parse_note
from archiver.exports.x.posts import PostParser, unwrapped
from archiver.exports.x.profiles import NameChange
from archiver.items import (
    Author,
    Item,
    Relation,
    Skipped,
    Subscriber,
)

RELATIONS = {
    "follower": Relation.FOLLOWER,
    "periscope-followers": Relation.FOLLOWER,
    "following": Relation.FOLLOWING,
    "block": Relation.BLOCK,
    "mute": Relation.MUTE,
}
NOTES = ("note-tweet", "deleted-note-tweet")
POSTS = ("tweets", "community-tweet", "twitter-circle-tweet", "deleted-tweets")
CONVERSATIONS = ("direct-messages", "direct-messages-group")
HEADERS = ("direct-message-headers", "direct-message-group-headers")

_GARBLED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]|\u00e2\u20ac")


@dataclass(frozen=True, slots=True)
class Context:
    """What all parsers of a download know."""

    root: str
    identity: Identity
    author: Author
    changes: Sequence[NameChange]
    media: MediaIndex
    manifest: Manifest


class Walk:
    """The pass. Use it as a context manager; `counts` is filled as it goes."""

    def __init__(
        self,
        reader: DownloadReader,
        files: Sequence[DataFile],
        context: Context,
        counts: dict[str, FileCount],
    ) -> None:
        self._reader = reader
        self._files = files
        self._context = context
        self._counts = counts
        self._notes = NoteIndex()
        self._deleted = Deletions()
        self._posts = PostParser(context.author, self._notes, context.media, self._deleted)
        self._messages = MessageParser(context.author, context.media)
        self.used_media = 0

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *_: object) -> None:
        self._notes.close()

    def units(self) -> Iterator[Unit]:
        """Everything, one after the other."""
        self._counts.clear()
        yield from self._load_notes()
        yield from self._load_deleted()
        yield from self._only_deleted()
        yield from self._profile()
        for file in self._named(*POSTS):
            yield from self._each(file, self._post)
        yield from self._unjoined_notes()
        steps: tuple[tuple[tuple[str, ...], Callable[[DataFile, Element], Iterable[Unit]]], ...] = (
            (("article",), self._article),
            (("periscope-broadcast-metadata",), self._broadcast),
            (("periscope-comments-made-by-user",), self._broadcast_comment),
            (("periscope-profile-description",), self._broadcast_profile),
            (CONVERSATIONS, self._conversation),
            (HEADERS, self._headers),
            (("message-event",), self._encrypted),
            (tuple(RELATIONS), self._person),
        )
        for names, step in steps:
            for file in self._named(*names):
                yield from self._each(file, step)
        for file in self._files:
            if file.kind is None:
                self._count_only(file)

    def _named(self, *names: str) -> Iterator[DataFile]:
        return (file for file in self._files if file.base in names)

    def _start(self, file: DataFile) -> FileCount:
        declared = self._context.manifest.counts.get(file.member)
        state = file.kind.state if file.kind else KEPT
        relation = RELATIONS.get(file.base)
        count = FileCount(file.member, file.base, declared, 0, state, relation=relation)
        self._counts[file.member] = count
        return count

    def _each(
        self, file: DataFile, step: Callable[[DataFile, Element], Iterable[Unit]]
    ) -> Iterator[Unit]:
        """Every element of a file through one parser; what fails is given as Skipped."""
        count = self._start(file)
        for element in self._elements(file, count):
            if element.fault is not None:
                count.units += 1
                yield failed(file.member, element, element.fault)
                continue
            if element.repaired:
                count.repaired += 1
            for unit in step(file, element):
                count.units += 1
                if isinstance(unit, Item) and not unit.text.isascii():
                    count.garbled += bool(_GARBLED.search(unit.text))
                yield unit
        if count.state == UNREADABLE:
            count.units += 1
            yield Skipped(file.member, None, count.reason, failed=True)

    def _elements(self, file: DataFile, count: FileCount) -> Iterator[Element]:
        with self._reader.open(file.member) as stream:
            talks = file.base in CONVERSATIONS or file.base in HEADERS
            scanner = ElementScanner(stream, decode=decode_conversation if talks else decode)
            try:
                for element in scanner:
                    count.read += 1
                    yield element
            except NotAnArray as error:
                count.state, count.reason = UNREADABLE, str(error)
            fault = scanner.fault or getattr(stream, "fault", None)
        count.complete = scanner.complete and fault is None
        if fault and count.state != UNREADABLE:
            count.reason = fault

    def _load_notes(self) -> Iterator[Unit]:
        for file in self._named(*NOTES):
            yield from self._each(file, self._note)

    def _note(self, file: DataFile, element: Element) -> Iterator[Unit]:
        found = parse_note(element.value, element.raw, file.member, element.index)
        if found is None:
            yield _unknown(file, element)
            return
        self._notes.add(*found)

    def _load_deleted(self) -> Iterator[Unit]:
        for file in self._named("deleted-tweet-headers"):
            yield from self._each(file, self._deleted_header)

    def _deleted_header(self, file: DataFile, element: Element) -> Iterator[Unit]:
        found = parse_deletion(file, element)
        if found is None:
            yield _unknown(file, element)
        elif not self._deleted.add(found):
            self._counts[file.member].join()

    def _post(self, file: DataFile, element: Element) -> tuple[Unit]:
        folders = file.kind.folders if file.kind else ()
        item = self._posts.item(
            element.value, element.raw, file.member, element.index, file.base, folders
        )
        if item is None:
            return (_unknown(file, element),)
        return (self._with_media(item) if item.media else item,)

    def _with_media(self, item: Item) -> Item:
        if item.media:
            self.used_media += sum(ref.available for ref in item.media)
        return item

    def _only_deleted(self) -> Iterator[Unit]:
        """Deletions of which the download holds the time and not the post. They come before all
        posts: it was deleted before the day that is told of the posts."""
        held = self._deleted_ids() if self._deleted else set()
        for deletion, there in self._deleted.split(held):
            count = self._counts[deletion.member]
            if there:
                count.join()
            else:
                count.units += 1
                yield deleted_item(deletion, self._context.author)

    def _deleted_ids(self) -> set[str]:
        """The ids in deleted-tweets.js, a file of two weeks."""
        found: set[str] = set()
        for file in self._named("deleted-tweets"):
            with self._reader.open(file.member) as stream:
                try:
                    for element in ElementScanner(stream):
                        native_id = values.first_id(unwrapped(element.value), "id_str", "id")
                        if native_id is not None:
                            found.add(native_id)
                except NotAnArray:
                    continue
        return found

    def _unjoined_notes(self) -> Iterator[Unit]:
        """Long texts that no post was found for."""
        for note in self._notes.unjoined():
            self._counts[note.member].units += 1
            yield note_item(note, self._context.author)
        for member, joined in self._notes.joined_by_member().items():
            self._counts[member].join(joined)

    def _profile(self) -> Iterator[Unit]:
        """Earlier names, oldest first, then the profile as it stands."""
        identity, author = self._context.identity, self._context.author
        places = {
            (change.member, change.position): place
            for place, change in enumerate(self._context.changes)
        }

        def name_change(file: DataFile, element: Element) -> Iterator[Unit]:
            place = places.get((file.member, element.index))
            if place is None:
                yield _unknown(file, element)
            else:
                change = self._context.changes[place]
                yield profiles.earlier_profile(change, place, identity, author)

        def profile(file: DataFile, element: Element) -> Iterator[Unit]:
            yield self._with_media(
                profiles.profile_item(
                    element.value,
                    element.raw,
                    file.member,
                    element.index,
                    identity,
                    author,
                    place=len(self._context.changes),
                    index=self._context.media,
                    folders=file.kind.folders if file.kind else (),
                )
            )

        for file in self._named("screen-name-change"):
            yield from self._each(file, name_change)
        for file in self._named("profile"):
            yield from self._each(file, profile)
        yield from self._old_profile()

    def _old_profile(self) -> Iterator[Unit]:
        """The profile where a download before 2018 keeps it."""
        member = f"{self._context.root}data/js/user_details.js"
        found = read_object(self._reader, member)
        if found is None:
            return
        body, raw = found
        self._counts[member] = FileCount(member, "profile", None, 1, RECORDS, units=1)
        yield profiles.profile_item(
            body,
            raw,
            member,
            0,
            self._context.identity,
            self._context.author,
            place=0,
            index=self._context.media,
            folders=(),
        )

    def _article(self, file: DataFile, element: Element) -> Iterator[Unit]:
        item = profiles.article_item(
            element.value,
            element.raw,
            file.member,
            element.index,
            self._context.author,
            self._context.media,
            file.kind.folders if file.kind else (),
        )
        yield self._with_media(item) if item else _unknown(file, element)

    def _broadcast(self, file: DataFile, element: Element) -> Iterator[Unit]:
        item = profiles.broadcast_item(
            element.value,
            element.raw,
            file.member,
            element.index,
            self._context.author,
            self._context.media,
            file.kind.folders if file.kind else (),
        )
        yield self._with_media(item) if item else _unknown(file, element)

    def _broadcast_comment(self, file: DataFile, element: Element) -> Iterator[Unit]:
        item = profiles.broadcast_comment(
            element.value, element.raw, file.member, element.index, self._context.author
        )
        yield item or _unknown(file, element)

    def _broadcast_profile(self, file: DataFile, element: Element) -> Iterator[Unit]:
        yield profiles.broadcast_profile(
            element.value, element.raw, file.member, element.index, self._context.author
        )

    def _conversation(self, file: DataFile, element: Element) -> Iterator[Unit]:
        folders = file.kind.folders if file.kind else ()
        for unit in self._messages.items(
            element.value, element.raw, file.member, element.index, folders
        ):
            yield self._with_media(unit) if isinstance(unit, Item) else unit

    def _headers(self, file: DataFile, element: Element) -> Iterator[Unit]:
        count = self._counts[file.member]
        for unit in self._messages.headers(element.value, file.member, element.index):
            if unit is None:
                count.join()
            else:
                yield unit

    def _encrypted(self, file: DataFile, element: Element) -> Iterator[Unit]:
        yield encrypted_item(element.value, element.raw, file.member, element.index, self._messages)

    def _person(self, file: DataFile, element: Element) -> Iterator[Unit]:
        found = profiles.subscriber(element.value, RELATIONS[file.base])
        if found is None:
            yield _unknown(file, element)
        elif file.base == "periscope-followers":
            yield Subscriber(
                found.platform,
                found.relation,
                f"periscope:{found.native_id}",
                found.handle,
                found.display_name,
                found.url,
            )
        else:
            yield found

    def _count_only(self, file: DataFile) -> None:
        """A file that stays in the original: its elements are counted and nothing is kept of
        them here."""
        count = self._start(file)
        count.reason = layout.why_kept(file.base)
        for _ in self._elements(file, count):
            pass


def _unknown(file: DataFile, element: Element) -> Skipped:
    what = file.kind.wrapper if file.kind else "known"
    return failed(file.member, element, f"no {what} is in it, or it has no id: kept as received")
