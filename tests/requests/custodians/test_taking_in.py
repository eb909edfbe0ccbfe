"""What is handed in becomes ordinary records of the archive and items of its request."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

import archiver.archive.originals as originals
import archiver.requests.custodians.taking_in as taking_in
from archiver.archive.reading import record
from archiver.archive.seals import seal
from archiver.archive.search import Filters, search
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.capture.forwarding import alone
from archiver.config import Home, Settings
from archiver.errors import BusyError, IntegrityError, RuleError
from archiver.items import Author, AuthorRole, Kind
from archiver.register.accounts import add_account, list_accounts
from archiver.requests.book import Request, close_request, items_of, new_request
from archiver.requests.custodians.answers import Answer, NewAnswer, answer
from archiver.requests.custodians.asks import Ask, NewAsk, ask_custodian
from archiver.requests.custodians.handing_in import (
    HandedFile,
    lot_of_request,
    review_department_files,
    waiting_files,
)
from archiver.requests.custodians.taking_in import (
    TakenFile,
    take_in_request,
    taken_files,
)
from archiver.requests.receiving.attaching import FileKind, NewFile, attach_file, file_path
from archiver.requests.reviewing.blockers import blockers_of
from archiver.retention.holds import holds_on
from tests.requests.custodians.conftest import mail, picture

Taken = Callable[..., list[TakenFile]]
Files = dict[str, sqlite3.Connection]


def test_a_returned_email_is_an_item_held_sealed_and_found(
    taken: Taken,
    office: sqlite3.Connection,
    archive: Archive,
    files: Files,
    request_made: Request,
    home: Home,
) -> None:
    [done] = taken((mail(), "lights.eml"))
    [item] = items_of(office, request_made.number)
    assert (item.file, item.record_id) == ("private", *done.records)
    assert holds_on(office, "private", item.record_id)
    found = search(files, "platform:forwarded lights", Filters(), time_zone="UTC")
    assert [hit.id for hit in found.rows] == [item.record_id]
    seal(archive, now="2026-11-20T18:00:00Z")
    report = verify(home)
    assert report.findings == []


def test_the_bytes_are_kept_once_as_the_original_with_who_handed_them_in(
    taken: Taken,
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    asked: Ask,
    home: Home,
) -> None:
    content = mail()
    [done] = taken((content, "lights.eml"))
    [kept] = archive.private.execute("SELECT sha256, extension, access FROM originals")
    assert (kept["sha256"].hex(), kept["extension"]) == (done.file.sha256, ".eml")
    assert not file_path(home, request_made.number, done.file.sha256).exists()
    handed = done.file
    assert (handed.ask_id, handed.actor, handed.at) == (asked.id, "ana", "2026-11-20T18:00:00Z")
    [run] = archive.private.execute("SELECT notes, outcome FROM runs WHERE source = 'forwarded'")
    assert run["outcome"] == "complete"
    assert f'"ask":{asked.id}' in run["notes"]
    [source] = list_accounts(office)
    assert (source.platform, source.display_name) == ("forwarded", "Ana Reyes")
    assert list_accounts(office, sources=False) == []


def test_a_source_stands_beside_the_accounts_of_its_department(
    office: sqlite3.Connection, asked: Ask
) -> None:
    for handle in ("one", "two"):
        add_account(
            office,
            actor="of",
            platform="x",
            handle=handle,
            department=handle,
        )
    with pytest.raises(RuleError, match="no account of the city is called forwarded"):
        add_account(office, actor="of", platform="forwarded", handle="z", department="City Council")


def test_taking_in_again_brings_nothing_and_loses_nothing(
    taken: Taken,
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    home: Home,
) -> None:
    taken((mail(), "lights.eml"))
    assert take_in_request(home, office, archive, request_made.number, actor="worker") == []
    assert len(items_of(office, request_made.number)) == 1


@pytest.mark.parametrize("stop", ["repeats_of", "_enter"])
def test_a_stop_at_any_moment_is_made_good_by_the_next_run(
    answered: Callable[..., Answer],
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    stop: str,
) -> None:
    inner = mail(enclosed=((picture(), "image/png", "a.png"), (b"a,b\n1,2", "text/csv", "b.csv")))
    answered((inner, "lights.eml"))

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(taking_in, stop, stopped)
        with pytest.raises(KeyboardInterrupt):
            take_in_request(home, office, archive, request_made.number, actor="worker")
    assert items_of(office, request_made.number) == []
    assert len(waiting_files(office, request_made.number)) == 1
    take_in_request(home, office, archive, request_made.number, actor="worker")
    assert len(items_of(office, request_made.number)) == 2
    assert archive.private.execute("SELECT count(*) FROM records").fetchone()[0] == 2
    assert archive.private.execute("SELECT count(*) FROM versions").fetchone()[0] == 2
    seal(archive, now="2026-11-20T18:00:00Z")
    assert verify(home).findings == []


def test_only_one_takes_in_at_a_time(
    answered: Callable[..., Answer],
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    home: Home,
) -> None:
    answered((mail(), "lights.eml"))
    with alone(archive), pytest.raises(BusyError):
        take_in_request(home, office, archive, request_made.number, actor="worker")


def test_a_file_changed_on_the_disk_is_not_taken_in(
    answered: Callable[..., Answer],
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    home: Home,
) -> None:
    answered((b"as handed in", "a.txt"))
    [file] = waiting_files(office, request_made.number)
    file_path(home, request_made.number, file.sha256).write_bytes(b"changed")
    with pytest.raises(IntegrityError, match="is not what was handed in"):
        take_in_request(home, office, archive, request_made.number, actor="worker")
    assert items_of(office, request_made.number) == []


def test_a_closed_request_takes_nothing_in(
    answered: Callable[..., Answer],
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    settings: Settings,
    home: Home,
) -> None:
    close_request(office, request_made.number, settings=settings, actor="of", reason="done")
    with pytest.raises(RuleError, match="is closed"):
        answered((b"words", "a.txt"))
    with pytest.raises(RuleError, match="is closed"):
        take_in_request(home, office, archive, request_made.number, actor="worker")


def test_repeats_are_pointed_out_and_stay_records_of_their_own(
    taken: Taken,
    office: sqlite3.Connection,
    settings: Settings,
    archive: Archive,
    request_made: Request,
    wanted: NewAsk,
    home: Home,
    store: Callable[..., int],
) -> None:
    captured = store(
        "dm-1",
        "The lights are out again.\nCall me at (916) 555-0142.",
        kind=Kind.MESSAGE,
        author=Author("90", "jfrost@example.com", "J. Frost", AuthorRole.PUBLIC),
        created_at="2026-11-16T16:30:00Z",
    )
    [first] = taken((mail(), "lights.eml"))
    assert [(own, each.record_id, each.why) for own, each in first.repeats] == [
        (first.records[0], captured, "same words, author and time")
    ]
    other = NewAsk(
        name="Bo Lund", department="City Council", scope="The same", due_on=wanted.due_on
    )
    ask = ask_custodian(office, settings, request_made.number, other, actor="odile")
    for content, expected in (
        (mail(), {"same bytes", "same words, author and time"}),
        (mail(text="Edited on the way"), {"same message"}),
    ):
        given = NewAnswer("own e-mail", "Bo Lund", dt.date(2026, 11, 20), terms=str(expected))
        handed = [HandedFile(content, "again.eml")]
        answer(home, office, settings, ask.id, given, handed, actor="odile")
        [done] = take_in_request(home, office, archive, request_made.number, actor="worker")
        assert {each.why for _, each in done.repeats} == expected
    assert len(items_of(office, request_made.number)) == 3


def test_a_departments_files_become_records_under_that_department(
    office: sqlite3.Connection, archive: Archive, request_made: Request, home: Home
) -> None:
    file = NewFile(mail(), "handed.eml", FileKind.DEPARTMENT, "Public Works", "their messages")
    attach_file(home, office, request_made.number, file, actor="odile")
    attach_file(home, office, request_made.number, NewFile(b"own", "own.txt"), actor="odile")
    assert review_department_files(office, request_made.number, actor="odile") == 1
    assert review_department_files(office, request_made.number, actor="odile") == 0
    [done] = take_in_request(home, office, archive, request_made.number, actor="worker")
    [item] = items_of(office, request_made.number)
    found = record(archive.private, item.record_id)
    assert found is not None and found.author_name == "J. Frost"
    assert [each.display_name for each in list_accounts(office)] == ["Public Works"]
    assert file_path(home, request_made.number, done.file.sha256).exists()


def test_practice_takes_nothing_into_the_archive(
    office: sqlite3.Connection, settings: Settings, archive: Archive, home: Home
) -> None:
    practice = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-16T17:12:00Z",
        channel="counter",
        verbatim="To learn",
        practice=True,
    )
    file = NewFile(b"words", "a.txt", FileKind.DEPARTMENT, "Public Works")
    attach_file(home, office, practice.number, file, actor="odile")
    with pytest.raises(RuleError, match="for practice"):
        review_department_files(office, practice.number, actor="odile")
    assert taken_files(office, lot_of_request(practice)) == []


def test_what_waits_stops_the_packet_and_the_closing(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    request_made: Request,
    answered: Callable[..., Answer],
) -> None:
    answered((mail(), "one.eml"))
    [waiting] = blockers_of(office, settings, request_made.number)
    assert waiting.named == "1 file that was handed in is not in the archive yet"
    with pytest.raises(RuleError, match="not in the archive yet"):
        close_request(office, request_made.number, settings=settings, actor="of", reason="Done")
    take_in_request(home, office, archive, request_made.number, actor="worker")
    assert [each.kind for each in blockers_of(office, settings, request_made.number)] == [
        "undecided"
    ]


def test_a_damaged_file_keeps_no_other_from_being_taken_in(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    answered: Callable[..., Answer],
) -> None:
    answered((b"first words", "a.txt"), (b"second words", "b.txt"))
    [first, second] = waiting_files(office, request_made.number)
    file_path(home, request_made.number, first.sha256).write_bytes(b"other words")
    with pytest.raises(IntegrityError, match="not what was handed in"):
        take_in_request(home, office, archive, request_made.number, actor="worker")
    assert [each.file for each in taken_files(office, lot_of_request(request_made))] == [second]
    assert waiting_files(office, request_made.number) == [first]


def test_bytes_that_were_destroyed_once_are_kept_with_the_request(
    home: Home,
    office: sqlite3.Connection,
    request_made: Request,
    taken: Callable[..., list[TakenFile]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise RuleError("this very file was destroyed under D-2026-01")

    monkeypatch.setattr(originals, "_refuse_destroyed", refused)
    [one] = taken((b"words of old", "old.txt"))
    assert one.records == () and "stays with the request" in one.notices[0]
    path = file_path(home, request_made.number, one.file.sha256)
    assert path.read_bytes() == b"words of old"
