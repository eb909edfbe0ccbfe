"""One record: in its conversation, with its versions, its evidence and what keeps it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.archive.pairs import decisions_on, open_proposals_on
from archiver.archive.pairs_reading import counterparts_of
from archiver.archive.reading import (
    Event,
    Evidence,
    Record,
    Version,
    events_of,
    evidence_of,
    record,
    thread,
    versions,
)
from archiver.archive.retention_marks import Move, retention_history
from archiver.capture.forwarding import SOURCE
from archiver.database import row
from archiver.desk import words
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.differences import Piece, word_difference
from archiver.desk.galleries import gallery
from archiver.desk.looking import note_look
from archiver.desk.searching import read_wanted
from archiver.desk.states import removed_by, states_of
from archiver.desk.threads import conversation
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.register.accounts import account_by_id, list_accounts
from archiver.requests.book import open_requests, requests_touching
from archiver.requests.custodians.repeats import repeats_of_record
from archiver.requests.forwards.forwarding import forward_of_record
from archiver.requests.forwards.stating import received_in, statements_of
from archiver.retention.explaining import Explanation, explain, told_move
from archiver.retention.quarantine import QuarantineKind, standing_over
from archiver.staff.roles import MANAGE_REQUESTS, VIEW_QUARANTINE, VIEW_REQUESTS

_MOST = 1_000
_HAPPENED = {
    "gone": "Gone from the platform",
    "reappeared": "Back on the platform",
    "hidden": "Hidden",
    "unhidden": "Shown again",
    "unknown": "Could not be confirmed",
    "edited": "Edited",
    "media received": "Picture or file received later",
    "unreadable": "Could not be read",
    "paired": "Counted as one with another record",
    "taken apart": "Taken apart from another record",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something in the life of a record: a version, with what changed, or an event."""

    at: str
    title: str
    number: int | None
    pieces: list[Piece]
    told: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """The seal that covers a version."""

    number: int
    at: str


def show(visit: Visit, asked: Asked) -> Answer:
    """The page of a record.

    Raises NotHere where there is none, or none this person may know of.
    """
    file, record_id = asked.parts["file"], int(asked.parts["id"])
    zone = visit.desk.settings.time_zone
    with visit.evidence() as files:
        connection = files.get(file)
        found = record(connection, record_id) if connection is not None else None
        if connection is None or found is None:
            return _elsewhere(visit, file, record_id)
        if file == "private":
            note_look(visit, "viewed", f"private record {found.id}")
        kept = versions(connection, record_id)
        current = next((each for each in kept if each.id == found.version_id), kept[-1])
        entries = thread(connection, found, limit=_MOST)
        talk = conversation(entries, found, whole=bool(asked.asked("all")))
        evidence = evidence_of(connection, current)
        shown = {
            "record": found,
            "states": states_of(found, zone),
            "talk": talk,
            "others": len(entries) - 1,
            "kinds": list(QuarantineKind),
            "pictures": {
                node.record.id: gallery(connection, node.record.id)
                for node in talk.nodes()
                if node.record.media_count
            },
            "badges": {
                node.record.id: [
                    state for state in states_of(node.record, zone) if state.tone != "ok"
                ]
                for node in talk.nodes()
            },
            "versions": kept,
            "steps": steps_of(
                kept,
                events_of(connection, record_id),
                zone,
                moves=retention_history(connection, record_id),
            ),
            "evidence": evidence,
            "captured_from": captured_from(evidence),
            "sealed": _sealed(files["archive"], connection, file, current),
            "current": current,
            "kept": _explained(visit, connection, file, record_id),
            "same": [
                (each, captured_from(each.evidence)) for each in counterparts_of(connection, found)
            ],
            "decisions": decisions_on(connection, record_id),
            "proposed": len(open_proposals_on(connection, record_id)),
            "both": _both_sources(connection, kept),
        }
    wanted = read_wanted(asked.query)
    return Page(
        "record.html",
        {
            **shown,
            "title": f"{words.kind_name(found.kind, found.form)} by ",
            "removed_by": removed_by(found),
            "today": clock.now().astimezone(clock.zone(zone)).date(),
            "wanted": wanted,
            "search": wanted.address() if not wanted.empty else "",
            **_office(visit, found),
        },
    )


def _elsewhere(visit: Visit, file: str, record_id: int) -> Redirect:
    """To the page of what is in quarantine, for who decides about it; for others there is none."""
    if visit.may(VIEW_QUARANTINE):
        with visit.office() as office:
            if standing_over(office, file, record_id) is not None:
                return Redirect(f"/quarantine/{file}/{record_id}")
    raise NotHere


