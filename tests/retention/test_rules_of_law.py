"""Year ends, named events, exceptions to the floor, languages and the policies' own words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.config import Retention, Settings
from archiver.register.accounts import Account
from archiver.retention.floors import EXCEPTIONS, exception_of, floor_of, never_words
from archiver.retention.periods import Period, anniversary
from archiver.retention.rules import Facts, Rulebook, Ruling, floor_on
from archiver.retention.schedules import (
    POLICY_PHRASES,
    REQUEST_CLOSED,
    Conditions,
    Cutoff,
    HoldingKind,
    Schedule,
    Series,
    Source,
    find_schedule,
)
from tests.retention.invented import FACTS

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))
NOBODY: list[Account] = []


def line(code: str = "A", *, years: int = 2, **values: object) -> Series:
    given_values: dict[str, object] = {
        "cutoff": Cutoff.CREATED,
        "period": Period(years=years),
        "when": Conditions(),
        **values,
    }
    return Series(code=code, title=code, authority="Resolution 1", mark="S", **given_values)  # type: ignore[arg-type]


def ruled(
    *lines: Series,
    facts: Facts = FACTS,
    kind: str = "city",
    events: dict[str, dt.date] | None = None,
    fiscal: str = "07-01",
) -> Ruling | None:
    schedule = Schedule(
        id="test",
        title="Test",
        version="1",
        effective_from=dt.date(2020, 1, 1),
        agency_kind=kind,
        source=Source("Policy", "1"),
        series=list(lines),
    )
    return Rulebook(schedule, NOBODY, events=events, fiscal_year_start=fiscal).rule(facts)


def until(*lines: Series, **values: object) -> str:
    found = ruled(*lines, **values)  # type: ignore[arg-type]
    assert found is not None
    return str(found.until)


@pytest.mark.parametrize(
    ("year_end", "fiscal", "created", "expected"),
    [
        ("calendar", "07-01", "2024-03-01", "2027-01-01"),
        ("calendar", "07-01", "2024-12-31", "2027-01-01"),
        ("calendar", "07-01", "2025-01-01", "2028-01-01"),
        ("fiscal", "07-01", "2024-03-01", "2026-07-01"),
        ("fiscal", "07-01", "2024-06-30", "2026-07-01"),
        ("fiscal", "07-01", "2024-07-01", "2027-07-01"),
        ("fiscal", "10-01", "2024-07-01", "2026-10-01"),
    ],
)
def test_a_period_runs_from_the_end_of_the_year_of_its_event(
    year_end: str, fiscal: str, created: str, expected: str
) -> None:
    facts = replace(FACTS, created_on=dt.date.fromisoformat(created))
    assert until(line(year_end=year_end), facts=facts, fiscal=fiscal) == expected


@settings(deadline=None)
@given(DAYS, st.integers(1, 9), st.sampled_from(["calendar", "fiscal"]))
def test_a_year_s_end_lengthens_a_period_by_at_most_a_year(
    created: dt.date, years: int, year_end: str
) -> None:
    facts = replace(FACTS, created_on=created)
    plain, ended = (
        ruled(line(years=years, year_end=each), facts=facts, kind="district")
        for each in ("", year_end)
    )
    assert plain is not None
    assert ended is not None
    assert plain.until is not None
    assert ended.until is not None
    assert plain.until < ended.until or plain.until.day == 1
    assert (ended.until - plain.until).days <= 366


def test_a_named_event_starts_the_period_when_it_has_ended() -> None:
    waiting = line(cutoff=Cutoff.EVENT_ENDED, event="fair")
    assert until(waiting) == "None"
    assert until(waiting, events={"other": dt.date(2024, 5, 5)}) == "None"
    assert until(waiting, events={"fair": dt.date(2024, 5, 5)}) == "2026-05-05"


def test_what_is_younger_than_the_event_runs_from_its_own_day() -> None:
    waiting = line(cutoff=Cutoff.EVENT_ENDED, event="fair")
    assert until(waiting, events={"fair": dt.date(2020, 5, 5)}) == "2026-03-01"


def test_a_request_file_runs_from_the_closing_of_its_own_request() -> None:
    own = line(cutoff=Cutoff.EVENT_ENDED, event=REQUEST_CLOSED)
    facts = replace(FACTS, kind="request file", removed_on=dt.date(2024, 9, 9))
    assert until(own, facts=facts) == "2026-09-09"
    assert until(own, facts=replace(facts, removed_on=None)) == "None"


def test_nothing_but_a_request_s_own_is_closed_with_a_request() -> None:
    waits = line(cutoff=Cutoff.EVENT_ENDED, event=REQUEST_CLOSED)
    removed = replace(FACTS, removed=True, removed_on=dt.date(2025, 1, 1))
    assert until(waits, facts=removed) == "None"
    production = replace(FACTS, kind="production", removed_on=dt.date(2025, 1, 1))
    assert until(waits, facts=production) == "2027-01-01"


REMOVED_ALONE = st.sampled_from([Conditions(removed=True), Conditions(policy=["removed content"])])


@settings(deadline=None, max_examples=300)
@given(
    REMOVED_ALONE,
    st.sampled_from(Cutoff),
    st.integers(1, 9),
    st.sampled_from(["city", "county", "district"]),
    *(DAYS, DAYS, DAYS),
)
def test_removed_content_runs_from_the_later_of_creation_and_removal_whatever_a_series_says(
    when: Conditions,
    cutoff: Cutoff,
    years: int,
    kind: str,
    made: dt.date,
    removed_on: dt.date,
    ended: dt.date,
) -> None:
    event = "fair" if cutoff is Cutoff.EVENT_ENDED else ""
    removed = replace(FACTS, created_on=made, removed=True, removed_on=removed_on)
    series = line(years=years, when=when, cutoff=cutoff, event=event)
    ruling = ruled(series, facts=removed, kind=kind, events={"fair": ended})
    assert ruling is not None
    if ruling.until is None:
        assert cutoff is Cutoff.ACCOUNT_CLOSED
        return
    later = max(made, removed_on)
    begins = max(later, ended) if event else later
    assert ruling.winner.cutoff_on == begins
    assert ruling.until >= begins + dt.timedelta(days=365 * years)


def test_what_is_not_removed_content_alone_runs_from_what_its_series_says() -> None:
    removed = replace(FACTS, removed=True, removed_on=dt.date(2025, 8, 9))
    assert until(line(years=5), facts=removed) == "2029-03-01"
    wider = Conditions(policy=["removed content", "private messages"])
    assert until(line(years=5, when=wider), facts=removed) == "2029-03-01"


def test_a_period_that_ends_at_once_is_held_by_the_floor() -> None:
    assert until(line(period=Period(at_once=True))) == "2026-03-01"
    assert until(line(period=Period(at_once=True)), kind="district") == "2024-03-01"


@pytest.mark.parametrize(
    ("name", "kind", "period", "expected"),
    [
        ("34090.6 video", "city", Period(years=1), "2025-03-01"),
        ("34090.6 recordings", "city", Period(days=100), "2024-06-09"),
        ("34090.6 recordings", "city", Period(days=5), "2024-06-09"),
        ("34090.7 video", "city", Period(days=90), "2024-05-30"),
        ("34090.7 duplicates", "city", Period(days=5), "2024-03-06"),
        ("34090.8", "city", Period(years=1), "2026-03-01"),
        ("26202.6 video", "county", Period(years=1), "2025-03-01"),
        ("26202.6 video", "city", Period(years=1), "2026-03-01"),
        ("53160 recordings", "district", Period(days=5), "2024-06-09"),
        ("nonsense", "city", Period(years=1), "2026-03-01"),
    ],
)
def test_an_exception_lowers_the_floor_to_its_own_minimum_and_only_where_it_is_valid(
    name: str, kind: str, period: Period, expected: str
) -> None:
    assert until(line(period=period, exception=name), kind=kind) == expected


def test_an_exception_lowers_nothing_where_another_series_has_none() -> None:
    video = line("V", period=Period(years=1), exception="34090.6 video")
    short = line("S", period=Period(days=3))
    assert until(video) == "2025-03-01"
    assert until(video, short) == "2026-03-01"
    assert until(short, video) == "2026-03-01"


PERIODS = st.builds(Period, years=st.integers(0, 9), days=st.integers(1, 900))


@settings(deadline=None, max_examples=300)
@given(
    DAYS,
    st.lists(st.tuples(PERIODS, st.sampled_from(["", "34090.8", "53160 video", "x"])), min_size=1),
    st.sampled_from(["city", "county"]),
)
def test_without_a_valid_exception_nothing_is_eligible_before_it_is_two_years_old(
    created: dt.date, lines: list[tuple[Period, str]], kind: str
) -> None:
    facts = replace(FACTS, created_on=created)
    series = [line(period=period, exception=name) for period, name in lines]
    ruling = ruled(*series, facts=facts, kind=kind)
    floor = anniversary(created, Period(years=2))
    assert ruling is not None
    assert ruling.until is not None
    assert floor is not None
    assert ruling.until >= floor
    assert ruling.until == max(*[term.until for term in ruling.terms if term.until], floor)


def test_a_section_alone_is_the_strictest_rule_under_it() -> None:
    found = exception_of("34090.6")
    assert found is not None
    assert found.minimum == Period(years=1)
    assert floor_of("city", "34090.6") == (Period(years=1), "Gov. Code § 34090.6")
    assert exception_of("34090") is None


def test_every_exception_is_known_by_its_section() -> None:
    for name, each in EXCEPTIONS.items():
        assert name.startswith(each.section)
        assert each.mark in "SK"
        assert each.minimum.longest_days < Period(years=2).shortest_days


@pytest.mark.parametrize(
    ("never", "section"),
    [("title", "(a)"), ("court", "(b)"), ("statute", "(c)"), ("minutes", "(e)")],
)
def test_a_class_never_destroyed_names_its_section(never: str, section: str) -> None:
    assert f"Gov. Code § 34090{section}" in never_words(never, "city")
    assert "60201(d)" in never_words(never, "district")
    assert never_words(never, "county")


@pytest.mark.parametrize(
    ("wanted", "tag", "fits"),
    [
        (["es"], "es", True),
        (["es"], "es-MX", True),
        (["ES-mx"], "es-MX", True),
        (["es-MX"], "es", False),
        (["es"], "est", False),
        (["es"], None, False),
        (["en", "es"], "es", True),
    ],
)
def test_a_language_takes_in_its_own_kinds(wanted: list[str], tag: str | None, fits: bool) -> None:
    found = ruled(line(when=Conditions(language=wanted)), facts=replace(FACTS, language=tag))
    assert (found is not None) is fits


@pytest.mark.parametrize(
    ("facts", "phrases"),
    [
        ({}, {"posted communications"}),
        ({"removed": True}, {"posted communications", "removed content"}),
        ({"visibility": "pending"}, {"communications submitted for posting"}),
        ({"visibility": "draft"}, {"communications submitted for posting"}),
        ({"kind": "message", "visibility": "private"}, {"private messages"}),
        ({"kind": "subscriber"}, {"lists of subscribers"}),
        ({"kind": "original"}, set()),
    ],
)
def test_the_policies_words_take_in_what_they_say(
    facts: dict[str, object], phrases: set[str]
) -> None:
    found = replace(FACTS, **facts)  # type: ignore[arg-type]
    called = {
        phrase
        for phrase in POLICY_PHRASES
        if ruled(line(when=Conditions(policy=[phrase])), facts=found) is not None
    }
    assert called == phrases


def test_the_grounds_of_a_rulebook_follow_what_a_series_goes_by() -> None:
    day = dt.date(2026, 1, 1)
    plain = Schedule(
        id="t",
        title="T",
        version="1",
        effective_from=day,
        agency_kind="city",
        source=Source("P", "1"),
        series=[line()],
    )
    grounds = Rulebook(plain, NOBODY).grounds
    assert (
        Rulebook(plain, NOBODY, events={"fair": day}, fiscal_year_start="10-01").grounds == grounds
    )
    waiting = msgspec.structs.replace(
        plain, series=[line(cutoff=Cutoff.EVENT_ENDED, event="fair", year_end="fiscal")]
    )
    first = Rulebook(waiting, NOBODY).grounds
    assert Rulebook(waiting, NOBODY, events={"fair": day}).grounds != first
    assert Rulebook(waiting, NOBODY, fiscal_year_start="10-01").grounds != first


def test_a_floor_is_asked_of_the_agency_alone_where_no_series_is_given() -> None:
    assert floor_on("city", FACTS) == dt.date(2026, 3, 1)
    assert floor_on("district", FACTS) is None


@pytest.mark.parametrize(
    "name", ["palm-desert", "sacramento", "general-city", "general-county", "special-district"]
)
@pytest.mark.parametrize("kind", list(HoldingKind))
def test_every_other_holding_has_a_series_of_its_own_and_two_years_from_its_end(
    name: str, kind: HoldingKind
) -> None:
    ended = dt.date(2024, 3, 1)
    facts = replace(
        FACTS, kind=kind.value, author_role="", created_on=ended, removed_on=ended, form="follower"
    )
    ruling = Rulebook(find_schedule(name), NOBODY).rule(facts)
    assert ruling is not None
    assert len(ruling.terms) == 1
    assert ruling.until == dt.date(2026, 3, 1)


@pytest.mark.parametrize("start", ["W01-1", "02-29", "13-01", "7-1", "07-01\n", "٠٧-٠١", ""])
def test_a_fiscal_year_begins_on_a_day_every_year_has(start: str) -> None:
    with pytest.raises(ValueError, match="fiscal_year_start is a day as MM-DD"):
        Settings("Alder Glen", "palm-desert", retention=Retention(fiscal_year_start=start))
