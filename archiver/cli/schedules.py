"""archiver schedules: list, show, check, draft, compare, adopt, event."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import (
    confirm,
    json_option,
    plain,
    print_json,
    print_table,
    say,
    say_under,
    showing_progress,
    yes_option,
)
from archiver.config import shipped
from archiver.errors import HomeError, InputError, StorageError, UsageError
from archiver.register.accounts import list_accounts
from archiver.retention.adopted import adoption_of, adoptions
from archiver.retention.adopting import adopt as adopt_schedule
from archiver.retention.comparing import Comparison, Move, compare_rows
from archiver.retention.comparing import compare as compare_schedules
from archiver.retention.drafting import described, edited, schedule_text
from archiver.retention.events import list_events, record_event
from archiver.retention.in_force import schedule_in_force
from archiver.retention.linting import ERROR, NOTE, Finding, lint, lint_file
from archiver.retention.linting_records import attested_codes, falling, falling_findings
from archiver.retention.schedules import Schedule, find_schedule, parse_schedule, read_schedule

FAULTY = 5
"""What a check with errors ends with, like every input that is not what it should be."""


@click.group()
def schedules() -> None:
    """Retention schedules: what ships, what was adopted, and what a draft would change."""


@schedules.command("list")
@json_option
@click.pass_obj
def list_command(state: State, as_json: bool) -> None:
    """List the schedules that ship with the program and those this home has adopted."""
    lines: list[dict[str, object]] = []
    for path in sorted((shipped("schedules") / "retention").glob("*.toml")):
        found = read_schedule(path)
        lines.append(_line(found, "ships", None))
    if _has_home(state):
        with state.office() as office:
            for each in adoptions(office):
                lines.append(_line(each.schedule, f"adopted by {each.words}", each.effective_from))
    if as_json:
        print_json(lines)
        return
    print_table(
        ["schedule", "version", "for a", "effective", "series", "standing"],
        [
            tuple(
                each[name]
                for name in ("id", "version", "agency_kind", "effective", "series", "standing")
            )
            for each in lines
        ],
    )


@schedules.command()
@click.argument("name", required=False)
@click.option("--toml", is_flag=True, help="Print the schedule as TOML.")
@json_option
@click.pass_obj
def show(state: State, name: str | None, toml: bool, as_json: bool) -> None:
    """Show the schedule in force, or NAME (one that ships, or a .toml file)."""
    adopted = None
    if name is None:
        found = schedule_in_force(state.found_home.settings(), state.found_home.path)
        with state.office() as office:
            adoption = adoption_of(office, found)
            adopted = None if adoption is None else adoption.words
    else:
        found = find_schedule(name)
    if as_json:
        print_json({**plain(found), "adopted_by": adopted})
        return
    if toml:
        click.echo(schedule_text(found), nl=False)
        return
    say(f"{found.title} ({found.id} {found.version}), for a {found.agency_kind}")
    say(f"Effective {found.effective_from}. Source: {found.source.title}, {found.source.section}.")
    if adopted:
        say(f"Adopted by {adopted}.")
    for series in found.series:
        say(f"\n{series.code}  {series.title}")
        say_under("    ", described(found, series))
        say_under("    ", f"{series.authority} (mark {series.mark})")


@schedules.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--records/--no-records",
    default=None,
    help="Put every record of the home before it; with a home it is done unless refused.",
)
@click.option("--notes", is_flag=True, help="Print notes too: which series overlap and who wins.")
@json_option
@click.pass_obj
def check(state: State, file: Path, records: bool | None, notes: bool, as_json: bool) -> int:
    """Look for everything wrong or doubtful in the schedule FILE.

    Needs no home. With one, and where there is no error, it also counts the home's records without
    a series and names the series nothing falls into, which takes a while with millions of records.
    Ends with 5 where there is an error.
    """
    found = lint_file(file)
    faulty = any(each.severity == ERROR for each in found)
    if not faulty and _has_home(state):
        found = _check_with_home(state, file, records=records is not False, quiet=as_json)
    elif records and not faulty:
        raise HomeError("there is no archive home to count records of: name one with --home")
    if as_json:
        print_json(
            {
                "file": str(file),
                "errors": _count(found, ERROR),
                "warnings": _count(found, "warning"),
                "notes": _count(found, NOTE),
                "findings": found,
            }
        )
    else:
        for each in found:
            if notes or each.severity != NOTE:
                say_under(f"{each.severity:<8} ", each.text)
        counts = [(_count(found, name), name) for name in (ERROR, "warning", NOTE)]
        said = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts]
        say(f"{file.name}: {', '.join(said)}.")
    return FAULTY if faulty else 0


@schedules.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "source", default=None, help="One that ships, or a file; else in force.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="GC-04:rule=CU+3, …")
@click.pass_obj
def draft(state: State, file: Path, source: str | None, changes: tuple[str, ...]) -> None:
    """Write a draft to FILE, from the schedule in force or another, with changes made to it.

    KEY is a field of the head (version, effective_from, source.resolution) or CODE:FIELD
    (GC-04:rule, GC-04:when.kind, GC-04:remove).
    """
    if file.exists():
        raise UsageError(f"{file} is there already: name another file, or edit that one")
    if source is None:
        found = schedule_in_force(state.found_home.settings(), state.found_home.path)
    else:
        found = find_schedule(source)
    pairs = [each.partition("=") for each in changes]
    for key, equals, _ in pairs:
        if not equals:
            raise UsageError(f"{key!r} is no change: write KEY=VALUE")
    text = schedule_text(edited(found, {key: value for key, _, value in pairs}))
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {file}: {error.strerror}") from None
    say(f"{file} written. Next: `archiver schedules check {file}`.")


@schedules.command()
@click.argument("file")
@click.option("--csv", "table", type=click.Path(path_type=Path), help="Every moved record.")
@json_option
@click.pass_obj
def compare(state: State, file: str, table: Path | None, as_json: bool) -> None:
    """Say which records the draft FILE would move, and by how much, before it is adopted."""
    home = state.found_home
    found = find_schedule(file)
    with (
        state.office() as office,
        Archive.open(home) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        accounts = list_accounts(office)
        outcome = compare_schedules(
            office, archive, home.settings(), found, accounts, progress=progress
        )
        if table is not None:
            _write_csv(table, compare_rows(office, archive, home.settings(), found, accounts))
    if as_json:
        print_json(outcome)
        return
    _say_comparison(outcome)
    if table is not None:
        say(f"\nEvery moved record is in {table}.")


@schedules.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--resolution", required=True, help="The resolution's number.")
@click.option("--on", "day", required=True, help="The day it was passed, YYYY-MM-DD.")
@click.option("--by", "body", default="City Council", show_default=True, help="Who adopted it.")
@yes_option
@json_option
@click.pass_obj
def adopt(
    state: State, file: Path, resolution: str, day: str, body: str, yes: bool, as_json: bool
) -> None:
    """Put the schedule FILE in force as a resolution adopted it. It cannot be taken back."""
    text = _text(file)
    settings = state.found_home.settings()
    on = day_of(day)
    if not any(each.severity == ERROR for each in lint(text, file.name)):
        found = parse_schedule(text, file.name)
        confirm(
            f"Adopt {found.id} {found.version}, effective {found.effective_from}, by Resolution "
            f"{resolution} of {on}?",
            yes=yes,
        )
    with state.office() as office:
        made = adopt_schedule(
            office,
            settings,
            text,
            actor=actor(),
            resolution=resolution,
            resolved_on=on,
            adopted_by=body,
        )
    if as_json:
        print_json(made)
        return
    say(f"{made.schedule_id} {made.version} adopted by {made.words}, digest {made.digest[:16]}.")
    deciding = schedule_in_force(settings, state.found_home.path)
    if (deciding.id, deciding.version) == (made.schedule_id, made.version):
        say("It decides from now on; the next nightly run marks the records by it.")
    elif made.schedule.effective_from > deciding.effective_from:
        say(f"It decides from {made.effective_from} on; until then {deciding.version} does.")
    else:
        say(
            f"It does not decide: {deciding.version}, effective {deciding.effective_from}, is "
            "later. Adopt a version with a later effective date if this one should."
        )


@schedules.command()
@click.argument("name", required=False)
@click.option("--ended", default=None, help="The day it ended, YYYY-MM-DD.")
@click.option("--document", default=None, help="The paper that shows it.")
@json_option
@click.pass_obj
def event(
    state: State, name: str | None, ended: str | None, document: str | None, as_json: bool
) -> None:
    """Write down that the event NAME has ended; without a name, list what was written down."""
    with state.office() as office:
        if name is None:
            known = list_events(office)
            if as_json:
                print_json(known)
            else:
                print_table(
                    ["event", "ended", "document", "by"],
                    [(each.name, each.ended_on, each.document, each.recorded_by) for each in known],
                )
            return
        if ended is None or document is None:
            raise UsageError("the end of an event needs --ended DATE and --document …")
        made = record_event(
            office, actor=actor(), name=name, ended=day_of(ended), document=document
        )
        waiting = _waiting(state, made.name)
    if as_json:
        print_json(made)
        return
    say(f"{made.name} ended on {made.ended_on}; the next nightly run marks by it.")
    if not waiting:
        say("No series of the schedule in force waits for an event of that name.")


def _waiting(state: State, name: str) -> bool:
    found = schedule_in_force(state.found_home.settings(), state.found_home.path)
    return any(each.event == name for each in found.series)


def _has_home(state: State) -> bool:
    try:
        return bool(state.found_home)
    except (HomeError, UsageError):
        if state.home is not None:
            raise
        return False


def _check_with_home(state: State, file: Path, *, records: bool, quiet: bool) -> list[Finding]:
    text = _text(file)
    schedule = parse_schedule(text, file.name)
    with state.office() as office:
        found = lint(text, file.name, attested=attested_codes(office, schedule))
        if records:
            home = state.found_home
            with (
                Archive.open(home) as archive,
                showing_progress(quiet=state.quiet or quiet) as progress,
            ):
                fallen = falling(
                    office,
                    archive,
                    home.settings(),
                    schedule,
                    list_accounts(office),
                    progress=progress,
                )
            found += falling_findings(text, file.name, schedule, fallen)
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text") from None


def _count(found: Sequence[Finding], severity: str) -> int:
    return sum(each.severity == severity for each in found)


def _line(found: Schedule, standing: str, effective: str | None) -> dict[str, object]:
    return {
        "id": found.id,
        "version": found.version,
        "title": found.title,
        "agency_kind": found.agency_kind,
        "effective": effective or found.effective_from.isoformat(),
        "series": len(found.series),
        "standing": standing,
    }


def _say_comparison(outcome: Comparison) -> None:
    say(f"{outcome.from_schedule} → {outcome.to_schedule}: {outcome.records:,} records.")
    say(
        f"{outcome.moved:,} move: {outcome.earlier:,} earlier, {outcome.later:,} later, "
        f"{outcome.waiting:,} wait for an event, {outcome.permanent:,} for ever, "
        f"{outcome.uncovered:,} into no series, {outcome.covered:,} out of none."
    )
    say(f"{outcome.newly_eligible:,} would be eligible at once that are not now.\n")
    print_table(
        ["from", "to", "records", "same day", "earlier", "later", "for ever", "no series"],
        [
            (
                each.from_series or "(none)",
                each.to_series or "(none)",
                f"{each.records:,}",
                each.same,
                each.earlier,
                each.later,
                each.permanent,
                each.uncovered,
            )
            for each in outcome.ways
        ],
    )
    if outcome.largest:
        say("\nThe largest moves:")
        print_table(
            ["record", "kind", "from", "until", "to", "until", "days"],
            [
                (
                    f"{each.file}:{each.record_id}",
                    each.kind,
                    each.from_series,
                    each.from_until,
                    each.to_series,
                    each.to_until,
                    each.days,
                )
                for each in outcome.largest
            ],
        )


def _write_csv(path: Path, moves: Iterable[Move]) -> None:
    columns = [
        *("file", "record_id", "account_id", "kind", "created_on", "from_series", "from_until"),
        *("to_series", "to_until", "direction", "days"),
    ]
    try:
        with path.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(columns)
            for move in moves:
                writer.writerow([_cell(getattr(move, name)) for name in columns])
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from None


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
