"""Spans of neighbouring pages as one."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from archiver.capture.absence import merged
from archiver.items import Kind, Span


def spans(bounds: list[str | None], author: str = "city") -> list[Span]:
    """Pages newest first between these bounds."""
    return [
        Span(Kind.POST, ("post",), author, after, before)
        for before, after in itertools.pairwise(bounds)
    ]


@given(st.lists(st.integers(10, 99), min_size=0, max_size=8, unique=True))
def test_neighbouring_pages_become_one_span(numbers: list[int]) -> None:
    bounds: list[str | None] = [None, *map(str, sorted(numbers, reverse=True)), None]
    assert merged(spans(bounds)) == [Span(Kind.POST, ("post",), "city", None, None)]


def test_pages_with_a_hole_between_them_stay_apart() -> None:
    apart = [*spans([None, "80"]), *spans(["70", "60"])]
    assert merged(apart) == apart


def test_pages_of_different_lists_stay_apart() -> None:
    apart = [*spans([None, "80"], "city"), *spans(["80", None], "parks")]
    assert merged(apart) == apart
