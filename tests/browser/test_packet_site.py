"""The pages of a packet in a browser: opened from the folder, in every light, on every width."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet
from archiver.production.release import Redacted
from archiver.production.twins import write_twins
from archiver.requests.redacting.passages import Covered, Passage

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BAR = Covered(1, ("Gov. Code § 7927.410",))
LAWS = Covered(2, ("Gov. Code § 7927.705", "Evid. Code § 1040", "Gov. Code § 7929.000"))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A volume's site with conversations, pictures, bars and a very long word."""
    source = Path(__file__).parents[1] / "production" / "synthetic.py"
    spec = importlib.util.spec_from_file_location("synthetic_release", source)
    people: Any = importlib.util.module_from_spec(spec)
    sys.modules["synthetic_release"] = people
    spec.loader.exec_module(people)
    folder = tmp_path_factory.mktemp("site")
    covered = people.resident(
        "60",
        Passage(("Call ", BAR, " or ", LAWS, ", please. " + "w" * 400)),
        2,
        redactions=(Redacted(1, "text", "the text", BAR.citations, ()),),
    )
    release = people.release(
        folder / "in", records=(*people.records(folder / "in"), covered), draft="DRAFT: look"
    )
    packet = write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    write_twins(release, packet, folder)
    return folder / "site"


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate(f"axe.run({{runOnly: {RULES}}})")["violations"]
    lines = [f"{each['id']}: {n['html'][:200]}" for each in found for n in each["nodes"]]
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return [*lines, *(["the page scrolls sideways"] if page.evaluate(wide) > 0 else [])]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 320)])
def test_no_page_has_an_accessibility_fault(
    site: Path, chromium: Browser, axe: str, scheme: Any, width: int
) -> None:
    look: Any = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    with chromium.new_context(**look, bypass_csp=True) as context:
        page = context.new_page()
        for path in sorted(site.rglob("*.html")):
            page.goto(path.as_uri())
            assert faults(page, axe) == [], path.name


def test_pages_find_their_pictures_their_style_and_their_filter_from_disk(
    site: Path, chromium: Browser
) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.on("requestfailed", lambda request: told.append(request.url))
        page.goto((site / "index.html").as_uri())
        page.get_by_label("Show records with these words").fill("SUMMER camp")
        assert page.get_by_role("status").inner_text() == "1 of 19 records"
        page.get_by_role("link", name="Record 1", exact=True).click()
        page.locator("img").scroll_into_view_if_needed()
        page.wait_for_function("document.images[0].naturalWidth > 0")
        assert told == []


def test_every_bar_is_drawn_with_one_width(site: Path, chromium: Browser) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        for path in site.rglob("records/*.html"):
            page.goto(path.as_uri())
            sizes = page.evaluate(
                "[...document.querySelectorAll('.bar')].map(b => [b.offsetWidth, b.offsetHeight])"
            )
            if sizes:
                assert len({tuple(size) for size in sizes}) == 1
                return
    raise AssertionError("no bar was found")
