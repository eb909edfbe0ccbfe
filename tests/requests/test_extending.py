"""Extending the time: once, for a listed circumstance, in writing, and in time."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from pathlib import Path

import pytest

from archiver.config import Home, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.office import audit_trail, open_office
from archiver.requests.book import Request, close_request, events_of, new_request
from archiver.requests.deadline import ClockLaw, clock_law_file
from archiver.requests.timing.dates import work_date
from archiver.requests.timing.determining import record_determination
from archiver.requests.timing.extensions import (
    Extension,
    extend_request,
    extension_offer,
    extensions_of,
)
from archiver.requests.timing.recounting import recount_open_requests
from archiver.requests.timing.taking_back import take_back

# The request of the fixtures came on Mon 16 Nov 2026: day 10 is Thanksgiving, Thu 26 Nov.
SAFE, DAY10, OUTSIDE = dt.date(2026, 11, 25), dt.date(2026, 11, 26), dt.date(2026, 11, 30)
LATEST = dt.date(2026, 12, 10)


def at(monkeypatch: pytest.MonkeyPatch, local: str, offset: str = "-08:00") -> None:
    monkeypatch.setenv("ARCHIVER_NOW", f"{local}{offset}")


def extend(
    office: sqlite3.Connection, settings: Settings, number: str, **changes: object
) -> Extension:
    values: dict[str, object] = {
        "actor": "of",
        "circumstance": "voluminous",
        "reason": "1,310 records are to be read",
        "determination_on": LATEST,
        "person": "O. Farrow",
        "title": "City Clerk, designee of the City Manager",
        **changes,
    }
    return extend_request(office, settings, number, **values)  # type: ignore[arg-type]


def test_an_extension_moves_the_date_and_says_what_it_was_before(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    made = extend(office, settings, request_made.number)
    assert (made.previous, made.determination_on) == (SAFE, LATEST)
    found = work_date(office, settings, request_made)
    assert found.work_by == found.outside == LATEST
    assert found.counted.safe == SAFE
    said = " ".join(found.words)
    assert "Extended on Fri 20 Nov 2026 by O. Farrow" in said
    assert "Gov. Code § 7922.535(c)(2)" in said
    step = events_of(office, request_made.number)[-1]
    assert step.kind == "extended"
    assert step.detail is not None
    assert (step.detail["from"], step.detail["to"]) == ("2026-11-25", "2026-12-10")
    assert audit_trail(office, limit=1)[0].action == "request extended"


def test_it_is_given_once_only(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    extend(office, settings, request_made.number, determination_on=dt.date(2026, 12, 1))
    with pytest.raises(RuleError, match="extended already, on Fri 20 Nov 2026"):
        extend(office, settings, request_made.number)
    assert len(extensions_of(office, request_made)) == 1


def test_of_two_clerks_who_extend_at_once_one_is_told(
    tmp_path: Path, office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    refused: list[str] = []

    def one(name: str) -> None:
        with open_office(Home(tmp_path)) as mine:
            try:
                extend(mine, settings, request_made.number, actor=name)
            except RuleError as told:
                refused.append(str(told))
        mine.close()

    clerks = [threading.Thread(target=one, args=(name,)) for name in ("of", "te")]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert len(refused) == 1
    assert len(extensions_of(office, request_made)) == 1


def test_no_date_may_lie_more_than_fourteen_days_after_day_ten(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    with pytest.raises(RuleError, match=r"Fri 11 Dec 2026 is too late.*Thu 10 Dec 2026"):
        extend(office, settings, request_made.number, determination_on=dt.date(2026, 12, 11))
    with pytest.raises(RuleError, match="extends nothing"):
        extend(office, settings, request_made.number, determination_on=SAFE)
    assert extensions_of(office, request_made) == []


def test_the_cap_counts_from_day_ten_itself_not_from_where_it_moved_to(
    office: sqlite3.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Sat 5 Sep rolls to Tue 8 Sep: from there fourteen days would be Tue 22 Sep
    at(monkeypatch, "2026-09-01T09:00:00", "-07:00")
    made = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-08-26T18:00:00Z",
        channel="email",
        verbatim="Posts about the fair.",
    )
    offer = extension_offer(office, settings, made)
    assert (offer.proposed, offer.latest) == (dt.date(2026, 9, 18), dt.date(2026, 9, 19))
    for day in (dt.date(2026, 9, 21), dt.date(2026, 9, 22)):
        with pytest.raises(RuleError, match="too late"):
            extend(office, settings, made.number, determination_on=day)
    # a closed Saturday may be named in the notice; it is worked to on the Friday before
    extend(office, settings, made.number, determination_on=dt.date(2026, 9, 19))
    found = work_date(office, settings, made)
    assert (found.work_by, found.outside) == (dt.date(2026, 9, 18), dt.date(2026, 9, 21))


@pytest.mark.parametrize(
    ("moment", "warning"),
    [
        ("2026-11-25T23:59:59", None),
        ("2026-11-26T00:00:00", "safe date was Wed 25 Nov 2026"),
        ("2026-11-26T21:30:00", "by Thu 26 Nov 2026, day 10"),
        ("2026-11-26T23:59:59", "by Thu 26 Nov 2026, day 10"),
        ("2026-11-27T00:00:00", "Day 10 was Thu 26 Nov 2026"),
        ("2026-11-30T23:59:59", "moves to Mon 30 Nov 2026"),
    ],
)
def test_up_to_the_last_second_of_the_outside_date_it_is_in_time_with_a_warning(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    warning: str | None,
) -> None:
    at(monkeypatch, moment)
    offer = extension_offer(office, settings, request_made)
    assert offer.refused is None
    made = extend(office, settings, request_made.number)
    if warning is None:
        assert made.warning is None
    else:
        assert made.warning is not None
        assert warning in made.warning


def test_after_the_outside_date_it_is_refused_with_what_the_law_says(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(monkeypatch, "2026-12-01T00:00:00")
    with pytest.raises(RuleError, match=r"ended on Mon 30 Nov 2026.*within the first ten days"):
        extend(office, settings, request_made.number)


def test_in_time_is_decided_by_the_citys_midnight_through_a_change_of_clocks(
    office: sqlite3.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # received in summer time, day 10 after clocks went back on 1 November 2026
    at(monkeypatch, "2026-10-25T12:00:00", "-07:00")
    made = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-10-24T06:59:00Z",  # 23:59 on Friday 23 October in Los Angeles
        channel="form",
        verbatim="Posts about the fair.",
    )
    counted = work_date(office, settings, made).counted
    assert counted.received_on == dt.date(2026, 10, 23)
    assert counted.day10 == counted.outside == dt.date(2026, 11, 2)
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-03T07:59:59Z")  # 23:59:59 PST on day 10
    assert extension_offer(office, settings, made).refused is None
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-03T08:00:00Z")
    assert "ended on Mon 2 Nov 2026" in (extension_offer(office, settings, made).refused or "")


@pytest.mark.parametrize(
    ("received", "code", "listed"),
    [
        ("2024-12-31T20:00:00Z", "emergency", False),
        ("2025-01-01T20:00:00Z", "emergency", True),
        ("2025-12-31T20:00:00Z", "cyberattack", False),
        ("2026-01-01T20:00:00Z", "cyberattack", True),
        ("2026-01-01T07:00:00Z", "cyberattack", False),  # still 31 December in Los Angeles
    ],
)
def test_a_circumstance_counts_only_from_the_day_it_is_law(
    office: sqlite3.Connection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    received: str,
    code: str,
    listed: bool,
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", received)
    made = new_request(
        office, settings, actor="of", received_at=received, channel="email", verbatim="Posts."
    )
    offer = extension_offer(office, settings, made)
    assert (code in [each.code for each in offer.circumstances]) is listed
    given = {"circumstance": code, "determination_on": offer.proposed}
    if listed:
        assert extend(office, settings, made.number, **given).circumstance == code
    else:
        with pytest.raises(RuleError, match="is no circumstance the law listed"):
            extend(office, settings, made.number, **given)


@pytest.mark.parametrize("name", ["reason", "person", "title"])
def test_what_the_notice_needs_is_asked_for(
    office: sqlite3.Connection, settings: Settings, request_made: Request, name: str
) -> None:
    with pytest.raises(InputError, match="an extension needs"):
        extend(office, settings, request_made.number, **{name: "  "})


def test_a_closed_or_determined_request_has_nothing_to_extend(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    record_determination(
        office,
        request_made.number,
        actor="of",
        sent_at="2026-11-20T17:00:00Z",
        outcome="no records",
    )
    with pytest.raises(RuleError, match="determination was sent on Fri 20 Nov 2026"):
        extend(office, settings, request_made.number)
    close_request(office, request_made.number, settings=settings, actor="of", reason="answered")
    with pytest.raises(RuleError, match="is closed"):
        extend(office, settings, request_made.number)


def test_a_law_that_allows_two_is_followed_by_its_day_of_receipt(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    law = clock_law_file()
    version = law.version[0]
    values = {name: getattr(version, name) for name in version.__struct_fields__}
    twice = type(version)(**{**values, "id": "9999.1", "extensions": 2})
    double = ClockLaw(law.id, law.title, [twice])
    first = dt.date(2026, 12, 2)
    extend(office, settings, request_made.number, law=double, determination_on=first)
    extend(office, settings, request_made.number, law=double)
    assert len(extensions_of(office, request_made)) == 2


def test_an_extension_is_never_rewritten(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    extend(office, settings, request_made.number)
    for change in (
        "UPDATE request_extensions SET determination_on = '2027-01-01'",
        "DELETE FROM request_extensions",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            office.execute(change)


def test_an_extension_written_down_in_error_is_taken_back_and_may_be_given_again(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    made = extend(office, settings, request_made.number)
    back = {"actor": "te", "step": "extension", "step_id": made.id}
    with pytest.raises(InputError, match="say why"):
        take_back(office, settings, request_made.number, reason=" ", **back)
    take_back(office, settings, request_made.number, reason="the wrong request", **back)
    found = work_date(office, settings, request_made)
    assert (found.work_by, found.extension) == (SAFE, None)
    assert recount_open_requests(office, settings, actor="nightly") == []
    with pytest.raises(BusyError, match="taken back already"):
        take_back(office, settings, request_made.number, reason="again", **back)
    with pytest.raises(InputError, match="no such extension"):
        take_back(office, settings, request_made.number, reason="x", **{**back, "step_id": 99})
    with pytest.raises(InputError, match="cannot be taken back"):
        take_back(office, settings, request_made.number, reason="x", **{**back, "step": "closing"})
    kinds = [each.kind for each in events_of(office, request_made.number)]
    assert kinds[-2:] == ["extended", "extension taken back"]
    assert office.execute("SELECT count(*) FROM request_extensions").fetchone()[0] == 1
    assert extend(office, settings, request_made.number).id == made.id + 1


def test_a_determination_written_down_in_error_leaves_the_clock_running(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    made = record_determination(
        office,
        request_made.number,
        actor="of",
        sent_at="2026-11-20T17:00:00Z",
        outcome="no records",
    )
    take_back(
        office,
        settings,
        request_made.number,
        actor="of",
        step="determination",
        step_id=made.id,
        reason="it lies unsigned on the desk",
    )
    found = work_date(office, settings, request_made)
    assert (found.due, found.about) == (SAFE, "determination")
