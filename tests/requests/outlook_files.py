"""Messages in Outlook's own forms, written byte by byte by the specifications: compound files
(MS-CFB) with the properties of a message (MS-OXMSG), and winmail.dat (MS-OXTNEF)."""

from __future__ import annotations

import datetime as dt
import itertools
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FREE, END, FAT, LIST = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
SECTOR, MINI, CUTOFF = 512, 64, 4096
STORAGE, STREAM, ROOT = 1, 2, 5
INTEGER, TIME, OBJECT, STRING8, UNICODE, BINARY = 0x0003, 0x0040, 0x000D, 0x001E, 0x001F, 0x0102

Tree = Mapping[str, "bytes | Tree"]
Value = int | str | bytes | dt.datetime


@dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    children: list[int] = field(default_factory=list)
    right: int = FREE
    child: int = FREE
    start: int = END


def compound_file(tree: Tree) -> bytes:
    """A compound file of version 3 with these storages and streams."""
    entries = [_Entry("Root Entry", ROOT)]
    _gather(entries, 0, tree)
    mini = b""
    for entry in entries[1:]:
        if entry.kind == STREAM and 0 < len(entry.content) < CUTOFF:
            entry.start = len(mini) // MINI
            mini += _padded(entry.content, MINI)
    entries[0].content = mini
    chains = _mini_chains(entries)
    mini_fat = _numbers(chains)
    body: list[bytes] = []
    fat: list[int] = []

    def store(content: bytes) -> int:
        """Put content into sectors of its own; the first of them."""
        if not content:
            return END
        whole = _padded(content, SECTOR)
        first, count = len(fat), len(whole) // SECTOR
        fat.extend([*range(first + 1, first + count), END])
        body.append(whole)
        return first

    for entry in entries:
        if entry.kind == ROOT or len(entry.content) >= CUTOFF:
            entry.start = store(entry.content)
    mini_at = store(mini_fat)
    directory = store(b"".join(_written(entry) for entry in entries))
    # the table tells of its own sectors too, and of those that list them beyond the header's 109
    room, listed = SECTOR // 4, 109
    tables, lists = 1, 0
    while tables * room < len(fat) + tables + lists:
        tables += 1
        lists = -(-max(0, tables - listed) // (room - 1))
    at = len(fat)
    places = [at + number for number in range(tables)]
    fat.extend([*[FAT] * tables, *[LIST] * lists])
    body.append(_numbers([*fat, *[FREE] * (tables * room - len(fat))]))
    for number in range(lists):
        some = places[listed + number * (room - 1) :][: room - 1]
        following = at + tables + number + 1 if number + 1 < lists else END
        body.append(_numbers([*some, *[FREE] * (room - 1 - len(some)), following]))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, directory, 0),
        *(CUTOFF, mini_at, len(_padded(mini_fat, SECTOR)) // SECTOR),
        *(at + tables if lists else END, lists),
    )
    header += _numbers([*places[:listed], *[FREE] * (listed - len(places[:listed]))])
    return header + b"".join(body)


