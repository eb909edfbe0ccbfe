"""Asking custodians over the desk, from the clerk's form to the records that came back."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.operations.jobs import run_next
from archiver.operations.verifying import verify_home
from archiver.operations.worker import handlers
from archiver.register.office import open_office
from archiver.requests.book import close_request, get_request, items_of, new_request
from archiver.requests.receiving.attaching import FileKind, NewFile, attach_file
from archiver.staff.people import add_person, open_staff
from tests.desk.conftest import HOSTILE, PASSWORD, Browser, picture
from tests.requests.custodians.conftest import mail

SCOPE = "Messages with residents about the park closure"
ASK = {
    "name": "Custodian Farrow",
    "title": "Council member",
    "department": "City Council",
    "email": "farrow@example.org",
    "login": "custodian",
    "scope": SCOPE,
    "accounts": "personal e-mail",
    "due": "2026-11-24",
}
ANSWER = {
    "accounts": "personal e-mail",
    "terms": "park",
    "outcome": "returned",
    "kept_back": "four messages with my sister",
    "facts": "They are about SISTERS-SECRET health and no matter of the city.",
    "declared_name": "Custodian Farrow",
    "declared_on": "2026-11-20",
    "declared": "1",
}


@pytest.fixture
def number(city: Home) -> str:
    """An open request."""
    with closing(open_office(city)) as office:
        return new_request(
            office,
            city.settings(),
            actor="odile",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim="Everything about the park closure.",
        ).number


async def asked(browser: Browser, number: str, **more: str) -> str:
    """Ask the custodian; gives the address of the ask."""
    answer = await browser.post(f"/requests/{number}/custodians", {**ASK, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


async def told(browser: Browser, address: str, *files: tuple[str, bytes], **more: str) -> Any:
    """Send the form of an answer."""
    data = {"form_key": browser.form_key, **ANSWER, **more}
    sent = [("file", (name, content, "application/octet-stream")) for name, content in files]
    return await browser.client.post(address, data=data, files=sent or {"x": b""})


def work(home: Home) -> None:
    """Carry out every job that waits."""
    with closing(open_office(home)) as office:
        while run_next(office, handlers(home)):
            pass


async def test_a_custodian_is_asked_answers_and_the_clerk_reviews_what_came(
    odile: Browser, city: Home, number: str
) -> None:
    page = await odile.get(f"/requests/{number}")
    assert "Nobody was asked yet" in page.text
    address = await asked(odile, number)
    assert await asked(odile, number) == address
    page = await odile.get(address)
    assert SCOPE in page.text and "has not gone out" in page.text
    assert "search for request" in (await odile.get("/")).text

    await odile.sign_in("custodian")
    assert f"Search for request {number}" in (await odile.get("/")).text
    assert "Everything about the park closure" not in (await odile.get("/tasks/1")).text
    files = (("note.eml", mail()), ("gate.png", picture("The gate")))
    assert (await told(odile, "/tasks/1", *files)).status_code == 303
    assert (await told(odile, "/tasks/1", *files)).status_code == 303
    page = await odile.get("/tasks/1")
    assert page.text.count("Your answer</h2>") == 1
    pdf = await odile.get("/tasks/1/declarations/1.pdf")
    assert pdf.content.startswith(b"%PDF-")

    work(city)
    await odile.sign_in("odile")
    page = (await odile.get(f"/requests/{number}")).text
    assert page.count("1 record</span>") == 2
    with closing(open_office(city)) as office:
        items = items_of(office, number)
    assert [item.file for item in items] == ["private", "private"]
    review = (await odile.get(f"/requests/{number}/review/{items[0].id}")).text
    assert "The lights are out again" in review
    one = await odile.get(f"/requests/{number}/review/{items[1].id}/media/0")
    assert one.headers["content-type"] == "image/png"
    shown = (await odile.get(address)).text
    assert "SISTERS-SECRET" in shown and "Answered" in shown
    report = verify_home(city)
    assert report.findings == []
    assert report.checked["custodians' answers"] == 1


async def test_another_custodian_finds_nothing_of_it(
    odile: Browser, city: Home, number: str
) -> None:
    await asked(odile, number)
    with closing(open_staff(city)) as staff:
        add_person(
            staff,
            actor="test",
            login="other",
            name="Other Person",
            title="Council member",
            roles=["custodian"],
            password=PASSWORD,
        )
    await odile.sign_in("other")
    assert "Nobody asks you for anything" in (await odile.get("/tasks")).text
    for path in ("/tasks/1", "/tasks/2", "/tasks/1/declarations/1.pdf"):
        assert (await odile.get(path)).status_code == 404, path
    assert (await told(odile, "/tasks/1", outcome="nothing")).status_code == 404
    for path in (f"/requests/{number}", f"/requests/{number}/custodians/1", "/search?q=park"):
        assert (await odile.get(path)).status_code == 403, path


async def test_an_ask_of_one_request_is_not_reached_through_another(
    odile: Browser, city: Home, number: str
) -> None:
    await asked(odile, number)
    with closing(open_office(city)) as office:
        other = new_request(
            office,
            city.settings(),
            actor="odile",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim="Something else.",
        ).number
    for path in ("", "/ask.pdf", "/declarations/1.pdf"):
        answer = await odile.get(f"/requests/{other}/custodians/1{path}")
        assert answer.status_code == 404, path


async def test_the_clerk_enters_an_answer_for_somebody_without_a_login(
    odile: Browser, number: str
) -> None:
    address = await asked(odile, number, login="")
    refused = await told(odile, f"{address}/answer", outcome="nothing", kept_back="", facts="")
    assert refused.status_code == 422 and "how the custodian told you" in refused.text
    given = {"outcome": "nothing", "kept_back": "", "facts": "", "how": "by telephone"}
    assert (await told(odile, f"{address}/answer", **given)).status_code == 303
    page = (await odile.get(address)).text
    assert "Entered for the custodian" in page and "by telephone" in page
    assert (await told(odile, f"{address}/answer", **given)).status_code == 303
    assert (await odile.get(address)).text.count("Entered for the custodian") == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"declared": ""}, "Tick that it is declared true"),
        ({"outcome": "nothing"}, "do not say that nothing was found"),
        ({"facts": ""}, "needs facts"),
        ({"accounts": "", "devices": ""}, "which accounts or devices"),
        ({"declared_on": "2026-11-21"}, "lies ahead"),
        ({"from": "2026-12-01", "to": "2026-01-01"}, "exchange them"),
    ],
)
async def test_an_answer_that_lacks_something_is_refused_and_kept_in_the_form(
    odile: Browser, number: str, changes: dict[str, str], why: str
) -> None:
    await asked(odile, number)
    await odile.sign_in("custodian")
    refused = await told(odile, "/tasks/1", ("a.txt", b"words"), **changes)
    assert refused.status_code == 422
    assert why in refused.text
    assert "Files have to be chosen again" in refused.text
    assert "Your answer</h2>" in refused.text


async def test_an_ask_is_withdrawn_with_a_reason_and_takes_no_answer(
    odile: Browser, number: str
) -> None:
    address = await asked(odile, number)
    assert (await odile.post(address, {"act": "withdraw"})).status_code == 422
    assert (
        await odile.post(address, {"act": "withdraw", "reason": "asked the wrong person"})
    ).status_code == 303
    page = (await odile.get(address)).text
    assert "Withdrawn" in page and "asked the wrong person" in page
    await odile.sign_in("custodian")
    assert (await odile.get("/tasks/1")).status_code == 404


async def test_sending_and_reminding_are_written_down_and_overdue_stands_on_today(
    odile: Browser, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await asked(odile, number)
    refused = await odile.post(address, {"act": "send"})
    assert refused.status_code == 422 and "No mail server is set" in refused.text
    eml = await odile.get(f"{address}/ask.eml")
    assert b"farrow@example.org" in eml.content and b"Please search" in eml.content
    assert (await odile.get(f"{address}/ask.pdf")).content.startswith(b"%PDF-")
    await odile.post(address, {"act": "sent", "how": "by my own e-mail"})
    for _ in range(2):
        await odile.post(address, {"act": "reminded", "how": "by telephone"})
    page = (await odile.get(address)).text
    assert page.count("<b>Reminded</b>") == 1
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-26T17:30:00Z")
    await odile.sign_in("odile")
    assert "Overdue" in (await odile.get(address)).text
    assert "Custodian Farrow: search for request" in (await odile.get("/")).text


async def test_a_declaration_is_the_custodians_and_says_only_what_was_written(
    odile: Browser, number: str
) -> None:
    address = await asked(odile, number)
    page = (await odile.get(address)).text
    assert "Asked for: <bdi>personal e-mail</bdi>" in page
    assert 'aria-describedby="aacch"></textarea>' in page
    other = {"declared_name": "Somebody Else", "how": "by telephone"}
    refused = await told(odile, f"{address}/answer", ("a.txt", b"x"), **other)
    assert refused.status_code == 422
    assert "declaration is Custodian Farrow" in refused.text


async def test_a_closed_request_asks_nobody_and_takes_no_answer(
    odile: Browser, city: Home, number: str
) -> None:
    address = await asked(odile, number)
    with closing(open_office(city)) as office:
        close_request(office, number, settings=city.settings(), actor="odile", reason="done")
        assert not get_request(office, number).is_open
    assert (await odile.post(f"/requests/{number}/custodians", ASK)).status_code == 422
    refused = await told(odile, f"{address}/answer", ("a.txt", b"x"), how="by telephone")
    assert refused.status_code == 422 and "is closed" in refused.text
    await odile.sign_in("custodian")
    assert (await odile.get("/tasks/1")).status_code == 404


async def test_files_of_another_department_are_reviewed_at_the_press_of_a_button(
    odile: Browser, city: Home, number: str
) -> None:
    with closing(open_office(city)) as office:
        file = NewFile(mail(text=HOSTILE), "x.eml", FileKind.DEPARTMENT, "Public Works")
        attach_file(city, office, number, file, actor="odile")
    assert "Review and produce these" in (await odile.get(f"/requests/{number}")).text
    for _ in range(2):
        answer = await odile.post(f"/requests/{number}/department-files")
        assert answer.status_code == 303
    work(city)
    page = (await odile.get(f"/requests/{number}")).text
    assert "Review and produce these" not in page
    assert "Public Works" in page and "<script>alert" not in page
    with closing(open_office(city)) as office:
        assert len(items_of(office, number)) == 1


async def test_who_only_reads_requests_sees_that_not_why_something_was_kept_back(
    odile: Browser, number: str
) -> None:
    address = await asked(odile, number, login="")
    given = {"outcome": "nothing", "how": "on paper"}
    assert (await told(odile, f"{address}/answer", **given)).status_code == 303
    await odile.sign_in("auditor")
    page = (await odile.get(address)).text
    assert "Your role does not see the facts" in page
    assert "SISTERS-SECRET" not in page and "my sister" not in page
    for path in ("/ask.pdf", "/declarations/1.pdf"):
        assert (await odile.get(f"{address}{path}")).status_code == 403, path


async def test_a_file_that_is_no_file_is_told_in_one_line(odile: Browser, number: str) -> None:
    await asked(odile, number)
    await odile.sign_in("custodian")
    refused = await told(odile, "/tasks/1")
    assert refused.status_code == 422
    assert re.search("[Rr]eturn the files, or say that nothing was found", refused.text)


async def test_what_waits_when_the_worker_begins_is_taken_in(
    odile: Browser, city: Home, number: str
) -> None:
    from archiver.operations.forwarding import queue_untaken

    await asked(odile, number)
    await odile.sign_in("custodian")
    assert (await told(odile, "/tasks/1", ("a.txt", b"words"))).status_code == 303
    with closing(open_office(city)) as office:
        office.execute("DELETE FROM jobs")
        queue_untaken(office)
    work(city)
    with closing(open_office(city)) as office, Archive.open(city) as archive:
        [item] = items_of(office, number)
        found = archive.private.execute(
            "SELECT text FROM records WHERE id = ?", (item.record_id,)
        ).fetchone()
    assert found["text"] == "words"
