"""What the tests of imports at the desk share: a download, its account, and how a page sends it."""

from __future__ import annotations

import dataclasses
import hashlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.demo.accounts import by_handle
from archiver.demo.x_download import write_x_download
from archiver.operations import uploading
from archiver.operations.import_book import Import, get_import
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.register.accounts import add_account, set_native_id
from archiver.register.office import open_office
from tests.desk.conftest import Browser

PIECE = 64 * 1024
NATIVE_ID = "731955028"


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


async def imported(home: Home, browser: Browser, path: Path) -> int:
    """A download brought, confirmed and imported."""
    number = await send(browser, (path.name, path.read_bytes()))
    work(home)
    await browser.post(f"/import/{number}/confirm", {"account": found(home, number).account_id})
    work(home)
    assert found(home, number).state == "done", found(home, number).message
    return number
