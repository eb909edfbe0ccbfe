"""Releasing at the desk: a link shown once, what went out told, withdrawn with a reason."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archiver.config import Home
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.production.releasing.book import releases_of
from archiver.production.releasing.staging import stage
from archiver.register.office import audit_trail, open_office
from archiver.requests.book import decide, items_of
from archiver.requests.reviewing.attorney import ask as ask_attorney
from tests.desk.conftest import SECRET
from tests.desk.test_departments import limit_to
from tests.desk.test_letters import NUMBER, ask, attest_all
from tests.operations.time_authority import Authority
from tests.production.proof.sealed_packet import set_authority

Browser = Any
PAGE = f"/requests/{NUMBER}/releases"
ADDRESS = re.compile(r"http://127\.0\.0\.1:8002/d/[a-z2-7]{16}/[A-Za-z0-9_-]{43}")


async def produce(browser: Browser, city: Home, *picks: str) -> None:
    await ask(browser, *picks)
    with closing(open_office(city)) as office:
        items = [item.id for item in items_of(office, NUMBER)]
        decide(office, NUMBER, items, "release", actor="test")
    assert (await browser.post(f"/requests/{NUMBER}/produce")).status_code == 303
    with closing(open_office(city)) as office:
        assert run_next(office, handlers(city))


@pytest.fixture
async def produced(odile: Browser, city: Home, public_ids: dict[str, int]) -> Browser:
    """A clerk with a volume that may go out."""
    attest_all(city)
    await produce(odile, city, f"archive:{public_ids['101']}")
    return odile


async def release(browser: Browser, channel: str = "link", **more: str) -> Any:
    values = {"volume": "1", "channel": channel, "seen": "0", **more}
    return await browser.post(PAGE, values)


async def test_a_link_is_shown_once_and_what_went_out_is_told_everywhere(
    produced: Browser, city: Home
) -> None:
    assert "1 volume waits to be released" in (await produced.get("/requests")).text
    page = (await produced.get(PAGE)).text
    assert "Nothing has gone out yet" in page
    assert 'placeholder="Gwendolyn Ostrander"' in page
    made = await release(produced, days="14", downloads="3", passphrase="blue heron at dawn")
    assert made.status_code == 200
    [address] = ADDRESS.findall(made.text)
    token = address.rpartition("/")[2]
    assert "heron" not in made.text
    again = await release(produced, days="14")
    assert again.status_code == 422
    assert "since this page was opened" in again.text
    page = (await produced.get(PAGE)).text
    assert token not in page and "Works" in page and "3 downloads of each file" in page
    board = (await produced.get("/requests")).text
    assert "to be released" not in board and ">Released 20 Nov 2026<" in board
    assert "Released 20 Nov 2026" in (await produced.get(f"/requests/{NUMBER}")).text
    with closing(open_office(city)) as office:
        [found] = releases_of(office, NUMBER)
        assert (found.state, found.recipient, found.links[0].most) == (
            *("released", "Gwendolyn Ostrander"),
            3,
        )
        actions = {each.action for each in audit_trail(office, subject=f"release {found.id}")}
    assert actions == {"release staged", "release released", "delivery link made"}
    for path in city.path.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path


async def test_it_is_withdrawn_with_a_reason_and_its_link_is_dead(
    produced: Browser, city: Home
) -> None:
    await release(produced)
    [folder] = (city.path / "delivery").glob("[a-z2-7]*")
    assert (folder / "link.json").exists()
    refused = await produced.post(f"{PAGE}/1/withdraw", {"reason": " "})
    assert refused.status_code == 422 and "say why" in refused.text.lower()
    done = await produced.post(f"{PAGE}/1/withdraw", {"reason": "Sent to the wrong <b>person</b>"})
    assert done.status_code == 303
    page = (await produced.get(done.headers["location"])).text
    assert "Its links work no more" in page
    assert "Sent to the wrong &lt;b&gt;person&lt;/b&gt;" in page
    assert {each.name for each in folder.iterdir()} == {"withdrawn.json", "fetches.jsonl"}
    assert (await produced.get(f"{PAGE}/1/files/VOL001.zip")).status_code == 200
    assert "to be released" not in (await produced.get("/requests")).text


async def test_one_link_is_ended_and_another_made_while_the_release_stands(
    produced: Browser,
) -> None:
    await release(produced)
    ended = await produced.post(f"{PAGE}/1/links/1/end", {"reason": "Sent in clear text"})
    assert ended.status_code == 303
    another = await produced.post(f"{PAGE}/1/link", {"seen": "1"})
    assert len(ADDRESS.findall(another.text)) == 1
    twice = await produced.post(f"{PAGE}/1/link", {"seen": "1"})
    assert twice.status_code == 422
    page = (await produced.get(PAGE)).text
    assert "Sent in clear text" in page and page.count(">Works<") == 1
    assert (await produced.post(f"{PAGE}/1/links/9/end", {"reason": "x"})).status_code == 404


async def test_on_paper_a_drive_and_for_inspection(produced: Browser, city: Home) -> None:
    ahead = await release(produced, "paper", on="2026-11-22", at="09:00")
    assert ahead.status_code == 422 and "lies ahead" in ahead.text
    assert "Nothing has gone out yet" in (await produced.get(PAGE)).text
    with closing(open_office(city)) as office:
        stage(city, office, NUMBER, channel="paper", actor="test")
    page = (await produced.get(PAGE)).text
    assert "Staged" in page and "It was handed over" in page
    handed = await produced.post(f"{PAGE}/1/hand-over", {"on": "2026-11-20", "at": "09:30"})
    assert handed.status_code == 303
    drive = await release(produced, "drive", seen="1", to="The court", note="Stick no. 4")
    assert drive.status_code == 303
    zipped = await produced.get(f"{PAGE}/2/files/VOL001.zip")
    assert zipped.content == (city.productions / NUMBER / "VOL001.zip").read_bytes()
    inspected = await release(produced, "inspection", seen="2")
    assert ADDRESS.search(inspected.text)
    assert "counter station" in inspected.text
    page = (await produced.get(PAGE)).text
    assert "The court" in page and "Stick no. 4" in page
    nothing = await produced.post(PAGE, {"channel": "paper", "seen": "3"})
    assert nothing.status_code == 422 and "Tick the volumes" in nothing.text


async def test_a_draft_and_what_is_with_the_attorney_are_blocked_with_the_reason(
    odile: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    await produce(odile, city, f"archive:{public_ids['101']}")
    page = (await odile.get(PAGE)).text
    assert "VOL001: not now" in page and "It is a DRAFT" in page
    assert 'aria-disabled="true"' in page
    assert (await release(odile)).status_code == 422
    with closing(open_office(city)) as office:
        [item] = items_of(office, NUMBER)
        ask_attorney(office, NUMBER, item.id, "Any objection?", actor="odile")
    assert "with the attorney" in (await odile.get(PAGE)).text


async def test_another_request_s_release_and_other_files_are_not_there(produced: Browser) -> None:
    await release(produced)
    await ask(produced)
    other = "/requests/AG-2026-0002/releases/1"
    for act in ("link", "hand-over", "withdraw", "supersede", "links/1/end"):
        answer = await produced.post(f"{other}/{act}", {"reason": "x", "by": "1"})
        assert answer.status_code == 404, act
    assert (await produced.get(f"{other}/files/VOL001.zip")).status_code == 404
    for name in ("VOL002.zip", "VOL002.proof.json", "../VOL001/manifest.json"):
        assert (await produced.get(f"{PAGE}/1/files/{name}")).status_code == 404


async def test_the_auditor_sees_and_does_nothing(produced: Browser) -> None:
    await release(produced)
    assert (await produced.sign_in("auditor")).status_code == 303
    page = (await produced.get(PAGE)).text
    assert "Release 1: VOL001" in page
    assert "<form" not in page.partition("<main")[2]
    for path in ("", "/1/link", "/1/withdraw", "/1/hand-over", "/1/supersede", "/1/links/1/end"):
        assert (await produced.post(f"{PAGE}{path}", {"reason": "x"})).status_code == 403, path


async def test_who_is_limited_to_departments_is_refused_in_one_line(
    produced: Browser, city: Home
) -> None:
    await release(produced)
    limit_to(city, "odile", "Public Works")
    for answer in (await produced.get(PAGE), await release(produced)):
        assert answer.status_code == 403
        assert "ask somebody who is not limited to departments" in answer.text
    assert "to be released" not in (await produced.get("/requests")).text


async def test_who_may_not_see_private_records_sees_no_release_that_holds_some(
    odile: Browser, city: Home, private_ids: list[int]
) -> None:
    attest_all(city)
    await produce(odile, city, f"private:{private_ids[0]}")
    await release(odile)
    assert (await odile.sign_in("clerk")).status_code == 303
    answer = await odile.get(PAGE)
    assert answer.status_code == 403 and SECRET not in answer.text
    assert (await odile.post(f"{PAGE}/1/withdraw", {"reason": "x"})).status_code == 403


async def test_a_proof_that_the_authority_did_not_date_is_told_beside_its_volume(
    odile: Browser, city: Home, public_ids: dict[str, int], tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    authority.mood = "refused"
    set_authority(city, authority)
    attest_all(city)
    await produce(odile, city, f"archive:{public_ids['101']}")
    authority.close()
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "The proof has no time stamp of its own: the time-stamp authority" in page
