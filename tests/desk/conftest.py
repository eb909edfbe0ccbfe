"""A small city at the desk: accounts, conversations, messages, staff in every role."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from PIL import Image, ImageDraw

from archiver import clock
from archiver.archive.media import store_media
from archiver.archive.runs import AccountRef
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.config import Home
from archiver.desk.build import build
from archiver.items import (
    Access,
    Author,
    AuthorRole,
    ContentState,
    Item,
    Kind,
    MediaRef,
    Visibility,
)
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from archiver.staff import passwords
from archiver.staff.people import add_person, open_staff
from archiver.staff.roles import ROLES
from tests.empty_home import copied, empty_home

NOW = "2026-11-20T17:30:00Z"
PASSWORD = "otter lantern gravel"
SECRET = "ZANZIBAR-SECRET-WORD"
HOSTILE = (
    '<script>alert("park closure")</script> "><img src=x onerror=alert(1)> '
    "\u202edesrever\u202c {{ 7*7 }} \x07 park closure"
)


def _author(name: str, handle: str, role: AuthorRole = AuthorRole.PUBLIC) -> Author:
    return Author(f"id-{handle}", handle, name, role)


CITY = _author("City of Alder Glen", "alderglen", AuthorRole.AGENCY)
ROSALIND = _author("Rosalind Achterberg", "rachterberg")
XIOMARA = _author("Xiomara Belaunde", "xbelaunde")
WEILUN = _author("Wei-Lun Sheng", "wlsheng")
HARLEEN = _author("Harleen Dhaliwal-Roe", "hdroe")
TOBIAS = _author("Tobias Ngumi", "tngumi")
MALLORY = _author('Mallory <b onmouseover="x()">Bold</b>', "mallory")


def item(
    native_id: str,
    author: Author,
    text: str,
    created_at: str,
    *,
    kind: Kind = Kind.COMMENT,
    **more: Any,
) -> Item:
    """An item of X with its raw object."""
    raw = json.dumps({"id": native_id, "text": text}, sort_keys=True).encode("utf-8")
    return Item("x", kind, native_id, author, created_at, text, raw, raw, **more)


def items() -> list[Item]:
    """What stands on the city's account, oldest first."""
    top = {"parent_id": "100", "root_id": "100"}
    private = {
        "kind": Kind.MESSAGE,
        "visibility": Visibility.PRIVATE,
        "root_id": "dm-1",
    }
    found = [
        item(
            "100",
            CITY,
            "Park closure starts Monday. Willow Park stays shut all week for tree work, "
            "7 am to 4 pm. Detour signs are up at Third. 🚧",
            "2026-08-13T23:05:00Z",
            kind=Kind.POST,
            language="en",
            url="https://x.example/alderglen/status/100",
            metrics={"likes": 12, "replies": 6},
            media=(MediaRef("map.png", "map.png", "image/png", "Map of the closed park"),),
        ),
        item("101", ROSALIND, "So is the park closed all week?", "2026-08-14T14:52:00Z", **top),
        item(
            "102",
            XIOMARA,
            "¿El cierre del parque afecta la ruta 4 del autobús? Nadie contesta. 🚌",
            "2026-08-14T15:31:00Z",
            language="es",
            **top,
        ),
        item(
            "103",
            CITY,
            "La ruta 4 usa Birch Street esta semana. Gracias por preguntar.",
            "2026-08-14T17:40:00Z",
            parent_id="102",
            root_id="100",
            language="es",
        ),
        item(
            "104",
            WEILUN,
            "公園封閉期間,消防車怎麼進來?請市府說明。",
            "2026-08-15T01:10:00Z",
            language="zh",
            **top,
        ),
        item(
            "105",
            HARLEEN,
            "ਪਾਰਕ ਕਦੋਂ ਖੁੱਲੇਗਾ? park closure ਬਾਰੇ ਦੱਸੋ 🙏",
            "2026-08-16T16:04:00Z",
            language="pa",
            visibility=Visibility.HIDDEN,
            **top,
        ),
        item("106", MALLORY, HOSTILE, "2026-08-16T18:04:00Z", **top),
        item(
            "107",
            TOBIAS,
            "متى يفتح المتنزه؟ park closure",
            "2026-08-17T18:04:00Z",
            language="ar",
            media=(
                MediaRef("note.svg", "note.svg", "image/svg+xml", "A drawing"),
                MediaRef("lost.jpg", "lost.jpg", "image/jpeg", None, available=False),
            ),
            **top,
        ),
        item(
            "200",
            TOBIAS,
            f"Hi, I own the shop beside the park. {SECRET} During the park closure can "
            "deliveries use the alley?",
            "2026-08-17T20:22:00Z",
            media=(MediaRef("door.png", "door.png", "image/png", "The shop door"),),
            **private,
        ),
        item(
            "201",
            CITY,
            "Yes, until 10 am. Thank you for asking.",
            "2026-08-17T21:00:00Z",
            **private,
        ),
        item(
            "202",
            TOBIAS,
            "",
            "2026-08-17T21:05:00Z",
            content_state=ContentState.ENCRYPTED,
            **private,
        ),
    ]
    for week in range(30):
        day = dt.datetime(2026, 1, 5, 18, 0, tzinfo=dt.UTC) + dt.timedelta(days=7 * week)
        found.append(
            item(
                f"3{week:02d}",
                CITY,
                f"Council meets on Tuesday at 6 pm, item {week}: budget, parks and streets.",
                clock.to_text(day),
                kind=Kind.POST,
                language="en",
            )
        )
    return found


