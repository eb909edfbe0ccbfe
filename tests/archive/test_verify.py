"""Verify finds whatever was changed, added or taken away, and names it."""

from __future__ import annotations

import dataclasses
import gzip
import io
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.destroying import Authority, Doomed, destroy
from archiver.archive.media import store_media
from archiver.archive.originals import store_original
from archiver.archive.reading import record_by_native
from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.config import Home
from archiver.items import (
    Access,
    Exchange,
    Item,
    Kind,
    MediaRef,
    Relation,
    Skipped,
    Subscriber,
    Visibility,
)

Make = Callable[..., Item]
LATER = "2026-08-16T00:00:00Z"
EXCHANGE = Exchange(
    *("GET", "https://api.example.com/posts", LATER, (("Host", "api.example.com"),), b""),
    *(200, "OK", (("Content-Type", "application/json"),), b'{"posts": []}'),
)
GONE = dataclasses.replace(EXCHANGE, status=404, reason="Not Found", response_body=b"{}")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory, make_home, make_rig, one_item) -> Path:
    """A sealed archive with something in every table and every folder, of both classes."""
    folder = tmp_path_factory.mktemp("master")
    packed = folder / "download.zip"
    packed.write_bytes(b"PK\3\4 a download")
    home = make_home(folder / "home")
    with Archive.open(home, write=True) as archive:
        _fill(make_rig(archive), one_item, packed)
    return home.path


def _fill(rig, item: Make, packed: Path) -> None:
    archive = rig.archive
    original = store_original(archive, rig.run, packed, access=Access.PRIVATE, name="download.zip")
    for access, kind in ((Access.PUBLIC, Kind.POST), (Access.PRIVATE, Kind.MESSAGE)):
        stored = store_media(archive.home, access, io.BytesIO(b"GIF89a " + access.value.encode()))
        items = [item(f"{n}", f"text {n}", kind=kind, metrics={"likes": n}) for n in range(12)]
        items.append(item("pic", kind=kind, media=(MediaRef("m", alt_text="gate"),)))
        rig.add(*items, original=original, media={"m": stored})
        rig.add(item("1", "edited", kind=kind), exchange=EXCHANGE, at=LATER)
        hidden = item("2", "text 2", kind=kind, visibility=Visibility.HIDDEN)
        rig.add(*([hidden] if kind is Kind.POST else []), at=LATER)
        with batch(archive, rig.run) as opened:
            opened.gone((kind, "3"), at=LATER, exchange=GONE, removed_by="author")
            opened.skipped([Skipped("a.js", 1, "cut off")], access=access)
    people = [Subscriber("x", Relation.FOLLOWER, str(n)) for n in range(3)]
    for met in (people, people[:2]):
        with batch(archive, rig.run) as opened:
            opened.people(Relation.FOLLOWER, met, observed_at=LATER, complete=True, first=True)
            opened.cover(Kind.POST, start=None, end=LATER, state="complete")
    finish_run(archive, rig.run, outcome="complete")
    seal(archive, now=LATER)
    begun = begin_run(archive, rig.run.account, source="later")
    finish_run(archive, begun, outcome="partial")
    seal(archive, now=LATER)


@pytest.fixture
def full(master: Path, tmp_path: Path) -> Home:
    """A copy of that archive."""
    shutil.copytree(master, tmp_path / "copy")
    return Home(tmp_path / "copy")


def tamper(path: Path, *statements: str) -> None:
    """Run statements with all triggers out of the way, then put them back."""
    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    changed = 0
    for statement in statements:
        changed += connection.execute(statement).rowcount
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()
    assert changed > 0, "nothing was tampered with: the test tests nothing"


def found(home: Home) -> list[str]:
    return [f"{finding.where}: {finding.what}" for finding in verify(home).findings]


def test_an_untouched_archive_verifies_and_says_what_was_checked(full: Home) -> None:
    told: list[str] = []
    report = verify(full, progress=lambda what, done, total: told.append(what))
    assert report.ok and report.findings == []
    assert report.checked["records"] == 26
    assert report.checked["versions"] == 28
    assert report.checked["seals"] == 2
    assert report.checked["leaves not sealed yet"] == 0
    assert report.checked["media files"] == 2
    assert report.checked["originals files"] == 1
    assert "archive.db: records" in told


