"""Periscope's own copy of an account's data, where somebody took one before it closed in March
2021: JSON with lists of broadcasts, comments and followers. (The Periscope part of an X download is
read with the rest of that.)

No public example of that copy is known. It is read by the names Periscope's interface and X's
download use for the same things; whatever has other names is kept and named in the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

import msgspec

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.documents import DocumentScanner
from archiver.exports.elements import Element
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.guarding import ended, failed, guarded
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.texts import unescaped, whole
from archiver.exports.times import since_1970, with_zone
from archiver.exports.vine.saved import MEDIA, Videos
from archiver.items import Author, AuthorRole, Capability, Extent, Item, Kind, Relation, Skipped

PLATFORM = "periscope"
PEEK = 4096
_SIGNS = (b'"broadcasts"', b'"broadcast_id"', b'"broadcastId"', b'"periscope')
_WRAPPERS = (
    "periscopeBroadcastMetadata",
    "periscopeCommentsMadeByUser",
    "broadcast",
    "comment",
)
_SAVED = "only what Periscope handed out to whoever asked before it closed"
_COVERED = (Kind.POST, Kind.COMMENT)
_COUNTERS = ("n_watched", "n_total_watched", "n_hearts", "n_comments", "n_watching")
GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.PARTIAL, _SAVED),
    Kind.COMMENT: Capability(Extent.PARTIAL, f"{_SAVED}: what the account wrote itself"),
    Kind.MESSAGE: Capability(Extent.NONE, "Periscope had no private messages of this kind"),
    Kind.PROFILE: Capability(Extent.NONE, "the profile is only used to tell whose data it is"),
    Relation.FOLLOWER: Capability(Extent.NONE, "a list without its names is kept in the original"),
}


def find(reader: DownloadReader) -> list[str]:
    """The folders in which JSON files named after Periscope stand and are built so."""
    found: dict[str, None] = {}
    for member in reader.members:
        folded = member.casefold()
        if not folded.endswith(".json") or "periscope" not in folded:
            continue
        with reader.open(member) as stream:
            head = stream.read(PEEK)
        if any(sign in head for sign in _SIGNS):
            folder, mark, _ = member.rpartition("/")
            found[folder + mark] = None
    return list(found)


def open_saved(reader: DownloadReader, root: str) -> FilesDownload:
    """Open it."""
    inside = [one for one in sorted(reader.members) if one.startswith(root)]
    data = [one for one in inside if one.casefold().endswith(".json")]
    media = [one for one in inside if one.casefold().endswith(MEDIA)]
    videos = Videos(media)
    identity = _identity(reader, data)
    author = Author(identity.native_id, identity.handle, identity.display_name, AuthorRole.AGENCY)
    return FilesDownload(
        reader,
        Contents(
            identity=identity,
            files=[
                DataFile(one, "broadcasts", partial(_read, one, author, videos), _COVERED)
                for one in data
            ],
            gives=GIVES,
            notes=["times without a zone were read as UTC"],
            media=media,
        ),
    )


def _identity(reader: DownloadReader, data: list[str]) -> Identity:
    """Whose data it is, where a file says so outside its lists."""
    for member in data:
        with reader.open(member) as stream:
            scanner = DocumentScanner(stream, lambda path: True)
            for _ in scanner:
                continue
        told = {path[-1]: value for path, value in scanner.values.items() if path}
        name = told.get("username") or told.get("screen_name")
        if isinstance(name, str) and name and not any(map(str.isspace, name)):
            shown = told.get("display_name") or told.get("displayName")
            native_id = told.get("user_id") or told.get("userId")
            return Identity(
                native_id if isinstance(native_id, str) else None,
                name,
                shown if isinstance(shown, str) else None,
            )
    return Identity()


def _read(
    member: str, author: Author, videos: Videos, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    repeats = Repeats()
    scanner = DocumentScanner(stream, lambda path: True)
    for found in scanner:
        element = found.element
        yield from guarded(
            member, count, element, partial(_units, member, element, author, videos, repeats)
        )
    ended(scanner, count)


def _units(
    member: str, element: Element, author: Author, videos: Videos, repeats: Repeats
) -> list[Unit]:
    value = element.value
    if not isinstance(value, dict):
        return [failed(member, element, "it is no object")]
    one = next((value[name] for name in _WRAPPERS if isinstance(value.get(name), dict)), value)
    broadcast = _word(one, "broadcast_id", "broadcastId")
    native_id = _word(one, "id", "broadcast_id", "broadcastId")
    text = _word(one, "text", "message", "body")
    if text and broadcast:
        return [_comment(member, element, one, author, broadcast, text, repeats)]
    title = _word(one, "status", "title", "broadcastTitle", "broadcast_title")
    if native_id and (title or "start" in one or "state" in one):
        return [_broadcast(member, element, one, author, native_id, title, videos)]
    return [Skipped(member, element.index, "neither a broadcast nor a comment: look at it")]


def _broadcast(
    member: str,
    element: Element,
    one: Mapping[str, Any],
    author: Author,
    native_id: str,
    title: str,
    videos: Videos,
) -> Item:
    place = ", ".join(told for name in ("city", "country") if (told := _word(one, name)))
    return Item(
        platform=PLATFORM,
        kind=Kind.POST,
        native_id=native_id,
        author=author,
        created_at=_time(one, "start", "created_at", "createdAt"),
        text="\n".join(told for told in (title, place) if told),
        raw=element.raw,
        stable=_stable(one),
        form="broadcast",
        url=f"https://www.pscp.tv/w/{native_id}",
        media=videos.refs({}, (native_id,)),
        metrics={name: one[name] for name in _COUNTERS if type(one.get(name)) is int} or None,
        member=member,
        position=element.index,
    )


def _comment(
    member: str,
    element: Element,
    one: Mapping[str, Any],
    author: Author,
    broadcast: str,
    text: str,
    repeats: Repeats,
) -> Item:
    created_at = _time(one, "created_at", "createdAt", "timestamp")
    by = author.native_id or author.handle or ""
    made = derived_id(Kind.COMMENT, broadcast, created_at, by, text)
    return Item(
        platform=PLATFORM,
        kind=Kind.COMMENT,
        native_id=_word(one, "id", "uuid", "comment_id") or repeats.next(made),
        author=author,
        created_at=created_at,
        text=text,
        raw=element.raw,
        stable=_stable(one),
        form="broadcast comment",
        parent_id=broadcast,
        root_id=broadcast,
        member=member,
        position=element.index,
    )


def _word(one: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = one.get(name)
        if isinstance(value, str) and value.strip():
            return whole(unescaped(value.strip()))
    return ""


def _time(one: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = one.get(name)
        told = value if isinstance(value, str) else ""
        moment = with_zone(told) or (with_zone(f"{told}+00:00") if told else None)
        if moment or (moment := since_1970(value, "ms" if _large(value) else "s")):
            return moment
    return None


def _large(value: object) -> bool:
    return isinstance(value, (int, float)) and value > 100_000_000_000


def _stable(one: Mapping[str, Any]) -> bytes:
    kept = {name: value for name, value in one.items() if name not in _COUNTERS and value}
    return msgspec.json.encode(kept, order="sorted")


FORMAT = Format(PLATFORM, "Periscope data", 1, "vine", find, open_saved)
