"""What was destroyed and is met again: not taken in, counted, flagged once."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.archive.destroying import Doomed, destroy, finish_bytes
from archiver.archive.originals import store_original
from archiver.archive.resighting import destroyed_before, memory_of, resightings
from archiver.archive.runs import Run, begin_run, finish_run
from archiver.archive.seals import seal
from archiver.archive.verify import verify
from archiver.archive.writing import Outcome, batch, would_store
from archiver.capture.absence import unseen_in
from archiver.capture.limits import NIGHTLY
from archiver.capture.taking import Taker
from archiver.errors import HomeError, RuleError
from archiver.items import Access, Kind, MediaRef, Page, Skipped, Span
from tests.archive.doomed_town import (
    KEPT,
    LETTER,
    NOW,
    OLD,
    PICTURE,
    PLACE,
    SECRET,
    UNDER,
    WORDS,
    doomed,
    fill,
    page,
    post,
)
from tests.archive.searching_home import search_home

PUBLIC, PRIVATE = Access.PUBLIC, Access.PRIVATE
AGAIN = "2026-11-01T00:00:00Z"
NEW = f"{PLACE}3lnewnewnewne"


@pytest.fixture
def town(rig, tmp_path: Path):
    """That town's archive, with the old post and the letter destroyed."""
    fill(rig, tmp_path)
    archive = rig.archive
    chosen = {
        PUBLIC: doomed(archive, PUBLIC, "post", OLD),
        PRIVATE: doomed(archive, PRIVATE, "message", LETTER),
    }
    with archive.writer():
        for access, one in chosen.items():
            destroy(archive, access, [one], UNDER, now=NOW)
    finish_bytes(archive)
    rig.run = begin_run(archive, rig.run.account, source="later")
    return rig


def met() -> list:
    letter = post(LETTER, SECRET, kind=Kind.MESSAGE)
    return [post(OLD, WORDS, media=(MediaRef("heron"),)), post(KEPT, "Library closed"), letter]


def test_it_is_not_taken_in_and_says_so(town) -> None:
    before = town.one("SELECT count(*) FROM versions")
    assert town.add(*met(), at=AGAIN) == [
        *("destroyed before", "new version", "destroyed before"),
    ]
    assert town.one("SELECT count(*) FROM versions") == before + 1
    assert town.add(met()[0], at=AGAIN) == ["destroyed before"]


def test_it_is_flagged_once_with_its_tombstone(town) -> None:
    for _ in range(3):
        town.add(*met(), at=AGAIN)
    found = list(resightings(town.archive))
    assert [(one.tombstone.access, one.tombstone.kind, one.tombstone.number) for one in found] == [
        (PUBLIC, "record", "D-2026-03"),
        (PRIVATE, "record", "D-2026-03"),
    ]
    assert {(one.run_id, one.source, one.account_id) for one in found} == {
        (town.run.id, "later", 1)
    }
    assert town.wrong() == [], "resightings are sealed"


def test_a_flag_stays(town) -> None:
    town.add(*met(), at=AGAIN)
    for act in ("DELETE FROM resightings", "UPDATE resightings SET at = ''"):
        with pytest.raises(sqlite3.IntegrityError):
            town.archive.public.execute(act)


def test_its_pictures_are_not_fetched(town) -> None:
    assert would_store(town.archive, 1, met()) == [False, True, False]
    assert destroyed_before(town.archive, 1, met()) == ["D-2026-03", None, "D-2026-03"]
    assert destroyed_before(town.archive, 2, met()) == [None, None, None], "another account's"


class _Source:
    """A source with pictures that counts what is asked for."""

    asked = 0

    def open_media(self, ref: MediaRef) -> io.BytesIO:
        self.asked += 1
        return io.BytesIO(PICTURE)


def test_a_capture_goes_on_and_counts_it(town) -> None:
    source = _Source()
    taker = Taker(town.archive, town.run, source, NIGHTLY)  # type: ignore[arg-type]
    taker.take(Page(items=met(), resume=None, exchange=page(*met())))
    taker.flush()
    assert source.asked == 0
    assert taker.counts["destroyed before"] == 2
    assert taker.counts["new version"] == 1


def test_a_walk_that_shows_it_or_not_asks_for_nothing(town) -> None:
    writer = "did:plc:writer44writer44writer44"
    span = Span(Kind.POST, ("",), writer, after=None, before=None)
    assert list(unseen_in(town.archive, 1, span, set())) == []


