"""Every character is printed with a font that has it, or as its number; every line fits."""

from __future__ import annotations

import re
import subprocess
import unicodedata

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import HomeError
from archiver.pdf import breaking, faces, scripts
from archiver.pdf.faces import Cut, Family, Han
from archiver.pdf.flow import Style
from archiver.pdf.inline import BAR_WIDTH, Bar, Span
from archiver.pdf.typesetting import Typesetter

PAGE = 400.0
ALL = st.characters(exclude_categories=[])


def words(typesetter: Typesetter, text: str, width: float = PAGE) -> list[str]:
    lines = typesetter.lines([Span(text)], Cut(), 10, width)
    return ["".join(piece.shaped.text for piece in line.pieces) for line in lines]


def set_and_read(document, path, text: str) -> str:
    with document() as flow:
        flow.paragraph(text, Style())
    read = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", read))


@given(st.text(ALL, max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_line_is_wider_than_its_column(text: str) -> None:
    typesetter = Typesetter()
    for line in typesetter.lines([Span(text)], Cut(), 10, 120):
        seen = [piece for piece in line.pieces if not piece.shaped.text.isspace()]
        assert line.width <= 120.01 or len(seen) == 1


@given(st.text(ALL, max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_character_is_lost_without_a_word(text: str) -> None:
    typesetter = Typesetter()
    printed = "".join("".join(sorted(line)) for line in words(typesetter, text))
    for character in text:
        if scripts.LINE_BREAKS.fullmatch(character) or character.isspace():
            continue
        shown = scripts.code_point(character)
        assert character in printed or set(shown) <= set(printed)


@pytest.mark.parametrize("character", ["\ue000", "\U0010fffd", "\x07", "\ud83d", "\u202e"])
def test_what_no_font_has_is_printed_as_its_number(document, path, character) -> None:
    assert f"[U+{ord(character):04X}]" in set_and_read(document, path, f"a{character}b")


def test_what_was_printed_as_its_number_is_remembered() -> None:
    typesetter = Typesetter()
    words(typesetter, "a\ue000b\ue000\x07")
    assert typesetter.unprintable == {"\ue000", "\x07"}


@pytest.mark.parametrize(
    ("text", "language", "han"),
    [
        ("水费为什么涨了", None, Han.SIMPLIFIED),
        ("請問有中文的報名表嗎", None, Han.TRADITIONAL),
        ("市役所の投稿です", None, Han.JAPAN),
        ("시의회 會議", None, Han.KOREA),
        ("中", "ja", Han.JAPAN),
        ("駅前広場", None, Han.JAPAN),
        ("中", "zh-MO", Han.TRADITIONAL),
        ("中", "zh-TW", Han.TRADITIONAL),
        ("中", None, Han.SIMPLIFIED),
    ],
)
def test_chinese_characters_take_the_shapes_of_their_region(text, language, han) -> None:
    assert scripts.han(text, language) is han


def test_two_characters_with_one_glyph_both_come_back(document, path) -> None:
    # A Kangxi radical is drawn like the ideograph, yet it is another character.
    with document() as flow:
        flow.paragraph("⼀一⼆二", Style())
    read = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
    assert read.strip() == "⼀一⼆二"


@pytest.mark.parametrize(
    "text",
    ["👨‍👩‍👧‍👦", "🇺🇸", "👍🏽", "1️⃣", "🏴‍☠️", "𝓗𝓮𝓵𝓵𝓸", "ffi fl", "naïve", "e\u0301"],
)
def test_a_sequence_comes_back_whole(document, path, text) -> None:
    read = set_and_read(document, path, text)
    assert read == re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize(
    ("text", "words_of_it"),
    [
        ("ขอบคุณครับสวนสาธารณะปิดเมื่อไร", ("ขอบคุณ", "ครับ", "สวน", "สาธารณะ", "ปิด", "เมื่อไร")),
        ("ຂໍຂອບໃຈສວນສາທາລະນະ", ("ຂໍ", "ຂອບໃຈ", "ສວນ", "ສາທາລະນະ")),
        ("សូមអរគុណទីក្រុង", ("សូម", "អរគុណ", "ទីក្រុង")),
        ("ကျေးဇူးတင်ပါတယ်", ("ကျေးဇူးတင်", "ပါ", "တယ်")),
    ],
)
def test_scripts_without_spaces_break_between_words(text, words_of_it) -> None:
    lines = words(Typesetter(), f"😀 {text * 3}", 95)
    assert "".join(lines).replace(" ", "") == "😀" + text * 3
    for line in lines[1:]:
        assert line.startswith(words_of_it), lines


def test_without_the_library_a_line_breaks_between_letters(monkeypatch) -> None:
    monkeypatch.setattr(breaking, "_segments", lambda: None)
    assert not breaking.knows_words()
    text = "ขอบคุณครับสวนสาธารณะปิดเมื่อไร" * 3
    assert "".join(words(Typesetter(), text, 95)) == text


def test_korean_breaks_at_its_spaces() -> None:
    for line in words(Typesetter(), "시의회 회의는 화요일에 열립니다. " * 5, 100):
        assert set(line.split()) <= {"시의회", "회의는", "화요일에", "열립니다."}


def test_right_to_left_runs_stand_in_visual_order() -> None:
    assert scripts.visual_order([0, 1, 1, 1, 0]) == [0, 3, 2, 1, 4]
    assert scripts.visual_order([1, 2, 2, 1]) == [3, 1, 2, 0]
    assert scripts.visual_order([]) == []


def test_lines_break_between_chinese_characters_but_not_before_a_stop() -> None:
    lines = words(Typesetter(), "水费为什么涨了，请解释。" * 6, 100)
    assert len(lines) > 5
    assert not any(line[0] in "，。" for line in lines)


def test_a_long_address_breaks_at_its_joints() -> None:
    lines = words(Typesetter(), "https://example.org/" + "/".join(["folder"] * 30), 150)
    assert len(lines) > 3
    assert all(line.endswith("/") for line in lines[:-1])


def test_leading_spaces_stay_and_no_line_begins_with_the_space_it_broke_at() -> None:
    lines = words(Typesetter(), "    four " + "word " * 40, 100)
    assert lines[0].startswith("    four")
    assert not any(line.startswith(" ") for line in lines[1:])


def test_words_stay_apart_where_a_line_breaks(document, path) -> None:
    with document() as flow:
        flow.paragraph("word " * 40 + "שלום " * 40, Style())
    with pikepdf.open(path) as pdf:
        marked = pdf.pages[0].Contents.read_bytes()
    read = subprocess.run(
        ["pdfinfo", "-struct-text", path], capture_output=True, check=True
    ).stdout.decode()
    assert marked.count(b"BDC") == 1
    assert "wordword" not in read
    assert "שלוםשלום" not in read


def test_the_space_past_a_line_does_not_move_it() -> None:
    for text in ("word " * 40, "שלום " * 40):
        first, *_ = Typesetter().lines([Span(text)], Cut(), 10, 100)
        assert first.past > 0
        whole = sum(piece.shaped.width for piece in first.pieces) * 10
        assert first.width == pytest.approx(whole - first.past)


def test_a_bar_is_as_wide_whatever_it_covers() -> None:
    typesetter = Typesetter()
    for label in ("GC 7927.700", "x", "a very long label that does not fit"):
        (line,) = typesetter.lines([Bar(label)], Cut(), 11, PAGE)
        assert line.width == pytest.approx(BAR_WIDTH)


def test_a_machine_without_fonts_is_told_what_to_install(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(faces.FOLDERS_VARIABLE, str(tmp_path))
    for cached in (faces._files, faces.chain, faces.emoji):
        cached.cache_clear()
    try:
        assert [name for name, _ in faces.report().missing] == [
            "fonts-noto-core",
            "fonts-noto-cjk",
            "fonts-noto-color-emoji",
        ]
        with pytest.raises(HomeError, match="fonts-noto-core"):
            words(Typesetter(), "a")
    finally:
        monkeypatch.undo()
        for cached in (faces._files, faces.chain, faces.emoji):
            cached.cache_clear()


def test_this_machine_has_every_font_a_packet_needs() -> None:
    assert faces.report().complete
    assert faces.emoji() is not None


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("bold", [False, True])
def test_every_cut_sets_latin_first_and_covers_the_regions_scripts(family, bold) -> None:
    chain = faces.chain(Cut(family, bold), Han.SIMPLIFIED)
    assert ord("a") in chain[0].coverage
    for character in "שਪ水ខไسՇ한Ω":
        assert any(ord(character) in face.coverage for face in chain), character
