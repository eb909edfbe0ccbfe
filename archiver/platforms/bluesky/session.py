"""Signing in to a Bluesky server (PDS) and asking it, with the errors a person can act on.

Protocol: https://atproto.com/specs/xrpc. Sign-in is by app password; the two exchanges that carry
it or a token in a body are never recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from archiver import clock
from archiver.decoding import decoder
from archiver.errors import CredentialError, RateLimited, SourceError
from archiver.items import Exchange
from archiver.platforms.budget import hold_until
from archiver.platforms.http import Answer, Caller, loopback, public_https

PUBLIC_DIRECTORY = "https://plc.directory"
PUBLIC_APPVIEW = "https://public.api.bsky.app"
DEFAULT_SERVICE = "https://bsky.social"
TOKEN_ERRORS = frozenset({"ExpiredToken", "InvalidToken"})
ACCOUNT_STATES = {
    "AccountTakedown": "is taken down by the platform",
    "AccountDeactivated": "is deactivated",
    "RepoTakendown": "is taken down by the platform",
    "RepoDeactivated": "is deactivated",
    "RepoSuspended": "is suspended by the platform",
    "AccountSuspended": "is suspended by the platform",
}

Parameters = Mapping[str, str | int | Sequence[str]]


class Refused(SourceError):
    """The server answered with a named error. `name` is the protocol's word for it."""

    def __init__(self, message: str, name: str, status: int, exchange: Exchange | None) -> None:
        super().__init__(message)
        self.name = name
        self.status = status
        self.exchange = exchange


class NoAppView(SourceError):
    """The server offers no AppView: what other people left cannot be asked for."""


class _Tokens(msgspec.Struct):
    did: str
    handle: str
    accessJwt: str
    refreshJwt: str
    active: bool = True
    status: str | None = None
    didDoc: dict[str, Any] | None = None


class _Error(msgspec.Struct):
    error: str = ""
    message: str = ""


class _Service(msgspec.Struct):
    id: str = ""
    serviceEndpoint: Any = None


class _Document(msgspec.Struct):
    service: list[_Service] = []


_read_tokens = decoder(_Tokens)


