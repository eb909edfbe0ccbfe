"""archiver init, doctor, status, verify, serve."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.archive.verify import verify as verify_archive
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, print_table, say, showing_progress
from archiver.config import Home, Settings, find_home
from archiver.errors import HomeError, IntegrityError
from archiver.operations.doctor import examine
from archiver.operations.home import create_home, crontab_line
from archiver.operations.status import home_status
from archiver.production.verify import verify_production

MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--agency", required=True, help='As it signs: "City of Palm Desert".')
@click.option("--schedule", required=True, help="A retention schedule's name or file.")
@click.option(
    "--kind", type=click.Choice(["city", "county", "district"]), default="city", show_default=True
)
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
    initials = "".join(word[0] for word in agency.split() if word[0].isupper())
    settings = Settings(
        agency=agency,
        schedule=schedule,
        agency_kind=kind,
        time_zone=time_zone,
        request_prefix=request_prefix,
        bates_prefix=bates_prefix or initials or "CITY",
    )
    home = create_home(folder, settings)
    line = crontab_line(home)
    if as_json:
        print_json({"home": home.path, "crontab": line})
        return
    say(f"The archive of {agency} is at {home.path}. Back up this whole folder.")
    say("\nAdd this line with `crontab -e` to capture every night:\n")
    say(f"    {line}\n")
    say("Next:")
    say(f"    archiver --home {home.path} accounts add --help")
    say(f"    archiver --home {home.path} staff add --help")
    say(f"    archiver --home {home.path} doctor")


@click.command()
@json_option
@click.pass_obj
def doctor(state: State, as_json: bool) -> int:
    """Say what this machine and this home lack, and what to do about it."""
    home: Home | None
    try:
        home = find_home(state.home)
    except HomeError as error:
        if state.home is not None and not as_json:
            say(str(error))
        home = None
    checks = examine(home)
    if as_json:
        print_json([check.as_json() for check in checks])
    else:
        print_table(
            ["", "check", "found", "what to do"],
            [(MARKS[check.state], check.name, check.found, check.advice) for check in checks],
        )
        if home is None:
            say("\nNo archive home was looked at: give --home FOLDER or set ARCHIVER_HOME.")
    return 1 if any(check.state == "problem" for check in checks) else 0


@click.command()
@json_option
@click.pass_obj
def status(state: State, as_json: bool) -> int:
    """Say how the archive stands: records, accounts, the last night."""
    found = home_status(state.found_home)
    if as_json:
        print_json(found.as_json())
        return 1 if found.stale else 0
    night = found.last_night
    say(f"{found.agency}")
    say(f"  records          {found.records:,} open, {found.private_records:,} restricted")
    say(f"  accounts         {found.accounts_active} active, {found.accounts_closed} closed")
    if night is None:
        say("  last night       never: add the crontab line that `archiver init` printed")
    else:
        say(
            f"  last night       {night.outcome}, finished {night.finished_at} "
            f"({found.hours_since_night} hours ago)"
        )
    say(f"  sealed           {found.sealed_at or 'never'}")
    if found.jobs_open:
        say(f"  jobs waiting     {found.jobs_open}")
    if found.stale and night is not None:
        say("  STALE            no night has finished for too long: run `archiver nightly`")
    return 1 if found.stale else 0


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
        report = verify_archive(state.found_home, progress=progress)
    if as_json:
        print_json(report)
    else:
        for found in report.findings:
            say(f"WRONG  {found.where}: {found.what}")
        for what, count in report.checked.items():
            say(f"{count:>12,}  {what}")
    if not report.ok:
        first = report.findings[0]
        raise IntegrityError(f"the archive does not verify: {first.where}: {first.what}")
    if not as_json:
        say("Everything matches.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="The city's proxy in front speaks TLS; needed to listen beyond this machine.",
)
@click.option("--tls-certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def serve(
    state: State,
    host: str,
    port: int,
    behind_proxy: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
) -> None:
    """Start the clerks' desk and its worker."""
    # datasette is slow to load, and only this command and `demo` need it
    from archiver.desk.serve import serve as serve_desk

    serve_desk(
        state.found_home,
        host=host,
        port=port,
        behind_proxy=behind_proxy,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
    )
