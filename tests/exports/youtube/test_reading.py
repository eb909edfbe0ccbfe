"""Texts in pieces, heads in any language, words for privacy, names of films."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.demo.youtube_download import file_title as name_of_file
from archiver.demo.youtube_download import pieces
from archiver.exports.youtube.heads import Kind, by_names
from archiver.exports.youtube.media import Shelf, file_title
from archiver.exports.youtube.pieces import written
from archiver.exports.youtube.shapes import by_values
from archiver.exports.youtube.words import who_may_see
from archiver.items import Visibility

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1)


@given(text=TEXTS)
def test_a_text_in_pieces_comes_out_whole(text: str) -> None:
    assert written(pieces(text)).text == text
    assert written(pieces(text, old=True)).text == text


def test_links_in_a_text_are_told() -> None:
    link = {"text": "bit.ly/x", "link": {"linkUrl": "https://bit.ly/x"}}
    cell = ",".join(json.dumps(one) for one in ({"text": "see "}, link))
    said = written(cell)
    assert (said.text, said.links) == ("see bit.ly/x", ("https://bit.ly/x",))


def test_quotes_that_are_not_escaped_are_read_all_the_same_and_counted() -> None:
    said = written('{"takeoutSegments":[{"text":""think the right thing" jeez"}]}')
    assert said.text == '"think the right thing" jeez'
    assert said.repaired


@pytest.mark.parametrize("cell", ["plain words", "123", "", '["a"]', "{not json"])
def test_a_cell_that_is_no_pieces_is_the_text_itself(cell: str) -> None:
    assert written(cell).text == cell


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (("Channel ID", "Comment Create Timestamp", "Comment ID", "Comment Text"), Kind.COMMENTS),
        (("Comment ID", "Comment text"), Kind.COMMENTS),
        (("\ufeffKommentar-ID", "Kommentartext"), Kind.COMMENTS),
        (("Reactie-ID", "Reactietekst"), Kind.COMMENTS),
        (("ID-ul comentariului", "Textul comentariului"), Kind.COMMENTS),
        (("Komentaro ID", "Komentuoti tekstą"), Kind.COMMENTS),
        (("Video-ID", "Videotitel (origineel)"), Kind.VIDEOS),
        (("Beitrags\u2011ID", "Text des Beitrags"), Kind.POSTS),
        (("Идентификатор канала", "URL канала", "Название канала"), Kind.SUBSCRIPTIONS),
        (("ID de vídeo", "Título del vídeo (original)"), Kind.VIDEOS),
        (("채널 ID", "채널 제목(원본)"), Kind.CHANNEL),
    ],
)
def test_the_heads_of_known_languages_are_known(head: tuple[str, ...], kind: Kind) -> None:
    found = by_names(head)
    assert found is not None
    assert found.kind is kind


@given(head=st.lists(st.text(max_size=8), max_size=12), rows=st.lists(st.lists(st.text())))
def test_no_table_is_recognised_by_chance_and_none_breaks(
    head: list[str], rows: list[list[str]]
) -> None:
    assert by_values(head, rows) is None


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("Public", Visibility.PUBLIC),
        ("No listado", Visibility.PUBLIC),
        ("비공개", Visibility.PRIVATE),
        ("예약 공개", Visibility.SCHEDULED),
        ("非公開", Visibility.PRIVATE),
    ],
)
def test_words_for_who_may_see_are_understood(word: str, seen: Visibility) -> None:
    told = who_may_see(word)
    assert told is not None
    assert told[1] is seen


def test_a_word_nobody_knows_is_not_guessed() -> None:
    assert who_may_see("Semiöffentlich") is None


@given(title=TEXTS)
def test_the_name_of_a_film_is_never_longer_than_it_may_be(title: str) -> None:
    assert len(file_title(title).encode("utf-16-le")) <= 2 * 44


def test_a_cut_title_finds_its_film_and_a_numbered_one_does_not_steal_it() -> None:
    long = "A meeting of the council with a title that goes on 🌳 and on"
    shelf = Shelf([f"videos/{name_of_file(long)}.mp4", "videos/Plan(1).mp4", "videos/Plan.mp4"])
    for title in (long, "Plan", "Plan 1"):
        shelf.note(title)
    assert [ref.name for ref in shelf.of_video(long)] == [f"{name_of_file(long)}.mp4"]
    assert shelf.of_video("Plan") == ()
    assert shelf.of_video("Plan 1") == ()


def test_captions_beside_a_film_come_with_it() -> None:
    shelf = Shelf(["videos/Plan.mp4", "videos/Plan.en.srt", "videos/Other.vtt"])
    shelf.note("Plan")
    assert [ref.media_type for ref in shelf.of_video("Plan")] == ["video/mp4", "text/plain"]
