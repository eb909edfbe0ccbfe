"""Opening a download safely: a zip or the unpacked folder, whatever a stranger put in it.

Nothing is ever written to disk from here, so a path inside a zip cannot reach outside; it is
refused and named all the same, because a record must not carry such a name. A bomb is refused
before the first byte is unpacked, and no member gives more than its directory entry states.
"""

from __future__ import annotations

import itertools
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from archiver.errors import InputError
from archiver.exports.zipfiles import (
    DEFLATED,
    STORED,
    MemberStream,
    ZipMember,
    listed,
    salvaged,
)

GIB = 1024**3
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a download may hold. X hands out parts of at most 50 GiB (manifest.js,
    `maxPartSizeBytes`), most of it media that hardly packs; real data files pack up to about
    thirty to one.
    """

    members: int = 2_000_000
    total_bytes: int = 1024 * GIB
    ratio: int = 200
    ratio_from_bytes: int = 64 * 1024**2
    total_ratio: int = 100
    total_ratio_from_bytes: int = 4 * GIB


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a download. `name` uses forward slashes; `size` in bytes, None where unknown."""

    name: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that is not read, and why, in words for the report."""

    name: str
    reason: str


class DownloadReader(Protocol):
    """The files of a download. `broken` says in one line what is wrong with the whole, or None;
    `litter` counts the files an operating system left (`__MACOSX`, `.DS_Store`)."""

    path: Path
    members: dict[str, Member]
    refused: list[Refused]
    broken: str | None
    litter: int
    notes: list[str]

    @property
    def parts(self) -> list[Path]:
        """The files of the set."""

    def part_of(self, name: str) -> int:
        """Which of the parts a member came from."""

    def __enter__(self) -> DownloadReader: ...

    def __exit__(self, *_: object) -> None: ...

    def open(self, name: str) -> BinaryIO:
        """Open a member for reading. The stream may carry `fault`: why it ended early."""


@dataclass
class FolderReader:
    """An unpacked download."""

    path: Path
    members: dict[str, Member] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    broken: str | None = None
    litter: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[Path]:
        return [self.path]

    def part_of(self, name: str) -> int:
        return 0

    def __enter__(self) -> FolderReader:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def open(self, name: str) -> BinaryIO:
        return (self.path / self.members[name].name).open("rb")


@dataclass
class ZipReader:
    """A zipped download."""

    path: Path
    members: dict[str, Member] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    broken: str | None = None
    litter: int = 0
    packed: dict[str, ZipMember] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[Path]:
        return [self.path]

    def part_of(self, name: str) -> int:
        return 0

    def __enter__(self) -> ZipReader:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def open(self, name: str) -> BinaryIO:
        return MemberStream(self.path, self.packed[name])  # type: ignore[return-value]


def open_download(*paths: Path, limits: Limits | None = None) -> DownloadReader:
    """Open a zip or an unpacked folder.

    Raises InputError, naming what is wrong and what to do, where the path is missing, empty, no
    zip, protected by a password, a bomb, or holds nothing readable.
    """
    limits = limits or Limits()
    path, *more = paths
    if more:
        raise InputError("give one file at a time")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the name") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(mode):
        return _open_folder(path, limits)
    if not stat.S_ISREG(mode):
        raise InputError(f"{path} is neither a file nor a folder: give the downloaded zip")
    return _open_zip(path, limits)


def _open_folder(path: Path, limits: Limits) -> FolderReader:
    reader = FolderReader(path)
    try:
        _list_folder(reader, limits)
    except OSError as error:
        raise InputError(f"{error.filename or path} cannot be read: {error.strerror}") from None
    if not reader.members:
        raise InputError(f"{path} holds no files: give the folder the download was unpacked to")
    return reader


def _list_folder(reader: FolderReader, limits: Limits) -> None:
    def raise_it(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(reader.path, onerror=raise_it):
        folders.sort()
        for name in [*folders]:
            where = Path(folder, name)
            if where.is_symlink():
                folders.remove(name)
                reader.refused.append(Refused(_inside(reader, where), "it is a symbolic link"))
        for name in sorted(files):
            where = Path(folder, name)
            inside = _inside(reader, where)
            if is_litter(inside):
                reader.litter += 1
            elif any(map(_is_control, inside)):
                reader.refused.append(
                    Refused(shown_name(inside), "its name holds control characters")
                )
            elif not stat.S_ISREG(where.lstat().st_mode):
                reader.refused.append(Refused(inside, "it is a symbolic link or no regular file"))
            else:
                reader.members[inside] = Member(inside, where.stat().st_size)
        if len(reader.members) > limits.members:
            raise InputError(
                f"{reader.path} holds more than {limits.members:,} files: this is no X download"
            )


def _inside(reader: FolderReader, where: Path) -> str:
    return where.relative_to(reader.path).as_posix()


def _open_zip(path: Path, limits: Limits) -> ZipReader:
    reader = ZipReader(path)
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    _check_kind(path, head)
    try:
        found: Iterable[ZipMember] = listed(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
        if not head.startswith(b"PK\x03\x04"):
            raise InputError(
                f"{path} is damaged and nothing in it can be read: download it again"
            ) from None
        found = list(salvaged(path))
        reader.broken = (
            "the zip is cut off or damaged at its end: only what stands before was read; "
            "download it again"
        )
    _check_bomb(path, found, limits, overlap=reader.broken is None)
    for member in found:
        _admit(reader, member)
    if not reader.members:
        raise InputError(f"{path} holds nothing that can be read: download it again")
    return reader


def _check_kind(path: Path, head: bytes) -> None:
    if not head:
        raise InputError(f"{path} is empty (0 bytes): download it again")
    others = {
        b"7z\xbc\xaf": "a 7z archive",
        b"Rar!": "a RAR archive",
        b"\x1f\x8b": "a gzip archive",
        b"%PDF": "a PDF",
        b"<!DO": "a web page",
        b"<htm": "a web page",
    }
    for mark, what in others.items():
        if head.startswith(mark):
            raise InputError(
                f"{path} is {what}, not a zip: give the zip as downloaded, or its unpacked folder"
            )
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00")):
        raise InputError(f"{path} is not a zip: give the zip as downloaded, or its unpacked folder")


def _check_bomb(path: Path, found: Iterable[ZipMember], limits: Limits, *, overlap: bool) -> None:
    total = packed = count = 0
    for member in found:
        count += 1
        size, small = member.size or 0, member.packed or 0
        total += size
        packed += small
        if size > limits.ratio_from_bytes and size > limits.ratio * max(small, 1):
            raise InputError(
                f"{path} looks like a zip bomb: {shown_name(member.name)} would grow to "
                f"{size:,} bytes from {small:,}; nothing was read"
            )
    if count > limits.members:
        raise InputError(f"{path} lists {count:,} files: this is no X download; nothing was read")
    too_dense = total > limits.total_ratio_from_bytes and total > limits.total_ratio * packed
    if total > limits.total_bytes or too_dense:
        raise InputError(
            f"{path} looks like a zip bomb: it would grow to {total:,} bytes; nothing was read"
        )
    if overlap:
        _check_overlap(path, found)


def _check_overlap(path: Path, found: Iterable[ZipMember]) -> None:
    ordered = sorted((member.offset, member.packed or 0) for member in found)
    for (offset, length), (following, _) in itertools.pairwise(ordered):
        if offset + length > following:
            raise InputError(f"{path} looks like a zip bomb: members overlap; nothing was read")


def _admit(reader: ZipReader, member: ZipMember) -> None:
    name = member.name.split("\x00")[0].replace("\\", "/")
    if member.folder:
        return
    if is_litter(name):
        reader.litter += 1
        return
    reason = _why_not(name, member)
    if member.encrypted:
        raise InputError(
            f"{reader.path} is protected by a password: unpack it and import the folder"
        )
    if reason:
        reader.refused.append(Refused(shown_name(name), reason))
        return
    if name in reader.members:
        reader.refused.append(
            Refused(shown_name(name), "the zip lists this name twice: the last one counts")
        )
    reader.members[name] = Member(name, member.size)
    reader.packed[name] = member


def _why_not(name: str, member: ZipMember) -> str | None:
    parts = name.split("/")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return "its path is absolute"
    if ".." in parts:
        return "its path leads outside the download"
    if not name or any(map(_is_control, name)):
        return "its name holds control characters or is empty"
    if member.symlink:
        return "it is a symbolic link"
    if member.method not in (STORED, DEFLATED):
        return "it is packed in a way that cannot be read: unpack the zip and import the folder"
    return None


def _is_control(character: str) -> bool:
    """Whether a character of a name would break or turn the line it is shown in, or stands for a
    byte that is no text at all."""
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING


def is_litter(name: str) -> bool:
    """Whether an operating system, not the platform, left this file."""
    last = name.rsplit("/", 1)[-1]
    return (
        name.startswith("__MACOSX/")
        or "/__MACOSX/" in name
        or last.startswith("._")
        or last in {".DS_Store", "Thumbs.db", "desktop.ini", ".localized"}
    )


def shown_name(name: str) -> str:
    """A member name fit for a report: at most 120 characters, control and format characters (a
    right-to-left override among them) shown as question marks."""
    clean = "".join(
        "?" if unicodedata.category(character)[0] == "C" else character for character in name
    )
    return clean if len(clean) <= 120 else clean[:119] + "…"
