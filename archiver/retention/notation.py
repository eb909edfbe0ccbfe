"""Retention as cities write it in their schedules: ``CU+2``, ``SU+5``, ``AC+``, ``FY+2``, ``P``.

A code for the event and, behind a plus, how long: years where no letter stands behind the number,
months with M, days with D, several joined (``CU+1Y6M``). Nothing behind the plus: until the event
and no longer. The letters are those of Californian city clerks' schedules (Saratoga Res. 21-064).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.errors import InputError
from archiver.retention.periods import Period

CODES = {
    "CU": ("created", ""),
    "CY": ("created", "calendar"),
    "FY": ("created", "fiscal"),
    "RM": ("removed", ""),
    "SU": ("superseded", ""),
    "AC": ("account_closed", ""),
    "CL": ("event_ended", ""),
}
"""What each code means: the cutoff event, and the end of which year the period runs from.

CU current (from its creation), CY and FY the end of the calendar and fiscal year it was made in, RM
removed, SU superseded, AC active (until the account is closed), CL closed or completed (the named
event has ended).
"""
PERMANENT = "P"
_RULE = re.compile(r"([A-Z]{2})\+(.*)")
_PARTS = re.compile(r"(?:(\d{1,7})Y)?(?:(\d{1,7})M)?(?:(\d{1,7})D)?")
_YEARS = re.compile(r"(\d{1,7})Y?")
MEANT = "write CU+2, SU+5, AC+3, AC+, CL+5, FY+2, CU+6M, CU+100D or P"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a written rule says: the cutoff event by its name in a schedule, the year whose end it
    runs from ("calendar", "fiscal" or ""), and the period."""

    cutoff: str
    year_end: str
    period: Period


def read_rule(text: str) -> Rule:
    """Read a rule. Raises InputError, saying what could be meant, where it is none."""
    written = "".join(text.split()).upper()
    if written in (PERMANENT, "PERM", "PERMANENT"):
        return Rule("created", "", Period(permanent=True))
    found = _RULE.fullmatch(written)
    if found is None:
        raise InputError(f"{text!r} is no retention rule: {MEANT}")
    code, length = found.groups()
    if code not in CODES:
        raise InputError(f"{text!r}: {code} is no event code ({', '.join(CODES)}): {MEANT}")
    period = _period(length)
    if period is None:
        raise InputError(f"{text!r}: {length} is no length of time: {MEANT}")
    period.check()
    cutoff, year_end = CODES[code]
    return Rule(cutoff, year_end, period)


def rule_text(cutoff: str, year_end: str, period: Period) -> str | None:
    """How a city would write it, or None where its notation has no words for it."""
    if period.permanent:
        return PERMANENT if (cutoff, year_end) == ("created", "") else None
    code = next((code for code, meant in CODES.items() if meant == (cutoff, year_end)), None)
    if code is None:
        return None
    if period.at_once:
        return f"{code}+"
    if not period.months and not period.days:
        return f"{code}+{period.years}"
    parts = ((period.years, "Y"), (period.months, "M"), (period.days, "D"))
    return f"{code}+" + "".join(f"{count}{letter}" for count, letter in parts if count)


def _period(text: str) -> Period | None:
    if not text:
        return Period(at_once=True)
    years = _YEARS.fullmatch(text)
    if years:
        return Period(years=int(years[1]))
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    counts = [int(part or 0) for part in parts.groups()]
    return Period(years=counts[0], months=counts[1], days=counts[2])
