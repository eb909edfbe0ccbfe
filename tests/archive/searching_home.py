"""A search of a whole home for bytes that should be gone: every file, also inside what is packed.

Each file is looked through as it is, then whatever it may hold packed: gzip members (WARC files),
zip members, zstd frames (with the dictionaries of the database they stand in), content-coded HTTP
bodies, base64. Databases are looked through as raw pages, so that free pages and the log count.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

import zstandard

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
ZIP = b"PK\x03\x04"
DATABASES = (".db", ".db-wal", ".db-shm", ".db-journal")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
DEEP = 4


def spellings(text: str) -> list[bytes]:
    """How a text may stand in bytes: plain, in JSON, percent-encoded, in UTF-16."""
    escaped = json.dumps(text)[1:-1]
    said = {
        text.encode(),
        escaped.encode(),
        escaped.replace("/", "\\/").encode(),
        quote(text, safe="").encode(),
        quote(text, safe="/").encode(),
        text.encode("utf-16-le"),
    }
    return sorted(said)


def search_home(home: Path, words: Iterable[bytes | str]) -> dict[bytes, set[str]]:
    """Where in a home any of these words stands: word -> places (file, and what it was packed in).

    A text is looked for in every spelling; found, it is told under its plain one.
    """
    wanted: dict[bytes, bytes] = {}
    for word in words:
        if isinstance(word, str):
            wanted.update(dict.fromkeys(spellings(word), word.encode()))
        else:
            wanted[word] = word
    found: dict[bytes, set[str]] = {}
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        for spelling, word in wanted.items():
            if spelling in name.encode():
                found.setdefault(word, set()).add(f"the name of {name}")
        if not path.is_file():
            continue
        dictionaries = _dictionaries(path)
        places = (
            *_unpacked(name, path.read_bytes(), dictionaries, DEEP),
            *_objects(path, name, dictionaries),
        )
        for place, data in places:
            for spelling, word in wanted.items():
                if spelling in data:
                    found.setdefault(word, set()).add(place)
    return found


def _dictionaries(path: Path) -> list[bytes]:
    """The compression dictionaries of the database a file belongs to."""
    if not path.name.endswith(DATABASES):
        return []
    database = path.with_name(path.name.partition(".db")[0] + ".db")
    try:
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return []
    try:
        return [row[0] for row in connection.execute("SELECT bytes FROM dictionaries")]
    except sqlite3.Error:
        return []
    finally:
        connection.close()


def _objects(path: Path, name: str, dictionaries: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """The objects as received that a database holds: a large one lies scattered over its pages."""
    if path.suffix != ".db" or not dictionaries:
        return
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        for number, packed in connection.execute("SELECT id, raw FROM versions"):
            for inner, unpacked in _zstd(packed, dictionaries):
                yield f"{name} > version {number} > {inner}", unpacked
    finally:
        connection.close()


def _unpacked(
    place: str, data: bytes, dictionaries: list[bytes], deep: int
) -> Iterator[tuple[str, bytes]]:
    """The data itself, and whatever is packed in it, however deep."""
    yield place, data
    if deep == 0:
        return
    for inner, unpacked in (
        *_gzip(data),
        *_zstd(data, dictionaries),
        *_zip(data),
        *_base64(data),
    ):
        yield from _unpacked(f"{place} > {inner}", unpacked, dictionaries, deep - 1)


def _starts(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _gzip(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every gzip member, wherever it begins; the whole of a cut one that can be read."""
    for at in _starts(data, GZIP):
        unpacker = zlib.decompressobj(31)
        try:
            unpacked = unpacker.decompress(data[at:])
        except zlib.error:
            continue
        if unpacked:
            yield f"gzip at {at}", unpacked


def _zstd(data: bytes, dictionaries: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Every zstd frame, with and without the dictionaries."""
    made = [zstandard.ZstdDecompressor()]
    made += [
        zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(one))
        for one in dictionaries
    ]
    for at in _starts(data, ZSTD):
        for unpacker in made:
            try:
                unpacked = unpacker.decompressobj().decompress(data[at:])
            except zstandard.ZstdError:
                continue
            if unpacked:
                yield f"zstd at {at}", unpacked
                break


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    if not data.startswith(ZIP):
        return
    try:
        with ZipFile(BytesIO(data)) as opened:
            for name in opened.namelist():
                yield f"zip member {name}", name.encode() + b"\n" + opened.read(name)
    except (BadZipFile, NotImplementedError, RuntimeError):
        return


def _base64(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Base64 runs, as one: what stands in JSON columns of a database."""
    decoded = []
    for found in _BASE64.finditer(data):
        run = found.group().rstrip(b"=")
        decoded.append(base64.b64decode(run[: len(run) // 4 * 4]))
    if decoded:
        yield "base64", b"\n".join(decoded)
