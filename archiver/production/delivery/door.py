"""The door: it takes the connections and hands each to the process of the link it names.

It reads the first line of a request and nothing else, and hands on the connection itself, so that
no byte of a release passes through it and a download goes on where it is killed. A link's process
is started when somebody first asks for it, started again when it ended, and ends when nobody has
asked for a while or the link has ended.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import archiver
from archiver.production.delivery.links import (
    EXPIRED,
    OPEN,
    Clock,
    end_link,
    read_link,
)
from archiver.production.delivery.pages import nothing_here
from archiver.production.delivery.serving import CONNECTION, ENDED, READY, TAKEN

_LINE = re.compile(
    rb"(?P<method>[A-Z]{3,10}) /d/(?P<id>[a-z2-7]{16})(?:[/?][!-~]*)? HTTP/1\.[01]\Z"
)
_HEAD_BYTES, _HEAD_SECONDS = 2048, 10
_START_SECONDS = 30
_TRIES = 3
_IDLE_SECONDS = 300
_TEND_SECONDS = 2
_MOST_AT_ONCE = 256
_STILL_SENDING_SECONDS = 1
_CODE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from archiver.production.delivery.child import main; main(sys.argv[1:])"
)


@dataclass(slots=True)
class _Child:
    """The process of a link: how many connections it has, since when none, and those it was handed
    and has not taken yet."""

    program: subprocess.Popen[bytes]
    channel: socket.socket
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    open: int = 0
    idle_since: float = 0.0
    untaken: deque[asyncio.Future[bool]] = field(default_factory=deque)


class Door:
    """What stands between the network and the links of `folder`."""

    def __init__(self, folder: Path, tell: Callable[[str], None] | None = None) -> None:
        self._folder = folder
        self._tell = tell or (lambda _: None)
        self._children: dict[str, _Child] = {}
        self._starting: dict[str, asyncio.Lock] = {}
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._clock = Clock(0)

    async def serve(self, listener: socket.socket, stop: asyncio.Event) -> None:
        """Hand out connections until `stop` is set. Downloads that run go on; what is new is not
        taken any more."""
        listener.setblocking(False)
        tasks: set[asyncio.Task[None]] = set()
        tending = asyncio.ensure_future(self._tend())
        accepting = asyncio.ensure_future(self._accept(listener, tasks))
        try:
            await stop.wait()
        finally:
            for task in (tending, accepting, *tasks):
                task.cancel()
            for child in self._children.values():
                self._let_go(child)

    async def _accept(self, listener: socket.socket, tasks: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError:  # too many open files: those at hand have to end first
                self._room.release()
                await asyncio.sleep(0.1)
                continue
            task = asyncio.ensure_future(self._receive(connection))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _receive(self, connection: socket.socket) -> None:
        """Look at the first line of a request and hand the connection on."""
        try:
            with connection, suppress(OSError, TimeoutError):
                line = await asyncio.wait_for(_first_line(connection), _HEAD_SECONDS)
                match = _LINE.match(line)
                name = match["id"].decode() if match else ""
                for _ in range(_TRIES if name else 0):
                    child = await self._child(name)
                    if child is None:
                        break
                    if await self._hand(child, connection):
                        return
                await _tell_nothing(connection, head=line.startswith(b"HEAD "))
        finally:
            self._room.release()

    async def _hand(self, child: _Child, connection: socket.socket) -> bool:
        """Hand a connection on; gives whether it was taken. It is kept until then, with all that
        came through it unread, so that a process which is killed at that moment loses nobody."""
        try:
            socket.send_fds(child.channel, [CONNECTION], [connection.fileno()])
        except OSError:
            return False
        child.open += 1
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        child.untaken.append(taken)
        return await taken

    async def _child(self, name: str) -> _Child | None:
        """The process of an open link, started where it does not run; None where there is none."""
        async with self._starting.setdefault(name, asyncio.Lock()):
            child = self._children.get(name)
            if child is None or child.ended:
                child = self._start(name)
            if child is None:
                self._starting.pop(name, None)
                return None
            with suppress(TimeoutError):
                await asyncio.wait_for(child.ready.wait(), _START_SECONDS)
        return child if child.ready.is_set() and not child.ended else None

    def _start(self, name: str) -> _Child | None:
        folder = self._folder / name
        if folder.is_symlink() or not self._is_open(folder):
            return None
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                program = subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-B", "-c", _CODE),
                        *(str(Path(archiver.__file__).parents[1]), str(theirs.fileno())),
                    ],
                    cwd=folder,
                    env={},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                )
        except OSError as error:
            ours.close()
            self._tell(f"a link's process cannot be started ({error.strerror})")
            return None
        ours.setblocking(False)
        child = _Child(program, ours, idle_since=self._clock.now())
        self._children[name] = child
        asyncio.get_running_loop().add_reader(ours, self._hear, name, child)
        return child

    def _is_open(self, folder: Path) -> bool:
        """Whether there is an open link; one whose time has passed is ended here, for good."""
        link = read_link(folder)
        if link is None or link.public_id != folder.name:
            return False
        if self._clock.now() < link.expires_at:
            return True
        with suppress(OSError):
            end_link(folder, EXPIRED)
        return False

    def _hear(self, name: str, child: _Child) -> None:
        """Read what a process tells: that it is ready, that connections have ended, or nothing
        more, because it is gone."""
        try:
            told = child.channel.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            told = b""
        if not told:
            asyncio.get_running_loop().remove_reader(child.channel)
            child.ended = True
            child.ready.set()
            for waiting in child.untaken:
                if not waiting.done():
                    waiting.set_result(False)
            child.channel.close()
            child.program.poll()
            if self._children.get(name) is child:
                del self._children[name]
            return
        for _ in range(told.count(TAKEN)):
            waiting = child.untaken.popleft()
            if not waiting.done():
                waiting.set_result(True)
        child.open -= told.count(ENDED)
        if child.open <= 0:
            child.idle_since = self._clock.now()
        if READY in told:
            child.ready.set()

    async def _tend(self) -> None:
        """Let processes end whose link has ended or for which nobody has asked for a while."""
        gone: list[_Child] = []
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            for name, child in list(self._children.items()):
                idle = child.open <= 0 and self._clock.now() - child.idle_since > _IDLE_SECONDS
                if idle or not (self._folder / name / OPEN).exists():
                    self._let_go(child)
                    gone.append(child)
                    del self._children[name]
            gone = [child for child in gone if child.program.poll() is None]

    def _let_go(self, child: _Child) -> None:
        """Give a process nothing more; it ends when its downloads have."""
        with suppress(OSError):
            child.channel.shutdown(socket.SHUT_WR)


async def _first_line(connection: socket.socket) -> bytes:
    """The first line of what comes, left in the connection for whoever answers it. Raises OSError
    where there is none."""
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    seen = 0
    while True:
        with suppress(BlockingIOError):
            head = connection.recv(_HEAD_BYTES, socket.MSG_PEEK)
            end = head.find(b"\n")
            if end >= 0:
                return head[:end].removesuffix(b"\r")
            if len(head) == _HEAD_BYTES or not head[:1].isalpha():
                raise OSError(71, "no request")
            seen = len(head)
        if seen:
            await asyncio.sleep(0.02)  # the rest of a line is on its way
            continue
        ready = loop.create_future()
        loop.add_reader(connection, ready.set_result, None)
        try:
            await ready
        finally:
            loop.remove_reader(connection)


async def _tell_nothing(connection: socket.socket, *, head: bool) -> None:
    """Answer as a link's process does where there is nothing to be told."""
    headers, body = nothing_here()
    lines = b"".join(b"%s: %s\r\n" % each for each in headers)
    answer = b"HTTP/1.1 404 Not Found\r\n" + lines + b"\r\n" + (b"" if head else body)
    loop = asyncio.get_running_loop()
    # what was sent is read first: a connection closed over unread bytes would lose the answer
    with suppress(BlockingIOError):
        connection.recv(65_536)
    await loop.sock_sendall(connection, answer)
    connection.shutdown(socket.SHUT_WR)
    with suppress(TimeoutError):
        await asyncio.wait_for(loop.sock_recv(connection, 65_536), _STILL_SENDING_SECONDS)


def hold(folder: Path) -> int | None:
    """Hold the folder's lock for as long as this process lives; None where another door has it.
    Raises OSError where it cannot be opened."""
    handle = os.open(folder / ".door.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
