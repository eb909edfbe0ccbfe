"""Opening a download safely: every container one comes in, whatever a stranger put in it.

A download is one file (zip, tar, packed tar, a packed or a plain single file), an unpacked folder,
or several of these: the parts of one set. Members are read where they lie; only a packed tar and a
packed archive inside an archive are unpacked, under names of this program's own, to a private
folder that is removed with the reader. So a path inside cannot reach outside; it is refused and
named all the same, because a record must not carry such a name. A bomb is refused before it is
unpacked, and no member gives more than its directory entry states.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from archiver.errors import InputError
from archiver.exports.containers import Container, open_container, open_folder
from archiver.exports.limits import Budget, Limits
from archiver.exports.naming import in_order, is_archive, is_litter, missing_parts, shown_name
from archiver.exports.nesting import INSIDE, Gathering, Member, Origin, Refused
from archiver.exports.scratch import Scratch
from archiver.exports.streams import Files, Region

__all__ = [
    "DownloadReader",
    "Limits",
    "Member",
    "Refused",
    "is_litter",
    "open_download",
    "shown_name",
]


class DownloadReader(Protocol):
    """The files of a download. `path` is what was given first, `parts` are the files of the set in
    their order, `names` what each was called when it was downloaded. `broken` says in one line what
    is wrong with the whole (a part that is missing or cut off), or None; `notes` says what is worth
    knowing and no fault; `litter` counts the files an operating system left (`__MACOSX`,
    `.DS_Store`)."""

    path: Path
    parts: Sequence[Path]
    names: Sequence[str]
    members: dict[str, Member]
    refused: list[Refused]
    broken: str | None
    notes: list[str]
    litter: int

    def open(self, name: str) -> BinaryIO:
        """Open a member for reading. The stream may carry `fault`: why it ended early."""

    def part_of(self, name: str) -> int:
        """The index in `parts` of the file a member came from; 0 for what is no member."""

    def relocate(self, copies: Mapping[Path, Path]) -> bool:
        """Read the parts from copies from now on: nothing is listed anew, and a download opened on
        this reader goes on. False, and nothing changed, where that cannot be: a part has no copy or
        is a folder, or something was unpacked, which is not what a copy would be unpacked to."""

    def let_go(self) -> None:
        """Hold no file open until a member is opened again."""

    def close(self) -> None:
        """Let go of its files, remove what was unpacked. Leaving a `with` block does the same."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@dataclass
class _Reader:
    """A download that was opened."""

    path: Path
    parts: Sequence[Path]
    names: Sequence[str]
    scratch: Scratch
    files: Files
    members: dict[str, Member]
    refused: list[Refused] = field(default_factory=list)
    broken: str | None = None
    notes: list[str] = field(default_factory=list)
    litter: int = 0

    def open(self, name: str) -> BinaryIO:
        return self.members[name].open()

    def part_of(self, name: str) -> int:
        member = self.members.get(name)
        return member.part if member else 0

    def relocate(self, copies: Mapping[Path, Path]) -> bool:
        if self.scratch.used or any(part not in copies or part.is_dir() for part in self.parts):
            return False
        self.files.copied(copies)
        self.parts = [copies[part] for part in self.parts]
        return True

    def let_go(self) -> None:
        self.files.close()

    def close(self) -> None:
        self.files.close()
        self.scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Part:
    """One file or folder of the set, and the name it had when it was downloaded."""

    path: Path
    name: str


