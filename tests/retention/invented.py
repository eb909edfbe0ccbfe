"""An account and the facts of a post in it, as the rules of retention see them."""

from __future__ import annotations

import datetime as dt

from archiver.register.accounts import Account
from archiver.retention.rules import Facts

ACCOUNT = Account(
    id=1,
    platform="x",
    handle="AlderGlenParks",
    native_id=None,
    display_name="Parks",
    department="Parks and Recreation",
    division="Aquatics",
    account_class="official",
    url=None,
    service=None,
    credential=None,
    status="active",
    opened_on=None,
    closed_on=None,
    close_reason=None,
    waiver_reason=None,
    approval=None,
)
FACTS = Facts(
    record_id=1,
    account_id=1,
    platform="x",
    kind="post",
    form="",
    visibility="public",
    content_state="full",
    author_role="agency",
    removed=False,
    hidden=False,
    created_on=dt.date(2024, 3, 1),
    changed_on=None,
    removed_on=None,
    undated=False,
)
