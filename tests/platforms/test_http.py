"""Exchanges as evidence, without the credentials: what no real server can be made to answer."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import SourceError
from archiver.platforms.http import (
    LARGEST_BODY,
    REMOVED,
    Caller,
    Secrets,
    Unreachable,
    loopback,
    public_https,
)

TOKEN = "EAAB-secret/TOKEN+123"


class Wire(httpx.BaseTransport):
    """A network that is a function; its answers are still to be read, as real ones are."""

    def __init__(self, handler: Callable[[httpx.Request], httpx.Response]) -> None:
        self._handler = handler

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._handler(request)
        if not answer.is_closed:
            return answer
        stream = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)


def caller(handler: Callable[[httpx.Request], httpx.Response], attempts: int = 1) -> Caller:
    """A caller whose network is a function."""
    made = Caller(transport=Wire(handler), attempts=attempts)
    made.secrets.add(TOKEN)
    return made


def test_a_token_is_removed_from_header_query_and_body() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        following = f"https://graph.example.com/feed?access_token={TOKEN}&after=Q"
        return httpx.Response(
            200,
            json={"paging": {"next": following}, "echo": TOKEN, "text": "Bridge closed"},
            headers={"Set-Cookie": "session=abc123456", "X-Echo": TOKEN},
        )

    got = caller(answer).ask(
        "POST",
        "https://user:pass@graph.example.com/feed?after=P",
        headers={"Authorization": f"Bearer {TOKEN}", "Cookie": "a=b"},
        json={"client_secret": TOKEN, "fields": "id"},
    )
    exchange = got.exchange
    assert exchange is not None
    whole = repr(exchange)
    assert TOKEN not in whole
    assert "abc123456" not in whole
    assert "user:pass" not in whole
    assert b"Bridge closed" in exchange.response_body
    assert exchange.redacted
    assert ("Authorization", REMOVED) in exchange.request_headers
    assert json.loads(exchange.response_body)["echo"] == REMOVED
    assert TOKEN.encode() in got.body


def test_a_token_in_the_query_is_removed_in_every_spelling() -> None:
    got = caller(lambda request: httpx.Response(200, json={})).ask(
        "GET", f"https://graph.example.com/feed?key=k1&token=short&q={TOKEN}"
    )
    assert got.exchange is not None
    assert got.exchange.url == (
        f"https://graph.example.com/feed?key={REMOVED}&token={REMOVED}&q={REMOVED}"
    )


def test_a_body_without_a_secret_is_kept_as_it_came_over_the_wire() -> None:
    wire = gzip.compress(json.dumps({"text": "Café"}).encode())

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(wire)
        )

    got = caller(answer).ask("GET", "https://example.com/a")
    assert got.exchange is not None
    assert got.exchange.response_body == wire
    assert not got.exchange.redacted
    assert json.loads(got.body) == {"text": "Café"}


def test_a_packed_body_with_a_secret_is_unpacked_and_cleaned() -> None:
    wire = gzip.compress(json.dumps({"accessJwt": "abc", "echo": TOKEN}).encode())

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Encoding": "gzip", "Content-Length": str(len(wire)), "ETag": "x"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(wire))

    exchange = caller(answer).ask("GET", "https://example.com/a").exchange
    assert exchange is not None
    assert json.loads(exchange.response_body) == {"accessJwt": REMOVED, "echo": REMOVED}
    names = [name.lower() for name, _ in exchange.response_headers]
    assert "content-encoding" not in names
    assert names.count("content-length") == 1
    assert "etag" not in names


def test_a_sign_in_leaves_no_exchange() -> None:
    got = caller(lambda request: httpx.Response(200, json={"accessJwt": "x"})).ask(
        "POST", "https://example.com/createSession", json={"password": TOKEN}, record=False
    )
    assert got.exchange is None


def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.org/"})

    assert caller(answer).ask("GET", "https://example.com/a").status == 302
    assert seen == ["https://example.com/a"]


def test_a_failing_server_is_asked_again_and_a_refusing_one_is_not() -> None:
    met: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        met.append(1)
        return httpx.Response(503 if "busy" in request.url.path else 404)

    made = caller(answer, attempts=2)
    assert made.ask("GET", "https://example.com/busy").status == 503
    assert len(met) == 2
    assert made.ask("GET", "https://example.com/none").status == 404
    assert len(met) == 3


def test_no_answer_is_one_line_without_the_address() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unreachable) as caught:
        caller(answer).ask("GET", f"https://example.com/a?token={TOKEN}")
    assert "example.com did not answer (ConnectError)" in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("wire", "encoding"),
    [
        (gzip.compress(b"x" * 5000)[:-20], "gzip"),
        (b"nonsense", "gzip"),
        (b"nonsense", "br"),
        (gzip.compress(b"0" * (LARGEST_BODY + 1)), "gzip"),
    ],
    ids=["cut off", "not gzip", "not asked for", "bomb"],
)
def test_an_answer_that_cannot_be_unpacked_is_an_error_and_not_a_crash(
    wire: bytes, encoding: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Encoding": encoding}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(wire))

    with pytest.raises(SourceError):
        caller(answer).ask("GET", "https://example.com/a")


def test_a_secret_is_removed_in_the_spelling_of_its_surroundings() -> None:
    secrets = Secrets()
    secrets.add(TOKEN)
    for spelling in (
        "EAAB-secret/TOKEN+123",
        "EAAB-secret%2FTOKEN%2B123",
        "EAAB-secret%2fTOKEN+123",
        "EAAB%2Dsecret/TOKEN%2B123",
        "EAAB-secret\\/TOKEN+123",
        "EAAB-secret\\u002FTOKEN\\u002b123",
    ):
        assert secrets.removed_from_text(f"<{spelling}>") == f"<{REMOVED}>", spelling


@given(
    before=st.binary(max_size=40),
    after=st.binary(max_size=40),
    secret=st.text(alphabet="abcdefghijklmnop0123456789-_./+=", min_size=6, max_size=40),
)
def test_a_secret_is_removed_wherever_it_stands(before: bytes, after: bytes, secret: str) -> None:
    secrets = Secrets()
    secrets.add(secret)
    cleaned = secrets.removed_from_bytes(before + secret.encode() + after)
    assert secret.encode() not in cleaned.replace(REMOVED.encode(), b"\0")


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://pds.example.com", True),
        ("http://pds.example.com", False),
        ("https://169.254.169.254", False),
        ("https://[::1]", False),
        ("https://localhost", False),
        ("https://db.internal", False),
        ("https://user@example.com", False),
        ("https://intranet", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_public_addresses_of_strangers_are_asked(url: str, public: bool) -> None:
    assert public_https(url) is public


def test_loopback_is_known() -> None:
    assert loopback("http://127.0.0.1:2583")
    assert loopback("http://localhost:2583")
    assert not loopback("https://bsky.social")
