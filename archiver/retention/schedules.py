"""Retention schedules: TOML that people edit and lawyers read (schedules/retention)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec

from archiver.config import shipped
from archiver.errors import InputError
from archiver.items import AuthorRole, ContentState, Kind, Visibility
from archiver.register.accounts import CLASSES
from archiver.register.attestations import wording_digest
from archiver.retention.floors import EXCEPTIONS
from archiver.retention.notation import read_rule
from archiver.retention.periods import Period

AGENCY_KINDS = ("city", "county", "district")
MARKS = ("S", "C", "K", "?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Cutoff(StrEnum):
    """The event a period runs from.

    CREATED is the later of creation and last edit, since the last version is itself a writing of
    that day; REMOVED the later of that and of removal or hiding; ACCOUNT_CLOSED the day the account
    was closed; SUPERSEDED the day the record stopped being the current one, by removal or with its
    account (its earlier versions are kept with it); EVENT_ENDED the end of what `Series.event`
    names, as the city's list of events says.
    """

    CREATED = "created"
    REMOVED = "removed"
    SUPERSEDED = "superseded"
    ACCOUNT_CLOSED = "account_closed"
    EVENT_ENDED = "event_ended"


class Holding(StrEnum):
    """What a series can be about: every kind of record, and what is kept beside records."""

    POST = Kind.POST.value
    COMMENT = Kind.COMMENT.value
    MESSAGE = Kind.MESSAGE.value
    PROFILE = Kind.PROFILE.value
    REACTION = Kind.REACTION.value
    SUBSCRIBER = "subscriber"
    ORIGINAL = "original"
    UNREAD = "unread"
    PRODUCTION = "production"
    REQUEST_FILE = "request file"


NEVER: Mapping[str, str] = {
    "title": "it affects title to real property or liens on it (Gov. Code § 34090(a))",
    "court": "it is a court record (Gov. Code § 34090(b))",
    "statute": "a statute requires it to be kept (Gov. Code § 34090(c))",
    "minutes": "minutes, ordinances and resolutions (Gov. Code § 34090(e))",
}
"""Why a series may never be destroyed, by the word a schedule uses."""
YEAR_ENDS = ("calendar", "fiscal")
POLICY_PHRASES: Mapping[str, str] = {
    "posted communications": "what stands, or stood, in public",
    "communications submitted for posting": "what waits, or was refused, and was never published",
    "private messages": "messages",
    "lists of subscribers": "lists of people",
    "removed content": "what was removed",
}
"""The policies' own words for what may be a public record (Sacramento 4.C.7, Palm Desert V.B)."""


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a record must be for a series to apply. Every condition given must hold; a list holds
    where the record's value is one of it. `direction` is who wrote it, seen from the agency;
    `language` its BCP 47 tag ("es" takes "es-MX" too); `policy` the policies' own phrases."""

    kind: list[Holding] | None = None
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


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a schedule.

    `year_end` lets the period run from the end of the calendar or fiscal year of the event; `event`
    names what must end, for the cutoff "event_ended"; `never` is a word of `NEVER`; `exception` a
    code of `floors.EXCEPTIONS`. A file may give `rule` (``CU+2``, see `notation`) or `follows` (the
    code of a series) in the place of cutoff and period; both are written out when it is read.
    """

    code: str
    title: str
    cutoff: Cutoff
    period: Period
    authority: str
    mark: str
    when: Conditions = Conditions()
    notes: str = ""
    year_end: str = ""
    event: str = ""
    never: str = ""
    exception: str = ""
    rule: str = ""
    follows: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a schedule comes from: the document, its section, and what that says in short."""

    title: str
    section: str
    says: str = ""
    resolution: str = ""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A schedule in one version.

    `events` are the ends of named events, `fiscal_year_start` the first day of the fiscal year
    (``MM-DD``); where a schedule is in force, the city's own list and setting stand in them.
    """

    id: str
    title: str
    version: str
    effective_from: dt.date
    agency_kind: str
    source: Source
    series: list[Series]
    note: str = ""
    events: dict[str, dt.date] = {}
    fiscal_year_start: str = "07-01"

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
        """SHA-256 of the wording: two schedules that decide alike have the same."""
        return wording_digest(msgspec.to_builtins(self))


def find_schedule(name: str, *, base: Path | None = None) -> Schedule:
    """The schedule a setting names: a file of schedules/retention without its ending, or a path to
    a .toml file (a relative one is looked for below `base`, the home, where that is given).

    Raises InputError, naming the file and what is wrong in it, where it cannot be used.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name).expanduser()
        return read_schedule(path if path.is_absolute() or base is None else base / path)
    folder = shipped("schedules") / "retention"
    if not _NAME.fullmatch(name) or not (folder / f"{name}.toml").is_file():
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
    return schedule_of(text, path.name)


