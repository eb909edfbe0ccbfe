"""A Threads download: by itself, or in the folder `threads` of Instagram's download.

The folder was `threads/` at the top in 2023, `your_instagram_activity/threads/` since; a download
asked for Threads alone has `your_threads_activity/` or the files at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.documents import Path
from archiver.exports.elements import Element
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Download, Format
from archiver.exports.guarding import NOT_AS_EXPECTED
from archiver.exports.identity import Identity
from archiver.exports.instagram.post_pages import PostPages
from archiver.exports.instagram.profile import Profile, identity_of, profile_fields
from archiver.exports.meta.dates import PageClock, fixed_clock
from archiver.exports.meta.lists import HandledPeople
from archiver.exports.meta.members import (
    Known,
    Members,
    data_files,
    ending,
    is_viewer,
    members_of,
    roots,
)
from archiver.exports.meta.ownership import named_by_folder
from archiver.exports.meta.statement import Statement, statement
from archiver.exports.meta.told import (
    Account,
    Series,
    Told,
    account_of,
    item_of,
    media_id,
    mend,
    read_arrays,
    rows,
    table,
    text,
)
from archiver.exports.reader import DownloadReader
from archiver.exports.times import since_1970
from archiver.items import Capability, Extent, Kind, MediaRef, Relation

PLATFORM = "threads"

_FOLDER = r"(?:(?:your_instagram_activity/)?threads/|your_threads_activity/(?:threads/)?)"
_FILES = (
    r"(?:threads_and_replies|posts_and_replies|followers|following|blocked_profiles"
    r"|personal_information|liked_threads|saved_threads|threads_viewed)(?:_\d+)?"
)
_MARKS = re.compile(
    rf"(?P<root>(?:.*?/)??)(?:{_FOLDER}{_FILES}|threads_and_replies(?:_\d+)?)\.(?:json|html)$"
)
_OWN = re.compile(
    rf"{_FOLDER}|(?:threads_and_replies|posts_and_replies)(?:_\d+)?\.|media/|start_here\.html$"
    r"|index\.html$"
)
_BARE = re.compile(rf"{_FILES}\.")
_PROFILE = re.compile(r"(?:threads/)?personal_information")


def _find(reader: DownloadReader) -> Sequence[str]:
    return roots(reader, _MARKS)


def _open(reader: DownloadReader, root: str) -> Download:
    members = _members(reader, root)
    told = statement(reader, members)
    clock = fixed_clock()
    identity, notes = _identity(reader, members, told)
    account = account_of(PLATFORM, identity, members)
    files = data_files(members, _known_files(account, clock, identity))
    files += _shared_pictures(members)
    if any(file.read and ending(file.member) == "html" for file in files):
        notes += [clock.said, "its pages do not say which posts are answers: all are read as posts"]
    return FilesDownload(
        reader,
        Contents(
            identity,
            files,
            _gives(told),
            generated_at=told.made_at,
            since=told.since,
            notes=notes,
            media=_own_media(members),
            viewer=is_viewer,
        ),
    )


def _members(reader: DownloadReader, root: str) -> Members:
    """The files below the root that are Threads'. Where they have no folder of their own, all of
    the download is."""
    alone = not any(
        name.startswith(root) and re.match(_FOLDER, name[len(root) :]) for name in reader.members
    )
    own = rf"(?!{_OWN.pattern}{'|' + _BARE.pattern if alone else ''})"
    return members_of(reader, root, re.compile(own))


def _own_media(members: Members) -> frozenset[str]:
    return frozenset() if _is_shared(members) else members.media


def _is_shared(members: Members) -> bool:
    """Whether the pictures lie beside Instagram's: only a post that names one tells whose it is."""
    return any("your_instagram_activity/" in name for name in members.names)


def _shared_pictures(members: Members) -> list[DataFile]:
    if not _is_shared(members):
        return []
    reason = "pictures of Instagram and Threads in one folder: those a post names are taken"
    return [
        DataFile(name, "pictures", reason=reason, counted_as="(shared pictures)")
        for name in sorted(members.media)
    ]


