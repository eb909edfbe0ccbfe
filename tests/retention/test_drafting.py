"""Drafts: edited by a form, written as TOML, saved and given up."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archiver.errors import InputError, RuleError
from archiver.items import AuthorRole, Kind, Visibility
from archiver.register.office import audit_trail
from archiver.retention.drafting import (
    discard_draft,
    edited,
    find_draft,
    list_drafts,
    save_draft,
    schedule_text,
)
from archiver.retention.periods import Period
from archiver.retention.schedules import (
    Conditions,
    Cutoff,
    Schedule,
    Series,
    Source,
    find_schedule,
    parse_schedule,
)


@pytest.fixture
def city() -> Schedule:
    return find_schedule("general-city")


def test_a_form_changes_what_it_says_and_nothing_else(city: Schedule) -> None:
    changed = edited(
        city,
        {
            "version": "2027.1",
            "effective_from": "2027-01-01",
            "source.resolution": "2026-88",
            "GC-04:rule": "CU+3",
            "GC-04:notes": "By the council's wish.",
            "GC-05:when.language": "es, en",
        },
    )
    assert (changed.version, str(changed.effective_from)) == ("2027.1", "2027-01-01")
    assert changed.source.resolution == "2026-88"
    assert changed.find("GC-04").period == Period(years=3)
    assert changed.find("GC-04").notes == "By the council's wish."
    assert changed.find("GC-05").when.language == ["es", "en"]
    untouched = ("GC-01", "GC-02", "GC-06", "GC-07", "GC-08")
    for code in untouched:
        assert replace(changed.find(code), rule="") == replace(city.find(code), rule="")


def test_a_series_is_added_and_taken_out(city: Schedule) -> None:
    changed = edited(
        city,
        {
            "GC-07:remove": "yes",
            "event:fair": "The fair of 2026",
            "GC-20:title": "The fair",
            "GC-20:rule": "CL+5",
            "GC-20:event": "fair",
            "GC-20:authority": "Resolution 7",
            "GC-20:mark": "K",
            "GC-20:when.form": "fair",
            "GC-20:when.removed": "no",
        },
    )
    codes = [each.code for each in changed.series]
    assert "GC-07" not in codes
    assert codes[-1] == "GC-20"
    added = changed.find("GC-20")
    assert (added.cutoff, added.event, added.period) == (
        Cutoff.EVENT_ENDED,
        "fair",
        Period(years=5),
    )
    assert added.when == Conditions(form=["fair"], removed=False)


def test_how_long_is_said_in_parts_too(city: Schedule) -> None:
    changed = edited(
        city, {"GC-04:cutoff": "removed", "GC-04:period": "1Y6M", "GC-04:year_end": "fiscal"}
    )
    found = changed.find("GC-04")
    assert (found.cutoff, found.period, found.year_end) == (
        Cutoff.REMOVED,
        Period(years=1, months=6),
        "fiscal",
    )
    assert edited(city, {"GC-04:period": "P"}).find("GC-04").period.permanent


def test_a_series_is_made_to_follow_another(city: Schedule) -> None:
    changed = edited(city, {"GC-06:follows": "GC-04"})
    assert changed.find("GC-06").cutoff is Cutoff.CREATED
    assert parse_schedule(schedule_text(changed), "t").find("GC-06").follows == "GC-04"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("colour", "red", "no field 'colour'"),
        ("effective_from", "tomorrow", "no day"),
        ("GC-04:colour", "red", "GC-04: there is no field 'colour'"),
        ("GC-04:rule", "XX+2", "GC-04: .*XX"),
        ("GC-04:period", "long", "GC-04"),
        ("GC-04:when.removed", "maybe", "yes or no"),
        ("GC-04:when.kind", "tweet", "GC-04: kind tweet"),
        ("GC-99:title", "Alone", "GC-99"),
        ("version", "2027#1", "id and version"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    city: Schedule, key: str, value: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        edited(city, {key: value})


TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"\\\n\t#'\x7f\x00"), min_size=1
).filter(lambda text: bool(text.strip()))
NAMES = st.lists(TEXT, min_size=1, max_size=3)
CONDITIONS = st.builds(
    Conditions,
    kind=st.none() | st.lists(st.sampled_from([each.value for each in Kind]), min_size=1),
    visibility=st.none() | st.lists(st.sampled_from(Visibility), min_size=1),
    direction=st.none() | st.lists(st.sampled_from(AuthorRole), min_size=1),
    department=st.none() | NAMES,
    language=st.none() | st.just(["es-MX"]),
    policy=st.none() | st.just(["removed content"]),
    removed=st.none() | st.booleans(),
)
PERIODS = st.sampled_from(
    [Period(years=2), Period(years=1, months=30), Period(days=800), Period(permanent=True)]
)


@settings(deadline=None)
@given(
    TEXT,
    TEXT,
    CONDITIONS,
    PERIODS,
    st.sampled_from([Cutoff.CREATED, Cutoff.REMOVED, Cutoff.SUPERSEDED, Cutoff.ACCOUNT_CLOSED]),
    st.sampled_from(["", "calendar", "fiscal"]),
)
def test_whatever_a_schedule_says_is_read_back_from_its_text(
    title: str, notes: str, when: Conditions, period: Period, cutoff: Cutoff, year_end: str
) -> None:
    series = Series(
        code="T-1",
        title=title,
        cutoff=cutoff,
        period=period,
        year_end=year_end,
        authority=notes,
        mark="K",
        when=when,
        notes=notes,
    )
    city = find_schedule("general-city")
    schedule = replace(city, title=title, source=Source(title, notes), series=[series])
    again = parse_schedule(schedule_text(schedule), "t")
    assert again.title == title
    assert again.source == schedule.source
    assert replace(again.series[0], rule="") == series


def test_a_draft_is_saved_found_and_given_up(office: sqlite3.Connection) -> None:
    save_draft(office, actor="clerk", name="2027", text="one")
    save_draft(office, actor="clerk", name=" 2027 ", text="two")
    save_draft(office, actor="clerk", name="other", text="[broken")
    assert [each.name for each in list_drafts(office)] == ["other", "2027"]
    assert find_draft(office, "2027").text == "two"
    discard_draft(office, actor="clerk", name="2027")
    assert [each.name for each in list_drafts(office)] == ["other"]
    with pytest.raises(InputError, match="no draft '2027'"):
        discard_draft(office, actor="clerk", name="2027")
    with pytest.raises(RuleError, match="needs a name"):
        save_draft(office, actor="clerk", name=" ", text="x")


def test_a_saved_draft_stays_below_the_next(office: sqlite3.Connection) -> None:
    save_draft(office, actor="clerk", name="2027", text="one")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        office.execute("UPDATE schedule_drafts SET text = 'two'")
    assert audit_trail(office)