def open_download(
    *paths: Path,
    scratch: Path | None = None,
    limits: Limits | None = None,
    names: Sequence[str] | None = None,
) -> DownloadReader:
    """Open a download: one file or folder, or the parts of one set in any order. A folder that
    holds nothing but archives is opened as a set of them. `names` are the names the paths had when
    they were downloaded, where they lie under others now: the order of the parts and the name of a
    plain file come from them.

    Members with the same name and bytes in two parts are one. Where the bytes differ both are
    kept: the one of the part that comes first under its name, the other as `<part>!/<name>`, and
    `notes` says so. What lies in an archive inside is named `outer.zip!/path`. `scratch` is the
    folder to unpack to where that cannot be avoided (default: the system's temporary folder).

    Raises InputError, naming what is wrong and what to do, where a path is missing, empty, no
    container of a download, protected by a password, a bomb, or holds nothing readable;
    StorageError where something has to be unpacked and cannot be written.
    """
    if not paths:
        raise InputError("no file was given: name the download")
    named = names or [path.name for path in paths]
    given = [_Part(path, name) for path, name in zip(paths, named, strict=True)]
    gathering = Gathering(Scratch(scratch), Budget(limits or Limits()))
    try:
        return _opened(given, gathering)
    except BaseException:
        gathering.files.close()
        gathering.scratch.close()
        raise


def _opened(given: Sequence[_Part], gathering: Gathering) -> _Reader:
    parts = _in_order(given)
    listed: Container | None = None
    if len(parts) == 1 and parts[0].path.is_dir():
        listed = open_folder(parts[0].path, gathering.budget, gathering.files)
        if inside := _archives_alone(parts[0].path, listed):
            parts, listed = _in_order(inside), None
            gathering.budget.on_disk = gathering.budget.members = 0
    _take_parts(parts, listed, gathering)
    if gathering.repeated:
        gathering.notes.append(
            "files that stand in several parts with the same bytes, each of them read once: "
            f"{gathering.repeated:,}"
        )
    if gathering.clashing:
        gathering.notes.append(
            f"{gathering.clashing:,} files stand in several parts with different content: all are "
            "kept, the later ones below the name of their part"
        )
    if not gathering.members:
        why = next((f"{one.name}: {one.reason}" for one in gathering.refused), "download it again")
        raise InputError(f"{given[0].path} holds nothing that can be read: {why}")
    return _Reader(
        given[0].path,
        [part.path for part in parts],
        [part.name for part in parts],
        gathering.scratch,
        gathering.files,
        gathering.members,
        gathering.refused,
        "; ".join(gathering.broken) or None,
        gathering.notes,
        gathering.litter,
    )


def _take_parts(parts: Sequence[_Part], listed: Container | None, gathering: Gathering) -> None:
    """Take in the parts one after the other; `listed` is the one there is, listed already."""
    taken: set[str] = set()
    gathering.budget.on_disk += sum(_size_of_file(part.path) for part in parts)
    for index, part in enumerate(parts):
        own = part.name
        while own in taken:
            own += "+"
        taken.add(own)
        own_prefix = f"{own}{INSIDE}" if len(parts) > 1 else ""
        origin = Origin(index, str(part.path), "", own_prefix)
        gathering.take(listed or _container(part, gathering), origin)
    gathering.broken += missing_parts(part.name for part in parts)


def _in_order(parts: Sequence[_Part]) -> list[_Part]:
    """The parts in an order that does not depend on the one they were given in, each once."""
    return sorted(dict.fromkeys(parts), key=lambda part: (in_order(part.name), str(part.path)))


def _size_of_file(path: Path) -> int:
    """The bytes of a file, none of a folder. Raises InputError where it is neither."""
    try:
        about = path.stat()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the name") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(about.st_mode):
        return 0
    if not stat.S_ISREG(about.st_mode):
        raise InputError(f"{path} is neither a file nor a folder: give the downloaded file")
    return about.st_size


def _container(part: _Part, gathering: Gathering) -> Container:
    if part.path.is_dir():
        return open_folder(part.path, gathering.budget, gathering.files)
    region = Region(part.path, files=gathering.files)
    return open_container(region, part.name, str(part.path), gathering.scratch, gathering.budget)


def _archives_alone(folder: Path, container: Container) -> list[_Part]:
    """The archives in a folder that holds nothing else, else none. Raises InputError where it
    holds nothing at all."""
    entries = [entry for entry in container.entries if not is_litter(entry.name)]
    if not entries:
        raise InputError(f"{folder} holds no files: give the folder the download was unpacked to")
    if not all(is_archive(entry.name) and entry.refusal is None for entry in entries):
        return []
    return [_Part(folder / entry.name, Path(entry.name).name) for entry in entries]
