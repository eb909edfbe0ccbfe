"""archiver requests search: save, run, freeze, compare, collect; and undo-addition."""

from __future__ import annotations

import click

from archiver.archive.filters import Filters
from archiver.archive.search import Order
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.errors import InputError
from archiver.register.accounts import find_account
from archiver.requests.collecting.adding import How, add_records
from archiver.requests.collecting.families import Along
from archiver.requests.collecting.freezing import Run, frozen_rows, frozen_run, run_search, runs_of
from archiver.requests.collecting.saved import save_search, saved_search, saved_searches_of
from archiver.requests.collecting.since import come_since
from archiver.requests.collecting.undoing import last_addition, undo_addition


@click.group("search")
def search() -> None:
    """The searches saved to a request: versions, frozen results, what has come since."""


@search.command()
@click.argument("number")
@click.argument("name")
@click.argument("words", nargs=-1)
@click.option("--account", "names", multiple=True, help="Only this account; may be repeated.")
@click.option("--platform", "platforms", multiple=True)
@click.option("--kind", "kinds", multiple=True, help="post, comment, message, profile, reaction")
@click.option("--state", "states", multiple=True, help="edited, removed, hidden, encrypted …")
@click.option("--from", "start", default=None, help="First day, YYYY-MM-DD, in the agency's time.")
@click.option("--to", "end", default=None, help="Last day, YYYY-MM-DD.")
@click.option("--order", type=click.Choice(["newest", "oldest", "best"]), default="newest")
@click.option("--note", default=None, help="Why it is searched so, or why it changed.")
@json_option
@click.pass_obj
def save(
    state: State,
    number: str,
    name: str,
    words: tuple[str, ...],
    names: tuple[str, ...],
    platforms: tuple[str, ...],
    kinds: tuple[str, ...],
    states: tuple[str, ...],
    start: str | None,
    end: str | None,
    order: Order,
    note: str | None,
    as_json: bool,
) -> None:
    """Save a search to request NUMBER under NAME, or the next version of the one of that name."""
    with state.office() as office:
        saved = save_search(
            office,
            number,
            actor=actor(),
            name=name,
            text=" ".join(words),
            filters=Filters(
                account_ids=[find_account(office, each).id for each in names],
                platforms=platforms,
                kinds=kinds,
                states=states,
                start_day=day_of(start) if start else None,
                end_day=day_of(end) if end else None,
            ),
            sort=order,
            files=("archive", "private"),
            note_text=note,
        )
    if as_json:
        print_json(saved)
    else:
        say(f"“{saved.name}” is saved to request {number}, version {saved.latest.n}.")


@search.command()
@click.argument("number")
@click.argument("name")
@click.option("--public-only", is_flag=True, help="Leave out private messages and lists.")
@json_option
@click.pass_obj
def run(state: State, number: str, name: str, public_only: bool, as_json: bool) -> None:
    """Run saved search NAME of request NUMBER: count what it finds, and log it."""
    _run(state, number, name, public_only=public_only, as_json=as_json, freeze=False)


@search.command()
@click.argument("number")
@click.argument("name")
@click.option("--public-only", is_flag=True, help="Leave out private messages and lists.")
@json_option
@click.pass_obj
def freeze(state: State, number: str, name: str, public_only: bool, as_json: bool) -> None:
    """Keep the list of all that saved search NAME of request NUMBER finds, with its digest."""
    _run(state, number, name, public_only=public_only, as_json=as_json, freeze=True)


def _run(
    state: State, number: str, name: str, *, public_only: bool, as_json: bool, freeze: bool
) -> None:
    zone = state.found_home.settings().time_zone
    with state.office() as office, Archive.open(state.found_home) as archive:
        files = archive_files(archive)
        if public_only:
            del files["private"]
        made = run_search(
            office,
            files,
            number,
            saved_search(office, number, name).latest,
            time_zone=zone,
            actor=actor(),
            freeze=freeze,
        )
    if as_json:
        print_json({**_shown(made), "found": made.found})
        return
    say(f"Run {made.id}: {made.found:,} records found.")
    if made.digest:
        say(f"Frozen and held; SHA-256 over the list: {made.digest}")


