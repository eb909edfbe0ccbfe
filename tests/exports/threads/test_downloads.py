"""Threads' downloads, alone and inside Instagram's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archiver.demo.instagram_download import Layout, write_instagram_download
from archiver.demo.threads_download import write_threads_download
from archiver.items import Kind, Relation
from tests.exports.meta.walked import platforms, small, walked

AT = 1_700_000_065


@pytest.mark.parametrize(
    "folder", ["your_threads_activity/", "threads/", "your_instagram_activity/threads/", ""]
)
def test_a_download_is_read_in_every_folder(tmp_path: Path, folder: str) -> None:
    written = write_threads_download(tmp_path / "a.zip", 80, folder=folder)
    assert platforms(written.path) == [("threads", "")]
    found = walked(written.path, "threads")
    assert len(found.of(Kind.POST)) == 80
    assert len(found.of(Kind.POST, "reply")) == 20
    assert len(found.listed(Relation.FOLLOWER)) == written.followers
    assert [one.handle for one in found.listed(Relation.BLOCK)] == ["loud.neighbour"]
    assert found.balanced and not found.skipped
    assert found.download is not None
    assert found.download.identity.handle == "cityofalderglen"
    assert "in@example.com" not in found.of(Kind.PROFILE)[0].text


def test_pages_are_the_same_records_but_do_not_tell_answers(tmp_path: Path) -> None:
    json = walked(write_threads_download(tmp_path / "a.zip", 80).path, "threads")
    pages = walked(write_threads_download(tmp_path / "b.zip", 80, pages=True).path, "threads")
    assert json.keys == pages.keys
    assert any("do not say which posts are answers" in note for note in pages.notes)


def test_both_platforms_of_one_download_keep_to_their_own(tmp_path: Path) -> None:
    path = write_instagram_download(tmp_path / "a.zip", Layout.NEW, 60, threads=True).path
    assert platforms(path) == [("instagram", ""), ("threads", "")]
    threads, instagram = walked(path, "threads"), walked(path, "instagram")
    assert {one.member for one in threads.items}.isdisjoint(one.member for one in instagram.items)
    assert len(threads.of(Kind.POST)) == 60
    assert instagram.files["(another download)"].files == 5


def test_a_train_of_posts_within_a_minute_is_told_apart_by_its_words(tmp_path: Path) -> None:
    def one(words: str) -> dict[str, Any]:
        return {"media": [{"uri": "", "creation_timestamp": AT, "title": words}]}

    def keys(*words: str) -> dict[str, str]:
        name = "threads/threads_and_replies.json"
        files = {name: {"text_post_app_text_posts": [one(said) for said in words]}}
        found = walked(small(tmp_path / "a.zip", files), "threads")
        return {item.text: item.native_id for item in found.items}

    assert keys("1/2", "2/2") == keys("2/2", "1/2")


def test_a_picture_beside_instagrams_is_taken_by_the_post_that_names_it(tmp_path: Path) -> None:
    uri = "media/posts/202601/1234567.jpg"
    part = {"uri": uri, "creation_timestamp": AT, "title": "x"}
    name = "your_instagram_activity/threads/threads_and_replies.json"
    files = {name: {"text_post_app_text_posts": [{"media": [part]}]}, uri: b"jpeg"}
    found = walked(small(tmp_path / "a.zip", files), "threads")
    (post,) = found.items
    assert post.media[0].available
    assert found.download is not None
    opened = found.download.open_media(post.media[0])
    assert opened is not None
