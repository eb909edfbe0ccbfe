"""What the city attorney has still to attest before the city can begin, with every text in full:
exemptions of the catalogue, series of the schedule that were not read in the law's own words, the
English texts of letters (those in other languages wait on the page of letters), and the wordings of
what officials forward.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.register.attestations import Attestation, attest_together
from archiver.requests import exemptions
from archiver.requests.exemptions import MARKS, Exemption, usable_exemptions
from archiver.requests.forwards import wording
from archiver.requests.letters import attesting as letters
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.linting import lint
from archiver.requests.letters.templates import Template, all_templates
from archiver.retention import attesting
from archiver.retention.drafting import described
from archiver.retention.in_force import schedule_in_force
from archiver.retention.schedules import Schedule, Series

DOUBTFUL = ("K", "?")
"""Marks of what nobody has read in any source: it is looked at with more care than the rest."""


@dataclass(frozen=True, slots=True)
class Unattested:
    """A value that waits for the attorney. `digest` is that of the exact wording shown; `facts` are
    what beside the text decides, as label and value."""

    kind: str
    subject: str
    digest: str
    name: str
    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    source: str
    mark: str

    @property
    def key(self) -> str:
        """How a form carries it: with the digest, so that another wording is never attested."""
        return f"{self.kind}|{self.subject}|{self.digest}"

    @property
    def doubtful(self) -> bool:
        """Whether it rests on no source that was read."""
        return self.mark in DOUBTFUL

    @property
    def mark_words(self) -> str:
        """The mark in words; the wording of a letter is the city's own and has none."""
        return MARKS.get(self.mark, "")


def starter_set(conn: sqlite3.Connection, settings: Settings, base: Path) -> list[Unattested]:
    """Everything that waits for the attorney: exemptions first, then series of the schedule in
    force, letters, wordings. Raises InputError where schedule or letters cannot be used."""
    schedule = schedule_in_force(settings, base)
    found = [_exemption(each) for each, made in usable_exemptions(conn).items() if made is None]
    found += [
        _series(schedule, each)
        for each in schedule.series
        if each.mark != "S" and attesting.attestation_of(conn, schedule, each) is None
    ]
    found += [
        _letter(each)
        for each in all_templates(base)
        if each.language == "en" and not lint(each) and letters.attestation_of(conn, each) is None
    ]
    found += [
        _wording(each) for each in wording.texts() if wording.attestation_of(conn, each) is None
    ]
    return found


def attest_starter_set(
    conn: sqlite3.Connection,
    settings: Settings,
    base: Path,
    keys: Sequence[str],
    *,
    actor: str,
    attorney: str,
    on: dt.date,
    note: str | None = None,
) -> list[Attestation]:
    """Attest what is named by its key (`Unattested.key`): all in one transaction, or nothing.

    Raises RuleError where nothing is named, InputError where a key names nothing that waits in that
    wording, BusyError where one was attested in between.
    """
    if not keys:
        raise RuleError("tick what is attested, after reading it: nothing was recorded")
    known = {each.key: each for each in starter_set(conn, settings, base)}
    chosen = [known.get(key) for key in dict.fromkeys(keys)]
    if None in chosen:
        raise InputError(
            "one of the texts was changed, or attested by somebody else, since the page was "
            "opened: open it again; nothing was recorded"
        )
    what = [(each.kind, each.subject, each.digest) for each in chosen if each is not None]
    return attest_together(conn, actor=actor, what=what, attorney=attorney, on=on, note=note)


def _exemption(entry: Exemption) -> Unattested:
    demands = [
        words
        for holds, words in (
            (entry.mandatory, "disclosure is forbidden, not only refused"),
            (entry.needs_balancing, "the two public interests are weighed in writing"),
            (entry.needs_second_citation, "a second citation is named"),
            (entry.time_limited, "it ends with its occasion: a day to look again is set"),
        )
        if holds
    ]
    facts = [
        ("Typical case", entry.typical),
        ("Before 2023", f"§ {entry.former}" if entry.former else ""),
        ("The desk demands", "; ".join(demands)),
    ]
    return Unattested(
        exemptions.ATTESTATION_KIND,
        entry.section,
        entry.digest,
        entry.citation,
        entry.title,
        entry.text,
        tuple((label, value) for label, value in facts if value),
        entry.source,
        entry.mark,
    )


def _series(schedule: Schedule, series: Series) -> Unattested:
    facts = [
        ("Schedule", f"{schedule.id} {schedule.version}"),
        ("As written", series.rule),
        ("Notes", series.notes),
    ]
    return Unattested(
        attesting.ATTESTATION_KIND,
        f"{schedule.id}#{series.code}",
        attesting.series_digest(schedule, series),
        f"Series {series.code}",
        series.title,
        described(schedule, series),
        tuple((label, value) for label, value in facts if value),
        series.authority,
        series.mark,
    )


def _letter(template: Template) -> Unattested:
    kind = kinds().find(template.kind)
    return Unattested(
        letters.ATTESTATION_KIND,
        template.name,
        template.digest,
        kind.title,
        template.subject,
        template.body.strip(),
        (),
        "the city's own file" if template.own else "sample wording that comes with archiver",
        "",
    )


def _wording(text: wording.Text) -> Unattested:
    return Unattested(
        wording.ATTESTATION_KIND,
        text.name,
        text.digest,
        text.title,
        "In braces: what is filled in",
        text.shown,
        (),
        "sample wording that comes with archiver",
        "",
    )
