"""archiver imports: what was imported from downloads; withdraw one that was a mistake."""

from __future__ import annotations

from collections.abc import Mapping

import click

from archiver.archive.store import Archive
from archiver.archive.withdrawing import Withdrawn
from archiver.cli.context import State, actor
from archiver.cli.import_words import say_left_out, short_name
from archiver.cli.output import (
    confirm,
    json_option,
    print_json,
    print_table,
    say,
    say_under,
    showing_progress,
)
from archiver.clock import shown
from archiver.errors import RuleError
from archiver.operations.import_withdrawing import note_withdrawn
from archiver.operations.imports_made import ImportMade, import_made, imports_made
from archiver.operations.withdrawing import blockers as blockers_of
from archiver.operations.withdrawing import withdraw as withdraw_import
from archiver.operations.withdrawing import would_withdraw
from archiver.register.accounts import Account, find_account, list_accounts

_WENT = {
    "records": "records",
    "versions": "versions",
    "media": "pictures and videos",
    "people": "people on lists",
    "unread": "notes of what was left out or could not be read",
    "coverage": "statements of coverage",
}
_BECAME = {
    "stored": "stored",
    "versions": "versions",
    "duplicates": "known",
    "joined": "part of others",
    "people": "people",
    "skipped": "skipped",
    "failed": "failed",
    "destroyed": "destroyed",
}
"""What became of a file's entries, by the names in the stored report."""


@click.group()
def imports() -> None:
    """Imports of downloads: list, show, and withdraw one that was a mistake."""


@imports.command("list")
@click.option("--account", default=None, help="Only this account: id, handle, platform:handle.")
@json_option
@click.pass_obj
def list_(state: State, account: str | None, as_json: bool) -> None:
    """Every import, newest first."""
    home = state.found_home
    with state.office() as office, Archive.open(home, whole=True) as archive:
        chosen = None if account is None else find_account(office, account).id
        found = imports_made(archive, account_id=chosen)
        names = _names(list_accounts(office))
    if as_json:
        print_json([{**_facts(made), "account": names.get(made.account_id, "")} for made in found])
        return
    zone = home.settings().time_zone
    print_table(
        ["run", "account", "file", "imported", "outcome", "new", "versions", "people"],
        [
            (
                made.run,
                names.get(made.account_id, f"account {made.account_id}"),
                _files(made),
                shown(made.started_at, zone),
                made.outcome,
                *(made.counts.get(name, "") for name in ("stored", "versions", "people")),
            )
            for made in found
        ],
    )


@imports.command()
@click.argument("run", type=int)
@json_option
@click.pass_obj
def show(state: State, run: int, as_json: bool) -> None:
    """What the import RUN brought, its report, and what keeps it from being withdrawn."""
    home = state.found_home
    with state.office() as office, Archive.open(home, whole=True) as archive:
        made = import_made(archive, run)
        found = blockers_of(home, archive, office, run)
        names = _names(list_accounts(office))
    if as_json:
        account = names.get(made.account_id, "")
        facts = {**_facts(made), "account": account, "report": made.report, "blockers": found}
        print_json(facts)
        return
    zone = home.settings().time_zone
    say(f"Import run {made.run}: {_files(made) or 'no file was kept'}")
    say(f"Account:  {names.get(made.account_id, made.account_id)} ({made.source})")
    say(f"Imported: {shown(made.started_at, zone)}, {made.outcome}")
    for file in made.files:
        stays = " (another import read it too: it stays)" if file.kept else ""
        say(f"SHA-256:  {file.sha256}{stays}")
    if made.withdrawn is not None:
        told = made.withdrawn
        say(f"Withdrawn {shown(told.at, zone)} by {told.actor}: {told.reason}")
        say(f"Gone:     {_went(told.went)}")
        return
    if made.counts:
        say("Brought:  " + ", ".join(f"{count:,} {name}" for name, count in made.counts.items()))
    _say_report(made.report)
    for sentence in found:
        say_under("Stays:    ", sentence)
    if not found:
        say(f"Nothing rests on it: `archiver imports withdraw {run} --reason …` takes it back.")


