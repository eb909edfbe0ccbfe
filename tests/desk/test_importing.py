"""Importing at the desk, from the first piece to the report: what the pages answer and refuse."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archiver.archive.store import Archive
from archiver.cli.main import cli
from archiver.config import Home
from archiver.demo.accounts import by_handle
from archiver.demo.x_download import write_x_download
from archiver.desk.pages import imports
from archiver.operations import import_withdrawing, importing, uploading
from archiver.operations.import_book import Import, get_import, list_imports
from archiver.operations.import_steps import IMPORT_JOB, queue_unfinished
from archiver.operations.jobs import open_jobs, run_next, take_back_interrupted
from archiver.operations.upload_room import FOLDER
from archiver.operations.verifying import verify_home
from archiver.operations.worker import handlers
from archiver.register.accounts import add_account, find_account, set_native_id
from archiver.register.office import audit_trail, open_office
from archiver.staff.people import add_person, open_staff, set_departments
from tests.desk.conftest import PASSWORD, Browser

PIECE = 64 * 1024
NATIVE_ID = "731955028"
HOSTILE_NAME = '<img src=x onerror=alert(1)>"\u202e\x07.zip'


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "PIECE", PIECE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The download of an account of the register."""
    return write(tmp_path_factory.mktemp("made") / "twitter-pd.zip", NATIVE_ID)


@pytest.fixture
def registered(city: Home) -> Home:
    """The small city, with the account whose download is brought."""
    with closing(open_office(city)) as office:
        account = add_account(
            office, actor="test", platform="x", handle="AlderGlenPD", department="Police"
        )
        set_native_id(office, account, actor="test", native_id=NATIVE_ID)
    return city


