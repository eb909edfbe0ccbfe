"""A Facebook download: of a Page or a profile, in JSON or as web pages, of any year since 2018."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from archiver.exports.facebook.files import PRODASH, PROFILE, known_files
from archiver.exports.facebook.profile import read_identity
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, Download, Format
from archiver.exports.guarding import NOT_AS_EXPECTED
from archiver.exports.identity import Identity
from archiver.exports.meta.conversations import Conversations
from archiver.exports.meta.members import (
    ACTIVITY,
    Known,
    Members,
    data_files,
    ending,
    is_viewer,
    members_of,
    roots,
)
from archiver.exports.meta.ownership import named_by_folder
from archiver.exports.meta.statement import Statement, page_clock, statement
from archiver.exports.meta.told import account_of
from archiver.exports.reader import DownloadReader
from archiver.items import Capability, Extent, Kind, Relation

PLATFORM = "facebook"

_ROOT = r"(?P<root>(?:.*?/)??)"
_MARKS = re.compile(
    rf"{_ROOT}(?:(?:{ACTIVITY})/"
    r"|posts/(?:your_posts|profile_posts|page_posts)[^/]*\.(?:json|html)$"
    r"|comments(?:_and_reactions)?/comments(?:_\d+)?\.(?:json|html)$"
    r"|(?:personal_information/)?profile_information/(?:profile|page)_information\.(?:json|html)$"
    r"|connections/followers/(?:people_who_followed_you|who_you)[^/]*\.(?:json|html)$"
    r"|(?:following_and_followers|friends_and_followers)/[^/]+\.(?:json|html)$)"
)
_TALKS = re.compile(rf"{_ROOT}messages/(?:[^/]+/){{1,2}}message(?:_\d+)?\.(?:json|html)$")
_FOREIGN = re.compile(
    r"(?:.*/)?(?:your_instagram_activity|your_threads_activity|threads)/"
    r"|(?:.*/)?connections/followers_and_following/"
    r"|(?:.*/)?personal_information/personal_information/"
    r"|media/(?:posts|stories|reels|profile|other|igtv|archived_posts)/"
)
_INSTAGRAM = re.compile(
    r"(?:.*/)?(?:your_instagram_activity|followers_and_following|content|likes|media)/"
)
_ENCRYPTED = re.compile(r"(?P<root>(?:.*/)?)[^/]+_\d+\.json$")
_PEEK = 64 << 10
_CUTOVER = (
    "conversations that became end-to-end encrypted are in it up to that day only: what was said "
    "since is in the separate download of end-to-end encrypted chats"
)


def _find(reader: DownloadReader) -> Sequence[str]:
    found = roots(reader, _MARKS)
    if not found:
        found = [
            root
            for root in roots(reader, _TALKS)
            if "instagram" not in root.lower()
            and not any(
                _INSTAGRAM.match(name[len(root) :])
                for name in reader.members
                if name.startswith(root)
            )
        ]
    return found or _encrypted(reader)


def _encrypted(reader: DownloadReader) -> list[str]:
    """Where the other kind of download begins, in which Messenger gives encrypted chats."""
    candidates = [name for name in reader.members if _ENCRYPTED.match(name)]
    for name in candidates[:3]:
        with reader.open(name) as stream:
            head = stream.read(_PEEK)
        found = _ENCRYPTED.match(name)
        if found and b'"threadName"' in head and b'"participants"' in head:
            return [found["root"]]
    return []


def _open(reader: DownloadReader, root: str) -> Download:
    members = members_of(reader, root, _FOREIGN)
    if not any(_MARKS.match(name) or _TALKS.match(name) for name in members.names):
        return FilesDownload(reader, _encrypted_contents(members))
    told = statement(reader, members)
    identity, notes = _identity(reader, members, told)
    clock = page_clock(told)
    account = account_of(PLATFORM, identity, members)
    of_page = any("this_profile" in name or "/page_posts" in name for name in members.names)
    known = known_files(account, clock, identity, of_page=of_page)
    files = data_files(members, known)
    if any(file.read and ending(file.member) == "html" for file in files):
        notes.append(clock.said)
    if any("/e2ee_cutover/" in name for name in members.names):
        notes.append(_CUTOVER)
    return FilesDownload(reader, told.contents(members, identity, files, _gives(told), notes))


def _identity(
    reader: DownloadReader, members: Members, told: Statement
) -> tuple[Identity, list[str]]:
    found = Identity()
    for name, plain in members.plain.items():
        stem, kind = plain.rsplit(".", 1)[0], ending(name)
        fits = PROFILE.fullmatch(stem) or PRODASH.fullmatch(stem)
        if fits and kind in ("json", "html") and not found.display_name:
            with reader.open(name) as stream, suppress(*NOT_AS_EXPECTED):
                found = read_identity(stream, page=kind == "html")
    if not found.display_name and told.name:
        found = replace(found, display_name=told.name)
    return named_by_folder(found, members.root)


def _encrypted_contents(members: Members) -> Contents:
    account = account_of(PLATFORM, Identity(), members)
    talks = Conversations(account)
    known = Known(
        re.compile(r".+_\d+"),
        "encrypted messages",
        talks.read_encrypted,
        covers=(Kind.MESSAGE,),
    )
    note = (
        "it holds end-to-end encrypted chats only, and no name of the account: who of the "
        "participants is the account cannot be told from it"
    )
    reason = "of each encrypted chat what the device that made the download could read"
    gives: dict[Kind | Relation, Capability] = {Kind.MESSAGE: Capability(Extent.PARTIAL, reason)}
    return Contents(
        Identity(),
        data_files(members, [known]),
        gives,
        notes=[note],
        media=members.media,
        viewer=is_viewer,
    )


def _gives(told: Statement) -> Mapping[Kind | Relation, Capability]:
    asked = "" if told.since else "; it does not say for which days it was asked"
    own = "only what the account itself posted, of what it has not deleted"
    comments = "only comments the account wrote: what others wrote to its posts is not in it"
    talks = "without messages the account deleted and without end-to-end encrypted chats"
    partial = Extent.PARTIAL
    return {
        Kind.POST: Capability(partial, own + asked),
        Kind.COMMENT: Capability(partial, comments + asked, "the platform's interface"),
        Kind.MESSAGE: Capability(
            partial, talks + asked, "the separate download of end-to-end encrypted chats"
        ),
        Kind.PROFILE: Capability(Extent.FULL),
        Kind.REACTION: Capability(
            Extent.NONE, "who reacted to the account's posts is not in Facebook's download"
        ),
        Relation.FOLLOWER: Capability(partial, "names only: no id leads to the person"),
        Relation.FOLLOWING: Capability(partial, "names only: no id leads to the account"),
        Relation.BLOCK: Capability(partial, "names only: no id leads to the person"),
        Relation.MUTE: Capability(Extent.NONE, "Facebook's download holds no such list"),
    }


FORMAT = Format(PLATFORM, "Facebook data download", 2, "facebook", _find, _open)
