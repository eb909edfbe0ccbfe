"""Two records of a pair laid side by side: where each stands, and in what they differ."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.archive.pairs import partners_of
from archiver.archive.pairs_differing import Difference, differences, told_by
from archiver.archive.reading import Evidence, Record, evidence_of, record, version


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A record that counts as one with another: the evidence of its current version, and what
    differs (`one` is what the record says that it is laid beside, `other` what this one says).
    `kept` says that it is the one in view."""

    record: Record
    evidence: Evidence
    observed_at: str
    differences: tuple[Difference, ...]
    kept: bool


def counterparts_of(connection: sqlite3.Connection, of: Record) -> list[Counterpart]:
    """The records that count as one with a record, the one in view first."""
    found = []
    for number in partners_of(connection, [of.id]).get(of.id, ()):
        other = record(connection, number)
        if other is not None:
            found.append(laid_beside(connection, of, other))
    return sorted(found, key=lambda each: not each.kept)


def laid_beside(connection: sqlite3.Connection, of: Record, other: Record) -> Counterpart:
    """One record beside another of the same file, whether they count as one or not."""
    shown = version(connection, other.version_id)
    assert shown is not None
    told = told_by(connection, [of.version_id, other.version_id])
    kept = connection.execute("SELECT 1 FROM pairs WHERE derived_id = ?", (other.id,)).fetchone()
    return Counterpart(
        other,
        evidence_of(connection, shown),
        shown.observed_at,
        differences(told[of.version_id], told[other.version_id]),
        kept is None,
    )
