"""The items of a request that say the same, in clusters with a leader; each stays an item of its
own, with its own author, account and time."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from archiver.archive.reading import worded_versions
from archiver.database import rows
from archiver.items import Kind
from archiver.requests.clustering.likeness import Entry, Group, Like, Likeness, groups_of
from archiver.requests.items import Item, items_of
from archiver.retention.quarantine import quarantined

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Member:
    """An item that is like its cluster's leader. `percent` of the words of both are the same;
    `same_record` says that it is another version of the leader's own record."""

    item: Item
    likeness: Likeness
    percent: int
    same_record: bool

    @property
    def reason(self) -> str:
        """Why it stands here, in words."""
        told = {
            Likeness.SAME: "the same words",
            Likeness.SAME_OTHER_MEDIA: "the same words, with other pictures or files",
            Likeness.SAME_MEDIA: "the same pictures or files, without words",
            Likeness.NEAR: f"{self.percent} % of the words the same",
        }[self.likeness]
        return f"another version of the same record: {told}" if self.same_record else told


@dataclass(frozen=True, slots=True)
class Cluster:
    """Items that say the same. The leader is the oldest record of them."""

    leader: Item
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """How many items it holds, the leader counted."""
        return len(self.members) + 1


def clusters_of(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    *,
    item_ids: Collection[int] | None = None,
) -> list[Cluster]:
    """The clusters of a request's items (or of those in `item_ids`), the largest first.

    `files` are the archive's files as far as the person may see them: items of others, of records
    in quarantine, reactions, and what cannot be read are left out. Raises InputError where there
    is no such request.
    """
    shut = quarantined(conn)
    items = {
        item.id: item
        for item in items_of(conn, number)
        if item.file in files
        and item.record_id not in shut.get(item.file, ())
        and (item_ids is None or item.id in item_ids)
    }
    oldest_first = sorted(items.values(), key=lambda item: (item.record_id, item.id))
    groups = _groups(files, oldest_first)
    clusters = [
        Cluster(
            items[group.leader],
            tuple(_member(items[group.leader], items[like.key], like) for like in group.likes),
        )
        for group in groups
    ]
    return sorted(clusters, key=lambda cluster: (-cluster.size, cluster.leader.id))


_kept: OrderedDict[bytes, list[Group[int]]] = OrderedDict()
_keeping = Lock()
_MOST_KEPT = 16


def _groups(files: Mapping[str, sqlite3.Connection], items: Sequence[Item]) -> list[Group[int]]:
    """What is alike among items. A version never changes, so the last answers are kept by what they
    were about, numbers only, and a page of a large request does not compare all of it again."""
    about = sha256()
    for connection in files.values():
        about.update(str(rows(connection, "PRAGMA database_list")[0]["file"]).encode())
    for item in items:
        about.update(f"\n{item.id} {item.file} {item.version_id} {item.leaf}".encode())
    key = about.digest()
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    groups = groups_of(_entries(files, items))
    with _keeping:
        _kept[key] = groups
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return groups


def _member(leader: Item, item: Item, like: Like[int]) -> Member:
    same_record = (leader.file, leader.record_id) == (item.file, item.record_id)
    return Member(item, like.likeness, like.percent, same_record)


def _entries(
    files: Mapping[str, sqlite3.Connection], items: Sequence[Item]
) -> Iterator[Entry[int]]:
    """What the items say, a few hundred at a time."""
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        said = {
            (file, each.version_id): each
            for file in {item.file for item in batch}
            for each in worded_versions(
                files[file], [item.version_id for item in batch if item.file == file]
            )
        }
        for item in batch:
            each = said.get((item.file, item.version_id))
            # a reaction is one of a few signs: that two are the same says nothing
            if each is not None and each.kind != Kind.REACTION:
                yield Entry(item.id, each.text, each.media)
