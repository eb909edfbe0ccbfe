"""archiver requests relate, reference, attach, files, covers, queue: how a request comes in."""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.archive.reading import record
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, record_key
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.errors import InputError, UsageError
from archiver.register.accounts import find_account
from archiver.requests.book import get_request
from archiver.requests.receiving.arriving import Arrival
from archiver.requests.receiving.attaching import (
    LARGEST,
    FileKind,
    NewFile,
    attach_file,
    files_of,
    open_file,
)
from archiver.requests.receiving.emails import name_of, read_email
from archiver.requests.receiving.noticing import notice
from archiver.requests.receiving.queue import (
    OUTCOMES,
    REQUEST,
    say_what_it_is,
    take_decision_back,
    waiting,
)
from archiver.requests.receiving.referring import SYSTEMS, refer, references_of
from archiver.requests.receiving.relating import Relation, relate, related_to
from archiver.requests.receiving.resembling import resembling
from archiver.requests.receiving.scope import Scope, scope_of, set_scope, topics_of

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("relate")
@click.argument("number")
@click.argument("relation", type=click.Choice([each.value for each in Relation]))
@click.argument("other")
@json_option
@click.pass_obj
def relate_(state: State, number: str, relation: str, other: str, as_json: bool) -> None:
    """Say that request NUMBER is RELATION (related, duplicate of, follows) request OTHER."""
    with state.office() as office:
        relate(office, number, other, relation, actor=actor())
        found = related_to(office, get_request(office, number))
    if as_json:
        print_json(found)
    else:
        say(f"{number}: {relation} {other}.")


@click.command("alike")
@click.argument("number")
@json_option
@click.pass_obj
def alike(state: State, number: str, as_json: bool) -> None:
    """Say which requests may ask for the same as NUMBER, and why; `relate` links one."""
    with state.office() as office:
        found = resembling(office, get_request(office, number))
    if as_json:
        print_json(found)
    elif not found:
        say("None of the last two years.")
    else:
        print_table(
            ["request", "status", "may be", "because"],
            [
                (each.other.number, each.other.status, each.relation, "; ".join(each.reasons))
                for each in found
            ],
        )


@click.command()
@click.argument("number")
@click.argument("reference")
@click.option("--system", type=click.Choice(SYSTEMS), required=True)
@click.option("--dated", default=None, help="The day it bears there, YYYY-MM-DD.")
@click.option("--note", default="", help="Which system, where it is another one.")
@json_option
@click.pass_obj
def reference(
    state: State,
    number: str,
    reference: str,
    system: str,
    dated: str | None,
    note: str,
    as_json: bool,
) -> None:
    """Write down the number REFERENCE that request NUMBER bears in another system."""
    day = day_of(dated) if dated else None
    with state.office() as office:
        refer(
            *(office, number),
            actor=actor(),
            system=system,
            reference=reference,
            dated=day,
            note_text=note,
        )
        found = references_of(office, get_request(office, number))
    if as_json:
        print_json(found)
    else:
        say(f"{number} is {reference} in {system}.")


@click.command()
@click.argument("number")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--department", default="", help="The department that hands it over.")
@click.option("--described", default="", help="What it is.")
@json_option
@click.pass_obj
def attach(
    state: State,
    number: str,
    files: tuple[Path, ...],
    department: str,
    described: str,
    as_json: bool,
) -> None:
    """Keep FILES with request NUMBER."""
    kind = FileKind.DEPARTMENT if department.strip() else FileKind.ATTACHMENT
    with state.office() as office:
        made = [
            attach_file(
                state.found_home,
                office,
                number,
                NewFile(content_of(path), path.name, kind, department, described),
                actor=actor(),
            )
            for path in files
        ]
    if as_json:
        print_json(made)
    else:
        say(f"{len(made)} kept with request {number}.")


@click.command("files")
@click.argument("number")
@json_option
@click.pass_obj
def files_(state: State, number: str, as_json: bool) -> None:
    """List the files of request NUMBER, each checked against its hash, and where they lie."""
    with state.office() as office:
        found = [
            open_file(state.found_home, office, number, each.id)
            for each in files_of(office, get_request(office, number))
        ]
    if as_json:
        print_json([{"file": file, "path": str(path)} for file, path in found])
        return
    print_table(
        ["file", "name", "kind", "bytes", "path"],
        [(file.id, file.name, file.kind, file.size, path) for file, path in found],
    )


