"""What `verify` finds, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.progress import Progress

PER_PLACE = 20
"""So many findings of one place are told one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, and what. Never quotes a record's content."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was checked, how much of it, and what is wrong, the first finding first.

    `anchored` is the moment (UTC) up to which a time stamp from outside dates the archive, where
    one was looked for and found; `anchor_trusted` whether its signature could be checked.
    """

    ok: bool
    checked: Mapping[str, int]
    findings: list[Finding]
    anchored: str | None = None
    anchor_trusted: bool = False


class Findings:
    """Collects findings and counts while a check goes on."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.found: list[Finding] = []
        self.checked: Counter[str] = Counter()
        self._per_place: Counter[str] = Counter()
        self._progress = progress

    def add(self, place: str, row: str, what: str) -> None:
        """Note something wrong in a place (a table or folder of a file), at a row or file."""
        self._per_place[place] += 1
        if self._per_place[place] <= PER_PLACE:
            self.found.append(Finding(f"{place}, {row}" if row else place, what))

    def join(self, other: Findings) -> None:
        """Take over what another check of the same kind found, behind what is here."""
        self.found += other.found
        self.checked.update(other.checked)
        self._per_place.update(other._per_place)

    def tell(self, what: str, done: int, total: int | None) -> None:
        """Tell whoever watches how far the check is."""
        if self._progress:
            self._progress(what, done, total)

    def report(self) -> VerifyReport:
        """The report of all that was checked."""
        findings = list(self.found)
        for place, count in self._per_place.items():
            if count > PER_PLACE:
                findings.append(Finding(place, f"{count - PER_PLACE} more of the same"))
        return VerifyReport(not findings, dict(self.checked), findings)
