"""The schedule, holds, and parting with records."""

from __future__ import annotations

from archiver.desk.pages import batches, deciding_batches, holds, retention, schedules
from archiver.desk.routing import WHOLE, Route, route
from archiver.staff.roles import (
    CONSENT,
    MANAGE_HOLDS,
    MANAGE_RETENTION,
    RECORD_APPROVALS,
    VIEW_RETENTION,
)

_DRAFT = r"/retention/schedule/drafts/(?P<draft>[A-Za-z0-9][A-Za-z0-9._-]{0,79})"
_HOLD = r"/retention/holds/(?P<hold>\d{1,15})"
_BATCH = r"/retention/batches/(?P<batch>[DR]-\d{4}-\d{2,6})"

TABLE: tuple[Route, ...] = (
    route("/retention", get=(retention.show, VIEW_RETENTION, WHOLE)),
    route(
        "/retention/schedule",
        get=(schedules.show, VIEW_RETENTION),
        post=(schedules.copy, MANAGE_RETENTION, WHOLE),
    ),
    route(
        _DRAFT,
        get=(schedules.draft, MANAGE_RETENTION, WHOLE),
        post=(schedules.save, MANAGE_RETENTION, WHOLE),
    ),
    route(rf"{_DRAFT}/compare", get=(schedules.comparison, MANAGE_RETENTION, WHOLE)),
    route(rf"{_DRAFT}/compare\.csv", get=(schedules.comparison_rows, MANAGE_RETENTION, WHOLE)),
    route(rf"{_DRAFT}/adopt", post=(schedules.adopt_draft, MANAGE_RETENTION, WHOLE)),
    route(
        "/retention/holds",
        get=(holds.show, VIEW_RETENTION, WHOLE),
        post=(holds.place, MANAGE_HOLDS, WHOLE),
    ),
    route("/retention/holds/new", get=(holds.form, MANAGE_HOLDS, WHOLE)),
    route("/retention/holds/release-due", post=(holds.let_go_due, MANAGE_HOLDS, WHOLE)),
    route(_HOLD, get=(holds.one, VIEW_RETENTION, WHOLE)),
    route(rf"{_HOLD}/release", post=(holds.let_go, MANAGE_HOLDS, WHOLE)),
    route(
        "/retention/batches",
        get=(batches.listed, VIEW_RETENTION, WHOLE),
        post=(batches.build, MANAGE_RETENTION, WHOLE),
    ),
    route("/retention/batches/new", get=(batches.form, MANAGE_RETENTION, WHOLE)),
    route(
        r"/retention/batches/job/(?P<job>\d{1,15})\.json",
        get=(batches.building, MANAGE_RETENTION, WHOLE),
    ),
    route(
        "/retention/removals/new",
        get=(batches.removal_form, CONSENT, WHOLE),
        post=(batches.propose_removal, CONSENT, WHOLE),
    ),
    route(_BATCH, get=(batches.one, VIEW_RETENTION, WHOLE)),
    route(rf"{_BATCH}/job\.json", get=(batches.executing, VIEW_RETENTION, WHOLE)),
    route(rf"{_BATCH}/approve", post=(deciding_batches.record_approval, RECORD_APPROVALS, WHOLE)),
    route(
        rf"{_BATCH}/approvals/(?P<approval>\d{{1,15}})/withdraw",
        post=(deciding_batches.take_back, RECORD_APPROVALS, WHOLE),
    ),
    route(
        rf"{_BATCH}/approvals/(?P<approval>\d{{1,15}})/document",
        get=(deciding_batches.document, VIEW_RETENTION, WHOLE),
    ),
    route(rf"{_BATCH}/keep", post=(deciding_batches.keep_some, MANAGE_RETENTION, WHOLE)),
    route(rf"{_BATCH}/withdraw", post=(deciding_batches.withdraw_batch, MANAGE_RETENTION, WHOLE)),
    route(rf"{_BATCH}/receipt", post=(deciding_batches.receive, MANAGE_RETENTION, WHOLE)),
    route(rf"{_BATCH}/execute", post=(deciding_batches.execute, MANAGE_RETENTION, WHOLE)),
    route(
        rf"{_BATCH}/certificate\.(?P<form>pdf|json)",
        get=(deciding_batches.certificate, VIEW_RETENTION, WHOLE),
    ),
)
