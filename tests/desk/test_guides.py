"""The documentation at the desk: every page of it opens, and every link in it leads somewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from archiver.desk.guides import ABOUT_ALL, guide, guide_of, guides, with_guides
from archiver.exports.known import FORMATS
from archiver.operations.sources import instead_of_asking

Browser = Any
PLATFORMS = ("facebook", "instagram", "linkedin", "nextdoor", "x", "vine", "periscope", "youtube")


@pytest.mark.parametrize("name", sorted(guides()))
async def test_every_page_opens_and_every_link_in_it_leads_on(clerk: Browser, name: str) -> None:
    answer = await clerk.get(f"/help/{name}")
    assert answer.status_code == 200
    page = LexborHTMLParser(answer.text)
    assert [one.text() for one in page.css("h1")] == [guide(name).title]
    for link in page.css("article a"):
        target = str(link.attributes["href"])
        assert not link.text().endswith(".md")
        if not target.startswith("https://"):
            assert (await clerk.get(target)).status_code == 200, target


def test_every_importer_has_its_page() -> None:
    assert {f"{ABOUT_ALL}/{one.page}" for one in FORMATS} <= set(guides())


@pytest.mark.parametrize("platform", [*PLATFORMS, "threads", "tiktok", "mastodon", "bluesky"])
def test_every_platform_leads_to_a_page_that_names_it(platform: str) -> None:
    about = guide(guide_of(platform))
    assert re.search(rf"\b{platform}\b", f"{about.title} {about.body}", re.IGNORECASE)


def test_a_platform_without_an_importer_leads_to_the_plain_form() -> None:
    assert guide_of("flickr") == f"{ABOUT_ALL}/plain"
    said = with_guides(instead_of_asking("flickr"))
    assert f'(<a href="/help/{ABOUT_ALL}/plain">docs/downloads/plain.md</a>)' in said


def test_a_message_stays_text_around_the_link() -> None:
    said = with_guides(
        '<b>"name"</b> (docs/downloads/bluesky.md: how); docs/nothing.md, docs/downloads'
    )
    assert said.startswith("&lt;b&gt;&#34;name&#34;&lt;/b&gt; (<a href=")
    assert "docs/nothing.md" in said
    assert said.endswith(f'<a href="/help/{ABOUT_ALL}">docs/downloads</a>')


@pytest.mark.parametrize(
    "name",
    [
        *("mydocs/downloads/photo.json", "City/docs/pairs.md", "docs/downloads/README.md"),
        *("docs/downloads/facebook.mdx", "docs/downloads/photo.json", "docs/downloads-2026"),
    ],
)
def test_the_name_of_a_file_in_a_download_is_no_page(name: str) -> None:
    assert with_guides(f"{name}: element 3 is broken") == f"{name}: element 3 is broken"


async def test_the_table_to_fill_in_is_saved_as_a_file(clerk: Browser) -> None:
    answer = await clerk.get("/help/files/plain-records.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "plain-records.csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize("path", ["/help/nothing", "/help/downloads/nothing", "/help/files/x.csv"])
async def test_a_page_that_is_not_there_is_said_to_be_none(clerk: Browser, path: str) -> None:
    assert (await clerk.get(path)).status_code == 404
