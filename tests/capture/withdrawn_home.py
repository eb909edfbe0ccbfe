"""Everything both evidence files hold, in a form in which two homes can be compared, and a
withdrawal without the rooms above the archive."""

from __future__ import annotations

import json
from typing import Any

from archiver.archive.destroying_bytes import finish_bytes
from archiver.archive.runs import recover
from archiver.archive.store import Archive
from archiver.archive.withdrawing import Withdrawn, withdraw_import
from archiver.config import Home
from archiver.items import Access

NOW = "2026-07-02T09:00:00Z"
TRACE = (
    "audit",
    "leaves",
    "tombstones",
    "withdrawals",
    "runs",
    "seals",
    "unfinished",
    "observed_before",
    "accounts",
)
"""Tables that a withdrawal leaves longer than they were."""
GIVEN = ("salt", "leaf", "end_leaf", "dictionary_id", "stored_at", "run_id", "from_run", "to_run")
"""Columns that are another for every run and every row."""
_INDEX = ("fts", "fts_data", "fts_idx", "fts_docsize", "fts_config", "fts_content")


def withdrawn(home: Home, run: int, *, reason: str = "the wrong file") -> Withdrawn:
    """Withdraw an import and clear the disk."""
    with Archive.open(home, write=True) as archive:
        recover(archive)
        with archive.writer():
            done = withdraw_import(archive, run, actor="odile", reason=reason, now=NOW)
        finish_bytes(archive)
    return done


def everything(home: Home) -> dict[str, list[Any]]:
    """Every row of every table of both files but the trace, salts, leaves and row numbers as they
    are: after a withdrawal they must be what they were."""
    found: dict[str, list[Any]] = {}
    with Archive.open(home, whole=True) as archive:
        for access in Access:
            connection = archive.file(access)
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall():
                if name in TRACE or name in _INDEX or name.startswith(("sqlite_", "_sqlite")):
                    continue
                rows = connection.execute(f"SELECT * FROM {name}").fetchall()
                found[f"{access.value} {name}"] = sorted((tuple(row) for row in rows), key=repr)
    found["disk"] = sorted(
        (str(path.relative_to(home.path)), path.stat().st_size)
        for access in Access
        for path in home.folder(access).rglob("*")
        if path.is_file()
    )
    return found


def alike(home: Home) -> dict[str, list[Any]]:
    """The same with what is given anew to every row left out, ids of records replaced by what the
    platform calls them: what importing a file again must give back."""
    found: dict[str, list[Any]] = {}
    with Archive.open(home, whole=True) as archive:
        for access in Access:
            connection = archive.file(access)
            named = {
                row["id"]: (row["account_id"], row["kind"], row["native_id"])
                for row in connection.execute("SELECT id, account_id, kind, native_id FROM records")
            }
            version = {
                row["id"]: (*named[row["record_id"]], row["n"])
                for row in connection.execute("SELECT id, record_id, n FROM versions")
            }
            for table in (
                *("records", "versions", "events", "metrics", "media", "record_media"),
                *("subscribers", "subscriber_counts", "coverage", "skipped", "originals"),
                *("observed", "search_docs", "facet"),
            ):
                rows = connection.execute(f"SELECT * FROM {table}").fetchall()
                found[f"{access.value} {table}"] = sorted(
                    (_without_numbers(dict(row), table, named, version) for row in rows), key=repr
                )
        found["cursors"] = [
            row["name"] for row in archive.public.execute("SELECT name FROM cursors ORDER BY 1")
        ]
    return found


def _without_numbers(
    row: dict[str, Any], table: str, named: dict[int, Any], version: dict[int, Any]
) -> list[Any]:
    for name in GIVEN:
        row.pop(name, None)
    if table in ("search_docs", "facet", "records"):
        row["id"] = named[row["id"]]
    else:
        row.pop("id", None)
    if "record_id" in row:
        row["record_id"] = named[row["record_id"]]
    if row.get("version_id"):
        row["version_id"] = version[row["version_id"]]
    for name in ("original_id", "exchange_id"):
        if name in row:
            row[name] = row[name] is not None
    if table == "versions":
        details = json.loads(row["details"])
        row["details"] = {key: details[key] for key in details if key not in ("run", "original")}
    return sorted(row.items(), key=lambda item: item[0])
