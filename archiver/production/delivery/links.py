"""A delivery link as it lies on disk: a folder by its public id, and what it says of itself.

The name of its JSON is its state, so that one rename ends it: `link.json` is open, `expired.json`
and `withdrawn.json` are not. The token is never in it, only its SHA-256; whoever reads the folder
can hand out nothing.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPEN, EXPIRED, WITHDRAWN = "link.json", "expired.json", "withdrawn.json"
DOWNLOAD, STATION = "download", "station"
PUBLIC_ID = re.compile(r"[a-z2-7]{16}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_TOKEN_BYTES, _ID_BYTES, _SALT_BYTES = 32, 10, 16
_SCRYPT: dict[str, int] = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Offered:
    """A file of a link: its name in the folder, what it is in words, size and SHA-256. One that is
    `inline` opens in the browser."""

    name: str
    about: str
    size: int
    sha256: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """What a folder says of its link. Times are seconds since 1970, as the machine counts them;
    `most` is how many downloads each file allows (0: as many as are asked for), `passphrase` a salt
    and a hash (scrypt), or empty. `ticket_key` vouches for a download that is resumed."""

    public_id: str
    kind: str
    agency: str
    title: str
    about: str
    made_at: int
    expires_at: int
    expires_shown: str
    token_sha256: str
    ticket_key: str
    passphrase: str
    most: int
    files: tuple[Offered, ...]

    def file(self, name: str) -> Offered | None:
        """The file of that name, or None."""
        return next((each for each in self.files if each.name == name), None)

    def is_token(self, given: str) -> bool:
        """Whether it is the token of this link. Takes the same time whatever is wrong with it."""
        return hmac.compare_digest(hash_of(given), self.token_sha256)

    def is_passphrase(self, given: str) -> bool:
        """Whether it is the passphrase of this link; slow, so that guesses are."""
        salt, _, wanted = self.passphrase.partition("$")
        return hmac.compare_digest(_scrypt(given, salt), wanted)

    def ticket(self, name: str, n: int, until: int) -> str:
        """What vouches for download `n` of a file until a time."""
        key = bytes.fromhex(self.ticket_key)
        mac = hmac.new(key, f"{self.public_id}|{name}|{n}|{until}".encode(), hashlib.sha256)
        return f"{n}-{until}-{_text(mac.digest())}"


def new_token() -> str:
    """256 random bits, as an address can hold them."""
    return _text(secrets.token_bytes(_TOKEN_BYTES))


def new_public_id() -> str:
    """A name for a link that tells nothing of it."""
    return base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()


def new_ticket_key() -> str:
    """The key that vouches for downloads which are resumed."""
    return secrets.token_hex(_TOKEN_BYTES)


def hash_of(token: str) -> str:
    """The SHA-256 of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def passphrase_hash(passphrase: str) -> str:
    """A passphrase as a link keeps it."""
    salt = secrets.token_hex(_SALT_BYTES)
    return f"{salt}${_scrypt(passphrase, salt)}"


def write_link(folder: Path, link: Link) -> None:
    """Write `link.json` of a folder that nobody is served from yet."""
    data = json.dumps(dataclasses.asdict(link), ensure_ascii=False, indent=1).encode() + b"\n"
    handle = os.open(folder / OPEN, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_link(folder: Path) -> Link | None:
    """The link of a folder while it is open; None where it is not, or cannot be read."""
    try:
        found: dict[str, Any] = json.loads((folder / OPEN).read_bytes())
        files = tuple(Offered(**each) for each in found.pop("files"))
        link = Link(**found, files=files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    fits = PUBLIC_ID.fullmatch(link.public_id) and all(
        FILE_NAME.fullmatch(each.name) for each in files
    )
    return link if fits else None


def end_link(folder: Path, state: str) -> bool:
    """End a link by one rename, which takes no room on a full disk; gives whether it was open, or
    had merely expired and is withdrawn now. Raises OSError where the folder cannot be written."""
    for name in (OPEN, EXPIRED):
        if name == state:
            continue
        try:
            (folder / name).rename(folder / state)
        except FileNotFoundError:
            continue
        return True
    return False


class Clock:
    """The time, which never runs backwards here: a link that has ended stays ended when the
    machine's clock is set back. `floor` is a time that has surely passed."""

    def __init__(
        self,
        floor: float,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._latest = max(wall(), floor)
        self._read = steady()

    def now(self) -> float:
        """Seconds since 1970."""
        passed = self._steady() - self._read
        self._latest, self._read = max(self._wall(), self._latest + passed), self._read + passed
        return self._latest


def _scrypt(passphrase: str, salt: str) -> str:
    given = " ".join(passphrase.split()).encode("utf-8", "replace")
    return hashlib.scrypt(given, salt=salt.encode(), dklen=32, **_SCRYPT).hex()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
