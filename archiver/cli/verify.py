"""archiver verify: is the archive, or a packet, what it was?"""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.archive.timestamps import read_certificates
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, say, say_under, showing_progress
from archiver.errors import IntegrityError
from archiver.production.verify import ProductionCheck, verify_packet

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_GROUPS = ("text", "author", "place", "details", "media")


@click.command()
@click.argument("packet", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--proof", type=_FILE, help="The proof file, where it is not beside the volume.")
@click.option("--key", metavar="FINGERPRINT", help="The fingerprint of its key the city published.")
@click.option(
    "--certificates",
    type=_FILE,
    help="The time-stamp authority's certificates, to check who it is.",
)
@json_option
@click.pass_obj
def verify(
    state: State,
    packet: Path | None,
    proof: Path | None,
    key: str | None,
    certificates: Path | None,
    as_json: bool,
) -> None:
    """Recompute every hash, root and signature of the archive, or of one PACKET.

    PACKET is a volume's folder, its zip, or a folder with several; checking it needs no archive
    home. The first thing that is wrong is named first. Exit code 0: everything that was checked
    matches; 7: something does not; 5: it could not be checked.
    """
    if packet is not None:
        _packet(state, packet, proof, key, certificates, as_json)
        return
    if proof or key or certificates:
        raise click.UsageError("--proof, --key and --certificates belong to a PACKET: name it.")
    _archive(state, as_json)


def _packet(
    state: State,
    packet: Path,
    proof: Path | None,
    key: str | None,
    certificates: Path | None,
    as_json: bool,
) -> None:
    trusted = read_certificates(certificates) if certificates else []
    with showing_progress(quiet=state.quiet or as_json) as progress:
        checks = verify_packet(
            packet, proof=proof, key=key, certificates=trusted, progress=progress
        )
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            _tell(check, key is not None, bool(trusted))
    if not all(check.ok for check in checks):
        raise IntegrityError(f"{packet} is not as it was produced")


def _tell(check: ProductionCheck, held_against: bool, trusted: bool) -> None:
    """What was found of a volume, what that shows, and what was not checked."""
    say(check.name)
    for finding in check.findings:
        say_under("  WRONG  ", finding)
    size = f"{check.bytes:,} bytes"
    say_under("  files    ", f"{check.files:,} checked against the manifest, {size}")
    proven = check.proven
    if proven is None:
        told = (
            "none was found beside it. Whether the manifest itself is the city's, and whether its "
            "records are those the city sealed, was not checked: ask for the file whose name ends "
            "in .proof.json and give it with --proof."
        )
        say_under("  proof    ", told)
        return
    compare = "" if held_against else "; compare it with the one the city publishes, or give --key"
    say_under(
        "  signed   ", f"by {proven.agency}, request {proven.request}, key {proven.key}{compare}"
    )
    if proven.dated:
        say_under("  dated    ", f"the manifest, by an authority outside: {_when(proven.dated)}")
    sealed = f"{proven.sealed:,} of {proven.records:,} (earlier versions are counted too)"
    last = f", the last on {_when(proven.sealed_at)}" if proven.sealed_at else ""
    say_under("  sealed   ", f"{sealed}{last}")
    opened = ", ".join(f"{name} of {proven.groups.get(name, 0):,}" for name in _GROUPS)
    say_under("  proven   ", f"to the byte: {opened}; the rest stays closed")
    if not proven.compared:
        say_under("  data     ", "no records.jsonl in the volume: its words were not compared")
    if proven.anchored_at:
        who = "" if trusted else "; who signed it was not checked, give --certificates"
        count = f"{proven.anchored:,} of {proven.records:,}"
        say_under(
            "  anchored ", f"{count} by time stamps, the last {_when(proven.anchored_at)}{who}"
        )
    else:
        say_under("  anchored ", "by nobody outside: the dates rest on the city's word")
    say_under(
        "  note     ", "seals show what was not altered since capture, never that all was kept"
    )


def _when(text: str) -> str:
    try:
        return clock.shown(text, "UTC")
    except ValueError:
        return text  # a proof by somebody else may say anything


def _archive(state: State, as_json: bool) -> None:
    # slow to load, and a packet needs none of it
    from archiver.operations.verifying import verify_home

    with showing_progress(quiet=state.quiet or as_json) as progress:
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
