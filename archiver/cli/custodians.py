"""archiver custodians: ask, list, answer, send, withdraw, and take in what was handed over."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.cli.receiving import content_of
from archiver.errors import UsageError
from archiver.requests.book import list_requests
from archiver.requests.custodians.answers import NewAnswer, answers_of, show_facts
from archiver.requests.custodians.answers import answer as answer_ask
from archiver.requests.custodians.asks import (
    Ask,
    NewAsk,
    ask_custodian,
    ask_for_hold,
    asks_about,
    cause_of,
    find_ask,
    standing_of,
    steps_of,
    today_in,
)
from archiver.requests.custodians.asks import withdraw as withdraw_ask
from archiver.requests.custodians.causes import Cause, cause_of_hold, cause_of_request
from archiver.requests.custodians.handing_in import (
    HandedFile,
    lot_of_cause,
    review_department_files,
)
from archiver.requests.custodians.messages import (
    REMINDED,
    SENT,
    ask_sheet,
    mark,
    message_of,
    send,
    sheet_pdf,
)
from archiver.requests.custodians.taking_in import TakenFile, take_in_lot, take_in_request
from archiver.retention.holds import HoldKind, list_holds
from archiver.staff.people import find_person
from archiver.staff.roles import ANSWER_ASKS
from archiver.staff.schema import open_staff

_NAMED = 20
"""Records of a file that are named one by one."""
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def custodians() -> None:
    """Custodians: who is asked to search, and what they return."""


@custodians.command()
@click.argument("about", metavar="NUMBER|hold:ID")
@click.argument("name")
@click.option("--department", required=True)
@click.option("--for", "scope", required=True, help="What to look for, in words.")
@click.option("--due", required=True, help="YYYY-MM-DD")
@click.option("--title", default="")
@click.option("--email", default="")
@click.option("--login", default="", help="Who answers at the desk; role custodian.")
@click.option("--account", "accounts", multiple=True, help="An account of theirs to search.")
@click.option("--device", "devices", multiple=True)
@click.option("--from", "start", default=None, help="YYYY-MM-DD")
@click.option("--to", "end", default=None, help="YYYY-MM-DD")
@json_option
@click.pass_obj
def ask(
    state: State,
    about: str,
    name: str,
    department: str,
    scope: str,
    due: str,
    title: str,
    email: str,
    login: str,
    accounts: tuple[str, ...],
    devices: tuple[str, ...],
    start: str | None,
    end: str | None,
    as_json: bool,
) -> None:
    """Ask the custodian NAME to search for request NUMBER, or for hold ID. The same ask twice is
    one."""
    if login:
        require_custodian(state, login)
    wanted = NewAsk(
        name,
        department,
        scope,
        day_of(due),
        title=title,
        email=email,
        login=login,
        accounts="\n".join(accounts),
        devices="\n".join(devices),
        start_day=day_of(start) if start else None,
        end_day=day_of(end) if end else None,
    )
    settings = state.found_home.settings()
    with state.office() as office:
        hold = _hold_in(about)
        if hold is None:
            made = ask_custodian(office, settings, about, wanted, actor=actor())
        else:
            made = ask_for_hold(office, settings, hold, wanted, actor=actor())
    if as_json:
        print_json(made)
    else:
        say(f"Ask {made.id}: {made.who}, due {made.due_on}.")
        say(f"It has not gone out yet: `archiver custodians send {made.id}`.")


@custodians.command("list")
@click.argument("about", metavar="[NUMBER|hold:ID]", required=False)
@json_option
@click.pass_obj
def list_(state: State, about: str | None, as_json: bool) -> None:
    """List who was asked for request NUMBER, or hold ID; with neither, for everything open."""
    today = today_in(state.found_home.settings())
    with state.office() as office:
        causes = _causes(office, about)
        found = [
            {
                "request": cause.request.number if cause.request else None,
                "hold": cause.hold.id if cause.hold else None,
                "about": cause.name,
                "ask": each,
                "standing": standing_of(office, each, today).value,
                "steps": steps_of(office, each),
                "answers": answers_of(office, each),
            }
            for cause in causes
            for each in asks_about(office, cause)
        ]
    if as_json:
        print_json(found)
        return
    print_table(
        ["ask", "about", "custodian", "due", "stands"],
        [
            (each.id, line["about"], each.who, each.due_on, line["standing"])
            for line in found
            if isinstance(each := line["ask"], Ask)
        ],
    )


@custodians.command("send")
@click.argument("number", metavar="ASK", type=int)
@click.option("--reminder", is_flag=True, help="Remind them instead.")
@click.option("--how", default="", help="It went out another way: write down how.")
@click.option("--save", type=click.Path(path_type=Path), help="Only save, as FILE.eml or FILE.pdf.")
@click.option("--clerk", default="City clerk", show_default=True, help="Who signs.")
@json_option
@click.pass_obj
def send_(
    state: State,
    number: int,
    reminder: bool,
    how: str,
    save: Path | None,
    clerk: str,
    as_json: bool,
) -> None:
    """Send ASK by the city's mail server, save it as a message, or write down how it went out."""
    if how and save is not None:
        raise UsageError("give either --how or --save")
    settings, what = state.found_home.settings(), REMINDED if reminder else SENT
    with state.office() as office:
        if save is not None:
            found = find_ask(office, number)
            sheet = ask_sheet(office, settings, found, reminder=reminder, clerk=clerk)
            paper = save.suffix.lower() == ".pdf"
            save.write_bytes(
                sheet_pdf(sheet) if paper else message_of(settings, found, sheet).content
            )
        elif how:
            mark(office, number, what, actor=actor(), how=how)
        else:
            send(office, settings, number, what, actor=actor(), clerk=clerk)
        steps = steps_of(office, find_ask(office, number))
    if as_json:
        print_json(steps)
    else:
        say(f"Saved as {save}." if save else f"Ask {number}: {what}.")


