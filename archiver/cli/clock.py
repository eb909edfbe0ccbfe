"""archiver requests extend, estimate, clarify, determined, dates, recount, calendar: their time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, moment_of
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.config import Settings
from archiver.errors import StorageError, UsageError
from archiver.production.ledger import output_by_request
from archiver.requests.book import get_request
from archiver.requests.timing.calendar_file import calendar_file
from archiver.requests.timing.cases import cases, departments_of
from archiver.requests.timing.clarifying import RUNS_ON, ask_clarification, clarified
from archiver.requests.timing.dates import Dates, work_date
from archiver.requests.timing.determining import (
    Outcome,
    determinations_of,
    record_determination,
)
from archiver.requests.timing.effort import NEVER_CHARGED, efforts_of, log_time
from archiver.requests.timing.extensions import extend_request, extension_offer, extensions_of
from archiver.requests.timing.measure_rows import measures_csv
from archiver.requests.timing.measures import (
    GROUPS,
    grouped,
    measure,
    open_ages,
    received_between,
)
from archiver.requests.timing.promises import set_estimate
from archiver.requests.timing.recounting import recount_open_requests
from archiver.requests.timing.taking_back import STEPS, take_back


@click.command()
@click.argument("number")
@click.option("--for", "circumstance", default=None, help="A circumstance, by its code.")
@click.option("--reason", default="", help="The reason, as the notice gives it.")
@click.option("--until", default=None, help="YYYY-MM-DD; the last open day allowed if not given.")
@click.option("--by", "person", default="", help="Who gave the notice: head of agency or designee.")
@click.option("--title", default="", help="Their title.")
@json_option
@click.pass_obj
def extend(
    state: State,
    number: str,
    circumstance: str | None,
    reason: str,
    until: str | None,
    person: str,
    title: str,
    as_json: bool,
) -> None:
    """Extend the time of request NUMBER, once. Without --for, say for what and until when."""
    settings = state.found_home.settings()
    with state.office() as office:
        request = get_request(office, number)
        offer = extension_offer(office, settings, request)
        if circumstance is None:
            if as_json:
                print_json(offer)
                return
            say(offer.refused or f"It can be extended to {clock.shown_day(offer.proposed)}.")
            if offer.warning:
                say(offer.warning)
            print_table(
                ["code", "circumstance", "source"],
                [(each.code, each.text, each.source) for each in offer.circumstances],
            )
            return
        made = extend_request(
            office,
            settings,
            number,
            actor=actor(),
            circumstance=circumstance,
            reason=reason,
            determination_on=day_of(until) if until else offer.proposed,
            person=person,
            title=title,
        )
    if as_json:
        print_json(made)
        return
    say(f"Request {request.number}: extended to {clock.shown_day(made.determination_on)}.")
    if made.warning:
        say(made.warning)


@click.command()
@click.argument("number")
@click.argument("moment")
@click.option("--reason", default="", help="Why it moves; needed from the second one on.")
@json_option
@click.pass_obj
def estimate(state: State, number: str, moment: str, reason: str, as_json: bool) -> None:
    """Give request NUMBER the date and time (MOMENT, YYYY-MM-DDTHH:MM) its records are expected."""
    zone = state.found_home.settings().time_zone
    if "T" not in moment and " " not in moment:
        raise UsageError("the law asks for a date and a time: write YYYY-MM-DDTHH:MM")
    with state.office() as office:
        made = set_estimate(
            office, number, actor=actor(), available_at=moment_of(moment, zone), reason=reason
        )
    if as_json:
        print_json(made)
    else:
        say(f"Records expected {clock.shown(made.available_at, zone)}.")


@click.command()
@click.argument("number")
@click.option("--asked", default=None, help="What the requester was asked.")
@click.option("--answered", default=None, help="What they answered.")
@json_option
@click.pass_obj
def clarify(
    state: State, number: str, asked: str | None, answered: str | None, as_json: bool
) -> None:
    """Write down what was asked back about request NUMBER, or answered. The clock keeps running."""
    if (asked is None) == (answered is None):
        raise UsageError("give --asked or --answered, one of them")
    with state.office() as office:
        if asked is not None:
            made = ask_clarification(office, number, actor=actor(), words=asked)
        else:
            made = clarified(office, number, actor=actor(), words=answered or "")
    if as_json:
        print_json(made)
    else:
        say(RUNS_ON)


@click.command()
@click.argument("number")
@click.argument("outcome", type=click.Choice([each.value for each in Outcome]))
@click.option("--sent", default=None, help="When it was sent; now if not given.")
@click.option("--available", default=None, help="YYYY-MM-DDTHH:MM, where records follow.")
@json_option
@click.pass_obj
def determined(
    state: State,
    number: str,
    outcome: str,
    sent: str | None,
    available: str | None,
    as_json: bool,
) -> None:
    """Write down that the determination of request NUMBER was sent, and what it says."""
    zone = state.found_home.settings().time_zone
    with state.office() as office:
        made = record_determination(
            office,
            number,
            actor=actor(),
            sent_at=moment_of(sent, zone) if sent else clock.now_text(),
            outcome=outcome,
            available_at=moment_of(available, zone) if available else None,
        )
    if as_json:
        print_json(made)
    else:
        say(f"Determination sent {clock.shown(made.sent_at, zone)}: {made.outcome.value}.")


@click.command("take-back")
@click.argument("number")
@click.argument("step", type=click.Choice(STEPS))
@click.option("--reason", required=True, help="Why it was written down in error.")
@json_option
@click.pass_obj
def take_back_(state: State, number: str, step: str, reason: str, as_json: bool) -> None:
    """Take back the last extension or determination of request NUMBER, written down in error."""
    settings = state.found_home.settings()
    with state.office() as office:
        request = get_request(office, number)
        standing = (
            extensions_of(office, request)
            if step == "extension"
            else determinations_of(office, request)
        )
        take_back(
            office,
            settings,
            number,
            actor=actor(),
            step=step,
            step_id=standing[-1].id if standing else 0,
            reason=reason,
        )
        found = work_date(office, settings, request)
    if as_json:
        print_json(found)
    else:
        say_dates(found, settings)


@click.command()
@click.argument("number")
@json_option
@click.pass_obj
def dates(state: State, number: str, as_json: bool) -> None:
    """Show the dates of request NUMBER with their arithmetic, as letters and pages have them."""
    settings = state.found_home.settings()
    with state.office() as office:
        found = work_date(office, settings, get_request(office, number))
    if as_json:
        print_json(found)
    else:
        say_dates(found, settings)


@click.command()
@json_option
@click.pass_obj
def recount(state: State, as_json: bool) -> None:
    """Count every open request again after a calendar changed; what moved, and why."""
    settings = state.found_home.settings()
    with state.office() as office:
        moved = recount_open_requests(office, settings, actor=actor())
    if as_json:
        print_json(moved)
        return
    if not moved:
        say("No date moved.")
    for each in moved:
        before = clock.shown_day(each.safe_before) if each.safe_before else "by hand"
        now = clock.shown_day(each.safe) if each.safe else "by hand"
        say(f"Request {each.number}: work to {now}, before {before}.")
        say_under("  why ", each.why)


@click.command()
@click.option(
    "--output", required=True, type=click.Path(path_type=Path), help="The .ics file to write."
)
@click.pass_obj
def calendar(state: State, output: Path) -> None:
    """Write the open requests' dates as a calendar file: numbers and a few words, no names."""
    with state.office() as office:
        made = calendar_file(office, state.found_home.settings())
    try:
        output.write_bytes(made)
    except OSError as error:
        raise StorageError(f"{output} cannot be written: {error.strerror}") from None
    say(f"Written to {output}.")


