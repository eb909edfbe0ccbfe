"""One's own page, the staff, the audit and the help in a browser; every page without script, in
print and at 200 % zoom."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from archiver import clock
from tests.browser.test_pages import faults, paths_of

pytestmark = pytest.mark.servers
ADMINISTRATOR_PAGES = (
    *("/people", "/people/{login}", "/audit", "/audit?actor=nobody", "/help"),
    *("/help/downloads", "/help/downloads/nextdoor", "/help/downloads/facebook"),
)
FACTOR = "/me/second-factor"


def come_in(page: Page, desk: Any, login: str, password: str) -> None:
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def begin_second_factor(page: Page, desk: Any, login: str) -> str:
    """Come in as somebody and have a key drawn; their password."""
    password = desk.add(login, "council-clerk")
    come_in(page, desk, login, password)
    page.wait_for_url(f"{desk.address}/")
    page.goto(f"{desk.address}{FACTOR}")
    page.get_by_label("Your password").fill(password)
    page.keyboard.press("Enter")
    return str(password)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_about_people_have_no_accessibility_fault(
    desk: Any, chromium: Browser, axe: str, scheme: Any, width: int
) -> None:
    context = chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    administrator = "administrator"
    come_in(page, desk, administrator, desk.add(administrator, "administrator"))
    page.wait_for_url(f"{desk.address}/")
    found = {}
    for path in ADMINISTRATOR_PAGES:
        page.goto(desk.address + path.format(login=desk.login))
        found[path] = faults(page, axe)
    for path in ("/me", FACTOR):
        page.goto(f"{desk.address}{path}")
        found[path] = faults(page, axe)
    assert {path: lines for path, lines in found.items() if lines} == {}
    context.close()


def test_a_second_factor_is_set_up_and_used_with_the_keyboard_alone(
    desk: Any, chromium: Browser, axe: str
) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = context.new_page()
    password = begin_second_factor(page, desk, "keyboard")
    expect(page.get_by_role("img", name="The key as a QR code")).to_be_visible()
    found = {"key": faults(page, axe)}
    key = page.locator("p.mono b").inner_text().replace(" ", "")
    page.get_by_label("Six digits").fill(pyotp.TOTP(key).at(clock.now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your second factor is on")).to_be_visible()
    codes = page.locator("li.mono").all_inner_texts()
    assert len(codes) == 10
    found["codes"] = faults(page, axe)
    page.get_by_role("button", name="Sign out").first.click()

    come_in(page, desk, "keyboard", password)
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    found["form"] = faults(page, axe)
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.address}/")
    assert {name: lines for name, lines in found.items() if lines} == {}
    context.close()


def test_the_key_is_shown_as_a_picture_under_the_content_security_policy(
    desk: Any, chromium: Browser
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        begin_second_factor(page, desk, "camera")
        # an element is visible before its picture has come; decode() waits, and fails if barred
        picture = page.get_by_role("img", name="The key as a QR code")
        assert picture.evaluate("async at => { await at.decode(); return at.naturalWidth }") > 100


def test_every_page_is_read_without_script_at_200_percent_and_in_print(
    desk: Any, chromium: Browser
) -> None:
    # a window of 1440 at 200 % has room for 720; nothing there may need a script
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 720, "height": 450}, device_scale_factor=2
    )
    page = context.new_page()
    come_in(page, desk, desk.login, desk.password)
    page.wait_for_url(f"{desk.address}/")
    troubles = []
    for path in [*paths_of(desk), "/me", FACTOR, "/help"]:
        page.goto(f"{desk.address}{path}")
        main = page.locator("main")
        if not main.locator("h1").first.is_visible() or len(main.inner_text()) < 40:
            troubles.append(f"{path}: nothing to read without script")
        hidden = main.locator("[hidden]:not([data-print]):not([data-tick-all]):not([data-script])")
        if hidden.count():
            troubles.append(f"{path}: hidden without script")
        page.emulate_media(media="print")
        for name in ("nav.nav", ".side", ".searchbar", ".btn"):
            shown = [each for each in page.locator(name).all() if each.is_visible()]
            if shown:
                troubles.append(f"{path}: {name} in print")
        if not main.locator("h1").first.is_visible():
            troubles.append(f"{path}: no heading in print")
        page.emulate_media(media="screen")
    assert troubles == []
    context.close()
