"""Every page for everybody: no accessibility fault and no sideways scroll, at any width."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.servers
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_CHECK = "rules => axe.run(document, {runOnly: rules}).then(found => found.violations)"
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_CUT_OFF = """
[...document.querySelectorAll("main .card")].flatMap(card => [
    ...card.querySelectorAll("h2, h3, p, li, dd, td, th, label, .badge"),
].filter(each => each.getClientRects().length && !each.closest(".vh, [popover]")
    && getComputedStyle(each).overflowX === "visible" && each.scrollWidth > each.clientWidth + 1
    && each.clientWidth && each.getBoundingClientRect().left + each.scrollWidth
        > card.getBoundingClientRect().right)
.map(each => each.textContent.trim().slice(0, 80)))
"""


def paths_of(desk: Any) -> list[str]:
    """One address of every kind of page."""
    public = sqlite3.connect(desk.home.archive_db)
    private = sqlite3.connect(desk.home.private_db)

    def first(file: sqlite3.Connection, where: str) -> int:
        return int(file.execute(f"SELECT id FROM records WHERE {where} LIMIT 1").fetchone()[0])

    return [
        "/",
        "/search",
        "/search?q=park+closure",
        "/search?q=xyzzyplugh",
        "/search?state=removed",
        f"/record/archive/{first(public, 'version_count > 1')}",
        f"/record/archive/{first(public, 'media_count > 0')}",
        f"/record/archive/{first(public, 'presence = ' + repr('absent'))}",
        f"/record/private/{first(private, 'kind = ' + repr('message'))}",
        "/requests",
        "/requests?view=list",
        "/requests/measures",
        "/requests/report",
        "/requests/new",
        "/requests/new?practice=1",
        "/requests/queue",
        "/setup",
        "/requests/AG-2026-0001",
        "/requests/AG-2026-0001/review/2",
        "/requests/AG-2026-0001/custodians/1",
        "/requests/AG-2026-0001/custodians/3",
        "/forwards",
        "/forwards/1",
        "/forwards/new",
        "/consults",
        "/consults/1",
        "/consults/new",
        "/requests/AG-2026-0001/letters/new?kind=extension",
        "/requests/AG-2026-0001/letters/new?kind=denial",
        "/letters",
        "/letters/en/denial",
        "/requests/AG-2026-0001/review/2?view=released",
        "/requests/AG-2026-0001/bulk?choice=release",
        "/requests/AG-2026-0001/everywhere?words=park",
        "/attorney",
        "/accounts",
        "/policies",
        "/policies?on=2020-01-01",
        "/policies/2",
        "/policies/keywords",
        "/policies/keywords/2",
        "/coverage",
        "/retention",
        "/retention/holds",
        "/retention/holds/1",
        "/retention/batches",
        "/retention/batches/D-2026-01",
        "/retention/schedule",
        "/nowhere",
    ]


def faults(page: Page, axe: str) -> list[str]:
    """What the checker finds, as lines a person can act on."""
    page.evaluate(axe)
    found = page.evaluate(_CHECK, RULES)
    lines = [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
    if page.evaluate(_SIDEWAYS) > 0:
        lines.append("the page scrolls sideways")
    return [
        *lines,
        *(f"cut off at the edge of its card: {text}" for text in page.evaluate(_CUT_OFF)),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_an_accessibility_fault(
    desk: Any, chromium: Browser, axe: str, scheme: Any, width: int
) -> None:
    context = chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    page.goto(f"{desk.address}/sign-in")
    found = {"/sign-in": faults(page, axe)}
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")
    for path in paths_of(desk):
        page.goto(f"{desk.address}{path}")
        found[path] = faults(page, axe)
    page.goto(f"{desk.address}/requests/AG-2026-0001")
    page.get_by_role("button", name=re.compile("show how this date is counted")).click()
    found["the ten days"] = faults(page, axe)
    assert {path: lines for path, lines in found.items() if lines} == {}
    context.close()


@pytest.mark.parametrize("width", [320, 720, 1024])
def test_no_page_scrolls_sideways(desk: Any, chromium: Browser, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")
    wide = []
    for path in paths_of(desk):
        page.goto(f"{desk.address}{path}")
        if page.evaluate(_SIDEWAYS) > 0:
            wide.append(path)
    assert wide == []
    context.close()
