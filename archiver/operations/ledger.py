"""The ledger of destructions: what was destroyed, so that no backup brings it back to life.

JSON Lines. Line 0 opens the ledger; every further line is one batch or removal, or an import that
was withdrawn (its holdings are its runs), holds the SHA-256 of the line before and is signed with
the home's key. It names holdings by file, kind, id and salted leaf: no author, no text, no plain
hash of content; of a withdrawal also the reason somebody gave. The first copy lies in the home
(``ledger/destructions.jsonl``); the others lie where a restore does not overwrite them: at the path
archive.toml names and beside the backups of every target. Copies are only ever carried forward.

The words signed are "archiver ledger" and the line as JSON with sorted keys, without its signature.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archiver import clock
from archiver.archive.files import sync_folder
from archiver.archive.keys import fingerprint, is_signed, public_keys, signing_key
from archiver.config import Home, Settings
from archiver.errors import ArchiverError, IntegrityError, StorageError
from archiver.operations.backups import known_targets
from archiver.retention.reporting import FILES

FIRST = "0" * 64
"""What stands for the line before the first."""

_SIGNED = b"archiver ledger\n"
_KINDS = frozenset({"record", "subscriber", "original", "unread", "exchange", "run"})
_FACTS = frozenset({"number", "act", "authority", "executed_at", "holdings", "certificate"})
_LEAF = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Destruction:
    """A line of the ledger. `holdings` are (file, kind, id, leaf in hex); `certificate` is the
    digest of the certificate of destruction."""

    number: str
    act: str
    authority: str
    executed_at: str
    holdings: tuple[tuple[str, str, int, str], ...]
    certificate: str | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A copy as read: its whole lines, as they stand, and where it was found. A last line without
    its end is a write that was cut off: it never counted."""

    path: Path
    lines: tuple[bytes, ...]

    @property
    def head(self) -> str:
        """SHA-256 of the last line, in hex."""
        return sha256(self.lines[-1]).hexdigest() if self.lines else FIRST

    def holds(self, number: int, digest: str) -> bool:
        """Whether its line `number` has that digest."""
        return number < len(self.lines) and sha256(self.lines[number]).hexdigest() == digest

    def begins_with(self, other: Ledger) -> bool:
        """Whether it is the other one carried on, or the same."""
        return self.lines[: len(other.lines)] == other.lines


@dataclass(frozen=True, slots=True)
class LedgerCopy:
    """How a copy stands. `state` is current, behind, ahead, unreachable or differs."""

    path: Path
    state: str
    told: str = ""


def append_destruction(home: Home, settings: Settings, entry: Mapping[str, object]) -> None:
    """Write a batch or removal that was carried out into every copy that can be reached.

    `entry` has number, act, authority, executed_at, holdings ([[file, kind, id, leaf]…]) and the
    certificate's digest (or None). The same number again changes nothing, but reaches the copies
    that were missed. Copies out of reach are caught up by the next night.
    Raises ValueError where the entry holds anything else, IntegrityError where the home's own copy
    is broken or the number stands there with other holdings, StorageError where the home's copy
    cannot be written.
    """
    plain = _checked(entry)
    with _alone(home):
        ledger = _carried_on(home, settings)
        number = plain["number"]
        for line in ledger.lines[1:]:
            known = msgspec.json.decode(line)["entry"]
            if known["number"] == number:
                if known != plain:
                    raise IntegrityError(
                        f"{ledger.path}: {number} stands there with other facts; nothing was added"
                    )
                break
        else:
            ledger = _added(home, ledger, plain)
        for place in copies(home, settings):
            _carry(ledger, place)


def catch_up(home: Home, settings: Settings) -> list[LedgerCopy]:
    """Bring every copy that can be reached up to the home's, and the home's up to the longest.

    Returns how each copy stands afterwards. Raises IntegrityError where the home's own is broken,
    StorageError where it cannot be written.
    """
    with _alone(home):
        ledger = _carried_on(home, settings)
        return [_carry(ledger, place) for place in copies(home, settings)]


