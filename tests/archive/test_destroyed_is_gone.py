"""The test of tests: what was destroyed is nowhere in the home any more, however it was packed."""

from __future__ import annotations

import errno
import io
import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from archiver.archive.destroying import (
    destroy,
    destroy_exchanges,
    finish_bytes,
    is_unscrubbed,
    scrub,
)
from archiver.archive.files import media_path
from archiver.archive.media import store_media
from archiver.archive.rows import RowWriter
from archiver.archive.verify import verify
from archiver.database import connect_read_only
from archiver.errors import StorageError
from archiver.items import Access, MediaRef
from tests.archive.doomed_town import (
    KEPT,
    LETTER,
    NOW,
    OLD,
    PICTURE,
    PLANTED,
    PRIVATE_PLANTED,
    QUOTING,
    SHARED,
    UNDER,
    doomed,
    fill,
    post,
)
from tests.archive.executing import Plan, execute, plan_of
from tests.archive.searching_home import search_home
from tests.archive.test_destroying import warcio_finds_nothing_wrong

PUBLIC, PRIVATE = Access.PUBLIC, Access.PRIVATE
ALL = (*PLANTED, *PRIVATE_PLANTED)


@pytest.fixture
def town(rig, tmp_path: Path):
    """That town's archive."""
    fill(rig, tmp_path)
    return rig


def test_the_search_finds_what_is_there(town) -> None:
    found = search_home(town.archive.home.path, ALL)
    assert found.keys() == {one.encode() if isinstance(one, str) else one for one in ALL}
    places = " ".join(sorted(found[b"heron"]))
    for where in ("archive.db", "gzip at", "zstd at", "zip member"):
        assert where in places


def test_what_was_destroyed_is_nowhere_but_in_what_quotes_it(town) -> None:
    home = town.archive.home.path
    plan = plan_of(town.archive)
    assert execute(town.archive, plan).done
    found = search_home(home, ALL)
    # the post that quotes it keeps its own object, its thread and its place in the search of both
    assert found.keys() == {OLD.encode(), OLD.rpartition("/")[2].encode()}
    assert all(place.startswith("archive.db") for places in found.values() for place in places)
    more = doomed(town.archive, PUBLIC, "post", QUOTING)
    execute(town.archive, Plan((*plan.holdings, (PUBLIC, more)), plan.exchanges))
    assert search_home(home, ALL) == {}
    assert search_home(home, [SHARED]), "what others show stays"
    warcio_finds_nothing_wrong(town.archive.home)
    report = verify(town.archive.home)
    assert report.findings == []
    assert report.checked["records destroyed under D-2026-03"] == 4


def test_a_mixed_download_keeps_it_where_the_survey_said(town) -> None:
    plan = plan_of(town.archive, download=False)
    execute(town.archive, plan)
    found = search_home(town.archive.home.path, ["heron", "marzipan"])
    assert found.keys() == {b"heron"}
    assert all(
        place.startswith(("private/originals/", "archive.db", "private.db"))
        for place in found[b"heron"]
    )


def test_hashes_of_pictures_are_gone_too(town) -> None:
    digest = sha256(PICTURE)
    execute(town.archive, plan_of(town.archive))
    assert search_home(town.archive.home.path, [digest.digest(), digest.hexdigest()]) == {}


def test_readers_that_look_at_the_present_are_no_hindrance(town) -> None:
    archive = town.archive
    with closing(connect_read_only(archive.home.archive_db)) as reader:
        reader.execute("SELECT count(*) FROM records").fetchone()
        assert execute(archive, plan_of(archive)).done
        assert reader.execute("SELECT count(*) FROM records").fetchone()[0] > 0
    assert not is_unscrubbed(archive)


