"""Reading the sheets of a workbook in the old format of Excel (.xls), which LinkedIn still writes.

`xlrd` reads nothing but that format. What it raises on a broken file is of many kinds; here it is
one, with one line to show.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import xlrd
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError

from archiver.exports.faults import UnreadableError

LARGEST = 64 << 20
Cell = str | float | int | bool | None
_BROKEN = (
    XLRDError,
    CompDocError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)


class Sheet(NamedTuple):
    """A sheet: its name and its rows."""

    name: str
    rows: list[list[Cell]]


def read_sheets(stream: BinaryIO) -> Iterator[Sheet]:
    """The sheets of a workbook of at most 64 MiB. Raises UnreadableError where it is none, is
    protected, or is broken."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableError("a workbook larger than 64 MiB: export a shorter period")
    if data.startswith(b"PK\x03\x04"):
        raise UnreadableError("it is a newer workbook (.xlsx): save it as .xls")
    try:
        book = xlrd.open_workbook(
            file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True
        )
        names = book.sheet_names()
    except _BROKEN:
        raise UnreadableError("it is no workbook that can be read (.xls)") from None
    for name in names:
        try:
            sheet = book.sheet_by_name(name)
            rows = [sheet.row_values(place) for place in range(sheet.nrows)]
        except _BROKEN:
            raise UnreadableError("one of its sheets is broken") from None
        book.unload_sheet(name)
        yield Sheet(name, rows)
