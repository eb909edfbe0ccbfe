"""Importing at the desk, from the look through it to the report: what the pages answer."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from archiver.cli.main import cli
from archiver.config import Home
from archiver.operations import importing
from archiver.operations.import_book import list_imports
from archiver.operations.import_steps import IMPORT_JOB, queue_unfinished
from archiver.operations.jobs import open_jobs, take_back_interrupted
from archiver.operations.upload_room import FOLDER
from archiver.operations.verifying import verify_home
from archiver.register.accounts import find_account
from archiver.register.office import audit_trail, open_office
from archiver.staff.people import add_person, open_staff, set_departments
from tests.desk.conftest import PASSWORD, Browser
from tests.desk.importing.conftest import (
    NATIVE_ID,
    begin,
    counted,
    digest,
    found,
    imported,
    send,
    work,
    write,
)


async def test_a_download_is_sent_looked_through_confirmed_and_reported(
    registered: Home, odile: Browser, made: Path
) -> None:
    before = counted(registered)
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    assert found(registered, number).state == "looking"
    work(registered)
    assert counted(registered) == before, "nothing is written before the confirmation"
    page = (await odile.get(f"/import/{number}")).text
    assert f"the download has its id, {NATIVE_ID}" in page
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
    assert "This very download was imported" in page
    assert f'href="/import/{number}"' in page
    await odile.post(f"/import/{again}/confirm", {"account": found(registered, again).account_id})
    work(registered)
    after = counted(registered)
    assert after[1:] == before[1:], "importing it all the same brings nothing twice"


async def test_a_set_that_holds_more_than_another_is_not_said_to_be_it(
    registered: Home, odile: Browser, made: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "more.zip", NATIVE_ID, display_name="PD").read_bytes()
    part = await send(odile, ("a.zip", made.read_bytes()))
    both = await send(odile, ("a.zip", made.read_bytes()), ("b.zip", other))
    work(registered)
    assert "is here twice" in (await odile.get(f"/import/{part}")).text
    assert "is here twice" not in (await odile.get(f"/import/{both}")).text


async def test_a_handle_of_the_register_with_another_id_is_said_to_be_another_account(
    registered: Home, odile: Browser, tmp_path: Path
) -> None:
    path = write(tmp_path / "same.zip", "999", handle="AlderGlenPD")
    number = await send(odile, ("same.zip", path.read_bytes()))
    work(registered)
    page = (await odile.get(f"/import/{number}")).text
    assert f"the register has @AlderGlenPD, but with the id {NATIVE_ID}" in page


async def test_a_personal_download_is_refused_with_what_to_do_instead(
    registered: Home, odile: Browser, tmp_path: Path
) -> None:
    path = write(tmp_path / "mine.zip", "999", handle="somebody")
    number = await send(odile, ("mine.zip", path.read_bytes()))
    before = counted(registered)
    work(registered)
    page = (await odile.get(f"/import/{number}")).text
    assert "the register has no such account" in page
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
    assert "the register has no such account" in page
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


async def test_what_waits_to_be_confirmed_stands_on_the_first_page(
    registered: Home, odile: Browser, made: Path
) -> None:
    number = await send(odile, ("twitter-pd.zip", made.read_bytes()))
    work(registered)
    page = (await odile.get("/")).text
    assert "1 download to confirm" in page
    assert f'href="/import/{number}"' in page


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
