"""Every layout there has been: the counts are what was written, and a record is the same in all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from archiver.demo.mastodon_download import (
    ACCOUNT as WHO,
)
from archiver.demo.mastodon_download import (
    LAYOUTS,
    MastodonWritten,
    write_mastodon_download,
    write_mastodon_tables,
)
from archiver.errors import InputError
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import Kind, Relation, Visibility
from tests.exports.mastodon.archives import Walked, imported, outbox, zipped

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def written(folder: Path, layout: str, posts: int = 200, **more: int) -> MastodonWritten:
    ending = "tar.gz" if layout == "tar" else "zip"
    path = folder / f"archive-20261120120000-{layout}.{ending}"
    return write_mastodon_download(path, posts=posts, layout=layout, generated_at=NOW, **more)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_as_many_of_each_form_are_read_as_were_written(tmp_path: Path, layout: str) -> None:
    made = written(tmp_path, layout, pictures=8)
    found = Walked(made.path)
    assert Counter(item.form for item in found.items) == {**made.forms, "profile": 1}
    assert found.download.identity.handle == WHO.handle
    assert not found.skipped
    assert found.adds_up()
    assert found.download.unmatched_media == 0
    held = {ref.key for item in found.items for ref in item.media if ref.available}
    assert len(held) == (made.media + 2 if layout != "pleroma" else 0)
    messages = [item for item in found.items if item.kind is Kind.MESSAGE]
    assert len(messages) == made.forms["private mention"]
    assert all(item.visibility is Visibility.PRIVATE for item in messages)
    assert all(len(item.recipients) == 1 and item.root_id for item in messages)
    assert not any("the server counts" in note for note in found.notes)


def test_a_later_archive_in_the_next_layout_brings_no_new_version(tmp_path: Path) -> None:
    first = imported(tmp_path, written(tmp_path, "tar", pictures=5).path)
    second = imported(tmp_path, written(tmp_path, "zip", pictures=5).path)
    assert first.total.stored == 201
    assert first.media_stored > 2
    assert (second.total.stored, second.total.versions) == (0, 0)
    assert second.total.duplicates == 201
    assert second.outcome == "complete"


def test_the_id_is_the_one_the_servers_interface_gives(tmp_path: Path) -> None:
    found = Walked(written(tmp_path, "new").path)
    assert found.download.identity.native_id == WHO.native_id
    assert all(item.native_id.isdecimal() for item in found.items)
    other = Walked(written(tmp_path, "pleroma").path)
    assert other.download.identity.native_id is None
    assert all(item.native_id.startswith("https://") for item in other.items)


@pytest.mark.parametrize("head", [True, False])
def test_tables_beside_the_archive_are_its_lists(tmp_path: Path, head: bool) -> None:
    made = written(tmp_path, "zip", posts=30)
    write_mastodon_tables(tmp_path / "tables", people=50, head=head)
    tables = sorted((tmp_path / "tables").iterdir())
    found = Walked(made.path, *tables)
    assert Counter(person.relation for person in found.people) == {
        Relation.FOLLOWING: 50,
        Relation.MUTE: 6,
        Relation.BLOCK: 8,
    }
    kept = {name for name, count in found.counts.items() if count.state == "kept"}
    assert {"lists.csv", "blocked_domains.csv", "bookmarks.csv", "likes.json"} <= kept
    report = imported(tmp_path, made.path, *tables)
    assert report.total.people == 64
    assert report.outcome == "complete"


def test_a_folder_with_the_archive_and_the_tables_is_one_download(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    written(folder, "tar", posts=30)
    write_mastodon_tables(folder, people=20)
    found = Walked(folder)
    assert len(found.people) == 20 + 3 + 3
    assert len(found.items) == 31


def test_tables_alone_have_to_be_vouched_for(tmp_path: Path) -> None:
    write_mastodon_tables(tmp_path / "tables", people=20)
    with pytest.raises(InputError, match="does not say whose account"):
        imported(tmp_path, tmp_path / "tables")
    report = imported(tmp_path, tmp_path / "tables", attested="fetched by IT on November 20")
    assert report.total.people == 26


def test_lists_of_other_servers_names_are_read(tmp_path: Path) -> None:
    names = {
        "following.csv": b"Account address,Show boosts\r\nann@example.org,true\r\n",
        "followers.csv": b"ben@example.org\nann@example.org\n",
        "blocks.csv": b"\xef\xbb\xbfcat@example.org\n",
        "mutes (1).csv": b"Account address,Hide notifications\rdan@example.org,true\r",
    }
    found = Walked(zipped(tmp_path / "lists.zip", names))
    assert {(one.relation, one.handle) for one in found.people} == {
        (Relation.FOLLOWING, "ann@example.org"),
        (Relation.FOLLOWER, "ben@example.org"),
        (Relation.FOLLOWER, "ann@example.org"),
        (Relation.BLOCK, "cat@example.org"),
        (Relation.MUTE, "dan@example.org"),
    }


def test_a_line_that_is_no_address_is_failed_and_one_that_repeats_joined(tmp_path: Path) -> None:
    table = b"Account address,Show boosts\nann@example.org,true\nnobody\nann@example.org,false\n"
    found = Walked(zipped(tmp_path / "a.zip", {"following_accounts.csv": table}))
    assert [person.handle for person in found.people] == ["ann@example.org"]
    count = found.counts["following_accounts.csv"]
    assert (count.read, count.units, count.joined) == (3, 3, 1)
    assert [one.failed for one in found.skipped] == [True]
    assert found.adds_up()


@pytest.mark.parametrize(
    "files",
    [
        {"outbox.json": b'{"mail": []}'},
        {"followers.csv": b"name,company\nAnn,Acme\n"},
        {"records.json": outbox()},
        {"data/following.js": b"window.YTD"},
    ],
)
def test_what_is_something_else_is_left_to_others(tmp_path: Path, files: dict[str, bytes]) -> None:
    with open_download(zipped(tmp_path / "a.zip", files)) as reader:
        assert "mastodon" not in {one.format.platform for one in recognise(reader)}
