"""Every address of the desk, who may ask for it, and which page answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archiver.desk.answers import Handler, OpenHandler
from archiver.desk.pages import (
    accounts,
    audit,
    batches,
    collect,
    coverage,
    deciding_batches,
    holds,
    media,
    producing,
    quarantine,
    record,
    request,
    requests,
    retention,
    schedules,
    search,
    signing_in,
    today,
)
from archiver.staff.roles import (
    CONSENT,
    DECIDE,
    MANAGE_HOLDS,
    MANAGE_REQUESTS,
    MANAGE_RETENTION,
    PRODUCE,
    QUARANTINE,
    RECORD_APPROVALS,
    SEARCH,
    VIEW_ACCOUNTS,
    VIEW_AUDIT,
    VIEW_QUARANTINE,
    VIEW_REQUESTS,
    VIEW_RETENTION,
    VIEW_STATUS,
)


@dataclass(frozen=True, slots=True)
class Act:
    """What answers a method, and the permission it takes; None: being signed in is enough."""

    handler: Handler
    permission: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """An address. `open` answers people who are not signed in; nothing else does."""

    pattern: re.Pattern[str]
    acts: Mapping[str, Act]
    open: Mapping[str, OpenHandler]


def _route(
    pattern: str,
    *,
    get: tuple[Handler, str | None] | None = None,
    post: tuple[Handler, str | None] | None = None,
    open_get: OpenHandler | None = None,
    open_post: OpenHandler | None = None,
) -> Route:
    acts = {
        method: Act(*given) for method, given in (("GET", get), ("POST", post)) if given is not None
    }
    opened = {
        method: given
        for method, given in (("GET", open_get), ("POST", open_post))
        if given is not None
    }
    return Route(re.compile(pattern + r"\Z"), MappingProxyType(acts), MappingProxyType(opened))


_NUMBER = r"/requests/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"
_DRAFT = r"/retention/schedule/drafts/(?P<draft>[A-Za-z0-9][A-Za-z0-9._-]{0,79})"
_HOLD = r"/retention/holds/(?P<hold>\d{1,15})"
_BATCH = r"/retention/batches/(?P<batch>[DR]-\d{4}-\d{2,6})"
_RECORD = r"(?P<file>archive|private)/(?P<id>\d{1,19})"

ROUTES: tuple[Route, ...] = (
    _route(
        "/sign-in",
        get=(signing_in.already, None),
        open_get=signing_in.form,
        open_post=signing_in.submit,
    ),
    _route("/sign-out", post=(signing_in.leave, None)),
    _route("/", get=(today.show, None)),
    _route("/search", get=(search.show, SEARCH)),
    _route(r"/search\.json", get=(search.as_json, SEARCH)),
    _route("/collect", post=(collect.collect, MANAGE_REQUESTS)),
    _route(rf"/record/{_RECORD}", get=(record.show, SEARCH)),
    _route(rf"/media/{_RECORD}/(?P<position>\d{{1,6}})", get=(media.show, SEARCH)),
    _route(
        "/requests",
        get=(requests.show, VIEW_REQUESTS),
        post=(requests.create, MANAGE_REQUESTS),
    ),
    _route("/requests/new", get=(requests.form, MANAGE_REQUESTS)),
    _route(_NUMBER, get=(request.show, VIEW_REQUESTS)),
    _route(rf"{_NUMBER}/scope", post=(request.rescope, MANAGE_REQUESTS)),
    _route(rf"{_NUMBER}/close", post=(request.close, MANAGE_REQUESTS)),
    _route(rf"{_NUMBER}/decide", post=(request.decide_items, DECIDE)),
    _route(
        rf"{_NUMBER}/review/(?P<item>\d{{1,15}})",
        get=(request.review, VIEW_REQUESTS),
        post=(request.decide_one, DECIDE),
    ),
    _route(rf"{_NUMBER}/produce", post=(producing.produce, PRODUCE)),
    _route(rf"{_NUMBER}/job\.json", get=(producing.progress, VIEW_REQUESTS)),
    _route(
        rf"{_NUMBER}/productions/(?P<volume>VOL\d{{3,6}})/(?P<path>[!-~]{{1,400}})",
        get=(producing.file, VIEW_REQUESTS),
    ),
    _route("/retention", get=(retention.show, VIEW_RETENTION)),
    _route(
        "/retention/schedule",
        get=(schedules.show, VIEW_RETENTION),
        post=(schedules.copy, MANAGE_RETENTION),
    ),
    _route(
        _DRAFT, get=(schedules.draft, MANAGE_RETENTION), post=(schedules.save, MANAGE_RETENTION)
    ),
    _route(rf"{_DRAFT}/compare", get=(schedules.comparison, MANAGE_RETENTION)),
    _route(rf"{_DRAFT}/compare\.csv", get=(schedules.comparison_rows, MANAGE_RETENTION)),
    _route(rf"{_DRAFT}/adopt", post=(schedules.adopt_draft, MANAGE_RETENTION)),
    _route(
        "/retention/holds",
        get=(holds.show, VIEW_RETENTION),
        post=(holds.place, MANAGE_HOLDS),
    ),
    _route("/retention/holds/new", get=(holds.form, MANAGE_HOLDS)),
    _route("/retention/holds/release-due", post=(holds.let_go_due, MANAGE_HOLDS)),
    _route(_HOLD, get=(holds.one, VIEW_RETENTION)),
    _route(rf"{_HOLD}/release", post=(holds.let_go, MANAGE_HOLDS)),
    _route(
        "/retention/batches",
        get=(batches.listed, VIEW_RETENTION),
        post=(batches.build, MANAGE_RETENTION),
    ),
    _route("/retention/batches/new", get=(batches.form, MANAGE_RETENTION)),
    _route(
        r"/retention/batches/job/(?P<job>\d{1,15})\.json",
        get=(batches.building, MANAGE_RETENTION),
    ),
    _route(
        "/retention/removals/new",
        get=(batches.removal_form, CONSENT),
        post=(batches.propose_removal, CONSENT),
    ),
    _route(_BATCH, get=(batches.one, VIEW_RETENTION)),
    _route(rf"{_BATCH}/job\.json", get=(batches.executing, VIEW_RETENTION)),
    _route(rf"{_BATCH}/approve", post=(deciding_batches.record_approval, RECORD_APPROVALS)),
    _route(
        rf"{_BATCH}/approvals/(?P<approval>\d{{1,15}})/withdraw",
        post=(deciding_batches.take_back, RECORD_APPROVALS),
    ),
    _route(
        rf"{_BATCH}/approvals/(?P<approval>\d{{1,15}})/document",
        get=(deciding_batches.document, VIEW_RETENTION),
    ),
    _route(rf"{_BATCH}/keep", post=(deciding_batches.keep_some, MANAGE_RETENTION)),
    _route(rf"{_BATCH}/withdraw", post=(deciding_batches.withdraw_batch, MANAGE_RETENTION)),
    _route(rf"{_BATCH}/receipt", post=(deciding_batches.receive, MANAGE_RETENTION)),
    _route(rf"{_BATCH}/execute", post=(deciding_batches.execute, MANAGE_RETENTION)),
    _route(
        rf"{_BATCH}/certificate\.(?P<form>pdf|json)",
        get=(deciding_batches.certificate, VIEW_RETENTION),
    ),
    _route(rf"/record/{_RECORD}/quarantine", post=(quarantine.place, QUARANTINE)),
    _route("/quarantine", get=(quarantine.listed, VIEW_QUARANTINE)),
    _route("/quarantine/placed", get=(quarantine.placed, QUARANTINE)),
    _route(rf"/quarantine/{_RECORD}", get=(quarantine.one, VIEW_QUARANTINE)),
    _route(rf"/quarantine/{_RECORD}/lift", post=(quarantine.let_out, VIEW_QUARANTINE)),
    _route(
        rf"/quarantine/{_RECORD}/pictures/(?P<position>\d{{1,6}})",
        get=(quarantine.picture, VIEW_QUARANTINE),
    ),
    _route("/accounts", get=(accounts.show, VIEW_ACCOUNTS)),
    _route("/coverage", get=(coverage.show, VIEW_STATUS)),
    _route("/audit", get=(audit.show, VIEW_AUDIT)),
)

STATIC = re.compile(r"/static/[a-z0-9-]+\.(?:css|js|svg)\Z")


def find(path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path and the parts it names, or None."""
    for route in ROUTES:
        match = route.pattern.match(path)
        if match is not None:
            return route, match.groupdict()
    return None
