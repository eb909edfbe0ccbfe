"""Surveying: where else the archive holds what is doomed."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive import mentions
from archiver.archive.mentions import Mentions, plain, ways_to_name
from archiver.archive.surveying import copies_of
from archiver.archive.writing import batch, begin_run
from archiver.errors import IntegrityError
from archiver.items import Access, Author, Relation, Subscriber
from tests.archive.doomed_town import (
    KEPT,
    LETTER,
    NEXT,
    OLD,
    PLACE,
    QUOTING,
    doomed,
    fill,
    page,
    post,
)

PUBLIC, PRIVATE = Access.PUBLIC, Access.PRIVATE


@pytest.fixture
def town(rig, tmp_path: Path):
    """That town's archive."""
    fill(rig, tmp_path)
    return rig


def test_every_exchange_that_holds_it_is_found_whether_it_rests_on_it_or_not(town) -> None:
    chosen = doomed(town.archive, PUBLIC, "post", OLD)
    told: list[tuple[str, int, int | None]] = []
    found = copies_of(town.archive, {PUBLIC: [chosen.id]}, lambda *step: told.append(step))
    places = [(one.access, one.id, one.survivors) for one in found.exchanges]
    assert places == [
        (PUBLIC, 1, 1),  # the page that brought it, and KEPT
        (PUBLIC, 2, 1),  # a page written because of NEXT, gzip-coded
        (PUBLIC, 3, 0),  # its edit
        (PUBLIC, 4, 1),  # a post that quotes it
        (PUBLIC, 7, 0),  # the answer that it is gone, which names it nowhere: it rests on it
    ]
    assert all(one.holds == ((PUBLIC, chosen.id),) for one in found.exchanges)
    assert told[-1][1] == told[-1][2]


def test_a_quotation_is_told_and_stays(town) -> None:
    chosen = doomed(town.archive, PUBLIC, "post", OLD)
    quoting = doomed(town.archive, PUBLIC, "post", QUOTING)
    found = copies_of(town.archive, {PUBLIC: [chosen.id]})
    assert [(one.record_id, one.quotes) for one in found.quotations] == [
        (quoting.id, ((PUBLIC, chosen.id),))
    ]
    both = copies_of(town.archive, {PUBLIC: [chosen.id, quoting.id]})
    assert both.quotations == ()
    assert copies_of(town.archive, {PUBLIC: [chosen.id]}, quotations=False).quotations == ()


def test_a_private_exchange_is_told_once_with_those_who_rest_on_it_in_both_files(town) -> None:
    letter = doomed(town.archive, PRIVATE, "message", LETTER)
    found = copies_of(town.archive, {PRIVATE: [letter.id]})
    assert [(one.access, one.survivors) for one in found.exchanges] == [(PRIVATE, 1), (PRIVATE, 1)]
    assert found.originals == ()


def test_a_download_is_told_with_how_many_rest_on_it(town) -> None:
    chosen = doomed(town.archive, PUBLIC, "post", "99887766554433")
    (original,) = copies_of(town.archive, {PUBLIC: [chosen.id]}).originals
    assert (original.access, original.doomed, original.survivors, original.name) == (
        *(PRIVATE, 1, 1, "d.zip"),
    )


def test_pages_of_lists_are_told_for_people_and_nothing_else_is(town) -> None:
    archive = town.archive
    number, native_id = archive.private.execute(
        "SELECT id, native_id FROM subscribers WHERE to_at IS NOT NULL"
    ).fetchone()
    run = begin_run(archive, town.run.account, source="later")
    shown = page(post("x", native_id, author=Author(native_id)))
    with batch(archive, run) as opened:
        opened.people(
            Relation.FOLLOWER,
            [Subscriber("x", Relation.FOLLOWER, "new")],
            observed_at="2026-08-20T00:00:00Z",
            complete=False,
            first=True,
            exchange=shown,
        )
        opened.add(
            [post(f"{PLACE}3lwwwwwwwwwww", "by them", author=Author(native_id))],
            observed_at="2026-08-20T00:00:00Z",
            exchange=page(post("x", native_id)),
        )
    found = copies_of(archive, {}, people=[number])
    assert [(one.access, one.holds, one.survivors) for one in found.exchanges] == [(PRIVATE, (), 0)]


