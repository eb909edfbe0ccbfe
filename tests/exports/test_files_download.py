"""A download read file by file: pages, resuming, lists last, what is counted, what is covered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from archiver.exports.counting import KEPT, UNREADABLE, FileCount, Unit
from archiver.exports.elements import ElementScanner
from archiver.exports.faults import UnreadableError
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile
from archiver.exports.guarding import ended, guarded
from archiver.exports.identity import Identity
from archiver.exports.paging import PAGE_UNITS
from archiver.exports.reader import open_download
from archiver.items import (
    Author,
    Capability,
    Extent,
    Item,
    Kind,
    MediaRef,
    Relation,
    Skipped,
    Subscriber,
)
from tests.exports.x_downloads import write_zip

GIVES = {
    Kind.POST: Capability(Extent.PARTIAL, "posts deleted earlier are not in a download"),
    Kind.MESSAGE: Capability(Extent.FULL),
    Relation.FOLLOWER: Capability(Extent.FULL),
}


def posts(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    scanner = ElementScanner(stream)
    for element in scanner:
        yield from guarded("posts.json", count, element, partial(_posts, element.value))
    ended(scanner, count)


def _posts(value: dict[str, str]) -> list[Item]:
    return [_post(value)]


def _post(value: dict[str, str]) -> Item:
    return Item(
        *("city", Kind.POST, value["id"], Author(), value.get("at"), "text", b"{}", b"{}"),
        member="posts.json",
        media=(MediaRef(value["picture"]),) if "picture" in value else (),
    )


def people(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    for name in stream.read().decode().split():
        count.read += 1
        yield Subscriber("city", Relation.FOLLOWER, name)


def nothing(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    raise UnreadableError("it is a picture of a cat")
    yield from ()


FILES = [
    DataFile("people.txt", "followers", people, (Relation.FOLLOWER,), Relation.FOLLOWER),
    DataFile("posts.json", "posts", posts, (Kind.POST,)),
    DataFile("cat.json", "messages", nothing, (Kind.MESSAGE,)),
    DataFile("settings.json", "settings", reason="about the person who signs in"),
]
BODIES = {
    "people.txt": b"ada ben",
    "posts.json": b'[{"id": "1", "at": "2026-01-02T00:00:00Z", "picture": "a.jpg"}, {"no": 1}, '
    b'{"id": "3", "at": "2026-03-02T00:00:00Z"}]',
    "cat.json": b"meow",
    "settings.json": b"{}",
    "a.jpg": b"x",
    "b.jpg": b"y",
    "index.html": b"<p>",
    "odd.bin": b"?",
}


def opened(tmp_path: Path, **more: bytes) -> FilesDownload:
    bodies = {**BODIES, **{name.replace("_", "."): body for name, body in more.items()}}
    reader = open_download(write_zip(tmp_path / "download.zip", bodies))
    contents = Contents(
        Identity(display_name="City"),
        FILES,
        GIVES,
        media=["a.jpg", "b.jpg"],
        viewer=lambda member: member.endswith(".html"),
    )
    return FilesDownload(reader, contents)


def test_people_come_last_and_alone(tmp_path: Path) -> None:
    pages = list(opened(tmp_path).walk())
    assert [len(page.subscribers) for page in pages] == [0, 2]
    assert [item.native_id for item in pages[0].items] == ["1", "3"]


def test_every_unit_is_one_thing(tmp_path: Path) -> None:
    download = opened(tmp_path)
    pages = list(download.walk())
    given = sum(len(page.items) + len(page.subscribers) + len(page.skipped) for page in pages)
    assert given == sum(count.units - count.joined for count in download.counts.values())
    assert int(pages[-1].resume or 0) == given


def test_what_is_not_built_as_expected_costs_itself_alone(tmp_path: Path) -> None:
    [page, _] = opened(tmp_path).walk()
    assert [(one.member, one.position, one.failed) for one in page.skipped] == [
        ("posts.json", 1, True),
        ("cat.json", None, True),
    ]
    assert page.skipped[0].detail == "it is not built as expected (KeyError)"


def test_each_file_is_told_with_what_became_of_it(tmp_path: Path) -> None:
    download = opened(tmp_path)
    list(download.walk())
    told = {count.member: (count.state, count.read) for count in download.inventory()}
    assert told["cat.json"] == (UNREADABLE, 0)
    assert told["settings.json"] == (KEPT, 0)
    assert told["odd.bin"] == (KEPT, 1)
    assert told["(other files)"] == (KEPT, 1)
    assert told["(no folder)"] == (KEPT, 2)
    assert download.unmatched_media == 1


def test_a_walk_goes_on_behind_what_was_taken(tmp_path: Path) -> None:
    many = b"[" + b",".join(b'{"id": "%d"}' % n for n in range(PAGE_UNITS * 2 + 5)) + b"]"
    download = opened(tmp_path, posts_json=many)
    pages = list(download.walk())
    again = list(download.walk(pages[0].resume))
    assert [page.resume for page in again] == [page.resume for page in pages[1:]]
    assert again[0].items[0].native_id == str(PAGE_UNITS)
    assert "0" in download.seen[Kind.POST]


def test_a_download_without_a_date_is_as_old_as_the_newest_thing_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")
    download = opened(tmp_path)
    assert download.generated_at == "2026-03-02T00:00:00Z"
    assert any("does not say when" in line for line in download.warnings)


def test_coverage_says_what_a_court_may_read(tmp_path: Path) -> None:
    download = opened(tmp_path)
    list(download.walk())
    lines = {
        line.what: (line.state, line.reason)
        for line in download.coverage("2026-07-01T00:00:00Z", {"cat.json": "cat.json: no"}, False)
    }
    assert lines["post"] == ("partial", "posts deleted earlier are not in a download")
    assert lines["message"] == ("none", "cat.json: no"), "nothing of its only file was read"
    assert lines["follower"] == ("complete", "")
    assert lines["comment"][0] == "none"
    assert lines["block"][0] == "none"


def test_many_files_can_be_counted_as_one(tmp_path: Path) -> None:
    threads = [
        DataFile(f"m/{n}.json", "messages", posts, (Kind.MESSAGE,), counted_as="m/")
        for n in range(3)
    ]
    bodies = {f"m/{n}.json": b'[{"id": "%d"}]' % n for n in range(3)}
    reader = open_download(write_zip(tmp_path / "download.zip", bodies))
    download = FilesDownload(reader, Contents(Identity(), threads, GIVES))
    list(download.walk())
    [count] = download.counts.values()
    assert (count.member, count.files, count.read, count.units) == ("m/", 3, 3, 3)
    assert download.counted_as("m/2.json") == "m/"


def test_a_skipped_part_keeps_the_name_of_its_own_file(tmp_path: Path) -> None:
    threads = [DataFile("m/0.json", "messages", nothing, (Kind.MESSAGE,), counted_as="m/")]
    reader = open_download(write_zip(tmp_path / "download.zip", {"m/0.json": b"x"}))
    [page] = FilesDownload(reader, Contents(Identity(), threads, GIVES)).walk()
    [skipped] = page.skipped
    assert isinstance(skipped, Skipped)
    assert skipped.member == "m/0.json"
