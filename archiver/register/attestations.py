"""What the city attorney has attested, by name and date (DESIGN §7 rule 6).

A legal value that is not read from the law's own text never decides anything by itself. An
attestation binds to the digest of the exact wording, so that a changed wording needs a new one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import msgspec

from archiver.clock import now, now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.office import audit


@dataclass(frozen=True, slots=True)
class Attestation:
    """An attorney's word that a value is right: what, in which wording, who, on which day.

    `kind` is the sort of value ("exemption", "calendar", "schedule"), `subject` its name,
    `digest` the SHA-256 of its wording; `withdrawn` marks the taking back of an earlier one.
    """

    id: int
    kind: str
    subject: str
    digest: str
    attorney: str
    attested_on: str
    note: str | None
    withdrawn: bool
    recorded_at: str
    recorded_by: str


_COLUMNS = ", ".join(field.name for field in fields(Attestation))


def wording_digest(wording: Mapping[str, object]) -> str:
    """SHA-256, as hexadecimal text, of a value's wording in canonical JSON."""
    return hashlib.sha256(msgspec.json.encode(wording, order="deterministic")).hexdigest()


def attest(
    conn: sqlite3.Connection,
    *,
    actor: str,
    kind: str,
    subject: str,
    digest: str,
    attorney: str,
    on: dt.date,
    note: str | None = None,
) -> Attestation:
    """Record that the attorney attested a value in this wording.

    Raises RuleError where the attorney is not named or the day lies ahead. Who may record it is
    the caller's check.
    """
    with write_transaction(conn):
        return _record(conn, actor, (kind, subject, digest), attorney, on, note, withdrawn=False)


def attest_together(
    conn: sqlite3.Connection,
    *,
    actor: str,
    what: Sequence[tuple[str, str, str]],
    attorney: str,
    on: dt.date,
    note: str | None = None,
) -> list[Attestation]:
    """Record that the attorney attested several values in one sitting, each as kind, subject and
    digest: all of them or none, and an attestation of its own for each.

    Raises RuleError where the attorney is not named or the day lies ahead, BusyError where one of
    them was attested in between.
    """
    with write_transaction(conn):
        made = []
        for kind, subject, digest in what:
            known = attested(conn, kind, subject, digest)
            if known is not None:
                raise BusyError(
                    f"{subject} was attested by {known.attorney} meanwhile: open the page again"
                )
            made.append(
                _record(conn, actor, (kind, subject, digest), attorney, on, note, withdrawn=False)
            )
        return made


def withdraw_attestation(
    conn: sqlite3.Connection,
    *,
    actor: str,
    attestation: Attestation,
    attorney: str,
    on: dt.date,
    note: str,
) -> Attestation:
    """Record that the attorney no longer stands by a value. Past decisions keep their basis.

    Raises RuleError where the attorney or the reason is not given.
    """
    if not note.strip():
        raise RuleError("withdrawing an attestation needs a reason")
    what = (attestation.kind, attestation.subject, attestation.digest)
    with write_transaction(conn):
        return _record(conn, actor, what, attorney, on, note, withdrawn=True)


def attested(conn: sqlite3.Connection, kind: str, subject: str, digest: str) -> Attestation | None:
    """The attestation in force for a value in exactly this wording, or None."""
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM attestations WHERE kind = ? AND subject = ? AND digest = ? "
        "ORDER BY id DESC LIMIT 1",
        kind,
        subject,
        digest,
    )
    last = None if found is None else _attestation(found)
    return None if last is None or last.withdrawn else last


def list_attestations(conn: sqlite3.Connection, kind: str) -> list[Attestation]:
    """Every attestation and withdrawal of a kind, oldest first."""
    found = rows(conn, f"SELECT {_COLUMNS} FROM attestations WHERE kind = ? ORDER BY id", kind)
    return [_attestation(each) for each in found]


def _record(
    conn: sqlite3.Connection,
    actor: str,
    what: tuple[str, str, str],
    attorney: str,
    on: dt.date,
    note: str | None,
    *,
    withdrawn: bool,
) -> Attestation:
    kind, subject, digest = what
    name = " ".join(attorney.split())
    if not name:
        raise RuleError("an attestation names the attorney who gives it")
    if on > now().date() + dt.timedelta(days=1):
        raise RuleError(f"an attestation of {on} lies ahead: give the day it was made")
    cursor = conn.execute(
        "INSERT INTO attestations (kind, subject, digest, attorney, attested_on, note, withdrawn, "
        "recorded_at, recorded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, subject, digest, name, on.isoformat(), note, withdrawn, now_text(), actor),
    )
    audit(
        conn,
        actor=actor,
        action="attestation withdrawn" if withdrawn else "attested",
        subject=f"{kind} {subject}",
        detail={"attorney": name, "on": on.isoformat(), "digest": digest},
    )
    found = row(conn, f"SELECT {_COLUMNS} FROM attestations WHERE id = ?", cursor.lastrowid)
    if found is None:
        raise InputError("the attestation was not recorded")
    return _attestation(found)


def _attestation(found: sqlite3.Row) -> Attestation:
    values = dict(found)
    values["withdrawn"] = bool(values["withdrawn"])
    return Attestation(**values)
