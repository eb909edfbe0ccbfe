"""The city's figures: what counts as on time, what moved, and what is left out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config import Settings
from archiver.errors import InputError
from archiver.items import Kind, Visibility
from archiver.requests.book import (
    Claim,
    Request,
    add_items,
    close_request,
    decide,
    get_request,
    items_of,
    new_request,
    reopen_request,
)
from archiver.requests.timing.cases import Case, cases, departments_of
from archiver.requests.timing.determining import record_determination
from archiver.requests.timing.effort import efforts_of, log_time, time_spent
from archiver.requests.timing.extensions import extend_request
from archiver.requests.timing.measure_rows import COLUMNS, measures_csv
from archiver.requests.timing.measures import (
    AGES,
    by_department,
    by_period,
    measure,
    open_ages,
    received_between,
)
from archiver.requests.timing.promises import set_estimate

TODAY = dt.date(2026, 11, 20)


def logged(office: sqlite3.Connection, settings: Settings, day: str) -> Request:
    return new_request(
        office,
        settings,
        actor="of",
        received_at=f"{day}T20:00:00Z",
        channel="email",
        verbatim=f"Posts of {day}.",
    )


def sent(office: sqlite3.Connection, request: Request, at: str) -> None:
    record_determination(
        office, request.number, actor="of", sent_at=f"{at}T22:00:00Z", outcome="denied"
    )


def found_in(office: sqlite3.Connection, settings: Settings, **more: object) -> list[Case]:
    return cases(office, settings, private=True, **more)  # type: ignore[arg-type]


def test_on_time_is_by_the_outside_date_and_safe_is_told_beside_it(
    office: sqlite3.Connection, settings: Settings
) -> None:
    # Wed 30 Sep 2026: day 10 is Sat 10 Oct; safe Fri 9 Oct, outside Mon 12 Oct
    for answered in ("2026-10-09", "2026-10-12", "2026-10-13"):
        sent(office, logged(office, settings, "2026-09-30"), answered)
    logged(office, settings, "2026-09-30")  # overdue
    logged(office, settings, "2026-11-16")  # has time left
    logged(office, settings, "2020-01-06")  # by hand
    found = measure(found_in(office, settings), TODAY)
    assert (found.by_safe, found.by_outside, found.late, found.overdue) == (1, 1, 1, 1)
    assert (found.waiting, found.by_hand, found.received) == (1, 1, 6)
    assert (found.on_time, found.counted, found.rate, found.safe_rate) == (2, 4, 50.0, 25.0)
    assert found.median_days == 12


def test_the_moment_of_sending_counts_in_the_citys_day(
    office: sqlite3.Connection, settings: Settings
) -> None:
    made = logged(office, settings, "2026-10-05")  # due Thu 15 Oct
    record_determination(
        office,
        made.number,
        actor="of",
        sent_at="2026-10-16T06:59:59Z",  # 23:59:59 on Thursday in Los Angeles
        outcome="denied",
    )
    assert measure(found_in(office, settings), TODAY).by_safe == 1


def test_closing_without_a_determination_is_the_answer_and_reopening_does_not_undo_it(
    office: sqlite3.Connection, settings: Settings
) -> None:
    made = logged(office, settings, "2026-11-16")
    close_request(office, made.number, settings=settings, actor="of", reason="withdrawn")
    reopen_request(office, made.number, actor="of", reason="something was missing")
    found = measure(found_in(office, settings), TODAY)
    assert (found.by_safe, found.open, found.closed) == (1, 1, 0)


def test_an_extension_is_in_the_date_and_counted_by_its_circumstance(
    office: sqlite3.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = logged(office, settings, "2026-11-02")
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-05T18:00:00Z")
    extend_request(
        office,
        settings,
        made.number,
        actor="of",
        circumstance="consultation",
        reason="the county",
        determination_on=dt.date(2026, 11, 25),
        person="O. Farrow",
        title="City Clerk",
    )
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    sent(office, made, "2026-11-19")
    found = measure(found_in(office, settings), TODAY)
    assert (found.by_safe, found.extended) == (1, 1)
    assert found.circumstances == {"consultation": 1}


def test_a_promise_slips_from_the_first_to_the_last_date(
    office: sqlite3.Connection, settings: Settings
) -> None:
    moved, kept = (logged(office, settings, "2026-11-16") for _ in range(2))
    for day in ("2026-12-01", "2026-12-04", "2026-12-15"):
        set_estimate(
            office, moved.number, actor="of", available_at=f"{day}T20:00:00Z", reason="more"
        )
    set_estimate(office, kept.number, actor="of", available_at="2026-12-01T20:00:00Z")
    found = measure(found_in(office, settings), TODAY)
    assert (found.promised, found.slipped) == (2, 1)
    assert (found.slip_days, found.longest_slip) == (14, 14)


def test_exemptions_count_as_they_stand_and_private_ones_only_for_who_may_know(
    office: sqlite3.Connection,
    settings: Settings,
    files: dict[str, sqlite3.Connection],
    store: Callable[..., int],
    attest: Callable[[str], None],
    request_made: Request,
) -> None:
    attest("7927.410")
    message = store("3", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE, root_id="dm")
    keys = [("archive", store("1")), ("archive", store("2")), ("private", message)]
    add_items(office, files, request_made.number, keys, actor="of")
    ids = [each.id for each in items_of(office, request_made.number)]
    for item in ids:
        decide(
            office, request_made.number, [item], "withhold", actor="of", claims=[Claim("7927.410")]
        )
    decide(office, request_made.number, ids[:1], "release", actor="of")
    assert found_in(office, settings)[0].sections == {"7927.410": 2}
    [without] = cases(office, settings, private=False)
    assert without.sections == {"7927.410": 1}
    departments = departments_of(office, files)
    assert departments == {request_made.id: frozenset({"Parks and Recreation"})}
    [(name, figures)] = by_department(found_in(office, settings, departments=departments), TODAY)
    assert (name, figures.received) == ("Parks and Recreation", 1)


def test_the_exemptions_under_bars_count_until_a_bar_is_taken_off(
    office: sqlite3.Connection,
    settings: Settings,
    files: dict[str, sqlite3.Connection],
    store: Callable[..., int],
    request_made: Request,
) -> None:
    for table in (
        "request_redactions (id INTEGER PRIMARY KEY AUTOINCREMENT, item_id, field, kind, "
        "note_shown, at, actor)",
        "redaction_groundings (id INTEGER PRIMARY KEY AUTOINCREMENT, redaction_id, at, actor)",
        "redaction_grounds (id INTEGER PRIMARY KEY AUTOINCREMENT, grounding_id, section, digest)",
        "redaction_removals (id INTEGER PRIMARY KEY AUTOINCREMENT, redaction_id, at, actor)",
    ):
        office.execute(f"CREATE TABLE IF NOT EXISTS {table}")
    add_items(office, files, request_made.number, [("archive", store("1"))], actor="of")
    [item] = items_of(office, request_made.number)
    for bar in (1, 2):
        office.execute(
            "INSERT INTO request_redactions (id, item_id, field, kind, note_shown, at, actor) "
            "VALUES (?, ?, 'text', 'field', 0, 'now', 'of')",
            (bar, item.id),
        )
        for section in ("7928.300", "7927.410"):  # named anew: the last naming stands
            named = office.execute(
                "INSERT INTO redaction_groundings (redaction_id, at, actor) "
                "VALUES (?, 'now', 'of')",
                (bar,),
            ).lastrowid
            office.execute(
                "INSERT INTO redaction_grounds (grounding_id, section, digest) VALUES (?, ?, 'd')",
                (named, section),
            )
    assert found_in(office, settings)[0].sections == {"7927.410": 2}
    office.execute(
        "INSERT INTO redaction_removals (redaction_id, at, actor) VALUES (1, 'now', 'of')"
    )
    assert found_in(office, settings)[0].sections == {"7927.410": 1}


def test_time_is_added_up_corrected_and_never_charged(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    number = request_made.number
    log_time(office, number, actor="of", minutes=90, what="searching")
    log_time(office, number, actor="te", minutes=45, what="reading")
    log_time(office, number, actor="te", minutes=-15, what="it was half an hour")
    assert time_spent(office, request_made) == 120
    assert [each.minutes for each in efforts_of(office, request_made)] == [90, 45, -15]
    for minutes, what in ((0, "x"), (1441, "x"), (-121, "x"), (5, " ")):
        with pytest.raises(InputError):
            log_time(office, number, actor="of", minutes=minutes, what=what)
    close_request(office, number, settings=settings, actor="of", reason="done")
    log_time(office, number, actor="of", minutes=10, what="filing")
    assert measure(found_in(office, settings), TODAY).minutes == 130


def case(number: int, received_on: dt.date, took: int | None, allowed: int = 10) -> Case:
    due = received_on + dt.timedelta(days=allowed)
    return Case(
        number=str(number),
        received_on=received_on,
        is_open=took is None,
        determined_on=None if took is None else received_on + dt.timedelta(days=took),
        work_by=due,
        outside=due + dt.timedelta(days=2),
        circumstance=None,
        promises=0,
        slip_days=None,
        minutes=0,
    )


@given(
    st.lists(
        st.tuples(
            st.dates(dt.date(2023, 1, 1), dt.date(2027, 12, 31)),
            st.none() | st.integers(0, 40),
        ),
        max_size=40,
    ),
    st.sampled_from(["month", "quarter", "year"]),
)
def test_the_parts_always_add_up_to_the_whole(
    given_cases: list[tuple[dt.date, int | None]], period: str
) -> None:
    found = [case(number, day, took) for number, (day, took) in enumerate(given_cases)]
    whole = measure(found, TODAY)
    parts = [each for _, each in by_period(found, period, TODAY)]
    for name in ("received", "by_safe", "by_outside", "late", "overdue", "waiting", "open"):
        assert getattr(whole, name) == sum(getattr(each, name) for each in parts)
    assert whole.received == whole.counted + whole.waiting + whole.by_hand
    assert sum(count for _, count in open_ages(found, TODAY)) == whole.open
    names = [name for name, _ in by_period(found, period, TODAY)]
    assert names == sorted(names)
    if whole.rate is not None:
        assert 0 <= whole.rate <= 100


def test_periods_are_named_and_bounded_by_the_day_of_receipt() -> None:
    found = [
        case(1, dt.date(2026, 3, 31), 5),
        case(2, dt.date(2026, 4, 1), 5),
        case(3, dt.date(2027, 1, 1), 5),
    ]
    assert [name for name, _ in by_period(found, "quarter", TODAY)] == [
        "2026 Q1",
        "2026 Q2",
        "2027 Q1",
    ]
    assert len(received_between(found, dt.date(2026, 4, 1), dt.date(2026, 12, 31))) == 1
    with pytest.raises(ValueError, match="no period"):
        by_period(found, "week", TODAY)


@pytest.mark.parametrize(
    ("days", "name"), [(0, 0), (10, 0), (11, 1), (24, 1), (25, 2), (60, 2), (61, 3), (400, 3)]
)
def test_ages_of_open_requests_fall_where_they_belong(days: int, name: int) -> None:
    ages = open_ages([case(1, TODAY - dt.timedelta(days=days), None)], TODAY)
    assert dict(ages)[AGES[name]] == 1


def test_a_request_made_for_practice_counts_nowhere(
    office: sqlite3.Connection, settings: Settings
) -> None:
    logged(office, settings, "2026-11-16")
    columns = {each["name"] for each in office.execute("PRAGMA table_info(requests)")}
    also = ("practice", "1") if "practice" in columns else ("closed_at", "NULL")
    office.execute(
        "INSERT INTO requests (number, year, sequence, received_at, channel, verbatim, scope, "
        f"created_at, created_by, {also[0]}) VALUES ('PRACTICE-2026-0001', 2026, -1, "
        f"'2026-11-16T20:00:00Z', 'email', 'x', '', '2026-11-16T20:00:00Z', 'of', {also[1]})"
    )
    assert [each.number for each in found_in(office, settings)] == ["2026-0001"]


def test_the_csv_has_a_line_for_each_group_and_nothing_a_spreadsheet_runs() -> None:
    figures = measure([case(1, dt.date(2026, 1, 5), 5)], TODAY)
    lines = list(csv.reader(io.StringIO(measures_csv([("2026 Q1", figures), ("=HYPER", figures)]))))
    assert lines[0] == list(COLUMNS)
    assert len({len(line) for line in lines}) == 1
    assert lines[1][:2] == ["2026 Q1", "1"]
    assert lines[2][0] == "'=HYPER"


def test_what_another_room_produced_is_added_up(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    class Made:
        volumes, pages, records = 2, 31, 12

    found = measure(found_in(office, settings, produced={request_made.number: Made()}), TODAY)
    assert (found.volumes, found.pages, found.records) == (2, 31, 12)
    assert get_request(office, request_made.number).is_open
