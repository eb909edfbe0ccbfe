"""What a channel wrote: comments, live chat messages and community posts, as tables since 2023."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.guarding import ended, guarded
from archiver.exports.tables import Row, open_table
from archiver.exports.youtube import items
from archiver.exports.youtube.heads import Kind as Table
from archiver.exports.youtube.heads import Known, plain
from archiver.exports.youtube.items import Owner
from archiver.exports.youtube.media import Shelf
from archiver.exports.youtube.pieces import written
from archiver.exports.youtube.videos import other_channel
from archiver.items import Item, Kind, MediaRef

_ROLES = {
    Table.COMMENTS: ("comment", "comment_text", "comment_created"),
    Table.CHATS: ("chat", "chat_text", "chat_created"),
    Table.POSTS: ("post", "post_text", "post_created"),
}
_PICTURE = re.compile(r"[\w.-]+\.(?:jpe?g|png|gif|webp)\Z", re.IGNORECASE)
_CHOICE = re.compile(r"option|antwort|opción|opcion|选项|選項|選択肢|선택|вариант", re.IGNORECASE)


def from_table(
    member: str, known: Known, owner: Owner, shelf: Shelf, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The rows of a table of comments, live chats or community posts."""
    table = open_table(stream, known.needed())
    told = _ROLES[known.kind]
    columns = known.columns
    names = (*(columns.get(role, "") for role in told), columns.get("channel", ""))
    for row in table.rows():
        yield from guarded(
            member, count, row, partial(_row, member, known, names, owner, shelf, row, count)
        )
    ended(table, count)


def _row(
    member: str,
    known: Known,
    names: tuple[str, ...],
    owner: Owner,
    shelf: Shelf,
    row: Row,
    count: FileCount,
) -> list[Unit]:
    cells = row.cells
    identity, text, created, channel = (cells.get(name, "") for name in names)
    if not owner.owns(channel.strip()):
        return [other_channel(member, row.index)]
    if not identity.strip():
        raise ValueError("no id")
    said = written(text)
    count.repaired += said.repaired
    at = items.moment(created)
    place = (member, row.index)
    if known.kind is Table.POSTS:
        return [_post(owner, identity, said.text, said.links, at, shelf, row, place)]
    return [_comment(owner, known, identity, said.text, said.links, at, row, place)]


def _comment(
    owner: Owner,
    known: Known,
    identity: str,
    text: str,
    links: tuple[str, ...],
    at: str | None,
    row: Row,
    place: tuple[str, int],
) -> Item:
    cells, columns = row.cells, known.columns
    chat = known.kind is Table.CHATS
    video = cells.get(columns.get("video", ""), "").strip()
    post = cells.get(columns.get("post", ""), "").strip()
    answered = "" if chat else cells.get(columns.get("parent", ""), "").strip()
    answered = answered or identity.rpartition(".")[0]
    under = video or post or None
    address = items.video_address(video) if video else f"https://www.youtube.com/post/{post}"
    return Item(
        items.PLATFORM,
        Kind.COMMENT,
        identity.strip(),
        owner.author,
        at,
        text,
        row.raw,
        items.canonical({"id": identity, "text": text, "under": under}),
        form="live chat" if chat else "reply" if answered else "comment",
        parent_id=answered or under,
        root_id=under,
        url=None if not under else address if chat else _to(address, identity),
        links=links,
        member=place[0],
        position=place[1],
    )


def _to(address: str, comment: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}lc={comment}"


def _post(
    owner: Owner,
    identity: str,
    text: str,
    links: tuple[str, ...],
    at: str | None,
    shelf: Shelf,
    row: Row,
    place: tuple[str, int],
) -> Item:
    """A community post. The names of its pictures stand in cells of their own, the answers of a
    poll in columns that are called so."""
    pictures = [cell for cell in row.cells.values() if _PICTURE.match(cell.strip())]
    answers = [
        written(cell).text
        for name, cell in row.cells.items()
        if cell.strip() and _CHOICE.search(plain(name)) and not cell.strip().isdecimal()
    ]
    shown = "\n".join([text, *(f"- {answer}" for answer in answers)]).strip()
    media: tuple[MediaRef, ...] = shelf.named([one.strip() for one in pictures])
    return Item(
        items.PLATFORM,
        Kind.POST,
        identity.strip(),
        owner.author,
        at,
        shown,
        row.raw,
        items.canonical({"id": identity, "text": text, "answers": answers, "pictures": pictures}),
        form="community post",
        root_id=identity.strip(),
        url=f"https://www.youtube.com/post/{identity.strip()}",
        links=links,
        media=media,
        member=place[0],
        position=place[1],
    )
