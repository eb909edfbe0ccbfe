"""Running a saved search, freezing what it finds, and what has come since.

A frozen result is every record the search finds at one moment, each in the version and with the
leaf it has then, and one digest over the list:

    SHA-256 over one line for each record, in the order of file and record id:
    ``<file> <record id> <version id> <leaf in hex>\\n``

so that anybody who holds the list can work the digest out again, and every line can be checked
against the archive. Rows and run stand in one transaction: a kill leaves all or nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from archiver.archive.filters import Filters
from archiver.archive.matching import all_matching, ask, snapshot
from archiver.archive.veil import seen_in
from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.requests.collecting.saved import SavedVersion, filters_shown, version_by_id
from archiver.requests.intake import get_request, hold_touched, note, open_request
from archiver.requests.searches import enter_search

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """A saved search run at a moment. `counts` are the records found, by file; they are exact.

    `state` says how far the archive went then: for each file the newest leaf, and the last seal.
    `digest` (hex) is there where the result was frozen. `log_id` is the row of the search log.
    """

    id: int
    version_id: int
    log_id: int
    at: str
    actor: str
    counts: Mapping[str, int]
    state: Mapping[str, Any]
    digest: str | None

    @property
    def found(self) -> int:
        """How many records it found, in all files it looked through."""
        return sum(self.counts.values())

    @property
    def frozen(self) -> bool:
        """Whether the list of what it found was kept."""
        return self.digest is not None


@dataclass(frozen=True, slots=True)
class Frozen:
    """One record of a frozen result; `leaf` in hex."""

    file: str
    record_id: int
    version_id: int
    leaf: str


def run_search(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    version: SavedVersion,
    *,
    time_zone: str,
    actor: str,
    freeze: bool,
) -> Run:
    """Run a version of a saved search of an open request over `files`, and write it to the log of
    searches; with `freeze` keep the list of all it finds, and hold those records from now on.

    Raises SearchRefused where the search cannot be read, RuleError where the request is closed or
    the version is not the request's.
    """
    with snapshot(files):
        asked = ask(files, version.text, version.filters, time_zone)
        found = {name: all_matching(name, file, asked) for name, file in files.items()}
        state = archive_state(files)
        with write_transaction(conn):
            request = open_request(conn, number)
            _belongs(conn, request.id, version)
            run_id = _next_id(conn)
            digest = None
            if freeze:
                digest = _freeze(conn, run_id, files, found)
                for name, ids in found.items():
                    hold_touched(conn, request, [(name, each) for each in ids], actor=actor)
            counts = {name: len(ids) for name, ids in found.items()}
            log_id = enter_search(
                conn,
                request,
                actor=actor,
                text=version.text,
                filters=filters_shown(version.filters),
                files=list(files),
                found=sum(counts.values()),
                accounts=seen_in(files.values()),
                exact=True,
            )
            conn.execute(
                "INSERT INTO main.search_runs "
                "(id, version_id, log_id, at, actor, counts, state, digest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run_id, version.id, log_id, now_text(), actor, _json(counts), _json(state)),
                    digest,
                ),
            )
            detail = {"search": version.search_id, "version": version.n, "run": run_id}
            kind = "search frozen" if freeze else "search run"
            note(conn, request, actor=actor, kind=kind, detail=detail)
    return run_by_id(conn, number, run_id)


def runs_of(conn: sqlite3.Connection, number: str) -> list[Run]:
    """The runs of a request's saved searches, oldest first."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT runs.* FROM search_runs AS runs "
        "JOIN saved_search_versions AS versions ON versions.id = version_id "
        "JOIN saved_searches AS saved ON saved.id = search_id "
        "WHERE request_id = ? ORDER BY runs.id",
        request.id,
    )
    return [_run(each) for each in found]


def run_by_id(conn: sqlite3.Connection, number: str, run_id: int) -> Run:
    """A run of one of a request's saved searches. Raises InputError where there is none such."""
    found = next((each for each in runs_of(conn, number) if each.id == run_id), None)
    if found is None:
        raise InputError(f"request {number} has no search run {run_id}")
    return found


