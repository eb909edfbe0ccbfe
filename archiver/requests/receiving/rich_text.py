"""The words of rich text (RTF 1.9.1), packed as Outlook keeps it (MS-OXRTFCP).

A web page that Outlook wrapped in rich text (MS-OXRTFEX) reads as any other: what only a browser
would use stands where readers of rich text do not look.

Words are taken out here and not by a library: the one that there is looks for links with a pattern
that twenty kilobytes keep busy for nine seconds, and more with the cube of their number. Here every
byte is looked at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from compressed_rtf import decompress

from archiver.requests.receiving.code_pages import WESTERN, encoding_of, encoding_of_set

MOST_BYTES = 256 * 1024
"""Of packed rich text: what is longer holds more than words, and would take long to unpack."""
MOST_UNPACKED = 4 * MOST_BYTES
"""Bytes of it once it is unpacked: words and their looks never pack as small as a bomb does."""
_DEEPEST = 500
_OF_THE_DOCUMENT = 1
"""The character set of a font that has none of its own."""
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,9})? ?"
    rb"|\\'([0-9A-Fa-f]{2})"
    rb"|\\(.)"
    rb"|([{}])"
    rb"|([^\\{}\r\n\0]+)"
    rb"|[\\\r\n\0]",
    re.DOTALL,
)
_BREAKS = {
    **dict.fromkeys((b"par", b"line", b"sect", b"page", b"row", b"nestrow"), "\n"),
    **dict.fromkeys((b"tab", b"cell", b"nestcell"), "\t"),
}
_SIGNS = {
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"bullet": "\u2022",
    b"~": "\u00a0",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"emspace": "\u2003",
    b"enspace": "\u2002",
    b"qmspace": "\u2005",
    b"_": "\u2011",
    b"zwj": "\u200d",
    b"zwnj": "\u200c",
    b"ltrmark": "\u200e",
    b"rtlmark": "\u200f",
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
}
_SILENT = frozenset(
    (
        *(b"colortbl", b"stylesheet", b"info", b"pict", b"objdata", b"listtable"),
        *(b"listoverridetable", b"revtbl", b"rsidtbl", b"filetbl", b"xmlnstbl", b"themedata"),
        *(b"colorschememapping", b"datastore", b"latentstyles", b"generator", b"fldinst"),
        *(b"header", b"headerl", b"headerr", b"headerf", b"footer", b"footerl", b"footerr"),
        *(b"footerf", b"template", b"xe", b"txe", b"rxe", b"tc", b"bkmkstart", b"bkmkend"),
        *(b"htmltag", b"falt", b"listname", b"datafield", b"keywords", b"sn", b"sv", b"shprslt"),
        *(b"upr",),
    )
)
"""Groups that say how the words look, what is beside them, or the same for older readers."""
_HEARD = frozenset((b"shptxt", b"ud"))
"""Groups of words inside such groups: in a drawn box, and in letters an older reader has not."""
_PAGES = {b"mac": 10000, b"pc": 437, b"pca": 850}
_EMPTY_LINES = re.compile(r"\n{3,}")


def words_of_rich_text(packed: bytes) -> str | None:
    """What a person reads of Outlook's packed rich text, line by line; None where it is damaged,
    too long or none. Never raises."""
    if len(packed) > MOST_BYTES:
        return None
    try:
        text = decompress(packed)
    except Exception:  # the library refuses in many ways, a plain Exception among them
        return None
    if len(text) > MOST_UNPACKED or not text.startswith(b"{\\rtf"):
        return None
    words = _Reading().words(text)
    if words is None:
        return None
    lines = "\n".join(line.strip(" \t") for line in words.replace("\0", "").split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until a group ends: whether it is read, the font, and how many signs stand beside
    one that is written by its number, for readers that do not know it."""

    silent: bool = False
    hidden: bool = False
    deleted: bool = False
    lists_fonts: bool = False
    font: int | None = None
    substitutes: int = 1

    @property
    def is_read(self) -> bool:
        """Whether a person reads what stands in it."""
        return not (self.silent or self.hidden or self.deleted)