def look(home: Home, settings: Settings) -> list[LedgerCopy]:
    """How each copy stands; changes nothing. Raises IntegrityError where the home's is broken."""
    ledger = read_ledger(home.destructions, public_keys(home.keys))
    if ledger is None:
        return []
    return [_standing(ledger, place) for place in copies(home, settings)]


def copies(home: Home, settings: Settings) -> list[Path]:
    """Where copies outside the home belong: the settings' path, and beside the backups of every
    target known."""
    named = [Path(settings.retention.ledger).expanduser()] if settings.retention.ledger else []
    targets = [Path(target) for target in known_targets(home)]
    if settings.backup.target:
        targets.append(Path(settings.backup.target).expanduser())
    beside = [target / file_name(settings.agency) for target in targets]
    return list(dict.fromkeys(path.absolute() for path in (*named, *beside)))


def file_name(agency: str) -> str:
    """The name of a copy beside backups: ``destructions-city-of-alder-glen.jsonl``."""
    slug = re.sub(r"[^a-z0-9]+", "-", agency.lower()).strip("-")
    return f"destructions-{slug or sha256(agency.encode()).hexdigest()[:12]}.jsonl"


def read_ledger(path: Path, keys: Mapping[str, Ed25519PublicKey]) -> Ledger | None:
    """A copy, checked: every line's place in the chain and its signature by one of `keys` (by
    fingerprint). None where there is no file.

    Raises IntegrityError, naming the line, where it is broken; StorageError where it cannot be
    read.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from None
    lines = tuple(content.split(b"\n")[:-1])
    previous = FIRST
    for number, line in enumerate(lines):
        _check_line(path, number, line, previous, keys)
        previous = sha256(line).hexdigest()
    return Ledger(path, lines) if lines else None


def destructions(ledger: Ledger) -> Iterator[Destruction]:
    """What the ledger tells, oldest first."""
    for line in ledger.lines[1:]:
        entry = msgspec.json.decode(line)["entry"]
        yield Destruction(
            entry["number"],
            entry["act"],
            entry["authority"],
            entry["executed_at"],
            tuple((file, kind, ref, leaf) for file, kind, ref, leaf in entry["holdings"]),
            entry["certificate"],
        )


def longest(found: Sequence[Ledger]) -> Ledger | None:
    """The copy that goes furthest. Raises IntegrityError where two tell different stories."""
    best: Ledger | None = None
    for each in sorted(found, key=lambda ledger: len(ledger.lines), reverse=True):
        if best is None:
            best = each
        elif not best.begins_with(each):
            raise IntegrityError(
                f"{best.path} and {each.path} tell different stories of what was destroyed: "
                "find out which is this city's and move the other away"
            )
    return best


def begin_ledger(home: Home, settings: Settings) -> Ledger:
    """The home's own copy as it stands, made where there is none. Raises as `catch_up` does."""
    with _alone(home):
        return _carried_on(home, settings)


def put_in_place(home: Home, ledger: Ledger) -> None:
    """Make a ledger the first copy of a restored home, never a shorter one than stands there.

    Raises StorageError.
    """
    with _alone(home):
        _carry(ledger, home.destructions)


def _checked(entry: Mapping[str, object]) -> dict[str, Any]:
    """The entry as plain values. What a ledger must not hold never gets in."""
    if surplus := entry.keys() - _FACTS:
        raise ValueError(f"a ledger does not hold {', '.join(sorted(surplus))}")
    holdings = []
    listed: Any = entry.get("holdings", ())
    for file, kind, ref, leaf in listed:
        if file not in FILES or kind not in _KINDS or not _LEAF.fullmatch(str(leaf)):
            raise ValueError(f"no holding: {file} {kind} {ref}")
        holdings.append([str(file), str(kind), int(ref), str(leaf)])
    certificate = entry.get("certificate")
    return {
        **{name: str(entry[name]) for name in ("number", "act", "authority", "executed_at")},
        "holdings": holdings,
        "certificate": None if certificate is None else str(certificate),
    }


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    folder = home.destructions.parent
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _carried_on(home: Home, settings: Settings) -> Ledger:
    """The home's copy, brought up to the longest that continues it; opened where there is none."""
    keys = public_keys(home.keys)
    own = read_ledger(home.destructions, keys)
    best = own
    for place in copies(home, settings):
        try:
            other = read_ledger(place, keys)
        except ArchiverError:
            continue
        if other and (best is None or (other.begins_with(best) and other.lines != best.lines)):
            best = other
    if best is None:
        return _added(home, Ledger(home.destructions, ()), {"agency": settings.agency})
    if best is not own:
        _carry(best, home.destructions)
    return Ledger(home.destructions, best.lines)


