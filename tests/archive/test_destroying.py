"""Destroying: what is doomed goes with everything that belongs to it, and only that."""

from __future__ import annotations

import io
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.archive.destroying import (
    Authority,
    Changed,
    Doomed,
    destroy,
    destroy_exchanges,
    finish_bytes,
    is_destroyed,
    tombstones_of,
)
from archiver.archive.files import media_path
from archiver.archive.leaves import SEALED, row_leaf
from archiver.archive.media import store_media
from archiver.archive.reading import record_by_native
from archiver.archive.runs import recover
from archiver.archive.seals import seal
from archiver.archive.store import Archive, create_archive
from archiver.archive.verify import verify
from archiver.archive.writing import batch, begin_run
from archiver.config import Home
from archiver.errors import HomeError, RuleError, StorageError
from archiver.items import Access, MediaRef
from tests.archive.doomed_town import (
    KEPT,
    LATE,
    LETTER,
    NEXT,
    NOW,
    OLD,
    PICTURE,
    SHARED,
    UNDER,
    doomed,
    fill,
    post,
)
from tests.archive.test_verify import found, tamper

PUBLIC, PRIVATE = Access.PUBLIC, Access.PRIVATE


@pytest.fixture
def town(rig, tmp_path: Path):
    """That town's archive, sealed."""
    fill(rig, tmp_path)
    seal(rig.archive, now="2026-08-20T00:00:00Z")
    return rig


def act(archive: Archive, *chosen: Doomed, access: Access = PUBLIC, under: Authority = UNDER):
    with archive.writer():
        done = destroy(archive, access, chosen, under, now=NOW)
    finish_bytes(archive)
    return done


def leaf_of(archive: Archive, access: Access, table: str, number: int) -> str:
    sql = f"SELECT hash FROM leaves WHERE seq = (SELECT leaf FROM {table} WHERE id = ?)"
    return archive.file(access).execute(sql, (number,)).fetchone()[0].hex()


def checked(home: Home) -> dict[str, int]:
    report = verify(home)
    assert report.findings == []
    return dict(report.checked)


def test_a_record_goes_with_all_that_belongs_to_it(town) -> None:
    archive = town.archive
    chosen = doomed(archive, PUBLIC, "post", OLD)
    done = act(archive, chosen)
    assert (done.records, done.versions, done.metrics, done.media) == (1, 2, 1, 2)
    assert done.events == 3, "edited, media received, gone"
    for table, column in (
        ("records", "id"),
        *(("versions", "record_id"), ("events", "record_id"), ("metrics", "record_id")),
        *(("record_media", "record_id"), ("search_docs", "id"), ("facet", "id")),
        ("displaced", "id"),
    ):
        assert town.one(f"SELECT count(*) FROM {table} WHERE {column} = ?", chosen.id) == 0, table
    assert town.one("SELECT count(*) FROM fts WHERE fts MATCH 'heron'") == 1, "the imported one"


def test_a_tombstone_says_what_why_and_nothing_of_the_content(town) -> None:
    chosen = doomed(town.archive, PUBLIC, "post", OLD)
    act(town.archive, chosen)
    stone = is_destroyed(town.archive, PUBLIC, "record", chosen.id)
    assert stone is not None
    assert (stone.number, stone.act, stone.at) == ("D-2026-03", "destroyed", NOW)
    assert stone.authority == UNDER.words
    assert (stone.series, stone.cutoff_on, stone.retain_until) == (
        *("CU+2", "2022-08-14", "2024-08-14"),
    )
    assert stone.leaf == chosen.leaf and stone.leaf_seq is None
    kinds = [one.kind for one in tombstones_of(town.archive, "D-2026-03")]
    assert sorted(set(kinds)) == ["event", "media", "metrics", "record", "version"]
    assert is_destroyed(town.archive, PUBLIC, "record", chosen.id + 1) is None
    identities = town.rows("SELECT identity FROM tombstones WHERE kind = 'record'")
    assert [len(one) for (one,) in identities] == [32]


def test_seals_hold_and_verify_counts_what_went(town) -> None:
    act(town.archive, doomed(town.archive, PUBLIC, "post", OLD))
    said = checked(town.archive.home)
    assert said["records destroyed under D-2026-03"] == 1
    assert said["versions destroyed under D-2026-03"] == 2
    assert said["media destroyed under D-2026-03"] == 2
    assert town.wrong() == [], "tombstones are sealed themselves"


def test_media_stay_while_another_record_shows_them(town) -> None:
    home = town.archive.home
    paths = {
        data: media_path(home, PUBLIC, sha256(data).hexdigest()) for data in (PICTURE, LATE, SHARED)
    }
    assert all(path.exists() for path in paths.values())
    act(town.archive, doomed(town.archive, PUBLIC, "post", OLD))
    assert [paths[data].exists() for data in (PICTURE, LATE, SHARED)] == [False, False, True]
    act(town.archive, doomed(town.archive, PUBLIC, "post", KEPT))
    assert not paths[SHARED].exists()
    checked(home)


