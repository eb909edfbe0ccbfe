"""Matching the files of the media folders to the items they belong to.

X names a file by the id of its item, a hyphen, and the last part of its address:
``tweets_media/1690395372546301952-F3bXyz.jpg``.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archiver.exports.x import values
from archiver.items import MediaRef

Folder = dict[str, list[str]]


class MediaIndex:
    """The media files of a download, by folder and by the id their names begin with."""

    def __init__(self, names: Iterable[str], root: str) -> None:
        self._folders: dict[str, Folder] = {}
        self.total = 0
        for name in names:
            inside = name[len(root) :].removeprefix("data/")
            folder, _, last = inside.partition("/")
            if not last or "_media" not in folder or "/" in last:
                continue
            owner = last.partition("-")[0].partition(".")[0]
            files = self._folders.setdefault(folder, {}).setdefault(owner, [])
            files.append(name[len(root) :])
            self.total += 1

    def files(self, folders: Sequence[str], owner: str) -> list[str]:
        """The files that belong to this id, by their path below the download's root."""
        if not self._folders:
            return []
        return [
            name
            for folder in folders
            if folder in self._folders
            for name in self._folders[folder].get(owner, ())
        ]

    def folder_counts(self) -> dict[str, int]:
        """How many files each media folder holds."""
        return {folder: sum(map(len, owners.values())) for folder, owners in self._folders.items()}


def of_post(
    index: MediaIndex, folders: Sequence[str], post: Mapping[str, Any], native_id: str
) -> tuple[MediaRef, ...]:
    """The media of a post: its entities matched to its files, then files no entity speaks of."""
    entities = (
        _entities(post, "extended_entities")
        if "extended_entities" in post
        else _entities(post, "entities")
    )
    files = index.files(folders, native_id)
    if not entities and not files:
        return ()
    left = sorted(files)
    found: list[MediaRef] = []
    for position, entity in enumerate(entities):
        addresses = _addresses(entity)
        member = _taken(left, addresses)
        found.append(_reference(entity, member, addresses, native_id, position))
    return (*found, *(reference(member) for member in left))


def _entities(post: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    holder = post.get(name)
    return values.rows(holder.get("media")) if isinstance(holder, dict) and holder else []


def of_addresses(
    index: MediaIndex, folders: Sequence[str], owner: str, addresses: Sequence[str]
) -> tuple[MediaRef, ...]:
    """The media of a message or profile, which names its media by address only."""
    left = sorted(index.files(folders, owner))
    if not left and not addresses:
        return ()
    found: list[MediaRef] = []
    for position, address in enumerate(addresses):
        member = _taken(left, [address])
        found.append(_reference({}, member, [address], owner, position))
    return (*found, *(reference(member) for member in left))


def reference(member: str) -> MediaRef:
    """A media file nothing else is known of."""
    name = member.rsplit("/", 1)[-1]
    return MediaRef(key=member, name=name, media_type=mimetypes.guess_type(name)[0])


def _addresses(entity: Mapping[str, Any]) -> list[str]:
    """Where the media lay, the best video first."""
    variants = values.rows(values.table(entity.get("video_info")).get("variants"))
    ranked = sorted(variants, key=lambda one: values.count(one.get("bitrate")) or 0, reverse=True)
    found = [one.get("url") for one in ranked]
    found += [entity.get("media_url_https"), entity.get("media_url")]
    return [one for one in found if isinstance(one, str) and one]


def _taken(left: list[str], addresses: Sequence[str]) -> str | None:
    """The file that one of the addresses names; it is taken out of `left`."""
    for address in addresses:
        ending = address.partition("?")[0].rsplit("/", 1)[-1]
        for member in left:
            if ending and member.endswith(("-" + ending, "/" + ending)):
                left.remove(member)
                return member
    return None


def _reference(
    entity: Mapping[str, Any],
    member: str | None,
    addresses: Sequence[str],
    owner: str,
    position: int,
) -> MediaRef:
    address = addresses[0] if addresses else None
    alt = entity.get("ext_alt_text")
    alt_text = values.text(alt) if isinstance(alt, str) and alt else None
    if member is None:
        return MediaRef(key=f"{owner}#{position}", alt_text=alt_text, url=address, available=False)
    name = member.rsplit("/", 1)[-1]
    return MediaRef(
        key=member,
        name=name,
        media_type=mimetypes.guess_type(name)[0],
        alt_text=alt_text,
        url=address,
    )
