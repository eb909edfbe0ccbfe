"""Chance that repeats itself."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from archiver.demo.dice import Dice, seed_of


def test_the_first_draws_never_change_between_machines() -> None:
    # The published first outputs of SplitMix64 for seed 1234567.
    dice = Dice(1234567)
    assert [dice.draw() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_named_places_have_seeds_of_their_own() -> None:
    seeds = [
        seed_of(7),
        seed_of(8),
        seed_of(7, "parks"),
        seed_of(7, "parks", 1),
        seed_of(7, "parks", 2),
        seed_of(7, 1, "parks"),
    ]
    assert len(set(seeds)) == len(seeds)


@given(st.integers(), st.integers(0, 50), st.integers(0, 50))
def test_a_number_between_two_bounds_keeps_to_them(seed: int, low: int, width: int) -> None:
    dice = Dice(seed)
    assert all(low <= dice.between(low, low + width) <= low + width for _ in range(20))


@given(st.integers(0, 2**32), st.lists(st.integers(), unique=True, max_size=9), st.integers(0, 12))
def test_some_choices_are_all_different(seed: int, choices: list[int], count: int) -> None:
    taken = Dice(seed).some(choices, count)
    assert len(taken) == min(count, len(choices))
    assert set(taken) <= set(choices)
    assert len(set(taken)) == len(taken)


def test_choices_come_up_about_equally_often() -> None:
    dice = Dice(3)
    found = Counter(dice.below(5) for _ in range(10_000))
    assert all(1800 < count < 2200 for count in found.values())
