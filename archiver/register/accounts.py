"""The account register: one official account per division and platform, kept by name and date."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from archiver.clock import now, now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.names import handle_name, is_platform, key, platform_name, words
from archiver.register.office import audit, home_of
from archiver.register.pointers import check_pointer

CLASSES = ("official", "official-capacity")
REFUSED_CLASSES = ("personal", "campaign")
FORWARDED = "forwarded"
"""The class, and the platform, of who hands in records: no account of the city (see `sources`)."""
ONE_PER_DIVISION = (
    "the register's rule is one official account per division for each platform "
    "(as in the City of Sacramento's social media policy, section 4.A)"
)


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the register. Days are ISO dates in the agency's time zone.

    `account_class` is ``official``, ``official-capacity`` (an official's account declared for
    city business) or ``forwarded`` (a custodian or department who hands in records); `service` the
    platform's server (None: its usual one); `credential` a pointer; `close_reason` also notes the
    final capture before closing.
    """

    id: int
    platform: str
    handle: str
    native_id: str | None
    display_name: str
    department: str
    division: str
    account_class: str
    url: str | None
    service: str | None
    credential: str | None
    status: str
    opened_on: str | None
    closed_on: str | None
    close_reason: str | None
    waiver_reason: str | None
    approval: str | None

    @property
    def name(self) -> str:
        """How messages call it: ``x:@AlderGlenParks``."""
        return f"{self.platform}:@{self.handle}"

    @property
    def unit(self) -> str:
        """Department and division as one phrase."""
        return f"{self.department}, {self.division}" if self.division else self.department


_COLUMNS = ", ".join(field.name for field in fields(Account))


def add_account(
    conn: sqlite3.Connection,
    *,
    actor: str,
    platform: str,
    handle: str,
    department: str,
    division: str = "",
    display_name: str | None = None,
    account_class: str = "official",
    native_id: str | None = None,
    url: str | None = None,
    service: str | None = None,
    credential: str | None = None,
    opened_on: str | None = None,
    waiver_reason: str | None = None,
    approval: str | None = None,
) -> Account:
    """Register an account. An empty `division` stands for the department's own office.

    Raises InputError where a value cannot be used, RuleError where the policy does not allow the
    account: a second active one of the division on that platform without `waiver_reason`, a
    personal or campaign account, a credential in place of a pointer, or a handle already active.
    """
    with write_transaction(conn):
        return insert_account(
            conn,
            actor=actor,
            platform=platform,
            handle=handle,
            department=department,
            division=division,
            display_name=display_name,
            account_class=account_class,
            native_id=native_id,
            url=url,
            service=service,
            credential=credential,
            opened_on=opened_on,
            waiver_reason=waiver_reason,
            approval=approval,
        )


