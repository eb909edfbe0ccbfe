"""archiver requests redact: what is covered in a request, and what the requester would get."""

from __future__ import annotations

import click

from archiver.archive.store import Archive
from archiver.cli.context import State, archive_files
from archiver.cli.naming import item_number
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.production import words
from archiver.production.as_released import as_released
from archiver.requests.book import items_of, searches_of
from archiver.requests.redacting.bars import Redaction, redactions_of
from archiver.requests.redacting.earlier import conflicts_of, released_before
from archiver.requests.redacting.fields import label_of
from archiver.requests.redacting.redactions import drafts_of, fields_of_item
from archiver.requests.redacting.telling import companions, told_by_searches


@click.group()
def redact() -> None:
    """Cover words, fields and pictures of collected records, each on its exemption."""


@redact.command("list")
@click.argument("number")
@click.option("--item", default=None, help="Only this item, with what gives the covered away.")
@json_option
@click.pass_obj
def list_(state: State, number: str, item: str | None, as_json: bool) -> None:
    """List the bars of request NUMBER: where they lie, on what law, which are drafts."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        files = archive_files(archive)
        bars = [bar for each in items_of(office, number) for bar in each.redactions]
        if item is not None:
            bars = redactions_of(office, item_number(item))
        wrong = {draft.redaction_id: draft.why for draft in drafts_of(office, number)}
        touched = sorted({bar.item_id for bar in bars} | ({item_number(item)} if item else set()))
        telling = [
            (each, companion)
            for each in touched
            for companion in companions(
                fields_of_item(office, files, number, each), redactions_of(office, each)
            )
        ]
        searches = searches_of(office, number)
        searched = [
            (each, search)
            for each in touched
            for search in told_by_searches(
                fields_of_item(office, files, number, each), redactions_of(office, each), searches
            )
        ]
        differs = [
            conflict
            for each in released_before(office, touched)
            for conflict in conflicts_of(office, files, number, each)
        ]
    if as_json:
        print_json(
            {
                "bars": [{"bar": bar, "draft": wrong.get(bar.id)} for bar in bars],
                "gives_away": [{"item": each, "place": place} for each, place in telling],
                "searched_for": [{"item": each, "search": one.id} for each, one in searched],
                "released_before": differs,
            }
        )
        return
    print_table(
        ["bar", "item", "where", "place", "exemptions", "draft because", "by"],
        [
            (
                bar.id,
                bar.item_id,
                label_of(bar.field),
                _place(bar),
                ", ".join(ground.section for ground in bar.grounds),
                wrong.get(bar.id, ""),
                bar.actor,
            )
            for bar in bars
        ],
    )
    for each, place in telling:
        say(f"item {each}: {place.label} is not covered and {place.why} as {label_of(place.of)}")
    for each, search in searched:
        say(f"item {each}: search {search.id}, which the packet lists, holds words covered here")
    for conflict in differs:
        say(f"item {conflict.item_id}: {conflict.words}")


@redact.command()
@click.argument("number")
@click.argument("item")
@json_option
@click.pass_obj
def show(state: State, number: str, item: str, as_json: bool) -> None:
    """Show ITEM of request NUMBER as the requester would get it now."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        record = as_released(
            state.found_home, office, archive_files(archive), number, item_number(item)
        )
    texts = {
        "author": words.author(record),
        "text": record.text,
        "address": record.url,
        **{f"link {n}": link for n, link in enumerate(record.links, 1)},
        **{f"version {one.number}": one.text for one in record.versions},
        **{f"description {n}": one.alt_text for n, one in enumerate(record.media, 1)},
    }
    if as_json:
        said = {name: passage.words for name, passage in texts.items() if passage}
        print_json({"item": item_number(item), "texts": said, "redactions": record.redactions})
        return
    print_table(
        ["where", "as released"],
        [(name, passage.words) for name, passage in texts.items() if passage],
    )


@redact.command()
@click.argument("number")
@click.argument("item")
@json_option
@click.pass_obj
def fields(state: State, number: str, item: str, as_json: bool) -> None:
    """List the places of ITEM of request NUMBER where something can be covered."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        found = fields_of_item(office, archive_files(archive), number, item_number(item))
    if as_json:
        print_json(found)
        return
    print_table(["field", "holds"], [(each.name, each.value or each.label) for each in found])


def _place(bar: Redaction) -> str:
    if bar.region is not None:
        return f"{bar.region.x:g},{bar.region.y:g},{bar.region.w:g},{bar.region.h:g}"
    return "all of it" if bar.start is None else f"{bar.start} to {bar.end}"
