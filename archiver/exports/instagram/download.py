"""An Instagram download of any year since 2018, in JSON or as web pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from msgspec import structs

from archiver.exports.counting import FileCount
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Download, Format
from archiver.exports.guarding import NOT_AS_EXPECTED
from archiver.exports.identity import Identity
from archiver.exports.instagram.files import CHANGES, PROFILE, known_files, older_lists
from archiver.exports.instagram.profile import earlier_handles, identity_of, profile_fields
from archiver.exports.meta.dates import fixed_clock
from archiver.exports.meta.members import (
    ACTIVITY,
    Members,
    data_files,
    ending,
    members_of,
    roots,
)
from archiver.exports.meta.ownership import named_by_folder
from archiver.exports.meta.statement import Statement, statement
from archiver.exports.meta.told import account_of
from archiver.exports.reader import DownloadReader
from archiver.items import Capability, Extent, Kind, Relation

PLATFORM = "instagram"

_ROOT = r"(?P<root>(?:.*?/)??)"
_MARKS = re.compile(
    rf"{_ROOT}(?:your_instagram_activity/(?!threads/)"
    r"|(?:connections/)?followers_and_following/[^/]+\.(?:json|html)$"
    r"|personal_information/personal_information/personal_information\.(?:json|html)$"
    r"|account_information/personal_information\.(?:json|html)$"
    r"|(?:content|media)/(?:posts_\d+|reels|stories|archived_posts|igtv_videos)\.(?:json|html)$"
    r"|likes/liked_(?:posts|comments)\.(?:json|html)$"
    r"|comments/post_comments(?:_\d+)?\.(?:json|html)$)"
)
_TALKS = re.compile(rf"{_ROOT}messages/(?:[^/]+/){{1,2}}message(?:_\d+)?\.(?:json|html)$")
_OLDER = re.compile(
    rf"{_ROOT}(?:media|connections|messages|comments|profile|seen_content|likes)\.json$"
)
_FOREIGN = re.compile(
    rf"(?:.*/)?(?:{ACTIVITY})/|(?:.*/)?(?:your_threads_activity|threads)/"
    r"|(?:.*/)?connections/(?:followers|friends)/|(?:.*/)?profile_information/"
)
_FACEBOOK = re.compile(
    rf"(?:.*/)?(?:{ACTIVITY}|profile_information|friends_and_followers|posts"
    r"|following_and_followers|comments_and_reactions)/"
)
_ENOUGH = 3


def _find(reader: DownloadReader) -> Sequence[str]:
    found = roots(reader, _MARKS)
    if found:
        return found
    older = [root for root in roots(reader, _OLDER) if _older_files(reader, root) >= _ENOUGH]
    return older or [
        root
        for root in roots(reader, _TALKS)
        if "facebook" not in root.lower()
        and not any(
            _FACEBOOK.match(name[len(root) :]) for name in reader.members if name.startswith(root)
        )
    ]


def _older_files(reader: DownloadReader, root: str) -> int:
    """How many of the files at the top of a download of 2018 to 2020 stand at a root. One by itself
    is called as other programs call theirs."""
    found = (_OLDER.match(name) for name in reader.members)
    return sum(one is not None and one["root"] == root for one in found)


def _open(reader: DownloadReader, root: str) -> Download:
    members = members_of(reader, root, _FOREIGN)
    told = statement(reader, members)
    identity, notes = _identity(reader, members, told)
    clock = fixed_clock()
    account = account_of(PLATFORM, identity, members)
    files = data_files(members, known_files(account, clock, identity))
    if root + "connections.json" in members.names:
        lists = data_files(members, older_lists(account, clock), each=True)
        files += [
            structs.replace(one, counted_as=f"{one.member} ({one.relation})") for one in lists
        ]
    if any(file.read and ending(file.member) == "html" for file in files):
        notes.append(clock.said)
    return FilesDownload(reader, told.contents(members, identity, files, gives(told), notes))


def _identity(
    reader: DownloadReader, members: Members, told: Statement
) -> tuple[Identity, list[str]]:
    fields: dict[str, str] = {}
    earlier: tuple[str, ...] = ()
    for name, plain in members.plain.items():
        stem, kind = plain.rsplit(".", 1)[0], ending(name)
        if PROFILE.fullmatch(stem) and kind in ("json", "html") and not fields:
            count = FileCount("", "", None, 0, "")
            with reader.open(name) as stream, suppress(*NOT_AS_EXPECTED):
                fields = profile_fields(stream, count, page=kind == "html")
        elif CHANGES.fullmatch(stem) and kind == "json":
            with reader.open(name) as stream, suppress(*NOT_AS_EXPECTED):
                earlier = earlier_handles(stream)
    found = identity_of(fields, earlier)
    if not found.display_name and told.name:
        found = replace(found, display_name=told.name)
    return named_by_folder(found, members.root)


def gives(told: Statement) -> Mapping[Kind | Relation, Capability]:
    """What an Instagram download holds of each kind and list."""
    asked = "" if told.since else "; it does not say for which days it was asked"
    partial = Extent.PARTIAL
    own = "only what the account itself posted, of what it has not deleted"
    comments = (
        "only comments the account wrote, without saying beneath which post: what others wrote to "
        "its posts is not in it"
    )
    talks = "without messages that were unsent or deleted, and vanishing ones"
    handles = "handles only, which people change: no id is in it"
    return {
        Kind.POST: Capability(partial, own + asked),
        Kind.COMMENT: Capability(partial, comments + asked, "the platform's interface"),
        Kind.MESSAGE: Capability(partial, talks + asked),
        Kind.PROFILE: Capability(Extent.FULL),
        Kind.REACTION: Capability(
            Extent.NONE, "who liked the account's posts is not in Instagram's download"
        ),
        Relation.FOLLOWER: Capability(partial, handles),
        Relation.FOLLOWING: Capability(partial, handles),
        Relation.BLOCK: Capability(partial, handles),
        Relation.MUTE: Capability(Extent.NONE, "Instagram's download holds no such list"),
    }


FORMAT = Format(PLATFORM, "Instagram data download", 2, "instagram", _find, _open)
