"""Quarantine in a browser: a clerk puts a record in, the attorney looks and lifts it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.servers
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_CHECK = "rules => axe.run(document, {runOnly: rules}).then(found => found.violations)"
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def sign_in(page: Page, desk: Any, login: str, password: str) -> None:
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate(_CHECK, RULES)
    lines = [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
    if page.evaluate(_SIDEWAYS) > 0:
        lines.append("the page scrolls sideways")
    return lines


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 320)]
)
def test_from_the_record_to_the_attorney_and_back(
    desk: Any, chromium: Browser, axe: str, scheme: Any, width: int
) -> None:
    with closing(sqlite3.connect(desk.home.archive_db)) as file:
        number, text = file.execute(
            "SELECT id, text FROM records WHERE parent_id IS NOT NULL AND media_count > 0"
            " AND text <> '' ORDER BY id LIMIT 1"
        ).fetchone()
    password = desk.let_in("haldane")
    look: Any = {
        "color_scheme": scheme,
        "viewport": {"width": width, "height": 900},
        "bypass_csp": True,
    }
    clerk, attorney = chromium.new_context(**look), chromium.new_context(**look)
    page = clerk.new_page()
    sign_in(page, desk, desk.login, desk.password)
    page.goto(f"{desk.address}/record/archive/{number}")
    page.get_by_role("button", name="Quarantine…").click()
    found = {"form": faults(page, axe)}
    page.get_by_label("Why").select_option("Court-sealed")
    page.get_by_label("Reason").fill("Superior Court, order 26-CV-0114")
    page.get_by_label("Its whole conversation").check()
    page.get_by_role("button", name="Put in quarantine").click()
    expect(page.get_by_role("status")).to_contain_text("went into quarantine")
    found["placed"] = faults(page, axe)
    assert page.goto(f"{desk.address}/record/archive/{number}").status == 404

    page = attorney.new_page()
    sign_in(page, desk, "haldane", password)
    page.goto(f"{desk.address}/quarantine")
    found["list"] = faults(page, axe)
    page.get_by_role("link", name=str(number), exact=True).first.click()
    expect(page.locator("main")).to_contain_text(text.split()[0])
    assert page.locator("main img").count() == 0
    found["one"] = faults(page, axe)
    page.get_by_label("All").check()
    page.get_by_label("Reason").fill("The order was vacated.")
    page.get_by_role("button", name="Lift").click()
    expect(page.get_by_role("status").first).to_contain_text("lifted")
    found["lifted"] = faults(page, axe)
    assert page.goto(f"{desk.address}/record/archive/{number}").status == 200
    assert {name: lines for name, lines in found.items() if lines} == {}
    clerk.close()
    attorney.close()
