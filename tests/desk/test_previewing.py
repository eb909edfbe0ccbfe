"""The page on which a packet is looked at before it is produced."""

from __future__ import annotations

import re
from typing import Any

import pytest

from archiver.config import Home
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.register.office import open_office

Browser = Any
NUMBER = "AG-2026-0001"
PATH = f"/requests/{NUMBER}"


@pytest.fixture
async def ready(odile: Browser, public_ids: dict[str, int], private_ids: list[int]) -> Browser:
    """The clerk has a request whose two records are decided."""
    await odile.post(
        "/requests",
        {
            "received_on": "2026-11-16",
            "received_time": "09:12",
            "channel": "email",
            "verbatim": "All comments and messages about the park closure.",
            "pick": [f"archive:{public_ids['101']}", f"private:{private_ids[0]}"],
        },
    )
    for item in (1, 2):
        await odile.post(f"{PATH}/decide", {"item": [str(item)], "choice": "release"})
    return odile


def work(city: Home) -> None:
    office = open_office(city)
    assert run_next(office, handlers(city))
    office.close()


async def test_a_preview_is_made_and_looked_at_page_by_page(ready: Browser, city: Home) -> None:
    assert "No preview has been made" in (await ready.get(f"{PATH}/preview")).text
    for _ in range(2):
        assert (await ready.post(f"{PATH}/preview")).status_code == 303
    assert "Waiting for the worker" in (await ready.get(f"{PATH}/preview")).text
    assert (await ready.get(f"{PATH}/preview/job.json")).json()["state"] == "queued"
    work(city)
    page = (await ready.get(f"{PATH}/preview")).text
    assert "Volume 1, before it goes out" in page
    assert "Public Records Act" in page
    source = re.search(r'<img class="sheet-page" src="([^"]+)"', page)
    picture = await ready.get(source.group(1).replace("&amp;", "&"))
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    following = re.search(r'href="(\?volume=VOL001&amp;page=2[^"]*)"', page)
    second = await ready.get(f"{PATH}/preview{following.group(1).replace('&amp;', '&')}")
    assert "Page 2 of" in " ".join(second.text.split())
    packet = await ready.get(f"{PATH}/preview/VOL001/packet.pdf")
    assert packet.content.startswith(b"%PDF-")
    assert (await ready.get(f"{PATH}/preview/VOL001/page-999.png")).status_code == 404
    assert (await ready.get(f"{PATH}/preview/VOL002/page-1.png")).status_code == 404
    assert "Produce" in page
    await ready.post(f"{PATH}/produce")
    work(city)
    assert (await ready.get(f"{PATH}/preview/VOL001/packet.pdf")).status_code == 404


async def test_what_was_decided_since_is_said(ready: Browser, city: Home) -> None:
    await ready.post(f"{PATH}/preview")
    work(city)
    await ready.post(f"{PATH}/decide", {"item": ["1"], "choice": "not responsive"})
    page = (await ready.get(f"{PATH}/preview")).text
    assert "since this preview was made" in page
    assert "Produce 1" not in page


async def test_an_undecided_record_stops_it_with_its_reason(ready: Browser) -> None:
    await ready.post(f"{PATH}/decide", {"item": ["1"], "choice": "undecided"})
    page = (await ready.get(f"{PATH}/preview")).text
    assert "1 thing stops this production" in page
    assert "Make the preview" not in page
    assert (await ready.post(f"{PATH}/preview")).status_code == 400


async def test_who_may_not_see_all_of_it_sees_no_preview(ready: Browser, city: Home) -> None:
    await ready.post(f"{PATH}/preview")
    work(city)
    assert (await ready.sign_in("clerk")).status_code == 303
    assert (await ready.get(f"{PATH}/preview")).status_code == 403
    for path in ("job.json", "VOL001/page-1.png", "VOL001/packet.pdf"):
        assert (await ready.get(f"{PATH}/preview/{path}")).status_code == 404


async def test_a_look_at_it_is_written_down(ready: Browser, city: Home) -> None:
    await ready.post(f"{PATH}/preview")
    work(city)
    await ready.get(f"{PATH}/preview")
    office = open_office(city)
    looks = office.execute("SELECT subject FROM audit WHERE action = 'looked at a preview'")
    assert [each["subject"] for each in looks] == [f"request {NUMBER}"]
    office.close()
