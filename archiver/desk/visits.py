"""Who is asking, and the cookie that says so."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from archiver import clock
from archiver.archive.sight import EVERYTHING, Sight
from archiver.archive.store import Archive
from archiver.desk.desk import Desk
from archiver.register.accounts import accounts_of_departments
from archiver.staff.people import Person
from archiver.staff.roles import (
    ATTEST,
    CONSENT,
    MANAGE_HOLDS,
    MANAGE_RETENTION,
    PRODUCE,
    VIEW_AUDIT,
    VIEW_PRIVATE,
    VIEW_QUARANTINE,
    VIEW_RETENTION,
)
from archiver.staff.sessions import PROXY, PROXY_AND_CODE, Current, session_for

_LONGEST_TOKEN = 128
_OF_THE_WHOLE = frozenset(
    {ATTEST, CONSENT, MANAGE_HOLDS, MANAGE_RETENTION, PRODUCE, VIEW_AUDIT, VIEW_RETENTION}
)


class NeedsWhole(Exception):
    """It takes every record, and the person is limited to some departments' accounts."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by a signed-in member of staff. `sight` is what of the records they may know."""

    desk: Desk
    person: Person
    token: str
    session: Current
    sight: Sight

    @property
    def must_enrol(self) -> bool:
        """Whether the person has yet to set up the second factor that the city requires."""
        if self.session.has_factor or not self.desk.second_factor.needs(self.person):
            return False
        proxy_asks = self.desk.sign_on is not None and self.desk.sign_on.asks_code
        return not (proxy_asks and self.session.means == PROXY)

    @property
    def form_key(self) -> str:
        """What every form of this session carries, and no other site can know."""
        return hmac.new(self.token.encode(), b"archiver desk form", hashlib.sha256).hexdigest()

    @property
    def private(self) -> bool:
        """Whether the person may see anything of private.db."""
        return self.sight.private

    def may(self, permission: str) -> bool:
        """Whether the person may do this."""
        return self.person.may(permission)

    def reaches(self, permission: str) -> bool:
        """Whether there is a page for the person behind this permission, or all of it needs every
        record, and they are limited to departments."""
        return self.may(permission) and not (self.sight.limited and permission in _OF_THE_WHOLE)

    def need_whole(self) -> None:
        """Raise NeedsWhole for who is limited to departments: what follows needs every record."""
        if self.sight.limited:
            named = " and ".join(self.sight.departments)
            raise NeedsWhole(
                f"This needs the records of every department, and you see those of {named}: "
                "ask somebody who is not limited to departments."
            )

    @contextmanager
    def evidence(self) -> Iterator[dict[str, sqlite3.Connection]]:
        """The evidence files this person may see, by name."""
        with self.desk.stores.evidence(self.sight) as files:
            yield files

    @contextmanager
    def whole_evidence(self) -> Iterator[dict[str, sqlite3.Connection]]:
        """Both evidence files with what is in quarantine, for who decides about it.

        Raises PermissionError for everybody else.
        """
        if not (self.may(VIEW_QUARANTINE) and self.private):
            raise PermissionError("what is in quarantine is the city attorney's to see")
        with self.desk.stores.whole_evidence(self.sight) as files:
            yield files

    @contextmanager
    def office(self) -> Iterator[sqlite3.Connection]:
        """office.db, as far as the person may know of it."""
        with self.desk.stores.office(self.sight) as connection:
            yield connection

    @contextmanager
    def office_of_own(self, *, sees_all: bool) -> Iterator[sqlite3.Connection]:
        """office.db for what belongs to whoever handed it in, which the page checks by its login.

        What an official hands in comes from a source that the register meets for the first time,
        which the limit to departments would hide from its own official; who sees everybody's
        (`sees_all`) sees it within that limit.
        """
        with self.desk.stores.office(self.sight if sees_all else EVERYTHING) as connection:
            yield connection

    @contextmanager
    def whole_archive(self, *, quarantine: bool = True) -> Iterator[Archive]:
        """The archive with every account's records, for what is counted or decided over all of it;
        without what is in `quarantine` where that is said.

        Raises NeedsWhole for who is limited to departments.
        """
        self.need_whole()
        with Archive.open(self.desk.home, whole=quarantine) as archive:
            yield archive


def identify(desk: Desk, cookie_header: str, vouched: str = "") -> Visit | None:
    """Whose cookie this is, or None.

    `vouched` is the login the city's proxy vouches for in this request. Its word goes before a
    cookie: another's cookie opens nothing beside it, and a session that it opened opens nothing
    without it, so that a stolen cookie is of no use past the proxy.
    """
    token = _token(desk, cookie_header)
    if not token:
        return None
    with desk.stores.staff() as staff:
        session = session_for(staff, token, clock.now())
    if session is None:
        return None
    needs_vouching = session.means in (PROXY, PROXY_AND_CODE)
    if (vouched or needs_vouching) and vouched != session.person.login:
        return None
    return Visit(desk, session.person, token, session, _sight_of(desk, session.person))


def _sight_of(desk: Desk, person: Person) -> Sight:
    """What a person may know of, read anew for every request: a limit holds from its next click
    on, and follows an account to the department it belongs to now."""
    private = person.may(VIEW_PRIVATE)
    if not person.departments:
        return Sight(private)
    with desk.stores.office(EVERYTHING) as office:
        return Sight(
            private, person.departments, accounts_of_departments(office, person.departments)
        )


def set_cookie(desk: Desk, token: str) -> str:
    """The Set-Cookie value that opens a session; it ends with the browser at the latest."""
    return f"{desk.cookie_name}={token}; {_attributes(desk)}"


def clear_cookie(desk: Desk) -> str:
    """The Set-Cookie value that takes the session out of the browser."""
    return f"{desk.cookie_name}=; Max-Age=0; {_attributes(desk)}"


def _attributes(desk: Desk) -> str:
    return "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if desk.secure else "")


def _token(desk: Desk, cookie_header: str) -> str:
    try:
        found = SimpleCookie(cookie_header).get(desk.cookie_name)
    except CookieError:
        return ""
    return found.value if found is not None and len(found.value) <= _LONGEST_TOKEN else ""
