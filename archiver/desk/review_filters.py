"""The review queue's filters as an address carries them: read from it, and written back into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode

from archiver.desk.answers import Asked
from archiver.requests.reviewing.filtering import SHOWN, Wanted

_KINDS = ("post", "comment", "message", "profile", "reaction")


def wanted_in(query: Mapping[str, Sequence[str]]) -> Wanted:
    """What the parameters of an address want shown; what is not understood is left out."""

    def one(name: str) -> str:
        return (query.get(name) or ("",))[0]

    def number(name: str) -> int | None:
        return int(one(name)) if one(name).isdecimal() and len(one(name)) <= 15 else None

    return Wanted(
        show=one("show") if one("show") in SHOWN else "",
        platform=one("platform") if one("platform").isalnum() else "",
        account=number("account"),
        kind=one("kind") if one("kind") in _KINDS else "",
        instalment=number("instalment"),
        private=bool(one("private")),
        media=bool(one("media")),
        edited=bool(one("edited")),
    )


def wanted_behind(asked: Asked) -> Wanted:
    """What the page a form stood on had wanted: the form carries its address's parameters."""
    return wanted_in(parse_qs(asked.given("filters")))


def as_query(wanted: Wanted) -> str:
    """The parameters of an address that want this shown; empty where nothing is left out."""
    given = {
        "show": wanted.show,
        "platform": wanted.platform,
        "account": "" if wanted.account is None else str(wanted.account),
        "kind": wanted.kind,
        "instalment": "" if wanted.instalment is None else str(wanted.instalment),
        "private": "1" if wanted.private else "",
        "media": "1" if wanted.media else "",
        "edited": "1" if wanted.edited else "",
    }
    return urlencode({name: value for name, value in given.items() if value})
