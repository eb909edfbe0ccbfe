"""archiver pairs: which records are one; what a download holds beside what the interface gave."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import click

from archiver import clock
from archiver.archive.pairs import Proposal, Standing, Strength, What, proposal, proposals
from archiver.archive.pairs_deciding import decide_pairs
from archiver.archive.pairs_reading import Counterpart, laid_beside
from archiver.archive.reading import record
from archiver.archive.store import Archive
from archiver.capture.proposing import latest_import, propose_pairs
from archiver.capture.reconciled import (
    Reconciled,
    Where,
    reconciled_records,
    reconciliations,
)
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import record_key
from archiver.cli.output import confirm, json_option, one_line, print_json, print_table, say
from archiver.errors import InputError
from archiver.operations.pairing import (
    FILES,
    collected_in,
    collected_words,
    decide_alike,
    preview_alike,
)
from archiver.register.accounts import find_account

FILE = click.Choice(list(FILES))
STANDINGS = [standing.value for standing in Standing]
STRENGTHS = [strength.value for strength in Strength]
_VERBS = {
    What.CONFIRMED: "confirmed: they count as one",
    What.REJECTED: "rejected: they stay two",
    What.TAKEN_APART: "taken apart: they are two again",
    What.TAKEN_BACK: "put back among the open ones",
}


@click.group()
def pairs() -> None:
    """Records that may be the same thing: a download's without an id, and another's."""


@pairs.command("list")
@click.option("--account", "name", help="Only of this account (platform:handle).")
@click.option("--state", "standing", type=click.Choice(STANDINGS), default="open")
@click.option("--strength", type=click.Choice(STRENGTHS))
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@click.pass_obj
def list_(
    state: State, name: str | None, standing: str, strength: str | None, limit: int, as_json: bool
) -> None:
    """List pairs, each with its reason: open ones, or --state confirmed or rejected."""
    with state.office() as office, Archive.open(state.found_home) as archive:
        account = None if name is None else find_account(office, name).id
        found = [
            (file, each)
            for file, connection in archive_files(archive).items()
            for each in proposals(
                connection,
                account_id=account,
                state=Standing(standing),
                strength=strength,
                limit=limit,
            )
        ][:limit]
    if as_json:
        print_json([{"file": file, "pair": each} for file, each in found])
        return
    for file, each in found:
        rivals = f", {each.rivals} more could be the one" if each.rivals else ""
        say(f"{file}:{each.id}  {each.strength}{rivals}")
        say(f"    {each.kind} {file}:{each.derived_id} as {file}:{each.other_id}")
        say(f"    {each.ground}")
    if not found:
        say(f"No pair is {standing}.")


@pairs.command()
@click.argument("name", metavar="PAIR")
@json_option
@click.pass_obj
def show(state: State, name: str, as_json: bool) -> None:
    """Show PAIR (archive:NUMBER): both records, their evidence, and what differs."""
    zone = state.found_home.settings().time_zone
    with state.office() as office, Archive.open(state.found_home) as archive:
        file, found, connection = _find(archive_files(archive), name)
        one, other = record(connection, found.other_id), record(connection, found.derived_id)
        assert one is not None and other is not None
        sides = (laid_beside(connection, other, one), laid_beside(connection, one, other))
        touched = collected_in(office, file, [found.derived_id])
    requests = touched.get(found.derived_id, ())
    if as_json:
        print_json({"pair": found, "records": sides, "collected_in": requests})
        return
    say(f"{file}:{found.id}  {found.strength}, {found.state}: {found.ground}")
    for side in sides:
        say("")
        say(f"{side.record.kind} {file}:{side.record.id}, {evidence_words(side)}")
        say(f"  {clock.shown(side.record.created_at, zone)}  {side.record.author_name or ''}")
        say(f"  {one_line(side.record.text, 96)}")
    for differing in sides[1].differences:
        say(f"\n{differing.what}: {one_line(differing.one, 80)}")
        say(f"{' ' * len(differing.what)}  {one_line(differing.other, 80)}")
    if requests:
        say(f"\n{collected_words(1, requests)}.")


def evidence_words(side: Counterpart) -> str:
    """Where a record stands in what was captured."""
    original, exchange = side.evidence.original, side.evidence.exchange
    if original is not None:
        entry = "" if original.position is None else f", entry {original.position + 1}"
        named = f"download {original.name}" if original.name else "a download"
        return f"{named}, {original.member or 'the file itself'}{entry}"
    if exchange is not None:
        return f"answer of the interface in {exchange.warc}, byte {exchange.start}"
    return f"run {side.evidence.run_id}, {side.evidence.source}"


@pairs.command("confirm")
@click.argument("names", metavar="PAIR...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it is kept with your name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def confirm_(state: State, names: tuple[str, ...], reason: str, yes: bool, as_json: bool) -> None:
    """Say that the two records of each PAIR are one: they count once from then on."""
    _decide(state, names, What.CONFIRMED, reason, yes, as_json)


@pairs.command()
@click.argument("names", metavar="PAIR...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it is kept with your name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def reject(state: State, names: tuple[str, ...], reason: str, yes: bool, as_json: bool) -> None:
    """Say that the two records of each PAIR are two; it is not proposed again."""
    _decide(state, names, What.REJECTED, reason, yes, as_json)


@pairs.command()
@click.argument("name", metavar="PAIR")
@click.option("--reason", required=True, help="Why; it is kept with your name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def undo(state: State, name: str, reason: str, yes: bool, as_json: bool) -> None:
    """Take PAIR apart again, or take its rejection back. What was decided stays in the history."""
    with Archive.open(state.found_home) as archive:
        _, found, _ = _find(archive_files(archive), name)
    if found.state == Standing.OPEN:
        raise InputError(f"nothing was decided about pair {name}: there is nothing to undo")
    what = What.TAKEN_APART if found.state == Standing.CONFIRMED else What.TAKEN_BACK
    _decide(state, (name,), what, reason, yes, as_json)


def _decide(
    state: State, names: tuple[str, ...], what: What, reason: str, yes: bool, as_json: bool
) -> None:
    with state.office() as office, Archive.open(state.found_home, write=True) as archive:
        files = archive_files(archive)
        by_file: dict[str, list[Proposal]] = {}
        for name in names:
            file, found, _ = _find(files, name)
            by_file.setdefault(file, []).append(found)
        if what is What.CONFIRMED:
            for file, some in by_file.items():
                touched = collected_in(office, file, [each.derived_id for each in some])
                numbers = dict.fromkeys(number for each in touched.values() for number in each)
                if told := collected_words(len(touched), tuple(numbers)):
                    say(f"{told}.")
        counted = "1 pair" if len(names) == 1 else f"{len(names)} pairs"
        confirm(f"{counted}: {_VERBS[what]}. Go on?", yes=yes)
        made = [
            decide_pairs(
                *(archive, FILES[file], [each.id for each in some], what),
                actor=actor(),
                reason=reason,
            )
            for file, some in by_file.items()
        ]
    if as_json:
        print_json(made)
    else:
        say(f"{sum(each.decided for each in made)} {_VERBS[what]}.")


@pairs.command()
@click.option("--account", "name", required=True, help="The account (platform:handle).")
@click.option("--strength", type=click.Choice(STRENGTHS), required=True)
@click.option("--file", "file", type=FILE, default="archive", show_default=True)
@click.option("--reject", "rejecting", is_flag=True, help="Say that all of them are two.")
@click.option("--reason", required=True, help="Why; it is kept with your name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def alike(
    state: State,
    name: str,
    strength: str,
    file: str,
    rejecting: bool,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Decide about all open pairs of an account that are equally strong, after a preview.

    Pairs with rivals are left out: of those each is decided by itself.
    """
    what = What.REJECTED if rejecting else What.CONFIRMED
    with state.office() as office, Archive.open(state.found_home, write=True) as archive:
        account = find_account(office, name)
        connection = archive_files(archive)[file]
        seen = preview_alike(office, connection, file, account.id, strength)
        if not seen.pairs:
            elsewhere = next(one for one in FILES if one != file)
            raise InputError(
                f"no {strength} pair of {name} in {file} is open without rivals; those of "
                f"{elsewhere} are decided with --file {elsewhere}"
            )
        say(f"{seen.pairs:,} {strength} pairs; {seen.contested:,} more have rivals and stay open.")
        for each in seen.samples:
            one, other = record(connection, each.other_id), record(connection, each.derived_id)
            for side in (one, other):
                if side is not None:
                    say(f"  {file}:{side.id}  {side.created_at}  {one_line(side.text, 60)}")
            say(f"    {each.ground}")
        if what is What.CONFIRMED and (told := collected_words(seen.collected, seen.requests)):
            say(f"{told}.")
        confirm(f"All {seen.pairs:,} {_VERBS[what]}. Go on?", yes=yes)
        made = decide_alike(archive, seen.alike, what, actor=actor(), reason=reason)
    if as_json:
        print_json(made)
    else:
        say(f"{made.decided:,} {_VERBS[what]}; {made.passed_over:,} decided by others meanwhile.")


