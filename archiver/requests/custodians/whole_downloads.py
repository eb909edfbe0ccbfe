"""A platform's whole download among the files of an official. It holds far more than the city's
business, so it is not taken: its owner picks what concerns the city with `archiver select` (City of
San José v. Superior Court (2017) 2 Cal.5th 608)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from archiver.errors import InputError, RuleError
from archiver.exports.known import FORMATS
from archiver.exports.reader import open_download
from archiver.selecting.selection import is_selection

_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_TAR, _TAR_AT = b"ustar", 257


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is an archive that could hold a download."""
    return head.startswith(_PACKED) or head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


def check_no_download(path: Path, name: str) -> None:
    """Raises RuleError where a file, `name` by its sender, is a platform's download."""
    with path.open("rb") as stream:
        if not is_packed(stream.read(512)):
            return
    try:
        with open_download(path) as reader:
            if is_selection(reader):
                return
            known = next((one.name for one in FORMATS if one.platform and one.find(reader)), None)
    except InputError:
        return
    if known is not None:
        raise RuleError(
            f"{name} is a whole download ({known}): of an official's own account nothing is taken "
            "but what they pick; they open it with `archiver select` and hand in the file that "
            "makes"
        )


def check_content(content: bytes, name: str) -> None:
    """The same of a file that is held in memory."""
    if is_packed(content[:512]):
        with tempfile.NamedTemporaryFile() as held:
            held.write(content)
            held.flush()
            check_no_download(Path(held.name), name)
