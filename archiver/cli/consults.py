"""archiver consults: what officials want to delete, the copy that is kept, who decided what."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, record_key
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.config import Settings
from archiver.requests.consults.consulting import (
    MAY_GO,
    OFFICES,
    STAYS,
    NewConsult,
    captured,
    consult,
    find_consult,
    hold_captured,
    list_consults,
    standing_of,
    steps_of,
    tell_deleted,
)
from archiver.requests.consults.consulting import decide as record_decision
from archiver.requests.consults.consulting import withdraw as withdraw_consult
from archiver.requests.custodians.handing_in import lot_of_forward
from archiver.requests.custodians.taking_in import take_in_lot
from archiver.requests.forwards.forwarding import COMMAND, ForwardedFile, forward
from archiver.requests.forwards.officials import Official
from archiver.requests.forwards.stating import NewStatement

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def consults() -> None:
    """Before an official deletes what is about the city: ask, keep a copy, decide."""


@consults.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--from", "name", required=True, help="The official who asks.")
@click.option("--department", required=True, help="Their department or body.")
@click.option("--title", default="")
@click.option("--source", required=True, help="The account it stands on.")
@click.option("--what", required=True, help="What is to be deleted, in words.")
@click.option("--why", required=True, help="Why it is to go.")
@click.option("--posted", default=None, help="YYYY-MM-DD it was posted; today if none.")
@click.option("--record", "records", multiple=True, help="A copy the archive has: archive:ID.")
@click.option("--how", default="on paper", show_default=True, help="How they told it.")
@json_option
@click.pass_obj
def ask(
    state: State,
    files: tuple[Path, ...],
    name: str,
    department: str,
    title: str,
    source: str,
    what: str,
    why: str,
    posted: str | None,
    records: tuple[str, ...],
    how: str,
    as_json: bool,
) -> None:
    """Enter that an official asks to delete something; FILES are the copy that is kept of it."""
    home, settings = state.found_home, state.found_home.settings()
    official = Official(name, department, title)
    keys = tuple(record_key(each) for each in records)
    with state.office() as office, Archive.open(home, write=True) as archive:
        forward_id = None
        if files:
            today = _today(settings)
            posted_on = (day_of(posted) if posted else today).isoformat()
            stated = NewStatement(source, posted_on, name, today)
            copies = [ForwardedFile(path, path.name) for path in files]
            made = forward(
                *(home, office, settings, official, copies, stated),
                way=COMMAND,
                actor=actor(),
                how=how,
            )
            forward_id = made.id
            take_in_lot(home, office, archive, lot_of_forward(made.id), actor=actor())
        wanted = NewConsult(source, what, why, keys, forward_id)
        asked = consult(office, archive_files(archive), settings, official, wanted, actor=actor())
        if forward_id is not None:
            hold_captured(office, forward_id, actor=actor())
        kept = captured(office, asked)
    if as_json:
        print_json({"consult": asked, "kept": kept})
    else:
        say(f"C-{asked.id}: {asked.who} asks; {len(kept)} records are kept as the copy.")
        say(f"It stays where it is until both decided: `archiver consults decide {asked.id}`.")


@consults.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List what officials want to delete, the newest first."""
    with state.office() as office:
        found = [
            {
                "consult": each,
                "standing": standing_of(office, each).value,
                "steps": steps_of(office, each),
                "kept": captured(office, each),
            }
            for each in list_consults(office)
        ]
        lines = [
            (f"C-{each.id}", each.who, each.what, standing_of(office, each).value)
            for each in list_consults(office)
        ]
    if as_json:
        print_json(found)
    else:
        print_table(["consultation", "official", "what", "stands"], lines)


@consults.command()
@click.argument("number", type=int)
@click.option("--by", "office_of", type=click.Choice(OFFICES), required=True)
@click.option("--name", required=True, help="Who decides.")
@click.option("--says", type=click.Choice([MAY_GO, STAYS]), required=True)
@click.option("--reason", required=True)
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if none.")
@json_option
@click.pass_obj
def decide(
    state: State,
    number: int,
    office_of: str,
    name: str,
    says: str,
    reason: str,
    day: str | None,
    as_json: bool,
) -> None:
    """Enter what the city manager or the city attorney decided about NUMBER."""
    settings = state.found_home.settings()
    with state.office() as office:
        standing = record_decision(
            *(office, settings, number),
            office=office_of,
            says=says,
            name=name,
            on=day_of(day) if day else _today(settings),
            reason=reason,
            actor=actor(),
        )
        steps = steps_of(office, find_consult(office, number))
    if as_json:
        print_json({"standing": standing, "steps": steps})
    else:
        say(f"C-{number}: {standing.value}.")


@consults.command()
@click.argument("number", type=int)
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if none.")
@json_option
@click.pass_obj
def deleted(state: State, number: int, day: str | None, as_json: bool) -> None:
    """Enter that the official deleted what NUMBER is about. The copy is kept."""
    settings = state.found_home.settings()
    on = day_of(day) if day else _today(settings)
    with state.office() as office:
        standing = tell_deleted(office, settings, number, on=on, actor=actor())
    if as_json:
        print_json({"standing": standing})
    else:
        say(f"C-{number}: {standing.value}; the copy is held two years more at least.")


@consults.command()
@click.argument("number", type=int)
@click.option("--reason", default="")
@json_option
@click.pass_obj
def withdraw(state: State, number: int, reason: str, as_json: bool) -> None:
    """Enter that the official asks no more: it stays where it is."""
    with state.office() as office:
        standing = withdraw_consult(office, number, actor=actor(), reason=reason)
    if as_json:
        print_json({"standing": standing})
    else:
        say(f"C-{number}: {standing.value}.")


def _today(settings: Settings) -> dt.date:
    return clock.local_day(clock.now_text(), settings.time_zone)
