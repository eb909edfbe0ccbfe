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
from archiver.desk.desk import Desk
from archiver.staff.people import Person
from archiver.staff.roles import VIEW_PRIVATE, VIEW_QUARANTINE
from archiver.staff.sessions import PROXY, PROXY_AND_CODE, Current, session_for

_LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by a signed-in member of staff."""

    desk: Desk
    person: Person
    token: str
    session: Current

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
        return self.person.may(VIEW_PRIVATE)

    def may(self, permission: str) -> bool:
        """Whether the person may do this."""
        return self.person.may(permission)

    @contextmanager
    def evidence(self) -> Iterator[dict[str, sqlite3.Connection]]:
        """The evidence files this person may see, by name."""
        with self.desk.stores.evidence(private=self.private) as files:
            yield files

    @contextmanager
    def whole_evidence(self) -> Iterator[dict[str, sqlite3.Connection]]:
        """Both evidence files with what is in quarantine, for who decides about it.

        Raises PermissionError for everybody else.
        """
        if not (self.may(VIEW_QUARANTINE) and self.private):
            raise PermissionError("what is in quarantine is the city attorney's to see")
        with self.desk.stores.whole_evidence() as files:
            yield files

    @contextmanager
    def office(self) -> Iterator[sqlite3.Connection]:
        """office.db."""
        with self.desk.stores.office() as connection:
            yield connection


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
    return Visit(desk, session.person, token, session)


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
