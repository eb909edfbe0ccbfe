"""One's own page: a second factor from the first picture to the lost telephone, sessions, and the
administrator's help."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pyotp
import pytest

from archiver import clock
from archiver.config import Home
from archiver.desk.build import build
from archiver.desk.words import browser_name
from archiver.staff.people import open_staff
from tests.desk.conftest import PASSWORD, Browser

FACTOR = "/me/second-factor"


async def enrol(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second factor up by the pages; the app and the recovery codes."""
    begun = await browser.post(FACTOR, {"password": PASSWORD})
    assert (begun.status_code, begun.headers["location"]) == (303, FACTOR)
    page = (await browser.get(FACTOR)).text
    key = re.search(r'class="mono hash"><b>([A-Z2-7 ]+)</b>', page)
    assert key is not None
    app = pyotp.TOTP(key.group(1).replace(" ", ""))
    done = await browser.post(f"{FACTOR}/confirm", {"code": app.at(clock.now())})
    assert done.status_code == 200
    codes = re.findall(r'<li class="mono">([a-z2-9-]{11})</li>', done.text)
    assert len(codes) == 10
    return app, codes


async def code_form(browser: Browser) -> str:
    """Sign in by password; the token of the second step."""
    browser.client.cookies.clear()
    answer = await browser.sign_in("clerk")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "Six digits" in answer.text
    return answer.text.split('name="pending" value="')[1].split('"')[0]


async def finish(browser: Browser, pending: str, code: str, to: str = "") -> httpx.Response:
    form = {"pending": pending, "code": code, "next": to}
    return await browser.client.post("/sign-in/code", data=form)


