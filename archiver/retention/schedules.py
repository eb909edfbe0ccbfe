"""Retention schedules: TOML that people edit and lawyers read (schedules/retention)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from archiver.config import shipped
from archiver.decoding import converter
from archiver.errors import InputError
from archiver.items import AuthorRole, ContentState, Kind, Visibility
from archiver.register.accounts import CLASSES, FORWARDED
from archiver.register.attestations import wording_digest
from archiver.retention.expanding import expanded
from archiver.retention.floors import EXCEPTIONS, NEVER, exception_of
from archiver.retention.periods import Period

AGENCY_KINDS = ("city", "county", "district")
MARKS = ("S", "C", "K", "?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Cutoff(StrEnum):
    """The event a period runs from.

    CREATED is the later of creation and last edit, since the last version is itself a writing of
    that day; REMOVED the later of that and of removal or hiding; ACCOUNT_CLOSED the day the account
    was closed; SUPERSEDED the day the record stopped being the current one, by removal or with its
    account (its earlier versions are kept with it); EVENT_ENDED the day the event named by the
    series ended, as the city's list of events says. A series of removed content alone never runs
    from before the removal, whichever event it names.
    """

    CREATED = "created"
    REMOVED = "removed"
    SUPERSEDED = "superseded"
    ACCOUNT_CLOSED = "account_closed"
    EVENT_ENDED = "event_ended"


class HoldingKind(StrEnum):
    """What is kept beside records: people on lists, platforms' downloads, what could not be read,
    the copies that productions and request files are, and what is written down of content the
    agency removes (the content, who posted it and when, who removed it and why)."""

    SUBSCRIBER = "subscriber"
    ORIGINAL = "original"
    UNREAD = "unread"
    PRODUCTION = "production"
    REQUEST_FILE = "request file"
    REMOVAL_RECORD = "removal record"


KINDS = (*(each.value for each in Kind), *(each.value for each in HoldingKind))
"""Everything a series can be about."""
YEAR_ENDS = ("calendar", "fiscal")
REQUEST_CLOSED = "request closed"
"""An event each request file and production has itself: the day its request was closed."""
OF_REQUESTS = (HoldingKind.PRODUCTION.value, HoldingKind.REQUEST_FILE.value)
"""The kinds that have it; nothing else is ever closed with a request."""
REMOVED_CONTENT = "removed content"
POLICY_PHRASES: Mapping[str, str] = {
    "posted communications": "posts, comments and reactions that stand or stood where others see",
    "communications submitted for posting": "what was submitted, drafted or planned, and not shown",
    "private messages": "messages",
    "lists of subscribers": "followers and other people on an account's lists",
    REMOVED_CONTENT: "what was removed",
}
"""The policies' own words for what may be a public record, and what they take in here."""


KNOWN_VALUES: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "account_class": (*CLASSES, FORWARDED),
    "policy": tuple(POLICY_PHRASES),
}
"""What a condition may name, where the type alone does not say it."""


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a record must be for a series to apply. Every condition given must hold; a list holds
    where the record's value is one of it. `kind` is one of `KINDS`; `direction` is who wrote it,
    seen from the agency; `language` a BCP 47 tag ("es" takes "es-MX" too); `policy` one of
    `POLICY_PHRASES`."""

    kind: list[str] | None = None
    form: list[str] | None = None
    visibility: list[Visibility] | None = None
    content_state: list[ContentState] | None = None
    direction: list[AuthorRole] | None = None
    removed: bool | None = None
    hidden: bool | None = None
    platform: list[str] | None = None
    account: list[str] | None = None
    department: list[str] | None = None
    division: list[str] | None = None
    account_class: list[str] | None = None
    language: list[str] | None = None
    policy: list[str] | None = None

    @property
    def removed_only(self) -> bool:
        """Whether they take in nothing but what was removed."""
        return self.removed is True or self.policy == [REMOVED_CONTENT]

    @property
    def given(self) -> dict[str, Any]:
        """The conditions that are given, by name, in the order of the format."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in values if value is not None}


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a schedule.

    `year_end` ("calendar", "fiscal") lets the period run from the end of the year the event fell
    in; `event` names what must have ended; `never` is a class of records never destroyed
    (`floors.NEVER`), `exception` a listed exception to the floor (`floors.EXCEPTIONS`). A file may
    give `rule` (``CU+2``) or `follows` (another series' code) instead of cutoff and period: they
    are kept as written, and cutoff, year end, event and period say what they come to.
    """

    code: str
    title: str
    cutoff: Cutoff
    period: Period
    authority: str
    mark: str
    when: Conditions = Conditions()
    notes: str = ""
    rule: str = ""
    follows: str = ""
    event: str = ""
    year_end: str = ""
    exception: str = ""
    never: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a schedule comes from: the document, its section, and what that says in short."""

    title: str
    section: str
    says: str = ""
    resolution: str = ""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A schedule in one version. `events` lists the named events its series may wait for, each
    with what is meant."""

    id: str
    title: str
    version: str
    effective_from: dt.date
    agency_kind: str
    source: Source
    series: list[Series]
    note: str = ""
    events: dict[str, str] = {}

    def rule(self, series: Series) -> str:
        """What a record's `retention_rule` says: ``schedule@version#series``."""
        return f"{self.id}@{self.version}#{series.code}"

    def find(self, code: str) -> Series:
        """The series of that code. Raises InputError where there is none."""
        for each in self.series:
            if each.code == code:
                return each
        raise InputError(f"schedule {self.id} {self.version} has no series {code}")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the wording: two schedules that decide alike have the same, whether written in
        short or written out. What a schedule makes no use of is left out, so that the digest of one
        written before the format had it stays."""
        plain = msgspec.to_builtins(self)
        if not self.events:
            del plain["events"]
        for entry in plain["series"]:
            for name in ("rule", "follows"):
                del entry[name]
            for name in ("event", "year_end", "exception", "never"):
                if not entry[name]:
                    del entry[name]
            for name in ("language", "policy"):
                if entry["when"][name] is None:
                    del entry["when"][name]
            if not entry["period"]["at_once"]:
                del entry["period"]["at_once"]
        return wording_digest(plain)


def find_schedule(name: str, *, base: Path | None = None) -> Schedule:
    """The schedule a setting names: a file of schedules/retention without its ending, or a path to
    a .toml file (a relative one is looked for below `base`, the home, where that is given).

    Raises InputError, naming the file and what is wrong in it, where it cannot be used.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name).expanduser()
        return read_schedule(path if path.is_absolute() or base is None else base / path)
    folder = shipped("schedules") / "retention"
    if not NAME.fullmatch(name) or not (folder / f"{name}.toml").is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.toml")))
        raise InputError(f"no retention schedule {name!r}: known are {known}, or give a .toml file")
    return read_schedule(folder / f"{name}.toml")