@pytest.mark.parametrize("moved", [False, True])
def test_media_captured_again_meanwhile_stay_or_the_capture_says_so(town, moved: bool) -> None:
    """Bytes wait for their row while the same ones are destroyed; a start in between has moved them
    to their place, and they went with the destroyed ones: then they are fetched again."""
    archive = town.archive
    stored = store_media(archive.home, PUBLIC, io.BytesIO(PICTURE))
    if moved:
        recover(archive)
    act(archive, doomed(archive, PUBLIC, "post", OLD))
    town.run = begin_again(archive, town.run)
    shown = post(NEXT + "9", "Look", media=(MediaRef("m"),))
    if moved:
        with pytest.raises(StorageError, match="run the command again"):
            town.add(shown, media={"m": stored})
        stored = store_media(archive.home, PUBLIC, io.BytesIO(PICTURE))
    town.add(shown, media={"m": stored})
    assert media_path(archive.home, PUBLIC, stored.sha256).exists()
    assert town.wrong() == []


def begin_again(archive: Archive, run):
    return begin_run(archive, run.account, source="later")


@pytest.mark.parametrize("kind", ["edited", "never there", "another leaf"])
def test_what_is_no_longer_what_was_decided_on_stays(town, kind: str) -> None:
    archive = town.archive
    chosen = doomed(archive, PUBLIC, "post", OLD)
    also = doomed(archive, PUBLIC, "post", KEPT)
    if kind == "edited":
        run = begin_again(archive, town.run)
        with batch(archive, run) as opened:
            opened.add([post(OLD, "other words")], observed_at="2026-09-01T00:00:00Z")
    elif kind == "never there":
        chosen = Doomed("record", 7, chosen.leaf)
    else:
        chosen = Doomed("record", chosen.id, also.leaf)
    before = town.one("SELECT count(*) FROM versions")
    with pytest.raises(Changed, match=str(chosen.id)) as raised, archive.writer():
        destroy(archive, PUBLIC, [also, chosen], UNDER, now=NOW)
    assert raised.value.doomed == chosen
    assert town.one("SELECT count(*) FROM versions") == before
    assert town.one("SELECT count(*) FROM tombstones") == 0


def test_twice_is_once(town) -> None:
    chosen = doomed(town.archive, PUBLIC, "post", OLD)
    act(town.archive, chosen)
    again = act(town.archive, chosen, chosen)
    assert (again.records, again.already) == (0, 1)


def test_a_message_goes_from_the_private_file(town) -> None:
    done = act(town.archive, doomed(town.archive, PRIVATE, "message", LETTER), access=PRIVATE)
    assert done.records == 1
    assert town.one("SELECT count(*) FROM tombstones", access=PUBLIC) == 0
    assert checked(town.archive.home)["records destroyed under D-2026-03"] == 1


def test_an_interval_on_a_list_goes_once_it_has_ended(town) -> None:
    archive = town.archive
    ended, open_one = (
        archive.private.execute(
            f"SELECT id FROM subscribers WHERE to_at IS {word} NULL"
        ).fetchone()[0]
        for word in ("NOT", "")
    )
    chosen = [
        Doomed("subscriber", number, leaf_of(archive, PRIVATE, "subscribers", number))
        for number in (ended, open_one)
    ]
    with pytest.raises(RuleError, match="on the list still"):
        act(archive, *chosen, access=PRIVATE)
    assert act(archive, chosen[0], access=PRIVATE).subscribers == 1
    kinds = town.rows("SELECT kind FROM tombstones ORDER BY id", access=PRIVATE)
    assert kinds == [("subscriber",), ("subscriber end",)]
    assert checked(archive.home)["subscribers destroyed under D-2026-03"] == 1


def test_an_original_goes_when_nothing_rests_on_it_any_more(town) -> None:
    archive, home = town.archive, town.archive.home
    number = archive.private.execute("SELECT id FROM originals").fetchone()[0]
    original = Doomed("original", number, leaf_of(archive, PRIVATE, "originals", number))
    with pytest.raises(RuleError, match="rest on"):
        act(archive, original, access=PRIVATE)
    act(archive, doomed(archive, PUBLIC, "post", "99887766554433"))
    skipped = archive.private.execute("SELECT id FROM skipped").fetchone()[0]
    unread = Doomed("unread", skipped, leaf_of(archive, PRIVATE, "skipped", skipped))
    assert act(archive, unread, access=PRIVATE).unread == 1
    assert act(archive, original, access=PRIVATE).originals == 1
    assert not list(home.folder(PRIVATE).glob("originals/*"))
    assert town.one("SELECT count(*) FROM originals") == 0, "its row in archive.db goes too"
    said = checked(home)
    assert said["originals destroyed under D-2026-03"] == 2
    assert said["unread destroyed under D-2026-03"] == 1