def write(path: Path, native_id: str, **more: Any) -> Path:
    account = dataclasses.replace(by_handle("AlderGlenPD"), native_id=native_id, **more)
    write_x_download(path, account=account, posts=40, seed=3)
    return path


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def begin(browser: Browser, *files: tuple[str, bytes]) -> Any:
    """Say which files are coming, as the page does."""
    form = {
        "form_key": browser.form_key,
        "name": [name for name, _ in files],
        "size": [str(len(content)) for _, content in files],
        "first": [digest(content[:PIECE]) for _, content in files],
        "last": [digest(content[(len(content) - 1) // PIECE * PIECE :]) for _, content in files],
    }
    return await browser.client.post("/import/begin", data=form)


async def piece(browser: Browser, number: int, file: int, content: bytes, at: int) -> Any:
    """Send one piece, as the page does."""
    sent = content[at : at + PIECE]
    return await browser.client.post(
        f"/import/{number}/files/{file}?offset={at}&sha256={digest(sent)}",
        content=sent,
        headers={"content-type": "application/octet-stream", "x-form-key": browser.form_key},
    )


async def send(browser: Browser, *files: tuple[str, bytes]) -> int:
    """Send files whole; the number of their import."""
    begun = (await begin(browser, *files)).json()
    for (_, content), place in zip(files, begun["files"], strict=True):
        at = place["received"]
        while at < len(content):
            at = (await piece(browser, begun["import"], place["id"], content, at)).json()[
                "received"
            ]
    return int(begun["import"])


def work(home: Home) -> None:
    """Carry out every job that waits."""
    with closing(open_office(home)) as office:
        while run_next(office, handlers(home)):
            pass


def found(home: Home, number: int) -> Import:
    with closing(open_office(home)) as office:
        there = get_import(office, number)
    assert there is not None
    return there


def counted(home: Home) -> tuple[int, int, int]:
    """How many runs, records and originals the archive holds."""
    with Archive.open(home, whole=True) as archive:
        runs, originals = (
            archive.public.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("runs", "originals")
        )
        records = sum(
            file.execute("SELECT count(*) FROM records").fetchone()[0]
            for file in (archive.public, archive.private)
        )
    return runs, records, originals


async def test_a_download_is_sent_looked_through_confirmed_and_reported(
    registered: Home, odile: Browser, made: Path
) -> None:
    before = counted(registered)
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    assert found(registered, number).state == "looking"
    work(registered)
    assert counted(registered) == before, "nothing is written before the confirmation"
    page = (await odile.get(f"/import/{number}")).text
    assert f"both have the id {NATIVE_ID}" in page
    for words in ("Posts", "Messages", "Private", "To confirm"):
        assert words in page
    preview = found(registered, number)
    assert preview.preview is not None
    assert preview.account_id is not None
    for _ in range(2):
        answer = await odile.post(f"/import/{number}/confirm", {"account": preview.account_id})
        assert answer.status_code == 303
    with closing(open_office(registered)) as office:
        assert [job.kind for job in open_jobs(office)] == [IMPORT_JOB], "pressed twice, once done"
    work(registered)
    done = found(registered, number)
    assert done.state == "done"
    assert done.report is not None
    said, came = preview.preview["report"]["total"], done.report["total"]
    # a post that stands twice in the download, edited, is told as two before it is there
    assert came["stored"] + came["versions"] == said["stored"] + said["versions"]
    assert came["people"] == said["people"]
    after = counted(registered)
    assert after[0] == before[0] + 1
    assert after[2] == before[2] + 1
    assert not (registered.path / FOLDER / str(number)).exists()
    page = (await odile.get(f"/import/{number}")).text
    assert "What became of it" in page
    assert str(registered.path) not in page + json.dumps(done.report)
    with closing(open_office(registered)) as office:
        steps = [each.action for each in reversed(audit_trail(office, subject=f"import {number}"))]
    assert steps == [
        "upload of a download begun",
        "file of a download received",
        "download handed to be looked through",
        "download looked through",
        "import of a download confirmed",
        "download imported",
    ]
    assert verify_home(registered).ok


async def test_the_report_is_saved_as_json_and_csv(
    registered: Home, odile: Browser, made: Path
) -> None:
    number = await imported(registered, odile, made)
    told = (await odile.get(f"/import/{number}/report.json")).json()
    assert told["confirmed_by"] == "odile"
    assert told["files"][0]["sha256"] == digest(made.read_bytes())
    lines = list(csv.reader(io.StringIO((await odile.get(f"/import/{number}/report.csv")).text)))
    assert {len(line) for line in lines} == {len(lines[0])}
    stored = lines[0].index("stored")
    files = [line for line in lines if line[0] == "files"]
    assert sum(int(line[stored]) for line in files) == told["report"]["total"]["stored"]


async def imported(home: Home, browser: Browser, path: Path) -> int:
    """A download brought, confirmed and imported."""
    number = await send(browser, (path.name, path.read_bytes()))
    work(home)
    await browser.post(f"/import/{number}/confirm", {"account": found(home, number).account_id})
    work(home)
    assert found(home, number).state == "done", found(home, number).message
    return number


async def test_the_same_file_again_is_said_at_once_with_its_report(
    registered: Home, odile: Browser, made: Path
) -> None:
    number = await imported(registered, odile, made)
    before = counted(registered)
    content = made.read_bytes()
    begun = (await begin(odile, ("renamed.zip", content))).json()
    assert begun["files"][0]["earlier"]["import"] == number
    again = await send(odile, ("renamed.zip", content))
    work(registered)
    page = (await odile.get(f"/import/{again}")).text
    assert "imported before" in page
    assert f'href="/import/{number}"' in page
    await odile.post(f"/import/{again}/confirm", {"account": found(registered, again).account_id})
    work(registered)
    after = counted(registered)
    assert after[1:] == before[1:], "importing it all the same brings nothing twice"


async def test_a_personal_download_is_refused_with_what_to_do_instead(
    registered: Home, odile: Browser, tmp_path: Path
) -> None:
    path = write(tmp_path / "mine.zip", "999", handle="somebody")
    number = await send(odile, ("mine.zip", path.read_bytes()))
    before = counted(registered)
    work(registered)
    page = (await odile.get(f"/import/{number}")).text
    assert "no account of the register" in page
    assert "archiver select" in page
    assert "Import 0" not in page
    with closing(open_office(registered)) as office:
        ours = find_account(office, "x:AlderGlenPD").id
    answer = await odile.post(f"/import/{number}/confirm", {"account": ours})
    assert answer.status_code == 400
    await odile.post(f"/import/{number}/look", {"account": ours})
    work(registered)
    page = (await odile.get(f"/import/{number}")).text
    assert "is the download of @somebody" in page
    assert "cannot be imported as it is" in page
    assert counted(registered) == before


async def test_what_is_no_download_is_said_and_can_be_tried_again_or_removed(
    registered: Home, odile: Browser
) -> None:
    number = await send(odile, ("letter.txt", b"no download at all"))
    work(registered)
    page = (await odile.get(f"/import/{number}")).text
    assert "could not be looked through" in page
    assert str(registered.path) not in page
    assert (await odile.post(f"/import/{number}/again")).status_code == 303
    work(registered)
    assert found(registered, number).state == "failed"
    assert (await odile.post(f"/import/{number}/remove")).status_code == 303
    assert "nothing of it was imported" in (await odile.get(f"/import/{number}")).text


async def test_pieces_out_of_place_damaged_or_repeated_are_answered_with_where_to_go_on(
    registered: Home, odile: Browser, made: Path
) -> None:
    content = made.read_bytes()
    begun = (await begin(odile, ("a.zip", content))).json()
    number, file = begun["import"], begun["files"][0]["id"]
    late = await piece(odile, number, file, content, PIECE)
    assert (late.status_code, late.json()["received"]) == (409, 0)
    await piece(odile, number, file, content, 0)
    repeated = await piece(odile, number, file, content, 0)
    assert (repeated.status_code, repeated.json()["received"]) == (200, PIECE)
    damaged = await odile.client.post(
        f"/import/{number}/files/{file}?offset={PIECE}&sha256={'0' * 64}",
        content=content[PIECE : 2 * PIECE],
        headers={"content-type": "application/octet-stream", "x-form-key": odile.form_key},
    )
    assert (damaged.status_code, damaged.json()["received"]) == (409, PIECE)
    for offset in ("-1", "", "9" * 30, "x"):
        odd = await odile.client.post(
            f"/import/{number}/files/{file}?offset={offset}&sha256={'0' * 64}",
            content=b"x",
            headers={"content-type": "application/octet-stream", "x-form-key": odile.form_key},
        )
        assert odd.status_code in (400, 409)


async def test_a_piece_without_the_key_of_the_page_is_refused(
    registered: Home, odile: Browser, made: Path
) -> None:
    content = made.read_bytes()
    begun = (await begin(odile, ("a.zip", content))).json()
    path = f"/import/{begun['import']}/files/{begun['files'][0]['id']}"
    query = f"?offset=0&sha256={digest(content[:PIECE])}"
    for headers in ({}, {"x-form-key": "0" * 64}):
        answer = await odile.client.post(
            path + query,
            content=content[:PIECE],
            headers={"content-type": "application/octet-stream", **headers},
        )
        assert answer.status_code == 403
    cross = {"sec-fetch-site": "cross-site", "x-form-key": odile.form_key}
    answer = await odile.client.post(
        path + query,
        content=content[:PIECE],
        headers={"content-type": "application/octet-stream", **cross},
    )
    assert answer.status_code == 403
    assert found(registered, begun["import"]).received == 0


async def test_a_piece_larger_than_a_piece_is_refused_unread(
    registered: Home, odile: Browser
) -> None:
    begun = (await begin(odile, ("a.zip", b"x" * 100))).json()
    answer = await odile.client.post(
        f"/import/{begun['import']}/files/{begun['files'][0]['id']}?offset=0&sha256={'0' * 64}",
        content=b"x" * (9 * 1024 * 1024),
        headers={"content-type": "application/octet-stream", "x-form-key": odile.form_key},
    )
    assert answer.status_code == 400


async def test_a_plain_form_brings_a_small_file(
    registered: Home, odile: Browser, made: Path
) -> None:
    page = (await odile.get("/import")).text
    assert 'enctype="multipart/form-data"' in page
    answer = await odile.client.post(
        "/import",
        data={"form_key": odile.form_key},
        files=[("download", ("twitter-pd.zip", made.read_bytes(), "application/zip"))],
    )
    assert answer.status_code == 303
    work(registered)
    assert "What is inside" in (await odile.get(answer.headers["location"])).text
    empty = await odile.client.post(
        "/import",
        data={"form_key": odile.form_key},
        files=[("download", ("empty.zip", b"", "application/zip"))],
    )
    assert empty.status_code == 400
    assert "empty" in empty.text


async def test_a_hostile_name_is_shown_as_words(registered: Home, odile: Browser) -> None:
    number = await send(odile, (HOSTILE_NAME, b"no download at all"))
    work(registered)
    for path in ("/import", f"/import/{number}"):
        page = (await odile.get(path)).text
        assert "<img src=x" not in page
        assert "\u202e" not in page
        assert "\x07" not in page


async def test_who_is_limited_to_departments_imports_for_their_accounts_alone(
    registered: Home, anonymous: Browser, made: Path, tmp_path: Path
) -> None:
    with closing(open_staff(registered)) as staff:
        for login, department in (("library", "Public Works"), ("police", "Police")):
            add_person(
                staff,
                actor="test",
                login=login,
                name="Farrow",
                title="",
                roles=["communications"],
                password=PASSWORD,
            )
            set_departments(staff, login, actor="test", departments=[department])
    await anonymous.sign_in("library")
    number = await send(anonymous, ("theirs.zip", made.read_bytes()))
    work(registered)
    page = (await anonymous.get(f"/import/{number}")).text
    assert "no account of the register" in page
    with closing(open_office(registered)) as office:
        police = find_account(office, "x:AlderGlenPD").id
    for act in ("look", "confirm"):
        answer = await anonymous.post(f"/import/{number}/{act}", {"account": police})
        assert answer.status_code == 400
    await anonymous.sign_in("police")
    assert (await anonymous.get(f"/import/{number}")).status_code == 404
    own = await imported(registered, anonymous, made)
    assert f'href="/import/{own}"' in (await anonymous.get("/import")).text
    await anonymous.sign_in("library")
    assert (await anonymous.get(f"/import/{own}")).status_code == 404
    assert (await anonymous.get(f"/import/{own}/report.json")).status_code == 404
    assert (await anonymous.get(f"/import/{own}/job.json")).status_code == 404


async def test_whoever_is_limited_disturbs_no_upload_they_do_not_know_of(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    with closing(open_staff(registered)) as staff:
        set_departments(staff, "communications", actor="test", departments=["Public Works"])
    await anonymous.sign_in("odile")
    content = made.read_bytes()
    begun = (await begin(anonymous, ("a.zip", content))).json()
    await piece(anonymous, begun["import"], begun["files"][0]["id"], content, 0)
    await anonymous.sign_in("communications")
    assert (await anonymous.get(f"/import/{begun['import']}")).status_code == 404
    await send(anonymous, ("b.zip", b"no download at all"))
    work(registered)
    await anonymous.sign_in("odile")
    again = (await begin(anonymous, ("a.zip", content))).json()
    assert again["files"][0]["received"] == PIECE


async def test_what_waits_to_be_confirmed_stands_on_the_first_page(
    registered: Home, odile: Browser, made: Path
) -> None:
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    work(registered)
    page = (await odile.get("/")).text
    assert "1 download to confirm" in page
    assert f'href="/import/{number}"' in page


async def test_the_parts_of_a_set_are_one_import(
    registered: Home, odile: Browser, made: Path, tmp_path: Path
) -> None:
    parts = [tmp_path / "part-1.zip", tmp_path / "part-2.zip"]
    with zipfile.ZipFile(made) as whole:
        for number, path in enumerate(parts):
            with zipfile.ZipFile(path, "w") as part:
                for name in whole.namelist()[number::2]:
                    part.writestr(name, whole.read(name))
    number = await send(odile, *((path.name, path.read_bytes()) for path in reversed(parts)))
    work(registered)
    seen = found(registered, number)
    assert seen.state == "preview", seen.message
    assert len(seen.files) == 2
    await odile.post(f"/import/{number}/confirm", {"account": seen.account_id})
    work(registered)
    done = found(registered, number)
    assert done.state == "done", done.message
    assert done.report is not None
    assert done.report["outcome"] == "complete", done.report["problems"]


async def test_where_the_download_does_not_say_whose_it_is_a_person_must(
    registered: Home, odile: Browser, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsed = importing.rehearse
    monkeypatch.setattr(importing, "rehearse", lambda *a, **k: (rehearsed(*a, **k)[0], True))
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    work(registered)
    assert "How do you know?" in (await odile.get(f"/import/{number}")).text
    form = {"account": found(registered, number).account_id, "attested": " it is "}
    answer = await odile.post(f"/import/{number}/confirm", form)
    assert answer.status_code == 400
    assert "write in a sentence how you know" in answer.text
    assert found(registered, number).state == "preview"
    form["attested"] = "Downloaded by O. Farrow <b> from the police account on 19 November."
    assert (await odile.post(f"/import/{number}/confirm", form)).status_code == 303
    work(registered)
    assert found(registered, number).state == "done"
    page = (await odile.get(f"/import/{number}")).text
    assert "Downloaded by O. Farrow &lt;b&gt; from the police account" in page


async def test_only_who_sends_it_stops_an_upload(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    await anonymous.sign_in("odile")
    begun = (await begin(anonymous, ("a.zip", made.read_bytes()))).json()
    await anonymous.sign_in("clerk")
    path = f"/import/{begun['import']}"
    assert (await anonymous.post(f"{path}/remove")).status_code == 403
    sent = await piece(anonymous, begun["import"], begun["files"][0]["id"], made.read_bytes(), 0)
    assert sent.status_code == 410
    assert "odile is sending it" in (await anonymous.get(path)).text


async def test_a_worker_that_was_killed_is_followed_by_one_that_goes_on(
    registered: Home, odile: Browser, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    with closing(open_office(registered)) as office:
        office.execute("DELETE FROM jobs")
        queue_unfinished(office)
        assert len(open_jobs(office)) == 1, "a stop between the row and its job"
    work(registered)
    await odile.post(f"/import/{number}/confirm", {"account": found(registered, number).account_id})
    with closing(open_office(registered)) as office:
        office.execute("UPDATE jobs SET state = 'running', attempts = 1 WHERE state = 'queued'")
        take_back_interrupted(office)
        queue_unfinished(office)
    work(registered)
    assert found(registered, number).state == "done"


async def test_what_the_worker_gave_up_on_is_said_to_have_stopped(
    registered: Home, odile: Browser, made: Path
) -> None:
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    work(registered)
    await odile.post(f"/import/{number}/confirm", {"account": found(registered, number).account_id})
    with closing(open_office(registered)) as office:
        office.execute("UPDATE jobs SET state = 'running', attempts = 2 WHERE state = 'queued'")
        take_back_interrupted(office)
        queue_unfinished(office)
    page = (await odile.get(f"/import/{number}")).text
    assert "The import stopped" in page
    assert (await odile.post(f"/import/{number}/again")).status_code == 303
    work(registered)
    assert found(registered, number).state == "done"


async def test_a_records_manager_withdraws_an_import_with_a_reason(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    await anonymous.sign_in("clerk")
    _, *before = counted(registered)
    number = await imported(registered, anonymous, made)
    assert "A records manager can withdraw" in (await anonymous.get(f"/import/{number}")).text
    assert (await anonymous.post(f"/import/{number}/withdraw", {"reason": "x"})).status_code == 403
    await anonymous.sign_in("records-manager")
    assert (await anonymous.post(f"/import/{number}/withdraw")).status_code == 400
    for _ in range(2):
        answer = await anonymous.post(f"/import/{number}/withdraw", {"reason": "the wrong file"})
        assert answer.status_code == 303
    work(registered)
    assert found(registered, number).state == "withdrawn", "once, and whole"
    assert counted(registered)[1:] == tuple(before)
    page = (await anonymous.get(f"/import/{number}")).text
    assert "This import was withdrawn" in page
    assert "the wrong file" in page
    assert verify_home(registered).ok
    begun = (await begin(anonymous, ("again.zip", made.read_bytes()))).json()
    assert begun["files"][0]["earlier"] is None, "as if it had never been imported"


async def test_an_import_withdrawn_by_command_is_withdrawn_at_the_desk(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    await anonymous.sign_in("records-manager")
    number = await imported(registered, anonymous, made)
    run = found(registered, number).run
    arguments = ["imports", "withdraw", str(run), "--reason", "the wrong file", "--yes"]
    answer = CliRunner().invoke(cli, ["--home", str(registered.path), *arguments])
    assert answer.exit_code == 0, answer.output
    assert found(registered, number).state == "withdrawn"
    assert "the wrong file" in (await anonymous.get(f"/import/{number}")).text
    begun = (await begin(anonymous, ("again.zip", made.read_bytes()))).json()
    assert begun["files"][0]["earlier"] is None, "as if it had never been imported"


async def test_a_worker_killed_after_a_withdrawal_leaves_it_withdrawn(
    registered: Home, anonymous: Browser, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anonymous.sign_in("records-manager")
    number = await imported(registered, anonymous, made)
    await anonymous.post(f"/import/{number}/withdraw", {"reason": "the wrong file"})
    with monkeypatch.context() as patch:
        patch.setattr(import_withdrawing, "move", _killed)
        with pytest.raises(KeyboardInterrupt):
            work(registered)
    assert found(registered, number).state == "done"
    work(registered)
    assert found(registered, number).state == "withdrawn"


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


async def test_what_stands_in_the_way_of_withdrawing_is_said(
    registered: Home, anonymous: Browser, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anonymous.sign_in("records-manager")
    number = await imported(registered, anonymous, made)
    assert f'action="/import/{number}/withdraw"' in (await anonymous.get(f"/import/{number}")).text
    told = "Request AG-2026-0007 holds 3 of its records."
    monkeypatch.setattr(imports, "blockers", lambda *_: [told])
    page = (await anonymous.get(f"/import/{number}")).text
    assert told in page
    assert f'action="/import/{number}/withdraw"' not in page


async def test_an_account_that_needs_a_download_stands_on_the_page(
    registered: Home, odile: Browser, made: Path
) -> None:
    page = (await odile.get("/import")).text
    assert "Accounts that need a download" in page
    assert "@AlderGlenPD" in page
    assert "No download was imported yet" in page
    await imported(registered, odile, made)
    assert "The newest download is of" in (await odile.get("/import")).text
    with closing(open_office(registered)) as office:
        assert len(list_imports(office)) == 1


async def test_an_import_by_command_has_its_page(
    registered: Home, odile: Browser, made: Path
) -> None:
    words = ["--home", str(registered.path), "import", str(made), "--yes"]
    assert CliRunner().invoke(cli, words).exit_code == 0
    listed = (await odile.get("/import")).text
    assert made.name in listed and "command line" in listed
    page = (await odile.get("/import/1")).text
    assert "What became of it" in page and "Every file of the download" in page
    assert "A records manager can withdraw" in page
    assert (await odile.get("/import/1/report.csv")).status_code == 200


async def test_an_upload_that_waits_for_a_file_says_so_and_goes_on_without_it(
    registered: Home, odile: Browser, made: Path
) -> None:
    content = made.read_bytes()
    begun = (await begin(odile, ("twitter-pd.zip", content), ("gone.zip", b"x" * 9))).json()
    number, place = begun["import"], begun["files"][0]
    at = 0
    while at < len(content):
        at = (await piece(odile, number, place["id"], content, at)).json()["received"]
    page = (await odile.get(f"/import/{number}")).text
    assert "the upload waits for it" in page and "Leave this file out" in page
    answer = await odile.post(f"/import/{number}/files/{begun['files'][1]['id']}/leave")
    assert answer.status_code == 303
    assert found(registered, number).state == "looking"
