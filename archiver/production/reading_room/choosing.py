"""What of a released volume may be posted: what is doubtful stays out, each with the reason.

Out always: private records, what is no post or comment, what is gone or was removed or hidden, what
names a minor the clerk marked or the requester. Out by default: what a pattern search finds
personal data in; a person may take such a record in, with a reason. Lists of people are never read.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.production.ledger import Production
from archiver.production.reading_room.entries import (
    Entry,
    NotAsProduced,
    VolumeData,
    read_volume,
)
from archiver.requests.book import get_request
from archiver.requests.finding.folding import fold
from archiver.requests.finding.marking import minors_of
from archiver.requests.finding.minors import MinorName, minor_name
from archiver.requests.finding.personal import find_in_fields, find_names_in_fields

_KINDS = ("post", "comment")
_SHORTEST_NAME = 4
_PARCEL = re.compile(r"\b(?:APN|parcel)\b.{0,20}?\d{3}-\d{3,4}-\d{2,3}", re.IGNORECASE)
"""An assessor's parcel number, as § 7928.205 means it."""
PRIVATE, KIND, GONE, MINOR, REQUESTER = (
    "private",
    "neither a post nor a comment",
    "gone, removed or hidden",
    "names a minor",
    "names the requester",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The numbers of records that may be posted; why others may not, by number, and which of those
    a person may still take in."""

    volume: VolumeData
    numbers: tuple[int, ...]
    left_out: Mapping[int, str]
    doubtful: frozenset[int]


def choose(
    office: sqlite3.Connection,
    settings: Settings,
    made: Production,
    include: Mapping[int, str],
) -> Chosen:
    """Look through a volume for what may be posted; `include` are doubtful records a person takes
    in, each with the reason.

    Raises RuleError where the volume is not what was produced, or one to be taken in may never be
    posted; InputError without a reason, or where there is no such record.
    """
    try:
        volume = read_volume(made.folder, made.manifest_sha256)
    except NotAsProduced as wrong:
        raise RuleError(f"{made.folder.name}: {wrong}") from None
    request = get_request(office, made.request)
    names = [minor_name(each.name) for each in minors_of(office, made.request)]
    who = [_words(each or "") for each in (request.requester, request.contact)]
    requester = [each for each in who if len(each) >= _SHORTEST_NAME]
    never: dict[int, str] = {}
    doubtful: dict[int, str] = {}
    for entry in volume.records:
        reason = _never(entry, names, requester)
        if reason:
            never[entry["number"]] = reason
        elif found := _doubt(entry, settings):
            doubtful[entry["number"]] = found
    _check(include, volume, never, doubtful)
    out = never | {number: why for number, why in doubtful.items() if number not in include}
    numbers = tuple(e["number"] for e in volume.records if e["number"] not in out)
    return Chosen(volume, numbers, out, frozenset(doubtful))


def _never(entry: Entry, names: list[MinorName], requester: list[str]) -> str:
    if entry["visibility"] != "public" and entry["visibility"] not in _NOT_SHOWN:
        return PRIVATE
    if entry["kind"] not in _KINDS:
        return PRIVATE if entry["kind"] == "message" else KIND
    told = " ".join(each["what"] for each in entry.get("history", ()))
    if entry["visibility"] in _NOT_SHOWN or entry["presence"] == "absent" or _REMOVED.search(told):
        return GONE
    if names and find_names_in_fields(list(_fields(entry)), names):
        return MINOR
    said = " ".join(f" {_words(text)} " for _, text in _fields(entry))
    if any(f" {each} " in said for each in requester):
        return REQUESTER
    return ""


_NOT_SHOWN = ("hidden", "pending", "rejected", "draft", "scheduled")
_REMOVED = re.compile(r"\b(?:removed|hidden|deleted|gone)\b", re.IGNORECASE)


def _doubt(entry: Entry, settings: Settings) -> str:
    """What a pattern search finds in a record, in words; empty where nothing."""
    written = settings.requests.utility_account_pattern
    own = re.compile(written, re.ASCII | re.IGNORECASE) if written else None
    fields = list(_fields(entry))
    found = {each.found.kind.value for each in find_in_fields(fields, utility_account=own)}
    if any(_PARCEL.search(text) for _, text in fields):
        found.add("assessor’s parcel number")
    return "may hold: " + ", ".join(sorted(found)) if found else ""


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "text", entry["text"] or ""
    yield "author.name", entry["author_name"] or ""
    yield "author.handle", entry["author_handle"] or ""
    yield "url", entry["url"] or ""
    for number, each in enumerate(entry.get("media", ())):
        yield f"alt:{number}", each["description"] or ""


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text).text))


def _check(
    include: Mapping[int, str],
    volume: VolumeData,
    never: Mapping[int, str],
    doubtful: Mapping[int, str],
) -> None:
    known = {entry["number"] for entry in volume.records}
    for number, reason in include.items():
        if number not in known:
            raise InputError(f"the volume has no record {number}")
        if number in never:
            raise RuleError(f"record {number} is never posted: {never[number]}")
        if number in doubtful and not reason.strip():
            raise InputError(f"say why record {number} may be posted: it {doubtful[number]}")
