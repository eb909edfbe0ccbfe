"""What lies where in a Mastodon download.

archive-…tar.gz  (2.3 to 4.1), archive-…zip (since 4.2; Pleroma and Akkoma: zip, no media)
    outbox.json  actor.json  likes.json  bookmarks.json  avatar.*  header.*
    media_attachments/files/109/…/original/….png
beside it, each fetched by itself (Settings, Import and export, Data export):
    following_accounts.csv  muted_accounts.csv  blocked_accounts.csv  lists.csv
    blocked_domains.csv  bookmarks.csv
GoToSocial has no archive, but following.csv, followers.csv, blocks.csv, mutes.csv.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.exports.reader import DownloadReader
from archiver.items import Relation

PEEK = 4096
MEDIA = "media_attachments/files/"
OUTBOX = "outbox.json"
ACTOR = "actor.json"
LISTS: Mapping[str, Relation] = {
    "following_accounts": Relation.FOLLOWING,
    "following": Relation.FOLLOWING,
    "friends": Relation.FOLLOWING,
    "followers": Relation.FOLLOWER,
    "followers_accounts": Relation.FOLLOWER,
    "muted_accounts": Relation.MUTE,
    "mutes": Relation.MUTE,
    "blocked_accounts": Relation.BLOCK,
    "blocks": Relation.BLOCK,
}
KEPT: Mapping[str, tuple[str, str]] = {
    "likes.json": ("likes", "the posts of others the account liked: addresses only"),
    "bookmarks.json": ("bookmarks", "the posts of others the account marked: addresses only"),
    "bookmarks.csv": ("bookmarks", "the posts of others the account marked: addresses only"),
    "lists.csv": ("lists", "how the account sorts whom it follows: a setting"),
    "blocked_domains.csv": ("blocked servers", "whole servers the account hides: a setting"),
    "domain_blocks.csv": ("blocked servers", "whole servers the account hides: a setting"),
    "custom_filters.json": ("filters", "words the account hides from itself: a setting"),
}
_NUMBERED = re.compile(r"(?: ?\(\d+\)|-\d+)$")
_COLLECTION = re.compile(rb"OrderedCollection|orderedItems|activitystreams")
_ADDRESS = re.compile(r"\s*\"?@?[\w.-]+@[\w.-]+\.[A-Za-z]{2,}\"?\s*(?:,|$)")
_HEAD = re.compile(r'\s*"?Account address"?\s*(?:,|$)', re.IGNORECASE)
_PICTURE = re.compile(r"(?:avatar|header)\.\w{1,5}")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a download: the outbox and the actor ("" where there is none), the lists of
    people, what stays in the original, and the media by their path behind `MEDIA`."""

    outbox: str
    actor: str
    lists: Mapping[str, Relation]
    kept: Mapping[str, tuple[str, str]]
    media: Mapping[str, str]
    pictures: Mapping[str, str]


def roots(reader: DownloadReader) -> list[str]:
    """The folders that hold an outbox; where there is none, those that hold lists of people."""
    outboxes = [member for member in reader.members if _is_outbox(reader, member)]
    found = outboxes or [one for one in reader.members if _is_list(reader, one)]
    return list(dict.fromkeys(folder_of(member) for member in found))


def files_at(reader: DownloadReader, root: str) -> Files:
    """What belongs to the download at a root. Tables lie beside the archive, so where there is one
    outbox alone those in other folders are its account's too."""
    outboxes = [member for member in reader.members if _is_outbox(reader, member)]
    alone = len(outboxes) <= 1
    lists: dict[str, Relation] = {}
    kept: dict[str, tuple[str, str]] = {}
    media: dict[str, str] = {}
    pictures: dict[str, str] = {}
    for member in sorted(reader.members):
        inside = member.startswith(root)
        name = member.rpartition("/")[2]
        if not inside and not alone:
            continue
        relation = LISTS.get(_plain_name(name))
        if relation is not None and _is_list(reader, member):
            lists[member] = relation
        elif (about := KEPT.get(_with_ending(name))) is not None:
            kept[member] = about
        elif inside and MEDIA in member:
            media[member.rpartition(MEDIA)[2]] = member
        elif inside and _PICTURE.fullmatch(member[len(root) :]):
            pictures[name] = member
    own = root + ACTOR
    return Files(
        root + OUTBOX if root + OUTBOX in outboxes else "",
        own if own in reader.members else "",
        lists,
        kept,
        media,
        pictures,
    )


def folder_of(member: str) -> str:
    """The folder a member lies in, as a root."""
    folder, mark, _ = member.rpartition("/")
    return folder + mark


def _plain_name(name: str) -> str:
    """A table's name without its ending and without what a browser adds to a second copy."""
    base, _, ending = name.lower().rpartition(".")
    return _NUMBERED.sub("", base) if ending == "csv" else ""


def _with_ending(name: str) -> str:
    base, _, ending = name.lower().rpartition(".")
    return f"{_NUMBERED.sub('', base)}.{ending}"


def _is_outbox(reader: DownloadReader, member: str) -> bool:
    return (
        member.rpartition("/")[2] == OUTBOX
        and _COLLECTION.search(_head(reader, member)) is not None
    )


def _is_list(reader: DownloadReader, member: str) -> bool:
    """Whether a table of such a name has addresses of accounts in its first column."""
    if _plain_name(member.rpartition("/")[2]) not in LISTS:
        return False
    head = _head(reader, member).decode("utf-8-sig", "replace")
    first = head.split("\n", 1)[0]
    return bool(_HEAD.match(first) or _ADDRESS.match(first))


def _head(reader: DownloadReader, member: str) -> bytes:
    with reader.open(member) as stream:
        return stream.read(PEEK)
