"""The pictures and films of a download: LinkedIn mostly gives only their addresses, which end."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archiver.items import MediaRef

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp4", ".mov", ".pdf", ".heic", ".svg")
_PARTED = re.compile(r"(?<![\s,])[\s,]++(?=https?://|[\w./-]+\.\w{3,4}\b)")


class MediaFiles:
    """The media files a download holds, by their names."""

    def __init__(self, members: Iterable[str]) -> None:
        self.members = [one for one in members if one.casefold().endswith(ENDINGS)]
        self._by_name = {one.rpartition("/")[2]: one for one in self.members}

    def refs(self, cell: str) -> tuple[MediaRef, ...]:
        """The media a cell names: files of the download where it holds them."""
        return tuple(self._ref(one) for one in _PARTED.split(cell.strip()) if one.strip())

    def _ref(self, named: str) -> MediaRef:
        address = named.strip()
        bare = address.split("?", 1)[0]
        name = bare.rpartition("/")[2]
        if (held := self._by_name.get(name)) is not None:
            return MediaRef(held, name)
        url = address if address.startswith("http") else None
        return MediaRef(f"linkedin:{bare}", name or None, url=url, available=False)
