"""What was captured of which account, day by day: what a clerk signs as a diligent search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.database import rows
from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.visits import Visit
from archiver.operations.status import nights
from archiver.register.accounts import Account, list_accounts

_DAYS = 28
_PRIVATE = frozenset({"message", "follower", "following", "block", "mute"})
_NAMES = {
    "post": "Posts",
    "comment": "Comments",
    "message": "Messages",
    "profile": "Profile",
    "reaction": "Reactions",
    "follower": "Followers",
    "following": "Following",
    "block": "Blocks",
    "mute": "Mutes",
}
_BEST = {"complete": 3, "partial": 2, "none": 1}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of one kind. `mark` leads to the reason below; complete days have none."""

    state: str
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of one account over the days shown."""

    name: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why days are not complete. `mark` is the letter that stands in the cells."""

    mark: str
    kind: str
    state: str
    told: str


@dataclass(frozen=True, slots=True)
class Covered:
    """An account with its lines and reasons; without lines nothing was ever captured of it."""

    account: Account
    lines: list[Line]
    reasons: list[Reason]
    newest: str | None


@dataclass(frozen=True, slots=True)
class _Stretch:
    what: str
    start: str | None
    end: str
    state: str
    reason: str


def show(visit: Visit, asked: Asked) -> Answer:
    """The last four weeks by account and kind, each gap with its reason."""
    zone = visit.desk.settings.time_zone
    today = clock.now().astimezone(clock.zone(zone)).date()
    days = [today - dt.timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    with visit.office() as office:
        accounts = list_accounts(office, include_closed=False)
        ran = nights(office, limit=10)
    since = clock.start_of_day(days[0], zone)
    with visit.evidence() as files:
        covered = []
        for account in accounts:
            found = [
                _Stretch(row["what"], row["start_at"], row["end_at"], row["state"], row["reason"])
                for row in rows(
                    files["archive"],
                    "SELECT what, start_at, end_at, state, reason FROM coverage"
                    " WHERE account_id = ? AND end_at >= ? ORDER BY id",
                    account.id,
                    since,
                )
                if visit.private or row["what"] not in _PRIVATE
            ]
            newest = files["archive"].execute(
                "SELECT max(finished_at) FROM runs WHERE account_id = ?", (account.id,)
            )
            covered.append(_covered(account, found, days, zone, newest.fetchone()[0]))
    return Page(
        "coverage.html",
        {"days": days, "months": _months(days), "covered": covered, "nights": ran},
    )


def _covered(
    account: Account,
    found: Sequence[_Stretch],
    days: Sequence[dt.date],
    zone: str,
    newest: str | None,
) -> Covered:
    marks: dict[tuple[str, str, str], str] = {}
    lines = []
    for what, name in _NAMES.items():
        of_kind = [stretch for stretch in found if stretch.what == what]
        if of_kind:
            lines.append(Line(name, [_cell(of_kind, day, zone, name, marks) for day in days]))
    reasons = [Reason(mark, kind, state, told) for (kind, state, told), mark in marks.items()]
    return Covered(account, lines, reasons, newest)


def _cell(
    stretches: Sequence[_Stretch],
    day: dt.date,
    zone: str,
    name: str,
    marks: dict[tuple[str, str, str], str],
) -> Cell:
    start = clock.start_of_day(day, zone)
    end = clock.start_of_day(day + dt.timedelta(days=1), zone)
    over = [
        stretch
        for stretch in stretches
        if (stretch.start is None or stretch.start < end) and stretch.end >= start
    ]
    if not over:
        return Cell("empty", "")
    best = max(over, key=lambda stretch: _BEST.get(stretch.state, 0))
    if best.state == "complete":
        return Cell("complete", "")
    key = (name, best.state, best.reason)
    mark = marks.setdefault(key, chr(ord("A") + len(marks) % 26))
    return Cell(best.state, mark)


def _months(days: Sequence[dt.date]) -> list[tuple[str, int]]:
    months: list[tuple[str, int]] = []
    for day in days:
        name = f"{day:%b}"
        if months and months[-1][0] == name:
            months[-1] = (name, months[-1][1] + 1)
        else:
            months.append((name, 1))
    return months
