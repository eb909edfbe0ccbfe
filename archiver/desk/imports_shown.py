"""Imports on the pages: how far each is, and what a report says, by kind and by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver.desk.states import State
from archiver.desk.words import counted
from archiver.operations.import_book import (
    DONE,
    FAILED,
    IMPORTING,
    LOOKING,
    PREVIEW,
    REMOVED,
    UPLOADING,
    WITHDRAWN,
    Import,
)
from archiver.operations.withdrawing import Withdrawn

_STATES: Mapping[str, State] = {
    UPLOADING: State("Being sent", "info"),
    LOOKING: State("Being looked through", "info"),
    PREVIEW: State("To confirm", "warn"),
    IMPORTING: State("Being imported", "info"),
    DONE: State("Imported", "ok"),
    FAILED: State("Stopped", "bad"),
    REMOVED: State("Removed"),
    WITHDRAWN: State("Withdrawn"),
}
STEPS = ("Send", "Look through", "Confirm", "Import")
_AT_STEP = {UPLOADING: 0, LOOKING: 1, PREVIEW: 2, IMPORTING: 3, DONE: 4, WITHDRAWN: 4}
_COUNTS = ("stored", "versions", "duplicates", "people", "skipped", "failed", "destroyed")
_FILE_COLUMNS = {
    "stored": "New",
    "versions": "Changed",
    "duplicates": "Known",
    "people": "People",
    "joined": "Part of others",
    "skipped": "Left out",
    "failed": "Unreadable",
    "destroyed": "Destroyed before",
}
"""What can become of what is in a file: together they are all that was read of it."""
_KINDS = {
    "post": ("Posts", "Public"),
    "comment": ("Comments", "Public"),
    "reaction": ("Reactions", "Public"),
    "profile": ("Profile", "Public"),
    "message": ("Messages", "Private"),
    "follower": ("Followers", "Private"),
    "following": ("Following", "Private"),
    "block": ("Blocked accounts", "Private"),
    "mute": ("Muted accounts", "Private"),
}
"""Kinds of records and lists, and the records they go to. What is private in itself (a post to a
closed circle, a private mention) goes to private records whatever its kind."""


@dataclass(frozen=True, slots=True)
class KindLine:
    """What becomes of one kind of a download; `access` is the records it goes to, `first` and
    `last` the times (UTC) it reaches over."""

    name: str
    access: str
    stored: int = 0
    versions: int = 0
    duplicates: int = 0
    people: int = 0
    destroyed: int = 0
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as a page shows it: kinds of records, files that were read, that are kept and not
    read, and that could not be read, and how many media files there are."""

    report: Mapping[str, Any]
    kinds: tuple[KindLine, ...]
    read: tuple[Mapping[str, Any], ...]
    kept: tuple[Mapping[str, Any], ...]
    unreadable: tuple[Mapping[str, Any], ...]
    media: int

    @property
    def total(self) -> Mapping[str, int]:
        """All files together."""
        totals: Mapping[str, int] = self.report["total"]
        return totals

    @property
    def kept_files(self) -> int:
        """How many files stay in the original only."""
        return sum(self.stands_for(file) for file in self.kept)

    @staticmethod
    def stands_for(file: Mapping[str, Any]) -> int:
        """How many files a line stands for; of what is not read, `read` counts files."""
        kept = file["read"] if file["state"] == "kept" else 0
        return max(file.get("files") or 1, kept)

    @property
    def columns(self) -> Mapping[str, str]:
        """What became of anything in these files at all, by its name, with its heading."""
        return {
            name: heading
            for name, heading in _FILE_COLUMNS.items()
            if any(self.count(file, name) for file in self.read)
        }

    @staticmethod
    def count(file: Mapping[str, Any], column: str) -> int:
        """How much of a file became that."""
        found: int = file["joined"] if column == "joined" else file["tally"].get(column, 0)
        return found

    @property
    def reconciled(self) -> Sequence[Mapping[str, Any]]:
        """The reconciliation with what the platform's interface had; empty where there is none."""
        return self.report.get("reconciled") or ()


