"""What the commands of dispositions and removals share: naming holdings, showing a batch."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from archiver import clock
from archiver.cli.context import State, actor
from archiver.cli.naming import FILES, day_of
from archiver.cli.output import (
    confirm,
    json_option,
    plain,
    print_json,
    print_table,
    say,
    say_under,
    showing_progress,
    yes_option,
)
from archiver.config import Settings
from archiver.errors import InputError, UsageError
from archiver.operations.disposing import execute_batch
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.approvals import approve as record_approval
from archiver.retention.dispositions.approvals import given
from archiver.retention.dispositions.batches import (
    Batch,
    LeftOut,
    get_batch,
    items_of,
    keep,
    list_batches,
    series_lines,
)
from archiver.retention.dispositions.certificate import certificates, check_certificate
from archiver.retention.dispositions.holdings import KINDS
from archiver.retention.dispositions.steps import next_steps

_MARKS = {"done": "x", "now": ">", "missing": " "}
_VOTES = re.compile(r"(\d{1,3}) of (\d{1,3})")


def holding_key(text: str) -> tuple[str, str, int]:
    """The holding a name stands for: ``archive:ID`` (a record) or ``private:subscriber:ID``.

    Raises UsageError where it is none.
    """
    file, _, rest = text.partition(":")
    kind, _, number = rest.rpartition(":")
    kind = kind or "record"
    if file not in FILES or kind not in KINDS or not re.fullmatch(r"-?[0-9]{1,18}", number):
        raise UsageError(f"{text!r} names nothing kept: write archive:ID or private:subscriber:ID")
    return file, kind, int(number)


def listing(kind: str) -> click.Command:
    """The command that lists batches, or removals."""

    @click.command("list")
    @json_option
    @click.pass_obj
    def list_(state: State, as_json: bool) -> None:
        """List them, the newest first, withdrawn ones too."""
        zone = state.found_home.settings().time_zone
        with state.office() as office:
            found = list_batches(office, kind=kind)
        if as_json:
            print_json(found)
            return
        print_table(
            ["number", "frozen", "by", "route", "listed", "kept", "gone", "state"],
            [
                (
                    *(each.number, clock.local_day(each.frozen_at, zone), each.frozen_by),
                    *(each.route, each.items, each.kept, each.gone, each.state),
                )
                for each in found
            ],
        )

    return list_


@click.command()
@click.argument("number")
@click.option("--items", "with_items", is_flag=True, help="The whole list as well.")
@json_option
@click.pass_obj
def show(state: State, number: str, with_items: bool, as_json: bool) -> None:
    """Show NUMBER: what is on its list, what was left out, and the steps with who can take them."""
    settings = state.found_home.settings()
    with state.office() as office:
        batch = get_batch(office, number)
        if as_json:
            print_json(_as_json(office, batch, settings, with_items=with_items))
            return
        say_batch(office, batch, settings)
        if with_items:
            say("")
            print_table(
                ["holding", "series", "cutoff", "kept until", "outcome", "reason"],
                [
                    (
                        *(each.name, each.series, each.cutoff_on, each.retain_until),
                        *(each.outcome, each.reason),
                    )
                    for each in items_of(office, batch)
                ],
            )


@click.command("keep")
@click.argument("number")
@click.argument("holdings", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why they are kept.")
@json_option
@click.pass_obj
def keep_(state: State, number: str, holdings: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Take HOLDINGS (archive:ID, private:subscriber:ID) out of NUMBER. They cannot come back in."""
    keys = [holding_key(each) for each in holdings]
    with state.office() as office:
        taken = keep(office, number, keys, actor=actor(), reason=reason)
        batch = get_batch(office, number)
    if as_json:
        print_json({"taken_out": taken, "batch": batch})
    else:
        say(f"{taken} taken out; {batch.waiting:,} of {batch.items:,} are left on {batch.number}.")


@click.command()
@click.argument("number")
@yes_option
@json_option
@click.pass_obj
def execute(state: State, number: str, yes: bool, as_json: bool) -> None:
    """Carry NUMBER out, or go on where an execution was interrupted. It cannot be undone."""
    home = state.found_home
    with state.office() as office:
        batch = get_batch(office, number)
    confirm(f"{batch.act.capitalize()} for good: {batch.waiting:,} of {batch.number}?", yes=yes)
    with showing_progress(quiet=state.quiet or as_json) as progress:
        done = execute_batch(home, batch.number, actor=actor(), progress=progress)
    with state.office() as office:
        made = check_certificate(home, office, done)
    if as_json:
        print_json({"batch": done, "certificate": made})
        return
    say(f"{done.number}: {done.gone:,} {done.act}, {done.kept:,} kept.")
    say(f"Certificate: {made.pdf}")


