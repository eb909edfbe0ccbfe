"""Whose download it is: the actor, as its server describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from archiver.exports.identity import Identity
from archiver.items import Author, AuthorRole

_NUMBER = re.compile(r"/ap/users/(\d+)$")
_STATUS = re.compile(r"/statuses/([0-9A-Za-z]+)(?:/activity)?$")


@dataclass(frozen=True, slots=True)
class Owner:
    """The account. `uri` is its address among servers, `followers` that of the list of those who
    follow it; `host` the server; `native_id` the id its own server gives it, where the address
    says so (since 4.5)."""

    uri: str = ""
    handle: str | None = None
    name: str | None = None
    followers: str = ""
    host: str = ""
    native_id: str | None = None
    created_at: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def identity(self) -> Identity:
        """The same for the register."""
        return Identity(self.native_id, self.handle, self.name, self.created_at)

    @property
    def author(self) -> Author:
        """The same as who wrote a post."""
        return Author(self.native_id or self.uri or None, self.handle, self.name, AuthorRole.AGENCY)

    def id_of(self, uri: str) -> str:
        """The id of a post: where it is of the account's own server, the one that server's
        interface gives; of another server, its address, because only its home knows the id."""
        found = _STATUS.search(uri)
        own = uri.partition("://")[2].partition("/")[0] == self.host
        return found[1] if found is not None and own else uri


def owner_of(actor: Any) -> Owner:
    """The account an actor.json describes. Raises TypeError or KeyError where it describes none."""
    uri = _text(actor["id"])
    parts = urlsplit(uri)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise TypeError("an actor has an address")
    username = _text(actor.get("preferredUsername"))
    told = actor.get("webfinger")
    handle = told if isinstance(told, str) and "@" in told else f"{username}@{parts.netloc}"
    number = _NUMBER.search(parts.path)
    return Owner(
        uri=uri,
        handle=handle.removeprefix("acct:").removeprefix("@"),
        name=actor.get("name") if isinstance(actor.get("name"), str) else None,
        followers=actor["followers"] if isinstance(actor.get("followers"), str) else "",
        host=parts.netloc,
        native_id=number[1] if number else None,
        raw=actor,
    )


def owner_from_activity(uri: str) -> Owner:
    """What the address alone says of an account, for a download without actor.json."""
    parts = urlsplit(uri)
    name = parts.path.rpartition("/")[2]
    number = _NUMBER.search(parts.path)
    handle = None if number or not name else f"{name.removeprefix('@')}@{parts.netloc}"
    return Owner(
        uri=uri,
        handle=handle,
        followers=f"{uri}/followers",
        host=parts.netloc,
        native_id=number[1] if number else None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
