"""Bluesky records of every kind and oddity as Items."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.atproto.records import (
    Address,
    Record,
    own_item,
    post_item,
    profile_item,
    stored_time,
    tid_time,
)
from archiver.items import Author, AuthorRole, Item, Kind

DID = "did:plc:aldergle2aldergle2aldergl"
URI = f"at://{DID}/app.bsky.feed.post/3kaldergl2222"
CITY = Author(native_id=DID, handle="alderglen.example.org", role=AuthorRole.AGENCY)
CID = "bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
BLOB = "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def blob(cid: str = BLOB, media_type: str = "image/jpeg") -> dict[str, Any]:
    """A blob reference."""
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": media_type, "size": 9}


def post(**value: Any) -> Item:
    """A post of the city."""
    full = {"$type": "app.bsky.feed.post", "createdAt": "2026-08-14T19:52:00.123Z", **value}
    record = Record(URI, CID, full)
    item = own_item(record, msgspec.json.encode(record), CITY)
    assert item is not None
    return item


def test_every_embed_gives_its_media() -> None:
    embeds = {
        "image": {"images": [{"alt": "A bridge", "image": blob()}]},
        "video": {
            "video": blob(media_type="video/mp4"),
            "alt": "A flood",
            "captions": [{"lang": "es", "file": blob(BLOB.replace("a", "b"), "text/vtt")}],
        },
        "link preview": {"external": {"uri": "https://example.org", "title": "T", "thumb": blob()}},
    }
    for name, embed in embeds.items():
        found = post(text="x", embed=embed).media
        assert found[0].name == name
        assert found[0].key == f"{DID}/{BLOB}"
        both = {"$type": "app.bsky.embed.recordWithMedia", "media": embed, "record": {}}
        assert post(text="x", embed=both).media == found
    captions = post(text="x", embed=embeds["video"]).media[1]
    assert captions.name == "captions es"


def test_the_content_decides_the_version_and_the_counts_do_not() -> None:
    one = post_item(Record(URI, CID, {"text": "a"}), b"1", CITY, kind=Kind.POST)
    other = post_item(
        Record(URI, CID, {"text": "a"}), b"2", CITY, kind=Kind.POST, metrics={"likes": 3}
    )
    assert (
        one.stable
        == other.stable
        == json.dumps({"cid": CID, "uri": URI}, separators=(",", ":")).encode()
    )


def test_links_come_from_facets_cards_and_quotes() -> None:
    quoted = f"at://{DID}/app.bsky.feed.post/3kaldergl3333"
    item = post(
        text="x",
        facets=[{"features": [{"uri": "https://example.org/a"}, {"tag": "parks"}]}],
        embed={
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"record": {"uri": quoted, "cid": CID}},
            "media": {"external": {"uri": "https://example.org/b"}},
        },
    )
    assert item.links == ("https://example.org/a", "https://example.org/b", quoted)
    assert (item.form, item.parent_id) == ("quote", quoted)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("2026-08-14T19:52:00.123Z", "2026-08-14T19:52:00.123000Z"),
        ("2026-08-14T12:52:00-07:00", "2026-08-14T19:52:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("2150-01-01T00:00:00Z", "2150-01-01T00:00:00Z"),
        ("yesterday", None),
        ("2026-08-14T19:52:00", None),
        ("0001-01-01T00:00:00+23:00", None),
        (17, None),
        (None, None),
    ],
)
def test_a_time_is_stored_in_utc_or_not_guessed(said: object, stored: str | None) -> None:
    assert stored_time(said) == stored


def test_the_key_of_a_record_tells_its_time() -> None:
    assert tid_time("self") is None
    assert tid_time("3kaldergl111") is None
    moment = tid_time("3kaldergl2222")
    assert moment is not None
    assert moment.tzinfo is dt.UTC


@given(value=st.dictionaries(st.text(max_size=10), anything))
def test_no_post_is_so_odd_that_it_breaks(value: dict[str, Any]) -> None:
    item = post(**{name: part for name, part in value.items() if name != "createdAt"})
    assert item.native_id == URI


@given(embed=anything, reply=anything, facets=anything, langs=anything, text=anything)
def test_no_part_of_a_post_is_so_odd_that_it_breaks(
    embed: object, reply: object, facets: object, langs: object, text: object
) -> None:
    item = post(embed=embed, reply=reply, facets=facets, langs=langs, text=text)
    item.text.encode()


@given(avatar=anything, name=anything)
def test_no_profile_is_so_odd_that_it_breaks(avatar: object, name: object) -> None:
    value = {"avatar": avatar, "displayName": name, "description": name}
    assert profile_item(Record(URI, CID, value), b"{}", CITY).kind is Kind.PROFILE


@given(text=st.text())
def test_an_address_is_read_or_refused(text: str) -> None:
    found = Address.parse(text)
    assert found is None or str(found) == text


def test_a_new_handle_is_a_new_version_of_the_profile() -> None:
    renamed = Author(native_id=DID, handle="newname.example.org", role=AuthorRole.AGENCY)
    record = Record(f"at://{DID}/app.bsky.actor.profile/self", CID, {"displayName": "City"})
    assert profile_item(record, b"", CITY).stable != profile_item(record, b"", renamed).stable
    assert profile_item(None, b"", CITY).text == ""
