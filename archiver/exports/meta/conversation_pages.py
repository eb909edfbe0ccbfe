"""Messages as web pages: a box for each message, as Facebook and Instagram write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.meta.boxes import Box, local_files, needs_time, read_boxes, web_links
from archiver.exports.meta.conversations import key_of, thread_of
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.told import Account, Series, Told, item_of
from archiver.exports.meta.worded import Line
from archiver.exports.pages import outermost, page, shown_text
from archiver.exports.texts import whole
from archiver.items import Author, Kind, Skipped, Visibility

_PARTIES = re.compile(
    r"^[ \t]*(?:Participants|Participantes|Partecipanti)[ \t\xa0]*:(.+)$", re.MULTILINE
)
_BETWEEN = re.compile(r",\s*|\s+(?:and|y|et|e)\s+")
_ASIDE = "about the conversation (its picture, its link, what is planned in it): no message"
_MOST_ASIDE = 8
"""What stands without a time before the first message, and how many such boxes there may be."""
_WHEN = re.compile(r"\s*\([^()]*\d{4}[^()]*\)\s*$")
LONGEST_REACTION = 400
_LISTS = re.compile(rb"<ul\b")
_FACE = re.compile(r"^[^\w\s]+", re.UNICODE)


class ConversationPages:
    """Reads the pages of conversations. One reader serves all of a download's."""

    def __init__(self, account: Account, clock: PageClock) -> None:
        self._account = account
        self._clock = clock
        self._series = Series()
        self._parties: list[str] = []

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every message in a ``message_1.html``."""
        thread = thread_of(path)
        repeats = self._series.of(thread, member)
        self._parties = []
        begun = False

        def make(box: Box) -> Iterator[Unit]:
            nonlocal begun
            if not begun and not box.when and box.index <= _MOST_ASIDE:
                yield Skipped(member, box.index, _ASIDE, raw=box.raw)
                return
            begun = True
            told = self._told(box, thread)
            yield item_of(self._account, told, repeats, box.raw, member, box.index)

        yield from read_boxes(stream, count, member, self._clock, make, self._is_head, worded=True)

    def _is_head(self, box: Box, head: bytes) -> bool:
        """Whether a box names who takes part; later pages do so before the first box."""
        self._parties = _parties(shown_text(page(head)))
        named = [] if box.when else _parties(shown_text(box.node))
        self._parties = named or self._parties
        return bool(named)

    def _told(self, box: Box, thread: str) -> Told:
        told = Told(
            Kind.MESSAGE,
            "message",
            thread,
            needs_time(box),
            self._account.person(box.heading),
            root_id=thread,
            visibility=Visibility.PRIVATE,
            recipients=self._recipients(box.heading),
        )
        if box.lines is not None:
            told.text = _content_of(box.lines).strip()
            told.shown = "\n".join(filter(None, [told.text, _shared_of(box.lines).strip()]))
            told.told_by = key_of(told)
            return told
        if box.body is None:
            return told
        told.reactions = _reactions(box.body) if box.holds(_LISTS) else ()
        told.text = whole(box.shown(_content(box.body)).strip())
        told.shown = "\n".join(filter(None, [told.text, *_shared(box)]))
        leads = box.leads()
        told.media = tuple(self._account.members.ref(uri) for uri in local_files(leads))
        told.links = web_links(leads)
        told.form = "shared message" if told.links else "message"
        told.told_by = key_of(told)
        return told

    def _recipients(self, sender: str) -> tuple[Author, ...]:
        return tuple(self._account.person(name) for name in self._parties if name != sender)


def _content(body: LexborNode) -> LexborNode:
    """Where the words of a message are: the second part of its body; the first is what it answers
    to."""
    inner = next((one for one in body.iter() if one.tag == "div"), body)
    parts = [one for one in inner.iter() if one.tag == "div"]
    return body if len(parts) < 2 else parts[1]


def _content_of(lines: Sequence[Line]) -> str:
    """The same of a message of nothing but words."""
    return "".join(line.text for line in lines) if len(lines) < 2 else lines[1].text


def _shared(box: Box) -> Iterator[str]:
    """The words of what a message shares, the third part of its body; its address is a link of the
    message."""
    inner = next((one for one in box.body.iter() if one.tag == "div"), None) if box.body else None
    parts = [one for one in inner.iter() if one.tag == "div"] if inner is not None else []
    for line in parts[2].css("div") if len(parts) > 2 else ():
        words = whole(box.shown(line)).strip()
        if words and not line.css("div")[1:] and "://" not in words:
            yield words


def _shared_of(lines: Sequence[Line]) -> str:
    """The same of a message of nothing but words."""
    return lines[2].text if len(lines) > 2 else ""


def _reactions(body: LexborNode) -> tuple[str, ...]:
    """Who reacted with what, in the form the JSON has it; taken out of the body."""
    found = []
    for listed in outermost(body.css("ul._a6-q, ul._tqp")):
        for one in listed.css("li"):
            words = _WHEN.sub("", whole(shown_text(one)).strip()[:LONGEST_REACTION])
            face = _FACE.match(words)
            if face:
                found.append(f"{face[0]} {words[face.end() :].strip()}")
        listed.decompose()
    return tuple(found)


def _parties(words: str) -> list[str]:
    found = _PARTIES.search(words)
    if found is None:
        return []
    return [name.strip() for name in _BETWEEN.split(found[1]) if name.strip()]
