"""What may stand in every file: what the release says openly, and what this program says itself."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import archiver
from archiver import clock
from archiver.production import words
from archiver.production.leaks.reference import reference_texts
from archiver.production.release import Release
from archiver.requests.redacting.passages import Passage

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_WORD = re.compile(r"[^\W_]+")
_OTHERS = (
    "multipart/mixed; boundary attachment; filename inline base64 quoted-printable 7bit 8bit",
    "WARC/1.1 warcinfo request response revisit application/http; msgtype=response",
)
"""What mail and web archives are written in, where a volume holds some."""
_ROOMS = ("production", "pdf", "requests/letters")


def open_texts(release: Release) -> Iterator[str]:
    """Every text of a release, and its times as they are printed."""
    zone = release.office.time_zone
    for text in _strings(release):
        yield text
        if _MOMENT.fullmatch(text):
            yield words.time(text, zone)
            yield words.day(text, zone)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Passage):
        yield value.words
    elif isinstance(value, dt.date):
        yield value.isoformat()
        yield clock.shown_day(value)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _strings(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _strings(getattr(value, field.name))
    elif value is not None and not isinstance(value, bytes | Path | bool):
        yield str(value)


@lru_cache(maxsize=1)
def spoken() -> tuple[str, ...]:
    """What this program says in every packet: the texts in its own code and pages, and whatever it
    and its libraries write into the data files of a volume (`reference`)."""
    root = Path(next(iter(archiver.__path__)))
    found: set[str] = {*_OTHERS, *reference_texts()}
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix == ".py":
                found |= set(_said_by(ast.parse(path.read_text("utf-8"))))
            elif path.suffix in (".html", ".css", ".js"):
                found.add(path.read_text("utf-8"))
    return tuple(sorted(found))


@lru_cache(maxsize=1)
def spoken_words() -> frozenset[str]:
    """The single words of `spoken`."""
    return frozenset(word.casefold() for text in spoken() for word in _WORD.findall(text))


def _said_by(code: ast.Module) -> Iterator[str]:
    """The texts a module holds, without what it says of itself."""
    told = {
        id(each.value)
        for each in ast.walk(code)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    for each in ast.walk(code):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in told:
            yield each.value