def test_sources_forget_where_they_were_by_its_id(town) -> None:
    act(town.archive, doomed(town.archive, PUBLIC, "post", OLD))
    held = dict(town.rows("SELECT name, value FROM cursors"))
    assert "bluesky-api again" not in held
    assert held["bluesky-api media"] == f'{{"open":[["post","{KEPT}","arms",1]]}}'


def test_without_the_key_of_the_tombstones_nothing_is_destroyed(town) -> None:
    archive = town.archive
    (archive.home.keys / "tombstones.key").unlink()
    with pytest.raises(HomeError, match=r"tombstones\.key"):
        act(archive, doomed(archive, PUBLIC, "post", OLD))
    create_archive(archive.home)
    act(archive, doomed(archive, PUBLIC, "post", OLD))
    (archive.home.keys / "tombstones.key").unlink()
    with pytest.raises(HomeError, match="restore it"):
        create_archive(archive.home)


def test_the_key_is_for_its_owner_alone(city: Home) -> None:
    key = city.keys / "tombstones.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32


def warcio_finds_nothing_wrong(home: Home) -> None:
    paths = [str(path) for path in home.path.glob("p*/warc/*/*/*.gz")]
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "digest failed" not in checked.stdout + checked.stderr


def test_an_exchange_is_replaced_where_it_stands(town) -> None:
    archive, home = town.archive, town.archive.home
    (path,) = home.folder(PUBLIC).glob("warc/*/*/*.gz")
    before = path.read_bytes()
    places = town.rows(
        "SELECT id, start, length FROM exchanges WHERE access = 'public' ORDER BY id"
    )
    chosen = [places[0], places[2]]
    with archive.writer():
        gone = destroy_exchanges(
            archive, [(PUBLIC, number) for number, *_ in chosen], UNDER, now=NOW
        )
    assert gone == 2
    assert path.read_bytes() == before, "rows first, bytes after"
    assert finish_bytes(archive) == 2
    after = path.read_bytes()
    assert len(after) == len(before)
    for number, start, length in places:
        same = after[start : start + length] == before[start : start + length]
        assert same is ((number, start, length) not in chosen)
    with path.open("rb") as stream:
        stream.seek(chosen[1][1])
        note = next(iter(ArchiveIterator(stream)))
        assert note.rec_type == "metadata"
        said = note.content_stream().read().decode()
    assert "under: D-2026-03" in said and f"on: {NOW}" in said
    stone = is_destroyed(archive, PUBLIC, "exchange", chosen[1][0])
    assert stone is not None and f"leaf: {stone.leaf}" in said
    warcio_finds_nothing_wrong(home)
    said_of = checked(home)
    assert said_of["exchanges destroyed under D-2026-03"] == 2
    assert said_of["places of exchanges destroyed"] == 2
    assert finish_bytes(archive) == 0


def test_a_private_exchange_goes_from_both_files(town) -> None:
    archive = town.archive
    number, warc, start = archive.public.execute(
        "SELECT id, warc, start FROM exchanges WHERE access = 'private'"
    ).fetchone()
    with archive.writer():
        assert destroy_exchanges(archive, [(PUBLIC, number)], UNDER, now=NOW) == 1
    finish_bytes(archive)
    place = (warc, start)
    for access in Access:
        sql = "SELECT count(*) FROM exchanges WHERE warc = ? AND start = ?"
        if access is PUBLIC:
            sql += " AND access = 'private'"
        assert town.one(sql, *place, access=access) == 0
    warcio_finds_nothing_wrong(archive.home)
    assert checked(archive.home)["exchanges destroyed under D-2026-03"] == 2


def test_a_file_of_which_nothing_is_left_goes(town) -> None:
    archive = town.archive
    numbers = town.rows("SELECT id FROM exchanges", access=PRIVATE)
    with archive.writer():
        destroy_exchanges(archive, [(PRIVATE, number) for (number,) in numbers], UNDER, now=NOW)
    finish_bytes(archive)
    assert not list(archive.home.folder(PRIVATE).glob("warc/*/*/*.gz"))
    assert checked(archive.home)["warc files destroyed"] == 1


def test_a_run_goes_on_behind_what_was_destroyed(rig, item, exchange) -> None:
    rig.add(item("1"), exchange=exchange(b"first"))
    rig.add(item("2"), exchange=exchange(b"second" * 99))
    with rig.archive.writer():
        destroy_exchanges(rig.archive, [(PUBLIC, 1), (PUBLIC, 2)], UNDER, now=NOW)
    finish_bytes(rig.archive)
    recover(rig.archive)
    rig.add(item("3"), exchange=exchange(b"third"))
    warcio_finds_nothing_wrong(rig.archive.home)
    assert rig.wrong() == []