@imports.command()
@click.argument("run", type=int)
@click.option("--reason", required=True, help="What was wrong; it stays in the trace.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def withdraw(state: State, run: int, reason: str, yes: bool, as_json: bool) -> None:
    """Take back whole what the import RUN brought, while nothing rests on it.

    Its records go, records known before stand as they did, its file is destroyed, and the same file
    can be imported again. Who, when, why and how much stays in the audit.
    """
    home = state.found_home
    with (
        state.office() as office,
        Archive.open(home, write=True) as archive,
        showing_progress(quiet=state.quiet or as_json) as progress,
    ):
        made = import_made(archive, run)
        if found := blockers_of(home, archive, office, run):
            raise RuleError(f"import run {run} stays as it is: {'; '.join(found)}")
        going = would_withdraw(archive, run)
        question = (
            f"Import run {run} ({_files(made) or 'no file'}) would be taken back: "
            f"{_going(going)}. It cannot be brought back but by importing the file again. Go on?"
        )
        confirm(question, yes=yes)
        done = withdraw_import(
            *(home, archive, office, run), actor=actor(), reason=reason, progress=progress
        )
        note_withdrawn(office, archive)
    if as_json:
        print_json(done)
        return
    say(f"Import run {run} is withdrawn: {_going(done)}.")
    say(
        "Backups made before hold it still; when one is restored, what was withdrawn is withdrawn "
        "from it anew."
    )


def _going(counts: Withdrawn) -> str:
    words = _went({name: getattr(counts, name) for name in _WENT}) or "nothing but its file"
    if counts.restored:
        words += f"; {counts.restored:,} records known before stand as they did"
    if counts.reopened:
        words += f"; {counts.reopened:,} people it took off lists stand on them again"
    return words


def _went(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[name]:,} {word}" for name, word in _WENT.items() if counts.get(name))


def _names(accounts: list[Account]) -> dict[int, str]:
    return {each.id: f"{each.platform}:@{each.handle}" for each in accounts}


def _files(made: ImportMade) -> str:
    return ", ".join(file.name or file.sha256[:16] for file in made.files)


def _facts(made: ImportMade) -> dict[str, object]:
    return {
        "run": made.run,
        "source": made.source,
        "started_at": made.started_at,
        "finished_at": made.finished_at,
        "outcome": made.outcome,
        "files": [
            {"sha256": file.sha256, "size": file.size, "name": file.name, "shared": file.kept}
            for file in made.files
        ],
        "counts": made.counts,
        "withdrawn": made.withdrawn,
    }


def _say_report(report: Mapping[str, object]) -> None:
    """What the import said: its files, and what to look at."""
    files = report.get("files")
    told = files if isinstance(files, list) else []
    if read := [file for file in told if file.get("state") != "kept"]:
        print_table(
            ["file", "read", *_BECAME.values()],
            [
                (
                    short_name(str(file.get("member", ""))),
                    file.get("read", ""),
                    *(
                        file.get(name) or (file.get("tally") or {}).get(name) or ""
                        for name in _BECAME
                    ),
                )
                for file in read
            ],
        )
    say_left_out(
        (short_name(str(file.get("member", ""))), str(reason), int(count))
        for file in told
        for reason, count in (file.get("reasons") or {}).items()
    )
    if kept := [file for file in told if file.get("state") == "kept"]:
        say("In the original only, not turned into records:")
        print_table(
            ["file", "why"],
            [(short_name(str(file.get("member", ""))), file.get("reason", "")) for file in kept],
        )
    for lead, name in (("note:     ", "warnings"), ("LOOK AT:  ", "problems")):
        lines = report.get(name)
        for line in lines if isinstance(lines, list) else ():
            say_under(lead, str(line))
