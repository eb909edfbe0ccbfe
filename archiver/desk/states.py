"""The states of a record as badges: a word and a tone, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from archiver import clock
from archiver.archive.reading import Record
from archiver.archive.search import Hit
from archiver.desk.words import state_name


@dataclass(frozen=True, slots=True)
class State:
    """A badge. `tone` is ok, warn, bad, info or empty."""

    text: str
    tone: str = ""


_VISIBILITY = {
    "hidden": State("Hidden by the city", "warn"),
    "pending": State("Waiting for approval", "warn"),
    "rejected": State("Rejected", "warn"),
    "draft": State("Draft"),
    "scheduled": State("Scheduled"),
}
_CONTENT = {
    "truncated": State("Cut short by the platform", "warn"),
    "encrypted": State("Encrypted, not readable", "warn"),
    "unavailable": State("Content not available", "warn"),
}


def states_of(record: Record, time_zone: str) -> list[State]:
    """What a reader must know about a record beside its words."""
    presence = _presence(record, time_zone)
    states = [] if presence.tone == "ok" and record.kind == "message" else [presence]
    if record.version_count > 1:
        states.append(edited(record.version_count))
    for states_by, value in ((_VISIBILITY, record.visibility), (_CONTENT, record.content_state)):
        if value in states_by:
            states.append(states_by[value])
    if record.file == "private":
        states.append(State("Restricted: private"))
    if record.undated:
        states.append(State("No date of its own"))
    return states


_TONES = {"live": "ok", "edited": "info", "removed": "bad", "draft": "", "scheduled": ""}


def named_states(hit: Hit, time_zone: str) -> list[State]:
    """The states of a line of search results."""
    states = []
    for name in hit.states:
        if name == "removed" and hit.removed_at is not None:
            day = clock.local_day(hit.removed_at, time_zone)
            states.append(State(f"Gone since {clock.shown_day(day, weekday=False)}", "bad"))
        elif name == "live" and hit.kind == "message":
            continue
        elif name == "edited":
            states.append(edited(hit.version_count))
        elif name == "unconfirmed":
            states.append(State(state_name(name)))
        else:
            states.append(State(state_name(name), _TONES.get(name, "warn")))
    if hit.file == "private":
        states.append(State("Restricted: private"))
    if hit.undated:
        states.append(State("No date of its own"))
    return states


def edited(version_count: int) -> State:
    """How often a record was edited, as far as its versions tell."""
    times = version_count - 1
    if times <= 0:
        return State("Edited", "info")
    return State("Edited once" if times == 1 else f"Edited {times} times", "info")


def _presence(record: Record, time_zone: str) -> State:
    if record.presence == "absent":
        if record.removed_at is None:
            return State("Gone", "bad")
        day = clock.local_day(record.removed_at, time_zone)
        return State(f"Gone since {clock.shown_day(day, weekday=False)}", "bad")
    if record.presence == "unknown":
        return State("Not confirmed lately")
    return State("Live", "ok")


def removed_by(record: Record) -> str:
    """Who took it away, as far as anybody knows."""
    known = {"author": "its author", "agency": "the city", "platform": "the platform"}
    return known.get(record.removed_by or "", "nobody has recorded who")
