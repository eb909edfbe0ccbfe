"""archiver forwards: what officials forwarded, what they stated, whether they were told; the
mailbox they send to, and whose messages it takes in."""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.custodians import require_custodian, say_taken
from archiver.cli.forward import received_at, today_of, words_given
from archiver.cli.naming import FORWARD, day_of
from archiver.cli.output import (
    counted,
    json_option,
    print_json,
    print_table,
    say,
    say_under,
    showing_progress,
)
from archiver.errors import PartialError, UsageError
from archiver.operations.forwarding import look_into_mailbox
from archiver.requests.custodians.handing_in import lot_of_forward
from archiver.requests.custodians.taking_in import taken_files
from archiver.requests.forwards.acknowledging import (
    acknowledgement,
    is_acknowledged,
    mark,
    message_of,
    send,
    sheet_pdf,
    steps_of,
)
from archiver.requests.forwards.forwarding import (
    find_forward,
    list_forwards,
)
from archiver.requests.forwards.officials import (
    Official,
    forget_address,
    know_address,
    list_officials,
)
from archiver.requests.forwards.stating import (
    NewStatement,
    received_in,
    statements_of,
)
from archiver.requests.forwards.stating import state as add_statement


@click.group()
def forwards() -> None:
    """What officials forwarded from accounts of their own."""


