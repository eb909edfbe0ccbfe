"""Every address under hostile hands: forged and replayed forms, other sites, hostile values.

All of it is derived from ROUTES and from the names of fields the pages ask for, so that an address
added tomorrow is walked too.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

import archiver.desk.pages
from archiver.config import Home
from archiver.desk.routes import ROUTES
from archiver.desk.routing import Route
from archiver.staff.people import add_person, open_staff
from archiver.staff.roles import ROLES
from tests.desk.conftest import PASSWORD, Browser
from tests.desk.test_gate import example

EVERYBODY = "everybody"
PAGES = Path(archiver.desk.pages.__file__).parent
_FIELD = re.compile(r"""(?:given|all_given|file|all_files)\(\s*f?"([\w-]+)""")
_QUERY = re.compile(r"""asked\.asked\(\s*"([\w-]+)""")

HOSTILE = (
    "\0",
    "a\0b\x07\x1b[2J",
    "\u202edesrever\u202c\u2066",
    "<script>alert(1)</script>{{ 7*7 }}{% raw %}",
    "' OR 1=1; DROP TABLE requests --",
    '" OR NEAR(a b, 999999) AND (((',
    "-1",
    "0",
    "²",
    "٣",
    "9" * 400,
    "9" * 5_000,
    "9223372036854775808",
    "1e309",
    "NaN",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    "../../../etc/passwd",
    "%00%ff",
    "=cmd|' /C calc'!A0",
    "\ud800",
    "wörd " * 2_000,
)

ALIKE = ("9" * 5_000, "a\0b\x07\u202e", "\ud800", "wörd " * 2_000)
USUAL = ("1", "archive", "archive:1", "2026-11-20", "09:00", "email", "release", "Some words.")


def fields() -> list[str]:
    """The name of every field a page asks a form for."""
    found = {"form_key"}
    for path in PAGES.rglob("*.py"):
        found |= set(_FIELD.findall(path.read_text("utf-8")))
    return sorted(found - {"form_key"})


def queries() -> list[str]:
    """The name of every value a page asks for behind the question mark."""
    found: set[str] = set()
    for path in PAGES.parent.rglob("*.py"):
        found |= set(_QUERY.findall(path.read_text("utf-8")))
    return sorted(found)


def posts() -> Iterator[tuple[Route, str]]:
    """The addresses that take forms of people who are signed in; signing out ends a walk."""
    for route in ROUTES:
        path = example(route.pattern.pattern)
        if "POST" in route.acts and path != "/sign-out":
            yield route, path


def gets() -> Iterator[tuple[Route, str]]:
    """The addresses that show something."""
    for route in ROUTES:
        if "GET" in route.acts:
            yield route, example(route.pattern.pattern)


def encoded(value: str) -> bytes:
    """A value as a hostile browser would send it: also what is no UTF-8."""
    return value.encode("utf-8", "surrogatepass")


@pytest.fixture
async def mighty(city: Home, anonymous: Browser) -> Browser:
    """Somebody with every role, so that no permission hides what lies behind."""
    staff = open_staff(city)
    add_person(
        staff,
        actor="test",
        login=EVERYBODY,
        name="Every Body",
        title="Everything",
        roles=list(ROLES),
        password=PASSWORD,
    )
    staff.close()
    assert (await anonymous.sign_in(EVERYBODY)).status_code == 303
    return anonymous


def changed(city: Home) -> list[tuple[Any, ...]]:
    """Everything that tells of a change: the audits, less what a refused form may write."""
    office = sqlite3.connect(city.office_db)
    found = office.execute("SELECT * FROM audit WHERE action NOT IN ('viewed', 'searched')")
    return found.fetchall()


async def test_no_form_is_taken_without_the_session_s_own_key(mighty: Browser, city: Home) -> None:
    before = changed(city)
    other = mighty.form_key
    await mighty.sign_in(EVERYBODY)
    assert other != mighty.form_key
    for _, path in posts():
        for key in (None, "", "0" * 64, other, mighty.form_key[:-1], mighty.form_key + "0"):
            data = {} if key is None else {"form_key": key}
            answer = await mighty.client.post(path, data=data)
            assert answer.status_code == 403, (path, key)
        answer = await mighty.client.post(f"{path}?form_key={mighty.form_key}")
        assert answer.status_code == 403, path
    assert changed(city) == before


async def test_no_form_is_taken_from_another_site(mighty: Browser, city: Home) -> None:
    before = changed(city)
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8001"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001.evil.example"},
    ):
        for route in ROUTES:
            if "POST" in route.acts or "POST" in route.open:
                path = example(route.pattern.pattern)
                data = {"form_key": mighty.form_key}
                answer = await mighty.client.post(path, data=data, headers=headers)
                assert answer.status_code == 403, (path, headers)
    assert changed(city) == before
    assert (await mighty.get("/")).status_code == 200, "and nobody was signed out"


