"""archiver holds: place a hold, see what it keeps, release it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import click

from archiver import clock
from archiver.archive.filters import Filters, known_accounts
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, record_keys
from archiver.cli.output import (
    confirm,
    json_option,
    print_json,
    print_table,
    say,
    say_under,
    showing_progress,
    yes_option,
)
from archiver.database import write_transaction
from archiver.errors import InputError, UsageError
from archiver.register.accounts import find_account
from archiver.register.office import audit
from archiver.retention.covering import Search, search_words
from archiver.retention.holds import Hold, HoldKind, hold_by_id, list_holds
from archiver.retention.holds_reporting import HoldLine, hold_lines, holds_report
from archiver.retention.outlook import Outlook
from archiver.retention.placing import PlacementPreview, place_search_hold, placement_preview
from archiver.retention.releasing import (
    ReleasePreview,
    due_for_release,
    release,
    release_due,
    release_preview,
)
from archiver.retention.standing import catch_up

KINDS = [kind.value for kind in HoldKind]
_TO_COME = "from now on as well, until the hold is released"


@click.group()
def holds() -> None:
    """What may not be destroyed, whatever the schedule says."""


@holds.command("list")
@click.option("--all", "released_too", is_flag=True, help="Released holds as well.")
@json_option
@click.pass_obj
def list_(state: State, released_too: bool, as_json: bool) -> None:
    """List the open holds: what they cover, since when, and how many records they keep."""
    settings = state.found_home.settings()
    with state.office() as office, Archive.open(state.found_home, whole=True) as archive:
        lines = hold_lines(office, archive, settings, include_released=released_too)
    if as_json:
        print_json(lines)
        return
    print_table(
        ["hold", "for", "records", "since", "by", "covers", "released"],
        [_line(each, settings.time_zone) for each in lines],
    )


@holds.command()
@click.argument("name", metavar="HOLD")
@json_option
@click.pass_obj
def show(state: State, name: str, as_json: bool) -> None:
    """Show HOLD (its number, or its reference): reason, what it covers, and what it keeps."""
    settings = state.found_home.settings()
    with state.office() as office, Archive.open(state.found_home, whole=True) as archive:
        hold = _find(office, name)
        lines = hold_lines(office, archive, settings, include_released=True)
        line = next(each for each in lines if each.hold.id == hold.id)
    if as_json:
        print_json(line)
        return
    zone = settings.time_zone
    say(f"Hold {hold.id}: {hold.title}")
    say_under("  reason     ", hold.reason)
    say(f"  placed     {clock.shown(hold.placed_at, zone)} by {hold.placed_by}")
    say_under("  covers     ", line.words)
    say(f"  keeps      {_records(line.records)}")
    if line.gathering:
        say("  gathering  not all is gathered yet; until then it holds every record")
    if hold.hold_until:
        say(f"  until      {clock.shown_day(clock.local_day(hold.hold_until, zone))} at the least")
    if hold.released_at:
        say(f"  released   {clock.shown(hold.released_at, zone)} by {hold.released_by}")
        say_under("  because    ", hold.release_reason or "")


@holds.command()
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--reference", required=True, help="Its number outside: a case, a claim, an audit.")
@click.option("--reason", required=True)
@click.option("--search", "queries", multiple=True, help="A search; may be repeated.")
@click.option("--account", "names", multiple=True, help="Hold the searches to this account.")
@click.option("--platform", "platforms", multiple=True)
@click.option("--record-kind", "record_kinds", multiple=True, help="post, comment, message …")
@click.option("--state", "states", multiple=True, help="edited, removed, hidden …")
@click.option("--since", default=None, help="First day, YYYY-MM-DD, in the agency's time.")
@click.option("--until", default=None, help="Last day, YYYY-MM-DD.")
@click.option("--standing", is_flag=True, help=f"Hold what the searches find {_TO_COME}.")
@click.option("--account-whole", "wholes", multiple=True, help="All of an account, lists too.")
@click.option("--record", "records", multiple=True, help="archive:ID or private:ID; - reads them.")
@click.option("--preview", "only_preview", is_flag=True, help="Say what it would hold; place none.")
@yes_option
@json_option
@click.pass_obj
def place(
    state: State,
    kind: str,
    reference: str,
    reason: str,
    queries: tuple[str, ...],
    names: tuple[str, ...],
    platforms: tuple[str, ...],
    record_kinds: tuple[str, ...],
    states: tuple[str, ...],
    since: str | None,
    until: str | None,
    standing: bool,
    wholes: tuple[str, ...],
    records: tuple[str, ...],
    only_preview: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Place a hold. Says first what it will hold; --search "" takes all the filters leave."""
    if kind == HoldKind.REQUEST:
        raise UsageError("a request holds what is added to it: `archiver requests add`")
    filtered = bool(names or platforms or record_kinds or states or since or until or standing)
    if filtered and not queries:
        raise UsageError('say what is looked for with --search; --search "" takes everything')
    home = state.found_home
    settings = home.settings()
    with (
        state.office() as office,
        Archive.open(home, whole=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        filters = Filters(
            account_ids=[find_account(office, name).id for name in names],
            platforms=platforms,
            kinds=record_kinds,
            states=states,
            start_day=day_of(since) if since else None,
            end_day=day_of(until) if until else None,
        )
        searches = [Search(query, filters, standing) for query in queries]
        accounts = [find_account(office, name).id for name in wholes]
        keys = record_keys(records) if records else []
        with write_transaction(office):
            looked = " ".join([reference, *queries])
            audit(office, actor=actor(), action="looked up for a hold", subject=looked[:200])
        preview = placement_preview(
            office, archive, settings, searches=searches, accounts=accounts, records=keys
        )
        if not as_json:
            _say_placement(preview, archive)
        if only_preview:
            if as_json:
                print_json(preview)
            return
        confirm(f"Place the hold {kind} {reference}?", yes=yes)
        placed = place_search_hold(
            office,
            archive,
            settings,
            actor=actor(),
            kind=HoldKind(kind),
            reference=reference,
            reason=reason,
            searches=searches,
            accounts=accounts,
            records=keys,
            progress=progress,
        )
    if as_json:
        print_json({"preview": preview, "placed": placed})
        return
    say(f"Hold {placed.hold.id}, {placed.hold.title}, keeps {_records(placed.records)}.")


@holds.command()
@click.argument("name", metavar="HOLD")
@json_option
@click.pass_obj
def preview(state: State, name: str, as_json: bool) -> None:
    """Say what would become eligible if HOLD were released."""
    with state.office() as office, Archive.open(state.found_home, whole=True) as archive:
        settings = state.found_home.settings()
        found = release_preview(office, archive, _find(office, name), settings)
    if as_json:
        print_json(found)
    else:
        _say_release(found)


@holds.command("release")
@click.argument("name", metavar="HOLD")
@click.option("--reason", required=True, help="Why it is no longer needed.")
@yes_option
@json_option
@click.pass_obj
def release_(state: State, name: str, reason: str, yes: bool, as_json: bool) -> None:
    """Release HOLD. Says first what becomes eligible by it; nothing is destroyed."""
    settings = state.found_home.settings()
    with state.office() as office, Archive.open(state.found_home, whole=True) as archive:
        hold = _find(office, name)
        found = release_preview(office, archive, hold, settings)
        if not as_json:
            _say_release(found)
        confirm(f"Release the hold {hold.title}?", yes=yes)
        released = release(office, hold, settings, actor=actor(), reason=reason)
    if as_json:
        print_json({"preview": found, "released": released})
    else:
        say(f"Hold {hold.id}, {hold.title}, is released.")


@holds.command("catch-up")
@json_option
@click.pass_obj
def catch_up_(state: State, as_json: bool) -> None:
    """Let standing holds catch what was captured or changed since; the nightly run does, too."""
    home = state.found_home
    with (
        state.office() as office,
        Archive.open(home, whole=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        caught = catch_up(office, archive, home.settings(), progress)
    if as_json:
        print_json({"caught": caught})
    else:
        say(f"Newly under a hold: {_records(caught)}.")


@holds.command()
@click.option("--release", "release_all", is_flag=True, help="Release all of them, in one act.")
@click.option("--reason", default=None, help="Why; needed with --release.")
@yes_option
@json_option
@click.pass_obj
def due(state: State, release_all: bool, reason: str | None, yes: bool, as_json: bool) -> None:
    """List the holds of closed requests whose time has passed, and release them if asked."""
    settings = state.found_home.settings()
    if release_all and not reason:
        raise UsageError("releasing holds needs a --reason")
    with state.office() as office:
        found = due_for_release(office, settings)
        released: list[Hold] = []
        if not as_json:
            print_table(
                ["hold", "for", "records", "may be released since"],
                [(each.hold.id, each.hold.title, each.records, each.since) for each in found],
            )
        if release_all and found:
            confirm(f"Release all {len(found)} holds?", yes=yes)
            released = release_due(office, settings, actor=actor(), reason=reason or "")
    if as_json:
        print_json({"due": found, "released": released})
    elif released:
        say(f"{len(released)} holds released.")


@holds.command()
@json_option
@click.pass_obj
def report(state: State, as_json: bool) -> None:
    """Say how many records are on hold, hold by hold and per series."""
    settings = state.found_home.settings()
    with state.office() as office, Archive.open(state.found_home, whole=True) as archive:
        found = holds_report(office, archive, settings)
    if as_json:
        print_json(found)
        return
    print_table(
        ["hold", "for", "records", "since", "by", "covers", "released"],
        [_line(each, settings.time_zone) for each in found.lines],
    )
    say(f"\nOn hold: {_records(found.on_hold)}.")
    for series, count in found.series:
        say(f"  {series or 'in no series'}: {count:,}")


def _find(office: sqlite3.Connection, name: str) -> Hold:
    """The hold a person names: by its number, or by the reference of one that is open."""
    named = [hold for hold in list_holds(office) if name in (hold.reference, hold.title)]
    if len(named) == 1:
        return named[0]
    if named:
        numbers = ", ".join(str(hold.id) for hold in named)
        raise InputError(f"several open holds have the reference {name}: name one of {numbers}")
    if name.isdecimal() and len(name) < 18:
        return hold_by_id(office, int(name))
    raise InputError(f"no open hold {name!r}: see `archiver holds list --all`")


def _line(line: HoldLine, zone: str) -> Sequence[object]:
    hold = line.hold
    return (
        hold.id,
        hold.title,
        line.records,
        clock.local_day(hold.placed_at, zone),
        hold.placed_by,
        line.words + (" (still being gathered)" if line.gathering else ""),
        clock.local_day(hold.released_at, zone) if hold.released_at else "",
    )


def _say_placement(preview: PlacementPreview, archive: Archive) -> None:
    known = known_accounts(archive_files(archive).values())
    for found in preview.found:
        say(f"{search_words(found.search, known)}: {_records(found.records)}")
        for note in found.notes:
            say_under("  note  ", note)
    say(f"To be held: {_records(preview.records)}; on hold already: {preview.held_already:,}.")
    _say_outlook(preview.outlook)


def _say_release(found: ReleasePreview) -> None:
    say(f"{found.hold.title} keeps {_records(found.records)}.")
    if found.also_held:
        say(f"  {found.also_held:,} stay held by another hold")
    _say_outlook(found.freed)


def _say_outlook(outlook: Outlook) -> None:
    say(f"  {outlook.eligible_now:,} eligible for disposition at once, but for this hold")
    for month, count in outlook.later:
        say(f"  {count:,} in {month}")
    if outlook.unattested:
        say(f"  {outlook.unattested:,} past their day, under a period nobody has attested")
    if outlook.undated:
        say(f"  {outlook.undated:,} without a day: kept anyway")
    if outlook.gone:
        say(f"  {outlook.gone:,} no longer in the archive")
    for each in outlook.sample:
        day = each.retain_until or "no day"
        say(f"    {each.file}:{each.record_id}  {each.series or 'no series'}  {day}")


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"
