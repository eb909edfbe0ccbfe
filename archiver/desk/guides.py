"""The pages of the documentation, for those who work at the desk and have no other way to them:
how to ask each platform for its download, how records are forwarded, what pairs are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from archiver.config import shipped
from archiver.exports.known import FORMATS

ABOUT_ALL = "downloads"
"""The guide that leads to those of the platforms."""
_PLAIN = "downloads/plain"
_README = "README"
_SCHEMA = "records.schema.json"
_MENTIONED = re.compile(
    r"(?<![^\s(])docs/(?:downloads/(?P<one>[a-z]+)\.md|(?P<other>[a-z]+)\.md|downloads)(?![^\s),.:;])"
)


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of the documentation: its title, and its text as HTML."""

    title: str
    body: Markup


@cache
def guides() -> dict[str, Path]:
    """Every guide by its name, which is its address behind ``/help/``."""
    folder = shipped("docs")
    found = {}
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        found[name.removesuffix(f"/{_README}")] = path
    return found


@cache
def attachments() -> dict[str, Path]:
    """The files that guides link to, by their names: a table to fill in, what it is checked by."""
    tables = {path.name: path for path in shipped("docs").rglob("*.csv")}
    schema = Path(str(files("archiver.exports.plain"))) / _SCHEMA
    return {**tables, _SCHEMA: schema}


@cache
def guide(name: str) -> Guide:
    """A guide. Raises KeyError where there is none of that name."""
    tokens = _reader().parse(guides()[name].read_text("utf-8"))
    title, rest = _headed(tokens)
    for inline in rest:
        _lead_on(name, inline.children or [])
    return Guide(title, Markup(_reader().renderer.render(rest, _reader().options, {})))


def guide_of(platform: str) -> str:
    """The name of the guide that tells how to get a platform's download."""
    pages = {one.platform: f"{ABOUT_ALL}/{one.page}" for one in FORMATS if one.platform}
    return pages.get(platform, _PLAIN)


def with_guides(text: str) -> Markup:
    """A message with a link where it names a page of the documentation. Its words stay as they
    are: what looks like the name of a page could be that of a file in a download."""
    out, at = Markup(), 0
    for found in _MENTIONED.finditer(text):
        name = f"{ABOUT_ALL}/{found['one']}" if found["one"] else found["other"] or ABOUT_ALL
        if name in guides():
            link = Markup('<a href="/help/{}">{}</a>').format(name, found[0])
            out += escape(text[at : found.start()]) + link
            at = found.end()
    return out + escape(text[at:])


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    reader.add_render_rule("fence", _code)
    reader.add_render_rule("code_block", _code)
    return reader


def _table_open(*_: Any) -> str:
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="table">\n'
    )


def _code(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> Markup:
    """Lines to copy, which a keyboard can move sideways where they are long."""
    return Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(tokens[at].content)


def _headed(tokens: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """The title a page begins with, and what follows it."""
    opening, title, _, *rest = tokens
    assert opening.type == "heading_open"
    return title.content, rest


def _lead_on(name: str, tokens: Sequence[Token]) -> None:
    """Have the links of a guide lead to where they lead at the desk; one that is called by the
    name of a file bears the title of that guide."""
    for at, token in enumerate(tokens):
        if token.type != "link_open":
            continue
        address = _address(name, str(token.attrGet("href") or ""))
        token.attrSet("href", address)
        other = address.removeprefix("/help/")
        if tokens[at + 1].content.endswith(".md") and other in guides():
            tokens[at + 1].content = _title(other)


@cache
def _title(name: str) -> str:
    return _headed(_reader().parse(guides()[name].read_text("utf-8")))[0]


def _address(name: str, target: str) -> str:
    """Where a link of a guide leads at the desk."""
    if "://" in target:
        return target
    folder = posixpath.dirname(guides()[name].relative_to(shipped("docs")).as_posix())
    path = posixpath.normpath(posixpath.join(folder, target))
    if path.endswith(".md"):
        return f"/help/{path.removesuffix('.md').removesuffix(f'/{_README}')}"
    return f"/help/files/{posixpath.basename(path)}"
