"""archiver retention: mark, report, explain."""

from __future__ import annotations

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, record_key
from archiver.cli.output import json_option, print_json, print_table, say, showing_progress
from archiver.register.accounts import list_accounts
from archiver.retention.attesting import attest_series
from archiver.retention.explaining import explain as explain_record
from archiver.retention.in_force import schedule_in_force
from archiver.retention.marking import mark_all
from archiver.retention.reporting import report as retention_report


@click.group()
def retention() -> None:
    """How long records are kept, and why. Nothing is ever destroyed by a command here."""


@retention.command()
@click.option(
    "--accept-clock",
    is_flag=True,
    help="The machine's clock is right, whatever the archive's own dates say. Audited.",
)
@json_option
@click.pass_obj
def mark(state: State, accept_clock: bool, as_json: bool) -> None:
    """Work out the date of every record that is new or whose facts have changed."""
    home = state.found_home
    with (
        state.office() as office,
        Archive.open(home, write=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        marked = mark_all(
            archive,
            home.settings(),
            list_accounts(office),
            progress=progress,
            accept_clock=accept_clock,
            actor=actor(),
        )
    if as_json:
        print_json(marked)
        return
    say(f"{marked.marked:,} records marked.")
    if marked.moved:
        say(f"{marked.moved:,} of them were marked before, and their day has moved.")
    if marked.without_series:
        say(f"{marked.without_series:,} records fit no series: they are kept until one does.")


@retention.command()
@json_option
@click.pass_obj
def report(state: State, as_json: bool) -> None:
    """Count records per series and say when they become eligible for disposition."""
    home = state.found_home
    with state.office() as office, Archive.open(home, whole=True) as archive:
        found = retention_report(archive, office, home.settings())
    if as_json:
        print_json(found)
        return
    adopted = f", adopted by {found.adopted_by}" if found.adopted_by else ""
    say(f"Schedule {found.schedule}{adopted}.\n")
    print_table(
        ["series", "title", "records", "eligible now", "first becomes eligible"],
        [
            (each.code, each.title, each.records, each.eligible_now, each.next_on or "")
            for each in found.series
        ],
    )
    if found.without_series:
        say(f"\n{found.without_series:,} records fit no series and are kept.")
    say(f"\n{found.under_two_years:,} records are less than two years old.")
    say(f"\n{found.on_hold:,} records are on hold.")


@retention.command()
@click.argument("record")
@json_option
@click.pass_obj
def explain(state: State, record: str, as_json: bool) -> None:
    """Say in a sentence why RECORD (archive:ID or private:ID) is kept, and until when."""
    home = state.found_home
    file, number = record_key(record)
    with state.office() as office, Archive.open(home) as archive:
        said = explain_record(
            office,
            archive_files(archive)[file],
            file,
            number,
            settings=home.settings(),
            accounts=list_accounts(office),
        )
    if as_json:
        print_json(said)
    else:
        for sentence in said.sentences:
            say(sentence)


@retention.command()
@click.argument("series", nargs=-1, required=True)
@click.option("--attorney", required=True, help="The city attorney's name and title.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@click.option("--note", default=None)
@json_option
@click.pass_obj
def attest(
    state: State,
    series: tuple[str, ...],
    attorney: str,
    day: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Record that the city attorney has checked SERIES of the schedule in force.

    Until then nothing in them counts as eligible, unless the law itself was read for it.
    """
    settings = state.found_home.settings()
    schedule = schedule_in_force(settings, state.found_home.path)
    on = day_of(day) if day else clock.local_day(clock.now_text(), settings.time_zone)
    with state.office() as office:
        made = [
            attest_series(
                office, schedule, code, actor=actor(), attorney=attorney, on=on, note=note
            )
            for code in series
        ]
    if as_json:
        print_json(made)
    else:
        say(f"{len(made)} series of {schedule.id} {schedule.version} attested by {attorney}.")
