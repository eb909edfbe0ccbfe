"""The desk's first process: it takes the connections and hands each to one of those that answer.

One Python process answers on one processor at a time, so the desk is several. This one accepts and
gives each connection to the process that has the fewest: browsers keep connections open, and left
to chance two clerks' would often lie with the same process while another has nothing to do. It
starts a process again that ended, and needs nothing of Datasette itself.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import msgspec

from archiver.archive.running import processors, shared_bytes
from archiver.desk.orders import CONNECTION, ENDED, GRACE_SECONDS, READY, Orders
from archiver.errors import StorageError

LOG = logging.getLogger("archiver.desk")
FEWEST, MOST = 2, 4
_AGAIN_SECONDS = (0, 1, 2, 4, 8, 16, 30)
"""How long a process that ended waits for its next start, by how often it ended soon."""
_SOON_SECONDS = 60
_TICK_SECONDS = 60
_STOP_SECONDS = GRACE_SECONDS + 5


def usual_number() -> int:
    """How many processes answer where nobody says: one per processor, 2 at least, 4 at most."""
    return min(max(processors(), FEWEST), MOST)


@dataclass(slots=True)
class _Process:
    """A place among the processes, and what runs there now."""

    place: int
    program: subprocess.Popen[bytes] | None = None
    channel: socket.socket | None = None
    ready: bool = False
    open: int = 0
    given: int = 0
    started: float = 0.0
    ended_soon: int = 0
    again: float | None = field(default=0.0)


class Processes:
    """The processes that answer. `orders` is what all of them are told; `listener` listens at the
    latest when `started` has returned (`run`)."""

    def __init__(self, orders: Orders, number: int, listener: socket.socket) -> None:
        self._orders = orders
        self._listener = listener
        self._all = [_Process(place) for place in range(number)]
        self._selector = selectors.DefaultSelector()
        self._counts = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115, closed in _stop
        self._counts.truncate(shared_bytes(number))
        self._told = False

    def run(self, started: Callable[[], None], tick: Callable[[], None]) -> None:
        """Hand out connections until a request to stop (SIGTERM) or Ctrl-C, then end in good order.

        `started` is called once all processes answer, `tick` now and then. Raises StorageError
        where they cannot be started.
        """
        try:
            with _asked_to_stop() as stop:
                self._selector.register(stop, selectors.EVENT_READ)
                self._listener.setblocking(False)
                while True:
                    self._start_due()
                    for key, _ in self._selector.select(self._until_due()):
                        if key.fileobj is stop:
                            return
                        if key.fileobj is self._listener:
                            self._accept()
                        else:
                            self._hear(key.data)
                    if not self._told and all(each.ready for each in self._all):
                        started()
                        self._told = True
                        self._listen()
                    tick()
        finally:
            self._stop()

    def _start_due(self) -> None:
        for each in self._all:
            if each.again is not None and each.again <= time.monotonic():
                self._start(each)

    def _until_due(self) -> float:
        due = [each.again for each in self._all if each.again is not None]
        return min([max(when - time.monotonic(), 0) for when in due], default=_TICK_SECONDS)

    def _start(self, each: _Process) -> None:
        ours, theirs = socket.socketpair()
        counts = self._counts.fileno()
        orders = msgspec.structs.replace(
            self._orders, channel=theirs.fileno(), counts=counts, place=each.place
        )
        each.started = time.monotonic()
        try:
            with theirs:
                each.program = subprocess.Popen(
                    [sys.executable, "-m", "archiver.desk.process", msgspec.json.encode(orders)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), counts),
                )
        except OSError as error:
            ours.close()
            self._again(each, f"cannot be started ({error.strerror})")
            return
        ours.setblocking(False)
        each.channel, each.again = ours, None
        self._selector.register(ours, selectors.EVENT_READ, each)

    def _hear(self, each: _Process) -> None:
        """Read what a process tells: that it is ready, that connections have ended, or nothing
        more, because it is gone."""
        if each.channel is None:
            return
        try:
            told = each.channel.recv(4_096)
        except BlockingIOError:
            return
        except OSError:
            told = b""
        if not told:
            self._ended(each)
            return
        each.open -= told.count(ENDED)
        if READY in told:
            each.ready = True
            self._listen()

    def _ended(self, each: _Process) -> None:
        """A process is gone, or of no more use."""
        self._again(each, f"ended ({self._clear(each)})")
        self._listen()

    def _again(self, each: _Process, why: str) -> None:
        """Start a process again after a while, a longer one where it never lives long."""
        if not self._told:
            raise StorageError(
                f"the desk cannot start: a process of it {why}; see what it said, and logs/desk.log"
            )
        soon = time.monotonic() - each.started < _SOON_SECONDS
        each.ended_soon = each.ended_soon + 1 if soon else 0
        seconds = _AGAIN_SECONDS[min(each.ended_soon, len(_AGAIN_SECONDS)) - 1 if soon else 0]
        each.again = time.monotonic() + seconds
        LOG.warning("a process of the desk %s; started again in %s s", why, seconds)

    def _clear(self, each: _Process) -> int | None:
        if each.channel is not None:
            self._selector.unregister(each.channel)
            each.channel.close()
        code = None
        if each.program is not None:
            # it may still run without its channel, answering nobody
            each.program.kill()
            code = each.program.wait()
        os.pwrite(self._counts.fileno(), bytes(shared_bytes(1)), shared_bytes(each.place))
        each.program, each.channel, each.ready, each.open = None, None, False, 0
        return code

    def _listen(self) -> None:
        """Accept while there is somebody to answer; else browsers wait in the system's queue."""
        listening = self._listener in self._selector.get_map()
        able = self._told and any(each.ready for each in self._all)
        if able and not listening:
            self._selector.register(self._listener, selectors.EVENT_READ)
        elif listening and not able:
            self._selector.unregister(self._listener)

    def _accept(self) -> None:
        # what goes wrong here is the browser's end of the connection, and is tried again
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    self._hand(connection)

    def _hand(self, connection: socket.socket) -> None:
        for each in sorted(self._all, key=lambda each: (each.open, each.given)):
            if each.ready and each.channel is not None:
                with suppress(OSError):
                    socket.send_fds(each.channel, [CONNECTION], [connection.fileno()])
                    each.open += 1
                    each.given += 1
                    return

    def _stop(self) -> None:
        for each in self._all:
            if each.channel is not None:
                with suppress(OSError):
                    each.channel.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _STOP_SECONDS
        for each in self._all:
            if each.program is not None:
                with suppress(subprocess.TimeoutExpired):
                    each.program.wait(max(until - time.monotonic(), 0))
                self._clear(each)
        self._selector.close()
        self._counts.close()


@contextmanager
def _asked_to_stop() -> Iterator[socket.socket]:
    """A socket that can be read once the program is asked to stop, by Ctrl-C or SIGTERM."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        if threading.current_thread() is not threading.main_thread():
            yield ours
            return
        theirs.setblocking(False)
        woken = signal.set_wakeup_fd(theirs.fileno())
        asked = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, lambda *_: None) for number in asked}
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)