@search.command()
@click.argument("number")
@click.argument("run_id", type=int)
@json_option
@click.pass_obj
def since(state: State, number: str, run_id: int, as_json: bool) -> None:
    """What has come since run RUN_ID of request NUMBER was frozen."""
    zone = state.found_home.settings().time_zone
    with state.office() as office, Archive.open(state.found_home) as archive:
        found = come_since(office, archive_files(archive), number, run_id, time_zone=zone)
    if as_json:
        print_json(found)
        return
    for what, count in (
        ("new", len(found.new)),
        ("edited since", len(found.changed)),
        ("no longer found", len(found.elsewhere)),
        ("gone from the archive", len(found.gone)),
        ("the same", found.same),
    ):
        say(f"{count:>8,}  {what}")


@search.command("list")
@click.argument("number")
@json_option
@click.pass_obj
def list_(state: State, number: str, as_json: bool) -> None:
    """The searches saved to request NUMBER, with their runs."""
    with state.office() as office:
        found, runs = saved_searches_of(office, number), runs_of(office, number)
    if as_json:
        print_json({"searches": found, "runs": [_shown(each) for each in runs]})
        return
    if not found:
        say(f"No search is saved to request {number} yet: see `archiver requests search save`.")
        return
    version_of = {version.id: (each, version) for each in found for version in each.versions}
    print_table(
        ["search", "version", "words", "saved by"],
        [(each.name, v.n, v.text or "(filters)", v.actor) for each, v in version_of.values()],
    )
    if runs:
        print_table(
            ["run", "search", "version", "at", "found", "digest"],
            [
                (
                    each.id,
                    version_of[each.version_id][0].name,
                    version_of[each.version_id][1].n,
                    each.at,
                    each.found,
                    (each.digest or "not frozen")[:16],
                )
                for each in runs
            ],
        )


@search.command()
@click.argument("number")
@click.argument("run_id", type=int)
@click.option(
    "--along",
    type=click.Choice([each.value for each in Along]),
    default=Along.THREAD.value,
    show_default=True,
    help="What comes along: the whole thread, what it answers, or nothing.",
)
@click.option("--versions", is_flag=True, help="Each earlier version as an item of its own.")
@json_option
@click.pass_obj
def collect(
    state: State, number: str, run_id: int, along: str, versions: bool, as_json: bool
) -> None:
    """Add what run RUN_ID froze to request NUMBER, each record in the version that was frozen."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        made, _ = frozen_run(office, number, run_id)
        pinned = {(e.file, e.record_id): e.version_id for e in frozen_rows(office, run_id)}
        report = add_records(
            office,
            archive_files(archive),
            number,
            list(pinned),
            How(Along(along), versions),
            actor=actor(),
            search_id=made.log_id,
            pinned=pinned,
        )
    if as_json:
        print_json(report)
        return
    say(f"{report.added:,} added, {report.duplicates:,} there already, {report.held:,} newly held.")
    for notice in report.notices:
        say(notice)


@click.command("undo-addition")
@click.argument("number")
@click.option("--reason", required=True, help="Why the last addition is taken out again.")
@json_option
@click.pass_obj
def undo(state: State, number: str, reason: str, as_json: bool) -> None:
    """Take the last addition out of request NUMBER, while nothing in it is decided."""
    with state.office() as office:
        last = last_addition(office, number)
        if last is None:
            raise InputError(f"nothing has been added to request {number} that could be taken out")
        taken = undo_addition(office, number, last.id, actor=actor(), reason=reason)
    if as_json:
        print_json({"request": number, "taken_out": taken})
    else:
        say(f"{taken:,} items are taken out of request {number}; they stay held while it is open.")


def _shown(made: Run) -> dict[str, object]:
    return {
        "id": made.id,
        "version_id": made.version_id,
        "log_id": made.log_id,
        "at": made.at,
        "actor": made.actor,
        "counts": made.counts,
        "state": made.state,
        "digest": made.digest,
    }
