"""A time limit for what SQLite does, so that no search keeps a clerk or the server waiting."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

_STEPS = 1_000


class OutOfTime(Exception):
    """The statement did not end within its time."""


@contextmanager
def time_limit(
    connection: sqlite3.Connection, until: float, *, work_until: float = math.inf
) -> Iterator[None]:
    """Stop the connection's statements at `until` (seconds of `time.perf_counter`).

    `work_until` (seconds of `time.thread_time`) stops what takes too much work, however long it
    had to wait for its turn. It takes the connection's progress handler for that while. Raises
    OutOfTime.
    """

    def late() -> bool:
        return time.perf_counter() > until or time.thread_time() > work_until

    connection.set_progress_handler(late, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        raise OutOfTime from None
    finally:
        connection.set_progress_handler(None, 0)