@lru_cache(maxsize=16)
def schedule_of(text: str, name: str) -> Schedule:
    """A schedule from the text of its file; `name` is what an error calls it.

    Raises InputError in one line with the name, the series and the fault.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not TOML: {error}") from None
    try:
        schedule = msgspec.convert(written_out(data), Schedule)
    except msgspec.ValidationError as error:
        raise InputError(f"{name}: {_named(error, data)}") from None
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    for fault in faults(schedule):
        raise InputError(f"{name}: {fault}")
    return schedule


def written_out(data: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule's data with cutoff and period where its series give a rule or follow another.

    Raises InputError where a rule means nothing, or series follow each other in a circle or follow
    one that is not there.
    """
    listed = data.get("series")
    if not isinstance(listed, list):
        return dict(data)
    entries = {
        entry["code"]: entry
        for entry in listed
        if isinstance(entry, dict) and isinstance(entry.get("code"), str)
    }
    return {**data, "series": [_written_out(entry, entries) for entry in listed]}


def _written_out(entry: Any, entries: Mapping[str, Any]) -> Any:
    if not isinstance(entry, dict):
        return entry
    chain, last = [str(entry.get("code"))], entry
    while isinstance(last.get("follows"), str) and last["follows"]:
        code = last["follows"]
        if code in chain:
            raise InputError(f"series {chain[0]}: follows itself: {' → '.join([*chain, code])}")
        if code not in entries:
            raise InputError(f"series {chain[0]}: follows {code}, which is not in the schedule")
        chain.append(code)
        last = entries[code]
    timing = {name: last[name] for name in _TIMING if name in last}
    if isinstance(last.get("rule"), str) and last["rule"]:
        try:
            read = read_rule(last["rule"])
        except InputError as error:
            raise InputError(f"series {chain[-1]}: {error}") from None
        written = {
            "cutoff": read.cutoff,
            "period": msgspec.to_builtins(read.period),
            "year_end": read.year_end,
        }
        for name, value in written.items():
            # what was written out before comes back the same
            if name in timing and _plain_period(timing[name]) != _plain_period(value):
                raise InputError(f"series {chain[-1]}: gives a rule and {name}: write one")
        timing |= written
    return {**entry, **timing}


def _plain_period(value: object) -> object:
    """A period's parts without those that are not given."""
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if part}


_TIMING = ("cutoff", "period", "year_end", "event")


def faults(schedule: Schedule) -> list[str]:
    """What is wrong with a schedule that could be read, one line each."""
    found = []
    if not _NAME.fullmatch(schedule.id) or not _NAME.fullmatch(schedule.version):
        found.append("id and version are letters, digits, dots and hyphens only")
    if schedule.agency_kind not in AGENCY_KINDS:
        found.append(f"agency_kind is none of {', '.join(AGENCY_KINDS)}")
    try:
        # no leap year: a fiscal year begins on a day that every year has
        dt.date.fromisoformat(f"2025-{schedule.fiscal_year_start}")
    except ValueError:
        found.append("fiscal_year_start is no day as MM-DD")
    if not schedule.series:
        found.append("has no series")
    codes: set[str] = set()
    for series in schedule.series:
        found += [f"series {series.code}: {fault}" for fault in _series_faults(series)]
        if series.code in codes:
            found.append(f"series {series.code} stands in it twice")
        codes.add(series.code)
    return found


def _series_faults(series: Series) -> list[str]:
    found = []
    if not _NAME.fullmatch(series.code):
        found.append("the code is letters, digits, dots and hyphens only")
    if not series.title.strip():
        found.append("has no title")
    if not series.authority.strip():
        found.append("names no authority (a statute or a resolution)")
    if series.mark not in MARKS:
        found.append(f"has no mark of {', '.join(MARKS)}")
    if series.year_end not in ("", *YEAR_ENDS):
        found.append(f"year_end is none of {', '.join(YEAR_ENDS)}")
    if (series.cutoff is Cutoff.EVENT_ENDED) != bool(series.event):
        found.append('the cutoff "event_ended" and the name of the event go together')
    if series.never not in ("", *NEVER):
        found.append(f"never is none of {', '.join(NEVER)}")
    if series.exception and series.exception not in EXCEPTIONS:
        found.append(f"exception is none of {', '.join(EXCEPTIONS)}")
    strange = set(series.when.policy or ()) - set(POLICY_PHRASES)
    if strange:
        found.append(
            f"policy {', '.join(sorted(strange))} is no phrase of {', '.join(POLICY_PHRASES)}"
        )
    unknown = set(series.when.account_class or ()) - set(CLASSES)
    if unknown:
        found.append(f"account_class {', '.join(sorted(unknown))} is not known")
    empty = [name for name in series.when.__struct_fields__ if getattr(series.when, name) == []]
    if empty:
        found.append(f"condition {', '.join(empty)} is an empty list and can never hold")
    try:
        series.period.check()
    except InputError as error:
        found.append(str(error))
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
