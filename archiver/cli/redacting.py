"""archiver requests redact: cover parts of collected records, each on its exemption."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import click

from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, item_number
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.cli.redacted import redact
from archiver.errors import InputError, UsageError
from archiver.requests.book import Claim
from archiver.requests.redacting.bars import Region
from archiver.requests.redacting.everywhere import cover_everywhere, find_everywhere
from archiver.requests.redacting.fields import field_named, label_of
from archiver.requests.redacting.folding import occurrences
from archiver.requests.redacting.redactions import (
    Mark,
    add_redaction,
    drafts_of,
    fields_of_item,
    ground_redaction,
    remove_redaction,
)

_GROUNDS = (
    click.option("--exemption", "sections", multiple=True, help="A section, such as 7927.410."),
    click.option("--balancing", default=None, help="Why covering clearly outweighs disclosure."),
    click.option("--second-citation", default=None, help="The other law § 7927.705 points to."),
    click.option("--review-on", default=None, help="YYYY-MM-DD, for exemptions that end."),
)
_NOTES = (
    click.option("--note", default=None, help="For the city's own log."),
    click.option("--tell-requester", is_flag=True, help="Print the note in the packet too."),
)


def _with(options: Sequence[Callable[..., Any]]) -> Callable[[Callable[..., Any]], Any]:
    def added(command: Callable[..., Any]) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return added


@redact.command()
@click.argument("number")
@click.argument("item")
@click.option("--field", default="text", show_default=True, help="See `redact fields`.")
@click.option("--start", type=int, default=None, help="First character covered, from 0.")
@click.option("--end", type=int, default=None, help="First character no longer covered.")
@click.option("--words", default=None, help="The exact words to cover, in place of a span.")
@click.option("--region", default=None, help="x,y,w,h in fractions of a picture, from 0 to 1.")
@_with((*_GROUNDS, *_NOTES))
@json_option
@click.pass_obj
def add(
    state: State,
    number: str,
    item: str,
    field: str,
    start: int | None,
    end: int | None,
    words: str | None,
    region: str | None,
    sections: tuple[str, ...],
    balancing: str | None,
    second_citation: str | None,
    review_on: str | None,
    note: str | None,
    tell_requester: bool,
    as_json: bool,
) -> None:
    """Cover something of ITEM of request NUMBER: words, a span, a region, or the whole field."""
    if sum((start is not None or end is not None, words is not None, region is not None)) > 1:
        raise UsageError("give --words, or --start and --end, or --region: one of them")
    claims = _claims(sections, balancing, second_citation, review_on)
    with state.office() as office, Archive.open(state.found_home) as archive:
        files, item_id = archive_files(archive), item_number(item)
        if words is not None:
            start, end = _span_of(office, files, number, item_id, field, words)
        made = add_redaction(
            *(office, files, number, item_id),
            Mark(field, start, end, _region(region) if region else None),
            actor=actor(),
            claims=claims,
            note_text=note,
            note_shown=tell_requester,
        )
        drafts = [draft.why for draft in drafts_of(office, number, [item_id])]
    if as_json:
        print_json(made)
        return
    wider = "; it is wider than asked for, no character is cut in two" if made.widened else ""
    say(f"Bar {made.redaction.id} on item {item_id}, {label_of(field)}{wider}.")
    if drafts:
        say(f"Not to be produced yet: {drafts[-1]}.")


@redact.command()
@click.argument("number")
@click.argument("bar")
@_with(_GROUNDS)
@json_option
@click.pass_obj
def ground(
    state: State,
    number: str,
    bar: str,
    sections: tuple[str, ...],
    balancing: str | None,
    second_citation: str | None,
    review_on: str | None,
    as_json: bool,
) -> None:
    """Name the exemptions BAR of request NUMBER rests on, in place of those before."""
    claims = _claims(sections, balancing, second_citation, review_on)
    with state.office() as office:
        made = ground_redaction(office, number, item_number(bar), claims, actor=actor())
    if as_json:
        print_json(made)
    else:
        say(f"Bar {made.id} rests on {', '.join(each.section for each in made.grounds)}.")


@redact.command()
@click.argument("number")
@click.argument("bar")
@json_option
@click.pass_obj
def remove(state: State, number: str, bar: str, as_json: bool) -> None:
    """Take BAR of request NUMBER off; it stays known who drew it and who took it off."""
    with state.office() as office:
        gone = remove_redaction(office, number, item_number(bar), actor=actor())
    if as_json:
        print_json(gone)
    else:
        say(f"Bar {gone.id} on item {gone.item_id}, {label_of(gone.field)}, was taken off.")


@redact.command()
@click.argument("number")
@click.argument("words")
@click.option("--exact", is_flag=True, help="Case and width count.")
@click.option("--preview", "only_look", is_flag=True, help="Only show where the words stand.")
@_with((*_GROUNDS, *_NOTES))
@json_option
@click.pass_obj
def everywhere(
    state: State,
    number: str,
    words: str,
    exact: bool,
    only_look: bool,
    sections: tuple[str, ...],
    balancing: str | None,
    second_citation: str | None,
    review_on: str | None,
    note: str | None,
    tell_requester: bool,
    as_json: bool,
) -> None:
    """Cover WORDS wherever they stand in the items of request NUMBER."""
    claims = _claims(sections, balancing, second_citation, review_on)
    with state.office() as office, Archive.open(state.found_home) as archive:
        files = archive_files(archive)
        found = find_everywhere(office, files, number, words, exact=exact)
        if only_look:
            if as_json:
                print_json(found)
                return
            print_table(
                ["item", "where", "before", "words", "after", "covered"],
                [
                    (
                        one.item_id,
                        one.label,
                        one.before,
                        one.words,
                        one.after,
                        "yes" if one.covered else "",
                    )
                    for one in found
                ],
            )
            return
        if not found:
            raise InputError("those words stand nowhere in the request: nothing was covered")
        report = cover_everywhere(
            *(office, files, number, found),
            actor=actor(),
            claims=claims,
            note_text=note,
            note_shown=tell_requester,
        )
    if as_json:
        print_json(report)
        return
    say(f"{report.covered} places covered on {report.items} items.")
    for skipped in report.skipped:
        say(skipped)


def _claims(
    sections: Sequence[str],
    balancing: str | None,
    second_citation: str | None,
    review_on: str | None,
) -> list[Claim]:
    if not sections and (balancing or second_citation or review_on):
        raise UsageError("name the --exemption that the reason or the review date belongs to")
    day = day_of(review_on) if review_on else None
    return [Claim(section, balancing, second_citation, day) for section in sections]


def _span_of(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    number: str,
    item_id: int,
    field: str,
    words: str,
) -> tuple[int, int]:
    value = field_named(fields_of_item(office, files, number, item_id), field).value
    found = list(occurrences(value, words, exact=True))
    if not found:
        raise InputError(f"those words do not stand in the {label_of(field)}: nothing was covered")
    if len(found) > 1:
        raise InputError(
            f"those words stand {len(found)} times in the {label_of(field)}: say which with "
            "--start and --end, or cover them all with `redact everywhere`"
        )
    return found[0]


def _region(text: str) -> Region:
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} is no region: write x,y,w,h like 0.1,0.2,0.3,0.1") from None
    return Region(x, y, w, h)


__all__ = ["redact"]