CHANGES = {
    "records kind": "UPDATE records SET kind = kind || ' '",
    "records visibility": "UPDATE records SET visibility = 'gone fishing'",
    "accounts": "UPDATE accounts SET handle = 'other'",
    "runs": "UPDATE runs SET started_at = '2020-01-01T00:00:00Z' WHERE id = 1",
    "runs end": "UPDATE runs SET outcome = 'complete' WHERE outcome = 'partial'",
    "coverage": "UPDATE coverage SET state = 'none' WHERE id = 1",
    "exchanges": "UPDATE exchanges SET status = 404 WHERE id = 1",
    "originals": "UPDATE originals SET size = size + 1",
    "events": "UPDATE events SET at = '2020-01-01T00:00:00Z' WHERE id = 1",
    "media": "UPDATE media SET size = size + 1",
    "record_media": "UPDATE record_media SET alt_text = 'nothing to see'",
    "metrics": "UPDATE metrics SET counters = '{}' WHERE id = 1",
    "skipped": "UPDATE skipped SET detail = 'nothing' WHERE id = 1",
    "audit": "UPDATE audit SET actor = 'nobody' WHERE id = 1",
    "versions text": "UPDATE versions SET text = 'forged' WHERE id = 1",
    "versions author": "UPDATE versions SET author = replace(author, 'Alder', 'Elder')",
    "versions place": "UPDATE versions SET place = replace(place, '2026', '2025') WHERE id = 2",
    "versions details": "UPDATE versions SET details = 'no JSON' WHERE id = 2",
    "versions column": "UPDATE versions SET observed_at = '2020-01-01T00:00:00Z' WHERE id = 1",
    "versions raw": "UPDATE versions SET raw = (SELECT raw FROM versions WHERE id = 2) WHERE id=1",
    "versions broken raw": "UPDATE versions SET raw = x'00' WHERE id = 1",
    "versions salt": "UPDATE versions SET salt = zeroblob(32) WHERE id = 1",
    "versions stable": "UPDATE versions SET stable = zeroblob(32) WHERE id = 1",
    "versions n": "UPDATE versions SET n = n + 1 WHERE n = 2",
    "leaves": "UPDATE leaves SET hash = zeroblob(32) WHERE seq = 5",
    "leaves kind": "UPDATE leaves SET kind = 'unheard of' WHERE seq = 5",
    "seals root": "UPDATE seals SET root = zeroblob(32) WHERE n = 1",
    "seals signature": "UPDATE seals SET signature = zeroblob(64) WHERE n = 2",
    "seals time": "UPDATE seals SET sealed_at = '2020-01-01T00:00:00Z' WHERE n = 1",
    "dictionaries": "UPDATE dictionaries SET bytes = zeroblob(9)",
    "records text": "UPDATE records SET text = 'forged' WHERE native_id = '4'",
    "records state": "UPDATE records SET presence = 'absent' WHERE native_id = '4'",
    "records current": "UPDATE records SET version_id = 2 WHERE native_id = '1'",
    "records counters": "UPDATE records SET metrics = NULL WHERE native_id = '4'",
    "search_docs": "UPDATE search_docs SET text = 'forged' WHERE id = (SELECT max(id) FROM facet)",
    "facet": "UPDATE facet SET code = code + 1 WHERE id = (SELECT max(id) FROM records)",
    "displaced": "UPDATE displaced SET slot = slot + 1",
}
DELETIONS = {
    **{
        table: f"DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table})"
        for table in (
            *("accounts", "runs", "coverage", "exchanges", "originals", "versions", "events"),
            *("media", "metrics", "skipped", "audit", "records", "search_docs", "facet"),
            "displaced",
        )
    },
    "first version": "DELETE FROM versions WHERE id = 1",
    "record_media": "DELETE FROM record_media",
    "leaves": "DELETE FROM leaves WHERE seq = 7",
    "last leaf": "DELETE FROM leaves WHERE seq = (SELECT max(seq) FROM leaves)",
    "seals": "DELETE FROM seals WHERE n = 2",
    "first seal": "DELETE FROM seals WHERE n = 1",
    "dictionaries": "DELETE FROM dictionaries",
    "fts": "DELETE FROM fts_data WHERE id = (SELECT max(id) FROM fts_data)",
}
_COPIED = {
    "coverage": "run_id, account_id, what, start_at, end_at, 'partial', reason, leaf",
    "events": (
        "record_id, run_id, what, at, observed_at, detail, exchange_id, original_id, version_id,"
        " salt, leaf"
    ),
    "metrics": "record_id, run_id, at, counters, salt, leaf",
    "audit": "at, actor, action, subject, detail, leaf",
}
ADDITIONS = {
    **{
        table: f"INSERT INTO {table} SELECT (SELECT max(id) + 1 FROM {table}), {columns}"
        f" FROM {table} WHERE id = 1"
        for table, columns in _COPIED.items()
    },
    "versions": (
        "INSERT INTO versions SELECT 999, record_id, n + 1, run_id, observed_at, late, edit_id,"
        " edit_position, exchange_id, original_id, stable, text, author, place, details, media,"
        " raw, dictionary_id, salt, leaf FROM versions WHERE id = 5"
    ),
    "leaves": "INSERT INTO leaves SELECT max(seq) + 1, 'event', zeroblob(32) FROM leaves",
    "record_media": (
        "INSERT INTO record_media SELECT version_id, 7, record_id, 'k', name, media_type, alt_text,"
        " url, available, sha256 FROM record_media"
    ),
    "search_docs": "INSERT INTO search_docs VALUES (1, 'phantom', '', '', '', '', '')",
    "displaced": "INSERT INTO displaced VALUES (1, 1)",
    "fts": (
        "INSERT INTO fts (rowid, text, earlier, people, recipients, files, tokens)"
        " VALUES (1, 'phantom', '', '', '', '', '')"
    ),
    "table": "CREATE TABLE hidden AS SELECT 1 AS one FROM runs",
}


