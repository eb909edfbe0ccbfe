"""Signing in, the staff, the accounts and the audit."""

from __future__ import annotations

from archiver.desk.pages import accounts, audit, signing_in
from archiver.desk.routing import Route, route
from archiver.staff.roles import VIEW_ACCOUNTS, VIEW_AUDIT

TABLE: tuple[Route, ...] = (
    route(
        "/sign-in",
        get=(signing_in.already, None),
        open_get=signing_in.form,
        open_post=signing_in.submit,
    ),
    route("/sign-out", post=(signing_in.leave, None)),
    route("/accounts", get=(accounts.show, VIEW_ACCOUNTS)),
    route("/audit", get=(audit.show, VIEW_AUDIT)),
)
