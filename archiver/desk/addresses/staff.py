"""Signing in, one's own page, the staff, the accounts, the audit and the help."""

from __future__ import annotations

from archiver.desk.pages import accounts, audit, help, me, signing_in, staff
from archiver.desk.routing import WHOLE, Route, route
from archiver.staff.roles import MANAGE_STAFF, VIEW_ACCOUNTS, VIEW_AUDIT

_PERSON = r"/people/(?P<login>[a-z0-9][a-z0-9._@+-]{1,63})"

TABLE: tuple[Route, ...] = (
    route(
        "/sign-in",
        get=(signing_in.already, None),
        open_get=signing_in.form,
        open_post=signing_in.submit,
        early=True,
    ),
    route("/sign-in/code", open_post=signing_in.submit_code, early=True),
    route("/sign-out", post=(signing_in.leave, None), early=True),
    route("/me", get=(me.show, None), early=True),
    route("/me/password", post=(me.new_password, None), early=True),
    route("/me/sessions", post=(me.end, None), early=True),
    route(
        me.FACTOR_PAGE,
        get=(me.second_factor, None),
        post=(me.begin_factor, None),
        early=True,
    ),
    route(r"/me/second-factor\.svg", get=(me.picture, None), early=True),
    route("/me/second-factor/confirm", post=(me.confirm_factor, None), early=True),
    route("/me/second-factor/codes", post=(me.new_codes, None)),
    route("/me/second-factor/off", post=(me.off, None)),
    route("/people", get=(staff.show, MANAGE_STAFF)),
    route(_PERSON, get=(staff.one, MANAGE_STAFF)),
    route(f"{_PERSON}/sessions", post=(staff.end_sessions, MANAGE_STAFF)),
    route(f"{_PERSON}/departments", post=(staff.limit, MANAGE_STAFF)),
    route(f"{_PERSON}/second-factor", post=(staff.reset, MANAGE_STAFF)),
    route("/accounts", get=(accounts.show, VIEW_ACCOUNTS)),
    route("/audit", get=(audit.show, VIEW_AUDIT, WHOLE)),
    route(r"/audit/export\.(?P<shape>csv|json)", get=(audit.export, VIEW_AUDIT, WHOLE)),
    route("/help", get=(help.show, None), early=True),
    route(r"/help/files/(?P<attachment>[a-z.-]+)", get=(help.attachment, None)),
    route(r"/help/(?P<guide>[a-z]+(?:/[a-z]+)?)", get=(help.read, None)),
)
