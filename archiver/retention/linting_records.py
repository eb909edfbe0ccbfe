"""The linter with a home: how many records a schedule leaves without a series, and which of its
series nothing falls into."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.retention.attesting import attestation_of
from archiver.retention.facts import facts_of_all
from archiver.retention.in_force import rulebook
from archiver.retention.linting_words import NOTE, WARNING, Finding
from archiver.retention.reporting import FILES
from archiver.retention.schedules import KINDS, HoldingKind, Schedule
from archiver.retention.toml_lines import lines_of

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Falling:
    """How many records of a home fall into each series (`winning` where it wins, `applying` where
    it applies at all, by code), and how many of each kind into none."""

    records: int
    winning: dict[str, int]
    applying: dict[str, int]
    without: dict[str, int]


def attested_codes(office: sqlite3.Connection, schedule: Schedule) -> list[str]:
    """The codes of the series the city attorney has attested as they stand in a schedule."""
    return [each.code for each in schedule.series if attestation_of(office, schedule, each)]


def falling(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    schedule: Schedule,
    accounts: Sequence[Account],
    *,
    progress: Progress | None = None,
) -> Falling:
    """Put every record of a home before a schedule. Reads only."""
    book = rulebook(office, settings, archive.home.path, accounts, schedule=schedule)
    winning: Counter[str] = Counter()
    applying: Counter[str] = Counter()
    without: Counter[str] = Counter()
    records = 0
    for access in FILES.values():
        for batch in facts_of_all(archive.file(access), settings.time_zone, size=BATCH):
            records += len(batch)
            for facts in batch:
                ruling = book.rule(facts)
                if ruling is None:
                    without[facts.kind] += 1
                    continue
                winning[ruling.winner.series.code] += 1
                applying.update(term.series.code for term in ruling.terms)
            if progress:
                progress("reading records", records, None)
    return Falling(records, dict(winning), dict(applying), dict(without))


def falling_findings(text: str, name: str, schedule: Schedule, fallen: Falling) -> list[Finding]:
    """What that means for the schedule, as the linter's findings."""
    lines = lines_of(text)
    found = [
        Finding(
            *(name, lines.at("series"), None, "records without a series", WARNING),
            f"{count:,} records ({kind}) of this home fall into no series: they are kept until one "
            "takes them in.",
        )
        for kind, count in sorted(fallen.without.items())
    ]
    for place, series in enumerate(schedule.series):
        of_records = any(
            kind not in set(HoldingKind) for kind in (series.when.kind or KINDS)
        ) and series.when.policy != ["lists of subscribers"]
        if not of_records or fallen.winning.get(series.code):
            continue
        applies = fallen.applying.get(series.code, 0)
        sentence = (
            f"applies to {applies:,} records of this home and wins for none."
            if applies
            else "no record of this home falls into it."
        )
        found.append(
            Finding(name, lines.at("series", place), series.code, "empty series", NOTE, sentence)
        )
    return found
