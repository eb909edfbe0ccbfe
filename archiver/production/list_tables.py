"""The lists of a production as CSV, the same rows as in the packet."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from archiver.production.cells import safe
from archiver.production.list_pages import told
from archiver.production.release import ListTable, Release

FOLDER = "lists"


def write_list_tables(release: Release, folder: Path) -> None:
    """Write each list as a CSV file of the folder ``lists``."""
    for number, one in enumerate(release.lists, 1):
        (folder / FOLDER).mkdir(exist_ok=True)
        path = folder / FOLDER / file_name(number, one)
        with path.open("w", encoding="utf-8-sig", newline="") as text:
            writer = csv.writer(text)
            writer.writerow(one.columns)
            writer.writerows([safe(told(cell)) for cell in row] for row in one.rows)


def file_name(number: int, one: ListTable) -> str:
    """What a list's CSV is called: its number and the letters of its title."""
    letters = re.sub(r"[^a-z0-9]+", "-", one.title.lower()).strip("-")
    return f"{number:02d}-{letters[:60] or 'list'}.csv"
