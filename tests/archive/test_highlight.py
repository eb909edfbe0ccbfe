"""Marks lie on the original letters, whatever form the index compares."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.archive import highlight, query, scripts


def marked(text: str, search: str, **more: int) -> list[str]:
    needles = query.parse(search).needles
    places = highlight.united(highlight.find_each(text, needles))
    return [span.text for span in highlight.snippet(text, places, **more).spans if span.marked]


@pytest.mark.parametrize(
    ("text", "search", "expected"),
    [
        ("Mill Street is closed", '"mill street" closed', ["Mill Street", "closed"]),
        ("Mill Pond, then Street", '"mill street"', []),
        ("The ＰＡＲＫ is open", "park", ["ＰＡＲＫ"]),
        ("Le cafe\u0301 rouvre", "café", ["cafe\u0301"]),
        ("Le café rouvre", "cafe", ["café"]),
        ("ﬁre and ﬁrst", "fire", ["ﬁre"]),
        ("㎞ and km", "km", ["㎞", "km"]),
        ("市政府封路期間通行", "封路期間", ["封路期間"]),
        ("市政府封路期間通行", "路", ["路"]),
        ("น้ำท่วมถนน", "น้ำท่วม", ["น้ำท่วม"]),
        ("ﾌﾟｰﾙ closed", "プール", ["ﾌﾟｰﾙ"]),
        ("សាលា\u200bក្រុង", "សាលាក្រុង", ["សាលា\u200bក្រុង"]),
        ("parking, parked, park", "park*", ["parking", "parked", "park"]),
        ("parking, parked, park", "park", ["park"]),
        ("don't walk", "don't", ["don't"]),
        ("a_b c", "b", ["b"]),
        ("park closure", "park -closure", ["park"]),
        ("pa\u202erk", "park", ["pa\u202erk"]),
        ("STRASSE ΣΊΣΥΦΟΣ", "σίσυφος", []),
        ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", ["ΣΊΣΥΦΟΣ"]),
    ],
)
def test_marks_cover_exactly_what_was_found(text: str, search: str, expected: list[str]) -> None:
    assert marked(text, search) == expected


def test_a_short_text_is_given_whole() -> None:
    made = highlight.snippet("Park closure", [(0, 4)])
    assert made.text == "Park closure"
    assert made.begins
    assert made.ends


def test_a_long_text_is_cut_at_words_around_the_first_mark() -> None:
    text = "word " * 200 + "closure " + "word " * 200
    made = highlight.snippet(text, [(1000, 1007)])
    assert not made.begins
    assert not made.ends
    assert len(made.text) <= 260
    assert [span.text for span in made.spans if span.marked] == ["closure"]
    assert made.text.startswith("word")
    assert made.text.endswith("word")


def test_a_cut_never_parts_a_letter_from_its_marks() -> None:
    text = "น้ำท่วมที่สวนสาธารณะ" * 60
    made = highlight.snippet(text, [(600, 607)])
    assert scripts.clusters(made.text)[0][0] not in "ิี่้ำ"
    assert text[text.index(made.text) + len(made.text)] not in "ิี่้"


def test_a_long_text_is_marked_without_reading_it_token_by_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(_: str) -> None:
        raise AssertionError("every token was read")

    monkeypatch.setattr(highlight._Read, "of", read)
    text = "the café by the mill street 🌉 was closed again " * 500
    needles = query.parse(" OR ".join(f"word{n}" for n in range(60)) + ' OR "mill street"').needles
    assert len(highlight.find_each(text, needles)[-1]) == 500


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["mill", "Café", "street", " ", "_", "-", "é", "🌉", "m", "Σ"]), max_size=12
    )
)
def test_marks_are_the_same_found_fast_or_token_by_token(pieces: list[str]) -> None:
    text = "".join(pieces)
    needles = query.parse('mill "cafe street" str* m σ "mill m" "mill mill" me*').needles
    fast = highlight.find_each(text, needles)
    slow = highlight.find_each(text + " 路", needles)
    assert fast == slow


ANY = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80)


@settings(deadline=None)
@given(ANY)
def test_the_words_of_a_text_are_those_of_its_indexed_form(text: str) -> None:
    indexed = [scripts.fold(word) for word in highlight.words_of_cut(scripts.indexed(text))]
    assert highlight.words_of(text) == indexed


@settings(deadline=None)
@given(ANY)
def test_places_are_in_the_text_and_in_order(text: str) -> None:
    tokens = highlight.tokens_of(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    starts = [token.start for token in tokens]
    assert starts == sorted(starts)


@settings(deadline=None)
@given(
    ANY, st.lists(st.tuples(st.integers(0, 80), st.integers(1, 10)), max_size=5), st.integers(5, 60)
)
def test_spans_give_back_a_piece_of_the_text(
    text: str, pieces: list[tuple[int, int]], width: int
) -> None:
    marks = highlight.united(
        [[(start, min(start + size, len(text))) for start, size in pieces if start < len(text)]]
    )
    made = highlight.snippet(text, marks, width=width, lead=width // 4)
    assert made.text in text
    assert made.begins == text.startswith(made.text) or not made.text or text.count(made.text) > 1
    if len(text) <= width:
        assert made.text == text
        assert "".join(s.text for s in made.spans if s.marked) == "".join(
            text[start:end] for start, end in marks
        )
