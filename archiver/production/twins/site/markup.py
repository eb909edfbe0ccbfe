"""Text as HTML. Everything is escaped here, by `Markup`; nothing else writes a tag around words.

What people wrote stands in elements with their own direction, so that no mark in it turns the text
around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from archiver.pdf.inline import Bar, Inline
from archiver.production import words
from archiver.production.cells import printable
from archiver.production.look import platform
from archiver.production.release import ListCell, Record
from archiver.requests.redacting.passages import Covered, Passage

EMPTY = Markup("")
_BAR = Markup(
    '<span class="bar"><span class="vh">{}</span><span class="on" aria-hidden="true">{}</span>'
    "</span>"
)
_LINK = Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>')
_WEB = re.compile(r"https?://[^\s\"<>]+")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def joined(parts: Iterable[Markup], between: str = "") -> Markup:
    """Pieces of HTML in a row."""
    return Markup(between).join(parts)


def said(text: str) -> str:
    """A text without the characters HTML does not hold."""
    return printable(text)


def inline(parts: Iterable[Inline]) -> Markup:
    """The parts of a paragraph, as the packet sets them."""
    return joined(_part(one) for one in parts)


def _part(one: Inline) -> Markup:
    if isinstance(one, Bar):
        return _BAR.format(one.says or one.label, one.label)
    text = said(one.text)
    if one.mark == "deleted":
        return Markup("<del>{}</del>").format(text)
    if one.link is not None and one.link.url:
        return web_link(one.link.url, text)
    return Markup("{}").format(text)


def web_link(url: str, text: str) -> Markup:
    """A link out, where the address leads to the web; else the text alone."""
    if _WEB.fullmatch(url) and printable(url) == url:
        return _LINK.format(url, said(text))
    return Markup("{}").format(said(text))


def name(passage: Passage) -> Markup:
    """A name, a handle, a number: apart from the direction of what stands around it."""
    return Markup("<bdi>{}</bdi>").format(inline(words.inlines(passage)))


def block(parts: Sequence[Inline], kind: str, language: str | None) -> Markup:
    """What somebody wrote, with its language and direction."""
    return Markup('<div class="{}" dir="auto"{}>{}</div>').format(
        kind, lang(language), inline(parts)
    )


def lang(language: str | None) -> Markup:
    """The attribute that names a language, where one is known."""
    if language is None or not _TAG.fullmatch(language):
        return EMPTY
    return Markup(' lang="{}"').format(language)


def bar(covered: Covered) -> Markup:
    """A bar."""
    return _part(words.bar(covered))


def cell(one: ListCell) -> Markup:
    """A cell of a list: its text, or a bar."""
    if one.text is not None:
        return Markup("<bdi>{}</bdi>").format(said(one.text))
    return bar(Covered(0, one.citations))


def time(moment: str, zone: str) -> Markup:
    """A moment as the agency reads it."""
    return Markup('<time datetime="{}">{}</time>').format(moment, words.time(moment, zone))


def chip(record: Record) -> Markup:
    """A platform in words on its colour."""
    kind = re.sub(r"[^a-z]", "", record.platform.lower())
    return Markup('<span class="plat {}">{}</span>').format(kind, platform(record.platform)[0])


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Markup | str]], kind: str = ""
) -> Markup:
    """A table that stands row by row on a phone; the first cell of a row heads it."""
    head = joined(Markup('<th scope="col">{}</th>').format(one) for one in heads)
    body = joined((_row(heads, row) for row in rows), "\n")
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="table {}">'
        '<caption class="vh">{}</caption><thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>'
        "</table></div>"
    ).format(caption, kind, caption, head, body)


def _row(heads: Sequence[str], row: Sequence[Markup | str]) -> Markup:
    first = Markup('<th scope="row" data-l="{}">{}</th>').format(heads[0], row[0])
    rest = (
        Markup('<td data-l="{}">{}</td>').format(head, one)
        for head, one in zip(heads[1:], row[1:], strict=True)
    )
    return Markup("<tr>{}{}</tr>").format(first, joined(rest))


def facts(found: Iterable[tuple[str, Markup | str]], kind: str = "facts") -> Markup:
    """Labels with their values."""
    pairs = (
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(label, value) for label, value in found
    )
    return Markup('<dl class="{}">{}</dl>').format(kind, joined(pairs))


def paragraphs(texts: Iterable[str], kind: str = "") -> Markup:
    """Sentences of the city's own."""
    mark = Markup(' class="{}"').format(kind) if kind else EMPTY
    return joined(Markup("<p{}>{}</p>").format(mark, said(text)) for text in texts)
