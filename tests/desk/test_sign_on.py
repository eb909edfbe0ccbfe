"""Sign-on by the city's proxy: a real nginx in front, and everybody who pretends to be it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from archiver.config import Home, SignOn
from archiver.desk.build import build
from archiver.desk.serve import serve
from archiver.desk.sign_on import sign_on_of
from archiver.errors import HomeError
from archiver.staff.people import disable, open_staff
from tests.desk.conftest import PASSWORD
from tests.desk.test_processes import Desk, served
from tests.servers.nginx import nginx

SECRET = "a8f5e1c09b7d4426a8f5e1c09b7d4426"
VOUCHED = {"x-remote-user": "clerk", "x-archiver-proxy-secret": SECRET}
CITY_PASSWORD = "what the city knows"


def trusting(home: Home, **more: object) -> Home:
    """Write the proxy into the home's settings."""
    pointer = home.path.parent / "proxy-secret"
    pointer.write_text(SECRET + "\n", "ascii")
    lines = [f'secret = "file:{pointer}"', *(f"{name} = {value}" for name, value in more.items())]
    with home.settings_file.open("a", encoding="utf-8") as settings:
        settings.write("\n[staff.sso]\n" + "\n".join(lines) + "\n")
    return home


@dataclass(slots=True)
class Front:
    """The desk with the city's nginx before it."""

    proxy: str
    desk: str
    home: Home
    log: Path


@pytest.fixture
def front(city: Home, tmp_path: Path) -> Iterator[Front]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    trusting(city)
    people = dict.fromkeys(("clerk", "stranger", "auditor", "attorney"), CITY_PASSWORD)
    with (
        served(city, behind_proxy=True) as desk,
        nginx(folder, desk=desk.port, secret=SECRET, people=people) as port,
    ):
        yield Front(f"http://127.0.0.1:{port}", _address(desk), city, city.logs / "desk.log")


def _address(desk: Desk) -> str:
    return f"http://127.0.0.1:{desk.port}"


class Visitor:
    """A browser that sends its cookie whatever the connection: TLS is not what is tested here."""

    def __init__(self, address: str, login: str = "") -> None:
        self.client = httpx.Client(base_url=address, auth=(login, CITY_PASSWORD) if login else None)
        self.cookie = ""

    def get(self, path: str, headers: Any = ()) -> httpx.Response:
        return self._ask("GET", path, headers, None)

    def post(self, path: str, data: dict[str, str], headers: Any = ()) -> httpx.Response:
        return self._ask("POST", path, headers, data)

    def _ask(
        self, method: str, path: str, headers: Any, data: dict[str, str] | None
    ) -> httpx.Response:
        more = [*dict(headers).items()] if isinstance(headers, dict) else list(headers)
        if self.cookie:
            more.append(("cookie", self.cookie))
        answer = self.client.request(method, path, headers=more, data=data)
        if given := answer.headers.get("set-cookie"):
            self.cookie = given.partition(";")[0]
        return answer

    def come_in(self) -> str:
        """Follow the way in; the page that is reached."""
        answer = self.get("/")
        for _ in range(3):
            if answer.status_code not in (302, 303):
                break
            answer = self.get(answer.headers["location"])
        return answer.text


