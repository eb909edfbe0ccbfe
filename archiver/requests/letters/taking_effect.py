"""What a letter does to its request once it has gone out: a notice extends, a determination ends
the ten days (Gov. Code § 7922.535), a question waits for its answer."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver import clock
from archiver.config import Settings
from archiver.errors import ArchiverError
from archiver.requests.intake import get_request, note
from archiver.requests.letters.values import read_day, read_time
from archiver.requests.letters.writing import TYPED, Letter
from archiver.requests.timing.clarifying import ask_clarification
from archiver.requests.timing.determining import Outcome, note_determination
from archiver.requests.timing.extensions import extend_request, extensions_of

_SAID = {"yes": Outcome.DISCLOSABLE, "part": Outcome.IN_PART, "no": Outcome.DENIED}


def take_effect(
    conn: sqlite3.Connection, settings: Settings, letter: Letter, *, actor: str, sent_at: str
) -> None:
    """Write down, in the transaction that marks a letter as sent (UTC text), what it brought about.

    A letter that went out cannot be called back: where the law gives it no effect, that is written
    into the request's history with the reason, and the sending stands.
    """
    try:
        if letter.kind == "extension":
            _extend(conn, settings, letter, actor)
        elif letter.kind in ("determination", "denial", "no-records"):
            _determine(conn, settings, letter, actor, sent_at)
        elif letter.kind == "clarification":
            asked = _typed(letter, "question")
            ask_clarification(conn, letter.request, actor=actor, words=asked)
    except ArchiverError as refused:
        note(
            conn,
            get_request(conn, letter.request),
            actor=actor,
            kind="letter without effect",
            detail={"letter": letter.id, "why": str(refused)},
        )


def _extend(conn: sqlite3.Connection, settings: Settings, letter: Letter, actor: str) -> None:
    if extensions_of(conn, get_request(conn, letter.request)):
        return
    person, _, title = letter.data["signer"].partition(", ")
    until = read_day(_typed(letter, "dispatch_by"))
    if until is None:
        return
    extend_request(
        conn,
        settings,
        letter.request,
        actor=actor,
        circumstance=_typed(letter, "circumstance"),
        reason=_typed(letter, "detail"),
        determination_on=until,
        person=person,
        title=title,
    )


def _determine(
    conn: sqlite3.Connection, settings: Settings, letter: Letter, actor: str, sent_at: str
) -> None:
    if letter.kind == "determination":
        outcome = _SAID[_typed(letter, "outcome")]
    elif letter.kind == "denial":
        whole = letter.data["extent_code"] == "whole"
        outcome = Outcome.DENIED if whole else Outcome.IN_PART
    else:
        outcome = Outcome.NO_RECORDS
    note_determination(
        conn,
        get_request(conn, letter.request),
        actor=actor,
        sent_at=sent_at,
        outcome=outcome,
        available_at=_available(letter, settings) if outcome.discloses else None,
    )


def _available(letter: Letter, settings: Settings) -> str | None:
    day = read_day(_typed(letter, "available_on"))
    time = read_time(_typed(letter, "available_at"))
    if day is None or time is None:
        return None
    return clock.to_text(dt.datetime.combine(day, time, clock.zone(settings.time_zone)))


def _typed(letter: Letter, name: str) -> str:
    return letter.data.get(f"{TYPED}{name}", "").strip()
