"""Intake at the desk: e-mails dropped, records that are requests, the queue, set-up, attesting."""

from __future__ import annotations

import base64
import re
import tempfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from archiver.archive.reading import record
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.register.attestations import list_attestations
from archiver.register.office import audit_trail, open_office
from archiver.requests.book import get_request, list_requests
from archiver.requests.receiving.attaching import files_of
from archiver.requests.receiving.noticing import notice
from archiver.requests.receiving.patterns import Pattern, Patterns
from archiver.requests.receiving.queue import waiting
from archiver.requests.receiving.scope import scope_of
from archiver.retention.holds import holds_on
from tests.desk.conftest import SECRET
from tests.requests.test_outlook import letter

Browser = Any
NUMBER = "AG-2026-0001"
WANTED = {
    "received_on": "2026-11-16",
    "received_time": "09:12",
    "channel": "counter",
    "verbatim": "All comments about the park closure.",
}
EMAIL = (
    b"Received: from mx.example.org by mail.example.gov; Mon, 16 Nov 2026 09:12:41 -0800\r\n"
    b"From: Gwendolyn Ostrander <g@example.org>\r\n"
    b"Date: Sun, 15 Nov 2026 09:00:00 -0800\r\nSubject: Records\r\n"
    b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n'
    b"--B\r\nContent-Type: text/plain\r\n\r\n<script>alert(1)</script> all posts\r\n"
    b"--B\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=x.html\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"<script>1</script>") + b"\r\n"
    b"--B--\r\n"
)
PARK = Patterns(
    *("own", "Own", "1", "nobody", ""),
    (Pattern("claim", "en", "own", "K", ('"park closure"',)),),
)


async def log(browser: Browser, **more: Any) -> httpx.Response:
    return await browser.post("/requests", {**WANTED, **more})


async def upload(browser: Browser, path: str, name: str, content: bytes, **data: str) -> Any:
    values = {"form_key": browser.form_key, **data}
    sent = {name: ("list.html", content, "text/html")}
    return await browser.client.post(path, data=values, files=sent)


def look(city: Home) -> None:
    """One night's look, for the words of this small city."""
    office = open_office(city)
    with Archive.open(city) as archive:
        files = {"archive": archive.public, "private": archive.private}
        notice(office, files, city.settings(), shipped=PARK)
    office.close()