def test_an_exchange_that_never_was_is_named(town) -> None:
    with pytest.raises(RuleError, match="exchange 999"), town.archive.writer():
        destroy_exchanges(town.archive, [(PUBLIC, 999)], UNDER, now=NOW)


TAMPERED = {
    "another leaf": "UPDATE tombstones SET leaf_hash = zeroblob(32) WHERE kind = 'version'",
    "no leaf": "UPDATE tombstones SET leaf_seq = 99999 WHERE kind = 'event'",
    "unheard of": "UPDATE tombstones SET kind = 'picnic' WHERE kind = 'metrics'",
    "other words": "UPDATE tombstones SET authority = 'none' WHERE kind = 'record'",
    "gone": "DELETE FROM tombstones WHERE kind = 'exchange'",
    "no identity": "UPDATE tombstones SET identity = NULL WHERE kind = 'record'",
    "record gone": "DELETE FROM tombstones WHERE kind = 'record'",
    "place": (
        "UPDATE tombstones SET detail = json_set(detail, '$.length', 7) WHERE kind = 'exchange'"
    ),
}


@pytest.mark.parametrize("what", sorted(TAMPERED))
def test_a_tombstone_that_was_touched_is_found(town, what: str) -> None:
    archive = town.archive
    with archive.writer():
        destroy(archive, PUBLIC, [doomed(archive, PUBLIC, "post", OLD)], UNDER, now=NOW)
        destroy_exchanges(archive, [(PUBLIC, 1)], UNDER, now=NOW)
    finish_bytes(archive)
    seal(archive, now=NOW)
    assert found(archive.home) == []
    tamper(archive.home.archive_db, TAMPERED[what])
    assert found(archive.home)


def test_a_row_beside_its_tombstone_is_found(town) -> None:
    archive = town.archive
    act(archive, doomed(archive, PUBLIC, "post", OLD))
    tamper(
        archive.home.archive_db,
        """
        INSERT INTO metrics SELECT t.ref, r.id, 1, '2026-01-01T00:00:00Z', '{}', zeroblob(32),
            t.leaf_seq FROM tombstones AS t, records AS r WHERE t.kind = 'metrics' LIMIT 1
        """,
    )
    assert any("although it was destroyed" in line for line in found(archive.home))


@pytest.mark.parametrize("at", [0, 5, 200])
def test_a_filler_that_was_touched_is_found(town, at: int) -> None:
    archive = town.archive
    with archive.writer():
        destroy_exchanges(archive, [(PUBLIC, 2)], UNDER, now=NOW)
    finish_bytes(archive)
    (path,) = archive.home.folder(PUBLIC).glob("warc/*/*/*.gz")
    start = is_destroyed(archive, PUBLIC, "exchange", 2).detail["start"]  # type: ignore[union-attr]
    content = bytearray(path.read_bytes())
    content[start + at] ^= 1
    path.write_bytes(content)
    wrong = verify(archive.home).findings
    assert len(wrong) == 1 and "destroyed" in wrong[0].what


@pytest.mark.parametrize("act_word", ["removed", "transferred"])
def test_other_acts_are_told_by_their_own_word(town, act_word: str) -> None:
    under = Authority("R-2026-01", act_word, "Determination of the City Attorney, 2026-09-30")
    act(town.archive, doomed(town.archive, PUBLIC, "post", OLD), under=under)
    with town.archive.writer():
        destroy_exchanges(town.archive, [(PUBLIC, 1)], under, now=NOW)
    finish_bytes(town.archive)
    said = checked(town.archive.home)
    assert said[f"records {act_word} under R-2026-01"] == 1
    assert said[f"exchanges {act_word} under R-2026-01"] == 1
    with pytest.raises(ValueError, match="no authority"):
        Authority("R-2026-01", "shredded", "none")


def test_what_could_not_be_read_leaves_no_leaf_that_can_be_guessed(town) -> None:
    columns = SEALED["skipped"].columns
    row = town.rows(f"SELECT {', '.join(columns)} FROM skipped", access=PRIVATE)[0]
    leaves = {leaf for (leaf,) in town.rows("SELECT hash FROM leaves", access=PRIVATE)}
    assert row_leaf("skipped", row) not in leaves


def test_no_record_is_left_of_which_only_the_tombstone_speaks(town) -> None:
    act(town.archive, doomed(town.archive, PUBLIC, "post", OLD))
    assert record_by_native(town.archive.public, 1, "post", OLD) is None
    assert town.rows("SELECT what FROM unfinished") == [("scrub",)]
