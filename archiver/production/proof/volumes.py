"""A volume as it was handed over: a folder, or a zip that is read without being unpacked.

A zip that could write outside its folder, name a file twice, hide a link or a password, or swell
without end is refused before anything of it is read.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import Protocol, cast

from archiver.errors import InputError
from archiver.production.manifest import NAME

MOST_MEMBERS = 200_000
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Volume(Protocol):
    """The files of a volume, by their paths within it."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def beside(self) -> Path:
        """Where its proof is looked for: the path without an ending."""

    def paths(self) -> list[str]:
        """Every file of the volume, in order."""

    def trouble(self, path: str) -> str | None:
        """Why a file cannot be taken for one, or None."""

    def size(self, path: str) -> int:
        """How long a file says it is."""

    def open(self, path: str) -> AbstractContextManager[BufferedIOBase]:
        """A file's bytes. Raises OSError, zipfile.BadZipFile, zlib.error where they are damaged."""


@dataclass(frozen=True, slots=True)
class FolderVolume:
    """A volume that lies in a folder."""

    folder: Path

    @property
    def name(self) -> str:
        """What it is called."""
        return self.folder.name

    @property
    def beside(self) -> Path:
        """Where its proof is looked for: the path without an ending."""
        return self.folder

    def paths(self) -> list[str]:
        """Every file below the folder; links are named and not followed."""
        found = []
        for parent, folders, names in os.walk(self.folder):
            linked = [name for name in folders if (Path(parent) / name).is_symlink()]
            for name in (*names, *linked):
                found.append((Path(parent) / name).relative_to(self.folder).as_posix())
        return sorted(found)

    def trouble(self, path: str) -> str | None:
        """Whether it is no plain file."""
        file = self.folder / path
        return "is no plain file" if file.is_symlink() or not file.is_file() else None

    def size(self, path: str) -> int:
        """Its size on the disk."""
        return (self.folder / path).stat().st_size

    @contextmanager
    def open(self, path: str) -> Iterator[BufferedIOBase]:
        """The file itself."""
        with (self.folder / path).open("rb") as file:
            yield file


class ZipVolume:
    """A volume inside a zip, all of it below `top` ("" or a folder with its slash)."""

    def __init__(self, file: Path, opened: zipfile.ZipFile, top: str, *, alone: bool) -> None:
        self._zip = opened
        self._top = top
        self._members = {
            info.filename[len(top) :]: info
            for info in opened.infolist()
            if info.filename.startswith(top) and not info.is_dir()
        }
        self._name = file.name if alone else f"{file.name}, {top.rstrip('/')}"
        self._beside = file.with_suffix("") if alone else file.with_name(top.rstrip("/"))

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def beside(self) -> Path:
        """Where its proof is looked for: the path without an ending."""
        return self._beside

    def paths(self) -> list[str]:
        """Every file of the volume, in order."""
        return sorted(self._members)

    def trouble(self, path: str) -> str | None:
        """Nothing: what could not be read was refused with the zip."""
        return None

    def size(self, path: str) -> int:
        """The size the zip's directory states."""
        return self._members[path].file_size

    @contextmanager
    def open(self, path: str) -> Iterator[BufferedIOBase]:
        """The bytes, unpacked as they are read."""
        with self._zip.open(self._members[path]) as file:
            yield cast(BufferedIOBase, file)


@contextmanager
def volumes_at(path: Path) -> Iterator[list[Volume]]:
    """The volumes of a packet: a volume's folder, a zip, or a folder with several of both.

    Raises InputError where there is none, or a zip is refused.
    """
    zips: list[zipfile.ZipFile] = []
    try:
        found: list[Volume] = []
        for place in _places(path):
            if place.is_dir():
                found.append(FolderVolume(place))
            else:
                zips.append(_opened(place))
                found += _in_zip(place, zips[-1])
        if not found:
            raise InputError(
                f"{path} holds no {NAME}: give the folder of one volume, its zip, or the folder "
                "with all volumes"
            )
        yield found
    finally:
        for one in zips:
            one.close()


def _places(path: Path) -> list[Path]:
    """The folders and zips that are volumes."""
    if not path.is_dir() or (path / NAME).exists():
        return [path]
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    return [
        each
        for each in inside
        if (each.is_dir() and (each / NAME).is_file())
        or (each.is_file() and each.suffix.lower() == ".zip")
    ]


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        opened = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise InputError(f"{path} is not there: give a volume's folder or zip") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise InputError(f"{path} is damaged, or no zip: ask for it again") from None
    try:
        _refuse_unsafe(path, opened)
    except InputError:
        opened.close()
        raise
    return opened


def _in_zip(path: Path, opened: zipfile.ZipFile) -> list[Volume]:
    """The volumes of a zip: the manifest lies at its top, or in folders there."""
    names = [info.filename for info in opened.infolist()]
    if NAME in names:
        return [ZipVolume(path, opened, "", alone=True)]
    tops = [name[: -len(NAME)] for name in names if name.count("/") == 1 and _is_manifest(name)]
    stray = [name for name in names if not name.startswith(tuple(tops))] if tops else names
    if not tops:
        return []
    if stray:
        raise InputError(f"{path} holds a file that belongs to no volume: {stray[0]!r:.200}")
    return [ZipVolume(path, opened, top, alone=len(tops) == 1) for top in sorted(tops)]


def _is_manifest(name: str) -> bool:
    return name.endswith(f"/{NAME}")


def _refuse_unsafe(path: Path, opened: zipfile.ZipFile) -> None:
    """Raise InputError where a zip is not one that this program, or any honest one, writes."""
    members = opened.infolist()
    if len(members) > MOST_MEMBERS:
        raise InputError(f"{path} names more than {MOST_MEMBERS:,} files: it is refused")
    seen: set[str] = set()
    end = 0
    for info in sorted(members, key=lambda each: each.header_offset):
        name = info.orig_filename
        if why := _unsafe(info):
            raise InputError(f"{path}: {name!r:.200} {why}: the zip is refused")
        if name.casefold() in seen:
            raise InputError(f"{path}: {name!r:.200} is named twice: the zip is refused")
        seen.add(name.casefold())
        if info.header_offset < end:
            raise InputError(f"{path}: {name!r:.200} lies over another file: the zip is refused")
        end = info.header_offset + _LOCAL_HEADER + len(name) + info.compress_size


def _unsafe(info: zipfile.ZipInfo) -> str | None:
    name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
    parts = name.rstrip("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or any(char in name for char in "\0\\:"):
        return "points outside its folder"
    if PurePosixPath(name).is_absolute():
        return "points outside its folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no plain file"
    if info.flag_bits & _ENCRYPTED:
        return "is locked with a password"
    if info.compress_type not in _METHODS:
        return "is packed in a way no packet uses"
    return None