@pytest.mark.parametrize("access", list(Access))
@pytest.mark.parametrize("what", sorted(CHANGES))
def test_a_changed_row_is_found(full: Home, what: str, access: Access) -> None:
    if access is Access.PRIVATE and what in {"coverage"}:
        return
    tamper(full.database(access), CHANGES[what])
    wrong = found(full)
    table = what.split()[0]
    assert any(table in line or full.database(access).name in line for line in wrong), wrong


@pytest.mark.parametrize("access", list(Access))
@pytest.mark.parametrize("what", sorted(DELETIONS))
def test_a_missing_row_is_found(full: Home, what: str, access: Access) -> None:
    if access is Access.PRIVATE and what in {"coverage"}:
        return
    tamper(full.database(access), DELETIONS[what])
    if (access, what) == (Access.PUBLIC, "seals"):
        # the last seal stands in both files: verify takes it over from the other one
        assert verify(full).checked["seals"] == 2
    else:
        assert found(full)


@pytest.mark.parametrize("access", list(Access))
@pytest.mark.parametrize("what", sorted(ADDITIONS))
def test_an_added_row_is_found(full: Home, what: str, access: Access) -> None:
    if access is Access.PRIVATE and what in {"coverage"}:
        return
    if what == "table":
        connection = sqlite3.connect(full.database(access))
        connection.execute(ADDITIONS[what])
        connection.close()
    else:
        tamper(full.database(access), ADDITIONS[what])
    assert found(full)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subscribers SET display_name = 'other' WHERE id = 1",
        "UPDATE subscribers SET to_at = '2026-08-17T00:00:00Z' WHERE to_at IS NOT NULL",
        "UPDATE subscribers SET to_at = '2026-08-17T00:00:00Z' WHERE to_at IS NULL",
        "UPDATE subscribers SET to_at = NULL, to_run = NULL, end_leaf = NULL",
        "DELETE FROM subscribers WHERE id = 2",
        "UPDATE subscriber_counts SET walked = 7 WHERE id = 1",
        "DELETE FROM subscriber_counts WHERE id = 1",
    ],
)
def test_a_changed_list_of_people_is_found(full: Home, statement: str) -> None:
    tamper(full.private_db, statement)
    assert any("subscriber" in line for line in found(full))


def test_a_forger_who_also_makes_the_leaf_anew_is_found_by_the_seal(full: Home) -> None:
    from archiver.archive.leaves import SEALED, row_leaf

    connection = sqlite3.connect(full.archive_db, isolation_level=None)
    columns = SEALED["coverage"].columns
    row = list(connection.execute(f"SELECT {', '.join(columns)} FROM coverage").fetchone())
    leaf = connection.execute("SELECT leaf FROM coverage").fetchone()[0]
    connection.close()
    row[columns.index("state")] = "partial"
    forged = row_leaf("coverage", row).hex()
    tamper(
        full.archive_db,
        f"UPDATE coverage SET state = 'partial' WHERE id = {row[0]}",
        f"UPDATE leaves SET hash = x'{forged}' WHERE seq = {leaf}",
    )
    wrong = found(full)
    assert wrong == [
        "archive.db, seals, seal 1: its root does not come out: a leaf it covers was changed"
    ]


def test_the_end_of_one_file_cut_off_alone_is_found(full: Home) -> None:
    tamper(full.archive_db, "DELETE FROM seals")
    assert any("last seals are missing" in line for line in found(full))


def test_a_guard_taken_away_is_found(full: Home) -> None:
    connection = sqlite3.connect(full.archive_db)
    connection.execute("DROP TRIGGER versions_keep")
    connection.close()
    assert "archive.db, trigger versions_keep: it is missing" in found(full)