def insert_account(
    conn: sqlite3.Connection,
    *,
    actor: str,
    platform: str,
    handle: str,
    department: str,
    division: str,
    display_name: str | None,
    account_class: str,
    native_id: str | None,
    url: str | None,
    service: str | None,
    credential: str | None,
    opened_on: str | None,
    waiver_reason: str | None,
    approval: str | None,
) -> Account:
    """`add_account` inside a transaction the caller holds."""
    platform = platform_name(platform)
    if platform == FORWARDED:
        raise RuleError(
            "no account of the city is called forwarded: who hands in records is entered when they "
            "are asked (`archiver custodians ask`)"
        )
    handle = handle_name(handle)
    department = words("department", department)
    if not department:
        raise InputError("department is missing: name the department that answers for the account")
    division = words("division", division)
    account_class = _class_name(account_class or CLASSES[0])
    waiver = words("waiver reason", waiver_reason or "") or None
    pointer = check_pointer(credential, home_of(conn)) if credential else None
    opened = _day("opened_on", opened_on)
    native = words("native_id", native_id or "") or None
    _refuse_same(conn, platform, handle, native)
    if waiver is None:
        _refuse_second(conn, platform, department, division)
    cursor = conn.execute(
        """
        INSERT INTO register_accounts (platform, handle, handle_key, native_id, display_name,
            department, department_key, division, division_key, account_class, url, service,
            credential, opened_on, waiver_reason, approval, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            platform,
            handle,
            key(handle),
            native,
            words("display_name", display_name or "") or handle,
            department,
            key(department),
            division,
            key(division),
            account_class,
            words("url", url or "") or None,
            words("service", service or "").rstrip("/") or None,
            pointer,
            opened,
            waiver,
            words("approval", approval or "") or None,
            now_text(),
        ),
    )
    account = account_by_id(conn, int(cursor.lastrowid or 0))
    _note_handle(conn, account)
    detail: dict[str, object] = {"platform": platform, "handle": handle, "unit": account.unit}
    if waiver:
        detail["waiver_reason"] = waiver
    audit(conn, actor=actor, action="account added", subject=_subject(account), detail=detail)
    return account


def account_by_id(conn: sqlite3.Connection, account_id: int) -> Account:
    """The account of that id. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM register_accounts WHERE id = ?", account_id)
    if found is None:
        raise InputError(f"no account {account_id} in the register: see `archiver accounts list`")
    return Account(*found)


def list_accounts(
    conn: sqlite3.Connection, *, include_closed: bool = True, sources: bool = True
) -> list[Account]:
    """All accounts by department, division and platform; active ones first. Without `sources` those
    of the city's own alone, not who hands in records."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM register_accounts WHERE (? OR status = 'active') "
        "AND (? OR account_class <> 'forwarded') "
        "ORDER BY status, department_key, division_key, platform, handle_key, id",
        *(include_closed, sources),
    )
    return [Account(*each) for each in found]


def departments_of(conn: sqlite3.Connection) -> list[str]:
    """The departments that answer for an account, closed ones too, by name."""
    found = rows(
        conn,
        "SELECT min(department) AS name FROM register_accounts "
        "GROUP BY department_key ORDER BY department_key",
    )
    return [each["name"] for each in found]


def named_departments(conn: sqlite3.Connection, names: Collection[str]) -> list[str]:
    """Departments as the register writes them, however they were typed.

    Raises InputError where it knows one of them not, and lists those it knows.
    """
    known = {key(name): name for name in departments_of(conn)}
    unknown = [name for name in names if key(name) not in known]
    if unknown:
        there = ", ".join(known.values()) or "none yet: register an account first"
        raise InputError(
            f"no department {unknown[0]!r} in the account register; the departments are {there}"
        )
    return sorted({known[key(name)] for name in names})


def accounts_of_departments(conn: sqlite3.Connection, names: Collection[str]) -> frozenset[int]:
    """The ids of the accounts these departments answer for now."""
    found = rows(
        conn,
        f"SELECT id FROM register_accounts WHERE department_key IN ({', '.join('?' * len(names))})",
        *(key(name) for name in names),
    )
    return frozenset(each["id"] for each in found)


def find_account(conn: sqlite3.Connection, name: str) -> Account:
    """The account a person means: its id, ``handle``, ``@handle`` or ``platform:handle``.

    Active accounts come before closed ones and present handles before former ones.
    Raises InputError where none fits or several do, naming the candidates.
    """
    text = name.strip()
    if text.isdecimal() and row(conn, "SELECT 1 FROM register_accounts WHERE id = ?", int(text)):
        return account_by_id(conn, int(text))
    platform, separator, rest = text.partition(":")
    if not separator or not is_platform(platform):
        platform, rest = "", text
    else:
        platform = platform_name(platform)
    handle = key(rest.strip().removeprefix("@"))
    tables = (
        "SELECT id FROM register_accounts WHERE handle_key = ? AND status = 'active'",
        "SELECT id FROM register_accounts WHERE handle_key = ? AND status = 'closed'",
        "SELECT account_id FROM register_handles WHERE handle_key = ?",
    )
    for table in tables:
        found = rows(
            conn,
            f"SELECT {_COLUMNS} FROM register_accounts WHERE id IN ({table}) "
            "AND (? = '' OR platform = ?) ORDER BY id",
            handle,
            platform,
            platform,
        )
        if len(found) == 1:
            return Account(*found[0])
        if found:
            raise InputError(_ambiguous(name, [Account(*each) for each in found]))
    own = list_accounts(conn, sources=False)
    there = [one for one in own if one.platform == platform] or own
    known = ", ".join(account.name for account in there[:5])
    hint = f" (registered: {known})" if known else ""
    raise InputError(f"no account {name!r} in the register{hint}: see `archiver accounts list`")


def close_account(
    conn: sqlite3.Connection, account: Account, *, actor: str, on: str, reason: str
) -> Account:
    """Close an account on a day; its records stay and their retention goes on.

    `reason` also says whether a final full capture was made before closing. Raises RuleError where
    it is closed already or no reason is given, InputError where the day is no date or lies ahead.
    """
    why = words("reason", reason)
    if not why:
        raise RuleError("closing an account needs a reason, and a note on the final full capture")
    day = _day("closing day", on)
    if day is None:
        raise InputError("closing an account needs the day it was closed: write it as YYYY-MM-DD")
    if dt.date.fromisoformat(day) > now().date() + dt.timedelta(days=1):
        raise InputError(f"the closing day {day} lies ahead: close the account when it is closed")
    with write_transaction(conn):
        current = account_by_id(conn, account.id)
        if current.status == "closed":
            raise RuleError(f"{current.name} was closed on {current.closed_on} already")
        if current.opened_on and day < current.opened_on:
            raise InputError(f"{current.name} was opened on {current.opened_on}, after {day}")
        conn.execute(
            "UPDATE register_accounts SET status = 'closed', closed_on = ?, close_reason = ? "
            "WHERE id = ?",
            (day, why, account.id),
        )
        closed = account_by_id(conn, account.id)
        audit(
            conn,
            actor=actor,
            action="account closed",
            subject=_subject(closed),
            detail={"on": day, "reason": why},
        )
    return closed


def change_handle(
    conn: sqlite3.Connection, account: Account, *, actor: str, handle: str
) -> Account:
    """Note that the account now goes by another handle. Its id, and so its records, stay.

    Raises RuleError where another active account of the platform goes by it.
    """
    handle = handle_name(handle)
    with write_transaction(conn):
        current = account_by_id(conn, account.id)
        if current.handle == handle:
            return current
        if key(handle) != key(current.handle):
            _refuse_same(conn, current.platform, handle, None)
        conn.execute(
            "UPDATE register_accounts SET handle = ?, handle_key = ? WHERE id = ?",
            (handle, key(handle), account.id),
        )
        changed = account_by_id(conn, account.id)
        _note_handle(conn, changed)
        audit(
            conn,
            actor=actor,
            action="account handle changed",
            subject=_subject(changed),
            detail={"from": current.handle, "to": handle},
        )
    return changed


def set_native_id(
    conn: sqlite3.Connection, account: Account, *, actor: str, native_id: str
) -> Account:
    """Write down the platform's own id of the account, learnt at its first capture or import.

    Raises RuleError where the register already names another id: it is another account then.
    """
    native = words("native_id", native_id)
    with write_transaction(conn):
        current = account_by_id(conn, account.id)
        if current.native_id == native:
            return current
        if current.native_id is not None:
            raise RuleError(
                f"{current.name} is registered with another platform id: check which account this "
                "is, and register it on its own if it is another one"
            )
        _refuse_same(conn, current.platform, None, native)
        conn.execute(
            "UPDATE register_accounts SET native_id = ? WHERE id = ?", (native, account.id)
        )
        audit(
            conn,
            actor=actor,
            action="account id learnt",
            subject=_subject(current),
            detail={"native_id": native},
        )
    return account_by_id(conn, account.id)


def set_credential(
    conn: sqlite3.Connection, account: Account, *, actor: str, credential: str | None
) -> Account:
    """Point to another place for the account's credential (None: it has none).

    Raises RuleError where it is no pointer; the text is not repeated.
    """
    pointer = check_pointer(credential, home_of(conn)) if credential else None
    with write_transaction(conn):
        conn.execute(
            "UPDATE register_accounts SET credential = ? WHERE id = ?", (pointer, account.id)
        )
        audit(
            conn,
            actor=actor,
            action="account credential pointer changed",
            subject=_subject(account),
            detail={"pointer": pointer},
        )
    return account_by_id(conn, account.id)


def _class_name(text: str) -> str:
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if name in REFUSED_CLASSES:
        raise RuleError(
            f"a {name} account is not archived: only the city's own accounts and accounts declared "
            "for city business are (official, official-capacity)"
        )
    if name not in CLASSES:
        raise InputError(f"account class is not known: use {' or '.join(CLASSES)}")
    return name


def _day(what: str, text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise InputError(f"{what} is no date: write it as YYYY-MM-DD") from None


def _refuse_same(
    conn: sqlite3.Connection, platform: str, handle: str | None, native: str | None
) -> None:
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM register_accounts WHERE status = 'active' AND platform = ? "
        "AND (handle_key = ? OR native_id = ?)",
        platform,
        None if handle is None else key(handle),
        native,
    )
    if found is not None:
        same = Account(*found)
        raise RuleError(f"{same.name} is registered already (account {same.id}, {same.unit})")


def _refuse_second(conn: sqlite3.Connection, platform: str, department: str, division: str) -> None:
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM register_accounts WHERE status = 'active' AND platform = ? "
        "AND department_key = ? AND division_key = ?",
        platform,
        key(department),
        key(division),
    )
    if found is not None:
        first = Account(*found)
        raise RuleError(
            f"{first.unit} already has {first.name} (account {first.id}); {ONE_PER_DIVISION}: "
            "give a waiver reason, or close that account first"
        )


def _note_handle(conn: sqlite3.Connection, account: Account) -> None:
    conn.execute(
        "INSERT INTO register_handles (account_id, handle, handle_key, since) VALUES (?, ?, ?, ?)",
        (account.id, account.handle, key(account.handle), now_text()),
    )


def _ambiguous(name: str, candidates: Sequence[Account]) -> str:
    listed = ", ".join(f"{each.name} (account {each.id}, {each.status})" for each in candidates)
    return f"{name!r} fits several accounts: {listed}; name one by platform:handle or by its id"


def _subject(account: Account) -> str:
    return f"account {account.id}"
