"""Lists a request collects as of a date: frozen tables, decided about and barred like records.

A collected list never changes; its digest is SHA-256 over its rows as JSON lines, in order. What
may leave the building of it is `released_table`: the page shows it and the packet prints it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from archiver import clock
from archiver.archive.filters import known_accounts
from archiver.archive.veil import seen_in
from archiver.database import row, rows, write_transaction
from archiver.decoding import decoder
from archiver.errors import InputError, RuleError
from archiver.register.accounts import account_by_id
from archiver.requests.collecting.list_kinds import EVENT_KEY, ListKind, list_kind
from archiver.requests.decisions import Basis, Choice
from archiver.requests.intake import get_request, hold_lists, note, open_request
from archiver.retention.quarantine import quarantined

CHOICES = (Choice.UNDECIDED, Choice.RELEASE, Choice.WITHHOLD, Choice.NOT_RESPONSIVE)


@dataclass(frozen=True, slots=True)
class Step:
    """A decision about a list, a bar over a part of it, or a bar lifted (`bar_id`).

    A bar over a row has `row_n`, over a column `position` (from 0), over one cell both.
    """

    id: int
    at: str
    actor: str
    what: str
    row_n: int | None
    position: int | None
    bar_id: int | None
    grounds: tuple[Basis, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class CollectedList:
    """A list as it was collected. `file` is the access class it belongs to; `as_of` is the moment
    it speaks of, UTC. `steps` are all that was done about it, oldest first."""

    id: int
    request_id: int
    kind: str
    file: str
    account_id: int | None
    title: str
    about: str
    columns: tuple[str, ...]
    as_of: str
    rows: int
    digest: str
    at: str
    actor: str
    steps: tuple[Step, ...]

    @property
    def decision(self) -> Step | None:
        """The standing decision; None where none was made."""
        made = [each for each in self.steps if each.what in CHOICES]
        return made[-1] if made else None

    @property
    def choice(self) -> Choice:
        """What stands decided."""
        return Choice(self.decision.what) if self.decision else Choice.UNDECIDED

    @property
    def bars(self) -> tuple[Step, ...]:
        """The bars that stand."""
        lifted = {each.bar_id for each in self.steps if each.what == "bar lifted"}
        return tuple(e for e in self.steps if e.what == "bar" and e.id not in lifted)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it may leave the building: its text, or None and the sections that bar it."""

    text: str | None
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a list: its place from 1, its key, its cells."""

    n: int
    key: str
    cells: tuple[str, ...]


def collect_list(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    kind_name: str,
    *,
    actor: str,
    time_zone: str,
    account_id: int | None = None,
    as_of: str | None = None,
) -> CollectedList:
    """Collect a list as it stood at a moment (UTC; now where not given) into an open request, and
    hold the account's lists for as long as it is open.

    Raises InputError where there is no such list or account, or it lies in a file the person may
    not see; RuleError where the request is closed, or the list is of every account and the person
    is limited to some.
    """
    kind = list_kind(kind_name)
    moment = as_of or clock.now_text()
    if moment > clock.now_text():
        raise InputError("a list is collected as of a moment that has passed: check the date")
    source = conn if kind.file == "office" else files.get(kind.file)
    if source is None:
        raise InputError(f"the list {kind.name!r} is private: who may see private records adds it")
    if not kind.of_account and seen_in(files.values()) is not None:
        raise RuleError(
            f"the list {kind.name!r} is of every account, and you see those of your departments: "
            "ask somebody who is not limited to departments"
        )
    title = _title(conn, kind, files, account_id)
    reading = kind.read(source, account_id or 0, moment, time_zone)
    encoded = [(at, key, _json(cells)) for at, (key, cells) in enumerate(reading.rows, 1)]
    with write_transaction(conn):
        request = open_request(conn, number)
        found = row(conn, "SELECT coalesce(max(id), 0) + 1 AS next FROM main.request_lists")
        list_id = int(found["next"]) if found else 1
        conn.executemany(
            "INSERT INTO main.request_list_rows (list_id, n, key, cells) VALUES (?, ?, ?, ?)",
            ((list_id, *each) for each in encoded),
        )
        conn.execute(
            "INSERT INTO main.request_lists (id, request_id, kind, file, account_id, title, about, "
            "columns, as_of, rows, digest, at, actor) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(list_id, request.id, kind.name),
                *("archive" if kind.file == "office" else kind.file, account_id),
                *(title, reading.about, _json(kind.columns), moment, len(encoded)),
                *(_digest(encoded), clock.now_text(), actor),
            ),
        )
        # what the city laid down is never disposed of: it needs no hold
        if account_id is not None and kind.file != "office" and not request.practice:
            hold_lists(conn, request, [account_id], actor=actor)
        detail = {"list": list_id, "kind": kind.name, "rows": len(encoded)}
        note(conn, request, actor=actor, kind="list collected", detail=detail)
    return list_by_id(conn, number, list_id)


def lists_of(
    conn: sqlite3.Connection, number: str, files: Collection[str] = ("archive", "private")
) -> list[CollectedList]:
    """The lists a request collected, as far as they belong to `files`, oldest first."""
    request = get_request(conn, number)
    steps: dict[int, list[Step]] = {}
    for each in rows(
        conn,
        "SELECT steps.* FROM request_list_steps AS steps "
        "JOIN request_lists AS lists ON lists.id = list_id WHERE request_id = ? ORDER BY steps.id",
        request.id,
    ):
        steps.setdefault(each["list_id"], []).append(_step(each))
    found = rows(conn, "SELECT * FROM request_lists WHERE request_id = ? ORDER BY id", request.id)
    return [
        _list(each, tuple(steps.get(each["id"], ()))) for each in found if each["file"] in files
    ]


def list_by_id(
    conn: sqlite3.Connection,
    number: str,
    list_id: int,
    files: Collection[str] = ("archive", "private"),
) -> CollectedList:
    """A list of a request. Raises InputError where it has none such, or it is in another file."""
    for each in lists_of(conn, number, files):
        if each.id == list_id:
            return each
    raise InputError(f"request {number} has no list {list_id}")


def list_rows(
    conn: sqlite3.Connection, list_id: int, *, start: int = 0, size: int | None = None
) -> list[ListRow]:
    """Rows of a list in order, from the place `start` (0 is the first) on, at most `size`.

    A row about a record that is in quarantine now is left out: nobody is shown it.
    """
    found = rows(
        conn,
        "SELECT n, key, cells FROM request_list_rows WHERE list_id = ? AND n > ? "
        "ORDER BY n LIMIT ?",
        *(list_id, start, -1 if size is None else size),
    )
    shut = quarantined(conn).get("archive", frozenset())
    return [
        ListRow(each["n"], each["key"], msgspec.json.decode(each["cells"], type=tuple[str, ...]))
        for each in found
        if not (shut and each["key"].startswith(EVENT_KEY) and _record(each["key"]) in shut)
    ]


def _record(key: str) -> int:
    return int(key.rpartition(":")[2])


def released_table(collected: CollectedList, found: Sequence[ListRow]) -> list[tuple[Cell, ...]]:
    """Rows of a list as they may leave the building: what a bar covers is not in it."""
    by_row: dict[int | None, list[Step]] = {}
    for bar in collected.bars:
        by_row.setdefault(bar.row_n, []).append(bar)
    everywhere = by_row.get(None, [])
    shown = []
    for each in found:
        bars = [*everywhere, *by_row.get(each.n, [])]
        shown.append(
            tuple(
                _cell(text, [bar for bar in bars if bar.position in (None, at)])
                for at, text in enumerate(each.cells)
            )
        )
    return shown


def _title(
    conn: sqlite3.Connection,
    kind: ListKind,
    files: Mapping[str, sqlite3.Connection],
    account_id: int | None,
) -> str:
    if not kind.of_account:
        if account_id is not None:
            raise InputError(f"the list {kind.name!r} is of no one account: leave the account out")
        return kind.title
    if kind.file == "office":
        registered = account_by_id(conn, account_id or 0)
        return f"{kind.title} of {registered.platform}:@{registered.handle.removeprefix('@')}"
    account = known_accounts(files.values()).get(account_id or 0)
    if account is None:
        raise InputError(f"the archive holds no account {account_id}: name one of its accounts")
    return f"{kind.title} of {account.platform}:@{account.handle.removeprefix('@')}"


def _cell(text: str, bars: Sequence[Step]) -> Cell:
    if not bars:
        return Cell(text)
    sections = [basis.section for each in bars for basis in each.grounds]
    return Cell(None, tuple(dict.fromkeys(sections)))


def _digest(encoded: Sequence[tuple[int, str, str]]) -> str:
    made = sha256()
    for n, key, cells in encoded:
        made.update(f"{n} {key} {cells}\n".encode())
    return made.hexdigest()


def _list(found: sqlite3.Row, steps: tuple[Step, ...]) -> CollectedList:
    values: dict[str, Any] = dict(found)
    values["columns"] = msgspec.json.decode(found["columns"], type=tuple[str, ...])
    return CollectedList(**values, steps=steps)


_read_grounds = decoder(tuple[Basis, ...])


def _step(found: sqlite3.Row) -> Step:
    return Step(
        *(found["id"], found["at"], found["actor"], found["what"]),
        *(found["row_n"], found["position"], found["bar_id"]),
        _read_grounds(found["grounds"]),
        found["note"],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