@forwards.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List what was forwarded, the newest first."""
    zone = state.found_home.settings().time_zone
    with state.office() as office:
        found = [
            {
                "forward": each,
                "statements": statements_of(office, each.id),
                "acknowledged": is_acknowledged(office, each),
                "files": [file.file for file in taken_files(office, lot_of_forward(each.id))],
            }
            for each in list_forwards(office)
        ]
        lines = [
            (
                f"F-{each.id}",
                each.who,
                clock.shown(each.sent_at, zone),
                stated[-1].source if (stated := statements_of(office, each.id)) else "not stated",
                "told" if is_acknowledged(office, each) else "not told",
            )
            for each in list_forwards(office)
        ]
    if as_json:
        print_json(found)
    else:
        print_table(["forward", "from", "sent", "account", "official"], lines)


@forwards.command("show")
@click.argument("number", type=FORWARD)
@json_option
@click.pass_obj
def show(state: State, number: int, as_json: bool) -> None:
    """Show forward NUMBER: what was stated, what became of its files, what was done since."""
    settings = state.found_home.settings()
    with state.office() as office:
        found = find_forward(office, number)
        stated = statements_of(office, number)
        taken = taken_files(office, lot_of_forward(number))
        steps = steps_of(office, found)
    if as_json:
        print_json({"forward": found, "statements": stated, "taken": taken, "steps": steps})
        return
    say(f"F-{number}: {found.who}, {clock.shown(found.sent_at, settings.time_zone)}")
    for each in stated:
        say(f"\nReceived {received_in(each.received, settings.time_zone)}:\n{each.text}")
    if not stated:
        say("Nothing was stated yet: `archiver forwards state` enters it.")
    say_taken(taken)
    for step in steps:
        say(f"{step.what}, {clock.shown(step.at, settings.time_zone)}, {step.actor}. {step.note}")


@forwards.command("state")
@click.argument("number", type=FORWARD)
@click.option("--source", required=True, help="The account it came to.")
@click.option("--received", required=True, help="YYYY-MM-DD, or 'YYYY-MM-DD HH:MM' city time.")
@click.option("--sender", default="", help="Who wrote it, where the files do not say.")
@click.option("--searched", multiple=True, help="Where else they looked; may be repeated.")
@click.option("--kept-back", default="", help="What is kept back as personal.")
@click.option("--facts", default="", help="Facts that show it is no public record.")
@click.option("--statement", default="", help="Their own words: text, or a text file's path.")
@click.option("--by", "name", required=True, help="Who states it.")
@click.option("--stated-on", default=None, help="YYYY-MM-DD; today if none.")
@click.option("--how", required=True, help="How they told it: on paper, by telephone.")
@json_option
@click.pass_obj
def state_it(
    state: State,
    number: int,
    source: str,
    received: str,
    sender: str,
    searched: tuple[str, ...],
    kept_back: str,
    facts: str,
    statement: str,
    name: str,
    stated_on: str | None,
    how: str,
    as_json: bool,
) -> None:
    """Enter what an official states of forward NUMBER; earlier statements stay beside it."""
    settings = state.found_home.settings()
    given = NewStatement(
        source,
        received_at(received, settings),
        name,
        day_of(stated_on) if stated_on else today_of(settings),
        sender=sender,
        searched="\n".join(searched),
        kept_back=kept_back,
        facts=facts,
        remark=words_given(statement),
    )
    with state.office() as office:
        made = add_statement(office, settings, number, given, actor=actor(), how=how)
    if as_json:
        print_json(made)
    else:
        say(f"F-{number} is stated; the statement has SHA-256 {made.sha256}.")


@forwards.command()
@click.argument("number", type=FORWARD)
@click.option("--how", default="", help="They were told another way: write down how.")
@click.option("--save", type=click.Path(path_type=Path), help="Only save, as FILE.eml or FILE.pdf.")
@click.option("--clerk", default="City clerk", show_default=True, help="Who signs.")
@json_option
@click.pass_obj
def acknowledge(
    state: State, number: int, how: str, save: Path | None, clerk: str, as_json: bool
) -> None:
    """Tell the official of forward NUMBER that it came, and where to send the resident."""
    if how and save is not None:
        raise UsageError("give either --how or --save")
    settings = state.found_home.settings()
    with state.office() as office:
        found = find_forward(office, number)
        if save is not None:
            sheet = acknowledgement(office, settings, found, clerk=clerk)
            paper = save.suffix.lower() == ".pdf"
            save.write_bytes(
                sheet_pdf(sheet) if paper else message_of(settings, found, sheet).content
            )
        elif how:
            mark(office, number, actor=actor(), how=how)
        else:
            send(office, settings, number, actor=actor(), clerk=clerk)
        steps = steps_of(office, found)
    if as_json:
        print_json(steps)
    else:
        say(f"Saved as {save}." if save else f"F-{number}: the official was told.")


@forwards.command("mailbox")
@json_option
@click.pass_obj
def mailbox(state: State, as_json: bool) -> None:
    """Take in what lies in the mailbox of archive.toml, [forwarding]. The nightly run does it too.

    Exits with 10 where something was left in it.
    """
    home, settings = state.found_home, state.found_home.settings()
    if settings.forwarding.mailbox is None:
        raise UsageError("no mailbox is set: name its folder in archive.toml, [forwarding] mailbox")
    with (
        state.office() as office,
        Archive.open(home, write=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        report = look_into_mailbox(
            home, office, archive, settings, actor=actor(), progress=progress
        )
    if as_json:
        print_json(report)
    else:
        for taken in report.taken:
            numbers = ", ".join(f"F-{number}" for number in taken.forwards)
            say_under(f"{taken.name}: ", f"{numbers}, {counted(taken.records, 'record')}")
        for left in report.left:
            say_under(f"{left.name}: ", f"left where it is: {left.why}")
        if not report.taken and not report.left:
            say("Nothing lies in the mailbox.")
    if report.left:
        told = counted(len(report.left), "message stays", "messages stay")
        raise PartialError(f"{told} in the mailbox, as told above")


@forwards.command("officials")
@json_option
@click.pass_obj
def officials(state: State, as_json: bool) -> None:
    """List whose messages the mailbox takes in."""
    with state.office() as office:
        found = list_officials(office)
    if as_json:
        print_json(found)
    else:
        print_table(
            ["address", "name", "title", "department", "login"],
            [
                (each.address, each.name, each.title, each.department, each.login or "")
                for each in found
            ],
        )


@forwards.command("know")
@click.argument("address")
@click.option("--name", required=True)
@click.option("--department", required=True)
@click.option("--title", default="")
@click.option("--login", default="", help="Where they see their forwards; role custodian.")
@json_option
@click.pass_obj
def know(
    state: State,
    address: str,
    name: str,
    department: str,
    title: str,
    login: str,
    as_json: bool,
) -> None:
    """Take in from now on what comes to the mailbox from an official's ADDRESS."""
    if login:
        require_custodian(state, login)
    with state.office() as office:
        official = Official(name, department, title, address, login)
        known = know_address(office, official, actor=actor())
    if as_json:
        print_json(known)
    else:
        say(f"What comes from {known.address} is taken in as forwarded by {known.name}.")


@forwards.command("forget")
@click.argument("address")
@json_option
@click.pass_obj
def forget(state: State, address: str, as_json: bool) -> None:
    """Take in no more from ADDRESS; what was forwarded stays."""
    with state.office() as office:
        known = forget_address(office, address, actor=actor())
    if as_json:
        print_json(known)
    else:
        say(f"Nothing more is taken in from {known.address}.")
