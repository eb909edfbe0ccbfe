"""The words of an HTML e-mail as plain text. Nothing is fetched and nothing is run.

Read from left to right, each letter once or twice: the standard library's HTML reader takes minutes
over a few hundred kilobytes that are made to harm it.
"""

from __future__ import annotations

import re
from html import unescape

_RAW = frozenset({"script", "style", "textarea", "xmp"})
"""What stands in these is no HTML; only the last two are words."""
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})
_BREAKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "form"}
    | {"figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav"}
    | {"ol", "p", "pre", "section", "table", "tr", "ul"}
)
_DEEPEST = 50
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]{0,40})")
_QUOTE_OR_END = re.compile("[>\"']")
_SPACES = re.compile(r"[ \t\r\n\f\v\xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def words_of_html(html: str) -> str:
    """What a person reads of HTML, line by line. Never raises: what is no HTML is left as it is."""
    parts = _Scanner(html).words()
    lines = "\n".join(_SPACES.sub(" ", line).strip() for line in "".join(parts).split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


class _Scanner:
    def __init__(self, html: str) -> None:
        self._html = html
        self._small = html.lower() if html.isascii() else _small_ascii(html)
        self._silent: list[str] = []
        self._parts: list[str] = []

    def words(self) -> list[str]:
        place = 0
        while place < len(self._html):
            mark = self._html.find("<", place)
            if mark < 0:
                self._say(self._html[place:])
                break
            self._say(self._html[place:mark])
            place = self._after(mark)
        return self._parts

    def _after(self, mark: int) -> int:
        """Where to go on behind what begins at `mark`."""
        html = self._html
        if html.startswith("<!--", mark):
            end = html.find("-->", mark + 4)
            return len(html) if end < 0 else end + 3
        if html.startswith(("<!", "<?"), mark):
            end = html.find(">", mark)
            return len(html) if end < 0 else end + 1
        named = _NAME.match(html, mark)
        if named is None:
            self._say("<")
            return mark + 1
        end = self._tag_end(named.end())
        if end < 0:
            self._say(html[mark:])
            return len(html)
        name = named[1].lower()
        if html[mark + 1] == "/":
            self._close(name)
            return end
        self._open(name)
        return self._behind_raw(name, end) if name in _RAW else end

    def _tag_end(self, place: int) -> int:
        """Where the tag ends; a quoted value may hold its end sign. -1: it never does."""
        html, begin = self._html, place
        while found := _QUOTE_OR_END.search(html, place):
            if found[0] == ">":
                return found.end()
            closing = html.find(found[0], found.end())
            if closing < 0:
                break
            place = closing + 1
        end = html.find(">", begin)
        return end + 1 if end >= 0 else -1

    def _behind_raw(self, name: str, place: int) -> int:
        end = self._small.find(f"</{name}", place)
        end = len(self._html) if end < 0 else end
        self._say(self._html[place:end])
        return end

    def _open(self, name: str) -> None:
        if name == "body":
            self._silent.clear()
        elif name in _SILENT:
            if len(self._silent) < _DEEPEST:
                self._silent.append(name)
        elif name in _BREAKS:
            self._put("\n- " if name == "li" else "\n")
        elif name in ("td", "th"):
            self._put(" ")

    def _close(self, name: str) -> None:
        if name in self._silent:
            while self._silent.pop() != name:
                pass
        elif name in _BREAKS and name != "br":
            self._put("\n")

    def _say(self, text: str) -> None:
        self._put(_SPACES.sub(" ", unescape(text)))

    def _put(self, text: str) -> None:
        if not self._silent:
            self._parts.append(text)


def _small_ascii(text: str) -> str:
    """Small letters for ASCII alone, so that every letter keeps its place."""
    return text.translate(_SMALL)


_SMALL = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
