"""archiver publish: the public reading room. Off unless archive.toml turns it on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.errors import PartialError, UsageError
from archiver.production.ledger import production
from archiver.production.reading_room.building import build_room
from archiver.production.reading_room.checklist import checklist
from archiver.production.reading_room.entries import posted, read_volume
from archiver.production.reading_room.posting_rows import Posting, get_posting, postings
from archiver.production.reading_room.postings import answer, approve, propose, take_down


@click.group()
def publish() -> None:
    """The public reading room: released records that everybody may read."""


@publish.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List the postings: proposed, approved, taken down."""
    with state.office() as office:
        found = postings(office)
    if as_json:
        print_json([{"state": each.state, "posting": each} for each in found])
        return
    print_table(
        ["posting", "request", "volume", "title", "records", "state", "attorney", "on"],
        [
            (
                *(each.id, each.request, each.volume, each.title, len(each.numbers), each.state),
                *(each.attorney, each.approved_on),
            )
            for each in found
        ],
    )


@publish.command("propose")
@click.argument("number")
@click.option("--volume", type=int, required=True, help="1, 2 …; it must have been released.")
@click.option("--title", required=True, help="What everybody reads above it.")
@click.option("--include", "included", multiple=True, help="N=WHY: a doubtful record, taken in.")
@click.option("--with-media", is_flag=True, help="Pictures and files too; look at each first.")
@json_option
@click.pass_obj
def propose_(
    state: State,
    number: str,
    volume: int,
    title: str,
    included: tuple[str, ...],
    with_media: bool,
    as_json: bool,
) -> None:
    """Propose a released volume of request NUMBER; says what stays out of it and why."""
    with state.office() as office:
        made = propose(
            *(state.found_home, office, number, volume, title),
            actor=actor(),
            include=dict(map(_included, included)),
            media=with_media,
        )
    if as_json:
        print_json(made)
    else:
        _say(made)


@publish.command()
@click.argument("posting_id", metavar="POSTING", type=int)
@click.option("--content", is_flag=True, help="Every word it would show, to be read.")
@json_option
@click.pass_obj
def show(state: State, posting_id: int, content: bool, as_json: bool) -> None:
    """Show POSTING: what it holds, what stays out, what was answered; --content to read it."""
    with state.office() as office:
        found = get_posting(office, posting_id)
        made = production(office, state.found_home, found.production_id)
    entries = []
    if content and made is not None:
        volume = read_volume(made.folder, made.manifest_sha256)
        entries = posted(volume, set(found.numbers), media=found.media)
    if as_json:
        print_json({"state": found.state, "posting": found, "content": entries})
        return
    _say(found)
    for entry in entries:
        say(f"\n{entry['number']}. {entry['author_name'] or entry['author_handle']}")
        say_under("   ", entry["text"])
        for each in entry["media"]:
            say(f"   {each['file']}: {each['description'] or 'no description'}")


@publish.command("answer")
@click.argument("posting_id", metavar="POSTING", type=int)
@click.argument("answers", metavar="CODE=yes|no …", nargs=-1, required=True)
@click.option("--note", default="", help="On what it rests.")
@json_option
@click.pass_obj
def answer_(
    state: State, posting_id: int, answers: tuple[str, ...], note: str, as_json: bool
) -> None:
    """Answer questions of the checklist for POSTING; `publish show` prints them."""
    pairs = dict(_pair(each) for each in answers)
    with state.office() as office:
        found = answer(office, posting_id, pairs, actor=actor(), note=note)
    if as_json:
        print_json(found)
    else:
        _say(found)


@publish.command("approve")
@click.argument("posting_id", metavar="POSTING", type=int)
@click.option("--attorney", required=True, help="The city attorney's name.")
@click.option("--on", required=True, help="The day of the approval, YYYY-MM-DD.")
@click.option("--hash", "digest", required=True, help="Of what was read; 12 digits are enough.")
@json_option
@click.pass_obj
def approve_(
    state: State, posting_id: int, attorney: str, on: str, digest: str, as_json: bool
) -> None:
    """Record the city attorney's approval of exactly what POSTING shows."""
    with state.office() as office:
        found = approve(
            *(state.found_home, office, posting_id),
            actor=actor(),
            attorney=attorney,
            on=day_of(on),
            digest=digest,
        )
    if as_json:
        print_json(found)
    else:
        say(f"Posting {found.id} is approved. `archiver publish build FOLDER` posts it.")


@publish.command()
@click.argument("posting_id", metavar="POSTING", type=int)
@click.option("--reason", required=True, help="Why; it stays in the record and is not posted.")
@json_option
@click.pass_obj
def takedown(state: State, posting_id: int, reason: str, as_json: bool) -> None:
    """Take POSTING down for good; from the next building on its page says so, without content."""
    with state.office() as office:
        found = take_down(office, posting_id, actor=actor(), reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"Posting {found.id} is taken down: run `archiver publish build FOLDER` now.")


@publish.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
@click.pass_obj
def build(state: State, folder: Path, as_json: bool) -> None:
    """Build public.db and the pages of everything approved into FOLDER, for any web server.

    A second Datasette serves the database: `datasette -i FOLDER/public.db`.
    """
    with state.office() as office:
        built = build_room(state.found_home, office, folder, actor=actor())
    if as_json:
        print_json(built)
    else:
        say(f"{built.folder}: {len(built.posted)} postings, {len(built.taken_down)} taken down")
        for slug, why in built.left_out.items():
            say_under(f"  left out {slug}: ", why)
    if built.left_out:
        raise PartialError(f"{len(built.left_out)} approved postings were left out: see above")


def _say(found: Posting) -> None:
    say(f"Posting {found.id}, {found.state}: {found.title}")
    say(f"  from       request {found.request}, volume {found.volume}")
    say(f"  records    {len(found.numbers):,}{', with media' if found.media else ''}")
    for reason, count in Counter(found.left_out.values()).most_common():
        say_under(f"  left out   {count:,}: ", reason)
    for number, why in found.included.items():
        say_under(f"  taken in   {number}: ", why)
    say(f"  hash       {found.digest}")
    said = {each.code: each.answer for each in found.answers}
    for question in checklist().question:
        lead = f"  {question.code:<10} {said.get(question.code, '?'):<4}"
        say_under(lead, f"{question.text} ({question.source})")


def _included(text: str) -> tuple[int, str]:
    number, _, why = text.partition("=")
    if not number.isdecimal() or not why.strip():
        raise UsageError(f"{text!r}: write the record's number and why, as 12=\"A shop's number\"")
    return int(number), why


def _pair(text: str) -> tuple[str, str]:
    code, _, said = text.partition("=")
    return code, said
