"""Where a request stands follows from what was done about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archiver.config import Settings
from archiver.items import Kind, Visibility
from archiver.requests.book import (
    Claim,
    Request,
    add_items,
    decide,
    items_of,
    log_search,
    new_request,
)
from archiver.requests.collecting.list_review import decide_list
from archiver.requests.collecting.lists import collect_list
from archiver.requests.redacting.redactions import Mark, add_redaction
from archiver.requests.reviewing.attorney import ask
from archiver.requests.timing.clarifying import ask_clarification, clarified
from archiver.requests.timing.determining import record_determination
from archiver.requests.timing.stages import Stage, standings

SETTINGS = Settings(agency="City of Alder Glen", schedule="palm-desert", request_prefix="")
SECTION = "7927.410"


def stage(
    office: sqlite3.Connection, request: Request, *, private: bool = True, advice: bool = True
) -> Stage:
    return standings(office, SETTINGS, private=private, advice=advice)[request.id].stage


@pytest.fixture
def collected(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    store: Callable[..., int],
    request_made: Request,
) -> list[int]:
    """Two comments and a private message, collected; their item ids."""
    keys = [("archive", store("1")), ("archive", store("2"))]
    message = store("3", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE, root_id="dm")
    add_items(office, files, request_made.number, [*keys, ("private", message)], actor="of")
    return [each.id for each in items_of(office, request_made.number)]


def test_a_new_request_is_received_then_searched_for(
    office: sqlite3.Connection, request_made: Request
) -> None:
    assert stage(office, request_made) is Stage.RECEIVED
    log_search(
        office,
        request_made.number,
        actor="of",
        text="skate",
        filters={},
        files=["archive"],
        found=0,
        exact=True,
        accounts=None,
    )
    assert stage(office, request_made) is Stage.SEARCHING


def test_asking_back_is_the_beginning_of_searching(
    office: sqlite3.Connection, request_made: Request
) -> None:
    ask_clarification(office, request_made.number, actor="of", words="Which park?")
    assert stage(office, request_made) is Stage.SEARCHING
    clarified(office, request_made.number, actor="of", words="Mill Street")
    assert not standings(office, SETTINGS, private=True, advice=True)[request_made.id].asked_back


def test_it_is_reviewed_until_every_item_one_may_know_of_is_decided(
    office: sqlite3.Connection, request_made: Request, collected: list[int]
) -> None:
    assert stage(office, request_made) is Stage.REVIEW
    public = collected[:2]
    decide(office, request_made.number, public, "release", actor="of")
    assert stage(office, request_made) is Stage.REVIEW
    assert stage(office, request_made, private=False) is Stage.READY
    decide(office, request_made.number, collected[2:], "not responsive", actor="of")
    assert stage(office, request_made) is Stage.READY
    decide(office, request_made.number, public[:1], "undecided", actor="of")
    assert stage(office, request_made) is Stage.REVIEW
    found = standings(office, SETTINGS, private=False, advice=True)[request_made.id]
    assert (found.items, found.decided) == (2, 1)


def test_what_keeps_a_packet_from_being_made_keeps_it_in_review(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request_made: Request,
    collected: list[int],
    attest: Callable[[str], None],
) -> None:
    number = request_made.number
    decide(office, number, collected, "release", actor="of")
    assert stage(office, request_made) is Stage.READY
    mark = Mark("text", 0, 3)
    add_redaction(office, files, number, collected[2], mark, actor="of", claims=[Claim(SECTION)])
    decide(office, number, collected[2:], "redact", actor="of")
    assert stage(office, request_made) is Stage.REVIEW, "the bar rests on nothing attested"
    assert stage(office, request_made, private=False) is Stage.READY
    [told] = standings(office, SETTINGS, private=True, advice=True)[request_made.id].in_the_way
    assert "1 record has a bar" in told
    attest(SECTION)
    assert stage(office, request_made) is Stage.READY


def test_an_undecided_list_keeps_it_in_review(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request_made: Request,
    collected: list[int],
) -> None:
    number = request_made.number
    decide(office, number, collected, "release", actor="of")
    made = collect_list(
        office, files, number, "accounts", actor="of", time_zone="America/Los_Angeles"
    )
    assert stage(office, request_made) is Stage.REVIEW
    decide_list(office, number, made.id, "release", actor="of")
    assert stage(office, request_made) is Stage.READY


def test_a_question_about_a_decided_item_shows_to_nobody_who_may_not_know_of_it(
    office: sqlite3.Connection, request_made: Request, collected: list[int]
) -> None:
    decide(office, request_made.number, collected, "release", actor="of")
    ask(office, request_made.number, collected[0], "May it go?", actor="of")
    assert stage(office, request_made) is Stage.ATTORNEY
    found = standings(office, SETTINGS, private=True, advice=False)[request_made.id]
    assert (found.stage, found.in_the_way) == (Stage.READY, ())


def test_an_open_question_waits_for_the_attorney_and_shows_to_who_may_know(
    office: sqlite3.Connection, request_made: Request, collected: list[int]
) -> None:
    office.execute(
        "CREATE TABLE IF NOT EXISTS attorney_questions (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "item_id INTEGER NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL)"
    )
    office.execute(
        "CREATE TABLE IF NOT EXISTS attorney_answers (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "question_id INTEGER NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL)"
    )
    asked = "INSERT INTO attorney_questions (item_id, at, actor, text) VALUES (?, 'now', 'of', '?')"
    office.execute(asked, (collected[2],))
    assert stage(office, request_made) is Stage.ATTORNEY
    assert stage(office, request_made, advice=False) is Stage.REVIEW
    assert stage(office, request_made, private=False) is Stage.REVIEW
    office.execute(
        "INSERT INTO attorney_answers (question_id, at, actor, text) VALUES (1, 'now', 'ph', '!')"
    )
    assert stage(office, request_made) is Stage.REVIEW


def test_a_determination_after_which_nothing_follows_is_ready_to_end(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    record_determination(
        office,
        request_made.number,
        actor="of",
        sent_at="2026-11-20T17:00:00Z",
        outcome="no records",
    )
    assert stage(office, request_made) is Stage.READY
    other = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-20T17:00:00Z",
        channel="email",
        verbatim="Others.",
    )
    assert stage(office, other) is Stage.RECEIVED
