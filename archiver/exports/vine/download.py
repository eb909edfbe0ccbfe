"""A folder or zip of what was saved of a Vine account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, BinaryIO

import msgspec

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import derived_id
from archiver.exports.faults import UnreadableError
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.guarding import NOT_AS_EXPECTED
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.seen import SeenIds
from archiver.exports.texts import unescaped, whole
from archiver.exports.vine import saved
from archiver.exports.vine.saved import Saved, Videos
from archiver.items import (
    Author,
    AuthorRole,
    Capability,
    Extent,
    Item,
    Kind,
    Relation,
    Skipped,
)

PLATFORM = "vine"
PEEK = 16 << 10
PEEKED = 60
_NAMED = re.compile(r"(?:.*/)?(?:profiles?/(?:_/)?|posts?/)?[\w.-]+\.json", re.IGNORECASE)
_SIGNS = (b'"permalinkUrl"', b'"videoLowURL"', b'"vanityUrls"')
_TAGS = (b"POST_DATA", b'content="https://vine.co/v/')
_PAGES = (".html", ".htm")
_SHOWN = "_files/"
"""What a browser saves beside a page lies below it."""
_SAVED = "only what somebody saved of Vine before its archive closed"
_CLOSED = "2017-01-17T20:00:00Z"
"""The middle of that day in California: the same day wherever it is shown."""
_NOTES = (
    "Vine wrote its times without a zone: they are read as UTC",
    "what was saved of Vine does not say when: it stands for 17 January 2017, when Vine took its "
    "last",
)
GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.PARTIAL, _SAVED),
    Kind.COMMENT: Capability(
        Extent.PARTIAL, "Vine's archive counted comments and left their words out"
    ),
    Kind.MESSAGE: Capability(Extent.NONE, "Vine's private messages were not in its archive"),
    Kind.PROFILE: Capability(Extent.FULL),
    Relation.FOLLOWER: Capability(Extent.NONE, "Vine's archive did not name followers"),
}


def find(reader: DownloadReader) -> list[str]:
    """The folder that holds files of Vine, told by a look into a few of them."""
    looked = 0
    for member in reader.members:
        page = member.casefold().endswith(_PAGES)
        if not page and not _NAMED.fullmatch(member):
            continue
        looked += 1
        if looked > PEEKED:
            break
        with reader.open(member) as stream:
            head = stream.read(PEEK)
        if b"vine.co/" in head and any(sign in head for sign in (_TAGS if page else _SIGNS)):
            parts = member.split("/")[:-1]
            inner = next(
                (place for place, one in enumerate(parts) if one in ("posts", "profiles", "_")),
                len(parts),
            )
            root = "/".join(parts[:inner])
            return [f"{root}/" if root else ""]
    return []


@dataclass(frozen=True)
class _Vines:
    """Reads the files of one folder. `met` are the vines whose data was read: a page adds nothing
    to those."""

    identity: Identity
    videos: Videos
    met: SeenIds

    def data(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """A JSON file."""
        raw, value = saved.read_json(stream)
        found = list(saved.objects(value))
        if not found:
            raise UnreadableError("it holds no vine and no profile")
        for position, one in enumerate(found):
            slug = saved.slug_of(one)
            self.met.add(slug or "")
            own = raw if len(found) == 1 else msgspec.json.encode(one)
            yield from self._units(member, position, one, slug, own, count)

    def page(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """A saved page."""
        raw = stream.read(saved.LARGEST + 1)
        if len(raw) > saved.LARGEST:
            raise UnreadableError("it is larger than any page of Vine")
        for position, one in enumerate(saved.from_page(raw)):
            slug = saved.slug_of(one)
            if (slug or "") in self.met:
                count.read += 1
                count.join()
                continue
            yield from self._units(member, position, one, slug, raw, count)

    def _units(
        self, member: str, position: int, one: Saved, slug: str | None, raw: bytes, count: FileCount
    ) -> Iterator[Unit]:
        count.read += 1
        try:
            if saved.is_post(one):
                units = list(self._post(member, position, one, slug, raw))
            else:
                units = [self._profile(member, position, one, raw)]
        except NOT_AS_EXPECTED as error:
            detail = f"it is not built as expected ({type(error).__name__})"
            yield Skipped(member, position, detail, failed=True, raw=raw)
            return
        yield from units

    def _post(
        self, member: str, position: int, one: Saved, slug: str | None, raw: bytes
    ) -> Iterator[Unit]:
        author = self._author(one)
        if author.role is AuthorRole.PUBLIC:
            yield Skipped(member, position, "somebody else's vine: no record of the account")
            return
        text = whole(unescaped(str(one.get("description") or "")))
        created_at = saved.moment(one.get("created"))
        number = saved.id_of(one, "postIdStr", "postId")
        native_id = number or slug
        if native_id is None:
            native_id = derived_id(Kind.POST, "", created_at, author.native_id or "", text)
        yield Item(
            platform=PLATFORM,
            kind=Kind.POST,
            native_id=native_id,
            author=author,
            created_at=created_at,
            text=text,
            raw=raw,
            stable=saved.stable(one),
            form="video",
            url=f"https://vine.co/v/{slug}" if slug else None,
            media=self.videos.refs(one, (slug, number)),
            metrics=saved.counters(one),
            member=member,
            position=position,
        )
        comments = one.get("comments")
        records = comments.get("records") if isinstance(comments, dict) else None
        for answer in records or ():
            yield self._comment(member, position, answer, native_id)

    def _comment(self, member: str, position: int, one: Saved, post: str) -> Item:
        author = self._author(one)
        text = whole(unescaped(str(one.get("comment") or "")))
        created_at = saved.moment(one.get("created"))
        by = author.native_id or author.display_name or ""
        made = derived_id(Kind.COMMENT, post, created_at, by, text)
        return Item(
            platform=PLATFORM,
            kind=Kind.COMMENT,
            native_id=saved.id_of(one, "commentIdStr", "commentId") or made,
            author=author,
            created_at=created_at,
            text=text,
            raw=msgspec.json.encode(one),
            stable=saved.stable(one),
            form="comment",
            parent_id=post,
            root_id=post,
            member=member,
            position=position,
        )

    def _author(self, one: Mapping[str, Any]) -> Author:
        native_id = saved.id_of(one, "userIdStr", "userId")
        name = one.get("username")
        shown = name if isinstance(name, str) and name else None
        own = self.identity
        if own.native_id and native_id:
            same = own.native_id == native_id
        elif own.display_name and shown:
            same = own.display_name == shown
        else:
            return Author(native_id, None, shown, AuthorRole.UNKNOWN)
        handle = own.handle if same else None
        return Author(native_id, handle, shown, AuthorRole.AGENCY if same else AuthorRole.PUBLIC)

    def _profile(self, member: str, position: int, one: Saved, raw: bytes) -> Unit:
        author = self._author(one)
        if author.role is AuthorRole.PUBLIC:
            return Skipped(member, position, "somebody else's profile: no record of the account")
        told = (one.get(name) for name in ("username", "description", "status", "location"))
        return Item(
            platform=PLATFORM,
            kind=Kind.PROFILE,
            native_id=author.native_id or "profile",
            author=author,
            created_at=saved.moment(one.get("created")),
            text=whole("\n".join(value for value in told if isinstance(value, str) and value)),
            raw=raw,
            stable=saved.stable({name: one[name] for name in one if name != "posts"}),
            form="profile",
            metrics=saved.counters(one),
            member=member,
            position=position,
        )


@dataclass(frozen=True, slots=True)
class _Inside:
    """The files of one folder, in their order."""

    names: list[str]
    data: list[str]
    pages: list[str]
    media: list[str]


def _inside(reader: DownloadReader, root: str) -> _Inside:
    found = _Inside([], [], [], [])
    for member in sorted(reader.members):
        if not member.startswith(root):
            continue
        found.names.append(member)
        folded = member.casefold()
        if folded.endswith(saved.MEDIA):
            found.media.append(member)
        elif _SHOWN in member:
            continue
        elif folded.endswith(".json"):
            found.data.append(member)
        elif folded.endswith(_PAGES):
            found.pages.append(member)
    return found


def open_saved(reader: DownloadReader, root: str) -> FilesDownload:
    """Open it."""
    inside = _inside(reader, root)
    identity, listed = _identity(reader, inside.data)
    vines = _Vines(identity, Videos(inside.media), SeenIds())
    absent = _absent(inside, listed)
    notes = [*_NOTES]
    if absent:
        notes.append(f"the profile lists {len(listed)} vines, of which {absent} were not saved")
    # data before pages: they tell more
    files = [*_files(inside.data, vines.data, "vines"), *_files(inside.pages, vines.page, "pages")]
    return FilesDownload(
        reader,
        Contents(
            identity=identity,
            files=files,
            gives=GIVES,
            generated_at=_CLOSED,
            notes=notes,
            media=inside.media,
            viewer=lambda one: _SHOWN in one or one.casefold().endswith((".css", ".js")),
        ),
    )


def _absent(inside: _Inside, listed: list[str]) -> int:
    """How many of the vines a profile lists have no file; 0 where that cannot be told by the names
    of files: one that holds several vines is named after none."""
    if not listed:
        return 0
    known = set(listed)
    if any(_stem(one) not in known and "profile" not in one.casefold() for one in inside.data):
        return 0
    return len(known.difference(map(_stem, inside.names)))


def _stem(member: str) -> str:
    return member.rpartition("/")[2].partition(".")[0]


def _files(
    members: list[str], read: Callable[[str, BinaryIO, FileCount], Iterator[Unit]], holds: str
) -> Iterator[DataFile]:
    for member in members:
        covers, together = _of_folder(member.rpartition("/")[0], holds)
        yield DataFile(member, holds, partial(read, member), covers, counted_as=together)


@lru_cache(maxsize=64)
def _of_folder(folder: str, holds: str) -> tuple[tuple[Kind, ...], str]:
    """What the files of a folder speak for, and what they are counted as."""
    profile = "/profiles/" in f"/{folder.casefold()}/"
    covers = (Kind.PROFILE,) if profile else (Kind.POST, Kind.COMMENT)
    return covers, f"{folder}/" if folder else f"({holds})"


def _identity(reader: DownloadReader, data: list[str]) -> tuple[Identity, list[str]]:
    """Whose vines they are: the one profile that was saved, or the one author of the first posts;
    and the vines that profile lists."""
    authors: dict[tuple[str | None, str], Saved] = {}
    for member in sorted(data, key=lambda one: "profile" not in one.casefold())[:PEEKED]:
        try:
            with reader.open(member) as stream:
                found = list(saved.objects(saved.read_json(stream)[1]))
        except UnreadableError:
            continue
        for one in found:
            if saved.is_profile(one):
                posts = one.get("posts")
                named = [x for x in posts if isinstance(x, str)] if isinstance(posts, list) else []
                return _named(one), named
            told = (saved.id_of(one, "userIdStr", "userId"), str(one.get("username") or ""))
            authors.setdefault(told, one)
    return (_named(*authors.values()) if len(authors) == 1 else Identity()), []


def _named(one: Saved) -> Identity:
    vanity = one.get("vanityUrls")
    first = vanity[0] if isinstance(vanity, list) and vanity else None
    name = one.get("username")
    return Identity(
        saved.id_of(one, "userIdStr", "userId"),
        first if isinstance(first, str) and first and not any(map(str.isspace, first)) else None,
        name if isinstance(name, str) and name else None,
        saved.moment(one.get("created")) if saved.is_profile(one) else None,
    )


FORMAT = Format(PLATFORM, "what was saved of Vine", 1, "vine", find, open_saved)