async def test_a_session_that_has_ended_opens_nothing_and_takes_nothing(
    mighty: Browser, city: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen, key = dict(mighty.client.cookies), mighty.form_key
    await mighty.post("/sign-out")

    async def refused() -> None:
        mighty.client.cookies.clear()
        for name, value in stolen.items():
            mighty.client.cookies.set(name, value)
        for _, path in gets():
            answer = await mighty.get(path)
            expected = 200 if path == "/sign-in" else 403 if path.endswith(".json") else 302
            assert answer.status_code == expected, path
        for _, path in posts():
            answer = await mighty.client.post(path, data={"form_key": key})
            assert answer.status_code == 403, path

    before = changed(city)
    await refused()
    mighty.client.cookies.clear()
    await mighty.sign_in(EVERYBODY)
    stolen, key = dict(mighty.client.cookies), mighty.form_key
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-21T05:31:00Z")
    await refused()
    assert changed(city) == before


async def test_no_form_of_the_wrong_kind_or_size_is_a_fault(mighty: Browser) -> None:
    key = mighty.form_key
    for _, path in posts():
        for body, kind in (
            (b"form_key=" + key.encode() + b"&a=" + b"x" * 1024 * 1024, "urlencoded"),
            (b"&".join([b"a=b"] * 3_500), "urlencoded"),
            (b'{"form_key": "' + key.encode() + b'"}', "json"),
            (b"\xff\xfe\0\0", "urlencoded"),
            (b"", "none"),
        ):
            content_type = {
                "urlencoded": "application/x-www-form-urlencoded",
                "json": "application/json",
                "none": "",
            }[kind]
            answer = await mighty.client.post(
                path, content=body, headers={"content-type": content_type}
            )
            assert answer.status_code in (400, 403), (path, kind)
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
            answer = await mighty.client.post(
                path, content=b"--x\r\nbroken", headers={"content-type": content_type}
            )
            assert answer.status_code in (400, 403), (path, content_type)
    assert (await mighty.get("/")).status_code == 200


async def test_no_hostile_value_in_any_field_is_a_fault(mighty: Browser) -> None:
    names = fields()
    assert len(names) > 40
    for values in rounds(names, ALIKE, mixtures=6):
        body = [("form_key", encoded(mighty.form_key))]
        body += [(name, encoded(value)) for name, value in values]
        for _, path in posts():
            answer = await _send(mighty, path, [*body, *body[1:]])
            assert answer.status_code < 500, (path, values)
            assert "Traceback" not in answer.text, path


async def test_no_hostile_value_behind_the_question_mark_is_a_fault(mighty: Browser) -> None:
    names = queries()
    assert len(names) > 10
    for values in rounds(names, ("9" * 4_500, "\ud800", HOSTILE[3]), mixtures=3):
        for part in (values[at : at + 12] for at in range(0, len(values), 12)):
            query = "&".join(f"{name}={_quoted(value[:4_500])}" for name, value in part)
            for _, path in gets():
                answer = await mighty.get(f"{path}?{query}")
                assert answer.status_code < 500, (path, part)
                if "html" in answer.headers.get("content-type", ""):
                    assert "<script>alert(1)" not in answer.text, path


def rounds(
    names: list[str], alike: tuple[str, ...], *, mixtures: int
) -> Iterator[list[tuple[str, str]]]:
    """Values for every field: first one hostile value in all, then hostile ones among usual ones,
    so that also what lies behind the first check is reached."""
    for value in alike:
        yield [(name, value) for name in names]
    chance = random.Random(4)
    for _ in range(mixtures):
        yield [
            (name, chance.choice(HOSTILE) if chance.random() < 0.3 else chance.choice(USUAL))
            for name in names
        ]


async def _send(browser: Browser, path: str, body: list[tuple[str, bytes]]) -> Any:
    return await browser.client.post(
        path,
        content="&".join(f"{name}={_quoted_bytes(value)}" for name, value in body).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


def _quoted(value: str) -> str:
    return _quoted_bytes(encoded(value))


def _quoted_bytes(value: bytes) -> str:
    return quote_from_bytes(value, safe="")


async def test_a_megabyte_in_one_field_is_taken_or_refused_in_words(mighty: Browser) -> None:
    filler = b"x" * (1024 * 1024 - 4_096)
    for _, path in posts():
        for name in fields()[::4]:
            body = [("form_key", mighty.form_key.encode()), (name, filler)]
            answer = await _send(mighty, path, body)
            assert answer.status_code < 500, (path, name)
            break


NUMBERS = ("0", "999999999999999999", "7223372036854775807")
_NUMBERED = {"id": 18, "position": 6, "item": 15, "hold": 15, "job": 15, "approval": 15}


async def test_a_guessed_number_finds_nothing_and_is_no_fault(mighty: Browser) -> None:
    tried = 0
    for number in NUMBERS:
        guessed = {name: number[:digits] for name, digits in _NUMBERED.items()}
        for route in ROUTES:
            parts = {
                name: value
                for name, value in guessed.items()
                if f"(?P<{name}>" in route.pattern.pattern
            }
            if not parts:
                continue
            path = example(route.pattern.pattern, **parts)
            for method in route.acts:
                form = {"form_key": mighty.form_key} if method == "POST" else None
                answer = await mighty.client.request(method, path, data=form)
                assert answer.status_code in (303, 400, 404, 422), (method, path)
                tried += 1
    assert tried > 20


WORDS = (
    '"',
    "(((((",
    "AND",
    "NOT NOT",
    "NEAR(",
    "a NEAR/99999999999999999999 b",
    "*",
    "text:*",
    "- -",
    "from:",
    "after:yesterday before:-1",
    "'; DROP TABLE records; --",
    "\0 OR 1",
    "a" * 10_000,
    "OR " * 900,
    "(" * 900 + "a" + ")" * 900,
    "^a $b {c d}:e",
)


async def test_no_words_in_the_search_box_are_a_fault(odile: Browser) -> None:
    for words in WORDS:
        for path in ("/search", "/search.json"):
            answer = await odile.get(path, params={"q": words})
            assert answer.status_code in (200, 400), (path, words)
            assert "sqlite" not in answer.text.lower(), words
            assert "fts5" not in answer.text.lower(), words
