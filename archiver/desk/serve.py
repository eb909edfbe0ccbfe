"""Starting the desk and the worker beside it."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import uvicorn

from archiver.config import Home
from archiver.desk.build import build
from archiver.errors import StorageError, UsageError
from archiver.operations.home import prepare
from archiver.operations.worker import start_worker

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_WORKER_SECONDS = 30


def serve(
    home: Home,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    behind_proxy: bool = False,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
    worker: bool = True,
) -> None:
    """Serve the desk until it is stopped.

    Beyond this machine it listens only with TLS of its own or, with `behind_proxy`, for the city's
    proxy, which then must do TLS. Raises UsageError otherwise, StorageError where the port is in
    use.
    """
    secure = check_listening(
        host, behind_proxy=behind_proxy, tls=tls_certificate is not None and tls_key is not None
    )
    prepare(home)
    hosts = None if secure else LOOPBACK_NAMES
    datasette = build(home, secure=secure, hosts=hosts)
    server = uvicorn.Server(
        uvicorn.Config(
            datasette.app(),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,  # addresses hold what people searched for
            server_header=False,
            date_header=True,
            proxy_headers=behind_proxy,
            lifespan="on",
            ssl_certfile=tls_certificate,
            ssl_keyfile=tls_key,
            timeout_graceful_shutdown=10,
        )
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        with _worker(home, wanted=worker):
            server.run()
    except SystemExit:
        raise StorageError(
            f"port {port} on {host} cannot be used: another desk may be running, give --port"
        ) from None
    finally:
        datasette.archiver_desk.close()
        datasette.close()


def check_listening(host: str, *, behind_proxy: bool, tls: bool) -> bool:
    """Whether browsers will reach the desk by TLS.

    Raises UsageError where the desk would be reachable from other machines in clear text.
    """
    if behind_proxy or tls:
        return True
    name = host.strip("[]").lower()
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = name == "localhost"
    if not loopback:
        raise UsageError(
            f"{host} is reachable from other machines: give --behind-proxy where the city's proxy "
            "does TLS, or --tls-certificate and --tls-key"
        )
    return False


@contextmanager
def _worker(home: Home, *, wanted: bool) -> Iterator[None]:
    process: Popen[bytes] | None = start_worker(home) if wanted else None
    try:
        yield
    finally:
        if process is not None:
            _end(process)


def _end(process: Popen[bytes]) -> None:
    """Let the worker finish what it is at; a packet is written whole or again."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_WORKER_SECONDS)
    except TimeoutExpired:
        process.terminate()
        process.wait()
