"""archiver calendar: the closed days with their sources, and a city's own file looked over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import main
from archiver.config import Home, shipped

SHIPPED = shipped("schedules") / "calendars" / "california.toml"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    found = capsys.readouterr()
    assert ended.value.code in (code, None if code == 0 else code), found.err
    return found.out, found.err


def checked(capsys: pytest.CaptureFixture[str], file: Path, code: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        run(capsys, "calendar", "check", str(file), "--json", code=code)[0]
    )
    return found


def test_a_year_is_shown_with_sources_and_marks(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--home", str(home.path), "calendar", "show", "--year", "2026")
    found = json.loads(run(capsys, *words, "--json")[0])
    days = {each["name"]: each for each in found["days"]}
    assert days["Farmworkers Day"]["day"] == "2026-03-31"
    assert (days["Native American Day"]["law"], days["Native American Day"]["city"]) == (
        True,
        False,
    )
    assert days["Columbus Day"]["law"] is False
    assert "Good Friday, noon to 3 pm" in days
    assert all(each["source"] and each["mark"] for each in found["days"])
    table = run(capsys, *words)[0]
    assert "Fri 27 Nov 2026" in table
    assert "mark K" in table
    assert json.loads(run(capsys, *words[:4], "--json")[0])["days"]
    run(capsys, *words[:-1], "99999", code=2)


def test_the_shipped_calendar_has_no_fault_and_says_what_to_look_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = checked(capsys, SHIPPED)
    assert not [each for each in found if each["wrong"]]
    said = " ".join(each["told"] for each in found)
    assert "the city's list is marked K" in said
    assert "binds a city only where" in said


def test_a_judicial_holiday_too_many_is_a_fault_because_it_makes_dates_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        SHIPPED.read_text("utf-8")
        + '\n[[holiday]]\nid = "duck"\nname = "Duck Day"\n'
        + 'rule = "FREQ=YEARLY;BYMONTH=8;BYDAY=1WE"\n'
        + 'judicial = true\nsource = "custom"\nmark = "S"\n',
        "utf-8",
    )
    wrong = [each for each in checked(capsys, own, code=5) if each["wrong"]]
    assert len(wrong) == 5
    assert "Wed 5 Aug 2026 (Duck Day) would move a date to later" in wrong[0]["told"]
    assert "5 faults" in run(capsys, "calendar", "check", str(own), code=5)[1]


def test_a_missing_judicial_holiday_a_short_week_and_a_list_that_ends_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    text = SHIPPED.read_text("utf-8").replace("judicial = true", "judicial = false", 1)
    text = text.replace('closed_weekdays = ["SA", "SU"]', 'closed_weekdays = ["FR", "SU"]')
    text = text.replace('"new-year", ', '"new-year", "diwali", ', 1)
    text = text.replace(
        "dates = [2026-11-08, 2027-10-29, 2028-10-17]", "dates = [2025-10-20, 2026-11-08]"
    )
    own.write_text(text, "utf-8")
    said = " ".join(each["told"] for each in checked(capsys, own, code=5))
    assert "Thu 1 Jan 2026 (New Year's Day) is a judicial holiday and does not count here" in said
    assert "FR closed every week" in said
    assert "SA is open here" in said
    assert "listed days of Diwali end on Sun 8 Nov 2026" in said


def test_a_file_that_is_no_calendar_is_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text("id = 3", "utf-8")
    assert "own.toml is no calendar" in run(capsys, "calendar", "check", str(own), code=5)[1]
