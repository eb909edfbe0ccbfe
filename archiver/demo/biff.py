"""A workbook in the old format of Excel (BIFF8 in a compound file), as LinkedIn's Page analytics
come in it: texts and numbers, nothing else."""

from __future__ import annotations

import struct
from collections.abc import Sequence

Cell = str | int | float | None
_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SMALLEST = 4096
_PIECE = 8000


def workbook(sheets: Sequence[tuple[str, Sequence[Sequence[Cell]]]]) -> bytes:
    """The bytes of a workbook with these sheets (name, rows)."""
    texts: dict[str, int] = {}
    total = 0
    for _, rows in sheets:
        for row in rows:
            for cell in row:
                if isinstance(cell, str):
                    total += 1
                    texts.setdefault(cell, len(texts))
    bodies = [_sheet(rows, texts) for _, rows in sheets]
    shared = _shared(list(texts), total)
    names = [_name(name) for name, _ in sheets]
    at = len(_begin(5)) + sum(len(_record(0x85, b"\0" * 6 + one)) for one in names)
    at += len(shared) + len(_record(0x0A, b""))
    globals_ = [_begin(5)]
    for body, name in zip(bodies, names, strict=True):
        globals_.append(_record(0x85, struct.pack("<IBB", at, 0, 0) + name))
        at += len(body)
    globals_ += [shared, _record(0x0A, b"")]
    return _compound(b"".join([*globals_, *bodies]))


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0x41, 0x06))


def _name(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _shared(texts: Sequence[str], total: int) -> bytes:
    """The table of texts, cut into records of at most 8,224 bytes: between two texts, or within
    one, where the rest begins with a byte that says how it is written."""
    pieces = [bytearray(struct.pack("<II", total, len(texts)))]
    for text in texts:
        raw = text.encode("utf-16-le")
        if len(pieces[-1]) + 8 > _PIECE:
            pieces.append(bytearray())
        pieces[-1] += struct.pack("<HB", _units(text), 1)
        while raw:
            room = (_PIECE - len(pieces[-1])) & ~1
            pieces[-1] += raw[:room]
            raw = raw[room:]
            if raw:
                pieces.append(bytearray(b"\x01"))
    first, *rest = pieces
    return _record(0xFC, bytes(first)) + b"".join(_record(0x3C, bytes(one)) for one in rest)


def _sheet(rows: Sequence[Sequence[Cell]], texts: dict[str, int]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    parts = [_begin(0x10), _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str):
                parts.append(_record(0xFD, where + struct.pack("<I", texts[cell])))
            elif cell is not None:
                parts.append(_record(0x0203, where + struct.pack("<d", cell)))
    return b"".join([*parts, _record(0x0A, b"")])


def _compound(stream: bytes) -> bytes:
    """A compound file (OLE2) that holds the stream `Workbook`."""
    stream = stream.ljust(_SMALLEST, b"\0")
    data = -(-len(stream) // _SECTOR)
    tables = 1
    while tables * _SECTOR // 4 < data + 1 + tables:
        tables += 1
    chain = [*range(1, data), _END, _END, *[_FAT] * tables]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, tables, data, 0, _SMALLEST, _END, 0, _END, 0),
    )
    places = [data + 1 + place for place in range(tables)] + [_FREE] * (109 - tables)
    header += struct.pack("<109I", *places)
    entries = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 0, len(stream))
    entries += _entry("", 0, _FREE, 0, 0) * 2
    body = stream.ljust(data * _SECTOR, b"\0") + entries
    return header + body + struct.pack(f"<{len(chain)}I", *chain)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le") if name else b""
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        *(raw, len(raw), kind, 1, _FREE, _FREE, child, b"", 0, 0, 0, start, size),
    )
