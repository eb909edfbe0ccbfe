"""archiver verify: is the archive, or a packet, what it was?"""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, say, showing_progress
from archiver.errors import IntegrityError
from archiver.operations.verifying import verify_home
from archiver.production.verify import verify_production


@click.command()
@click.argument(
    "production", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@json_option
@click.pass_obj
def verify(state: State, production: Path | None, as_json: bool) -> None:
    """Recompute every hash, root and signature of the archive, or of one PRODUCTION folder.

    The first thing that is wrong is named first. Checking a production needs no archive home.
    """
    with showing_progress(quiet=state.quiet or as_json) as progress:
        if production is not None:
            checked = verify_production(production)
            if as_json:
                print_json(checked)
            else:
                for finding in checked.findings:
                    say(f"WRONG  {finding}")
                say(f"{checked.files:,} files checked against the manifest")
            if checked.findings:
                raise IntegrityError(f"{production} is not as it was produced")
            return
        report = verify_home(state.found_home, progress=progress)
    if as_json:
        print_json(report)
    else:
        for found in report.findings:
            say(f"WRONG  {found.where}: {found.what}")
        for what, count in report.checked.items():
            say(f"{count:>12,}  {what}")
        if report.anchored:
            zone = state.found_home.settings().time_zone
            say(f"Anchored outside up to {clock.shown(report.anchored, zone)}.")
            if not report.anchor_trusted:
                say("Who signed the time stamps was not checked: name the authority's certificates")
                say("in archive.toml, [seals] timestamp_certificate.")
    if not report.ok:
        first = report.findings[0]
        raise IntegrityError(f"the archive does not verify: {first.where}: {first.what}")
    if not as_json:
        say("Everything matches.")
