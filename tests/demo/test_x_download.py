"""Generated X downloads: repeatable, whole, in X's shapes, readable by our reader."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.accounts import X_ACCOUNTS, by_handle
from archiver.demo.feed import Form
from archiver.demo.x_download import plan_feed, read_array, write_x_download
from archiver.demo.x_older import Layout, write_older_download
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import ContentState, Item, Kind
from tests.exports.walking import of_x

PARKS = by_handle("AlderGlenParks")
PLATFORM_HOSTS = re.compile(
    r"^(t\.co|twitter\.com|pic\.twitter\.com|pbs\.twimg\.com|video\.twimg\.com"
    r"|ton\.twitter\.com|mobile\.twitter\.com)$"
)


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def entries(path: Path, member: str) -> list[Any]:
    with zipfile.ZipFile(path) as archive:
        return read_array(archive.read(member))


def items(path: Path) -> list[Item]:
    return [item for page in of_x(open_download(path)).walk() for item in page.items]


@pytest.fixture
def download(tmp_path: Path, now: dt.datetime) -> Path:
    return write_x_download(tmp_path / "parks.zip", account=PARKS, posts=700, seed=3).path


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path, now: dt.datetime) -> None:
    first, second, other = (
        write_x_download(tmp_path / f"{name}.zip", account=PARKS, posts=120, seed=seed).path
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert sha(first) == sha(second)
    assert sha(first) != sha(other)


def test_the_manifest_tells_the_true_counts(download: Path) -> None:
    with zipfile.ZipFile(download) as archive:
        assert archive.testzip() is None
        text = archive.read("data/manifest.js").decode()
        assert text.startswith("window.__THAR_CONFIG = {")
        manifest = json.loads(text.split(" = ", 1)[1])
        files = [file for kind in manifest["dataTypes"].values() for file in kind.get("files", ())]
        for file in files:
            content = archive.read(file["fileName"])
            assert content.startswith(f"window.{file['globalName']} = [".encode())
            assert len(read_array(content)) == int(file["count"]), file["fileName"]
        arrays = {name for name in archive.namelist() if name.endswith(".js")}
    assert arrays == {file["fileName"] for file in files} | {"data/manifest.js"}


def test_every_number_is_text_and_ids_tell_their_time(download: Path) -> None:
    for entry in entries(download, "data/tweets.js"):
        tweet = entry["tweet"]
        assert tweet["id"] == tweet["id_str"]
        for name in ("favorite_count", "retweet_count", "id_str"):
            assert isinstance(tweet[name], str)
        moment = dt.datetime.strptime(tweet["created_at"], "%a %b %d %H:%M:%S %z %Y")
        passed = (int(tweet["id_str"]) >> 22) + 1288834974657
        assert passed // 1000 == int(moment.timestamp())


def test_large_downloads_come_in_numbered_parts(tmp_path: Path, now: dt.datetime) -> None:
    path = tmp_path / "parts.zip"
    told = write_x_download(path, account=PARKS, posts=400, posts_per_part=150, pictures=0)
    parts = [name for name in told.files if name.startswith("data/tweets")]
    assert parts == ["data/tweets.js", "data/tweets-part1.js", "data/tweets-part2.js"]
    assert len({item.native_id for item in items(path) if item.kind is Kind.POST}) >= 390


def test_our_reader_reads_all_of_it(download: Path) -> None:
    reader = open_download(download)
    assert [one.format.platform for one in recognise(reader)] == ["x"]
    found = of_x(reader)
    pages = list(found.walk())
    assert not [skip for page in pages for skip in page.skipped if skip.failed]
    counts = found.inventory()
    assert all(count.complete for count in counts)
    assert all(count.read == count.declared for count in counts if count.declared is not None)
    read = [item for page in pages for item in page.items]
    kinds = {item.kind for item in read}
    assert {Kind.POST, Kind.COMMENT, Kind.MESSAGE, Kind.PROFILE, Kind.REACTION} <= kinds
    assert any(item.content_state is ContentState.ENCRYPTED for item in read)
    assert any(item.removed_at for item in read)
    assert any(item.edit_position for item in read)
    forms = {item.form for item in read}
    assert {"group renamed", "participants joined", "participants left", "broadcast"} <= forms
    assert [person for page in pages for person in page.subscribers]


def test_every_picture_named_in_a_post_lies_in_the_zip(download: Path) -> None:
    missing = [
        ref.key
        for item in items(download)
        for ref in item.media
        if item.kind in (Kind.POST, Kind.MESSAGE) and item.form != "broadcast" and not ref.available
    ]
    assert not missing
    with zipfile.ZipFile(download) as archive:
        folders = Counter(name.split("/")[1] for name in archive.namelist() if "_media/" in name)
        for name in archive.namelist():
            if name.endswith(".jpg"):
                assert archive.read(name)[:3] == b"\xff\xd8\xff"
    assert folders["tweets_media"] > 20


def test_edits_are_posts_of_their_own_tied_to_the_first(tmp_path: Path, now: dt.datetime) -> None:
    path = write_x_download(tmp_path / "e.zip", account=PARKS, posts=900, pictures=0).path
    tweets = {entry["tweet"]["id_str"]: entry["tweet"] for entry in entries(path, "data/tweets.js")}
    edits = [tweet for tweet in tweets.values() if "edit" in tweet.get("edit_info", {})]
    assert edits
    for tweet in edits:
        first = tweets[tweet["edit_info"]["edit"]["initialTweetId"]]
        assert tweet["id_str"] in first["edit_info"]["initial"]["editTweetIds"]
        assert first["full_text"] != tweet["full_text"]


def test_deleted_posts_were_deleted_in_the_last_two_weeks(tmp_path: Path, now: dt.datetime) -> None:
    path = write_x_download(tmp_path / "d.zip", account=PARKS, posts=3000, pictures=0).path
    gone = entries(path, "data/deleted-tweets.js")
    assert gone
    kept = {entry["tweet"]["id_str"] for entry in entries(path, "data/tweets.js")}
    for entry in gone:
        tweet = entry["tweet"]
        at = dt.datetime.strptime(tweet["deleted_at"], "%a %b %d %H:%M:%S %z %Y")
        assert now - dt.timedelta(days=14) <= at <= now
        assert tweet["id_str"] not in kept


def test_a_later_download_adds_and_loses_and_changes_little(
    tmp_path: Path, now: dt.datetime
) -> None:
    until = now - dt.timedelta(days=20)
    first = write_x_download(
        tmp_path / "1.zip", account=PARKS, posts=2000, until=until, generated_at=until, pictures=9
    )
    second = write_x_download(
        tmp_path / "2.zip",
        account=PARKS,
        posts=2000,
        until=until,
        later=30,
        changed=0.005,
        earlier=(until,),
        pictures=9,
    )
    old, new = (
        {entry["tweet"]["id_str"]: entry["tweet"] for entry in entries(told.path, "data/tweets.js")}
        for told in (first, second)
    )
    same = [number for number in old if number in new]
    changed = [number for number in same if old[number] != new[number]]
    added = [number for number in new if number not in old]
    lost = [entry["tweet"]["id_str"] for entry in entries(first.path, "data/deleted-tweets.js")]
    assert len(same) > 0.99 * len(old)
    assert 0 < len(changed) < 30
    assert 25 <= len(added) <= 60
    assert lost and not set(lost) & set(new)


def test_a_feed_can_be_asked_for_any_post_in_any_order(now: dt.datetime) -> None:
    feed = plan_feed(PARKS, 500)
    alone = feed.post(321)
    in_order = {post.number: post for post in feed}
    assert in_order[321].text == alone.text
    moments = [feed.moment(number) for number in range(500)]
    assert moments == sorted(moments)
    assert max(moments) <= feed.until
    assert {feed.form(number) for number in range(500)} == set(Form)


def test_some_records_are_old_enough_to_destroy_and_some_fresh(now: dt.datetime) -> None:
    moments = [post.moment for post in plan_feed(PARKS, 300)]
    assert min(moments) < now - dt.timedelta(days=5 * 365)
    assert max(moments) > now - dt.timedelta(days=30)


def test_no_real_number_or_address_is_in_a_download(download: Path) -> None:
    with zipfile.ZipFile(download) as archive:
        text = "".join(
            archive.read(name).decode() for name in archive.namelist() if name.endswith(".js")
        )
    words = " ".join(re.findall(r'"(?:full_text|text|fullText|phoneNumber|bio)" : "([^"]*)"', text))
    assert all(
        re.fullmatch(r"555-01\d\d", number) for number in re.findall(r"\b\d{3}-\d{4}\b", words)
    )
    for host in set(re.findall(r"https?://([\w.-]+)", text)):
        assert PLATFORM_HOSTS.match(host) or re.search(r"(^|\.)example\.(com|org|net)$", host), host
    for domain in set(re.findall(r"[\w.+-]+@([\w-]+\.[\w.-]*\w)", words)):
        assert re.search(r"(^|\.)example\.(com|org|net)$", domain), domain


@pytest.mark.parametrize("form", list(Layout))
def test_older_layouts_are_read_whole(tmp_path: Path, form: Layout) -> None:
    path = tmp_path / f"{form}.zip"
    write_older_download(path, account=X_ACCOUNTS[0], form=form, posts=50)
    reader = open_download(path)
    assert [one.format.platform for one in recognise(reader)] == ["x"]
    found = of_x(reader)
    pages = list(found.walk())
    posts = [item for page in pages for item in page.items if item.kind is Kind.POST]
    assert len(posts) == 50
    assert not [skip for page in pages for skip in page.skipped]
    assert all(count.complete for count in found.inventory())


def test_memory_does_not_grow_with_the_download(tmp_path: Path, now: dt.datetime) -> None:
    def peak(posts: int) -> int:
        tracemalloc.start()
        write_x_download(
            tmp_path / "m.zip", account=PARKS, posts=posts, pictures=0, followers=9, messages=40
        )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(400)
    assert peak(4000) < 1.5 * peak(1000)
