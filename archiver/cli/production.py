"""archiver preview, produce and pages: the packet before it goes out, then, and its sources."""

from __future__ import annotations

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.output import json_option, print_json, say, say_under, showing_progress
from archiver.production.ledger import sources_of
from archiver.production.previewing import folder_of, make_preview
from archiver.production.produce import produce as produce_packet
from archiver.requests.book import get_request


@click.command()
@click.argument("number")
@click.option("--instalment", type=int, default=None, help="Only this part of it.")
@click.option("--replace", "volume", type=int, default=None, help="Make this volume anew.")
@click.option("--reason", default="", help="Why it is replaced; printed in the new volume.")
@json_option
@click.pass_obj
def produce(
    state: State,
    number: str,
    instalment: int | None,
    volume: int | None,
    reason: str,
    as_json: bool,
) -> None:
    """Produce the packet of request NUMBER into the home's productions folder.

    What has more than 2,000 pages comes in several volumes. A volume that went out wrong is
    replaced with --replace: the same records as they are decided now, under the same page numbers
    with a suffix.
    """
    with (
        state.office() as office,
        Archive.open(state.found_home) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        made = produce_packet(
            state.found_home,
            office,
            archive,
            number,
            actor=actor(),
            now=clock.now_text(),
            instalment=instalment,
            progress=progress,
            replaces=None if volume is None else (volume, reason),
        )
    if as_json:
        print_json(made)
        return
    for each in made:
        say(f"{each.folder / 'packet.pdf'}")
        say(f"  {each.pages:,} pages, {each.first_bates} to {each.last_bates}")
        if each.undated_words is not None:
            say_under("  ", each.undated_words)
    say(f"Check it with `archiver verify {made[0].folder}`.")


@click.command()
@click.argument("number")
@click.option("--instalment", type=int, default=None, help="Only this part of it.")
@json_option
@click.pass_obj
def preview(state: State, number: str, instalment: int | None, as_json: bool) -> None:
    """Print what would be produced for request NUMBER now, and look through it.

    No page number is given, and every page says that it is a preview.
    """
    with (
        state.office() as office,
        Archive.open(state.found_home) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        made = make_preview(
            *(state.found_home, office, archive, number),
            now=clock.now_text(),
            instalment=instalment,
            progress=progress,
        )
    if as_json:
        print_json(made)
        return
    folder = folder_of(state.found_home, number, instalment)
    for volume in made.volumes:
        say(f"{folder / volume.name / 'packet.pdf'}")
        say(f"  {volume.pages:,} pages, {volume.first} to {volume.last} if produced now")
    for leak in made.leaks:
        say(f"STOPS  {leak}")
    for look in made.looks:
        named = ", ".join(map(str, look.items[:8])) + (" …" if len(look.items) > 8 else "")
        say(f"look   item {named}: {look.words}" if named else f"look   {look.words}")


@click.command()
@click.argument("number")
@json_option
@click.pass_obj
def pages(state: State, number: str, as_json: bool) -> None:
    """Say what of the archive stands on which page of request NUMBER's volumes.

    For the city alone: what is withheld is listed with its record.
    """
    with state.office() as office:
        found = sources_of(office, get_request(office, number).number)
    if as_json:
        print_json(found)
        return
    for each in found:
        span = each.first_page
        if each.last_page != each.first_page:
            span = f"{each.first_page} to {each.last_page}"
        say(
            f"VOL{each.volume:03d}  {span}  {each.outcome}  item {each.item}, {each.file} record "
            f"{each.record}, version {each.version}, leaf {each.leaf[:16]}…"
        )
