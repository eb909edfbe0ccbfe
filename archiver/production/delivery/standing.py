"""Standing at the door: listening on this machine, until asked to stop."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from archiver.errors import BusyError, StorageError, UsageError
from archiver.production.delivery.door import Door, hold


def stand(
    folder: Path,
    *,
    host: str,
    port: int,
    behind_proxy: bool,
    tell: Callable[[str], None],
    started: Callable[[str], None],
) -> None:
    """Serve the links of a folder until SIGTERM or Ctrl-C. `started` is given the address.

    It speaks no TLS itself: beyond this machine it listens only for the city's proxy. Raises
    UsageError otherwise, BusyError where another door serves the folder, StorageError where the
    port or the folder cannot be used.
    """
    require_loopback(host, behind_proxy=behind_proxy)
    try:
        held = hold(folder)
    except OSError as error:
        raise StorageError(f"{folder} cannot be used: {error.strerror}") from None
    if held is None:
        raise BusyError(f"another `archiver deliver serve` serves {folder}: this one ends")
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((name, port))
            listener.listen(256)
        except OSError as error:
            raise StorageError(
                f"port {port} on {host} cannot be used ({error.strerror}): give --port"
            ) from None
        shown = f"[{name}]" if ":" in name else name
        address = f"http://{shown}:{listener.getsockname()[1]}"
        asyncio.run(_serve(folder, listener, tell, lambda: started(address)))


async def _serve(
    folder: Path,
    listener: socket.socket,
    tell: Callable[[str], None],
    started: Callable[[], None],
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for asked in (signal.SIGINT, signal.SIGTERM):
        with suppress(RuntimeError, ValueError):
            loop.add_signal_handler(asked, stop.set)
    started()
    sys.stdout.flush()
    await Door(folder, tell).serve(listener, stop)


def require_loopback(host: str, *, behind_proxy: bool) -> None:
    """Raise UsageError where the links would be reachable from other machines in clear text."""
    name = host.strip("[]").lower()
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = name == "localhost"
    if not loopback and not behind_proxy:
        raise UsageError(
            f"{host} is reachable from other machines: give --behind-proxy where the city's proxy "
            "does TLS, or leave --host out"
        )
