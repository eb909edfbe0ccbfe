"""What an official forwards with no request open: on record, in the archive, acknowledged."""

from __future__ import annotations

import datetime as dt
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.archive.reading import record
from archiver.archive.seals import seal
from archiver.archive.search import Filters, search
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Forwarding, Home, Mail, Settings
from archiver.errors import InputError, RuleError, StorageError
from archiver.exports.reader import open_download
from archiver.operations.forwarding import queue_acknowledgement
from archiver.register.attestations import attest
from archiver.requests.book import Request, add_items, items_of
from archiver.requests.custodians import handing_in
from archiver.requests.custodians.handing_in import lot_of_forward, waiting_in
from archiver.requests.custodians.taking_in import TakenFile, take_in_lot, taken_files
from archiver.requests.forwards.acknowledging import (
    acknowledgement,
    check_sendable,
    is_acknowledged,
    mark,
    message_of,
    sheet_pdf,
    statement_pdf,
)
from archiver.requests.forwards.forwarding import (
    DESK,
    Forward,
    ForwardedFile,
    forward,
    forward_of_record,
    list_forwards,
)
from archiver.requests.forwards.officials import Official
from archiver.requests.forwards.stating import (
    NewStatement,
    altered_statements,
    state,
    statements_of,
)
from archiver.requests.forwards.wording import ATTESTATION_KIND, texts
from archiver.requests.receiving.attaching import FOLDER
from archiver.selecting.choosing import open_for_choosing
from archiver.selecting.selection import write_selection
from archiver.selecting.statement import Statement
from tests.exports.x_downloads import full_download, write_zip
from tests.requests.custodians.conftest import conforms, mail, picture

DANA = Official("Dana Ruiz", "City Council", "Council member", "dana@example.org", "dana")
STATED = NewStatement(
    "facebook: dana.ruiz (personal)", "2026-11-03", "Dana Ruiz", dt.date(2026, 11, 19)
)
Forwarded = Callable[..., tuple[Forward, list[TakenFile]]]


