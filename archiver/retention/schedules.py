"""Retention schedules: TOML that people edit and lawyers read (schedules/retention)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import msgspec

from archiver.config import shipped
from archiver.errors import InputError
from archiver.items import AuthorRole, ContentState, Kind, Visibility
from archiver.register.accounts import CLASSES
from archiver.register.attestations import wording_digest
from archiver.retention.periods import Period

AGENCY_KINDS = ("city", "county", "district")
MARKS = ("S", "C", "K", "?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Cutoff(StrEnum):
    """The event a period runs from.

    CREATED is the later of creation and last edit, since the last version is itself a writing of
    that day; REMOVED the later of that and of removal or hiding; ACCOUNT_CLOSED the day the account
    was closed; SUPERSEDED the day the record stopped being the current one, by removal or with its
    account (its earlier versions are kept with it).
    """

    CREATED = "created"
    REMOVED = "removed"
    SUPERSEDED = "superseded"
    ACCOUNT_CLOSED = "account_closed"


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a record must be for a series to apply. Every condition given must hold; a list holds
    where the record's value is one of it. `direction` is who wrote it, seen from the agency."""

    kind: list[Kind] | None = None
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


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a schedule."""

    code: str
    title: str
    cutoff: Cutoff
    period: Period
    authority: str
    mark: str
    when: Conditions = Conditions()
    notes: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a schedule comes from: the document, its section, and what that says in short."""

    title: str
    section: str
    says: str = ""
    resolution: str = ""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A schedule in one version."""

    id: str
    title: str
    version: str
    effective_from: dt.date
    agency_kind: str
    source: Source
    series: list[Series]
    note: str = ""

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
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not TOML: {error}") from None
    try:
        schedule = msgspec.convert(data, Schedule)
    except msgspec.ValidationError as error:
        raise InputError(f"{path.name}: {_named(error, data)}") from None
    for fault in faults(schedule):
        raise InputError(f"{path.name}: {fault}")
    return schedule


def faults(schedule: Schedule) -> list[str]:
    """What is wrong with a schedule that could be read, one line each."""
    found = []
    if not _NAME.fullmatch(schedule.id) or not _NAME.fullmatch(schedule.version):
        found.append("id and version are letters, digits, dots and hyphens only")
    if schedule.agency_kind not in AGENCY_KINDS:
        found.append(f"agency_kind is none of {', '.join(AGENCY_KINDS)}")
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
