"""One process of the desk: it answers the connections that the desk's first process hands it.

It is started with its orders on the command line, opens every file itself, and ends when the other
end of its channel is closed: in good order where that was meant, and so also where the first
process was killed.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from logging.handlers import WatchedFileHandler
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from archiver.archive.running import running
from archiver.config import Home
from archiver.decoding import decoder
from archiver.desk.build import build
from archiver.desk.orders import ENDED, GRACE_SECONDS, LOG_NAME, LOG_SHAPE, READY, Orders
from archiver.errors import ArchiverError


def run(orders: Orders) -> None:
    """Answer until the channel is closed. Raises HomeError where the home cannot be read."""
    home = Home(Path(orders.home))
    running.share(orders.counts, orders.place)
    hosts = None if orders.hosts is None else frozenset(orders.hosts)
    with _logged(home), socket.socket(fileno=orders.channel) as channel:
        datasette = build(home, secure=orders.secure, hosts=hosts)
        config = uvicorn.Config(
            datasette.app(),
            log_level="warning",
            access_log=False,  # addresses hold what people searched for
            server_header=False,
            # who is at the other end is what the connection says: X-Forwarded-For, which uvicorn
            # would put in its place, is whatever a browser wrote into it
            proxy_headers=False,
            lifespan="on",
            ssl_certfile=orders.tls_certificate,
            ssl_keyfile=orders.tls_key,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        try:
            _Server(config, channel).run(sockets=[])
        finally:
            datasette.archiver_desk.close()
            datasette.close()


class _Server(uvicorn.Server):
    """A server that listens nowhere: connections come through its channel, already accepted."""

    def __init__(self, config: uvicorn.Config, channel: socket.socket) -> None:
        super().__init__(config)
        self._channel = channel
        self._untold = 0
        self._taking: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that connections may come."""
        await super().startup(sockets)
        self._speaking = _telling(self.config.http_protocol_class, self._ended)
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._receive)
        self._channel.send(READY)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C at the terminal reaches every process, but the first one decides."""
        if sig != signal.SIGINT:
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
            task = asyncio.ensure_future(self._take(socket.socket(fileno=descriptor)))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    async def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(self._protocol, connection, ssl=self.config.ssl)
        except (OSError, ssl.SSLError):
            # a browser that went away, or one that spoke no TLS
            connection.close()
            self._ended()

    def _protocol(self) -> Any:
        return self._speaking(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _ended(self) -> None:
        """Tell that a connection has ended; what the channel has no room for is told later."""
        self._untold += 1
        with suppress(OSError):
            self._untold -= self._channel.send(ENDED * self._untold)


def _telling(usual: Any, ended: Callable[[], None]) -> Any:
    """uvicorn's protocol, which also tells when a connection has ended."""

    class Speaking(usual):  # type: ignore[misc]
        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(error)
            ended()

    return Speaking


@contextmanager
def _logged(home: Home) -> Iterator[None]:
    """Problems go to the log the first process keeps; it alone begins a new one.

    Lines are added at the end of the file whichever process writes, and once it has been put aside
    the next line opens the new one.
    """
    log = logging.getLogger("archiver.desk")
    handler = WatchedFileHandler(home.logs / LOG_NAME, encoding="utf-8")
    handler.setFormatter(LOG_SHAPE)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


_read_orders = decoder(Orders)


def main() -> None:
    """The process itself."""
    # a crash in a library says where it was, on standard error
    faulthandler.enable()
    # What uvicorn has caught it sends again when it has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        run(_read_orders(sys.argv[1]))
    except ArchiverError as error:
        sys.exit(f"archiver desk: {error}")


if __name__ == "__main__":
    main()
