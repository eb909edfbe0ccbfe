"""Search, records and media: what is shown, what stays inert, what nobody without leave sees."""

from __future__ import annotations

import json
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from archiver.config import Home

Browser = Any
SECRET = "ZANZIBAR-SECRET-WORD"
PRIVATE_TRACES = (SECRET, "Tobias Ngumi</bdi></b> · Direct message", "HIDDEN-REASON", "/private/")


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser would build them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def inert(page: str) -> bool:
    """Whether nothing in the page can run."""
    for tag, attributes in Elements(page).found:
        if tag == "script" and not str(attributes.get("src", "")).startswith("/static/"):
            return False
        if tag in ("style", "iframe", "object", "embed", "base"):
            return False
        if any(name.startswith("on") or name == "style" for name in attributes):
            return False
        for name in ("src", "href", "action", "data-job"):
            value = attributes.get(name)
            if value is not None and not re.match(r"[/#?]", value):
                return False
    return True


def audit_of(home: Home) -> list[tuple[str, str, str, dict[str, Any]]]:
    connection = sqlite3.connect(home.office_db)
    found = connection.execute("SELECT actor, action, subject, detail FROM audit ORDER BY id")
    lines = [(row[0], row[1], row[2], json.loads(row[3] or "{}")) for row in found]
    connection.close()
    return lines


async def pages_of(browser: Browser, public_ids: dict[str, int]) -> dict[str, str]:
    paths = [
        "/",
        "/search",
        "/search?q=park+closure",
        "/search?q=park+closure&order=best",
        "/search?kind=message",
        "/search?q=from:mallory",
        "/search.json?q=park+closure",
        "/requests",
        "/requests/new",
        "/accounts",
        "/coverage",
        *(f"/record/archive/{number}" for number in public_ids.values()),
    ]
    pages = {}
    for path in paths:
        answer = await browser.get(path)
        assert answer.status_code == 200, (path, answer.text[-400:])
        pages[path] = answer.text
    return pages


async def test_hostile_words_stay_words_on_every_page(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    for path, page in (await pages_of(odile, public_ids)).items():
        if not path.startswith("/search.json"):
            assert inert(page), path
            assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|\b49\b", page), path
    page = (await odile.get(f"/record/archive/{public_ids['106']}")).text
    assert "&lt;script&gt;alert(&#34;park closure&#34;)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert "\x07" not in page


async def test_direction_marks_stay_out_of_titles_and_labels(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    page = (await odile.get("/search?q=park+closure")).text
    labels = re.findall(r'aria-label="([^"]*)"', page) + re.findall(r"<title>(.*?)</title>", page)
    assert not any(mark in label for label in labels for mark in "\u202a\u202b\u202c\u202d\u202e")


async def test_quotations_carry_their_language(odile: Browser, public_ids: dict[str, int]) -> None:
    page = (await odile.get(f"/record/archive/{public_ids['100']}")).text
    assert {"es", "zh", "pa", "ar"} <= set(re.findall(r'dir="auto" lang="(\w+)"', page))


async def test_a_search_finds_in_both_files_and_marks_the_words(odile: Browser) -> None:
    page = (await odile.get("/search?q=park+closure")).text
    assert "<mark>park</mark>" in page
    assert SECRET in page
    assert "Restricted: private" in page
    found = json.loads((await odile.get("/search.json?q=park+closure")).text)
    assert {row["file"] for row in found["rows"]} == {"archive", "private"}


async def test_filters_and_days_narrow_a_search(odile: Browser) -> None:
    async def found(query: str) -> set[str]:
        answer = json.loads((await odile.get(f"/search.json?{query}")).text)
        return {row["native_id"] for row in answer["rows"]}

    assert await found("state=removed") == {"102"}
    assert await found("state=hidden") == {"105"}
    assert await found("kind=message") == {"200", "201", "202"}
    assert await found("q=park+closure&from=2026-08-17&to=2026-08-17") == {"107", "200"}
    assert await found("q=park+closure&to=2026-08-13") == {"100"}
    assert await found("q=消防車") == {"104"}
    assert await found("q=autobús") == {"102"}


async def test_a_word_of_an_earlier_version_is_found_and_said_to_be(odile: Browser) -> None:
    assert "Found in an earlier version" in (await odile.get("/search?q=autobús")).text


async def test_pages_of_results_follow_each_other_without_gap(odile: Browser) -> None:
    seen: list[str] = []
    path = "/search?q=council"
    while path:
        page = (await odile.get(path)).text
        seen += re.findall(r'name="pick" value="([^"]+)"', page)
        onward = re.search(r'href="(/search\?[^"]+)">Next page', page)
        path = onward.group(1).replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen)) == 30


@pytest.mark.parametrize(
    "query",
    ['"', "(((", "NEAR(", "a* OR", '" OR 1=1 --', "*" * 50, "-", "\u202e", "🚌", "x" * 3000],
)
async def test_whatever_is_typed_is_answered_with_a_page(odile: Browser, query: str) -> None:
    answer = await odile.get("/search", params={"q": query})
    assert answer.status_code in (200, 400)
    assert inert(answer.text)
    assert "log under" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "account=9x",
        "from=2026-99-99",
        "before=zzz",
        "order=sideways",
        "state=ghost",
        "at=-1&q=park",
    ],
)
async def test_filters_without_a_meaning_do_no_harm(odile: Browser, query: str) -> None:
    answer = await odile.get(f"/search?q=park&{query}")
    assert answer.status_code in (200, 400)
    assert "log under" not in answer.text


