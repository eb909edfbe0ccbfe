"""Posts and comments in Facebook's web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.facebook.posts import key_of_post
from archiver.exports.meta.boxes import Box, local_files, needs_time, read_boxes, web_links
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.told import Account, Series, Told, item_of, numbered, plain
from archiver.exports.meta.worded import LINE
from archiver.exports.pages import addresses, outermost
from archiver.exports.texts import whole
from archiver.items import Kind, Visibility

MOST_PARTS = 200
_UPDATED = re.compile(r"^\s*(?:Updated|Actualizad[oa]|Mis à jour|Cập nhật)\b", re.IGNORECASE)
_REPLIED = re.compile(r"\b(?:replied to|respondió|ha respondido|a répondu)\b")
_PICTURES = re.compile(rb"<(?:img|video)\b")
_LISTS = re.compile(rb"<(?:table|ul)\b")
_LABELS = re.compile(rb"<span\b")
CAPTION = "_3-95"
"""The class of what stands beneath a picture, and of a label before the words: a group's name."""


class PostPages:
    """Reads posts. See `posts.Posts`: the keys are the same."""

    def __init__(
        self,
        account: Account,
        clock: PageClock,
        place: str = "post",
        form: str = "",
        visibility: Visibility = Visibility.PUBLIC,
        series: Series | None = None,
    ) -> None:
        self._account = account
        self._clock = clock
        self._place = place
        self._form = form
        self._visibility = visibility
        self._series = series or Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every post in a page."""
        yield from self._each(stream, count, member, Kind.POST)

    def read_comments(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every comment the account wrote."""
        yield from self._each(stream, count, member, Kind.COMMENT)

    def read_media(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every picture or video of an album or of a list of them."""
        repeats = self._series.of(self._place, member)

        def make(box: Box) -> Iterator[Unit]:
            told = self._told(box, Kind.POST)
            if not told.media:
                raise ValueError("no picture")
            told.native_id = numbered(told.media[0].key)
            yield item_of(self._account, told, repeats, box.raw, member, box.index)

        yield from read_boxes(stream, count, member, self._clock, make)

    def _each(self, stream: BinaryIO, count: FileCount, member: str, kind: Kind) -> Iterator[Unit]:
        repeats = self._series.of(self._place, member)

        def make(box: Box) -> Iterator[Unit]:
            told = self._told(box, kind)
            yield item_of(self._account, told, repeats, box.raw, member, box.index)

        yield from read_boxes(stream, count, member, self._clock, make, worded=True)

    def _told(self, box: Box, kind: Kind) -> Told:
        told = Told(kind, "", self._place, needs_time(box), self._account.author)
        leads = box.leads()
        if leads:
            told.media = tuple(self._account.members.ref(uri) for uri in local_files(leads))
            told.links = web_links(leads)
        labels: list[str] = []
        words, told.edited = self._words(box, labels)
        told.text = words[0] if words else ""
        told.shown = "\n\n".join([told.text or box.heading, *words[1:], *labels])
        told.told_by = key_of_post(told.media)
        told.visibility = self._visibility
        if kind is Kind.COMMENT:
            told.form = "reply" if _REPLIED.search(box.heading) else "comment"
            told.told_by = told.text or told.told_by
        else:
            told.form = self._form or _form(told)
        return told

    def _words(self, box: Box, labels: list[str]) -> tuple[list[str], str | None]:
        """The lines of a post, its own words first, and when it was edited; what is said of it
        before its words (in which group it stands) goes to `labels`."""
        captions: list[str] = []
        found: list[str] = []
        edited = None
        for words in _lines(box, captions, labels):
            if _UPDATED.match(words) and self._clock.read(words):
                edited = self._clock.read(words)
            elif words:
                found.append(words)
        if not found:
            found = [whole(one) for one in captions if one]
        if len(found) < 2:
            return found, edited
        found.sort(key=len, reverse=True)
        return list(dict.fromkeys(found)), edited


def _lines(box: Box, captions: list[str], labels: list[str]) -> Iterator[str]:
    """The lines of a body that are words and no mere address; what stands beneath pictures goes to
    `captions`, what is said before the words to `labels`."""
    if box.lines is not None:
        marked = (line.text.strip() for line in box.lines if line.marked)
        yield from islice(marked, MOST_PARTS)
    if box.body is None:
        return
    pictured = box.holds(_PICTURES)
    if pictured or box.holds(_LABELS):
        for one in outermost(box.body.css(f"div.{CAPTION}")[:MOST_PARTS]):
            if one.css_first("span") is not None:
                labels.append(whole(box.shown(one)).strip())
                one.decompose()
            elif pictured:
                captions.append(box.shown(one).strip())
    if box.holds(_LISTS):
        for table in outermost(box.body.css("table, ul")):
            table.decompose()
    for part in box.body.css(f"div.{LINE}")[:MOST_PARTS]:
        if (pictured and part.css_first("img, video")) or len(part.css(f"div.{LINE}")) > 1:
            continue
        words = whole(box.shown(part)).strip()
        if not _only_link(part, words):
            yield words


def _only_link(part: LexborNode, words: str) -> bool:
    """Whether a line is nothing but an address that leads somewhere."""
    return "://" in words and any(plain(words) == plain(one) for one in web_links(addresses(part)))


def _form(told: Told) -> str:
    if told.media:
        video = any(one.key.lower().endswith((".mp4", ".mov")) for one in told.media)
        return "video" if video else "photo"
    return "shared link" if told.links else "post"
