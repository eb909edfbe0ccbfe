"""What would become of records if no hold kept them: eligible now, in which month, or kept anyway.

Read from the marks the records carry. A mark of another schedule or version, a period that is not
attested, and a record without a mark or series make nothing eligible.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from archiver import clock
from archiver.config import Settings
from archiver.database import rows
from archiver.retention.attesting import attestation_of
from archiver.retention.holds import Key
from archiver.retention.in_force import schedule_in_force

SAMPLE = 10


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """A record of a preview; `retain_until` is a day of the agency's zone, or None."""

    file: str
    record_id: int
    series: str | None
    retain_until: str | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What records come to when no hold keeps them. The numbers add up to `records`.

    `eligible_now`: the day has passed and the series was read in the law or attested. `later`:
    by the month (``2027-03``) in which the day comes. `unattested`: the day has passed, but the
    period decides nothing yet. `undated`: kept for ever, waiting for an event, in no series, or
    not marked by the schedule in force. `gone`: no longer in the archive.
    """

    records: int
    eligible_now: int
    later: tuple[tuple[str, int], ...]
    unattested: int
    undated: int
    gone: int
    sample: tuple[SampleRecord, ...]


@dataclass(slots=True)
class Scale:
    """Weighs records by their marks; made by `scale`."""

    today: str
    rules: dict[str, bool]
    counts: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    sample: list[SampleRecord] = field(default_factory=list)

    def weigh(self, file: str, conn: sqlite3.Connection, record_ids: Sequence[int]) -> None:
        """Add records of a file (some thousands at a time)."""
        self.counts["records"] += len(record_ids)
        self.counts["gone"] += len(record_ids)
        for each in rows(
            conn,
            """
            SELECT series, retain_until, retention_rule, count(*) AS records, min(r.id) AS first
            FROM json_each(?) AS wanted CROSS JOIN records AS r ON r.id = wanted.value
            GROUP BY retention_rule, retain_until, series
            """,
            msgspec.json.encode(list(record_ids)).decode(),
        ):
            number, until = each["records"], each["retain_until"]
            self.counts["gone"] -= number
            attested = self.rules.get(each["retention_rule"])
            if attested is None or until is None:
                self.counts["undated"] += number
            elif until > self.today:
                self.months[until[:7]] += number
            elif not attested:
                self.counts["unattested"] += number
            else:
                self.counts["eligible_now"] += number
                if len(self.sample) < SAMPLE:
                    self.sample.append(SampleRecord(file, each["first"], each["series"], until))

    @property
    def outlook(self) -> Outlook:
        """What all of them come to."""
        return Outlook(
            records=self.counts["records"],
            eligible_now=self.counts["eligible_now"],
            later=tuple(sorted(self.months.items())),
            unattested=self.counts["unattested"],
            undated=self.counts["undated"],
            gone=self.counts["gone"],
            sample=tuple(self.sample),
        )


def scale(office: sqlite3.Connection, settings: Settings, base: Path | None) -> Scale:
    """A scale for the schedule in force and today.

    Raises InputError and RuleError as `schedule_in_force` does.
    """
    schedule = schedule_in_force(settings, base)
    today: dt.date = clock.local_day(clock.now_text(), settings.time_zone)
    rules = {
        schedule.rule(series): series.mark == "S"
        or attestation_of(office, schedule, series) is not None
        for series in schedule.series
    }
    return Scale(today.isoformat(), rules)


def by_file(keys: Iterable[Key]) -> dict[str, list[int]]:
    """Record ids by file."""
    found: dict[str, list[int]] = {}
    for file, record_id in keys:
        found.setdefault(file, []).append(record_id)
    return found