@dataclass(slots=True)
class _Reading:
    """Rich text being read. `raw` are letters whose code page the font decides."""

    parts: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    page: str = WESTERN
    fonts: dict[int, str] = field(default_factory=dict)
    first_font: int | None = None
    group: _Group = field(default_factory=_Group)
    around: list[_Group] = field(default_factory=list)
    to_pass: int = 0

    def words(self, text: bytes) -> str | None:
        """All words; None where it is nested deeper than anybody writes."""
        place = 0
        while found := _TOKEN.match(text, place):
            place = found.end()
            word, number, code, sign, brace, run = found.groups()
            if run is not None:
                self._letters(run)
            elif code is not None:
                self._letters(bytes.fromhex(code.decode()))
            elif word is not None:
                value = None if number is None else int(number)
                place += max(value or 0, 0) if word == b"bin" else 0
                self._word(word, value)
            elif sign is not None:
                self._sign(sign)
            elif brace == b"{":
                self.around.append(self.group)
                self.to_pass = 0
                if len(self.around) > _DEEPEST:
                    return None
            elif brace is not None and not self._left():
                break
        self._write_out()
        units = "".join(self.parts).encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace")

    def _left(self) -> bool:
        """Leave a group; false where it was the outermost: what follows is no rich text."""
        self._change(self.around.pop() if self.around else self.group)
        return bool(self.around)

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _SIGNS:
            self._sign(word)
            return
        now, self.to_pass = self.group, 0
        if word in _BREAKS:
            self._say(_BREAKS[word])
        elif word == b"u" and number is not None:
            self._say(chr(number % 0x10000))
            self.to_pass = now.substitutes
        elif word == b"uc":
            self._change(replace(now, substitutes=min(max(number or 0, 0), 8)))
        elif word in _SILENT or word == b"fonttbl":
            self._change(replace(now, silent=True, lists_fonts=word == b"fonttbl"))
        elif word in _HEARD:
            self._change(replace(now, silent=False))
        elif word == b"v":
            self._change(replace(now, hidden=number != 0))
        elif word == b"deleted":
            self._change(replace(now, deleted=number != 0))
        elif word == b"f":
            self._change(replace(now, font=number))
        elif word == b"plain":
            self._change(replace(now, font=self.first_font, hidden=False, deleted=False))
        elif word == b"deff":
            self.first_font = number
        elif word == b"ansicpg" or word in _PAGES:
            self.page = encoding_of(_PAGES.get(word, number))
        elif now.lists_fonts and now.font is not None and number is not None:
            self._font(now.font, word, number)

    def _font(self, font: int, word: bytes, number: int) -> None:
        if word == b"fcharset" and number != _OF_THE_DOCUMENT:
            self.fonts[font] = encoding_of_set(number)
        elif word == b"cpg":
            self.fonts[font] = encoding_of(number)

    def _sign(self, sign: bytes) -> None:
        if self.to_pass and sign in _SIGNS:
            self.to_pass -= 1
            return
        self.to_pass = 0
        if sign == b"*":
            self._change(replace(self.group, silent=True))
        elif sign in (b"\r", b"\n"):
            self._say("\n")
        elif sign in _SIGNS:
            self._say(_SIGNS[sign])

    def _letters(self, letters: bytes) -> None:
        passed = min(self.to_pass, len(letters))
        self.to_pass -= passed
        if self.group.is_read:
            self.raw += letters[passed:]

    def _say(self, sign: str) -> None:
        if self.group.is_read:
            self._write_out()
            self.parts.append(sign)

    def _change(self, group: _Group) -> None:
        self.to_pass = 0
        if group != self.group:
            self._write_out()
            self.group = group

    def _write_out(self) -> None:
        if self.raw:
            font = self.first_font if self.group.font is None else self.group.font
            encoding = self.page if font is None else self.fonts.get(font, self.page)
            self.parts.append(self.raw.decode(encoding, "replace"))
            self.raw.clear()
