"""The clock: nothing is listed or destroyed by a machine that does not know what day it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from archiver import clock
from archiver.archive.store import Archive
from archiver.errors import RuleError
from archiver.retention import timekeeping


def check_clock(archive: Archive, office: sqlite3.Connection, done_at: Iterable[str] = ()) -> None:
    """Raise RuleError where marking would not trust the clock, or it stands before what has been
    done to a batch already (`done_at`, UTC)."""
    timekeeping.check_clock(archive, office)
    now = clock.now()
    latest = max((clock.parse(at) for at in done_at), default=now)
    if now < latest:
        raise RuleError(
            f"the clock says {clock.to_text(now)}, before {clock.to_text(latest)}, when something "
            "was done already: nothing was done; set it right"
        )
