"""What a letter is made of before it is frozen: what was typed, and the case it is about."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver import clock
from archiver.config import Home, Settings
from archiver.database import row
from archiver.register.accounts import list_accounts
from archiver.requests.intake import Request, get_request
from archiver.requests.letters.facts import Facts, Produced, facts_of
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.timing import Extended, LetterDates, dates_of
from archiver.requests.letters.words import counted, date_in, line, listed
from archiver.staff.people import list_people, open_staff

_MOST_ACCOUNTS = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as typed. `fields` are the kind's fields by name, `free` the clerk's own paragraphs,
    `signer_*` who signs. `address` are the addressee's lines, the requester's where none is given.
    `supersedes` is the letter it corrects, `reason` why."""

    kind: str
    language: str = "en"
    fields: Mapping[str, str] = field(default_factory=dict)
    free: str = ""
    signer_name: str = ""
    signer_title: str = ""
    address: str = ""
    supersedes: int | None = None
    reason: str = ""

    def given(self, name: str) -> str:
        """What was typed into a field, without the space around it."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Case:
    """All a letter draws on. `deciders` names who withheld or covered anything, by login, with name
    and title where the staff file knows them. `today` is the day in the agency's zone."""

    request: Request
    settings: Settings
    dates: LetterDates
    facts: Facts
    deciders: Mapping[str, str]
    archive: str
    extension_corrected: bool
    today: dt.date


def case_of(
    conn: sqlite3.Connection,
    home: Home,
    settings: Settings,
    number: str,
    draft: Draft,
    produced: Produced,
) -> Case:
    """Gather what a letter draws on.

    Raises InputError where there is no such request or kind, RuleError where its dates cannot be
    counted.
    """
    kinds().find(draft.kind)
    request = get_request(conn, number)
    facts = facts_of(conn, request, produced)
    corrected = row(
        conn,
        "SELECT 1 FROM request_letters WHERE id = ? AND request_id = ? AND kind = 'extension'",
        draft.supersedes,
        request.id,
    )
    return Case(
        request=request,
        settings=settings,
        dates=dates_of(conn, settings, request),
        facts=facts,
        deciders=_named(home.staff_db, facts.deciders),
        archive=_archive(conn, draft.language),
        extension_corrected=corrected is not None,
        today=clock.local_day(clock.now_text(), settings.time_zone),
    )


def proposed(case: Case, kind: str) -> dict[str, str]:
    """What the form holds before anything is typed: what the request book knows already."""
    found: dict[str, str] = {}
    for each in kinds().find(kind).field:
        if each.name == "responsible" and case.facts.denies:
            found[each.name] = "\n".join(case.deciders.values())
        elif kind == "extension" and case.dates.extended:
            found |= _written_down(case.dates.extended)
        elif each.name == "dispatch_by":
            found[each.name] = case.dates.proposed.isoformat()
        elif each.name == "searched" and case.facts.searches:
            found[each.name] = (
                f"{case.archive}\n\nWe made {counted(case.facts.searches, 'search', 'searches')} "
                f"of this archive, the last by {date_in(case.today, 'en')}."
            )
    return found


def _written_down(extended: Extended) -> dict[str, str]:
    return {
        "circumstance": extended.circumstance,
        "detail": extended.reason,
        "dispatch_by": extended.until.isoformat(),
    }


def _named(staff_db: Path, logins: tuple[str, ...]) -> dict[str, str]:
    """Name and title of each login where the staff file knows them, else the login itself."""
    known: dict[str, str] = {}
    if logins and staff_db.exists():
        staff = open_staff(Home(staff_db.parent))
        try:
            for person in list_people(staff):
                known[person.login] = ", ".join(filter(None, (person.name, person.title)))
        finally:
            staff.close()
    return {login: known.get(login, login) for login in logins}


def _archive(conn: sqlite3.Connection, language: str) -> str:
    """The archive in words, as § 7922.600(a)(2) wants: in which technology what is kept."""
    accounts = list_accounts(conn, sources=False)
    names = [
        f"{each.platform.capitalize()}: {line(each.display_name)} (@{line(each.handle)})"
        for each in accounts[:_MOST_ACCOUNTS]
    ]
    if len(accounts) > _MOST_ACCOUNTS:
        more = len(accounts) - _MOST_ACCOUNTS
        names.append(f"y {more} más" if language == "es" else f"and {more} more")
    if language == "es":
        lead = (
            "La ciudad guarda sus documentos de redes sociales en un archivo electrónico propio, "
            "en el que se puede buscar por palabras, cuentas y fechas"
        )
    else:
        lead = (
            "The city keeps the records of its social media accounts in an electronic archive of "
            "its own, in which it can search by words, accounts and dates"
        )
    return f"{lead}:\n{listed(names)}" if names else f"{lead}."
