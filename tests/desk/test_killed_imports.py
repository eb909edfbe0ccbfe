"""The desk killed while a file is sent, the worker killed while it imports: both go on after."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import signal
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import row
from archiver.demo.accounts import by_handle
from archiver.demo.x_download import write_x_download
from archiver.operations.import_book import get_import
from archiver.operations.import_steps import IMPORT_JOB
from archiver.operations.uploading import PIECE
from archiver.operations.verifying import verify_home
from archiver.register.accounts import add_account, set_native_id
from archiver.register.office import open_office
from tests.desk.test_processes import Clerk, Desk, ended, served

NATIVE_ID = "731955028"
WORKER = "archiver.operations.worker"


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A download of several pieces, long enough in importing to be interrupted."""
    path = tmp_path_factory.mktemp("made") / "twitter-pd.zip"
    account = dataclasses.replace(by_handle("AlderGlenPD"), native_id=NATIVE_ID)
    write_x_download(path, account=account, posts=2_500, seed=3)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("data/tweets_media/1-x.mp4", hashlib.shake_256(b"x").digest(3 * PIECE))
    return path


@pytest.fixture
def registered(city: Home) -> Iterator[Home]:
    """The small city, with the account whose download is brought."""
    with closing(open_office(city)) as office:
        account = add_account(
            office, actor="test", platform="x", handle="AlderGlenPD", department="Police"
        )
        set_native_id(office, account, actor="test", native_id=NATIVE_ID)
    yield city


def signed_in(desk: Desk) -> tuple[Clerk, str]:
    clerk = Clerk(desk)
    assert clerk.sign_in("odile") == 303
    assert clerk.get("/import") == 200
    return clerk, clerk.form_key


def told(clerk: Clerk) -> Any:
    return json.loads(clerk.page)


def begin(clerk: Clerk, key: str, content: bytes) -> Any:
    """Say which file is coming; what the desk has of it."""
    last = content[(len(content) - 1) // PIECE * PIECE :]
    status = clerk.post(
        "/import/begin",
        form_key=key,
        name="twitter-pd.zip",
        size=str(len(content)),
        first=hashlib.sha256(content[:PIECE]).hexdigest(),
        last=hashlib.sha256(last).hexdigest(),
    )
    assert status == 200, clerk.page
    return told(clerk)


def send(clerk: Clerk, key: str, begun: Any, content: bytes, at: int) -> int:
    """Send a piece; how much is there then."""
    sent = content[at : at + PIECE]
    query = urlencode({"offset": at, "sha256": hashlib.sha256(sent).hexdigest()})
    clerk.connection.close()
    clerk.connection.request(
        "POST",
        f"/import/{begun['import']}/files/{begun['files'][0]['id']}?{query}",
        sent,
        {
            "Content-Type": "application/octet-stream",
            "X-Form-Key": key,
            "Cookie": clerk.cookie,
        },
    )
    answer = clerk.connection.getresponse()
    body = json.loads(answer.read())
    assert answer.status == 200, body
    return int(body["received"])


def records(home: Home) -> list[tuple[str, str]]:
    """What is kept of the account, wherever it is kept."""
    with Archive.open(home, whole=True) as archive:
        return sorted(
            (each["kind"], each["native_id"])
            for file in (archive.public, archive.private)
            for each in file.execute("SELECT kind, native_id FROM records")
        )


def test_a_desk_and_a_worker_that_are_killed_lose_nothing_of_a_download(
    registered: Home, download: Path
) -> None:
    content = download.read_bytes()
    with served(registered) as first:
        clerk, key = signed_in(first)
        begun = begin(clerk, key, content)
        assert send(clerk, key, begun, content, 0) == PIECE
        for pid in (*first.children(), first.program.pid):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises((OSError, HTTPException)):
            send(clerk, key, begun, content, PIECE)
    with served(registered, worker=True) as second:
        clerk, key = signed_in(second)
        again = begin(clerk, key, content)
        assert again["import"] == begun["import"]
        at = again["files"][0]["received"]
        assert at >= PIECE, "what was answered is there"
        while at < len(content):
            at = send(clerk, key, again, content, at)
        path = f"/import/{begun['import']}"
        assert state(registered, again, "preview") == "preview"
        assert clerk.get(path) == 200
        account = clerk.page.split('name="account" value="')[1].split('"')[0]
        for _ in range(2):
            assert clerk.post(f"{path}/confirm", form_key=key, account=account) == 303
        kill_in_mid_import(registered, second)
        assert state(registered, again, "done", "failed") == "done"
    with closing(open_office(registered)) as office:
        found = get_import(office, begun["import"])
    assert found is not None
    assert found.report is not None
    total = found.report["total"]
    assert total["stored"] > 2_000, "the report tells of all of it, not of what was left to do"
    kept = records(registered)
    assert len(kept) == len(set(kept)), "nothing is there twice"
    assert verify_home(registered).ok


def kill_in_mid_import(home: Home, desk: Desk) -> None:
    """Kill the worker once it has begun to write."""
    with closing(open_office(home)) as office:
        while True:
            job = row(office, "SELECT state, done FROM jobs WHERE kind = ?", IMPORT_JOB)
            assert job is not None
            assert job["state"] in ("queued", "running"), "it was too quick to be killed"
            if job["done"] > 0:
                break
    (worker,) = desk.children(WORKER)
    os.kill(worker, signal.SIGKILL)
    assert ended(worker)


def state(home: Home, begun: Any, *wanted: str) -> str:
    """Wait until an import is in one of these states."""
    with closing(open_office(home)) as office:
        while True:
            found = get_import(office, begun["import"])
            assert found is not None
            if found.state in (*wanted, "failed"):
                return f"{found.state}{': ' if found.message else ''}{found.message}"
