"""A mapping: which columns of a table, which parts of a saved page, which words of a printed one
make the fields of a record. It lies beside the files it speaks of, as ``mapping.toml`` or
``nextdoor.toml``, so that the original holds what it was read by.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex

from archiver.errors import InputError
from archiver.exports.faults import UnreadableError
from archiver.exports.identity import Identity
from archiver.exports.markup import parsed, selected
from archiver.exports.times import with_zone
from archiver.items import Kind
from archiver.register.names import handle_name

NAMES = ("nextdoor.toml", "mapping.toml")
MARK = "archiver-mapping"
VERSION = 1
LARGEST = 256 << 10
FIELDS = (
    *("id", "text", "title", "created_at", "edited_at", "author_name", "author_id", "url"),
    *("media", "parent"),
)
_TOP = frozenset(("format", "version", "account", "files"))
_ACCOUNT = frozenset(
    ("handle", "native_id", "display_name", "names", "saved_at", "saved_by", "time_zone")
)
_RULE = frozenset(("files", "kind", "form", "each", "times", "fields", "comments", "others"))
_KINDS = {"post": Kind.POST, "comment": Kind.COMMENT, "message": Kind.MESSAGE}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field stands: a column, a CSS selector or a group of a pattern (`place`), the
    attribute of the element found, and the part of what stands there (the first group)."""

    place: str
    attribute: str | None = None
    match: regex.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How the files whose names match `files` are read. `each` parts a file into records: a CSS
    selector in a page, a pattern with named groups in a print. `others`: whether posts by somebody
    else than the agency are taken, too."""

    files: str
    kind: Kind
    form: str
    each: str
    fields: Table[str, tuple[Source, ...]]
    times: tuple[str, ...] = ()
    comments: Rule | None = None
    others: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that was read. `saved_at` (UTC) is when the files were saved, `zone` the IANA name
    of the zone in which times without one are, `names` what the agency is called as an author."""

    identity: Identity
    names: tuple[str, ...]
    saved_at: str
    saved_by: str
    zone: str
    rules: tuple[Rule, ...] = field(default_factory=tuple)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises InputError that says what is wrong in it and where."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    return parse_mapping(raw, str(path))


def parse_mapping(raw: bytes, where: str) -> Mapping:
    """The same from bytes; `where` is what errors call it."""
    if len(raw) > LARGEST:
        raise InputError(f"{where} is larger than any mapping: copy the example anew")
    try:
        said = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where} is no TOML: {error}") from None
    _only(where, said, _TOP)
    if said.get("format") != MARK or said.get("version") != VERSION:
        raise InputError(f'{where} must say format = "{MARK}" and version = {VERSION}')
    account = _table(where, said, "account")
    _only(f"{where}, account", account, _ACCOUNT)
    handle = _text(where, account, "handle")
    if handle:
        try:
            handle = handle_name(handle)
        except InputError as error:
            raise InputError(f"{where}, account: {error}") from None
    name = _text(where, account, "display_name")
    if not handle and not name:
        raise InputError(f"{where}, account: write the handle or the display_name of the agency")
    saved_at = with_zone(_text(where, account, "saved_at"))
    if saved_at is None:
        raise InputError(
            f"{where}, account: saved_at must say when the files were saved, with its zone, like "
            '"2026-05-31T14:05:00-07:00"'
        )
    return Mapping(
        Identity(_text(where, account, "native_id") or None, handle or None, name or None),
        (*_texts(where, account, "names"), *([name] if name else [])),
        saved_at,
        _text(where, account, "saved_by"),
        _zone(where, _text(where, account, "time_zone")),
        _rules(where, said["files"]) if "files" in said else agency_rules(),
    )


@lru_cache(maxsize=1)
def agency_rules() -> tuple[Rule, ...]:
    """The rules for what is known of an agency's tables and pages."""
    raw = (files("archiver.exports.nextdoor") / "agency.toml").read_text("utf-8")
    return _rules("agency.toml", tomllib.loads(raw)["files"])


def _rules(where: str, given: object) -> tuple[Rule, ...]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise InputError(f"{where}: files must be written as [[files]], once for each rule")
    return tuple(_rule(f"{where}, files {place}", one) for place, one in enumerate(given, 1))


def _rule(where: str, given: Table[str, Any], kind: str = "post") -> Rule:
    _only(where, given, _RULE)
    told = _text(where, given, "kind") or kind
    if told not in _KINDS:
        raise InputError(f"{where}: kind must be one of {', '.join(_KINDS)}")
    pattern = _text(where, given, "files")
    each = _text(where, given, "each")
    printed = pattern.casefold().endswith((".pdf", ".txt"))
    fields = {
        name: _sources(f"{where}, {name}", source, page=not printed)
        for name, source in _table(where, given, "fields").items()
    }
    strange = sorted(set(fields) - set(FIELDS))
    if strange:
        raise InputError(f"{where}: {', '.join(strange)[:200]}: known are {', '.join(FIELDS)}")
    if each:
        _check_each(where, each, printed=printed)
    comments = given.get("comments")
    if comments is not None and not isinstance(comments, dict):
        raise InputError(f"{where}: comments must be written as [files.comments]")
    return Rule(
        pattern or "*",
        _KINDS[told],
        _text(where, given, "form"),
        each,
        fields,
        _texts(where, given, "times"),
        _rule(f"{where}, comments", comments, "comment") if comments else None,
        given.get("others") is True,
    )


def _check_each(where: str, each: str, *, printed: bool) -> None:
    if printed:
        _pattern(where, each)
        return
    try:
        selected(parsed("<p></p>"), each)
    except UnreadableError:
        raise InputError(f"{where}: each is no CSS selector: {each[:80]}") from None


def _sources(where: str, given: object, *, page: bool) -> tuple[Source, ...]:
    several = given if isinstance(given, list) else [given]
    return tuple(_source(where, one, page=page) for one in several)


def _source(where: str, given: object, *, page: bool) -> Source:
    match = None
    if isinstance(given, dict):
        _only(where, given, frozenset(("from", "match")))
        if "match" in given:
            match = _pattern(where, _text(where, given, "match"))
        given = given.get("from")
    if not isinstance(given, str) or not given:
        raise InputError(f"{where}: write a column, a selector or a group")
    place, mark, attribute = given.rpartition("@")
    if page and mark and re.fullmatch(r"[A-Za-z][\w-]*", attribute):
        if place:
            _check_each(where, place, printed=False)
        return Source(place, attribute, match)
    return Source(given, None, match)


def _pattern(where: str, text: str) -> regex.Pattern[str]:
    try:
        return regex.compile(text, regex.MULTILINE | regex.DOTALL)
    except (regex.error, RecursionError, OverflowError) as error:
        raise InputError(f"{where} holds no pattern that can be read: {error}") from None


def _zone(where: str, name: str) -> str:
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"{where}, account: time_zone must be like America/Los_Angeles") from None


def _only(where: str, given: Table[str, Any], known: frozenset[str]) -> None:
    strange = sorted(set(given) - known)
    if strange:
        raise InputError(f"{where} has entries that are not known: {', '.join(strange)[:200]}")


def _table(where: str, given: Table[str, Any], name: str) -> Table[str, Any]:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise InputError(f"{where}: {name} must be a table")
    return value


def _text(where: str, given: Table[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{where}: {name} must be a text")
    return value.strip()


def _texts(where: str, given: Table[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{where}: {name} must be a list of texts")
    return tuple(value)
