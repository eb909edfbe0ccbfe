"""Reviewing in a real browser: the whole path with the keyboard alone, and words marked exactly."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from archiver.register.office import open_office
from archiver.requests.intake import get_request
from archiver.requests.redacting.bars import redactions_in

pytestmark = pytest.mark.servers

RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
CHECK = (
    "async () => (await axe.run(document, {runOnly: " + RULES + "})).violations"
    ".map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' '))"
)


class Keyboard:
    """Somebody at the desk who has no mouse."""

    def __init__(self, page: Page, desk: Any, axe: str) -> None:
        self.page, self.desk, self._axe = page, desk, axe

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        self.page.keyboard.type(words)

    def reach(self, role: str, name: str | re.Pattern[str]) -> None:
        """Go to a control with the tabulator alone."""
        wanted = self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        expect(wanted).to_be_visible()
        for _ in range(250):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"the keyboard does not reach {role} {name!r}")

    def decide_otherwise_than_before(self) -> None:
        """Release with redactions what an earlier volume released in full, and say why."""
        self.press("2", "Enter")
        expect(self.page.get_by_role("alert")).to_contain_text("released before, and differently")
        self.reach("textbox", "Note for the log")
        self.write("The account number was overlooked then.")
        self.reach("checkbox", "It is treated differently now; the note says why")
        self.press("Space")
        self.reach("button", re.compile("^Save and next"))
        self.press("Enter")
        expect(self.page.get_by_text(re.compile(r"^Item \d+ is saved\.$"))).to_be_visible()

    def check(self) -> None:
        """The page has no barrier that axe finds."""
        self.page.evaluate(self._axe)
        assert self.page.evaluate(CHECK) == [], self.page.url


@pytest.fixture
def clerk(desk: Any, chromium: Browser, axe: str) -> Any:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(desk.address)
    keyboard = Keyboard(page, desk, axe)
    keyboard.reach("textbox", "Login")
    keyboard.write(desk.login)
    keyboard.press("Tab")
    keyboard.write(desk.password)
    keyboard.press("Enter")
    page.wait_for_url(f"{desk.address}/")
    yield keyboard
    assert troubles == []
    context.close()


def test_a_request_is_answered_with_the_keyboard_alone(clerk: Keyboard) -> None:
    page = clerk.page
    clerk.check()
    page.goto(f"{clerk.desk.address}/requests/new")
    clerk.reach("textbox", re.compile("^The request, word for word"))
    clerk.write("Everything on the park closure, please.")
    clerk.check()
    clerk.reach("button", "Save and start the clock")
    clerk.press("Enter")
    page.wait_for_url(re.compile(r"/requests/AG-\d{4}-\d{4}$"))
    number = page.url.rsplit("/", 1)[1]
    clerk.check()

    clerk.reach("link", "Find records")
    clerk.press("Enter")
    page.wait_for_url(re.compile("/search"))
    clerk.reach("searchbox", re.compile("Search"))
    clerk.write("park closure kind:post")
    clerk.press("Enter")
    page.wait_for_url(re.compile("q=park"))
    clerk.check()
    for place in range(2):
        box = page.locator(".hit input[type=checkbox]").nth(place)
        clerk.reach("checkbox", box.get_attribute("aria-label") or "")
        clerk.press("Space")
    clerk.reach("combobox", "What comes along")
    clerk.write("nothing")
    clerk.reach("button", re.compile("^Add$"))
    clerk.press("Enter")
    page.wait_for_url(re.compile(rf"/requests/{number}\?added=2"))
    clerk.check()
    clerk.reach("link", "Start review")
    clerk.press("Enter")
    page.wait_for_url(re.compile(r"/review/\d+"))
    clerk.check()

    clerk.press("w", "ArrowRight", "Shift+ArrowRight")
    chosen = page.evaluate("getSelection().toString()")
    assert len(chosen.split()) == 2, chosen
    clerk.press("e")
    expect(page.get_by_role("searchbox", name="Find an exemption")).to_be_focused()
    clerk.write("7927.410")
    clerk.press("Enter")
    expect(page.get_by_role("radio", name=re.compile(r"^7927\.410"))).to_be_checked()
    clerk.press("m")
    page.wait_for_url(re.compile("bar="))
    expect(page.locator("#text .bar")).to_have_text(re.compile(re.escape(chosen)))
    expect(page.get_by_role("heading", name="Redactions on this record")).to_be_focused()
    expect(page.get_by_role("radio", name=re.compile("^Release with redactions"))).to_be_checked()
    clerk.check()
    clerk.reach("link", "As released")
    clerk.press("Enter")
    expect(page.locator(".sheet")).to_be_visible()
    assert chosen not in page.locator(".sheet").inner_text()
    clerk.check()
    clerk.decide_otherwise_than_before()
    expect(page.locator("#live")).to_have_text(re.compile("is saved. Next: item"))
    clerk.check()

    clerk.press("u")
    page.wait_for_url(re.compile("undone=1"))
    clerk.decide_otherwise_than_before()
    clerk.press("1", "Enter")
    page.wait_for_url(re.compile(rf"/requests/{number}\?decided=1"))
    clerk.check()

    clerk.reach("link", "See it before it is made")
    clerk.press("Enter")
    clerk.reach("button", "Make the preview")
    clerk.press("Enter")
    expect(page.locator("img.sheet-page")).to_be_visible(timeout=60_000)
    clerk.check()
    clerk.reach("link", "Next")
    clerk.press("Enter")
    expect(page.get_by_text("Page 2 of")).to_be_visible()
    clerk.reach("button", re.compile(r"^Produce \d+ pages$"))
    clerk.press("Enter")
    link = page.get_by_role("link", name=re.compile(r"Open .*\.pdf"))
    expect(link).to_be_visible(timeout=60_000)
    clerk.reach("link", re.compile(r"Open .*\.pdf"))
    packet = page.context.request.get(clerk.desk.address + str(link.get_attribute("href")))
    assert packet.body().startswith(b"%PDF-")
    table = page.context.request.get(
        f"{clerk.desk.address}/requests/{number}/productions/VOL001/data/records.csv"
    )
    assert "[Redacted: Gov. Code § 7927.410]" in table.text()


def test_what_is_selected_with_the_mouse_is_what_is_covered(clerk: Keyboard) -> None:
    """The places of the page are those of the stored text, emoji and line breaks included."""
    page, address = clerk.page, clerk.desk.address
    page.goto(f"{address}/requests/AG-2026-0001/review/2")
    words = page.evaluate(
        """() => {
            const box = document.getElementById("text");
            const piece = box.querySelector("[data-s]").firstChild;
            const at = piece.data.indexOf(" ", 8) + 1;
            const end = piece.data.indexOf(" ", at);
            piece.insertData(0, "🙏🏽");
            piece.parentElement.dataset.s = "-2";
            getSelection().setBaseAndExtent(piece, at + 4, piece, end + 4);
            return [getSelection().toString(), at, end];
        }"""
    )
    page.keyboard.press("m")
    page.wait_for_url(re.compile("bar="))
    expect(page.locator("#text .bar")).to_have_text(re.compile(re.escape(words[0])))
    with closing(open_office(clerk.desk.home)) as office:
        request = get_request(office, "AG-2026-0001")
        [bar] = redactions_in(office, request.id)[2]
    assert (bar.start, bar.end) == (words[1], words[2])
    page.get_by_role("button", name="Remove bar 1").click()
    expect(page.locator("#text .bar")).to_have_count(0)


def test_single_keys_can_be_turned_off_and_stay_off(clerk: Keyboard) -> None:
    page = clerk.page
    page.goto(f"{clerk.desk.address}/requests/AG-2026-0001/review/1")
    clerk.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_label("Single keys are on").uncheck()
    clerk.press("Escape")
    page.reload()
    before = page.locator("input[name=choice]:checked").get_attribute("value")
    clerk.press("4", "j")
    assert page.locator("input[name=choice]:checked").get_attribute("value") == before
    assert page.url.endswith("/review/1")
