"""Reading a table (CSV) as downloads write it: with or without a mark of its encoding, in UTF-8,
UTF-16 or an old Windows encoding, with lines of explanation before its head, parted by commas,
semicolons or tabs."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from archiver.exports.faults import UnreadableError

SAMPLE = 64 << 10
LONGEST_CELL = 8 << 20
PREAMBLE_LINES = 40
_UNREAD = "�"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its place (from 0), its cells by the names in the head, and its text as it
    stands in the file, in UTF-8. `fault` says why it is no line of this table; `line` is the line
    of the file on which it begins, counted from 1."""

    index: int
    cells: Mapping[str, str]
    raw: bytes
    fault: str | None = None
    line: int = 0


@dataclass(slots=True)
class Table:
    """A table being read. `rows` may be walked once.

    `head` are the names of its columns, `preamble` the lines before it, `encoding` what it was read
    as, `notes` what is worth telling (characters that could not be read are shown as U+FFFD).
    `complete` and `fault` are known after the walk.
    """

    head: tuple[str, ...]
    preamble: tuple[str, ...]
    encoding: str
    notes: list[str] = field(default_factory=list)
    complete: bool = False
    fault: str | None = None
    _lines: _Lines | None = None
    _reader: Iterator[list[str]] = field(default_factory=lambda: iter(()))
    _stream: BinaryIO | None = None

    def rows(self) -> Iterator[Row]:
        """The lines below the head; blank ones are left out."""
        assert self._lines is not None
        index = 0
        while True:
            self._lines.taken.clear()
            line = self._lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                break
            except csv.Error as error:
                raw = "".join(self._lines.taken).encode("utf-8", "replace")
                yield Row(index, {}, raw, f"it is no line of a table: {error}", line)
                index += 1
                continue
            if not any(cell.strip() for cell in cells):
                continue
            raw = "".join(self._lines.taken).encode("utf-8", "replace")
            yield self._row(index, cells, raw, line)
            index += 1
        self.fault = getattr(self._stream, "fault", None)
        self.complete = self.fault is None
        if self._lines.replaced:
            self.notes.append(
                f"{self._lines.replaced} characters are not {self.encoding}: shown as U+FFFD"
            )

    def _row(self, index: int, cells: list[str], raw: bytes, line: int) -> Row:
        more = [cell for cell in cells[len(self.head) :] if cell.strip()]
        named = dict(zip(self.head, cells, strict=False))
        fault = "it has more cells than the table has columns" if more else None
        return Row(index, named, raw, fault, line)


def open_table(
    stream: BinaryIO,
    needed: Collection[str],
    *,
    delimiter: str | None = None,
    mend: Callable[[str], str] | None = None,
    either: Collection[str] = (),
) -> Table:
    """Find the head, the first line that holds all the names in `needed` and, where there are any,
    one of those in `either`, and read from there.

    Names are compared without regard to case and to spaces at their ends. `mend` puts right what a
    platform writes unlike any table, line by line, before the cells are parted; `Row.raw` stays as
    received. Raises UnreadableError where no such line stands among the first forty.
    """
    sample = stream.read(SAMPLE)
    encoding = _encoding(sample)
    lines = _Lines(sample, stream, encoding, mend)
    wanted = {_name(one) for one in needed}
    one_of = {_name(one) for one in either}
    preamble: list[str] = []
    while len(preamble) < PREAMBLE_LINES:
        line = lines.peek()
        if line is None:
            break
        for mark in (delimiter,) if delimiter else (",", ";", "\t"):
            head = _cells(line, mark)
            found = {_name(one) for one in head}
            if wanted <= found and (not one_of or one_of & found):
                next(lines)
                reader = csv.reader(lines, delimiter=mark)
                csv.field_size_limit(LONGEST_CELL)
                names = tuple(one.strip().lstrip("\ufeff") for one in head)
                return Table(
                    names, tuple(preamble), encoding, _lines=lines, _reader=reader, _stream=stream
                )
        preamble.append(next(lines).rstrip("\r\n"))
    told = ", ".join(sorted(needed)) or f"one of {', '.join(sorted(either))}"
    raise UnreadableError(f"no line names the columns {told}"[:400])


def _cells(line: str, mark: str) -> list[str]:
    """The cells of one line; none where it is no line of a table."""
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        return []


def _name(text: str) -> str:
    return text.strip().lstrip("\ufeff").casefold()


def _encoding(sample: bytes) -> str:
    """What a table is written in, from its first bytes."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if sample[1::2].count(0) > len(sample) // 5:
        return "utf-16-le"
    if sample[::2].count(0) > len(sample) // 5:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


class _Lines:
    """The lines of a stream as text, their ends with them; `taken` are those given since it was
    cleared, `number` how many were given, `replaced` the characters that could not be read."""

    def __init__(
        self,
        sample: bytes,
        stream: BinaryIO,
        encoding: str,
        mend: Callable[[str], str] | None = None,
    ) -> None:
        self._mend = mend
        self.taken: list[str] = []
        self.replaced = 0
        self.number = 0
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._stream = stream
        self._waiting = sample
        self._text = ""
        self._at = 0
        self._ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.peek()
        if line is None:
            raise StopIteration
        self._at += len(line)
        self.taken.append(line)
        self.number += 1
        return line if self._mend is None else self._mend(line)

    def peek(self) -> str | None:
        """The next line, not taken; None at the end."""
        while True:
            end = self._text.find("\n", self._at)
            if end >= 0:
                return self._text[self._at : end + 1]
            if self._ended or len(self._text) - self._at > LONGEST_CELL:
                return self._text[self._at :] or None
            self._more()

    def _more(self) -> None:
        piece = self._waiting or self._stream.read(SAMPLE)
        self._waiting = b""
        self._ended = not piece
        text = self._decoder.decode(piece, final=self._ended)
        self.replaced += text.count(_UNREAD) - piece.count(_UNREAD.encode())
        self._text = self._text[self._at :] + text
        self._at = 0
