"""Policies for the accounts, and their word filters."""

from __future__ import annotations

from archiver.desk.pages import keywords, policies
from archiver.desk.routing import WHOLE, Route, route
from archiver.staff.roles import KEEP_POLICIES, VIEW_POLICIES

_VERSION = r"/policies/(?P<version>\d{1,15})"
_LIST = r"/policies/keywords/(?P<list>\d{1,15})"

TABLE: tuple[Route, ...] = (
    route(
        "/policies", get=(policies.show, VIEW_POLICIES), post=(policies.enter, KEEP_POLICIES, WHOLE)
    ),
    route("/policies/new", get=(policies.form, KEEP_POLICIES, WHOLE)),
    route(_VERSION, get=(policies.one, VIEW_POLICIES)),
    route(rf"{_VERSION}/document", get=(policies.document, VIEW_POLICIES)),
    route(rf"{_VERSION}/take-back", post=(policies.take_back, KEEP_POLICIES, WHOLE)),
    route(
        "/policies/keywords",
        get=(keywords.show, VIEW_POLICIES),
        post=(keywords.enter, KEEP_POLICIES),
    ),
    route(_LIST, get=(keywords.one, VIEW_POLICIES)),
    route(rf"{_LIST}\.txt", get=(keywords.as_text, VIEW_POLICIES)),
    route(rf"{_LIST}/take-back", post=(keywords.take_back, KEEP_POLICIES)),
)
