"""archiver accounts: the register of the city's accounts."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State, actor
from archiver.cli.output import confirm, json_option, print_json, print_table, say, yes_option
from archiver.errors import InputError
from archiver.exports.known import FORMATS
from archiver.operations.sources import CONNECTORS, instead_of_asking
from archiver.register.accounts import (
    add_account,
    change_handle,
    close_account,
    find_account,
    list_accounts,
    set_credential,
    set_native_id,
)
from archiver.register.csv_import import LineOutcome, import_csv


@click.group()
def accounts() -> None:
    """The register of official accounts."""


@accounts.command("add")
@click.argument("platform")
@click.argument("handle")
@click.option("--department", required=True)
@click.option("--division", required=True, help="One account per division and platform.")
@click.option("--name", "display_name", default=None, help="The name the account shows.")
@click.option("--native-id", default=None, help="The platform's own id of the account.")
@click.option("--class", "account_class", default="official", show_default=True)
@click.option("--url", default=None)
@click.option("--service", default=None, help="Address of the platform's server, if not the usual.")
@click.option(
    "--credential",
    default=None,
    help="Where the secret lies: env:NAME, keyring:SERVICE/USER or file:/path.",
)
@click.option("--opened-on", default=None, help="YYYY-MM-DD")
@click.option("--approval", default=None, help="The document that approved the account.")
@click.option("--waiver-reason", default=None, help="Why a division may have a second account.")
@json_option
@click.pass_obj
def add(
    state: State,
    platform: str,
    handle: str,
    department: str,
    division: str,
    display_name: str | None,
    native_id: str | None,
    account_class: str,
    url: str | None,
    service: str | None,
    credential: str | None,
    opened_on: str | None,
    approval: str | None,
    waiver_reason: str | None,
    as_json: bool,
) -> None:
    """Register the account HANDLE on PLATFORM."""
    with state.office() as office:
        account = add_account(
            office,
            actor=actor(),
            platform=platform,
            handle=handle,
            display_name=display_name or handle,
            department=department,
            division=division,
            native_id=native_id,
            account_class=account_class,
            url=url,
            service=service,
            credential=credential,
            opened_on=opened_on,
            approval=approval,
            waiver_reason=waiver_reason,
        )
    if as_json:
        print_json(account)
    else:
        say(f"Registered {account.platform}:{account.handle} as account {account.id}.")
        if account.platform not in CONNECTORS:
            say(f"{instead_of_asking(account.platform)}: docs/downloads says how.")
        for meant in _meant_instead(account.platform):
            say(f"LOOK AT: nothing here knows a platform {account.platform}: did you mean {meant}?")


def _meant_instead(platform: str) -> list[str]:
    """The known platform that a name is a slip of the pen for, if any."""
    known = {*CONNECTORS, *(one.platform for one in FORMATS if one.platform)}
    return [] if platform in known else get_close_matches(platform, sorted(known), n=1)


@accounts.command("list")
@click.option("--active", is_flag=True, help="Leave out closed accounts.")
@json_option
@click.pass_obj
def list_(state: State, active: bool, as_json: bool) -> None:
    """List the accounts."""
    with state.office() as office:
        found = list_accounts(office, include_closed=not active)
    if as_json:
        print_json(found)
        return
    print_table(
        ["account", "id", "name", "department", "division", "closed", "waiver"],
        [
            (
                f"{each.platform}:{each.handle}",
                each.id,
                each.display_name,
                each.department,
                each.division,
                each.closed_on,
                each.waiver_reason,
            )
            for each in found
        ],
    )


@accounts.command()
@click.argument("account")
@json_option
@click.pass_obj
def show(state: State, account: str, as_json: bool) -> None:
    """Show one ACCOUNT (its id, handle or platform:handle)."""
    with state.office() as office:
        found = find_account(office, account)
    if as_json:
        print_json(found)
        return
    for name in found.__dataclass_fields__:
        value = getattr(found, name)
        if value is not None:
            say(f"{name.replace('_', ' '):<16}{value}")


@accounts.command()
@click.argument("account")
@click.option("--handle", default=None, help="The handle it goes by now; its records stay.")
@click.option("--native-id", default=None, help="The platform's own id, where none is known yet.")
@click.option(
    "--credential",
    default=None,
    help="Where the secret lies now: env:NAME, keyring:SERVICE/USER or file:/path.",
)
@json_option
@click.pass_obj
def change(
    state: State,
    account: str,
    handle: str | None,
    native_id: str | None,
    credential: str | None,
    as_json: bool,
) -> None:
    """Change what the register says of ACCOUNT."""
    if handle is None and native_id is None and credential is None:
        raise InputError("nothing to change: give --handle, --native-id or --credential")
    with state.office() as office:
        found = find_account(office, account)
        if native_id is not None:
            found = set_native_id(office, found, actor=actor(), native_id=native_id)
        if handle is not None:
            found = change_handle(office, found, actor=actor(), handle=handle)
        if credential is not None:
            found = set_credential(office, found, actor=actor(), credential=credential)
    if as_json:
        print_json(found)
    else:
        say(f"Changed {found.platform}:{found.handle} (account {found.id}).")


@accounts.command()
@click.argument("account")
@click.option("--reason", required=True)
@click.option("--on", "closed_on", default=None, help="YYYY-MM-DD; today if not given.")
@yes_option
@json_option
@click.pass_obj
def close(
    state: State, account: str, reason: str, closed_on: str | None, yes: bool, as_json: bool
) -> None:
    """Close an ACCOUNT. Its records stay and their retention goes on."""
    with state.office() as office:
        found = find_account(office, account)
        confirm(
            f"Close {found.platform}:{found.handle}? Take in once more what it holds first "
            "(archiver ingest --account …, or import its download).",
            yes=yes,
        )
        zone = state.found_home.settings().time_zone
        day = closed_on or clock.local_day(clock.now_text(), zone).isoformat()
        closed = close_account(office, found, actor=actor(), on=day, reason=reason)
    if as_json:
        print_json(closed)
    else:
        say(f"Closed {closed.platform}:{closed.handle} on {closed.closed_on}.")


@accounts.command("import-csv")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_obj
def import_csv_(state: State, file: Path, as_json: bool) -> None:
    """Register every account of a CSV FILE: all of them, or none while a line is wrong."""
    with state.office() as office:
        report = import_csv(office, file, actor=actor())
    wrong = report.count(LineOutcome.WRONG)
    if as_json:
        print_json(report)
    else:
        for line in report.lines:
            if line.outcome is not LineOutcome.ADDED:
                say(f"line {line.line}: {line.outcome}: {line.account}: {line.detail}")
        added = report.count(LineOutcome.ADDED) if report.written else 0
        say(f"{added} accounts registered, {report.count(LineOutcome.DUPLICATE)} known already.")
    if wrong:
        raise InputError(f"{file.name}: {wrong} lines are wrong, so nothing was written; mend them")
