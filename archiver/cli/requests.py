"""archiver requests: log a request, add records, decide about them."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli import clock as time_commands
from archiver.cli import finding, request_lists, reviewing, searches
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, item_number, moment_of, record_keys
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.cli.receiving import COMMANDS as RECEIVING
from archiver.cli.receiving import arrival_of, content_of, show_draft
from archiver.cli.redacting import redact
from archiver.config import Settings
from archiver.errors import RuleError, UsageError
from archiver.register.accounts import find_account
from archiver.requests.book import (
    CHANNELS,
    Choice,
    Claim,
    Item,
    Request,
    add_items,
    attest_exemption,
    counts_of,
    decide,
    get_request,
    hold_people,
    items_of,
    list_requests,
    usable_exemptions,
)
from archiver.requests.receiving.arriving import log_arrival
from archiver.requests.receiving.attaching import NewFile
from archiver.requests.timing.dates import Dates, work_date, work_dates

LONGEST_LETTER = 8_000_000
"""Bytes or characters read of a request's words: more than the book takes, so that it refuses."""
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def requests() -> None:
    """Public Records Act requests: intake, items, decisions."""


for command in (
    *time_commands.COMMANDS,
    *reviewing.COMMANDS,
    *finding.COMMANDS,
    *RECEIVING,
    redact,
    searches.search,
    searches.undo,
    request_lists.take_list,
    request_lists.decide,
):
    requests.add_command(command)


@requests.command()
@click.option("--received", default=None, help="When it reached the city; now if not given.")
@click.option("--channel", type=click.Choice(CHANNELS), default=None, help="email if not given.")
@click.option("--requester", default=None, help="May be left out: a request needs no name.")
@click.option("--contact", default=None, help="Where to answer.")
@click.option("--text", default=None, help="The request's own words; - reads standard input.")
@click.option("--text-file", type=_FILE)
@click.option("--eml", type=_FILE, help="An e-mail file; what it says is taken where not given.")
@click.option("--record", default=None, help="archive:ID or private:ID, by whose words it is made.")
@click.option("--attach", "attached", type=_FILE, multiple=True, help="A file that came with it.")
@click.option("--scope", default="", help="How the city understands it; may change later.")
@click.option("--practice", is_flag=True, help="For learning: outside numbers, holds, reports.")
@click.option("--draft", is_flag=True, help="Show what would be logged, and log nothing.")
@json_option
@click.pass_obj
def new(
    state: State,
    received: str | None,
    channel: str | None,
    requester: str | None,
    contact: str | None,
    text: str | None,
    text_file: Path | None,
    eml: Path | None,
    record: str | None,
    attached: tuple[Path, ...],
    scope: str,
    practice: bool,
    draft: bool,
    as_json: bool,
) -> None:
    """Log a request. Its own words never change afterwards."""
    if text is not None and text_file is not None:
        raise UsageError("give the request's words with --text or --text-file, one of them")
    words = _read_letter(text_file) if text_file else text
    if words == "-":
        words = sys.stdin.read(LONGEST_LETTER)
    settings = state.found_home.settings()
    zone = settings.time_zone
    arrival, notices = arrival_of(state, words, eml, record)
    arrival = replace(
        arrival,
        received_at=moment_of(received, zone) if received else arrival.received_at,
        channel=channel or arrival.channel,
        requester=requester or arrival.requester,
        contact=contact or arrival.contact,
        scope=scope,
        practice=practice,
        files=(*arrival.files, *(NewFile(content_of(path), path.name) for path in attached)),
    )
    if draft:
        show_draft(arrival, notices, zone, as_json=as_json)
        return
    with state.office() as office:
        request = log_arrival(state.found_home, office, settings, arrival, actor=actor())
        due = _due(office, settings, request)
    if as_json:
        print_json(_as_json(request, due, []))
        return
    say(
        f"Request {request.number}, received {clock.shown(request.received_at, settings.time_zone)}"
    )
    for each in notices:
        say_under("  look at    ", each)
    _say_deadline(due, settings)


