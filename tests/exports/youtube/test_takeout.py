"""A Google Takeout of a channel: every table in every language, parts, channels, films."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.capture.import_identity import downloads_in, of_account, propose
from archiver.demo.youtube_download import (
    BRAND,
    CHANNEL,
    NAME,
    comment_id,
    said,
    title,
    video_id,
    write_takeout,
)
from archiver.demo.youtube_names import LANGUAGES
from archiver.demo.youtube_older import write_older_takeout
from archiver.exports.counting import KEPT
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.exports.youtube.download import FORMAT
from archiver.items import Kind, Relation, Visibility
from archiver.register.accounts import Account
from tests.exports.file_walks import balanced, files_in, walk, walk_files


def account(native_id: str | None, name: str = NAME) -> Account:
    return Account(
        *(1, "youtube", "CityOfAlderGlen", native_id, name, "City"),
        *("", "official", None, None, None, "active", None, None, None, None, None),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_of_every_table_is_read_in_every_language(
    tmp_path: Path, language: str
) -> None:
    done = write_takeout(tmp_path, language=language)
    walked = walk(done.paths)
    forms = walked.forms()
    assert forms["video"] == done.entries["videos"]
    assert forms["comment"] + forms["reply"] == done.entries["comments"]
    assert forms["live chat"] == done.entries["chats"]
    assert forms["community post"] == done.entries["posts"]
    assert forms["playlist"] == done.entries["playlists"]
    assert forms["profile"] == 1
    assert len(walked.people) == done.entries["subscriptions"]
    assert not walked.skipped
    balanced(walked)


def test_every_language_gives_the_same_records(tmp_path: Path) -> None:
    told = {}
    for language in LANGUAGES:
        walked = walk(write_takeout(tmp_path / language, language=language).paths)
        told[language] = {
            (item.kind, item.native_id, item.stable, item.visibility) for item in walked.items
        }
    assert told["es"] == told["en"]
    assert told["ko"] == told["en"]
    assert told["ja"] == told["en"]


def test_a_guess_by_values_is_told(tmp_path: Path) -> None:
    named = walk(write_takeout(tmp_path / "en").paths).download.warnings
    guessed = walk(write_takeout(tmp_path / "ja", language="ja").paths).download.warnings
    assert not named
    assert any("look at a few of the records" in line for line in guessed)


def test_parts_in_any_order_are_one_download(tmp_path: Path) -> None:
    one = walk(write_takeout(tmp_path / "one").paths)
    done = write_takeout(tmp_path / "three", parts=3)
    three = walk([done.paths[2], done.paths[0], done.paths[1]])
    assert [item.stable for item in three.items] == [item.stable for item in one.items]
    assert [[ref.name for ref in item.media] for item in three.items] == [
        [ref.name for ref in item.media] for item in one.items
    ]
    assert three.download.generated_at == "2026-11-02T18:30:00Z"


def test_a_video_has_its_title_its_text_its_time_and_its_privacy(tmp_path: Path) -> None:
    videos = walk(write_takeout(tmp_path).paths).of("video")
    assert videos[3].native_id == video_id(3)
    assert videos[3].text.startswith(title(3))
    assert "What it is about, 3.\nhttps://" in videos[3].text
    assert videos[3].created_at == "2026-08-04T21:00:04.000004Z"
    assert videos[3].language == "en"
    assert videos[3].url == f"https://www.youtube.com/watch?v={video_id(3)}"
    assert [one.visibility for one in (videos[0], videos[4], videos[8])] == [
        Visibility.PUBLIC,
        Visibility.PUBLIC,
        Visibility.PRIVATE,
    ]
    assert b'"privacy":"unlisted"' in videos[4].stable


def test_a_comment_has_its_text_whole_and_what_it_answers(tmp_path: Path) -> None:
    walked = walk(write_takeout(tmp_path).paths)
    comments = {item.native_id: item for item in walked.items if item.kind is Kind.COMMENT}
    for number in range(60):
        assert comments[comment_id(number)].text == said(number)
    answer = comments[comment_id(4)]
    assert answer.form == "reply"
    assert answer.parent_id == comment_id(4).partition(".")[0]
    assert answer.root_id == video_id(4)
    assert answer.url == f"https://www.youtube.com/watch?v={video_id(4)}&lc={comment_id(4)}"
    assert comments[comment_id(3)].parent_id == video_id(3)
    assert answer.author.native_id == CHANNEL


def test_a_film_belongs_to_the_one_video_its_name_fits(tmp_path: Path) -> None:
    walked = walk(write_takeout(tmp_path).paths)
    by_number = {number: video_id(number) for number in range(20)}
    shared = {by_number[number] for number in (5, 6, 12, 13)}
    for video in walked.of("video"):
        assert len(video.media) == (0 if video.native_id in shared else 1)
    assert walked.download.unmatched_media == len(shared)
    posts = walked.of("community post")
    assert [len(post.media) for post in posts] == [1, 0, 1, 0, 1, 0]


def test_a_playlist_tells_its_videos(tmp_path: Path) -> None:
    walked = walk(write_takeout(tmp_path).paths)
    first, second = walked.of("playlist")
    assert first.text == "Council meetings"
    assert video_id(4).encode() in first.stable
    assert second.visibility is Visibility.PUBLIC
    [folder] = [name for name in walked.counts if name.endswith("/playlists/")]
    assert (walked.counts[folder].files, walked.counts[folder].joined) == (2, 10)


def test_no_report_names_a_playlist(tmp_path: Path) -> None:
    walked = walk(write_takeout(tmp_path).paths)
    told = " ".join(one.member for one in walked.download.inventory())
    assert walked.of("playlist")[0].text not in told


def test_what_was_watched_stays_in_the_original(tmp_path: Path) -> None:
    counts = walk(write_takeout(tmp_path).paths).counts
    [name] = [name for name in counts if "history" in name]
    assert counts[name].state == KEPT
    assert counts[name].reason
    [name] = [name for name in counts if "feature data" in name]
    assert counts[name].data_type == "settings and details"


def test_of_several_channels_only_the_registered_one_is_read(tmp_path: Path) -> None:
    done = write_takeout(tmp_path, brand=True)
    with open_download(*done.paths) as reader:
        assert len(recognise(reader)) == 2
        proposals = propose(reader, [account(CHANNEL), account(BRAND)])
        assert [one.accounts[0].account.native_id for one in proposals] == [CHANNEL, BRAND]
        download = of_account(reader, downloads_in(reader), account(BRAND)).open(reader)
        items = [item for page in download.walk() for item in page.items]
    assert {item.author.native_id for item in items} == {BRAND}
    assert sum(item.form in ("comment", "reply") for item in items) == 20
    walked = walk(done.paths)
    assert {item.author.native_id for item in walked.items} == {CHANNEL}
    assert {one.detail for one in walked.skipped if one.failed} == set()
    assert all("another channel" in one.detail and one.raw is None for one in walked.skipped)
    assert not walked.people
    balanced(walked)


def test_a_takeout_names_its_channel_where_only_comments_were_asked_for(tmp_path: Path) -> None:
    files = files_in(write_takeout(tmp_path).paths[0])
    alone = {name: body for name, body in files.items() if "comments" in name}
    walked = walk_files(alone)
    assert walked is not None
    assert walked.download.identity.native_id == CHANNEL
    assert len(walked.items) == 60


def test_an_older_takeout_is_read(tmp_path: Path) -> None:
    done = write_older_takeout(tmp_path)
    walked = walk(done.paths)
    forms = walked.forms()
    assert forms["video"] == done.entries["videos"]
    assert forms["comment"] + forms["reply"] == done.entries["comments"]
    assert forms["live chat"] == done.entries["chats"]
    assert forms["playlist"] == 1
    assert [one.relation for one in walked.people] == [Relation.FOLLOWING] * 3
    assert all(len(video.media) == 1 for video in walked.of("video"))
    assert walked.download.identity.native_id == CHANNEL
    balanced(walked)


def test_a_comment_is_the_same_in_the_page_of_before_and_the_table_of_now(tmp_path: Path) -> None:
    before = walk(write_older_takeout(tmp_path / "old").paths)
    now = walk(write_takeout(tmp_path / "new").paths)
    tables = {item.native_id: item.stable for item in now.items if item.kind is Kind.COMMENT}
    pages = {
        item.native_id: item.stable for item in before.items if item.form in ("comment", "reply")
    }
    assert len(pages) == 12
    assert pages.items() <= tables.items()


def test_a_live_chat_without_id_has_the_same_key_in_every_download(tmp_path: Path) -> None:
    keys = [
        [item.native_id for item in walk(write_older_takeout(tmp_path / one).paths).of("live chat")]
        for one in ("a", "b")
    ]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 6


def test_another_platforms_tables_are_not_claimed(tmp_path: Path) -> None:
    for name in ("Comments.csv", "youtube ideas/a.csv", "Takeout/My Activity/YouTube/a.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"Comment ID,Comment Text\nUgx,hello\n")
    with open_download(tmp_path) as reader:
        assert not FORMAT.find(reader)
