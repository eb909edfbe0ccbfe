"""archiver seals: the chain of seals, and their time stamps from outside."""

from __future__ import annotations

import click

from archiver import clock
from archiver.archive.seals import seals as all_seals
from archiver.archive.stamping import authority
from archiver.archive.store import Archive
from archiver.archive.timestamps import Stamp, check_token
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, print_table, say, showing_progress
from archiver.errors import IntegrityError, SourceError
from archiver.operations.timestamps import certificates_at, stamp_seals

EVERY = 1_000_000


@click.group()
def seals() -> None:
    """The chain of seals: what each covers, and the time stamp that dates it from outside."""


@seals.command("list")
@click.option("--size", default=20, show_default=True, help="So many, the newest first.")
@json_option
@click.pass_obj
def list_(state: State, size: int, as_json: bool) -> None:
    """List the seals, the newest first, each with what its time stamp says."""
    home = state.found_home
    zone = home.settings().time_zone
    certificates = certificates_at(home)
    lines = []
    with Archive.open(home) as archive:
        newest = list(all_seals(archive.public))[-max(size, 0) or EVERY :]
    for seal in reversed(newest):
        told: Stamp | str | None = None
        if seal.timestamp_token is not None:
            try:
                told = check_token(seal.timestamp_token, seal.digest(), certificates)
            except IntegrityError as error:
                told = str(error)
        lines.append((seal, told))
    if as_json:
        print_json(
            [
                {
                    "n": seal.n,
                    "sealed_at": seal.sealed_at,
                    "leaves": seal.public_last
                    - seal.public_first
                    + seal.private_last
                    - seal.private_first
                    + 2,
                    "root": seal.root,
                    "digest": seal.digest(),
                    "time_stamp": told,
                }
                for seal, told in lines
            ]
        )
        return
    print_table(
        ["seal", "sealed", "root", "time stamp"],
        [
            (seal.n, clock.shown(seal.sealed_at, zone), seal.root.hex()[:16], _told(told, zone))
            for seal, told in lines
        ],
    )


@seals.command("stamp")
@json_option
@click.pass_obj
def stamp_(state: State, as_json: bool) -> None:
    """Ask the time-stamp authority now for every seal that has no time stamp yet."""
    home = state.found_home
    settings = home.settings()
    authority(settings)
    with (
        state.office(),
        Archive.open(home, write=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        if progress:
            progress("asking the time-stamp authority", 0, None)
        done = stamp_seals(archive, settings, limit=EVERY)
    if as_json:
        print_json(done)
    else:
        say(f"{done.stamped} {'seal' if done.stamped == 1 else 'seals'} stamped.")
    if done.problem:
        raise SourceError(done.problem)


def _told(told: Stamp | str | None, zone: str) -> str:
    if told is None:
        return "none yet"
    if isinstance(told, str):
        return f"WRONG: {told}"
    checked = "" if told.trusted else ", signer not checked"
    return f"{clock.shown(told.at, zone)}, number {told.serial}{checked}"
