"""Bags in the home: whole copies of records that are on their way, so they do not stay."""

from __future__ import annotations

import shutil
from pathlib import Path

from archiver.errors import StorageError

FOLDER = "transfers"


def bag_folder(home: Path) -> Path:
    """Where bags lie until they are received."""
    return home / FOLDER


def remove_bags(home: Path, number: str) -> int:
    """Remove the bags of a batch; how many. Raises StorageError where one cannot be removed."""
    removed = 0
    for pattern in (f"{number}-*", f".{number}-*"):
        for path in sorted(bag_folder(home).glob(pattern)):
            try:
                shutil.rmtree(path)
            except OSError as error:
                raise StorageError(f"{path} cannot be removed: {error.strerror}") from None
            removed += 1
    return removed
