"""The media of a post, and the members of the download that are their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archiver.exports.mastodon.layout import MEDIA
from archiver.exports.texts import whole
from archiver.items import MediaRef

_LINK = "Link"


class Media:
    """The media files of a download. `files` gives the member for a path behind `MEDIA`: whatever
    stands before it differs between servers that keep files on disk and elsewhere."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def of(self, note: Mapping[str, Any]) -> tuple[MediaRef, ...]:
        """The media of a post, each once."""
        if not note.get("attachment"):
            return ()
        found: dict[str, MediaRef] = {}
        for one in _attached(note):
            address = _address(one)
            if address is None:
                continue
            path = address.rpartition(MEDIA)[2] if MEDIA in address else ""
            member = self._files.get(path)
            ref = MediaRef(
                key=member or address,
                name=address.rpartition("/")[2] or None,
                media_type=_media_type(one),
                alt_text=_alt_text(one),
                url=address if address.startswith("http") else None,
                available=member is not None,
            )
            found.setdefault(ref.key, ref)
        return tuple(found.values())

    def stable(self, note: Mapping[str, Any]) -> list[Any]:
        """What matters of them: which file, the text that describes it, the point that is shown
        when it is cut."""
        if not note.get("attachment"):
            return []
        return [
            [(_address(one) or "").rpartition(MEDIA)[2], one.get("name"), one.get("focalPoint")]
            for one in _attached(note)
        ]


def _attached(note: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    attached = note.get("attachment")
    for one in attached if isinstance(attached, list) else [attached]:
        if isinstance(one, dict) and one.get("type") != _LINK:
            yield one


def _address(one: Mapping[str, Any]) -> str | None:
    """Where a file is: a text, or (Pleroma) a list of links."""
    url = one.get("url")
    if isinstance(url, list):
        url = next((link.get("href") for link in url if isinstance(link, dict)), None)
    return whole(url) if isinstance(url, str) and url else None


def _media_type(one: Mapping[str, Any]) -> str | None:
    told = one.get("mediaType")
    return told if isinstance(told, str) else None


def _alt_text(one: Mapping[str, Any]) -> str | None:
    text = one.get("name")
    return whole(text) if isinstance(text, str) and text else None
