"""Forwarding: an official hands in what reached them on an account of their own, with no request
open, and states where it comes from.

Officials are to forward comments, complaints and inquiries about the city's business that they
receive on personal accounts, and the city keeps them. Of the account nothing else is asked, looked
into or kept. A forward is never changed: what is stated later stands beside what was stated first.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import msgspec

from archiver import clock
from archiver.archive.media import sniff
from archiver.config import Home, Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.register.office import audit
from archiver.register.sources import source_account
from archiver.requests.custodians.asks import today_in
from archiver.requests.custodians.handing_in import MOST_FILES, copy_to_wait, lot_of_forward
from archiver.requests.custodians.whole_downloads import check_no_download
from archiver.requests.forwards.officials import Official, checked
from archiver.requests.forwards.stating import NewStatement, enter_statement, state_checked
from archiver.requests.receiving.attaching import file_name, files_whole, media_type

LARGEST = 4 * 1024**3
"""Bytes of one file."""
DESK, COMMAND, MAILBOX = "desk", "command", "mailbox"


@dataclass(frozen=True, slots=True)
class ForwardedFile:
    """A file to be forwarded: where it lies, and what it is called."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Forward:
    """A forward on record. `sent_at` is when the official sent it (UTC), `at` when it was entered;
    `account_id` is the source in the register under which the archive keeps it."""

    id: int
    account_id: int
    name: str
    title: str
    department: str
    email: str
    login: str | None
    way: str
    sent_at: str
    at: str
    actor: str
    digest: str

    @property
    def who(self) -> str:
        """The official as a letter names them."""
        return ", ".join(filter(None, (self.name, self.title, self.department)))


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    name: str
    sha256: str
    size: int
    media_type: str


_COLUMNS = ", ".join(field.name for field in fields(Forward))


def forward(
    home: Home,
    conn: sqlite3.Connection,
    settings: Settings,
    official: Official,
    files: Sequence[ForwardedFile],
    stated: NewStatement | None,
    *,
    way: str,
    actor: str,
    sent_at: str | None = None,
    how: str = "",
) -> Forward:
    """Record a forward with its files and the official's statement, whole or not at all; the files
    are taken into the archive afterwards. The same files forwarded again by the same official with
    the same statement are one forward.

    `how` is how the official told it, where somebody else enters it. Without a statement (a message
    to the mailbox) the official is asked for one. Raises InputError where a value or file cannot be
    used, RuleError where a file is the whole download of an account, StorageError where it cannot
    be kept.
    """
    who = checked(official)
    kept = _tidy(files)
    values = state_checked(stated, today_in(settings)) if stated is not None else None
    told = [who.name, who.department, [each.sha256 for each in kept], values, way == MAILBOX]
    digest = hashlib.sha256(msgspec.json.encode(told)).hexdigest()
    with files_whole() as written, write_transaction(conn):
        there = row(conn, f"SELECT {_COLUMNS} FROM forwards WHERE digest = ?", digest)
        if there is not None:
            return Forward(*there)
        source = source_account(conn, actor=actor, name=who.name, department=who.department)
        now = clock.now_text()
        cursor = conn.execute(
            "INSERT INTO main.forwards (account_id, name, title, department, email, login, way, "
            "sent_at, at, actor, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(source.id, who.name, who.title, who.department, who.email, who.login or None),
                *(way, min(sent_at or now, now), now, actor, digest),
            ),
        )
        made = int(cursor.lastrowid or 0)
        lot = lot_of_forward(made)
        for each in kept:
            copy_to_wait(home, lot, each.path, each.sha256, written)
            conn.execute(
                "INSERT INTO main.handed_in_files (forward_id, account_id, sha256, name, "
                "media_type, size, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(made, source.id, each.sha256, each.name),
                    *(each.media_type, each.size, now, actor),
                ),
            )
        detail = {"from": who.name, "department": who.department, "files": len(kept), "way": way}
        audit(conn, actor=actor, action="forwarded", subject=f"forward {made}", detail=detail)
        entered = find_forward(conn, made)
        if values is not None:
            names = [(each.name, each.sha256) for each in kept]
            enter_statement(conn, settings, made, entered.who, values, names, actor=actor, how=how)
    return entered


def find_forward(conn: sqlite3.Connection, forward_id: int) -> Forward:
    """The forward of that number. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM forwards WHERE id = ?", forward_id)
    if found is None:
        raise InputError(f"there is no forward F-{forward_id}: see `archiver forwards list`")
    return Forward(*found)


def list_forwards(
    conn: sqlite3.Connection, *, login: str | None = None, limit: int = 200, before: int = 0
) -> list[Forward]:
    """Forwards, the newest first: all, or those of a person who signs in; `before` (a number)
    continues further back."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM forwards WHERE (?1 IS NULL OR login = ?1) "
        "AND (?3 = 0 OR id < ?3) ORDER BY id DESC LIMIT ?2",
        *(login, limit, before),
    )
    return [Forward(*each) for each in found]


def forward_of_record(conn: sqlite3.Connection, record_id: int) -> Forward | None:
    """The forward a private record came in with, or None."""
    found = row(
        conn,
        "SELECT forward_id FROM handed_in_records AS made JOIN handed_in_files AS files "
        "ON files.id = made.file_id WHERE record_id = ? AND forward_id IS NOT NULL "
        "ORDER BY made.id LIMIT 1",
        record_id,
    )
    return None if found is None else find_forward(conn, found["forward_id"])


def _tidy(files: Sequence[ForwardedFile]) -> list[_Kept]:
    """Files as they can be kept, the same bytes once."""
    kept: dict[str, _Kept] = {}
    for each in files:
        name = file_name(each.name)
        try:
            size = each.path.stat().st_size
            if not each.path.is_file():
                raise InputError(f"{name} is no file: give the files themselves")
            if not size:
                raise InputError(f"{name} is empty: there is nothing to keep")
            if size > LARGEST:
                raise InputError(
                    f"{name} is larger than {LARGEST // 1024**3} GB: hand in the part that matters"
                )
            with each.path.open("rb") as stream:
                head = stream.read(8192)
                stream.seek(0)
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            check_no_download(each.path, name)
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror}") from None
        kept.setdefault(digest, _Kept(each.path, name, digest, size, _kind_of(head, name)))
    if not kept:
        raise InputError("give the files that are forwarded: a message, a picture of it, a PDF")
    if len(kept) > MOST_FILES:
        raise InputError(f"{len(kept)} files at once: forward at most {MOST_FILES}")
    return list(kept.values())


def _kind_of(head: bytes, name: str) -> str:
    kind = sniff(head[:64])
    if kind == "application/octet-stream":
        kind = media_type(head)
    lower = name.lower()
    if kind == "text/plain" and lower.endswith(".eml"):
        return "message/rfc822"
    return "application/mbox" if kind == "text/plain" and lower.endswith(".mbox") else kind
