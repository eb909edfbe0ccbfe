"""The release view says who decided on which law, what was searched, what is held."""

from __future__ import annotations

import dataclasses
import datetime as dt

import msgspec
import pytest

from archiver.config import shipped
from archiver.errors import RuleError
from archiver.production import loading
from archiver.production.loading import load_release
from archiver.register.attestations import withdraw_attestation
from archiver.requests.book import (
    attestation_of,
    catalogue,
    get_request,
    items_for_production,
    log_search,
)
from archiver.staff.people import add_person
from archiver.staff.schema import open_staff

NOW = "2026-11-20T18:00:00Z"


def view(city, number: str):
    files = {"archive": city.archive.public, "private": city.archive.private}
    items = items_for_production(city.office, files, number)
    request = get_request(city.office, number)
    return load_release(
        *(city.home, city.office, city.archive, request, items, items),
        volume=1,
        now=NOW,
        earlier={},
        sheets={},
    )


def test_the_view_of_a_withheld_record_is_a_number_and_a_section(city) -> None:
    number = city.ask()
    items = city.collect(number, city.store("1", "a secret"))
    city.withhold(number, *items)
    release = view(city, number)
    assert release.records == ()
    (withheld,) = release.withheld
    assert dataclasses.asdict(withheld) == {
        "key": str(items[0]),
        "citations": ("Gov. Code § 7927.105",),
    }
    assert [ground.citation for ground in release.grounds] == ["Gov. Code § 7927.105"]
    assert "a secret" not in repr(release)


def test_who_withheld_is_named_with_name_and_title(city) -> None:
    staff = open_staff(city.home)
    add_person(
        staff,
        actor="it",
        login="of",
        name="Odile Farrow",
        title="City Clerk",
        roles=["clerk"],
        password="a long enough passphrase",
    )
    staff.close()
    number = city.ask()
    city.withhold(number, *city.collect(number, city.store("1")))
    assert view(city, number).responsible == "Odile Farrow, City Clerk"


def test_an_unknown_login_is_named_as_it_is(city) -> None:
    number = city.ask()
    city.withhold(number, *city.collect(number, city.store("1")))
    assert view(city, number).responsible == "of"


def test_an_exemption_whose_wording_changed_since_must_be_decided_again(city, monkeypatch) -> None:
    number = city.ask()
    city.withhold(number, *city.collect(number, city.store("1")))
    shipped = loading.catalogue()

    class Changed:
        def find(self, section: str):
            entry = shipped.find(section)
            return type(entry)(
                section=entry.section,
                title="Another title",
                text=entry.text,
                source=entry.source,
                mark=entry.mark,
            )

    monkeypatch.setattr(loading, "catalogue", lambda: Changed())
    with pytest.raises(RuleError, match="its wording changed"):
        view(city, number)


def test_the_searches_made_are_told_with_their_limits(city) -> None:
    number = city.ask()
    city.collect(number, city.store("1"))
    log_search(
        city.office,
        number,
        actor="of",
        text="skate NEAR park",
        filters={"platforms": ["x"], "start_day": "2026-01-01", "has_media": None},
        files=["archive", "private"],
        found=12,
        exact=False,
        accounts=None,
    )
    (search,) = view(city, number).searches
    assert search.text == "skate NEAR park"
    assert search.filters == "platforms: x; start day: 2026-01-01"
    assert search.where == "public records, private messages and lists"
    assert (search.found, search.exact) == (12, False)


def test_the_ten_day_date_comes_with_its_arithmetic(city) -> None:
    number = city.ask()
    city.collect(number, city.store("1"))
    request = view(city, number).request
    assert request.due_on.isoformat() == "2026-11-26"
    assert "Thu 26 Nov 2026" in request.due_words[0]


def test_an_answer_names_its_parent_only_where_that_is_released(city) -> None:
    number = city.ask()
    records = [
        city.store("1", "a question"),
        city.store("2", "an answer", parent_id="1"),
        city.store("3", "another", parent_id="99"),
    ]
    items = city.collect(number, *records)
    city.release(number, *items)
    by_text = {record.text.words: record for record in view(city, number).records}
    assert by_text["an answer"].parent == by_text["a question"].key
    assert by_text["another"].parent is None
    assert by_text["another"].answers
    city.withhold(number, items[0])
    by_text = {record.text.words: record for record in view(city, number).records}
    assert by_text["an answer"].parent is None


def test_a_withdrawn_attestation_stops_the_volume(city) -> None:
    number = city.ask()
    city.withhold(number, *city.collect(number, city.store("1")))
    attestation = attestation_of(city.office, catalogue().find("7927.105"))
    withdraw_attestation(
        city.office,
        actor="ph",
        attestation=attestation,
        attorney="P. Haldane",
        on=dt.date(2026, 11, 19),
        note="Library use only",
    )
    with pytest.raises(RuleError, match="withdrew the attestation"):
        view(city, number)


def test_the_ten_day_date_is_counted_by_the_citys_own_calendar(city) -> None:
    number = city.ask()
    city.collect(number, city.store("1"))
    own = shipped("schedules") / "calendars" / "california.toml"
    (city.home.path / "own.toml").write_bytes(own.read_bytes())
    settings = msgspec.structs.replace(city.home.settings(), calendar="own.toml")
    assert loading._request(city.office, city.requests[0], settings).due_on is not None


def test_a_date_that_cannot_be_counted_is_said_to_be_missing_without_a_path(city) -> None:
    city.ask()
    settings = msgspec.structs.replace(city.home.settings(), calendar="nowhere.toml")
    request = loading._request(city.office, city.requests[0], settings)
    assert request.due_on is None
    assert "no date was computed" in request.due_words[0]
    assert "nowhere" not in request.due_words[0]
