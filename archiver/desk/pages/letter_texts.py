"""The texts of the letters, in every language, and the city attorney's word on each."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.register.attestations import Attestation
from archiver.requests.letters.attesting import attest_template, attestation_of
from archiver.requests.letters.kinds import Kind, kinds
from archiver.requests.letters.linting import known_variables, lint
from archiver.requests.letters.sandbox import Fault
from archiver.requests.letters.templates import Template, find_template, template_names
from archiver.staff.roles import ATTEST


@dataclass(frozen=True, slots=True)
class Line:
    """A text in the list: its kind, what is wrong with it, who attested it. `template` is None
    where the city's own file cannot be read."""

    kind: Kind
    template: Template | None
    faults: tuple[Fault, ...]
    attestation: Attestation | None


def listed(visit: Visit, asked: Asked) -> Answer:
    """Every text there is, with its state."""
    texts: dict[str, list[Line]] = {}
    with visit.office() as office:
        for kind, language in template_names(visit.desk.home.path):
            texts.setdefault(language, []).append(_line(visit, office, kind, language))
    lines = [line for group in texts.values() for line in group]
    return Page(
        "letter_texts.html",
        {
            "texts": texts,
            "open": sum(line.attestation is None for line in lines),
            "can_attest": visit.may(ATTEST),
        },
    )


def _line(visit: Visit, office: sqlite3.Connection, code: str, language: str) -> Line:
    kind = kinds().find(code)
    try:
        template = find_template(visit.desk.home.path, code, language)
    except InputError as wrong:
        return Line(kind, None, (Fault(1, str(wrong)),), None)
    return Line(kind, template, tuple(lint(template)), attestation_of(office, template))


def one(visit: Visit, asked: Asked) -> Answer:
    """One text, what it has to say and what it can print."""
    return _page(visit, _template(visit, asked), told=asked.asked("attested"))


def attest(visit: Visit, asked: Asked) -> Answer:
    """Record the attorney's attestation of the text as it was shown."""
    template = _template(visit, asked)
    try:
        with visit.office() as office:
            attest_template(
                office,
                template.kind,
                template.language,
                actor=visit.person.login,
                attorney=asked.given("attorney"),
                on=_day(asked.given("on")),
                digest=asked.given("digest"),
                note=asked.given("note").strip() or None,
            )
    except ArchiverError as wrong:
        return _page(visit, template, problem=str(wrong))
    return Redirect(f"/letters/{template.language}/{template.kind}?attested=1")


def _page(visit: Visit, template: Template, *, problem: str = "", told: str = "") -> Page:
    kind = kinds().find(template.kind)
    with visit.office() as office:
        attestation = attestation_of(office, template)
    today = clock.local_day(clock.now_text(), visit.desk.settings.time_zone)
    return Page(
        "letter_text.html",
        {
            "kind": kind,
            "template": template,
            "faults": lint(template),
            "attestation": attestation,
            "variables": sorted(known_variables(kind)),
            "can_attest": visit.may(ATTEST),
            "attorney": ", ".join(filter(None, (visit.person.name, visit.person.title))),
            "today": today.isoformat(),
            "problem": problem,
            "told": bool(told),
        },
        422 if problem else 200,
    )


def _template(visit: Visit, asked: Asked) -> Template:
    try:
        return find_template(visit.desk.home.path, asked.parts["kind"], asked.parts["language"])
    except InputError:
        raise NotHere from None


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("the day of the attestation is missing: give one") from None