class Session:
    """One signed-in account on one server.

    `secret` gives the app password when it is needed and is not kept. `directory` answers where
    other people's repositories lie (a PLC directory); None: everyone is asked for at `service`.
    `appview` is asked without the sign-in; None: everything goes through `service`.
    """

    def __init__(
        self,
        service: str,
        identifier: str,
        secret: Callable[[], str],
        *,
        directory: str | None = None,
        appview: str | None = None,
        transport: httpx.BaseTransport | None = None,
        attempts: int = 3,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self.service = service.rstrip("/")
        self.host = urlsplit(self.service).netloc
        self._identifier = identifier
        self._secret = secret
        self._directory = directory.rstrip("/") if directory else None
        self._appview = appview.rstrip("/") if appview else None
        self._caller = Caller(transport=transport, attempts=attempts, now=now)
        self._tokens: _Tokens | None = None
        self._no_appview: str | None = None
        self._repositories: dict[str, str | None] = {}

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    @property
    def did(self) -> str:
        """The account's permanent id. Signs in when that has not happened."""
        return self._signed_in().did

    @property
    def handle(self) -> str:
        """The account's handle at sign-in."""
        return self._signed_in().handle

    @property
    def repository(self) -> str:
        """The server that holds the account's repository: where several stand behind one sign-in
        address (bsky.social), the account's own document names it."""
        tokens = self._signed_in()
        if loopback(self.service) or tokens.didDoc is None:
            return self.service
        found = _repository(msgspec.json.encode(tokens.didDoc))
        return found if found and public_https(found) else self.service

    def get(self, method: str, parameters: Parameters, *, base: str | None = None) -> Answer:
        """Ask the account's own server. Refreshes an expired token once.

        Raises CredentialError, RateLimited, Refused (a named error) or SourceError.
        """
        base = base or self.repository
        for attempt in range(2):
            tokens = self._signed_in()
            answer = self._ask(base, method, parameters, tokens.accessJwt)
            if attempt == 0 and _error(answer).error in TOKEN_ERRORS:
                self._renew()
                continue
            break
        return self._checked(answer, method, base)

    def ask_appview(self, method: str, parameters: Parameters, *, personal: bool = False) -> Answer:
        """Ask the AppView: where one is configured as anybody may, so that the account's own blocks
        and mutes hide nothing; otherwise, and for what is `personal`, through the account's server.

        Raises NoAppView where there is none (remembered for the life of the session).
        """
        if self._no_appview:
            raise NoAppView(self._no_appview)
        try:
            if self._appview and not personal:
                return self.get_elsewhere(self._appview, method, parameters)
            return self.get(method, parameters)
        except Refused as refused:
            missing = refused.status in {501, 502, 503} or refused.name in {
                "MethodNotImplemented",
                "XRPCNotSupported",
                "UpstreamFailure",
            }
            if not missing:
                raise
            self._no_appview = (
                f"{self.host} gives no AppView ({refused.status} {refused.name}): "
                "only the account's own records can be read"
            )
            raise NoAppView(self._no_appview) from None

    def get_elsewhere(self, base: str, method: str, parameters: Parameters) -> Answer:
        """Ask another server, without any credential. Raises as `get` does."""
        return self._checked(self._ask(base, method, parameters, None), method, base)

    def repository_of(self, did: str) -> str | None:
        """The server that holds someone's repository, None where that cannot be told.

        The address comes from a document that the person controls: only https addresses with a
        public name are asked.
        """
        if did == self.did:
            return self.repository
        if self._directory is None:
            return self.service
        if did not in self._repositories:
            self._repositories[did] = self._look_up(did)
        return self._repositories[did]

    def blob(self, did: str, cid: str) -> tuple[int, IO[bytes]] | None:
        """Someone's blob as (status, file), None where it cannot be told which server holds it."""
        base = self.repository_of(did)
        if base is None:
            return None
        query = urlencode({"did": did, "cid": cid})
        return self._caller.download(f"{base}/xrpc/com.atproto.sync.getBlob?{query}")

    def _look_up(self, did: str) -> str | None:
        assert self._directory is not None
        if did.startswith("did:plc:"):
            url = f"{self._directory}/{quote(did, safe=':')}"
        elif did.startswith("did:web:"):
            url = f"https://{did.removeprefix('did:web:')}/.well-known/did.json"
            if not public_https(url):
                return None
        else:
            return None
        answer = self._caller.ask("GET", url)
        if answer.status != 200:
            return None
        found = _repository(answer.body)
        if found is None:
            return None
        trusted = public_https(found) or (loopback(found) and loopback(self.service))
        return found if trusted else None

    def _signed_in(self) -> _Tokens:
        if self._tokens is None:
            self._sign_in()
        assert self._tokens is not None
        return self._tokens

    def _sign_in(self) -> None:
        if not (self.service.startswith("https://") or loopback(self.service)):
            raise CredentialError(
                f"{self.service} is not https: the app password is not sent; "
                "correct the account's service address"
            )
        secret = self._secret()
        self._caller.secrets.add(secret)
        answer = self._caller.ask(
            "POST",
            f"{self.service}/xrpc/com.atproto.server.createSession",
            json={"identifier": self._identifier, "password": secret},
            record=False,
        )
        self._take(answer, "refused the app password")

    def _renew(self) -> None:
        """A new token from the refresh token, or a new sign-in where that has expired too."""
        assert self._tokens is not None
        answer = self._caller.ask(
            "POST",
            f"{self.service}/xrpc/com.atproto.server.refreshSession",
            headers={"Authorization": f"Bearer {self._tokens.refreshJwt}"},
            record=False,
        )
        if answer.status == 200:
            self._take(answer, "refused the refreshed token")
            return
        self._tokens = None
        self._sign_in()

    def _take(self, answer: Answer, refused: str) -> None:
        error = _error(answer)
        if error.error in ACCOUNT_STATES:
            raise SourceError(f"the account {self._identifier} {ACCOUNT_STATES[error.error]}")
        if answer.status in {400, 401, 403}:
            raise CredentialError(
                f"{self.host} {refused} of {self._identifier} ({error.error or answer.status}): "
                "make a new app password and set it where the account's credential points"
            )
        self._checked(answer, "createSession", self.service)
        try:
            tokens = _read_tokens(answer.body)
        except msgspec.MsgspecError:
            raise SourceError(f"{self.host} answered the sign-in with something else") from None
        self._caller.secrets.add(tokens.accessJwt)
        self._caller.secrets.add(tokens.refreshJwt)
        if not tokens.active:
            state = tokens.status or "not active"
            raise SourceError(f"the account {self._identifier} is {state} on {self.host}")
        self._tokens = tokens

    def _ask(self, base: str, method: str, parameters: Parameters, token: str | None) -> Answer:
        query = urlencode(parameters, doseq=True)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        proxied = method.startswith("app.bsky.")
        return self._caller.ask(
            "GET",
            f"{base}/xrpc/{method}" + (f"?{query}" if query else ""),
            headers=headers,
            retry_5xx=not (proxied and self._no_appview),
        )

    def _checked(self, answer: Answer, method: str, base: str) -> Answer:
        host = urlsplit(base).netloc
        if answer.status == 429:
            until = hold_until(answer.status, answer.headers, dt.datetime.now(dt.UTC))
            text = clock.to_text(until.replace(microsecond=0)) if until else None
            raise RateLimited(f"{host} asks to wait until {text}", text)
        if answer.status == 200:
            return answer
        error = _error(answer)
        if error.error in TOKEN_ERRORS:
            raise CredentialError(
                f"{host} no longer accepts the sign-in of {self._identifier} ({error.error}): "
                "make a new app password and set it where the account's credential points"
            )
        raise Refused(
            f"{host} answered {method} with {answer.status} {error.error}".rstrip(),
            error.error,
            answer.status,
            answer.exchange,
        )


_read_error = decoder(_Error)


def _error(answer: Answer) -> _Error:
    if answer.status == 200:
        return _Error()
    try:
        return _read_error(answer.body)
    except msgspec.MsgspecError:
        return _Error()


_read_document = decoder(_Document)


def _repository(document: bytes) -> str | None:
    try:
        services = _read_document(document).service
    except msgspec.MsgspecError:
        return None
    for service in services:
        if service.id.endswith("#atproto_pds") and isinstance(service.serviceEndpoint, str):
            return service.serviceEndpoint.rstrip("/")
    return None
