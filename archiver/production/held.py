"""What the archive holds of the city's accounts, for the statement of search.

All accounts, whatever a volume holds. Every stretch of time is told as the runs stated it, and what
no run covered is told as that: it is what a clerk signs as a diligent search. What is told alike of
several kinds, or of several accounts, is told once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from archiver import clock
from archiver.archive.coverage import Stretch, stretches
from archiver.archive.store import Archive
from archiver.database import rows
from archiver.items import Access
from archiver.production.release import Coverage, Held, Stated
from archiver.register.accounts import list_accounts

_KINDS = {
    "post": "posts",
    "comment": "comments",
    "reaction": "reactions",
    "message": "messages",
    "profile": "profile",
    "follower": "followers",
    "following": "accounts followed",
    "block": "accounts blocked",
    "mute": "accounts muted",
}
_MOST_LINES = 8
_SHORT_DAYS = 2

Account = tuple[str, str]
"""Platform and handle."""
Block = tuple[str, tuple[str, ...]]
"""Platform and the handles of accounts."""
Lines = tuple[Stated, ...]


def coverage(office: sqlite3.Connection, archive: Archive, time_zone: str) -> tuple[Coverage, ...]:
    """What is held of every account, those alike together, by platform and account."""
    told = {
        (each["platform"], _name(each["handle"])): _kinds(archive, each["id"], time_zone)
        for each in rows(
            archive.file(Access.PUBLIC),
            "SELECT id, platform, handle FROM accounts WHERE account_class <> 'forwarded'",
        )
    }
    for account in list_accounts(office, sources=False):
        told.setdefault((account.platform, _name(account.handle)), {})
    return tuple(_together(told))


def _name(handle: str) -> str:
    return f"@{handle.removeprefix('@')}" if handle else ""


def _kinds(archive: Archive, account_id: int, time_zone: str) -> dict[str, Lines]:
    public = archive.file(Access.PUBLIC)
    found = rows(public, "SELECT DISTINCT what FROM coverage WHERE account_id = ?", account_id)
    order = {what: at for at, what in enumerate(_KINDS)}
    whats = sorted((each["what"] for each in found), key=lambda what: order.get(what, len(order)))
    return {
        _KINDS.get(what, what): _stated(stretches(public, account_id, what, time_zone), time_zone)
        for what in whats
    }


def _together(told: Mapping[Account, Mapping[str, Lines]]) -> Iterable[Coverage]:
    """Kinds told alike of an account, then the accounts of which the same is told."""
    alike: dict[tuple[str, tuple[str, ...], Lines], list[str]] = {}
    for (platform, handle), kinds in sorted(told.items()):
        by_lines: dict[Lines, list[str]] = {}
        for kind, lines in kinds.items():
            by_lines.setdefault(lines, []).append(kind)
        for lines, whole in by_lines.items():
            alike.setdefault((platform, tuple(whole), lines), []).append(handle)
        if not kinds:
            alike.setdefault((platform, (), ()), []).append(handle)
    blocks: dict[Block, list[Held]] = {}
    for (platform, what, lines), names in alike.items():
        blocks.setdefault((platform, tuple(names)), []).append(Held(what, lines))
    for (platform, accounts), held in sorted(blocks.items(), key=lambda each: _order(each[0])):
        yield Coverage(platform, accounts, tuple(each for each in held if each.what))


def _order(block: Block) -> tuple[str, int, tuple[str, ...]]:
    platform, handles = block
    return platform, -len(handles), handles


def _stated(found: Sequence[Stretch], time_zone: str) -> Lines:
    """A line for each stretch; a history of many, by state and reason with all their days."""
    lines: dict[tuple[str, str, int], list[str]] = {}
    for at, one in enumerate(found):
        state = one.state if one.by_run else ""
        place = 0 if len(found) > _MOST_LINES else at
        lines.setdefault((state, one.reason, place), []).append(_days(one, time_zone))
    return tuple(
        Stated("; ".join(days), state, reason) for (state, reason, _), days in lines.items()
    )


def _days(one: Stretch, time_zone: str) -> str:
    """A stretch in days; a short hole between two runs to the minute."""
    last = clock.shown_day(one.last, weekday=False)
    if one.first is None:
        return f"the beginning to {last}"
    if one.start is not None and not one.by_run and (one.last - one.first).days < _SHORT_DAYS:
        whole = one.start == clock.start_of_day(one.first, time_zone)
        if not whole:
            return f"{clock.shown(one.start, time_zone)} to {clock.shown(one.end, time_zone)}"
    first = clock.shown_day(one.first, weekday=False)
    return last if first == last else f"{first} to {last}"
