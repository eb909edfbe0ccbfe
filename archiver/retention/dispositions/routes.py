"""The routes of disposition and the approvals each asks for, read from schedules/law.

Who may decide that a public record goes is law, so it is data: section, text, conditions and mark
(DESIGN §7 rule 6). A route whose text was not read is used only after the city attorney's word.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tomllib
from functools import lru_cache

import msgspec

from archiver.config import shipped
from archiver.decoding import converter
from archiver.errors import InputError, RuleError
from archiver.register.attestations import (
    Attestation,
    attest,
    attested,
    list_attestations,
    wording_digest,
)

FILE = "disposition-routes.toml"
ROUTE_KIND = "disposition route"
SYSTEM_KIND = "trusted system"


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an approval is. `by` says whose it is; `permission` who may give it at the desk without
    a document; `dated` is "after" (the list was frozen) or "any"."""

    code: str
    title: str
    by: str
    dated: str
    permission: str = ""
    document: bool = False
    numbered: bool = False
    four_fifths: bool = False
    each_department: bool = False


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A lawful way to part with records, and the codes of the approvals it asks for.

    `floor` False: it also reaches records under the two years of the statute (duplicates, and what
    a removal takes out). `removal`: it is no disposition and may concern any record.
    """

    code: str
    title: str
    agency: list[str]
    section: str
    text: str
    conditions: list[str]
    approvals: list[str]
    mark: str
    source: str
    removal: bool = False
    floor: bool = True
    needs_kept_record: bool = False
    needs_trusted_system: bool = False
    video_days: int = 0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    route: list[Route]
    approval: list[Approval]


_as_file = converter(_File)


@lru_cache(maxsize=1)
def _read() -> _File:
    path = shipped("schedules") / "law" / FILE
    try:
        found = _as_file(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name}: {error}") from None
    known = {each.code for each in found.approval}
    for route in found.route:
        if missing := set(route.approvals) - known:
            raise InputError(f"{path.name}: route {route.code}: no approval {min(missing)}")
    return found


def routes(agency_kind: str, *, removal: bool = False) -> list[Route]:
    """The routes open to a kind of agency (city, county, district), the usual one first."""
    return [
        each for each in _read().route if agency_kind in each.agency and each.removal is removal
    ]


def find_route(code: str) -> Route:
    """A route by its code. Raises InputError where there is none, naming those there are."""
    for each in _read().route:
        if each.code == code:
            return each
    known = ", ".join(each.code for each in _read().route)
    raise InputError(f"no route {code!r}: known are {known}")


def usual_route(agency_kind: str) -> Route:
    """The route a batch takes where none is named."""
    return routes(agency_kind)[0]


def approval_kind(code: str) -> Approval:
    """What an approval of that code is. Raises InputError where there is none."""
    for each in _read().approval:
        if each.code == code:
            return each
    known = ", ".join(each.code for each in _read().approval)
    raise InputError(f"no approval {code!r}: known are {known}")


def approval_kinds() -> list[Approval]:
    """Every kind of approval."""
    return list(_read().approval)


def required(route: Route, act: str) -> list[Approval]:
    """The approvals a batch on this route needs; a transfer needs the receiver's agreement too."""
    codes = [*route.approvals, *(("agreement",) if act == "transferred" else ())]
    return [approval_kind(code) for code in codes]


def require_usable(conn: sqlite3.Connection, route: Route, agency_kind: str) -> None:
    """Raise RuleError where a route is not this agency's, or its text neither read nor attested.

    A removal needs no general word: the attorney signs each one.
    """
    if agency_kind not in route.agency:
        open_ones = ", ".join(each.code for each in routes(agency_kind))
        raise RuleError(f"{route.section} is not a {agency_kind}'s route: open are {open_ones}")
    if route.removal or route.mark == "S":
        return
    if attested(conn, ROUTE_KIND, route.code, route_digest(route)) is None:
        raise RuleError(
            f"route {route.code} is not verified (mark {route.mark}): the city attorney has to "
            "attest it first"
        )


def route_digest(route: Route) -> str:
    """SHA-256 of a route's wording."""
    return wording_digest(msgspec.to_builtins(route))


def attest_route(
    conn: sqlite3.Connection, code: str, *, actor: str, attorney: str, on: dt.date
) -> Attestation:
    """Record the city attorney's attestation of a route as it is worded. Raises as `attest`."""
    route = find_route(code)
    return attest(
        *(conn,),
        actor=actor,
        kind=ROUTE_KIND,
        subject=route.code,
        digest=route_digest(route),
        attorney=attorney,
        on=on,
    )


def attest_system(
    conn: sqlite3.Connection, system: str, *, actor: str, attorney: str, on: dt.date
) -> Attestation:
    """Record the attorney's attestation that a named system is a trusted one (§ 34090.5)."""
    if not system.strip():
        raise RuleError("name the system that holds the reproductions")
    return attest(
        conn,
        actor=actor,
        kind=SYSTEM_KIND,
        subject=system.strip(),
        digest=wording_digest({"system": system.strip()}),
        attorney=attorney,
        on=on,
    )


def trusted_system(conn: sqlite3.Connection) -> Attestation | None:
    """The attestation in force of a trusted system, the newest one; None: there is none."""
    for each in reversed(list_attestations(conn, SYSTEM_KIND)):
        if attested(conn, SYSTEM_KIND, each.subject, each.digest) == each:
            return each
    return None
