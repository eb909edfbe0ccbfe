"""Lines, blocks and days as an ask and its answer keep and show them."""

from __future__ import annotations

import datetime as dt

from archiver import clock
from archiver.errors import InputError
from archiver.register.names import words

LONGEST_LINE = 200
LONGEST_TEXT = 10_000


def day_in(text: str | None) -> str:
    """A day on record as people write it; nothing where there is none."""
    return clock.shown_day(dt.date.fromisoformat(text), weekday=False) if text else ""


def days_in(start: str | None, end: str | None) -> str:
    """A span of days in words."""
    if start and end:
        return f"{day_in(start)} to {day_in(end)}"
    if start:
        return f"from {day_in(start)} on"
    return f"up to {day_in(end)}" if end else "all days"


def block_of(what: str, text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Text of several lines as it is kept. Raises InputError where it is too long or no text."""
    lines = [words(what, each) for each in text.replace("\r", "\n").split("\n")]
    kept = "\n".join(each for each in lines if each)
    if len(kept) > longest:
        raise InputError(f"{what}: more than {longest:,} characters; attach it as a file instead")
    return kept


def line_of(what: str, text: str) -> str:
    """A line as it is kept. Raises InputError where it is too long or no text."""
    kept = words(what, text)
    if len(kept) > LONGEST_LINE:
        raise InputError(f"{what} is longer than {LONGEST_LINE} characters")
    return kept


def kept_back_of(kept_back: str, facts: str) -> tuple[str, str]:
    """What is kept back as personal and the facts from which that can be seen, as they are kept:
    both or none (*City of San José v. Superior Court* (2017) 2 Cal.5th 608). Raises InputError."""
    kept, told = block_of("what is kept back", kept_back), block_of("the facts", facts)
    if bool(kept) != bool(told):
        raise InputError(
            "what is kept back as personal needs facts that show it is no public record, and facts "
            "need what they are about: fill in both or none"
        )
    return kept, told
