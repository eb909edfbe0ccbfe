"""archiver schedules: list, show, check, draft, compare, adopt, event."""

from __future__ import annotations

import csv
import sqlite3
import sys
from dataclasses import astuple, fields
from pathlib import Path

import click
import msgspec

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say, showing_progress
from archiver.config import shipped
from archiver.errors import InputError, UsageError
from archiver.register.accounts import list_accounts
from archiver.retention.adopting import (
    adopt as adopt_schedule,
)
from archiver.retention.adopting import (
    get_draft,
    list_adoptions,
    list_drafts,
    save_draft,
)
from archiver.retention.authoring import next_version, schedule_text
from archiver.retention.comparing import Comparison, Move, Progress, moves
from archiver.retention.comparing import compare as compare_schedules
from archiver.retention.events import end_event, list_events
from archiver.retention.in_force import in_city, schedule_in_force
from archiver.retention.linting import Finding, lint
from archiver.retention.schedules import Schedule, find_schedule, schedule_of
from archiver.retention.terms import series_words


@click.group()
def schedules() -> None:
    """Retention schedules: read them, check them, compare and adopt them."""


@schedules.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List the schedules that ship, the drafts, and what was adopted."""
    names = sorted(path.stem for path in (shipped("schedules") / "retention").glob("*.toml"))
    with state.office() as office:
        drafts, adopted = list_drafts(office), list_adoptions(office)
    if as_json:
        print_json({"shipped": names, "drafts": drafts, "adopted": adopted})
        return
    say("Shipped: " + ", ".join(names))
    for draft in drafts:
        done = ", adopted" if draft.adopted else ""
        say(f"Draft {draft.id}, from {draft.based_on}, saved by {draft.saved_by}{done}")
    for each in adopted:
        say(
            f"Adopted: {each.schedule} {each.version}, in effect from {each.effective_from}, by "
            f"{each.resolution} of {each.resolution_on}"
        )


@schedules.command()
@click.argument("name", required=False)
@json_option
@click.pass_obj
def show(state: State, name: str | None, as_json: bool) -> None:
    """Show a schedule: the one in force, draft:N, a shipped one, or a file."""
    with state.office() as office:
        schedule = _schedule(state, office, name)
    if as_json:
        print_json(schedule)
        return
    say(f"{schedule.title}\n{schedule.id} {schedule.version}, from {schedule.effective_from}\n")
    print_table(
        ["series", "title", "keep", "authority", "mark"],
        [
            (each.code, each.title, series_words(each), each.authority, each.mark)
            for each in schedule.series
        ],
    )


@schedules.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_obj
def check(state: State, file: Path, as_json: bool) -> int:
    """Read FILE as a lawyer would: the floor, conflicts, series that are never named, gaps.

    With a home, also: what would be in no series, and which series would stay empty. Ends with 5
    where it finds an error.
    """
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is no UTF-8 text") from None
    found = _checked(state, text, file.name)
    errors = sum(each.severity == "error" for each in found)
    if as_json:
        print_json(found)
    elif not found:
        say("Nothing to say: the schedule reads well.")
    else:
        for each in found:
            series = f" series {each.series}:" if each.series else ""
            say(f"{each.file}:{each.line}: {each.severity}:{series} {each.told} [{each.rule}]")
        counted = {name: sum(each.severity == name for each in found) for name in _SEVERITIES}
        say("\n" + ", ".join(f"{count} {name}s" for name, count in counted.items()))
    return 5 if errors else 0


_SEVERITIES = ("error", "warning", "note")


def _checked(state: State, text: str, name: str) -> list[Finding]:
    if state.home is None:
        return lint(text, name)
    with state.office() as office, Archive.open(state.found_home) as archive:
        settings = state.found_home.settings()
        found = lint(text, name, events=[each.name for each in list_events(office)])
        if any(each.severity == "error" for each in found):
            return found
        schedule = in_city(schedule_of(text, name), settings)
        if schedule.agency_kind != settings.agency_kind:
            return found
        told = _compared(state, office, archive, schedule, schedule)
        return [*found, *_empty(name, schedule, told)]


def _empty(name: str, schedule: Schedule, told: Comparison) -> list[Finding]:
    counts: dict[str | None, int] = {}
    for each in told.series:
        counts[each.series_to] = counts.get(each.series_to, 0) + each.records
    findings = []
    if without := counts.get(None, 0):
        said = f"{without:,} records of this archive would be in no series, and kept"
        findings.append(Finding(name, 1, "", "without-series", "warning", said))
    for series in schedule.series:
        if not counts.get(series.code):
            said = "no record of this archive falls into it"
            findings.append(Finding(name, 1, series.code, "empty", "note", said))
    return findings


@schedules.command()
@click.argument("name", required=False)
@click.option("--save", "draft_id", type=int, default=None, help="Save over this draft.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None)
@json_option
@click.pass_obj
def draft(
    state: State, name: str | None, draft_id: int | None, out: Path | None, as_json: bool
) -> None:
    """Make a draft from NAME (the schedule in force, a shipped one, or a file), to be edited.

    With --out its text is also written to a file; edit it and save it again with
    `archiver schedules draft FILE --save N`.
    """
    with state.office() as office:
        if name is not None and Path(name).suffix == ".toml":
            text = _read(Path(name))
            based = Path(name).name
        else:
            schedule = _schedule(state, office, name)
            based = f"{schedule.id} {schedule.version}"
            text = schedule_text(_copied(state, schedule))
        made = save_draft(office, actor=actor(), text=text, based_on=based, draft_id=draft_id)
    if out is not None:
        out.write_text(made.text, "utf-8")
    if as_json:
        print_json(made)
    else:
        say(
            f"Draft {made.id} saved. See what it would move: `archiver schedules compare {made.id}`"
        )


def _copied(state: State, schedule: Schedule) -> Schedule:
    today = clock.local_day(clock.now_text(), state.found_home.settings().time_zone)
    version = next_version(schedule.version, today)
    return msgspec.structs.replace(schedule, version=version, events={}, effective_from=today)


@schedules.command()
@click.argument("draft_id", metavar="DRAFT", type=int)
@click.option("--csv", "to", type=click.Path(path_type=Path, dir_okay=False), default=None)
@json_option
@click.pass_obj
def compare(state: State, draft_id: int, to: Path | None, as_json: bool) -> None:
    """Show which records DRAFT would move, and by how much; --csv writes every record."""
    home = state.found_home
    settings = home.settings()
    with (
        state.office() as office,
        Archive.open(home) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        before = schedule_in_force(settings, home.path)
        after = in_city(get_draft(office, draft_id).schedule, settings)
        told = _compared(state, office, archive, before, after, progress)
        if to is not None:
            with to.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow([each.name for each in fields(Move)])
                for move in moves(archive, settings, list_accounts(office), before, after):
                    writer.writerow(astuple(move))
    if as_json:
        print_json(told)
        return
    say(f"{told.before} → {told.after}: {told.moved:,} of {told.records:,} records move.")
    say(
        f"  {told.later:,} later, {told.earlier:,} earlier, {told.no_day:,} lose their day, "
        f"{told.new_day:,} gain one, {told.uncovered:,} in no series any more."
    )
    say(f"  Day passed: {told.eligible_before:,} before, {told.eligible_after:,} after.\n")
    print_table(
        ["from", "to", "records", "earlier", "later"],
        [
            (
                each.series_from or "none",
                each.series_to or "none",
                each.records,
                each.earlier,
                each.later,
            )
            for each in told.series
        ],
    )
    for move in told.largest[:6]:
        say(f"  {move.file}:{move.record_id}  {move.until_from} → {move.until_to} ({move.days:+})")


def _compared(
    state: State,
    office: sqlite3.Connection,
    archive: Archive,
    before: Schedule,
    after: Schedule,
    progress: Progress | None = None,
) -> Comparison:
    settings = state.found_home.settings()
    return compare_schedules(
        archive,
        settings,
        list_accounts(office),
        before,
        after,
        today=clock.local_day(clock.now_text(), settings.time_zone),
        progress=progress,
    )


@schedules.command("adopt")
@click.argument("draft_id", metavar="DRAFT", type=int)
@click.option("--resolution", required=True, help="The council's resolution with its number.")
@click.option("--on", "day", required=True, help="The day of the resolution, YYYY-MM-DD.")
@click.option("--yes", is_flag=True, help="Answer yes to the confirmation.")
@json_option
@click.pass_obj
def adopt_(
    state: State, draft_id: int, resolution: str, day: str, yes: bool, as_json: bool
) -> None:
    """Adopt DRAFT by the council's resolution; the next marking goes by it."""
    with state.office() as office:
        wanted = get_draft(office, draft_id)
        if not yes and sys.stdin.isatty():
            click.confirm(
                f"Adopt {wanted.schedule.id} {wanted.schedule.version} by {resolution}?", abort=True
            )
        made = adopt_schedule(
            office,
            state.found_home.settings(),
            wanted.text,
            actor=actor(),
            resolution=resolution,
            resolution_on=day_of(day),
        )
    if as_json:
        print_json(made)
        return
    say(f"{made.schedule} {made.version} is adopted, in effect from {made.effective_from}.")
    say("Mark the records by it now with `archiver retention mark`, or let the night do it.")


