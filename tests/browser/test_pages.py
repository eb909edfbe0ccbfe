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
COLOURS = ["color-contrast", "link-in-text-block"]
_CHECK_OF = """rules => axe.run(document, {runOnly: {type: "rule", values: rules}})
    .then(found => found.violations.flatMap(each => each.nodes.map(node => (
        {id: `${each.id}: ${node.html.slice(0, 200)}`}))))"""
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


def faults_by_day_and_night(page: Page, axe: str) -> list[str]:
    """What the checker finds of a page in light, and of its colours in dark."""
    found = faults(page, axe)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(_CHECK_OF, COLOURS)
    page.emulate_media(color_scheme="light")
    return [*found, *(f"in dark: {each['id']}" for each in dark)]


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_an_accessibility_fault(
    desk: Any, chromium: Browser, axe: str, width: int
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{desk.address}/sign-in")
    found = {"/sign-in": faults_by_day_and_night(page, axe)}
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")
    for path in paths_of(desk):
        page.goto(f"{desk.address}{path}")
        found[path] = faults_by_day_and_night(page, axe)
    page.goto(f"{desk.address}/requests/AG-2026-0001")
    page.get_by_role("button", name=re.compile("show how this date is counted")).click()
    found["the ten days"] = faults_by_day_and_night(page, axe)
    assert {path: lines for path, lines in found.items() if lines} == {}
    context.close()


def test_a_fault_of_the_dark_colours_alone_is_found(desk: Any, chromium: Browser, axe: str) -> None:
    page = chromium.new_context(bypass_csp=True, reduced_motion="reduce").new_page()
    page.goto(f"{desk.address}/sign-in")
    dim = "@media (prefers-color-scheme: dark) { h1 { color: #333 !important } }"
    page.add_style_tag(content=dim)
    assert [line[:24] for line in faults_by_day_and_night(page, axe)] == [
        "in dark: color-contrast:"
    ]


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
