"""A request from its first word to the packet, and what those without leave see of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import httpx
import pytest

from archiver.config import Home
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.register.office import open_office
from archiver.requests.book import attest_exemption, items_of, searches_of

Browser = Any
NUMBER = "AG-2026-0001"
SECTION = "7927.410"
ASKED = "All comments and messages about the park closure."


async def new_request(browser: Browser, *picks: str, **more: str) -> httpx.Response:
    return await browser.post(
        "/requests",
        {
            "received_on": "2026-11-16",
            "received_time": "09:12",
            "channel": "email",
            "verbatim": ASKED,
            "scope": "Park closure comments",
            "requester": "Gwendolyn Ostrander",
            "pick": list(picks),
            **more,
        },
    )


def attest(home: Home) -> None:
    office = open_office(home)
    attest_exemption(office, SECTION, actor="test", attorney="P. Haldane", on=dt.date(2026, 1, 12))
    office.close()


async def test_a_request_is_logged_with_its_date_and_arithmetic(odile: Browser) -> None:
    answer = await new_request(odile)
    assert answer.headers["location"] == f"/requests/{NUMBER}"
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "Wed 25 Nov" in page
    assert "Mon 30 Nov" in page
    assert "Thanksgiving" in page
    assert ASKED in page
    assert "Wed 25 Nov" in (await odile.get("/requests")).text
    assert "Park closure comments" in (await odile.get("/")).text
    for typed in (NUMBER, NUMBER.lower(), "2026-0001 "):
        page = (await odile.get("/search", params={"q": typed})).text
        assert f'<a href="/requests/{NUMBER}">Request {NUMBER}</a>' in page


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"verbatim": "  "}, "empty"),
        ({"received_on": ""}, "day or time of receipt"),
        ({"received_on": "2026-12-24"}, "lies ahead"),
        ({"channel": "pigeon"}, "channel is not known"),
    ],
)
async def test_a_request_that_cannot_be_logged_keeps_what_was_typed(
    odile: Browser, changed: dict[str, str], told: str
) -> None:
    answer = await new_request(odile, **changed)
    assert answer.status_code == 422
    assert told in answer.text.lower()
    assert "Gwendolyn Ostrander" in answer.text


async def test_hits_go_into_a_new_request_with_their_conversations(
    odile: Browser, public_ids: dict[str, int], city: Home
) -> None:
    pick = f"archive:{public_ids['101']}"
    form = await odile.post(
        "/collect", {"pick": pick, "to": "new", "families": "1", "search": "q=park+closed"}
    )
    assert "1 record to add" in form.text
    answer = await new_request(odile, pick, families="1", search="q=park+closed")
    assert answer.headers["location"] == f"/requests/{NUMBER}?added=8"
    office = open_office(city)
    assert len(items_of(office, NUMBER)) == 8
    logged = searches_of(office, NUMBER)[0]
    office.close()
    assert (logged.text, logged.files, logged.exact) == (
        "park closed",
        ("archive", "private"),
        True,
    )
    assert f"/requests/{NUMBER}" in (await odile.get(f"/record/archive/{public_ids['101']}")).text


async def test_everything_a_search_finds_is_added_at_once(odile: Browser) -> None:
    await new_request(odile)
    assert "All 30 found" in (await odile.get("/search?q=council")).text
    answer = await odile.post("/collect", {"all": "1", "search": "q=council", "to": NUMBER})
    assert answer.headers["location"].endswith("added=30")
    form = await odile.post("/collect", {"all": "1", "search": "q=council", "to": "new"})
    assert "30 records to add" in form.text
    assert form.text.count('name="pick"') == 30


async def test_adding_again_says_that_it_was_there(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    await new_request(odile)
    for expected in ("added=1", "added=0"):
        answer = await odile.post(
            "/collect", {"pick": f"archive:{public_ids['101']}", "to": NUMBER}
        )
        assert answer.headers["location"].endswith(expected)
    assert "in this request already" in (await odile.get(f"/requests/{NUMBER}?added=0")).text


@pytest.mark.parametrize("pick", ["archive:1", "office:1", "archive:", "x", "archive:-1", "\x00"])
async def test_a_record_that_is_none_cannot_be_picked(odile: Browser, pick: str) -> None:
    assert (await odile.post("/collect", {"pick": pick, "to": "new"})).status_code == 404


async def test_withholding_takes_an_attested_exemption(
    odile: Browser, public_ids: dict[str, int], city: Home
) -> None:
    await new_request(odile, f"archive:{public_ids['101']}")
    path = f"/requests/{NUMBER}/review/1"
    for values, told in (
        ({}, "choose what is to be done"),
        ({"choice": "withhold"}, "names the exemption"),
        ({"choice": "withhold", "section": SECTION}, "not attested"),
        ({"choice": "withhold", "section": "9999.999"}, "no exemption of that number"),
        ({"choice": "burn"}, "decision is not known"),
    ):
        answer = await odile.post(path, values)
        assert answer.status_code == 422, values
        assert told in re.sub(r"\s+", " ", answer.text).lower(), values
    attest(city)
    answer = await odile.post(path, {"choice": "withhold", "section": SECTION, "note": "Account."})
    assert answer.status_code == 303
    page = (await odile.get(f"/requests/{NUMBER}?show=withhold")).text
    assert f"GC {SECTION}" in page
    assert "Account." in page


async def test_a_decision_made_in_between_is_not_overwritten(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    await new_request(odile, f"archive:{public_ids['101']}")
    path = f"/requests/{NUMBER}/review/1"
    assert (await odile.post(path, {"choice": "release", "seen": "0"})).status_code == 303
    late = await odile.post(path, {"choice": "not responsive", "seen": "0"})
    assert late.status_code == 422
    assert '<span class="badge ok">Release</span>' in (await odile.get(f"/requests/{NUMBER}")).text


async def test_many_are_decided_after_a_preview_and_one_by_its_own_button(
    odile: Browser, public_ids: dict[str, int], city: Home
) -> None:
    picks = [f"archive:{public_ids[name]}" for name in ("101", "102", "104")]
    await new_request(odile, *picks)
    path = f"/requests/{NUMBER}/decide"
    assert (await odile.post(path, {"choice": "release"})).status_code == 422
    assert (await odile.post(path, {"item": ["1", "2"], "choice": ""})).status_code == 422
    shown = await odile.post(path, {"item": ["1", "2", "99"], "choice": "release"})
    assert shown.status_code == 200
    assert "Release in full: 2 records" in shown.text
    token = re.search(r'name="token" value="([0-9a-f]+)"', shown.text)
    assert token is not None
    values = {"item": ["1", "2"], "choice": "release", "token": token[1]}
    answer = await odile.post(f"/requests/{NUMBER}/bulk/decide", values)
    assert "decided=2" in answer.headers["location"]
    await odile.post(path, {"one": "not responsive:3"})
    office = open_office(city)
    assert [item.decision.choice.value for item in items_of(office, NUMBER)] == [
        "release",
        "release",
        "not responsive",
    ]
    office.close()


async def test_a_packet_is_made_by_the_worker_and_opened(
    odile: Browser, public_ids: dict[str, int], private_ids: list[int], city: Home
) -> None:
    await new_request(odile, f"archive:{public_ids['101']}", f"private:{private_ids[0]}")
    path = f"/requests/{NUMBER}"
    refused = await odile.post(f"{path}/produce")
    assert refused.status_code == 400
    assert "no decision yet" in refused.text
    assert (await odile.get(f"{path}/job.json")).status_code == 404
    for item in (1, 2):
        await odile.post(f"{path}/decide", {"item": [str(item)], "choice": "release"})
    for _ in range(2):
        assert (await odile.post(f"{path}/produce")).status_code == 303
    assert json.loads((await odile.get(f"{path}/job.json")).text)["state"] == "queued"
    office = open_office(city)
    able = handlers(city)
    assert run_next(office, able)
    assert not run_next(office, able)
    office.close()
    assert json.loads((await odile.get(f"{path}/job.json")).text)["state"] == "done"
    page = (await odile.get(path)).text
    link = re.search(r'href="(/requests/[^"]+\.pdf)"', page)
    assert link is not None
    packet = await odile.get(link.group(1))
    assert packet.content.startswith(b"%PDF-")
    assert packet.headers["content-type"] == "application/pdf"
    assert packet.headers["content-disposition"].startswith("inline")
    manifest = await odile.get(f"{path}/productions/VOL001/manifest.json")
    assert manifest.headers["content-disposition"].startswith("attachment")
    for outside in (
        "../../../archive.toml",
        "%2e%2e/%2e%2e/archive.toml",
        "..%2f..%2farchive.toml",
    ):
        answer = await odile.get(f"{path}/productions/VOL001/{outside}")
        assert answer.status_code == 404, outside
    assert (await odile.get(f"{path}/productions/VOL999/packet.pdf")).status_code == 404


async def test_private_records_shown_with_a_request_are_written_down(
    odile: Browser, public_ids: dict[str, int], private_ids: list[int], city: Home
) -> None:
    picks = [f"archive:{public_ids['101']}", f"private:{private_ids[0]}"]
    await odile.post("/collect", {"pick": picks, "to": "new"})
    await new_request(odile, *picks)
    await odile.get(f"/requests/{NUMBER}")
    await odile.get(f"/requests/{NUMBER}/review/1")
    await odile.get(f"/requests/{NUMBER}?show=withhold")
    office = open_office(city)
    looks = [
        (line["subject"], json.loads(line["detail"]))
        for line in office.execute("SELECT * FROM audit WHERE action = 'viewed' ORDER BY id")
    ]
    office.close()
    shown = {"private records": [private_ids[0]]}
    assert looks == [
        ("a new request", shown),
        (f"request {NUMBER}", shown),
        (f"request {NUMBER}", shown),
    ]


async def test_without_leave_the_private_part_of_a_request_is_not_there(
    odile: Browser, public_ids: dict[str, int], private_ids: list[int], city: Home
) -> None:
    picks = [f"archive:{public_ids['101']}", f"private:{private_ids[0]}"]
    await new_request(odile, *picks, search="q=alley")
    for item in (1, 2):
        await odile.post(f"/requests/{NUMBER}/decide", {"item": [str(item)], "choice": "release"})
    await odile.post(f"/requests/{NUMBER}/produce")
    office = open_office(city)
    run_next(office, handlers(city))
    office.close()
    clerk = odile
    assert (await clerk.sign_in("clerk")).status_code == 303
    page = (await clerk.get(f"/requests/{NUMBER}")).text
    assert '<h2 id="items">1 record</h2>' in page
    assert "ZANZIBAR" not in page
    assert "alley" not in page
    assert "/private/" not in page
    assert "packet.pdf" not in page
    for path, status in (
        ("review/2", 404),
        ("job.json", 404),
        ("productions/VOL001/packet.pdf", 404),
        ("productions/VOL001/data/records.csv", 404),
    ):
        assert (await clerk.get(f"/requests/{NUMBER}/{path}")).status_code == status
    assert (await clerk.post(f"/requests/{NUMBER}/produce")).status_code == 403
    assert (
        await clerk.post(f"/requests/{NUMBER}/decide", {"one": "withhold:2"})
    ).status_code == 422
    assert (
        await clerk.post(f"/requests/{NUMBER}/review/2", {"choice": "release"})
    ).status_code == 404
    for line in ("1 of 1 decided", "All 1 record decided"):
        assert line in (await clerk.get("/requests")).text + (await clerk.get("/")).text


async def test_a_form_cannot_write_into_the_answer_s_headers(
    odile: Browser, public_ids: dict[str, int]
) -> None:
    await new_request(odile)
    pick = f"archive:{public_ids['101']}"
    for values in (
        {"search": "q=x\r\nset-cookie: a=b"},
        {"search": "q=x%0d%0aset-cookie: a=b"},
        {"pick": pick, "to": f"{NUMBER}\r\n"},
        {"pick": pick, "to": f" {NUMBER.lower()} "},
        {"pick": pick, "to": "2026-9999"},
    ):
        answer = await odile.post("/collect", values)
        assert answer.status_code in (303, 404), values
        assert "set-cookie" not in answer.headers
        assert not set("\r\n") & set(answer.headers.get("location", ""))


async def test_a_form_that_is_too_large_is_refused(odile: Browser) -> None:
    answer = await odile.post("/requests", {"verbatim": "x" * 1_100_000})
    assert answer.status_code == 400
    assert "too large" in answer.text
    many = await odile.post("/collect", {"pick": ["archive:1"] * 3_100})
    assert many.status_code == 400


async def test_closing_and_reopening_take_a_reason(odile: Browser) -> None:
    await new_request(odile)
    path = f"/requests/{NUMBER}"
    assert (await odile.post(f"{path}/close", {"reason": " "})).status_code == 422
    await odile.post(f"{path}/close", {"reason": "Answered in full"})
    page = (await odile.get(path)).text
    assert "Answered in full" in page
    assert "Find records" not in page
    assert (await odile.post(f"{path}/produce")).status_code == 400
    await odile.post(f"{path}/close", {"reason": "Something was missing"})
    assert "Find records" in (await odile.get(path)).text


async def test_the_words_of_a_request_stay_and_its_reading_may_change(odile: Browser) -> None:
    await new_request(odile)
    await odile.post(f"/requests/{NUMBER}/scope", {"scope": "<b>Park</b> closure, August"})
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "&lt;b&gt;Park&lt;/b&gt; closure, August" in page
    assert ASKED in page


async def test_an_unknown_request_is_not_there(odile: Browser) -> None:
    for path in ("/requests/AG-2026-9999", "/requests/%2e%2e%2fx"):
        assert (await odile.get(path)).status_code == 404, path


async def test_a_volume_is_replaced_with_its_reason(
    odile: Browser, public_ids: dict[str, int], city: Home
) -> None:
    await new_request(odile, f"archive:{public_ids['101']}")
    path = f"/requests/{NUMBER}"
    await odile.post(f"{path}/decide", {"item": ["1"], "choice": "release"})
    await odile.post(f"{path}/produce")
    office = open_office(city)
    able = handlers(city)
    assert run_next(office, able)
    assert (await odile.post(f"{path}/produce", {"replaces": "1"})).status_code == 400
    answer = await odile.post(
        f"{path}/produce", {"replaces": "1", "reason": "The cover named another month."}
    )
    assert answer.status_code == 303
    assert run_next(office, able)
    office.close()
    page = (await odile.get(path)).text
    assert "Replaced by volume 2" in page
    assert "AG-000001.R1" in page
    for name in ("VOL002.zip", "VOL002.proof.json"):
        assert (await odile.get(f"{path}/productions/{name}")).status_code == 200
    assert (await odile.get(f"{path}/productions/VOL009.zip")).status_code == 404
