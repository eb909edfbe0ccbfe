"""The sign-in page, the cookie, the end of a session, and forms from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from archiver.config import Home
from archiver.desk.build import build
from archiver.staff.people import disable, open_staff

Browser = Any
PASSWORD = "otter lantern gravel"


async def test_the_cookie_is_kept_from_scripts_and_other_sites(anonymous: Browser) -> None:
    answer = await anonymous.sign_in("clerk")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


async def test_behind_tls_the_cookie_is_sent_by_tls_only(city: Home) -> None:
    import httpx

    built = build(city, secure=True)
    transport = httpx.ASGITransport(app=built.app())
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
        answer = await client.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
        assert answer.headers["set-cookie"].startswith("__Host-archiver=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers
        assert (await client.get("/requests")).status_code == 200
    built.archiver_desk.close()
    built.close()


async def test_a_wrong_password_and_an_unknown_login_look_alike(anonymous: Browser) -> None:
    wrong = await anonymous.sign_in("clerk", "not the password")
    unknown = await anonymous.sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace('value="clerk"', "") == unknown.text.replace('value="nobody"', "")


async def test_five_wrong_passwords_lock_the_login(anonymous: Browser) -> None:
    for _ in range(5):
        await anonymous.sign_in("clerk", "not the password")
    answer = await anonymous.sign_in("clerk")
    assert answer.status_code == 403
    assert "wait 15 minutes" in answer.text


async def test_signing_out_ends_the_session_for_good(clerk: Browser) -> None:
    cookies = dict(clerk.client.cookies)
    answer = await clerk.post("/sign-out")
    assert answer.status_code == 303
    clerk.client.cookies.clear()
    for name, value in cookies.items():
        clerk.client.cookies.set(name, value)
    assert (await clerk.get("/requests")).status_code == 302


async def test_a_disabled_person_is_out_at_the_next_step(clerk: Browser, city: Home) -> None:
    assert (await clerk.get("/requests")).status_code == 200
    staff = open_staff(city)
    disable(staff, "clerk", actor="test")
    staff.close()
    assert (await clerk.get("/requests")).status_code == 302


async def test_an_idle_hour_ends_the_session(
    clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:29:00Z")
    assert (await clerk.get("/requests")).status_code == 200
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T19:29:00Z")
    assert (await clerk.get("/requests")).status_code == 302


@pytest.mark.parametrize(
    "token", ["", "x" * 43, "x" * 5000, "../../etc", '"; DROP TABLE sessions', "\u00e9"]
)
async def test_a_made_up_cookie_opens_nothing(anonymous: Browser, token: str) -> None:
    answer = await anonymous.client.get(
        "/requests", headers={"cookie": f"archiver={token}".encode()}
    )
    assert answer.status_code == 302


async def test_after_signing_in_one_goes_on_to_a_page_of_the_desk_only(anonymous: Browser) -> None:
    for wanted, reached in (
        ("/requests", "/requests"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x=y", "/"),
    ):
        answer = await anonymous.client.post(
            "/sign-in", data={"login": "clerk", "password": PASSWORD, "next": wanted}
        )
        assert answer.headers["location"] == reached


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_a_form_from_another_site_changes_nothing(
    odile: Browser, headers: dict[str, str]
) -> None:
    odile.headers = headers
    answer = await odile.post(
        "/requests",
        {
            "received_on": "2026-11-16",
            "received_time": "09:00",
            "channel": "email",
            "verbatim": "All of it.",
        },
    )
    assert answer.status_code == 403
    odile.headers = {}
    assert "No request is open" in (await odile.get("/requests")).text


@pytest.mark.parametrize("key", ["", "0" * 64, "é"])
async def test_a_form_without_the_session_s_own_key_changes_nothing(
    odile: Browser, key: str
) -> None:
    answer = await odile.post("/requests", {"form_key": key, "verbatim": "All of it."})
    assert answer.status_code == 403
    assert "No request is open" in (await odile.get("/requests")).text


async def test_one_session_s_key_does_not_fit_another(odile: Browser, city: Home) -> None:
    stolen = odile.form_key
    await odile.sign_in("clerk")
    answer = await odile.post("/requests", {"form_key": stolen, "verbatim": "All of it."})
    assert answer.status_code == 403