def test_another_signing_key_does_not_pass(full: Home) -> None:
    (full.keys / "seal.pub").unlink()
    assert any("public key" in line for line in found(full))


FILES = ["media/*/*/*", "originals/*", "warc/*/*/*"]
HELD = [
    (access, files)
    for access in Access
    for files in FILES
    if not (access is Access.PUBLIC and files == "originals/*")
]


def only(home: Home, access: Access, files: str) -> Path:
    (path,) = home.folder(access).glob(files)
    return path


@pytest.mark.parametrize(("access", "files"), HELD)
def test_a_missing_file_is_found(full: Home, access: Access, files: str) -> None:
    path = only(full, access, files)
    path.unlink()
    wrong = found(full)
    assert len(wrong) == 1 and path.name in wrong[0] and "missing" in wrong[0]


@pytest.mark.parametrize(("access", "files"), HELD)
def test_one_flipped_bit_is_found(full: Home, access: Access, files: str) -> None:
    path = only(full, access, files)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    wrong = found(full)
    assert len(wrong) == 1 and "changed" in wrong[0], wrong


@pytest.mark.parametrize(("access", "files"), HELD)
def test_a_file_cut_short_is_found(full: Home, access: Access, files: str) -> None:
    path = only(full, access, files)
    path.write_bytes(path.read_bytes()[:-1])
    assert len(found(full)) == 1


@pytest.mark.parametrize(("access", "files"), HELD)
def test_bytes_added_to_a_file_are_found(full: Home, access: Access, files: str) -> None:
    path = only(full, access, files)
    path.write_bytes(path.read_bytes() + gzip.compress(b"WARC/1.1\r\n"))
    assert len(found(full)) == 1


@pytest.mark.parametrize("access", list(Access))
@pytest.mark.parametrize("folder", ["media/ab/cd", "media", "originals", "warc/2026/08"])
def test_an_added_file_is_found(full: Home, access: Access, folder: str) -> None:
    path = full.folder(access) / folder / "abcd.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"added")
    wrong = found(full)
    assert len(wrong) == 1 and "added" in wrong[0]


def test_records_swapped_inside_a_warc_are_found(full: Home) -> None:
    path = only(full, Access.PUBLIC, "warc/*/*/*")
    connection = sqlite3.connect(full.archive_db)
    places = connection.execute(
        "SELECT start, length FROM exchanges WHERE access = 'public' ORDER BY start"
    ).fetchall()
    connection.close()
    content = path.read_bytes()
    parts = [content[start : start + length] for start, length in places]
    path.write_bytes(b"".join(reversed(parts)))
    assert found(full)


def test_a_damaged_database_is_found_or_named(full: Home) -> None:
    content = bytearray(full.archive_db.read_bytes())
    for at in range(5 * 16384, 9 * 16384, 512):
        content[at] ^= 0xFF
    full.archive_db.write_bytes(content)
    assert found(full)


def test_no_finding_quotes_a_record(full: Home) -> None:
    tamper(full.archive_db, "UPDATE versions SET text = 'secret words'")
    tamper(full.archive_db, "UPDATE records SET text = 'secret words'")
    assert not any("secret" in line for line in found(full))


def test_a_destroyed_record_leaves_its_leaf_and_a_tombstone(full: Home) -> None:
    """Verify accepts a lawful destruction, and only with its tombstones."""
    under = Authority("D-2026-01", "destroyed", "Resolution 26-1")
    with Archive.open(full, write=True) as archive:
        gone = record_by_native(archive.public, 1, "post", "5")
        assert gone is not None
        with archive.writer():
            doomed = [Doomed("record", gone.id, gone.leaf)]
            destroy(archive, Access.PUBLIC, doomed, under, now=LATER)
    report = verify(full)
    assert report.findings == []
    assert report.checked["records destroyed under D-2026-01"] == 1
    assert report.checked["versions destroyed under D-2026-01"] == 1
    tamper(full.archive_db, "DELETE FROM tombstones WHERE kind = 'version'")
    assert found(full)


def test_a_file_checked_in_two_halves_is_checked_whole(
    full: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = verify(full)
    monkeypatch.setattr("archiver.archive.verify_records.SPLIT_FROM", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    together = verify(full)
    assert together.ok
    assert together.checked == alone.checked
    first, last = (
        row[0]
        for row in sqlite3.connect(full.archive_db).execute(
            "SELECT min(id) FROM records UNION ALL SELECT max(id) FROM records"
        )
    )
    tamper(full.archive_db, f"UPDATE records SET text = 'x' WHERE id IN ({first}, {last})")
    wrong = " ".join(found(full))
    assert str(first) in wrong
    assert str(last) in wrong
