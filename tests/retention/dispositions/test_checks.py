"""The checks, against what a plain reading of the rules says, over many days and facts."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.items import Kind
from archiver.register.accounts import Account
from archiver.retention.dispositions import checks
from archiver.retention.dispositions.batches import Listed, list_digest
from archiver.retention.dispositions.checks import Checker, Passed, Refusal
from archiver.retention.dispositions.holdings import Found
from archiver.retention.dispositions.outside import NOBODY
from archiver.retention.dispositions.routes import find_route
from archiver.retention.periods import Period
from archiver.retention.rules import Facts, Rulebook
from archiver.retention.schedules import Conditions, Cutoff, Schedule, Series, Source

DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2095, 12, 31))
PERIODS = st.one_of(
    st.just(Period(permanent=True)),
    st.builds(Period, years=st.integers(1, 10)),
    st.builds(Period, months=st.integers(1, 30)),
    st.builds(Period, days=st.integers(1, 900)),
)


def found_of(created: dt.date, changed: dt.date | None, removed: dt.date | None) -> Found:
    facts = Facts(
        record_id=7,
        account_id=1,
        platform="x",
        kind="post",
        form="",
        visibility="public",
        content_state="full",
        author_role="agency",
        removed=removed is not None,
        hidden=False,
        created_on=created,
        changed_on=changed,
        removed_on=removed,
        undated=False,
    )
    return Found("archive", "record", 7, 1, "a" * 64, 1, "b" * 64, facts, None)


def schedule_of(
    period: Period, mark: str, cutoff: Cutoff = Cutoff.CREATED, *, never: str = ""
) -> Schedule:
    series = Series(
        code="S-1",
        title="Posts",
        cutoff=cutoff,
        period=period,
        authority="Gov. Code § 34090",
        mark=mark,
        when=Conditions(kind=[Kind.POST]),
        never=never,
    )
    return Schedule(
        id="town",
        title="Town",
        version="1",
        effective_from=dt.date(1990, 1, 1),
        agency_kind="city",
        source=Source(title="Schedule", section="1"),
        series=[series],
    )


def checker_of(monkeypatch, schedule: Schedule, today: dt.date, route: str = "34090") -> Checker:
    monkeypatch.setenv("ARCHIVER_NOW", f"{today}T20:00:00Z")
    monkeypatch.setattr(checks, "attestation_of", lambda *_: None)
    accounts: list[Account] = []
    monkeypatch.setattr(checks, "rulebook", lambda *_, schedule: Rulebook(schedule, accounts))
    town = SimpleNamespace(agency_kind="city", time_zone="America/Los_Angeles")
    nowhere = SimpleNamespace(home=SimpleNamespace(path=None))
    parts = (None, nowhere, town, accounts, find_route(route), NOBODY)
    return Checker(*parts, schedule=schedule)


@settings(max_examples=300, deadline=None)
@given(
    created=DAYS,
    edited_after=st.none() | st.integers(0, 2000),
    removed_after=st.none() | st.integers(0, 2000),
    later=st.integers(0, 5000),
    period=PERIODS,
    mark=st.sampled_from("SCK?"),
)
def test_nothing_under_two_years_or_before_its_day_or_unattested_ever_passes(
    created, edited_after, removed_after, later, period, mark
) -> None:
    changed = None if edited_after is None else created + dt.timedelta(days=edited_after)
    removed = None if removed_after is None else created + dt.timedelta(days=removed_after)
    latest = max(day for day in (created, changed, removed) if day is not None)
    today = min(latest + dt.timedelta(days=later), dt.date(2100, 1, 1))
    with pytest.MonkeyPatch.context() as monkeypatch:
        checker = checker_of(monkeypatch, schedule_of(period, mark), today)
        result = checker._by_law(found_of(created, changed, removed))
    if isinstance(result, Passed):
        assert mark == "S"
        assert not period.permanent
        assert latest + relativedelta(years=2) <= today
        cutoff = max(created, changed or created)
        span = relativedelta(years=period.years, months=period.months, days=period.days)
        assert cutoff + span <= today
        assert result.retain_until is not None
        assert result.retain_until <= today.isoformat()
    else:
        assert isinstance(result, Refusal)
        assert result.words


@settings(max_examples=150, deadline=None)
@given(created=DAYS, later=st.integers(-400, 400), years=st.integers(2, 9))
def test_the_day_itself_is_the_first_on_which_it_passes(created, later, years) -> None:
    first = created + relativedelta(years=years)
    if first.day != created.day:
        first += dt.timedelta(days=1)
    today = first + dt.timedelta(days=later)
    with pytest.MonkeyPatch.context() as monkeypatch:
        checker = checker_of(monkeypatch, schedule_of(Period(years=years), "S"), today)
        result = checker._by_law(found_of(created, None, None))
    assert isinstance(result, Passed) == (later >= 0)


def test_a_series_statute_never_lets_go_is_refused_with_its_reason(monkeypatch) -> None:
    lines = schedule_of(Period(permanent=True), "S", never="minutes")
    checker = checker_of(monkeypatch, lines, dt.date(2030, 1, 1))
    result = checker._by_law(found_of(dt.date(2000, 1, 1), None, None))
    assert isinstance(result, Refusal)
    assert "never destroyed: it is of the minutes" in result.words
    assert "§ 34090(e)" in result.words


LISTED = st.builds(
    Listed,
    n=st.integers(1, 10**6),
    file=st.sampled_from(["archive", "private"]),
    kind=st.sampled_from(["record", "subscriber", "original", "unread"]),
    ref=st.integers(-(2**62), 2**62),
    leaf=st.text("0123456789abcdef", min_size=64, max_size=64),
    versions=st.integers(1, 9),
    leaves=st.text("0123456789abcdef", min_size=64, max_size=64),
    account_id=st.integers(0, 99),
    series=st.none() | st.text(max_size=8),
    cutoff_on=st.none() | DAYS.map(str),
    retain_until=st.none() | DAYS.map(str),
    rule=st.none() | st.text(max_size=12),
)


@given(st.lists(LISTED, min_size=1, max_size=8), st.data())
def test_a_list_changed_anywhere_has_another_hash(items, data) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    other = data.draw(LISTED)
    changed = [*items[:place], other, *items[place + 1 :]]
    same = list_digest(items) == list_digest(changed)
    assert same == (items[place] == other)
    assert list_digest(items[:-1]) != list_digest(items)
