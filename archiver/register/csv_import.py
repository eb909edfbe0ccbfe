"""Filling the register from a spreadsheet: every line is judged, and nothing is half-written."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from archiver.database import row, write_transaction
from archiver.errors import ArchiverError, InputError
from archiver.register.accounts import insert_account
from archiver.register.names import handle_name, key, platform_name
from archiver.register.office import audit

COLUMNS = (
    "platform",
    "handle",
    "department",
    "division",
    "display_name",
    "account_class",
    "native_id",
    "url",
    "service",
    "credential",
    "opened_on",
    "waiver_reason",
    "approval",
)
_NEEDED = ("platform", "handle", "department")
_LARGEST = 10 * 1024 * 1024


class LineOutcome(StrEnum):
    """What became of a line."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class CsvLine:
    """One line of the file, counted as an editor counts them, and what became of it."""

    line: int
    outcome: LineOutcome
    account: str
    detail: str


@dataclass(frozen=True, slots=True)
class CsvReport:
    """Every line's outcome. Where any line is wrong, `written` is False and nothing was added."""

    lines: list[CsvLine]
    written: bool

    def count(self, outcome: LineOutcome) -> int:
        """How many lines ended so."""
        return sum(line.outcome is outcome for line in self.lines)


class _Refused(Exception):
    """Some line is wrong: the transaction is given up."""


def import_csv(conn: sqlite3.Connection, path: Path, *, actor: str) -> CsvReport:
    """Add the accounts of a CSV file (`COLUMNS`, a header line, UTF-8) to the register.

    All lines are judged; an account that is registered and active already is a duplicate and is
    left as it is; if any line is wrong, nothing is written at all. Raises InputError where the file
    as a whole cannot be read.
    """
    lines = list(_read(path))
    report: list[CsvLine] = []
    try:
        with write_transaction(conn):
            for number, values in lines:
                report.append(_judge(conn, number, values, actor))
            if any(line.outcome is LineOutcome.WRONG for line in report):
                raise _Refused
            audit(
                conn,
                actor=actor,
                action="accounts imported",
                subject=f"file {path.name}",
                detail={"lines": len(report)},
            )
    except _Refused:
        return CsvReport(report, written=False)
    return CsvReport(report, written=True)


def _judge(conn: sqlite3.Connection, number: int, values: Mapping[str, str], actor: str) -> CsvLine:
    name = f"{values['platform']}:{values['handle']}"
    conn.execute("SAVEPOINT line")
    try:
        platform, handle = platform_name(values["platform"]), handle_name(values["handle"])
        name = f"{platform}:@{handle}"
        known = row(
            conn,
            "SELECT id FROM register_accounts "
            "WHERE status = 'active' AND platform = ? AND handle_key = ?",
            platform,
            key(handle),
        )
        if known is not None:
            detail = f"already registered as account {known['id']}; left as it is"
            return CsvLine(number, LineOutcome.DUPLICATE, name, detail)
        account = insert_account(conn, actor=actor, **_arguments(values))
        return CsvLine(number, LineOutcome.ADDED, name, f"account {account.id}")
    except ArchiverError as error:
        conn.execute("ROLLBACK TO line")
        return CsvLine(number, LineOutcome.WRONG, _printable(name), str(error))
    finally:
        conn.execute("RELEASE line")


def _arguments(values: Mapping[str, str]) -> dict[str, str]:
    return {column: values.get(column, "") for column in COLUMNS}


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True, delimiter=",")
    header: list[str] | None = None
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, path)
            elif len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise InputError(
                    f"{path.name} line {line}: {len(cells)} cells where the header has "
                    f"{len(header)}: quote cells that hold a comma"
                )
            else:
                padded = cells + [""] * (len(header) - len(cells))
                yield line, dict(zip(header, padded, strict=False))
    except csv.Error as error:
        raise InputError(f"{path.name} line {before + 1}: no CSV here ({error})") from None
    if header is None:
        raise InputError(f"{path.name} is empty: the first line names the columns")


def _header(cells: list[str], path: Path) -> list[str]:
    header = [cell.strip().lower().replace(" ", "_") for cell in cells]
    while header and not header[-1]:
        header.pop()
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise InputError(
            f"{path.name} line 1: no column {', '.join(missing)}; needed are {', '.join(_NEEDED)}, "
            f"possible are {', '.join(COLUMNS)}, with commas between them"
        )
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        note = ": the register holds pointers (column credential), never passwords"
        secret = any("password" in name or "secret" in name for name in unknown)
        raise InputError(
            f"{path.name} line 1: column {_printable(', '.join(unknown))} is not known"
            + (note if secret else f"; possible are {', '.join(COLUMNS)}")
        )
    if len(set(header)) != len(header):
        raise InputError(f"{path.name} line 1: a column is named twice")
    return header


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path.name} is larger than 10 MB: no account list is")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name} line {line}: not UTF-8: save it as “CSV UTF-8” and try again"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path.name} line {line}: holds NUL characters: no CSV file")
    return text


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:80]
