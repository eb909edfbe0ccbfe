"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyotp

from archiver import clock
from archiver.database import row, write_transaction
from archiver.errors import HomeError, RuleError
from archiver.staff.attempts import weigh
from archiver.staff.people import Person, audit, end_sessions, find_person
from archiver.staff.roles import ROLES
from archiver.staff.vault import keyed_digest, make_staff_key, seal, unseal

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""How many steps of 30 seconds a telephone's clock may be off (RFC 6238 §5.2)."""
BEGUN_FOR = dt.timedelta(minutes=15)
RECOVERY_CODES = 10
WRONG_CODE = "that code is not right or was used before: wait for the next one and try again"

_RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 10
_SPACES = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """What the city asks (`[staff] second_factor`): whether codes are asked for at all, of
    everybody or of those with certain roles."""

    asked: bool
    everybody: bool
    roles: frozenset[str]

    def needs(self, person: Person) -> bool:
        """Whether this person must have a second factor."""
        return self.asked and (self.everybody or not self.roles.isdisjoint(person.roles))


def rule_of(setting: str | Sequence[str]) -> Rule:
    """The rule of a setting: ``off``, ``optional``, ``required``, or the roles it is required of.

    Raises HomeError where it is none of these: a misspelt role would ask nobody.
    """
    if isinstance(setting, str):
        if setting not in ("off", "optional", "required"):
            raise HomeError(
                "archive.toml: [staff] second_factor is off, optional, required or a list of roles"
            )
        return Rule(setting != "off", setting == "required", frozenset())
    unknown = [name for name in setting if name not in ROLES]
    if unknown or not setting:
        raise HomeError(
            f"archive.toml: [staff] second_factor names {', '.join(unknown) or 'no role'}; "
            f"the roles are {', '.join(sorted(ROLES))}"
        )
    return Rule(True, False, frozenset(setting))


@dataclass(frozen=True, slots=True)
class Factor:
    """How a person's second factor stands. `confirmed_at` is None where there is none;
    `recovery_left` is how many recovery codes are still unused."""

    confirmed_at: str | None
    recovery_left: int


