"""Before an official deletes a post or comment about the city's business: they ask, a copy is kept,
the city manager and the city attorney decide, and the copy stays at least two years.

Officials are not to delete such a post or comment before consulting both (social media policy of
the City of Palm Desert), and nothing that is a record of the city goes before two years (Gov. Code
§ 34090). Both offices have to allow it; one alone can keep it. The copy is held from the moment it
is asked, two years from the last step at least; after that a person may release it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.office import audit
from archiver.register.sources import source_account
from archiver.requests.custodians.wording import block_of, line_of
from archiver.requests.forwards.officials import Official, checked
from archiver.retention.holds import HoldKind, hold_by_id, hold_records, keep_until, place_hold

KEPT_YEARS = 2
"""Gov. Code § 34090 (d): no city record is destroyed before it is two years old."""
MANAGER, ATTORNEY = "city manager", "city attorney"
OFFICES = (MANAGER, ATTORNEY)
MAY_GO, STAYS = "may go", "stays"
MOST_RECORDS = 200
Key = tuple[str, int]


class Standing(StrEnum):
    """How a consultation stands."""

    WAITING = "waiting"
    MAY_GO = "may be deleted"
    STAYS = "is kept"
    DELETED = "was deleted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NewConsult:
    """What an official wants to delete: on which account (`source`), `what` in words, and `why`.
    `records` are copies the archive has, `forward_id` the forward that hands one in."""

    source: str
    what: str
    why: str
    records: tuple[Key, ...] = ()
    forward_id: int | None = None


@dataclass(frozen=True, slots=True)
class Consult:
    """A consultation on record; `at` is UTC. `hold_id` keeps the copies."""

    id: int
    account_id: int
    forward_id: int | None
    hold_id: int
    name: str
    title: str
    department: str
    login: str | None
    source: str
    what: str
    why: str
    at: str
    actor: str

    @property
    def who(self) -> str:
        """The official as a letter names them."""
        return ", ".join(filter(None, (self.name, self.title, self.department)))


@dataclass(frozen=True, slots=True)
class Step:
    """A decision of an `office` by `name`, that it was deleted, or that it is not asked any more.
    `day` is when that was, `at` when it was entered (UTC)."""

    id: int
    consult_id: int
    at: str
    actor: str
    what: str
    office: str
    name: str
    day: str
    reason: str


_COLUMNS = ", ".join(field.name for field in fields(Consult))


def consult(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    official: Official,
    wanted: NewConsult,
    *,
    actor: str,
) -> Consult:
    """Ask whether something may be deleted, and hold the copies of it from now on. Asked twice
    while the first waits, it is one.

    Raises InputError where a value cannot be used, no copy is named, or a record is not there.
    """
    who = checked(official)
    source = line_of("the account", wanted.source)
    what, why = block_of("what is to be deleted", wanted.what), block_of("the reason", wanted.why)
    if not source or not what or not why:
        raise InputError("say on which account it stands, what it is, and why it is to go")
    keys = list(dict.fromkeys(wanted.records))[:MOST_RECORDS]
    if not keys and wanted.forward_id is None:
        raise InputError(
            "a copy has to be kept before anything is deleted: hand in a picture, a saved page or "
            "the message, or name the record the archive has"
        )
    for file, record_id in keys:
        if file not in files or not _is_there(files[file], record_id):
            raise InputError(f"there is no record {file}:{record_id}")
    with write_transaction(conn):
        for each in _asked_before(conn, who, source, what):
            if standing_of(conn, each) is Standing.WAITING:
                return each
        account = source_account(conn, actor=actor, name=who.name, department=who.department)
        number = _next(conn)
        hold = place_hold(
            conn,
            actor=actor,
            kind=HoldKind.ADMINISTRATIVE,
            reference=f"C-{number}",
            reason=f"{who.name} asks to delete it; kept at least {KEPT_YEARS} years",
        )
        conn.execute(
            "INSERT INTO main.deletion_consults (id, account_id, forward_id, hold_id, name, title, "
            "department, login, source, what, why, at, actor) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(number, account.id, wanted.forward_id, hold.id, who.name, who.title),
                *(who.department, who.login or None, source, what, why, clock.now_text(), actor),
            ),
        )
        conn.executemany(
            "INSERT INTO main.deletion_consult_records (consult_id, file, record_id) "
            "VALUES (?, ?, ?)",
            ((number, file, record_id) for file, record_id in keys),
        )
        hold_records(conn, hold, keys, actor=actor)
        keep_until(conn, hold, _two_years_on(), actor=actor)
        _audit(conn, number, "asked before deleting", actor, {"from": who.name})
        made = find_consult(conn, number)
        _hold_forwarded(conn, made, actor)
    return made


def decide(
    conn: sqlite3.Connection,
    settings: Settings,
    consult_id: int,
    *,
    office: str,
    says: str,
    name: str,
    on: dt.date,
    reason: str,
    actor: str,
) -> Standing:
    """Record what the city manager or the city attorney decided; the same said twice is once.

    Raises InputError where a value is missing, RuleError where the office decided otherwise before,
    nothing is captured yet, or it is over.
    """
    if office not in OFFICES or says not in (MAY_GO, STAYS):
        raise InputError("say which office decides, and whether it may go or stays")
    who, why = line_of("the name", name), block_of("the reason", reason)
    if not who or not why:
        raise InputError("a decision is by name, and has a reason")
    if on > clock.local_day(clock.now_text(), settings.time_zone):
        raise InputError("the day of the decision lies ahead: give today's or an earlier one")
    with write_transaction(conn):
        asked = find_consult(conn, consult_id)
        before = next((each for each in steps_of(conn, asked) if each.office == office), None)
        if before is not None:
            if (before.what, before.name) == (says, who):
                return standing_of(conn, asked)
            raise RuleError(f"the {office} decided about C-{asked.id} already: it {before.what}")
        if standing_of(conn, asked) in (Standing.DELETED, Standing.WITHDRAWN):
            raise RuleError(f"C-{asked.id} is over: nothing is left to decide")
        if says == MAY_GO and not captured(conn, asked):
            raise RuleError(
                f"no copy of what C-{asked.id} is about is in the archive yet: wait until it was "
                "taken in"
            )
        _step(conn, asked, says, actor, office=office, name=who, day=on, reason=why)
    return standing_of(conn, asked)


def tell_deleted(
    conn: sqlite3.Connection, settings: Settings, consult_id: int, *, on: dt.date, actor: str
) -> Standing:
    """Record that the official deleted it, on a day. Raises RuleError before both offices allowed
    it, InputError where the day lies ahead."""
    if on > clock.local_day(clock.now_text(), settings.time_zone):
        raise InputError("the day it was deleted lies ahead: give today's or an earlier one")
    with write_transaction(conn):
        asked = find_consult(conn, consult_id)
        standing = standing_of(conn, asked)
        if standing is Standing.DELETED:
            return standing
        if standing is not Standing.MAY_GO:
            raise RuleError(
                f"C-{asked.id} {standing.value}: it may be deleted only when city manager and city "
                "attorney both said so; if it is gone already, tell the city attorney"
            )
        _step(conn, asked, "deleted", actor, day=on)
    return Standing.DELETED


def withdraw(conn: sqlite3.Connection, consult_id: int, *, actor: str, reason: str) -> Standing:
    """The official asks no more: it stays where it is. Raises RuleError where it is over."""
    why = block_of("the reason", reason)
    with write_transaction(conn):
        asked = find_consult(conn, consult_id)
        if standing_of(conn, asked) in (Standing.DELETED, Standing.WITHDRAWN):
            raise RuleError(f"C-{asked.id} is over")
        today = dt.date.fromisoformat(clock.now_text()[:10])
        _step(conn, asked, "withdrawn", actor, day=today, reason=why)
    return Standing.WITHDRAWN


def hold_captured(conn: sqlite3.Connection, forward_id: int, *, actor: str) -> None:
    """Hold what a forward has become records of, where it was handed in before a deletion."""
    with write_transaction(conn):
        sql = f"SELECT {_COLUMNS} FROM deletion_consults WHERE forward_id = ?"
        for each in rows(conn, sql, forward_id):
            _hold_forwarded(conn, Consult(*each), actor)


def find_consult(conn: sqlite3.Connection, consult_id: int) -> Consult:
    """The consultation of that number. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM deletion_consults WHERE id = ?", consult_id)
    if found is None:
        raise InputError(f"there is no consultation C-{consult_id}: see `archiver consults list`")
    return Consult(*found)


