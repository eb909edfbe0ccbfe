"""What commands print: tables for people, JSON for programs, progress for whoever waits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from archiver.config import Home, terminal

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
yes_option = click.option("--yes", is_flag=True, help="Answer yes to the confirmation.")


def plain(value: Any) -> Any:
    """A value as JSON knows it; dataclasses become objects, times, paths and homes text."""
    if isinstance(value, Home):
        return str(value.path)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """Print a value as JSON. Text stays readable; what UTF-8 cannot hold is escaped."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=2)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(plain(value), indent=2)
    click.echo(text)


def say(text: str) -> None:
    """Print a line for a person. Control characters in records never reach the terminal."""
    click.echo(visible(text))


def visible(text: str) -> str:
    """Text with control and direction-changing characters made visible or harmless."""
    return "".join(
        character
        if character in "\n\t" or (character.isprintable() and character not in _DIRECTION)
        else f"\\u{ord(character):04x}"
        for character in text
    )


_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def counted(count: int, one: str, many: str = "") -> str:
    """How many of something, in words."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def say_under(lead: str, text: str) -> None:
    """Print text behind a lead, its further lines set in under its first, within the screen."""
    rest = wrap(visible(text), max(screen_width() - len(lead), 30)) or [""]
    click.echo(lead + f"\n{' ' * len(lead)}".join(rest))


def screen_width() -> int:
    """How many columns there are to write in: the terminal's, at most 100."""
    return min(shutil.get_terminal_size((100, 24)).columns, 100)


def one_line(text: str, width: int) -> str:
    """As much of a text as fits in that many columns, on one line; wide letters count twice."""
    flat = " ".join(visible(text).split())
    if cell_len(flat) <= width:
        return flat
    return set_cell_size(flat, max(width - 1, 1)).rstrip() + "…"


def print_table(columns: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """Print rows under headings, as wide as the terminal; plain text where there is none.

    The first column, the name, is never broken. A column that holds only numbers is set to the
    right; one that holds nothing is left out.
    """
    cells = [[visible("" if each is None else str(each)) for each in line] for line in lines]
    used = [place for place in range(len(columns)) if any(line[place] for line in cells)]
    if not used:
        say("None.")
        return
    columns = [columns[place] for place in used]
    cells = [[line[place] for place in used] for line in cells]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        filled = [line[place] for line in cells if line[place]]
        numbers = bool(filled) and all(_NUMBER.fullmatch(each) for each in filled)
        table.add_column(
            column, overflow="fold", justify="right" if numbers else "left", no_wrap=place == 0
        )
    for line in cells:
        table.add_row(*(Text(each) for each in line))
    width = None if sys.stdout.isatty() else 200
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


_NUMBER = re.compile(r"[\d,.]+")


class Declined(click.Abort):
    """A person said no before anything was done."""


def confirm(question: str, *, yes: bool) -> None:
    """Ask for a yes. Without a terminal nothing is asked: `--yes` must have been given.

    Raises click.UsageError where no one can answer, Declined where the answer is no.
    """
    if yes:
        return
    if not terminal():
        raise click.UsageError(f"{question} Nobody is there to answer: repeat with --yes.")
    if not click.confirm(question, err=True):
        raise Declined


@contextmanager
def showing_progress(*, quiet: bool) -> Iterator[Any]:
    """Give a progress function that draws bars on standard error when a person watches. Nothing is
    drawn before it is told of a step: a question asked until then stands undisturbed."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    lines = _Lines(bars)
    try:
        yield lines.show
        lines.settle()
    finally:
        bars.stop()


class _Lines:
    """One line per kind of step: `capturing parks` and then `capturing water` are one line."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._last: tuple[TaskID, int] | None = None

    def show(self, what: str, done: int, total: int | None) -> None:
        """Draw how far a step is."""
        self._bars.start()
        kind = what.partition(" ")[0]
        if kind not in self._tasks:
            self._tasks[kind] = self._bars.add_task("", total=total)
        task = self._tasks[kind]
        if self._last is not None and self._last[0] != task:
            self.settle()
        self._bars.update(task, description=visible(what), completed=done, total=total)
        self._last = (task, done) if total is None else None

    def settle(self) -> None:
        """End a line whose end was not known beforehand."""
        if self._last is not None:
            task, done = self._last
            self._bars.update(task, total=done)