@click.command("log-time")
@click.argument("number")
@click.argument("minutes", type=int)
@click.argument("what")
@json_option
@click.pass_obj
def log_time_(state: State, number: str, minutes: int, what: str, as_json: bool) -> None:
    """Log MINUTES spent on request NUMBER, and on WHAT. Never charged."""
    with state.office() as office:
        made = log_time(office, number, actor=actor(), minutes=minutes, what=what)
        total = sum(each.minutes for each in efforts_of(office, get_request(office, number)))
    if as_json:
        print_json(made)
    else:
        say(f"{total} minutes on request {number} so far. {NEVER_CHARGED}")


@click.command("measures")
@click.option("--year", type=click.IntRange(1, 9999), default=None, help="Received in that year.")
@click.option("--by", type=click.Choice(GROUPS), default="quarter", show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a spreadsheet.")
@json_option
@click.pass_obj
def measures_(state: State, year: int | None, by: str, as_csv: bool, as_json: bool) -> None:
    """How the city keeps the law's time: on time, late, extended, promises moved, and more."""
    settings = state.found_home.settings()
    named = None
    with state.office() as office:
        if by == "department":
            with Archive.open(state.found_home) as archive:
                named = departments_of(office, archive_files(archive))
        produced = output_by_request(office, private=True)
        found = cases(office, settings, private=True, produced=produced, departments=named)
    if year is not None:
        found = received_between(found, dt.date(year, 1, 1), dt.date(year, 12, 31))
    today = clock.local_day(clock.now_text(), settings.time_zone)
    groups = [*grouped(found, by, today), ("all", measure(found, today))]
    if as_json:
        ages = dict(open_ages(found, today))
        print_json({"as of": today, "groups": dict(groups), "open by age": ages})
    elif as_csv:
        click.echo(measures_csv(groups), nl=False)
    else:
        print_table(
            [by, "received", "due", "on time", "percent", "late", "overdue", "extended", "moved"],
            [
                (
                    name,
                    each.received,
                    each.counted,
                    each.on_time,
                    "" if each.rate is None else f"{each.rate:.0f}",
                    each.late,
                    each.overdue,
                    each.extended,
                    each.slipped,
                )
                for name, each in groups
            ],
        )


def say_dates(found: Dates, settings: Settings) -> None:
    """Print a request's dates for a person."""
    say(f"  work to    {clock.shown_day(found.work_by)}")
    say(f"  outside    {clock.shown_day(found.outside)}")
    if found.estimate is not None:
        say(f"  promised   {clock.shown(found.estimate.available_at, settings.time_zone)}")
    if found.warning:
        say_under("  LATE       ", found.warning)
    for step in found.words:
        say_under("             ", step)
    for doubt in found.unverified:
        say_under("  unverified ", doubt)


COMMANDS = (
    extend,
    estimate,
    clarify,
    determined,
    take_back_,
    dates,
    recount,
    calendar,
    log_time_,
    measures_,
)
"""What the group of requests takes from here."""
