"""archiver select: the owner of a personal account picks what concerns the city's business."""

from __future__ import annotations

import re
import webbrowser
from pathlib import Path

import click

from archiver.cli.context import State
from archiver.cli.naming import day_of
from archiver.cli.output import (
    Declined,
    json_option,
    one_line,
    print_json,
    print_table,
    say,
    screen_width,
    showing_progress,
)
from archiver.errors import UsageError
from archiver.exports.reader import open_download
from archiver.selecting.choosing import Choice, Entry, Opened, Wanted, open_for_choosing
from archiver.selecting.selection import write_selection
from archiver.selecting.serving import Session, address, serve_choice
from archiver.selecting.statement import read_statement

_PATH = click.Path(path_type=Path, exists=True)
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


@click.command()
@click.argument("downloads", type=_PATH, nargs=-1, required=True, metavar="DOWNLOAD…")
@click.option("--list", "listing", is_flag=True, help="Print what fits; make no file.")
@click.option("--words", default="", help="Only items with all these words.")
@click.option("--kind", default="", help="Only this kind: post, comment, message.")
@click.option("--from", "start", default="", help="YYYY-MM-DD, in UTC.")
@click.option("--to", "end", default="", help="YYYY-MM-DD, in UTC.")
@click.option("--take", default="", metavar="NUMBERS", help="Take these: 3,7-9. No page opens.")
@click.option("--statement", "stated", type=_PATH, help="The statement, as TOML or JSON.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to make.")
@click.option("--no-browser", is_flag=True, help="Print the page's address; do not open it.")
@json_option
@click.pass_obj
def select(
    state: State,
    downloads: tuple[Path, ...],
    listing: bool,
    words: str,
    kind: str,
    start: str,
    end: str,
    take: str,
    stated: Path | None,
    out: Path | None,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Pick, out of the DOWNLOAD of a personal account, what concerns the city's business. For its
    owner, on their own machine: no archive is needed, and nothing else leaves the download.

    Opens a page in the browser to look and pick in; with --list and --take it works without one.
    """
    wanted = Wanted(words, kind.lower(), _day(start), _day(end))
    target = (out or Path("for-the-city.zip")).absolute()
    with open_download(*downloads) as reader:
        opened = open_for_choosing(reader)
        for line in opened.incomplete:
            click.echo(f"LOOK AT: {line}", err=True)
        with showing_progress(quiet=state.quiet or as_json) as progress:
            choice = Choice(opened, progress)
        if kind and kind.lower() not in dict(choice.kinds()):
            held = ", ".join(f"{one} ({count:,})" for one, count in choice.kinds())
            raise UsageError(f"there is no {kind!r} in the download: it holds {held}")
        if listing:
            _list(choice, wanted, as_json=as_json)
            return
        if take:
            if stated is None:
                raise UsageError("--take needs --statement: what you state stands in the file")
            statement = read_statement(stated)
            numbers = _numbers(take)
            if absent := sorted(one for one in numbers if not 1 <= one <= choice.total):
                raise UsageError(
                    f"there is no item {absent[0]}: the download holds {choice.total:,}, as "
                    "--list shows them"
                )
            made = write_selection(target, opened, numbers, statement)
            _made(target, made, as_json=as_json)
            return
        _by_page(opened, choice, target, no_browser=no_browser, as_json=as_json)


def _by_page(
    opened: Opened, choice: Choice, target: Path, *, no_browser: bool, as_json: bool
) -> None:
    session = Session(opened, choice, target)
    server = serve_choice(session)
    where = address(server, session)
    if not as_json:
        say(f"{choice.total:,} items are in the download. Pick at {where}")
        say("Only this machine can open that page. Stop with Ctrl-C; no file is made then.")
    if not no_browser:
        webbrowser.open(where)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            raise Declined from None
    if session.made is not None:
        _made(target, session.made, as_json=as_json)


def _list(choice: Choice, wanted: Wanted, *, as_json: bool) -> None:
    found: list[Entry] = []
    page = 1
    while True:
        total, entries = choice.search(wanted, page)
        found += entries
        if not entries or len(found) >= total:
            break
        page += 1
    if as_json:
        print_json(found)
        return
    print_table(
        ["number", "when (UTC)", "kind", "who", "text"],
        [
            (
                *(entry.number, entry.at[:16].replace("T", " "), entry.kind, entry.author),
                one_line(entry.text, screen_width() // 2),
            )
            for entry in found
        ],
    )


def _day(text: str) -> str:
    return day_of(text).isoformat() if text else ""


def _numbers(text: str) -> set[int]:
    """The numbers in a list like 3,7-9. Raises UsageError where it is none."""
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        one = _RANGE.fullmatch(part)
        if one is None:
            raise UsageError(f"{part!r} is no number and no range: write 3,7-9")
        first, last = int(one[1]), int(one[2] or one[1])
        if last < first:
            raise UsageError(f"{part} runs backwards: write {last}-{first}")
        if last - first > 100_000:
            raise UsageError(f"{part} is too long a range")
        found.update(range(first, last + 1))
    return found


def _made(target: Path, items: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(target), "items": items})
    else:
        held = "1 item" if items == 1 else f"{items:,} items"
        say(f"{target} holds {held} and the statement, and nothing else of the download.")
        say("Hand it to the city clerk; in the city's archive: `archiver forward FILE`.")
