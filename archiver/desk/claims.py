"""The exemptions a form offers, and what a form says of those it names."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver.desk.answers import Asked
from archiver.errors import InputError
from archiver.requests.book import Claim, usable_exemptions


@dataclass(frozen=True, slots=True)
class Ground:
    """An exemption as the form offers it; `attested_on` is None where it cannot be used yet."""

    section: str
    title: str
    typical: str
    needs: str
    attested_on: str | None


def claims_of(asked: Asked) -> list[Claim]:
    """The exemptions a form names, with what each demands.

    Raises InputError where the day to look again is no date.
    """
    review_on = asked.given("review_on")
    try:
        day = dt.date.fromisoformat(review_on) if review_on else None
    except ValueError:
        raise InputError("the day to look again is no date: write it like 2026-12-31") from None
    return [
        Claim(
            section,
            balancing=asked.given("balancing") or None,
            second_citation=asked.given("second_citation") or None,
            review_on=day,
        )
        for section in asked.all_given("section")
        if section
    ]


def grounds_of(office: sqlite3.Connection) -> list[Ground]:
    """Every exemption a form may offer, those that can be used first."""
    grounds = []
    for exemption, attestation in usable_exemptions(office).items():
        needs = [
            words
            for needed, words in (
                (exemption.needs_balancing, "the weighing of the two interests"),
                (exemption.needs_second_citation, "a second citation"),
                (exemption.time_limited, "a day to look again"),
            )
            if needed
        ]
        grounds.append(
            Ground(
                exemption.section,
                exemption.title,
                exemption.typical,
                " and ".join(needs),
                attestation.attested_on if attestation else None,
            )
        )
    return sorted(grounds, key=lambda ground: (ground.attested_on is None, ground.section))
