"""Saved web pages: their parts, and the readable text of one."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from archiver.exports.faults import UnreadableError

_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    )
)
_UNSHOWN = frozenset(("head", "script", "style", "template", "noscript", "svg"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def parsed(page: str | bytes) -> LexborHTMLParser:
    """A page. Raises UnreadableError where it is none."""
    try:
        return LexborHTMLParser(page)
    except (SelectolaxError, ValueError, RuntimeError):
        raise UnreadableError("it is no web page that can be read") from None


def selected(part: LexborHTMLParser | LexborNode, selector: str) -> list[LexborNode]:
    """The elements of a page or a part of one that a CSS selector names. Raises UnreadableError
    where it is no selector."""
    try:
        return part.css(selector)
    except (SelectolaxError, ValueError, RuntimeError):
        raise UnreadableError(f"this is no CSS selector: {selector[:80]}") from None


def readable(node: LexborNode) -> str:
    """The text a person would read: blocks on lines of their own, lines broken where the page
    breaks them, other space as one blank."""
    parts: list[str] = []
    _read(node, parts)
    lines = "".join(parts).split("\n")
    text = "\n".join(" ".join(line.split(" ")).strip() for line in lines)
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _read(top: LexborNode, parts: list[str]) -> None:
    """Go through the page without calling itself: a stranger's page may be nested at any depth."""
    waiting: list[LexborNode | str] = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        tag = node.tag or ""
        if tag == "-text":
            parts.append(_SPACE.sub(" ", node.text(deep=False) or ""))
        elif tag == "br":
            parts.append("\n")
        elif tag not in _UNSHOWN and not tag.startswith(("-", "_")):
            around = "\n\n" if tag == "p" else "\n" if tag in _BLOCKS else ""
            waiting.append(around)
            waiting.extend(reversed(list(node.iter(include_text=True))))
            parts.append(around)
