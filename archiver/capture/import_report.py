"""What an import tells: for each file of the download, what became of everything in it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archiver.archive.taking import Outcome
from archiver.exports.counting import KEPT, UNREADABLE, CoverageLine, FileCount
from archiver.items import Item, Relation, Skipped

SHOWN_MISSING = 100
SHOWN_UNREAD = 20
"""So many entries that could not be read are told one by one."""
MOST_REASONS = 20
"""So many reasons are told of one file, the rest as one."""
OTHER_REASONS = "other reasons"
_PLACE = re.compile(r"^line \d+: ")
_QUOTED = re.compile(r"(?<!\w)(['\"])(?:.*\1|.*)", re.DOTALL)
"""From the first mark to the last of its kind, or to the end where the words were cut off: what a
file says may hold marks itself."""


@dataclass(slots=True)
class Tally:
    """What became of the units of one file."""

    stored: int = 0
    versions: int = 0
    duplicates: int = 0
    people: int = 0
    skipped: int = 0
    failed: int = 0
    destroyed: int = 0

    @property
    def total(self) -> int:
        """Everything accounted for."""
        taken = self.stored + self.versions + self.duplicates + self.people
        return taken + self.skipped + self.failed + self.destroyed


@dataclass(slots=True)
class KindTally:
    """What became of the records of one kind, and the times (UTC) of its first and last."""

    stored: int = 0
    versions: int = 0
    duplicates: int = 0
    destroyed: int = 0
    failed: int = 0
    first: str | None = None
    last: str | None = None

    def reach(self, at: str | None) -> None:
        """Note the time of a record."""
        if at is not None:
            self.first = at if self.first is None or at < self.first else self.first
            self.last = at if self.last is None or at > self.last else self.last


@dataclass(slots=True)
class Tallies:
    """What became of everything so far, by the file it stood in and by the kind of record; and by
    file and reason how much was left out or could not be read."""

    files: dict[str, Tally] = field(default_factory=dict)
    kinds: dict[str, KindTally] = field(default_factory=dict)
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def of_file(self, name: str) -> Tally:
        """The tally of a file."""
        found = self.files.get(name)
        if found is None:
            found = self.files[name] = Tally()
        return found

    def record(self, name: str, item: Item, outcome: Outcome) -> None:
        """Count what became of a record that stood in a file."""
        kind = self.kinds.get(item.kind.value)
        if kind is None:
            kind = self.kinds[item.kind.value] = KindTally()
        kind.reach(item.created_at)
        _note(kind, outcome)
        _note(self.of_file(name), outcome)

    def left(self, name: str, entry: Skipped) -> None:
        """Count what was not turned into a record."""
        if entry.failed:
            self.of_file(name).failed += 1
            # what befell a whole file is told as a problem of that file
            if entry.position is not None and len(self.unread) < SHOWN_UNREAD:
                self.unread.append(f"{name}: {_at(entry)}{entry.detail}")
        else:
            self.of_file(name).skipped += 1
        told = self.reasons.setdefault(name, {})
        reason = reason_of(entry.detail)
        if reason not in told and len(told) >= MOST_REASONS:
            reason = OTHER_REASONS
        told[reason] = told.get(reason, 0) + 1


def _at(entry: Skipped) -> str:
    """Where in its file an entry stands, unless its words say it."""
    told = entry.position is None or _PLACE.match(entry.detail)
    return "" if told else f"entry {(entry.position or 0) + 1:,}: "


def reason_of(detail: str) -> str:
    """Why something was left out, without the line it stood in and what it said itself: the same
    for everything that was left out for that reason."""
    return _QUOTED.sub("…", _PLACE.sub("", detail))


def _note(tally: Tally | KindTally, outcome: Outcome) -> None:
    if outcome is Outcome.STORED:
        tally.stored += 1
    elif outcome is Outcome.DUPLICATE:
        tally.duplicates += 1
    elif outcome is Outcome.NEW_VERSION:
        tally.versions += 1
    elif outcome is Outcome.DESTROYED:
        tally.destroyed += 1
    else:
        tally.failed += 1


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: how many elements it declares and holds, and what became of its units. `joined`
    became part of another record (a long text of its post); `state` as in FileCount; `reasons` say
    how much was skipped or failed, and why."""

    member: str
    data_type: str
    state: str
    reason: str
    declared: int | None
    read: int
    units: int
    joined: int
    tally: Tally
    relation: Relation | None = None
    files: int = 1
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Whether every unit ended as exactly one thing."""
        if self.state == KEPT:
            return True
        return self.units == self.joined + self.tally.total

    @property
    def agrees(self) -> bool:
        """Whether as much was read as the download declares."""
        return self.declared is None or self.declared in (self.read, self.units)

    @property
    def fault(self) -> str:
        """Why less than all of it could be read; empty where all was, or where it is only kept."""
        odd = self.reason or self.tally.failed or not self.agrees
        if self.state == KEPT or not odd:
            return ""
        how = "" if self.state == UNREADABLE else " whole"
        return f"{self.member} could not be read{how}"


@dataclass(frozen=True, slots=True)
class Missing:
    """Records that earlier imports brought and this download, which reaches over their time, does
    not hold. That proves no deletion. `native_ids` are the first hundred."""

    kind: str
    count: int
    native_ids: tuple[str, ...]


@dataclass(slots=True)
class ImportReport:
    """The result of an import.

    `outcome` is complete, partial (something could not be read, or a count does not agree) or
    unchanged (the very same file was imported before). `run` is the run's number, None in a
    dry run. `unread` are the first entries that could not be read, with the place and the words of
    each; they are told to whoever imports and not kept. `destroyed` counts, by the number of the
    batch or removal, what was destroyed before and was not taken in again.
    """

    account: str
    path: str
    platform: str
    outcome: str = "complete"
    run: int | None = None
    sha256: str | None = None
    generated_at: str = ""
    dry_run: bool = False
    resumed: bool = False
    files: list[FileReport] = field(default_factory=list)
    kinds: dict[str, KindTally] = field(default_factory=dict)
    coverage: list[CoverageLine] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    reconciled: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    media_stored: int = 0
    media_unmatched: int = 0
    destroyed: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        """All files together."""
        names = [one.name for one in dataclasses.fields(Tally)]
        return Tally(
            **{name: sum(getattr(file.tally, name) for file in self.files) for name in names}
        )

    @property
    def ok(self) -> bool:
        """Whether nothing is left to look at."""
        return self.outcome != "partial"

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**dataclasses.asdict(self), "total": dataclasses.asdict(self.total)}

    def kept(self) -> dict[str, Any]:
        """The report as it is kept: without the ids of records and the words of entries, of which
        some are private, for whoever may know of the import may read it."""
        kept = self.as_json()
        kept["unread"] = []
        for one in kept["missing"]:
            one["native_ids"] = []
        kept["reconciled"] = [
            {name: [] if name.startswith("sample_") else value for name, value in one.items()}
            for one in self.reconciled
        ]
        return kept


def file_reports(counts: Sequence[FileCount], tallies: Tallies) -> list[FileReport]:
    """Join what the walk counted with what the archive did."""
    return [
        FileReport(
            one.member,
            one.data_type,
            one.state,
            one.reason,
            one.declared,
            one.read,
            one.units,
            one.joined,
            tallies.files.get(one.member, Tally()),
            one.relation,
            one.files,
            tallies.reasons.get(one.member, {}),
        )
        for one in counts
    ]


def problems(files: Sequence[FileReport], counts: Sequence[FileCount]) -> list[str]:
    """What a person must look at, one line each: unread files, counts that do not agree, units
    that failed."""
    found = []
    for file, count in zip(files, counts, strict=True):
        if file.state == UNREADABLE:
            found.append(f"{file.member}: not read: {file.reason}")
            continue
        if not file.balanced:
            found.append(
                f"{file.member}: {file.units} units, but {file.joined + file.tally.total} "
                "accounted for: report this as a fault of the program"
            )
        if not file.agrees:
            found.append(f"{file.member}: declares {file.declared} elements, {file.read} were read")
        if file.state != KEPT and not count.complete and file.reason:
            found.append(f"{file.member}: {file.reason}")
        if file.tally.failed:
            found.append(f"{file.member}: {file.tally.failed} could not be read; kept as received")
    return found


def met_again(destroyed: Mapping[str, int]) -> list[str]:
    """What the download holds that was destroyed before, one line for each number."""
    return [
        f"destroyed before, under {number}, and not taken in again: {count:,}; the download, which "
        "is kept as it was given, holds them"
        for number, count in sorted(destroyed.items())
    ]


def oddities(counts: Sequence[FileCount]) -> list[str]:
    """What was taken although it was not quite right, one line each."""
    found = []
    for count in counts:
        if count.repaired:
            found.append(
                f"{count.member}: elements that are no proper JSON: {count.repaired:,}, read all "
                "the same and kept as received"
            )
        if count.garbled:
            found.append(
                f"{count.member}: texts that look garbled (UTF-8 taken for Latin-1): "
                f"{count.garbled:,}, kept as received"
            )
    if mended := [count.mended for count in counts if count.mended]:
        found.append(
            "texts that the platform garbled (UTF-8 written as Latin-1), read again without loss: "
            f"{sum(mended):,}, in {_files(len(mended))}; the garbled form is kept with each record"
        )
    return found


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"
