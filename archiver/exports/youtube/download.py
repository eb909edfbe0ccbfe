"""The Google Takeout of a YouTube channel: whose it is, what is in it, which part reads what.

One Google account may have several channels (its own and those of brands), and a Takeout may hold
them side by side. Each is then a download of its own: its root is the folder followed by the
channel's id, only what carries that id is read, and what carries none (subscriptions, playlists,
community posts without the id) stays in the original, because nobody can say whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from archiver.exports import times
from archiver.exports.faults import UnreadableError
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.youtube import channels, older, playlists, videos, written
from archiver.exports.youtube.heads import Kind as Table
from archiver.exports.youtube.heads import Known
from archiver.exports.youtube.items import PLATFORM, Owner
from archiver.exports.youtube.layout import (
    Found,
    Page,
    Survey,
    find_roots,
    survey,
    written_by,
)
from archiver.exports.youtube.media import Shelf
from archiver.exports.youtube.shapes import CHANNEL
from archiver.items import Capability, Extent, Kind, Relation

VERSION = 1
_STAMP = re.compile(r"takeout-(\d{8}T\d{6}Z)", re.IGNORECASE)
_OTHERS = (
    "what others wrote under the channel's videos, and what was deleted, is not in a Takeout: the "
    "platform's interface has the comments that still stand"
)
GIVES: dict[Kind | Relation, Capability] = {
    Kind.POST: Capability(
        Extent.PARTIAL,
        "videos and posts that were deleted before the Takeout was made are not in it",
    ),
    Kind.COMMENT: Capability(Extent.PARTIAL, _OTHERS, "the YouTube Data API"),
    Kind.MESSAGE: Capability(Extent.NONE, "YouTube has no private messages since September 2019"),
    Kind.PROFILE: Capability(Extent.FULL),
    Kind.REACTION: Capability(Extent.NONE, "a Takeout does not tell who liked what of the channel"),
    Relation.FOLLOWER: Capability(
        Extent.NONE, "a Takeout does not hold the channel's subscribers", "the YouTube Data API"
    ),
    Relation.FOLLOWING: Capability(Extent.FULL),
}
_KEPT_TABLES = {
    Table.ADDRESSES: "the addresses of the channel: read to tell whose it is",
    Table.SONGS: "the music library is no communication",
    Table.TEXTS: "the titles and descriptions of the videos once more, in pieces",
    Table.DETAILS: "settings of the channel and details of its videos are no communication",
    Table.PLAYLIST_VIDEOS: "no playlist could be told for it by its name, or one for own use",
}
_KEPT_PAGES = {
    Page.HISTORY: "what was watched and searched for is no communication",
    Page.PLAYLIST_ITEMS: "videos of a playlist, uploads or likes, in an older form",
}
_NOBODY_KNOWS = "the Takeout holds several channels, and this does not say whose it is"


def _find(reader: DownloadReader) -> list[str]:
    found: list[str] = []
    for root in find_roots(reader.members):
        told = _surveyed(reader, root)
        if len(told.channels) > 1:
            found += [f"{root}{channel}/" for channel in told.channels]
        else:
            found.append(root)
    return found


def _surveyed(reader: DownloadReader, root: str) -> Survey:
    found = survey(reader, root)
    if not found.channels:
        written_by(reader, found)
    return found


def _open(reader: DownloadReader, root: str) -> FilesDownload:
    folder, last = root, root.rstrip("/").rpartition("/")[2]
    if CHANNEL.match(last):
        folder = root[: -len(last) - 1]
    found = _surveyed(reader, folder)
    channel = last if folder != root else next(iter(found.channels), None)
    owner = Owner(channel, found.channels.get(channel or "") or None, len(found.channels) > 1)
    identity = Identity(
        native_id=channel,
        display_name=owner.name,
        earlier_handles=tuple(found.addresses.get(channel or "", ())),
    )
    contents = Contents(
        identity,
        _Files(reader, found, owner).listed(),
        GIVES,
        generated_at=_made_at(reader),
        notes=_notes(found, owner),
        media=found.media,
        viewer=lambda member: member.endswith("archive_browser.html"),
    )
    return FilesDownload(reader, contents)


def _made_at(reader: DownloadReader) -> str | None:
    """When Google made it: the names it gives the parts say so, to the second, in UTC."""
    stamps = [
        found[1] for name in (*reader.names, *reader.members) if (found := _STAMP.search(name))
    ]
    return times.written(max(stamps, default=""), ("%Y%m%dT%H%M%SZ",))


def _notes(found: Survey, owner: Owner) -> list[str]:
    told = []
    if owner.others:
        told.append(
            f"it holds {len(found.channels)} channels of one Google account: only what is of "
            f"{owner.channel} becomes records; subscriptions and playlists name no channel and "
            "stay in the original"
        )
    guessed = [one.member for one in found.files if one.known is not None and one.known.guessed]
    if guessed:
        told.append(
            f"{len(guessed)} tables have heads in a language this program does not know and were "
            f"read by what stands in their columns: look at a few of the records ({guessed[0]})"
        )
    return told


class _Files:
    """Tells for each file of a survey what reads it."""

    def __init__(self, reader: DownloadReader, found: Survey, owner: Owner) -> None:
        self._reader = reader
        self._found = found
        self._owner = owner
        self._shelf = Shelf(found.media)
        self._inside = {} if owner.others else playlists.contents_of(reader, found)
        self._joined = {one.member for one in self._inside.values()}
        if self._shelf:
            for one in found.tables(Table.VIDEOS):
                assert one.known is not None
                with suppress(UnreadableError):
                    videos.note_titles(reader, one.member, one.known, self._shelf)

    def listed(self) -> list[DataFile]:
        """Every file that is neither media nor unknown."""
        return list(self._listed())

    def _listed(self) -> Iterator[DataFile]:
        for one in self._found.files:
            if one.known is not None:
                yield self._table(one.member, one.known)
            elif one.page is not Page.UNKNOWN:
                yield self._page(one)

    def _table(self, member: str, known: Known) -> DataFile:
        owner, shelf, kind = self._owner, self._shelf, known.kind
        no_channel = owner.others and "channel" not in known.columns
        if kind in _KEPT_TABLES and member not in self._joined:
            return DataFile(member, kind.value, reason=_KEPT_TABLES[kind])
        if no_channel or (owner.others and kind is Table.SUBSCRIPTIONS):
            return DataFile(member, kind.value, reason=_NOBODY_KNOWS)
        if kind is Table.VIDEOS:
            read = partial(videos.from_table, member, known, owner, shelf)
            return DataFile(member, "videos", read, (Kind.POST,))
        if kind in (Table.COMMENTS, Table.CHATS, Table.POSTS):
            read = partial(written.from_table, member, known, owner, shelf)
            covers = (Kind.POST if kind is Table.POSTS else Kind.COMMENT,)
            return DataFile(member, kind.value, read, covers)
        if kind is Table.CHANNEL:
            return DataFile(
                member,
                "channel",
                partial(channels.from_table, member, known, owner),
                (Kind.PROFILE,),
            )
        if kind is Table.SUBSCRIPTIONS:
            return DataFile(
                member,
                "subscriptions",
                partial(channels.subscriptions, member, known),
                (Relation.FOLLOWING,),
                Relation.FOLLOWING,
            )
        return self._playlist(member, known)

    def _playlist(self, member: str, known: Known) -> DataFile:
        """The files of playlists are named after these: together, so that no report keeps a name
        that may have to be destroyed."""
        folder = member.rpartition("/")[0] + "/"
        if known.kind is Table.PLAYLIST_VIDEOS:
            joined = partial(playlists.joined, known)
            return DataFile(member, known.kind.value, joined, counted_as=folder)
        if known.kind is Table.OLD_PLAYLIST:
            old = partial(playlists.from_old_table, member, known, self._owner)
            return DataFile(member, "playlist", old, counted_as=folder)
        read = partial(playlists.from_table, self._reader, member, known, self._owner, self._inside)
        return DataFile(member, "playlists", read)

    def _page(self, one: Found) -> DataFile:
        member, page, owner = one.member, one.page, self._owner
        assert page is not None
        folder = member.rpartition("/")[0] + "/"
        if page is Page.VIDEO:
            read = partial(videos.from_json, member, owner, self._shelf)
            return DataFile(member, "videos", read, (Kind.POST,), counted_as=folder)
        if page in (Page.COMMENTS, Page.CHATS) and not owner.others:
            form = "live chat" if page is Page.CHATS else "comment"
            pages = partial(older.from_page, member, owner, form)
            return DataFile(member, page.value, pages, (Kind.COMMENT,))
        if page is Page.CHANNEL:
            profile = partial(channels.from_json, member, owner)
            return DataFile(member, "channel", profile, (Kind.PROFILE,))
        if page is Page.SUBSCRIPTIONS and not owner.others:
            follows = partial(channels.subscriptions_json, member)
            return DataFile(
                member, "subscriptions", follows, (Relation.FOLLOWING,), Relation.FOLLOWING
            )
        return DataFile(member, page.value, reason=_KEPT_PAGES.get(page, _NOBODY_KNOWS))


FORMAT = Format(PLATFORM, "YouTube (Google Takeout)", VERSION, "youtube", _find, _open)
