"""archiver dispositions: build a batch, record who approved it, carry it out."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.archive.store import Archive
from archiver.cli import disposing
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say, showing_progress
from archiver.operations.disposing import bag_batch, outside_of
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.approvals import ask, withdraw_approval
from archiver.retention.dispositions.batches import withdraw as withdraw_batch
from archiver.retention.dispositions.building import build, preview
from archiver.retention.dispositions.routes import (
    approval_kinds,
    attest_route,
    attest_system,
    routes,
)
from archiver.retention.dispositions.transfer import record_receipt
from archiver.retention.dispositions.walking import Preview, Wanted


@click.group()
def dispositions() -> None:
    """Batches of what may be destroyed or transferred. Nothing goes without every approval."""


dispositions.add_command(disposing.listing("disposition"))
dispositions.add_command(disposing.show)
dispositions.add_command(disposing.keep_)
dispositions.add_command(disposing.execute)
dispositions.add_command(disposing.certificate)


@dispositions.command("build")
@click.option("--series", multiple=True, help="Only these series.")
@click.option("--account", "accounts", multiple=True, help="Only these accounts.")
@click.option("--until", default=None, help="Only what had to be kept until this day at most.")
@click.option("--route", default=None, help="The usual one of the agency if not given.")
@click.option("--holding", "holdings", multiple=True, help="Name holdings (duplicates).")
@click.option("--kept-record", default="", help="What is kept in the place of duplicates.")
@click.option("--transfer-to", "receiver", default="", help="Receiving institution: a transfer.")
@click.option("--agreement", default="", help="The agreement with it.")
@click.option("--note", default="")
@click.option("--dry-run", is_flag=True, help="Only say what it would hold.")
@json_option
@click.pass_obj
def build_(
    state: State,
    series: tuple[str, ...],
    accounts: tuple[str, ...],
    until: str | None,
    route: str | None,
    holdings: tuple[str, ...],
    kept_record: str,
    receiver: str,
    agreement: str,
    note: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Freeze what is eligible today as a batch. The list cannot grow afterwards."""
    home = state.found_home
    settings = home.settings()
    with (
        state.office() as office,
        Archive.open(home, whole=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        wanted = Wanted(
            series=series,
            accounts=disposing.account_ids(office, accounts),
            until=day_of(until) if until else None,
            picked=tuple(disposing.holding_key(each) for each in holdings),
            kept_record=kept_record,
            receiver=receiver,
            agreement=agreement,
        )
        act = "transferred" if receiver else "destroyed"
        outside = outside_of(home, office, settings)
        known = list_accounts(office)
        if dry_run:
            seen = preview(
                *(office, archive, settings, known, wanted),
                route=route,
                act=act,
                outside=outside,
                progress=progress,
            )
            _tell_preview(seen, as_json=as_json)
            return
        batch = build(
            *(office, archive, settings, known, wanted),
            actor=actor(),
            route=route,
            act=act,
            note_text=note,
            outside=outside,
            progress=progress,
        )
        if as_json:
            print_json(batch)
        else:
            disposing.say_batch(office, batch, settings)


@dispositions.command()
@click.argument("number")
@click.argument("kind", type=click.Choice([each.code for each in approval_kinds()]))
@click.option("--name", required=True, help="Who gave it.")
@click.option("--position", required=True, help="Their title or office.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@click.option("--title", default="", help="What the document is called.")
@click.option("--number", "document_number", default="", help="The document's number.")
@click.option("--department", default="", help="The department that agrees.")
@click.option("--vote", default=None, help="Ayes of seats, as in: 4 of 5.")
@click.option("--file", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
def approve(
    state: State,
    number: str,
    kind: str,
    name: str,
    position: str,
    day: str | None,
    title: str,
    document_number: str,
    department: str,
    vote: str | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Record an approval of NUMBER: who gave it, on which day, and the document that shows it."""
    disposing.approve_with(
        *(state, number, kind),
        name=name,
        position=position,
        day=day,
        title=title,
        document_number=document_number,
        department=department,
        vote=vote,
        file=file,
        as_json=as_json,
    )


@dispositions.command("ask")
@click.argument("number")
@click.argument("kind", type=click.Choice([each.code for each in approval_kinds()]))
@click.option("--department", default="")
@json_option
@click.pass_obj
def ask_(state: State, number: str, kind: str, department: str, as_json: bool) -> None:
    """Note that somebody was asked for an approval of NUMBER, or reminded of it."""
    with state.office() as office:
        waits = ask(office, number, kind, actor=actor(), of=department)
    if as_json:
        print_json(waits)
    else:
        say(f"Noted: {number} waits for the {waits.words}.")


@dispositions.command()
@click.argument("number")
@click.option("--approval", type=int, default=None, help="Only this approval, by its number.")
@click.option("--reason", required=True)
@json_option
@click.pass_obj
def withdraw(state: State, number: str, approval: int | None, reason: str, as_json: bool) -> None:
    """Withdraw NUMBER, or one of its approvals. Both stay to be seen, with the reason."""
    with state.office() as office:
        if approval is not None:
            taken = withdraw_approval(office, number, approval, actor=actor(), reason=reason)
            if as_json:
                print_json(taken)
            else:
                say(f"Approval {approval} of {number} is withdrawn.")
            return
        batch = withdraw_batch(office, number, actor=actor(), reason=reason)
    if as_json:
        print_json(batch)
    else:
        say(f"{batch.number} is withdrawn; what was on it can be in another batch.")


@dispositions.command()
@click.argument("number")
@json_option
@click.pass_obj
def transfer(state: State, number: str, as_json: bool) -> None:
    """Make the bag (BagIt) of NUMBER, to be handed over. Nothing goes before its receipt."""
    with state.office():
        pass
    with showing_progress(quiet=state.quiet or as_json) as progress:
        bag = bag_batch(state.found_home, number, actor=actor(), progress=progress)
    if as_json:
        print_json(bag)
        return
    say(f"{bag.path}")
    say(f"  {bag.holdings:,} holdings in {bag.files:,} files, {bag.bytes:,} bytes")
    say("Hand it over, then record the receipt with `archiver dispositions receipt`.")


@dispositions.command()
@click.argument("number")
@click.option("--name", required=True, help="Who received it.")
@click.option("--position", required=True, help="Their title and institution.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@click.option("--number", "receipt_number", default="")
@click.option("--file", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
def receipt(
    state: State,
    number: str,
    name: str,
    position: str,
    day: str | None,
    receipt_number: str,
    file: Path | None,
    as_json: bool,
) -> None:
    """Record that the receiving institution has the bag of NUMBER."""
    home = state.found_home
    settings = home.settings()
    with state.office() as office:
        batch = record_receipt(
            *(home, office, settings, number),
            actor=actor(),
            name=name,
            position=position,
            on=disposing.day_given(settings, day),
            receipt_number=receipt_number,
            file=file,
        )
        if as_json:
            print_json(batch)
        else:
            disposing.say_batch(office, batch, settings)


@dispositions.command("routes")
@json_option
@click.pass_obj
def routes_(state: State, as_json: bool) -> None:
    """List the routes open to this agency, with the approvals each asks for."""
    found = routes(state.found_home.settings().agency_kind)
    if as_json:
        print_json(found)
        return
    print_table(
        ["route", "section", "mark", "approvals"],
        [(each.code, each.section, each.mark, ", ".join(each.approvals)) for each in found],
    )


@dispositions.command()
@click.option("--route", default=None, help="A route whose text was not read.")
@click.option("--trusted-system", "system", default=None, help="The system, by its name.")
@click.option("--attorney", required=True, help="The city attorney's name and title.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@json_option
@click.pass_obj
def attest(
    state: State,
    route: str | None,
    system: str | None,
    attorney: str,
    day: str | None,
    as_json: bool,
) -> None:
    """Record that the city attorney attested a route, or a trusted system (§ 34090.5)."""
    if (route is None) == (system is None):
        raise click.UsageError("Give --route or --trusted-system, one of them.")
    on = disposing.day_given(state.found_home.settings(), day)
    with state.office() as office:
        made = (
            attest_route(office, route, actor=actor(), attorney=attorney, on=on)
            if route is not None
            else attest_system(office, system or "", actor=actor(), attorney=attorney, on=on)
        )
    if as_json:
        print_json(made)
    else:
        say(f"{made.subject} attested by {made.attorney}.")


def _tell_preview(seen: Preview, *, as_json: bool) -> None:
    counts: dict[tuple[str, str], int] = {}
    for item in seen.items:
        key = (item.series or "none", item.kind)
        counts[key] = counts.get(key, 0) + 1
    lines = [
        {"series": series, "kind": kind, "holdings": count}
        for (series, kind), count in sorted(counts.items())
    ]
    if as_json:
        print_json(
            {
                "route": seen.route,
                "act": seen.act,
                "schedule": seen.schedule,
                "holdings": len(seen.items),
                "series": lines,
                "left_out": seen.left_out,
            }
        )
        return
    say(f"{len(seen.items):,} would be on the list (route {seen.route}, {seen.schedule}).")
    print_table(
        ["series", "kind", "count"],
        [(each["series"], each["kind"], each["holdings"]) for each in lines],
    )
    disposing.say_left_out(seen.left_out)
    say("Nothing was written.")
