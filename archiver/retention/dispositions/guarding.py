"""The clock: nothing is listed or destroyed by a machine that does not know what day it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from archiver import clock
from archiver.archive.seals import last_seal
from archiver.archive.store import Archive
from archiver.database import row
from archiver.errors import RuleError
from archiver.retention.dispositions.outside import Outside

AHEAD = dt.timedelta(days=366)
"""A clock further than this from the last sign of life is taken for wrong: cities run nightly."""


def check_clock(archive: Archive, outside: Outside, done_at: Iterable[str] = ()) -> None:
    """Raise RuleError where the clock stands before what has been done already (`done_at` and the
    archive's own rows, UTC), or more than a year after the last of the archive's nights, seals and
    captures: every period would seem to have passed."""
    outside.check_clock()
    now = clock.now()
    signs = [clock.parse(at) for at in (_last_run(archive), outside.last_night()) if at]
    sealed = last_seal(archive.public)
    if sealed is not None:
        signs.append(clock.parse(sealed.sealed_at))
    latest = max([*signs, *(clock.parse(at) for at in done_at)], default=now)
    if now < latest:
        raise RuleError(
            f"the clock says {clock.to_text(now)}, before {clock.to_text(latest)}, when something "
            "was done already: nothing was done; set it right"
        )
    if signs and now > max(signs) + AHEAD:
        raise RuleError(
            f"the clock says {now.date()}, more than a year after this archive's last sign of life "
            f"({max(signs).date()}): nothing was done; set it right, or let a night run first"
        )


def _last_run(archive: Archive) -> str | None:
    found = row(archive.public, "SELECT max(started_at) AS at FROM runs")
    at: str | None = None if found is None else found["at"]
    return at
