"""What a file is (by its first bytes, its name only where those say nothing) and what it holds."""

from __future__ import annotations

import itertools
import os
import stat
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from archiver.errors import InputError
from archiver.exports import tarfiles, zipfiles
from archiver.exports.limits import Budget
from archiver.exports.scratch import Scratch
from archiver.exports.streams import BZIP2, GZIP, PIECE, XZ, Files, Packed, Place, Region

PACKED_NOTE = "archiver, packed from what was incomplete:\n"
"""How the comment of a zip begins that this program packed from an incomplete download."""

_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00")
_PACKINGS = {b"\x1f\x8b": GZIP, b"BZh": BZIP2, b"\xfd7zXZ\x00": XZ}
_PACKED_ENDINGS = (".gz", ".bz2", ".xz")
_TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz")
_WORKBOOK = "xlsx"
"""A zip to a machine, one file to whoever gives it."""
_PLAIN = {
    *("car", "csv", "eml", "htm", "html", "js", "json", "jsonl", "mbox", "md", "ndjson", "xls"),
    *("pdf", "srt", "toml", "tsv", "txt", "vtt", "xml"),
}
_UNPACK = "which cannot be read here: unpack it and give the folder"
_STRANGERS = {
    b"7z\xbc\xaf": f"a 7z archive, {_UNPACK}",
    b"Rar!": f"a RAR archive, {_UNPACK}",
    b"%PDF": "a PDF, not what its name says: give the file as downloaded",
    b"<!DO": "a web page, not the download: sign in and download it again",
    b"<htm": "a web page, not the download: sign in and download it again",
}


class Entry(msgspec.Struct, frozen=True):
    """A file in a container, by the name it has there. `refusal` says why it is not read."""

    name: str
    place: Place
    size: int | None
    refusal: str | None = None


@dataclass(slots=True)
class Container:
    """What a container holds; `broken` says in one line each what is wrong with the whole."""

    entries: list[Entry] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def open_container(
    region: Region, name: str, shown: str, scratch: Scratch, budget: Budget
) -> Container:
    """List the file at `region`: a zip, a tar, a packed file, or one plain file.

    `name` is the file's own name, `shown` what an error calls it. Raises InputError where it is
    none of these, protected, or damaged beyond reading; BombError (an InputError) where it would
    grow beyond `budget`.
    """
    try:
        with region.seekable() as file:
            head = file.read(tarfiles.BLOCK)
        size = region.size()
        return _listed(region, head, size, name, shown, scratch, budget)
    except OSError as error:
        raise InputError(f"{shown} cannot be read: {error.strerror or error}") from None


def _listed(
    region: Region, head: bytes, size: int, name: str, shown: str, scratch: Scratch, budget: Budget
) -> Container:
    last = name.rsplit("/", 1)[-1]
    ending = last.rpartition(".")[2].lower()
    if not head:
        raise InputError(f"{shown} is empty (0 bytes): download it again")
    if head.startswith(_ZIP_MARKS) and ending != _WORKBOOK:
        return _zip(region, shown, budget)
    for mark, packing in _PACKINGS.items():
        if head.startswith(mark):
            return _packed(region, packing, size, last, shown, scratch, budget)
    if tarfiles.is_tar(head) or ending == "tar":
        return _tar(region, size, shown, budget)
    if ending in _PLAIN or ending == _WORKBOOK:
        budget.take(shown, 1, 0)
        return Container([Entry(last, region.part(0, size), size)])
    for mark, what in _STRANGERS.items():
        if head.startswith(mark):
            raise InputError(f"{shown} is {what}")
    with region.seekable() as file:
        if zipfile.is_zipfile(file):
            return _zip(region, shown, budget)
    raise InputError(
        f"{shown} is not a zip and no other file a download comes in: give the file as "
        "downloaded, or the folder it was unpacked to"
    )


