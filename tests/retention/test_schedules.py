"""Reading a schedule: every fault named by file and series."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.retention.schedules import find_schedule, read_schedule

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
