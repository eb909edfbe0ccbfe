"""Starting servers for tests: free ports, own folders, an end that is always reached."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90.0


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now; all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def answers(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with closing(socket.socket()) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(what: str, holds: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Poll until something holds. Raises TimeoutError naming what did not come."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.05)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    listen: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """A child of its own process group, ended with the block; its output goes to `log` (with
    `listen` what it says to us stays readable), its standard input stays open while we live."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if listen else output,
            stderr=output,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            cwd=log.parent,
            **as_user(user),
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """A Redis of our own that keeps nothing; yields its port."""
    (port,) = free_ports(1)
    command = [needed("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running([*command, "--appendonly", "no"], log=folder / "redis.log"):
        wait_until("Redis", lambda: answers(port))
        yield port


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A Postgres cluster of our own, run by an unprivileged user; yields its address."""
    (port,) = free_ports(1)
    user = unprivileged()
    data = folder / "postgres"
    data.mkdir()
    if user:
        shutil.chown(data, user)
        open_path(data)
    tools = postgres_tools()
    trust = ["--auth=trust", "--username=tests", "--encoding=UTF8", "--no-locale", "--no-sync"]
    subprocess.run(
        [str(tools / "initdb"), f"--pgdata={data}", *trust],
        check=True,
        cwd=data,
        stdout=subprocess.DEVNULL,
        **as_user(user),
    )
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "full_page_writes": "off",
        "max_connections": "200",
    }
    command: list[str | Path] = [tools / "postgres", "-D", data, "-p", str(port)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with running(command, log=folder / "postgres.log", user=user):
        wait_until("Postgres", lambda: answers(port))
        yield f"postgresql://tests@127.0.0.1:{port}/postgres"


def unprivileged() -> str | None:
    """The user that Postgres runs as: it refuses root. None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise RuntimeError("neither the user postgres nor nobody exists on this machine")


def as_user(user: str | None) -> dict[str, Any]:
    """The words by which subprocess becomes that user with all that belongs to it."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def open_path(folder: Path) -> None:
    """Let another user pass through the private folders above (pytest's are 0700)."""
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent.parent != parent:
            parent.chmod(parent.stat().st_mode | 0o011)


def postgres_tools() -> Path:
    """Where initdb and postgres lie: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    return Path(needed("initdb")).parent


def needed(program: str) -> str:
    """The program's place. Raises RuntimeError naming the package that is missing."""
    packages = {"redis-server": "redis-server", "initdb": "postgresql", "node": "nodejs"}
    found = shutil.which(program)
    if found is None:
        raise RuntimeError(f"{program} is missing: apt-get install -y {packages[program]}")
    return found
