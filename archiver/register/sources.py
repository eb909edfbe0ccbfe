"""Who hands in records: a custodian or a department, as an account the archive can name.

What an official forwards from a personal account, or another department hands over, comes from no
account of the city. The archive keeps it under a source: registered once, by name and department,
never captured, closed or given a credential.
"""

from __future__ import annotations

import re
import sqlite3

from archiver.clock import now_text
from archiver.database import row
from archiver.errors import InputError
from archiver.register.accounts import FORWARDED, Account, account_by_id
from archiver.register.names import key, words
from archiver.register.office import audit

_NO_HANDLE = re.compile(r"[^\w.-]+")
_LONGEST = 120


def source_account(conn: sqlite3.Connection, *, actor: str, name: str, department: str) -> Account:
    """The source of that name and department, entered where it is met for the first time; for a
    department's own files the name is the department's. In the caller's transaction.

    Raises InputError where either is empty or holds control characters.
    """
    shown, unit = words("name", name)[:_LONGEST], words("department", department)[:_LONGEST]
    if not shown or not unit:
        raise InputError("who hands in records is named, with the department")
    found = row(
        conn,
        "SELECT id FROM register_accounts WHERE platform = ? AND status = 'active' "
        "AND display_name = ? AND department_key = ?",
        *(FORWARDED, shown, key(unit)),
    )
    if found is not None:
        return account_by_id(conn, found["id"])
    handle = _free_handle(conn, shown)
    cursor = conn.execute(
        """
        INSERT INTO register_accounts (platform, handle, handle_key, display_name, department,
            department_key, division, division_key, account_class, created_at)
        VALUES (?, ?, ?, ?, ?, ?, '', '', ?, ?)
        """,
        (FORWARDED, handle, key(handle), shown, unit, key(unit), FORWARDED, now_text()),
    )
    made = account_by_id(conn, int(cursor.lastrowid or 0))
    conn.execute(
        "INSERT INTO register_handles (account_id, handle, handle_key, since) VALUES (?, ?, ?, ?)",
        (made.id, handle, key(handle), now_text()),
    )
    detail = {"platform": FORWARDED, "handle": handle, "unit": made.unit}
    audit(conn, actor=actor, action="account added", subject=f"account {made.id}", detail=detail)
    return made


def _free_handle(conn: sqlite3.Connection, name: str) -> str:
    """A handle made of a name, with a number behind it where another has it."""
    plain = _NO_HANDLE.sub("-", name).strip("-.") or "source"
    wanted, n = plain, 1
    while row(
        conn,
        "SELECT 1 FROM register_accounts WHERE platform = ? AND handle_key = ?",
        *(FORWARDED, key(wanted)),
    ):
        n += 1
        wanted = f"{plain}-{n}"
    return wanted
