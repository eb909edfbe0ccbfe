"""Text that SQLite could not hold is stored reversibly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.stored_text import from_stored, to_searchable, to_shown, to_stored

ANY = st.text(
    st.one_of(
        st.characters(),
        st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=("Cs",)),
        st.characters(min_codepoint=0x10EFF0, max_codepoint=0x10F810),
    )
)


@given(ANY)
def test_stored_text_is_utf8_and_leads_back_to_the_very_text(text: str) -> None:
    stored = to_stored(text)
    stored.encode()
    assert from_stored(stored) == text


@given(ANY)
def test_shown_and_searched_text_never_fails_to_encode(text: str) -> None:
    to_shown(to_stored(text)).encode()
    assert "\0" not in to_searchable(to_stored(text))


def test_half_an_emoji_is_shown_as_the_replacement_character() -> None:
    assert to_shown(to_stored("Hello \ud83d!")) == "Hello �!"
