"""archiver ingest, nightly: what the platforms' interfaces bring into the archive."""

from __future__ import annotations

import click

from archiver.archive.store import Archive
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, print_table, say, showing_progress
from archiver.errors import PartialError, RuleError, SourceError
from archiver.operations.capturing import AccountNight, capture_accounts, overall, settle
from archiver.operations.logs import log_to
from archiver.operations.nightly import run_nightly
from archiver.operations.sources import CONNECTORS
from archiver.register.accounts import find_account, list_accounts


@click.command()
@click.option("--account", "names", multiple=True, help="Only this account; may be repeated.")
@json_option
@click.pass_obj
def ingest(state: State, names: tuple[str, ...], as_json: bool) -> None:
    """Capture now what the platforms' interfaces give, for every active account."""
    home = state.found_home
    with (
        state.office() as office,
        Archive.open(home, write=True) as archive,
        log_to(home, "ingest") as log,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        active = list_accounts(office, include_closed=False, sources=False)
        chosen = [find_account(office, name) for name in names] or active
        nights = capture_accounts(archive, chosen, CONNECTORS, log=log, progress=progress)
        settled = settle(archive, home.settings(), list_accounts(office), progress=progress)
    if as_json:
        print_json(nights)
    else:
        _say_nights(nights)
    _raise_for(overall(nights))
    if settled.marked.refused:
        raise RuleError(settled.marked.refused)


@click.command()
@json_option
@click.pass_obj
def nightly(state: State, as_json: bool) -> None:
    """The nightly run: capture every account, mark retention, seal, report. For cron."""
    with showing_progress(quiet=state.quiet or as_json) as progress:
        report = run_nightly(state.found_home, progress=progress)
    if as_json:
        print_json(report.as_json())
    elif not state.quiet:
        _say_nights(report.accounts)
        say(f"Retention marked on {report.retention['marked']:,} records.")
        if caught := report.retention["caught by holds"]:
            say(f"Standing holds caught {caught:,} records.")
        say(f"Sealed {report.sealed['leaves']:,} new pieces of evidence.")
        if report.backup:
            say(f"Backed up as {report.backup['name']}.")
    if not as_json and not (state.quiet and report.outcome == "complete"):
        told = (
            set()
            if state.quiet
            else {f"{each.account}: {each.message}" for each in report.accounts}
        )
        for problem in report.problems:
            if problem not in told:
                say(problem)
    _raise_for(report.outcome)


def _say_nights(nights: tuple[AccountNight, ...] | list[AccountNight]) -> None:
    print_table(
        ["account", "outcome", "counts", "note"],
        [
            (
                night.account,
                night.outcome,
                ", ".join(f"{count:,} {what}" for what, count in night.counts.items() if count),
                night.message,
            )
            for night in nights
        ],
    )


def _raise_for(outcome: str) -> None:
    if outcome == "failed":
        raise SourceError("no account could be captured: the lines above say why")
    if outcome == "partial":
        raise PartialError("captured in part: the lines above say what is missing and why")