@pytest.fixture
def forwarded(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Forwarded:
    """Forwards files (bytes and name) and takes them into the archive."""

    def done(
        *files: tuple[bytes, str], stated: NewStatement | None = STATED
    ) -> tuple[Forward, list[TakenFile]]:
        folder = tmp_path_factory.mktemp("given")
        given = []
        for content, name in files:
            (folder / name).write_bytes(content)
            given.append(ForwardedFile(folder / name, name))
        made = forward(home, office, settings, DANA, given, stated, way=DESK, actor="dana")
        lot = lot_of_forward(made.id)
        take_in_lot(home, office, archive, lot, actor="worker")
        return made, taken_files(office, lot)

    return done


def test_a_forward_becomes_a_private_record_of_its_custodian_with_its_evidence(
    forwarded: Forwarded, office: sqlite3.Connection, archive: Archive, home: Home
) -> None:
    made, [taken] = forwarded((mail(), "lights.eml"))
    [number] = taken.records
    found = record(archive.private, number)
    assert found is not None
    assert (found.platform, found.author_handle) == ("forwarded", "jfrost@example.com")
    assert forward_of_record(office, number) == made
    [run] = archive.private.execute("SELECT notes FROM runs WHERE source = 'forwarded'")
    for told in ("facebook: dana.ruiz (personal)", "2026-11-03", "handed in by"):
        assert told in run["notes"]
    assert archive.private.execute("SELECT count(*) FROM originals").fetchone()[0] == 1
    assert not list((home.path / FOLDER / "forwarded").iterdir())
    files = {"archive": archive.public, "private": archive.private}
    hits = search(files, "lights", Filters(), time_zone="UTC").rows
    assert [hit.id for hit in hits] == [number]
    seal(archive, now="2026-11-20T18:00:00Z")
    assert verify(home).findings == []


def test_a_forwarded_record_is_collected_into_a_request_like_any_other(
    forwarded: Forwarded,
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
) -> None:
    _, [taken] = forwarded((mail(), "lights.eml"))
    files = {"archive": archive.public, "private": archive.private}
    add_items(office, files, request_made.number, [("private", *taken.records)], actor="odile")
    assert [each.record_id for each in items_of(office, request_made.number)] == [*taken.records]


def test_what_a_message_encloses_is_media_of_its_record(
    forwarded: Forwarded, archive: Archive
) -> None:
    enclosed = ((picture(), "image/png", "gate.png"), (b"%PDF-1.7 x", "application/pdf", "a.pdf"))
    _, [taken] = forwarded((mail(enclosed=enclosed), "lights.eml"))
    [number] = taken.records
    found = archive.private.execute(
        "SELECT name, media.media_type FROM record_media JOIN media USING (sha256) "
        "WHERE record_id = ? ORDER BY position",
        (number,),
    )
    assert [tuple(each) for each in found] == [
        ("gate.png", "image/png"),
        ("a.pdf", "application/pdf"),
    ]


def test_who_wrote_a_picture_of_a_message_is_whom_the_official_names(
    forwarded: Forwarded, archive: Archive
) -> None:
    stated = replace(STATED, sender="Bettina Krall")
    _, [taken] = forwarded((picture(), "screen.png"), stated=stated)
    found = record(archive.private, taken.records[0])
    assert found is not None and found.author_name == "Bettina Krall"
    assert found.author_role == "unknown"


def test_the_same_files_with_the_same_statement_are_one_forward(
    forwarded: Forwarded, office: sqlite3.Connection, archive: Archive
) -> None:
    many = [(f"note {n}".encode(), f"{n}.txt") for n in range(100)]
    first, taken = forwarded(*many)
    again, _ = forwarded(*many)
    assert again == first and len(taken) == 100
    assert len(list_forwards(office)) == 1
    assert archive.private.execute("SELECT count(*) FROM records").fetchone()[0] == 100


def test_the_same_bytes_forwarded_with_another_statement_are_pointed_out_and_not_joined(
    forwarded: Forwarded, archive: Archive
) -> None:
    _, [first] = forwarded((mail(), "lights.eml"))
    _, [second] = forwarded((mail(), "again.eml"), stated=replace(STATED, received="2026-11-04"))
    assert first.records != second.records
    [(_, repeat)] = second.repeats
    assert (repeat.file, repeat.record_id, repeat.why) == ("private", *first.records, "same bytes")


def test_two_messages_of_one_mailbox_with_the_same_id_are_pointed_out(
    forwarded: Forwarded,
) -> None:
    separator = b"From a@b Mon Nov 16 08:30:00 2026\n"
    box = separator + mail() + b"\n" + separator + mail(text="Edited since.")
    _, [taken] = forwarded((box, "box.mbox"))
    assert len(taken.records) == 2
    assert [(own, each.record_id, each.why) for own, each in taken.repeats] == [
        (taken.records[1], taken.records[0], "same message")
    ]


def test_what_is_kept_back_needs_facts_and_is_declared_under_penalty_of_perjury(
    forwarded: Forwarded, office: sqlite3.Connection
) -> None:
    with pytest.raises(InputError, match="fill in both or none"):
        forwarded((mail(), "a.eml"), stated=replace(STATED, kept_back="two notes"))
    made, _ = forwarded((mail(), "a.eml"))
    [plain] = statements_of(office, made.id)
    assert "I state that this is true" in plain.text and "perjury" not in plain.text
    kept = replace(STATED, kept_back="two notes", facts="They are about my sister.")
    made, _ = forwarded((mail(), "a.eml"), stated=kept)
    [declared] = statements_of(office, made.id)
    for words in ("under penalty of perjury", "two notes", "about my sister", "3 Nov 2026"):
        assert words in declared.text


def test_a_statement_is_frozen_with_its_hash_and_becomes_a_pdf(
    forwarded: Forwarded, office: sqlite3.Connection, settings: Settings
) -> None:
    made, _ = forwarded((mail(), "a.eml"))
    [stated] = statements_of(office, made.id)
    conforms(statement_pdf(settings, made, stated))
    conforms(sheet_pdf(acknowledgement(office, settings, made, clerk="O. Farrow")))
    later = replace(STATED, received="2026-11-03T17:30:00Z")
    state(office, settings, made.id, later, actor="odile", how="by telephone")
    state(office, settings, made.id, later, actor="odile", how="by telephone")
    assert len(statements_of(office, made.id)) == 2
    assert altered_statements(office) == (2, [])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        office.execute("UPDATE forward_statements SET source = 'x'")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"source": " "}, "which account"),
        ({"received": "soon"}, "no date"),
        ({"received": "2027-01-01"}, "lies ahead"),
        ({"stated_by": ""}, "by your name"),
        ({"stated_on": dt.date(2027, 1, 1)}, "lies ahead"),
    ],
)
def test_a_statement_that_cannot_be_used_says_why(
    forwarded: Forwarded, changed: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        forwarded((mail(), "a.eml"), stated=replace(STATED, **changed))  # type: ignore[arg-type]


def test_an_empty_file_is_refused_and_nothing_of_the_others_is_kept(
    forwarded: Forwarded, office: sqlite3.Connection, home: Home
) -> None:
    with pytest.raises(InputError, match=r"none\.txt is empty"):
        forwarded((mail(), "a.eml"), (b"", "none.txt"))
    assert list_forwards(office) == []
    assert not list((home.path / FOLDER).glob("forwarded/*"))


def test_a_full_disk_keeps_nothing_of_a_forward(
    forwarded: Forwarded,
    office: sqlite3.Connection,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(handing_in.shutil, "copyfileobj", full)
        with pytest.raises(StorageError, match="No space left"):
            forwarded((mail(), "a.eml"))
    assert list_forwards(office) == []
    assert not list((home.path / FOLDER).glob("forwarded/*"))
    assert len(forwarded((mail(), "a.eml"))[1]) == 1


def test_a_video_larger_than_what_is_read_is_kept_whole_without_being_read_into_memory(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video = tmp_path / "council.mp4"
    with video.open("wb") as out:
        out.write(b"\x00\x00\x00\x18ftypmp42")
        out.truncate(51 * 1024 * 1024)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read at once"))
    given = [ForwardedFile(video, video.name)]
    made = forward(home, office, settings, DANA, given, STATED, way=DESK, actor="dana")
    [taken] = take_in_lot(home, office, archive, lot_of_forward(made.id), actor="worker")
    [size] = archive.private.execute("SELECT size FROM media").fetchone()
    assert (len(taken.records), size) == (1, 51 * 1024 * 1024)


def test_the_zip_of_picked_items_gives_a_record_for_each(
    forwarded: Forwarded, archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "picked.zip"
    stated = Statement("Ana Ortega", "City Council", "x: own profile", "lamp", "2026-11-20")
    with open_download(write_zip(tmp_path / "mine.zip", full_download())) as reader:
        opened = open_for_choosing(reader)
        chosen = [item for number, item, _ in opened.items() if number in (2, 3)]
        write_selection(path, opened, {2, 3}, stated)
    _, [taken] = forwarded((path.read_bytes(), "picked.zip"))
    assert len(taken.records) == 2
    found = record(archive.private, taken.records[0])
    assert found is not None and found.text == chosen[0].text


KILLED = """
import os, signal, sys
from pathlib import Path
import archiver.{module} as module
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.register.office import open_office
from archiver.requests.custodians.handing_in import lot_of_forward
from archiver.requests.custodians.taking_in import take_in_lot

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

module.{name} = killed
home = Home(Path(sys.argv[1]))
with Archive.open(home, write=True) as archive:
    take_in_lot(home, open_office(home), archive, lot_of_forward(1), actor="worker")
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("capture.forwarding", "store_media"),
        ("archive.writing", "place"),
        ("capture.forwarding", "finish_run"),
        ("requests.custodians.taking_in", "audit"),
    ],
)
def test_a_kill_while_a_forward_is_taken_in_is_made_good_by_the_next_run(
    module: str,
    name: str,
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("given") / "lights.eml"
    path.write_bytes(mail(enclosed=((picture(), "image/png", "a.png"),)))
    given = [ForwardedFile(path, path.name)]
    made = forward(home, office, settings, DANA, given, STATED, way=DESK, actor="dana")
    script = KILLED.format(module=module, name=name)
    done = subprocess.run(
        [sys.executable, "-c", script, str(home.path)], check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    lot = lot_of_forward(made.id)
    assert len(waiting_in(office, lot)) == 1
    [taken] = take_in_lot(home, office, archive, lot, actor="worker")
    assert len(taken.records) == 1
    assert archive.private.execute("SELECT count(*) FROM versions").fetchone()[0] == 1
    seal(archive, now="2026-11-20T18:00:00Z")
    assert verify(home).findings == []


def test_the_acknowledgement_sends_the_resident_to_the_city_and_asks_for_what_is_wanting(
    forwarded: Forwarded, office: sqlite3.Connection, settings: Settings
) -> None:
    settings = Settings(
        agency=settings.agency,
        schedule=settings.schedule,
        forwarding=Forwarding(channel="clerk@alderglen.example"),
    )
    made, _ = forwarded((mail(), "lights.eml"))
    sheet = acknowledgement(office, settings, made, clerk="Odile Farrow")
    assert "please write to clerk@alderglen.example" in sheet.text
    assert "lights.eml" in sheet.text and "still needed" not in sheet.text
    message = message_of(settings, made, sheet)
    assert message.address == "dana@example.org" and b"F-1" in message.content
    bare, _ = forwarded((picture(), "screen.png"), stated=None)
    assert "still needed" in acknowledgement(office, settings, bare, clerk="Odile").text


def test_the_acknowledgement_asks_who_wrote_what_does_not_say_so(
    forwarded: Forwarded, office: sqlite3.Connection, settings: Settings
) -> None:
    files = ((picture(), "screen.png"), (mail(), "lights.eml"))
    made, _ = forwarded(*files)
    asked = acknowledgement(office, settings, made, clerk="Odile").text
    assert "do not say who wrote them: screen.png." in asked
    signed, _ = forwarded(*files, stated=replace(STATED, sender="Bettina Krall"))
    assert "who wrote" not in acknowledgement(office, settings, signed, clerk="Odile").text


def test_no_acknowledgement_goes_out_in_words_nobody_attested(
    forwarded: Forwarded, office: sqlite3.Connection, settings: Settings
) -> None:
    settings = Settings(
        agency=settings.agency,
        schedule=settings.schedule,
        mail=Mail(host="127.0.0.1", sender="clerk@alderglen.example", security="none"),
    )
    made, _ = forwarded((mail(), "lights.eml"))
    with pytest.raises(RuleError, match="waits for the city attorney"):
        check_sendable(office, settings, made)
    assert not queue_acknowledgement(office, settings, made.id, actor="odile", clerk="Odile")
    text = texts()[1]
    attest(
        office,
        actor="haldane",
        kind=ATTESTATION_KIND,
        subject=text.name,
        digest=text.digest,
        attorney="P. Haldane",
        on=dt.date(2026, 11, 19),
    )
    check_sendable(office, settings, made)
    mark(office, made.id, actor="odile", how="by hand")
    assert is_acknowledged(office, made)
    with pytest.raises(RuleError, match="was told already"):
        check_sendable(office, settings, made)
