"""Retention as cities write it, read and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import InputError
from archiver.retention.notation import CODES, Rule, read_rule, rule_text
from archiver.retention.periods import Period


@pytest.mark.parametrize(
    ("text", "cutoff", "year_end", "period"),
    [
        ("CU+2", "created", "", Period(years=2)),
        ("SU+5", "superseded", "", Period(years=5)),
        ("AC+3", "account_closed", "", Period(years=3)),
        ("AC+", "account_closed", "", Period(at_once=True)),
        ("CL+5", "event_ended", "", Period(years=5)),
        ("FY+2", "created", "fiscal", Period(years=2)),
        ("CY+2", "created", "calendar", Period(years=2)),
        ("RM+2", "removed", "", Period(years=2)),
        ("CU+6M", "created", "", Period(months=6)),
        ("CU+100D", "created", "", Period(days=100)),
        ("CU+1Y6M", "created", "", Period(years=1, months=6)),
        ("cu + 2", "created", "", Period(years=2)),
        ("P", "created", "", Period(permanent=True)),
        ("Permanent", "created", "", Period(permanent=True)),
    ],
)
def test_a_rule_is_read(text: str, cutoff: str, year_end: str, period: Period) -> None:
    assert read_rule(text) == Rule(cutoff, year_end, period)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no retention rule"),
        ("CU", "no retention rule"),
        ("CU2", "no retention rule"),
        ("XX+2", "XX is no event code"),
        ("CU+two", "no length of time"),
        ("CU+-2", "no length of time"),
        ("CU+6M2Y", "no length of time"),
        ("CU+0", "empty"),
        ("CU+2000", "thousand"),
        ("P+2", "no retention rule"),
    ],
)
def test_what_is_no_rule_is_said_to_be_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_rule(text)


PERIODS = st.builds(
    Period,
    years=st.integers(0, 1000),
    months=st.integers(0, 12_000),
    days=st.integers(0, 366_000),
).filter(lambda period: any((period.years, period.months, period.days))) | st.just(
    Period(at_once=True)
)


@given(st.sampled_from(sorted(CODES.values())), PERIODS)
def test_what_is_written_reads_as_it_was(meant: tuple[str, str], period: Period) -> None:
    cutoff, year_end = meant
    text = rule_text(cutoff, year_end, period)
    assert text is not None
    assert read_rule(text) == Rule(cutoff, year_end, period)


@given(st.sampled_from(sorted(CODES)), st.integers(1, 999), st.sampled_from(["", "M", "D"]))
def test_what_is_read_is_written_as_it_was(code: str, count: int, letter: str) -> None:
    rule = read_rule(f"{code}+{count}{letter}")
    assert rule_text(rule.cutoff, rule.year_end, rule.period) == f"{code}+{count}{letter}"


def test_permanent_is_a_letter_and_comes_back() -> None:
    rule = read_rule("P")
    assert rule_text(rule.cutoff, rule.year_end, rule.period) == "P"


def test_what_cities_have_no_words_for_is_not_given_any() -> None:
    assert rule_text("removed", "fiscal", Period(years=2)) is None
    assert rule_text("superseded", "", Period(permanent=True)) is None


@given(st.text(max_size=12))
def test_any_text_is_a_rule_or_an_input_error(text: str) -> None:
    try:
        read_rule(text)
    except InputError:
        return
    assert "+" in text or "".join(text.split()).upper().startswith("P")
