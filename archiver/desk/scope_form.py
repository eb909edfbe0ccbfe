"""The fields by which a form asks what a request covers."""

from __future__ import annotations

import datetime as dt

from archiver.desk.answers import Asked
from archiver.desk.visits import Visit
from archiver.desk.words import KINDS
from archiver.errors import InputError
from archiver.register.accounts import list_accounts
from archiver.requests.receiving.scope import Scope, topics_of


def read_scope(asked: Asked) -> Scope:
    """What a form says a request covers. Raises InputError where a day is none."""
    return Scope(
        accounts=tuple(int(each) for each in asked.all_given("account") if _is_number(each)),
        start_day=read_day(asked.given("from"), "the first day"),
        end_day=read_day(asked.given("to"), "the last day"),
        topics=topics_of(asked.given("topics")),
        kinds=tuple(asked.all_given("kind")),
    )


def read_day(text: str, what: str) -> dt.date | None:
    """A day of a form; None where the field is empty. Raises InputError where it is none."""
    try:
        return dt.date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise InputError(f"{what} is no date: write it like 2026-12-31") from None


def scope_choices(
    visit: Visit, asked: Asked | None, known: Scope | None = None
) -> dict[str, object]:
    """What the template `scope_fields.html` shows: choices, and what is chosen."""
    with visit.office() as office:
        accounts = list_accounts(office, sources=False)
    chosen = known or Scope()
    if asked is not None:
        given = {name: asked.given(name) for name in ("from", "to", "topics")}
        ticked = {*asked.all_given("account")}, {*asked.all_given("kind")}
    else:
        given = {
            "from": chosen.start_day.isoformat() if chosen.start_day else "",
            "to": chosen.end_day.isoformat() if chosen.end_day else "",
            "topics": "\n".join(chosen.topics),
        }
        ticked = {str(number) for number in chosen.accounts}, {*chosen.kinds}
    return {
        "scope_accounts": [(each, str(each.id) in ticked[0]) for each in accounts],
        "scope_kinds": [(kind, name, kind in ticked[1]) for kind, name in KINDS.items()],
        "scope_given": given,
    }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15
