"""Deletions as deleted-tweet-headers.js tells them: which post, and when. Where the download holds
the post too, the time is joined to it; where it does not, that it existed is all that is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from archiver.exports.elements import Element
from archiver.exports.x import values
from archiver.exports.x.layout import DataFile
from archiver.exports.x.posts import unwrapped
from archiver.items import Author, ContentState, Item, Kind


class Deletion(msgspec.Struct):
    """An entry of deleted-tweet-headers.js."""

    native_id: str
    deleted_at: str | None
    created_at: str | None
    raw: bytes
    member: str
    index: int


def parse_deletion(file: DataFile, element: Element) -> Deletion | None:
    """The deletion in an element; None where it names no post."""
    post = unwrapped(element.value)
    native_id = values.first_id(post, "tweet_id", "post_id", "id_str", "id")
    if native_id is None:
        return None
    return Deletion(
        native_id,
        values.time(post.get("deleted_at") or post.get("deletedAt")),
        values.time(post.get("created_at")),
        element.raw,
        file.member,
        element.index,
    )


class Deletions(Mapping[str, str]):
    """The times of deletion by the id of the post, as they become known."""

    def __init__(self) -> None:
        self._by_id: dict[str, Deletion] = {}

    def add(self, deletion: Deletion) -> bool:
        """Take one up; False where the same post's is known."""
        return self._by_id.setdefault(deletion.native_id, deletion) is deletion

    def split(self, held: Collection[str]) -> Iterator[tuple[Deletion, bool]]:
        """Each, and whether the post is among those the download holds."""
        for native_id, deletion in self._by_id.items():
            yield deletion, native_id in held

    def __getitem__(self, native_id: str) -> str:
        at = self._by_id[native_id].deleted_at
        if at is None:
            raise KeyError(native_id)
        return at

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)


def deleted_item(deletion: Deletion, author: Author) -> Item:
    """A post of which the download tells only that it was deleted."""
    return Item(
        platform=values.PLATFORM,
        kind=Kind.POST,
        native_id=deletion.native_id,
        author=author,
        created_at=deletion.created_at,
        text="",
        raw=deletion.raw,
        stable=values.canonical(["deleted", deletion.native_id]),
        form="post",
        edit_id=deletion.native_id,
        content_state=ContentState.UNAVAILABLE,
        removed_at=deletion.deleted_at,
        member=deletion.member,
        position=deletion.index,
    )