def _added(home: Home, ledger: Ledger, entry: Mapping[str, Any]) -> Ledger:
    secret = signing_key(home.keys)
    facts = {
        "n": len(ledger.lines),
        "previous": ledger.head,
        "at": clock.now_text(),
        "key": fingerprint(secret.public_key()),
        "entry": entry,
    }
    signature = secret.sign(_SIGNED + msgspec.json.encode(facts, order="sorted"))
    line = msgspec.json.encode(facts | {"signature": signature.hex()}, order="sorted")
    longer = Ledger(home.destructions, (*ledger.lines, line))
    try:
        _write_on(longer, home.destructions)
    except OSError as error:
        raise StorageError(
            f"{home.destructions} cannot be written: {error.strerror}; nothing was added"
        ) from None
    return longer


def _check_line(
    path: Path, number: int, line: bytes, previous: str, keys: Mapping[str, Ed25519PublicKey]
) -> None:
    where = f"{path}, line {number + 1}"
    try:
        told = msgspec.json.decode(line)
        signature = bytes.fromhex(told.pop("signature"))
        in_place = (told["n"], told["previous"]) == (number, previous)
        key = keys.get(told["key"])
        entry = told["entry"]
        known = entry.keys() == (_FACTS if number else {"agency"})
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise IntegrityError(f"{where}: it is no line of a ledger of destructions") from None
    if not in_place or not known:
        raise IntegrityError(f"{where}: the chain is broken there, lines were changed or taken out")
    if key is None:
        raise IntegrityError(f"{where}: it is signed with a key that is not this home's")
    if not is_signed(key, signature, _SIGNED + msgspec.json.encode(told, order="sorted")):
        raise IntegrityError(f"{where}: its signature does not fit, the line was changed")


def _standing(ledger: Ledger, place: Path) -> LedgerCopy:
    """How a copy stands beside the home's."""
    if not place.parent.is_dir():
        return LedgerCopy(place, "unreachable", f"{place.parent} is not there")
    try:
        lines = tuple(place.read_bytes().split(b"\n")[:-1])
    except FileNotFoundError:
        lines = ()
    except OSError as error:
        return LedgerCopy(place, "unreachable", error.strerror or "it cannot be read")
    if lines == ledger.lines:
        return LedgerCopy(place, "current")
    if lines == ledger.lines[: len(lines)]:
        return LedgerCopy(place, "behind", f"{len(ledger.lines) - len(lines)} lines are missing")
    if ledger.lines == lines[: len(ledger.lines)]:
        return LedgerCopy(place, "ahead", f"{len(lines) - len(ledger.lines)} lines more than here")
    return LedgerCopy(place, "differs", "it is another ledger, or was changed")


def _carry(ledger: Ledger, place: Path) -> LedgerCopy:
    """Bring a copy up to the ledger, where it only lacks lines."""
    found = _standing(ledger, place)
    if found.state != "behind":
        return found
    try:
        _write_on(ledger, place)
    except OSError as error:
        return LedgerCopy(place, "unreachable", error.strerror or "it cannot be written")
    return LedgerCopy(place, "current")


def _write_on(ledger: Ledger, place: Path) -> None:
    """Add the lines a copy lacks. A line cut off by a kill is written over."""
    fresh = not place.exists()
    handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as stream:
        whole = stream.read()
        end = whole.rfind(b"\n") + 1
        stream.seek(end)
        for line in ledger.lines[whole.count(b"\n") :]:
            stream.write(line + b"\n")
        stream.truncate()
        stream.flush()
        os.fsync(stream.fileno())
    if fresh:
        sync_folder(place.parent)
