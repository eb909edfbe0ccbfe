"""A request with records in every state, an attorney who attests texts, and letters about it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from archiver.config import Home, Letterhead, Settings
from archiver.register.accounts import add_account
from archiver.requests.book import Claim, Request, attest_exemption, decide, new_request
from archiver.requests.letters.attesting import attest_template
from archiver.requests.letters.drafts import Draft
from archiver.requests.letters.facts import Produced, Volume
from archiver.requests.letters.templates import all_templates
from archiver.requests.letters.writing import Letter, Merged, freeze, merged

ASKED = "All comments on the city's posts about the skate park."
VOLUME = Volume(1, 12, "AG-000001", "AG-000012", 3, 1)
CLERK = {"signer_name": "Odile Farrow", "signer_title": "Deputy City Clerk"}
GIVEN: Mapping[str, dict[str, str]] = {
    "acknowledgement": {},
    "clarification": {"question": "Which skate park do you mean, and which year?"},
    "extension": {
        "circumstance": "voluminous",
        "detail": "About 14,000 comments have to be read.",
        "dispatch_by": "2026-12-10",
        "issued_as": "designee",
    },
    "determination": {
        "outcome": "part",
        "reasons": "We searched the archive and found nine comments.",
        "available_on": "2026-12-01",
        "available_at": "16:00",
        "responsible": "Odile Farrow, Deputy City Clerk",
    },
    "denial": {"responsible": "Odile Farrow, Deputy City Clerk"},
    "no-records": {"searched": "The archive of the city's accounts, for “skate park”."},
    "referral": {
        "other_agency": "Alder County",
        "other_contact": "1 Court Street, Alder Glen",
        "matter": "The county's own posts.",
    },
    "fees": {"costs": "paper:96:0.10\nstorage:1:$8"},
    "production-cover": {
        "delivery": "on a drive at the counter",
        "responsible": "Odile Farrow, Deputy City Clerk",
        "next_on": "2026-12-15",
        "next_at": "09:30",
    },
    "closing": {"reason": "You received all records on December 1."},
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The home whose office.db the tests write to."""
    return Home(tmp_path)


@pytest.fixture
def settings() -> Settings:
    """The invented city, with an address."""
    lines = ["214 Orchard Street, Alder Glen, CA 93999", "(559) 555-0100"]
    return Settings(
        agency="City of Alder Glen",
        schedule="palm-desert",
        letterhead=Letterhead(lines=lines),
    )


@pytest.fixture
def asked(office: sqlite3.Connection, settings: Settings) -> Request:
    """Request 2026-0001, by e-mail, received on Monday 16 November."""
    office.execute("PRAGMA synchronous = OFF")
    add_account(
        office,
        actor="of",
        platform="x",
        handle="AlderGlenParks",
        department="Parks",
        display_name="Alder Glen Parks",
        opened_on="2020-01-01",
    )
    return new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-16T17:12:00Z",
        channel="email",
        verbatim=ASKED,
        requester="Gwendolyn Ostrander",
        contact="gwen@example.org",
    )


@pytest.fixture
def collect(office: sqlite3.Connection, asked: Request) -> Callable[..., list[int]]:
    """Puts items into the request, each with the decision named; gives their ids."""

    def collected(*choices: str) -> list[int]:
        made = []
        for place, choice in enumerate(choices):
            office.execute("BEGIN")
            cursor = office.execute(
                "INSERT INTO request_items (request_id, file, record_id, version_id, leaf, family, "
                "as_family, added_at, added_by) VALUES (?, 'archive', ?, ?, 'aa', 'f', 0, ?, 'of')",
                (asked.id, 100 + place, 100 + place, "2026-11-17T10:00:00Z"),
            )
            office.execute("COMMIT")
            item = int(cursor.lastrowid or 0)
            made.append(item)
            if choice == "withhold":
                on = dt.date(2026, 1, 12)
                attest_exemption(office, "7927.700", actor="ph", attorney="P. Haldane", on=on)
                claim = Claim("7927.700", balancing="It names a child's illness.")
                decide(office, asked.number, [item], choice, actor="of", claims=[claim])
            elif choice != "undecided":
                decide(office, asked.number, [item], choice, actor="of")
        return made

    return collected


@pytest.fixture
def attested(office: sqlite3.Connection, home: Home) -> None:
    """The fictional city attorney has attested every text."""
    for each in all_templates(home.path):
        attest_template(
            office,
            each.kind,
            each.language,
            actor="ph",
            attorney="P. Haldane",
            on=dt.date(2026, 11, 2),
        )


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """A letter of a kind, filled in as a clerk would; `changes` are fields, or parts of it."""

    def filled(kind: str, changes: Mapping[str, str] | None = None, **parts: Any) -> Draft:
        fields = {**GIVEN[kind], **(changes or {})}
        return Draft(kind, fields=fields, **{**CLERK, **parts})

    return filled


@pytest.fixture
def look(office: sqlite3.Connection, home: Home, settings: Settings) -> Callable[..., Merged]:
    """Merges a letter of request 2026-0001 without writing anything."""

    def looked(draft: Draft, produced: Produced | None = None) -> Merged:
        return merged(office, home, settings, "2026-0001", draft, produced or Produced())

    return looked


@pytest.fixture
def write(office: sqlite3.Connection, home: Home, settings: Settings) -> Callable[..., Letter]:
    """Freezes a letter of request 2026-0001."""

    def written(draft: Draft, produced: Produced | None = None, **more: Any) -> Letter:
        return freeze(
            office,
            home,
            settings,
            "2026-0001",
            draft,
            produced or Produced(),
            actor="of",
            **more,
        )

    return written
