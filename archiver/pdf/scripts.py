"""What a text itself says about how to set it: direction, region, emoji, line breaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import regex

from archiver.pdf import bidi
from archiver.pdf.faces import Han

PLAIN = re.compile(r"[\x20-\x7e\xa0-\u02ff\u1e00-\u1eff\u2010-\u2015\u2018-\u2027\u20a0-\u20bf]*")
"""Text that needs no look at single characters: Latin, its accents, common punctuation."""

GRAPHEME = regex.compile(r"\X")
EMOJI = regex.compile(
    r"\p{RI}\p{RI}|\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Emoji}\p{EMod}|[0-9#*]\ufe0f?\u20e3"
)
RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{bc=AN}]")
# Scripts written without spaces: a line may break between any two clusters, but where kinsoku (or
# a dictionary, see `breaking`) forbids it. Korean has spaces and breaks at them.
UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\u3000-\u303f\uff00-\uffef]"
)
NEVER_FIRST = frozenset(
    "、。，．！？；：」』】）〉》〕〗〙｝］｠｣､｡\u201d\u2019…‥ー々〻ゝゞヽヾ〜゠‐–・"
    + "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    + "!?,.;:)]}%‰℃°ๆฯ។៕៖"
)
NEVER_LAST = frozenset("「『（【〈《〔〖〘｛［｟｢\u201c\u2018([{¥￥$＄£#＃№")
CONTINUES = regex.compile(r"[\p{M}\p{Cf}\p{EMod}]")
"""A character that belongs to the one before it."""
IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")

LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# An override makes text read other than it is stored, so it is shown instead of obeyed.
SHOWN_AS_CODE = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\u202d\u202e]")

_HIRAGANA_KATAKANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_HAN = regex.compile(r"\p{Han}")


def code_point(character: str) -> str:
    """A character as its number, where it cannot be printed: ``[U+1F9E8]``."""
    return f"[U+{ord(character):04X}]"


def printable(line: str, shown: set[str]) -> str:
    """A line without what cannot be laid out: tabs become spaces, controls their code points.

    Adds to `shown` each character that is shown as its code point.
    """
    if line.isascii() and line.isprintable():
        return line
    line = line.replace("\t", "    ")

    def coded(found: regex.Match[str]) -> str:
        shown.add(found[0])
        return code_point(found[0])

    printed: str = SHOWN_AS_CODE.sub(coded, line)
    return printed


def logical_lines(text: str) -> list[str]:
    """The lines the writer of the text made."""
    return LINE_BREAKS.split(text)


def levels(line: str) -> list[int] | None:
    """The direction level of each character (UAX #9), or None where all runs left to right."""
    if line.isascii() or not RIGHT_TO_LEFT.search(line):
        return None
    return bidi.levels(line)


def base_level(line: str) -> int:
    """1 where the line as a whole runs right to left."""
    if line.isascii() or not RIGHT_TO_LEFT.search(line):
        return 0
    return bidi.base_level(line)


def visual_order(level_of: Sequence[int]) -> list[int]:
    """The places of parts in the order they stand on the page (UAX #9, rule L2)."""
    order = list(range(len(level_of)))
    highest = max(level_of, default=0)
    lowest_odd = min((level for level in level_of if level & 1), default=highest + 1)
    for level in range(highest, lowest_odd - 1, -1):
        start = 0
        while start < len(order):
            if level_of[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and level_of[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return order


def han(text: str, language: str | None) -> Han:
    """Which region's shapes the Chinese characters of a text take.

    The language decides where it is known; kana and hangul where they stand; otherwise what only
    the simplified (GB 2312), only the traditional (Big5) or only the Japanese (JIS) standard holds.
    """
    tag = (language or "").lower()
    if tag.startswith("ja"):
        return Han.JAPAN
    if tag.startswith("ko"):
        return Han.KOREA
    if tag.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo", "yue")):
        return Han.TRADITIONAL
    if tag.startswith(("zh-hans", "zh-cn", "zh-sg")):
        return Han.SIMPLIFIED
    if _HIRAGANA_KATAKANA.search(text):
        return Han.JAPAN
    if _HANGUL.search(text):
        return Han.KOREA
    characters = _HAN.findall(text)
    simplified = sum(_encodes(one, "gb2312") for one in characters)
    traditional = sum(_encodes(one, "big5") for one in characters)
    if len(characters) > max(simplified, traditional) and all(
        _encodes(one, "shift_jis") for one in characters
    ):
        return Han.JAPAN
    return Han.TRADITIONAL if traditional > simplified else Han.SIMPLIFIED


@lru_cache(maxsize=20_000)
def _encodes(character: str, standard: str) -> bool:
    try:
        character.encode(standard)
    except UnicodeEncodeError:
        return False
    return True
