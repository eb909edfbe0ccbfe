"""Requests that may ask for the same as one, each with the reason. Nothing is linked by itself."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from archiver import clock
from archiver.database import rows
from archiver.requests.clustering.likeness import FEWEST_WORDS, MOST_WORDS, NEAR, words_of
from archiver.requests.intake import Request, get_request
from archiver.requests.receiving.relating import Relation, related_to
from archiver.requests.receiving.scope import Scope, scope_of

YEARS = 2
"""How far back a request is looked for: the floor of Gov. Code § 34090 for most of what it asks."""
_SAME = "the same words"
_LONGER = NEAR / (2 - NEAR)
_DIGITS = re.compile(r"\d")
_FEWEST_SHARED = 0.3
_LOOKED_AT = 4_000
_FEWEST_DIGITS = 7
_HANDLE = re.compile(r"(\w+):\s*(@[\w.-]+)")
_ADDRESS = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+")


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Another request and why it may belong to this one, the strongest reason first; `relation` is
    what the two most likely are."""

    other: Request
    reasons: tuple[str, ...]
    relation: Relation


def resembling(conn: sqlite3.Connection, request: Request, limit: int = 5) -> list[Resemblance]:
    """The requests received within two years before or after one that say nearly the same, come
    from whom is reached in the same way, or cover the same, and are not linked to it; the nearest
    first. Practice is compared with practice."""
    linked = {each.other.id for each in related_to(conn, request)}
    words, mine = words_of(request.verbatim), scope_of(conn, request)
    pieces = _pieces(request.verbatim)
    reached = reach_of(request.contact or "")
    begin, end = (_years_from(request.received_at, years) for years in (-YEARS, YEARS))
    found: list[tuple[int, int, str, tuple[str, ...]]] = []
    for each in rows(conn, _OTHERS, request.id, request.practice, begin, end):
        if each["id"] in linked:
            continue
        told = [
            _said(request, words, pieces, each["verbatim"]),
            (2, _covered(mine, _scope(each)) if each["accounts"] is not None else ""),
            (1, _reached_alike(reached, each["contact"] or "")),
        ]
        reasons = tuple(reason for _, reason in told if reason)
        if reasons:
            weight = sum(points for points, reason in told if reason)
            found.append((-weight, -each["id"], each["number"], reasons))
    return [
        Resemblance(
            get_request(conn, number),
            reasons,
            Relation.DUPLICATE if reasons[0] == _SAME else Relation.RELATED,
        )
        for _, _, number, reasons in sorted(found)[:limit]
    ]


_OTHERS = """
    SELECT r.id, r.number, r.verbatim, r.contact, s.accounts, s.start_day, s.end_day, s.topics,
        s.kinds
    FROM requests AS r LEFT JOIN request_scopes AS s ON s.id = (
        SELECT max(id) FROM request_scopes WHERE request_id = r.id
    )
    WHERE r.id <> ?1 AND r.practice = ?2 AND r.received_at BETWEEN ?3 AND ?4
"""


def _years_from(moment: str, years: int) -> str:
    """The moment of the same date in another year, for comparing stored moments as text."""
    return f"{max(0, int(moment[:4]) + years):04d}{moment[4:]}"


def reach_of(contact: str) -> frozenset[str]:
    """The addresses, handles and telephone numbers of a contact, as they are compared."""
    addresses = {each.casefold().strip(".") for each in _ADDRESS.findall(contact)}
    digits = "".join(_DIGITS.findall(_HANDLE.sub(" ", _ADDRESS.sub(" ", contact))))
    handles = {f"{platform}:{name}".casefold() for platform, name in _HANDLE.findall(contact)}
    # with the country in front or not, a number is told by its last ten digits
    number = {digits[-10:]} if len(digits) >= _FEWEST_DIGITS else set()
    return frozenset(addresses | handles | number)


def _said(
    request: Request, words: Sequence[str], pieces: frozenset[str], verbatim: str
) -> tuple[int, str]:
    # what differs so much in length shares too few words: most texts are not taken apart
    shorter, longer = sorted((len(request.verbatim), len(verbatim)))
    if shorter * 4 < longer * _LONGER:
        return 0, ""
    theirs_in_pieces = _pieces(verbatim)
    fewer = min(len(pieces), len(theirs_in_pieces))
    if fewer > FEWEST_WORDS and len(pieces & theirs_in_pieces) < _FEWEST_SHARED * fewer:
        return 0, ""
    theirs = words_of(verbatim)
    if not words or not theirs:
        return 0, ""
    if words == theirs:
        return 4, _SAME
    if min(len(words), len(theirs)) < max(FEWEST_WORDS, _LONGER * max(len(words), len(theirs))):
        return 0, ""
    mine, other = Counter(words[:MOST_WORDS]), Counter(theirs[:MOST_WORDS])
    share = 2 * (mine & other).total() / (mine.total() + other.total())
    return (3, f"nearly the same words ({int(100 * share)} %)") if share >= NEAR else (0, "")


def _pieces(text: str) -> frozenset[str]:
    """What stands between spaces: ten times as fast as words, and near texts share most of it."""
    return frozenset(text[:_LOOKED_AT].lower().split())


def _reached_alike(mine: frozenset[str], contact: str) -> str:
    return "the requester is reached in the same way" if mine & reach_of(contact) else ""


def _covered(mine: Scope, theirs: Scope) -> str:
    """What two scopes share: a topic, or accounts together with days, and nothing that parts
    them."""
    accounts = set(mine.accounts) & set(theirs.accounts)
    apart = mine.accounts and theirs.accounts and not accounts
    days = _days(mine, theirs)
    if apart or days is None:
        return ""
    known = {topic.casefold() for topic in theirs.topics}
    topics = [topic for topic in mine.topics if topic.casefold() in known]
    if topics:
        return f"it covers the same: {', '.join(topics[:3])}"
    if accounts and days:
        return f"it covers the same accounts, {days}"
    return ""


def _days(mine: Scope, theirs: Scope) -> str | None:
    """The days two scopes share, in words; "" where one of them names none, None where they
    exclude each other."""
    start = max(filter(None, (mine.start_day, theirs.start_day)), default=None)
    end = min(filter(None, (mine.end_day, theirs.end_day)), default=None)
    if start and end and start > end:
        return None
    if not all(each.start_day or each.end_day for each in (mine, theirs)):
        return ""
    words = [f"from {clock.shown_day(start, weekday=False)}"] if start else []
    words += [f"to {clock.shown_day(end, weekday=False)}"] if end else []
    return " ".join(words)


def _scope(found: sqlite3.Row) -> Scope:
    if found["accounts"] is None:
        return Scope()
    start, end = (
        dt.date.fromisoformat(found[name]) if found[name] else None
        for name in ("start_day", "end_day")
    )
    return Scope(
        0,
        tuple(msgspec.json.decode(found["accounts"])),
        *(start, end),
        tuple(msgspec.json.decode(found["topics"])),
        tuple(msgspec.json.decode(found["kinds"])),
    )
