"""On what the marks of an account's records rest, their own facts apart, and what of it changed.

Of every account and file office.db remembers what its records were last marked by. Where that is
not so any more, a marking walks the account's records again, and what differs is why a day moves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from archiver.database import row, write_transaction
from archiver.items import Access
from archiver.register.accounts import Account
from archiver.register.attestations import wording_digest
from archiver.register.office import audit
from archiver.retention.rules import Rulebook

Basis = Mapping[str, Any]
Told = dict[str, Any]


def basis_of(book: Rulebook, account: Account) -> Basis:
    """All that decides over an account's records beside their own facts, as plain values."""
    schedule, grounds = book.schedule, book.grounds
    return {
        "schedule": f"{schedule.id}@{schedule.version}",
        "wording": grounds.pop("schedule"),
        **grounds,
        "handle": account.handle,
        "department": account.department,
        "division": account.division,
        "class": account.account_class,
        "closed": account.closed_on,
    }


def accounts_to_renew(
    office: sqlite3.Connection,
    conn: sqlite3.Connection,
    access: Access,
    book: Rulebook,
    accounts: Sequence[Account],
) -> dict[int, str]:
    """The accounts (by id) whose marks rest on something that has changed since, and what, as the
    archive keeps it: the next marking walks them whole."""
    moved: dict[int, str] = {}
    anything = _is_any_marked(conn)
    for account in accounts:
        basis = basis_of(book, account)
        known = row(
            office,
            "SELECT digest, basis FROM retention_marked WHERE file = ? AND account_id = ?",
            access.value,
            account.id,
        )
        if known is None:
            if anything and _is_marked(conn, account.id):
                moved[account.id] = told(differences(None, basis))
        elif known["digest"] != wording_digest(basis):
            before = None if known["basis"] is None else msgspec.json.decode(known["basis"])
            moved[account.id] = told(differences(before, basis))
    return moved


def differences(before: Basis | None, now: Basis) -> list[Told]:
    """What changed from one basis to another, for a reader: each with `what` and particulars."""
    if before is None:
        return [{"what": "schedule or account changed", "schedule": now["schedule"]}]
    causes: list[Told] = []
    if (before["schedule"], before["wording"]) != (now["schedule"], now["wording"]):
        causes.append(
            {
                "what": "schedule adopted",
                "schedule": now["schedule"],
                "before": before["schedule"],
                "wording": now["wording"],
            }
        )
    if before["closed"] != now["closed"]:
        what = "account reopened" if now["closed"] is None else "account closed"
        causes.append({"what": what, "on": now["closed"] or before["closed"]})
    if (before["department"], before["division"]) != (now["department"], now["division"]):
        causes.append(
            {
                "what": "account moved",
                "from": [before["department"], before["division"]],
                "to": [now["department"], now["division"]],
            }
        )
    if before["class"] != now["class"]:
        causes.append({"what": "account classed anew", "from": before["class"], "to": now["class"]})
    if before["handle"] != now["handle"]:
        causes.append({"what": "account renamed", "from": before["handle"], "to": now["handle"]})
    named = ("schedule", "wording", "closed", "department", "division", "class", "handle")
    for name in sorted((before.keys() | now.keys()) - set(named)):
        if before.get(name) != now.get(name):
            causes.append({"what": f"{name} changed", "to": now.get(name)})
    return causes


def told(causes: Sequence[Told]) -> str:
    """Causes as the archive keeps them."""
    return msgspec.json.encode(causes).decode()


def remember(
    office: sqlite3.Connection, access: Access, book: Rulebook, accounts: Sequence[Account]
) -> None:
    """Write down by what the accounts' records are marked now."""
    fresh = []
    for account in accounts:
        basis = basis_of(book, account)
        digest = wording_digest(basis)
        known = row(
            office,
            "SELECT 1 FROM retention_marked WHERE file = ? AND account_id = ? AND digest = ?",
            access.value,
            account.id,
            digest,
        )
        if known is None:
            text = msgspec.json.encode(basis).decode()
            fresh.append((access.value, account.id, digest, text))
    if not fresh:
        return
    with write_transaction(office):
        office.executemany(
            """
            INSERT INTO retention_marked (file, account_id, digest, basis) VALUES (?, ?, ?, ?)
            ON CONFLICT (file, account_id)
                DO UPDATE SET digest = excluded.digest, basis = excluded.basis
            """,
            fresh,
        )
        audit(
            office,
            actor="retention",
            action="schedule applied",
            subject=f"schedule {book.schedule.id}@{book.schedule.version}",
            detail={"file": access.value, "accounts": [each[1] for each in fresh]},
        )


def _is_any_marked(conn: sqlite3.Connection) -> bool:
    """Whether a file has a marked record at all: two looks into the index of days."""
    return any(
        row(conn, f"SELECT 1 FROM records WHERE {where} LIMIT 1") is not None
        for where in (
            "retain_until IS NOT NULL",
            "retain_until IS NULL AND retention_rule IS NOT NULL",
        )
    )


def _is_marked(conn: sqlite3.Connection, account_id: int) -> bool:
    found = row(
        conn,
        "SELECT 1 FROM records WHERE account_id = ? AND retention_rule IS NOT NULL LIMIT 1",
        account_id,
    )
    return found is not None
