"""A TikTok download: JSON under the names of all years, text in two languages, the same records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.tiktok_download import (
    HANDLE,
    at,
    post_id,
    said,
    write_json_download,
    write_text_download,
)
from archiver.exports.derived import is_derived
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.exports.tiktok import userdata
from archiver.items import AuthorRole, Kind, Relation, Visibility
from tests.exports.file_walks import Walked, balanced, files_in, walk, walk_files


def of(document: Mapping[str, Any]) -> Walked:
    body = json.dumps(document).encode()
    walked = walk_files({"user_data_tiktok.json": body})
    assert walked is not None
    return walked


@pytest.mark.parametrize("year", [2022, 2025])
def test_every_entry_of_every_list_is_read_in_json(tmp_path: Path, year: int) -> None:
    done = write_json_download(tmp_path, year=year)
    walked = walk([done.path])
    told, forms = done.entries, walked.forms()
    assert forms["video"] == told["posts"] + told["deleted"]
    assert forms["comment"] == told["comments"]
    assert forms["message"] == sum(n for name, n in told.items() if name.startswith("talk"))
    assert forms["profile"] == 1
    for form, name in (
        ("live", "lives"),
        ("repost", "reposts"),
        ("live comment", "live comments"),
        ("group message", "group"),
    ):
        assert forms[form] == told.get(name, 0)
    followers = [one for one in walked.people if one.relation is Relation.FOLLOWER]
    assert len(followers) == told["followers"] - 1
    assert not walked.skipped
    balanced(walked)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_entry_of_every_file_is_read_in_text(tmp_path: Path, language: str) -> None:
    done = write_text_download(tmp_path, language=language)
    walked = walk([done.path])
    told, forms = done.entries, walked.forms()
    assert forms["video"] == told["posts"] + told["deleted"]
    assert forms["comment"] == told["comments"]
    assert forms["message"] == sum(n for name, n in told.items() if name.startswith("talk"))
    assert len(walked.people) == told["followers"] - 1
    assert walked.download.identity.handle == HANDLE
    balanced(walked)


def test_all_forms_and_years_give_the_same_records(tmp_path: Path) -> None:
    told = []
    for name, write in (("22", 2022), ("25", 2025), ("en", "en"), ("nl", "nl")):
        if isinstance(write, int):
            done = write_json_download(tmp_path / name, year=write)
        else:
            done = write_text_download(tmp_path / name, language=write)
        told.append(
            {
                (item.kind, item.native_id)
                for item in walk([done.path]).items
                if item.form in ("video", "comment", "message")
            }
        )
    assert len(told[0]) == 93
    assert all(one == told[0] for one in told)


def test_json_and_english_text_agree_to_the_byte_of_the_canonical_form(tmp_path: Path) -> None:
    forms = ("video", "comment", "message", "profile")
    told = [
        {item.native_id: item.stable for item in walk([path]).items if item.form in forms}
        for path in (
            write_json_download(tmp_path / "json").path,
            write_text_download(tmp_path / "text").path,
        )
    ]
    assert told[0] == told[1]


def test_a_post_has_the_id_of_its_address_and_who_may_see_it(tmp_path: Path) -> None:
    posts = walk([write_json_download(tmp_path).path]).of("video")[:20]
    assert posts[1].native_id == post_id(1)
    assert posts[1].text == said(1)
    assert posts[1].created_at == at(1).replace(" ", "T") + "Z"
    assert posts[1].metrics == {"likes": 3}
    assert is_derived(posts[8].native_id)
    assert posts[8].url is None
    assert [posts[n].visibility for n in (0, 1, 5)] == [
        Visibility.PUBLIC,
        Visibility.PUBLIC,
        Visibility.PRIVATE,
    ]
    [film] = posts[4].media
    assert (film.available, film.alt_text) == (False, "A street, 4")


def test_a_deleted_post_carries_the_day_the_download_states(tmp_path: Path) -> None:
    walked = walk([write_json_download(tmp_path).path])
    gone = [item for item in walked.items if item.removed_at]
    assert len(gone) == 3
    assert all(item.removed_by is None for item in gone)
    assert gone[0].removed_at == at(10_050).replace(" ", "T") + "Z"


def test_a_message_tells_who_wrote_to_whom(tmp_path: Path) -> None:
    messages = walk([write_json_download(tmp_path).path]).of("message")
    received, sent = messages[0], messages[1]
    assert received.author.role is AuthorRole.PUBLIC
    assert received.recipients[0].handle == HANDLE
    assert sent.author.role is AuthorRole.AGENCY
    assert sent.recipients[0].handle == received.author.handle
    assert received.root_id == f"chat:{received.author.handle}"
    assert all(item.visibility is Visibility.PRIVATE for item in messages)


def test_the_same_words_at_the_same_second_are_two_comments(tmp_path: Path) -> None:
    comments = walk([write_json_download(tmp_path).path]).of("comment")
    assert len({item.native_id for item in comments}) == 30
    assert comments[9].text == comments[8].text
    assert comments[9].native_id == f"{comments[8].native_id}-2"


@pytest.mark.parametrize("year", [2022, 2025])
def test_the_profile_leaves_mail_telephone_and_birthday_in_the_original(
    tmp_path: Path, year: int
) -> None:
    [profile] = walk([write_json_download(tmp_path, year=year).path]).of("profile")
    for secret in (b"clerk@", b"555-0100", b"1980"):
        assert secret not in profile.raw
        assert secret not in profile.stable
    assert profile.text == "@cityofalderglen\nCity of Alder Glen\nNews of Alder Glen & its parks"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_profile_as_text_tells_no_more(tmp_path: Path, language: str) -> None:
    [profile] = walk([write_text_download(tmp_path, language=language).path]).of("profile")
    assert b"clerk@" not in profile.raw
    assert "555" not in profile.text


def test_what_is_no_communication_is_told_with_its_number(tmp_path: Path) -> None:
    walked = walk([write_json_download(tmp_path, seen=50).path])
    assert any("Watch History (50)" in line for line in walked.download.warnings)
    assert any("as UTC" in line for line in walked.download.warnings)


def test_a_list_that_is_null_is_empty_and_one_that_is_not_there_is_unknown() -> None:
    told = of({"Profile And Settings": {"Follower": {"FansList": None}}, "Comment": {}})
    assert told.download.list_files(Relation.FOLLOWER) == ["user_data_tiktok.json: followers"]
    assert told.download.list_files(Relation.BLOCK) == []
    lines = {
        line.what: line.state for line in told.download.coverage("2026-01-01T00:00:00Z", {}, False)
    }
    assert lines["follower"] == "complete"
    assert lines["block"] == "none"


def test_very_many_followers_are_read_without_being_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_json_download(tmp_path, people=12).path
    few = walk([path])
    monkeypatch.setattr(userdata, "MOST_NAMES", 3)
    many = walk([path])
    assert many.people == few.people
    balanced(many)


def test_a_live_of_2022_stands_in_an_object_by_its_room() -> None:
    told = of({"Tiktok Live": {"Go Live History": {"GoLiveMap": {"77": {"GoTime": at(1)}}}}})
    [live] = told.items
    assert (live.native_id, live.form, live.created_at) == ("77", "live", "2021-03-04T22:00:01Z")
    balanced(told)


def test_an_entry_that_is_no_entry_costs_itself_alone() -> None:
    comments = [{"date": at(1), "comment": "a"}, None, 7, {}, {"date": "soon", "comment": "b"}]
    told = of({"Comment": {"Comments": {"CommentsList": comments}}})
    assert [item.text for item in told.items] == ["a", "b"]
    assert told.items[1].created_at is None
    assert [one.failed for one in told.skipped] == [True] * 3
    balanced(told)


def test_a_text_with_empty_lines_and_colons_stays_one_comment() -> None:
    body = (
        b"Date: 2026-01-02 00:00:00 UTC\nComment: next\n\n"
        b"Date: 2026-01-01 00:00:00 UTC\nComment: First: line\n\nsecond: line\nNote: third\n"
        b"Url: N/A\n"
    )
    told = walk_files({"TikTok/Comments/Comments.txt": body})
    assert told is not None
    assert [item.text for item in told.items] == [
        "next",
        "First: line\n\nsecond: line\nNote: third",
    ]


def test_a_message_over_several_lines_is_one_message() -> None:
    body = (
        ">>> Chat History with mill.street.mom::\n\n"
        "2026-01-01 00:00:00 UTC mill.street.mom: one\ntwo: three\n\nfour\n"
        "2026-01-01 00:00:05 UTC mill.street.mom: five\n"
    )
    told = walk_files({"TikTok/Direct Messages/Direct Messages.txt": body.encode()})
    assert told is not None
    assert [item.text for item in told.items] == ["one\ntwo: three\n\nfour", "five"]


def test_conversations_are_known_by_their_form_in_any_language() -> None:
    body = ">>> Chatverlauf mit a::\n\n2026-01-01 00:00:00 UTC a: hallo\n"
    files = {
        "TikTok/Nachrichten/Direktnachrichten.txt": body.encode(),
        "TikTok/Aktivität/Hashtag.txt": b"Keine Daten\n",
    }
    told = walk_files(files)
    assert told is not None
    assert [item.form for item in told.items] == ["message"]


def test_a_plain_json_file_is_a_download(tmp_path: Path) -> None:
    body = files_in(write_json_download(tmp_path).path)["user_data_tiktok.json"]
    path = tmp_path / "user_data_tiktok (1).json"
    path.write_bytes(body)
    assert walk([path]).forms()["comment"] == 30


def test_a_file_of_that_name_from_elsewhere_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "user_data.json"
    path.write_bytes(b'{"users": [1, 2, 3]}')
    with open_download(path) as reader:
        assert recognise(reader) == []


def test_kinds_are_covered_as_far_as_the_download_goes(tmp_path: Path) -> None:
    walked = walk([write_json_download(tmp_path).path])
    lines = {one.what: one for one in walked.download.coverage("2026-11-02T18:30:00Z", {}, False)}
    assert lines[Kind.COMMENT].state == "partial"
    assert "not those it received" in lines[Kind.COMMENT].reason
    assert lines[Relation.FOLLOWER].state == "complete"
