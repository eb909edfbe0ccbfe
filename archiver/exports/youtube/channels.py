"""The channel itself, and whom it is subscribed to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element, ElementScanner
from archiver.exports.guarding import ended, guarded
from archiver.exports.tables import Row, open_table
from archiver.exports.texts import whole
from archiver.exports.youtube import items
from archiver.exports.youtube.heads import Known
from archiver.exports.youtube.items import Owner
from archiver.exports.youtube.videos import other_channel
from archiver.items import Item, Kind, Relation, Subscriber


def from_table(
    member: str, known: Known, owner: Owner, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The table of channels: one line for each the Google account has."""
    table = open_table(stream, known.needed())
    for row in table.rows():
        yield from guarded(member, count, row, partial(_row, member, known, owner, row))
    ended(table, count)


def _row(member: str, known: Known, owner: Owner, row: Row) -> list[Unit]:
    cells, columns = row.cells, known.columns
    channel = cells[columns["channel"]].strip()
    if not owner.owns(channel):
        return [other_channel(member, row.index)]
    title = cells.get(columns["channel_title"], "").strip()
    about = cells.get(columns.get("channel_about", ""), "").strip()
    return [_profile(owner, channel, title, about, row.raw, (member, row.index))]


def from_json(member: str, owner: Owner, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The Data API's object of the channel, as Takeout wrote it before 2021."""
    scanner = ElementScanner(stream)
    for element in scanner:
        yield from guarded(member, count, element, partial(_object, member, owner, element))
    ended(scanner, count)


def _object(member: str, owner: Owner, element: Element) -> list[Unit]:
    value: dict[str, Any] = element.value
    channel, told = str(value["id"]), value["snippet"]
    if not owner.owns(channel):
        return [other_channel(member, element.index)]
    title, about = str(told.get("title", "")), str(told.get("description", ""))
    return [_profile(owner, channel, title, about, element.raw, (member, element.index))]


def _profile(
    owner: Owner, channel: str, title: str, about: str, raw: bytes, place: tuple[str, int]
) -> Item:
    if not channel:
        raise ValueError("no id")
    return Item(
        items.PLATFORM,
        Kind.PROFILE,
        channel,
        owner.author,
        None,
        whole("\n".join(part for part in (title, about) if part)),
        raw,
        items.canonical({"id": channel, "title": title, "description": about}),
        form="profile",
        url=f"https://www.youtube.com/channel/{channel}",
        member=place[0],
        position=place[1],
    )


def subscriptions(member: str, known: Known, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The table of the channels this one is subscribed to."""
    table = open_table(stream, known.needed())
    for row in table.rows():
        yield from guarded(member, count, row, partial(_subscription, known, row))
    ended(table, count)


def _subscription(known: Known, row: Row) -> list[Unit]:
    cells, columns = row.cells, known.columns
    name = cells.get(columns.get("channel_name", ""), "").strip()
    return [_followed(cells[columns["channel"]].strip(), name)]


def subscriptions_json(member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The same as Takeout wrote it until 2021."""
    scanner = ElementScanner(stream)
    for element in scanner:
        yield from guarded(member, count, element, partial(_subscription_object, element))
    ended(scanner, count)


def _subscription_object(element: Element) -> list[Unit]:
    told = element.value["snippet"]
    return [_followed(str(told["resourceId"]["channelId"]), str(told.get("title", "")))]


def _followed(channel: str, name: str) -> Subscriber:
    if not channel:
        raise ValueError("no id")
    address = f"https://www.youtube.com/channel/{channel}"
    return Subscriber(
        items.PLATFORM, Relation.FOLLOWING, channel, None, whole(name) or None, address
    )