@schedules.command()
@click.argument("name", required=False)
@click.option("--ended", default=None, help="The day it ended, YYYY-MM-DD; - takes it back.")
@click.option("--document", default="", help="What says so.")
@json_option
@click.pass_obj
def event(state: State, name: str | None, ended: str | None, document: str, as_json: bool) -> None:
    """List the events that start a period when they end, or enter the end of NAME."""
    settings = state.found_home.settings()
    with state.office() as office:
        if name is not None and ended is not None:
            end_event(
                office,
                actor=actor(),
                name=name,
                ended_on=None if ended == "-" else day_of(ended),
                document=document,
                time_zone=settings.time_zone,
            )
        elif name is not None:
            raise UsageError("give the day the event ended: --ended YYYY-MM-DD")
        found = list_events(office)
    if as_json:
        print_json(found)
    elif not found:
        say("No event is entered.")
    for each in [] if as_json else found:
        day = each.ended_on.isoformat() if each.ended_on else "goes on"
        say(f"{each.name}: {day} ({each.document})")


def _schedule(state: State, office: sqlite3.Connection, name: str | None) -> Schedule:
    home = state.found_home
    if name is None:
        return schedule_in_force(home.settings(), home.path)
    if name.startswith("draft:") and name[6:].isdecimal():
        return get_draft(office, int(name[6:])).schedule
    return find_schedule(name, base=Path.cwd())


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from None
