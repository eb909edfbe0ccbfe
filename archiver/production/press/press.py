"""The side that holds the archive: each volume is handed to a process of its own."""

from __future__ import annotations

import atexit
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO, NoReturn, TypeVar

import archiver
from archiver import errors
from archiver.errors import ArchiverError
from archiver.pdf import faces
from archiver.production.press.tasks import (
    Failed,
    Job,
    Measured,
    Printed,
    Progressed,
    Told,
    heard,
)
from archiver.progress import Progress

_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", faces.FOLDERS_VARIABLE)
T = TypeVar("T", Measured, Printed)


class PressFault(ArchiverError):
    """A printing process ended without having printed."""


def run(jobs: Sequence[Job], kind: type[T], progress: Progress | None = None) -> list[T]:
    """Do these tasks, as many at a time as there are processors; gives what each one found.

    Raises what the task raised (RuleError, InputError, HomeError), OSError where the disk is full
    or cannot be written, PressFault where a process broke off.
    """
    plate = _plate()
    shown = progress if len(jobs) == 1 else None
    with ThreadPoolExecutor(max_workers=min(len(jobs), os.cpu_count() or 1) or 1) as pool:
        waiting = [pool.submit(_one, plate, job, kind, shown) for job in jobs]
        done = []
        for number, each in enumerate(waiting, 1):
            done.append(each.result())
            if progress and shown is None:
                verb = "measuring" if kind is Measured else "printing"
                progress(f"{verb} volumes", number, len(jobs))
    return done


def _one(plate: _Plate, job: Job, kind: type[T], progress: Progress | None) -> T:
    with plate.started(job) as back:
        for told in heard(back):
            if isinstance(told, Progressed):
                if progress:
                    progress(told.what, told.done, told.total)
            elif isinstance(told, kind):
                return told
            else:
                fail(told)
    raise PressFault("the printing process was ended from outside: nothing was produced, try again")


def fail(told: Told) -> NoReturn:
    """Raise what a printing process says went wrong."""
    if not isinstance(told, Failed):
        raise PressFault("the printing process answered something else: nothing was produced")
    if told.kind == "disk":
        raise OSError(0, told.words)
    known = getattr(errors, told.kind, None)
    if isinstance(known, type) and issubclass(known, ArchiverError):
        raise known(told.words)
    raise PressFault(
        f"the printing broke off ({told.words}): nothing was produced; please report this line"
    )


class _Plate:
    """The process that the printing ones are forked from: it has never been given anything."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._orders = ours
        self.owner = os.getpid()
        self.fonts = os.environ.get(faces.FOLDERS_VARIABLE)
        root = os.path.dirname(next(iter(archiver.__path__)))  # noqa: PTH120
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "archiver.production.press", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={k: v for k in _KEPT if (v := os.environ.get(k))} | {"PYTHONPATH": root},
            )

    @property
    def process_id(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """Whether it runs, is this process's own, and knows the fonts that are to be used."""
        same = self.fonts == os.environ.get(faces.FOLDERS_VARIABLE)
        return same and self.owner == os.getpid() and self._process.poll() is None

    @contextmanager
    def started(self, job: Job) -> Iterator[BinaryIO]:
        """A printing process with its task; what it tells comes from the stream."""
        task, given = os.pipe()
        told, back = os.pipe()
        with os.fdopen(told, "rb") as stream:
            try:
                socket.send_fds(self._orders, [b"!"], [task, back])
            finally:
                os.close(task)
                os.close(back)
            try:
                with os.fdopen(given, "wb") as sink:
                    pickle.dump(job, sink, protocol=pickle.HIGHEST_PROTOCOL)
            except BrokenPipeError:
                pass  # what the process has to say, or that it says nothing, is heard next
            yield stream

    def close(self) -> None:
        """End it, where it is this process's own."""
        self._orders.close()
        if self.owner == os.getpid():
            self._process.wait()


def process_id() -> int:
    """The process that printing processes are forked from, started where it does not run."""
    return _plate().process_id


_open: list[_Plate] = []


def _plate() -> _Plate:
    while _open:
        if _open[-1].is_usable:
            return _open[-1]
        _open.pop().close()
    _open.append(_Plate())
    return _open[-1]


@atexit.register
def _end() -> None:
    while _open:
        _open.pop().close()
