"""archiver release: what went out, to whom and how; withdraw it, or name what replaces it."""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State, actor
from archiver.cli.naming import moment_of
from archiver.cli.output import (
    confirm,
    json_option,
    print_json,
    print_table,
    say,
    showing_progress,
    yes_option,
)
from archiver.cli.release_words import read_passphrase, say_fetches, say_release, tell
from archiver.production.releasing.book import (
    CHANNELS,
    DRIVE,
    INSPECTION,
    LINK,
    all_releases,
    get_release,
    releases_of,
)
from archiver.production.releasing.driving import FORMS, copy_to_drive
from archiver.production.releasing.ending import supersede, withdraw
from archiver.production.releasing.going_out import volumes_named
from archiver.production.releasing.handing_over import hand_over_by_hand
from archiver.production.releasing.linking import NewLink, close_link, make_link
from archiver.production.releasing.offering import terms_of
from archiver.production.releasing.settling import fetches_of, settle
from archiver.production.releasing.staging import recipient_of, stage
from archiver.requests.book import get_request

_days = click.option("--days", type=int, default=None, help="How long the link works.")
_downloads = click.option(
    "--downloads", type=int, default=None, help="How often each file; 0: any number."
)
_passphrase = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    default=None,
    help="The link also asks for what this file says; - reads it from standard input.",
)


_to_folder = click.option(
    "--to-folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="Copy it to this folder of a drive and compare.",
)
_form = click.option("--as", "form", type=click.Choice(FORMS), default="zip", show_default=True)
_at = click.option("--at", default=None, help="When it was handed over: YYYY-MM-DD[THH:MM].")


@click.group()
def release() -> None:
    """Releases: volumes that went out, by link, drive, paper, e-mail or for inspection."""


@release.command("list")
@click.argument("number", required=False)
@json_option
@click.pass_obj
def list_(state: State, number: str | None, as_json: bool) -> None:
    """List the releases of request NUMBER; without it, of all requests."""
    home = state.found_home
    with state.office() as office:
        settle(home, office)
        if number is None:
            found = all_releases(office)
        else:
            found = releases_of(office, get_request(office, number).number)
    if as_json:
        print_json([{"state": each.state, "release": each} for each in found])
        return
    zone = home.settings().time_zone
    now = clock.now_text()
    print_table(
        ["release", "request", "volumes", "by", "to", "state", "out since", "links open"],
        [
            (
                *(each.id, each.request, each.names, each.channel, each.recipient, each.state),
                clock.local_day(each.released_at, zone) if each.released_at else "",
                sum(link.is_open(now) for link in each.links) or "",
            )
            for each in found
        ],
    )


@release.command()
@click.argument("release_id", metavar="RELEASE", type=int)
@json_option
@click.pass_obj
def show(state: State, release_id: int, as_json: bool) -> None:
    """Show RELEASE: its volumes with their hashes, its steps, links, fetches and copies."""
    home = state.found_home
    with state.office() as office:
        settle(home, office)
        found = get_release(office, release_id)
        fetched = fetches_of(office, release_id)
    if as_json:
        print_json({"state": found.state, "release": found, "fetches": fetched})
        return
    say_release(found, home.settings().time_zone)
    say_fetches(fetched, home.settings().time_zone)


