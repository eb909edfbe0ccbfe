"""The records as a workbook: every cell is text, so that nothing in it is run or followed.

A cell that would read as a formula carries Excel's own mark of quoted text besides. The workbook is
packed anew, so that neither the time nor the rights of a file on this machine are in it.
"""

from __future__ import annotations

import errno
import re
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from archiver import clock
from archiver.production.cells import FORMULA, printable
from archiver.production.twins.about import about
from archiver.production.twins.entries import COLUMNS, entry
from archiver.production.twins.tables import flat
from archiver.production.twins.volume import Volume

LONGEST = 32_767  # characters Excel keeps in a cell
CUT = " […] the whole text stands in records.jsonl"
_DATED = (1980, 1, 1, 0, 0, 0)
_WIDE = frozenset(("text", "title", "what", "said"))
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class _Sheet:
    """A sheet that is written row by row."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[str]) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._row = 0
        self._plain: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self._quoted: Format = book.add_format(
            {"text_wrap": True, "valign": "top", "quote_prefix": True}
        )
        head = book.add_format({"bold": True, "bottom": 1})
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, 60 if column in _WIDE else 18)
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, column, head)

    def add(self, cells: Iterable[str]) -> None:
        """Write the next row."""
        self._row += 1
        for place, cell in enumerate(cells):
            look = self._quoted if cell.startswith(FORMULA) else self._plain
            self._sheet.write_string(self._row, place, fitting(cell), look)


def write_workbook(volume: Volume, path: Path) -> None:
    """Write records.xlsx; what is needed for a while lies beside it. Raises OSError."""
    made = path.with_suffix(".made")
    try:
        _write(volume, made)
    except XlsxFileError as error:
        raise OSError(errno.EIO, f"{path.name} cannot be written: {error}") from error
    _pack(made, path)
    made.unlink()


def _write(volume: Volume, made: Path) -> None:
    book = Workbook(str(made), {**_OPTIONS, "tmpdir": str(made.parent)})
    moment = clock.parse(volume.release.made_at).replace(tzinfo=None)
    office = volume.release.office.agency
    book.set_properties({"author": printable(office), "created": moment})
    _records(book, volume)
    withheld = _Sheet(book, "Withheld", ("sheet", "page", "sections"))
    for number, one in enumerate(volume.release.withheld, 1):
        page = volume.page(volume.packet.sheets[one.key])
        withheld.add((str(number), page, "; ".join(one.citations)))
    sheet = _Sheet(book, "What it is", ("what", "said"))
    for row in about(volume):
        sheet.add(row)
    book.close()


def _records(book: Workbook, volume: Volume) -> None:
    """The records, and what a record has several of on sheets of their own."""
    records = _Sheet(book, "Records", COLUMNS)
    versions = _Sheet(book, "Earlier versions", ("record", "version", "captured_at", "text"))
    media = _Sheet(book, "Media", ("record", "file", "type", "text"))
    redactions = _Sheet(book, "Redactions", ("record", "first_page", "what", "sections", "notes"))
    for record in volume.order:
        values = entry(record, volume)
        number, page = str(values["number"]), str(values["first_page"])
        records.add(flat(values[column]) for column in COLUMNS)
        for version in record.versions:
            versions.add((number, str(version.number), version.at, version.text.words))
        for one in _dicts(values["media"]):
            media.add((number, *(flat(one[name]) for name in ("file", "type", "description"))))
        for bar in record.redactions:
            redactions.add((number, page, bar.label, "; ".join(bar.citations), " ".join(bar.notes)))


def _dicts(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def fitting(text: str) -> str:
    """A text as a cell can hold it.

    The library would take a text between ``<r>`` and ``</r>`` for its own markup: a space goes
    before it.
    """
    text = re.sub("\r\n?", "\n", printable(text))
    if text.startswith("<r>") and text.endswith("</r>"):
        text = f" {text}"
    if len(text.encode("utf-16-le")) // 2 <= LONGEST:
        return text
    room = (LONGEST - len(CUT)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT


def _pack(made: Path, path: Path) -> None:
    """Pack a workbook anew with one date and no rights."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            about_it = zipfile.ZipInfo(name, _DATED)
            about_it.compress_type = zipfile.ZIP_DEFLATED
            about_it.create_system = 0
            with source.open(name) as read, target.open(about_it, "w") as write:
                shutil.copyfileobj(read, write)
