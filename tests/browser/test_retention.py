"""Retention in a real browser: a hold, a batch, who decides, what goes, and the certificate."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from archiver.archive.verify import verify
from archiver.clock import local_day, now_text
from tests.browser.test_pages import faults

pytestmark = pytest.mark.servers


def sign_in(desk: Any, chromium: Browser, login: str) -> Page:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(desk.let_in(login))
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")
    return page


def records(desk: Any) -> int:
    with closing(sqlite3.connect(desk.home.archive_db)) as archive:
        return int(archive.execute("SELECT count(*) FROM records").fetchone()[0])


def approve(page: Page, title: str, name: str, position: str, day: str, **more: str) -> None:
    form = page.get_by_role("form", name=re.compile(f"^{title}"))
    if not form.is_visible():
        page.locator("summary", has_text=title).click()
    form.get_by_label("Given by (name)").fill(name)
    form.get_by_label("Title of that person").fill(position)
    form.get_by_label("Dated").fill(day)
    if "number" in more:
        form.get_by_label("Number").fill(more["number"])
    if "document" in more:
        form.get_by_label(re.compile("^Signed document")).set_input_files(more["document"])
    form.get_by_role("button", name=re.compile("Record it|I consent")).click()
    page.wait_for_load_state()


def test_what_is_eligible_goes_only_after_everybody_has_decided(
    desk: Any, chromium: Browser, tmp_path: Path
) -> None:
    manager = sign_in(desk, chromium, "tamsin")
    before = records(desk)

    manager.goto(f"{desk.address}/retention")
    expect(manager.get_by_role("heading", name="Becoming eligible, by month")).to_be_visible()
    manager.get_by_role("link", name="Place a hold").click()
    manager.get_by_label("Kind").select_option("litigation")
    manager.get_by_label("Number of the case or claim").fill("26-CV-0117")
    manager.get_by_label("Reason").fill("Suit over the library's hours")
    manager.get_by_label("Words (optional)").fill("library OR biblioteca")
    manager.get_by_label("and all to come").check()
    manager.get_by_role("button", name="See what it holds").click()
    expect(manager.get_by_text(re.compile("are on hold already"))).to_be_visible()
    manager.get_by_role("button", name="Place the hold").click()
    expect(manager.get_by_text(re.compile("The hold stands"))).to_be_visible()
    expect(manager.get_by_text("“library OR biblioteca”").first).to_be_visible()

    manager.goto(f"{desk.address}/retention/batches")
    manager.get_by_role("link", name="D-2026-02", exact=True).click()
    batch = manager.url
    expect(manager.get_by_text("Unavailable until this is on file")).to_be_visible()
    expect(manager.get_by_role("button", name=re.compile("^Destroy"))).to_have_count(0)

    day = local_day(now_text(), "America/Los_Angeles").isoformat()
    title = "Agreement of each department"
    while manager.get_by_role("form", name=re.compile(f"^{title}")).count():
        approve(manager, title, "R. Ortega", "Department head", day)
    signed = tmp_path / "resolution.pdf"
    signed.write_bytes(b"%PDF-1.7\n% Resolution 2026-81\n")
    approve(
        *(manager, "Resolution of the city council", "City Council", "Council", day),
        number="2026-81",
        document=str(signed),
    )
    expect(manager.get_by_role("link", name="Open the document")).to_be_visible()
    expect(manager.get_by_text("written consent of the city attorney (by")).to_be_visible()

    attorney = sign_in(desk, chromium, "haldane")
    expect(attorney.get_by_text("Your consent")).to_be_visible()
    attorney.get_by_role("link", name="Look at it: Batch D-2026-02").click()
    form = attorney.get_by_role("form", name=re.compile("^Written consent"))
    form.get_by_label("Dated").fill(day)
    form.get_by_role("button", name="I consent").click()
    expect(attorney.get_by_text("Written consent of the city attorney, 20")).to_be_visible()
    expect(attorney.get_by_role("button", name=re.compile("^Destroy"))).to_have_count(0)

    manager.goto(batch)
    manager.get_by_role("button", name=re.compile("^Destroy")).click()
    manager.get_by_label("Type D-2026-02").fill("D-2026-01")
    manager.get_by_role("button", name="Destroy now").click()
    expect(manager.get_by_text("Type D-2026-02 to say that this is the batch")).to_be_visible()
    manager.get_by_role("button", name=re.compile("^Destroy")).click()
    manager.get_by_label("Type D-2026-02").fill("D-2026-02")
    answers = iter((lambda route: route.abort(), lambda route: route.fulfill(status=503)))
    manager.route(
        re.compile(r"/job\.json$"),
        lambda route: next(answers, lambda route: route.continue_())(route),
    )
    manager.get_by_role("button", name="Destroy now").click()
    manager.get_by_role("link", name="Open the certificate").wait_for(timeout=120_000)
    expect(manager.get_by_text("Kept").first).to_be_visible()

    certificate = manager.context.request.get(f"{batch}/certificate.pdf")
    assert certificate.headers["content-type"] == "application/pdf"
    assert certificate.body().startswith(b"%PDF-")
    told = manager.context.request.get(f"{batch}/certificate.json").json()
    assert told["number"] == "D-2026-02"
    assert len(told["holdings"]) > 50
    assert records(desk) < before
    report = verify(desk.home)
    assert report.ok, report.findings[:3]
    for page in (manager, attorney):
        page.context.close()


def test_a_schedule_is_edited_and_shows_what_it_would_move(
    desk: Any, chromium: Browser, axe: str
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill("tamsin")
    page.get_by_label("Password").fill(desk.let_in("tamsin"))
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")
    page.goto(f"{desk.address}/retention/schedule")
    page.get_by_role("button", name="Edit a copy").click()
    posts = page.get_by_role("region", name="PD-04. Posts of the city")
    posts.locator("summary").click()
    posts.get_by_label("How long").fill("CU+3")
    assert faults(page, axe) == []
    page.get_by_role("button", name="Save and see what it moves").click()
    expect(page.get_by_role("heading", name="The furthest")).to_be_visible()
    expect(page.get_by_text("Nothing has changed yet")).to_be_visible()
    assert faults(page, axe) == []
    context.close()