def test_a_reader_that_looks_at_an_older_state_is_waited_for_and_then_named(town) -> None:
    archive = town.archive
    plan = plan_of(archive)
    with closing(connect_read_only(archive.home.archive_db)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM records").fetchone()
        with archive.writer():
            destroy(
                archive, PUBLIC, [one for a, one in plan.holdings if a is PUBLIC], UNDER, now=NOW
            )
        finish_bytes(archive)
        first = scrub(archive, patience=0.3)
        assert not first.done
        assert len(first.not_yet) == 1 and "archive.db" in first.not_yet[0]
        assert is_unscrubbed(archive)
        reader.execute("ROLLBACK")
    told: list[str] = []
    assert scrub(archive, lambda what, done, total: told.append(what)).done
    assert told and not is_unscrubbed(archive)
    assert scrub(archive, told.append).done, "nothing to do"  # type: ignore[arg-type]


def test_scrub_leaves_a_file_alone_in_which_nothing_was_destroyed(town) -> None:
    before = town.archive.home.private_db.stat().st_mtime_ns
    archive = town.archive
    with archive.writer():
        destroy(archive, PUBLIC, [doomed(archive, PUBLIC, "post", OLD)], UNDER, now=NOW)
    told: list[str] = []
    scrub(archive, lambda what, done, total: told.append(what))
    assert not any("private.db" in what for what in told)
    assert town.archive.home.private_db.stat().st_mtime_ns == before


def test_secure_delete_stays_on_and_pages_as_they_were(town) -> None:
    execute(town.archive, plan_of(town.archive))
    for access in Access:
        connection = town.archive.file(access)
        assert connection.execute("PRAGMA secure_delete").fetchone()[0] == 1
        assert connection.execute("PRAGMA page_size").fetchone()[0] == 16384
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 30_000


class _Full(sqlite3.Connection):
    """A connection whose disk is full when it comes to writing the file anew."""

    full = False

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
        if self.full and sql == "VACUUM":
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)  # type: ignore[arg-type]


def test_a_full_disk_is_named_and_nothing_is_half(town) -> None:
    archive = town.archive
    plan = plan_of(archive)
    with archive.writer():
        destroy(archive, PUBLIC, [plan.holdings[0][1]], UNDER, now=NOW)
    finish_bytes(archive)
    usual = archive.public
    made = sqlite3.connect(
        archive.home.archive_db, isolation_level=None, check_same_thread=False, factory=_Full
    )
    made.row_factory = sqlite3.Row
    made.full = True
    archive.public = made
    with pytest.raises(StorageError, match="disk is full"):
        scrub(archive, patience=1)
    assert is_unscrubbed(archive)
    made.close()
    archive.public = usual
    assert verify(archive.home).findings == []
    assert scrub(archive).done


def test_a_disk_that_cannot_be_written_leaves_the_work_noted(
    town, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = town.archive
    plan = plan_of(archive)
    with monkeypatch.context() as patch:
        patch.setattr("archiver.archive.destroying_bytes.os.fsync", _full)
        with pytest.raises(StorageError, match="No space left"):
            execute(archive, plan)
    assert town.one("SELECT count(*) FROM unfinished WHERE what = 'exchange'") > 0
    assert execute(archive, plan).done
    assert verify(archive.home).findings == []
    assert "heron" not in str(search_home(archive.home.path, ["heron"]))


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_verify_says_so_where_bytes_could_not_be_finished(
    town, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = town.archive
    with archive.writer():
        destroy(archive, PRIVATE, [doomed(archive, PRIVATE, "message", LETTER)], UNDER, now=NOW)
        destroy_exchanges(archive, [(PUBLIC, 1)], UNDER, now=NOW)
    monkeypatch.setattr("archiver.archive.runs.finish_bytes", lambda _: 0)
    wrong = [finding.what for finding in verify(archive.home).findings]
    assert "the bytes of an exchange are not overwritten yet" in wrong
    assert any("what stands there is not what replaced it" in what for what in wrong)


def test_media_sealed_before_there_was_a_salt_verify_and_go_like_any_other(town) -> None:
    archive = town.archive
    record = doomed(archive, PUBLIC, "post", KEPT)
    data = b"GIF89a from before"
    digest = sha256(data)
    with archive.writer():
        writer = RowWriter(archive.public)
        writer.add("media", 1, digest.digest(), len(data), "image/gif")
        detail = json.dumps({"key": "old", "sha256": digest.hexdigest()})
        writer.add(
            *("event", record.id, 1, "media received", NOW, NOW, detail, None, None, None),
            writer.salt(),
        )
        writer.flush()
    path = media_path(archive.home, PUBLIC, digest.hexdigest())
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    salts = town.rows("SELECT salt IS NULL FROM media ORDER BY id")
    assert salts == [(0,), (0,), (0,), (1,)]
    assert town.wrong() == []
    with archive.writer():
        assert destroy(archive, PUBLIC, [record], UNDER, now=NOW).media == 1
    finish_bytes(archive)
    assert not path.exists()
    assert town.wrong() == []
    again = store_media(archive.home, PUBLIC, io.BytesIO(data))
    assert town.add(post("new", "x", media=(MediaRef("m"),)), media={"m": again}) == ["stored"]
    assert town.one("SELECT max(id) FROM media") == 5, "a number is not given twice"
    assert town.wrong() == []
