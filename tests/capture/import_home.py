"""A home, an account and a look at everything an import wrote, for the tests of imports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archiver.archive.store import Archive
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download
from archiver.config import Home
from archiver.items import Access
from archiver.register.accounts import Account
from tests.empty_home import empty_archive
from tests.exports.x_downloads import ACCOUNT, HANDLE

ACCOUNT_ROW = Account(
    id=1,
    platform="x",
    handle=HANDLE,
    native_id=ACCOUNT,
    display_name="Alder Glen Parks",
    department="Parks",
    division="",
    account_class="official",
    url=None,
    service=None,
    credential=None,
    status="active",
    opened_on=None,
    closed_on=None,
    close_reason=None,
    waiver_reason=None,
    approval=None,
)


def new_home(path: Path) -> Home:
    """A home with the evidence files only."""
    home = Home(path)
    empty_archive(home)
    return home


def imported(home: Home, path: Path, account: Account = ACCOUNT_ROW, **more: Any) -> ImportReport:
    """Import into a home."""
    with Archive.open(home, write=True) as archive:
        return import_download(archive, account, path, **more)


@contextmanager
def looking(home: Home) -> Iterator[Archive]:
    """The archive, read only."""
    with Archive.open(home) as archive:
        yield archive


def contents(home: Home) -> dict[str, list[Any]]:
    """Everything an import leaves, run numbers, salts and leaves apart."""
    found: dict[str, list[Any]] = {}
    with looking(home) as archive:
        for access in Access:
            connection = archive.file(access)
            found[f"{access.value} records"] = _rows(
                connection,
                """
                SELECT id, kind, form, native_id, parent_id, root_id, author_id, author_handle,
                    created_at, undated, edited_at, text, language, url, visibility,
                    content_state, presence, removed_at, removed_by, version_count, media_count,
                    metrics, hex(stable), edit_id, first_seen_at
                FROM records ORDER BY id
                """,
            )
            found[f"{access.value} versions"] = [
                [*row[:-1], _without_run(row[-1])]
                for row in _rows(
                    connection,
                    """
                    SELECT r.native_id, r.kind, v.n, v.observed_at, v.late, v.edit_id,
                        v.edit_position, hex(v.stable), v.text, v.author, v.place, v.media,
                        v.details
                    FROM versions AS v JOIN records AS r ON r.id = v.record_id
                    ORDER BY r.id, v.n
                    """,
                )
            ]
            found[f"{access.value} events"] = _rows(
                connection,
                """
                SELECT record_id, what, at, observed_at, detail FROM events
                ORDER BY record_id, what, at, detail
                """,
            )
            found[f"{access.value} metrics"] = _rows(
                connection, "SELECT record_id, at, counters FROM metrics ORDER BY record_id, at"
            )
            found[f"{access.value} media"] = _rows(
                connection, "SELECT hex(sha256), size FROM media ORDER BY sha256"
            )
            found[f"{access.value} docs"] = _rows(
                connection, "SELECT * FROM search_docs ORDER BY 1"
            )
        found["coverage"] = _rows(
            archive.public,
            "SELECT what, start_at, end_at, state, reason FROM coverage ORDER BY what, end_at",
        )
        found["people"] = _rows(
            archive.private,
            """
            SELECT relation, native_id, from_at, from_known, to_at FROM subscribers
            ORDER BY relation, native_id, from_at
            """,
        )
        found["skipped"] = _rows(
            archive.private,
            """
            SELECT member, position, detail, failed FROM skipped
            ORDER BY member, position, detail
            """,
        )
    return found


def _rows(connection: Any, sql: str) -> list[list[Any]]:
    return [list(row) for row in connection.execute(sql)]


def _without_run(details: str) -> dict[str, Any]:
    return {key: value for key, value in json.loads(details).items() if key != "run"}


def count(home: Home, table: str, access: Access = Access.PUBLIC) -> int:
    """How many rows a table has."""
    with looking(home) as archive:
        return int(archive.file(access).execute(f"SELECT count(*) FROM {table}").fetchone()[0])
