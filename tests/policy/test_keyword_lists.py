"""Word filters as they stood: read from any text file, compared, never changed."""

from __future__ import annotations

import codecs
import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.policy.checking import check_policies
from archiver.policy.keyword_lists import (
    KeywordList,
    add_keywords,
    lists_of_account,
    standing_list,
    take_back_list,
    words_in,
)
from archiver.policy.plain_text import read_text, text_of

Enter = Callable[..., KeywordList]
WORDS = "damn fools\nquítate ya\n\n  垃圾  \r\ndamn fools\n"


@pytest.fixture
def enter(office: sqlite3.Connection) -> Enter:
    """Enters a list of the first account."""

    def entered(day: str, *words: str, **more: object) -> KeywordList:
        on = dt.date.fromisoformat(day)
        return add_keywords(office, 1, words, actor="mq", stood_on=on, **more)  # type: ignore[arg-type]

    return entered


@pytest.mark.parametrize(
    "content",
    [
        WORDS.encode(),
        codecs.BOM_UTF8 + WORDS.encode(),
        WORDS.encode("utf-16"),
        codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
        WORDS.encode("utf-16-le"),
        WORDS.encode("utf-16-be"),
    ],
)
def test_a_word_list_is_read_in_every_encoding_people_have(content: bytes) -> None:
    text = text_of(content)
    assert text is not None
    found = words_in(text)
    assert found.words == ("damn fools", "quítate ya", "垃圾")
    assert found.repeated == 1


@pytest.mark.parametrize(
    "content",
    [
        "idiota café".encode("latin-1"),
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"\xd0\xcf\x11\xe0\0\0",
        b"bad\x07bell",
        WORDS.encode("utf-32"),
    ],
)
def test_what_is_no_such_text_is_not_guessed(content: bytes, tmp_path: Path) -> None:
    assert text_of(content) is None
    file = tmp_path / "words.txt"
    file.write_bytes(content)
    with pytest.raises(InputError, match="save it as UTF-8"):
        read_text(file, "words.txt", 1000)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(b"a\n" * 5000)
    with pytest.raises(InputError, match="larger than"):
        read_text(file, "words.txt", 2048)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1)
    )
)
def test_words_come_out_as_they_went_in(words: list[str]) -> None:
    words = [word for word in dict.fromkeys(words) if not word.startswith("\ufeff")]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        text = text_of("\n".join(words).encode(encoding))
        assert text is not None
        assert list(words_in(text).words) == words


def test_each_list_says_what_it_added_and_removed(office: sqlite3.Connection, enter: Enter) -> None:
    first = enter("2026-01-01", "a", "b")
    assert (first.previous, first.added) == (0, ("a", "b"))
    last = enter("2026-03-01", "b", "c")
    assert (last.previous, last.added, last.removed) == (first.id, ("c",), ("a",))
    between = enter("2026-02-01", "b")
    assert between.removed == ("a",)
    newest = lists_of_account(office, 1)[0]
    assert (newest.previous, newest.added, newest.removed) == (between.id, ("c",), ())


def test_the_list_of_a_day_knows_since_when_each_word_stood(
    office: sqlite3.Connection, enter: Enter
) -> None:
    enter("2026-01-01", "a", "b")
    enter("2026-02-01", "b")
    enter("2026-03-01", "a", "b")
    wrong = enter("2026-03-15", "z")
    take_back_list(office, wrong.id, actor="mq", reason="Another account's")
    found, since = standing_list(office, 1, dt.date(2026, 3, 20))
    assert found is not None
    assert found.stood_on == "2026-03-01"
    assert since == {"a": "2026-03-01", "b": "2026-01-01"}
    assert standing_list(office, 1, dt.date(2025, 12, 31)) == (None, {})
    assert standing_list(office, 2, dt.date(2026, 3, 20)) == (None, {})


def test_that_an_account_filters_nothing_is_said_and_not_left_out(enter: Enter) -> None:
    with pytest.raises(InputError, match="filters none"):
        enter("2026-01-01")
    with pytest.raises(InputError, match="filters none"):
        enter("2026-01-01", "a", none=True)
    assert enter("2026-01-01", none=True).words == ()


def test_the_same_list_is_not_entered_twice_for_a_day_nor_for_one_ahead(enter: Enter) -> None:
    enter("2026-01-01", "a")
    with pytest.raises(RuleError, match="already"):
        enter("2026-01-01", "a")
    enter("2026-01-01", "a", "b")
    assert enter("2026-02-01", "a", "b").added == ()
    with pytest.raises(RuleError, match="lies ahead"):
        enter("2026-11-23", "a")


def test_a_list_too_long_to_be_one_is_refused() -> None:
    with pytest.raises(InputError, match="line 2"):
        words_in("a\n" + "b" * 501)
    with pytest.raises(InputError, match="right file"):
        words_in("\n".join(map(str, range(20_001))))


def test_a_list_stays_as_it_is_and_a_changed_one_is_found(
    place: Home, office: sqlite3.Connection, enter: Enter
) -> None:
    enter("2026-01-01", "a")
    for statement in ("UPDATE keyword_lists SET words = '[]'", "DELETE FROM keyword_lists"):
        with pytest.raises(sqlite3.IntegrityError):
            office.execute(statement)
    assert check_policies(place, office).wrong == ()
    office.execute("DROP TRIGGER keyword_lists_no_update")
    office.execute("UPDATE keyword_lists SET words = '[\"b\"]'")
    assert "do not match" in check_policies(place, office).wrong[0]