def picture(words: str) -> bytes:
    """A small PNG."""
    image = Image.new("RGB", (480, 240), "#e7ece6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 440, 200), outline="#0a5a57", width=6)
    draw.text((60, 100), words, fill="#18201e")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def fill(home: Home) -> None:
    """Write the city into a home."""
    office = open_office(home)
    account = add_account(
        office,
        actor="test",
        platform="x",
        handle="alderglen",
        department="City Manager",
        display_name="City of Alder Glen",
        opened_on="2019-03-01",
    )
    add_account(
        office,
        actor="test",
        platform="bluesky",
        handle="publicworks.alderglen.example",
        department="Public Works",
        display_name="Alder Glen Public Works",
        opened_on="2024-05-01",
    )
    office.close()
    ref = AccountRef(
        *(account.id, account.platform, account.handle, account.display_name),
        *(account.department, account.division, account.native_id, account.account_class),
    )
    bytes_of = {
        "map.png": (Access.PUBLIC, picture("Willow Park: closed")),
        "note.svg": (Access.PUBLIC, b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        "door.png": (Access.PRIVATE, picture("The shop door")),
    }
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ref, source="x-download")
        stored = {
            key: store_media(home, access, io.BytesIO(content))
            for key, (access, content) in bytes_of.items()
        }
        with batch(archive, run) as writing:
            writing.add(items(), observed_at="2026-08-18T09:11:00Z", media=stored)
            writing.cover(Kind.POST, start=None, end="2026-11-20T09:00:00Z", state="complete")
            writing.cover(
                Kind.COMMENT,
                start="2026-11-10T08:00:00Z",
                end="2026-11-20T09:00:00Z",
                state="partial",
                reason="A data download holds no replies by others.",
            )
            writing.cover(
                Kind.MESSAGE,
                start="2026-11-10T08:00:00Z",
                end="2026-11-20T09:00:00Z",
                state="none",
                reason="HIDDEN-REASON the platform refused.",
            )
        edited = item(
            "102",
            XIOMARA,
            "¿El cierre del parque afecta la ruta 4 o la 7? Nadie contesta en la oficina. 🚌",
            "2026-08-14T15:31:00Z",
            language="es",
            parent_id="100",
            root_id="100",
        )
        with batch(archive, run) as writing:
            writing.add([edited], observed_at="2026-08-19T09:09:00Z")
            writing.gone((Kind.COMMENT, "102"), at="2026-09-03T09:19:00Z", exchange=None)
        finish_run(archive, run, outcome="complete", notes={})


@dataclass(slots=True)
class Browser:
    """Somebody at the desk: a client that keeps its cookies and knows its form key."""

    client: httpx.AsyncClient
    form_key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, headers=self.headers, **more)

    async def post(self, path: str, data: Mapping[str, Any] | None = None) -> httpx.Response:
        values = {"form_key": self.form_key, **(data or {})}
        return await self.client.post(path, data=values, headers=self.headers)

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self.client.post("/sign-in", data={"login": login, "password": password})
        if answer.status_code == 303:
            page = (await self.client.get("/")).text
            self.form_key = page.split('name="form_key" value="')[1].split('"')[0]
        return answer


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    )
    passwords._nobody.cache_clear()


@pytest.fixture
def city(home: Home, cheap_hashing: None, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the small city in it, on 20 November 2026."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)
    return copied(_small_city, home.path)


def _small_city(path: Path) -> None:
    home = empty_home(path)
    fill(home)
    staff = open_staff(home)
    for role in ROLES:
        add_person(
            staff,
            actor="test",
            login=role,
            name=f"{role.split('-')[0].capitalize()} Farrow",
            title=ROLES[role].title,
            roles=[role],
            password=PASSWORD,
        )
    add_person(
        staff,
        actor="test",
        login="odile",
        name="Odile Farrow",
        title="City clerk",
        roles=["clerk", "private-records"],
        password=PASSWORD,
    )
    staff.close()


@pytest.fixture
async def datasette(city: Home) -> AsyncIterator[Any]:
    """The desk of the small city."""
    built = build(city)
    yield built
    built.archiver_desk.close()
    built.close()


@pytest.fixture
async def anonymous(datasette: Any) -> AsyncIterator[Browser]:
    """Somebody who is not signed in."""
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        yield Browser(client)


@pytest.fixture
async def odile(anonymous: Browser) -> Browser:
    """A clerk who may see private records."""
    assert (await anonymous.sign_in("odile")).status_code == 303
    return anonymous


@pytest.fixture
async def clerk(anonymous: Browser) -> Browser:
    """A clerk who may not see private records."""
    assert (await anonymous.sign_in("clerk")).status_code == 303
    return anonymous


@pytest.fixture
def private_ids(city: Home) -> Iterator[list[int]]:
    """The ids of the private records."""
    with Archive.open(city) as archive:
        found = archive.file(Access.PRIVATE).execute("SELECT id FROM records ORDER BY id")
        yield [row[0] for row in found.fetchall()]


@pytest.fixture
def public_ids(city: Home) -> dict[str, int]:
    """The ids of the public records by native id."""
    with Archive.open(city) as archive:
        found = archive.file(Access.PUBLIC).execute("SELECT native_id, id FROM records")
        return {row[0]: row[1] for row in found.fetchall()}


def path_of(home: Home, name: str) -> Path:
    """A file of the home."""
    return home.path / name
