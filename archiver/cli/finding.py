"""archiver requests find-personal, similar, minors: what the words of a request's records hold."""

from __future__ import annotations

import sqlite3

import click

from archiver.archive.reading import record
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import item_number
from archiver.cli.output import (
    json_option,
    one_line,
    print_json,
    print_table,
    say,
    showing_progress,
)
from archiver.errors import UsageError
from archiver.requests.book import get_item, items_of
from archiver.requests.clustering.clusters import Cluster, clusters_of
from archiver.requests.finding.asking import items_with_open_suggestions, open_suggestions
from archiver.requests.finding.marking import mark_minor, minors_of, unmark_minor
from archiver.requests.finding.scanning import fields_as_collected


@click.command("find-personal")
@click.argument("number")
@click.option("--item", default=None, help="Only this item of the request.")
@json_option
@click.pass_obj
def find_personal(state: State, number: str, item: str | None, as_json: bool) -> None:
    """List personal data in the records of request NUMBER that nobody has answered or covered yet.

    It suggests and changes nothing. With --json the words themselves are left out.
    """
    settings = state.found_home.settings()
    with (
        state.office() as office,
        Archive.open(state.found_home) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        files = archive_files(archive)
        items = [get_item(office, number, item_number(item))] if item else items_of(office, number)
        waiting = items_with_open_suggestions(
            office,
            files,
            settings,
            number,
            item_ids={each.id for each in items},
            progress=progress,
        )
        found = [
            (each, one)
            for each in items
            if each.id in waiting.counts
            for one in open_suggestions(office, files, settings, number, each.id)
        ]
        lines = []
        for each, one in [] if as_json else found:
            place = one.place
            fields = dict(fields_as_collected(files, [each]).get(each.id, ()))
            words = one_line(fields.get(place.field, "")[place.start : place.end], 40)
            lines.append((each.id, place.field, place.kind, words, one.reason))
    if as_json:
        print_json(
            {
                "request": number,
                "suggestions": [one for _, one in found],
                "not read": sorted(waiting.unread),
            }
        )
        return
    if lines:
        print_table(["item", "field", "kind", "words", "why"], lines)
    say(f"{len(found)} to be answered in {len(waiting.counts)} items.")
    if waiting.unread:
        say(f"{len(waiting.unread)} items cannot be read here: they were not looked at.")


@click.command()
@click.argument("number")
@json_option
@click.pass_obj
def similar(state: State, number: str, as_json: bool) -> None:
    """List the records of request NUMBER that say the same, in groups, the largest first."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        files = archive_files(archive)
        clusters = clusters_of(office, files, number)
        lines = [] if as_json else [line for each in clusters for line in _lines(files, each)]
    if as_json:
        print_json(
            [
                {
                    "leader": each.leader.id,
                    "members": [
                        {
                            "item": one.item.id,
                            "likeness": one.likeness,
                            "percent": one.percent,
                            "reason": one.reason,
                        }
                        for one in each.members
                    ],
                }
                for each in clusters
            ]
        )
        return
    if lines:
        print_table(["group", "item", "record", "platform", "written", "why", "words"], lines)
    say(f"{len(clusters)} groups; {sum(len(each.members) for each in clusters)} repeat another.")


def _lines(files: dict[str, sqlite3.Connection], cluster: Cluster) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    told = [(cluster.leader, "the oldest"), *((one.item, one.reason) for one in cluster.members)]
    for item, why in told:
        found = record(files[item.file], item.record_id)
        if found is not None:
            name = f"{item.file}:{item.record_id}"
            words = one_line(found.text, 40)
            lines.append(
                (cluster.leader.id, item.id, name, found.platform, found.created_at, why, words)
            )
    return lines


@click.command()
@click.argument("number")
@click.option("--add", "name", default=None, help="A name to look for in the request's records.")
@click.option("--remove", "gone", default=None, help="The number of a name to erase.")
@json_option
@click.pass_obj
def minors(state: State, number: str, name: str | None, gone: str | None, as_json: bool) -> None:
    """The names of minors that are looked for in the records of request NUMBER."""
    if name is not None and gone is not None:
        raise UsageError("give --add or --remove, one of them")
    with state.office() as office:
        if name is not None:
            mark_minor(office, number, name, actor=actor())
        if gone is not None:
            unmark_minor(office, number, item_number(gone), actor=actor())
        there = minors_of(office, number)
    if as_json:
        print_json(there)
        return
    print_table(
        ["number", "name", "marked"], [(each.id, each.name, each.marked_at) for each in there]
    )


COMMANDS = (find_personal, similar, minors)
