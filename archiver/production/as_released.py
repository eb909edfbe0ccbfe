"""A record as the requester would get it now, before anything is produced.

It is made by the same code as a volume's records, so what a reviewer sees is what goes out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.production.loading import withheld_elsewhere
from archiver.production.release import Record
from archiver.production.released_records import ReleasedRecords
from archiver.production.siblings import Siblings
from archiver.requests.items import items_of_record


def as_released(
    home: Home,
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    item_id: int,
) -> Record:
    """An item under the bars that stand now, drafts too, whatever was decided about it.

    `files` are the archive's files the person may see. What it answers is only told as that: the
    other records of a volume are not known yet. Raises InputError where there is no such item
    among them, RuleError where it cannot be looked at (quarantine) or produced.
    """
    found = items_of_record(office, files, number, item_id)
    shown = found[0]
    if shown.item.file not in files:
        raise InputError(f"request {number} has no item {item_id}")
    if shown.problem is not None:
        raise RuleError(f"item {item_id} cannot be shown as released: {shown.problem}")
    siblings = Siblings(found, {}, {}, withheld_elsewhere(office, number, [shown]))
    [record] = ReleasedRecords(home, files, [shown], {}, siblings).all()
    return record
