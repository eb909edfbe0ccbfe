"""The folder in which the mail server leaves what officials forward: taken in, moved aside, and
named where it cannot be.

It is a Maildir, or a folder of .eml and .mbox files. Whose message it is, its sender's address
says; what comes from an address no official is known by, or was sent by a program, is left where it
lies. What was taken in goes to `taken` in the same folder, whole; taken twice, it is one forward.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.errors import ArchiverError, HomeError, InputError, StorageError
from archiver.progress import Progress
from archiver.requests.custodians.handing_in import lot_of_forward
from archiver.requests.custodians.taking_in import take_in_lot
from archiver.requests.custodians.unpacking import messages_in
from archiver.requests.forwards.forwarding import MAILBOX, ForwardedFile, forward
from archiver.requests.forwards.officials import official_of
from archiver.requests.receiving.attaching import LARGEST
from archiver.requests.receiving.emails import is_automatic, read_email

TAKEN = "taken"
SETTLED_SECONDS = 30
"""A file that was written to within these may not be whole yet."""
_MAILDIR = ("new", "cur")
_ENDINGS = (".eml", ".mbox")


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A file that was taken in: the forwards made of it, and how many records those have."""

    name: str
    forwards: tuple[int, ...]
    records: int


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """A file that was left where it lies, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """What a look into the mailbox came to."""

    taken: tuple[TakenMessage, ...]
    left: tuple[LeftMessage, ...]


def take_mailbox(
    home: Home,
    office: Connection,
    archive: Archive,
    settings: Settings,
    *,
    actor: str,
    progress: Progress | None = None,
) -> MailboxReport:
    """Take in what lies in the mailbox of archive.toml; an empty report where none is set.

    Raises HomeError where the folder cannot be looked into, StorageError where the disk is full,
    and what was taken in by then stays; a single file that cannot be taken in is left and named.
    """
    if settings.forwarding.mailbox is None:
        return MailboxReport((), ())
    folder = Path(settings.forwarding.mailbox)
    taken: list[TakenMessage] = []
    left: list[LeftMessage] = []
    found = list(_lying(folder))
    for done, path in enumerate(found):
        if progress is not None:
            progress("taking in what officials forwarded", done, len(found))
        try:
            _require_whole(path, settled=path.parent.name not in _MAILDIR)
            made = _take(home, office, archive, settings, path, actor)
            _move_aside(folder, path)
            taken.append(made)
        except StorageError:
            raise
        except ArchiverError as error:
            left.append(LeftMessage(str(path.relative_to(folder)), str(error)))
    return MailboxReport(tuple(taken), tuple(left))


def _lying(folder: Path) -> Iterator[Path]:
    """The files that wait, by name."""
    try:
        below = [each for each in _MAILDIR if (folder / each).is_dir()]
        places = [folder / each for each in below] or [folder]
        names = [path for place in places for path in place.iterdir()]
    except OSError as error:
        raise HomeError(
            f"the mailbox {folder} cannot be looked into ({error.strerror}): see [forwarding] in "
            "archive.toml"
        ) from None
    for path in sorted(names):
        if not path.name.startswith(".") and path != folder / TAKEN:
            yield path


def _require_whole(path: Path, *, settled: bool) -> None:
    """Raises InputError for what is no message file, or may still be written to."""
    try:
        found = path.lstat()
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(found.st_mode):
        raise InputError("it is no file: only files are taken in")
    if settled and path.suffix.lower() not in _ENDINGS:
        raise InputError("it is neither .eml nor .mbox: hand it in with `archiver forward`")
    if settled and time.time() - found.st_mtime < SETTLED_SECONDS:
        raise InputError("it was written to a moment ago: it is taken in the next time")
    if not found.st_size:
        raise InputError("it is empty")
    if path.suffix.lower() != ".mbox" and found.st_size > LARGEST:
        raise InputError(f"it is larger than {LARGEST // 1024**2} MB: use `archiver forward`")


def _take(
    home: Home,
    office: Connection,
    archive: Archive,
    settings: Settings,
    path: Path,
    actor: str,
) -> TakenMessage:
    numbers: list[int] = []
    records, refused = 0, ""
    try:
        for number, content in enumerate(messages_in(path), 1):
            try:
                if content is None:
                    raise InputError(f"it is larger than {LARGEST // 1024**2} MB")
                made, count = _one(home, office, archive, settings, path, content, actor)
            except InputError as error:
                refused = refused or f"message {number}: {error}"
                continue
            numbers.append(made)
            records += count
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})") from None
    if refused:
        alone = not numbers and refused.startswith("message 1: ")
        raise InputError(refused.removeprefix("message 1: ") if alone else refused)
    return TakenMessage(path.name, tuple(dict.fromkeys(numbers)), records)


def _one(
    home: Home,
    office: Connection,
    archive: Archive,
    settings: Settings,
    path: Path,
    content: bytes,
    actor: str,
) -> tuple[int, int]:
    """One message as a forward; its number, and how many records it has."""
    read = read_email(content)
    if is_automatic(content):
        raise InputError("a program sent it, no official: delete it, or forward it by hand")
    known = official_of(office, read.address)
    if known is None:
        sender = read.address or "nobody it names"
        raise InputError(
            f"it comes from {sender}, which is no official's address: enter it with `archiver "
            "forwards know`, or delete the file"
        )
    with tempfile.NamedTemporaryFile(prefix="archiver-forward-") as kept:
        kept.write(content)
        kept.flush()
        made = forward(
            *(home, office, settings, known.official),
            [ForwardedFile(Path(kept.name), _name_of(path, read.subject))],
            None,
            way=MAILBOX,
            actor=actor,
            sent_at=read.received,
        )
    files = take_in_lot(home, office, archive, lot_of_forward(made.id), actor=actor)
    return made.id, sum(len(each.records) for each in files)


def _name_of(path: Path, subject: str) -> str:
    """What the message is called: by its subject; a mail server's own names say nothing."""
    return f"{subject[:80].strip() or path.stem}.eml"


def _move_aside(folder: Path, path: Path) -> None:
    """Move a file that was taken in. Raises InputError, for it to be named, where it cannot be."""
    place = folder / TAKEN
    try:
        place.mkdir(exist_ok=True)
        wanted, n = place / path.name, 1
        while os.path.lexists(wanted):
            n += 1
            wanted = place / f"{path.stem}-{n}{path.suffix}"
        path.rename(wanted)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(
            f"it was taken in and cannot be moved to {TAKEN} ({error.strerror}): let this user "
            "write to the folder"
        ) from None
