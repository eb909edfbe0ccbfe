"""The words of Outlook's rich text are what a person reads in it; damage and bombs give none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.requests.receiving.rich_text import MOST_BYTES, MOST_UNPACKED, words_of_rich_text
from tests.requests.rich_texts import HEAD, bomb, packed, rich, unpacked

# MS-OXRTFCP, sections 3.1 and 3.2
HELLO = bytes.fromhex(
    "2D0000002B0000004C5A4675F1C5C7A703000A007263706731323542320AF32068656C0900"
    "20627705B06C647D0A800FA0"
)
ENDLESS = bytes.fromhex("1A0000001C0000004C5A4675E2D44B51410004205758595A0D6E7D010EB0")


def words(body: str) -> str | None:
    """What is read of a body behind the usual head."""
    return words_of_rich_text(packed((HEAD + body + "}").encode("latin-1")))


def test_the_examples_of_the_specification_are_read() -> None:
    assert words_of_rich_text(HELLO) == "hello world"
    assert words_of_rich_text(ENDLESS) == "WXYZWXYZWXYZWXYZWXYZ"


def test_it_is_read_without_compression_too() -> None:
    assert words_of_rich_text(unpacked(b"{\\rtf1 The lights are out.}")) == "The lights are out."


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (r"One\par two\line three\tab four", "One\ntwo\nthree\tfour"),
        (r"Se\'f1ora Pe\'f1a\rquote s \ldblquote gate\rdblquote", "Señora Peña’s “gate”"),
        (r"a\emdash b\~c\_d\{e\}\\", "a—b\u00a0c\u2011d{e}\\"),
        (r"caf\u233\'e9 \uc0\u233 caf{\uc2\u8364 EUx}", "café écaf€x"),
        (r"\u-10179 ?\u-8694 ? lamp", "😊 lamp"),
        (r"\u-10179 ? alone", "\ufffd alone"),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} and {\f2 \'93\'fa\'96\'7b\'8cA}", "Привет and 日本窟"),
        (r"{\f1 \'cf}\plain \'cf", "ПÏ"),
        (r"{\deleted 100}{\revised 200} {\v hidden\v0 shown} {\v a\plain b}", "200 shown b"),
        (r"{\shp{\*\shpinst{\sp{\sn fFlip}{\sv 0}}{\shptxt in a box}}{\shprslt old}}", "in a box"),
        (r"{\upr{Pe?a}{\*\ud{Pe\u241 ?a}}} \u8212\emdash\u160\~x", "Peña —\u00a0x"),
        (r"\u8217 ?s\u233\par next", "’sé\nnext"),
        (r"\f9\mac caf\'8e\ansicpg10000 \u0 ?\'00!", "café!"),
        (r"{\pict\pngblip 89504e47}picture{\*\unknown beside}s{\header top}", "pictures"),
        (r"before{\pict\bin12 }}}\par{{{\\x}after", "beforeafter"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt the page}} of parks", "the page of parks"),
        (r"{\listtext\bullet\tab}gates\par{\listtext\bullet\tab}locks", "•\tgates\n•\tlocks"),
        (r"a  \par  \par\par\par b", "a\n\nb"),
        (r"cut off {\b in the middle", "cut off in the middle"),
        (r"end}}}} {\rtf1 more}", "end"),
        (r"a\'zzb\'1", "azzb1"),
        (r"\u999999999 ?\uc-5\f-3 x\fcharset y", "짿xy"),
    ],
)
def test_what_a_person_reads_is_taken_out(body: str, said: str) -> None:
    assert words(body) == said


def test_a_page_wrapped_in_rich_text_reads_as_its_page() -> None:
    page = (
        rb"{\rtf1\ansi\ansicpg1251\fromhtml1 \fbidis \deff0{\fonttbl{\f0\fswiss Arial;}}\uc1\pard"
        rb"\plain\deftab360 \f0\fs24 {\*\htmltag19 <html>}{\*\htmltag241 <style>p {}</style>}"
        rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \'c4\'e0{\*\htmltag84 &nbsp;}\htmlrtf \'a0"
        rb"\htmlrtf0 b{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 "
        rb"{\*\htmltag116 <br>}\htmlrtf \line\htmlrtf0 c}"
    )
    assert words_of_rich_text(packed(page)) == "Да\u00a0b\n\nc"


SIGNS = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")


@given(st.text(SIGNS, max_size=200))
def test_whatever_was_written_is_read(text: str) -> None:
    read = words_of_rich_text(rich(text))
    assert read is not None
    assert read.split() == text.split()


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"LZFu",
        HELLO[:-5],
        HELLO[:20] + b"\xff" + HELLO[21:],
        packed(b"<html>no rich text</html>"),
        unpacked(b"{\\rtf1 " + b"{" * 600),
        unpacked(b"{\\rtf1 a}" + b" " * MOST_BYTES),
    ],
)
def test_what_is_damaged_or_more_than_words_gives_none(damaged: bytes) -> None:
    assert words_of_rich_text(damaged) is None


PIECES = (
    *("\\u", "-9", "0", "00", "\\'", "e9", "{", "}", "\\*", "\\", "\\bin", "\\f1 ", "\\v", " "),
    *("\\fonttbl", "\\fcharset", "\\ansicpg", "950", "\\uc", "\0", "\r\n", "\xff", "x", ";"),
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES)))
def test_whatever_stands_in_it_gives_words_that_can_be_kept(pieces: list[str]) -> None:
    read = words("".join(pieces))
    assert read is not None
    read.encode("utf-8")
    assert "\0" not in read


def test_what_unpacks_to_more_than_words_do_is_not_read() -> None:
    assert words_of_rich_text(bomb(MOST_UNPACKED // 2)) == ""
    assert len(bomb(MOST_UNPACKED + 1_000)) < MOST_BYTES
    assert words_of_rich_text(bomb(MOST_UNPACKED + 1_000)) is None


def test_words_take_time_in_proportion() -> None:
    begun = time.process_time()
    links, fonts = '{\\field{\\*\\fldinst{HYPERLINK "', "{\\fonttbl{\\f1 a"
    blanks = (" ", "\\tab ", "\\cell", "\\par ", " \\line")
    for piece in (links, fonts, "{}", "\\u9?", "\\'e9", "\\", *blanks):
        body = ("{\\rtf1 " + piece * (MOST_BYTES // len(piece)) + "}").encode()
        words_of_rich_text(unpacked(body[: MOST_BYTES - 16]))
    words_of_rich_text(packed(b"{\\rtf1 " + b"{}" * 20_000))
    assert time.process_time() - begun < 10
