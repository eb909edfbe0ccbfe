"""archiver forward: hand in what an official received on an account of their own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.custodians import say_taken
from archiver.cli.naming import day_of
from archiver.cli.output import (
    json_option,
    print_json,
    say,
    showing_progress,
)
from archiver.config import Settings
from archiver.errors import UsageError
from archiver.operations.forwarding import queue_acknowledgement
from archiver.requests.custodians.handing_in import lot_of_forward
from archiver.requests.custodians.selection import check_owner, picked_in
from archiver.requests.custodians.taking_in import take_in_lot, taken_files
from archiver.requests.forwards.forwarding import (
    COMMAND,
    ForwardedFile,
    list_forwards,
)
from archiver.requests.forwards.forwarding import forward as record_forward
from archiver.requests.forwards.officials import (
    Official,
)
from archiver.requests.forwards.stating import (
    NewStatement,
    statements_of,
)

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_LONGEST_FILE = 100_000


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--from", "name", default="", help="The official who received it.")
@click.option("--department", default="", help="Their department or body.")
@click.option("--source", default="", help='The account: "facebook: dana.ruiz (personal)".')
@click.option("--received", default="", help="YYYY-MM-DD, or 'YYYY-MM-DD HH:MM' city time.")
@click.option("--sender", default="", help="Who wrote it, where the files do not say.")
@click.option("--searched", multiple=True, help="Where else they looked; may be repeated.")
@click.option("--kept-back", default="", help="What is kept back as personal.")
@click.option("--facts", default="", help="Facts that show it is no public record.")
@click.option("--statement", default="", help="Their own words: text, or a text file's path.")
@click.option("--stated-on", default=None, help="YYYY-MM-DD; today if none.")
@click.option("--how", default="", help="How they told it: on paper, by telephone.")
@click.option("--title", default="")
@click.option("--email", default="", help="Where the acknowledgement goes.")
@json_option
@click.pass_obj
def forward(
    state: State,
    files: tuple[Path, ...],
    name: str,
    department: str,
    source: str,
    received: str,
    sender: str,
    searched: tuple[str, ...],
    kept_back: str,
    facts: str,
    statement: str,
    stated_on: str | None,
    how: str,
    title: str,
    email: str,
    as_json: bool,
) -> None:
    """Hand in FILES that an official received on a personal account: .eml, .msg, .mbox, pictures,
    PDF, text, saved pages, or the zip of `archiver select`. The same files with the same statement
    are one. --from, --department, --source and --received are needed, but for the zip of `archiver
    select`, which says them itself.
    """
    home, settings = state.found_home, state.found_home.settings()
    picked = picked_in(files)
    name = name or picked.get("name", "")
    department = department or picked.get("department", "")
    source, day = source or picked.get("source", ""), received or picked.get("received", "")
    _check_given(name, department, source, day)
    check_owner(picked, name)
    stated_on = stated_on or picked.get("stated_on")
    given = NewStatement(
        source,
        received_at(day, settings),
        name,
        day_of(stated_on) if stated_on else today_of(settings),
        sender=sender or picked.get("sender", ""),
        searched="\n".join(searched) or picked.get("searched", ""),
        kept_back=kept_back or picked.get("kept_back", ""),
        facts=facts or picked.get("facts", ""),
        remark=words_given(statement) or ("" if received else picked.get("remark", "")),
    )
    handed = [ForwardedFile(path, path.name) for path in files]
    official = Official(name, department, title or picked.get("title", ""), email)
    with state.office() as office, showing_progress(quiet=state.quiet or as_json) as progress:
        before = next((each.id for each in list_forwards(office, limit=1)), 0)
        made = record_forward(
            *(home, office, settings, official, handed, given),
            way=COMMAND,
            actor=actor(),
            how=how,
        )
        lot = lot_of_forward(made.id)
        with Archive.open(home, write=True) as archive:
            take_in_lot(home, office, archive, lot, actor=actor(), progress=progress)
        taken = taken_files(office, lot)
        queued = queue_acknowledgement(
            office, settings, made.id, actor=actor(), clerk=settings.agency
        )
        stated = statements_of(office, made.id)[-1]
    if as_json:
        print_json({"forward": made, "statement": stated, "taken": taken, "told": queued})
        return
    say(f"F-{made.id}: forwarded by {made.who}; the statement has SHA-256 {stated.sha256}.")
    say_taken(taken)
    if made.id <= before:
        say("It was forwarded before, with the same statement: nothing new was written.")
    elif queued:
        say("The worker of `archiver serve` sends the acknowledgement.")
    else:
        say(f"Tell the official that it came: `archiver forwards acknowledge {made.id}`.")


def _check_given(name: str, department: str, source: str, received: str) -> None:
    """Raises UsageError naming the first option that is missing."""
    for option, value in (
        ("--from 'NAME'", name),
        ("--department 'NAME'", department),
        ("--source 'facebook: own profile'", source),
        ("--received YYYY-MM-DD", received),
    ):
        if not value.strip():
            raise UsageError(f"{option} is missing: see `archiver forward --help`")


def received_at(text: str, settings: Settings) -> str:
    """When something was received as it is kept: a day as it is, a time of the agency's zone in
    UTC.

    Anything else comes back as it is, for the statement to refuse.
    """
    try:
        moment = dt.datetime.strptime(text.strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007
    except ValueError:
        return text
    return clock.to_text(moment.replace(tzinfo=clock.zone(settings.time_zone)))


def words_given(given: str) -> str:
    """Text, or what stands in the file of that path."""
    path = Path(given)
    try:
        if given and len(given) < 1_000 and path.is_file():
            return path.read_text("utf-8", errors="replace")[:_LONGEST_FILE]
    except OSError:
        return given
    return given


def today_of(settings: Settings) -> dt.date:
    """The day it is in the agency's zone."""
    return clock.local_day(clock.now_text(), settings.time_zone)
