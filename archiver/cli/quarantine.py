"""archiver quarantine: take a record out of everybody's sight, see what is there, lift it."""

from __future__ import annotations

import click

from archiver import clock
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import record_key
from archiver.cli.output import confirm, json_option, print_json, print_table, say
from archiver.errors import InputError
from archiver.retention.quarantine import (
    QuarantineKind,
    in_quarantine,
    lift,
    meant_records,
    put_in_quarantine,
    standing_over,
    together_with,
)

KINDS = [kind.value for kind in QuarantineKind]


@click.group()
def quarantine() -> None:
    """Quarantine: nobody is shown a record until the city attorney has decided about it."""


@quarantine.command()
@click.argument("name", metavar="RECORD")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--reason", required=True, help="Why, without quoting what it is about.")
@click.option("--with-thread", is_flag=True, help="With all records of its conversation.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def add(
    state: State, name: str, kind: str, reason: str, with_thread: bool, yes: bool, as_json: bool
) -> None:
    """Put RECORD (archive:ID or private:ID) in quarantine, at once. Nothing is destroyed."""
    file, number = record_key(name)
    with state.office() as office, Archive.open(state.found_home) as archive:
        files = archive_files(archive)
        if standing_over(office, file, number) is None:
            meant = len(meant_records(files[file], file, number, with_thread=with_thread))
            what = f"{file}:{number}" + (f" and {meant - 1} of its conversation" * (meant > 1))
            confirm(f"Put {what} in quarantine?", yes=yes)
            done = put_in_quarantine(
                *(office, files, file, number),
                actor=actor(),
                kind=kind,
                reason=reason,
                with_thread=with_thread,
            )
        else:
            raise InputError(f"record {file}:{number} is in quarantine already")
    if as_json:
        print_json(done)
    else:
        records = "1 record" if len(done.ids) == 1 else f"{len(done.ids):,} records"
        say(f"{records} in quarantine. Lift it by `archiver quarantine lift {file}:{number}`.")


@quarantine.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List what is in quarantine: since when, why, by whom. No content."""
    zone = state.found_home.settings().time_zone
    with state.office() as office:
        found = in_quarantine(office)
    if as_json:
        print_json(found)
        return
    print_table(
        ["record", "kind", "since", "by", "reason"],
        [
            (
                f"{each.file}:{each.record_id}",
                each.kind.value,
                clock.shown(each.at, zone),
                each.actor,
                each.reason,
            )
            for each in found
        ],
    )


@quarantine.command("lift")
@click.argument("name", metavar="RECORD")
@click.option("--reason", required=True, help="The city attorney's; it stays in the history.")
@click.option("--together", is_flag=True, help="With all that went in with it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def lift_(state: State, name: str, reason: str, together: bool, yes: bool, as_json: bool) -> None:
    """Take RECORD out of quarantine, on the city attorney's word: everybody sees it again."""
    file, number = record_key(name)
    with state.office() as office:
        standing = standing_over(office, file, number)
        if standing is None:
            raise InputError(f"record {file}:{number} is not in quarantine")
        more = len(together_with(office, standing)) - 1 if together else 0
        what = f"{file}:{number}" + (f" and {more} that went in with it" * (more > 0))
        confirm(f"Lift the quarantine of {what}?", yes=yes)
        out = lift(office, file, number, actor=actor(), reason=reason, together=together)
    if as_json:
        print_json({"file": file, "ids": out})
    else:
        say(f"{len(out):,} lifted: search and every page show it again.")
