"""archiver import: a platform's data download, looked through first and taken in after a yes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import click

from archiver.archive.store import Archive
from archiver.capture.import_identity import Proposal, propose
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download as import_into
from archiver.cli.context import State, actor
from archiver.cli.import_words import say_import
from archiver.cli.output import (
    confirm,
    json_option,
    print_json,
    say,
    showing_progress,
)
from archiver.config import terminal
from archiver.errors import InputError, PartialError, RuleError
from archiver.exports.nextdoor.mapping import read_mapping
from archiver.exports.reader import open_download
from archiver.operations.capturing import settle
from archiver.operations.import_entering import enter_made
from archiver.operations.import_recognising import rehearse
from archiver.register.accounts import Account, find_account, list_accounts

_PATH = click.Path(path_type=Path, exists=True)
_SAY_WHOSE = (
    "it does not say for certain whose it is: whoever knows says so when it is imported "
    "(--whose 'downloaded by … on …')"
)
_ASK_WHOSE = (
    "It does not say for certain whose it is. Who knows that it is a download of {}, and from "
    "where? Write one sentence; it is kept with the import."
)


@click.command("import")
@click.argument("downloads", type=_PATH, nargs=-1, required=True, metavar="DOWNLOAD…")
@click.option("--account", "name", help="Whose it is: id, handle, platform:handle.")
@click.option("--map", "mapping", type=_PATH, help="How the columns of a table are to be read.")
@click.option("--whose", "attested", default="", help="Who knows whose it is, if it says not.")
@click.option("--dry-run", is_flag=True, help="Say what is inside; write nothing.")
@click.option("--yes", is_flag=True, help="Import without asking.")
@json_option
@click.pass_obj
def import_download(
    state: State,
    downloads: tuple[Path, ...],
    name: str | None,
    mapping: Path | None,
    attested: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Import a platform's data DOWNLOAD: the file as the platform sent it, or the unpacked folder;
    all parts of it at once where it came in parts.

    At a terminal it is looked through first; nothing is taken in without a yes (--yes where nobody
    is there to say it). Without --account it is the registered account that the download names.
    """
    home = state.found_home
    zone = home.settings().time_zone
    if mapping is not None:
        read_mapping(mapping)
        downloads = (*downloads, mapping)
    quiet = state.quiet or as_json
    with state.office() as office, Archive.open(home, write=True) as archive:
        account, reason = _whose(office, downloads, name)
        if not as_json and reason:
            say(f"It is of {account.name}: {reason}.")
        registered = list_accounts(office, sources=False)
        asking = terminal() and not (yes or as_json or dry_run)
        if not (asking or dry_run):
            confirm(f"Import it for {account.name}?", yes=yes)
        if dry_run or asking:
            with showing_progress(quiet=quiet) as progress:
                seen, unsaid = rehearse(
                    *(archive, account, downloads),
                    registered=registered,
                    progress=progress,
                    attested=attested,
                )
            if dry_run:
                seen.warnings += [_SAY_WHOSE] if unsaid else []
                _tell(seen, zone, as_json=as_json)
                return
            say_import(seen, zone)
            if unsaid:
                say(f"\n{_ASK_WHOSE.format(account.name)}")
                attested = click.prompt("Whose")
            confirm(f"\nImport it for {account.name}?", yes=False)
        with showing_progress(quiet=quiet) as progress:
            report = import_into(
                *(archive, account, downloads),
                progress=progress,
                attested=attested,
                registered=registered,
            )
            enter_made(office, archive, account, actor=actor(), attested=attested)
            settled = settle(archive, home.settings(), list_accounts(office), progress=progress)
    _tell(report, zone, as_json=as_json)
    if settled.marked.refused:
        raise RuleError(settled.marked.refused)


def _whose(
    office: sqlite3.Connection, downloads: Sequence[Path], name: str | None
) -> tuple[Account, str]:
    """The account a download is imported for, and why, where it was not named."""
    if name is not None:
        return find_account(office, name), ""
    with open_download(*downloads) as reader:
        proposals = propose(reader, list_accounts(office, sources=False))
    found = [one for proposal in proposals for one in proposal.accounts]
    if len(found) == 1:
        return found[0].account, found[0].reason
    raise InputError(_ask_for_account(downloads, proposals))


def _ask_for_account(downloads: Sequence[Path], proposals: Sequence[Proposal]) -> str:
    told = "; ".join(
        f"{one.format.name} of {one.identity.shown}"
        + (f" ({', '.join(each.account.name for each in one.accounts)}?)" if one.accounts else "")
        for one in proposals
    )
    holds = f"{downloads[0]} holds" if len(downloads) == 1 else "the files given hold"
    if any(one.accounts for one in proposals):
        return f"{holds}: {told}: name one account with --account"
    return (
        f"{holds}: {told}: no account of the register is known by that; if it is there under "
        "another name, name it with --account; if it is the city's and is not there, register it: "
        f"`{_registering(proposals[0])}`"
    )


def _registering(proposal: Proposal) -> str:
    identity = proposal.identity
    native = f" --native-id {identity.native_id}" if identity.native_id else ""
    return (
        f"archiver accounts add {proposal.format.platform} {identity.handle or 'HANDLE'}{native} "
        "--department … --division …"
    )


def _tell(report: ImportReport, zone: str, *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        say_import(report, zone)
    if not report.ok:
        verb = "would be" if report.dry_run else "was"
        raise PartialError(
            f"{report.path} {verb} imported in part; the report above says what is to be looked "
            "at, and the original is kept whole"
        )