def steps_of(
    kept: Sequence[Version], events: Sequence[Event], zone: str, *, moves: Sequence[Move] = ()
) -> list[Step]:
    """Versions with their differences, events and moves of the day it is kept until, in the order
    they were observed."""
    steps: list[Step] = []
    before: Version | None = None
    for place, version in enumerate(kept):
        title = "First captured" if place == 0 else "Edited, seen"
        if version.late:
            title = "An earlier version, learned of"
        pieces = (
            [Piece("same", version.text)]
            if before is None
            else word_difference(before.text, version.text)
        )
        told = (
            "" if before is None or before.text != version.text else _other_change(before, version)
        )
        steps.append(Step(version.observed_at, title, place + 1, pieces, told))
        before = version
    for event in events:
        if event.what in _HAPPENED and event.what != "edited":
            steps.append(
                Step(event.observed_at, _HAPPENED[event.what], None, [], _event_words(event, zone))
            )
    steps += [
        Step(move.at, "Kept-until date changed", None, [], told_move(move, zone))
        for move in reversed(moves)
    ]
    return sorted(steps, key=lambda step: step.at)


def captured_from(evidence: Evidence) -> str:
    """Where a version comes from, in words."""
    if evidence.original is not None:
        if evidence.source == SOURCE:
            return "A file that was handed in, kept as it was received"
        return "The platform’s data download, kept as received"
    if evidence.exchange is not None:
        return "The platform’s interface, the answer kept as received"
    return f"Run {evidence.run_id}, {evidence.source}"


def _both_sources(
    connection: sqlite3.Connection, kept: Sequence[Version]
) -> list[tuple[str, Evidence, str]]:
    """Where a record stands whose versions came from a download and from an interface: the newest
    version of each, with when it was observed. Nothing where they came from one of the two."""
    newest: dict[bool, tuple[str, Evidence, str]] = {}
    for version in kept:
        if (version.details.original is None) is (version.details.exchange is None):
            continue
        found = evidence_of(connection, version)
        newest[found.original is not None] = (captured_from(found), found, version.observed_at)
    return list(newest.values()) if len(newest) > 1 else []


def _other_change(before: Version, after: Version) -> str:
    changed = [
        name
        for name, differs in (
            ("author", before.author != after.author),
            ("place in the conversation", before.place != after.place),
            ("pictures or files", before.media != after.media),
        )
        if differs
    ]
    said = " and ".join(changed) or "links or other particulars"
    return f"The words are the same; the {said} changed."


def _event_words(event: Event, zone: str) -> str:
    said = []
    if event.at != event.observed_at and event.what in ("gone", "hidden", "unhidden"):
        said.append(f"The source gives the moment: {clock.shown(event.at, zone)}.")
    reason = event.detail.get("reason")
    if isinstance(reason, str) and reason:
        said.append(reason[:1].upper() + reason[1:] + ("" if reason.endswith(".") else "."))
    return " ".join(said)


def _sealed(
    archive: sqlite3.Connection, connection: sqlite3.Connection, file: str, version: Version
) -> Sealed | None:
    leaf = row(connection, "SELECT leaf FROM versions WHERE id = ?", version.id)
    if leaf is None:
        return None
    part = "private" if file == "private" else "public"
    found = row(
        archive,
        f"SELECT n, sealed_at FROM seals WHERE {part}_first <= ?1 AND {part}_last >= ?1",
        leaf["leaf"],
    )
    return None if found is None else Sealed(found["n"], found["sealed_at"])


def _explained(
    visit: Visit, connection: sqlite3.Connection, file: str, record_id: int
) -> Explanation | str:
    """Why it is kept, or one sentence why that cannot be said."""
    try:
        with visit.office() as office:
            return explain(
                office,
                connection,
                file,
                record_id,
                settings=visit.desk.settings,
                accounts=list_accounts(office),
            )
    except ArchiverError as error:
        return str(error)


def _office(visit: Visit, found: Record) -> Mapping[str, object]:
    with visit.office() as office:
        try:
            account = account_by_id(office, found.account_id)
        except ArchiverError:
            account = None
        numbers = (
            requests_touching(office, found.file, found.id) if visit.may(VIEW_REQUESTS) else []
        )
        requests = open_requests(office) if visit.may(MANAGE_REQUESTS) else None
    return {
        "account": account,
        "in_requests": numbers,
        "requests": requests,
        "forwarded": _forwarded(visit, found),
    }


def _forwarded(visit: Visit, found: Record) -> Mapping[str, object] | None:
    """How a record that an official forwarded came in, as they stated it; None for every other."""
    if found.file != "private":
        return None
    with visit.office() as office:
        came = forward_of_record(office, found.id)
        if came is None:
            return None
        stated = statements_of(office, came.id)
        repeats = repeats_of_record(office, found.id)
    last = stated[-1] if stated else None
    zone = visit.desk.settings.time_zone
    return {
        "forward": came,
        "stated": last,
        "received": received_in(last.received, zone) if last else "",
        "repeats": repeats,
    }
