"""Which series applies, and why the longest wins."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.items import AuthorRole, ContentState, Kind, Visibility
from archiver.register.accounts import Account
from archiver.retention.floors import FLOOR
from archiver.retention.periods import Period, anniversary
from archiver.retention.rules import Facts, Rulebook
from archiver.retention.schedules import Conditions, Cutoff, Schedule, Series, Source, find_schedule
from tests.retention.invented import ACCOUNT, FACTS


def series(code: str, cutoff: str = "created", years: int = 2, **when: object) -> Series:
    period = Period(years=years) if years else Period(permanent=True)
    return Series(
        code=code,
        title=f"Series {code}",
        cutoff=Cutoff(cutoff),
        period=period,
        authority="Resolution 1",
        mark="K",
        when=Conditions(**when),  # type: ignore[arg-type]
    )


def schedule(*lines: Series, agency_kind: str = "city") -> Schedule:
    return Schedule(
        id="test",
        title="Test",
        version="1",
        effective_from=dt.date(2020, 1, 1),
        agency_kind=agency_kind,
        source=Source("Policy", "1"),
        series=list(lines),
    )


def ruled(found: Schedule, facts: Facts = FACTS, account: Account = ACCOUNT) -> tuple[str, str]:
    ruling = Rulebook(found, [account]).rule(facts)
    assert ruling is not None
    return ruling.winner.series.code, str(ruling.until)


def test_the_longest_applicable_series_wins() -> None:
    lines = schedule(series("A"), series("B", years=5), series("C", years=3))
    assert ruled(lines) == ("B", "2029-03-01")


def test_of_two_equal_series_the_first_in_the_file_wins() -> None:
    assert ruled(schedule(series("A"), series("B"))) == ("A", "2026-03-01")


def test_permanent_outlasts_everything() -> None:
    assert ruled(schedule(series("A", years=99), series("P", years=0))) == ("P", "None")


def test_an_event_that_has_not_come_outlasts_any_date() -> None:
    lines = schedule(series("A", years=99), series("E", "account_closed"))
    assert ruled(lines) == ("E", "None")


def test_a_permanent_series_outlasts_a_waiting_one() -> None:
    lines = schedule(series("E", "account_closed"), series("P", years=0))
    assert ruled(lines)[0] == "P"


def test_a_closed_account_starts_its_series() -> None:
    closed = replace(ACCOUNT, status="closed", closed_on="2026-06-30", close_reason="Merged")
    assert ruled(schedule(series("E", "account_closed")), account=closed) == ("E", "2028-06-30")


def test_removed_content_runs_from_the_later_of_creation_and_removal() -> None:
    lines = schedule(series("R", "removed", removed=True))
    later = replace(FACTS, removed=True, removed_on=dt.date(2025, 8, 9))
    assert ruled(lines, later) == ("R", "2027-08-09")
    before = replace(FACTS, removed=True, removed_on=dt.date(2023, 1, 1))
    assert ruled(lines, before) == ("R", "2026-03-01")


def test_an_edit_starts_the_period_anew() -> None:
    edited = replace(FACTS, changed_on=dt.date(2025, 5, 5))
    assert ruled(schedule(series("A")), edited) == ("A", "2027-05-05")


def test_a_city_record_is_never_eligible_before_it_is_two_years_old() -> None:
    short = msgspec.structs.replace(series("S"), period=Period(days=100))
    assert ruled(schedule(short)) == ("S", "2026-03-01")
    assert ruled(schedule(short, agency_kind="county")) == ("S", "2026-03-01")
    assert ruled(schedule(short, agency_kind="district")) == ("S", "2024-06-09")
    ruling = Rulebook(schedule(short), [ACCOUNT]).rule(FACTS)
    assert ruling is not None
    assert ruling.by_floor


def test_no_series_is_said_and_not_guessed() -> None:
    assert Rulebook(schedule(series("A", kind=[Kind.MESSAGE])), [ACCOUNT]).rule(FACTS) is None


@pytest.mark.parametrize(
    ("when", "facts", "fits"),
    [
        ({"kind": [Kind.POST, Kind.COMMENT]}, {}, True),
        ({"kind": [Kind.COMMENT]}, {}, False),
        ({"form": ["repost"]}, {"form": "repost"}, True),
        ({"form": ["repost"]}, {}, False),
        ({"visibility": [Visibility.PENDING]}, {"visibility": "pending"}, True),
        ({"visibility": [Visibility.PENDING]}, {}, False),
        ({"content_state": [ContentState.ENCRYPTED]}, {"content_state": "encrypted"}, True),
        ({"direction": [AuthorRole.PUBLIC]}, {}, False),
        ({"direction": [AuthorRole.AGENCY]}, {}, True),
        ({"platform": ["x"]}, {}, True),
        ({"platform": ["bluesky"]}, {}, False),
        ({"account": ["alderglenparks"]}, {}, True),
        ({"department": ["PARKS  and recreation"]}, {}, True),
        ({"department": ["Library"]}, {}, False),
        ({"division": ["Aquatics"]}, {}, True),
        ({"account_class": ["official-capacity"]}, {}, False),
        ({"account_class": ["official"]}, {}, True),
        ({"removed": True}, {}, False),
        ({"removed": False}, {}, True),
        ({"hidden": True}, {"hidden": True}, True),
        ({"hidden": False}, {"hidden": True}, False),
        ({"kind": [Kind.POST], "removed": True}, {}, False),
    ],
)
def test_every_condition_given_must_hold(
    when: dict[str, object], facts: dict[str, object], fits: bool
) -> None:
    found = replace(FACTS, **facts)  # type: ignore[arg-type]
    ruling = Rulebook(schedule(series("A", **when)), [ACCOUNT]).rule(found)
    assert (ruling is not None) is fits


EVERY_RECORD = st.builds(
    replace,
    st.just(FACTS),
    kind=st.sampled_from([each.value for each in Kind]),
    visibility=st.sampled_from([each.value for each in Visibility]),
    content_state=st.sampled_from([each.value for each in ContentState]),
    author_role=st.sampled_from([each.value for each in AuthorRole]),
    form=st.sampled_from(["", "repost", "group renamed", "broadcast"]),
    created_on=st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)),
    changed_on=st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)),
)
ENDS = st.sampled_from(["stands", "removed", "hidden"])


SHIPPED = ["palm-desert", "sacramento", "general-city", "general-county", "special-district"]


@pytest.mark.parametrize("name", SHIPPED)
@settings(deadline=None)
@given(EVERY_RECORD, ENDS, st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)))
def test_every_kind_of_record_has_a_series_and_its_two_years(
    name: str, facts: Facts, end: str, ended_on: dt.date
) -> None:
    if end != "stands":
        facts = replace(
            facts, removed=end == "removed", hidden=end == "hidden", removed_on=ended_on
        )
    ruling = Rulebook(find_schedule(name), [ACCOUNT]).rule(facts)
    assert ruling is not None
    if ruling.until is None:
        assert facts.kind == "profile"
    else:
        floor = anniversary(facts.latest_on, FLOOR)
        assert floor is not None
        assert ruling.until >= floor
    if end == "removed":
        assert any(term.series.cutoff is Cutoff.REMOVED for term in ruling.terms)
