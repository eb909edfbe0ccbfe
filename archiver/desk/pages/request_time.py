"""What a clerk does about a request's time: extend, promise, ask back, determine, log hours."""

from __future__ import annotations

import datetime as dt

from archiver import clock
from archiver.desk.answers import Answer, Asked, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.request import refused
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.timing.clarifying import ask_clarification, clarified
from archiver.requests.timing.determining import record_determination
from archiver.requests.timing.effort import log_time
from archiver.requests.timing.extensions import extend_request
from archiver.requests.timing.promises import set_estimate
from archiver.requests.timing.taking_back import take_back


def extend(visit: Visit, asked: Asked) -> Answer:
    """Write down the extension that was given in writing."""
    number = find_request(visit, asked.parts["number"]).number
    try:
        with visit.office() as office:
            extend_request(
                office,
                visit.desk.settings,
                number,
                actor=visit.person.login,
                circumstance=asked.given("circumstance"),
                reason=asked.given("reason"),
                determination_on=_day("the new date", asked.given("determination_on")),
                person=asked.given("person"),
                title=asked.given("title"),
            )
    except ArchiverError as wrong:
        return refused(visit, asked, number, str(wrong))
    return _back(number)


def estimate(visit: Visit, asked: Asked) -> Answer:
    """Give the records an estimated date and time."""
    number = find_request(visit, asked.parts["number"]).number
    seen = asked.given("seen")
    try:
        with visit.office() as office:
            set_estimate(
                office,
                number,
                actor=visit.person.login,
                available_at=_available(visit, asked),
                reason=asked.given("moved_because"),
                seen=whole(seen),
            )
    except ArchiverError as wrong:
        return refused(visit, asked, number, str(wrong))
    return _back(number)


def clarify(visit: Visit, asked: Asked) -> Answer:
    """Write down that the requester was asked what is meant, or what they answered."""
    number = find_request(visit, asked.parts["number"]).number
    does = clarified if asked.given("step") == "answered" else ask_clarification
    words = asked.given("words").replace("\r\n", "\n")
    try:
        with visit.office() as office:
            does(office, number, actor=visit.person.login, words=words)
    except ArchiverError as wrong:
        return refused(visit, asked, number, str(wrong))
    return _back(number)


def determined(visit: Visit, asked: Asked) -> Answer:
    """Write down that the determination was sent, with the estimate the law wants in it."""
    number = find_request(visit, asked.parts["number"]).number
    try:
        day, time = asked.given("sent_on"), asked.given("sent_time")
        sent = _moment(visit, "the time it was sent", day, time)
        available = _available(visit, asked) if asked.given("available_on") else None
        with visit.office() as office:
            record_determination(
                office,
                number,
                actor=visit.person.login,
                sent_at=sent,
                outcome=asked.given("outcome"),
                available_at=available,
            )
    except ArchiverError as wrong:
        return refused(visit, asked, number, str(wrong))
    return _back(number)


def take_back_step(visit: Visit, asked: Asked) -> Answer:
    """Take back an extension or determination that was written down in error."""
    number = find_request(visit, asked.parts["number"]).number
    step, _, which = asked.given("back").partition(":")
    try:
        with visit.office() as office:
            take_back(
                office,
                visit.desk.settings,
                number,
                actor=visit.person.login,
                step=step,
                step_id=int(which) if which.isdecimal() and len(which) < 16 else 0,
                reason=asked.given("back_because"),
            )
    except ArchiverError as wrong:
        return refused(visit, asked, number, str(wrong))
    return _back(number)


def spend(visit: Visit, asked: Asked) -> Answer:
    """Log minutes spent; they are never charged."""
    number = find_request(visit, asked.parts["number"]).number
    try:
        minutes = _minutes(asked.given("minutes"))
        with visit.office() as office:
            log_time(
                office, number, actor=visit.person.login, minutes=minutes, what=asked.given("what")
            )
    except ArchiverError as wrong:
        return refused(visit, asked, number, str(wrong))
    return _back(number)


def _back(number: str) -> Redirect:
    return Redirect(f"/requests/{number}#time")


def _minutes(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError("minutes are a whole number, such as 45") from None


def _available(visit: Visit, asked: Asked) -> str:
    day, time = asked.given("available_on"), asked.given("available_time")
    return _moment(visit, "the estimated date and time", day, time)


def _day(what: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{what} is no date: write it like 2026-12-04") from None


def _moment(visit: Visit, what: str, day: str, time: str) -> str:
    zone = clock.zone(visit.desk.settings.time_zone)
    try:
        moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(time), zone)
        return clock.to_text(moment)
    except (ValueError, OverflowError):
        raise InputError(f"{what} takes both, a date and a time of day") from None
