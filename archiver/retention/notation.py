"""Periods as cities write them: ``CU+2``, ``SU+5``, ``AC+3``, ``FY+2``, ``P``.

A letter code for the event, a plus, and how long after it. The codes are those of Californian
schedules (as in Saratoga's, adopted by Resolution 21-064): CU the current year, so that the period
runs from the end of the calendar year; FY from the end of the fiscal year; SU superseded; AC while
the account is active; CL the same, once it is closed; CR the day itself. ``AC+`` alone says: as
long as it is active. A plain number counts years; ``M`` months, ``D`` days. ``P`` is permanent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.errors import InputError
from archiver.retention.periods import Period

_WRITTEN = re.compile(r"(?P<code>[A-Za-z]{2})\s*\+\s*(?P<number>\d{1,4})?\s*(?P<unit>[YMDymd])?")

CODES: Mapping[str, tuple[str, str]] = {
    "CU": ("created", "calendar"),
    "FY": ("created", "fiscal"),
    "CR": ("created", ""),
    "SU": ("superseded", ""),
    "AC": ("account_closed", ""),
    "CL": ("account_closed", ""),
    "RM": ("removed", ""),
    "EV": ("event_ended", ""),
}
"""What each code says: the cutoff event, and the year at whose end the period begins."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as read: the cutoff event, the year at whose end the period begins ("calendar",
    "fiscal" or "") and the period."""

    cutoff: str
    year_end: str
    period: Period


def read_rule(text: str) -> Rule:
    """Read what a city wrote.

    Raises InputError, saying what is understood, where it means nothing.
    """
    said = text.strip()
    if said.upper() == "P":
        return Rule("created", "", Period(permanent=True))
    match = _WRITTEN.fullmatch(said)
    code = match["code"].upper() if match else ""
    if match is None or code not in CODES:
        known = ", ".join(CODES)
        raise InputError(
            f"the rule {text!r} is not understood: write P, or one of {known} with + and a number "
            "of years (M months, D days), such as CU+2"
        )
    cutoff, year_end = CODES[code]
    number, unit = match["number"], (match["unit"] or "Y").upper()
    if number is None:
        if match["unit"]:
            raise InputError(f"the rule {text!r} has a unit and no number")
        # as long as the event has not come, and not a day more
        return Rule(cutoff, year_end, Period(days=1))
    if int(number) == 0:
        raise InputError(f"the rule {text!r} keeps nothing: give a number above 0")
    count = int(number)
    period = Period(
        years=count if unit == "Y" else 0,
        months=count if unit == "M" else 0,
        days=count if unit == "D" else 0,
    )
    period.check()
    return Rule(cutoff, year_end, period)


def write_rule(rule: Rule) -> str | None:
    """The rule as a city writes it, or None where this notation has no way to say it."""
    period = rule.period
    if period.permanent:
        return "P" if (rule.cutoff, rule.year_end) == ("created", "") else None
    parts = [(period.years, ""), (period.months, "M"), (period.days, "D")]
    given = [(number, unit) for number, unit in parts if number]
    code = next(
        (code for code, said in CODES.items() if said == (rule.cutoff, rule.year_end)), None
    )
    if len(given) != 1 or code is None:
        return None
    number, unit = given[0]
    return f"{code}+{number}{unit}"
