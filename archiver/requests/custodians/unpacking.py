"""What was handed in, file by file: a mailbox gives its messages, the rest is read as one.

Files too large to be read are kept whole, and so is a message in a mailbox that nothing could read.
Memory holds one message at a time, however long the mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from archiver.archive.media import sniff
from archiver.errors import InputError
from archiver.items import Author
from archiver.requests.custodians.reading import Handed, Part, large_file, read_file
from archiver.requests.custodians.selection import is_selection, selected
from archiver.requests.receiving.attaching import LARGEST, file_name

MOST_MESSAGES = 100_000
"""Messages read out of one mailbox; the file keeps all of them."""
_SEPARATOR = re.compile(rb"From [^\r\n]{0,200}\d{4}[ \t]*\r?\n")
_QUOTED_FROM = re.compile(rb">+From ")
_LONGEST_LINE = 1024 * 1024
_LOOKED_AT = 256 * 1024


@dataclass(frozen=True, slots=True)
class HandedPath:
    """A file as it was handed in, where it lies. `number` names it for good (see `Handed`);
    `sender` is who wrote what names no author itself, as the official says (None: nobody said)."""

    number: int
    path: Path
    name: str
    custodian: Author
    sender: Author | None = None


def read_parts(handed: HandedPath) -> Iterator[Part]:
    """The records in a file, one after the other; there is always one at least.

    Raises InputError where it is empty or cannot be read.
    """
    try:
        size = handed.path.stat().st_size
        if _is_mailbox(handed) and any(True for _ in messages_in(handed.path)):
            yield from _messages(handed)
        elif is_selection(handed.path):
            yield from selected(handed.path, handed.number)
        elif size > LARGEST:
            yield large_file(_one(handed, b""), handed.path, _head(handed.path))
        else:
            yield from read_file(_one(handed, handed.path.read_bytes()))
    except OSError as error:
        raise InputError(f"{handed.name} cannot be read: {error.strerror}") from None


def _one(handed: HandedPath, content: bytes, name: str = "") -> Handed:
    return Handed(
        handed.number, content, name or handed.name, handed.custodian, sender=handed.sender
    )


def _head(path: Path) -> str:
    with path.open("rb") as stream:
        return sniff(stream.read(64))


def _is_mailbox(handed: HandedPath) -> bool:
    """Whether it holds several messages: one alone is read as the message it is."""
    with handed.path.open("rb") as stream:
        if stream.read(5) != b"From ":
            return False
        stream.seek(0)
        ends = (last for _, last in _pieces(stream) if last)
        return len(list(islice(ends, 2))) > 1


def _messages(handed: HandedPath) -> Iterator[Part]:
    made, number, note = 0, 0, ""
    with handed.path.open("rb") as stream:
        for content in _contents(stream):
            number += 1
            if number > MOST_MESSAGES:
                break
            name = f"{Path(file_name(handed.name)).stem}-{number}.eml"
            if content is None:
                note = f"message {number} is larger than {LARGEST // 1024 // 1024} MB"
                content = note.encode()
            parts = read_file(_one(handed, content, name), made=made)
            if note:
                parts[0] = parts[0].noting(f"{note}: the mailbox that was handed in keeps it")
                note = ""
            made += len(parts)
            yield from parts


def messages_in(path: Path) -> Iterator[bytes | None]:
    """The messages of a mailbox file one by one, None for one that is too large; any other file is
    one message. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        if stream.read(5) != b"From ":
            stream.seek(0)
            yield stream.read(LARGEST + 1)
            return
        stream.seek(0)
        yield from _contents(stream)


def _contents(stream: BinaryIO) -> Iterator[bytes | None]:
    """The messages; None for one that is too large."""
    gathered: list[bytes] = []
    size = 0
    for piece, last in _pieces(stream):
        size += len(piece)
        if size <= LARGEST:
            gathered.append(piece)
        else:
            gathered.clear()
        if last:
            content = b"".join(gathered)
            if content.strip() or size > LARGEST:
                yield content if size <= LARGEST else None
            gathered, size = [], 0


def _pieces(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The lines of the messages without the separators, and whether it is a message's last."""
    before: bytes | None = None
    blank = True
    while line := stream.readline(_LONGEST_LINE):
        if blank and _SEPARATOR.fullmatch(line):
            if before is not None:
                yield before, True
            before = b""
        else:
            if before:
                yield before, False
            before = line[1:] if _QUOTED_FROM.match(line) else line
        blank = line in (b"\n", b"\r\n")
    if before is not None:
        yield before, True
