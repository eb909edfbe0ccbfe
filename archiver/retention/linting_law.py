"""What a lawyer asks of one series: floor, exceptions, classes never destroyed, attestation."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from archiver.retention.floors import (
    EXCEPTIONS,
    FLOOR_AUTHORITY,
    NEVER,
    exception_of,
    floor_of,
    never_words,
)
from archiver.retention.schedules import (
    OF_REQUESTS,
    REQUEST_CLOSED,
    YEAR_ENDS,
    Cutoff,
    Series,
)


@dataclass(frozen=True, slots=True)
class LawFinding:
    """Something found at a key of a series (``()``: at the series itself)."""

    key: tuple[str, ...]
    rule: str
    severity: str
    sentence: str


def law_findings(
    series: Series, agency_kind: str, events: Collection[str], attested: bool
) -> Iterator[LawFinding]:
    """What the law says to a series of that kind of agency. `events` are those the schedule lists,
    `attested` says that the city attorney has attested the series as it stands."""
    yield from _exception(series, agency_kind)
    yield from _floor(series, agency_kind)
    yield from _never(series, agency_kind)
    yield from _event(series, events)
    yield from _removed(series)
    if series.year_end and series.year_end not in YEAR_ENDS:
        sentence = f"year_end {series.year_end!r} is neither calendar nor fiscal."
        yield LawFinding(("year_end",), "unknown year end", "error", sentence)
    if series.mark in ("C", "K", "?") and not attested:
        sentence = (
            f"mark {series.mark}: not read in the law itself; nothing is disposed of under it "
            "before the city attorney attests it."
        )
        yield LawFinding(("mark",), "not attested", "warning", sentence)


def _floor(series: Series, agency_kind: str) -> Iterator[LawFinding]:
    found = floor_of(agency_kind, series.exception)
    if found is None or series.period.reaches(found[0]) or series.period.permanent:
        return
    least, authority = found
    key = "rule" if series.rule else "follows" if series.follows else "period"
    by_exception = authority != FLOOR_AUTHORITY.get(agency_kind)
    if series.period.at_once and not by_exception:
        sentence = (
            f"ends with its event: what is then less than {least.words} old is kept on until it is "
            f"({authority})."
        )
        yield LawFinding((key,), "floor decides", "warning", sentence)
    elif by_exception:
        sentence = (
            f"{series.period.words} is shorter than the {least.words} its exception {authority} "
            "asks for."
        )
        yield LawFinding((key,), "exception too short", "error", sentence)
    else:
        sentence = (
            f"{series.period.words} is below the floor of {least.words} ({authority}), and no "
            "valid exception to it is named."
        )
        yield LawFinding((key,), "below the floor", "error", sentence)


def _exception(series: Series, agency_kind: str) -> Iterator[LawFinding]:
    if not series.exception:
        return
    known = exception_of(series.exception)
    if known is None:
        near = difflib.get_close_matches(series.exception, EXCEPTIONS, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]!r}?" if near else f"listed are {', '.join(EXCEPTIONS)}."
        sentence = f"exception {series.exception!r} is not listed: {meant}"
        yield LawFinding(("exception",), "unknown exception", "error", sentence)
    elif known.agency_kind != agency_kind:
        sentence = f"exception {known.authority} is made for a {known.agency_kind}."
        yield LawFinding(("exception",), "exception of another agency", "error", sentence)
    elif known.mark != "S":
        sentence = (
            f"exception {known.authority} was not read (mark {known.mark}): the floor of two years "
            "holds all the same."
        )
        yield LawFinding(("exception",), "unverified exception", "warning", sentence)
    else:
        sentence = f"rests on the exception for {known.title} ({known.authority}) and no other."
        yield LawFinding(("exception",), "exception", "note", sentence)


def _never(series: Series, agency_kind: str) -> Iterator[LawFinding]:
    if not series.never:
        return
    if series.never not in NEVER:
        sentence = f"never {series.never!r} is none of {', '.join(NEVER)}."
        yield LawFinding(("never",), "unknown never", "error", sentence)
    elif not series.period.permanent:
        why = never_words(series.never, agency_kind)
        sentence = f'is never destroyed, because {why}, and yet has an end: write rule = "P".'
        yield LawFinding(("never",), "never destroyed with an end", "error", sentence)


def _removed(series: Series) -> Iterator[LawFinding]:
    if series.cutoff is not Cutoff.CREATED or not series.when.removed_only:
        return
    if series.period.permanent:
        return
    key = "rule" if series.rule else "follows" if series.follows else "cutoff"
    sentence = (
        "says that removed content is kept from its creation: it is kept from the later of "
        "creation and removal all the same (write RM)."
    )
    yield LawFinding((key,), "removed content", "warning", sentence)


def _event(series: Series, events: Collection[str]) -> Iterator[LawFinding]:
    waits = series.cutoff is Cutoff.EVENT_ENDED
    if waits and not series.event:
        sentence = 'runs from the end of an event and does not name it: write event = "…".'
        yield LawFinding(("rule" if series.rule else "cutoff",), "no event", "error", sentence)
    elif series.event and not waits:
        sentence = f"names the event {series.event!r} and does not run from it."
        yield LawFinding(("event",), "event not used", "error", sentence)
    elif series.event == REQUEST_CLOSED:
        others = [kind for kind in series.when.kind or ("everything",) if kind not in OF_REQUESTS]
        if others:
            sentence = (
                f"waits for {REQUEST_CLOSED!r}, which only {' and '.join(OF_REQUESTS)} have, and "
                f"takes in {', '.join(others)}: that would be kept for ever."
            )
            yield LawFinding(("event",), "event of requests", "error", sentence)
    elif series.event and series.event not in events:
        near = difflib.get_close_matches(series.event, [*events, REQUEST_CLOSED], n=1)
        meant = f" did you mean {near[0]!r}?" if near else " list it under [events]."
        sentence = f"event {series.event!r} is not in the schedule's list of events:{meant}"
        yield LawFinding(("event",), "unlisted event", "error", sentence)
