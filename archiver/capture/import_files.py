"""The files of an import: known by their hash, folders packed, kept as they were given."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from archiver.archive.files import find_original
from archiver.archive.originals import StoredOriginal, store_original
from archiver.archive.store import Archive
from archiver.archive.writing import Run
from archiver.capture.import_packing import pack
from archiver.config import Home
from archiver.errors import InputError, StorageError
from archiver.exports.reader import open_download
from archiver.items import Access
from archiver.register.accounts import Account

HASH_STEP = 1 << 20
Stamp = tuple[int, int, int, int]
"""What tells a file that was written to from the same untouched: its place on the disk, its size
and when its bytes and its entry changed last."""


def scratch_in(home: Home) -> Path:
    """Where what has to be unpacked is unpacked: in the home, which has room for it."""
    return home.path / ".unpacked"


def stamps_of(paths: Sequence[Path]) -> list[Stamp]:
    """The stamps of files as they are now; those of what is missing are zeros."""
    return [_stamp(path) for path in paths]


def _stamp(path: Path) -> Stamp:
    try:
        about = path.stat()
    except OSError:
        return (0, 0, 0, 0)
    return (about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def digest_of_set(digests: Sequence[str]) -> str:
    """What a set of files is known by; the digests are sorted, each once."""
    if len(digests) == 1:
        return digests[0]
    return sha256("\n".join(digests).encode()).hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex. Raises InputError where it cannot be read."""
    digest = sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(HASH_STEP):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()


def could_be_known(archive: Archive, paths: Sequence[Path]) -> bool:
    """Whether the archive may keep one of these files already, or one of them stands there twice,
    as their sizes tell: where not, none has to be hashed before it is kept, which hashes it.

    Raises InputError where one cannot be read.
    """
    try:
        sizes = [path.stat().st_size for path in paths]
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}") from None
    if len(set(sizes)) < len(sizes):
        return True
    marks = ", ".join("?" * len(sizes))
    found = archive.public.execute(
        f"SELECT 1 FROM originals WHERE size IN ({marks}) LIMIT 1", sizes
    ).fetchone()
    return found is not None


def each_once(files: Sequence[tuple[Path, str]]) -> tuple[list[tuple[Path, str]], list[str]]:
    """The files without those of which the very same bytes stand before, and the digests of all,
    sorted. Raises InputError where one cannot be read."""
    found: dict[str, tuple[Path, str]] = {}
    for path, name in files:
        found.setdefault(digest_of(path), (path, name))
    return list(found.values()), sorted(found)


def keep(
    archive: Archive, run: Run, files: Sequence[tuple[Path, str]]
) -> tuple[list[StoredOriginal], list[Path]]:
    """Keep the files as they were given; what they are in the archive, and where they lie."""
    originals, kept = [], []
    for path, name in files:
        original = store_original(archive, run, path, access=Access.PRIVATE, name=name)
        ending = "".join(Path(name).suffixes[-1:]).lower()
        place = find_original(archive.home, Access.PRIVATE, original.sha256, ending)
        originals.append(original)
        kept.append(place or path)
    return originals, kept


@contextmanager
def as_files(
    archive: Archive, account: Account, paths: Sequence[Path]
) -> Iterator[list[tuple[Path, str]]]:
    """The files with their names, each folder as one zip for as long as it is needed; what a
    killed import left is cleared."""
    folder = archive.home.path / f".import-{account.id}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error.strerror}") from None
    try:
        yield [_as_file(path, folder / f"{place}.zip") for place, path in enumerate(paths)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_file(path: Path, packed: Path) -> tuple[Path, str]:
    if not path.is_dir():
        return path, path.name
    with open_download(path) as reader:
        pack(reader, packed)
    return packed, f"{path.name or 'download'}.zip"
