"""Logging a request with all that came with it, in one transaction: nothing of it, or all."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass, field

from archiver.config import Home, Settings
from archiver.requests.intake import Request, new_request
from archiver.requests.receiving.attaching import NewFile, enter_file, files_whole
from archiver.requests.receiving.queue import enter_source
from archiver.requests.receiving.referring import enter_reference
from archiver.requests.receiving.relating import enter_relation
from archiver.requests.receiving.scope import Scope, enter_scope


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """The number a request bears in another system."""

    system: str
    number: str
    dated: dt.date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it arrived. `received_at` is UTC text; `relations` are pairs of relation and
    number; `source` is the record (file, id, version id) whose words it is made of."""

    received_at: str
    channel: str
    verbatim: str
    requester: str | None = None
    contact: str | None = None
    scope: str = ""
    practice: bool = False
    fields: Scope = field(default_factory=Scope)
    numbers: tuple[OtherNumber, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    files: tuple[NewFile, ...] = ()
    source: tuple[str, int, int] | None = None


def log_arrival(
    home: Home, conn: sqlite3.Connection, settings: Settings, arrival: Arrival, *, actor: str
) -> Request:
    """Log a request under the next number, with its scope, links, numbers, files and source.

    Raises what `new_request` and the parts raise; then nothing is kept, and no number is taken.
    """
    with files_whole() as kept:

        def enter(conn: sqlite3.Connection, request: Request) -> None:
            enter_scope(conn, request, arrival.fields, actor=actor)
            for relation, number in arrival.relations:
                enter_relation(conn, request, number, relation, actor=actor)
            for each in arrival.numbers:
                enter_reference(
                    conn,
                    request,
                    actor=actor,
                    system=each.system,
                    reference=each.number,
                    dated=each.dated,
                    note_text=each.note,
                )
            for file in arrival.files:
                enter_file(home, conn, request, file, actor=actor, kept=kept)
            if arrival.source is not None:
                enter_source(conn, request, *arrival.source, actor=actor)

        return new_request(
            conn,
            settings,
            actor=actor,
            received_at=arrival.received_at,
            channel=arrival.channel,
            verbatim=arrival.verbatim,
            requester=arrival.requester,
            contact=arrival.contact,
            scope=arrival.scope,
            practice=arrival.practice,
            also=enter,
        )
