"""archiver requests collect-list and decide-list: lists as of a date."""

from __future__ import annotations

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, say
from archiver.errors import UsageError
from archiver.register.accounts import find_account
from archiver.requests.book import Choice, Claim
from archiver.requests.collecting.list_kinds import LIST_KINDS
from archiver.requests.collecting.list_review import decide_list
from archiver.requests.collecting.lists import CHOICES, collect_list


@click.command("collect-list")
@click.argument("number")
@click.argument("kind", type=click.Choice(list(LIST_KINDS)))
@click.option("--account", default=None, help="Whose list; not for the register of accounts.")
@click.option("--as-of", default=None, help="A moment with its zone; now if not given.")
@json_option
@click.pass_obj
def take_list(
    state: State, number: str, kind: str, account: str | None, as_of: str | None, as_json: bool
) -> None:
    """Collect a list as of a moment (blocks, followers, removals …) into request NUMBER."""
    try:
        moment = clock.to_text(clock.parse(as_of)) if as_of else None
    except ValueError:
        raise UsageError("--as-of is no time with a zone: 2026-11-16T17:00:00-08:00") from None
    with state.office() as office, Archive.open(state.found_home) as archive:
        made = collect_list(
            office,
            archive_files(archive),
            number,
            kind,
            actor=actor(),
            time_zone=state.found_home.settings().time_zone,
            account_id=find_account(office, account).id if account else None,
            as_of=moment,
        )
    if as_json:
        print_json(made)
    else:
        say(f"List {made.id}, {made.title}: {made.rows:,} entries. {made.about}")


@click.command("decide-list")
@click.argument("number")
@click.argument("list_id", type=int)
@click.argument("decision", type=click.Choice([each.value for each in CHOICES]))
@click.option("--exemption", "sections", multiple=True, help="A section, such as 7927.700.")
@click.option("--balancing", default=None, help="For § 7922.000: the two interests weighed.")
@click.option("--second-citation", default=None, help="For § 7927.705: the other law.")
@click.option("--review-on", default=None, help="The day to look again, YYYY-MM-DD.")
@click.option("--note", default=None, help="Stands in the log; the requester may read it.")
@json_option
@click.pass_obj
def decide(
    state: State,
    number: str,
    list_id: int,
    decision: str,
    sections: tuple[str, ...],
    balancing: str | None,
    second_citation: str | None,
    review_on: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Decide about list LIST_ID of request NUMBER; parts of one are redacted at the desk."""
    day = day_of(review_on) if review_on else None
    claims = [Claim(each, balancing, second_citation, day) for each in sections]
    if claims and decision != Choice.WITHHOLD.value:
        raise UsageError("an exemption belongs to withholding")
    with state.office() as office:
        made = decide_list(
            office, number, list_id, decision, actor=actor(), claims=claims, note_text=note
        )
    if as_json:
        print_json(made)
    else:
        say(f"List {made.id}, {made.title}: {made.choice.value}.")