async def test_a_second_factor_from_the_picture_to_the_lost_telephone(
    clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Set it up" in (await clerk.get("/me")).text
    refused = await clerk.post(FACTOR, {"password": "not the password"})
    assert refused.status_code == 422
    assert (await clerk.get(f"{FACTOR}.svg")).status_code == 404
    assert (await clerk.post(FACTOR, {"password": PASSWORD})).status_code == 303
    picture = await clerk.get(f"{FACTOR}.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "script" not in picture.text
    app, codes = await enrol(clerk)
    assert (await clerk.get(f"{FACTOR}.svg")).status_code == 404, "the key is shown never again"
    assert codes[0] not in (await clerk.get(FACTOR)).text
    assert app.secret not in (await clerk.get(FACTOR)).text.replace(" ", "")

    pending = await code_form(clerk)
    for cookie in ({}, {"archiver": pending}):
        clerk.client.cookies.clear()
        clerk.client.cookies.update(cookie)
        assert (await clerk.get("/requests")).status_code == 302, "one step opens nothing"
    clerk.client.cookies.clear()
    wrong = await finish(clerk, pending, app.at(clock.now()))
    assert wrong.status_code == 403, "the code that turned it on is used up"
    assert "used before" in wrong.text
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T17:31:00Z")
    right = await finish(clerk, pending, app.at(clock.now()), "/requests")
    assert (right.status_code, right.headers["location"]) == (303, "/requests")
    assert (await clerk.get("/requests")).status_code == 200
    assert "Password and code" in (await clerk.get("/me")).text

    lost = await finish(clerk, await code_form(clerk), codes[7], "//evil.example")
    assert lost.headers["location"] == "/"
    again = await finish(clerk, await code_form(clerk), codes[7])
    assert again.status_code == 403


async def test_another_session_of_the_same_person_is_not_shown_the_key(
    clerk: Browser, datasette: Any
) -> None:
    await clerk.post(FACTOR, {"password": PASSWORD})
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        other = Browser(client)
        await other.sign_in("clerk")
        assert (await other.get(f"{FACTOR}.svg")).status_code == 404
        assert "mono hash" not in (await other.get(FACTOR)).text
        await enrol(clerk)
        assert (await other.get("/requests")).status_code == 302, "and it has ended now"


async def test_the_lock_counts_passwords_and_codes_wherever_they_are_typed(
    clerk: Browser,
) -> None:
    app, _ = await enrol(clerk)
    await clerk.post(f"{FACTOR}/off", {"password": "not the password", "code": "1"})
    for _ in range(3):
        answer = await clerk.post(f"{FACTOR}/codes", {"password": PASSWORD, "code": "123 456"})
        assert answer.status_code == 422
    locked = await clerk.post(f"{FACTOR}/off", {"password": PASSWORD, "code": "000000"})
    assert "Too many tries" in locked.text
    later = await clerk.post(f"{FACTOR}/off", {"password": PASSWORD, "code": app.at(clock.now())})
    assert "Too many tries" in later.text
    assert "archiver" in clerk.client.cookies, "who is in stays in"


@pytest.fixture
async def strict(city: Home) -> AsyncIterator[Browser]:
    """Somebody at a desk whose city requires a second factor of clerks."""
    written = city.settings_file.read_text("utf-8")
    asks = written.replace('second_factor = "optional"', 'second_factor = ["clerk"]')
    assert asks != written
    city.settings_file.write_text(asks, "utf-8")
    built = build(city)
    transport = httpx.ASGITransport(app=built.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        yield Browser(client)
    built.archiver_desk.close()
    built.close()


async def test_where_it_is_required_nothing_is_shown_before_it_is_set_up(strict: Browser) -> None:
    await strict.client.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
    page = (await strict.get(FACTOR)).text
    strict.form_key = page.split('name="form_key" value="')[1].split('"')[0]
    assert "Set it up to go on" in page
    assert 'href="/requests"' not in page
    for path in ("/", "/search?q=park", "/requests", "/record/archive/1"):
        answer = await strict.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, FACTOR), path
    assert (await strict.get("/search.json?q=park")).status_code == 403
    assert (await strict.post("/requests", {"verbatim": "All of it."})).status_code == 403
    assert (await strict.get("/help")).status_code == 200
    await enrol(strict)
    assert (await strict.get("/requests")).status_code == 200
    off = {"password": PASSWORD, "code": "x"}
    assert (await strict.post(f"{FACTOR}/off", off)).status_code == 422
    strict.client.cookies.clear()
    await strict.sign_in("auditor")
    assert (await strict.get("/requests")).status_code == 200, "of clerks, not of auditors"


async def test_signing_in_gives_a_new_token_and_ends_the_one_the_browser_came_with(
    clerk: Browser,
) -> None:
    planted = dict(clerk.client.cookies)
    await clerk.sign_in("auditor")
    assert dict(clerk.client.cookies) != planted
    clerk.client.cookies.clear()
    clerk.client.cookies.update(planted)
    assert (await clerk.get("/requests")).status_code == 302


async def test_a_token_that_was_planted_is_not_taken_over(anonymous: Browser) -> None:
    planted = {"cookie": "archiver=planted-by-somebody-else"}
    form = {"login": "clerk", "password": PASSWORD}
    answer = await anonymous.client.post("/sign-in", data=form, headers=planted)
    assert answer.status_code == 303
    assert "planted" not in answer.headers["set-cookie"]
    anonymous.client.cookies.clear()
    assert (await anonymous.client.get("/requests", headers=planted)).status_code == 302


async def test_sessions_are_ended_from_one_s_own_page(clerk: Browser, datasette: Any) -> None:
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        other = Browser(client, headers={"user-agent": "A forgotten laptop"})
        await client.post(
            "/sign-in", data={"login": "clerk", "password": PASSWORD}, headers=other.headers
        )
        page = (await clerk.get("/me")).text
        assert "A forgotten laptop" in page
        handles = re.findall(r'name="handle" value="([0-9a-f]{16})"', page)
        assert len(handles) == 1
        await other.get("/me")
        assert (await clerk.post("/me/sessions", {"handle": handles[0]})).status_code == 303
        assert (await other.get("/requests")).status_code == 302
        again = await clerk.post("/me/sessions", {"handle": handles[0]})
        assert "had ended already" in again.text
    assert (await clerk.get("/me")).status_code == 200


async def test_a_new_password_moves_the_session_to_a_new_token(clerk: Browser) -> None:
    old = dict(clerk.client.cookies)
    form = {"password": PASSWORD, "new": "willow canal copper", "again": "willow canal copper"}
    assert "twice alike" in (await clerk.post("/me/password", {**form, "again": "x"})).text
    assert (await clerk.post("/me/password", form)).status_code == 303
    assert (await clerk.get("/requests")).status_code == 200
    clerk.client.cookies.clear()
    clerk.client.cookies.update(old)
    assert (await clerk.get("/requests")).status_code == 302


async def test_an_administrator_resets_a_lost_telephone_for_the_own_password(
    anonymous: Browser, city: Home
) -> None:
    await anonymous.sign_in("clerk")
    await enrol(anonymous)
    kept = dict(anonymous.client.cookies)
    anonymous.client.cookies.clear()
    await anonymous.sign_in("administrator")
    assert "/people/clerk" in (await anonymous.get("/people")).text
    assert (await anonymous.get("/people/nobody")).status_code == 404
    wrong = await anonymous.post("/people/clerk/second-factor", {"password": "x"})
    assert wrong.status_code == 422
    right = await anonymous.post("/people/clerk/second-factor", {"password": PASSWORD})
    assert right.status_code == 303
    anonymous.client.cookies.clear()
    anonymous.client.cookies.update(kept)
    assert (await anonymous.get("/requests")).status_code == 302
    anonymous.client.cookies.clear()
    assert (await anonymous.sign_in("clerk")).status_code == 303
    staff = open_staff(city)
    [line] = staff.execute("SELECT actor, subject FROM audit WHERE action = 'second-factor-reset'")
    staff.close()
    assert tuple(line) == ("administrator", "clerk")


async def test_an_administrator_ends_somebody_s_sessions(clerk: Browser, datasette: Any) -> None:
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        chief = Browser(client)
        await chief.sign_in("administrator")
        assert "End every session" in (await chief.get("/people/clerk")).text
        assert (await chief.post("/people/clerk/sessions")).status_code == 303
    assert (await clerk.get("/requests")).status_code == 302


def test_a_browser_is_called_what_people_call_it() -> None:
    mozilla = "Mozilla/5.0"
    for agent, name in (
        (
            f"{mozilla} (Windows NT 10.0) AppleWebKit/5 Chrome/140.0 Safari/5 Edg/140",
            "Edge on Windows",
        ),
        (
            f"{mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (f"{mozilla} (iPhone; like Mac OS X) AppleWebKit/6 Safari/6", "Safari on iPhone"),
        ("Chrome/1", "Chrome"),
        ("curl/8\n\u202ex", "curl/8 x"),
        ("", "Not stated"),
    ):
        assert browser_name(agent) == name