def read_schedule(path: Path) -> Schedule:
    """Read and check a schedule file.

    Raises InputError in one line with the file, the series and the fault.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: not TOML: {error}") from None
    return parse_schedule(text, path.name)


_as_schedule = converter(Schedule)


def parse_schedule(text: str, name: str) -> Schedule:
    """A schedule from its TOML text; `name` is what messages call it.

    Raises InputError in one line with the name, the series and the fault.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not TOML: {error}") from None
    data, problems = expanded(data)
    for problem in problems:
        raise InputError(f"{name}: series {problem.code}: {problem.words}")
    try:
        schedule = _as_schedule(data)
    except msgspec.ValidationError as error:
        raise InputError(f"{name}: {_named(error, data)}") from None
    for fault in faults(schedule):
        raise InputError(f"{name}: {fault}")
    return schedule


def faults(schedule: Schedule) -> list[str]:
    """What is wrong with a schedule that could be read, one line each."""
    found = []
    if not NAME.fullmatch(schedule.id) or not NAME.fullmatch(schedule.version):
        found.append("id and version are letters, digits, dots and hyphens only")
    if schedule.agency_kind not in AGENCY_KINDS:
        found.append(f"agency_kind is none of {', '.join(AGENCY_KINDS)}")
    if not schedule.series:
        found.append("has no series")
    codes: set[str] = set()
    for series in schedule.series:
        said = [*_series_faults(series), *_law_faults(schedule, series)]
        found += [f"series {series.code}: {fault}" for fault in said]
        if series.code in codes:
            found.append(f"series {series.code} stands in it twice")
        codes.add(series.code)
    return found


def _series_faults(series: Series) -> list[str]:
    found = []
    if not NAME.fullmatch(series.code):
        found.append("the code is letters, digits, dots and hyphens only")
    if not series.title.strip():
        found.append("has no title")
    if not series.authority.strip():
        found.append("names no authority (a statute or a resolution)")
    if series.mark not in MARKS:
        found.append(f"has no mark of {', '.join(MARKS)}")
    for condition, known in KNOWN_VALUES.items():
        unknown = set(getattr(series.when, condition) or ()) - set(known)
        if unknown:
            found.append(f"{condition} {', '.join(sorted(unknown))} is not known")
    empty = [name for name in series.when.__struct_fields__ if getattr(series.when, name) == []]
    if empty:
        found.append(f"condition {', '.join(empty)} is an empty list and can never hold")
    try:
        series.period.check()
    except InputError as error:
        found.append(str(error))
    return found


def _law_faults(schedule: Schedule, series: Series) -> list[str]:
    """What contradicts the law's own lists, or itself."""
    found = []
    if series.year_end and series.year_end not in YEAR_ENDS:
        found.append(f"year_end {series.year_end} is none of {', '.join(YEAR_ENDS)}")
    if series.never and series.never not in NEVER:
        found.append(f"never {series.never} is none of {', '.join(NEVER)}")
    elif series.never and not series.period.permanent:
        found.append("is never to be destroyed and has an end: write period.permanent = true")
    if (series.cutoff is Cutoff.EVENT_ENDED) != bool(series.event):
        found.append('cutoff "event_ended" and the name of an event (event = …) go together')
    elif series.event not in ("", REQUEST_CLOSED, *schedule.events):
        found.append(f"event {series.event} is not in the schedule's list of events")
    if series.exception:
        known = exception_of(series.exception)
        if known is None:
            found.append(f"exception {series.exception} is none of {', '.join(EXCEPTIONS)}")
        elif known.agency_kind != schedule.agency_kind:
            found.append(f"exception {series.exception} is made for a {known.agency_kind}")
    return found


def _named(error: msgspec.ValidationError, data: dict[str, object]) -> str:
    """The decoder's message with the series' code instead of its place in the file."""
    text = str(error)
    place = re.search(r"\$\.series\[(\d+)\]", text)
    listed = data.get("series")
    if place is None or not isinstance(listed, list):
        return text
    number = int(place.group(1))
    entry = listed[number] if number < len(listed) else None
    code = entry.get("code") if isinstance(entry, dict) else None
    return f"series {code or number + 1}: {text}"