def saved_names(conn: sqlite3.Connection, number: str) -> dict[int, str]:
    """What each row of the log of searches was a run of, in words, by the row's id: ``saved as
    “Closure”, version 2; result frozen, SHA-256 ab12…``."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT log_id, name, n, digest FROM search_runs AS runs "
        "JOIN saved_search_versions AS versions ON versions.id = version_id "
        "JOIN saved_searches AS saved ON saved.id = search_id WHERE request_id = ?",
        request.id,
    )
    return {
        each["log_id"]: f"saved as “{each['name']}”, version {each['n']}"
        + (f"; result frozen, SHA-256 {each['digest']}" if each["digest"] else "")
        for each in found
    }


def frozen_rows(
    conn: sqlite3.Connection, run_id: int, files: Sequence[str] = ("archive", "private")
) -> Iterator[Frozen]:
    """The records a run froze, in the order of the digest, as far as they lie in `files`."""
    cursor = conn.cursor()
    cursor.row_factory = None
    for file, record_id, version_id, leaf in cursor.execute(
        "SELECT file, record_id, version_id, lower(hex(leaf)) FROM frozen_results "
        "WHERE run_id = ? AND file IN (SELECT value FROM json_each(?)) ORDER BY file, record_id",
        (run_id, _json(list(files))),
    ):
        yield Frozen(file, record_id, version_id, leaf)


def digest_of(frozen: Iterator[Frozen]) -> str:
    """The digest over a frozen list, given in the order of file and record id."""
    made = sha256()
    for each in frozen:
        made.update(f"{each.file} {each.record_id} {each.version_id} {each.leaf}\n".encode())
    return made.hexdigest()


def frozen_run(conn: sqlite3.Connection, number: str, run_id: int) -> tuple[Run, SavedVersion]:
    """A frozen run and the version it ran, checked against its digest.

    Raises InputError where the run froze nothing, RuleError where the list kept is not the one
    that was frozen.
    """
    run = run_by_id(conn, number, run_id)
    if run.digest is None:
        raise InputError(f"run {run_id} was not frozen: freeze the search first")
    if digest_of(frozen_rows(conn, run_id)) != run.digest:
        raise RuleError(
            f"the frozen list of run {run_id} does not fit its digest: run `archiver verify` and "
            "restore office.db from a backup"
        )
    return run, version_by_id(conn, run.version_id)


def archive_state(files: Mapping[str, sqlite3.Connection]) -> dict[str, Any]:
    """How far the archive goes: each file's newest leaf, and the last seal with its root."""
    state: dict[str, Any] = {}
    for name, file in files.items():
        state[name] = {"leaf": file.execute("SELECT max(seq) FROM leaves").fetchone()[0] or 0}
        seal = file.execute("SELECT n, root FROM seals ORDER BY n DESC LIMIT 1").fetchone()
        if seal is not None:
            state["seal"] = {"n": seal[0], "root": seal[1].hex()}
    return state


def found_now(
    files: Mapping[str, sqlite3.Connection], text: str, filters: Filters, time_zone: str
) -> dict[str, list[int]]:
    """All records a search finds in each file at this moment, by id, ascending."""
    with snapshot(files):
        asked = ask(files, text, filters, time_zone)
        return {name: list(all_matching(name, file, asked)) for name, file in files.items()}


def versions_now(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    """Records with the version they stand in and its leaf, as (record, version, leaf)."""
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(ids), _AT_ONCE):
        yield from cursor.execute(
            "SELECT r.id, r.version_id, l.hash FROM json_each(?) AS wanted "
            "CROSS JOIN records AS r ON r.id = wanted.value "
            "CROSS JOIN versions AS v ON v.id = r.version_id "
            "CROSS JOIN leaves AS l ON l.seq = v.leaf",
            (_json(list(ids[start : start + _AT_ONCE])),),
        )


def _freeze(
    conn: sqlite3.Connection,
    run_id: int,
    files: Mapping[str, sqlite3.Connection],
    found: Mapping[str, Sequence[int]],
) -> str:
    """Write the list down, before its run; its digest."""
    listed = [
        Frozen(name, record_id, version_id, leaf.hex())
        for name in sorted(found)
        for record_id, version_id, leaf in versions_now(files[name], found[name])
    ]
    conn.executemany(
        "INSERT INTO main.frozen_results (run_id, file, record_id, version_id, leaf) "
        "VALUES (?, ?, ?, ?, ?)",
        (
            (run_id, each.file, each.record_id, each.version_id, bytes.fromhex(each.leaf))
            for each in listed
        ),
    )
    return digest_of(iter(listed))


def _next_id(conn: sqlite3.Connection) -> int:
    found = row(conn, "SELECT coalesce(max(id), 0) + 1 AS next FROM main.search_runs")
    return int(found["next"]) if found else 1


def _belongs(conn: sqlite3.Connection, request_id: int, version: SavedVersion) -> None:
    found = row(
        conn,
        "SELECT 1 FROM saved_searches WHERE id = ? AND request_id = ?",
        *(version.search_id, request_id),
    )
    if found is None:
        raise RuleError("the saved search belongs to another request: save it to this one first")


def _run(found: sqlite3.Row) -> Run:
    return Run(
        *(found["id"], found["version_id"], found["log_id"], found["at"], found["actor"]),
        msgspec.json.decode(found["counts"]),
        msgspec.json.decode(found["state"]),
        found["digest"],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
