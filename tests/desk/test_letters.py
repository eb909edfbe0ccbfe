"""Letters at the desk: written, previewed, frozen, sent; texts attested; who may do what."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import html
import re
from typing import Any

import httpx
import msgspec
import pytest

from archiver.config import Home, Mail
from archiver.operations.jobs import open_jobs, run_next
from archiver.operations.worker import handlers
from archiver.register.office import audit_trail, open_office
from archiver.requests.book import Claim, attest_exemption, decide, items_of
from archiver.requests.letters.attesting import attest_template, is_attested
from archiver.requests.letters.sending import sendings_of
from archiver.requests.letters.templates import all_templates
from archiver.requests.letters.writing import letters_of

Browser = Any
NUMBER = "AG-2026-0001"
LETTERS = f"/requests/{NUMBER}/letters"
SIGNED = {"signer_name": "Odile Farrow", "signer_title": "Deputy City Clerk", "language": "en"}


def attest_all(home: Home) -> None:
    office = open_office(home)
    for each in all_templates(home.path):
        attest_template(
            office,
            each.kind,
            each.language,
            actor="test",
            attorney="P. Haldane",
            on=dt.date(2026, 11, 2),
        )
    office.close()


async def ask(browser: Browser, *picks: str, **more: str) -> None:
    answer = await browser.post(
        "/requests",
        {
            "received_on": "2026-11-16",
            "received_time": "09:12",
            "channel": "email",
            "verbatim": "All comments about the park closure.",
            "requester": "Gwendolyn Ostrander",
            "contact": "gwen@example.org",
            "pick": list(picks),
            **more,
        },
    )
    assert answer.status_code == 303


async def freeze(browser: Browser, kind: str, **fields: str) -> httpx.Response:
    """Preview as a person does, then freeze what was shown."""
    data = {"kind": kind, **SIGNED, **fields}
    shown = await browser.post(f"{LETTERS}/new", {**data, "act": "preview"})
    seen = re.search(r'name="seen" value="(\w+)"', shown.text)
    assert seen is not None, shown.text
    return await browser.post(f"{LETTERS}/new", {**data, "act": "freeze", "seen": seen.group(1)})


async def test_a_clerk_writes_previews_freezes_and_marks_a_letter(
    odile: Browser, city: Home
) -> None:
    await ask(odile)
    attest_all(city)
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "No letter has been written yet" in page
    begun = (await odile.get(f"{LETTERS}/new?kind=acknowledgement")).text
    assert "Wednesday, November 25, 2026" in begun
    assert "DRAFT" in begun
    assert "Freeze this letter" not in begun
    frozen = await freeze(odile, "acknowledgement", free="Call us.\n\n- by phone")
    assert frozen.headers["location"] == f"{LETTERS}/1?written=1"
    page = (await odile.get(f"{LETTERS}/1")).text
    assert "DRAFT" not in page
    assert '<li dir="auto">by phone</li>' in page
    assert "Not sent" in (await odile.get(f"/requests/{NUMBER}")).text
    pdf = await odile.get(f"{LETTERS}/1/letter.pdf")
    assert pdf.content.startswith(b"%PDF") and pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"].startswith("inline")
    marked = await odile.post(
        f"{LETTERS}/1/sent", {"how": "counter", "on": "2026-11-20", "at": "09:30", "seen": "0"}
    )
    assert marked.status_code == 303
    assert "Sent by counter" in (await odile.get(f"/requests/{NUMBER}")).text
    twice = await odile.post(
        f"{LETTERS}/1/sent", {"how": "mail", "on": "2026-11-20", "at": "09:30", "seen": "0"}
    )
    assert twice.status_code == 422 and "omebody else" in twice.text


async def test_what_is_missing_is_named_and_nothing_is_frozen(odile: Browser, city: Home) -> None:
    await ask(odile)
    attest_all(city)
    data = {"kind": "extension", **SIGNED, "f_dispatch_by": "2027-01-30", "act": "preview"}
    shown = html.unescape((await odile.post(f"{LETTERS}/new", data)).text)
    assert "“The unusual circumstance” is empty (Gov. Code § 7922.535(b), (c))" in shown
    assert "Thu 10 Dec 2026 is the last one" in shown
    assert 'value="2027-01-30"' in shown
    refused = await odile.post(f"{LETTERS}/new", {**data, "act": "freeze"})
    assert refused.status_code == 422
    assert "not ready" in refused.text
    office = open_office(city)
    assert letters_of(office, NUMBER) == []
    office.close()


async def test_without_the_attorneys_word_a_letter_stays_a_draft(
    odile: Browser, city: Home
) -> None:
    await ask(odile)
    data = {"kind": "acknowledgement", **SIGNED}
    shown = (await odile.post(f"{LETTERS}/new", {**data, "act": "preview"})).text
    assert "The wording is not attested" in shown
    assert "Freeze this letter" not in shown
    refused = await odile.post(f"{LETTERS}/new", {**data, "act": "freeze"})
    assert refused.status_code == 422 and "has not attested the text" in refused.text
    draft = await odile.post(f"{LETTERS}/draft.pdf", data)
    assert draft.content.startswith(b"%PDF")


async def test_the_attorney_attests_a_text_as_it_was_shown(anonymous: Browser, city: Home) -> None:
    await anonymous.sign_in("attorney")
    page = (await anonymous.get("/letters")).text
    assert "14 texts are not attested" in page
    text = (await anonymous.get("/letters/en/denial")).text
    digest = re.search(r'name="digest" value="(\w{64})"', text)
    assert digest is not None
    stale = await anonymous.post(
        "/letters/en/denial",
        {"digest": "0" * 64, "attorney": "P. Haldane, City Attorney", "on": "2026-11-20"},
    )
    assert stale.status_code == 422 and "read it again" in stale.text
    done = await anonymous.post(
        "/letters/en/denial",
        {"digest": digest.group(1), "attorney": "P. Haldane, City Attorney", "on": "2026-11-20"},
    )
    assert done.headers["location"] == "/letters/en/denial?attested=1"
    assert "P. Haldane, City Attorney" in (await anonymous.get("/letters")).text
    office = open_office(city)
    assert is_attested(office, "denial")
    assert not is_attested(office, "closing")
    office.close()


@pytest.mark.parametrize("role", ["clerk", "auditor", "city-manager"])
async def test_nobody_else_attests(anonymous: Browser, role: str) -> None:
    await anonymous.sign_in(role)
    assert (await anonymous.get("/letters/en/denial")).status_code == 200
    assert (await anonymous.post("/letters/en/denial", {"attorney": "Me"})).status_code == 403


async def test_letters_that_tell_of_all_records_are_for_those_who_may_know_of_them(
    odile: Browser, city: Home, private_ids: list[int], public_ids: dict[str, int]
) -> None:
    await ask(odile, f"private:{private_ids[0]}", f"archive:{public_ids['101']}")
    attest_all(city)
    office = open_office(city)
    section = "7927.410"
    attest_exemption(office, section, actor="t", attorney="P. Haldane", on=dt.date(2026, 1, 12))
    for item in items_of(office, NUMBER):
        claims = [Claim(section)] if item.file == "private" else []
        choice = "withhold" if claims else "release"
        decide(office, NUMBER, [item.id], choice, actor="odile", claims=claims)
    office.close()
    frozen = await freeze(odile, "denial", f_responsible="Odile Farrow, City clerk")
    assert frozen.headers["location"] == f"{LETTERS}/1?written=1"
    assert "Denial, in whole or in part" in (await odile.get(f"/requests/{NUMBER}")).text
    await odile.sign_in("clerk")
    page = (await odile.get(f"/requests/{NUMBER}")).text
    card = page.split('id="h-letters"')[1].split("</section>")[0]
    assert "enial" not in card
    assert "somebody who may see everything" in card
    for path in ("", "/letter.pdf", "/letter.eml"):
        assert (await odile.get(f"{LETTERS}/1{path}")).status_code == 404, path
    assert (await odile.get(f"{LETTERS}/new?kind=denial")).status_code == 403
    assert (await odile.post(f"{LETTERS}/draft.pdf", {"kind": "denial"})).status_code == 403
    refused = await odile.post(f"{LETTERS}/new", {"kind": "denial", "act": "freeze"})
    assert refused.status_code == 403


async def test_a_letter_is_sent_beside_the_desk_and_says_what_became_of_it(
    odile: Browser, city: Home, datasette: Any
) -> None:
    await ask(odile)
    attest_all(city)
    await freeze(odile, "acknowledgement")
    page = (await odile.get(f"{LETTERS}/1")).text
    assert "No mail server is set up" in page
    refused = await odile.post(f"{LETTERS}/1/send", {"address": "gwen@example.org", "seen": "0"})
    assert refused.status_code == 422 and "No mail server is set" in refused.text
    mail = Mail(host="127.0.0.1", port=1, sender="records@alderglen.example", security="none")
    desk = datasette.archiver_desk
    desk.settings = msgspec.structs.replace(desk.settings, mail=mail)
    written = city.settings_file.read_text("utf-8")
    city.settings_file.write_text(
        written.replace(
            "port = 587", 'host = "127.0.0.1"\nport = 1\nsender = "r@alderglen.example"'
        ).replace('security = "starttls"', 'security = "none"'),
        "utf-8",
    )
    assert 'value="gwen@example.org"' in (await odile.get(f"{LETTERS}/1")).text
    bad = await odile.post(f"{LETTERS}/1/send", {"address": "gwen@example.org\r\nBcc: x@y.org"})
    assert bad.status_code == 422 and "no e-mail address" in bad.text
    sent = await odile.post(f"{LETTERS}/1/send", {"address": "gwen@example.org", "seen": "0"})
    assert sent.status_code == 303
    assert "The mail server is being asked" in (await odile.get(f"{LETTERS}/1")).text
    again = await odile.post(f"{LETTERS}/1/send", {"address": "gwen@example.org", "seen": "0"})
    assert again.status_code == 422
    office = open_office(city)
    assert [job.kind for job in open_jobs(office)] == ["send letter"]
    assert "gwen" not in str(open_jobs(office)[0].arguments)
    run_next(office, handlers(city))
    assert [each.step for each in sendings_of(office, 1)] == ["asked", "begun", "failed"]
    office.close()
    page = html.unescape((await odile.get(f"{LETTERS}/1")).text)
    assert "127.0.0.1:1 could not be used" in page
    assert "Not sent: it failed" in page


async def test_a_letter_is_saved_as_a_message(odile: Browser, city: Home) -> None:
    await ask(odile)
    attest_all(city)
    await freeze(odile, "acknowledgement")
    answer = await odile.get(f"{LETTERS}/1/letter.eml")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")
    message = email.message_from_bytes(answer.content, policy=email.policy.default)
    assert message["To"] == "gwen@example.org"
    assert message["Subject"] == f"We have your records request {NUMBER}"


async def test_a_correction_starts_from_the_letter_it_corrects(odile: Browser, city: Home) -> None:
    await ask(odile)
    attest_all(city)
    await freeze(odile, "clarification", f_question="Which park?", free="Our hours are 9 to 5.")
    page = (await odile.get(f"{LETTERS}/new?kind=clarification&corrects=1")).text
    assert "Which park?" in page and "Our hours are 9 to 5." in page
    assert "why the earlier letter is corrected" in page.lower()
    done = await freeze(
        odile, "clarification", f_question="Which year?", corrects="1", reason="Wrong question."
    )
    assert done.headers["location"] == f"{LETTERS}/2?written=1"
    first = (await odile.get(f"{LETTERS}/1")).text
    assert "Corrected by letter 2" in first and "Which park?" in first
    assert f"{LETTERS}/1/sent" not in first


async def test_hostile_words_stay_words_on_every_page(odile: Browser, city: Home) -> None:
    hostile = "<script>alert(1)</script> {{ 7*7 }} \u202edesrever\u202c"
    await ask(odile, requester=hostile, verbatim=hostile)
    attest_all(city)
    shown = (
        await odile.post(
            f"{LETTERS}/new", {"kind": "acknowledgement", **SIGNED, "free": hostile, "act": "x"}
        )
    ).text
    assert "<script>alert" not in shown
    assert "{{ 7*7 }}" in shown
    sheet = shown.split('<article class="sheet')[1].split("</article>")[0]
    assert "\u202e" not in sheet
    await freeze(odile, "acknowledgement", free=hostile)
    page = (await odile.get(f"{LETTERS}/1")).text
    assert "<script>alert" not in page


async def test_costs_are_typed_in_rows_and_what_may_not_be_charged_is_refused(
    odile: Browser, city: Home
) -> None:
    await ask(odile)
    attest_all(city)
    rows = {"cost": ["paper", "redaction"], "quantity": ["96", "3"], "price": ["0.10", "45"]}
    shown = await odile.post(f"{LETTERS}/new", {"kind": "fees", **SIGNED, **rows, "act": "preview"})
    assert "National Lawyers Guild" in shown.text
    rows = {"cost": ["paper", "storage"], "quantity": ["96", ""], "price": ["0.10", ""]}
    shown = await odile.post(f"{LETTERS}/new", {"kind": "fees", **SIGNED, **rows, "act": "preview"})
    assert "Together: $9.60." in shown.text


async def test_a_text_of_the_city_that_cannot_be_read_hides_nothing_else(
    odile: Browser, city: Home
) -> None:
    await ask(odile)
    own = city.path / "letters" / "en" / "production-cover.txt"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"\xff\xfe")
    page = (await odile.get("/letters")).text
    assert "is no UTF-8 text" in page and "/letters/en/denial" in page
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "Packets made now print this on every page" in page
    assert (await odile.get(f"{LETTERS}/new?kind=acknowledgement")).status_code == 200


async def test_a_kind_or_letter_that_is_not_there_is_said_in_one_line(odile: Browser) -> None:
    await ask(odile)
    assert (await odile.get(f"{LETTERS}/new?kind=poem")).status_code == 400
    assert (await odile.get(f"{LETTERS}/7")).status_code == 404
    assert (await odile.get("/letters/en/poem")).status_code == 404
    assert (await odile.get("/letters/fr/denial")).status_code == 404


async def test_what_is_typed_is_kept_until_the_letter_is_frozen(odile: Browser, city: Home) -> None:
    await ask(odile)
    attest_all(city)
    data = {"kind": "acknowledgement", **SIGNED, "free": "Half a <sentence"}
    kept = await odile.post(f"{LETTERS}/draft", data)
    assert kept.json()["told"].startswith("Kept as a draft, 20 Nov 2026")
    page = (await odile.get(f"{LETTERS}/new?kind=acknowledgement")).text
    assert "Half a &lt;sentence" in page
    assert "A draft is kept here" in page
    assert "Half a" not in (await odile.get(f"{LETTERS}/new?kind=closing")).text
    assert "Draft of odile" in (await odile.get(f"/requests/{NUMBER}")).text
    await freeze(odile, "acknowledgement", free="Half a sentence and more.")
    page = (await odile.get(f"{LETTERS}/new?kind=acknowledgement")).text
    assert "Half a" not in page
    assert "A draft is kept here" not in page


async def test_who_comes_second_is_told_and_nothing_is_overwritten(
    anonymous: Browser, city: Home
) -> None:
    await anonymous.sign_in("odile")
    await ask(anonymous)
    data = {"kind": "acknowledgement", **SIGNED}
    first = (await anonymous.post(f"{LETTERS}/draft", {**data, "free": "By Odile"})).json()["kept"]
    await anonymous.sign_in("clerk")
    seen = {"draft_seen": str(first)}
    await anonymous.post(f"{LETTERS}/draft", {**data, **seen, "free": "By the clerk"})
    await anonymous.sign_in("odile")
    late = await anonymous.post(f"{LETTERS}/draft", {**data, **seen, "free": "Odile again"})
    assert late.status_code == 409
    assert "clerk changed this draft meanwhile" in late.json()["problem"]
    shown = await anonymous.post(f"{LETTERS}/new", {**data, **seen, "free": "Odile again"})
    assert shown.status_code == 422
    assert "clerk changed this draft meanwhile" in shown.text
    assert "Odile again" in shown.text
    assert "By the clerk" in (await anonymous.get(f"{LETTERS}/new?kind=acknowledgement")).text
    now = re.search(r'name="draft_seen" value="(\d+)"', shown.text)
    assert now is not None
    seen = {"draft_seen": now.group(1)}
    shown = await anonymous.post(f"{LETTERS}/new", {**data, **seen, "free": "Odile again"})
    assert shown.status_code == 200
    assert "Odile again" in (await anonymous.get(f"{LETTERS}/new?kind=acknowledgement")).text
    told = [e.action for e in audit_trail(open_office(city)) if e.action.startswith("letter draft")]
    assert len(told) == 3, "begun, taken over, taken over again"
    await anonymous.sign_in("clerk")
    refused = await anonymous.post(
        f"{LETTERS}/draft/discard", {"kind": "acknowledgement", "draft_seen": str(first)}
    )
    assert refused.status_code == 503
    await anonymous.sign_in("odile")
    await anonymous.post(f"{LETTERS}/draft/discard", {"kind": "acknowledgement"})
    assert "Odile again" not in (await anonymous.get(f"{LETTERS}/new?kind=acknowledgement")).text


async def test_a_draft_of_all_records_is_for_those_who_may_know_of_them(
    anonymous: Browser, city: Home, private_ids: list[int]
) -> None:
    await anonymous.sign_in("odile")
    await ask(anonymous, f"private:{private_ids[0]}")
    data = {"kind": "denial", **SIGNED, "free": "SECRET-REASON"}
    assert (await anonymous.post(f"{LETTERS}/draft", data)).status_code == 200
    await anonymous.sign_in("clerk")
    assert "SECRET-REASON" not in (await anonymous.get(f"/requests/{NUMBER}")).text
    page = await anonymous.get(f"{LETTERS}/new?kind=denial")
    assert (page.status_code, "SECRET-REASON" in page.text) == (403, False)
    for path in ("draft", "draft/discard"):
        assert (await anonymous.post(f"{LETTERS}/{path}", data)).status_code == 403
