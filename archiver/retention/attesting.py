"""The city attorney's word on a series: until then it keeps records and lets none go."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver.register.attestations import Attestation, attest, attested, wording_digest
from archiver.retention.schedules import Schedule, Series

ATTESTATION_KIND = "retention series"


def series_digest(schedule: Schedule, series: Series) -> str:
    """SHA-256 of all that decides with a series; a changed condition or period needs a new word.
    What a series does not make use of is left out, so that a word given before the format had it
    still holds."""
    later = ("event", "year_end", "exception", "never")
    conditions = {
        name: getattr(series.when, name)
        for name in series.when.__struct_fields__
        if name not in ("language", "policy") or getattr(series.when, name) is not None
    }
    return wording_digest(
        {
            "schedule": schedule.id,
            "code": series.code,
            "cutoff": series.cutoff.value,
            "period": series.period.words,
            "authority": series.authority,
            "when": conditions,
            **{name: getattr(series, name) for name in later if getattr(series, name)},
        }
    )


def attest_series(
    conn: sqlite3.Connection,
    schedule: Schedule,
    code: str,
    *,
    actor: str,
    attorney: str,
    on: dt.date,
    note: str | None = None,
) -> Attestation:
    """Record the city attorney's attestation of a series as it stands in the schedule.

    Raises InputError where there is no such series, RuleError where no attorney is named.
    """
    series = schedule.find(code)
    return attest(
        conn,
        actor=actor,
        kind=ATTESTATION_KIND,
        subject=_subject(schedule, series),
        digest=series_digest(schedule, series),
        attorney=attorney,
        on=on,
        note=note,
    )


def attestation_of(
    conn: sqlite3.Connection, schedule: Schedule, series: Series
) -> Attestation | None:
    """The attestation in force for a series as it stands, or None."""
    return attested(
        conn, ATTESTATION_KIND, _subject(schedule, series), series_digest(schedule, series)
    )


def _subject(schedule: Schedule, series: Series) -> str:
    return f"{schedule.id}#{series.code}"
