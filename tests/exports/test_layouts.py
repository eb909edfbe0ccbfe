"""Every layout X has handed out, and what is in none of them."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import Any

import pytest

from archiver.capture.import_identity import downloads_in, of_account
from archiver.errors import InputError
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import Kind, Relation
from tests.capture.import_home import ACCOUNT_ROW
from tests.exports.walking import counted, of_x, opened, walked
from tests.exports.x_downloads import (
    ACCOUNT,
    HANDLE,
    account,
    conversation,
    day,
    full_download,
    grailbird,
    manifest,
    message,
    post,
    write_folder,
    write_zip,
    ytd,
)


def old_post(text: str, number: int) -> dict[str, Any]:
    return {
        "source": "web",
        "entities": {"urls": [], "user_mentions": []},
        "id_str": str(number),
        "id": number,
        "created_at": "2014-05-06 07:08:09 +0000",
        "text": text,
        "user": {"name": "Alder Glen Parks", "screen_name": HANDLE, "id": int(ACCOUNT)},
        "geo": None,
    }


@pytest.mark.parametrize("folder", ["", "data/"])
@pytest.mark.parametrize("name", ["tweet", "tweets"])
@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("with_manifest", [True, False])
@pytest.mark.parametrize("top", ["", "twitter-2026-06-01-abc/"])
def test_posts_are_found_in_every_layout(
    tmp_path: Path, folder: str, name: str, wrapped: bool, with_manifest: bool, top: str
) -> None:
    some = [post(f"Number {n}", day(n)) for n in range(5)]
    elements: list[Any] = some if wrapped else [one["tweet"] for one in some]
    files = {
        f"{top}{folder}account.js": account(),
        f"{top}{folder}{name}.js": ytd(name, elements[:2]),
        f"{top}{folder}{name}-part1.js": ytd(name, elements[2:3], 1, None),
        f"{top}{folder}{name}-part10.js": ytd(name, elements[4:], 10),
        f"{top}{folder}{name}-part2.js": ytd(name, elements[3:4], 2),
    }
    if with_manifest:
        files[f"{top}{folder}manifest.js"] = manifest({f"{folder}{name}.js": 2})
    download = opened(tmp_path, files)
    items, _, skipped = walked(download)
    assert [item.text for item in items] == [f"Number {n}" for n in range(5)]
    assert not skipped
    assert items[0].member == f"{top}{folder}{name}.js"
    counts = counted(download)
    assert counts[f"{top}{folder}{name}.js"].declared == (2 if with_manifest else None)
    assert all(count.agrees for count in counts.values())


def test_the_layout_before_2018_is_read(tmp_path: Path) -> None:
    files = {
        "README.txt": b"",
        "index.html": b"",
        "tweets.csv": b"",
        "data/js/payload_details.js": b'var payload_details = { "tweets" : 3,'
        b' "created_at" : "2015-01-02 03:04:05 +0000", "lang" : "en" }',
        "data/js/user_details.js": (
            "var user_details = "
            + json.dumps(
                {
                    "expanded_url": "https://parks.example.org",
                    "screen_name": HANDLE,
                    "location": "Alder Glen",
                    "full_name": "Alder Glen Parks",
                    "bio": "Parks of Alder Glen",
                    "id": ACCOUNT,
                    "created_at": "2012-03-04 05:06:07 +0000",
                }
            )
        ).encode(),
        "data/js/tweet_index.js": b"var tweet_index = [ { "
        b'"file_name" : "data/js/tweets/2014_05.js", "year" : 2014, "month" : 5, '
        b'"var_name" : "tweets_2014_05", "tweet_count" : 2 } ]',
        "data/js/tweets/2014_05.js": grailbird(
            2014, 5, [old_post("Pond &amp; trail", 4001), old_post("Second", 4002)]
        ),
        "data/js/tweets/2014_12.js": grailbird(2014, 12, [old_post("Third", 4003)]),
    }
    download = opened(tmp_path, files)
    assert download.identity.native_id == ACCOUNT
    assert download.generated_at == "2015-01-02T03:04:05Z"
    items, _, skipped = walked(download)
    assert not skipped
    assert [(item.kind, item.native_id) for item in items] == [
        (Kind.PROFILE, ACCOUNT),
        (Kind.POST, "4001"),
        (Kind.POST, "4002"),
        (Kind.POST, "4003"),
    ]
    assert items[1].text == "Pond & trail"
    assert items[1].created_at == "2014-05-06T07:08:09Z"
    assert "Parks of Alder Glen" in items[0].text
    assert counted(download)["data/js/tweets/2014_05.js"].declared == 2


def test_one_of_everything_is_taken(tmp_path: Path) -> None:
    download = opened(tmp_path, full_download())
    items, people, skipped = walked(download)
    forms = sorted((item.kind.value, item.form) for item in items)
    assert forms == sorted(
        [
            ("profile", "profile"),
            ("profile", "profile"),
            *[("post", "post")] * 9,
            ("post", "reply"),
            ("post", "repost"),
            ("post", "community post"),
            ("post", "article"),
            ("post", "broadcast"),
            ("comment", "broadcast comment"),
            ("profile", "broadcast profile"),
            *[("message", "message")] * 4,
            ("message", "conversation joined"),
            ("message", "participants joined"),
            ("message", "participants left"),
            ("message", "group renamed"),
            ("message", "encrypted message"),
            ("reaction", "reaction"),
        ]
    )
    assert [person.relation for person in people] == [
        *[Relation.FOLLOWER] * 4,
        Relation.FOLLOWING,
        Relation.BLOCK,
        Relation.MUTE,
    ]
    assert [one.failed for one in skipped] == [False, False]
    assert download.unmatched_media == 1


def test_every_unit_is_given_or_joined(tmp_path: Path) -> None:
    download = opened(tmp_path, full_download())
    items, people, skipped = walked(download)
    counts = counted(download)
    given = len(items) + len(people) + len(skipped)
    assert given == sum(count.units - count.joined for count in counts.values())
    assert counts["data/note-tweet.js"].joined == 1
    assert counts["data/direct-message-headers.js"].joined == 2


def test_what_concerns_the_person_is_counted_and_left(tmp_path: Path) -> None:
    download = opened(tmp_path, full_download())
    items, _, _ = walked(download)
    counts = counted(download)
    for name in ("like", "ip-audit", "ad-impressions", "account"):
        assert counts[f"data/{name}.js"].state == "kept"
        assert counts[f"data/{name}.js"].read == 1
        assert "original only" in counts[f"data/{name}.js"].reason
    everything = b"".join(item.raw + item.stable + item.text.encode() for item in items)
    for secret in (b"192.0.2.7", b"555 0142", b"parks@alderglen", b"private taste"):
        assert secret not in everything


def test_a_walk_goes_on_where_it_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.exports.paging.PAGE_UNITS", 4)
    download = opened(tmp_path, full_download())
    pages = list(download.walk())
    for at, page in enumerate(pages):
        rest = list(download.walk(page.resume))
        assert [one.items for one in rest] == [one.items for one in pages[at + 1 :]]
        assert [one.subscribers for one in rest] == [one.subscribers for one in pages[at + 1 :]]


def test_counts_after_going_on_are_those_of_the_whole(tmp_path: Path) -> None:
    download = opened(tmp_path, full_download())
    list(download.walk())
    whole = counted(download)
    list(download.walk("20"))
    assert counted(download) == whole


def test_a_declared_count_that_is_not_met_is_seen(tmp_path: Path) -> None:
    files = full_download() | {"data/manifest.js": manifest({"data/tweets.js": 9})}
    download = opened(tmp_path, files)
    walked(download)
    count = counted(download)["data/tweets.js"]
    assert (count.declared, count.read, count.agrees) == (9, 8, False)


def test_a_file_the_manifest_lists_and_the_zip_lacks_is_named(tmp_path: Path) -> None:
    files = full_download() | {
        "data/manifest.js": manifest({"data/tweets-part2.js": 7, "data/moment.js": 0})
    }
    download = opened(tmp_path, files)
    walked(download)
    counts = counted(download)
    assert counts["data/tweets-part2.js"].state == "unreadable"
    assert "data/moment.js" not in counts


def test_an_unknown_data_file_of_the_future_is_kept_and_counted(tmp_path: Path) -> None:
    files = full_download() | {"data/holograms.js": ytd("holograms", [{"hologram": {}}] * 3)}
    download = opened(tmp_path, files)
    walked(download)
    count = counted(download)["data/holograms.js"]
    assert (count.state, count.read, count.units) == ("kept", 3, 0)


def test_a_manifest_of_a_later_version_is_said(tmp_path: Path) -> None:
    files = full_download() | {"data/manifest.js": manifest({}, version="7")}
    assert any("newer" in warning for warning in opened(tmp_path, files).warnings)


def test_one_part_of_several_is_said(tmp_path: Path) -> None:
    files = full_download() | {"data/manifest.js": manifest({}, isPartialArchive=True)}
    assert any("one part" in warning for warning in opened(tmp_path, files).warnings)


def test_a_broken_manifest_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    files = full_download() | {"data/manifest.js": b"window.__THAR_CONFIG = {"}
    download = opened(tmp_path, files)
    assert len(walked(download)[0]) == 28
    assert any("manifest.js cannot be read" in warning for warning in download.warnings)


def test_a_zip_of_other_things_is_not_recognised(tmp_path: Path) -> None:
    reader = open_download(write_zip(tmp_path / "a.zip", {"holiday/beach.jpg": b"x"}))
    assert recognise(reader) == []
    assert [
        one.format.platform
        for one in recognise(open_download(write_folder(tmp_path / "x", full_download())))
    ] == ["x"]


def test_a_download_that_names_no_account_is_refused(tmp_path: Path) -> None:
    files = {"data/tweets.js": ytd("tweets", [post("Hello", day(1))])}
    with pytest.raises(InputError, match="does not say whose account"):
        opened(tmp_path, files)


def test_a_broken_element_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    body = ytd("tweets", [post(f"Number {n}", day(n)) for n in range(5)])
    broken = body.replace(b'"full_text": "Number 2"', b'"full_text": "Number 2')
    download = opened(tmp_path, {"data/account.js": account(), "data/tweets.js": broken})
    items, _, skipped = walked(download)
    assert [item.text for item in items] == [f"Number {n}" for n in (0, 1, 3, 4)]
    assert [(one.member, one.position, one.failed) for one in skipped] == [
        ("data/tweets.js", 2, True)
    ]
    assert b"Number 2" in (skipped[0].raw or b"")
    assert "Number" not in skipped[0].detail


@pytest.mark.parametrize(
    ("body", "units"),
    [
        (b"", 1),
        (b"window.YTD.tweets.part0 = ", 1),
        (b"window.YTD.tweets.part0 = {}", 1),
        (b"\x00\x01", 1),
        (b"window.YTD.tweets.part0 = []", 0),
        (b'window.YTD.tweets.part0 = [5, "x", null, [], {}, {"tweet": 5}]', 6),
    ],
)
def test_odd_files_fail_by_name(tmp_path: Path, body: bytes, units: int) -> None:
    download = opened(tmp_path, {"data/account.js": account(), "data/tweets.js": body})
    items, _, skipped = walked(download)
    assert not items
    assert len(skipped) == units
    assert all(one.failed and one.member == "data/tweets.js" for one in skipped)
    assert counted(download)["data/tweets.js"].units == units


def test_what_is_kept_out_of_the_records_says_truly_why(tmp_path: Path) -> None:
    files = {
        **full_download(),
        "data/like.js": ytd("like", [{"like": {"tweetId": "1"}}]),
        "data/brand_new.js": ytd("brand_new", [{"words": "something"}]),
    }
    download = opened(tmp_path, files)
    walked(download)
    reasons = {name: count.reason for name, count in counted(download).items()}
    warned = " ".join(download.warnings)
    assert "likes the account gave" in reasons["data/like.js"]
    assert "unknown to this program" in reasons["data/brand_new.js"]
    assert "data/brand_new.js holds data this program does not know" in warned
    assert "like.js" not in warned


def test_odd_texts_are_kept(tmp_path: Path) -> None:
    odd = ["CafÃ© abierto", "nul\x00inside", "\u202eright to left", "👩‍🚒", "a\u2028b"]
    some = [post(text, day(n)) for n, text in enumerate(odd)]
    body = ytd("tweets", some).replace(b"]", b"]")
    lone = json.dumps([post("half \ud83d pair", day(9))]).encode()
    files = {
        "data/account.js": account(),
        "data/tweets.js": body,
        "data/tweets-part1.js": b"window.YTD.tweets.part1 = " + lone,
    }
    download = opened(tmp_path, files)
    items, _, skipped = walked(download)
    assert [item.text for item in items] == [*odd, "half � pair"]
    assert b"\\ud83d" in items[-1].raw
    assert counted(download)["data/tweets-part1.js"].repaired == 1
    assert not skipped


def test_a_hundred_megabytes_are_read_in_little_memory(tmp_path: Path) -> None:
    """The walk holds a page, never the file."""
    one = json.dumps(post("x" * 2000, day(1), native_id="77"), indent=2).encode()
    pieces = 100_000_000 // len(one)
    folder = write_folder(tmp_path / "download", {"data/account.js": account()})
    with (folder / "data" / "tweets.js").open("wb") as out:
        out.write(b"window.YTD.tweets.part0 = [ ")
        for number in range(pieces):
            out.write((b", " if number else b"") + one.replace(b'"77"', b'"%d"' % (number + 1)))
        out.write(b" ]")
    child = os.fork()
    if not child:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        download = of_x(open_download(folder))
        counted = sum(len(page.items) for page in download.walk())
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os._exit(0 if counted == pieces and grown < 60 * 1024 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_data_folder_alone_is_a_download(tmp_path: Path) -> None:
    inner = {
        name.removeprefix("data/"): body
        for name, body in full_download().items()
        if name.startswith("data/")
    }
    download = of_x(open_download(write_folder(tmp_path / "data", inner)))
    items, _, _ = walked(download)
    assert len(items) == 28
    assert counted(download)["tweets.js"].declared == 8
    assert not [count for count in counted(download).values() if not count.agrees]


def test_two_downloads_in_one_place_are_refused(tmp_path: Path) -> None:
    files = {f"{top}/{name}": body for top in "ab" for name, body in full_download().items()}
    reader = open_download(write_zip(tmp_path / "a.zip", files))
    with pytest.raises(InputError, match="holds 2 downloads of x"):
        of_account(reader, downloads_in(reader), ACCOUNT_ROW)


def test_texts_garbled_before_they_came_are_counted(tmp_path: Path) -> None:
    some = [post(text, day(n)) for n, text in enumerate(["CafÃ©", "Café", "donâ€™t", "plain"])]
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", some)}
    download = opened(tmp_path, files)
    walked(download)
    assert counted(download)["data/tweets.js"].garbled == 2


def test_a_conversation_without_messages_fails_by_name(tmp_path: Path) -> None:
    odd = [{"dmConversation": {"conversationId": "1-2"}}, {"other": 1}, conversation("1-2", [])]
    files = {"data/account.js": account(), "data/direct-messages.js": ytd("direct_messages", odd)}
    items, _, skipped = walked(opened(tmp_path, files))
    assert not items
    assert [(one.position, one.failed) for one in skipped] == [(0, True), (1, True)]


def test_odd_events_in_a_conversation_cost_only_themselves(tmp_path: Path) -> None:
    talk = [
        5,
        {},
        {"a": 1, "b": 2},
        {"messageCreate": None},
        {"messageCreate": {"text": "no id"}},
        message("7", "fine", "5", ACCOUNT, "2026-01-01T00:00:00.000Z"),
    ]
    files = {
        "data/account.js": account(),
        "data/direct-messages.js": ytd("direct_messages", [conversation("5-6", talk)]),
    }
    download = opened(tmp_path, files)
    items, _, skipped = walked(download)
    assert [item.native_id for item in items] == ["7"]
    assert len(skipped) == 5
    assert counted(download)["data/direct-messages.js"].units == 6


def test_a_message_with_half_a_surrogate_pair_is_read(tmp_path: Path) -> None:
    talk = [
        message("7", "half \ud83d", "5", ACCOUNT, "2026-01-01T00:00:00.000Z"),
        message("8", "whole", "5", ACCOUNT, "2026-01-01T00:00:01.000Z"),
    ]
    body = json.dumps([conversation("5-6", talk)]).encode()
    files = {
        "data/account.js": account(),
        "data/direct-messages.js": b"window.YTD.direct_messages.part0 = " + body,
    }
    items, _, skipped = walked(opened(tmp_path, files))
    assert [item.text for item in items] == ["half �", "whole"]
    assert not skipped


def test_a_very_large_broken_element_is_left_in_the_original(tmp_path: Path) -> None:
    body = b'window.YTD.tweets.part0 = [ {"tweet": "' + b"x" * 2_000_000
    files = {"data/account.js": account(), "data/tweets.js": body}
    _, _, skipped = walked(opened(tmp_path, files))
    assert [(one.failed, one.raw) for one in skipped] == [(True, None)]


def test_a_download_without_a_date_is_as_old_as_the_newest_thing_in_it(tmp_path: Path) -> None:
    talk = [message("7", "Hi", "5", ACCOUNT, "2026-01-09T00:00:00.000Z")]
    files = {
        "account.js": account(),
        "tweet.js": ytd("tweet", [post("Old", day(1)), post("Older", day(0))]),
        "direct-messages.js": ytd("direct_messages", [conversation("5-6", talk)]),
    }
    download = opened(tmp_path, files)
    assert (download.generated_at, download.dated) == ("2026-01-09T00:00:00Z", False)
    assert any("newest thing" in warning for warning in download.warnings)


def test_a_date_of_the_future_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-05-01T00:00:00Z")
    download = opened(tmp_path, full_download())
    assert download.generated_at == "2026-02-01T10:05:00Z"
    assert not download.dated


def test_what_x_changes_by_itself_makes_no_version(tmp_path: Path) -> None:
    def mention(name: str) -> dict[str, Any]:
        return {"user_mentions": [{"name": name, "screen_name": "resident_one", "id_str": "5"}]}

    before = post("@resident_one Thanks", day(1), entities=mention("Ana"), possibly_sensitive=False)
    after = post("@resident_one Thanks", day(1), entities=mention("Ana 🌻"), new_field=None)
    talk = [
        message("7", "Hi", "5", ACCOUNT, "2026-01-09T00:00:00.000Z"),
        message("7", "Hi", "5", ACCOUNT, "2026-01-09T00:00:00.000Z", editHistory=[]),
    ]
    files = {
        "data/account.js": account(),
        "data/tweets.js": ytd("tweets", [before, after]),
        "data/direct-messages.js": ytd("direct_messages", [conversation("5-6", talk)]),
    }
    items, _, _ = walked(opened(tmp_path, files))
    assert items[0].stable == items[1].stable
    assert items[2].stable == items[3].stable
    assert items[0].raw != items[1].raw


def test_an_event_without_an_id_has_the_same_one_in_every_download(tmp_path: Path) -> None:
    leave = {"userIds": ["5"], "createdAt": "2026-02-01T10:02:00.000Z"}
    talk = [{"participantsLeave": leave}, {"participantsLeave": {**leave, "added": "later"}}]
    files = {
        "data/account.js": account(),
        "data/direct-messages-group.js": ytd("direct_messages_group", [conversation("9", talk)]),
    }
    items, _, _ = walked(opened(tmp_path, files))
    assert items[0].native_id == items[1].native_id


def test_a_strange_file_is_named_and_kept(tmp_path: Path) -> None:
    files = full_download() | {"data/budget.xlsx": b"x", "data/sub/other.js": b"x = []"}
    download = opened(tmp_path, files)
    walked(download)
    found = {one.member for one in download.inventory() if one.data_type == "unknown"}
    assert found == {"data/budget.xlsx", "data/sub/other.js"}