@custodians.command()
@click.argument("number", metavar="ASK", type=int)
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--account", "accounts", multiple=True, help="An account that was searched.")
@click.option("--device", "devices", multiple=True, help="A device that was searched.")
@click.option("--term", "terms", multiple=True, help="Words searched for.")
@click.option("--from", "start", default=None, help="YYYY-MM-DD")
@click.option("--to", "end", default=None, help="YYYY-MM-DD")
@click.option("--kept-back", default="", help="What is kept back as personal.")
@click.option("--facts", default="", help="Facts that show it is no public record.")
@click.option("--declared-by", required=True, help="Who declares it true.")
@click.option("--on", "declared_on", default=None, help="The day; today if none.")
@click.option("--how", required=True, help="How the custodian told it: by telephone, on paper.")
@json_option
@click.pass_obj
def answer(
    state: State,
    number: int,
    files: tuple[Path, ...],
    accounts: tuple[str, ...],
    devices: tuple[str, ...],
    terms: tuple[str, ...],
    start: str | None,
    end: str | None,
    kept_back: str,
    facts: str,
    declared_by: str,
    declared_on: str | None,
    how: str,
    as_json: bool,
) -> None:
    """Enter the answer to ASK, with the FILES it returns; without any, nothing was found."""
    home, settings = state.found_home, state.found_home.settings()
    given = NewAnswer(
        "\n".join(accounts),
        declared_by,
        day_of(declared_on) if declared_on else _today(settings.time_zone),
        terms="\n".join(terms),
        devices="\n".join(devices),
        start_day=day_of(start) if start else None,
        end_day=day_of(end) if end else None,
        found_nothing=not files,
        kept_back=kept_back,
        facts=facts,
        how=how,
    )
    handed = [HandedFile(content_of(path), path.name) for path in files]
    with state.office() as office:
        made = answer_ask(
            *(home, office, settings, number, given, handed), actor=actor(), on_behalf=True
        )
        cause = cause_of(office, find_ask(office, number))
        taken: list[TakenFile] = []
        if files:
            with Archive.open(home, write=True) as archive:
                taken = take_in_lot(home, office, archive, lot_of_cause(cause), actor=actor())
    if as_json:
        print_json({"answer": made, "taken": taken})
        return
    say(f"Answer {made.id} to ask {number} is on record; its words have SHA-256 {made.sha256}.")
    say_taken(taken)


