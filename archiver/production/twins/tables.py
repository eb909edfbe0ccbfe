"""The records as JSON Lines for programs and as CSV for a spreadsheet, and the index of pages.

In the CSV a cell that a spreadsheet would take for a formula begins with an apostrophe, because
every @handle is one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from archiver.production.cells import safe
from archiver.production.twins.entries import COLUMNS, entry
from archiver.production.twins.volume import Volume

INDEX_COLUMNS = ("what", "number", "first_page", "last_page", "title", "sections", "files")


def write_tables(volume: Volume, folder: Path) -> None:
    """Write records.jsonl and records.csv."""
    with (
        (folder / "records.jsonl").open("wb") as lines,
        (folder / "records.csv").open("w", encoding="utf-8-sig", newline="") as text,
    ):
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for record in volume.order:
            values = entry(record, volume)
            lines.write(_line(values))
            table.writerow([safe(flat(values[column])) for column in COLUMNS])


def write_index(volume: Volume, path: Path) -> None:
    """Write a row for each record, sheet and list with the pages it takes."""
    with path.open("w", encoding="utf-8-sig", newline="") as text:
        table = csv.writer(text)
        table.writerow(INDEX_COLUMNS)
        table.writerows([safe(cell) for cell in row] for row in index_rows(volume))


def index_rows(volume: Volume) -> Iterator[tuple[str, ...]]:
    """The rows of the index, as they come in the packet."""
    for record in volume.order:
        printed = volume.printed(record)
        files = [path for _, path in volume.files(record)]
        files += filter(None, [volume.message_file(record)])
        sections = dict.fromkeys(c for one in record.redactions for c in one.citations)
        yield (
            *("record", str(printed.ordinal)),
            *(volume.page(printed.first), volume.page(printed.last)),
            *("", "; ".join(sections), "; ".join(files)),
        )
    for number, one, path in volume.lists:
        first, last = volume.packet.lists[one.key]
        sections = dict.fromkeys(c for row in one.rows for cell in row for c in cell.citations)
        pages = volume.page(first), volume.page(last)
        yield "list", str(number), *pages, one.title, "; ".join(sections), path
    for number, withheld in enumerate(volume.release.withheld, 1):
        page = volume.page(volume.packet.sheets[withheld.key])
        title = "Withheld in full"
        yield "sheet", str(number), page, page, title, "; ".join(withheld.citations), ""


def flat(value: object) -> str:
    """A value in one cell."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_in_a_cell(one) for one in value)
    return str(value)


def _in_a_cell(one: object) -> str:
    """An entry of a list: a file by its name, a bar by its place and law."""
    if not isinstance(one, dict):
        return str(one)
    if "field" in one:
        return f"{one['field']}: {', '.join(one['sections'])}"
    return str(one["file"] or one["description"])


def _line(values: dict[str, object]) -> bytes:
    text = json.dumps(values, ensure_ascii=False)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(values).encode("ascii") + b"\n"
