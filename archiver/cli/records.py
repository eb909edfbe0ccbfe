"""archiver search and archiver record: find records, look at one, take it out."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from archiver import clock
from archiver.archive import reading
from archiver.archive.files import find_media
from archiver.archive.pairs_reading import counterparts_of
from archiver.archive.retention_marks import retention_history
from archiver.archive.search import Filters, Hit, Order, Results
from archiver.archive.search import search as find
from archiver.archive.store import Archive
from archiver.cli.context import State, actor, archive_files
from archiver.cli.naming import day_of, record_key
from archiver.cli.output import (
    json_option,
    one_line,
    plain,
    print_json,
    print_table,
    say,
    screen_width,
)
from archiver.cli.pairs import evidence_words
from archiver.database import write_transaction
from archiver.errors import InputError, IntegrityError, UsageError
from archiver.items import Access
from archiver.register.accounts import find_account
from archiver.register.office import audit
from archiver.retention.explaining import told_move
from archiver.retention.quarantine import quotes_what_is_in_quarantine


@click.command()
@click.argument("words", nargs=-1)
@click.option("--account", "names", multiple=True, help="Only this account; may be repeated.")
@click.option("--platform", "platforms", multiple=True)
@click.option("--kind", "kinds", multiple=True, help="post, comment, message, profile, reaction")
@click.option("--state", "states", multiple=True, help="edited, removed, hidden, encrypted …")
@click.option("--from", "start", default=None, help="First day, YYYY-MM-DD, in the agency's time.")
@click.option("--to", "end", default=None, help="Last day, YYYY-MM-DD.")
@click.option("--order", type=click.Choice(["newest", "oldest", "best"]), default="newest")
@click.option("--size", default=20, show_default=True, help="Records on a page.")
@click.option("--before", default=None, help="Go on behind a page: the `next` it printed.")
@click.option("--public-only", is_flag=True, help="Leave out private messages and lists.")
@json_option
@click.pass_obj
def search(
    state: State,
    words: tuple[str, ...],
    names: tuple[str, ...],
    platforms: tuple[str, ...],
    kinds: tuple[str, ...],
    states: tuple[str, ...],
    start: str | None,
    end: str | None,
    order: Order,
    size: int,
    before: str | None,
    public_only: bool,
    as_json: bool,
) -> None:
    """Search current and earlier text, names, and descriptions of pictures.

    WORDS may hold "exact phrases", -without, OR, word*, from:, account:, is:removed, lang:zh …
    """
    zone = state.found_home.settings().time_zone
    with state.office() as office, _reading(state, office, words) as files:
        found = find(
            {"archive": files["archive"]} if public_only else files,
            " ".join(words),
            Filters(
                account_ids=[find_account(office, name).id for name in names],
                platforms=platforms,
                kinds=kinds,
                states=states,
                start_day=day_of(start) if start else None,
                end_day=day_of(end) if end else None,
            ),
            time_zone=zone,
            order=order,
            before=before,
            size=size,
        )
    if as_json:
        print_json(found)
    else:
        _say_results(found, zone)


@click.group()
def record() -> None:
    """One record: what it says, its versions, its evidence."""


@record.command()
@click.argument("name", metavar="RECORD")
@json_option
@click.pass_obj
def show(state: State, name: str, as_json: bool) -> None:
    """Show RECORD (archive:ID or private:ID)."""
    zone = state.found_home.settings().time_zone
    with state.office() as office, _reading(state, office, (name,)) as files:
        connection, found = _find(files, name)
        current = reading.version(connection, found.version_id)
        evidence = reading.evidence_of(connection, current) if current else None
        media = reading.media_of(connection, found.id)
        events = reading.events_of(connection, found.id)
        history = retention_history(connection, found.id)
        same = counterparts_of(connection, found)
    if as_json:
        print_json(
            {
                "record": found,
                "media": media,
                "events": events,
                "retention": history,
                "evidence": evidence,
                "counts_as_one_with": same,
            }
        )
        return
    form = "" if found.form in ("", found.kind) else f" ({found.form})"
    say(f"{found.kind}{form} on {found.platform}, {found.file}:{found.id}")
    say(f"  author     {found.author_name or found.author_handle or 'not known'}")
    say(f"  posted     {clock.shown(found.created_at, zone)}{' (undated)' * found.undated}")
    say(f"  state      {found.visibility}, {found.presence}, content {found.content_state}")
    if found.url:
        say(f"  address    {found.url}")
    if found.retain_until:
        say(f"  kept until {found.retain_until} ({found.retention_rule})")
    for move in history:
        say(f"             {told_move(move, zone)}")
    say(f"  leaf       {found.leaf}")
    for other in same:
        say(f"  one with   {found.file}:{other.record.id}{' (shown in lists)' * other.kept}")
        say(f"             {evidence_words(other)}")
        for differing in other.differences:
            say(f"             {differing.what} there: {one_line(differing.other, 70)}")
    say("")
    say(found.text)
    for each in media:
        held = each.sha256 or "not held"
        say(f"\n  [{each.media_type or 'file'}] {each.name or each.key}  {held}")
        if each.alt_text:
            say(f"    {each.alt_text}")
    if events:
        say("")
        print_table(
            ["when", "what"], [(clock.shown(event.at, zone), event.what) for event in events]
        )


@record.command()
@click.argument("name", metavar="RECORD")
@json_option
@click.pass_obj
def versions(state: State, name: str, as_json: bool) -> None:
    """Show every version of RECORD, oldest first."""
    zone = state.found_home.settings().time_zone
    with state.office() as office, _reading(state, office, (name,)) as files:
        connection, found = _find(files, name)
        all_versions = reading.versions(connection, found.id)
    if as_json:
        print_json(all_versions)
        return
    for each in all_versions:
        say(f"version {each.n}, observed {clock.shown(each.observed_at, zone)}")
        say(f"    leaf {each.leaf}")
        say("    " + each.text.replace("\n", "\n    "))


@record.command()
@click.argument("name", metavar="RECORD")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
@click.pass_obj
def export(state: State, name: str, folder: Path, as_json: bool) -> None:
    """Write RECORD with its versions, raw objects and media into a new FOLDER, unredacted.

    This is for the agency's own use. What goes to a requester is made by `archiver produce`.
    """
    home = state.found_home
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: name a new folder")
    with state.office() as office, _reading(state, office, (name,)) as files:
        connection, found = _find(files, name)
        access = Access.PRIVATE if found.file == "private" else Access.PUBLIC
        all_versions = reading.versions(connection, found.id)
        raws = {each.n: reading.raw_of(connection, each.id) for each in all_versions}
        with Archive.open(home, whole=True) as all_of_it:
            quoting = [
                n
                for n, raw in raws.items()
                if quotes_what_is_in_quarantine(office, archive_files(all_of_it), raw)
            ]
        media = reading.media_of(connection, found.id)
        events = reading.events_of(connection, found.id)
        with write_transaction(office):
            audit(office, actor=actor(), action="record exported", subject=name)
    folder.mkdir(parents=True, exist_ok=True)
    for n in quoting:
        del raws[n]
    for n, raw in raws.items():
        (folder / f"version-{n}.raw.json").write_bytes(raw)
    for each in media:
        if each.sha256:
            held = find_media(home, access, each.sha256)
            if held is None:
                raise IntegrityError(f"a picture of {name} is missing: run `archiver verify`")
            shutil.copyfile(held, folder / f"media-{each.position + 1}-{each.sha256[:12]}")
    whole = {"record": found, "versions": all_versions, "media": media, "events": events}
    (folder / "record.json").write_text(json.dumps(plain(whole), indent=2), "utf-8")
    if as_json:
        left_out = {"left_out": quoting} if quoting else {}
        print_json({"folder": folder, "versions": len(raws), "media": len(media), **left_out})
    else:
        say(f"{folder}: {len(raws)} versions, {len(media)} media")
        for n in quoting:
            say(f"The object of version {n} is left out: it quotes a record in quarantine.")


@contextmanager
def _reading(
    state: State, office: sqlite3.Connection, what: tuple[str, ...]
) -> Iterator[Mapping[str, sqlite3.Connection]]:
    """The evidence files, and a line in the audit: looking at private records leaves a trace."""
    with write_transaction(office):
        audit(office, actor=actor(), action="looked up", subject=" ".join(what)[:200])
    with Archive.open(state.found_home) as archive:
        yield archive_files(archive)


def _find(
    files: Mapping[str, sqlite3.Connection], name: str
) -> tuple[sqlite3.Connection, reading.Record]:
    file, number = record_key(name)
    found = reading.record(files[file], number)
    if found is None:
        raise InputError(f"no record {file}:{number}: `archiver search` prints the names")
    return files[file], found


def _say_results(found: Results, zone: str) -> None:
    for note in found.notes:
        say(note)
    if found.nothing:
        say(found.nothing)
        return
    for hit in found.rows:
        name = f"{hit.file}:{hit.id}"
        say(f"{name}  {clock.shown(hit.created_at, zone)}  {hit.platform} {_kind(hit)}")
        author = hit.author_name or hit.author_handle
        said = ": ".join(each for each in (author, hit.snippet.text) if each)
        say("    " + one_line(said, screen_width() - 4))
    count = f"{found.count:,}" if found.count_exact else f"at least {found.count:,}"
    since = f", counted back to {found.counted_back_to}" if found.counted_back_to else ""
    if found.rows:
        say("")
    say(f"{count} records{since}.")
    if found.next:
        say(f"More: repeat with --before {found.next}")


def _kind(hit: Hit) -> str:
    marks = [state for state in hit.states if state not in ("live", "public")]
    return hit.kind + (f" ({', '.join(marks)})" if marks else "")
