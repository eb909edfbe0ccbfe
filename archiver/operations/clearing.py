"""Clearing from the disk what a destruction left there, after a kill or beside a reader."""

from __future__ import annotations

from archiver.archive.destroying import finish_bytes, is_unfinished, is_unscrubbed, scrub
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.progress import Progress


def clear_destroyed(home: Home, progress: Progress | None = None) -> tuple[str, ...]:
    """Clear what a destruction left on the disk; in one line each what could not be, and why.

    Costs a look where nothing is left. Raises StorageError and BusyError as `scrub` does.
    """
    with Archive.open(home, whole=True) as archive:
        if not is_unfinished(archive) and not is_unscrubbed(archive):
            return ()
    with Archive.open(home, write=True) as archive:
        finish_bytes(archive)
        return scrub(archive, progress).not_yet
