"""The clerk's whole path in a real browser, with script and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.servers


def sign_in(page: Page, desk: Any) -> None:
    page.goto(desk.address)
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")


def wait_for_packet(page: Page, *, script: bool) -> None:
    link = page.get_by_role("link", name=re.compile(r"Open .*\.pdf"))
    for _ in range(60):
        if link.count():
            return
        if script:
            page.wait_for_timeout(500)
        else:
            page.reload()
    expect(link).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_clerk_answers_a_request_from_the_search_to_the_packet(
    desk: Any, chromium: Browser, script: bool
) -> None:
    context = chromium.new_context(
        java_script_enabled=script, viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    # a page that is left before its icon has come aborts that request: no trouble of ours
    page.on(
        "requestfailed",
        lambda request: (
            None
            if request.failure == "net::ERR_ABORTED"
            else troubles.append(f"{request.url} {request.failure}")
        ),
    )
    outside: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(desk.address) else outside.append(request.url)
        ),
    )

    sign_in(page, desk)
    page.get_by_role("searchbox", name="Search the archive").first.fill('"park closure" kind:post')
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text(re.compile("park", re.IGNORECASE))

    page.locator(".hit .meta a").first.click()
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    expect(page.get_by_role("heading", name="Kept until")).to_be_visible()
    page.get_by_role("link", name=re.compile("“.*park closure")).click()

    for place in range(3):
        page.locator(".hit input[type=checkbox]").nth(place).check()
    page.get_by_label("What comes along").select_option("nothing")
    page.get_by_label("Add to request").select_option("new")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("The request, word for word").fill("Everything on the park closure, please.")
    page.get_by_label("What it is about").fill("Park closure")
    page.get_by_role("button", name="Save and start the clock").click()
    expect(page.get_by_role("heading", name="3 records")).to_be_visible()
    expect(page.get_by_text("3 records added, and held")).to_be_visible()

    page.get_by_role("button", name=re.compile("show how this date is counted")).click()
    expect(page.get_by_text("counting the ten days")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("3 records have no decision yet.")).to_be_visible()

    page.get_by_role("link", name="Start review").click()
    page.get_by_role("radio", name=re.compile("^Release in full")).check()
    page.get_by_role("button", name="Save and next").click()
    page.get_by_role("radio", name=re.compile("^Withhold")).check()
    page.get_by_role("radio", name=re.compile(r"^7927\.700")).check()
    page.get_by_text("What some exemptions need").click()
    page.get_by_label("Why withholding clearly outweighs").fill("Names a person's illness.")
    # the demonstration's own request has released it already
    page.get_by_label("It is treated differently now").check()
    page.get_by_label("Note for the log").fill("The illness was overlooked then.")
    page.get_by_role("button", name="Save and next").click()
    page.get_by_role("radio", name=re.compile("^Not responsive")).check()
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_text("3 of 3 records")).to_be_visible()

    page.get_by_role("button", name="Produce", exact=True).click()
    wait_for_packet(page, script=script)
    link = page.get_by_role("link", name=re.compile(r"Open .*\.pdf")).get_attribute("href")
    packet = context.request.get(f"{desk.address}{link}")
    assert packet.headers["content-type"] == "application/pdf"
    assert packet.body().startswith(b"%PDF-")

    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_text("You are signed out of this desk.")).to_be_visible()
    page.goto(f"{desk.address}/requests")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert troubles == []
    assert outside == []
    context.close()


def test_records_are_decided_with_the_keyboard_alone(desk: Any, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, desk)
    page.goto(f"{desk.address}/requests/AG-2026-0001/review/1")
    page.keyboard.press("j")
    page.wait_for_url("**/review/2")
    page.keyboard.press("k")
    page.wait_for_url("**/review/1")
    page.keyboard.press("1")
    expect(page.get_by_role("radio", name=re.compile("Release in full"))).to_be_checked()
    page.keyboard.press("e")
    expect(page.get_by_role("searchbox", name="Find an exemption")).to_be_focused()
    page.goto(f"{desk.address}/search?q=park")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    context.close()


def test_a_form_on_another_site_cannot_act_for_a_clerk(desk: Any, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, desk)
    form = f'<form method="post" action="{desk.address}/sign-out"><button>Win</button></form>'
    page.route(
        "https://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html")
    )
    page.goto("https://evil.example/")
    with page.expect_response(f"{desk.address}/sign-out") as answer:
        page.get_by_role("button", name="Win").click()
    assert answer.value.status == 403
    page.goto(f"{desk.address}/requests")
    expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    context.close()