@requests.command("list")
@click.option("--open", "only_open", is_flag=True, help="Leave out closed requests.")
@click.option("--practice", is_flag=True, help="Those made for practice instead.")
@json_option
@click.pass_obj
def list_(state: State, only_open: bool, practice: bool, as_json: bool) -> None:
    """List requests, the one due first at the top."""
    settings = state.found_home.settings()
    with state.office() as office:
        found = list_requests(office, include_closed=not only_open, practice=practice)
        due = work_dates(office, settings, found)
        lines = [(each, due[each.id], _standing(office, each)) for each in found]
    if as_json:
        print_json([_as_json(each, due, counts) for each, due, counts in lines])
        return
    print_table(
        ["number", "received", "work to", "outside date", "status", "items", "undecided"],
        [
            (
                each.number,
                clock.local_day(each.received_at, settings.time_zone),
                "by hand" if isinstance(due, str) else due.work_by,
                "by hand" if isinstance(due, str) else due.outside,
                each.status,
                sum(counts.values()),
                counts.get("undecided", 0),
            )
            for each, due, counts in lines
        ],
    )


@requests.command()
@click.argument("number")
@json_option
@click.pass_obj
def show(state: State, number: str, as_json: bool) -> None:
    """Show request NUMBER: its words, its date with the arithmetic, its items."""
    settings = state.found_home.settings()
    with state.office() as office:
        request = get_request(office, number)
        due = _due(office, settings, request)
        items = items_of(office, number)
    if as_json:
        print_json(_as_json(request, due, items))
        return
    _say_request(request, settings.time_zone)
    _say_deadline(due, settings)
    say("")
    print_table(
        ["item", "record", "decision", "exemptions", "collected"],
        [
            (
                each.id,
                f"{each.file}:{each.record_id}",
                each.decision.choice,
                ", ".join(basis.section for basis in each.decision.exemptions),
                clock.local_day(each.added_at, settings.time_zone),
            )
            for each in items
        ],
    )


@requests.command()
@click.argument("number")
@click.argument("records", nargs=-1, required=True)
@click.option("--with-threads", is_flag=True, help="Bring the rest of each conversation along.")
@json_option
@click.pass_obj
def add(
    state: State, number: str, records: tuple[str, ...], with_threads: bool, as_json: bool
) -> None:
    """Add RECORDS (archive:ID, private:ID; - reads them from input) to request NUMBER."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        report = add_items(
            office,
            archive_files(archive),
            number,
            record_keys(records),
            actor=actor(),
            families=with_threads,
        )
    if as_json:
        print_json(report)
        return
    say(f"{report.added} added, {report.duplicates} there already, {report.held} newly on hold.")
    for notice in report.notices:
        say(notice)


@requests.command("hold-people")
@click.argument("number")
@click.argument("accounts", nargs=-1, required=True)
@json_option
@click.pass_obj
def hold_people_(state: State, number: str, accounts: tuple[str, ...], as_json: bool) -> None:
    """Hold for request NUMBER the lists of people and the downloads of ACCOUNTS."""
    with state.office() as office:
        chosen = [find_account(office, name) for name in accounts]
        hold_people(office, number, [each.id for each in chosen], actor=actor())
    if as_json:
        print_json({"request": number, "held": [each.name for each in chosen]})
    else:
        say(f"Held for request {number}: the people of {', '.join(each.name for each in chosen)}.")


@requests.command("decide")
@click.argument("number")
@click.argument("items", nargs=-1, required=True)
@click.option("--release", "choice", flag_value=Choice.RELEASE.value)
@click.option("--redact", "choice", flag_value=Choice.REDACT.value, help="Under its bars.")
@click.option("--withhold", "choice", flag_value=Choice.WITHHOLD.value)
@click.option("--not-responsive", "choice", flag_value=Choice.NOT_RESPONSIVE.value)
@click.option("--undecided", "choice", flag_value=Choice.UNDECIDED.value)
@click.option("--exemption", "sections", multiple=True, help="A section, such as 7927.700.")
@click.option("--balancing", default=None, help="Why withholding clearly outweighs disclosure.")
@click.option("--second-citation", default=None, help="The other law § 7927.705 points to.")
@click.option("--review-on", default=None, help="YYYY-MM-DD, for exemptions that end.")
@click.option("--note", default=None)
@click.option("--differs", is_flag=True, help="An earlier release differs; --note says why.")
@json_option
@click.pass_obj
def decide_(
    state: State,
    number: str,
    items: tuple[str, ...],
    choice: str | None,
    sections: tuple[str, ...],
    balancing: str | None,
    second_citation: str | None,
    review_on: str | None,
    note: str | None,
    differs: bool,
    as_json: bool,
) -> None:
    """Decide about ITEMS (numbers, or `all`) of request NUMBER."""
    if choice is None:
        raise UsageError(
            "say what is decided: --release, --redact, --withhold, --not-responsive, --undecided"
        )
    if not sections and (balancing or second_citation or review_on):
        raise UsageError("name the --exemption that the reason or the review date belongs to")
    claims = [
        Claim(
            section=section,
            balancing=balancing,
            second_citation=second_citation,
            review_on=day_of(review_on) if review_on else None,
        )
        for section in sections
    ]
    with state.office() as office, Archive.open(state.found_home) as archive:
        if items == ("all",):
            chosen = [each.id for each in items_of(office, number)]
        else:
            chosen = [item_number(each) for each in items]
        made = decide(
            *(office, number, chosen, choice),
            actor=actor(),
            claims=claims,
            note_text=note,
            files=archive_files(archive),
            acknowledge_earlier=differs,
        )
    if as_json:
        print_json(list(made))
    else:
        say(f"{len(made)} {'item' if len(made) == 1 else 'items'}: {choice}.")


@requests.command()
@json_option
@click.pass_obj
def exemptions(state: State, as_json: bool) -> None:
    """List the exemptions a withholding could rest on, and who attested them."""
    with state.office() as office:
        found = usable_exemptions(office)
    if as_json:
        print_json(
            [{"exemption": entry.section, "attested": made} for entry, made in found.items()]
        )
        return
    print_table(
        ["section", "title", "mark", "attested by", "on"],
        [
            (
                entry.section,
                entry.title,
                entry.mark,
                made.attorney if made else "not attested",
                made.attested_on if made else "",
            )
            for entry, made in found.items()
        ],
    )


@requests.command()
@click.argument("sections", nargs=-1, required=True)
@click.option("--attorney", required=True, help="The city attorney's name and title.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@click.option("--note", default=None)
@json_option
@click.pass_obj
def attest(
    state: State,
    sections: tuple[str, ...],
    attorney: str,
    day: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Record that the city attorney has checked exemption SECTIONS; before that none decides."""
    zone = state.found_home.settings().time_zone
    on = day_of(day) if day else clock.local_day(clock.now_text(), zone)
    with state.office() as office:
        made = [
            attest_exemption(office, section, actor=actor(), attorney=attorney, on=on, note=note)
            for section in sections
        ]
    if as_json:
        print_json(made)
    else:
        say(f"{len(made)} exemptions attested by {attorney} on {on}.")