@click.command()
@click.argument("number")
@click.option("--account", "accounts", multiple=True, help="An account it covers.")
@click.option("--from", "start", default=None, help="YYYY-MM-DD")
@click.option("--to", "end", default=None, help="YYYY-MM-DD")
@click.option("--topic", "topics", multiple=True)
@click.option("--kind", "kinds", multiple=True, help="post, comment, message …")
@json_option
@click.pass_obj
def covers(
    state: State,
    number: str,
    accounts: tuple[str, ...],
    start: str | None,
    end: str | None,
    topics: tuple[str, ...],
    kinds: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write down, or show without options, what request NUMBER covers."""
    with state.office() as office:
        if accounts or start or end or topics or kinds:
            chosen = Scope(
                accounts=tuple(find_account(office, name).id for name in accounts),
                start_day=day_of(start) if start else None,
                end_day=day_of(end) if end else None,
                topics=topics_of("\n".join(topics)),
                kinds=kinds,
            )
            set_scope(office, number, chosen, actor=actor())
        found = scope_of(office, get_request(office, number))
    if as_json:
        print_json(found)
    elif not found.says_anything:
        say("It covers what its words say; no field narrows it.")
    else:
        say(f"days     {found.start_day or 'any'} to {found.end_day or 'any'}")
        say_under("topics   ", ", ".join(found.topics) or "any")
        say(f"accounts {', '.join(map(str, found.accounts)) or 'all'}")
        say(f"kinds    {', '.join(found.kinds) or 'all'}")


@click.group()
def queue() -> None:
    """What residents wrote that may be a request, a claim, a notice or a threat."""


@queue.command("list")
@json_option
@click.pass_obj
def queue_list(state: State, as_json: bool) -> None:
    """List what waits for a person, by record; its words are on the desk."""
    with state.office() as office:
        found = waiting(office)
    if as_json:
        print_json(found)
        return
    print_table(
        ["number", "record", "may be", "found by"],
        [
            (
                each.id,
                f"{each.file}:{each.record_id}",
                ", ".join(each.kinds),
                ", ".join(each.phrases),
            )
            for each in found
        ],
    )


@queue.command("look")
@json_option
@click.pass_obj
def queue_look(state: State, as_json: bool) -> None:
    """Look now, as the nightly run does, through what is new."""
    settings = state.found_home.settings()
    with state.office() as office, Archive.open(state.found_home) as archive:
        found = notice(office, archive_files(archive), settings)
    if as_json:
        print_json({"noticed": found})
    else:
        say(f"{found} new in the queue.")


@queue.command("decide")
@click.argument("candidate", type=int)
@click.argument("outcome", type=click.Choice([each for each in OUTCOMES if each != REQUEST]))
@click.option("--told", default="", help="Who was told of it.")
@click.option("--note", default="")
@click.option("--hold", default="", help="Hold the record under this claim number.")
@json_option
@click.pass_obj
def queue_decide(
    state: State, candidate: int, outcome: str, told: str, note: str, hold: str, as_json: bool
) -> None:
    """Say what CANDIDATE is. A records request: `archiver requests new --record`."""
    with state.office() as office:
        made = say_what_it_is(
            office,
            candidate,
            outcome,
            actor=actor(),
            told=told,
            note_text=note,
            hold_reference=hold,
        )
    if as_json:
        print_json(made)
    else:
        say(f"{candidate}: {outcome}.")


@queue.command("take-back")
@click.argument("candidate", type=int)
@click.option("--reason", required=True, help="Why it does not stand.")
@json_option
@click.pass_obj
def queue_take_back(state: State, candidate: int, reason: str, as_json: bool) -> None:
    """Take back what was said of CANDIDATE: it waits again. A hold placed for it stays."""
    with state.office() as office:
        found = take_decision_back(office, candidate, actor=actor(), reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"{candidate} waits again.")


def content_of(path: Path) -> bytes:
    """The bytes of a file; no more than is ever kept of one."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def arrival_of(
    state: State, words: str | None, eml: Path | None, source: str | None
) -> tuple[Arrival, tuple[str, ...]]:
    """A request as it arrived: by its words, by an e-mail file, or by a record (archive:ID); and
    what is to be looked at. Exactly one of them is given, else UsageError is raised."""
    if sum(each is not None for each in (words, eml, source)) != 1:
        raise UsageError("give its words by one of --text, --text-file, --eml and --record")
    if eml is not None:
        return _of_email(content_of(eml))
    if source is not None:
        return _of_record(state, source), ()
    return Arrival(clock.now_text(), "email", words or ""), ()


def _of_email(content: bytes) -> tuple[Arrival, tuple[str, ...]]:
    email = read_email(content)
    lead = f"Subject: {email.subject}\n\n" if email.subject else ""
    arrival = Arrival(
        email.received or clock.now_text(),
        "email",
        lead + email.text,
        email.sender or None,
        email.address or None,
        files=(NewFile(content, name_of(content), FileKind.EMAIL), *email.files),
    )
    return arrival, email.notices


def _of_record(state: State, name: str) -> Arrival:
    file, record_id = record_key(name)
    with Archive.open(state.found_home) as archive:
        found = record(archive_files(archive)[file], record_id)
    if found is None:
        raise InputError(f"no record {name}: see `archiver search`")
    return Arrival(
        found.first_seen_at if found.undated else found.created_at,
        "direct message" if found.kind == "message" else "post",
        found.text,
        found.author_name or found.author_handle,
        f"{found.platform}: @{found.author_handle}" if found.author_handle else None,
        source=(file, record_id, found.version_id),
    )


def show_draft(arrival: Arrival, notices: tuple[str, ...], zone: str, *, as_json: bool) -> None:
    """Show what would be logged."""
    if as_json:
        shown = {
            "received_at": arrival.received_at,
            "channel": arrival.channel,
            "requester": arrival.requester,
            "contact": arrival.contact,
            "verbatim": arrival.verbatim,
            "files": [{"name": file.name, "bytes": len(file.content)} for file in arrival.files],
            "notices": notices,
        }
        print_json(shown)
        return
    say("Nothing is logged. It would be:")
    say(f"  received   {clock.shown(arrival.received_at, zone)} by {arrival.channel}")
    say_under("  requester  ", arrival.requester or "not named")
    say_under("  contact    ", arrival.contact or "none")
    say_under("  files      ", ", ".join(file.name for file in arrival.files) or "none")
    for line in arrival.verbatim.splitlines()[:20]:
        say_under("  asked      ", line)
    for each in notices:
        say_under("  look at    ", each)


COMMANDS = (relate_, alike, reference, attach, files_, covers, queue)
"""What belongs to the group `requests`."""