def _identity(
    reader: DownloadReader, members: Members, told: Statement
) -> tuple[Identity, list[str]]:
    fields: dict[str, str] = {}
    for name, plain in members.plain.items():
        kind = ending(name)
        if _PROFILE.fullmatch(plain.rsplit(".", 1)[0]) and kind in ("json", "html"):
            count = FileCount("", "", None, 0, "")
            with reader.open(name) as stream, suppress(*NOT_AS_EXPECTED):
                fields = profile_fields(stream, count, page=kind == "html")
    found = identity_of(fields)
    if not found.display_name and told.name:
        found = replace(found, display_name=told.name)
    return named_by_folder(found, members.root)


def _known_files(account: Account, clock: PageClock, identity: Identity) -> list[Known]:
    folder = r"(?:threads/)?"
    posts = Posts(account)
    pages = PostPages(account, clock, "post", by_text=True)
    profile = Profile(account, identity)
    found = [
        Known(
            re.compile(folder + r"(?:threads_and_replies|posts_and_replies|threads)(?:_\d+)?"),
            "posts and replies",
            posts.read,
            pages.read,
            (Kind.POST,),
        ),
        Known(_PROFILE, "profile", profile.read, profile.read_page, (Kind.PROFILE,)),
    ]
    for path, relation in (
        (r"followers(?:_\d+)?", Relation.FOLLOWER),
        (r"following(?:_\d+)?", Relation.FOLLOWING),
        (r"blocked_(?:profiles|accounts|users)(?:_\d+)?", Relation.BLOCK),
        (r"muted_(?:profiles|accounts|users)(?:_\d+)?", Relation.MUTE),
    ):
        people = HandledPeople(account, relation, clock)
        name = re.compile(folder + path)
        found.append(
            Known(name, relation.value, people.read, people.read_page, (relation,), relation)
        )
    reason = "likes, saved and viewed posts, requests, interests and settings: no communication"
    return [*found, Known(re.compile(folder + r".*"), "other activity", reason=reason)]


class Posts:
    """Reads posts and answers; every one is a list of media, even where it is words alone. Their
    keys are made of the words: a train of posts is sent within a minute."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._series = Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every post in a file."""
        repeats = self._series.of("post", member)

        def make(_: Path, element: Element) -> Iterator[Unit]:
            value = table(mend(element.value, element.raw, count))
            told = self._told(value)
            yield item_of(self._account, told, repeats, element.raw, member, element.index)

        yield from read_arrays(stream, count, member, make)

    def _told(self, value: Mapping[str, Any]) -> Told:
        parts = list(rows(value.get("media")))
        at = value.get("creation_timestamp") or next(
            (one.get("creation_timestamp") for one in parts), None
        )
        told = Told(Kind.POST, "post", "post", since_1970(at), self._account.author)
        if told.at is None:
            raise ValueError("no time")
        words = [text(value.get("title")), *(text(one.get("title")) for one in parts)]
        told.text = next(filter(None, words), "")
        own = [table(one.get("text_app_post")) for one in parts]
        told.form = "reply" if any(one.get("is_reply") is True for one in own) else "post"
        told.media = tuple(self._refs(parts))
        told.told_by = told.text or min((media_id(one.key) for one in told.media), default="")
        return told

    def _refs(self, parts: list[Mapping[str, Any]]) -> Iterator[MediaRef]:
        for one in parts:
            uri = text(one.get("uri"))
            if uri:
                yield self._account.members.ref(uri)


def _gives(told: Statement) -> Mapping[Kind | Relation, Capability]:
    asked = "" if told.since else "; it does not say for which days it was asked"
    partial = Extent.PARTIAL
    own = "only what the account itself posted and answered, of what it has not deleted"
    handles = "handles only, which people change: no id is in it"
    none = Extent.NONE
    return {
        Kind.POST: Capability(partial, own + asked),
        Kind.COMMENT: Capability(
            none, "what others answered is not in Threads' download", "the platform's interface"
        ),
        Kind.MESSAGE: Capability(none, "Threads' messages are in Instagram's download, if at all"),
        Kind.PROFILE: Capability(Extent.FULL),
        Kind.REACTION: Capability(none, "who liked the account's posts is not in the download"),
        Relation.FOLLOWER: Capability(partial, handles),
        Relation.FOLLOWING: Capability(partial, handles),
        Relation.BLOCK: Capability(partial, handles),
        Relation.MUTE: Capability(partial, handles),
    }


FORMAT = Format(PLATFORM, "Threads data download", 2, "threads", _find, _open)
