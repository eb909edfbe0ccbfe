"""A door and the processes of its links, and links made by hand for it."""

from __future__ import annotations

import hashlib
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from archiver.production.delivery.fetches import NAME
from archiver.production.delivery.links import (
    Link,
    Offered,
    hash_of,
    new_public_id,
    new_ticket_key,
    new_token,
    write_link,
)

_SERVE = (
    "import sys; from pathlib import Path; from archiver.production.delivery.standing import stand;"
    "stand(Path(sys.argv[1]), host='127.0.0.1', port=int(sys.argv[2]), behind_proxy=False,"
    " tell=print, started=print)"
)


@dataclass
class Doors:
    """A door in a process of its own."""

    folder: Path
    process: subprocess.Popen[str] | None = None
    address: str = ""

    def start(self) -> httpx.Client:
        """Start it, or start it again at the same address; gives a browser in front of it."""
        port = self.address.rpartition(":")[2] or "0"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(self.folder), port],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address
        return httpx.Client(base_url=self.address, timeout=30)

    def children(self) -> list[int]:
        """The processes of links it has started, by number."""
        assert self.process is not None
        pid = self.process.pid
        return [int(e) for e in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def raw(self, *lines: bytes) -> bytes:
        """What comes back for exactly these lines."""
        host, _, port = self.address.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(b"\r\n".join((*lines, b"", b"")))
            answer = b""
            while piece := connection.recv(65_536):
                answer += piece
        return answer

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(how)
            self.process.wait(20)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


@dataclass(frozen=True)
class Made:
    """A link made by hand: where it lies, its secret, and the bytes of its one file."""

    folder: Path
    link: Link
    token: str
    data: bytes

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/d/{self.link.public_id}/{self.token}"

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.link.files[0].name


def make(root: Path, *, size: int = 20_000, name: str = "VOL001.zip", **more: Any) -> Made:
    """A link with one file of random bytes, open for a day."""
    token, public_id = new_token(), new_public_id()
    folder = root / public_id
    folder.mkdir(parents=True)
    data = random.Random(size).randbytes(size)
    (folder / name).write_bytes(data)
    (folder / NAME).touch()
    now = int(time.time())
    link = Link(
        public_id=public_id,
        kind="download",
        agency="City of Alder Glen",
        title="Records for request AG-2026-0001",
        about="Volume 1: 3 pages, 1 record.",
        made_at=now - 60,
        expires_at=now + 86_400,
        expires_shown="20 Dec 2026, 5:00 pm PST",
        token_sha256=hash_of(token),
        ticket_key=new_ticket_key(),
        passphrase="",
        most=3,
        files=(Offered(name, "Volume 1", size, hashlib.sha256(data).hexdigest()),),
    )
    link = replace(link, **more)
    write_link(folder, link)
    return Made(folder, link, token, data)
