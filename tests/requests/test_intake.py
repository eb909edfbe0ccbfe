"""Logging a request: number, words as received, history."""

from __future__ import annotations

import sqlite3

import pytest

from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.register.office import audit_trail
from archiver.requests.book import (
    Request,
    change_scope,
    close_request,
    correct_received,
    events_of,
    get_request,
    list_requests,
    log_search,
    new_request,
    reopen_request,
    searches_of,
)


def another(office: sqlite3.Connection, settings: Settings, **other: str) -> Request:
    given = {
        "received_at": "2026-11-17T17:00:00Z",
        "channel": "email",
        "verbatim": "All posts of the Mayor.",
        **other,
    }
    return new_request(office, settings, actor="of", **given)


def test_numbers_count_within_the_year_of_receipt(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    assert request_made.number == "2026-0001"
    assert another(office, settings).number == "2026-0002"
    assert another(office, settings, received_at="2025-12-31T20:00:00Z").number == "2025-0001"


def test_the_year_is_the_year_in_the_city(office: sqlite3.Connection, settings: Settings) -> None:
    assert another(office, settings, received_at="2026-01-01T05:00:00Z").year == 2025


@pytest.mark.parametrize(("prefix", "number"), [("AG-", "AG-2026-0001"), ("AG", "AG-2026-0001")])
def test_the_city_s_prefix_leads_the_number(
    office: sqlite3.Connection, prefix: str, number: str
) -> None:
    settings = Settings(agency="City", schedule="palm-desert", request_prefix=prefix)
    assert another(office, settings).number == number
    assert get_request(office, "2026-0001").number == number
    assert get_request(office, number.lower()).number == number


def test_a_request_needs_no_name(request_made: Request) -> None:
    assert request_made.requester is None
    assert request_made.contact is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests SET verbatim = 'Something else'",
        "UPDATE requests SET number = '2026-0009'",
        "DELETE FROM requests",
        "INSERT OR REPLACE INTO requests SELECT * FROM requests",
        "UPDATE request_events SET actor = 'another'",
        "DELETE FROM request_events",
    ],
)
def test_what_was_asked_and_what_happened_never_change(
    office: sqlite3.Connection, request_made: Request, statement: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(statement)
    assert get_request(office, request_made.number) == request_made


def test_the_words_are_kept_to_the_character(
    office: sqlite3.Connection, settings: Settings
) -> None:
    words = "  Todo sobre el parque 🛹\r\n\u202eabc\u202c ਪਾਰਕ\t"
    assert another(office, settings, verbatim=words).verbatim == words


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"channel": "pigeon"}, "channel is not known"),
        ({"verbatim": " \n"}, "empty"),
        ({"verbatim": "a\0b"}, "NUL"),
        ({"verbatim": "\ud800"}, "no text"),
        ({"verbatim": "a" * 1_000_001}, "million"),
        ({"received_at": "yesterday"}, "time with a zone"),
        ({"received_at": "2026-11-16T09:00:00"}, "time with a zone"),
        ({"received_at": "2026-11-21T18:00:00Z"}, "lies ahead"),
    ],
)
def test_what_cannot_be_a_request_is_refused(
    office: sqlite3.Connection, settings: Settings, given: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        another(office, settings, **given)
    assert list_requests(office) == []
    assert audit_trail(office) == []


def test_the_understanding_may_change_and_the_history_keeps_both(
    office: sqlite3.Connection, request_made: Request
) -> None:
    changed = change_scope(office, request_made.number, actor="of", scope="Comments, 2026")
    assert (changed.scope, changed.verbatim) == ("Comments, 2026", request_made.verbatim)
    last = events_of(office, request_made.number)[-1]
    assert (last.kind, last.detail) == ("scope changed", {"from": "", "to": "Comments, 2026"})


def test_correcting_the_receipt_needs_a_reason(
    office: sqlite3.Connection, request_made: Request
) -> None:
    with pytest.raises(RuleError, match="give the reason"):
        correct_received(
            office,
            request_made.number,
            actor="of",
            received_at="2026-11-14T18:00:00Z",
            reason="",
        )
    corrected = correct_received(
        office,
        request_made.number,
        actor="of",
        received_at="2026-11-14T18:00:00Z",
        reason="Slipped under the door on Saturday",
    )
    assert corrected.received_at == "2026-11-14T18:00:00Z"
    assert corrected.number == request_made.number


def test_closing_and_reopening_leave_their_reasons(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    number = request_made.number
    with pytest.raises(RuleError, match="reason"):
        close_request(office, number, settings=settings, actor="of", reason=" ")
    assert (
        close_request(office, number, settings=settings, actor="of", reason="All released").status
        == "closed"
    )
    with pytest.raises(RuleError, match="is closed"):
        close_request(office, number, settings=settings, actor="of", reason="Again")
    assert reopen_request(office, number, actor="of", reason="More was found").closed_at is None
    assert [event.kind for event in events_of(office, number)] == [
        "received",
        "closed",
        "reopened",
    ]


def test_open_requests_come_first_the_longest_waiting_first(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    older = another(office, settings, received_at="2026-11-02T18:00:00Z")
    closed = another(office, settings, received_at="2026-10-02T18:00:00Z")
    close_request(office, closed.number, settings=settings, actor="of", reason="Withdrawn")
    assert [each.number for each in list_requests(office)] == [
        older.number,
        request_made.number,
        closed.number,
    ]
    assert len(list_requests(office, include_closed=False)) == 2


def test_every_change_leaves_an_audit_row(
    office: sqlite3.Connection, request_made: Request
) -> None:
    change_scope(office, request_made.number, actor="of", scope="Comments")
    actions = [entry.action for entry in audit_trail(office, subject="request 2026-0001")]
    assert actions == ["request scope changed", "request received"]
    assert "skate" not in str(audit_trail(office))


def test_an_unknown_number_says_where_to_look(office: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match="requests list"):
        get_request(office, "2026-0099")


def test_searches_are_logged_for_the_statement(
    office: sqlite3.Connection, request_made: Request
) -> None:
    logged = log_search(
        office,
        request_made.number,
        actor="of",
        text='"skate park" -vote',
        filters={"kinds": ["comment"], "start_day": "2026-01-01"},
        files=["archive", "private"],
        found=1310,
        exact=False,
        accounts=None,
    )
    assert searches_of(office, request_made.number) == [logged]
    assert (logged.found, logged.exact) == (1310, False)
    assert logged.files == ("archive", "private")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        office.execute("UPDATE request_searches SET found = 0")


def test_a_closed_request_is_not_searched_for(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    close_request(office, request_made.number, settings=settings, actor="of", reason="Withdrawn")
    with pytest.raises(RuleError, match="reopen"):
        log_search(
            office,
            request_made.number,
            actor="of",
            text="x",
            filters={},
            files=[],
            found=0,
            accounts=None,
        )


def test_a_year_before_the_act_is_a_slip_of_the_pen(
    office: sqlite3.Connection, settings: Settings
) -> None:
    with pytest.raises(InputError, match="before 1968"):
        another(office, settings, received_at="0206-11-16T17:00:00Z")
    assert not list_requests(office)
