"""Posts, stories and comments in Instagram's and Threads' web pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.faults import ElementError
from archiver.exports.instagram import labels
from archiver.exports.instagram.posts import comment_told
from archiver.exports.meta.boxes import UNREAD_TIME, Box, local_files, needs_time, read_boxes
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.told import Account, Series, Told, item_of, media_id
from archiver.exports.pages import addresses, shown_text
from archiver.exports.texts import whole
from archiver.items import Kind, Visibility

MOST_ROWS = 200


class PostPages:
    """Reads posts. See `posts.Posts`: the keys are the same. With `by_text` they are made of the
    words, as Threads' are."""

    def __init__(
        self,
        account: Account,
        clock: PageClock,
        form: str,
        visibility: Visibility = Visibility.PUBLIC,
        *,
        by_text: bool = False,
    ) -> None:
        self._account = account
        self._clock = clock
        self._by_text = by_text
        self._form = form
        self._visibility = visibility
        self._series = Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every post in a page: its words are the heading of its box."""
        repeats = self._series.of(self._form, member)

        def make(box: Box) -> Iterator[Unit]:
            told = Told(Kind.POST, self._form, self._form, needs_time(box), self._account.author)
            told.text = box.heading
            told.media = tuple(
                self._account.members.ref(uri) for uri in local_files(addresses(box.node))
            )
            told.told_by = told.text if self._by_text else ""
            told.told_by = told.told_by or min(
                (media_id(one.key) for one in told.media), default=""
            )
            told.visibility = self._visibility
            yield item_of(self._account, told, repeats, box.raw, member, box.index)

        yield from read_boxes(stream, count, member, self._clock, make)

    def read_comments(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every comment in a page: a table of fields."""
        repeats = self._series.of(self._form, member)

        def make(box: Box) -> Iterator[Unit]:
            told = _comment(self._account, box, self._clock, self._form)
            yield item_of(self._account, told, repeats, box.raw, member, box.index)

        yield from read_boxes(stream, count, member, self._clock, make)


def _comment(account: Account, box: Box, clock: PageClock, place: str) -> Told:
    named = rows_of(box.node)
    if not named and box.body is not None:
        named = _untabled(box.heading, box.body)
    own, owner = _named(named, labels.COMMENT), _named(named, labels.OWNER)
    at = box.at or clock.read(_named(named, labels.TIME))
    if at is None:
        at = next(filter(None, (clock.read(one) for _, one in named)), None)
    if at is None:
        raise ElementError(UNREAD_TIME)
    return comment_told(account, place, own, owner, at)


def rows_of(node: LexborNode) -> list[tuple[str, str]]:
    """The fields of a box, which are a table: a name and a value in each row, or a cell in which
    the value stands below its name."""
    found = []
    for row in node.css("tr")[:MOST_ROWS]:
        cells = row.css("td, th")
        told = [whole(shown_text(one)).strip() for one in cells]
        if len(told) == 1:
            parts = [whole(shown_text(one)).strip() for one in cells[0].css("div")]
            value = next((one for one in reversed(parts) if one), "")
            name = told[0].removesuffix(value).strip()
            found.append((name, value))
        elif len(told) == 2:
            found.append((told[0], told[1]))
    return found


def _untabled(owner: str, body: LexborNode) -> list[tuple[str, str]]:
    """The fields of a comment as pages of early 2022 have it: its owner above, then the words, then
    the time."""
    lines = [whole(shown_text(one)).strip() for one in body.css("div") if not one.css("div")[1:]]
    told = [line for line in lines if line]
    if len(told) < 2:
        return []
    found = [(labels.OWNER[0], owner)] if owner else []
    return [*found, (labels.COMMENT[0], "\n".join(told[:-1])), (labels.TIME[0], told[-1])]


def _named(named: list[tuple[str, str]], names: tuple[str, ...]) -> str:
    wanted = {name.casefold() for name in names}
    return next((value for name, value in named if name.casefold() in wanted), "")
