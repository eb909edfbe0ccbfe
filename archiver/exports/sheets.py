"""Reading the sheets of a workbook: in the old format of Excel (.xls), which LinkedIn still writes,
or in the newer one (.xlsx), as it is once somebody has saved it anew.

What the libraries raise on a broken file is of many kinds; here it is one, with one line to show.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

import openpyxl
import xlrd
from openpyxl.utils.exceptions import InvalidFileException
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError

from archiver.exports.faults import UnreadableError

LARGEST = 64 << 20
ROWS, COLUMNS = 65_536, 256
"""What an old workbook can hold. A newer one that holds more is refused: it may state a size that
no memory has."""
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
    SyntaxError,
    EOFError,
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
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
    yield from _newer(data) if data.startswith(b"PK\x03\x04") else _old(data)


def _old(data: bytes) -> Iterator[Sheet]:
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


def _newer(data: bytes) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except _BROKEN:
        raise UnreadableError("it is no workbook that can be read (.xlsx)") from None
    if size > LARGEST:
        raise UnreadableError("a workbook larger than 64 MiB unpacked: export a shorter period")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [(sheet.title, sheet) for sheet in book.worksheets]
    except _BROKEN:
        raise UnreadableError("it is no workbook that can be read (.xlsx)") from None
    for name, sheet in sheets:
        sheet.reset_dimensions()  # what the file states of its size is not to be trusted
        rows: list[list[Cell]] = []
        try:
            for values in sheet.iter_rows(values_only=True):
                if len(rows) == ROWS or len(values) > COLUMNS:
                    raise UnreadableError("one of its sheets is larger than any export: save less")
                rows.append(_cells(values))
        except UnreadableError:
            raise
        except _BROKEN:
            raise UnreadableError("one of its sheets is broken") from None
        yield Sheet(name, rows)


def _cells(values: Iterable[object]) -> list[Cell]:
    """A row without the empty cells at its end; a day as LinkedIn writes one."""
    told = [_cell(value) for value in values]
    while told and told[-1] == "":
        told.pop()
    return told


def _cell(value: object) -> Cell:
    """A cell as the old format gives it: nothing as an empty text, every number as a float."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.strftime("%m/%d/%Y")
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str | float | bool) else str(value)
