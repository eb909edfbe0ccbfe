"""Lists of people: who follows, is followed, is blocked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.documents import Path
from archiver.exports.elements import Element
from archiver.exports.meta.boxes import Box, read_boxes, web_links
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.told import Account, Series, mend, plain, read_arrays, rows, table, text
from archiver.exports.pages import addresses
from archiver.items import Kind, Relation, Subscriber

_HANDLE = re.compile(r"^https?://(?:www\.)?(?:instagram|threads)\.(?:com|net)/(?:_u/|@)?([\w.]+)/?")


class NamedPeople:
    """Reads Facebook's lists, which hold names only: people of one name are told apart by their
    order, and no id leads back to the person."""

    def __init__(self, account: Account, relation: Relation, clock: PageClock) -> None:
        self._account = account
        self._relation = relation
        self._clock = clock
        self._series = Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every person in a JSON list."""
        repeats = self._series.of(self._relation.value, member)

        def make(_: Path, element: Element) -> Iterator[Unit]:
            yield self._person(_name(mend(element.value, element.raw, count)), repeats)

        yield from read_arrays(stream, count, member, make)

    def read_page(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every person in a page."""
        repeats = self._series.of(self._relation.value, member)

        def make(box: Box) -> Iterator[Unit]:
            yield self._person(box.heading, repeats)

        yield from read_boxes(stream, count, member, self._clock, make, worded=True)

    def _person(self, name: str, repeats: Repeats) -> Subscriber:
        if not name:
            raise ValueError("no name")
        key = derived_id(Kind.PROFILE, self._relation.value, None, plain(name), "")
        return Subscriber(
            self._account.platform, self._relation, repeats.next(key), display_name=name
        )


def _name(value: Any) -> str:
    entry = table(value)
    name = text(entry.get("name")) or text(value)
    for one in rows(entry.get("data")):
        name = name or text(one.get("name"))
    for one in rows(entry.get("label_values")):
        name = name or text(one.get("value"))
    return name or text(entry.get("title"))


class HandledPeople:
    """Reads Instagram's and Threads' lists, which hold handles: a handle is what a person is known
    by, for no id is given."""

    def __init__(self, account: Account, relation: Relation, clock: PageClock) -> None:
        self._account = account
        self._relation = relation
        self._clock = clock

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every person in a JSON list."""

        def make(_: Path, element: Element) -> Iterator[Unit]:
            yield self.person(_handle(mend(element.value, element.raw, count)))

        yield from read_arrays(stream, count, member, make)

    def read_page(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every person in a page."""

        def make(box: Box) -> Iterator[Unit]:
            linked = (_HANDLE.match(one) for one in web_links(addresses(box.node)))
            yield self.person(next((one[1] for one in linked if one), "") or box.heading)

        yield from read_boxes(stream, count, member, self._clock, make)

    def person(self, handle: str) -> Subscriber:
        """Someone by their handle."""
        known = handle.strip().lstrip("@").lower()
        if not known:
            raise ValueError("no handle")
        site = "www.threads.com/@" if self._account.platform == "threads" else "www.instagram.com/"
        return Subscriber(
            self._account.platform,
            self._relation,
            known,
            handle.strip().lstrip("@"),
            url=f"https://{site}{known}",
        )


def _handle(value: Any) -> str:
    entry: Mapping[str, Any] = table(value)
    title = text(entry.get("title"))
    for one in rows(entry.get("string_list_data")):
        linked = _HANDLE.match(text(one.get("href")))
        found = text(one.get("value")) or (linked[1] if linked else "") or title
        if found:
            return found
    for one in rows(entry.get("label_values")):
        if text(one.get("label")) in ("Username", "Nombre de usuario"):
            return text(one.get("value"))
    return title or text(value)