@click.command()
@click.argument("number", required=False)
@json_option
@click.pass_obj
def certificate(state: State, number: str | None, as_json: bool) -> None:
    """Check the certificate of NUMBER against the rows it was made from; list all without one."""
    home = state.found_home
    with state.office() as office:
        found = (
            certificates(home, office)
            if number is None
            else [check_certificate(home, office, get_batch(office, number))]
        )
    if as_json:
        print_json(found if number is None else found[0])
        return
    print_table(
        ["number", "made", "file", "SHA-256"],
        [(each.number, each.at[:10], each.pdf, each.pdf_sha256) for each in found],
    )
    if number is not None:
        say("It is what the archive's own rows give.")


def approve_with(
    state: State,
    number: str,
    kind: str,
    *,
    name: str,
    position: str,
    day: str | None,
    title: str,
    document_number: str,
    department: str,
    vote: str | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Record an approval and say what is still missing. On the command line nobody gives an
    approval by being who they are: where the document is asked for, it has to be filed."""
    home = state.found_home
    settings = home.settings()
    on = day_of(day) if day else clock.local_day(clock.now_text(), settings.time_zone)
    with state.office() as office:
        made = record_approval(
            *(home, office, settings, list_accounts(office), number, kind),
            actor=actor(),
            may=(),
            name=name,
            position=position,
            on=on,
            title=title,
            document_number=document_number,
            department=department,
            votes=_votes(vote),
            file=file,
        )
        batch = get_batch(office, number)
        if as_json:
            print_json(made)
            return
        say(f"Recorded as approval {made.id} of {batch.number}.")
        _say_steps(office, batch, settings)


def say_batch(office: sqlite3.Connection, batch: Batch, settings: Settings) -> None:
    """A batch for a person."""
    frozen = clock.shown(batch.frozen_at, settings.time_zone)
    say(
        f"{batch.number}: {batch.state}, {batch.items:,} listed, {batch.kept:,} kept, "
        f"{batch.gone:,} {batch.act}"
    )
    say_under("    frozen  ", f"{frozen} by {batch.frozen_by}, SHA-256 {batch.digest}")
    say_under("    route   ", f"{batch.route}, schedule {batch.schedule}")
    if batch.note:
        say_under("    reason  ", batch.note)
    say("")
    print_table(
        ["series", "kind", "count", "cutoff from", "to"],
        [
            (each.series or "none", each.kind, each.holdings, each.first_cutoff, each.last_cutoff)
            for each in series_lines(office, batch)
        ],
    )
    say_left_out(batch.left_out)
    say("")
    _say_steps(office, batch, settings)


def say_left_out(left_out: LeftOut) -> None:
    """What was not listed, by hold and by other reason."""
    for held in left_out.by_hold:
        say(f"Left out, {held.title}: {held.holdings:,}")
    for words, count in left_out.reasons.items():
        say_under(f"Left out, {count:,}: ", words)


def _say_steps(office: sqlite3.Connection, batch: Batch, settings: Settings) -> None:
    for step in next_steps(office, batch, settings, list_accounts(office)):
        detail = f": {step.detail}" if step.detail else ""
        who = f" (by {step.who})" if step.who and step.state != "done" else ""
        say_under(f"[{_MARKS[step.state]}] ", f"{step.title}{detail}{who}")


def _as_json(
    office: sqlite3.Connection, batch: Batch, settings: Settings, *, with_items: bool
) -> dict[str, Any]:
    shown = {
        **plain(batch),
        "series": [asdict(each) for each in series_lines(office, batch)],
        "approvals": given(office, batch),
        "steps": next_steps(office, batch, settings, list_accounts(office)),
    }
    if with_items:
        shown["list"] = list(items_of(office, batch))
    return shown


def _votes(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = _VOTES.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no vote: write it as 4 of 5")
    return int(found.group(1)), int(found.group(2))


def day_given(settings: Settings, day: str | None) -> dt.date:
    """The day named, or today."""
    return day_of(day) if day else clock.local_day(clock.now_text(), settings.time_zone)


def account_ids(office: sqlite3.Connection, names: Sequence[str]) -> tuple[int, ...]:
    """The register's numbers of accounts named as ``x:@AlderGlenParks`` or by handle."""
    known = list_accounts(office)
    found = []
    for name in names:
        wanted = name.lower().lstrip("@")
        match = [
            each.id
            for each in known
            if wanted in (each.name.lower(), each.handle.lower(), str(each.id))
        ]
        if not match:
            raise InputError(f"no account {name} in the register: `archiver accounts list`")
        found += match
    return tuple(found)
