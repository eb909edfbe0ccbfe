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
    standing_of,
    steps_of,
    today_in,
)
from archiver.requests.custodians.messages import SENT
from archiver.requests.custodians.wording import day_in, days_in
from archiver.requests.intake import Request

_ADDRESS = re.compile(r"[^\s@<>()]+(?:@|\s*[(\[]at[)\]]\s*)[^\s@<>()]+", re.IGNORECASE)
_PAGE = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}/\S+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w@])@[\w.-]+\w")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_NUMBER = re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\d(?!\d))\+?\(?\d(?:[\s().\-/]{0,3}\d){6,}")
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
    """Everybody who was asked for a request, in the order they were asked; an ask that was written
    down and never went out asked nobody."""
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
        if _went_out(conn, ask)
    )


def _went_out(conn: sqlite3.Connection, ask: Ask) -> bool:
    """Whether it was sent, stands among the tasks of somebody who signs in, or was answered."""
    sent = any(step.what == SENT for step in steps_of(conn, ask))
    return sent or bool(ask.login) or bool(answers_of(conn, ask))


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
    told.append(
        f"Declared true by {masked(answer.declared_name)} on {day_in(answer.declared_on)}{by}."
    )
    return told


def masked(text: str) -> str:
    """Words on one line without what reads as an e-mail address, a page or an account name of
    somebody's own, or a telephone or device number. Days are left."""
    flat = _DASHES.sub("-", " ".join(text.split()))
    for found, instead in (
        (_ADDRESS, "(address not printed)"),
        (_PAGE, "(page not printed)"),
        (_NAME, "(account name not printed)"),
        (_NUMBER, "(number not printed)"),
    ):
        flat = found.sub(instead, flat)
    return flat


def _flat(text: str) -> str:
    return "; ".join(masked(each) for each in text.splitlines())
