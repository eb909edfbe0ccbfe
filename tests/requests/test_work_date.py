"""The one date to work to: what it is made of, and what it says of itself."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from msgspec.structs import replace

from archiver.config import Requests, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.book import (
    Request,
    correct_received,
    events_of,
    get_request,
    new_request,
)
from archiver.requests.deadline import ClockLaw, clock_law_file, deadline
from archiver.requests.timing.clarifying import ask_clarification, clarifications_of, clarified
from archiver.requests.timing.dates import work_date, work_dates
from archiver.requests.timing.determining import determinations_of, record_determination
from archiver.requests.timing.extensions import extend_request
from archiver.requests.timing.promises import estimates_of, set_estimate

FRIDAY = "2026-12-04T16:00:00-08:00"


def test_without_anything_else_it_is_the_safe_date(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    found = work_date(office, settings, request_made)
    assert found.work_by == found.due == found.counted.safe == dt.date(2026, 11, 25)
    assert found.outside == dt.date(2026, 11, 30)
    assert (found.days_left, found.late, found.about) == (5, False, "determination")
    assert list(found.words) == found.counted.steps


def test_it_is_late_on_the_day_after(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-26T07:59:59Z")  # still Wednesday in the city
    assert (work_date(office, settings, request_made).days_left) == 0
    assert not work_date(office, settings, request_made).late
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-26T08:00:00Z")
    gap = work_date(office, settings, request_made)
    assert gap.late
    assert "The safe date, Wed 25 Nov 2026, has passed" in (gap.warning or "")
    monkeypatch.setenv("ARCHIVER_NOW", "2026-12-01T08:00:00Z")
    over = work_date(office, settings, request_made)
    assert "The outside date, Mon 30 Nov 2026, has passed" in (over.warning or "")


def test_asking_back_moves_nothing_and_says_so(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    before = work_date(office, settings, request_made)
    ask_clarification(office, request_made.number, actor="of", words="Which skate park?")
    asked = work_date(office, settings, request_made)
    clarified(office, request_made.number, actor="of", words="The one on Mill Street.")
    answered = work_date(office, settings, request_made)
    for found in (asked, answered):
        assert (found.work_by, found.outside) == (before.work_by, before.outside)
        assert any("does not stop the clock" in step for step in found.words)
    assert [each.step for each in clarifications_of(office, request_made)] == ["asked", "answered"]
    with pytest.raises(InputError, match="empty"):
        ask_clarification(office, request_made.number, actor="of", words=" ")


def test_every_promise_is_kept_in_the_history_and_a_later_one_needs_its_reason(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    number = request_made.number
    set_estimate(office, number, actor="of", available_at=FRIDAY)
    set_estimate(office, number, actor="of", available_at=FRIDAY)
    with pytest.raises(InputError, match="say why"):
        set_estimate(office, number, actor="of", available_at="2026-12-11T16:00:00-08:00")
    set_estimate(
        office,
        number,
        actor="te",
        available_at="2026-12-11T16:00:00-08:00",
        reason="the videos take longer",
    )
    found = work_date(office, settings, request_made)
    assert found.estimate is not None
    assert found.first_estimate is not None
    assert found.estimate.available_at == "2026-12-12T00:00:00Z"
    assert found.first_estimate.available_at == "2026-12-05T00:00:00Z"
    assert len(estimates_of(office, request_made)) == 2
    assert any("first promised for 4 Dec 2026, 4:00 pm PST" in each for each in found.words)
    assert found.work_by == dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-12-04", "no time with a zone"),
        ("soon", "no time with a zone"),
        ("2026-11-01T09:00:00Z", "lies in the past"),
        ("2126-12-04T09:00:00Z", "more than ten years"),
    ],
)
def test_a_promise_is_a_date_and_a_time_still_to_come(
    office: sqlite3.Connection, request_made: Request, moment: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        set_estimate(office, request_made.number, actor="of", available_at=moment)


def test_an_estimate_given_beside_another_ones_is_not_overwritten(
    office: sqlite3.Connection, request_made: Request
) -> None:
    set_estimate(office, request_made.number, actor="te", available_at=FRIDAY, seen=0)
    with pytest.raises(BusyError, match="te gave another estimate"):
        set_estimate(
            office,
            request_made.number,
            actor="of",
            available_at="2026-12-18T16:00:00-08:00",
            reason="x",
            seen=0,
        )


def test_after_the_determination_the_promised_day_is_due(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    sent = {"actor": "of", "sent_at": "2026-11-20T17:00:00Z"}
    number = request_made.number
    with pytest.raises(RuleError, match="estimated date and time"):
        record_determination(office, number, outcome="in part", **sent)
    record_determination(office, number, outcome="in part", available_at=FRIDAY, **sent)
    found = work_date(office, settings, request_made)
    assert (found.about, found.due) == ("promise", dt.date(2026, 12, 4))
    assert found.work_by == dt.date(2026, 11, 25)
    assert any("Determination sent 20 Nov 2026, 9:00 am PST: in part." in w for w in found.words)


def test_a_determination_that_there_are_none_leaves_nothing_due(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    record_determination(
        office,
        request_made.number,
        actor="of",
        sent_at="2026-11-20T17:00:00Z",
        outcome="no records",
    )
    found = work_date(office, settings, request_made)
    assert (found.due, found.days_left, found.late, found.about) == (None, None, False, None)
    assert len(determinations_of(office, request_made)) == 1


@pytest.mark.parametrize(
    ("sent_at", "outcome", "told"),
    [
        ("2026-11-21T17:00:00Z", "denied", "lies ahead"),
        ("2026-11-16T10:00:00Z", "denied", "before the request came"),
        ("today", "denied", "no time with a zone"),
        ("2026-11-20T17:00:00Z", "maybe", "use one of disclosable"),
    ],
)
def test_a_determination_that_cannot_be_is_refused(
    office: sqlite3.Connection, request_made: Request, sent_at: str, outcome: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        record_determination(
            office, request_made.number, actor="of", sent_at=sent_at, outcome=outcome
        )


def test_many_requests_are_counted_as_each_one_is(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    old = new_request(
        office,
        settings,
        actor="of",
        received_at="2020-05-04T18:00:00Z",
        channel="mail",
        verbatim="From before the Code was renumbered.",
    )
    ask_clarification(office, request_made.number, actor="of", words="Which?")
    found = work_dates(office, settings, [request_made, old])
    assert found[request_made.id] == work_date(office, settings, request_made)
    assert "by hand" in str(found[old.id])


def test_an_extension_never_reaches_past_the_cap_of_a_corrected_receipt(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    extend_request(
        office,
        settings,
        request_made.number,
        actor="of",
        circumstance="consultation",
        reason="the county is asked",
        determination_on=dt.date(2026, 12, 10),
        person="O. Farrow",
        title="City Clerk",
    )
    correct_received(
        office,
        request_made.number,
        actor="of",
        received_at="2026-11-12T18:00:00Z",
        reason="it lay in the mail room since Thursday",
    )
    found = work_date(office, settings, get_request(office, request_made.number))
    assert found.counted.extended_day == dt.date(2026, 12, 6)
    assert (found.work_by, found.outside) == (dt.date(2026, 12, 4), dt.date(2026, 12, 7))


@pytest.mark.parametrize(
    ("received", "closes_at", "start"),
    [
        ("2026-11-21T18:00:00Z", None, "2026-11-23"),  # a Saturday
        ("2026-11-26T18:00:00Z", None, "2026-11-30"),  # Thanksgiving
        ("2026-11-20T16:59:00-08:00", "17:00", "2026-11-20"),
        ("2026-11-20T17:00:00-08:00", "17:00", "2026-11-23"),
    ],
)
def test_the_citys_own_rule_of_receipt_is_counted_and_shown_beside_the_strict_one(
    settings: Settings, received: str, closes_at: str | None, start: str
) -> None:
    own = replace(settings, requests=Requests("next open day", closes_at))
    found, strict = deadline(received, own), deadline(received, settings)
    assert found.counted_from == dt.date.fromisoformat(start)
    assert found.day10 == found.counted_from + dt.timedelta(days=10)
    assert strict.counted_from == strict.received_on == found.received_on
    said = " ".join(found.steps)
    if found.counted_from == found.received_on:
        assert "The city's rule" not in said
    else:
        assert "The city's rule counts it as received on" in said
        assert f"the safe date {strict.safe:%a} {strict.safe.day} {strict.safe:%b}" in said


def test_a_setting_that_is_no_rule_is_refused() -> None:
    for wrong in ({"receipt": "whenever"}, {"closes_at": "five"}, {"remind_days": (-1,)}):
        with pytest.raises(ValueError, match=r"\[requests\]"):
            Requests(**wrong)  # type: ignore[arg-type]


def test_the_law_is_the_one_of_the_day_of_receipt(settings: Settings) -> None:
    law = clock_law_file()
    version = law.version[0]
    values = {name: getattr(version, name) for name in version.__struct_fields__}
    later = {"id": "9999.1", "effective_from": dt.date(2027, 1, 1), "determination_days": 20}
    changed = ClockLaw(law.id, law.title, [version, type(version)(**{**values, **later})])
    before = deadline("2027-01-01T07:59:59Z", settings, law=changed)  # 31 December in the city
    after = deadline("2027-01-01T08:00:00Z", settings, law=changed)
    assert (before.day10 - before.received_on).days == 10
    assert (after.day10 - after.received_on).days == 20
    unverified = ClockLaw(
        law.id, law.title, [version, type(version)(**{**values, **later, "mark": "K"})]
    )
    assert deadline("2027-06-01T08:00:00Z", settings, law=unverified).law == version.id


@hypothesis(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(dt.datetime(2023, 1, 2), dt.datetime(2099, 11, 1)))  # noqa: DTZ001
def test_the_date_to_work_to_never_lies_after_the_outside_date(
    settings: Settings, moment: dt.datetime
) -> None:
    found = deadline(f"{moment:%Y-%m-%dT%H:%M:%S}Z", settings)
    assert found.safe <= found.day10 <= found.outside
    assert found.extended_safe <= found.extended_day <= found.extended_outside
    assert (found.extended_day - found.counted_from).days == 24


def test_the_steps_of_time_stand_in_the_history(
    office: sqlite3.Connection, request_made: Request
) -> None:
    ask_clarification(office, request_made.number, actor="of", words="Which?")
    set_estimate(office, request_made.number, actor="of", available_at=FRIDAY)
    kinds = [each.kind for each in events_of(office, request_made.number)]
    assert kinds == ["received", "clarification asked", "availability estimated"]
