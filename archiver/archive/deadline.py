"""A time limit for what SQLite does, so that no search keeps a clerk or the server waiting."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

_STEPS = 1_000


class OutOfTime(Exception):
    """The statement did not end within its time."""


@contextmanager
def time_limit(connection: sqlite3.Connection, until: float) -> Iterator[None]:
    """Stop the connection's statements at `until` (seconds of `time.perf_counter`).

    It takes the connection's progress handler for that while. Raises OutOfTime.
    """
    clock = time.perf_counter
    connection.set_progress_handler(lambda: clock() > until, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        raise OutOfTime from None
    finally:
        connection.set_progress_handler(None, 0)
