"""Log files of a home: one per day and kind of run, in UTC, without anybody's words."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from archiver import clock
from archiver.config import Home
from archiver.errors import StorageError


class _File(logging.FileHandler):
    """A log file that stays silent where the disk is full: the run's own error says so."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave the line out."""


@contextmanager
def log_to(home: Home, name: str) -> Iterator[logging.Logger]:
    """Write to ``logs/<name>-<day>.log`` while the block runs.

    Raises StorageError where the file cannot be written.
    """
    log = logging.Logger(f"archiver.{name}", level=logging.INFO)
    path = home.logs / f"{name}-{clock.now().date().isoformat()}.log"
    try:
        home.logs.mkdir(exist_ok=True)
        handler = _File(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StorageError(f"cannot write the log {path}: {error.strerror}") from None
    shape = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    shape.converter = time.gmtime
    handler.setFormatter(shape)
    log.addHandler(handler)
    try:
        yield log
    finally:
        with suppress(OSError):
            handler.close()


def places(error: BaseException) -> str:
    """Where an error came from, without its message: a message may quote a record."""
    return "".join(traceback.format_tb(error.__traceback__))
