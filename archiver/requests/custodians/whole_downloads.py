"""A platform's whole download among the files of an official. It holds far more than the city's
business, so it is not taken: its owner picks what concerns the city with `archiver select` (City of
San José v. Superior Court (2017) 2 Cal.5th 608)."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from archiver.errors import InputError, RuleError
from archiver.exports.formats import Format
from archiver.exports.known import FORMATS
from archiver.exports.reader import DownloadReader, open_download
from archiver.selecting.selection import is_selection

ENCLOSED = (
    "{name}, which came with an e-mail, is a whole download ({what}): only what its owner picks "
    "out of it is the city's; ask for the file that `archiver select` makes, and the city attorney "
    "what becomes of this one"
)
MANY_FILES = 100
"""A folder of fewer files that do not say whose they are may be a conversation somebody saved."""
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_ZIP_NAME = "given.zip"
_TAR, _TAR_AT = b"ustar", 257
_REPOSITORY, _REPOSITORY_WITHIN = b"eroots", 32


def check_no_download(path: Path, name: str) -> None:
    """Raises RuleError where a file, `name` by its sender, is a platform's download."""
    _refuse(name, download_at(path, name))


def check_content(content: bytes, name: str) -> None:
    """The same of a file that is held in memory."""
    _refuse(name, download_in(content, name))


def _refuse(name: str, what: str) -> None:
    if what:
        raise RuleError(
            f"the file {name} is a whole download ({what}): of an official's own account nothing "
            "is taken but what they pick; they open it with `archiver select` and hand in the file "
            "it makes"
        )


def download_in(content: bytes, name: str) -> str:
    """`download_at` of a file that is held in memory."""
    if not _could_be(content[:512]) and not zipfile.is_zipfile(io.BytesIO(content)):
        return ""
    with tempfile.NamedTemporaryFile() as held:
        held.write(content)
        held.flush()
        return download_at(Path(held.name), name)


def download_at(path: Path, name: str) -> str:
    """What download of a platform a file is; empty where it is none, or what `archiver select`
    made. One that does not say whose it is has to hold many files to count as one."""
    with path.open("rb") as stream:
        plain = _could_be(stream.read(512))
    if not plain and not zipfile.is_zipfile(path):
        return ""
    try:
        # a zip with something before it is read as one only where its name does not say otherwise
        with open_download(path, names=[name if plain else _ZIP_NAME]) as reader:
            if is_selection(reader):
                return ""
            return next((one.name for one in FORMATS if _is_whole(reader, one)), "")
    except InputError:
        return ""


def _could_be(head: bytes) -> bool:
    """Whether a file that begins so is an archive, or a repository of Bluesky's."""
    return (
        head.startswith(_PACKED)
        or head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR
        or _REPOSITORY in head[:_REPOSITORY_WITHIN]
    )


def _is_whole(reader: DownloadReader, format: Format) -> bool:
    if not format.platform:
        return False
    try:
        roots = format.find(reader)
        told = any(format.open(reader, root).identity.said for root in roots)
    except InputError:
        return False
    return told or (bool(roots) and len(reader.members) > MANY_FILES)