def _numbers(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _gather(entries: list[_Entry], parent: int, tree: Tree) -> None:
    numbers = []
    for name, inside in sorted(tree.items(), key=lambda one: (len(one[0]), one[0].upper())):
        numbers.append(len(entries))
        if isinstance(inside, bytes):
            entries.append(_Entry(name, STREAM, inside))
        else:
            entries.append(_Entry(name, STORAGE))
            _gather(entries, numbers[-1], inside)
    for left, right in itertools.pairwise(numbers):
        entries[left].right = right
    entries[parent].child = numbers[0] if numbers else FREE


def _mini_chains(entries: Sequence[_Entry]) -> list[int]:
    chains: list[int] = []
    for entry in entries[1:]:
        if entry.kind == STREAM and 0 < len(entry.content) < CUTOFF:
            count = -(-len(entry.content) // MINI)
            first = len(chains)
            chains += [*range(first + 1, first + count), END]
    return chains


def _written(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    size = 0 if entry.kind == STORAGE else len(entry.content)
    start = 0 if entry.kind == STORAGE else entry.start
    return struct.pack(
        "<64sHBBIII16xI16xIQ",
        *(name, len(name), entry.kind, 1, FREE, entry.right, entry.child, 0, start, size),
    )


def _padded(content: bytes, size: int) -> bytes:
    return content + b"\0" * (-len(content) % size)


def filetime(moment: dt.datetime) -> int:
    """A time as Windows counts it."""
    since = moment - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
    return (since.days * 86_400 + since.seconds) * 10_000_000


@dataclass
class Outlooks:
    """A message: properties by number, recipients and enclosures the same, and messages in it."""

    properties: dict[int, Value]
    recipients: list[dict[int, Value]] = field(default_factory=list)
    enclosed: list[dict[int, Value]] = field(default_factory=list)
    inner: list[Outlooks] = field(default_factory=list)

    def tree(self, header: bytes = b"\0" * 32, *, encoding: str = "") -> dict[str, bytes | Tree]:
        """Its storages and streams; with `encoding` its texts are of one-byte letters."""
        made = _storage(self.properties, header, encoding)
        for number, told in enumerate(self.recipients):
            made[f"__recip_version1.0_#{number:08X}"] = _storage(told, b"\0" * 8, encoding)
        for number, told in enumerate(self.enclosed):
            made[f"__attach_version1.0_#{number:08X}"] = _storage(told, b"\0" * 8, encoding)
        for number, one in enumerate(self.inner, len(self.enclosed)):
            holder = _storage({0x3705: 5, 0x3001: "enclosed"}, b"\0" * 8, encoding)
            holder["__substg1.0_3701000D"] = one.tree(b"\0" * 24, encoding=encoding)
            made[f"__attach_version1.0_#{number:08X}"] = holder
        return made

    def msg(self, *, encoding: str = "") -> bytes:
        """The message as a .msg file."""
        names = {f"__substg1.0_000{number}0102": b"" for number in (2, 3, 4)}
        return compound_file({**self.tree(encoding=encoding), "__nameid_version1.0": names})

    def tnef(self) -> bytes:
        """The message as a winmail.dat."""
        made = struct.pack("<IH", 0x223E9F78, 1)
        made += _attribute(1, 0x9007, struct.pack("<II", 1252, 0))
        made += _attribute(1, 0x9003, _mapi(self.properties))
        for told in self.enclosed:
            made += _attribute(2, 0x9002, b"\0" * 14)
            made += _attribute(2, 0x8010, str(told[0x3707])[:8].encode("cp1252", "replace") + b"\0")
            made += _attribute(2, 0x800F, bytes(told[0x3701]))  # type: ignore[arg-type]
            rest = {number: value for number, value in told.items() if number != 0x3701}
            made += _attribute(2, 0x9005, _mapi(rest))
        for one in self.inner:
            inside = bytes.fromhex("0703020000000000c000000000000046") + one.tnef()
            made += _attribute(2, 0x9002, b"\0" * 14)
            made += _attribute(2, 0x9005, _mapi({0x3001: "enclosed"}, {0x3701: inside}))
        return made


def _kind(value: Value, encoding: str) -> tuple[int, bytes]:
    if isinstance(value, int):
        return INTEGER, struct.pack("<i4x", value)
    if isinstance(value, dt.datetime):
        return TIME, struct.pack("<Q", filetime(value))
    if isinstance(value, bytes):
        return BINARY, value
    if encoding:
        return STRING8, value.encode(encoding)
    return UNICODE, value.encode("utf-16-le")


def _storage(told: Mapping[int, Value], header: bytes, encoding: str) -> dict[str, bytes | Tree]:
    made: dict[str, bytes | Tree] = {}
    entries = header
    for number, value in sorted(told.items()):
        kind, raw = _kind(value, encoding)
        fixed = kind in (INTEGER, TIME)
        if not fixed:
            made[f"__substg1.0_{number:04X}{kind:04X}"] = raw
        entries += struct.pack("<HHI", kind, number, 6)
        entries += raw if fixed else struct.pack("<II", len(raw) + 2, 0)
    made["__properties_version1.0"] = entries
    return made


def _attribute(level: int, number: int, data: bytes) -> bytes:
    head = struct.pack("<BHHI", level, number, 6, len(data))
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def _mapi(told: Mapping[int, Value], objects: Mapping[int, bytes] | None = None) -> bytes:
    made = [_property(number, *_kind(value, "")) for number, value in told.items()]
    made += [_property(number, OBJECT, raw) for number, raw in (objects or {}).items()]
    # one with a name of its own, which nobody asks for
    named = struct.pack("<HH16sII", INTEGER, 0x8001, b"\1" * 16, 1, 6) + b"a\0b\0\0\0\0\0"
    made.append(named + struct.pack("<i", 7))
    return struct.pack("<I", len(made)) + b"".join(made)


def _property(number: int, kind: int, raw: bytes) -> bytes:
    head = struct.pack("<HH", kind, number)
    if kind in (INTEGER, TIME):
        return head + (raw[:4] if kind == INTEGER else raw)
    return head + struct.pack("<II", 1, len(raw)) + raw + b"\0" * (-len(raw) % 4)
