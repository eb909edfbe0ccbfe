"""What comes with a request: scope in fields, links, other numbers, files; all of it or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from archiver.config import Home, Settings
from archiver.errors import ArchiverError, BusyError, InputError, IntegrityError, RuleError
from archiver.register.accounts import add_account
from archiver.requests.book import Request, close_request, events_of, list_requests, reopen_request
from archiver.requests.receiving.arriving import Arrival, OtherNumber, log_arrival
from archiver.requests.receiving.attaching import (
    FileKind,
    NewFile,
    attach_file,
    file_name,
    files_of,
    media_type,
    open_file,
)
from archiver.requests.receiving.queue import requests_from, sources_of
from archiver.requests.receiving.referring import refer, references_of, take_back_reference
from archiver.requests.receiving.relating import relate, related_to, unrelate
from archiver.requests.receiving.scope import Scope, scope_of, set_scope, topics_of
from archiver.retention.holds import holds_on, list_holds

ARRIVED = Arrival("2026-11-17T17:00:00Z", "email", "All posts of the Mayor.")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def log(home: Home, office: sqlite3.Connection, settings: Settings) -> Callable[..., Request]:
    """Logs a request as it arrived, with some changes."""

    def logged(**changes: object) -> Request:
        arrival = replace(ARRIVED, **changes)  # type: ignore[arg-type]
        return log_arrival(home, office, settings, arrival, actor="of")

    return logged


def kinds(office: sqlite3.Connection, request: Request) -> list[str]:
    return [event.kind for event in events_of(office, request.number)]


def test_the_scope_is_kept_beside_the_words_and_each_change_is_a_step(
    office: sqlite3.Connection, request_made: Request
) -> None:
    account = add_account(
        office, actor="of", platform="x", handle="AlderGlen", department="City Manager"
    )
    wanted = Scope(
        accounts=(account.id,),
        start_day=dt.date(2026, 6, 1),
        end_day=dt.date(2026, 10, 31),
        topics=("skate park", "lights"),
        kinds=("post", "comment"),
    )
    made = set_scope(office, request_made.number, wanted, actor="of", seen=0)
    assert replace(made, id=0) == wanted
    set_scope(office, request_made.number, replace(wanted, topics=("lights",)), actor="of")
    last = events_of(office, request_made.number)[-1]
    assert last.kind == "scope fields changed"
    assert last.detail is not None
    assert last.detail["from"]["topics"] == ["skate park", "lights"]
    assert last.detail["to"]["topics"] == ["lights"]
    set_scope(office, request_made.number, replace(wanted, topics=("lights",)), actor="of")
    assert kinds(office, request_made) == ["received", *["scope fields changed"] * 2]


def test_the_second_to_change_the_scope_is_told(
    office: sqlite3.Connection, request_made: Request
) -> None:
    set_scope(office, request_made.number, Scope(topics=("a",)), actor="of", seen=0)
    with pytest.raises(BusyError, match="somebody else changed"):
        set_scope(office, request_made.number, Scope(topics=("b",)), actor="hp", seen=0)
    assert scope_of(office, request_made).topics == ("a",)


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (Scope(accounts=(99,)), "not in the register"),
        (Scope(kinds=("tweet",)), "kind"),
        (Scope(start_day=dt.date(2026, 2, 1), end_day=dt.date(2026, 1, 1)), "ends before"),
        (Scope(topics=("x" * 201,)), "topics"),
    ],
)
def test_a_scope_that_cannot_be_is_refused(
    office: sqlite3.Connection, request_made: Request, scope: Scope, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        set_scope(office, request_made.number, scope, actor="of")
    assert not scope_of(office, request_made).says_anything


def test_topics_stand_one_a_line_or_between_semicolons() -> None:
    assert topics_of(" skate  park\nlights; noise;\n\nlights") == ("skate park", "lights", "noise")


def test_a_link_is_seen_from_both_sides_and_can_be_taken_back(
    office: sqlite3.Connection, request_made: Request, log: Callable[..., Request]
) -> None:
    second = log()
    relate(office, second.number, request_made.number, "duplicate of", actor="of")
    (here,) = related_to(office, second)
    (there,) = related_to(office, request_made)
    assert (here.words, here.other) == ("duplicate of", request_made)
    assert (there.words, there.other.number) == ("has the duplicate", second.number)
    assert here.duplicates
    with pytest.raises(RuleError, match="linked already"):
        relate(office, request_made.number, second.number, "related", actor="of")
    unrelate(office, request_made.number, there.id, actor="of")
    assert related_to(office, second) == related_to(office, request_made) == []
    with pytest.raises(InputError, match="no such link"):
        unrelate(office, request_made.number, there.id, actor="of")
    assert kinds(office, request_made)[-2:] == ["linked", "link taken back"]


def test_links_that_make_no_sense_are_refused(
    office: sqlite3.Connection, request_made: Request, log: Callable[..., Request]
) -> None:
    number = request_made.number
    with pytest.raises(RuleError, match="to itself"):
        relate(office, number, number, "related", actor="of")
    with pytest.raises(InputError, match="relation is not known"):
        relate(office, number, log().number, "twin", actor="of")
    with pytest.raises(RuleError, match="practice"):
        relate(office, number, log(practice=True).number, "related", actor="of")


def test_numbers_of_other_systems_come_and_go(
    office: sqlite3.Connection, request_made: Request
) -> None:
    refer(
        office,
        request_made.number,
        actor="of",
        system="GovQA",
        reference=" W012-111926 ",
        dated=dt.date(2026, 11, 16),
    )
    (found,) = references_of(office, request_made)
    assert (found.system, found.number, found.dated) == (
        "GovQA",
        "W012-111926",
        dt.date(2026, 11, 16),
    )
    take_back_reference(office, request_made.number, found.id, actor="of")
    assert references_of(office, request_made) == []
    for wrong, message in (
        ({"system": "Fax"}, "system is not known"),
        ({"system": "other"}, "which other system"),
        ({"reference": " "}, "1 to 100"),
        ({"dated": dt.date(2027, 1, 1)}, "lies ahead"),
    ):
        given = {"system": "GovQA", "reference": "1", **wrong}
        with pytest.raises(InputError, match=message):
            refer(office, request_made.number, actor="of", **given)  # type: ignore[arg-type]


def test_a_file_is_kept_by_its_hash_for_its_owner_alone(
    home: Home, office: sqlite3.Connection, request_made: Request
) -> None:
    content = b"%PDF-1.7 a list"
    new = NewFile(content, "../list.pdf", FileKind.DEPARTMENT, "Parks", "their own e-mails")
    made = attach_file(home, office, request_made.number, new, actor="of")
    found, path = open_file(home, office, request_made.number, made.id)
    assert (found.name, found.media_type, found.department) == (
        "list.pdf",
        "application/pdf",
        "Parks",
    )
    assert path == home.path / "requests" / "2026-0001" / hashlib.sha256(content).hexdigest()
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="with request 2026-0001 already"):
        attach_file(home, office, request_made.number, NewFile(content, "copy"), actor="of")


def test_a_file_that_changed_or_vanished_is_not_handed_out(
    home: Home, office: sqlite3.Connection, request_made: Request
) -> None:
    made = attach_file(home, office, request_made.number, NewFile(b"abc", "a.txt"), actor="of")
    _, path = open_file(home, office, request_made.number, made.id)
    path.write_bytes(b"abd")
    with pytest.raises(IntegrityError, match="not what was kept"):
        open_file(home, office, request_made.number, made.id)
    path.unlink()
    with pytest.raises(IntegrityError, match="is missing"):
        open_file(home, office, request_made.number, made.id)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (NewFile(b"", "a"), "empty"),
        (NewFile(b"x" * (50 * 1024 * 1024 + 1), "a"), "larger than 50 MB"),
        (NewFile(b"x", "a", FileKind.DEPARTMENT), "name the department"),
        (NewFile(b"x", "a", department="Parks"), "name the department"),
    ],
)
def test_files_that_cannot_be_kept_leave_nothing(
    home: Home, office: sqlite3.Connection, request_made: Request, new: NewFile, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        attach_file(home, office, request_made.number, new, actor="of")
    assert files_of(office, request_made) == []
    assert not (home.path / "requests").exists()


@examples(max_examples=200)
@given(st.text(max_size=300))
def test_any_name_becomes_one_a_file_can_be_saved_under(name: str) -> None:
    made = file_name(name)
    assert 0 < len(made) <= 200
    assert made == " ".join(made.split())
    assert not set(made) & {"/", "\\", "\0", "\n", "\u202e"}
    assert made.strip(".")
    made.encode("utf-8")


def test_what_a_file_is_its_first_bytes_say() -> None:
    assert media_type(b"MZ\x90\x00") == "application/octet-stream"
    assert media_type("Señora".encode()) == "text/plain"
    assert media_type("é".encode() * 4000) == "text/plain"
    assert media_type(b"\x89PNG\r\n\x1a\n...") == "image/png"


def test_a_request_arrives_with_all_that_belongs_to_it(
    home: Home,
    office: sqlite3.Connection,
    request_made: Request,
    log: Callable[..., Request],
    store: Callable[..., int],
) -> None:
    record = store("c1")
    made = log(
        fields=Scope(topics=("mayor",)),
        numbers=(OtherNumber("NextRequest", "26-1042"),),
        relations=(("follows", request_made.number),),
        files=(NewFile(b"From: a", "e-mail.eml", FileKind.EMAIL), NewFile(b"abc", "a.txt")),
        source=("archive", record, 1),
    )
    assert scope_of(office, made).topics == ("mayor",)
    assert [each.number for each in references_of(office, made)] == ["26-1042"]
    assert [each.words for each in related_to(office, request_made)] == ["followed by"]
    assert [each.kind for each in files_of(office, made)] == ["e-mail", "attachment"]
    assert sources_of(office, made) == [("archive", record)]
    assert requests_from(office, "archive", record) == [made]
    assert [hold.reference for hold in holds_on(office, "archive", record)] == [made.number]


@pytest.mark.parametrize(
    "wrong",
    [
        {"relations": (("follows", "2026-0099"),)},
        {"fields": Scope(accounts=(99,))},
        {"numbers": (OtherNumber("Fax", "1"),)},
        {"files": (NewFile(b"abc", "a"), NewFile(b"", "b"))},
    ],
)
def test_where_one_part_cannot_be_kept_nothing_is(
    home: Home,
    office: sqlite3.Connection,
    log: Callable[..., Request],
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ArchiverError):
        log(**wrong)
    assert list_requests(office) == []
    assert not list(home.path.glob("requests/*/*"))
    assert log().number == "2026-0001"


def test_a_reopened_request_holds_again_what_it_was_made_from(
    office: sqlite3.Connection,
    settings: Settings,
    log: Callable[..., Request],
    store: Callable[..., int],
) -> None:
    record = store("c1")
    made = log(source=("archive", record, 1))
    close_request(office, made.number, settings=settings, actor="of", reason="Answered")
    (hold,) = list_holds(office)
    office.execute(
        "UPDATE holds SET released_at = 'x', released_by = 'x', release_reason = 'x' WHERE id = ?",
        (hold.id,),
    )
    reopen_request(office, made.number, actor="of", reason="More")
    assert [each.reference for each in holds_on(office, "archive", record)] == [made.number]


def test_what_came_never_changes(
    home: Home, office: sqlite3.Connection, log: Callable[..., Request]
) -> None:
    log(
        fields=Scope(topics=("a",)),
        numbers=(OtherNumber("GovQA", "1"),),
        files=(NewFile(b"abc", "a"),),
    )
    for table in ("request_scopes", "request_references", "request_files"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET actor = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                office.execute(statement)
