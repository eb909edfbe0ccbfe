"""Sign-on by the city's proxy: whom it vouches for, and what only pretends to come from it.

The proxy's word is a header, and anybody can write a header. It is believed only on a connection
from one of the proxy's addresses, with the secret the proxy and the desk share, and where each of
the two headers stands exactly once. Otherwise both are taken out of the request, with whatever else
a program between might take for them, and a line in the log says so.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import re
import time
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from archiver.config import SignOn as Settings
from archiver.config import resolve_secret
from archiver.errors import HomeError

LOG = logging.getLogger("archiver.desk")
SHORTEST_SECRET = 24
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,63}")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
_LOG_SECONDS = 60.0
_OTHERS = frozenset({"cookie", "host", "origin", "authorization", "content-type", "content-length"})

Scope = MutableMapping[str, Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(slots=True)
class SignOn:
    """The city's proxy, as archive.toml describes it. `asks_code` says that it asks for a second
    factor itself; `sign_out` is where people end its sign-on."""

    user_header: bytes
    secret_header: bytes
    secret: bytes
    proxies: tuple[Network, ...]
    asks_code: bool
    sign_out: str | None
    _logged: float = field(default=-_LOG_SECONDS)

    def read(self, scope: Scope) -> tuple[str, Scope]:
        """The login the proxy vouches for in this request (empty: none), and the request without
        the headers that said so."""
        named = (self.user_header, self.secret_header)
        kept: list[tuple[bytes, bytes]] = []
        found: dict[bytes, list[bytes]] = {name: [] for name in named}
        variants = False
        for name, value in scope.get("headers") or []:
            plain = name.lower()
            if plain in found:
                found[plain].append(value)
            elif plain.replace(b"_", b"-") in found:
                variants = True
            else:
                kept.append((name, value))
        login = "" if variants else self._believed(scope, found)
        if not login and (variants or any(found.values())):
            self._tell(scope)
        return login, {**scope, "headers": kept}

    def _believed(self, scope: Scope, found: dict[bytes, list[bytes]]) -> str:
        users, secrets = found[self.user_header], found[self.secret_header]
        if len(users) != 1 or len(secrets) != 1 or not self._is_proxy(scope.get("client")):
            return ""
        if not hmac.compare_digest(secrets[0], self.secret):
            return ""
        login = users[0].decode("latin-1").strip().lower()
        return login if _LOGIN.fullmatch(login) else ""

    def _is_proxy(self, client: Any) -> bool:
        try:
            address = ipaddress.ip_address(client[0])
        except (TypeError, ValueError, IndexError):
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.proxies)

    def _tell(self, scope: Scope) -> None:
        """Say in the log that a header was not believed; once a minute, and nothing of its value:
        whoever floods the desk with them shall not flood the log."""
        if time.monotonic() - self._logged < _LOG_SECONDS:
            return
        self._logged = time.monotonic()
        client = (scope.get("client") or ("an unknown address",))[0]
        LOG.warning("sign-on header from %s not believed: not the proxy, or not its secret", client)


def sign_on_of(settings: Settings | None) -> SignOn | None:
    """The proxy of the settings; None where there is none, which is the usual.

    Raises HomeError where a setting cannot be used, the secret is not found or is too short.
    """
    if settings is None:
        return None
    names = (settings.user_header.lower(), settings.secret_header.lower())
    for name in names:
        if not _HEADER.fullmatch(name) or name in _OTHERS:
            raise HomeError(
                f"archive.toml: [staff.sso] {name[:64]!r} cannot be a header of the proxy's"
            )
    if names[0] == names[1]:
        raise HomeError("archive.toml: [staff.sso] user_header and secret_header are two headers")
    secret = resolve_secret(settings.secret)
    if len(secret) < SHORTEST_SECRET or not secret.isascii():
        raise HomeError(
            f"[staff.sso] secret {settings.secret}: make it {SHORTEST_SECRET} letters and digits "
            "or more (`openssl rand -hex 32`)"
        )
    if settings.sign_out is not None and not settings.sign_out.startswith("https://"):
        raise HomeError("archive.toml: [staff.sso] sign_out is an https:// address")
    user, shared = (name.encode("ascii") for name in names)
    proxies = tuple(_networks(settings.proxies))
    return SignOn(
        user, shared, secret.encode("ascii"), proxies, settings.asks_code, settings.sign_out
    )


def _networks(texts: Iterable[str]) -> Iterable[Network]:
    for text in texts:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            raise HomeError(
                f"archive.toml: [staff.sso] proxies: {text!r} is no address or network"
            ) from None
        if network.prefixlen == 0:
            raise HomeError(
                "archive.toml: [staff.sso] proxies: name the proxy's own address, not every one"
            )
        yield network
