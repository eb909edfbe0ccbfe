"""archiver calendar: the closed days that decide dates, shown with their source and checked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.errors import InputError, UsageError
from archiver.requests.calendar_lint import Finding, lint_calendar
from archiver.requests.calendars import closed_days, read_calendar, year_of


@click.group()
def calendar() -> None:
    """The closed days: what the law closes, what the city does, with source and mark."""


@calendar.command()
@click.option("--year", type=int, default=None, help="This year if not given.")
@json_option
@click.pass_obj
def show(state: State, year: int | None, as_json: bool) -> None:
    """Show the holidays of a year as the home's calendar has them."""
    home = state.found_home
    settings = home.settings()
    today = clock.local_day(clock.now_text(), settings.time_zone)
    wanted = today.year if year is None else year
    if not dt.MINYEAR < wanted < dt.MAXYEAR:
        raise UsageError(f"{wanted} is no year: write it like 2026")
    days = closed_days(settings.calendar, home.path)
    lines = year_of(days, wanted)
    if as_json:
        print_json({"calendar": days.calendar.id, "version": days.calendar.version, "days": lines})
        return
    say(f"{days.calendar.title}, {days.calendar.id} {days.calendar.version}")
    print_table(
        ["day", "name", "counts in law", "city closed", "mark", "source"],
        [
            (
                clock.shown_day(each.day),
                each.name,
                "yes" if each.law else "no",
                "yes" if each.city else "no",
                each.mark,
                each.source,
            )
            for each in lines
        ],
    )
    city = days.calendar.city
    say(f"City's list: {city.title} (mark {city.mark}). {city.notes}")


@calendar.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
def check(file: Path, as_json: bool) -> None:
    """Check a calendar FILE before the home names it: faults, and what to look at."""
    found: list[Finding] = lint_calendar(read_calendar(file), clock.now().date())
    wrong = [each for each in found if each.wrong]
    if as_json:
        print_json(found)
    else:
        for each in found:
            say(f"{'wrong' if each.wrong else 'look'}: {each.told}")
        if not found:
            say("Nothing to object to.")
    if wrong:
        raise InputError(f"{file.name} has {len(wrong)} faults: mend them before it counts a date")
