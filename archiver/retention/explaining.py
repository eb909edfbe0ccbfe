"""Why is this kept until then? The answer in sentences a clerk can read out."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver import clock
from archiver.archive.retention_marks import Move, retention_history
from archiver.clock import local_day, now_text, shown_day
from archiver.config import Settings
from archiver.errors import InputError
from archiver.register.accounts import Account
from archiver.register.office import home_of
from archiver.retention.adopted import adoption_of
from archiver.retention.attesting import attestation_of
from archiver.retention.facts import Marked, marked_record
from archiver.retention.floors import FLOOR_AUTHORITY, exception_of, never_words
from archiver.retention.holds import Hold, holds_on
from archiver.retention.in_force import rulebook
from archiver.retention.marking import mark_for, schedule_in_force
from archiver.retention.rules import Facts, Ruling, Term, floor_on
from archiver.retention.schedules import Cutoff, Schedule, Series

APPROVALS: Mapping[str, str] = {
    "city": "the council's resolution and the city attorney's written consent (Gov. Code § 34090)",
    "county": "the approval of the board of supervisors (Gov. Code § 26202)",
    "district": "the authority its statute requires (Gov. Code § 60201)",
}
"""Without what nothing is destroyed, by kind of agency."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a record is kept: `sentences` to be read out, and the values they rest on.

    `retain_until` is the first day on which disposition may be considered; None where it is kept
    for ever, waits for an event, or is in no series. `history` holds every move of that day, the
    newest first.
    """

    file: str
    record_id: int
    rule: str | None
    series: str | None
    event: str | None
    cutoff_on: dt.date | None
    retain_until: dt.date | None
    authority: str | None
    holds: tuple[Hold, ...]
    sentences: tuple[str, ...]
    history: tuple[Move, ...] = ()

    @property
    def text(self) -> str:
        """The sentences, one to a line."""
        return "\n".join(self.sentences)


def explain(
    office: sqlite3.Connection,
    conn: sqlite3.Connection,
    file: str,
    record_id: int,
    *,
    settings: Settings,
    accounts: Sequence[Account],
) -> Explanation:
    """Say why a record is kept and until when, with rule, event, date, authority, what else applied
    and why the longest won, and which holds keep it whatever the date.

    `conn` is the evidence file named by `file` ("archive" or "private"). Computed afresh from the
    record's facts; where the stored mark differs, it says so. Raises InputError where there is no
    such record or the schedule cannot be read.
    """
    schedule = schedule_in_force(settings, home_of(office))
    record = marked_record(conn, record_id, settings.time_zone)
    if record is None:
        raise InputError(f"no record {record_id} in {file}")
    book = rulebook(office, settings, home_of(office), accounts, schedule=schedule)
    ruling = book.rule(record.facts)
    today = local_day(now_text(), settings.time_zone)
    holds = tuple(holds_on(office, file, record_id))
    sentences = (
        [_without(schedule, record.facts)]
        if ruling is None
        else _said(office, schedule, record.facts, ruling, today)
    )
    sentences += _held(holds)
    history = tuple(retention_history(conn, record_id))
    sentences += [told_move(move, settings.time_zone) for move in history]
    if mark_for(schedule, record, ruling) is not None:
        sentences.append(_mark_differs(record))
    if ruling is None:
        none = (None, None, None, None, None, None)
        return Explanation(file, record_id, *none, holds, tuple(sentences), history)
    term = ruling.winner
    return Explanation(
        file=file,
        record_id=record_id,
        rule=schedule.rule(term.series),
        series=term.series.code,
        event=term.series.cutoff.value,
        cutoff_on=term.cutoff_on,
        retain_until=ruling.until,
        authority=term.series.authority,
        holds=holds,
        sentences=tuple(sentences),
        history=history,
    )


def _said(
    office: sqlite3.Connection,
    schedule: Schedule,
    facts: Facts,
    ruling: Ruling,
    today: dt.date,
) -> list[str]:
    term = ruling.winner
    named = f"series {term.series.code}, “{term.series.title}”"
    adoption = adoption_of(office, schedule)
    adopted = "" if adoption is None else f", adopted by {adoption.words}"
    where = f"by schedule {schedule.id} {schedule.version}{adopted}"
    sentences = [_until(facts, ruling, today)]
    if term.permanent:
        sentences.append(f"{_capital(named)}, is permanent under {term.series.authority}, {where}.")
    elif term.cutoff_on is None:
        sentences.append(
            f"{_capital(named)}, keeps it for {term.series.period.words} from the day "
            f"{_event_words(term.series, facts)}, which has not come, under "
            f"{term.series.authority}, {where}."
        )
    else:
        sentences.append(
            f"{_capital(named)}, keeps it for {term.series.period.words} from the day "
            f"{_event_words(term.series, facts)}, {_full(term.cutoff_on)}, under "
            f"{term.series.authority}, {where}."
        )
        sentences += _rolled(term)
    if term.series.never:
        reason = never_words(term.series.never, schedule.agency_kind)
        sentences.append(f"It is never destroyed, because {reason}.")
    if facts.undated:
        sentences.append("The platform gave no date; the day it was captured stands for it.")
    sentences += _others(ruling)
    sentences += _floor(schedule, facts, ruling)
    sentences += _disposition(office, schedule, ruling, today)
    return sentences


def _until(facts: Facts, ruling: Ruling, today: dt.date) -> str:
    if ruling.until is not None and ruling.until <= today:
        return f"This {facts.kind} had to be kept until {_full(ruling.until)}, which has passed."
    if ruling.until is not None:
        return f"This {facts.kind} is kept until {_full(ruling.until)}."
    if ruling.winner.permanent:
        return f"This {facts.kind} is kept for ever."
    return f"This {facts.kind} is kept; the day from which its period runs has not come."


def _event_words(series: Series, facts: Facts) -> str:
    if not series.year_end:
        return _event(series, facts)
    year = f"{series.year_end} year"
    return f"the {year} had ended in which {_event(series, facts)}"


def _event(series: Series, facts: Facts) -> str:
    if not series.when.removed_only:
        return _event_of(series.cutoff, series.event, facts)
    if series.cutoff in (Cutoff.CREATED, Cutoff.REMOVED):
        return _event_of(Cutoff.REMOVED, "", facts)
    named = _event_of(series.cutoff, series.event, facts)
    return f"{named}, or, if that was later, it was removed"


def _event_of(cutoff: Cutoff, event: str, facts: Facts) -> str:
    if cutoff is Cutoff.CREATED:
        if facts.changed_on is None or facts.changed_on <= facts.created_on:
            return "it was created"
        return "its last change was first seen" if facts.change_seen else "it was last edited"
    if cutoff is Cutoff.REMOVED:
        what = "removed" if facts.removed else "hidden"
        return f"it was {what} (the later of that and of its creation)"
    if cutoff is Cutoff.ACCOUNT_CLOSED:
        return "its account was closed"
    if cutoff is Cutoff.EVENT_ENDED:
        return f"“{event}” ended (the later of that and of its creation)"
    return "it was superseded, removed or closed with its account"


def _rolled(term: Term) -> list[str]:
    """The words for an anniversary that does not exist."""
    period = term.series.period
    if term.cutoff_on is None or term.until is None or period.days:
        return []
    if term.until.day == term.cutoff_on.day:
        return []
    return [
        f"There is no {term.cutoff_on.day}{_ordinal(term.cutoff_on.day)} in that month, so the "
        f"period ends on the next day, {_full(term.until)}, never earlier (Gov. Code §§ 6803-6804)."
    ]


def _others(ruling: Ruling) -> list[str]:
    others = [term for term in ruling.terms if term is not ruling.winner]
    if not others:
        return []
    said = "; ".join(
        f"{term.series.code}, “{term.series.title}”, {_reach(term)}" for term in others
    )
    equal = all(term.rank == ruling.winner.rank for term in others)
    why = "They reach equally far." if equal else "The longest applies."
    return [f"Also in question: {said}. {why}"]


def _reach(term: Term) -> str:
    if term.permanent:
        return "for ever"
    return "no day yet" if term.until is None else f"until {_full(term.until)}"


def _floor(schedule: Schedule, facts: Facts, ruling: Ruling) -> list[str]:
    if not ruling.by_floor or ruling.winner.until is None:
        return []
    short = f"The series alone would reach until {_full(ruling.winner.until)}, but"
    latest = f"its latest date is {_full(facts.latest_on)}."
    authority = FLOOR_AUTHORITY.get(schedule.agency_kind)
    if authority is not None and ruling.floor_on == floor_on(schedule.agency_kind, facts):
        return [
            f"{short} statute forbids destroying a {schedule.agency_kind} record less than two "
            f"years old ({authority}), and {latest}"
        ]
    named = [exception_of(term.series.exception) for term in ruling.terms if term.series.exception]
    said = "; ".join(f"{each.authority}, {each.minimum.words}" for each in named if each)
    return [f"{short} the exception it names has a minimum of its own ({said}), and {latest}"]


def _disposition(
    office: sqlite3.Connection, schedule: Schedule, ruling: Ruling, today: dt.date
) -> list[str]:
    """What may happen when the day has come; an unverified period lets nothing happen."""
    series = ruling.winner.series
    attestation = attestation_of(office, schedule, series)
    sentences = []
    if series.never:
        said = never_words(series.never, schedule.agency_kind)
        return [f"It is never destroyed: {said}."]
    if series.mark != "S" and attestation is None:
        sentences.append(
            f"This period is not verified (mark {series.mark}) and not attested: it keeps the "
            "record, and nothing may be disposed of under it before the city attorney attests it."
        )
    elif ruling.until is not None:
        since = "Since then" if ruling.until <= today else "From that day on"
        sentences.append(
            f"{since} it may be considered for disposition; nothing is destroyed without "
            f"{APPROVALS[schedule.agency_kind]}."
        )
    if attestation is not None:
        sentences.append(f"Attested by {attestation.attorney} on {attestation.attested_on}.")
    return sentences


def _without(schedule: Schedule, facts: Facts) -> str:
    return (
        f"No series of schedule {schedule.id} {schedule.version} applies to this {facts.kind}: it "
        "is kept until one does."
    )


def _held(holds: tuple[Hold, ...]) -> list[str]:
    if not holds:
        return ["No hold is on it."]
    said = "; ".join(f"{hold.title} since {hold.placed_at[:10]} ({hold.reason})" for hold in holds)
    return [f"Held, whatever the date: {said}."]


def _mark_differs(record: Marked) -> str:
    if record.retention_rule is None:
        return "It has not been marked yet; the next nightly run does."
    return "The mark it carries is older than this; the next nightly run renews it."


def told_move(move: Move, time_zone: str) -> str:
    """A move of the day a record is kept until, with both days and its cause, in a sentence."""
    days = f"from {_day_words(move.until_from)} to {_day_words(move.until_to)}"
    series = ""
    if move.series_from != move.series_to:
        series = f", and its series from {move.series_from or 'none'} to {move.series_to or 'none'}"
    why = "; ".join(_cause_words(cause, time_zone) for cause in move.causes)
    on = shown_day(local_day(move.at, time_zone), weekday=False)
    return f"On {on} its day moved {days}{series}: {why or 'the cause was not written down'}."


def _cause_words(cause: Mapping[str, Any], time_zone: str) -> str:
    what = str(cause["what"])
    if what == "schedule adopted":
        before = f" after {cause['before']}" if cause["before"] != cause["schedule"] else ""
        return f"schedule {cause['schedule']} was adopted{before}"
    if what in ("account closed", "account reopened"):
        return f"its account was {what.removeprefix('account ')} ({cause['on']})"
    if what == "account moved":
        before, after = (
            ", ".join(part for part in cause[end] if part) or "none" for end in ("from", "to")
        )
        return f"its account moved from {before} to {after}"
    if what in ("account classed anew", "account renamed"):
        verb = what.removeprefix("account ")
        return f"its account was {verb}, from {cause['from']} to {cause['to']}"
    at = cause.get("at")
    return what if at is None else f"{what} ({clock.shown(at, time_zone)})"


def _day_words(day: str | None) -> str:
    return "no day" if day is None else shown_day(dt.date.fromisoformat(day), weekday=False)


def _full(day: dt.date) -> str:
    return shown_day(day)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ordinal(day: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day not in (11, 12, 13) else 0, "th")
