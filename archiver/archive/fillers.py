"""What stands in a WARC file where an exchange was destroyed: one gzip member, as long as what it
replaces, so that every other record stays where its row says.

The member holds a WARC "metadata" record that says what happened. Its length is made up in the
comment field of the gzip header (RFC 1952 §2.3.1), which readers skip, and its content is stored,
not compressed: the same tombstone gives the same bytes with every zlib there will be.
"""

from __future__ import annotations

import base64
import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1, sha256

from archiver.errors import IntegrityError

PAD = b" "
CHUNK = 1024 * 1024
_COMMENT = 0x10
_NOWHERE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True)
class Filler:
    """What is said in the place of an exchange: under which number and act, when (UTC), the leaf it
    had (hex), and the place: WARC file, first byte, how many bytes."""

    number: str
    act: str
    at: str
    leaf: str
    warc: str
    start: int
    length: int

    def pieces(self) -> Iterator[bytes]:
        """The bytes, a megabyte at most at a time.

        Raises IntegrityError where the place is too short for a WARC record, as no exchange is.
        """
        head, tail = self._ends()
        pad = self.length - len(head) - len(tail)
        if pad == 0:
            yield head + tail
            return
        yield head[:3] + bytes([_COMMENT]) + head[4:]
        left = pad - 1
        while left:
            some = min(left, CHUNK)
            yield PAD * some
            left -= some
        yield b"\0" + tail

    def digest(self) -> bytes:
        """SHA-256 of the bytes."""
        found = sha256()
        for piece in self.pieces():
            found.update(piece)
        return found.digest()

    def _ends(self) -> tuple[bytes, bytes]:
        """The member without its padding: the gzip header, and what follows it."""
        for record in (self._record(self._told()), self._record(b"")):
            head, tail = _member(record)
            if len(head) + len(tail) <= self.length:
                return head, tail
        raise IntegrityError(
            f"{self.warc}: {self.length} bytes from byte {self.start} on are too few for an "
            "exchange: run `archiver verify`"
        )

    def _told(self) -> bytes:
        return (
            f"exchange: {self.act}\r\nunder: {self.number}\r\non: {self.at}\r\n"
            f"leaf: {self.leaf}\r\n"
        ).encode()

    def _record(self, block: bytes) -> bytes:
        """A WARC record; the block is left out where the place is very short."""
        named = uuid.uuid5(_NOWHERE, f"{self.leaf} {self.warc} {self.start}")
        lines = [
            "WARC/1.1",
            "WARC-Type: metadata",
            f"WARC-Record-ID: <urn:uuid:{named}>",
            f"WARC-Date: {self.at}",
        ]
        if block:
            digest = base64.b32encode(sha1(block, usedforsecurity=False).digest()).decode()
            lines += ["Content-Type: application/warc-fields", f"WARC-Block-Digest: sha1:{digest}"]
        lines += [f"Content-Length: {len(block)}", "", ""]
        return "\r\n".join(lines).encode() + block + b"\r\n\r\n"


def _member(content: bytes) -> tuple[bytes, bytes]:
    """A gzip member: the ten bytes of its header (no name, no time), and its stored content."""
    body = b"\1" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    ends = struct.pack("<II", zlib.crc32(content), len(content))
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff", body + ends
