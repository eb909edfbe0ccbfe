"""Forwarding over the desk: the official's own page and the clerk's; and asking before deleting."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archiver.cli.main import cli
from archiver.config import Home
from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.register.office import open_office
from archiver.requests.forwards.forwarding import list_forwards
from archiver.requests.forwards.stating import statements_of
from archiver.staff.people import add_person, open_staff, set_departments
from tests.desk.conftest import HOSTILE, PASSWORD, Browser, picture
from tests.requests.custodians.conftest import mail

FORM = {
    "department": "City Council",
    "source": "Facebook, own profile",
    "received": "2026-11-18",
    "sender": "Bettina Krall",
    "kept_back": "the rest of it",
    "facts": "COUSIN-SECRET: it is about a birthday.",
    "true": "1",
}
CLERKS = {**FORM, "name": "Dana Ruiz", "how": "by telephone", "email": "dana@example.org"}
ASK = {
    "department": "City Council",
    "source": "Facebook, own page",
    "what": "A comment under my post",
    "why": "It is rude.",
    "received": "2026-11-18",
    "true": "1",
}


async def sent(browser: Browser, address: str, form: dict[str, str], *files: bytes) -> Any:
    """Send a form with files."""
    data = {"form_key": browser.form_key, **form}
    given = [("file", (f"{n}.png", each, "image/png")) for n, each in enumerate(files)]
    return await browser.client.post(address, data=data, files=given or {"x": b""})


def work(home: Home) -> None:
    """Carry out every job that waits."""
    with closing(open_office(home)) as office:
        while run_next(office, handlers(home)):
            pass


async def test_what_was_picked_says_itself_where_it_is_from(
    odile: Browser, city: Home, tmp_path: Path
) -> None:
    download, stated, made = (tmp_path / name for name in ("mine.zip", "s.toml", "picked.zip"))
    write_facebook_download(download, Layout.PROFILE, 12)
    stated.write_text(
        'name = "Dana Ruiz"\ndepartment = "City Council"\naccount = "facebook: own profile"\n'
        'searched = "street light"\nstated_on = "2026-09-20"\n'
    )
    words = ["select", str(download), "--take", "1", "--statement", str(stated), "--out"]
    assert CliRunner().invoke(cli, [*words, str(made)]).exit_code == 0
    form = {**CLERKS, "source": "", "received": "", "sender": "", "kept_back": "", "facts": ""}
    refused = await sent(odile, "/forwards", form, picture("The gate"))
    assert refused.status_code in (400, 422) and "Not forwarded" in refused.text
    assert (await sent(odile, "/forwards", form, made.read_bytes())).status_code == 303
    with closing(open_office(city)) as office:
        [told] = statements_of(office, 1)
    assert (told.source, told.stated_on) == ("facebook: own profile", "2026-09-20")


async def test_an_official_forwards_and_sees_their_own_forwards_alone(
    anonymous: Browser, city: Home
) -> None:
    await anonymous.sign_in("custodian")
    assert "Nothing was forwarded yet" in (await anonymous.get("/forwards")).text
    for _ in range(2):
        answer = await sent(anonymous, "/forwards", FORM, picture("The gate"))
        assert answer.headers["location"] == "/forwards?saved=1"
    page = await anonymous.get("/forwards?saved=1")
    assert "F-1 came" in page.text and "1 forward" in page.text
    work(city)
    page = await anonymous.get("/forwards/1")
    assert "In the archive" in page.text and "COUSIN-SECRET" in page.text
    assert "I have passed your message on to the city" in page.text
    pdf = await anonymous.get("/forwards/1/statements/1.pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert (await anonymous.get("/forwards/1/acknowledgement.pdf")).status_code == 200

    await anonymous.sign_in("clerk")
    assert (await sent(anonymous, "/forwards", CLERKS, picture("Other"))).status_code == 303
    await anonymous.sign_in("custodian")
    assert "F-2" not in (await anonymous.get("/forwards")).text
    for address in ("/forwards/2", "/forwards/2/statements/2.pdf", "/forwards/9"):
        assert (await anonymous.get(address)).status_code == 404


async def test_the_record_of_a_forward_says_how_it_came(odile: Browser, city: Home) -> None:
    await sent(odile, "/forwards", CLERKS, picture("The gate"), mail())
    work(city)
    page = await odile.get("/forwards/1")
    link = page.text.split('href="/record/private/')[1].split('"')[0]
    page = await odile.get(f"/record/private/{link}")
    for words in ("Forwarded", "Dana Ruiz, City Council", "Facebook, own profile", "18 Nov 2026"):
        assert words in page.text
    assert "A file that was handed in" in page.text


async def test_the_clerk_enters_tells_and_states_for_an_official(
    odile: Browser, city: Home
) -> None:
    await sent(odile, "/forwards", CLERKS, picture("The gate"))
    answer = await odile.post("/forwards/1", {"act": "told", "how": "by telephone"})
    assert answer.status_code == 303
    assert "The official was told" in (await odile.get("/forwards/1")).text
    more = {**FORM, "act": "state", "received": "2026-11-17", "time": "17:30", "how": "on paper"}
    assert (await odile.post("/forwards/1", more)).status_code == 303
    with closing(open_office(city)) as office:
        stated = statements_of(office, 1)
    assert [each.received for each in stated] == ["2026-11-18", "2026-11-18T01:30:00Z"]
    assert (await odile.get("/forwards/1/acknowledgement.eml")).content.startswith(b"From")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"true": ""}, "tick that it is true"),
        ({"source": ""}, "which account"),
        ({"received": "2026-12-24"}, "lies ahead"),
        ({"received": "", "time": ""}, "on which day"),
        ({"time": "noon"}, "write it like 17:30"),
        ({"facts": ""}, "fill in both or none"),
        ({"department": ""}, "of which department"),
        ({"how": ""}, "how the official told you"),
    ],
)
async def test_what_cannot_be_forwarded_says_why_and_keeps_what_was_typed(
    odile: Browser, city: Home, changed: dict[str, str], told: str
) -> None:
    answer = await sent(odile, "/forwards", {**CLERKS, **changed}, picture("x"))
    assert answer.status_code == 422
    assert told in answer.text.lower() and "Files have to be chosen again" in answer.text
    assert "Bettina Krall" in answer.text
    with closing(open_office(city)) as office:
        assert list_forwards(office) == []


async def test_nothing_hostile_in_a_forward_runs_on_a_page(odile: Browser, city: Home) -> None:
    form = {**CLERKS, "name": HOSTILE[:100].replace("\x07", ""), "remark": "<script>x()</script>"}
    form["name"] = '<script>alert("x")</script>'
    form["source"] = "<img src=x onerror=alert(1)>"
    await sent(
        odile, "/forwards", form, b"<html><script>alert(1)</script><p>Hello there</p></html>"
    )
    work(city)
    for address in ("/forwards", "/forwards/1"):
        text = (await odile.get(address)).text
        assert "<script>alert" not in text and "<img src=x" not in text and "<script>x" not in text


async def test_an_official_limited_to_departments_forwards_for_theirs_alone(
    anonymous: Browser, city: Home
) -> None:
    with closing(open_staff(city)) as staff:
        add_person(
            staff,
            actor="test",
            login="dana",
            name="Dana Ruiz",
            title="Council member",
            roles=["custodian"],
            password=PASSWORD,
        )
        set_departments(staff, "dana", actor="test", departments=["City Council"])
    await anonymous.sign_in("dana")
    answer = await sent(anonymous, "/forwards", {**FORM, "department": "Police"}, picture("x"))
    assert "Give a department of yours" in answer.text
    assert (await sent(anonymous, "/forwards", FORM, picture("x"))).status_code == 303
    assert (await anonymous.get("/forwards/1")).status_code == 200


async def test_manager_and_attorney_decide_and_the_official_says_that_it_was_deleted(
    anonymous: Browser, city: Home
) -> None:
    await anonymous.sign_in("custodian")
    assert "You have not asked yet" in (await anonymous.get("/consults")).text
    assert "A copy has to be kept" in (await sent(anonymous, "/consults", ASK)).text
    answer = await sent(anonymous, "/consults", ASK, picture("The comment"))
    assert answer.headers["location"] == "/consults/1"
    work(city)
    page = await anonymous.get("/consults/1")
    assert "Waits for a decision" in page.text and "Kept</span>" in page.text
    early = await anonymous.post("/consults/1", {"act": "deleted", "on": "2026-11-20"})
    assert "may be deleted only when" in early.text
    forged = {"act": "decide", "office": "city manager", "says": "may go", "reason": "x"}
    assert "another office" in (await anonymous.post("/consults/1", forged)).text
    for login, office in (("city-manager", "city manager"), ("attorney", "city attorney")):
        await anonymous.sign_in(login)
        assert "Decide" in (await anonymous.get("/consults/1")).text
        decision = {"act": "decide", "office": office, "says": "may go", "reason": "It may."}
        assert (await anonymous.post("/consults/1", decision)).status_code == 303
        assert (await anonymous.get("/consults/new")).status_code == 403
    await anonymous.sign_in("custodian")
    assert "It may be deleted" in (await anonymous.get("/consults/1")).text
    await anonymous.post("/consults/1", {"act": "deleted", "on": "2026-11-20"})
    assert "Was deleted" in (await anonymous.get("/consults")).text


async def test_a_custodian_is_asked_for_a_hold_and_what_comes_back_is_held(
    anonymous: Browser, city: Home
) -> None:
    await anonymous.sign_in("records-manager")
    hold = {"hold-kind": "litigation", "reference": "26CV001", "reason": "A suit", "q": "park"}
    assert (await anonymous.post("/retention/holds", hold)).status_code == 303
    ask = {
        "name": "Custodian Farrow",
        "department": "City Council",
        "login": "custodian",
        "scope": "Everything about the fall at the gate",
        "due": "2026-11-24",
    }
    answer = await anonymous.post("/retention/holds/1/custodians", ask)
    assert answer.headers["location"] == "/retention/holds/1/custodians/1?asked=1"
    page = await anonymous.get("/retention/holds/1/custodians/1")
    assert "Nothing that belongs to the city’s hold 1 (litigation 26CV001) may be lost" in page.text
    assert "Custodian Farrow: search for hold 1" in (await anonymous.get("/")).text

    await anonymous.sign_in("custodian")
    assert "Search for hold 1" in (await anonymous.get("/tasks")).text
    data = {
        "accounts": "personal e-mail",
        "outcome": "returned",
        "declared_name": "Custodian Farrow",
        "declared_on": "2026-11-20",
        "declared": "1",
    }
    assert (await sent(anonymous, "/tasks/1", data, mail())).status_code == 303
    pdf = await anonymous.get("/tasks/1/declarations/1.pdf")
    assert pdf.content.startswith(b"%PDF-")
    work(city)
    with closing(open_office(city)) as office:
        held = office.execute("SELECT count(*) FROM hold_items WHERE file = 'private'").fetchone()
        [made] = office.execute("SELECT record_id FROM handed_in_records").fetchall()
        on = office.execute(
            "SELECT hold_id FROM hold_items WHERE file = 'private' AND record_id = ?",
            (made["record_id"],),
        ).fetchall()
    assert held[0] >= 1 and [each["hold_id"] for each in on] == [1]
    await anonymous.sign_in("records-manager")
    assert "Handed in, and held" in (await anonymous.get("/retention/holds/1")).text
    answer = await anonymous.post("/retention/holds/1/custodians", {**ask, "due": "2026-01-01"})
    assert answer.status_code == 422 and "lies in the past" in answer.text
