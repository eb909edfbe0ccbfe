"""Policies and keyword lists at the desk: entered by who keeps them, seen by who may."""

from __future__ import annotations

import sqlite3
from typing import Any

import httpx
import pytest

from archiver.config import Home
from archiver.policy.keyword_lists import keyword_list
from archiver.policy.versions import list_versions
from archiver.register.office import open_office
from tests.desk.conftest import HOSTILE, Browser

POLICY = {
    "policy": "Comment policy",
    "version": "1",
    "effective_from": "2024-01-01",
    "adopted_by": "City Council",
    "wording": "Be civil.",
}
RECEIVED = {"received_on": "2026-11-16", "received_time": "09:12"}
PDF = b"%PDF-1.7\n% an invented policy\n"


@pytest.fixture
async def keeper(anonymous: Browser) -> Browser:
    """Somebody of the communications office."""
    assert (await anonymous.sign_in("communications")).status_code == 303
    return anonymous


async def upload(browser: Browser, path: str, data: dict[str, str], file: Any) -> httpx.Response:
    form = {"form_key": browser.form_key, **data}
    return await browser.client.post(path, data=form, files={"file": file})


async def test_a_version_is_entered_compared_and_read_as_of_a_day(
    keeper: Browser, city: Home
) -> None:
    assert "No policy is on file yet" in (await keeper.get("/policies")).text
    first = await upload(keeper, "/policies", POLICY, ("Policy.pdf", PDF, "application/pdf"))
    assert first.headers["location"] == "/policies/1"
    page = (await keeper.get("/policies/1")).text
    assert "Be civil." in page
    document = await keeper.get("/policies/1/document")
    assert (document.content, document.headers["content-type"]) == (PDF, "application/pdf")
    second = {**POLICY, "version": "2", "effective_from": "2026-05-01", "account": "1"}
    second["wording"] = f"Be brief. {HOSTILE}"
    assert (await keeper.post("/policies", second)).headers["location"] == "/policies/2"
    page = (await keeper.get("/policies/2")).text
    assert "<del>civil</del><ins>brief</ins>" in page
    assert "<script>alert" not in page
    assert (await keeper.get("/policies/2/document")).status_code == 404
    then = (await keeper.get("/policies?on=2025-01-01")).text.split('id="h-on"')[1]
    assert "/policies/1" in then
    assert "/policies/2" not in then
    assert (await keeper.get("/policies?on=soon")).status_code == 422


async def test_what_is_missing_is_said_and_what_was_typed_stays(keeper: Browser) -> None:
    answer = await keeper.post("/policies", {**POLICY, "effective_from": "", "note": "typed note"})
    assert answer.status_code == 422
    assert "give the day" in answer.text.lower()
    assert "typed note" in answer.text
    answer = await upload(
        keeper, "/policies", {**POLICY, "wording": ""}, ("x.exe", b"MZ\0\1", "text/plain")
    )
    assert answer.status_code == 422
    assert "x.exe is no PDF" in answer.text


async def test_clicking_twice_enters_once(keeper: Browser, city: Home) -> None:
    answers = [(await keeper.post("/policies", POLICY)).status_code for _ in range(2)]
    assert answers == [303, 422]
    words = {"account": "1", "words": "casino", "on": "2026-11-20"}
    answers = [(await keeper.post("/policies/keywords", words)).status_code for _ in range(2)]
    assert answers == [303, 422]


async def test_a_word_list_is_entered_as_a_file_and_saved_again(
    keeper: Browser, city: Home
) -> None:
    assert "No list is on file yet" in (await keeper.get("/policies/keywords")).text
    form = {"account": "1", "on": "2026-11-01", "words": ""}
    file = ("words.txt", f"casino\r\n{HOSTILE[:60]}\r\n賭場".encode("utf-16"), "text/plain")
    made = await upload(keeper, "/policies/keywords", form, file)
    assert made.headers["location"] == "/policies/keywords/1"
    office = open_office(city)
    found = keyword_list(office, 1)
    assert found.words == ("casino", HOSTILE[:60].strip(), "賭場")
    saved = (await keeper.get("/policies/keywords/1.txt")).text
    assert saved.splitlines() == list(found.words)
    page = await keeper.post(
        "/policies/keywords", {"account": "1", "on": "2026-11-10", "words": "casino\nbingo"}
    )
    page = await keeper.get(page.headers["location"])
    assert "1 added" in page.text
    assert "2 removed" in page.text
    assert "<script>alert" not in page.text
    both = await upload(keeper, "/policies/keywords", {**form, "words": "a"}, file)
    assert both.status_code == 422
    for data in ({"on": ""}, {"account": "77"}, {"account": "x"}, {"on": "2031-01-01"}):
        answer = await keeper.post("/policies/keywords", {**form, "words": "a", **data})
        assert answer.status_code == 422, data


async def test_an_entry_is_taken_back_with_its_reason(keeper: Browser, city: Home) -> None:
    await keeper.post("/policies", POLICY)
    await keeper.post("/policies/keywords", {"account": "1", "words": "a", "on": "2026-11-01"})
    for path in ("/policies/1", "/policies/keywords/1"):
        assert (await keeper.post(f"{path}/take-back", {"reason": ""})).status_code == 422
        await keeper.post(f"{path}/take-back", {"reason": "The wrong file"})
        page = (await keeper.get(path)).text
        assert "The wrong file" in page
        assert f"{path}/take-back" not in page
        assert (await keeper.post(f"{path}/take-back", {"reason": "again"})).status_code == 422


async def test_who_reads_policies_enters_none(anonymous: Browser, city: Home) -> None:
    await anonymous.sign_in("communications")
    await anonymous.post("/policies", POLICY)
    for role in ("clerk", "attorney", "auditor", "city-manager"):
        await anonymous.sign_in(role)
        page = (await anonymous.get("/policies")).text
        assert "Comment policy" in page
        assert "/policies/new" not in page
        assert (await anonymous.post("/policies/1/take-back", {"reason": "x"})).status_code == 403
    assert len(list_versions(open_office(city))) == 1


async def test_a_document_that_is_not_what_was_kept_is_not_handed_out(
    keeper: Browser, city: Home
) -> None:
    await upload(keeper, "/policies", POLICY, ("Policy.pdf", PDF, "application/pdf"))
    [kept] = (city.path / "documents").iterdir()
    kept.write_bytes(b"%PDF-other")
    answer = await keeper.get("/policies/1/document")
    assert answer.status_code == 400
    assert b"other" not in answer.content
    assert "archiver verify" in answer.text


async def test_a_request_collects_what_was_entered(anonymous: Browser, city: Home) -> None:
    await anonymous.sign_in("communications")
    await anonymous.post("/policies", POLICY)
    await anonymous.post(
        "/policies/keywords", {"account": "2", "words": "a\nb", "on": "2026-11-01"}
    )
    await anonymous.sign_in("clerk")
    asked = {"verbatim": "The word lists, please.", "channel": "counter", **RECEIVED}
    where = (await anonymous.post("/requests", asked)).headers["location"]
    form = {"kind": "keywords", "account": "2", "on": "2026-11-20"}
    made = await anonymous.post(f"{where}/lists", form)
    page = (await anonymous.get(made.headers["location"])).text
    assert "Keyword list of bluesky" in page
    assert "1 Nov 2026" in page
    counted = sqlite3.connect(city.office_db).execute("SELECT rows FROM request_lists").fetchall()
    assert counted == [(2,)]