@release.command()
@click.argument("number")
@click.option("--volume", "volumes", type=int, multiple=True, help="1, 2 …; may be repeated.")
@click.option("--channel", type=click.Choice(CHANNELS), default=LINK, show_default=True)
@click.option("--to", "recipient", default="", help="To whom; otherwise the requester.")
@click.option("--note", default="", help="What helps later: a tracking number, who took it.")
@_at
@_to_folder
@_form
@_days
@_downloads
@_passphrase
@click.option("--stage-only", is_flag=True, help="Check and pack it; nothing goes out.")
@yes_option
@json_option
@click.pass_obj
def make(
    state: State,
    number: str,
    volumes: tuple[int, ...],
    channel: str,
    recipient: str,
    note: str,
    at: str | None,
    to_folder: Path | None,
    form: str,
    days: int | None,
    downloads: int | None,
    passphrase_file: Path | None,
    stage_only: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Release volumes of request NUMBER; without --volume, all that never went out.

    A link is printed once and kept nowhere: send it at once, or make another by `release link`.
    """
    home = state.found_home
    if to_folder is not None:
        channel = DRIVE
    zone = home.settings().time_zone
    passphrase = read_passphrase(passphrase_file)
    with (
        state.office() as office,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        request = get_request(office, number)
        made = volumes_named(office, home, request.number, volumes)
        names = ", ".join(each.folder.name for each in made)
        by_link = channel in (LINK, INSPECTION)
        terms = (
            terms_of(
                home.settings(), channel, days=days, downloads=downloads, passphrase=passphrase
            )
            if by_link
            else None
        )
        when = moment_of(at, zone) if at else ""
        whom = recipient_of(request, recipient)
        confirm(f"Release {names} of request {request.number} to {whom} by {channel}?", yes=yes)
        found = stage(
            home,
            office,
            request.number,
            [each.volume for each in made],
            actor=actor(),
            channel=channel,
            recipient=recipient,
            note=note,
            at=when,
        )
        new: NewLink | None = None
        if stage_only:
            pass
        elif to_folder is not None:
            found = copy_to_drive(
                home, office, found, to_folder, actor=actor(), form=form, progress=progress
            )
        elif by_link:
            new = make_link(home, office, found, actor=actor(), terms=terms)
        else:
            found = hand_over_by_hand(home, office, found, actor=actor(), at=when)
        found = get_release(office, found.id)
    tell(found, new, zone, as_json)


@release.command()
@click.argument("release_id", metavar="RELEASE", type=int)
@_at
@_to_folder
@_form
@json_option
@click.pass_obj
def send(
    state: State, release_id: int, at: str | None, to_folder: Path | None, form: str, as_json: bool
) -> None:
    """Hand over RELEASE, which was staged: by hand, or to a drive. A link: `release link`."""
    home = state.found_home
    zone = home.settings().time_zone
    with (
        state.office() as office,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        found = get_release(office, release_id)
        if to_folder is not None:
            found = copy_to_drive(
                home, office, found, to_folder, actor=actor(), form=form, progress=progress
            )
        else:
            when = moment_of(at, zone) if at else ""
            found = hand_over_by_hand(home, office, found, actor=actor(), at=when)
    tell(found, None, zone, as_json)


@release.command()
@click.argument("release_id", metavar="RELEASE", type=int)
@_days
@_downloads
@_passphrase
@json_option
@click.pass_obj
def link(
    state: State,
    release_id: int,
    days: int | None,
    downloads: int | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Make a link, or another one, for RELEASE. It is printed once and kept nowhere."""
    home = state.found_home
    passphrase = read_passphrase(passphrase_file)
    with state.office() as office:
        meant = get_release(office, release_id)
        terms = terms_of(
            *(home.settings(), meant.channel),
            days=days,
            downloads=downloads,
            passphrase=passphrase,
        )
        new = make_link(home, office, meant, actor=actor(), terms=terms)
        found = get_release(office, release_id)
    tell(found, new, home.settings().time_zone, as_json)


@release.command("end-link")
@click.argument("link_id", metavar="LINK", type=int)
@click.option("--reason", required=True, help="Why; the release itself stands.")
@json_option
@click.pass_obj
def end_link(state: State, link_id: int, reason: str, as_json: bool) -> None:
    """End one LINK of a release (its number as `release show` gives it), at once."""
    with state.office() as office:
        ended = close_link(state.found_home, office, link_id, actor=actor(), why=reason)
    if as_json:
        print_json(ended)
    else:
        say(f"Link {ended.id} works no more. Release {ended.release_id} stands.")


@release.command("withdraw")
@click.argument("release_id", metavar="RELEASE", type=int)
@click.option("--reason", required=True, help="Why; it stays in the history.")
@yes_option
@json_option
@click.pass_obj
def withdraw_(state: State, release_id: int, reason: str, yes: bool, as_json: bool) -> None:
    """Withdraw RELEASE: its links die at once. What was out stays recorded; nothing is deleted."""
    with state.office() as office:
        found = get_release(office, release_id)
        confirm(f"Withdraw release {found.id} ({found.names}, {found.recipient})?", yes=yes)
        found = withdraw(state.found_home, office, release_id, actor=actor(), reason=reason)
        settle(state.found_home, office)
        found = get_release(office, release_id)
    tell(found, None, state.found_home.settings().time_zone, as_json)


@release.command("supersede")
@click.argument("release_id", metavar="RELEASE", type=int)
@click.option("--by", "volume", type=int, required=True, help="The volume in its place.")
@click.option("--reason", required=True, help="Why; it stays in the history.")
@json_option
@click.pass_obj
def supersede_(state: State, release_id: int, volume: int, reason: str, as_json: bool) -> None:
    """Say that another volume stands in RELEASE's place: its links die; release the new volume."""
    with state.office() as office:
        found = supersede(
            state.found_home, office, release_id, volume, actor=actor(), reason=reason
        )
        settle(state.found_home, office)
    tell(found, None, state.found_home.settings().time_zone, as_json)
