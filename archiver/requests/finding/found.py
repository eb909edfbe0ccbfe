"""What a finder answers: where, which kind, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PersonalKind(StrEnum):
    """Kinds of personal data, the most specific first: where two readings of the same digits
    disagree, the earlier stands."""

    SSN = "social security number"
    ITIN = "taxpayer number"
    CARD = "payment card"
    IBAN = "international bank account"
    ROUTING = "bank routing number"
    BANK_ACCOUNT = "bank account"
    DRIVER_LICENCE = "driver licence"
    UTILITY_ACCOUNT = "utility account"
    PLATE = "licence plate"
    BIRTH = "date of birth"
    TELEPHONE = "telephone"
    EMAIL = "e-mail"
    ADDRESS = "address"
    MINOR = "name of a minor"


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of personal data. `start` and `end` count code points of the text as it was given;
    `reason` says in words why it was found; `likely_section` is the exemption it may fall under
    (schedules/finding), or empty where the table names none. It is a suggestion and nothing more.
    """

    start: int
    end: int
    kind: PersonalKind
    reason: str
    likely_section: str = ""


@dataclass(frozen=True, slots=True)
class FieldFound:
    """A finding in one field of an item; `field` is named as redactions name fields."""

    field: str
    found: Found
