"""Batches: what becomes of items, and what is written for them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from archiver.archive.media import store_media
from archiver.archive.reading import (
    events_of,
    evidence_of,
    media_of,
    raw_of,
    record_by_native,
    versions,
)
from archiver.archive.stored_text import from_stored
from archiver.archive.writing import batch, begin_run, finish_run, read_cursor, would_store
from archiver.items import (
    Access,
    Author,
    ContentState,
    Item,
    Kind,
    MediaRef,
    Skipped,
    Visibility,
)

Make = Callable[..., Item]
LATER = "2026-08-16T00:00:00Z"
EARLIER = "2026-08-01T00:00:00Z"
COUNTED = (
    *("records", "versions", "events", "leaves", "metrics", "exchanges", "coverage", "media"),
    *("record_media", "search_docs", "skipped"),
)


def counts(rig) -> dict[str, int]:
    return {
        table: sum(rig.one(f"SELECT count(*) FROM {table}", access=access) for access in Access)
        for table in COUNTED
    }


def test_outcomes_come_back_in_the_order_of_the_items(rig, item: Make) -> None:
    assert rig.add(item("2"), item("1"), item("2")) == ["stored", "stored", "duplicate"]
    assert rig.add(item("3"), item("1", "edited")) == ["stored", "new version"]


def test_a_second_import_writes_nothing(rig, item: Make, exchange) -> None:
    items = [item(str(n), metrics={"likes": n}) for n in range(30)]
    items.append(item("m", kind=Kind.MESSAGE))
    rig.add(*items, exchange=exchange())
    before = counts(rig)
    assert set(rig.add(*items, exchange=exchange(), at=LATER)) == {"duplicate"}
    assert counts(rig) == before


def test_messages_and_private_mentions_lie_in_the_private_file(rig, item: Make) -> None:
    rig.add(
        item("1"),
        item("2", kind=Kind.MESSAGE),
        item("3", visibility=Visibility.PRIVATE),
        item("4", visibility=Visibility.HIDDEN),
    )
    native = "SELECT native_id FROM records ORDER BY native_id"
    assert rig.rows(native) == [("1",), ("4",)]
    assert rig.rows(native, access=Access.PRIVATE) == [("2",), ("3",)]


def test_there_and_back_again_makes_three_versions(rig, item: Make) -> None:
    for day, text in enumerate(("A", "B", "A"), 10):
        rig.add(item("1", text), at=f"2026-08-{day}T00:00:00Z")
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None and found.text == "A" and found.version_count == 3
    assert [version.text for version in versions(rig.archive.public, found.id)] == ["A", "B", "A"]
    assert rig.wrong() == []


def test_an_older_download_never_overwrites_what_is_newer(rig, item: Make) -> None:
    rig.add(item("1", "newer"), at=LATER)
    older = item("1", "older", visibility=Visibility.HIDDEN, metrics={"likes": 1})
    assert rig.add(older, at=EARLIER) == ["new version"]
    assert rig.add(older, at=EARLIER) == ["duplicate"]
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None
    assert (found.text, found.visibility, found.metrics) == ("newer", "public", None)
    assert rig.wrong() == []


def test_a_download_between_two_others_is_older_than_the_last_even_where_that_changed_nothing(
    rig, item: Make
) -> None:
    rig.add(item("1", "A"), at=EARLIER)
    rig.add(item("1", "A"), at=LATER)
    assert rig.add(item("1", "B"), at="2026-08-10T00:00:00Z") == ["new version"]
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None and found.text == "A" and found.version_count == 2
    assert rig.wrong() == []


def test_a_download_dated_in_the_future_does_not_make_later_ones_old(
    rig, item: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", LATER)
    rig.add(item("1", "A"), at="2099-01-01T00:00:00Z")
    monkeypatch.setenv("ARCHIVER_NOW", "2026-08-17T00:00:00Z")
    rig.add(item("1", "B"), at="2026-08-17T00:00:00Z")
    assert rig.rows("SELECT text, first_seen_at FROM records") == [("B", LATER)]
    assert rig.wrong() == []


def test_hiding_and_showing_again_are_events_and_no_versions(rig, item: Make) -> None:
    rig.add(item("1"))
    rig.add(item("1", visibility=Visibility.HIDDEN), at=LATER)
    rig.add(item("1", visibility=Visibility.HIDDEN), at="2026-08-17T00:00:00Z")
    rig.add(item("1"), at="2026-08-18T00:00:00Z")
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None and found.version_count == 1 and found.visibility == "public"
    events = events_of(rig.archive.public, found.id)
    assert [(event.what, event.at) for event in events] == [
        ("hidden", LATER),
        ("unhidden", "2026-08-18T00:00:00Z"),
    ]
    assert rig.wrong() == []


def test_gone_unknown_and_back_again(rig, item: Make, exchange) -> None:
    rig.add(item("1"), item("2"))
    key = (Kind.POST, "1")
    with batch(rig.archive, rig.run) as opened:
        assert opened.unknown(key, at=LATER, reason="no answer")
        assert opened.gone(key, at=LATER, exchange=exchange(), removed_by="platform")
        assert not opened.gone(key, at=LATER, exchange=exchange())
        assert not opened.unknown(key, at=LATER, reason="no answer")
        assert not opened.gone((Kind.POST, "99"), at=LATER, exchange=exchange())
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None
    assert (found.presence, found.removed_at, found.removed_by) == ("absent", LATER, "platform")
    assert rig.add(item("1"), at="2026-08-17T00:00:00Z") == ["duplicate"]
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None and (found.presence, found.removed_at) == ("present", None)
    whats = [event.what for event in events_of(rig.archive.public, found.id)]
    assert whats == ["unknown", "gone", "reappeared"]
    assert rig.wrong() == []


def test_a_stated_deletion_counts_whatever_order_it_comes_in(rig, item: Make) -> None:
    deleted = {"removed_at": "2026-08-14T20:00:00Z", "removed_by": "agency"}
    rig.add(item("1"), item("1", **deleted), item("2", **deleted), item("2"))
    for native_id in "12":
        found = record_by_native(rig.archive.public, 1, "post", native_id)
        assert found is not None
        assert (found.presence, found.removed_at) == ("absent", "2026-08-14T20:00:00Z")
    assert rig.add(item("1", **deleted), at=LATER) == ["duplicate"]
    assert rig.one("SELECT count(*) FROM events WHERE what = 'gone'") == 2
    assert rig.wrong() == []


def test_a_deletion_stated_later_counts_from_the_time_stated(rig, item: Make) -> None:
    rig.add(item("1"), at=LATER)
    stated = "2026-08-14T20:00:00Z"
    for observed_at, expected in ((EARLIER, False), (LATER, True)):
        with batch(rig.archive, rig.run) as opened:
            assert expected is opened.gone(
                (Kind.POST, "1"), at=stated, exchange=None, observed_at=observed_at
            )
    assert rig.rows("SELECT presence, removed_at FROM records") == [("absent", stated)]
    assert rig.add(item("1"), at=LATER) == ["duplicate"]
    assert rig.one("SELECT presence FROM records") == "absent"
    assert rig.wrong() == []


def test_counters_are_kept_only_when_they_changed(rig, item: Make) -> None:
    rig.add(item("1", metrics={"likes": 1, "reposts": 0}))
    rig.add(item("1", metrics={"reposts": 0, "likes": 1}), at=LATER)
    assert rig.add(item("1", metrics={"likes": 2}), at=LATER) == ["duplicate"]
    assert [row[0] for row in rig.rows("SELECT counters FROM metrics ORDER BY id")] == [
        '{"likes":1,"reposts":0}',
        '{"likes":2}',
    ]
    assert rig.one("SELECT version_count FROM records") == 1


def test_a_changed_record_needs_its_retention_mark_anew(rig, item: Make) -> None:
    rig.add(item("1"), item("2"))
    rig.archive.public.execute("UPDATE records SET retention_rule = 'x'")
    rig.add(item("1", visibility=Visibility.HIDDEN), item("2", metrics={"likes": 3}), at=LATER)
    marks = rig.rows("SELECT native_id, retention_rule FROM records ORDER BY native_id")
    assert marks == [("1", None), ("2", "x")]


def test_evidence_is_written_only_for_what_is_new_or_changed(rig, item: Make, exchange) -> None:
    rig.add(item("1"), item("2"), exchange=exchange())
    rig.add(item("1"), item("2"), exchange=exchange(), at=LATER)
    rig.add(item("1", "edited"), item("2"), exchange=exchange(b"{}"), at=LATER)
    assert rig.one("SELECT count(*) FROM exchanges") == 2
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None
    evidence = [
        evidence_of(rig.archive.public, version)
        for version in versions(rig.archive.public, found.id)
    ]
    assert [found.exchange.url for found in evidence if found.exchange] == [exchange().url] * 2


def test_an_exchange_that_mixes_classes_is_private_and_the_public_row_names_no_address(
    rig, item: Make, exchange
) -> None:
    rig.add(item("1"), item("2", kind=Kind.MESSAGE), exchange=exchange())
    public = rig.rows("SELECT access, url, method, status, sha256 FROM exchanges")
    private = rig.rows("SELECT access, url, sha256 FROM exchanges", access=Access.PRIVATE)
    assert public == [("private", None, None, None, private[0][2])]
    assert private[0][:2] == ("private", exchange().url)
    assert not list(rig.archive.home.folder(Access.PUBLIC).glob("warc/*/*/*"))
    assert rig.wrong() == []


def test_lone_surrogates_and_nul_are_kept(rig, item: Make) -> None:
    text = "Half an emoji \ud83d and NUL \0 after \U0010f000"
    odd = item(
        "1\udfff",
        text,
        raw=b'{"text": "\\ud83d \\u0000"}',
        stable=b"1",
        author=Author("9", "odd\ud800", "Odd \udc00 Name"),
        links=("https://example.com/\ud801",),
        media=(MediaRef("k\ud800", name="a\ud83d.jpg"),),
    )
    assert rig.add(odd, item("2")) == ["stored", "stored"]
    assert rig.add(odd, at=LATER) == ["duplicate"]
    assert would_store(rig.archive, 1, [odd, item("3\ud800")]) == [False, True]
    stored = rig.one("SELECT text FROM records WHERE native_id <> '2'")
    assert from_stored(stored) == text
    version = rig.one("SELECT version_id FROM records WHERE native_id <> '2'")
    assert raw_of(rig.archive.public, version) == odd.raw
    assert rig.one("SELECT count(*) FROM fts WHERE fts MATCH 'after'") == 1
    assert rig.wrong() == []


@pytest.mark.parametrize(
    "moment",
    [
        "1969-07-20T20:17:40Z",
        "2150-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_times_far_away_are_kept_as_they_are(rig, item: Make, moment: str) -> None:
    rig.add(item("1", created_at=moment))
    assert rig.rows("SELECT created_at, undated FROM records") == [(moment, 0)]
    assert rig.wrong() == []


@pytest.mark.parametrize(
    "moment", [None, "yesterday", "10000-01-01T00:00:00Z", "2026-13-01T00:00Z"]
)
def test_an_item_without_a_readable_time_takes_its_capture_time_and_is_marked(
    rig, item: Make, moment: str | None
) -> None:
    rig.add(item("1", created_at=moment))
    rig.add(item("1", "edited", created_at=moment), at=LATER)
    assert rig.rows("SELECT created_at, undated FROM records") == [("2026-08-15T00:00:00Z", 1)]
    assert rig.wrong() == []


def test_an_item_without_an_id_fails_and_the_rest_goes_on(rig, item: Make) -> None:
    assert rig.add(item(""), item("1")) == ["failed", "stored"]


def test_empty_calls_are_fine(rig) -> None:
    assert rig.add() == []


def test_a_batch_that_raises_leaves_nothing(rig, item: Make, exchange) -> None:
    before = counts(rig)
    with pytest.raises(RuntimeError), batch(rig.archive, rig.run) as opened:
        opened.add(
            [item("1"), item("2", kind=Kind.MESSAGE)], observed_at=LATER, exchange=exchange()
        )
        opened.cursor("walk", "page 2")
        raise RuntimeError
    assert counts(rig) == before
    assert read_cursor(rig.archive, 1, "walk") is None
    assert rig.add(item("1"), exchange=exchange()) == ["stored"]
    assert rig.wrong() == []


def test_cursors_are_kept_until_they_are_forgotten(rig) -> None:
    for value in ("page 2", "page 3", None):
        with batch(rig.archive, rig.run) as opened:
            opened.cursor("walk", value)
        assert read_cursor(rig.archive, 1, "walk") == value


def test_would_store_says_what_add_would_do(rig, item: Make) -> None:
    rig.add(item("1"), item("2", edit_id="2"), item("m", kind=Kind.MESSAGE))
    asked = [
        item("1"),
        item("1", "edited"),
        item("2", edit_id="2"),
        item("2", "again", edit_id="3", edit_position=1),
        item("m", kind=Kind.MESSAGE),
        item("n", kind=Kind.MESSAGE),
    ]
    said = would_store(rig.archive, 1, asked)
    done = rig.add(*asked, at=LATER)
    assert said == [outcome != "duplicate" for outcome in done]
    assert would_store(rig.archive, 1, asked[2:4]) == [False, False]


def test_media_are_kept_once_and_stand_in_their_place(rig, item: Make) -> None:
    home = rig.archive.home
    stored = store_media(home, Access.PUBLIC, io.BytesIO(b"\x89PNG\r\n\x1a\n picture"))
    assert stored.media_type == "image/png"
    ref = MediaRef("m1", name="a.png", alt_text="A closed park gate")
    rig.add(item("1", media=(ref,)), item("2", media=(ref,)), media={"m1": stored})
    assert rig.one("SELECT count(*) FROM media") == 1
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None and found.media_count == 1
    shown = media_of(rig.archive.public, found.id)
    assert [(one.sha256, one.size, one.alt_text) for one in shown] == [
        (stored.sha256, stored.size, "A closed park gate")
    ]
    assert list(home.folder(Access.PUBLIC).glob("incoming/*")) == []
    assert rig.one("SELECT count(*) FROM fts WHERE fts MATCH 'gate'") == 2
    assert rig.wrong() == []


def test_the_same_bytes_in_both_classes_stand_in_both_folders(rig, item: Make) -> None:
    home = rig.archive.home
    stored = store_media(home, Access.PUBLIC, io.BytesIO(b"GIF89a"))
    ref = MediaRef("m1")
    rig.add(
        item("1", media=(ref,)),
        item("2", kind=Kind.MESSAGE, media=(ref,)),
        media={"m1": stored},
    )
    for access in Access:
        assert len(list(home.folder(access).glob(f"media/*/*/{stored.sha256}"))) == 1
    assert rig.wrong() == []


def test_bytes_that_come_later_are_an_event(rig, item: Make) -> None:
    ref = MediaRef("m1", available=False)
    rig.add(item("1", media=(ref,)))
    found = record_by_native(rig.archive.public, 1, "post", "1")
    assert found is not None
    stored = store_media(rig.archive.home, Access.PUBLIC, io.BytesIO(b"GIF89a"))
    with batch(rig.archive, rig.run) as opened:
        opened.attach_media(Access.PUBLIC, found.id, ref, stored, at=LATER)
    assert media_of(rig.archive.public, found.id)[0].sha256 == stored.sha256
    assert rig.wrong() == []


def test_what_was_skipped_is_kept_once_with_its_reason(rig) -> None:
    met = [
        Skipped("data/tweets.js", 3, "the object is cut off", failed=True, raw=b"{"),
        Skipped("data/ad.js", None, "advertising data is kept in the original only"),
    ]
    for expected in (2, 0):
        with batch(rig.archive, rig.run) as opened:
            assert opened.skipped(met) == expected
    held = rig.rows("SELECT member, failed FROM skipped ORDER BY id", access=Access.PRIVATE)
    assert held == [("data/tweets.js", 1), ("data/ad.js", 0)]
    assert rig.wrong() == []


def test_unreadable_messages_are_records_all_the_same(rig, item: Make) -> None:
    rig.add(item("1", "", kind=Kind.MESSAGE, content_state=ContentState.ENCRYPTED))
    states = rig.rows("SELECT content_state FROM records", access=Access.PRIVATE)
    assert states == [("encrypted",)]


def test_runs_are_closed_once(rig, account) -> None:
    finish_run(rig.archive, rig.run, outcome="complete", notes={"stored": 3})
    finish_run(rig.archive, rig.run, outcome="failed")
    assert rig.rows("SELECT outcome, notes FROM runs") == [("complete", '{"stored":3}')]
    with pytest.raises(ValueError, match="outcome"):
        finish_run(rig.archive, rig.run, outcome="perhaps")
    assert rig.wrong() == []


def test_a_run_that_never_ended_is_interrupted_by_the_next(rig, account) -> None:
    begin_run(rig.archive, account, source="bluesky-api")
    begin_run(rig.archive, account, source="x-download")
    outcomes = "SELECT source, outcome FROM runs ORDER BY id"
    assert rig.rows(outcomes) == [
        ("x-download", "interrupted"),
        ("bluesky-api", None),
        ("x-download", None),
    ]
    assert rig.wrong() == []


def test_coverage_needs_a_reason_where_it_is_not_complete(rig) -> None:
    with batch(rig.archive, rig.run) as opened, pytest.raises(ValueError, match="coverage"):
        opened.cover(Kind.POST, start=None, end=LATER, state="partial")