@custodians.command()
@click.argument("number", metavar="ASK", type=int)
@click.option("--reason", required=True)
@json_option
@click.pass_obj
def withdraw(state: State, number: int, reason: str, as_json: bool) -> None:
    """Withdraw ASK, which was not answered."""
    with state.office() as office:
        found = withdraw_ask(office, number, actor=actor(), reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"Ask {number} is withdrawn.")


@custodians.command("facts")
@click.argument("number", metavar="ASK", type=int)
@click.argument("shown", type=click.Choice(["print", "hide"]))
@json_option
@click.pass_obj
def facts_(state: State, number: int, shown: str, as_json: bool) -> None:
    """Say whether the packet prints what the custodian of ASK kept back, and the facts."""
    with state.office() as office:
        show_facts(office, number, shown=shown == "print", actor=actor())
        steps = steps_of(office, find_ask(office, number))
    if as_json:
        print_json(steps)
    else:
        say(f"Ask {number}: the facts are {'printed' if shown == 'print' else 'not printed'}.")


@custodians.command("take-in")
@click.argument("number")
@click.option("--departments", is_flag=True, help="Also the files other departments handed over.")
@json_option
@click.pass_obj
def take_in(state: State, number: str, departments: bool, as_json: bool) -> None:
    """Make records of what was handed in for request NUMBER and waits."""
    home = state.found_home
    with state.office() as office, Archive.open(home, write=True) as archive:
        if departments:
            review_department_files(office, number, actor=actor())
        taken = take_in_request(home, office, archive, number, actor=actor())
    if as_json:
        print_json(taken)
    else:
        say_taken(taken)


def say_taken(taken: list[TakenFile]) -> None:
    """Say what became of files, a line each, with what is to be looked at."""
    if not taken:
        say("Nothing was taken in.")
    for each in taken:
        named = [f"private:{record}" for record in each.records[:_NAMED]]
        more = len(each.records) - len(named)
        records = ", ".join(named) + (f" and {more:,} more" if more else "") or "none"
        say_under(f"{each.file.name}: ", records)
        for told in each.notices:
            say_under("  look at: ", told)
        for own, repeat in each.repeats:
            where = f"private:{own} and {repeat.file}:{repeat.record_id}"
            say_under("  look at: ", f"{where}: {repeat.why}")


def _hold_in(about: str) -> int | None:
    """The number of a hold, where one is named. Raises UsageError where it is no number."""
    kind, colon, number = about.partition(":")
    if not colon or kind != "hold":
        return None
    if not number.isdecimal():
        raise UsageError("name a hold as hold:3 (`archiver holds list`)")
    return int(number)


def _causes(office: sqlite3.Connection, about: str | None) -> list[Cause]:
    if about is None:
        requests = list_requests(office, include_closed=False)
        holds = [each for each in list_holds(office) if each.kind != HoldKind.REQUEST.value]
        return [*(Cause(request=each) for each in requests), *(Cause(hold=each) for each in holds)]
    hold = _hold_in(about)
    return [cause_of_request(office, about) if hold is None else cause_of_hold(office, hold)]


def _today(zone: str) -> dt.date:
    return clock.local_day(clock.now_text(), zone)


def require_custodian(state: State, login: str) -> None:
    """Raises InputError where nobody of that login is there, UsageError without the role."""
    staff = open_staff(state.found_home)
    try:
        person = find_person(staff, login)
    finally:
        staff.close()
    if not person.may(ANSWER_ASKS):
        raise UsageError(
            f"{login} answers no tasks: name a login with the role custodian "
            "(`archiver staff add LOGIN --role custodian`)"
        )
