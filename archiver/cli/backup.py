"""archiver backup and restore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from archiver.archive.keys import public_keys
from archiver.cli.context import State, actor
from archiver.cli.naming import program
from archiver.cli.output import (
    json_option,
    plain,
    print_json,
    say,
    say_under,
    showing_progress,
    yes_option,
)
from archiver.config import terminal
from archiver.errors import IntegrityError, PartialError
from archiver.operations.backup import BackupReport, back_up
from archiver.operations.backup_keeping import prune, surplus_backups
from archiver.operations.backup_manifest import check_backup
from archiver.operations.home import prepare
from archiver.operations.restore import RestoreReport, Wishes
from archiver.operations.restore import restore as restore_backup
from archiver.operations.restore_testing import try_restore


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Check every hash and signature of the backup TARGET.")
@click.option("--keep", type=int, metavar="N", help="Then remove all but the newest N backups.")
@yes_option
@json_option
@click.pass_obj
def backup(
    state: State, target: Path, check: bool, keep: int | None, yes: bool, as_json: bool
) -> None:
    """Copy the whole home into the folder TARGET, while everything goes on.

    What the backup before in the same TARGET holds unchanged is taken from it without a copy. A
    backup holds the signing key and private messages: keep TARGET as safe as the home.
    """
    if check:
        _check(state, target, as_json)
        return
    home = state.found_home
    prepare(home)
    if keep is not None and target.is_dir():
        surplus_backups(home, target, keep)
    with showing_progress(quiet=state.quiet or as_json) as progress:
        report = back_up(home, target, actor=actor(), progress=progress)
    surplus = surplus_backups(home, report.folder.parent, keep) if keep is not None else []
    remove = bool(surplus) and (yes or (not as_json and terminal()))
    if not as_json and not state.quiet:
        _say_backup(report)
    if remove and not yes:
        for folder in surplus:
            say(f"  would remove {folder}")
        remove = click.confirm("Remove these backups?")
    if remove:
        prune(home, surplus, actor=actor())
    if as_json:
        print_json(
            {
                **plain(report),
                "removed": surplus if remove else [],
                "would_remove": [] if remove else surplus,
            }
        )
    else:
        _say_surplus(surplus, removed=remove, told=not state.quiet)
    if not report.whole:
        raise PartialError(
            f"the backup is made, but the home itself is not whole: {report.wanting[0]}; "
            "run `archiver verify`"
        )


def _check(state: State, folder: Path, as_json: bool) -> None:
    with showing_progress(quiet=state.quiet or as_json) as progress:
        report = check_backup(folder, progress=progress)
    findings = list(report.findings)
    if state.home is not None and report.key not in public_keys(state.found_home.keys):
        findings.append("backup.json: it is signed with a key that is not this home's")
    if as_json:
        print_json({**plain(report), "findings": findings})
    else:
        for found in findings:
            say(f"WRONG  {found}")
        say(f"{report.files:,} files checked, {_megabytes(report.bytes)}, as of {report.at}")
        say(f"signed with the key {report.key}")
    if findings:
        raise IntegrityError(f"{folder} is not as it was made: {findings[0]}")


@click.command()
@click.argument("backup", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--test", is_flag=True, help="Only try it: FOLDER is cleared, the result recorded.")
@click.option(
    "--ledger", type=click.Path(path_type=Path), help="A copy of the ledger of destructions."
)
@click.option("--without-ledger", is_flag=True, help="There is no ledger; needs --reason.")
@click.option("--accept-findings", is_flag=True, help="Open it though it does not verify.")
@click.option("--reason", help="Why, for the audit.")
@click.option("--key", metavar="FINGERPRINT", help="The key the backup must be signed with.")
@json_option
@click.pass_obj
def restore(
    state: State,
    backup: Path,
    folder: Path,
    test: bool,
    ledger: Path | None,
    without_ledger: bool,
    accept_findings: bool,
    reason: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Make a home of BACKUP in the empty FOLDER.

    Every hash is verified, what was destroyed after the backup was made is destroyed again, and the
    whole is verified before it opens. An interrupted restore goes on when it is called again.
    """
    if (without_ledger or accept_findings) and not (reason or "").strip():
        raise click.UsageError("Say why, for the audit: --reason WORDS.")
    wishes = Wishes(
        ledger=ledger,
        without_ledger=reason if without_ledger else None,
        accept=reason if accept_findings else None,
        key=key,
    )
    with showing_progress(quiet=state.quiet or as_json) as progress:
        if test:
            home = state.found_home
            prepare(home)
            tested, report = try_restore(
                home, backup, folder, actor=actor(), wishes=wishes, progress=progress
            )
        else:
            report = restore_backup(backup, folder, actor=actor(), wishes=wishes, progress=progress)
    if as_json:
        print_json({**plain(report), "test": plain(tested) if test else None})
        return
    _say_restore(report)
    if test:
        say(f"Recorded as a {tested.outcome} restore test; {folder} is cleared.")
        return
    call = f"{program()} --home {quote(str(report.home))}"
    say("Next: see that everybody who may sign in still may, then run a night.\n")
    say(f"    {call} staff list")
    say(f"    {call} doctor")


def _say_backup(report: BackupReport) -> None:
    say(f"The backup is {report.folder}.")
    say(f"  shows the home at  {report.at}")
    say(f"  holds              {report.files:,} files, {_megabytes(report.bytes)}")
    say(f"  new                {_megabytes(report.copied)}; {report.linked:,} files as before")
    say(f"  sealed             {f'seal {report.seal}' if report.seal else 'nothing yet'}")
    for wanting in report.wanting:
        say_under("  WANTING            ", wanting)
    for copy in report.ledger:
        if copy.state != "current":
            say_under("  ledger             ", f"{copy.path}: {copy.state}: {copy.told}")
    if report.same_disk:
        say_under("  note               ", "it lies on the home's own disk: one loss takes both")


def _say_surplus(surplus: Sequence[Path], *, removed: bool, told: bool) -> None:
    for folder in surplus if told else ():
        say(f"  {'removed' if removed else 'would remove'} {folder}")
    if surplus and told and not removed:
        say("Nothing was removed: repeat with --yes.")


def _say_restore(report: RestoreReport) -> None:
    say(f"{report.home} is restored from {report.backup.name} and verifies.")
    say(f"  as of        {report.made_at}")
    say(f"  files        {report.files:,}, {_megabytes(report.bytes)}")
    say(f"  signed with  {report.key}")
    say(f"  ledger       {report.ledger or 'none: what was destroyed since may be back'}")
    for each in report.replayed:
        say_under(
            "  replayed     ",
            f"{each.number}, {each.act} {each.executed_at}: {each.doomed:,} destroyed again, "
            f"{each.absent:,} not in the backup",
        )
        for file, kind, ref in each.unmatched:
            say_under("  UNMATCHED    ", f"{each.number}: {kind} {ref} of {file} has changed since")
    for found in report.findings:
        say_under("  ACCEPTED     ", found)


def _megabytes(size: int) -> str:
    return f"{size / 10**6:,.1f} MB"
