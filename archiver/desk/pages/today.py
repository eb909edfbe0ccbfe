"""The first page: what needs somebody today, and how the last night went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver import clock
from archiver.archive.search import Filters, search
from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.forwards_todo import forwards_todo
from archiver.desk.intake_todo import intake_todo
from archiver.desk.pages.requests import lines_of
from archiver.desk.requests_todo import requests_todo
from archiver.desk.retention_todo import retention_todo
from archiver.desk.states import State
from archiver.desk.visits import Visit
from archiver.desk.words import counted, state_name
from archiver.operations.backups import (
    BackupMade,
    RestoreTest,
    backup_is_old,
    restore_test_is_old,
)
from archiver.operations.status import Night, nights, safety
from archiver.register.accounts import list_accounts
from archiver.requests.timing.recounting import Moved, moved_since
from archiver.staff.roles import VIEW_REQUESTS, VIEW_RETENTION, VIEW_STATUS

_NIGHTS = 14
_MOVED_DAYS = 7
_BADGES = {"complete": State("Complete", "ok"), "partial": State("With gaps", "warn")}
_COUNT_MS = 15


@dataclass(frozen=True, slots=True)
class Problem:
    """An account whose last night went wrong."""

    lead: str
    since: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class LastNight:
    """The last nightly run as the page shows it."""

    finished_at: str
    badge: State
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A night in the chart."""

    x: int
    y: float
    height: float
    count: int


def show(visit: Visit, asked: Asked) -> Answer:
    """Requests by date, then what is wrong with the archive, then the night."""
    lines = lines_of(visit) if visit.may(VIEW_REQUESTS) else []
    problems: list[Problem] = []
    status: dict[str, object] = {"night": None, "bars": [], "bars_title": "", "bars_first": ""}
    if visit.may(VIEW_STATUS):
        with visit.office() as office:
            ran = nights(office, limit=_NIGHTS)
            active = len(list_accounts(office, include_closed=False, sources=False))
            kept_safe = _kept_safe(visit, *safety(office))
        problems = _problems(visit, ran)
        holdings = _holdings(visit, active)
        status = _night(visit, ran) | {"holdings": holdings, "kept_safe": kept_safe}
    moved = _moved(visit) if visit.may(VIEW_REQUESTS) else []
    todo = retention_todo(visit) if visit.reaches(VIEW_RETENTION) else []
    came = intake_todo(visit)
    waiting = [*requests_todo(visit), *forwards_todo(visit)]
    needed = len(lines) + len(problems) + len(todo) + len(came) + len(waiting)
    now = clock.now().astimezone(clock.zone(visit.desk.settings.time_zone))
    return Page(
        "today.html",
        {
            "long_day": f"{now:%A} {now.day} {now:%B} {now.year}",
            "greeting": _greeting(now.hour, visit.person.name.split()[0], needed),
            "lines": lines,
            "moved": moved,
            "problems": problems,
            "todo": todo,
            "came": came,
            "waiting": waiting,
            **status,
        },
    )


def _moved(visit: Visit) -> list[Moved]:
    """Open requests whose dates moved within the last week, with what moved them."""
    since = clock.to_text(clock.now() - dt.timedelta(days=_MOVED_DAYS))
    with visit.office() as office:
        return moved_since(office, since)


def _greeting(hour: int, name: str, needed: int) -> str:
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    small = ["Nothing", "One thing", "Two", "Three", "Four", "Five", "Six", "Seven"]
    if needed == 0:
        return f"Good {part}, {name}. Nothing is due."
    if needed == 1:
        return f"Good {part}, {name}. One thing needs you."
    many = small[needed] if needed < len(small) else str(needed)
    return f"Good {part}, {name}. {many} things need you."


def _problems(visit: Visit, ran: Sequence[Night]) -> list[Problem]:
    """Accounts that went wrong last night, with how many nights in a row."""
    if not ran:
        return []
    found = []
    for account in _went_wrong(ran[0]):
        name = str(account.get("account"))
        running = 0
        since = ran[0].started_at
        for night in ran:
            if name not in {str(each.get("account")) for each in _went_wrong(night)}:
                break
            running += 1
            since = night.started_at
        message = str(account.get("message") or "see the log of the nightly run")
        told = "Nothing was captured" if account.get("outcome") == "failed" else "Captured in part"
        day = clock.shown_day(
            clock.local_day(since, visit.desk.settings.time_zone), weekday=False, year=False
        )
        found.append(
            Problem(counted(running, "night"), f"since {day}", name, f"{told}: {message}.")
        )
    return found


