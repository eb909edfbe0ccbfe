"""One at a time: a lock that dies with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from archiver.errors import BusyError, StorageError


@contextmanager
def held(path: Path, busy: Callable[[str], str]) -> Iterator[None]:
    """Hold the lock at `path` for the length of the block.

    The kernel releases it when the process ends, however it ends, so no stale lock stays behind.
    Raises BusyError where another process holds it, with what `busy` says of it (given the process
    in brackets, or nothing); StorageError where the lock cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"cannot open the lock {path}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise BusyError(busy(f" (process {holder})" if holder else "")) from None
        # the number only helps whoever waits: a full disk must not keep the work from starting
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def single_instance(path: Path, what: str) -> AbstractContextManager[None]:
    """Hold the lock of a program that runs once at a time, called `what`. Raises as `held`."""
    return held(
        path, lambda by: f"{what} is already running{by}: this one leaves it alone and ends"
    )
