"""Starting the desk and the worker beside it."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from subprocess import Popen, TimeoutExpired

from archiver.config import Home
from archiver.desk.orders import LOG_NAME, LOG_SHAPE, Orders
from archiver.desk.processes import Processes, usual_number
from archiver.desk.sign_on import sign_on_of
from archiver.errors import ArchiverError, InputError, StorageError, UsageError
from archiver.operations.home import prepare
from archiver.operations.worker import start_worker
from archiver.register.office import open_office
from archiver.requests.timing.recounting import recount_open_requests
from archiver.staff.second_factor import rule_of

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
LOG = logging.getLogger("archiver.desk")
_WORKER_SECONDS = 30
_AGAIN_SECONDS = 10


def serve(
    home: Home,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    behind_proxy: bool = False,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
    worker: bool = True,
    processes: int | None = None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Serve the desk until it is stopped. `tell` is given its address once it can be reached.

    `processes` is how many answer (None: `usual_number`). Beyond this machine it listens only with
    TLS of its own or, with `behind_proxy`, for the city's proxy, which then must do TLS. Raises
    UsageError otherwise, InputError where certificate or key cannot be used, HomeError where the
    settings of [staff] cannot be worked with, StorageError where the port is in use or the
    processes cannot be started.
    """
    if (tls_certificate is None) != (tls_key is None):
        raise UsageError("TLS takes both: give --tls-certificate and --tls-key")
    tls = tls_certificate is not None
    secure = check_listening(host, behind_proxy=behind_proxy, tls=tls)
    number = usual_number() if processes is None else processes
    if tls:
        _check_certificate(tls_certificate, tls_key)
    prepare(home)
    _recount(home)
    settings = home.settings()
    rule_of(settings.staff.second_factor)
    sign_on_of(settings.staff.sso)
    orders = Orders(
        home=str(home.path.resolve()),
        channel=-1,
        counts=-1,
        place=-1,
        secure=secure,
        hosts=None if secure else sorted(LOOPBACK_NAMES | {host.strip("[]").lower()}),
        tls_certificate=None if tls_certificate is None else str(tls_certificate),
        tls_key=None if tls_key is None else str(tls_key),
    )

    def started() -> None:
        # not before: a browser or proxy that comes earlier is refused at once instead of waiting
        with _port_taken(host, port):
            listener.listen(256)
        if tell is not None:
            tell(f"{'https' if tls else 'http'}://{_in_address(host)}:{port}")

    with _bound(host, port) as listener, _logged(home) as log, _worker(home, wanted=worker):
        Processes(orders, number, listener).run(started, log.put_aside_if_long)


def _recount(home: Home) -> None:
    """Count the open requests again: a calendar may have changed since the last night. The desk
    starts without it, and the night tells what is wrong."""
    settings = home.settings()
    with suppress(ArchiverError), closing(open_office(home)) as office:
        recount_open_requests(office, settings, actor="desk")


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


def _check_certificate(certificate: Path | None, key: Path | None) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # a key with a password is refused here, where it would be asked for at every start
        context.load_cert_chain(certificate or "", key, password="")
    except (ssl.SSLError, OSError) as error:
        raise InputError(f"the TLS certificate or key cannot be used: {error.strerror}") from None


def _in_address(host: str) -> str:
    name = host.strip("[]")
    return f"[{name}]" if ":" in name else name


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    # With the protocol named, asyncio turns off the delay of small packets on every connection;
    # without it each answer would wait 40 ms for the browser's acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _port_taken(host, port):
            listener.bind((name, port))
        yield listener


@contextmanager
def _port_taken(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"port {port} on {host} cannot be used ({error.strerror}): "
            "another desk may be running, give --port"
        ) from None


class _Log(RotatingFileHandler):
    """The log that every process of the desk adds to, and this one alone puts aside."""

    def put_aside_if_long(self) -> None:
        """Begin a new file where the others, too, have made this one long enough."""
        with suppress(OSError):
            if Path(self.baseFilename).stat().st_size >= self.maxBytes:
                self.acquire()
                try:
                    self.doRollover()
                finally:
                    self.release()


@contextmanager
def _logged(home: Home) -> Iterator[_Log]:
    """Problems go to logs/desk.log: where they happened, never with anybody's words."""
    path = home.logs / LOG_NAME
    try:
        home.logs.mkdir(exist_ok=True)
        handler = _Log(path, maxBytes=1_000_000, backupCount=5, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write the log {path}: {error.strerror}") from None
    handler.setFormatter(LOG_SHAPE)
    LOG.addHandler(handler)
    try:
        yield handler
    finally:
        LOG.removeHandler(handler)
        handler.close()


@contextmanager
def _worker(home: Home, *, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    keeper = WorkerKeeper(home)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class WorkerKeeper:
    """Keeps a worker running beside the desk: one that ends is started again after a while."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._stopping = threading.Event()
        self._process: Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker keeper", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._process = start_worker(self._home)
        self._thread.start()

    def stop(self) -> None:
        """Let the worker finish what it is at and end; a packet is written whole or again."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_WORKER_SECONDS)
        except TimeoutExpired:
            process.terminate()
            process.wait()
        self._thread.join()

    def _keep(self) -> None:
        while self._process is not None:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            LOG.warning("the worker ended (%s) and is started again", code)
            if self._stopping.wait(_AGAIN_SECONDS):
                return
            self._process = start_worker(self._home)
