"""What of a record's other versions comes into a volume with it, and what does not."""

from __future__ import annotations

import json

import pytest

from archiver.errors import RuleError
from archiver.production import produce as producing
from archiver.requests.book import decide


def line(made, at: int = 0) -> dict[str, object]:
    return json.loads((made.folder / "data" / "records.jsonl").read_text().splitlines()[at])


@pytest.fixture
def edited(city):
    """A request with the first and the second version of a record: its number and two items."""
    number = city.ask()
    city.collect(number, city.store("1", "My number is 555-0142"))
    record = city.store("1", "My number was removed", observed_at="2026-11-18T10:00:00Z")
    return (number, *city.collect(number, record))


def test_a_withheld_earlier_version_is_named_by_its_sheet_only(city, edited) -> None:
    number, first, second = edited
    city.withhold(number, first)
    city.release(number, second)
    made = city.produce(number)
    found = line(made)
    assert found["earlier_versions"] == []
    (left_out,) = found["versions_left_out"]
    assert left_out["version"] == 1
    assert left_out["why"] == "withheld"
    assert left_out["sheet_page"] > found["last_page"]
    assert "555-0142" not in (made.folder / "data" / "records.jsonl").read_text()


def test_a_version_withheld_in_an_earlier_volume_stays_withheld(city) -> None:
    number = city.ask()
    (first,) = city.collect(number, city.store("1", "My number is 555-0142"))
    city.withhold(number, first)
    before = city.produce(number)
    record = city.store("1", "My number was removed", observed_at="2026-11-18T10:00:00Z")
    _, second = city.collect(number, record)
    city.release(number, second)
    made = city.produce(number, now="2026-11-20T19:00:00Z")
    (left_out,) = line(made)["versions_left_out"]
    assert before.first_bates <= left_out["sheet_page"] <= before.last_bates
    assert line(made)["earlier_versions"] == []


def test_a_later_version_that_is_withheld_is_named_too(city, edited) -> None:
    number, first, second = edited
    city.release(number, first)
    city.withhold(number, second)
    found = line(city.produce(number))
    assert found["text"] == "My number is 555-0142"
    assert [one["version"] for one in found["versions_left_out"]] == [2]


def test_a_version_that_is_not_responsive_is_left_out(city, edited) -> None:
    number, first, second = edited
    decide(city.office, number, [first], "not responsive", actor="of")
    city.release(number, second)
    found = line(city.produce(number))
    assert found["earlier_versions"] == []
    assert found["versions_left_out"] == [
        {"version": 1, "why": "not responsive", "sheet_page": None}
    ]


def test_beside_a_withheld_version_only_what_was_released_is_printed(city) -> None:
    number = city.ask()
    (first,) = city.collect(number, city.store("1", "My number is 555-0142"))
    city.store("1", "My number is 555-0142!", observed_at="2026-11-17T12:00:00Z")
    record = city.store("1", "My number was removed", observed_at="2026-11-18T10:00:00Z")
    _, third = city.collect(number, record)
    city.withhold(number, first)
    city.release(number, third)
    found = line(city.produce(number))
    assert found["earlier_versions"] == []
    assert [one["why"] for one in found["versions_left_out"]] == ["withheld", "not decided"]


def test_an_earlier_version_nobody_decided_about_is_printed_with_the_record(city) -> None:
    number = city.ask()
    city.store("1", "The lights are out")
    record = city.store("1", "The lights are on", observed_at="2026-11-18T10:00:00Z")
    city.release(number, *city.collect(number, record))
    city.store("1", "The lights are red", observed_at="2026-11-19T10:00:00Z")
    found = line(city.produce(number))
    assert [one["text"] for one in found["earlier_versions"]] == ["The lights are out"]
    assert found["versions_left_out"] == []


def test_two_released_versions_are_printed_each_with_what_stood_before(city, edited) -> None:
    number, first, second = edited
    city.release(number, first, second)
    made = city.produce(number)
    assert [len(line(made, at)["earlier_versions"]) for at in (0, 1)] == [0, 1]


def test_a_decision_about_another_version_made_meanwhile_stops_the_volume(
    city, monkeypatch
) -> None:
    number = city.ask()
    (first,) = city.collect(number, city.store("1", "The lights are out"))
    city.release(number, first)
    city.produce(number)
    record = city.store("1", "The lights are on", observed_at="2026-11-18T10:00:00Z")
    _, second = city.collect(number, record)
    city.release(number, second)
    printed = producing.print_volumes

    def decided_meanwhile(*given, **more):
        reason = "it names a library card"
        city.withhold(number, first, note_text=reason, acknowledge_earlier=True)
        return printed(*given, **more)

    monkeypatch.setattr(producing, "print_volumes", decided_meanwhile)
    with pytest.raises(RuleError, match="decided anew"):
        city.produce(number, now="2026-11-20T19:00:00Z")


def test_an_earlier_version_withheld_in_another_request_is_not_printed(city) -> None:
    other = city.ask("All comments of that evening.")
    (first,) = city.collect(other, city.store("1", "My number is 555-0142"))
    city.withhold(other, first)
    number = city.ask()
    record = city.store("1", "My number was removed", observed_at="2026-11-18T10:00:00Z")
    (second,) = city.collect(number, record)
    city.release(number, second)
    made = city.produce(number)
    assert line(made)["earlier_versions"] == []
    (left_out,) = line(made)["versions_left_out"]
    assert left_out == {"version": 1, "why": "withheld elsewhere", "sheet_page": None}
    assert "555-0142" not in (made.folder / "data" / "records.jsonl").read_text()