def field(page: str, name: str) -> str:
    """What a field of the form holds."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


async def test_an_e_mail_fills_the_form_and_nothing_is_saved_before_it_is_sent(
    odile: Browser, city: Home
) -> None:
    dropped = await upload(odile, "/requests/new/email", "eml", EMAIL)
    assert dropped.status_code == 303
    form = await odile.get(dropped.headers["location"])
    assert "nothing is saved yet" in form.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; all posts" in form.text
    assert "sent on another day" in form.text
    assert (field(form.text, "received_on"), field(form.text, "received_time")) == (
        "2026-11-16",
        "09:12",
    )
    office = open_office(city)
    assert list_requests(office) == []
    given = {
        name: field(form.text, name)
        for name in ("email", "received_on", "received_time", "received_exact", "requester")
    }
    answer = await odile.post(
        "/requests", {**given, "channel": "email", "verbatim": "All posts", "topics": "posts\npark"}
    )
    assert answer.headers["location"] == f"/requests/{NUMBER}"
    made = get_request(office, NUMBER)
    assert (made.received_at, made.requester) == ("2026-11-16T17:12:41Z", "Gwendolyn Ostrander")
    assert [(each.kind, each.name) for each in files_of(office, made)] == [
        ("e-mail", "e-mail.eml"),
        ("attachment", "x.html"),
    ]
    assert scope_of(office, made).topics == ("posts", "park")
    office.close()
    again = await odile.post("/requests", {**given, "channel": "email", "verbatim": "All posts"})
    assert again.status_code == 422
    assert "drop the file on the form again" in again.text


async def test_a_message_of_outlooks_fills_the_form_and_is_kept_as_it_was(
    odile: Browser, city: Home
) -> None:
    message = letter().msg()
    dropped = await upload(odile, "/requests/new/email", "eml", message)
    form = await odile.get(dropped.headers["location"])
    assert "a form of Outlook&#39;s own" in form.text
    names = ("email", "received_on", "received_time", "received_exact", "requester")
    given = {name: field(form.text, name) for name in names}
    assert given["requester"] == "Jana Frost"
    await odile.post("/requests", {**given, "channel": "email", "verbatim": "All posts"})
    with closing(open_office(city)) as office:
        kept = files_of(office, get_request(office, NUMBER))
    assert [(each.kind, each.name) for each in kept] == [
        ("e-mail", "e-mail.msg"),
        ("attachment", "gate in the evening.png"),
    ]
    assert kept[0].sha256 == sha256(message).hexdigest()


async def test_another_person_does_not_see_the_e_mail_that_was_dropped(
    odile: Browser, anonymous: Browser
) -> None:
    dropped = await upload(odile, "/requests/new/email", "eml", EMAIL)
    await anonymous.sign_in("clerk")
    form = await anonymous.get(dropped.headers["location"])
    assert form.status_code == 422
    assert "Ostrander" not in form.text


async def test_what_is_no_e_mail_is_told_on_the_form(odile: Browser) -> None:
    answer = await upload(odile, "/requests/new/email", "eml", b"\x89PNG\r\n")
    assert answer.status_code == 422
    assert "This is no e-mail file" in answer.text


async def test_a_file_is_handed_out_to_be_saved_and_never_shown(odile: Browser, city: Home) -> None:
    await log(odile)
    content = b"<script>alert(document.cookie)</script>"
    answer = await upload(
        odile, f"/requests/{NUMBER}/files", "file", content, department="Parks", described="theirs"
    )
    assert answer.status_code == 303
    assert "From <bdi>Parks</bdi>" in (await odile.get(f"/requests/{NUMBER}")).text
    sent = await odile.get(f"/requests/{NUMBER}/files/1")
    assert sent.content == content
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.headers["content-disposition"].startswith("attachment;")
    assert (await odile.get(f"/requests/{NUMBER}/files/2")).status_code == 404


async def test_who_only_reads_requests_opens_no_files(
    odile: Browser, anonymous: Browser, city: Home
) -> None:
    await log(odile)
    await upload(odile, f"/requests/{NUMBER}/files", "file", b"private words")
    await anonymous.sign_in("auditor")
    assert "Your role sees that they are there" in (await anonymous.get(f"/requests/{NUMBER}")).text
    assert (await anonymous.get(f"/requests/{NUMBER}/files/1")).status_code == 404


async def test_scope_links_and_numbers_are_changed_on_the_request(
    odile: Browser, city: Home
) -> None:
    await log(odile)
    await log(odile, relation="duplicate of", other=NUMBER, system="GovQA", number="W-1")
    second = "AG-2026-0002"
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "There is a duplicate" in page
    assert "ask for the same, and that one is open" in page
    assert "W-1" in (await odile.get(f"/requests/{second}")).text
    for path, given in (
        ("fields", {"seen": "0", "topics": "closure", "from": "2026-08-01", "kind": "comment"}),
        ("numbers", {"system": "JustFOIA", "number": "77", "dated": "2026-11-01"}),
        ("numbers/2/remove", {}),
        ("links/1/remove", {}),
    ):
        answer = await odile.post(f"/requests/{NUMBER}/{path}", given)
        assert answer.status_code == 303, (path, answer.text)
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert "From 1 Aug 2026" in page
    assert "There is a duplicate" not in page
    stale = await odile.post(f"/requests/{NUMBER}/fields", {"seen": "0", "topics": "other"})
    assert "Somebody else changed what request" in stale.text


async def test_practice_is_marked_wherever_it_is_seen_and_counted_nowhere(odile: Browser) -> None:
    assert 'name="practice" value="1" checked' in (await odile.get("/requests/new?practice=1")).text
    answer = await log(odile, practice="1")
    address = "/requests/PRACTICE-2026-0001"
    assert answer.headers["location"] == address
    badge = '<span class="badge warn">Practice</span>'
    assert badge in (await odile.get(address)).text
    assert badge in (await odile.get("/requests")).text
    assert "PRACTICE" not in (await odile.get("/")).text
    await odile.post(f"{address}/close", {"reason": "Learnt"})
    assert "PRACTICE" not in (await odile.get("/requests")).text


async def test_a_message_becomes_a_request_with_its_own_words_and_time(
    odile: Browser, city: Home, private_ids: list[int]
) -> None:
    look(city)
    page = (await odile.get("/requests/queue")).text
    assert SECRET in page
    source = f"private:{private_ids[0]}"
    form = (await odile.get("/requests/new", params={"source": source})).text
    exact = field(form, "received_exact")
    assert exact == "2026-08-17T20:22:00Z"
    answer = await log(
        odile,
        source=source,
        received_on=field(form, "received_on"),
        received_time=field(form, "received_time"),
        received_exact=exact,
        channel="direct message",
    )
    assert answer.headers["location"] == f"/requests/{NUMBER}"
    office = open_office(city)
    assert get_request(office, NUMBER).received_at == exact
    assert [hold.reference for hold in holds_on(office, "private", private_ids[0])] == [NUMBER]
    assert private_ids[0] not in {each.record_id for each in waiting(office)}
    office.close()


async def test_without_the_right_nobody_knows_of_private_messages_in_the_queue(
    clerk: Browser, city: Home, private_ids: list[int], public_ids: dict[str, int]
) -> None:
    look(city)
    office = open_office(city)
    found = waiting(office)
    private = next(each for each in found if each.file == "private")
    public = sum(each.file == "archive" for each in found)
    office.close()
    page = (await clerk.get("/requests/queue")).text
    assert SECRET not in page
    assert page.count('<article class="card"') == public
    assert f'<span class="n">{public}</span>' in page
    answer = await clerk.post(f"/requests/queue/{private.id}", {"outcome": "none of these"})
    assert answer.status_code == 404
    assert (await clerk.get(f"/requests/new?source=private:{private_ids[0]}")).status_code == 404


async def test_what_is_none_of_these_or_a_claim_is_recorded(
    odile: Browser, anonymous: Browser, city: Home
) -> None:
    look(city)
    office = open_office(city)
    first, second, *_ = waiting(office)
    answer = await odile.post(f"/requests/queue/{first.id}", {"outcome": "none of these"})
    assert answer.status_code == 303
    refused = await odile.post(
        f"/requests/queue/{second.id}", {"outcome": "claim", "told": "Risk manager", "hold": "C-1"}
    )
    assert "Your role places no holds" in refused.text
    await anonymous.sign_in("records-manager")
    await anonymous.post(
        f"/requests/queue/{second.id}", {"outcome": "claim", "told": "Risk manager", "hold": "C-1"}
    )
    assert [hold.kind for hold in holds_on(office, second.file, second.record_id)] == ["claim"]
    late = await anonymous.post(f"/requests/queue/{first.id}", {"outcome": "threat", "told": "x"})
    assert "Odile has said already" in late.text
    assert "told: <bdi>Risk manager</bdi>" in (await anonymous.get("/requests/queue")).text
    office.close()


async def test_what_was_said_is_taken_back_and_waits_again(odile: Browser, city: Home) -> None:
    look(city)
    office = open_office(city)
    first, *_ = waiting(office)
    await odile.post(f"/requests/queue/{first.id}", {"outcome": "none of these"})
    page = (await odile.get("/requests/queue")).text
    back = f"/requests/queue/{first.id}/take-back"
    assert back in page
    refused = await odile.post(back, {"reason": "", "seen": field(page, "seen")})
    assert "needs a reason" in refused.text
    answer = await odile.post(back, {"reason": "It asks for <emails>", "seen": field(page, "seen")})
    assert answer.headers["location"] == "/requests/queue"
    page = (await odile.get("/requests/queue")).text
    assert "It asks for &lt;emails&gt;" in page
    assert f'id="q-{first.id}"' in page
    again = await odile.post(back, {"reason": "twice"})
    assert "waits in the queue" in again.text
    office.close()


async def test_a_request_asked_already_is_told_and_linked_by_one_click(
    odile: Browser, anonymous: Browser
) -> None:
    long = "All comments and messages about the closure of <b>Willow</b> Park since January."
    await log(odile, verbatim=long, contact="jo@example.org")
    assert "Is this asked already?" not in (await odile.get(f"/requests/{NUMBER}")).text
    where = (await log(odile, verbatim=long, contact="jo@example.org")).headers["location"]
    page = (await odile.get(where)).text
    assert "The same words" in page
    assert "the requester is reached in the same way" in page
    assert "<b>Willow" not in page
    answer = await odile.post(f"{where}/links", {"relation": "duplicate of", "other": NUMBER})
    assert answer.status_code == 303
    page = (await odile.get(where)).text
    assert "Is this asked already?" not in page
    assert "ask for the same, and that one is open" in page


async def test_many_files_come_with_one_form(
    odile: Browser, city: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sent = [("files", (f"{n}.txt", f"file {n}".encode(), "text/plain")) for n in range(12)]
    form = {"form_key": odile.form_key, **WANTED}
    answer = await odile.client.post("/requests", data=form, files=sent)
    assert answer.status_code == 303, answer.text
    office = open_office(city)
    kept = files_of(office, get_request(office, NUMBER))
    assert [each.name for each in kept] == [f"{n}.txt" for n in range(12)]
    office.close()
    sent += [("files", (f"{n}.txt", b"x", "text/plain")) for n in range(90)]
    answer = await odile.client.post("/requests", data=form, files=sent)
    assert answer.status_code == 400
    assert not list(tmp_path.glob("archiver-upload-*"))


async def test_the_set_up_list_follows_the_facts(odile: Browser, anonymous: Browser) -> None:
    before = (await odile.get("/setup")).text
    assert "None yet." in before
    await log(odile, practice="1")
    after = (await odile.get("/setup")).text
    assert "1 made." in after
    assert 'href="/attest"' not in after
    await anonymous.sign_in("attorney")
    assert 'href="/attest"' in (await anonymous.get("/setup")).text


async def test_the_attorney_attests_what_is_ticked_in_one_act(
    anonymous: Browser, city: Home
) -> None:
    await anonymous.sign_in("attorney")
    page = (await anonymous.get("/attest")).text
    keys = re.findall(r'name="text" value="([^"]+)"( checked)?', page)
    assert len(keys) > 20
    assert not [key for key, ticked in keys if ticked and "7922.200" in key]  # a mark K
    assert "Attorney Farrow, City attorney" in page
    chosen = [key for key, ticked in keys if ticked]
    given = {"attorney": "P. Haldane, City Attorney", "on": "2026-11-20"}
    empty = await anonymous.post("/attest", given)
    assert "Tick what is attested" in empty.text
    answer = await anonymous.post("/attest", {**given, "text": chosen})
    assert answer.headers["location"] == f"/attest?made={len(chosen)}"
    office = open_office(city)
    known = [
        *list_attestations(office, "exemption"),
        *list_attestations(office, "retention series"),
        *list_attestations(office, "letter"),
        *list_attestations(office, "wording"),
    ]
    assert len(known) == len(chosen)
    assert {each.recorded_by for each in known} == {"attorney"}
    assert len([each for each in audit_trail(office) if each.action == "attested"]) == len(chosen)
    office.close()
    left = re.findall(r'name="text" value="([^"]+)"', (await anonymous.get("/attest")).text)
    assert len(left) == len(keys) - len(chosen)


async def test_hostile_words_do_no_harm_in_the_queue_and_on_the_form(
    odile: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    look(city)
    queue = (await odile.get("/requests/queue")).text
    form = (await odile.get(f"/requests/new?source=archive:{public_ids['106']}")).text
    for page in (queue, form):
        assert "<script>alert(" not in page
        assert '<b onmouseover="x()">' not in page
    with Archive.open(city) as archive:
        assert record(archive.public, public_ids["106"]) is not None


@pytest.mark.parametrize("path", ["/requests/new?email=zzz", "/requests/new?source=archive:999999"])
async def test_addresses_made_up_lead_nowhere(odile: Browser, path: str) -> None:
    assert (await odile.get(path)).status_code in (404, 422)