def list_consults(conn: sqlite3.Connection, *, login: str | None = None) -> list[Consult]:
    """Consultations, the newest first: all, or those of a person who signs in."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM deletion_consults WHERE (?1 IS NULL OR login = ?1) "
        "ORDER BY id DESC LIMIT 500",
        login,
    )
    return [Consult(*each) for each in found]


def steps_of(conn: sqlite3.Connection, asked: Consult) -> list[Step]:
    """What was decided and done, oldest first."""
    sql = "SELECT * FROM deletion_consult_steps WHERE consult_id = ? ORDER BY id"
    return [Step(*each) for each in rows(conn, sql, asked.id)]


def standing_of(conn: sqlite3.Connection, asked: Consult) -> Standing:
    """How a consultation stands."""
    said = {each.office or each.what: each.what for each in steps_of(conn, asked)}
    if "deleted" in said:
        return Standing.DELETED
    if "withdrawn" in said:
        return Standing.WITHDRAWN
    decisions = [said.get(office) for office in OFFICES]
    if STAYS in decisions:
        return Standing.STAYS
    return Standing.MAY_GO if decisions == [MAY_GO, MAY_GO] else Standing.WAITING


def captured(conn: sqlite3.Connection, asked: Consult) -> list[Key]:
    """The records that are kept of what is to be deleted."""
    found = rows(
        conn,
        "SELECT file, record_id FROM hold_items WHERE hold_id = ? ORDER BY file, record_id",
        asked.hold_id,
    )
    return [(each["file"], each["record_id"]) for each in found]


def _hold_forwarded(conn: sqlite3.Connection, asked: Consult, actor: str) -> None:
    found = rows(
        conn,
        "SELECT record_id FROM handed_in_records AS made JOIN handed_in_files AS files "
        "ON files.id = made.file_id WHERE forward_id = ?",
        asked.forward_id,
    )
    hold = hold_by_id(conn, asked.hold_id)
    if found and hold.released_at is None:
        hold_records(conn, hold, [("private", each["record_id"]) for each in found], actor=actor)


def _step(
    conn: sqlite3.Connection,
    asked: Consult,
    what: str,
    actor: str,
    *,
    day: dt.date,
    office: str = "",
    name: str = "",
    reason: str = "",
) -> None:
    conn.execute(
        "INSERT INTO main.deletion_consult_steps "
        "(consult_id, at, actor, what, office, name, day, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (asked.id, clock.now_text(), actor, what, office, name, day.isoformat(), reason),
    )
    hold = hold_by_id(conn, asked.hold_id)
    if hold.released_at is None:
        keep_until(conn, hold, _two_years_on(), actor=actor)
    _audit(conn, asked.id, f"deletion {what}", actor, {"office": office, "name": name})


def _audit(
    conn: sqlite3.Connection, number: int, action: str, actor: str, detail: Mapping[str, object]
) -> None:
    audit(conn, actor=actor, action=action, subject=f"consult C-{number}", detail=detail)


def _two_years_on() -> str:
    return clock.to_text(clock.now() + relativedelta(years=KEPT_YEARS, days=1))


def _next(conn: sqlite3.Connection) -> int:
    found = row(conn, "SELECT coalesce(max(id), 0) + 1 AS next FROM main.deletion_consults")
    assert found is not None
    return int(found["next"])


def _asked_before(
    conn: sqlite3.Connection, who: Official, source: str, what: str
) -> Sequence[Consult]:
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM deletion_consults WHERE name = ? AND department = ? "
        "AND source = ? AND what = ?",
        *(who.name, who.department, source, what),
    )
    return [Consult(*each) for each in found]


def _is_there(connection: sqlite3.Connection, record_id: int) -> bool:
    return row(connection, "SELECT 1 FROM records WHERE id = ?", record_id) is not None
