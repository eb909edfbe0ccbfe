"""The city attorney's word on a letter's text: until then it is a draft and does not go out."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver.errors import InputError
from archiver.register.attestations import Attestation, attest, attested
from archiver.register.office import home_of
from archiver.requests.letters.linting import lint
from archiver.requests.letters.templates import Template, find_template

ATTESTATION_KIND = "letter"


def attestation_of(conn: sqlite3.Connection, template: Template) -> Attestation | None:
    """The attestation in force for a text in its present wording, or None."""
    return attested(conn, ATTESTATION_KIND, template.name, template.digest)


def is_attested(conn: sqlite3.Connection, kind: str, language: str = "en") -> bool:
    """Whether the text in force for a kind and language may go out.

    Raises InputError where there is no such text.
    """
    return attestation_of(conn, find_template(home_of(conn), kind, language)) is not None


def attest_template(
    conn: sqlite3.Connection,
    kind: str,
    language: str,
    *,
    actor: str,
    attorney: str,
    on: dt.date,
    digest: str | None = None,
    note: str | None = None,
) -> Attestation:
    """Record the city attorney's attestation of a text.

    `digest` is that of the text the attorney has read: where it was changed since, nothing is
    recorded. Raises InputError where there is no such text, it was changed, or the linter finds a
    fault; RuleError where no attorney is named.
    """
    template = find_template(home_of(conn), kind, language)
    if digest is not None and digest != template.digest:
        raise InputError(
            f"the {template.name} letter was changed since it was shown: read it again, then attest"
        )
    wrong = lint(template)
    if wrong:
        raise InputError(f"{template.name}, line {wrong[0].line}: {wrong[0].text}")
    return attest(
        conn,
        actor=actor,
        kind=ATTESTATION_KIND,
        subject=template.name,
        digest=template.digest,
        attorney=attorney,
        on=on,
        note=note,
    )
