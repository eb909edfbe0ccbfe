"""What was captured of which account, day by day: what a clerk signs as a diligent search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.archive.coverage import Stretch, stretches
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
_RANK = {"complete": 3, "partial": 2, "none": 1}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of one kind. `mark` leads to the reason below; a complete day has one only where it was
    filled from a download."""

    state: str
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of one account over the days shown."""

    name: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why days are not complete, or what filled them. `mark` is the letter in the cells."""

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


def show(visit: Visit, asked: Asked) -> Answer:
    """The last four weeks by account and kind, each gap with its reason."""
    zone = visit.desk.settings.time_zone
    today = clock.now().astimezone(clock.zone(zone)).date()
    days = [today - dt.timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    with visit.office() as office:
        accounts = list_accounts(office, include_closed=False, sources=False)
        ran = nights(office, limit=10)
    since = clock.start_of_day(days[0], zone)
    with visit.evidence() as files:
        covered = []
        for account in accounts:
            found = {
                what: stretches(files["archive"], account.id, what, zone, since=since)
                for what in _NAMES
                if visit.private or what not in _PRIVATE
            }
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
    found: Mapping[str, Sequence[Stretch]],
    days: Sequence[dt.date],
    zone: str,
    newest: str | None,
) -> Covered:
    marks: dict[tuple[str, str, str], str] = {}
    lines = [
        Line(_NAMES[what], [_cell(of_kind, day, zone, _NAMES[what], marks) for day in days])
        for what, of_kind in found.items()
        if of_kind
    ]
    reasons = [Reason(mark, kind, state, told) for (kind, state, told), mark in marks.items()]
    return Covered(account, lines, reasons, newest)


def _cell(
    found: Sequence[Stretch],
    day: dt.date,
    zone: str,
    name: str,
    marks: dict[tuple[str, str, str], str],
) -> Cell:
    start = clock.start_of_day(day, zone)
    end = clock.start_of_day(day + dt.timedelta(days=1), zone)
    over = [each for each in found if each.end > start and (each.start or "") < end]
    if not over:
        return Cell("empty", "")
    state, reason = _of_day(over, start, end, zone)
    if state == "complete" and not reason:
        return Cell("complete", "")
    return Cell(state, marks.setdefault((name, state, reason), _mark(len(marks))))


def _of_day(over: Sequence[Stretch], start: str, end: str, zone: str) -> tuple[str, str]:
    """A day is complete where all of it is; otherwise the least of it says why it is not."""
    least = min(over, key=lambda each: _RANK[each.state])
    if least.state != "complete":
        whole = all(each.state == least.state for each in over)
        return (least.state if whole else "partial"), least.reason
    if over[-1].end < end:
        return "partial", f"covered up to {clock.shown(over[-1].end, zone)}"
    if (over[0].start or "") > start:
        return "partial", f"covered from {clock.shown(over[0].start or start, zone)}"
    return "complete", next((each.reason for each in over if each.reason), "")


def _mark(number: int) -> str:
    """A, B … Z, AA, AB …: no two reasons of an account share one."""
    more, at = divmod(number, 26)
    return (_mark(more - 1) if more else "") + chr(ord("A") + at)


def _months(days: Sequence[dt.date]) -> list[tuple[str, int]]:
    months: list[tuple[str, int]] = []
    for day in days:
        name = f"{day:%b}"
        if months and months[-1][0] == name:
            months[-1] = (name, months[-1][1] + 1)
        else:
            months.append((name, 1))
    return months
