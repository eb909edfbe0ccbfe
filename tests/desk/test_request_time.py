"""A request's time at the desk: one date everywhere, extending, promising, and the board."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from archiver.cli import main
from archiver.config import Home, shipped
from archiver.production.loading import _request
from archiver.register.office import audit_trail, open_office
from archiver.requests.book import get_request, new_request
from archiver.requests.timing.dates import work_date
from archiver.requests.timing.extensions import extensions_of
from archiver.requests.timing.promises import estimates_of

Browser = Any
NUMBER = "AG-2026-0001"
EXTENDED = {
    "circumstance": "voluminous",
    "reason": "1,310 records are to be read",
    "determination_on": "2026-12-10",
    "person": "Odile Farrow",
    "title": "City Clerk",
}


@pytest.fixture
async def request_logged(city: Home) -> str:
    """A request received on Mon 16 Nov 2026: safe Wed 25 Nov, outside Mon 30 Nov."""
    with closing(open_office(city)) as office:
        made = new_request(
            office,
            city.settings(),
            actor="odile",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim="All comments about the park closure.",
            requester="Gwendolyn Ostrander",
            scope="Park closure comments",
        )
    return made.number


def command(capsys: pytest.CaptureFixture[str], home: Home, *words: str) -> Any:
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home.path), "requests", *words, "--json"])
    found = capsys.readouterr()
    assert ended.value.code in (0, None), found.err
    return json.loads(found.out)


@pytest.mark.parametrize("extended", [False, True])
async def test_page_board_list_today_command_calendar_packet_and_letters_have_one_date(
    odile: Browser,
    city: Home,
    request_logged: str,
    capsys: pytest.CaptureFixture[str],
    extended: bool,
) -> None:
    if extended:
        answer = await odile.post(f"/requests/{NUMBER}/extend", EXTENDED)
        assert answer.status_code == 303
    with closing(open_office(city)) as office:
        request = get_request(office, NUMBER)
        letters = work_date(office, city.settings(), request)
        packet = _request(office, request, city.settings())
    day, shown = ("2026-12-10", "Thu 10 Dec") if extended else ("2026-11-25", "Wed 25 Nov")
    assert letters.work_by.isoformat() == day
    for address in (f"/requests/{NUMBER}", "/requests", "/requests?view=list", "/"):
        page = (await odile.get(address)).text
        assert shown in page, address
        others = {"Wed 25 Nov", "Thu 10 Dec"} - {shown}
        buttons = re.findall(r'class="(?:due|count)[^"]*"[^>]*>(.*?)</(?:button|p)>', page, re.S)
        assert not any(other in button for other in others for button in buttons), address
    assert command(capsys, city, "dates", NUMBER)["work_by"] == day
    assert command(capsys, city, "show", NUMBER)["dates"]["work_by"] == day
    assert command(capsys, city, "list")[0]["dates"]["work_by"] == day
    calendar = Calendar.from_ical((await odile.get("/requests/calendar.ics")).text)
    [event] = calendar.walk("VEVENT")
    assert event["dtstart"].dt.isoformat() == day
    assert packet.due_on is not None
    assert packet.due_on == letters.counted.day10
    assert ("extended in writing" in " ".join(packet.due_words)) is extended
    if extended:
        assert "Thu 10 Dec 2026" in packet.due_words[1]


async def test_extending_asks_for_everything_the_notice_needs_and_keeps_what_was_typed(
    odile: Browser, city: Home, request_logged: str
) -> None:
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "Extend the time, once" in page
    assert 'value="2026-12-10"' in page  # proposed: the last open day the law allows
    refused = await odile.post(f"/requests/{NUMBER}/extend", {**EXTENDED, "circumstance": ""})
    assert refused.status_code == 422
    assert "is no circumstance the law listed" in refused.text
    assert "1,310 records are to be read" in refused.text
    late = await odile.post(
        f"/requests/{NUMBER}/extend", {**EXTENDED, "determination_on": "2026-12-11"}
    )
    assert "too late" in late.text
    wrong = await odile.post(f"/requests/{NUMBER}/extend", {**EXTENDED, "determination_on": "x"})
    assert "is no date" in wrong.text
    assert (await odile.post(f"/requests/{NUMBER}/extend", EXTENDED)).status_code == 303
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "Time extended from Wed 25 Nov 2026 to Thu 10 Dec 2026" in page
    assert "Extend the time, once" not in page
    again = await odile.post(f"/requests/{NUMBER}/extend", EXTENDED)
    assert "extended already" in again.text
    with closing(open_office(city)) as office:
        assert len(extensions_of(office, get_request(office, NUMBER))) == 1
        assert audit_trail(office, limit=1)[0].action == "request extended"


async def test_a_slip_of_the_pen_is_taken_back_and_stays_in_the_history(
    odile: Browser, city: Home, request_logged: str
) -> None:
    await odile.post(f"/requests/{NUMBER}/extend", EXTENDED)
    assert (
        "Take back what was written down in error" in (await odile.get(f"/requests/{NUMBER}")).text
    )
    back = {"back": "extension:1", "back_because": "it was another request"}
    for wrong in ("", "extension", "extension:9", "closing:1", f"extension:{'9' * 40}"):
        answer = await odile.post(f"/requests/{NUMBER}/take-back", {**back, "back": wrong})
        assert answer.status_code == 422, wrong
    assert (await odile.post(f"/requests/{NUMBER}/take-back", back)).status_code == 303
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "Extension taken back: it was another request" in page
    assert "Wed 25 Nov" in page
    assert "Extend the time, once" in page
    assert "taken back already" in (await odile.post(f"/requests/{NUMBER}/take-back", back)).text


async def test_after_the_outside_date_the_way_is_shut_and_says_why(
    odile: Browser, request_logged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-27T18:00:00Z")
    assert (await odile.sign_in("odile")).status_code == 303
    assert "Day 10 was Thu 26 Nov 2026" in (await odile.get(f"/requests/{NUMBER}")).text
    monkeypatch.setenv("ARCHIVER_NOW", "2026-12-01T18:00:00Z")
    assert (await odile.sign_in("odile")).status_code == 303
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "The time to extend ended on Mon 30 Nov 2026" in page
    assert 'aria-disabled="true"' in page
    assert "6 days late" in page
    assert "has passed without a determination" in page


async def test_promises_clarifications_and_the_determination_are_written_down(
    odile: Browser, city: Home, request_logged: str
) -> None:
    here = f"/requests/{NUMBER}"
    asked = await odile.post(f"{here}/clarify", {"step": "asked", "words": "Which park?"})
    assert asked.status_code == 303
    page = (await odile.get(here)).text
    assert "does not stop the clock" in page
    assert "the clock keeps running" in (await odile.get("/requests")).text
    without = await odile.post(
        f"{here}/determined",
        {"sent_on": "2026-11-20", "sent_time": "09:00", "outcome": "in part"},
    )
    assert "estimated date and time" in without.text
    made = await odile.post(
        f"{here}/determined",
        {
            "sent_on": "2026-11-20",
            "sent_time": "09:00",
            "outcome": "in part",
            "available_on": "2026-12-04",
            "available_time": "16:00",
        },
    )
    assert made.status_code == 303
    board = (await odile.get("/requests")).text
    assert "Promised Fri 4 Dec · 14 days" in board
    assert "Determination sent 20 Nov 2026" in board
    with closing(open_office(city)) as office:
        [first] = estimates_of(office, get_request(office, NUMBER))
    moved = {"available_on": "2026-12-11", "available_time": "16:00", "seen": str(first.id)}
    silent = await odile.post(f"{here}/estimate", moved)
    assert "say why" in silent.text
    assert 'value="2026-12-11"' in silent.text
    told = {**moved, "moved_because": "the videos take longer"}
    assert (await odile.post(f"{here}/estimate", told)).status_code == 303
    stale = await odile.post(f"{here}/estimate", {**told, "available_on": "2026-12-18"})
    assert "another estimate in between" in stale.text
    assert "First promised for 4 Dec 2026" in (await odile.get(here)).text
    assert (await odile.post(f"{here}/time", {"minutes": "200", "what": "x"})).status_code == 303
    assert "3 h 20 min" in (await odile.get(here)).text
    assert "Never charged" in (await odile.get(here)).text
    assert "whole number" in (await odile.post(f"{here}/time", {"minutes": "an hour"})).text


async def test_a_holiday_added_later_shows_on_the_request_and_on_the_first_page(
    odile: Browser, city: Home, capsys: pytest.CaptureFixture[str], datasette: Any
) -> None:
    own = city.path / "closed-days.toml"
    text = (shipped("schedules") / "calendars" / "california.toml").read_text("utf-8")
    own.write_text(text, "utf-8")
    settings = city.settings_file.read_text("utf-8")
    city.settings_file.write_text(settings.replace('"california"', '"closed-days.toml"'), "utf-8")
    datasette.archiver_desk.settings = city.settings()
    with closing(open_office(city)) as office:
        new_request(
            office,
            city.settings(),
            actor="odile",
            received_at="2026-11-09T18:00:00Z",
            channel="mail",
            verbatim="All posts about the pond.",
        )
    assert "Thu 19 Nov" in (await odile.get("/requests")).text
    own.write_text(
        text.replace('"new-year", ', '"new-year", "founders", ', 1)
        + '\n[[holiday]]\nid = "founders"\nname = "Founders\' Day"\ndates = [2026-11-19]\n'
        + 'judicial = false\nsource = "Resolution 2026-91"\nmark = "S"\n',
        "utf-8",
    )
    assert "Wed 18 Nov" in (await odile.get("/requests")).text  # without a restart
    [moved] = command(capsys, city, "recount")
    assert (moved["safe_before"], moved["safe"]) == ("2026-11-19", "2026-11-18")
    for address in ("/", f"/requests/{NUMBER}"):
        page = (await odile.get(address)).text
        assert "(Founders&#39; Day, by the city&#39;s list) is a closed day now" in page, address


async def test_the_board_narrows_by_date_way_and_words(
    odile: Browser, city: Home, request_logged: str
) -> None:
    with closing(open_office(city)) as office:
        for day, channel, words in (
            ("2026-11-05", "email", "Late one about ducks"),
            ("2020-11-05", "mail", "Old one <script>alert(1)</script>"),
        ):
            new_request(
                office,
                city.settings(),
                actor="odile",
                received_at=f"{day}T18:00:00Z",
                channel=channel,
                verbatim=words,
            )
    shown = {}
    for query in (
        "",
        "due=late",
        "due=soon",
        "due=hand",
        "due=promised",
        "due=nonsense",
        "channel=email",
        "q=GWENDOLYN+park",
        "q=nobody",
    ):
        for view in ("", "&view=list"):
            page = (await odile.get(f"/requests?{query}{view}")).text
            assert "<script>alert" not in page
            found = re.findall(r'<a href="/requests/(AG-\d{4}-\d{4})">', page)
            shown.setdefault(query, set()).add(tuple(sorted(set(found))))
    late, old = "AG-2026-0002", "AG-2020-0001"
    assert {query: next(iter(found)) for query, found in shown.items()} == {
        "": (old, NUMBER, late),
        "due=late": (late,),
        "due=soon": (NUMBER,),
        "due=hand": (old,),
        "due=promised": (),
        "due=nonsense": (old, NUMBER, late),
        "channel=email": (late,),
        "q=GWENDOLYN+park": (NUMBER,),
        "q=nobody": (),
    }
    assert all(len(found) == 1 for found in shown.values())


async def test_closed_requests_are_listed_page_by_page(odile: Browser, city: Home) -> None:
    with closing(open_office(city)) as office:
        for number in range(1, 54):
            office.execute(
                "INSERT INTO requests (number, year, sequence, received_at, channel, verbatim, "
                "scope, status, created_at, created_by, closed_at, closed_reason) "
                "VALUES (?, 2025, ?, '2025-03-03T18:00:00Z', 'mail', 'x', '', 'closed', "
                "'2025-03-03T18:00:00Z', 'of', ?, 'answered')",
                (f"AG-2025-{number:04}", number, f"2025-04-01T18:00:{number:02}Z"),
            )
    first = (await odile.get("/requests?view=list")).text
    assert "No request is open" in first
    assert "AG-2025-0053" in first
    assert "AG-2025-0003" not in first
    older = (await odile.get("/requests?view=list&from=50")).text
    assert "AG-2025-0003" in older
    assert "51 to 53 of 53" in older


async def test_the_measures_the_csv_and_the_report_tell_the_same(
    odile: Browser, city: Home, request_logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await odile.post(f"/requests/{NUMBER}/extend", EXTENDED)
    await odile.post(
        f"/requests/{NUMBER}/determined",
        {"sent_on": "2026-11-20", "sent_time": "09:00", "outcome": "no records"},
    )
    for by in ("month", "quarter", "year", "department"):
        page = (await odile.get(f"/requests/measures?by={by}")).text
        assert "100 %" in page
        assert "voluminous amount of separate and distinct records" in page
    answer = await odile.get("/requests/measures.csv?by=year&year=2026")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["group"] for line in lines] == ["2026", "all"]
    assert lines[0]["on time, percent"] == "100.0"
    report = (await odile.get("/requests/report?year=2026")).text
    assert "The city received 1 request." in report
    assert "None was late." in report
    assert "AB 1821" in report
    counted = command(capsys, city, "measures", "--by", "year")
    assert counted["groups"]["2026"]["by_safe"] == 1
    counted = command(capsys, city, "measures", "--by", "department")
    assert counted["groups"]["Nothing collected yet"]["received"] == 1
    empty = (await odile.get("/requests/report?year=2019")).text
    assert "No request was received." in empty
    for address in ("/requests/measures?year=0000&by=x", "/requests/report?year=abcd"):
        assert (await odile.get(address)).status_code == 200


async def test_who_may_only_look_is_offered_no_change(
    anonymous: Browser, request_logged: str
) -> None:
    assert (await anonymous.sign_in("auditor")).status_code == 303
    page = (await anonymous.get(f"/requests/{NUMBER}")).text
    assert "Time and promises" in page
    assert "Extend the time" not in page
    assert "Log time" not in page
    assert (await anonymous.get("/requests/calendar.ics")).status_code == 200
    refused = await anonymous.post(f"/requests/{NUMBER}/extend", EXTENDED)
    assert refused.status_code == 403


def test_the_commands_of_time_do_what_the_desk_does(
    home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    command(
        *(capsys, home, "new", "--text", "Posts about the fair", "--scope", "Fair"),
        *("--received", "2026-11-16T09:12"),
    )
    offer = command(capsys, home, "extend", NUMBER)
    assert (offer["proposed"], offer["refused"]) == ("2026-12-10", None)
    made = command(
        *(capsys, home, "extend", NUMBER, "--for", "programming", "--reason", "a report is built"),
        *("--by", "O. Farrow", "--title", "City Clerk"),
    )
    assert made["determination_on"] == dt.date(2026, 12, 10).isoformat()
    command(capsys, home, "clarify", NUMBER, "--asked", "Which fair?")
    command(capsys, home, "estimate", NUMBER, "2026-12-18T16:00")
    command(capsys, home, "log-time", NUMBER, "30", "searching")
    command(capsys, home, "determined", NUMBER, "disclosable", "--sent", "2026-11-20T09:00")
    found = command(capsys, home, "dates", NUMBER)
    assert (found["work_by"], found["due"]) == ("2026-12-10", "2026-12-18")
    target = tmp_path / "dates.ics"
    with pytest.raises(SystemExit):
        main(["--home", str(home.path), "requests", "calendar", "--output", str(target)])
    assert target.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home.path), "requests", "estimate", NUMBER, "2026-12-18"])
    assert ended.value.code == 2
