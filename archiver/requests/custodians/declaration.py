"""The words a custodian declares true and the words they are asked in; both also as PDF.

Declared under penalty of perjury under the laws of the State of California (Code of Civil Procedure
§ 2015.5), as an affidavit is. The wording is a sample; the city attorney reads it with the letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archiver import clock
from archiver.config import Settings
from archiver.requests.custodians.asks import Ask
from archiver.requests.custodians.causes import Cause
from archiver.requests.custodians.wording import day_in, days_in
from archiver.requests.letters.face import Face
from archiver.requests.letters.paper import words_pdf
from archiver.requests.letters.words import date_in, listed

SAN_JOSE = "City of San José v. Superior Court (2017) 2 Cal.5th 608"
_SHOWN_HASH = 16


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared, as plain values; `subject` is the request or hold as a letter calls it,
    `how` is set where the clerk wrote it down for the custodian."""

    agency: str
    subject: str
    ask: Ask
    asked_on: str
    accounts: str
    devices: str
    terms: str
    start_day: str | None
    end_day: str | None
    files: tuple[tuple[str, str], ...]
    kept_back: str
    facts: str
    name: str
    on: str
    how: str


def declaration_text(said: Declared) -> str:
    """The declaration, paragraph by paragraph. The same answer gives the same words."""
    return "\n\n".join(_paragraphs(said)) + "\n"


def _paragraphs(said: Declared) -> Iterator[str]:
    who = said.ask.who
    yield (f"Declaration of {who}, about a search for {said.subject} of {said.agency}.")
    yield f"I was asked, on {day_in(said.asked_on)}, to look for:"
    yield _quoted(said.ask.scope)
    if said.accounts:
        yield f"I searched these accounts:\n{listed(said.accounts.splitlines())}"
    if said.devices:
        yield f"I searched these devices:\n{listed(said.devices.splitlines())}"
    yield f"I searched the days: {days_in(said.start_day, said.end_day)}."
    if said.terms:
        yield f"I searched for:\n{listed(said.terms.splitlines())}"
    if said.files:
        yield "I return these files, each exactly as I hold it:\n" + listed(
            [f"{name} (SHA-256 {digest[:_SHOWN_HASH]}…)" for name, digest in said.files]
        )
    else:
        yield "I found nothing that was asked for."
    if said.kept_back:
        yield f"I keep back, as personal:\n{listed(said.kept_back.splitlines())}"
        yield f"These are no records of the public's business, because:\n{_quoted(said.facts)}"
    if said.how:
        yield f"The city clerk wrote this down as {said.name} told it ({said.how})."
    yield (
        "I declare under penalty of perjury under the laws of the State of California that this is "
        f"true. {said.name}, {day_in(said.on)}."
    )


def declaration_pdf(
    ask: Ask, cause: Cause, text: str, *, at: str, digest: str, settings: Settings
) -> bytes:
    """A declaration on paper, with a place to sign; `at` is when it was recorded, `digest` that of
    its words."""
    face = Face(
        agency=settings.agency,
        letterhead=list(settings.letterhead.lines),
        date=date_in(clock.local_day(at, settings.time_zone), "en"),
        address=[],
        reference=cause.reference,
        signer_name=ask.name,
        signer_title=", ".join(filter(None, (ask.title, ask.department))),
        language="en",
    )
    mark = f"Declaration {digest[:_SHOWN_HASH]}"
    return words_pdf(face, f"Declaration for {cause.name}", text, at, mark)


def ask_subject(cause: Cause, *, reminder: bool = False) -> str:
    """The subject of an ask."""
    lead = "Reminder: please search" if reminder else "Please search"
    return f"{lead} for {cause.name if cause.request is None else cause.subject}"


def ask_text(ask: Ask, cause: Cause, *, time_zone: str, reminder: bool = False) -> str:
    """What a custodian is asked, in plain words."""
    asked_on = clock.local_day(ask.at, time_zone).isoformat()
    return "\n\n".join(_asked(ask, cause, asked_on if reminder else ""))


def _asked(ask: Ask, cause: Cause, reminded_of: str) -> Iterator[str]:
    yield f"Dear {ask.name}:"
    if reminded_of:
        yield f"This reminds you of what we asked on {day_in(reminded_of)}."
    if cause.request is not None:
        yield f"The city has received {cause.subject}. Please look for:"
    else:
        yield (
            f"Nothing that belongs to {cause.subject} may be lost. Please look for it, and hand in "
            "what you find:"
        )
    yield _quoted(ask.scope)
    yield f"Days: {days_in(ask.start_day, ask.end_day)}."
    if ask.accounts:
        yield f"Accounts to search, your own included:\n{listed(ask.accounts.splitlines())}"
    if ask.devices:
        yield f"Devices to search:\n{listed(ask.devices.splitlines())}"
    yield (
        "What you wrote or received about the city's business is a public record wherever you keep "
        f"it, on personal accounts and devices too ({SAN_JOSE}). Delete nothing that may belong to "
        "it."
    )
    yield (
        "Tell us which accounts and devices you searched, by which words and for which days; hand "
        "in what you found exactly as you hold it, e-mails as .eml or .msg files. What you keep "
        "back as personal, say what it is and the facts that show it is no record of the city's "
        "business."
    )
    answer = (
        "Answer at the desk under “My tasks”"
        if ask.login
        else "Answer the city clerk, who writes it down"
    )
    yield f"{answer}, by {day_in(ask.due_on)}, and declare it true."


def ask_face(ask: Ask, cause: Cause, settings: Settings, *, at: str, clerk: str) -> Face:
    """What stands around an ask: the city's head, the custodian, who asks."""
    return Face(
        agency=settings.agency,
        letterhead=list(settings.letterhead.lines),
        date=date_in(clock.local_day(at, settings.time_zone), "en"),
        address=list(filter(None, (ask.name, ask.title, ask.department, ask.email))),
        reference=cause.reference,
        signer_name=clerk,
        signer_title="For the city clerk",
        language="en",
    )


def _quoted(text: str) -> str:
    return "\n".join(f"> {each}" for each in text.splitlines())