@pairs.command()
@click.option("--account", "name", required=True, help="The account (platform:handle).")
@json_option
@click.pass_obj
def propose(state: State, name: str, as_json: bool) -> None:
    """Look anew for pairs of an account, as after each import. Nothing is decided by it."""
    with state.office() as office, Archive.open(state.found_home, write=True) as archive:
        account = find_account(office, name)
        run = latest_import(archive.public, account.id)
        if run is None:
            raise InputError(f"no download of {name} was imported: `archiver import` does it")
        count = propose_pairs(archive, account.id, run)
    if as_json:
        print_json({"account": account.id, "open": count})
    else:
        say(f"{count:,} pairs are open. `archiver pairs list --account {name}` shows them.")


@pairs.command()
@click.option("--account", "name", required=True, help="The account (platform:handle).")
@click.option("--run", "run_id", type=int, help="One import; without it the newest.")
@click.option("--kind", help="With --side: which records, all of them.")
@click.option("--side", type=click.Choice(["download", "interface", "both"]))
@json_option
@click.pass_obj
def reconciled(
    state: State, name: str, run_id: int | None, kind: str | None, side: Where | None, as_json: bool
) -> None:
    """Show what an import found: only in the download, only from the interface, in both.

    With --kind and --side all records are listed: those only one side holds, or those both hold
    that differ.
    """
    if (kind is None) is not (side is None):
        raise click.UsageError("--kind and --side go together")
    with state.office() as office, Archive.open(state.found_home) as archive:
        files = archive_files(archive)
        account = find_account(office, name)
        kept = reconciliations(files, account.id, run_id)
        if not kept:
            raise InputError(
                f"no import of {name} was compared with the platform's interface: an import is, "
                "where the interface gave records of that time (`archiver ingest`)"
            )
        run, found = next(iter(kept.items()))
        listed = (
            list(reconciled_records(files, run, kind, side)) if kind and side is not None else []
        )
    if side is not None:
        if as_json:
            print_json({"run": run, "records": listed})
            return
        for each in listed:
            differs = f"  {each.differs}" if each.differs else ""
            say(f"{each.file}:{each.id}  {each.created_at}  {each.native_id}{differs}")
        say(f"{len(listed):,} records.")
    elif as_json:
        print_json({"run": run, "kinds": found})
    else:
        say(f"run {run}")
        print_table(
            [
                *("kind", "download", "interface", "both", "of these differ"),
                *("only download", "only interface", "may be one"),
            ],
            [_line(each) for each in found],
        )


def _line(one: Reconciled) -> tuple[object, ...]:
    return (
        *(one.kind, one.download, one.interface, one.both, one.different),
        *(one.only_download, one.only_interface, one.proposed),
    )


def _find(
    files: Mapping[str, sqlite3.Connection], name: str
) -> tuple[str, Proposal, sqlite3.Connection]:
    file, number = record_key(name)
    found = proposal(files[file], number)
    if found is None:
        raise InputError(f"there is no pair {name}: `archiver pairs list` shows them")
    return file, found, files[file]
