"""A server for one link: it listens nowhere, connections come to it already accepted."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn

CONNECTION, READY, TAKEN, ENDED = b"c", b"+", b"t", b"-"
"""What the door and a link's process say to each other: here is a connection (with its descriptor),
connections may come, one was taken, one has ended."""
_MOST_AT_ONCE = 48
_GRACE_SECONDS = 3600
"""How long a download may still run when its link's process is to end."""


class Serving(uvicorn.Server):
    """Answers what comes through `channel` until its other end is closed. `loaded` is called once
    nothing more has to be loaded, before the first connection comes."""

    def __init__(self, app: Any, channel: socket.socket, loaded: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_level="critical",
                access_log=False,  # addresses hold tokens
                server_header=False,
                date_header=False,
                proxy_headers=False,  # nobody's address is wanted
                limit_concurrency=_MOST_AT_ONCE,
                h11_max_incomplete_event_size=8192,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._channel, self._loaded = channel, loaded
        self._untold = b""
        self._taking: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that connections may come."""
        await super().startup(sockets)
        self._speaking = _telling(self.config.http_protocol_class, self._ended)
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._receive)
        self._loaded()
        self._say(READY)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A stop at the terminal reaches every process, but the door decides."""
        if sig not in (signal.SIGINT, signal.SIGTERM):
            super().handle_exit(sig, frame)

    def _receive(self) -> None:
        try:
            word, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
        except BlockingIOError:
            return
        except OSError:
            word, descriptors = b"", []
        if not word:
            asyncio.get_running_loop().remove_reader(self._channel)
            self.should_exit = True
        for descriptor in descriptors:
            self._say(TAKEN)
            task = asyncio.ensure_future(self._take(socket.socket(fileno=descriptor)))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    async def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()
            self._ended()

    def _protocol(self) -> Any:
        return self._speaking(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _ended(self) -> None:
        self._say(ENDED)

    def _say(self, word: bytes) -> None:
        """Tell the door something; what the channel has no room for is told later."""
        self._untold += word
        with suppress(OSError):
            self._untold = self._untold[self._channel.send(self._untold) :]


def _telling(usual: Any, ended: Callable[[], None]) -> Any:
    """uvicorn's protocol, which also tells when a connection has ended."""

    class Speaking(usual):  # type: ignore[misc]
        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(error)
            ended()

    return Speaking
