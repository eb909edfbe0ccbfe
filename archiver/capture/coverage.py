"""What a night covered, in words a clerk can sign: per kind, from when to when, how far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archiver.errors import ArchiverError, RateLimited
from archiver.items import Capability, Extent, Kind, Relation

STATES = ("complete", "partial", "none")
BEFORE_THE_FIRST = "what was deleted before the city first looked cannot be seen"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of coverage. `start` None means from the account's beginning."""

    what: Kind | Relation
    start: str | None
    end: str
    state: str
    reason: str = ""


def covered(
    what: Kind | Relation, capability: Capability, start: str | None, end: str, reason: str = ""
) -> Statement:
    """The statement after a walk that ended by itself: complete, unless the source never gives
    all of it or something was left open."""
    reasons = [reason] if reason else []
    if capability.extent is not Extent.FULL:
        reasons.insert(0, capability.reason)
    return Statement(what, start, end, "partial" if reasons else "complete", "; ".join(reasons))


def broken_off(
    what: Kind | Relation, start: str | None, end: str, error: ArchiverError, *, began: bool
) -> Statement:
    """The statement after a walk that an error ended."""
    reason = str(error)
    if isinstance(error, RateLimited):
        reason += "; the next run goes on from here"
    return Statement(what, start, end, "partial" if began else "none", reason)


def joined(one: Statement | None, other: Statement) -> Statement:
    """What two steps of the same kind covered together: no further back than the shorter one, no
    better than the worse one, with the reasons of both."""
    if one is None:
        return other
    start = (
        None
        if one.start is None and other.start is None
        else max(one.start or "", other.start or "")
    )
    state = max(one.state, other.state, key=STATES.index)
    reasons = dict.fromkeys(reason for reason in (one.reason, other.reason) if reason)
    return Statement(one.what, start, other.end, state, "; ".join(reasons))


def divided(statement: Statement, first: str | None) -> list[Statement]:
    """A statement as it may be signed: what lies before `first`, the moment of the first walk of
    that kind (None: this is it), is partial, for what was deleted by then was never seen."""
    first = first or statement.end
    start = statement.start or ""
    if statement.state == "none" or isinstance(statement.what, Relation) or start >= first:
        return [statement]
    reason = "; ".join(filter(None, (statement.reason, BEFORE_THE_FIRST)))
    parts = [replace(statement, end=first, state="partial", reason=reason)]
    if first < statement.end:
        parts.append(replace(statement, start=first))
    return parts


def not_given(what: Kind | Relation, capability: Capability, end: str) -> Statement:
    """The statement for what a source never gives."""
    reason = capability.reason
    if capability.instead:
        reason += f"; instead: {capability.instead}"
    return Statement(what, None, end, "none", reason)