def _say_request(request: Request, zone: str) -> None:
    say(f"Request {request.number} ({request.status})")
    say(f"  received   {clock.shown(request.received_at, zone)} by {request.channel}")
    say(f"  requester  {request.requester or 'not named'}")
    lead = "  asked      "
    for line in request.verbatim.splitlines():
        say_under(lead, line)
        lead = " " * len(lead)
    if request.scope:
        say_under("  understood ", request.scope)


def _say_deadline(due: Dates | str, settings: Settings) -> None:
    if isinstance(due, str):
        say_under("  BY HAND    ", due)
    else:
        time_commands.say_dates(due, settings)


def _due(office: sqlite3.Connection, settings: Settings, request: Request) -> Dates | str:
    """The dates of a request, or why they cannot be counted: one such request hides no other."""
    try:
        return work_date(office, settings, request)
    except RuleError as reason:
        return str(reason)


def _as_json(
    request: Request, due: Dates | str, items: Sequence[Item] | Counter[str]
) -> dict[str, object]:
    if isinstance(due, str):
        return {"request": request, "deadline": None, "by_hand": due, "items": items}
    return {"request": request, "dates": due, "deadline": due.counted, "items": items}


def _standing(office: sqlite3.Connection, request: Request) -> Counter[str]:
    """How many of a request's items stand at each decision, by its name."""
    counts = counts_of(office, request.number)
    return Counter({choice.value: count for choice, count in counts.items() if count})


def _counts(items: Sequence[Item]) -> Counter[str]:
    return Counter(item.decision.choice.value for item in items)


def _read_letter(path: Path) -> str:
    """The text of a file, marks in place of bytes that are no UTF-8; no more than is ever taken."""
    with path.open("rb") as file:
        return file.read(LONGEST_LETTER).decode("utf-8", "replace")
