"""The names of a download's members: which are fit to be carried by a record, which an operating
system left, and which say that a file is one part of a set."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LITTER = {
    ".DS_Store",
    ".localized",
    "Thumbs.db",
    "desktop.ini",
    "Desktop.ini",
    "Icon\r",
}
_LITTER_FOLDERS = {
    "__MACOSX",
    ".Trashes",
    ".Spotlight-V100",
    ".fseventsd",
    "$RECYCLE.BIN",
    "System Volume Information",
}
_ARCHIVE = re.compile(
    r"\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz|7z|rar)$",
    re.IGNORECASE,
)
_PARTS = (
    re.compile(r"^(?P<set>takeout-.*)-(?P<number>\d{3})$", re.IGNORECASE),
    re.compile(r"^(?P<set>.*?)\(?(?P<number>\d+)[-_ ]of[-_ ](?P<all>\d+)\)?$", re.IGNORECASE),
    re.compile(r"^(?P<set>.*?)(?:^|[-_. ])part[-_ ]?(?P<number>\d+)$", re.IGNORECASE),
)
_COPY = re.compile(r" ?\(\d+\)$")
_MOST_PARTS = 10_000


def clean_name(name: str) -> str:
    """A member's name as the archive of records carries it: forward slashes, composed letters
    (macOS decomposes them), nothing after a zero byte, no leading `./`."""
    name = name.split("\x00")[0].replace("\\", "/")
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def why_not(name: str) -> str | None:
    """Why a member of this name is not read, or None."""
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return "its path is absolute"
    if ".." in name and ".." in name.split("/"):
        return "its path leads outside the download"
    if not name or (not name.isprintable() and any(map(_is_control, name))):
        return "its name holds control characters or is empty"
    return None


def _is_control(character: str) -> bool:
    """Whether a character of a name would break or turn the line it is shown in, or stands for a
    byte that is no text at all."""
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING


def is_litter(name: str) -> bool:
    """Whether an operating system or an office program, not the platform, left this file."""
    folder, _, last = name.rpartition("/")
    return (
        last.startswith(("._", "~$"))
        or last in _LITTER
        or last in _LITTER_FOLDERS
        or _is_littered(folder)
    )


@lru_cache(maxsize=1024)
def _is_littered(folder: str) -> bool:
    return not _LITTER_FOLDERS.isdisjoint(folder.split("/"))


def is_archive(name: str) -> bool:
    """Whether the ending of a name is one of an archive or of a packed file."""
    return _ARCHIVE.search(name) is not None


def shown_name(name: str) -> str:
    """A member name fit for a report: at most 120 characters, control and format characters (a
    right-to-left override among them) shown as question marks."""
    clean = "".join(
        "?" if unicodedata.category(character)[0] == "C" else character for character in name
    )
    return clean if len(clean) <= 120 else clean[:119] + "…"


@dataclass(frozen=True, slots=True)
class Numbered:
    """What the name of a part says: which set it belongs to, its number there, and how many
    there are in all, where that stands in the name."""

    set: str
    number: int
    all: int | None = None


def numbered(name: str) -> Numbered | None:
    """What a file's name says of the set it is a part of, or None. Known are the names of Google
    Takeout (`takeout-20240101T000000Z-001.zip`), Meta and X (`…-part-2.zip`) and `… 1 of 3.zip`.
    """
    stem = _stem(name)
    for pattern in _PARTS:
        if found := pattern.match(stem):
            of = found.groupdict().get("all")
            own = found["set"].rstrip("-_. ")
            return Numbered(own, int(found["number"]), int(of) if of else None)
    return None


def missing_parts(names: Iterable[str]) -> list[str]:
    """For each set the names belong to, one sentence on the parts that are not there."""
    sets: dict[str, set[int]] = {}
    announced: dict[str, int] = {}
    shown: dict[str, str] = {}
    for name in sorted(names, key=in_order):
        if (part := numbered(name)) and part.number <= _MOST_PARTS:
            sets.setdefault(part.set, set()).add(part.number)
            announced[part.set] = max(announced.get(part.set, 0), part.all or 0)
            shown.setdefault(part.set, name)
    told = []
    for key, numbers in sets.items():
        last = min(max(*numbers, announced[key]) if announced[key] else max(numbers), _MOST_PARTS)
        lost = [number for number in range(1, last + 1) if number not in numbers]
        if lost:
            which = ", ".join(map(str, lost[:20])) + (" …" if len(lost) > 20 else "")
            told.append(
                f"part {which} of the set of {shown_name(shown[key])} is missing: "
                "give all parts at once"
            )
    return told


def in_order(name: str) -> tuple[str | int, ...]:
    """A key that sorts parts as they are counted (2 before 10), whatever order they came in."""
    pieces = re.split(r"(\d+)", name.casefold())
    return tuple(
        int(piece) if at % 2 and len(piece) < 100 else piece for at, piece in enumerate(pieces)
    )


def _stem(name: str) -> str:
    stem = name.rsplit("/", 1)[-1]
    while found := _ARCHIVE.search(stem):
        stem = stem[: found.start()]
    return _COPY.sub("", stem)
