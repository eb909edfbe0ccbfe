"""Who wins of two series, against the rulebook itself on records of every kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.items import AuthorRole, Kind, Visibility
from archiver.register.accounts import Account
from archiver.retention.overlapping import Reach, dominates
from archiver.retention.periods import Period
from archiver.retention.rules import Facts, Rulebook, Term
from archiver.retention.schedules import Conditions, Cutoff, Schedule, Series, Source
from tests.retention.invented import ACCOUNT

DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2060, 12, 31))
CONDITIONS = st.builds(
    Conditions,
    kind=st.none() | st.lists(st.sampled_from([each.value for each in Kind]), min_size=1),
    visibility=st.none() | st.lists(st.sampled_from(Visibility), min_size=1, max_size=3),
    direction=st.none() | st.lists(st.sampled_from(AuthorRole), min_size=1),
    policy=st.none() | st.sampled_from([["removed content"], ["posted communications"]]),
    department=st.none() | st.sampled_from([["Parks"], ["parks", "Library"], ["Library"]]),
    language=st.none() | st.sampled_from([["es"], ["es-MX"], ["en"]]),
    removed=st.none() | st.booleans(),
    hidden=st.none() | st.booleans(),
)
PERIODS = st.sampled_from(
    [
        Period(years=2),
        Period(months=24),
        Period(days=730),
        Period(days=731),
        Period(years=3),
        Period(years=2, days=366),
        Period(permanent=True),
        Period(at_once=True),
    ]
)
EVENTS = {"fair": dt.date(2020, 6, 6)}


def series_of(when: Conditions, cutoff: Cutoff, period: Period, year_end: str, n: int) -> Series:
    return Series(
        code=f"S-{n}",
        title="T",
        cutoff=cutoff,
        period=period,
        year_end=year_end,
        event="fair" if cutoff is Cutoff.EVENT_ENDED else "",
        authority="A",
        mark="S",
        when=when,
    )


SERIES = st.builds(
    series_of,
    CONDITIONS,
    st.sampled_from(Cutoff),
    PERIODS,
    st.sampled_from(["", "calendar", "fiscal"]),
    st.integers(0, 0),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    visibility = draw(st.sampled_from(Visibility))
    removed = draw(st.booleans())
    ended = removed or visibility is Visibility.HIDDEN
    return Facts(
        record_id=1,
        account_id=1,
        platform="x",
        kind=draw(st.sampled_from(Kind)).value,
        form="",
        visibility=visibility.value,
        content_state="full",
        author_role=draw(st.sampled_from(AuthorRole)).value,
        removed=removed,
        hidden=visibility is Visibility.HIDDEN,
        created_on=draw(DAYS),
        changed_on=draw(st.none() | DAYS),
        removed_on=draw(DAYS) if ended else None,
        undated=False,
        language=draw(st.sampled_from([None, "en", "es", "es-MX"])),
    )


ACCOUNTS = st.builds(
    lambda closed: replace(ACCOUNT, closed_on=None if closed is None else closed.isoformat()),
    st.none() | DAYS,
)


def terms(series: list[Series], of: Facts, account: Account) -> tuple[Term, ...]:
    schedule = Schedule(
        id="t",
        title="T",
        version="1",
        effective_from=dt.date(2000, 1, 1),
        agency_kind="district",
        source=Source("P", "1"),
        series=series,
    )
    ruling = Rulebook(schedule, [account], events=EVENTS).rule(of)
    return () if ruling is None else ruling.terms


@settings(deadline=None, max_examples=400)
@given(SERIES, SERIES, facts(), ACCOUNTS)
def test_what_dominates_is_never_kept_shorter(
    one: Series, other: Series, of: Facts, account: Account
) -> None:
    applying = terms([_of_anything(one), _of_anything(other)], of, account)
    if len(applying) == 2 and dominates(one, other):
        first, second = applying
        assert first.rank >= second.rank


@pytest.mark.parametrize(
    ("later", "earlier", "always"),
    [
        (Cutoff.REMOVED, Cutoff.SUPERSEDED, True),
        (Cutoff.ACCOUNT_CLOSED, Cutoff.SUPERSEDED, True),
        (Cutoff.SUPERSEDED, Cutoff.CREATED, True),
        (Cutoff.SUPERSEDED, Cutoff.REMOVED, False),
        (Cutoff.ACCOUNT_CLOSED, Cutoff.REMOVED, False),
        (Cutoff.EVENT_ENDED, Cutoff.ACCOUNT_CLOSED, False),
    ],
)
def test_of_two_events_one_never_comes_before_the_other(
    later: Cutoff, earlier: Cutoff, always: bool
) -> None:
    one, other = (
        series_of(Conditions(), cutoff, Period(years=2), "", 0) for cutoff in (later, earlier)
    )
    assert dominates(one, other) is always


def _of_anything(series: Series) -> Series:
    """The series without its conditions, but for being one of removed content alone."""
    when = Conditions(removed=True) if series.when.removed_only else Conditions()
    return Series(**{**_fields(series), "when": when})


def _fields(series: Series) -> dict[str, object]:
    return {name: getattr(series, name) for name in series.__struct_fields__}


@settings(deadline=None, max_examples=300)
@given(st.lists(SERIES, min_size=2, max_size=4), facts(), ACCOUNTS)
def test_what_is_told_of_series_is_so_of_every_record(
    lines: list[Series], of: Facts, account: Account
) -> None:
    lines = [Series(**{**_fields(each), "code": f"S-{place}"}) for place, each in enumerate(lines)]
    reach = Reach(lines)
    applying = terms(lines, of, account)
    codes = {term.series.code for term in applying}
    assert not codes & {each.code for each in reach.never_applying()}
    if not applying:
        return
    winner = max(applying, key=lambda term: term.rank)
    assert winner.series.code not in {each.code for each, _ in reach.shadowed()}
    pairs = {(each.first.code, each.second.code) for each in reach.overlaps()}
    for first in codes:
        for second in codes:
            assert first >= second or (first, second) in pairs


@settings(deadline=None, max_examples=200)
@given(st.lists(SERIES, min_size=1, max_size=3), facts())
def test_a_kind_said_to_be_covered_is_covered(lines: list[Series], of: Facts) -> None:
    uncovered = {kind for kind, _ in Reach(lines).uncovered()}
    if of.kind not in uncovered:
        assert terms(lines, of, ACCOUNT)
