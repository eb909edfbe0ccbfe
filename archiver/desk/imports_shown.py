"""Imports on the pages: how far each is, and what a report says, by kind and by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver.desk.states import State
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

STATES: Mapping[str, State] = {
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
_PUBLIC, _PRIVATE = "Public", "Private"
_KINDS = {
    "post": ("Posts", _PUBLIC),
    "comment": ("Comments", _PUBLIC),
    "reaction": ("Reactions", _PUBLIC),
    "profile": ("Profile", _PUBLIC),
    "circle": ("Circle posts", _PRIVATE),
    "message": ("Messages", _PRIVATE),
    "follower": ("Followers", _PRIVATE),
    "following": ("Following", _PRIVATE),
    "block": ("Blocked accounts", _PRIVATE),
    "mute": ("Muted accounts", _PRIVATE),
}
_X = {
    "tweets": "post",
    "community-tweet": "post",
    "twitter-circle-tweet": "circle",
    "deleted-tweets": "post",
    "note-tweet": "post",
    "deleted-note-tweet": "post",
    "article": "post",
    "periscope-broadcast-metadata": "post",
    "periscope-comments-made-by-user": "comment",
    "periscope-profile-description": "profile",
    "screen-name-change": "profile",
    "direct-messages": "message",
    "direct-messages-group": "message",
    "direct-message-headers": "message",
    "direct-message-group-headers": "message",
    "message-event": "message",
    "periscope-followers": "follower",
}
"""The kind of record in a data file of X, where the report does not say it."""


@dataclass(slots=True)
class KindLine:
    """What a download holds of one kind, and what becomes of it; `access` is where it goes."""

    name: str
    access: str
    read: int = 0
    stored: int = 0
    versions: int = 0
    duplicates: int = 0
    people: int = 0
    skipped: int = 0
    failed: int = 0
    destroyed: int = 0

    def add(self, file: Mapping[str, Any]) -> None:
        """Count a file of the download in."""
        self.read += file["units"] - file["joined"]
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + file["tally"].get(name, 0))


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as a page shows it: kinds of records, files that are kept and not read, files that
    could not be read, media files, and the problems first."""

    report: Mapping[str, Any]
    kinds: tuple[KindLine, ...]
    read: tuple[Mapping[str, Any], ...]
    kept: tuple[Mapping[str, Any], ...]
    unreadable: tuple[Mapping[str, Any], ...]
    media: int
    start: str | None
    end: str

    @property
    def total(self) -> Mapping[str, int]:
        """All files together."""
        totals: Mapping[str, int] = self.report["total"]
        return totals

    @property
    def reconciled(self) -> Sequence[Mapping[str, Any]]:
        """The reconciliation with what the platform's interface had; empty where there is none."""
        return self.report.get("reconciled") or ()


def shown(report: Mapping[str, Any] | None) -> Shown | None:
    """A stored report for the page, or None where there is none."""
    if report is None:
        return None
    files = report["files"]
    kinds: dict[str, KindLine] = {}
    for file in files:
        if file["state"] in ("records", "people"):
            name, access = _kind(file)
            kinds.setdefault(name, KindLine(name, access)).add(file)
    media = [file for file in files if file["data_type"] == "media"]
    covered = [line for line in report["coverage"] if line["state"] != "none"]
    return Shown(
        report,
        tuple(line for line in kinds.values() if line.read or line.failed or line.skipped),
        tuple(file for file in files if file["state"] in ("records", "people")),
        tuple(file for file in files if file["state"] == "kept" and file not in media),
        tuple(file for file in files if file["state"] == "unreadable"),
        sum(file["read"] for file in media),
        min((line["start"] for line in covered if line["start"]), default=None),
        report.get("generated_at") or "",
    )


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
    for line in report["coverage"]:
        span = [line["start"] or "", line["end"]]
        yield ["coverage", line["what"], *blank, *span, line["state"], line["reason"]]
    for line in report["missing"]:
        yield ["missing", line["kind"], "", line["count"], *[""] * 10, ""]
    for line in report.get("reconciled") or ():
        told = ", ".join(f"{name}: {value}" for name, value in line.items() if name != "kind")
        yield ["reconciled", line["kind"], *blank, "", "", "", told]


def _kind(file: Mapping[str, Any]) -> tuple[str, str]:
    data_type = str(file.get("kind") or file["data_type"])
    code = _X.get(data_type, data_type)
    return _KINDS.get(code, (data_type.replace("-", " ").capitalize() or "Other", ""))
