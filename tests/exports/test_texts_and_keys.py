"""Garbled texts put right without loss, times, and keys for records that have no id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.exports import times
from archiver.exports.derived import Repeats, derived_id, is_derived
from archiver.exports.texts import mended, mended_values, unescaped, whole
from archiver.items import Kind

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def garbled(text: str) -> str:
    """As Facebook writes it: each byte of the UTF-8 as a character."""
    return text.encode().decode("latin-1")


@given(TEXT)
def test_what_the_platform_garbled_is_read_as_it_was_written(text: str) -> None:
    assert mended(garbled(text)) == text or text.isascii()


@given(TEXT)
def test_mending_is_undone_exactly_or_changes_nothing(text: str) -> None:
    found = mended(text)
    assert found == text or garbled(found) == text


@pytest.mark.parametrize("text", ["Café", "niño", "plain", "日本語", "Ü", "half \ud83d"])
def test_texts_that_were_not_garbled_stay(text: str) -> None:
    assert mended(text) == text


def test_texts_deep_in_a_value_are_mended_with_their_names() -> None:
    value = {garbled("año"): [{"text": garbled("🌳 Café")}, 3, None]}
    assert mended_values(value) == {"año": [{"text": "🌳 Café"}, 3, None]}


def test_entities_and_halves_of_characters_are_made_readable() -> None:
    assert unescaped("Tom &amp; Ana &#39;s &lt;3") == "Tom & Ana 's <3"
    assert whole("a\ud83d b") == "a� b"


@pytest.mark.parametrize(
    ("value", "unit", "found"),
    [
        (1700000000, "s", "2023-11-14T22:13:20Z"),
        ("1700000000123", "ms", "2023-11-14T22:13:20.123000Z"),
        (0, "s", None),
        (True, "s", None),
        ("soon", "s", None),
        (10**18, "s", None),
    ],
)
def test_counts_of_seconds_are_times_or_nothing(value: object, unit: str, found: object) -> None:
    assert times.since_1970(value, unit) == found


def test_a_time_without_zone_is_taken_in_the_zone_that_is_given() -> None:
    forms = ("%b %d, %Y %I:%M %p", "%Y-%m-%d %H:%M:%S %Z")
    assert times.written("Jul  4, 2024 9:05 AM", forms, "America/Los_Angeles") == (
        "2024-07-04T16:05:00Z"
    )
    assert times.written("2024-07-04 09:05:00 UTC", forms) == "2024-07-04T09:05:00Z"
    assert times.written("yesterday", forms) is None
    assert times.with_zone("2024-07-04T09:05:00+02:00") == "2024-07-04T07:05:00Z"
    assert times.with_zone("2024-07-04T09:05:00") is None


@given(TEXT, TEXT, TEXT)
def test_a_key_depends_on_every_part_and_on_where_it_ends(one: str, two: str, more: str) -> None:
    key = derived_id(Kind.POST, one, "2024-07-04T09:05:00Z", "City", two)
    assert is_derived(key)
    assert key == derived_id(Kind.POST, one, "2024-07-04T09:05:00Z", "City", f" {two}\n")
    assert key != derived_id(Kind.COMMENT, one, "2024-07-04T09:05:00Z", "City", two)
    assert key != derived_id(Kind.POST, f"{one}x", "2024-07-04T09:05:00Z", "City", two)
    assert key != derived_id(Kind.POST, one, None, "City", two)
    if more.strip():
        assert key != derived_id(Kind.POST, one, "2024-07-04T09:05:00Z", "City", f"{two} {more} x")


def test_the_second_of_two_equal_records_has_a_key_of_its_own() -> None:
    repeats = Repeats()
    assert [repeats.next("k"), repeats.next("k"), repeats.next("j")] == ["k", "k-2", "j"]
