"""archiver requests assign, ask, answer, instalment, undo, blockers: how a request is reviewed."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from contextlib import closing

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import item_number
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.errors import UsageError
from archiver.register.accounts import find_account, list_accounts
from archiver.requests.reviewing.assigning import assign, items_of_accounts, items_of_search
from archiver.requests.reviewing.attorney import answer, ask
from archiver.requests.reviewing.blockers import blockers_of
from archiver.requests.reviewing.instalments import instalments_of, move, plan
from archiver.requests.reviewing.undoing import undo
from archiver.staff.people import find_person
from archiver.staff.schema import open_staff

_LONGEST = 100_000


@click.command("assign")
@click.argument("number")
@click.argument("person")
@click.argument("items", nargs=-1)
@click.option("--search", "search_id", type=int, default=None, help="What this search brought in.")
@click.option(
    "--account", "accounts", multiple=True, help="Its id, handle or platform:handle; several times."
)
@click.option("--department", default=None, help="All accounts of this department.")
@click.option("--take-back", is_flag=True, help="Take them back from this person.")
@json_option
@click.pass_obj
def assign_(
    state: State,
    number: str,
    person: str,
    items: Sequence[str],
    search_id: int | None,
    accounts: Sequence[str],
    department: str | None,
    take_back: bool,
    as_json: bool,
) -> None:
    """Assign ITEMS of request NUMBER to PERSON (a login) for review."""
    with closing(open_staff(state.found_home)) as staff:
        found = find_person(staff, person)
    login = found.login
    with state.office() as office:
        wanted = [item_number(each) for each in items]
        if search_id is not None:
            wanted += items_of_search(office, number, search_id)
        ids = [find_account(office, each).id for each in accounts]
        if department is not None:
            ids += [each.id for each in list_accounts(office) if each.department == department]
        if ids:
            wanted += items_of_accounts(office, number, ids)
        if not wanted:
            raise UsageError("nothing to assign: name items, --search, --account or --department")
        done = assign(
            *(office, number, wanted, login),
            departments=found.departments,
            actor=actor(),
            taken_back=take_back,
        )
    if as_json:
        print_json({"person": login, "items": done, "taken_back": take_back})
        return
    say(f"{_items(done)} {'taken back from' if take_back else 'assigned to'} {login}.")


@click.command("ask")
@click.argument("number")
@click.argument("item")
@click.option("--question", required=True, help="Privileged; - reads standard input.")
@click.pass_obj
def ask_(state: State, number: str, item: str, question: str) -> None:
    """Ask the city attorney about ITEM of request NUMBER; until it is answered it is blocked."""
    with state.office() as office:
        ask(office, number, item_number(item), _words(question), actor=actor())
    say(f"Item {item} is with the attorney.")


@click.command("answer")
@click.argument("number")
@click.argument("item")
@click.option("--answer", "words", required=True, help="Privileged; - reads standard input.")
@click.pass_obj
def answer_(state: State, number: str, item: str, words: str) -> None:
    """Write down the city attorney's answer on ITEM of request NUMBER."""
    with state.office() as office:
        answer(office, number, item_number(item), _words(words), actor=actor())
    say(f"Item {item} is answered.")


@click.command("instalment")
@click.argument("number")
@click.argument("items", nargs=-1)
@click.option("--into", "n", type=int, default=None, help="Its number; the next one if not given.")
@click.option("--title", default=None)
@click.option("--promised", default=None, help="YYYY-MM-DDTHH:MM in the agency's time.")
@json_option
@click.pass_obj
def instalment(
    state: State,
    number: str,
    items: Sequence[str],
    n: int | None,
    title: str | None,
    promised: str | None,
    as_json: bool,
) -> None:
    """Show the instalments of request NUMBER, plan one, or move ITEMS into one."""
    zone = state.found_home.settings().time_zone
    with state.office() as office:
        planned = title is not None or promised is not None or (items and n is None)
        if planned:
            moment = None if promised is None else _moment(promised, zone)
            made = plan(office, number, actor=actor(), n=n, title=title or "", promised_at=moment)
            n = made.n
        if items and n is not None:
            move(office, number, [item_number(each) for each in items], n, actor=actor())
        found = instalments_of(office, number)
    if as_json:
        print_json(found)
        return
    print_table(
        ["instalment", "title", "promised", "items", "decided"],
        [
            (
                each.n,
                each.title,
                clock.shown(each.promised_at, zone) if each.promised_at else "",
                each.records,
                each.decided,
            )
            for each in found
        ],
    )


@click.command("undo")
@click.argument("number")
@click.argument("item")
@json_option
@click.pass_obj
def undo_(state: State, number: str, item: str, as_json: bool) -> None:
    """Take the last decision on ITEM of request NUMBER back; what stood before stands again."""
    with state.office() as office:
        made = undo(office, number, item_number(item), actor=actor())
    if as_json:
        print_json(made)
        return
    say(f"Item {item}: {made.choice.value}.")


@click.command("blockers")
@click.argument("number")
@click.option("--instalment", type=int, default=None, help="Only this part of it.")
@json_option
@click.pass_obj
def blockers(state: State, number: str, instalment: int | None, as_json: bool) -> None:
    """Say what keeps request NUMBER, or an instalment of it, from being produced."""
    settings = state.found_home.settings()
    with state.office() as office, Archive.open(state.found_home) as archive:
        found = blockers_of(office, settings, number, instalment, files=archive_files(archive))
    if as_json:
        print_json(found)
        return
    for each in found:
        say(each.named)
    if not found:
        say("Nothing is in the way: `archiver produce` makes the packet.")


COMMANDS = (assign_, ask_, answer_, instalment, undo_, blockers)
"""What belongs to the group `requests`."""


def _words(given: str) -> str:
    """What was given, or from standard input: a command's words can be seen by others."""
    return sys.stdin.read(_LONGEST) if given == "-" else given


def _items(count: int) -> str:
    return f"{count} {'item' if count == 1 else 'items'}"


def _moment(text: str, zone: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time: write YYYY-MM-DDTHH:MM") from None
    return clock.to_text(moment if moment.tzinfo else moment.replace(tzinfo=clock.zone(zone)))
