"""What a person types or pastes becomes a line; what is no text is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.errors import InputError
from archiver.register.names import words

PERSIAN = "می\u200cخواهم"
FAMILY = "👩\u200d👧"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("\ufeffParks\u200b and\u00a0 Recreation\u200e", "Parks and Recreation"),
        ("City\u202e Clerk\u202c", "City Clerk"),
        ("co\u00adoperate", "cooperate"),
        (f"  {PERSIAN}   {FAMILY} ", f"{PERSIAN} {FAMILY}"),
        ("\u200e \u200e", ""),
        ("\u200d\u200d", ""),
        ("Ana\u200d", "Ana"),
        ("\u200c Ana \u200c\u200e", "Ana"),
        ("\u0600\u0661\u0662", "\u0600\u0661\u0662"),
    ],
)
def test_invisible_marks_that_came_along_are_dropped_and_joiners_stay(
    pasted: str, kept: str
) -> None:
    assert words("name", pasted) == kept


@pytest.mark.parametrize("broken", ["a\x07b", "\x00", "half \ud83d of it", "\ue000"])
def test_control_characters_and_halves_of_letters_are_refused(broken: str) -> None:
    with pytest.raises(InputError, match="name holds control characters: type it again"):
        words("name", broken)


@given(st.text())
@example("\ufeff \u00ad")
def test_what_is_kept_is_kept_as_it_is_the_next_time(typed: str) -> None:
    try:
        kept = words("name", typed)
    except InputError:
        return
    assert words("name", kept) == kept
    assert kept == kept.strip()
