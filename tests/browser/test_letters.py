"""A letter by keyboard alone: from the request's page to the paper and the counter."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.servers
MOST_STEPS = 120


def sign_in(page: Page, desk: Any) -> None:
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what is focused reads, or is labelled, as given."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => { const at = document.activeElement; const label = at.labels && at.labels[0];"
            " return ((label || at).innerText || '').trim() }"
        )
        if said.split("\n")[0] == words:
            return
    raise AssertionError(f"no Tab leads to {words!r}")


def test_a_letter_is_written_frozen_and_marked_without_a_mouse(
    desk: Any, chromium: Browser
) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, desk)
    page.goto(f"{desk.address}/requests/AG-2026-0001")
    page.locator("#h-letters").evaluate(
        "at => { at.tabIndex = -1; at.focus(); at.removeAttribute('tabindex') }"
    )
    tab_to(page, "Write a letter")
    page.keyboard.press("Enter")
    tab_to(page, "Which one")
    page.keyboard.type("Clari")
    tab_to(page, "Begin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Clarification")
    expect(page.get_by_text("Still missing")).to_be_visible()
    tab_to(page, "What is to be made clearer")
    page.keyboard.type("Which park do you mean?")
    tab_to(page, "Show the letter")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("article", name="The letter")
    expect(sheet).to_contain_text("Which park do you mean?")
    expect(sheet).to_contain_text("DRAFT")
    tab_to(page, "Freeze this letter")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The letter is frozen.")).to_be_visible()
    expect(sheet).not_to_contain_text("DRAFT")
    tab_to(page, "It went out another way")
    page.keyboard.press("Enter")
    tab_to(page, "Write it down")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent by mail").first).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a message (.eml)").press("Enter")
    assert saved.value.suggested_filename.endswith(".eml")


def test_what_is_typed_is_there_after_the_page_was_left(desk: Any, chromium: Browser) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, desk)
    address = f"{desk.address}/requests/AG-2026-0001/letters/new?kind=referral"
    page.goto(address)
    page.get_by_label("Your own paragraph").fill("Ask the county")
    expect(page.locator("[data-kept]")).to_contain_text("Kept as a draft,")
    page.get_by_label("Your own paragraph").press_sequentially(", its clerk")
    page.goto(f"{desk.address}/requests")
    # what was sent while the page was left may arrive after the next page was asked for
    for _ in range(50):
        page.goto(address)
        if page.get_by_label("Your own paragraph").input_value() == "Ask the county, its clerk":
            break
    expect(page.get_by_label("Your own paragraph")).to_have_value("Ask the county, its clerk")
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_label("Your own paragraph")).to_have_value("")
