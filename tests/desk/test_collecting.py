"""At the desk: saving a search to a request, freezing it, collecting it, taking it back."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any

import pytest

from archiver.config import Home
from archiver.register.office import open_office
from archiver.requests.book import Request, attest_exemption, items_of, new_request
from archiver.requests.collecting.freezing import runs_of
from archiver.requests.collecting.lists import lists_of

Browser = Any


@pytest.fixture
def number(city: Home) -> str:
    """An open request about the park."""
    office = open_office(city)
    made: Request = new_request(
        office,
        city.settings(),
        actor="test",
        received_at="2026-11-16T17:12:00Z",
        channel="email",
        verbatim="Everything about the park closure",
    )
    office.close()
    return made.number


async def frozen(
    browser: Browser, number: str, search: str = "q=park+closure", name: str = "Closure"
) -> str:
    """Save and freeze a search; the address of what was frozen."""
    answer = await browser.post(
        f"/requests/{number}/searches",
        {"search": search, "name": name, "act": "freeze"},
    )
    assert answer.status_code == 302 or answer.status_code == 303
    return str(answer.headers["location"])


async def test_a_search_is_saved_frozen_counted_and_collected(
    odile: Browser, city: Home, number: str
) -> None:
    page = (await odile.get(f"/search?q=park+closure&request={number}")).text
    assert f"Save this search to request {number}" in page
    where = await frozen(odile, number)
    page = (await odile.get(where)).text
    assert "Closure" in page
    assert "Nothing is added before you have seen the count" in page
    counted = (await odile.get(f"{where}?what=all&along=above")).text
    [items] = re.findall(r"<b>(\d+) items?</b> would be added", counted)
    assert items_of(open_office(city), number) == []
    answer = await odile.post(f"{where}/collect", {"what": "all", "along": "above"})
    assert answer.headers["location"] == f"/requests/{number}?added={items}"
    assert len(items_of(open_office(city), number)) == int(items)
    page = (await odile.get(f"/requests/{number}")).text
    assert "Closure" in page
    assert f"Last added: {items} records" in page


async def test_the_frozen_list_as_csv_gives_the_digest_again(
    odile: Browser, city: Home, number: str
) -> None:
    where = await frozen(odile, number)
    answer = await odile.get(f"{where}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, *lines = answer.text.splitlines()
    assert head == "file,record_id,version_id,leaf"
    made = hashlib.sha256("".join(line.replace(",", " ") + "\n" for line in lines).encode())
    [run] = runs_of(open_office(city), number)
    assert run.digest == made.hexdigest()


async def test_what_came_since_is_shown_on_demand(odile: Browser, number: str) -> None:
    where = await frozen(odile, number)
    assert "What has come since" not in (await odile.get(where)).text
    page = (await odile.get(f"{where}?since=1")).text
    assert "Found now as they were then." in page


async def test_an_addition_is_taken_back_with_a_reason(
    odile: Browser, city: Home, number: str, public_ids: dict[str, int]
) -> None:
    pick = {"to": number, "search": "", "pick": f"archive:{public_ids['102']}"}
    await odile.post("/collect", {**pick, "along": "thread", "act": "add"})
    assert len(items_of(open_office(city), number)) > 1
    page = (await odile.get(f"/requests/{number}")).text
    [addition] = re.findall(r'name="addition" value="(\d+)"', page)
    form = {"addition": addition, "reason": "Wrong post"}
    answer = await odile.post(f"/requests/{number}/undo-addition", form)
    assert answer.status_code in (302, 303)
    assert items_of(open_office(city), number) == []


async def test_counting_first_adds_nothing(
    odile: Browser, city: Home, number: str, public_ids: dict[str, int]
) -> None:
    pick = {"to": number, "search": "q=park", "pick": f"archive:{public_ids['102']}"}
    page = await odile.post("/collect", {**pick, "along": "above", "act": "count"})
    assert "<b>2 items</b> would be added" in page.text
    assert items_of(open_office(city), number) == []
    everything = {"to": number, "search": "q=park", "all": "1", "along": "nothing"}
    assert "would be added" in (await odile.post("/collect", {**everything, "act": "count"})).text


async def test_who_may_not_know_of_private_records_sees_no_search_that_could_tell_of_them(
    anonymous: Browser, number: str
) -> None:
    await anonymous.sign_in("odile")
    where = await frozen(anonymous, number, "q=alley+OR+park")
    await anonymous.sign_in("clerk")
    page = (await anonymous.get(f"/requests/{number}")).text
    assert "alley" not in page
    assert (await anonymous.get(where)).status_code == 404
    assert (await anonymous.get(f"{where}.csv")).status_code == 404
    taken = {"search": "q=pool", "name": "Closure", "act": "save"}
    answer = await anonymous.post(f"/requests/{number}/searches", taken)
    assert "is taken in this request" in answer.text
    own = await frozen(anonymous, number, "q=park", "Park")
    assert (await anonymous.get(f"{own}.csv")).status_code == 200
    assert (await anonymous.get(own)).status_code == 200


async def test_another_requests_frozen_result_is_not_found(
    odile: Browser, city: Home, number: str
) -> None:
    where = await frozen(odile, number)
    office = open_office(city)
    other = new_request(
        office,
        city.settings(),
        actor="test",
        received_at="2026-11-16T17:12:00Z",
        channel="email",
        verbatim="Another",
    )
    office.close()
    assert (await odile.get(where.replace(number, other.number))).status_code == 404


async def test_of_two_clerks_who_change_a_saved_search_the_second_is_told(
    odile: Browser, number: str
) -> None:
    form = {"name": "Closure", "act": "save", "seen": "0"}
    first = await odile.post(f"/requests/{number}/searches", {**form, "search": "q=park"})
    assert first.status_code in (302, 303)
    second = await odile.post(f"/requests/{number}/searches", {**form, "search": "q=pool"})
    assert second.status_code == 503
    assert "nothing was overwritten" in second.text


async def test_a_list_is_collected_looked_at_barred_and_decided(
    odile: Browser, city: Home, number: str
) -> None:
    office = open_office(city)
    attest_exemption(
        office, "7927.410", actor="test", attorney="P. Haldane", on=dt.date(2026, 1, 12)
    )
    page = (await odile.get(f"/requests/{number}/lists")).text
    assert "Keyword list" in page
    form = {"kind": "coverage", "account": "1", "on": "2026-11-20"}
    where = (await odile.post(f"/requests/{number}/lists", form)).headers["location"]
    page = (await odile.get(where)).text
    assert "A data download holds no replies by others." in page
    await odile.post(where, {"act": "bar", "column": "4", "row": "", "section": "7927.410"})
    page = (await odile.get(where)).text
    assert "GC 7927.410" in page
    answer = await odile.post(where, {"act": "release", "seen": "0"})
    assert "nothing was overwritten" in answer.text
    await odile.post(where, {"act": "release"})
    [made] = lists_of(office, number)
    assert (made.choice, len(made.bars)) == ("release", 1)
    await odile.post(where, {"act": f"lift:{made.bars[0].id}"})
    assert not lists_of(office, number)[0].bars


async def test_a_private_list_is_not_known_to_who_may_not_see_private_records(
    anonymous: Browser, city: Home, number: str
) -> None:
    await anonymous.sign_in("odile")
    form = {"kind": "blocks", "account": "1", "on": ""}
    where = (await anonymous.post(f"/requests/{number}/lists", form)).headers["location"]
    assert (await anonymous.get(where)).status_code == 200
    await anonymous.sign_in("clerk")
    assert (await anonymous.get(where)).status_code == 404
    page = (await anonymous.get(f"/requests/{number}/lists")).text
    assert "Blocked" not in page
    answer = await anonymous.post(f"/requests/{number}/lists", form)
    assert (answer.status_code, "is private" in answer.text) == (422, True)
    assert "has to produce it" in (await anonymous.get(f"/requests/{number}")).text
