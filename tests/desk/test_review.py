"""Reviewing at the desk: bars, suggestions, bulk, instalments, and who is shown what."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from contextlib import closing
from typing import Any

import msgspec
import pytest

from archiver.archive.reading import record_by_native
from archiver.archive.runs import AccountRef
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.config import Home, Requests, shipped
from archiver.desk.routes import ROUTES
from archiver.items import Access, Author, AuthorRole, Item, Kind
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.requests.book import Choice, attest_exemption, items_of
from archiver.requests.redacting.bars import redactions_of
from archiver.requests.reviewing.assigning import assign
from archiver.requests.reviewing.instalments import instalments_of

Browser = Any
NUMBER = "AG-2026-0001"
REVIEW = f"/requests/{NUMBER}/review"
PLANTED = "PRIVILEGED-PLANTED-WORDS"
SECTION = "7927.410"


async def collect(browser: Browser, *picks: str) -> None:
    """Request AG-2026-0001 with these records."""
    answer = await browser.post(
        "/requests",
        {
            "pick": list(picks),
            "received_on": "2026-11-16",
            "received_time": "09:12",
            "channel": "counter",
            "verbatim": "Everything about the park closure.",
        },
    )
    assert answer.status_code == 303, answer.text


def attest(home: Home) -> None:
    with closing(open_office(home)) as office:
        attest_exemption(
            office, SECTION, actor="ph", attorney="P. Haldane", on=dt.date(2026, 1, 12)
        )


def store(home: Home, text: str) -> int:
    """One more comment on the city's account; gives its record id."""
    with closing(open_office(home)) as office:
        account = list_accounts(office)[0]
    ref = AccountRef(
        *(account.id, account.platform, account.handle, account.display_name),
        *(account.department, account.division, account.native_id, account.account_class),
    )
    raw = json.dumps(["extra", text]).encode()
    author = Author("id-x", "extra", "Extra Person", AuthorRole.PUBLIC)
    item = Item(ref.platform, Kind.COMMENT, "extra", author, "2026-09-01T10:00:00Z", text, raw, raw)
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ref, source="x-download")
        with batch(archive, run) as writing:
            writing.add([item], observed_at="2026-09-02T10:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
        found = record_by_native(archive.file(Access.PUBLIC), ref.id, Kind.COMMENT, "extra")
    assert found is not None
    return found.id


def bars(home: Home, item: int = 1) -> list[tuple[str, int | None, int | None]]:
    with closing(open_office(home)) as office:
        return [(bar.field, bar.start, bar.end) for bar in redactions_of(office, item)]


def choices(home: Home) -> list[Choice]:
    with closing(open_office(home)) as office:
        return [item.decision.choice for item in items_of(office, NUMBER)]


async def steps(browser: Browser, item: int = 1) -> str:
    page = (await browser.get(f"{REVIEW}/{item}")).text
    found = re.search(r'name="steps" value="(\d+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
async def three(odile: Browser, public_ids: dict[str, int]) -> Browser:
    """Three comments are collected: items 1 to 3."""
    await collect(odile, *(f"archive:{public_ids[name]}" for name in ("101", "102", "104")))
    return odile


async def test_words_are_covered_by_their_place_and_shown_under_a_bar(
    three: Browser, city: Home
) -> None:
    answer = await three.post(f"{REVIEW}/1/bars", {"mark": "text|10|14"})
    assert answer.headers["location"] == f"{REVIEW}/1?bar=1#bars"
    page = (await three.get(f"{REVIEW}/1")).text
    assert '<span class="bar" data-s="10" data-e="14">park<sup>1</sup></span>' in page
    assert "Draft: no exemption is named" in page
    paper = (await three.get(f"{REVIEW}/1?view=released")).text
    sheet = paper.split('class="sheet"')[1].split("</div>")[0]
    assert "park" not in sheet
    assert '<span class="bar">No exemption yet</span>' in sheet


async def test_words_typed_into_the_plain_form_are_covered_without_script(
    three: Browser, city: Home
) -> None:
    for values, told in (
        ({"field": "text", "words": "zebra"}, "do not stand in the text"),
        ({"field": "text", "words": "park", "occurrence": "9"}, "do not stand 9 times"),
        ({"field": "nowhere", "words": "park"}, "holds nothing at"),
        ({"field": "text", "words": " "}, "Type the words to cover"),
    ):
        answer = await three.post(f"{REVIEW}/1/bars", values)
        assert (answer.status_code, told in html.unescape(answer.text)) == (422, True), values
    await three.post(f"{REVIEW}/1/bars", {"field": "text", "words": "all", "occurrence": "1"})
    await three.post(f"{REVIEW}/1/bars", {"whole": "author.handle"})
    assert bars(city) == [("text", 22, 25), ("author.handle", None, None)]


async def test_a_bar_gets_its_exemption_later_and_is_taken_off(three: Browser, city: Home) -> None:
    attest(city)
    await three.post(f"{REVIEW}/1/bars", {"mark": "text|0|2"})
    await three.post(f"{REVIEW}/1/bars", {"ground": "1", "section": SECTION})
    assert f"GC {SECTION}" in (await three.get(f"{REVIEW}/1")).text
    assert "Draft:" not in (await three.get(f"{REVIEW}/1")).text
    saved = await three.post(REVIEW + "/1", {"choice": "redact", "seen": "0"})
    assert saved.headers["location"] == f"{REVIEW}/2?saved=1-1"
    await three.post(f"{REVIEW}/1/bars", {"remove": "1"})
    assert bars(city) == []
    page = (await three.get(f"{REVIEW}/1")).text
    assert "bars that do not fit its decision" in page


async def test_two_clerks_mark_one_record_and_the_second_is_told(
    three: Browser, city: Home
) -> None:
    seen = await steps(three)
    assert (await three.post(f"{REVIEW}/1/bars", {"mark": "text|0|2", "steps": seen})).is_redirect
    late = await three.post(f"{REVIEW}/1/bars", {"mark": "text|3|6", "steps": seen})
    assert late.status_code == 422
    assert "someone else changed the bars" in late.text.lower()
    assert len(bars(city)) == 1
    decided = await three.post(f"{REVIEW}/1", {"choice": "redact", "seen": "0", "steps": seen})
    assert decided.status_code == 422
    assert choices(city)[0] is Choice.UNDECIDED


async def test_marks_that_are_no_places_change_nothing(three: Browser, city: Home) -> None:
    for values in (
        {"mark": "text|5|5"},
        {"mark": "text|0|99999"},
        {"mark": "media:1|0|1"},
        {"mark": "text|-1|4"},
        {"region": "media:1", "media:1.x": "a"},
        {"remove": "77"},
        {"accept": "text|0|2|telephone"},
        {"accept": "text|0|2|nothing known"},
        {},
    ):
        answer = await three.post(f"{REVIEW}/1/bars", values)
        assert answer.status_code in (303, 422), values
    assert [each for each in bars(city) if each != ("text", 0, 2)] == []


async def test_a_part_of_a_picture_is_covered_by_numbers(
    odile: Browser, public_ids: dict[str, int], city: Home
) -> None:
    await collect(odile, f"archive:{public_ids['100']}")
    sides = {"x": "10", "y": "20", "w": "30", "h": "40"}
    values = {f"media:1.{side}": value for side, value in sides.items()}
    await odile.post(f"{REVIEW}/1/bars", {"region": "media:1", **values})
    page = (await odile.get(f"{REVIEW}/1")).text
    assert '<rect x="10.0" y="20.0" width="30.0" height="40.0"/>' in page
    assert "nobody has looked at it in review" in page
    picture = await odile.get(f"{REVIEW}/1/media/0")
    assert picture.headers["content-type"] == "image/png"
    assert "seen by odile" in (await odile.get(f"{REVIEW}/1")).text
    assert (await odile.get(f"{REVIEW}/1/media/7")).status_code == 404


async def test_saving_goes_on_and_undo_brings_the_record_back(three: Browser, city: Home) -> None:
    answer = await three.post(f"{REVIEW}/1", {"choice": "release", "seen": "0"})
    assert answer.headers["location"] == f"{REVIEW}/2?saved=1-1"
    page = (await three.get(answer.headers["location"])).text
    assert "Item 1 is saved." in page
    back = await three.post(f"{REVIEW}/1/undo", {"seen": "1"})
    assert back.headers["location"] == f"{REVIEW}/1?undone=1"
    assert choices(city)[0] is Choice.UNDECIDED
    again = await three.post(f"{REVIEW}/1/undo", {"seen": "1"})
    assert again.status_code == 422
    assert "someone else decided" in again.text.lower()


async def test_a_filter_keeps_to_itself_from_record_to_record(three: Browser, city: Home) -> None:
    await three.post(f"{REVIEW}/2", {"choice": "release", "seen": "0"})
    first = await three.get(f"{REVIEW}?show=undecided")
    assert first.headers["location"] == f"{REVIEW}/1?show=undecided"
    page = (await three.get(f"{REVIEW}/1?show=undecided")).text
    assert f'href="{REVIEW}/3?show=undecided"' in page
    assert f'href="{REVIEW}/2?show=undecided"' not in page
    answer = await three.post(
        f"{REVIEW}/1", {"choice": "release", "seen": "0", "filters": "show=undecided"}
    )
    assert answer.headers["location"] == f"{REVIEW}/3?show=undecided&saved=1-2"
    nothing = await three.get(f"{REVIEW}?show=withhold")
    assert nothing.headers["location"] == f"/requests/{NUMBER}?nothing=1#items"
    page = (await three.get(nothing.headers["location"].partition("#")[0])).text
    assert "No item matches that filter." in page
    assert "No item matches" not in (await three.get(f"/requests/{NUMBER}")).text
    for odd in ("show=%00", "account=x", "kind=zebra&platform=%27", "instalment=99999999999999999"):
        assert (await three.get(f"{REVIEW}?{odd}")).status_code in (303, 400), odd


async def test_a_duplicate_is_decided_by_naming_the_other(three: Browser, city: Home) -> None:
    await three.post(f"{REVIEW}/1", {"choice": "release", "seen": "0"})
    for other, told in (("", "say which item"), ("3", "item 3 is undecided")):
        answer = await three.post(f"{REVIEW}/2", {"choice": "duplicate", "duplicate_of": other})
        assert answer.status_code == 422
        assert told in answer.text.lower(), other
    assert (
        await three.post(f"{REVIEW}/2", {"choice": "duplicate", "duplicate_of": "99"})
    ).status_code == 404
    assert (
        await three.post(f"{REVIEW}/2", {"choice": "duplicate", "duplicate_of": "1"})
    ).status_code == 303
    assert choices(city)[1] is Choice.DUPLICATE
    assert "Duplicate of 1" in (await three.get(f"{REVIEW}/2")).text


async def test_instalments_are_planned_and_produced_one_after_the_other(
    three: Browser, city: Home
) -> None:
    values = {"title": "The rest", "promised_on": "2026-12-04", "promised_time": "16:00"}
    await three.post(f"/requests/{NUMBER}/instalments", values)
    await three.post(f"{REVIEW}/3/instalment", {"instalment": "2"})
    with closing(open_office(city)) as office:
        assert instalments_of(office, NUMBER)[1].promised_at == "2026-12-05T00:00:00Z"
    for item in (1, 2):
        await three.post(f"{REVIEW}/{item}", {"choice": "release", "seen": "0"})
    page = (await three.get(f"/requests/{NUMBER}")).text
    assert "Instalment 2: not yet" in page
    assert "Produce instalment 1" in page
    refused = await three.post(f"/requests/{NUMBER}/produce", {"instalment": "2"})
    assert refused.status_code == 400
    assert "1 record has no decision yet" in refused.text
    assert (await three.post(f"/requests/{NUMBER}/produce", {"instalment": "1"})).is_redirect
    with closing(open_office(city)) as office:
        assert run_next(office, handlers(city))
    assert "packet.pdf" in (await three.get(f"/requests/{NUMBER}")).text


async def test_bulk_release_shows_what_it_leaves_out_before_it_does_anything(
    odile: Browser, public_ids: dict[str, int], private_ids: list[int], city: Home
) -> None:
    await collect(
        odile,
        *(f"archive:{public_ids[name]}" for name in ("100", "101", "104")),
        f"private:{private_ids[0]}",
    )
    page = (await odile.get(f"/requests/{NUMBER}/bulk?choice=release")).text
    assert "Release in full: 2 records" in page
    assert "1 record: private messages and lists" in page
    assert "1 record: with pictures or files nobody has looked at" in page
    assert set(choices(city)) == {Choice.UNDECIDED}
    token = re.search(r'name="token" value="([0-9a-f]+)"', page)
    assert token is not None
    act = {"choice": "release", "token": token[1]}
    await odile.post(f"{REVIEW}/2", {"choice": "not responsive"})
    stale = await odile.post(f"/requests/{NUMBER}/bulk/decide", act)
    assert stale.status_code == 422
    assert "changed since the preview" in stale.text
    fresh = re.search(r'name="token" value="([0-9a-f]+)"', stale.text)
    assert fresh is not None
    for _ in range(2):
        done = await odile.post(f"/requests/{NUMBER}/bulk/decide", {**act, "token": fresh[1]})
        assert done.headers["location"].startswith(f"/requests/{NUMBER}?decided=")
    assert choices(city) == [
        *(Choice.UNDECIDED, Choice.RELEASE, Choice.RELEASE, Choice.UNDECIDED),
    ]


async def test_personal_data_is_suggested_and_covered_or_left(city: Home, odile: Browser) -> None:
    attest(city)
    words = "🙏 Call me at (415) 555-2671\r\nor write to wen@example.org please"
    await collect(odile, f"archive:{store(city, words)}")
    page = (await odile.get(f"{REVIEW}/1")).text
    places = re.findall(r'name="accept" value="([^"]+)"', page)
    assert len(places) == 2, places
    assert "Looks like: telephone" in page
    held = await odile.get(f"/requests/{NUMBER}/bulk?choice=release")
    assert "with open suggestions of personal data" in held.text
    await odile.post(f"{REVIEW}/1/bars", {"accept": places[0], "section": SECTION})
    await odile.post(f"{REVIEW}/1/bars", {"leave": places[1]})
    [(field, start, end)] = bars(city)
    assert (field, words[start:end]) == ("text", "(415) 555-2671")
    assert f"{field}|{start}|{end}|" in places[0]
    assert "Looks like" not in (await odile.get(f"{REVIEW}/1")).text


async def test_what_the_attorney_is_asked_is_in_nothing_others_can_open(
    three: Browser, city: Home
) -> None:
    asked = await three.post(f"{REVIEW}/1", {"choice": "ask", "question": f"{PLANTED} one?"})
    assert asked.headers["location"] == f"{REVIEW}/2?asked=1"
    await three.post(f"{REVIEW}/1/note", {"internal": f"{PLANTED} note"})
    assert PLANTED in (await three.get(f"{REVIEW}/1")).text
    assert (
        await three.post("/attorney/answer", {"number": NUMBER, "item": "1"})
    ).status_code == 403
    await three.sign_in("attorney")
    assert PLANTED in (await three.get("/attorney")).text
    answer = {"number": NUMBER, "item": "1", "answer": f"{PLANTED} answer"}
    assert (await three.post("/attorney/answer", answer)).is_redirect
    twice = await three.post("/attorney/answer", answer)
    assert twice.status_code == 422
    await three.sign_in("odile")
    for item in (1, 2, 3):
        await three.post(f"{REVIEW}/{item}", {"choice": "release"})
    await three.post(f"/requests/{NUMBER}/produce")
    with closing(open_office(city)) as office:
        assert run_next(office, handlers(city))
    volume = city.productions / NUMBER / "VOL001"
    for path in volume.rglob("*"):
        assert path.is_dir() or PLANTED.encode() not in path.read_bytes(), path
    for role in ("auditor", "city-manager", "records-manager", "administrator", "communications"):
        await three.sign_in(role)
        for path in (
            *("/", "/audit", "/attorney", "/requests", f"/requests/{NUMBER}", f"{REVIEW}/1"),
            *(
                f"/requests/{NUMBER}/job.json",
                f"/requests/{NUMBER}/productions/VOL001/data/records.csv",
            ),
        ):
            answer = await three.get(path)
            assert PLANTED not in answer.text, (role, path)
    with closing(open_office(city)) as office:
        for table in ("audit", "request_events", "jobs"):
            told = office.execute(f"SELECT * FROM {table}").fetchall()
            assert PLANTED not in str([tuple(row) for row in told]), table


async def test_the_attorney_signs_off_what_is_withheld(three: Browser, city: Home) -> None:
    attest(city)
    await three.post(f"{REVIEW}/1", {"choice": "withhold", "section": SECTION})
    await three.sign_in("attorney")
    page = (await three.get("/attorney")).text
    assert 'value="1-1"' in page
    signed = await three.post("/attorney/sign-off", {"number": NUMBER, "decision": ["1-1"]})
    assert signed.headers["location"] == "/attorney?signed=1"
    assert 'value="1-1"' not in (await three.get("/attorney")).text
    stale = await three.post("/attorney/sign-off", {"number": NUMBER, "decision": ["1-99"]})
    assert stale.status_code == 422


async def test_a_second_person_confirms_from_the_review(
    three: Browser, city: Home, datasette: Any
) -> None:
    desk = datasette.archiver_desk
    two = Requests(second_person=["release"])
    desk.settings = msgspec.structs.replace(desk.settings, requests=two)
    await three.post(f"{REVIEW}/1", {"choice": "release"})
    page = (await three.get(f"{REVIEW}/1")).text
    assert "Decided by odile; a second person has to confirm it." in page
    own = await three.post(f"{REVIEW}/1/confirm", {"seen": "1"})
    assert own.status_code == 422
    await three.sign_in("clerk")
    assert (await three.post(f"{REVIEW}/1/confirm", {"seen": "1"})).is_redirect
    assert "second person has to confirm" not in (await three.get(f"{REVIEW}/1")).text


async def test_a_reviewer_reaches_what_is_assigned_and_nothing_else(
    three: Browser, city: Home
) -> None:
    with closing(open_office(city)) as office:
        assign(office, NUMBER, [2], "reviewer", departments=(), actor="odile")
    await three.sign_in("reviewer")
    mine = (await three.get("/assigned")).text
    assert "/assigned/2" in mine
    assert "/assigned/1" not in mine
    assert "ruta 4" in (await three.get("/assigned/2")).text
    for route in ROUTES:
        for method, act in route.acts.items():
            if act.permission is None:
                continue
            path = route.pattern.pattern.removesuffix(r"\Z")
            filled = re.sub(r"\(\?P<item>[^)]*\)", "1", path)
            filled = re.sub(r"\(\?P<number>[^)]*\)", NUMBER, filled)
            filled = re.sub(r"\(\?P<\w+>(?:[^()]|\([^)]*\))*\)", "1", filled).replace("\\", "")
            call = three.get if method == "GET" else three.post
            answer = await call(filled)
            wanted = (200,) if filled == "/assigned" else (403, 404)
            assert answer.status_code in wanted, (method, filled)
            assert "all week" not in answer.text
    told = await three.post("/assigned/2", {"choice": "withhold", "note": "Names a child"})
    assert told.headers["location"] == "/assigned?saved=1"
    assert choices(city)[1] is Choice.UNDECIDED
    await three.sign_in("odile")
    assert "recommends: withhold" in (await three.get(f"{REVIEW}/2")).text


async def test_a_reviewer_decides_where_the_city_says_so(
    three: Browser, city: Home, datasette: Any
) -> None:
    desk = datasette.archiver_desk
    decides = Requests(reviewers_decide=True)
    desk.settings = msgspec.structs.replace(desk.settings, requests=decides)
    values = {"person": "reviewer", "which": "items", "items": "2, 3"}
    assert (await three.post(f"/requests/{NUMBER}/assign", values)).is_redirect
    await three.sign_in("reviewer")
    answer = await three.post("/assigned/2", {"choice": "release", "seen": "0"})
    assert answer.headers["location"] == "/assigned/3?saved=1"
    assert choices(city)[1] is Choice.RELEASE
    late = await three.post("/assigned/2", {"choice": "not responsive", "seen": "0"})
    assert late.status_code == 422


async def test_a_clerk_without_leave_knows_nothing_of_private_items_in_review(
    odile: Browser, public_ids: dict[str, int], private_ids: list[int], city: Home
) -> None:
    await collect(odile, f"archive:{public_ids['101']}", f"private:{private_ids[0]}")
    await odile.post(f"{REVIEW}/2", {"choice": "ask", "question": "ZANZIBAR?"})
    await odile.sign_in("clerk")
    page = (await odile.get(f"{REVIEW}/1")).text
    assert "of 1, item 1" in page
    assert "ZANZIBAR" not in page + (await odile.get("/attorney")).text
    for path in ("2", "2/media/0"):
        assert (await odile.get(f"{REVIEW}/{path}")).status_code == 404
    for act in ("", "/undo", "/bars", "/note", "/instalment", "/confirm"):
        answer = await odile.post(f"{REVIEW}/2{act}", {"choice": "release", "whole": "text"})
        assert answer.status_code == 404, act
    shown = await odile.post(f"/requests/{NUMBER}/bulk", {"item": ["1", "2"], "choice": "release"})
    assert "Release in full: 1 record" in shown.text
    assert "private messages" not in shown.text


def test_the_review_holds_no_script_in_the_page(city: Home) -> None:
    for name in ("review", "review_parts", "bulk", "attorney", "assigned", "assigned_item"):
        text = (shipped("datasette") / "templates" / f"{name}.html").read_text("utf-8")
        assert not re.search(r"\son\w+=|style=|<script(?! src)", text), name