def _zip(region: Region, shown: str, budget: Budget) -> Container:
    limits = budget.limits
    container = Container()
    try:
        found, comment = zipfiles.listed(region)
        zipfiles.check_overlap(shown, found)
        if comment.startswith(PACKED_NOTE):
            container.broken += comment.removeprefix(PACKED_NOTE).splitlines()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, struct.error):
        found = list(itertools.islice(zipfiles.salvaged(region, limits), limits.members + 1))
        container.broken.append(
            "the zip is cut off or damaged at its end: only what stands before was read; "
            "download it again"
        )
    if not found and container.broken:
        raise InputError(f"{shown} is damaged and nothing in it can be read: download it again")
    if any(member.encrypted for member in found):
        raise InputError(f"{shown} is protected by a password: unpack it and give the folder")
    zipfiles.check_ratios(shown, found, limits)
    budget.take(shown, len(found), sum(member.size or 0 for member in found))
    container.entries += [
        Entry(member.name, zipfiles.ZipPlace(region, member), member.size, _why_not(member))
        for member in found
        if not member.folder
    ]
    return container


def _why_not(member: zipfiles.ZipMember) -> str | None:
    if member.symlink:
        return "it is a symbolic link"
    if member.method not in (zipfiles.STORED, zipfiles.DEFLATED):
        return "it is packed in a way that cannot be read: unpack the zip and give the folder"
    return None


def _tar(region: Region, size: int, shown: str, budget: Budget) -> Container:
    listing = tarfiles.listed(region, budget.limits.members)
    container = Container(broken=[listing.broken] if listing.broken else [])
    if not listing.members and container.broken:
        raise InputError(f"{shown} is damaged and nothing in it can be read: download it again")
    for member in listing.members:
        if not member.folder:
            stated = member.data.length or 0
            left = max(0, region.start + size - member.data.start)
            entry = Entry(member.name, member.data, min(stated, left), member.refusal)
            container.entries.append(entry)
    budget.take(shown, len(listing.members), sum(one.size or 0 for one in container.entries))
    return container


def _packed(
    region: Region,
    packing: str,
    size: int,
    name: str,
    shown: str,
    scratch: Scratch,
    budget: Budget,
) -> Container:
    """A packed tar is unpacked once, so that its members can be read in any order; a single packed
    file is read where it lies."""
    lower = name.lower()
    with Packed(region, packing, PIECE).open() as stream:
        head = stream.read(tarfiles.BLOCK)
        if not head and getattr(stream, "fault", None):
            raise InputError(f"{shown} is damaged and nothing in it can be read: download it again")
    if not tarfiles.is_tar(head) and not lower.endswith(_TAR_ENDINGS):
        budget.take(shown, 1, 0)
        ending = next((one for one in _PACKED_ENDINGS if lower.endswith(one)), "")
        inner = name[: len(name) - len(ending)] or name
        return Container([Entry(inner, Packed(region, packing, budget.room(size)), None)])
    room = budget.room(size)
    with Packed(region, packing, room + PIECE).open() as stream:
        tar = Region(scratch.unpack(stream, room, shown), files=region.files)
        fault = getattr(stream, "fault", None)
    container = _tar(tar, tar.size(), shown, budget)
    if fault:
        container.broken.append(f"the packed tar is damaged: {fault}; download it again")
    return container


def open_folder(path: Path, budget: Budget, files: Files) -> Container:
    """List an unpacked download, whose files `files` reads. Links are not followed. Raises
    InputError where a folder cannot be read or holds more than a download does."""
    container = Container()
    try:
        for folder, folders, names in os.walk(path, onerror=_raise):
            folders.sort()
            for name in [*folders]:
                where = Path(folder, name)
                if where.is_symlink():
                    folders.remove(name)
                    container.entries.append(_file(path, where, files))
            container.entries += [_file(path, Path(folder, name), files) for name in sorted(names)]
            if len(container.entries) > budget.limits.members:
                break
    except OSError as error:
        raise InputError(f"{error.filename or path} cannot be read: {error.strerror}") from None
    budget.on_disk += sum(entry.size or 0 for entry in container.entries)
    budget.take(str(path), len(container.entries), 0)
    return container


def _raise(error: OSError) -> None:
    raise error


def _file(root: Path, where: Path, files: Files) -> Entry:
    about = where.lstat()
    regular = stat.S_ISREG(about.st_mode)
    refusal = None if regular else "it is a symbolic link or no regular file"
    inside = where.relative_to(root).as_posix()
    return Entry(inside, Region(where, files=files), about.st_size if regular else 0, refusal)
