"""``account.json``: whose records the files beside it are, of which platform, made when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from archiver.errors import InputError
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.times import with_zone
from archiver.items import Capability, Extent, Kind, Relation
from archiver.register.names import handle_name, platform_name

NAME = "account.json"
MARK = "archiver-records"
VERSION = 1
LARGEST = 256 << 10
_KNOWN = frozenset(
    (
        "format",
        "version",
        "platform",
        "handle",
        "native_id",
        "display_name",
        "made_at",
        "since",
        "time_zone",
        "collected_by",
        "covers",
    )
)
_SPEAKS_OF: dict[str, Kind | Relation] = {
    **{kind.value: kind for kind in Kind},
    **{relation.value: relation for relation in Relation},
}
_NOT_SAID = Capability(Extent.NONE, "account.json does not say that the files hold it")


@dataclass(frozen=True, slots=True)
class PlainAccount:
    """What ``account.json`` says. `made_at` and `since` are UTC; `zone` is the IANA name of the
    zone in which times without one are; `gives` what the files cover of each kind and list."""

    platform: str
    identity: Identity
    made_at: str
    since: str | None
    zone: str | None
    collected_by: str
    gives: dict[Kind | Relation, Capability]


def read_account(reader: DownloadReader, root: str) -> PlainAccount:
    """Read it, strictly. Raises InputError that names the file and what to write."""
    member = root + NAME
    where = f"{reader.path}: {member}"
    if member not in reader.members:
        raise InputError(
            f"{where} is missing: it says whose records these are (docs/downloads/plain.md)"
        )
    with reader.open(member) as stream:
        raw = stream.read(LARGEST)
    try:
        said: Any = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where} is no JSON ({error}): copy the example anew") from None
    if not isinstance(said, dict):
        raise InputError(f"{where} is no JSON object: copy the example in docs/downloads/plain.md")
    return _account(where, said)


def _account(where: str, said: dict[str, Any]) -> PlainAccount:
    strange = sorted(set(said) - _KNOWN)
    if strange:
        raise InputError(f"{where} has entries that are not known: {', '.join(strange)[:200]}")
    if said.get("format") != MARK or said.get("version") != VERSION:
        raise InputError(f'{where} must say "format": "{MARK}" and "version": {VERSION}')
    handle = _word(where, said, "handle")
    try:
        platform = platform_name(_word(where, said, "platform") or "")
        handle = handle_name(handle) if handle else None
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    identity = Identity(_word(where, said, "native_id"), handle, _word(where, said, "display_name"))
    if not identity.said:
        raise InputError(f"{where} names no account: write its handle")
    made_at = _time(where, said, "made_at")
    if made_at is None:
        raise InputError(
            f"{where}: made_at is missing: the time the files were made, with its zone"
        )
    return PlainAccount(
        platform,
        identity,
        made_at,
        _time(where, said, "since"),
        _zone(where, said),
        _word(where, said, "collected_by") or "",
        _gives(where, said.get("covers")),
    )


def _word(where: str, said: dict[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or len(value) > 500:
        raise InputError(f"{where}: {name} must be a text on one line")
    return value.strip() or None


def _time(where: str, said: dict[str, Any], name: str) -> str | None:
    value = _word(where, said, name)
    if value is None:
        return None
    moment = with_zone(value)
    if moment is None:
        raise InputError(f"{where}: {name} must be a time with its zone, like 2026-05-31T14:05:00Z")
    return moment


def _zone(where: str, said: dict[str, Any]) -> str | None:
    name = _word(where, said, "time_zone")
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"{where}: time_zone is none that is known: write it like America/Los_Angeles"
        ) from None


def _gives(where: str, covers: object) -> dict[Kind | Relation, Capability]:
    if covers is None:
        covers = {}
    if not isinstance(covers, dict):
        raise InputError(f'{where}: covers must be an object like {{"post": "complete"}}')
    gives = dict.fromkeys(_SPEAKS_OF.values(), _NOT_SAID)
    for name, extent in covers.items():
        if name not in _SPEAKS_OF:
            raise InputError(f"{where}: covers speaks of {str(name)[:40]!r}, which is no kind")
        if not isinstance(extent, str) or not extent.strip():
            raise InputError(f'{where}: covers of {name} must be "complete" or say what is missing')
        full = extent.strip() == "complete"
        gives[_SPEAKS_OF[name]] = (
            Capability(Extent.FULL) if full else Capability(Extent.PARTIAL, extent.strip())
        )
    return gives
