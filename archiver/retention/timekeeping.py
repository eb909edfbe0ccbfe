"""Whether the machine's clock can be right, before a date is reckoned by it.

What the archive knows itself tells: nothing in it can be younger than now, and a city that marks
every night does not fall silent for years.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator

from archiver import clock
from archiver.archive.store import Archive
from archiver.database import row, rows, write_transaction
from archiver.errors import RuleError
from archiver.items import Access
from archiver.register.office import audit

TOLERANCE = dt.timedelta(minutes=10)
"""A clock that is set right by the network steps back this far at most."""
SILENCE = dt.timedelta(days=400)
"""So long after the last marking, night or seal a clock is doubted."""
NEXT_STEP = (
    "set the clock right, or if it is right run `archiver retention mark --accept-clock` once"
)


class ClockError(RuleError):
    """The machine's clock contradicts what the archive holds."""


def check_clock(
    archive: Archive, office: sqlite3.Connection, *, accept: bool = False, actor: str = "retention"
) -> None:
    """Raise ClockError where the clock lies before the last thing the archive knows, or years after
    it. `accept` takes it as right instead, and says in the audit who did.

    office.db keeps one row for each day the clock passed: a clock that was wrong once cannot make
    itself right by the seals and nights it dated.
    """
    now = clock.now()
    newest = max((at for _, at in _known(archive, office)), default=None)
    doubt = _doubt(archive, office, now)
    if doubt is not None and not accept:
        raise ClockError(f"nothing was done: {doubt}: {NEXT_STEP}")
    at = clock.to_text(now)
    if doubt is not None:
        with write_transaction(office):
            _note(office, at, newest, "accepted")
            detail = {"known": newest, "doubt": doubt}
            audit(office, actor=actor, action="clock accepted", subject="clock", detail=detail)
        return
    last = row(office, "SELECT at FROM retention_clock ORDER BY id DESC LIMIT 1")
    if last is None or last["at"][:10] != at[:10]:
        with write_transaction(office):
            _note(office, at, newest, "passed")


def _doubt(archive: Archive, office: sqlite3.Connection, now: dt.datetime) -> str | None:
    """What speaks against the clock, or None."""
    said = clock.to_text(now)
    accepted = rows(office, "SELECT at, newest FROM retention_clock WHERE how = 'accepted'")
    for what, at in _known(archive, office):
        # dated by a clock that a person has since declared wrong
        if any(each["at"] < at <= (each["newest"] or "") for each in accepted):
            continue
        if clock.parse(at) - now > TOLERANCE:
            return f"the machine's clock says {said}, which is before {what}, {at}"
    last = row(office, "SELECT at FROM retention_clock ORDER BY id DESC LIMIT 1")
    seen = [last["at"]] if last else [*_seals(archive), *_nights(office)]
    if seen and now - clock.parse(max(seen)) > SILENCE:
        return (
            f"the machine's clock says {said}, more than {SILENCE.days} days after the last "
            f"marking, night or seal, {max(seen)}"
        )
    return None


def _note(office: sqlite3.Connection, at: str, newest: str | None, how: str) -> None:
    office.execute(
        "INSERT INTO retention_clock (at, newest, how) VALUES (?, ?, ?)", (at, newest, how)
    )


def _known(archive: Archive, office: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """The last thing of each sort the archive holds, and its time."""
    for at in _seals(archive):
        yield "the last seal", at
    for at in _nights(office):
        yield "the last nightly run", at
    for conn in (office, *(archive.file(access) for access in Access)):
        audited = row(conn, "SELECT at FROM audit ORDER BY id DESC LIMIT 1")
        if audited is not None:
            yield "the last entry of the audit", audited["at"]
    for access in Access:
        conn = archive.file(access)
        run = row(
            conn,
            "SELECT coalesce(finished_at, started_at) AS at FROM runs ORDER BY id DESC LIMIT 1",
        )
        seen = row(conn, "SELECT observed_at AS at FROM versions ORDER BY id DESC LIMIT 1")
        for captured in (run, seen):
            if captured is not None:
                yield "the last capture", captured["at"]


def _seals(archive: Archive) -> Iterator[str]:
    found = row(archive.public, "SELECT sealed_at FROM seals ORDER BY n DESC LIMIT 1")
    if found is not None:
        yield found["sealed_at"]


def _nights(office: sqlite3.Connection) -> Iterator[str]:
    """The last finished night; the one under way is dated by the clock in question."""
    held = row(office, "SELECT 1 FROM sqlite_master WHERE name = 'nightly_runs'")
    if held is None:
        return
    found = row(
        office,
        """
        SELECT finished_at FROM nightly_runs WHERE finished_at IS NOT NULL
        ORDER BY id DESC LIMIT 1
        """,
    )
    if found is not None:
        yield found["finished_at"]
