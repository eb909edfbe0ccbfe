"""The fields of a form and the text of a search say the same, in both directions."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.archive.fields import Fields, to_fields, to_text
from archiver.archive.filters import Filters, plan
from archiver.archive.query import SearchRefused, parse


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("mill closure", Fields(words="mill closure")),
        ('"mill street" hours', Fields(words="hours", phrase="mill street")),
        ("(closure OR cierre) park", Fields(words="park", any_words="closure cierre")),
        ("park -marathon -race", Fields(words="park", none_words="marathon race")),
        ("NEAR(park noise, 5)", Fields(near="park noise", within=5)),
        ("NEAR(park noise)", Fields(near="park noise")),
        (
            'from:residents to:"Jane Roe" pool',
            Fields("pool", author="residents", recipient="Jane Roe"),
        ),
        ("is:removed lang:es clos*", Fields(words="is:removed lang:es clos*")),
        ("pool OR spa hours", Fields(words="pool OR spa hours")),
        ("(pool OR (spa hours)) x", Fields(words="(pool OR (spa hours)) x")),
        ('"one" "two"', Fields(words='"two"', phrase="one")),
        ('an open " quote', Fields(words='an open " quote')),
        ("-from:residents pool", Fields(words="-from:residents pool")),
    ],
)
def test_a_search_is_read_into_fields(text: str, fields: Fields) -> None:
    assert to_fields(text) == fields


def test_fields_are_written_as_one_search() -> None:
    fields = Fields(
        "pool OR spa", 'the "big" pool', "open closed", "dog -cat", "a b", 3, "Jane Roe"
    )
    assert to_text(fields) == (
        '(pool OR spa) "the big pool" (open OR closed) NEAR(a b, 3) -dog -cat from:"Jane Roe"'
    )


def meaning(text: str) -> object:
    """What a search asks of the index, its words in order, and its days."""
    try:
        query = parse(text)
    except SearchRefused:
        return None
    made = plan(query, Filters(), {})
    parts = re.findall(r'"[^"]*"|NEAR|NOT|[A-Za-z]+|\d+', made.match or "")
    return sorted(set(parts)), made.start, made.end, sorted(map(str, set(made.needles)))


PARTS = st.sampled_from(
    [
        *("mill", "closure*", "-marathon", '"mill street"', '"two words"', "OR", "(a OR b)"),
        *("(pool OR spa)", "NEAR(park noise, 5)", "NEAR(x y)", "from:residents", 'from:"Jane Roe"'),
        *(
            "to:mayor",
            "is:removed",
            "kind:comment",
            "after:2026-06",
            "has:media",
            "lang:es",
            "水费",
        ),
        *(
            '-"park closure"',
            "-is:edited",
            "(",
            ")",
            '"',
            "-",
            "and",
            "x:y",
            "NOT",
            "AND",
            "@mayor",
        ),
    ]
)


@given(st.lists(PARTS, max_size=7).map(" ".join))
def test_a_search_through_the_fields_asks_the_same(text: str) -> None:
    assert meaning(to_text(to_fields(text))) == meaning(text)


@given(st.text(alphabet=' ab"()-*:ORNEAT,3水', max_size=25))
@example("(-3 )3")
def test_no_text_is_too_odd_for_the_fields(text: str) -> None:
    assert meaning(to_text(to_fields(text))) == meaning(text)


WORD = st.sampled_from(["mill", "pool", "cierre", "水费", "it's", "OR", '"q"', "(b)"])


@given(
    st.builds(
        Fields,
        phrase=st.lists(WORD, max_size=3).map(" ".join),
        any_words=st.lists(WORD, max_size=3).map(" ".join),
        none_words=st.lists(WORD, max_size=3).map(" ".join),
        near=st.lists(WORD, max_size=3).map(" ".join),
        within=st.integers(0, 200),
        author=st.lists(WORD, max_size=2).map(" ".join),
    )
)
def test_what_fields_write_reads_back_as_the_same_search(fields: Fields) -> None:
    text = to_text(fields)
    assert meaning(to_text(to_fields(text))) == meaning(text)