def factor_of(connection: sqlite3.Connection, person_id: int) -> Factor:
    """How the second factor of a person stands."""
    found = row(
        connection,
        "SELECT (SELECT confirmed_at FROM second_factors WHERE person_id = ?1) AS confirmed_at,"
        " (SELECT count(*) FROM recovery_codes WHERE person_id = ?1 AND used_at IS NULL) AS left",
        person_id,
    )
    return Factor(None, 0) if found is None else Factor(found["confirmed_at"], found["left"])


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is being set up: the key to be typed, and the address in the picture."""

    key: str
    address: str


def begin(
    connection: sqlite3.Connection,
    person: Person,
    *,
    keys: Path,
    session: str,
    now: dt.datetime,
) -> None:
    """Draw a key for this person's app; it asks for nothing until a code confirms it.

    `session` is the handle of the session that begins: no other is shown the key. Part of the
    caller's transaction. Raises RuleError where the person has a second factor already.
    """
    if factor_of(connection, person.id).confirmed_at is not None:
        raise RuleError("you have a second factor already: take it off first")
    make_staff_key(keys)
    key = pyotp.random_base32(32)
    connection.execute(
        "INSERT OR REPLACE INTO second_factors (person_id, sealed, session, begun_at)"
        " VALUES (?, ?, ?, ?)",
        (person.id, seal(keys, key.encode(), owner=person.id), session, clock.to_text(now)),
    )
    audit(connection, actor=person.login, action="second-factor-begun", subject=person.login)


def begun(
    connection: sqlite3.Connection,
    person: Person,
    *,
    keys: Path,
    session: str,
    agency: str,
    now: dt.datetime,
) -> Enrolment | None:
    """What the session that began within the last 15 minutes is shown; None: nothing is begun."""
    found = row(
        connection,
        "SELECT sealed, begun_at FROM second_factors"
        " WHERE person_id = ? AND session = ? AND confirmed_at IS NULL",
        person.id,
        session,
    )
    if found is None or now - clock.parse(found["begun_at"]) >= BEGUN_FOR:
        return None
    key = unseal(keys, found["sealed"], owner=person.id).decode()
    address = pyotp.TOTP(key).provisioning_uri(name=person.login, issuer_name=f"{agency} archiver")
    return Enrolment(key, address)


def confirm(
    connection: sqlite3.Connection,
    person: Person,
    code: str,
    *,
    keys: Path,
    session: str,
    now: dt.datetime,
) -> list[str]:
    """Turn the begun second factor on, and end the person's other sessions: they were opened
    without it. Gives ten recovery codes, which are kept nowhere and never shown again.

    Raises RuleError where nothing was begun in this session, or the code is not right.
    """
    with write_transaction(connection):
        if begun(connection, person, keys=keys, session=session, agency="", now=now) is None:
            raise RuleError("the time to set it up has run out: begin again")
        fits = _use_step(connection, person.id, _bare(code), keys=keys, now=now)
        refusal = _weighed(connection, person, fits=fits, now=now)
        if refusal is None:
            connection.execute(
                "UPDATE second_factors SET confirmed_at = ? WHERE person_id = ?",
                (clock.to_text(now), person.id),
            )
            codes = _new_codes(connection, person.id, keys)
            end_sessions(connection, person.id, but=session)
            audit(connection, actor=person.login, action="second-factor-on", subject=person.login)
            return codes
    raise RuleError(refusal)


def use_code(
    connection: sqlite3.Connection, person: Person, code: str, *, keys: Path, now: dt.datetime
) -> str | None:
    """None where the code is right, and it is then used up; else the words of refusal.

    A code of six digits is the app's; anything else is tried as a recovery code. Part of the
    caller's transaction, which counts the failure.
    """
    bare = _bare(code)
    if bare.isascii() and bare.isdigit():
        fits = _use_step(connection, person.id, bare, keys=keys, now=now)
        return _weighed(connection, person, fits=fits, now=now)
    digest = keyed_digest(keys, bare.lower(), owner=person.id)
    known = row(
        connection,
        "SELECT 1 FROM recovery_codes WHERE person_id = ? AND digest = ? AND used_at IS NULL",
        person.id,
        digest,
    )
    refusal = _weighed(connection, person, fits=known is not None, now=now)
    if refusal is None:
        connection.execute(
            "UPDATE recovery_codes SET used_at = ? WHERE person_id = ? AND digest = ?",
            (clock.to_text(now), person.id, digest),
        )
        audit(
            connection,
            actor=person.login,
            action="recovery-code-used",
            subject=person.login,
            detail={"left": factor_of(connection, person.id).recovery_left},
        )
    return refusal


def renew_codes(
    connection: sqlite3.Connection, person: Person, code: str, *, keys: Path, now: dt.datetime
) -> list[str]:
    """Ten new recovery codes; the old ones are void. Raises RuleError where the code is wrong."""
    with write_transaction(connection):
        refusal = use_code(connection, person, code, keys=keys, now=now)
        if refusal is None:
            codes = _new_codes(connection, person.id, keys)
            audit(connection, actor=person.login, action="recovery-codes", subject=person.login)
            return codes
    raise RuleError(refusal)


def take_off(
    connection: sqlite3.Connection,
    person: Person,
    code: str,
    *,
    keys: Path,
    session: str,
    now: dt.datetime,
) -> None:
    """Take one's own second factor off, with a code of it; other sessions end.

    Raises RuleError where the code is wrong.
    """
    with write_transaction(connection):
        refusal = use_code(connection, person, code, keys=keys, now=now)
        if refusal is None:
            _forget(connection, person.id)
            end_sessions(connection, person.id, but=session)
            audit(connection, actor=person.login, action="second-factor-off", subject=person.login)
            return
    raise RuleError(refusal)


def reset_factor(connection: sqlite3.Connection, login: str, *, actor: str) -> Person:
    """Take the second factor of somebody off who has lost it, and end all their sessions.

    Raises InputError where nobody bears the login.
    """
    person = find_person(connection, login)
    with write_transaction(connection):
        _forget(connection, person.id)
        end_sessions(connection, person.id)
        audit(connection, actor=actor, action="second-factor-reset", subject=person.login)
    return person


def _weighed(
    connection: sqlite3.Connection, person: Person, *, fits: bool, now: dt.datetime
) -> str | None:
    return weigh(
        connection,
        person.login,
        person.id,
        fits=fits,
        now=now,
        action="second-factor",
        wrong=WRONG_CODE,
    )


def _use_step(
    connection: sqlite3.Connection, person_id: int, code: str, *, keys: Path, now: dt.datetime
) -> bool:
    """Whether it is the code of this half minute or of a neighbour, later than any used before;
    then that half minute is used."""
    found = row(
        connection, "SELECT sealed, last_step FROM second_factors WHERE person_id = ?", person_id
    )
    if found is None:
        return False
    app = pyotp.TOTP(unseal(keys, found["sealed"], owner=person_id).decode())
    here = int(now.timestamp()) // STEP_SECONDS
    for step in range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1):
        if hmac.compare_digest(app.generate_otp(step), code) and step > found["last_step"]:
            connection.execute(
                "UPDATE second_factors SET last_step = ? WHERE person_id = ?", (step, person_id)
            )
            return True
    return False


def _new_codes(connection: sqlite3.Connection, person_id: int, keys: Path) -> list[str]:
    bare = [
        "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    connection.execute("DELETE FROM recovery_codes WHERE person_id = ?", (person_id,))
    connection.executemany(
        "INSERT INTO recovery_codes (person_id, digest) VALUES (?, ?)",
        [(person_id, keyed_digest(keys, each, owner=person_id)) for each in bare],
    )
    half = _RECOVERY_LENGTH // 2
    return [f"{each[:half]}-{each[half:]}" for each in bare]


def _forget(connection: sqlite3.Connection, person_id: int) -> None:
    connection.execute("DELETE FROM second_factors WHERE person_id = ?", (person_id,))
    connection.execute("DELETE FROM recovery_codes WHERE person_id = ?", (person_id,))


def _bare(code: str) -> str:
    return _SPACES.sub("", code[:64])
