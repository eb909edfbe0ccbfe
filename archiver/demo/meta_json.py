"""Writing JSON and zips as Meta does: two spaces of indent, every character beyond ASCII written as
the UTF-8 bytes it has, each as if it were a character of its own."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class WrittenDownload:
    """What a download holds: its records by kind, and its media files."""

    path: Path
    posts: int = 0
    comments: int = 0
    messages: int = 0
    followers: int = 0
    media: int = 0
    files: dict[str, int] = field(default_factory=dict)


_MOMENT = (2026, 11, 2, 10, 30, 0)


def mojibake(value: Any) -> Any:
    """Every text as Meta writes it."""
    if isinstance(value, str):
        return value.encode("utf-8").decode("latin-1")
    if isinstance(value, list):
        return [mojibake(one) for one in value]
    if isinstance(value, dict):
        return {mojibake(key): mojibake(one) for key, one in value.items()}
    return value


def written(value: Any, *, garbled: bool = True) -> str:
    """A value as it stands in a file."""
    return json.dumps(mojibake(value) if garbled else value, indent=2, ensure_ascii=garbled)


def array(elements: Iterable[Any], before: str = "", after: str = "") -> Iterator[str]:
    """A file that is an array, or an object (`before`, `after`) around one, piece by piece."""
    yield before + "["
    between = "\n"
    for one in elements:
        yield between + written(one)
        between = ",\n"
    yield "\n]" + after


class MetaZip:
    """A zip being written. The same files give the same bytes."""

    def __init__(self, path: Path, root: str = "") -> None:
        self.path = path
        self._root = root
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)

    def __enter__(self) -> MetaZip:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, pieces: Iterable[str] | bytes) -> None:
        """Write a file, piece by piece."""
        told = zipfile.ZipInfo(self._root + name, _MOMENT)
        told.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(told, "w", force_zip64=True) as file:
            if isinstance(pieces, bytes):
                file.write(pieces)
                return
            for piece in pieces:
                file.write(piece.encode("utf-8"))

    def value(self, name: str, value: Any) -> None:
        """Write a small file that holds one value."""
        self.add(name, [written(value)])
