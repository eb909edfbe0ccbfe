"""The make-believe Bluesky apart from HTTP: who is signed in, how often they asked, for whom."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from archiver.demo.bluesky_views import Views
from archiver.demo.bluesky_world import Value, World

Query = Mapping[str, list[str]]

_WINDOW_SECONDS = 300


class Refused(Exception):
    """An answer that is an error: HTTP status, XRPC name, message."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message


@dataclass(slots=True)
class Manners:
    """How the server behaves: for tests of what goes wrong.

    `limit` requests are allowed in five minutes, an access token lasts `token_requests` requests
    (None: without end), `failing` calls answer with the status given for their name.
    """

    limit: int = 3000
    token_requests: int | None = None
    failing: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Session:
    did: str
    left: int | None


class Service:
    """The answers, apart from HTTP."""

    def __init__(self, world: World, passwords: Mapping[str, str], manners: Manners) -> None:
        self.world = world
        self.passwords = passwords
        self.manners = manners
        self._views = Views(world)
        self._lock = threading.Lock()
        self._access: dict[str, _Session] = {}
        self._refresh: dict[str, str] = {}
        self._used = 0
        self._window = int(time.time()) + _WINDOW_SECONDS
        self.calls: dict[str, int] = {}

    @property
    def views(self) -> Views:
        """The index, made anew when the world has changed."""
        with self._lock:
            if self._views.changes != self.world.changes:
                self._views = Views(self.world)
            return self._views

    def count(self, method: str) -> dict[str, str]:
        """Count a request; returns the rate-limit headers. Raises Refused past the limit."""
        with self._lock:
            now = int(time.time())
            if now >= self._window:
                self._used, self._window = 0, now + _WINDOW_SECONDS
            self._used += 1
            self.calls[method] = self.calls.get(method, 0) + 1
            left = self.manners.limit - self._used
            return {
                "RateLimit-Limit": str(self.manners.limit),
                "RateLimit-Remaining": str(max(0, left)),
                "RateLimit-Reset": str(self._window),
                "RateLimit-Policy": f"{self.manners.limit};w={_WINDOW_SECONDS}",
                "over": "yes" if left < 0 else "",
            }

    def session(self, authorization: str) -> str:
        """Whose access token this is. Raises Refused where it is missing, wrong or expired."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise Refused(401, "AuthMissing", "Authentication Required")
        with self._lock:
            session = self._access.get(token)
            if session is None:
                raise Refused(400, "InvalidToken", "Token could not be verified")
            if session.left is not None:
                if session.left <= 0:
                    raise Refused(400, "ExpiredToken", "Token has expired")
                session.left -= 1
            return session.did

    def create_session(self, body: Value) -> Value:
        """Sign in with a handle or DID and the password."""
        name, password = str(body.get("identifier", "")), str(body.get("password", ""))
        did = self._find(name)
        expected = self.passwords.get(did or "")
        if did is None or expected is None or not secrets.compare_digest(expected, password):
            raise Refused(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._open(did)

    def refresh_session(self, authorization: str) -> Value:
        """Exchange a refresh token, which works once."""
        token = authorization.partition(" ")[2]
        with self._lock:
            did = self._refresh.pop(token, None)
        if did is None:
            raise Refused(400, "ExpiredToken", "Token has been revoked")
        return self._open(did)

    def _open(self, did: str) -> Value:
        access, refresh = _token("access"), _token("refresh")
        with self._lock:
            self._access[access] = _Session(did, self.manners.token_requests)
            self._refresh[refresh] = did
        handle = self.world.people[did].handle
        return {
            "did": did,
            "handle": handle,
            "accessJwt": access,
            "refreshJwt": refresh,
            "active": True,
        }

    def _find(self, name: str) -> str | None:
        """The DID of a DID or handle."""
        people = self.world.people
        if name in people:
            return name
        return next((did for did, person in people.items() if person.handle == name), None)

    def repo(self, query: Query, name: str = "repo") -> str:
        """The DID a query about a repository names. Raises Refused where there is none."""
        asked = one(query, name)
        did = self._find(asked)
        if did is None:
            raise Refused(400, "RepoNotFound", f"Could not find repo: {asked}")
        if did in self.world.takedowns:
            raise Refused(400, "RepoTakendown", f"Repo has been takendown: {asked}")
        return did

    def holder(self, query: Query, name: str = "repo") -> str:
        """The DID a query about records or people names: whatever keeps it from being read, the
        real server gives this one answer. Raises Refused."""
        asked = one(query, name)
        did = self._find(asked)
        if did is None or did in self.world.takedowns:
            raise Refused(400, "InvalidRequest", f"Could not find repo: {asked}")
        return did


def _token(scope: str) -> str:
    """Something that looks like a JWT and is only a random name."""

    def piece(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    head = piece(b'{"typ":"at+jwt","alg":"HS256"}')
    body = piece(
        msgspec.json.encode({"scope": f"com.atproto.{scope}", "jti": secrets.token_hex(8)})
    )
    return f"{head}.{body}.{piece(secrets.token_bytes(32))}"


def one(query: Query, name: str) -> str:
    """A parameter that must be there. Raises Refused where it is not."""
    values = query.get(name)
    if not values:
        raise Refused(400, "InvalidRequest", f'Error: Params must have the property "{name}"')
    return values[0]
