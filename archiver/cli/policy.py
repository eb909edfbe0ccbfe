"""archiver policy: versions of the city's policies, as they were published."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.errors import InputError, IntegrityError, StorageError
from archiver.policy.checking import document_intact
from archiver.policy.plain_text import read_text
from archiver.policy.versions import (
    LONGEST_WORDING,
    NewVersion,
    PolicyVersion,
    add_version,
    in_force,
    list_versions,
    take_back_version,
    version_by_id,
)
from archiver.register.accounts import find_account

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def policy() -> None:
    """The city's social media and comment policies: every version, never changed."""


@policy.command()
@click.argument("name")
@click.option("--version", "version", required=True, help="What this version is called.")
@click.option("--effective", "day", required=True, help="In effect from, YYYY-MM-DD.")
@click.option("--adopted-by", required=True, help="Who adopted it, and by what.")
@click.option("--department", "departments", multiple=True, help="Applies to; may be repeated.")
@click.option("--account", "accounts", multiple=True, help="Applies to; may be repeated.")
@click.option("--file", "file", type=FILE, default=None, help="As published: PDF, picture or text.")
@click.option("--wording", type=FILE, default=None, help="A text file with its wording.")
@click.option("--note", default="")
@json_option
@click.pass_obj
def add(
    state: State,
    name: str,
    version: str,
    day: str,
    adopted_by: str,
    departments: tuple[str, ...],
    accounts: tuple[str, ...],
    file: Path | None,
    wording: Path | None,
    note: str,
    as_json: bool,
) -> None:
    """Enter a version of the policy NAME. It applies to all accounts where none is named."""
    text = read_text(wording, wording.name, 4 * LONGEST_WORDING) if wording else ""
    with state.office() as office:
        new = NewVersion(
            *(name, version, day_of(day), adopted_by, departments),
            accounts=[find_account(office, each).id for each in accounts],
            wording=text,
            file=file,
            file_name=file.name if file else "",
            note=note,
        )
        made = add_version(state.found_home, office, new, actor=actor())
    if as_json:
        print_json(made)
    else:
        say(f"Version {made.id}: {made.policy} {made.version}, from {made.effective_from} on.")


@policy.command("list")
@click.option("--on", "day", default=None, help="Only what was in force on this day, YYYY-MM-DD.")
@json_option
@click.pass_obj
def list_(state: State, day: str | None, as_json: bool) -> None:
    """List the versions of every policy, the newest first."""
    settings = state.found_home.settings()
    today = clock.local_day(clock.now_text(), settings.time_zone)
    wanted = day_of(day) if day else today
    with state.office() as office:
        found = in_force(office, wanted) if day else list_versions(office)
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "policy", "version", "in effect from", "state", "adopted by"],
        [
            (
                *(each.id, each.policy, each.version, each.effective_from),
                *(each.state_on(wanted.isoformat()), each.adopted_by),
            )
            for each in found
        ],
    )
    if not found and day:
        say(f"No policy on file was in force on {wanted}.")
    elif not found:
        say("No policy is on file: `archiver policy add` enters the one in force.")


@policy.command()
@click.argument("version_id", metavar="ID", type=int)
@click.option("--save", type=click.Path(path_type=Path), default=None, help="Save its document.")
@json_option
@click.pass_obj
def show(state: State, version_id: int, save: Path | None, as_json: bool) -> None:
    """Show version ID with its wording."""
    with state.office() as office:
        found = version_by_id(office, version_id)
    if save is not None:
        _save(state, found, save)
    if as_json:
        print_json(found)
        return
    say(f"{found.policy} {found.version}")
    say(f"  in effect from  {found.effective_from}")
    if found.superseded_on:
        say(f"  superseded on   {found.superseded_on}")
    say_under("  adopted by      ", found.adopted_by)
    if found.document is not None:
        say(f"  document        {found.document_name}, SHA-256 {found.document.sha256}")
    if found.taken_back is not None:
        say_under("  taken back      ", found.taken_back.reason)
    if found.wording:
        say("")
        say(found.wording)


@policy.command("take-back")
@click.argument("version_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="What was wrong with the entry.")
@json_option
@click.pass_obj
def take_back(state: State, version_id: int, reason: str, as_json: bool) -> None:
    """Take back version ID, entered by mistake. It stays to be seen, with the reason."""
    with state.office() as office:
        found = take_back_version(office, version_id, actor=actor(), reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"{found.policy} {found.version} is taken back.")


def _save(state: State, found: PolicyVersion, target: Path) -> None:
    if found.document is None:
        raise InputError(f"version {found.id} was entered as wording alone: it has no document")
    path = document_intact(state.found_home, found)
    if path is None:
        raise IntegrityError(
            f"the document of version {found.id} is missing or changed: `archiver verify` names it"
        )
    if target.exists():
        raise StorageError(f"{target} is there already: name another file")
    shutil.copyfile(path, target)
