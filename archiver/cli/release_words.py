"""How a release is printed, and where a passphrase is read from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archiver import clock
from archiver.cli.output import print_json, say
from archiver.errors import UsageError
from archiver.production.releasing.book import INSPECTION, LINK, STAGED, ReleaseRecord
from archiver.production.releasing.linking import NewLink
from archiver.production.releasing.settling import FetchRecord


def tell(found: ReleaseRecord, new: NewLink | None, zone: str, as_json: bool) -> None:
    """Print what was done; a link's address this once."""
    if as_json:
        print_json(
            {
                "state": found.state,
                "release": found,
                "address": None if new is None else new.address,
            }
        )
        return
    say_release(found, zone)
    if found.state == STAGED:
        verb = "link" if found.channel in (LINK, INSPECTION) else "send"
        say(f"Nothing has gone out yet: `archiver release {verb} {found.id}` hands it over.")
    if new is not None:
        say(f"\n{new.address}\n")
        say("This address is shown once and kept nowhere: send it now.")


def say_release(found: ReleaseRecord, zone: str) -> None:
    """Print a release with everything that was done about it."""
    say(f"Release {found.id} of request {found.request}: {found.state}")
    say(f"  to         {found.recipient}")
    say(f"  by         {found.channel}")
    if found.note:
        say(f"  note       {found.note}")
    for volume in found.volumes:
        say(f"  {volume.name}     {volume.pages}")
        say(f"    manifest {volume.manifest_sha256}")
        say(f"    zip      {volume.zip_sha256}, {volume.zip_bytes:,} bytes")
        if volume.proof_sha256:
            say(f"    proof    {volume.proof_sha256}")
    for step in found.steps:
        by = f" by VOL{step.by_volume:03d}" if step.by_volume else ""
        why = f": {step.reason}" if step.reason else ""
        say(f"  {step.step:<10} {clock.shown(step.happened_at, zone)}, {step.actor}{by}{why}")
    for copy in found.copies:
        size = f"{copy.files} files, {copy.bytes:,} bytes, compared"
        say(f"  copied     {clock.shown(copy.at, zone)} to {copy.place} ({size})")
    for each in found.links:
        until = f"until {clock.shown(each.expires_at, zone)}"
        ended = f", ended: {each.ended_why}" if each.ended_why else ""
        say(f"  link {each.id:<5} {each.kind}, {until}{ended}")


def say_fetches(fetched: Sequence[FetchRecord], zone: str) -> None:
    """Print what was fetched of a release, newest first."""
    for fetch in fetched:
        what = f"{fetch.what} {fetch.file} {fetch.outcome}".strip()
        size = f", {fetch.bytes:,} bytes" if fetch.bytes else ""
        say(f"  fetched    {clock.shown(fetch.at, zone)}: {what}{size}")


def read_passphrase(path: Path | None) -> str:
    """A passphrase from a file, never from the command line, which others on the machine see."""
    if path is None:
        return ""
    with click.open_file(str(path), encoding="utf-8", errors="replace") as file:
        text = str(file.read(1000)).strip()
    if not text:
        raise UsageError("the passphrase is empty")
    return text
