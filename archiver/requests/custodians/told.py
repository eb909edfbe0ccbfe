"""Custodians in the statement of search: whom the city asked, when, where they searched, what they
answered. Addresses and numbers of their own accounts and devices are left out (Gov. Code
§ 7928.300); what they kept back, and on what facts, stands there only where the clerk said so.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.config import Settings
from archiver.requests.custodians.answers import Answer, answers_of, facts_are_shown
from archiver.requests.custodians.asks import (
    Ask,
    Standing,
    asks_of,
    day_in,
    days_in,
    standing_of,
    today_in,
)
from archiver.requests.intake import Request

_ADDRESS = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_NUMBER = re.compile(
    r"(?<![\d-])(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])?\d{3}[\s.-]\d{4}(?![\d-])|\+?\d{7,}"
)
_WAITING = {
    Standing.ASKED: "No answer has come yet.",
    Standing.REMINDED: "No answer has come yet; the custodian was reminded.",
    Standing.OVERDUE: "No answer has come, and it is overdue.",
    Standing.WITHDRAWN: "The city withdrew the ask before it was answered.",
}


@dataclass(frozen=True, slots=True)
class CustodianTold:
    """A custodian as the statement of search names them: `who`, when they were asked (UTC), and
    what there is to say, sentence by sentence."""

    who: str
    asked_at: str
    told: tuple[str, ...]


def custodians_told(
    conn: sqlite3.Connection, settings: Settings, request: Request
) -> tuple[CustodianTold, ...]:
    """Everybody who was asked for a request, in the order they were asked."""
    today = today_in(settings)
    return tuple(
        CustodianTold(
            ask.who,
            ask.at,
            tuple(
                _sentences(
                    ask,
                    standing_of(conn, ask, today),
                    answers_of(conn, ask),
                    facts_shown=facts_are_shown(conn, ask),
                )
            ),
        )
        for ask in asks_of(conn, request)
    )


def _sentences(
    ask: Ask, standing: Standing, answers: Sequence[Answer], *, facts_shown: bool
) -> list[str]:
    told = [f"Asked to look for: {masked(ask.scope)}"]
    if not answers:
        return [*told, _WAITING[standing]]
    for each in answers:
        told += _answer(each, facts_shown=facts_shown)
    return told


def _answer(answer: Answer, *, facts_shown: bool) -> list[str]:
    searched = _flat("\n".join(filter(None, (answer.accounts, answer.devices))))
    words = f"; for: {_flat(answer.terms)}" if answer.terms else ""
    days = days_in(answer.start_day, answer.end_day)
    told = [f"Searched: {searched} ({days}){words}."]
    count = len(answer.files)
    told.append(
        "Found nothing."
        if answer.found_nothing
        else f"Returned {count} file{'' if count == 1 else 's'}."
    )
    if answer.kept_back and facts_shown:
        told.append(f"Kept back as personal: {_flat(answer.kept_back)}. {_flat(answer.facts)}")
    elif answer.kept_back:
        told.append("Kept something back as personal, and declared on what facts.")
    by = ", as told to the city clerk" if answer.on_behalf else ""
    told.append(f"Declared true by {answer.declared_name} on {day_in(answer.declared_on)}{by}.")
    return told


def masked(text: str) -> str:
    """Words on one line without e-mail addresses and telephone numbers."""
    flat = " ".join(text.split())
    return _NUMBER.sub("(number not printed)", _ADDRESS.sub("(address not printed)", flat))


def _flat(text: str) -> str:
    return "; ".join(masked(each) for each in text.splitlines())
