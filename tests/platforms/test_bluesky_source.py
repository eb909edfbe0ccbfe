"""The Bluesky source by itself: signing in, whose server is asked, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from archiver.errors import CredentialError
from archiver.items import Confirmation, Extent, Kind, MediaRef, Relation
from archiver.platforms.bluesky import BlueskySource, open_bluesky
from archiver.platforms.bluesky.session import Session
from tests.capture.bluesky_city import registered
from tests.servers.bluesky_network import Network, picture

DID = "did:plc:aldergle2aldergle2aldergl"
SESSION = {"did": DID, "handle": "alderglen.example.org", "accessJwt": "a.b.c", "refreshJwt": "d.e"}


class Wire(httpx.BaseTransport):
    """A network that is a function from an address to an answer; remembers who was asked."""

    def __init__(self, answer: Callable[[str], object]) -> None:
        self._answer = answer
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if "createSession" in str(request.url):
            body: object = SESSION
        else:
            body = self._answer(str(request.url))
        content = httpx.Response(200, json=body).content
        status = 404 if body is None else 200
        return httpx.Response(status, stream=httpx.ByteStream(content))


def session(answer: Callable[[str], object], **more: str) -> tuple[Session, Wire]:
    """A session on a network that is a function."""
    wire = Wire(answer)
    options = {"directory": "https://plc.example.org", **more}
    made = Session(
        "https://pds.example.org",
        "alderglen.example.org",
        lambda: "app-pass-word",
        transport=wire,
        attempts=1,
        **options,
    )
    return made, wire


def document(endpoint: object) -> dict[str, object]:
    """Somebody's document in the directory."""
    service = {"id": "#atproto_pds", "type": "X", "serviceEndpoint": endpoint}
    return {"id": "did:plc:joe", "service": [service]}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://pds.example.com",
        "https://169.254.169.254",
        "https://localhost:2583",
        "http://127.0.0.1:8001",
        "https://db.internal",
        "ftp://example.com",
        17,
        None,
    ],
)
def test_a_stranger_cannot_point_us_at_the_citys_own_network(endpoint: object) -> None:
    made, _ = session(lambda url: document(endpoint))
    assert made.repository_of("did:plc:joe") is None
    assert made.repository_of("did:web:127.0.0.1") is None
    assert made.repository_of("did:web:localhost%3A80") is None
    assert made.repository_of("did:key:zabc") is None


def test_a_strangers_server_is_asked_without_the_citys_token() -> None:
    def answer(url: str) -> object:
        if url.startswith("https://plc."):
            return document("https://pds.joe.example.com")
        return {"uri": "x", "cid": "y", "value": {}}

    made, wire = session(answer)
    base = made.repository_of("did:plc:joe")
    assert base == "https://pds.joe.example.com"
    made.get_elsewhere(base, "com.atproto.repo.getRecord", {"repo": "did:plc:joe"})
    assert wire.asked[-1].url.host == "pds.joe.example.com"
    assert all("authorization" not in request.headers for request in wire.asked[-2:])


def test_the_app_password_is_never_sent_in_the_clear() -> None:
    made = Session("http://pds.example.org", "x", lambda: "app-pass-word", transport=Wire(dict))
    with pytest.raises(CredentialError, match="not https"):
        _ = made.did


def test_the_account_of_the_register_and_of_the_sign_in_must_be_one() -> None:
    source = BlueskySource(
        "https://pds.example.org",
        "alderglen.example.org",
        lambda: "app-pass-word",
        expected="did:plc:somebodyelse",
        transport=Wire(dict),
    )
    with pytest.raises(CredentialError, match="the register knows did:plc:somebodyelse"):
        _ = source.native_id


def test_an_account_without_a_credential_says_what_to_register() -> None:
    account = replace(registered("alderglen.example.org", "http://127.0.0.1:1"), credential=None)
    with pytest.raises(CredentialError, match="--credential env:NAME"):
        open_bluesky(account)


def test_what_is_not_given_says_why_and_what_supplies_it() -> None:
    for capability in BlueskySource.capabilities.values():
        assert capability.extent is Extent.FULL or capability.reason
        assert capability.extent is not Extent.NONE or capability.instead
    assert set(BlueskySource.capabilities) == {*Kind, *Relation}


def test_a_reply_behind_a_block_is_read_where_its_author_keeps_it() -> None:
    uri = "at://did:plc:joe/app.bsky.feed.post/3kaldergl2222"
    root = f"at://{DID}/app.bsky.feed.post/3kaldergl1111"
    post = {
        "uri": root,
        "cid": "c",
        "author": {"did": DID, "handle": "alderglen.example.org"},
        "record": {"text": "New parking rules"},
        "replyCount": 1,
    }
    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri, "blocked": True}

    def answer(url: str) -> object:
        if "getPostThread" in url:
            kind = "app.bsky.feed.defs#threadViewPost"
            return {"thread": {"$type": kind, "post": post, "replies": [blocked]}}
        if url.startswith("https://plc."):
            return document("https://pds.joe.example.com")
        assert url.startswith("https://pds.joe.example.com/xrpc/com.atproto.repo.getRecord")
        return {"uri": uri, "cid": "d", "value": {"text": "Terrible rules"}}

    source = BlueskySource(
        "https://pds.example.org",
        "alderglen.example.org",
        lambda: "app-pass-word",
        directory="https://plc.example.org",
        transport=Wire(answer),
    )
    pages = list(source.beneath(Kind.COMMENT, {root: None}))
    (item,) = [item for page in pages for item in page.items]
    assert (item.text, item.author.native_id) == ("Terrible rules", "did:plc:joe")
    (cited,) = [page.exchange for page in pages if page.items]
    assert cited is not None
    assert cited.url.startswith("https://pds.joe.example.com/")


@pytest.mark.servers
def test_the_directory_leads_to_a_residents_repository_and_its_pictures(pds: Network) -> None:
    city, joe = pds.person("city"), pds.person("joe")
    post = joe.post("Look at this")
    blob = joe.upload(picture("red"), "image/png")
    joe.post(
        "Picture", embed={"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": blob}]}
    )
    source = BlueskySource(
        pds.pds, f"@{city.handle}", lambda: city.password, directory=pds.plc, attempts=1
    )
    (found,) = source.confirm(Kind.COMMENT, [post["uri"]])
    assert found.answer is Confirmation.PRESENT
    assert found.exchange is not None
    joe.delete(post["uri"])
    (found,) = source.confirm(Kind.COMMENT, [post["uri"]])
    assert (found.answer, found.removed_by) == (Confirmation.GONE, "author")
    opened = source.open_media(MediaRef(f"{joe.did}/{blob['ref']['$link']}"))
    assert opened is not None
    with opened as stream:
        assert stream.read() == picture("red")
    assert source.open_media(MediaRef(f"{joe.did}/bafkreinothere")) is None
    source.close()