def test_whom_nginx_lets_in_is_signed_in_and_nobody_can_pretend_through_it(front: Front) -> None:
    clerk = Visitor(front.proxy, "clerk")
    assert "Clerk Farrow" in clerk.come_in()
    assert clerk.get("/requests").status_code == 200
    assert clerk.get("/audit").status_code == 403, "with the roles of the desk, not of the city"
    assert Visitor(front.proxy).get("/").status_code == 401, "nginx itself asks who is there"

    for claimed in (
        [("X-Remote-User", "attorney")],
        [("x-remote-user", "attorney"), ("X-Remote-User", "attorney")],
        [("X_Remote_User", "attorney")],
        [("X-Remote-User", "attorney"), ("X-Archiver-Proxy-Secret", SECRET)],
        [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-User", "attorney")],
        [("Remote-User", "attorney"), ("REMOTE_USER", "attorney")],
    ):
        liar = Visitor(front.proxy, "clerk")
        answer = liar.get("/sign-in", claimed)
        assert answer.status_code == 303, claimed
        assert "Clerk Farrow" in liar.get("/", claimed).text, claimed

    page = Visitor(front.proxy, "stranger").get("/sign-in")
    assert page.status_code == 403
    assert "no account of this desk" in page.text
    staff = open_staff(front.home)
    assert staff.execute("SELECT 1 FROM people WHERE login = 'stranger'").fetchone() is None
    disable(staff, "clerk", actor="test")
    assert clerk.get("/requests").status_code == 302, "an account that was closed is out at once"
    assert Visitor(front.proxy, "clerk").get("/sign-in").status_code == 403
    by = staff.execute("SELECT DISTINCT detail FROM audit WHERE action = 'sign-in'").fetchall()
    assert [row[0] for row in by] == ['{"by": "the city\'s sign-on"}']
    staff.close()


def test_whoever_reaches_the_desk_past_nginx_is_not_believed(front: Front) -> None:
    for headers in (
        {"X-Remote-User": "clerk"},
        {"X-Remote-User": "clerk", "X-Archiver-Proxy-Secret": ""},
        {"X-Remote-User": "clerk", "X-Archiver-Proxy-Secret": SECRET[:-1]},
        {"X-Remote-User": "clerk", "X-Archiver-Proxy-Secret": "PUT-THE-SECRET-HERE"},
        {"X-Remote-User": "clerk", "X-Forwarded-For": "127.0.0.1"},
    ):
        visitor = Visitor(front.desk)
        page = visitor.get("/sign-in", headers)
        assert (page.status_code, visitor.cookie) == (200, ""), headers
        assert visitor.get("/requests", headers).status_code == 302
    assert "not believed" in front.log.read_text("utf-8")
    assert SECRET not in front.log.read_text("utf-8")

    clerk = Visitor(front.proxy, "clerk")
    clerk.come_in()
    thief = Visitor(front.desk)
    thief.cookie = clerk.cookie
    assert thief.get("/requests").status_code == 302, "the cookie is of no use past the proxy"
    colleague = Visitor(front.proxy, "auditor")
    colleague.cookie = clerk.cookie
    assert colleague.get("/requests").status_code == 302, "nor to another whom it lets in"
    assert clerk.get("/requests").status_code == 200

    by_password = Visitor(front.desk)
    form = {"login": "clerk", "password": PASSWORD}
    assert by_password.post("/sign-in", form).status_code == 303, "passwords stay for the worst day"
    assert by_password.get("/requests").status_code == 200


def test_signing_out_ends_the_desk_s_session_and_says_what_goes_on(front: Front) -> None:
    clerk = Visitor(front.proxy, "clerk")
    key = clerk.come_in().split('name="form_key" value="')[1].split('"')[0]
    kept = clerk.cookie
    left = clerk.post("/sign-out", {"form_key": key})
    page = clerk.get(left.headers["location"]).text
    assert "You are signed out of this desk" in page
    assert "goes on knowing you" in page
    thief = Visitor(front.proxy, "clerk")
    thief.cookie = kept
    assert thief.get("/requests").status_code == 302
    assert thief.post("/collect", {"form_key": key}).status_code == 403
    assert "Clerk Farrow" in clerk.come_in()


@pytest.fixture
def asks(city: Home) -> Iterator[Any]:
    """A desk that believes a proxy at an address, asked from any address we like."""
    built = build(trusting(city, proxies='["127.0.0.1", "10.1.0.0/16"]'))

    async def ask(headers: Any, peer: str = "127.0.0.1", path: str = "/sign-in") -> int:
        transport = httpx.ASGITransport(app=built.app(), client=(peer, 4_000))
        base = "http://127.0.0.1:8001"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return (await client.get(path, headers=headers)).status_code

    yield ask
    built.archiver_desk.close()
    built.close()


async def test_only_one_word_of_the_proxy_from_its_own_address_is_believed(asks: Any) -> None:
    right = list(VOUCHED.items())
    assert await asks(right) == 303
    assert await asks(right, peer="10.1.200.3") == 303
    assert await asks(right, peer="::ffff:10.1.200.3") == 303
    assert await asks([("X-REMOTE-USER", " Clerk "), right[1]]) == 303
    for peer in ("10.2.0.1", "192.0.2.7", "2001:db8::1", "unix", ""):
        assert await asks(right, peer=peer) == 200, peer
        games = [("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1")]
        assert await asks([*right, *games, ("x-real-ip", "127.0.0.1")], peer=peer) == 200, peer
    for spoofed in (
        [*right, ("x-remote-user", "attorney")],
        [*right, ("x-remote-user", "clerk")],
        [*right, ("x_remote_user", "attorney")],
        [*right, ("x-remote_user", "attorney")],
        [*right, ("x-archiver-proxy-secret", SECRET)],
        [right[0]],
        [right[0], ("x-archiver-proxy-secret", SECRET.upper())],
        [("x-remote-user", ""), right[1]],
        [("x-remote-user", "clerk, attorney"), right[1]],
        [("x-remote-user", "clerk\tattorney"), right[1]],
        [("x-remote-user", "cl%65rk"), right[1]],
        [("x-remote-user", "c" * 5_000), right[1]],
    ):
        assert await asks(spoofed) == 200, spoofed


async def test_without_the_setting_the_header_is_nothing(anonymous: Any) -> None:
    answer = await anonymous.client.get("/sign-in", headers=VOUCHED)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ({"user_header": "Cookie"}, "header"),
        ({"user_header": "X User"}, "header"),
        ({"user_header": "X-Archiver-Proxy-Secret"}, "two headers"),
        ({"proxies": ["everywhere"]}, "no address"),
        ({"proxies": ["0.0.0.0/0"]}, "not every one"),
        ({"sign_out": "javascript:alert(1)"}, "https"),
        ({"secret": "env:NO_SUCH_NAME"}, "not set"),
        ({"secret": "env:SHORT"}, "24 letters"),
    ],
)
def test_a_proxy_that_could_not_be_told_apart_is_refused(
    setting: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT", "too short")
    monkeypatch.setenv("LONG", SECRET)
    with pytest.raises(HomeError, match=why):
        sign_on_of(SignOn(**{"secret": "env:LONG", **setting}))


def test_a_desk_with_settings_it_cannot_work_with_does_not_start(city: Home) -> None:
    trusting(city, proxies='["nowhere"]')
    with pytest.raises(HomeError, match="no address"):
        serve(city, port=0, worker=False)