async def test_a_record_shows_its_conversation_versions_and_evidence(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    page = (await odile.get(f"/record/archive/{public_ids['102']}")).text
    assert "Rosalind Achterberg" in page
    assert "La ruta 4 usa Birch Street" in page
    assert re.search(r"<del>del autobús</del><ins>o la 7</ins>", page)
    assert "Gone since 3 Sep 2026" in page
    assert "nobody has recorded why" in page
    assert "Not sealed yet" in page
    assert "At least" in page


async def test_without_leave_there_is_no_trace_of_private_records(
    clerk: Browser, public_ids: dict[str, int], private_ids: list[int]
) -> None:
    for path, page in (await pages_of(clerk, public_ids)).items():
        for trace in PRIVATE_TRACES:
            assert trace not in page, (path, trace)
    for number in private_ids:
        for path in (f"/record/private/{number}", f"/media/private/{number}/0"):
            answer = await clerk.get(path)
            assert answer.status_code == 404
            assert answer.text == (await clerk.get("/record/private/1")).text
        assert (await clerk.get(f"/record/archive/{number}")).status_code == 404
    counts = json.loads((await clerk.get("/search.json?q=park+closure")).text)
    assert counts["count"] == len(counts["rows"])
    assert {row["file"] for row in counts["rows"]} == {"archive"}
    nothing = json.loads((await clerk.get(f"/search.json?q={SECRET}")).text)
    assert (nothing["count"], nothing["rows"]) == (0, [])


async def test_without_leave_private_records_cannot_be_collected(
    clerk: Browser, private_ids: list[int]
) -> None:
    for number in private_ids:
        answer = await clerk.post("/collect", {"pick": f"private:{number}", "to": "new"})
        assert answer.status_code == 404


async def test_every_search_and_every_look_at_private_records_is_written_down(
    odile: Browser, city: Home, private_ids: list[int]
) -> None:
    await odile.get("/search?q=park+closure&state=live")
    await odile.get("/search.json?q=alley")
    await odile.get(f"/record/private/{private_ids[0]}")
    assert (await odile.get(f"/media/private/{private_ids[0]}/0")).status_code == 200
    lines = [line for line in audit_of(city) if line[0] == "odile"]
    assert [line[1] for line in lines] == [
        "searched",
        "searched",
        "viewed",
        "opened a private file",
    ]
    assert lines[0][2] == "archive and private"
    assert lines[0][3] == {
        "words": "park closure",
        "states": ["live"],
        "found": 4,
        "exact": True,
    }
    assert lines[2][2] == f"private record {private_ids[0]}"
    assert not any(SECRET in str(line) for line in lines)


async def test_pictures_are_shown_and_everything_else_is_saved(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    picture = await odile.get(f"/media/archive/{public_ids['100']}/0")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-disposition"].startswith("inline")
    drawing = await odile.get(f"/media/archive/{public_ids['107']}/0")
    assert drawing.headers["content-type"] == "application/octet-stream"
    assert drawing.headers["content-disposition"].startswith("attachment")
    for answer in (picture, drawing):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert (await odile.get(f"/media/archive/{public_ids['107']}/1")).status_code == 404
    assert (await odile.get(f"/media/archive/{public_ids['100']}/9")).status_code == 404


async def test_a_part_of_a_file_is_sent_where_a_player_asks_for_one(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    path = f"/media/archive/{public_ids['100']}/0"
    whole = (await odile.get(path)).content
    for asked, expected in (
        ("bytes=0-9", whole[:10]),
        ("bytes=10-", whole[10:]),
        ("bytes=-5", whole[-5:]),
    ):
        answer = await odile.client.get(path, headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, expected)
    beyond = await odile.client.get(path, headers={"range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    odd = await odile.client.get(path, headers={"range": "bytes=a-b"})
    assert (odd.status_code, odd.content) == (200, whole)


async def test_the_evidence_files_cannot_be_written_through_the_desk(datasette: Any) -> None:
    for name in ("archive", "private"):
        database = datasette.get_database(name)
        with pytest.raises(sqlite3.OperationalError, match=r"readonly|read-only|query_only"):
            await database.execute_write("DELETE FROM records")
    assert set(datasette.databases) == {"archive", "private"}


def test_there_is_no_package_that_would_shadow_datasette() -> None:
    folder = Path(__file__).resolve().parents[2] / "datasette"
    assert (folder / "datasette.yaml").is_file()
    assert not list(folder.rglob("__init__.py"))


async def test_a_search_in_fields_becomes_words_and_comes_back_in_its_fields(
    odile: Browser,
) -> None:
    fields = {"fields": "1", "words": "week", "phrase": "park closure", "none": "marathon"}
    answer = await odile.get("/search", params={**fields, "by": "agency", "lang": "en"})
    where = answer.headers["location"]
    assert where == "/search?q=week+%22park+closure%22+-marathon&by=agency&lang=en"
    page = (await odile.get(where)).text
    assert "1 record</h2>" in page
    assert 'name="phrase" dir="auto" value="park closure"' in page
    assert '<option value="agency" selected>The city</option>' in page
