"""A member's LinkedIn data download, Basic or Complete: what it holds and how it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import BinaryIO

from archiver import clock
from archiver.exports.counting import FileCount, Unit
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.linkedin.articles import read_article
from archiver.exports.linkedin.layout import base_of, kept, roots
from archiver.exports.linkedin.media import MediaFiles
from archiver.exports.linkedin.messages import MessageFiles
from archiver.exports.linkedin.owner import Owner, read_owner
from archiver.exports.linkedin.people import read_connections, read_follows, read_profile
from archiver.exports.linkedin.posts import PostFiles
from archiver.exports.linkedin.writing import ZONE_NOTE, NotADateError, moment
from archiver.exports.reader import DownloadReader
from archiver.items import Capability, Extent, Kind, Relation

Read = Callable[[str, BinaryIO, FileCount], Iterator[Unit]]

NEWEST_NOTE = "it does not say when it was made: the newest time in its tables stands for it"
_TABLES: tuple[tuple[str, str, Kind | Relation], ...] = (
    ("shares", "posts", Kind.POST),
    ("instantreposts", "reposts", Kind.POST),
    ("richmedia", "uploads", Kind.POST),
    ("comments", "comments", Kind.COMMENT),
    ("recommendationsreceived", "recommendations", Kind.COMMENT),
    ("recommendationsgiven", "recommendations", Kind.COMMENT),
    ("messages", "messages", Kind.MESSAGE),
    ("invitations", "invitations", Kind.MESSAGE),
    ("profile", "profile", Kind.PROFILE),
    ("connections", "connections", Relation.FOLLOWER),
    ("companyfollows", "organisations followed", Relation.FOLLOWING),
    ("memberfollows", "people followed", Relation.FOLLOWING),
)
_DATED = frozenset(("shares", "comments", "instantreposts", "reactions", "messages", "votes"))
_DATES = re.compile(
    rb"(?:^|\n)\"?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\"?,\"?(?:https://|[A-Z]{2,},)"
    rb"|,\"?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\"?,"
)
_DAYS = re.compile(rb",\"?(\d\d [A-Z][a-z]{2} \d{4})\"?\r?(?:\n|$)")
_CHUNK = 1 << 20

GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.FULL),
    Kind.COMMENT: Capability(
        Extent.PARTIAL,
        "a LinkedIn download holds what the account wrote, not what others wrote beneath its posts",
    ),
    Kind.MESSAGE: Capability(Extent.FULL),
    Kind.PROFILE: Capability(
        Extent.PARTIAL, "only what everybody sees of the profile is taken from it"
    ),
    Kind.REACTION: Capability(
        Extent.NONE, "a LinkedIn download does not hold what others thought of its posts"
    ),
    Relation.FOLLOWER: Capability(
        Extent.PARTIAL,
        "a LinkedIn download holds whom the account is connected with, not who merely follows it",
    ),
    Relation.FOLLOWING: Capability(Extent.FULL),
    Relation.BLOCK: Capability(Extent.NONE, "a LinkedIn download does not hold who is blocked"),
    Relation.MUTE: Capability(Extent.NONE, "LinkedIn keeps no such list"),
}


def _open(reader: DownloadReader, root: str) -> FilesDownload:
    inside = [one for one in reader.members if one.startswith(root)]
    owner = read_owner(reader, root)
    media = MediaFiles(inside)
    made = _newest(reader, inside)
    return FilesDownload(
        reader,
        Contents(
            identity=owner.identity,
            files=_files(inside, owner, media),
            gives=GIVES,
            generated_at=made,
            notes=[ZONE_NOTE, *([NEWEST_NOTE] if made else [])],
            media=media.members,
            viewer=lambda member: member.casefold().endswith((".css", "readme.txt", "readme.html")),
        ),
    )


def _files(inside: list[str], owner: Owner, media: MediaFiles) -> list[DataFile]:
    """The files in the order of walking: posts before what may be part of them."""
    readers = _readers(owner, media)
    tables: dict[str, list[str]] = {}
    articles, rest = [], []
    for member in inside:
        folded = member.casefold()
        if folded.endswith((".html", ".htm")) and "articles/" in folded:
            articles.append(member)
        elif folded.endswith(".csv") and base_of(member) in readers:
            tables.setdefault(base_of(member), []).append(member)
        elif folded.endswith(".csv") and (found := kept(member)) is not None:
            rest.append(DataFile(member, found[0], reason=found[1]))
    files = [
        DataFile(
            member,
            holds,
            partial(readers[base], member),
            covers=(covers,),
            relation=covers if isinstance(covers, Relation) else None,
        )
        for base, holds, covers in _TABLES
        for member in tables.get(base, ())
    ]
    files += [
        DataFile(
            member,
            "articles",
            partial(read_article, owner, member),
            covers=(Kind.POST,),
            counted_as=f"{member.rpartition('/')[0]}/",
        )
        for member in articles
    ]
    return files + rest


def _readers(owner: Owner, media: MediaFiles) -> dict[str, Read]:
    posts, messages = PostFiles(owner, media), MessageFiles(owner, media)
    return {
        "shares": posts.shares,
        "instantreposts": posts.reposts,
        "richmedia": posts.uploads,
        "comments": posts.comments,
        "recommendationsreceived": partial(posts.recommendations, given=False),
        "recommendationsgiven": partial(posts.recommendations, given=True),
        "messages": messages.messages,
        "invitations": messages.invitations,
        "profile": partial(read_profile, owner),
        "connections": read_connections,
        "companyfollows": lambda member, stream, count: read_follows(
            member, "Organization", stream, count
        ),
        "memberfollows": lambda member, stream, count: read_follows(
            member, "FullName", stream, count
        ),
    }


def _newest(reader: DownloadReader, inside: list[str]) -> str | None:
    """The newest time that stands where a row of a table has its own: it is never too late, so
    that an old download never overrules what was learnt after it. None where there is none."""
    now = clock.now_text()
    newest = ""
    for member in inside:
        base = base_of(member)
        if member.casefold().endswith(".csv") and (base in _DATED or base == "connections"):
            newest = max(newest, *(at for at in _times(reader, member) if at <= now), "")
    return newest or None


def _times(reader: DownloadReader, member: str) -> Iterator[str]:
    pattern = _DAYS if base_of(member) == "connections" else _DATES
    told: set[bytes] = set()
    with reader.open(member) as stream:
        rest = b""
        while piece := stream.read(_CHUNK):
            text = rest + piece
            told = {max(told)} if told and pattern is _DATES else told
            told.update(found[1] or found[found.lastindex or 1] for found in pattern.finditer(text))
            rest = text[-200:]
    for one in told:
        try:
            at = moment(one.decode())
        except NotADateError:
            continue
        if at is not None:
            yield at


FORMAT = Format("linkedin", "LinkedIn data download", 1, "linkedin", lambda r: [*roots(r)], _open)
