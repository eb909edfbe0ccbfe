"""archiver audit: who did what, from all files of the home."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click

from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.output import json_option, one_line, print_json, print_table, say
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import InputError, StorageError
from archiver.operations.audit_reading import (
    FILES,
    Line,
    Wanted,
    days_wanted,
    every_line,
    read_lines,
)
from archiver.operations.home import prepare
from archiver.production.cells import safe
from archiver.register.office import audit as write_line
from archiver.register.office import open_office
from archiver.staff.schema import open_staff


@click.group()
def audit() -> None:
    """Who did, searched and looked at what, in one line of time."""


def _filters(command: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option("--until", metavar="DAY", default="", help="The last day, YYYY-MM-DD."),
        click.option("--since", metavar="DAY", default="", help="The first day, YYYY-MM-DD."),
        click.option("--file", type=click.Choice(FILES), default=None, help="One file's alone."),
        click.option("--subject", default="", help="On what, as `archiver audit list` shows it."),
        click.option("--action", default="", help="What was done, as it is shown."),
        click.option("--actor", default="", help="Who did it."),
    ):
        command = option(command)
    return command


@audit.command("list")
@_filters
@click.option("--size", default=50, show_default=True, help="So many, the newest first.")
@json_option
@click.pass_obj
def list_(
    state: State,
    actor: str,
    action: str,
    subject: str,
    file: str | None,
    since: str,
    until: str,
    size: int,
    as_json: bool,
) -> None:
    """List the newest lines."""
    wanted = _wanted(state.found_home, actor, action, subject, file, since, until)
    with _files(state.found_home) as files:
        lines = read_lines(files, wanted, private=True, limit=max(size, 0))
    if as_json:
        print_json([_plain(line) for line in lines])
        return
    print_table(
        ["at", "file", "who", "what", "on", "detail"],
        [
            (
                *(line.at, line.file, line.actor, line.action, one_line(line.subject, 60)),
                one_line(json.dumps(line.detail, ensure_ascii=False) if line.detail else "", 80),
            )
            for line in lines
        ],
    )


@audit.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@_filters
@json_option
@click.pass_obj
def export(
    state: State,
    target: Path,
    actor: str,
    action: str,
    subject: str,
    file: str | None,
    since: str,
    until: str,
    as_json: bool,
) -> None:
    """Write the lines that fit to TARGET: NAME.csv for a spreadsheet, NAME.jsonl for a program."""
    if target.suffix not in (".csv", ".jsonl"):
        raise InputError(f"{target}: name it .csv or .jsonl")
    home = state.found_home
    wanted = _wanted(home, actor, action, subject, file, since, until)
    with _files(home) as files:
        _note(files["office"], target, wanted)
        lines = every_line(files, wanted, private=True)
        number = _written(target, lines)
    if as_json:
        print_json({"file": target, "lines": number})
    else:
        say(f"{number:,} lines are in {target}.")


def _written(target: Path, lines: Iterable[Line]) -> int:
    number = 0
    try:
        # what is there already is not overwritten: it may be the export somebody was given
        with target.open("x", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            if target.suffix == ".csv":
                table.writerow(["at", "file", "number", "who", "what", "on", "detail"])
            for number, line in enumerate(lines, 1):  # noqa: B007, counted beyond the loop
                if target.suffix == ".csv":
                    table.writerow([safe(str(each)) for each in _cells(line)])
                else:
                    out.write(json.dumps(_plain(line), ensure_ascii=False) + "\n")
    except FileExistsError:
        raise InputError(f"{target} is there already: give another name") from None
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}") from None
    return number


def _cells(line: Line) -> Iterator[object]:
    detail = json.dumps(line.detail, ensure_ascii=False) if line.detail else ""
    yield from (line.at, line.file, line.id, line.actor, line.action, line.subject, detail)


def _plain(line: Line) -> dict[str, object]:
    return {
        "at": line.at,
        "file": line.file,
        "number": line.id,
        "who": line.actor,
        "what": line.action,
        "on": line.subject,
        "detail": line.detail,
    }


def _note(office: sqlite3.Connection, target: Path, wanted: Wanted) -> None:
    filters = {
        name: getattr(wanted, name) for name in wanted.__dataclass_fields__ if getattr(wanted, name)
    }
    with write_transaction(office):
        write_line(
            office,
            actor=actor(),
            action="exported the audit",
            subject=target.suffix.lstrip("."),
            detail=filters,
        )


def _wanted(
    home: Home, actor: str, action: str, subject: str, file: str | None, since: str, until: str
) -> Wanted:
    first, end = days_wanted(since, until, home.settings().time_zone)
    return Wanted(actor, action, subject, file or "", first, end)


@contextmanager
def _files(home: Home) -> Iterator[dict[str, sqlite3.Connection]]:
    prepare(home)
    with ExitStack() as stack:
        archive = stack.enter_context(Archive.open(home))
        office = stack.enter_context(closing(open_office(home)))
        staff = stack.enter_context(closing(open_staff(home)))
        yield {**archive_files(archive), "office": office, "staff": staff}
