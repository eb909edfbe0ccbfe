"""Reading the rows of one of LinkedIn's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

import msgspec

from archiver.exports.counting import FileCount, Unit
from archiver.exports.guarding import ended, failed, guarded
from archiver.exports.linkedin.writing import NotADateError, unescaped_line
from archiver.exports.tables import Row, open_table
from archiver.items import Author, Skipped

PLATFORM = "linkedin"
PUBLIC = "PUBLIC"

Parse = Callable[[Row], Iterable[Unit]]


def read_rows(
    member: str, needed: tuple[str, ...], parse: Parse, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """What `parse` makes of each row of a table whose head names the columns `needed`."""
    table = open_table(stream, needed, mend=unescaped_line)
    for row in table.rows():
        yield from guarded(member, count, row, partial(_told, member, parse, row))
    ended(table, count)
    if table.notes:
        count.complete = False
        count.reason = count.reason or table.notes[0]


def _told(member: str, parse: Parse, row: Row) -> Iterable[Unit]:
    try:
        return list(parse(row))
    except NotADateError as error:
        return [failed(member, row, str(error))]


def skipped(member: str, row: Row, why: str) -> Skipped:
    """A row that was understood and is no record."""
    return Skipped(member, row.index, why, raw=row.raw)


def canonical(value: dict[str, Any]) -> bytes:
    """What is compared with an earlier download: canonical JSON of what is not empty."""
    return msgspec.json.encode(
        {name: one for name, one in value.items() if one not in (None, "", [])}, order="sorted"
    )


def told_by(author: Author) -> str:
    """The most lasting thing a download says of who somebody is."""
    return author.handle or author.display_name or ""
