"""PDF objects as bytes, and the file that takes them one after the other.

Objects are written as soon as they are complete: streams at once, everything else gathered two
hundred at a time into compressed object streams (ISO 32000-1, 7.5.7). What stays in memory is one
offset per object, so a packet of ten thousand pages costs little more than one of ten.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO

OBJECTS_PER_STREAM = 200
COMPRESSION = 3  # a tenth larger than at 6, in half the time
ROWS_COMPRESSION = 4  # the offset rows hardly compress better at higher levels, and take far longer
FREE, PLAIN, PACKED = 0, 1, 2
ROOM = 1000  # objects whose places are reserved at a time


def number(value: float) -> bytes:
    """A number with at most three decimals and no exponent (PDF knows none)."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return b"0" if text in ("-0", "") else text.encode("ascii")


def numbers(values: Iterable[float]) -> bytes:
    """An array of numbers."""
    return b"[" + b" ".join(number(value) for value in values) + b"]"


@lru_cache(maxsize=4096)
def name(text: str) -> bytes:
    """A name object; whatever is not a regular character is written as #xx."""
    out = bytearray(b"/")
    for byte in text.encode("utf-8"):
        regular = 0x21 <= byte <= 0x7E and byte not in b"#/%()<>[]{}"
        out += bytes((byte,)) if regular else b"#%02X" % byte
    return bytes(out)


def text_string(text: str) -> bytes:
    """A text string: literal where it is plain ASCII, UTF-16 with a byte order mark otherwise."""
    if text.isascii() and text.isprintable():
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        return b"(" + escaped.encode("ascii") + b")"
    encoded = text.encode("utf-16-be", "replace")
    return b"<FEFF" + encoded.hex().upper().encode("ascii") + b">"


def reference(number_of_object: int) -> bytes:
    """An indirect reference."""
    return b"%d 0 R" % number_of_object


def references(objects: Iterable[int]) -> bytes:
    """An array of indirect references."""
    return b"[" + b" ".join(reference(one) for one in objects) + b"]"


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    """A dictionary of values that are already written out, in the order given."""
    inner = b" ".join(name(key) + b" " + value for key, value in entries.items())
    return b"<<" + inner + b">>"


class ObjectFile:
    """A PDF 1.7 file under way.

    `allot` gives a number before the object exists, so that others can refer to it; `put` and
    `put_stream` write it; `finish` writes the cross-reference stream. The same objects in the same
    order give the same bytes, the file identifier included.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._written = 0
        self._digest = hashlib.sha256()
        self._kinds = bytearray((FREE,))
        self._places = array("Q", (0,))
        self._indexes = array("H", (0,))
        self._allotted = 0
        self._waiting: list[tuple[int, bytes]] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def allot(self) -> int:
        """A new object number."""
        self._allotted += 1
        if self._allotted >= len(self._kinds):
            self._kinds += bytes(ROOM)
            self._places.frombytes(bytes(ROOM * self._places.itemsize))
            self._indexes.frombytes(bytes(ROOM * self._indexes.itemsize))
        return self._allotted

    def put(self, number_of_object: int, body: bytes) -> int:
        """Write an object that is not a stream; gives back its number."""
        self._waiting.append((number_of_object, body))
        if len(self._waiting) >= OBJECTS_PER_STREAM:
            self._flush()
        return number_of_object

    def add(self, body: bytes) -> int:
        """Write an object under a new number; gives back the number."""
        return self.put(self.allot(), body)

    def put_stream(
        self,
        number_of_object: int,
        entries: Mapping[str, bytes],
        data: bytes,
        *,
        compress: bool = True,
    ) -> int:
        """Write a stream object, compressed unless `data` already is; gives back its number."""
        head = dict(entries)
        if compress:
            data = zlib.compress(data, COMPRESSION)
            head["Filter"] = b"/FlateDecode"
        head["Length"] = b"%d" % len(data)
        body = dictionary(head) + b"\nstream\n" + data + b"\nendstream"
        self._put_plain(number_of_object, body)
        return number_of_object

    def add_stream(
        self, entries: Mapping[str, bytes], data: bytes, *, compress: bool = True
    ) -> int:
        """Write a stream under a new number; gives back the number."""
        return self.put_stream(self.allot(), entries, data, compress=compress)

    def finish(self, root: int, info: int) -> None:
        """Write what waits and the cross-reference stream. Nothing can be written afterwards."""
        self._flush()
        table = self.allot()
        start = self._written
        self._kinds[table] = PLAIN
        self._places[table] = start
        data = b"".join(self._rows())
        identifier = b"<" + self._digest.hexdigest()[:32].upper().encode("ascii") + b">"
        entries = {
            "Type": b"/XRef",
            "Size": b"%d" % (self._allotted + 1),
            "W": b"[1 8 2]",
            "Root": reference(root),
            "Info": reference(info),
            "ID": b"[" + identifier + b" " + identifier + b"]",
            "Filter": b"/FlateDecode",
            "Length": b"%d" % len(data),
        }
        self._write(b"%d 0 obj\n" % table + dictionary(entries))
        self._write(b"\nstream\n" + data + b"\nendstream\nendobj\n")
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _rows(self) -> Iterator[bytes]:
        """The row of every object, compressed."""
        pack, packer = struct.Struct(">BQH").pack, zlib.compressobj(ROWS_COMPRESSION)
        for start in range(0, self._allotted + 1, ROOM):
            part = slice(start, min(start + ROOM, self._allotted + 1))
            rows = zip(self._kinds[part], self._places[part], self._indexes[part], strict=True)
            yield packer.compress(
                b"".join(
                    pack(kind, place, index if kind else 0xFFFF) for kind, place, index in rows
                )
            )
        yield packer.flush()

    def _put_plain(self, number_of_object: int, body: bytes) -> None:
        self._kinds[number_of_object] = PLAIN
        self._places[number_of_object] = self._written
        self._write(b"%d 0 obj\n" % number_of_object)
        self._write(body)
        self._write(b"\nendobj\n")

    def _flush(self) -> None:
        if not self._waiting:
            return
        holder = self.allot()
        head: list[bytes] = []
        length = 0
        for index, (number_of_object, body) in enumerate(self._waiting):
            head.append(b"%d %d" % (number_of_object, length))
            length += len(body) + 1
            self._kinds[number_of_object] = PACKED
            self._places[number_of_object] = holder
            self._indexes[number_of_object] = index
        first = b" ".join(head) + b"\n"
        entries = {
            "Type": b"/ObjStm",
            "N": b"%d" % len(self._waiting),
            "First": b"%d" % len(first),
        }
        data = first + b"\n".join(body for _, body in self._waiting)
        self._waiting.clear()
        self.put_stream(holder, entries, data)

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._written += len(data)
