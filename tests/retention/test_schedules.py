"""Reading a schedule: every fault named by file and series."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.retention.periods import Period
from archiver.retention.schedules import (
    Cutoff,
    Schedule,
    find_schedule,
    parse_schedule,
    read_schedule,
)

HEAD = """
id = "alder-glen"
title = "Alder Glen"
version = "2026.1"
effective_from = 2026-01-01
agency_kind = "city"
[source]
title = "Policy"
section = "5"
"""
SERIES = """
[[series]]
code = "A-1"
title = "Posts"
cutoff = "created"
period = { years = 2 }
authority = "Gov. Code § 34090(d)"
mark = "K"
[series.when]
kind = ["post"]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "alder-glen.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_schedule_is_read_with_its_types(tmp_path: Path) -> None:
    schedule = read_schedule(written(tmp_path, HEAD + SERIES))
    [series] = schedule.series
    assert schedule.rule(series) == "alder-glen@2026.1#A-1"
    assert series.period.years == 2
    assert schedule.find("A-1") is series


def test_a_schedule_is_found_by_path_below_the_home(tmp_path: Path) -> None:
    written(tmp_path, HEAD + SERIES)
    assert find_schedule("alder-glen.toml", base=tmp_path).id == "alder-glen"


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(InputError, match=r"general-city, general-county, palm-desert, sacramento"):
        find_schedule("palm-dessert")


@pytest.mark.parametrize("name", ["../law/cpra-clock", "", ".", "a b"])
def test_a_name_never_leaves_the_folder(name: str) -> None:
    with pytest.raises(InputError):
        find_schedule(name)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('cutoff = "created"', 'cutoff = "creation"', "series A-1: .*creation"),
        ("years = 2", "years = -2", "series A-1: the period is negative"),
        ("years = 2", "yeers = 2", "series A-1: .*yeers"),
        ("{ years = 2 }", "{}", "series A-1: the period is empty"),
        ('["post"]', '["tweet"]', "series A-1: .*tweet"),
        ('["post"]', "[]", "empty list"),
        ('kind = ["post"]', 'colour = ["red"]', "series A-1: .*colour"),
        ('kind = ["post"]', 'account_class = ["personal"]', "account_class personal"),
        ('authority = "Gov. Code § 34090(d)"', 'authority = ""', "names no authority"),
        ('mark = "K"', 'mark = "sure"', "no mark"),
        ("2026-01-01", "2026-02-30", "not TOML"),
        ('agency_kind = "city"', 'agency_kind = "town"', "agency_kind"),
        ('version = "2026.1"', 'version = "2026#1"', "id and version"),
        (SERIES, SERIES + SERIES, "A-1 stands in it twice"),
        (SERIES, "", "series"),
    ],
)
def test_a_fault_is_named_in_one_line(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = (HEAD + SERIES).replace(before, after)
    with pytest.raises(InputError, match=message) as refused:
        read_schedule(written(tmp_path, text))
    assert "alder-glen.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_schedule(tmp_path / "none.toml")


def test_the_digest_follows_the_wording(tmp_path: Path) -> None:
    first = read_schedule(written(tmp_path, HEAD + SERIES)).digest
    again = read_schedule(written(tmp_path, HEAD + "# a comment\n" + SERIES)).digest
    other = read_schedule(written(tmp_path, HEAD + SERIES.replace("= 2 }", "= 3 }"))).digest
    assert first == again != other


def read(text: str) -> Schedule:
    return parse_schedule(text, "alder-glen.toml")


def test_a_written_rule_is_cutoff_and_period() -> None:
    long = 'cutoff = "created"\nperiod = { years = 2 }'
    [series] = read((HEAD + SERIES).replace(long, 'rule = "FY+3"')).series
    assert (series.cutoff, series.period, series.year_end) == (
        Cutoff.CREATED,
        Period(years=3),
        "fiscal",
    )


def test_a_series_takes_cutoff_and_period_of_the_one_it_follows() -> None:
    third = SERIES.replace("A-1", "A-3").replace('cutoff = "created"', 'follows = "A-2"')
    second = SERIES.replace("A-1", "A-2").replace('cutoff = "created"', 'follows = "A-1"')
    text = HEAD + (third + second).replace("period = { years = 2 }\n", "") + SERIES
    found = read(text)
    assert [(each.cutoff, each.period) for each in found.series] == [
        (Cutoff.CREATED, Period(years=2))
    ] * 3
    assert found.find("A-3").follows == "A-2"


def test_a_class_never_destroyed_is_permanent_without_saying_so() -> None:
    text = (HEAD + SERIES).replace('cutoff = "created"\nperiod = { years = 2 }', 'never = "court"')
    [series] = read(text).series
    assert series.period.permanent


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('cutoff = "created"', 'rule = "CU+2"', "A-1: says by rule 'CU.2' and again by period"),
        ('cutoff = "created"', 'follows = "A-1"', "A-1: follows A-1 and again says period"),
        ("period = { years = 2 }", 'follows = "A-1"', "A-1: follows A-1 and again says cutoff"),
        ('mark = "K"', 'mark = "K"\nnever = "old"', "never old is none of title, court"),
        ('mark = "K"', 'mark = "K"\nnever = "court"', "never to be destroyed and has an end"),
        ('mark = "K"', 'mark = "K"\nexception = "1"', "exception 1 is none of 34090.6 video"),
        ('mark = "K"', 'mark = "K"\nexception = "53160 video"', "made for a district"),
        ('mark = "K"', 'mark = "K"\nyear_end = "lunar"', "year_end lunar is none of calendar"),
        ('mark = "K"', 'mark = "K"\nevent = "fair"', "go together"),
        ('"created"', '"event_ended"', "go together"),
        ('"created"', '"event_ended"\nevent = "fair"', "event fair is not in the schedule's list"),
        ('kind = ["post"]', 'policy = ["letters"]', "policy letters is not known"),
    ],
)
def test_a_fault_against_the_law_s_lists_is_named(before: str, after: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read((HEAD + SERIES).replace(before, after))


def test_a_series_that_follows_itself_is_refused_with_its_circle() -> None:
    text = HEAD + SERIES.replace('cutoff = "created"\nperiod = { years = 2 }', 'follows = "A-1"')
    with pytest.raises(InputError, match="circle: A-1 → A-1"):
        read(text)


def test_an_event_of_the_list_can_be_waited_for() -> None:
    text = (HEAD + SERIES).replace('"created"', '"event_ended"\nevent = "county fair"')
    found = read(text + '\n[events]\n"county fair" = "The fair of 2026"\n')
    assert found.series[0].event == "county fair"


def test_the_digest_is_of_what_a_schedule_says_and_not_of_how_it_is_written() -> None:
    long = 'cutoff = "created"\nperiod = { years = 2 }'
    short = (HEAD + SERIES).replace(long, 'rule = "CU+2"')
    assert read(short).digest == read(HEAD + SERIES).digest
    for other in ('rule = "CY+2"', 'rule = "AC+"', 'rule = "P"', 'rule = "P"\nnever = "court"'):
        assert read((HEAD + SERIES).replace(long, other)).digest != read(HEAD + SERIES).digest
