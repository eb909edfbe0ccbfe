"""What no schedule may go below: the statute's floor, its listed exceptions, what is kept for ever.

These are the law's own and stand in code, so that no file of a city changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archiver.retention.periods import Period

FLOOR = Period(years=2)
FLOOR_AUTHORITY: Mapping[str, str] = {
    "city": "Gov. Code § 34090(d)",
    "county": "Gov. Code § 26202",
}
"""Kinds of agency whose records may by statute not be destroyed before they are two years old."""

NEVER: Mapping[str, str] = {
    "title": "it affects the title to real property or liens on it",
    "court": "it is a court record",
    "statute": "a statute requires it to be kept",
    "minutes": "it is of the minutes, ordinances or resolutions",
}
"""The classes of record a city may never destroy under § 34090, by the word a schedule uses."""
_NEVER_AUTHORITY: Mapping[tuple[str, str], str] = {
    ("city", "title"): "Gov. Code § 34090(a)",
    ("city", "court"): "Gov. Code § 34090(b)",
    ("city", "statute"): "Gov. Code § 34090(c)",
    ("city", "minutes"): "Gov. Code § 34090(e)",
    ("county", "statute"): "Gov. Code § 26202",
}
_NEVER_ELSEWHERE: Mapping[str, str] = {
    "county": "statute or county charter",
    "district": "Gov. Code § 60201(d)",
}


@dataclass(frozen=True, slots=True)
class FloorException:
    """A listed exception to the floor: what a schedule writes (`name`), the section, for which kind
    of agency, what it is about, the minimum it has itself, and how the section is known.

    One whose mark is not S is listed and lowers nothing: what was not read never decides.
    """

    name: str
    section: str
    agency_kind: str
    title: str
    minimum: Period
    mark: str = "S"

    @property
    def authority(self) -> str:
        """The section as it is cited."""
        return f"Gov. Code § {self.section}"


_DAYS_100 = Period(days=100)
_YEAR = Period(years=1)

EXCEPTIONS: Mapping[str, FloorException] = {
    each.name: each
    for each in (
        FloorException("34090.6 video", "34090.6", "city", "routine video", _YEAR),
        FloorException("34090.6 recordings", "34090.6", "city", "telephone and radio", _DAYS_100),
        FloorException(
            *("34090.7 duplicates", "34090.7", "city", "duplicates, as the council prescribes"),
            Period(at_once=True),
        ),
        FloorException(
            *("34090.7 video", "34090.7", "city", "recorded video of meetings otherwise recorded"),
            Period(days=90),
        ),
        FloorException("34090.8", "34090.8", "city", "video of transit agencies", _YEAR, "K"),
        FloorException("26202.6 video", "26202.6", "county", "routine video", _YEAR),
        FloorException("26202.6 recordings", "26202.6", "county", "phone and radio", _DAYS_100),
        FloorException("53160 video", "53160", "district", "routine video", _YEAR),
        FloorException("53160 recordings", "53160", "district", "telephone and radio", _DAYS_100),
    )
}
"""By name. A section alone stands for the strictest rule under it."""


def exception_of(name: str) -> FloorException | None:
    """The exception a series names; a section alone (``34090.6``) is the longest minimum under it.
    None where nothing of that name is listed."""
    found = EXCEPTIONS.get(name)
    if found is not None:
        return found
    under = [each for each in EXCEPTIONS.values() if each.section == name]
    return max(under, key=lambda each: each.minimum.longest_days, default=None)


def floor_of(agency_kind: str, exception: str = "") -> tuple[Period, str] | None:
    """The least a series of that agency keeps what it covers, and by what section: a valid
    exception's own minimum, else the statutory floor; None where the law names neither."""
    found = exception_of(exception) if exception else None
    if found is not None and found.agency_kind == agency_kind and found.mark == "S":
        return found.minimum, found.authority
    if agency_kind not in FLOOR_AUTHORITY:
        return None
    return FLOOR, FLOOR_AUTHORITY[agency_kind]


def never_words(never: str, agency_kind: str) -> str:
    """Why records of a class may never be destroyed, with the section."""
    where = _NEVER_AUTHORITY.get((agency_kind, never)) or _NEVER_ELSEWHERE.get(agency_kind, "")
    return f"{NEVER[never]} ({where or _NEVER_AUTHORITY[('city', never)]})"
