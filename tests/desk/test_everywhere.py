"""The same words throughout a request at the desk, and what gives the covered away."""

from __future__ import annotations

import datetime as dt
import html
import re
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from archiver.archive.store import Archive
from archiver.config import Home, shipped
from archiver.items import Access
from archiver.register.office import audit_trail, open_office
from archiver.requests.book import attest_exemption, events_of
from archiver.requests.redacting.bars import redactions_of
from archiver.retention.quarantine import put_in_quarantine
from tests.desk.conftest import SECRET

Browser = Any
NUMBER = "AG-2026-0001"
REVIEW = f"/requests/{NUMBER}/review"
PAGE = f"/requests/{NUMBER}/everywhere"
SECTION = "7927.410"
BARS = tuple[str, int | None, int | None, tuple[str, ...]]


@pytest.fixture
async def three(
    odile: Browser, public_ids: dict[str, int], private_ids: list[int], city: Home
) -> Browser:
    """Two comments and a message are collected, all speak of the park; an exemption is attested."""
    with closing(open_office(city)) as office:
        attest_exemption(
            *(office, SECTION), actor="ph", attorney="P. Haldane", on=dt.date(2026, 1, 12)
        )
    picks = [f"archive:{public_ids[name]}" for name in ("100", "101")]
    answer = await odile.post(
        "/requests",
        {
            "pick": [*picks, f"private:{private_ids[0]}"],
            "received_on": "2026-11-16",
            "received_time": "09:12",
            "channel": "counter",
            "verbatim": "Everything about the park closure.",
        },
    )
    assert answer.status_code == 303, answer.text
    return odile


def bars(home: Home, item: int) -> list[BARS]:
    with closing(open_office(home)) as office:
        return [
            (bar.field, bar.start, bar.end, tuple(ground.section for ground in bar.grounds))
            for bar in redactions_of(office, item)
        ]


def places(page: str) -> list[str]:
    """The places the page lets a person tick."""
    return [html.unescape(each) for each in re.findall(r'name="place" value="([^"]+)"', page)]


