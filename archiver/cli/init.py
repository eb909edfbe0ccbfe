"""archiver init: a new archive home."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from shlex import quote

import click

from archiver.cli.naming import program
from archiver.cli.output import json_option, print_json, say
from archiver.config import AGENCY_KINDS, Settings
from archiver.errors import UsageError
from archiver.operations.home import create_home, crontab_line

LONGEST_PREFIX = 12


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--agency", required=True, help='As it signs: "City of Palm Desert".')
@click.option("--schedule", required=True, help="A retention schedule's name or file.")
@click.option("--kind", type=click.Choice(AGENCY_KINDS), default="city", show_default=True)
@click.option("--time-zone", default="America/Los_Angeles", show_default=True)
@click.option("--request-prefix", default="", help="Before request numbers, such as PRA-.")
@click.option("--bates-prefix", default=None, help="Before page numbers; from the agency's name.")
@json_option
def init(
    folder: Path,
    agency: str,
    schedule: str,
    kind: str,
    time_zone: str,
    request_prefix: str,
    bates_prefix: str | None,
    as_json: bool,
) -> None:
    """Make a new archive home in FOLDER and print the crontab line."""
    try:
        settings = Settings(
            agency=agency,
            schedule=schedule,
            agency_kind=kind,
            time_zone=time_zone,
            request_prefix=request_prefix,
            bates_prefix=bates_prefix or _bates_prefix(agency),
        )
    except ValueError as error:
        raise UsageError(f"{error}: nothing was written") from None
    home = create_home(folder, settings)
    line = crontab_line(home)
    if as_json:
        print_json({"home": home.path, "crontab": line})
        return
    call = f"{program()} --home {quote(str(home.path))}"
    say(f"The archive of {agency} is at {home.path}.")
    say("Back it up: name a folder on another disk in archive.toml, [backup].")
    say("\nAdd this line with `crontab -e` to capture every night:\n")
    say(f"    {line}\n")
    say("Next, register the city's accounts and its staff, and see what is missing:\n")
    say(f"    {call} accounts add --help")
    say(f"    {call} staff add --help")
    say(f"    {call} doctor")


def _bates_prefix(agency: str) -> str:
    """The agency's own name in capital letters; initials could be another agency's."""
    own = agency.rpartition(" of ")[2]
    letters = unicodedata.normalize("NFKD", own).encode("ascii", "ignore").decode().upper()
    return "".join(filter(str.isalnum, letters))[:LONGEST_PREFIX] or "CITY"
