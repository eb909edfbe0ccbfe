"""The data lawyers read: every file loads, every entry names its source and mark."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from archiver.config import Settings, shipped
from archiver.requests.calendars import days_of, read_calendar
from archiver.requests.deadline import read_clock_law
from archiver.requests.exemptions import Exemption, catalogue, read_catalogue
from archiver.requests.finding.found import PersonalKind
from archiver.requests.finding.sections import likely_grounds
from archiver.retention.drafting import schedule_text
from archiver.retention.linting import lint_file
from archiver.retention.overlapping import Reach
from archiver.retention.schedules import parse_schedule, read_schedule

FOLDER = shipped("schedules")
SECTION = re.compile(r"79\d\d\.\d{3}|Cal\. Const\. art\. I § 1")


KINDS_OF = {"general-county": "county", "special-district": "district"}


def files(folder: str) -> list[Path]:
    return sorted((FOLDER / folder).glob("*.toml"))


KINDS = frozenset(
    ("retention", "exemptions", "law", "calendars", "finding", "intake", "letters", "posting")
)


def test_every_file_is_of_a_known_kind() -> None:
    for path in FOLDER.rglob("*.toml"):
        assert path.parent.name in KINDS, path


def test_the_likely_grounds_name_every_kind_and_only_sections_of_the_catalogue() -> None:
    grounds = likely_grounds()
    assert set(grounds) == set(PersonalKind)
    assert all(each.why and each.source for each in grounds.values())
    for each in grounds.values():
        assert all(catalogue().find(section).section == section for section in each.sections)


@pytest.mark.parametrize("path", files("retention"), ids=lambda path: path.stem)
def test_a_schedule_loads_and_is_named_like_its_file(path: Path) -> None:
    schedule = read_schedule(path)
    assert schedule.id == path.stem
    assert schedule.agency_kind == KINDS_OF.get(path.stem, "city")
    assert schedule.source.title
    assert schedule.source.section
    assert all(series.authority and series.mark for series in schedule.series)
    assert schedule.effective_from <= dt.date(2026, 1, 1)


@pytest.mark.parametrize("path", files("retention"), ids=lambda path: path.stem)
def test_removed_content_is_kept_two_years_from_its_removal(path: Path) -> None:
    removed = [
        each
        for each in read_schedule(path).series
        if each.when.removed or each.when.policy == ["removed content"]
    ]
    assert [(each.cutoff, each.period.years) for each in removed] == [("removed", 2)]


@pytest.mark.parametrize("path", files("retention"), ids=lambda path: path.stem)
def test_the_linter_finds_nothing_but_what_nobody_has_attested(path: Path) -> None:
    found = {each.rule for each in lint_file(path) if each.severity != "note"}
    assert found <= {"not attested"}


@pytest.mark.parametrize("path", files("retention"), ids=lambda path: path.stem)
def test_every_holding_has_a_series(path: Path) -> None:
    """Records, lists, downloads, what was not read, and the copies productions and requests are."""
    assert Reach(read_schedule(path).series).uncovered() == []


@pytest.mark.parametrize("path", files("retention"), ids=lambda path: path.stem)
def test_a_schedule_written_by_the_program_says_the_same(path: Path) -> None:
    schedule = read_schedule(path)
    again = parse_schedule(schedule_text(schedule), path.name)
    assert [replace(each, rule="") for each in again.series] == [
        replace(each, rule="") for each in schedule.series
    ]
    assert schedule_text(again) == schedule_text(schedule)


def test_only_what_the_policy_says_itself_is_marked_as_read() -> None:
    palm_desert = read_schedule(FOLDER / "retention" / "palm-desert.toml")
    assert [each.code for each in palm_desert.series if each.mark == "S"] == ["PD-01"]
    for name in ("sacramento", "general-city", "general-county", "special-district"):
        schedule = read_schedule(FOLDER / "retention" / f"{name}.toml")
        assert all(each.mark == "K" for each in schedule.series)


@pytest.mark.parametrize("path", files("exemptions"), ids=lambda path: path.stem)
def test_a_catalogue_loads(path: Path) -> None:
    assert read_catalogue(path).exemption


def entries() -> dict[str, Exemption]:
    return {each.section: each for each in catalogue().exemption}


def test_the_catalogue_uses_present_numbers_only() -> None:
    for section in entries():
        assert SECTION.fullmatch(section), section


def test_the_conditions_of_the_law_are_in_the_data() -> None:
    found = entries()
    assert {name for name, each in found.items() if each.needs_balancing} == {
        "7922.000",
        "7927.500",
        "7927.700",
        "Cal. Const. art. I § 1",
    }
    assert [name for name, each in found.items() if each.needs_second_citation] == ["7927.705"]
    assert [name for name, each in found.items() if each.portal_only] == ["7928.205"]
    assert {name for name, each in found.items() if each.mandatory} == {
        "7922.200",
        "7927.105",
        "7928.205",
    }
    assert found["7927.200"].time_limited
    assert not found["7928.400"].usable


@pytest.mark.parametrize(
    ("section", "former"),
    [
        ("7922.000", "6255"),
        ("7923.600", "6254(f)"),
        ("7927.100", "6254(j)"),
        ("7927.105", "6267"),
        ("7927.200", "6254(b)"),
        ("7927.410", "6254.16"),
        ("7927.500", "6254(a)"),
        ("7927.700", "6254(c)"),
        ("7927.705", "6254(k)"),
        ("7928.300", "6254.3"),
        ("7929.210", "6254.19"),
    ],
)
def test_a_section_carries_its_former_number(section: str, former: str) -> None:
    assert entries()[section].former == former


@pytest.mark.parametrize("path", [FOLDER / "law" / "cpra-clock.toml"], ids=lambda path: path.stem)
def test_the_clock_s_law_loads(path: Path) -> None:
    law = read_clock_law(path)
    [version] = law.version
    assert (version.determination_days, version.extension_days, version.extensions) == (10, 14, 1)
    assert len(version.circumstance) == 6
    assert all(each.source and each.mark for each in version.circumstance)
    assert all(each.mark == "?" for each in law.pending)


@pytest.mark.parametrize("path", files("calendars"), ids=lambda path: path.stem)
def test_a_calendar_loads_and_names_its_sources(path: Path) -> None:
    calendar = read_calendar(path)
    assert calendar.id == path.stem
    assert all(each.source for each in calendar.holiday)
    assert all(each.mark != "S" for each in calendar.holiday if "§ 135" in each.source)


JUDICIAL_2026 = {
    "2026-01-01",
    "2026-01-19",
    "2026-02-12",
    "2026-02-16",
    "2026-03-31",
    "2026-05-25",
    "2026-06-19",
    "2026-07-04",
    "2026-09-07",
    "2026-09-25",
    "2026-11-11",
    "2026-11-26",
    "2026-11-27",
    "2026-12-25",
}


def test_the_judicial_holidays_of_2026_are_these() -> None:
    calendar = read_calendar(FOLDER / "calendars" / "california.toml")
    found = {
        str(day)
        for holiday in calendar.holiday
        if holiday.judicial
        for day, _ in days_of(holiday, 2026)
    }
    assert found == JUDICIAL_2026


@pytest.mark.parametrize(
    ("holiday", "year", "days"),
    [
        ("independence", 2027, ["2027-07-04", "2027-07-05"]),
        ("veterans", 2028, ["2028-11-11", "2028-11-10"]),
        ("veterans", 2029, ["2029-11-11", "2029-11-12"]),
        ("chavez", 2026, []),
        ("chavez", 2025, ["2025-03-31"]),
        ("farmworkers", 2026, ["2026-03-31"]),
        ("farmworkers", 2025, []),
        ("good-friday", 2026, ["2026-04-03"]),
        ("thanksgiving", 2026, ["2026-11-26"]),
        ("day-after-thanksgiving", 2024, ["2024-11-29"]),
        ("memorial", 2026, ["2026-05-25"]),
    ],
)
def test_a_holiday_falls_and_moves_as_the_code_says(
    holiday: str, year: int, days: list[str]
) -> None:
    calendar = read_calendar(FOLDER / "calendars" / "california.toml")
    found = next(each for each in calendar.holiday if each.id == holiday)
    assert [str(day) for day, _ in days_of(found, year)] == days


def test_the_defaults_of_a_home_name_files_that_are_there() -> None:
    settings = Settings(agency="City of Alder Glen", schedule="palm-desert")
    assert (FOLDER / "calendars" / f"{settings.calendar}.toml").is_file()
    assert (FOLDER / "retention" / f"{settings.schedule}.toml").is_file()


def test_every_exemption_is_found_by_the_number_it_stands_under() -> None:
    law = catalogue()
    for entry in law.exemption:
        assert law.find(entry.section) is entry
        assert law.find(entry.citation) is entry