def test_a_missing_file_is_named(town) -> None:
    (path,) = town.archive.home.folder(PUBLIC).glob("warc/*/*/*.gz")
    path.unlink()
    chosen = doomed(town.archive, PUBLIC, "post", OLD)
    with pytest.raises(IntegrityError, match="missing"):
        copies_of(town.archive, {PUBLIC: [chosen.id]})


def test_nothing_doomed_nothing_found(town) -> None:
    found = copies_of(town.archive, {})
    assert (found.exchanges, found.originals, found.quotations) == ((), (), ())


IDS = st.text("abc019/:.-_é園😀", min_size=1, max_size=40) | st.from_regex(
    r"at://did:plc:[a-z2-7]{6}/app\.bsky\.feed\.post/3[a-z2-7]{12}", fullmatch=True
)


def spelled(word: str) -> list[bytes]:
    return [
        word.encode(),
        json.dumps(word).encode(),
        json.dumps(word).replace("/", "\\/").encode(),
        "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in word).encode(),
        quote(word, safe="").encode(),
        quote(word).encode(),
    ]


@given(IDS, st.data())
def test_an_id_is_found_in_every_spelling(native_id: str, data: st.DataObject) -> None:
    wanted = Mentions({7: ways_to_name("post", native_id)})
    said = data.draw(st.sampled_from(spelled(native_id)))
    assert wanted.in_bytes(b'{"uri": "' + said + b'", "other": 1}') == {7}


@given(st.integers(0, 60))
def test_an_id_across_two_chunks_is_found(cut: int) -> None:
    data = b"x" * 20 + OLD.encode() + b'"'
    looking = Mentions({1: ways_to_name("post", OLD)}).looking()
    looking.take(data[:cut])
    looking.take(data[cut:])
    assert looking.named() == {1}


def test_what_stands_in_two_answers_is_not_put_together() -> None:
    looking = Mentions({1: (("12345678901",),)}).looking()
    looking.take(b'"123456')
    looking.end()
    looking.take(b'78901"')
    assert looking.named() == frozenset()


@pytest.mark.parametrize(
    ("native_id", "said", "named"),
    [
        ("12345678901", b'"id": 12345678901,', True),
        ("12345678901", b'"id": 912345678901,', False),
        ("12345678901", b"?id=12345678901&x", True),
        (f"{PLACE}welcome-to-town", b"rkey=welcome-to-town&collection=", False),
        (f"{PLACE}3lkd2fghijk4m", b"rkey=3lkd2fghijk4m&collection=", True),
        (f"{PLACE}3lkd2fghijk4m", b"3lkd2fghijk4n", False),
        (f"{OLD}#like/did:plc:someone", b'"%s" liked by did:plc:someone' % OLD.encode(), True),
        (f"{OLD}#like/did:plc:someone", b'"%s" liked by nobody' % OLD.encode(), False),
        ("note:9876543210", b'"noteId": "9876543210"', False),
        ("note:987654321012", b'"noteId": "987654321012"', True),
    ],
)
def test_what_names_a_record(native_id: str, said: bytes, named: bool) -> None:
    assert bool(Mentions({1: ways_to_name("post", native_id)}).in_bytes(said)) is named


def test_a_profile_is_named_by_nothing_but_what_rests_on_it() -> None:
    assert ways_to_name("profile", "did:plc:k7tfs5wanq2yblmd4uhrcxz3") == ()
    assert not Mentions({1: ()})


def test_escapes_are_undone() -> None:
    assert plain(rb"a\/b\u002fc%2Fd\ud83d\ude00") == "a/b/c/d😀".encode()
    assert plain(b"nothing") == b"nothing"


def test_both_kept_and_next_are_no_part_of_the_survey(town) -> None:
    kept = doomed(town.archive, PUBLIC, "post", KEPT)
    found = copies_of(town.archive, {PUBLIC: [kept.id]}, quotations=False)
    assert {one.id for one in found.exchanges if one.access is PUBLIC} == {1}
    later = doomed(town.archive, PUBLIC, "post", NEXT)
    found = copies_of(town.archive, {PUBLIC: [later.id]}, quotations=False)
    assert [one.id for one in found.exchanges] == [2]
    assert mentions.OVERLAP > 1_000
