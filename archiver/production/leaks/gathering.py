"""Gathering what must not stand in a volume, from the archive, in the process that holds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from archiver.archive.reading import versions
from archiver.production.leaks.secrets import Secrets
from archiver.production.loading import withheld_elsewhere
from archiver.production.released_records import version_of
from archiver.production.siblings import Siblings
from archiver.requests.book import Choice, ProductionItem
from archiver.requests.collecting.lists import CollectedList, list_rows, released_table


def secrets_of(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    items: Sequence[ProductionItem],
    found: Sequence[ProductionItem],
    lists: Sequence[CollectedList] = (),
) -> Secrets:
    """What is covered in, withheld from or left out of a production that holds `items` of all that
    was `found` for the request, and `lists`.

    What is in quarantine is not read, here as everywhere.
    """
    released = [each for each in items if each.item.decision.choice.goes_out]
    siblings = Siblings(found, {}, {}, withheld_elsewhere(office, number, released))
    secrets = Secrets()
    for each in released:
        item, shown = each.item, version_of(each)
        kept = versions(files[item.file], item.record_id)
        before = siblings.earlier(item, kept, shown)
        secrets.add_covered(item.id, shown, before, siblings.bars(item, kept, shown))
        printed = {shown.id, *(version.id for version in before)}
        secrets.add_left_out(item.id, (one for one in kept if one.id not in printed))
    for each in items:
        if each.item.decision.choice is Choice.WITHHOLD and each.version is not None:
            secrets.add_withheld(each.item.id, each.version)
    for one in lists:
        secrets.add_list(one.title, _covered_cells(office, one))
    return secrets


def _covered_cells(office: sqlite3.Connection, one: CollectedList) -> Iterator[str]:
    kept = list_rows(office, one.id)
    whole = one.choice is Choice.WITHHOLD
    for row, shown in zip(kept, released_table(one, kept), strict=True):
        yield from (
            text for text, cell in zip(row.cells, shown, strict=True) if whole or cell.text is None
        )