def _went_wrong(night: Night) -> list[Mapping[str, Any]]:
    return [each for each in _accounts(night) if each.get("outcome") in ("failed", "partial")]


def _accounts(night: Night) -> list[Mapping[str, Any]]:
    listed = night.summary.get("accounts")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _night(visit: Visit, ran: Sequence[Night]) -> dict[str, object]:
    if not ran or ran[0].finished_at is None:
        return {"night": None, "bars": [], "bars_title": "", "bars_first": ""}
    last = ran[0]
    accounts = _accounts(last)
    good = sum(each.get("outcome") == "complete" for each in accounts)
    asked_for = sum(each.get("outcome") != "import only" for each in accounts)
    facts = [
        ("New records", f"{_count(last, 'stored'):,}"),
        ("Edited", f"{_count(last, 'new version'):,}"),
        ("Gone", f"{_count(last, 'gone'):,}"),
        ("Accounts", f"{good} of {asked_for} complete"),
    ]
    counts = [_count(night, "stored") for night in reversed(ran)]
    shown = clock.shown_day(
        clock.local_day(ran[-1].started_at, visit.desk.settings.time_zone),
        weekday=False,
        year=False,
    )
    return {
        "night": LastNight(last.finished_at or "", _BADGES.get(last.outcome or "", _FAILED), facts),
        "bars": _bars(counts),
        "bars_title": (
            f"New records on each of the last {len(counts)} nights, between {min(counts):,} and "
            f"{max(counts):,}; {counts[-1]:,} last night"
        ),
        "bars_first": shown,
    }


_FAILED = State("Failed", "bad")


def _count(night: Night, name: str) -> int:
    total = 0
    for account in _accounts(night):
        counts = account.get("counts")
        if isinstance(counts, dict):
            total += int(counts.get(name, 0))
    return total


def _bars(counts: Sequence[int]) -> list[Bar]:
    if len(counts) < 2:
        return []
    highest = max(counts) or 1
    start = 280 - 20 * len(counts) + 6
    return [
        Bar(
            start + 20 * place,
            round(70 - 58 * count / highest, 1),
            round(58 * count / highest, 1),
            count,
        )
        for place, count in enumerate(counts)
    ]


def _kept_safe(
    visit: Visit, made: BackupMade | None, tested: RestoreTest | None
) -> list[tuple[str, State, str]]:
    """The last backup and the last tested restore: when, and a badge where it is too long ago."""
    settings = visit.desk.settings
    zone = settings.time_zone
    lines = []
    for name, at, old, failed in (
        ("Last backup", made.at if made else None, backup_is_old(made, settings), False),
        (
            "Last tested restore",
            tested.at if tested else None,
            restore_test_is_old(tested, settings),
            tested is not None and tested.outcome != "passed",
        ),
    ):
        if at is None:
            badge, told = State("Never", "warn"), ""
        elif failed:
            badge, told = _FAILED, clock.shown(at, zone)
        else:
            badge = State("Too long ago", "warn") if old else State("")
            told = clock.shown(at, zone)
        lines.append((name, badge, told))
    return lines


def _holdings(visit: Visit, active: int) -> list[tuple[str, str]]:
    """What the archive holds, as far as this person may know, counted within a time budget."""
    zone = visit.desk.settings.time_zone
    with visit.evidence() as files:
        everything = search(files, "", Filters(), time_zone=zone, size=1, budget_ms=_COUNT_MS)
        sealed = files["archive"].execute("SELECT max(sealed_at) FROM seals").fetchone()[0]
    least = "" if everything.count_exact else "at least "
    states = {each.value: each.count for each in everything.facets.state}
    lines = [
        ("Records", f"{least}{everything.count:,}"),
        ("Accounts", f"{active} active"),
        *(
            (state_name(name), f"{least}{states[name]:,}")
            for name in ("removed",)
            if name in states
        ),
    ]
    lines.append(("Sealed", clock.shown(sealed, zone) if sealed else "Not yet"))
    return lines
