"""The lines of the audit that say who looked at what, written for many clerks at once."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.sight import EVERYTHING
from archiver.config import Home
from archiver.database import write_transaction
from archiver.desk.stores import Stores
from archiver.errors import StorageError
from archiver.register.office import audit, detail_text


@dataclass(slots=True)
class _Look:
    """A line of the audit that is to be written, and what came of it."""

    actor: str
    action: str
    subject: str
    detail: Mapping[str, object] | None
    written: bool = False
    error: Exception | None = None


class Looks:
    """Writes the looks of all clerks into office.db, each before its answer is shown.

    Looks that come while one is being written are written together after it. The processes of the
    desk take turns at a lock of their own, at which the kernel wakes the next: for SQLite's they
    would ask again and again with growing pauses, and clerks would wait for nobody.

    Raises StorageError where the lock cannot be made.
    """

    def __init__(self, home: Home, stores: Stores) -> None:
        self._stores = stores
        path = home.path / ".looks.lock"
        try:
            self._turns = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(f"cannot open the lock {path}: {error.strerror}") from None
        self._waiting: list[_Look] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def note(
        self, actor: str, action: str, subject: str, detail: Mapping[str, object] | None = None
    ) -> None:
        """Write a line of the audit; it is on the disk when this returns.

        Raises BusyError and StorageError as `write_transaction` does: then nothing was written, and
        nothing may be shown.
        """
        detail_text(detail)  # what cannot be written must not keep others' looks from it
        look = _Look(actor, action, subject, detail)
        with self._lock:
            self._waiting.append(look)
        with self._turn:
            if not look.written and look.error is None:
                self._write_waiting()
        if look.error is not None:
            raise look.error

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._turns)

    def _write_waiting(self) -> None:
        # the kernel gives the turn back where this process ends in between
        fcntl.flock(self._turns, fcntl.LOCK_EX)
        try:
            with self._lock:
                looks, self._waiting = self._waiting, []
            self._write(looks)
        finally:
            fcntl.flock(self._turns, fcntl.LOCK_UN)

    def _write(self, looks: Sequence[_Look]) -> None:
        try:
            with self._stores.office(EVERYTHING) as office, write_transaction(office):
                for look in looks:
                    audit(
                        office,
                        actor=look.actor,
                        action=look.action,
                        subject=look.subject,
                        detail=look.detail,
                    )
        except Exception as error:
            for look in looks:
                look.error = error
        else:
            for look in looks:
                look.written = True
