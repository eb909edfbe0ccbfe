"""Importing in a browser: with the keyboard, broken off and gone on with, without script."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from archiver.demo.accounts import by_handle
from archiver.demo.x_download import write_x_download
from archiver.operations.uploading import PIECE
from tests.browser.test_pages import faults

pytestmark = pytest.mark.servers
PATIENCE = 120_000


def made(path: Path, seed: int, *, padded: bool = False, native_id: str | None = None) -> Path:
    """A download of an account of the demonstration city, or of somebody else's."""
    account = by_handle("AlderGlenPD")
    if native_id is not None:
        account = dataclasses.replace(account, native_id=native_id, handle="somebody")
    write_x_download(path, account=account, posts=60, seed=seed)
    if padded:
        with zipfile.ZipFile(path, "a") as packed:
            words = hashlib.shake_256(str(seed).encode()).digest(3 * PIECE)
            packed.writestr("data/tweets_media/1-x.mp4", words)
    return path


@pytest.fixture
def page(desk: Any, chromium: Browser) -> Iterator[Page]:
    """A clerk at the import page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    come_in(opened, desk)
    opened.goto(f"{desk.address}/import")
    yield opened
    context.close()


def come_in(page: Page, desk: Any) -> None:
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")


def both_widths(page: Page, axe: str) -> list[str]:
    found = faults(page, axe)
    page.set_viewport_size({"width": 390, "height": 800})
    found += faults(page, axe)
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_a_clerk_brings_confirms_and_reads_the_report(
    desk: Any, page: Page, axe: str, tmp_path: Path
) -> None:
    found = {"page": both_widths(page, axe)}
    path = made(tmp_path / "twitter-pd.zip", 31)
    page.get_by_label("The file the platform sent").set_input_files(path)
    expect(page.get_by_role("heading", name="What is inside")).to_be_visible(timeout=PATIENCE)
    found["preview"] = both_widths(page, axe)
    before = count(desk.home.archive_db)
    confirm = page.get_by_role("button", name=re.compile("^Import .* record"))
    confirm.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible(timeout=PATIENCE)
    page.get_by_text("Every file of the download").click()
    found["report"] = both_widths(page, axe)
    assert count(desk.home.archive_db) > before
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as CSV").click()
    assert saved.value.path().read_text("utf-8").startswith("section,")

    page.goto(f"{desk.address}/import")
    page.get_by_label("The file the platform sent").set_input_files(path)
    expect(page.locator("#sending")).to_contain_text("This very file was imported before")
    found["again"] = both_widths(page, axe)
    expect(page.get_by_role("button", name="Do not send it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sending li")).to_have_count(0)
    assert {name: lines for name, lines in found.items() if lines} == {}


def count(file: Path) -> int:
    """How many runs have ended."""
    return int(
        sqlite3.connect(file)
        .execute("SELECT count(*) FROM runs WHERE outcome IS NOT NULL")
        .fetchone()[0]
    )


def test_what_broke_off_goes_on_where_it_stopped_after_the_page_was_closed(
    desk: Any, page: Page, axe: str, tmp_path: Path
) -> None:
    path = made(tmp_path / "large.zip", 32, padded=True)
    offsets: list[int] = []

    def pass_the_first(route: Route) -> None:
        offsets.append(int(re.findall(r"offset=(\d+)", route.request.url)[0]))
        if len(offsets) == 1:
            route.continue_()
        else:
            route.abort("connectionreset")

    page.route("**/files/*", pass_the_first)
    page.get_by_label("The file the platform sent").set_input_files(path)
    expect(page.locator("#sending")).to_contain_text("The connection broke", timeout=PATIENCE)
    assert faults(page, axe) == []
    assert offsets[:2] == [0, PIECE]
    page.get_by_role("button", name="Stop").click()
    page.goto(f"{desk.address}/import")
    page.get_by_role("link", name="large.zip").first.click()
    expect(page.get_by_role("heading", name="Go on sending")).to_be_visible()
    assert both_widths(page, axe) == []

    page.unroute("**/files/*")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("Choose the same file again").set_input_files(path)
    expect(page.get_by_role("heading", name="What is inside")).to_be_visible(timeout=PATIENCE)
    pieces = [url for url in sent if "/files/" in url]
    assert f"offset={PIECE}&" in pieces[0], "what was there is not sent again"
    page.get_by_role("button", name="Remove it; import nothing").click()
    page.wait_for_url(f"{desk.address}/import")


def test_another_file_where_one_goes_on_is_asked_about_and_nothing_of_it_stays(
    desk: Any, page: Page, axe: str, tmp_path: Path
) -> None:
    begun = made(tmp_path / "begun.zip", 37, padded=True)
    page.route("**/files/*", lambda route: route.abort("connectionreset"))
    page.get_by_label("The file the platform sent").set_input_files(begun)
    expect(page.locator("#sending")).to_contain_text("The connection broke", timeout=PATIENCE)
    page.goto(f"{desk.address}/import")
    page.unroute("**/files/*")
    page.get_by_role("link", name="begun.zip").first.click()
    again = page.get_by_label("Choose the same file again")
    again.set_input_files(made(tmp_path / "wrong.zip", 38))
    expect(page.locator("#sending")).to_contain_text("This is not what was begun here")
    assert faults(page, axe) == []
    page.get_by_role("button", name="Do not send it").click()
    expect(page.locator("#sending li")).to_have_count(0)
    again.set_input_files(begun)
    expect(page.get_by_role("heading", name="What is inside")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_have_text("begun.zip")
    page.goto(f"{desk.address}/import")
    expect(page.get_by_role("link", name="begun.zip").first).to_be_visible()
    expect(page.get_by_role("row", name="wrong.zip")).to_contain_text("Removed")


def test_an_upload_is_stopped_and_gone_on_with(desk: Any, page: Page, tmp_path: Path) -> None:
    path = made(tmp_path / "stopped.zip", 33, padded=True)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/files/*", hold)
    page.get_by_label("The file the platform sent").set_input_files(path)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#sending")).to_contain_text("What was sent is kept")
    page.unroute("**/files/*")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="What is inside")).to_be_visible(timeout=PATIENCE)


def test_a_full_disk_is_said_and_nothing_is_lost(desk: Any, page: Page, tmp_path: Path) -> None:
    path = made(tmp_path / "full.zip", 34)
    told = {"problem": "the archive's disk has 0.1 GB free: have IT free some space, then go on"}
    page.route("**/files/*", lambda route: route.fulfill(status=507, json=told))
    page.get_by_label("The file the platform sent").set_input_files(path)
    expect(page.locator("#sending")).to_contain_text("have IT free some space")
    page.unroute("**/files/*")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="What is inside")).to_be_visible(timeout=PATIENCE)


def test_somebody_elses_download_and_a_file_that_is_none_are_refused(
    desk: Any, page: Page, axe: str, tmp_path: Path
) -> None:
    found = {}
    theirs = made(tmp_path / "<img src=x onerror=alert(1)>.zip", 35, native_id="99")
    page.get_by_label("The file the platform sent").set_input_files(theirs)
    expect(page.get_by_text("archiver select")).to_be_visible(timeout=PATIENCE)
    assert page.get_by_role("button", name=re.compile("^Import ")).count() == 0
    assert page.locator("main img").count() == 0
    found["refused"] = both_widths(page, axe)
    page.goto(f"{desk.address}/import")
    letter = tmp_path / "letter.txt"
    letter.write_text("no download at all")
    page.get_by_label("The file the platform sent").set_input_files(letter)
    expect(page.get_by_text("It could not be looked through")).to_be_visible(timeout=PATIENCE)
    found["failed"] = both_widths(page, axe)
    page.goto(f"{desk.address}/import")
    empty = tmp_path / "empty.zip"
    empty.touch()
    page.get_by_label("The file the platform sent").set_input_files(empty)
    expect(page.locator("#sending")).to_contain_text("This file is empty")
    found["list"] = both_widths(page, axe)
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_file_is_dropped_on_the_page(desk: Any, page: Page) -> None:
    drop = """
    () => {
      const data = new DataTransfer();
      data.items.add(new File(["no download"], "dropped.txt"));
      const how = {dataTransfer: data, bubbles: true, cancelable: true};
      document.querySelector(".drop-zone").dispatchEvent(new DragEvent("drop", how));
    }
    """
    page.evaluate(drop)
    expect(page.get_by_text("It could not be looked through")).to_be_visible(timeout=PATIENCE)


def test_without_script_a_form_brings_a_small_file(
    desk: Any, chromium: Browser, tmp_path: Path
) -> None:
    path = made(tmp_path / "plain.zip", 36)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    come_in(page, desk)
    page.goto(f"{desk.address}/import")
    page.get_by_label("The file the platform sent").set_input_files(path)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("plain.zip")
    heading = page.get_by_role("heading", name="What is inside")
    while not heading.is_visible():
        page.reload()
    context.close()