def test_an_answer_that_shows_it_is_kept_without_its_body(town) -> None:
    items = [*met()[:2], post(NEW, "A new one")]
    town.add(*items, exchange=page(*items), at=AGAIN)
    number, start = town.rows(
        """
        SELECT e.id, e.response_start FROM versions AS v JOIN records AS r ON r.id = v.record_id
        JOIN exchanges AS e ON e.id = v.exchange_id WHERE r.native_id = ?
        """,
        NEW,
    )[0]
    warc = town.one("SELECT warc FROM exchanges WHERE id = ?", number)
    with (town.archive.home.folder(PUBLIC) / str(warc)).open("rb") as stream:
        stream.seek(start)
        answer = next(iter(ArchiveIterator(stream)))
        body = answer.content_stream().read().decode()
    assert (
        body == "This answer is not kept: it shows records that were destroyed (1 under D-2026-03)."
    )
    assert answer.rec_headers.get_header("WARC-Redacted") == "destroyed records"
    assert answer.http_headers.get_header("Content-Length") == str(len(body))
    places = search_home(town.archive.home.path, [WORDS]).get(WORDS.encode(), set())
    assert not any(str(warc) in place for place in places), places
    assert town.wrong() == []


def test_what_could_not_be_read_does_not_come_back_either(town) -> None:
    archive = town.archive
    number = town.one("SELECT id FROM skipped", access=PRIVATE)
    leaf = archive.private.execute(
        "SELECT hash FROM leaves WHERE seq = (SELECT leaf FROM skipped)"
    ).fetchone()[0]
    with archive.writer():
        destroy(archive, PRIVATE, [Doomed("unread", number, leaf.hex())], UNDER, now=NOW)
    entry = Skipped("a.js", 1, "cut off", raw=b"{ heron")
    with batch(archive, town.run) as opened:
        assert opened.skipped([entry]) == 0
    assert town.one("SELECT count(*) FROM skipped", access=PRIVATE) == 0
    assert [one.tombstone.kind for one in resightings(archive)] == ["skipped"]


@pytest.fixture
def emptied(town, tmp_path: Path) -> Iterator[tuple[object, Path]]:
    """The town with its download destroyed too."""
    archive = town.archive
    post_of = doomed(archive, PUBLIC, "post", "99887766554433")
    with archive.writer():
        destroy(archive, PUBLIC, [post_of], UNDER, now=NOW)
    for kind, table in (("unread", "skipped"), ("original", "originals")):
        number, leaf = archive.private.execute(
            f"SELECT t.id, l.hash FROM {table} AS t JOIN leaves AS l ON l.seq = t.leaf"
        ).fetchone()
        with archive.writer():
            destroy(archive, PRIVATE, [Doomed(kind, number, leaf.hex())], UNDER, now=NOW)
    finish_bytes(archive)
    yield town, tmp_path / "download.zip"


def test_a_destroyed_download_is_refused_by_its_number(emptied) -> None:
    town, packed = emptied
    archive = town.archive
    with pytest.raises(RuleError, match="D-2026-03"):
        store_original(archive, town.run, packed, access=PRIVATE, name="d.zip")
    assert not list(archive.home.folder(PRIVATE).glob("incoming/*"))
    assert not list(archive.home.folder(PRIVATE).glob("originals/*"))
    assert "original" in {one.tombstone.kind for one in resightings(archive)}
    assert town.wrong() == []


def test_where_nothing_was_destroyed_nothing_is_asked(rig, item) -> None:
    assert memory_of(rig.archive) is None
    asked: list[str] = []
    with batch(rig.archive, rig.run) as opened:
        rig.archive.public.set_trace_callback(asked.append)
        opened.add([item("1"), item("2")], observed_at=AGAIN)
        rig.archive.public.set_trace_callback(None)
    assert not any("tombstones WHERE identity" in sql for sql in asked)


def test_without_the_key_a_capture_stops_rather_than_let_it_back_in(town) -> None:
    (town.archive.home.keys / "tombstones.key").unlink()
    with pytest.raises(HomeError, match="destroyed records are known"):
        town.add(*met(), at=AGAIN)


def test_the_number_of_a_record_is_not_given_again(town) -> None:
    gone = {row[0] for row in town.rows("SELECT ref FROM tombstones WHERE kind = 'record'")}
    town.add(*(post(f"{NEW}{n}", "same time") for n in range(20)), at=AGAIN)
    assert not gone & {row[0] for row in town.rows("SELECT id FROM records")}


def test_runs_and_seals_go_on(town) -> None:
    run: Run = town.run
    town.add(*met(), at=AGAIN)
    finish_run(town.archive, run, outcome="complete", notes={"counts": {"destroyed before": 2}})
    seal(town.archive, now=AGAIN)
    assert verify(town.archive.home).ok
    assert Outcome("destroyed before") is Outcome.DESTROYED
