"""How far an import got, and that a file was imported whole: kept with the rows themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from archiver.archive.store import Archive
from archiver.archive.writing import read_cursor
from archiver.capture.import_report import KindTally
from archiver.decoding import decoder


class Position(msgspec.Struct):
    """How far an import got: the units that were committed, what became of them and what there is
    to look at, the time the download stands for, how many had been destroyed under which number,
    why what was left out was, and the state of the reader that counted so."""

    reader: int
    ordinal: int = 0
    observed_at: str = ""
    media: int = 0
    tallies: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    kinds: dict[str, KindTally] = msgspec.field(default_factory=dict)
    problems: list[str] = []
    destroyed: dict[str, int] = {}
    reasons: dict[str, dict[str, int]] = {}


class Done(msgspec.Struct):
    """That a download was imported whole: when, by which run, how much was in it, and by which
    state of the reader: a later one may read more out of it."""

    at: str
    run: int
    units: int
    reader: int


_T = TypeVar("_T", Position, Done)
_READ: dict[type[Any], Callable[[str], Any]] = {kind: decoder(kind) for kind in (Position, Done)}


def place_name(source: str, digest: str) -> str:
    """The cursor that says how far the import of a download got."""
    return f"{source} at {digest}"


def done_name(source: str, digest: str) -> str:
    """The cursor that says that a download was imported whole."""
    return f"{source} done {digest}"


def known(archive: Archive, account_id: int, name: str, kind: type[_T], reader: int) -> _T | None:
    """What a cursor holds, unless another state of the reader wrote it."""
    text = read_cursor(archive, account_id, name)
    found: _T | None = None if text is None else _READ[kind](text)
    return found if found is not None and found.reader == reader else None


def of_another(archive: Archive, account_id: int, source: str, digest: str) -> str | None:
    """The other account, by its public name, for which a file was imported, or begun to be; None
    where there is none, or it was begun for this one."""
    found = archive.public.execute(
        """
        SELECT a.platform || ':@' || a.handle, c.account_id = ?3 AS own
        FROM cursors AS c JOIN accounts AS a ON a.id = c.account_id
        WHERE c.name IN (?1, ?2) ORDER BY own DESC, c.account_id LIMIT 1
        """,
        (done_name(source, digest), place_name(source, digest), account_id),
    ).fetchone()
    return None if found is None or found["own"] else str(found[0])


def encoded(value: Position | Done) -> str:
    """The text a cursor holds."""
    return msgspec.json.encode(value).decode()
