"""The two years before which statute forbids destroying a record, and the exceptions it lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.retention.periods import Period, anniversary

FLOOR = Period(years=2)
FLOOR_AUTHORITY: Mapping[str, str] = {
    "city": "Gov. Code § 34090(d)",
    "county": "Gov. Code § 26202",
}
"""Kinds of agency whose records may by statute not be destroyed before they are two years old."""


@dataclass(frozen=True, slots=True)
class FloorException:
    """A kind of record for which statute has a floor of its own. `minimum` None: its text was not
    read, so it lowers nothing."""

    code: str
    section: str
    agency: str
    minimum: Period | None
    about: str


EXCEPTIONS: Mapping[str, FloorException] = {
    each.code: each
    for each in (
        FloorException(
            "34090.6-video",
            "Gov. Code § 34090.6",
            "city",
            Period(years=1),
            "routine video monitoring, one year",
        ),
        FloorException(
            "34090.6-recording",
            "Gov. Code § 34090.6",
            "city",
            Period(days=100),
            "recordings of telephone and radio, 100 days",
        ),
        FloorException(
            "34090.7-video",
            "Gov. Code § 34090.7",
            "city",
            Period(days=90),
            "video of a meeting of which minutes or sound are kept, 90 days after the event",
        ),
        FloorException(
            "34090.8",
            "Gov. Code § 34090.8",
            "city",
            None,
            "video systems of a transit agency; the text was not read",
        ),
        FloorException(
            "26202.6-video",
            "Gov. Code § 26202.6",
            "county",
            Period(years=1),
            "routine video monitoring, one year",
        ),
        FloorException(
            "26202.6-recording",
            "Gov. Code § 26202.6",
            "county",
            Period(days=100),
            "recordings of telephone and radio, 100 days",
        ),
        FloorException(
            "53160-video",
            "Gov. Code § 53160",
            "district",
            Period(years=1),
            "routine video monitoring, one year",
        ),
        FloorException(
            "53160-recording",
            "Gov. Code § 53160",
            "district",
            Period(days=100),
            "recordings of telephone and radio, 100 days",
        ),
    )
}
"""Every exception a schedule may claim for a series, by its code."""


def exception_of(agency_kind: str, code: str) -> FloorException | None:
    """The exception of that code where it is open to the kind of agency and its text was read."""
    found = EXCEPTIONS.get(code)
    if found is None or found.agency != agency_kind or found.minimum is None:
        return None
    return found


def floor_day(agency_kind: str, latest_on: dt.date, exception: str) -> dt.date | None:
    """The day before which statute forbids destroying a record whose latest fact is of `latest_on`,
    whatever a schedule says; None: no statute says one."""
    if agency_kind not in FLOOR_AUTHORITY:
        return None
    lower = exception_of(agency_kind, exception)
    period = FLOOR if lower is None or lower.minimum is None else lower.minimum
    return anniversary(latest_on, period)