def state_of(found: Import) -> State:
    """How an import stands, as a badge."""
    if found.state == PREVIEW and found.account_id is None:
        refused = (found.preview or {}).get("refused")
        return (
            State("Not to be imported", "bad") if refused else State("Choose the account", "warn")
        )
    return _STATES[found.state]


def shown(
    report: Mapping[str, Any] | None, told: Callable[[str], str] = lambda line: line
) -> Shown | None:
    """A stored report for the page, its warnings as `told` says them; None where there is none."""
    if report is None:
        return None
    report = {**report, "warnings": [told(line) for line in report["warnings"]]}
    files = report["files"]
    media = [file for file in files if file["data_type"] == "media"]
    return Shown(
        report,
        tuple(_kinds(report)),
        tuple(file for file in files if file["state"] not in ("kept", "unreadable")),
        tuple(file for file in files if file["state"] == "kept" and file not in media),
        tuple(file for file in files if file["state"] == "unreadable"),
        sum(file["read"] for file in media),
    )


def going_words(going: Withdrawn) -> Iterator[str]:
    """What goes with an import that is withdrawn, each with its number."""
    for count, one, many in (
        (going.records, "record", None),
        (going.versions - going.records, "change", None),
        (going.people, "person on lists", "people on lists"),
        (going.media, "picture or video", "pictures and videos"),
        (going.originals, "file as it was given", "files as they were given"),
    ):
        if count > 0:
            yield counted(count, one, many)
    if going.restored:
        yield f"of {counted(going.restored, 'record')} known before, what it changed"
    if going.reopened:
        yield f"that {counted(going.reopened, 'person', 'people')} left a list"


def _kinds(report: Mapping[str, Any]) -> Iterator[KindLine]:
    """The records by kind, then the lists of people."""
    for kind, tally in report["kinds"].items():
        name, access = _KINDS.get(kind, (kind.capitalize(), "Public"))
        counts = {
            each: tally[each]
            for each in ("stored", "versions", "duplicates", "destroyed", "first", "last")
        }
        yield KindLine(name, access, **counts)
    people: Counter[str] = Counter()
    for file in report["files"]:
        if file.get("relation"):
            people[file["relation"]] += file["tally"]["people"]
    for relation, count in people.items():
        name, access = _KINDS.get(relation, (relation.capitalize(), "Private"))
        yield KindLine(name, access, people=count)


def steps(found: Import) -> Iterator[tuple[str, str]]:
    """The way of an import: each step, and whether it is done, at hand, or to come."""
    at = _AT_STEP.get(found.state)
    if at is None:
        at = 0 if found.preview is None and found.received < found.size else 1
        at = 3 if found.confirmed_at else 2 if found.preview else at
    for number, name in enumerate(STEPS):
        yield name, "done" if number < at else "now" if number == at else ""


def report_rows(report: Mapping[str, Any]) -> Iterator[list[object]]:
    """The report as a table, a line for each thing it says, its heading first."""
    yield ["section", "what", "declared", "read", *_COUNTS, "start", "end", "state", "told"]
    blank: list[object] = [""] * 9
    for section in ("problems", "warnings"):
        for line in report[section]:
            yield [section, "", *blank, "", "", "", line]
    for file in report["files"]:
        counts = [file["tally"].get(name, 0) for name in _COUNTS]
        outcome = [file["state"], file["reason"]]
        yield ["files", file["member"], file["declared"], file["read"], *counts, "", "", *outcome]
        for reason, count in (file.get("reasons") or {}).items():
            yield ["left out", file["member"], "", count, *blank[2:], "", "", "", reason]
    for line in report["coverage"]:
        span = [line["start"] or "", line["end"]]
        yield ["coverage", line["what"], *blank, *span, line["state"], line["reason"]]
    for line in report["missing"]:
        yield ["missing", line["kind"], "", line["count"], *[""] * 10, ""]
    for line in report.get("reconciled") or ():
        told = ", ".join(f"{name}: {value}" for name, value in line.items() if name != "kind")
        yield ["reconciled", line["kind"], *blank, "", "", "", told]
