"""The files of one download among all those in a zip, under whatever folders it was packed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from archiver.exports.counting import FileCount, Unit
from archiver.exports.formats import DataFile
from archiver.exports.reader import DownloadReader
from archiver.items import Kind, MediaRef, Relation

Reads = Callable[..., Iterator[Unit]]

ACTIVITY = (
    r"your_facebook_activity|your_activity_across_facebook"
    r"|this_profile(?:'|_|’|')?s_activity_across_facebook"
)
_ACTIVITY = re.compile(
    rf"^(?:personal_information/profile_information/)?"
    rf"(?:{ACTIVITY}|your_instagram_activity|your_threads_activity)/"
)
_DATA = frozenset({"json", "html", "htm", "txt", "css", "js", "xml", "csv", "md"})
_VIEWER = re.compile(
    r"(?:^|/)(?:start_here|index)\.html?$|(?:^|/)no-data\.txt$|(?:^|/)(?:files|style|styles)/"
    r"|\.(?:css|js)$|(?:^|/)readme[^/]*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_UP = re.compile(r"^(?:\.{0,2}/)+")
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def roots(reader: DownloadReader, marks: re.Pattern[str]) -> list[str]:
    """Where downloads begin whose files `marks` knows; its group ``root`` is what stands before.
    What lies within one is part of it, though it looks like a beginning too."""
    matches = filter(None, map(marks.match, reader.members))
    found = dict.fromkeys(match["root"] for match in matches)
    return [
        one for one in found if not any(one != outer and one.startswith(outer) for outer in found)
    ]


def in_order(name: str) -> tuple[str, list[int], str]:
    """How the parts of a divided file follow each other: `_2` before `_10`."""
    return _NUMBER.sub("#", name), [int(one) for one in _NUMBER.findall(name)], name


@dataclass(frozen=True, slots=True)
class Members:
    """The files of a download: `plain` gives each its path below the root, the folder of the
    account's activity left out, for it was called differently from year to year."""

    root: str
    names: frozenset[str]
    plain: Mapping[str, str]
    elsewhere: tuple[str, ...]
    media: frozenset[str] = field(repr=False)

    def ref(self, uri: str, alt_text: str | None = None) -> MediaRef:
        """A media file by the address that a record has of it: a path in the download, or a link
        that led to the platform and has long run out."""
        if _ADDRESS.match(uri):
            plain = uri.split("?", 1)[0]
            return MediaRef(plain, plain.rsplit("/", 1)[-1], None, alt_text, plain, available=False)
        uri = _UP.sub("", unquote(uri) if "%" in uri else uri)
        name = uri.rsplit("/", 1)[-1]
        for member in (self.root + uri, self.root + "your_instagram_activity/" + uri):
            if member in self.names:
                return MediaRef(member, name, None, alt_text)
        return MediaRef(uri, name, None, alt_text, available=False)


def members_of(reader: DownloadReader, root: str, foreign: re.Pattern[str]) -> Members:
    """The files below `root`; those whose path below it `foreign` knows are another platform's."""
    plain: dict[str, str] = {}
    elsewhere: list[str] = []
    for name in sorted(reader.members, key=in_order):
        below = name[len(root) :]
        if not name.startswith(root) or foreign.match(below):
            elsewhere.append(name)
        else:
            plain[name] = _ACTIVITY.sub("", below, count=1)
    media = frozenset(name for name in plain if ending(name) not in _DATA)
    return Members(root, frozenset(plain), plain, tuple(elsewhere), media)


def ending(name: str) -> str:
    """The ending of a file's name, in small letters; empty where it has none."""
    last = name.rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[-1].lower() if "." in last else ""


def is_viewer(name: str) -> bool:
    """Whether a file only shows or explains the others."""
    return _VIEWER.search(name) is not None


@dataclass(frozen=True, slots=True)
class Known:
    """What files of a certain path hold. `path` matches the plain path without its ending; `json`
    and `page` read it (called with stream, count, member and plain path), none: it is kept for
    `reason`. With `together` all of a folder ("messages/inbox/") are counted as one."""

    path: re.Pattern[str]
    holds: str
    json: Reads | None = None
    page: Reads | None = None
    covers: tuple[Kind | Relation, ...] = ()
    relation: Relation | None = None
    reason: str = ""
    together: bool = False


_OF_TALK = re.compile(r"messages/[^/]+/")
"""Below it lie folders that bear the names of people: no file in them is named in a report."""
_TWICE = "the same is read from the JSON file beside it"
_NO_PAGES = "read only where the download was asked for as JSON: it stays in the original"


def data_files(members: Members, known: Iterable[Known], *, each: bool = False) -> list[DataFile]:
    """The data files of a download, each with what reads it or why it is kept. With `each` a file
    is given to everything that reads it, and other platforms' are left out."""
    table = list(known)
    order: dict[int, list[DataFile]] = {}
    stems = {name.rsplit(".", 1)[0] for name in members.plain if ending(name) == "json"}
    for name, plain in members.plain.items():
        kind = ending(name)
        if kind not in ("json", "html", "htm") or is_viewer(name):
            continue
        stem = plain.rsplit(".", 1)[0]
        for place, one in enumerate(table):
            if one.path.fullmatch(stem):
                twice = kind != "json" and name.rsplit(".", 1)[0] in stems
                order.setdefault(place, []).append(_data_file(name, plain, one, kind, twice=twice))
                if not each:
                    break
    files = [file for place in sorted(order) for file in order[place]]
    if each:
        return files
    other = "belongs to another download in the same file: import it for that account"
    files += [
        DataFile(name, "another download", reason=other, counted_as="(another download)")
        for name in members.elsewhere
    ]
    return files


def _data_file(name: str, plain: str, known: Known, kind: str, *, twice: bool) -> DataFile:
    reads = known.json if kind == "json" else known.page
    together = "/".join(plain.split("/")[:2]) + "/" if known.together else ""
    if reads is None or twice:
        reason = known.reason or (_TWICE if twice else _NO_PAGES)
        talk = _OF_TALK.match(plain)
        counted_as = together or (f"{talk[0]} (kept)" if talk else "")
        return DataFile(name, known.holds, reason=reason, counted_as=counted_as)

    def read(stream: object, count: FileCount) -> Iterator[Unit]:
        return reads(stream, count, name, plain)

    covers = known.covers
    return DataFile(name, known.holds, read, covers, known.relation, counted_as=together)
