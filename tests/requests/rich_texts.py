"""Rich text as Outlook writes and packs it (RTF 1.9.1, MS-OXRTFCP)."""

from __future__ import annotations

import struct
import zlib

from compressed_rtf import compress

HEAD = (
    "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}"
    "{\\f1\\fswiss\\fcharset204{\\*\\falt Arial Cyr};}{\\f2\\fcharset128 MS Gothic;}}"
    "{\\colortbl;\\red0\\green0\\blue0;}{\\info{\\title Draft nobody should read}}\\pard\\f0 "
)


def rich(words: str) -> bytes:
    """The words as a packed document; every sign outside ASCII by its numbers."""
    return packed((HEAD + "".join(map(_written, words)) + "}").encode("ascii"))


def packed(text: bytes) -> bytes:
    """Rich text, compressed."""
    return bytes(compress(text))


def unpacked(text: bytes) -> bytes:
    """Rich text as it may stand too: with a head and without compression."""
    return struct.pack("<II4sI", len(text) + 12, len(text), b"MELA", 0) + text


def bomb(size: int) -> bytes:
    """Blanks that are so many bytes once they are unpacked, and an eighth of that before."""
    begun = b"{\\rtf1" + b" " * 26
    at, body = 207 + len(begun), b"".join(b"\0" + begun[n : n + 8] for n in range(0, len(begun), 8))
    for _ in range(size // (8 * 17)):
        body += b"\xff"
        for _ in range(8):
            body += struct.pack(">H", (at - 17) % 4096 << 4 | 15)
            at += 17
    crc = zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<II4sI", len(body) + 12, size, b"LZFu", crc) + body


def _written(sign: str) -> str:
    if sign == "\n":
        return "\\par\r\n"
    if sign in "\\{}":
        return "\\" + sign
    if sign.isascii():
        return sign
    units = struct.iter_unpack("<h", sign.encode("utf-16-le"))
    return "".join(f"\\u{unit} ?" for (unit,) in units)
