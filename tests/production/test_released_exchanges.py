"""An exchange leaves as WARC only where nothing in it was kept back and nothing is unknown."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.items import Author, AuthorRole, Exchange, Item, Kind, Skipped
from archiver.requests.book import Claim, decide
from archiver.requests.redacting.redactions import Mark, add_redaction

DID = "did:plc:alderglen"
HANDLE = "alderglen.example.org"
SKY = AccountRef(7, "bluesky", HANDLE, "City of Alder Glen", "Clerk", "", DID, "official")
CITY = Author(DID, HANDLE, "City of Alder Glen", AuthorRole.AGENCY)
ASKED = (
    f"https://pds.example.org/xrpc/com.atproto.repo.listRecords?repo={DID}"
    "&collection=app.bsky.feed.post&limit=100"
)


def raw(rkey: str, text: str, /, **more: object) -> dict[str, object]:
    """A post as a repository lists it."""
    value = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": "2026-11-16T10:00:00.000Z",
        "langs": ["en"],
        **more,
    }
    return {
        "uri": f"at://{DID}/app.bsky.feed.post/{rkey}",
        "cid": f"bafyrei{'a' * 40}",
        "value": value,
    }


def captured(city, *posts, url=ASKED, status=200, skipped=(), **body):
    """Take a page of posts into the archive; gives the records."""
    whole = {"records": list(posts), **body}
    exchange = Exchange(
        "GET",
        url,
        "2026-11-17T09:59:00Z",
        (("Host", "pds.example.org"), ("User-Agent", "archiver")),
        b"",
        status,
        "OK",
        (
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Date", "Tue, 17 Nov 2026 09:59:00 GMT"),
            ("Set-Cookie", "trace=4471"),
        ),
        gzip.compress(json.dumps(whole).encode(), mtime=0),
    )
    items = [
        Item(
            platform="bluesky",
            kind=Kind.POST,
            native_id=str(post["uri"]),
            author=CITY,
            created_at="2026-11-16T10:00:00Z",
            text=str(post["value"]["text"]),
            language="en",
            raw=json.dumps(post).encode(),
            stable=json.dumps(post).encode(),
            links=("https://example.org/map",),
        )
        for post in posts
    ]
    run = begin_run(city.archive, SKY, source="bluesky-api")
    with batch(city.archive, run) as adding:
        adding.add(items, observed_at="2026-11-17T10:00:00Z", exchange=exchange)
        if skipped:
            adding.skipped(skipped, exchange=exchange)
    finish_run(city.archive, run, outcome="complete", notes={})
    found = city.archive.public.execute("SELECT id FROM records ORDER BY id").fetchall()
    return [("archive", row[0]) for row in found]


def warc(folder: Path) -> Path:
    return folder / "warc" / "exchanges.warc.gz"


def test_an_exchange_of_released_posts_alone_is_written_anew(city) -> None:
    number = city.ask()
    facet = {
        "index": {"byteStart": 5, "byteEnd": 12},
        "features": [
            {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/map"},
            {"$type": "app.bsky.richtext.facet#tag", "tag": "alder"},
        ],
    }
    posts = raw("3k1", "The map is here #alder", facets=[facet]), raw("3k2", "Second")
    items = city.collect(number, *captured(city, *posts, cursor="3k2"))
    city.release(number, *items)
    folder = city.produce(number).folder
    with warc(folder).open("rb") as stream:
        request, response = [
            (record.rec_type, record.content_stream().read(), dict(record.http_headers.headers))
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    assert request == ("request", b"", {"Host": "pds.example.org"})
    assert json.loads(response[1]) == {"records": list(posts), "cursor": "3k2"}
    assert set(response[2]) == {"Content-Type", "Date", "Content-Length"}
    checker = Checker(type("Asked", (), {"inputs": [str(warc(folder))], "verbose": False})())
    checker.process_all()
    assert checker.exit_value == 0
    assert "warc/exchanges.warc.gz" in (folder / "manifest.json").read_text()


def test_one_withheld_post_keeps_the_exchange_out(city) -> None:
    number = city.ask()
    one, two = city.collect(number, *captured(city, raw("3k1", "One"), raw("3k2", "Two")))
    city.release(number, one)
    city.withhold(number, two)
    assert not warc(city.produce(number).folder).exists()


def test_one_post_that_was_not_asked_for_keeps_it_out(city) -> None:
    number = city.ask()
    records = captured(city, raw("3k1", "One"), raw("3k2", "Two"))
    (one,) = city.collect(number, records[0])
    city.release(number, one)
    assert not warc(city.produce(number).folder).exists()


def test_one_bar_keeps_it_out(city) -> None:
    number = city.ask()
    (one,) = city.collect(number, *captured(city, raw("3k1", "Call 555-0142")))
    city.attest("7927.410")
    files = {"archive": city.archive.public, "private": city.archive.private}
    add_redaction(
        *(city.office, files, number, one, Mark("text", 5, 13)),
        actor="of",
        claims=[Claim("7927.410")],
    )
    decide(city.office, number, [one], "redact", actor="of")
    folder = city.produce(number).folder
    assert not warc(folder).exists()


def test_a_post_that_was_met_again_unchanged_keeps_it_out(city) -> None:
    """The archive keeps no row for it, so only the answer itself shows that it was there."""
    number = city.ask()
    captured(city, raw("3k1", "Withheld from this request"))
    records = captured(city, raw("3k2", "New"), raw("3k1", "Withheld from this request"))
    [again] = [
        record
        for record in records
        if city.archive.public.execute(
            "SELECT text FROM records WHERE id = ?", (record[1],)
        ).fetchone()[0]
        == "New"
    ]
    city.release(number, *city.collect(number, again))
    assert not warc(city.produce(number).folder).exists()


POSTS = (
    {"reply": {"parent": {"uri": "at://did:plc:other/app.bsky.feed.post/1", "cid": "bafyx"}}},
    {"likeCount": 3},
    {"embed": {"$type": "app.bsky.embed.record", "record": {"uri": "at://x/y/z"}}},
    {"langs": ["en", "Quirina"]},
    {"facets": [{"features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:x"}]}]},
    {"facets": [{"index": {"byteStart": 5550142}}]},
    {"facets": [{"features": [{"uri": "https://example.org/secret"}]}]},
    {"createdAt": "2026-11-16T10:00:01.000Z"},
    {"$type": "quirina.lives.here"},
    {"cid": f"bafyrei{'b' * 40}"},
    {"tags": True},
    {"text": ["One"]},
)
ANSWERS = (
    {"cursor": "3k9"},
    {"viewer": "did:plc:other"},
    {"url": f"{ASKED}&cursor=3k9"},
    {"url": ASKED.replace("listRecords", "getTimeline")},
    {"url": ASKED.replace(DID, "did:plc:other")},
    {"status": 206},
)


def test_anything_that_the_packet_does_not_print_keeps_an_exchange_out(city) -> None:
    number = city.ask()
    captured(city, raw("good", "The only one that goes out"))
    for place, more in enumerate(POSTS):
        captured(city, raw(f"a{place}", "One", **more))
    for place, changes in enumerate(ANSWERS):
        records = captured(city, raw(f"b{place}", "One"), **changes)
    city.release(number, *city.collect(number, *records))
    with warc(city.produce(number).folder).open("rb") as stream:
        answers = [
            json.loads(record.content_stream().read())
            for record in ArchiveIterator(stream)
            if record.rec_type == "response"
        ]
    assert len(records) == 1 + len(POSTS) + len(ANSWERS)
    assert [one["uri"].rpartition("/")[2] for each in answers for one in each["records"]] == [
        "good"
    ]


def test_a_part_that_could_not_be_read_keeps_it_out(city) -> None:
    number = city.ask()
    unread = [Skipped("listRecords", None, "unreadable", True, b"{}")]
    records = captured(city, raw("3k1", "One"), skipped=unread)
    city.release(number, *city.collect(number, *records))
    assert not warc(city.produce(number).folder).exists()


def test_a_part_that_is_no_record_keeps_it_out(city) -> None:
    number = city.ask()
    whole = [raw("3k2", "Two"), {"uri": "no record"}]
    city.release(number, *city.collect(number, *captured(city, whole[0], records=whole)))
    assert not warc(city.produce(number).folder).exists()


def test_a_file_that_is_not_what_was_sealed_keeps_it_out(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, *captured(city, raw("3k1", "One"))))
    [path] = (city.home.path / "public" / "warc").rglob("*.warc.gz")
    path.write_bytes(path.read_bytes()[:-40] + bytes(40))
    assert not warc(city.produce(number).folder).exists()