def token(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


async def test_only_the_ticked_places_are_covered_and_the_page_tells_how_many(
    three: Browser, city: Home
) -> None:
    page = (await three.get(f"{PAGE}?words=PARK&section={SECTION}")).text
    found = places(page)
    assert "6 places" in page
    assert [each.partition("|")[0] for each in found] == ["1", "1", "1", "2", "3", "3"]
    assert all(f'value="{each}" checked' in page for each in found)
    assert f'<option value="{SECTION}" selected>' in page
    assert 'Description of picture or file 1:</span> <bdi class="snip">Map of the closed ' in page
    values = {"token": token(page), "place": [found[0], found[3]], "section": SECTION}
    answer = await three.post(f"{PAGE}?words=PARK", values)
    assert answer.status_code == 303, answer.text
    assert bars(city, 1) == [("text", 0, 4, (SECTION,))]
    assert bars(city, 2) == [("text", 10, 14, (SECTION,))]
    assert bars(city, 3) == []
    after = (await three.get(answer.headers["location"])).text
    assert "2 places covered on 2 items." in after
    assert places(after) == [found[1], found[2], found[4], found[5]]
    assert after.count('<span class="badge ok">Covered</span>') == 2
    none = (await three.get(f"{PAGE}?words=PARK&tick=none")).text
    assert " checked>" not in none.split('id="h-places"')[1]
    with closing(open_office(city)) as office:
        [noted] = [each for each in events_of(office, NUMBER) if "everywhere" in each.kind]
        acts = [(each.actor, each.action) for each in audit_trail(office)]
    assert acts.count(("odile", "request redactions added everywhere")) == 1
    assert noted.detail["items"] == [1, 2]


async def test_whatever_changed_since_it_was_looked_at_stops_all_of_it(
    three: Browser, city: Home
) -> None:
    page = (await three.get(f"{PAGE}?words=park")).text
    found = places(page)
    await three.post(f"{REVIEW}/2/bars", {"mark": "text|0|2"})
    stale = await three.post(f"{PAGE}?words=park", {"token": token(page), "place": found[:2]})
    assert stale.status_code == 422
    assert "look again, nothing was covered" in stale.text
    assert bars(city, 1) == []
    assert stale.text.count(" checked>") == 2
    await three.post(f"{REVIEW}/1", {"choice": "release", "seen": "0"})
    for values, told in (
        ({"token": token(stale.text), "place": found[:1]}, "since this page was made"),
        ({"token": "0" * 64, "place": found[:1]}, "since this page was made"),
        ({"place": found[:1]}, "since this page was made"),
    ):
        answer = await three.post(f"{PAGE}?words=park", values)
        assert (answer.status_code, told in answer.text) == (422, True), values
    fresh = token(answer.text)
    for values, told in (
        ({"place": []}, "no place chosen"),
        ({"place": ["1|text|0|9"]}, "since this page was made"),
        ({"place": found[:1], "section": "7922.000"}, "nothing was covered"),
        ({"place": found[:1], "section": SECTION, "review_on": "soon"}, "is no date"),
    ):
        answer = await three.post(f"{PAGE}?words=park", {"token": fresh, **values})
        assert (answer.status_code, told in answer.text.lower()) == (422, True), values
    assert bars(city, 1) == []


async def test_what_was_released_in_full_is_named_to_be_decided_again(
    three: Browser, city: Home
) -> None:
    await three.post(f"{REVIEW}/2", {"choice": "release", "seen": "0"})
    page = (await three.get(f"{PAGE}?words=park")).text
    assert f'decided “release in full”: <a href="{REVIEW}/2">2</a>' in page
    assert "To be decided again" not in page
    values = {"token": token(page), "place": places(page)}
    answer = await three.post(f"{PAGE}?words=park", values)
    after = (await three.get(answer.headers["location"])).text
    assert "To be decided again" in after
    assert "Every place shown here is covered" in after
    assert "bars that do not fit its decision" in (await three.get(f"{REVIEW}/1")).text


async def test_nobody_learns_of_what_they_may_not_see(
    three: Browser, city: Home, public_ids: dict[str, int], private_ids: list[int]
) -> None:
    whole = (await three.get(f"{PAGE}?words={SECRET.lower()}")).text
    assert len(places(whole)) == 1
    with closing(open_office(city)) as office:
        looks = [each for each in audit_trail(office) if each.action == "viewed"]
    assert looks[0].detail == {"private records": [private_ids[0]]}
    await three.sign_in("clerk")
    page = (await three.get(f"{PAGE}?words=park")).text
    assert [each.partition("|")[0] for each in places(page)] == ["1", "1", "1", "2"]
    hidden = (await three.get(f"{PAGE}?words={SECRET}")).text
    assert "stand nowhere in the records you can open" in hidden
    values = {"token": token(page), "place": places(whole)}
    assert (await three.post(f"{PAGE}?words=park", values)).status_code == 422
    assert bars(city, 3) == []
    with closing(open_office(city)) as office, Archive.open(city) as archive:
        files = {"archive": archive.file(Access.PUBLIC)}
        put_in_quarantine(
            *(office, files, "archive", public_ids["101"]),
            actor="ph",
            kind="court-sealed",
            reason="Sealed by the court",
        )
    page = (await three.get(f"{PAGE}?words=park")).text
    assert [each.partition("|")[0] for each in places(page)] == ["1", "1", "1"]
    assert "all week?" not in page


async def test_words_that_cannot_be_looked_for_are_told(three: Browser, city: Home) -> None:
    assert 'name="token"' not in (await three.get(PAGE)).text
    for query, told in (("words=+", "no words given"), (f"words={'x' * 501}", "at most 500")):
        answer = await three.get(f"{PAGE}?{query}")
        assert (answer.status_code, told in answer.text.lower()) == (422, True), query
    odd = "words=park&from=99999999999999999999&covered=%00&on=x&item=%D9%A3&exact=1"
    page = await three.get(f"{PAGE}?{odd}")
    assert page.status_code == 200
    assert len(places(page.text)) == 4, "“Park” is written otherwise"
    hostile = await three.get(f"{PAGE}?words=%3Cscript%3Ealert(1)")
    assert "<script>alert" not in hostile.text


async def test_more_places_than_a_page_holds_are_on_the_next(
    three: Browser, city: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.desk.pages.everywhere._ROWS", 4)
    page = (await three.get(f"{PAGE}?words=park")).text
    assert len(places(page)) == 4
    assert "Places 1 to 4 are shown" in page
    following = (await three.get(f"{PAGE}?words=park&from=4")).text
    assert [each.partition("|")[0] for each in places(following)] == ["3", "3"]
    values = {"token": token(following), "place": places(following)}
    answer = await three.post(f"{PAGE}?words=park&from=4", values)
    assert "from=4" in answer.headers["location"]
    assert len(bars(city, 3)) == 2


async def test_the_review_leads_on_from_a_bar_a_selection_and_typed_words(
    three: Browser, city: Home
) -> None:
    await three.post(f"{REVIEW}/2/bars", {"mark": "text|10|14", "section": SECTION})
    page = (await three.get(f"{REVIEW}/2")).text
    assert f'href="{PAGE}?words=park&amp;item=2&amp;section={SECTION}"' in page
    for values in (
        {"everywhere": "selected", "mark": "text|10|14"},
        {"everywhere": "typed", "words": "park", "field": "text"},
    ):
        answer = await three.post(f"{REVIEW}/2/bars", {**values, "section": SECTION})
        address = urlsplit(answer.headers["location"])
        asked = {"words": ["park"], "item": ["2"], "section": [SECTION]}
        assert (address.path, parse_qs(address.query)) == (PAGE, asked)
    for values in ({"everywhere": "selected"}, {"everywhere": "typed", "words": " "}):
        assert (await three.post(f"{REVIEW}/2/bars", values)).status_code == 422, values
    assert len(bars(city, 2)) == 1


async def test_what_gives_the_covered_away_is_pointed_at_and_covered_on_the_same_law(
    three: Browser, city: Home
) -> None:
    assert "give the same away" not in (await three.get(f"{REVIEW}/2")).text
    await three.post(f"{REVIEW}/2/bars", {"whole": "author.name", "section": SECTION})
    page = (await three.get(f"{REVIEW}/2")).text
    assert "Uncovered places that give the same away" in page
    told = re.findall(r'name="too" value="([^"]+)"', page)
    assert told == ["author.handle|||1", "author.id|||1"]
    assert bars(city, 2) == [("author.name", None, None, (SECTION,))], "it is a warning only"
    answer = await three.post(f"{REVIEW}/2/bars", {"too": told[0]})
    assert answer.headers["location"] == f"{REVIEW}/2?bar=2#bars"
    assert bars(city, 2)[1] == ("author.handle", None, None, (SECTION,))
    assert re.findall(r'name="too" value="([^"]+)"', (await three.get(f"{REVIEW}/2")).text) == [
        "author.id|||1"
    ]
    await three.post(f"{REVIEW}/2/bars", {"remove": "1"})
    late = await three.post(f"{REVIEW}/2/bars", {"too": told[1]})
    assert late.status_code == 422
    assert "does not stand there any more" in late.text
    assert len(bars(city, 2)) == 1


def test_the_page_holds_no_script_of_its_own(city: Home) -> None:
    text = (shipped("datasette") / "templates" / "everywhere.html").read_text("utf-8")
    assert not re.search(r"\son\w+=|style=|<script(?! src)", text)


async def test_everything_that_names_an_author_is_covered_together(
    three: Browser, city: Home
) -> None:
    page = await three.get(f"{PAGE}?author=2&section={SECTION}")
    assert "Everything that names the author of item 2" in page.text
    places = re.findall(r'name="place" value="([^"]+)"', page.text)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert {place.split("|")[1] for place in places} >= {"author.name", "author.handle"}
    answer = await three.post(
        f"{PAGE}?author=2",
        {
            "place": [html.unescape(place) for place in places],
            "token": token.group(1),
            "section": SECTION,
        },
    )
    assert answer.status_code == 303, answer.text
    assert "author=2" in answer.headers["location"]
    assert {field for field, *_ in bars(city, 2)} >= {"author.name", "author.handle"}
    review = await three.get(f"{REVIEW}/2")
    assert "Cover everything that names them in this request" in review.text
