"""archiver removals: what is no record, or a court ordered out, on the attorney's word."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.archive.store import Archive
from archiver.cli import disposing
from archiver.cli.context import State, actor
from archiver.cli.output import json_option, print_json, say, showing_progress
from archiver.operations.disposing import outside_of
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.batches import withdraw as withdraw_batch
from archiver.retention.dispositions.removals import propose

GROUNDS = ("non-record", "court-order")


@click.group()
def removals() -> None:
    """Removals: no disposition, so also of what is younger, and never of what is on hold."""


removals.add_command(disposing.listing("removal"))
removals.add_command(disposing.show)
removals.add_command(disposing.execute)
removals.add_command(disposing.certificate)


@removals.command("propose")
@click.argument("holdings", nargs=-1, required=True)
@click.option("--ground", type=click.Choice(GROUNDS), required=True)
@click.option("--reason", required=True, help="Why, without quoting what it is about.")
@json_option
@click.pass_obj
def propose_(
    state: State, holdings: tuple[str, ...], ground: str, reason: str, as_json: bool
) -> None:
    """Propose to remove HOLDINGS (archive:ID). Nothing goes before the attorney's determination."""
    home = state.found_home
    settings = home.settings()
    with (
        state.office() as office,
        Archive.open(home, whole=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        batch = propose(
            *(office, archive, settings, list_accounts(office)),
            [disposing.holding_key(each) for each in holdings],
            actor=actor(),
            route=ground,
            reason=reason,
            outside=outside_of(home, office, settings),
            progress=progress,
        )
        if as_json:
            print_json(batch)
        else:
            disposing.say_batch(office, batch, settings)


@removals.command()
@click.argument("number")
@click.option("--order", is_flag=True, help="This is the court's order, not the determination.")
@click.option("--name", required=True, help="The attorney (or the court).")
@click.option("--position", required=True, help="Their title.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@click.option("--title", default="", help="What the document is called.")
@click.option("--number", "document_number", default="", help="The order's number.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True
)
@json_option
@click.pass_obj
def determine(
    state: State,
    number: str,
    order: bool,
    name: str,
    position: str,
    day: str | None,
    title: str,
    document_number: str,
    file: Path,
    as_json: bool,
) -> None:
    """Record the attorney's signed determination about NUMBER, or the court's order (--order)."""
    disposing.approve_with(
        *(state, number, "order" if order else "determination"),
        name=name,
        position=position,
        day=day,
        title=title,
        document_number=document_number,
        department="",
        vote=None,
        file=file,
        as_json=as_json,
    )


@removals.command()
@click.argument("number")
@click.option("--reason", required=True)
@json_option
@click.pass_obj
def withdraw(state: State, number: str, reason: str, as_json: bool) -> None:
    """Withdraw NUMBER. It stays to be seen, with the reason."""
    with state.office() as office:
        batch = withdraw_batch(office, number, actor=actor(), reason=reason)
    if as_json:
        print_json(batch)
    else:
        say(f"{batch.number} is withdrawn.")
