"""A volume's manifest as whoever checks it reads it: what is not needed is passed over."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import PurePosixPath

import msgspec

from archiver.decoding import decoder
from archiver.errors import InputError
from archiver.production.manifest import FORMAT, NAME
from archiver.production.proof.volumes import Volume

LONGEST_MANIFEST = 512 * 1024 * 1024


class ListedFile(msgspec.Struct, frozen=True):
    """A file with its size and SHA-256 (hex)."""

    path: str
    size: int
    sha256: str


class ListedBar(msgspec.Struct, frozen=True):
    """The place a bar lies on."""

    field: str


class ListedRecord(msgspec.Struct, frozen=True):
    """A produced record: its number, its first page, its bars."""

    number: int
    first_page: str
    redactions: tuple[ListedBar, ...] = ()


class ListedSheet(msgspec.Struct, frozen=True):
    """The sheet of a withheld record."""

    sheet: int


class Listing(msgspec.Struct, frozen=True):
    """A manifest."""

    format: str
    files: tuple[ListedFile, ...]
    released: tuple[ListedRecord, ...] = ()
    withheld: tuple[ListedSheet, ...] = ()


_read_listing = decoder(Listing)


def read_listing(volume: Volume) -> tuple[str, Listing]:
    """The manifest's SHA-256 and what it lists. Raises InputError where it cannot be used."""
    place = f"{volume.name}/{NAME}"
    try:
        with volume.open(NAME) as file:
            data = file.read(LONGEST_MANIFEST)
        listing = _read_listing(data)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"{volume.beside} holds no {NAME}: give the folder of one volume"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {place}: {error.strerror}") from None
    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, RecursionError):
        raise InputError(f"{place} is damaged: nothing can be checked with it") from None
    if listing.format != FORMAT:
        raise InputError(f"{place} is of another kind: {listing.format!r:.60}")
    for one in listing.files:
        path = PurePosixPath(one.path)
        if path.is_absolute() or ".." in path.parts or "\0" in one.path:
            raise InputError(f"{place} names a file outside its folder")
    return hashlib.sha256(data).hexdigest(), listing
