"""Saving a search to a request, freezing what it finds, and asking what has come since."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.filters import Filters
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import Kind, Visibility
from archiver.requests.book import (
    Request,
    close_request,
    events_of,
    new_request,
    searches_of,
)
from archiver.requests.collecting.freezing import (
    Run,
    frozen_rows,
    frozen_run,
    run_search,
    runs_of,
)
from archiver.requests.collecting.saved import SavedSearch, save_search, saved_searches_of
from archiver.requests.collecting.since import come_since
from archiver.retention.holds import holds_on

Files = dict[str, sqlite3.Connection]
Store = Callable[..., int]
ZONE = "America/Los_Angeles"


@pytest.fixture
def saved(office: sqlite3.Connection, request_made: Request) -> SavedSearch:
    """“Lights”, saved to request 2026-0001."""
    return save_search(office, request_made.number, actor="of", name="Lights", text="lights")


@pytest.fixture
def freeze(
    office: sqlite3.Connection, files: Files, request_made: Request, saved: SavedSearch
) -> Callable[..., Run]:
    """Freezes what “Lights” finds now."""

    def frozen(*, only: tuple[str, ...] = ("archive", "private"), keep: bool = True) -> Run:
        return run_search(
            office,
            {name: files[name] for name in only},
            request_made.number,
            saved.latest,
            time_zone=ZONE,
            actor="of",
            freeze=keep,
        )

    return frozen


def test_a_search_changed_is_a_new_version_and_the_old_one_stays(
    office: sqlite3.Connection, saved: SavedSearch
) -> None:
    changed = save_search(
        office,
        "2026-0001",
        actor="of",
        name="lights",
        text="lights OR lamps",
        filters=Filters(kinds=("comment",)),
        note_text="Residents say lamps",
    )
    assert changed.id == saved.id
    assert [(each.n, each.text, each.note) for each in changed.versions] == [
        (1, "lights", None),
        (2, "lights OR lamps", "Residents say lamps"),
    ]
    assert list(changed.latest.filters.kinds) == ["comment"]
    assert saved_searches_of(office, "2026-0001") == [changed]


def test_saving_the_same_again_changes_nothing(
    office: sqlite3.Connection, saved: SavedSearch
) -> None:
    again = save_search(office, "2026-0001", actor="of", name=" Lights ", text="lights ")
    assert again == saved
    assert [each.kind for each in events_of(office, "2026-0001")].count("search saved") == 1


def test_of_two_people_who_change_a_search_the_second_is_told(
    office: sqlite3.Connection, saved: SavedSearch
) -> None:
    save_search(office, "2026-0001", actor="a", name="Lights", text="lamps", seen=1)
    with pytest.raises(BusyError, match="someone else saved"):
        save_search(office, "2026-0001", actor="b", name="Lights", text="torches", seen=1)
    with pytest.raises(BusyError, match="someone else saved"):
        save_search(office, "2026-0001", actor="b", name="Lights", text="torches", seen=0)
    assert saved_searches_of(office, "2026-0001")[0].latest.text == "lamps"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x07b"])
def test_a_search_needs_a_name_a_page_can_show(
    office: sqlite3.Connection, request_made: Request, name: str
) -> None:
    with pytest.raises(InputError, match="name"):
        save_search(office, request_made.number, actor="of", name=name, text="lights")


def test_a_search_for_nothing_and_one_of_a_closed_request_are_not_saved(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    with pytest.raises(RuleError, match="asks for nothing"):
        save_search(office, request_made.number, actor="of", name="All", text="  ")
    close_request(office, request_made.number, settings=settings, actor="of", reason="Withdrawn")
    with pytest.raises(RuleError, match="reopen"):
        save_search(office, request_made.number, actor="of", name="Lights", text="lights")


def test_a_frozen_result_holds_every_record_with_version_and_leaf_and_can_be_recomputed(
    office: sqlite3.Connection, files: Files, store: Store, freeze: Callable[..., Run]
) -> None:
    found = sorted([store("1"), store("2")])
    store("3", "Nothing of the kind")
    message = store("4", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    run = freeze()
    kept = list(frozen_rows(office, run.id))
    assert [(each.file, each.record_id) for each in kept] == [
        *(("archive", each) for each in found),
        ("private", message),
    ]
    assert (run.counts, run.found, run.frozen) == ({"archive": 2, "private": 1}, 3, True)
    lines = "".join(f"{e.file} {e.record_id} {e.version_id} {e.leaf}\n" for e in kept)
    assert run.digest == hashlib.sha256(lines.encode()).hexdigest()
    leaves = files["archive"].execute("SELECT max(seq) FROM leaves").fetchone()[0]
    assert run.state["archive"] == {"leaf": leaves}
    assert frozen_run(office, "2026-0001", run.id)[0] == run


def test_a_run_is_in_the_log_of_searches_with_its_exact_count(
    office: sqlite3.Connection, store: Store, freeze: Callable[..., Run]
) -> None:
    store("1")
    run = freeze(only=("archive",), keep=False)
    [logged] = searches_of(office, "2026-0001")
    assert (logged.id, logged.text, logged.found, logged.exact) == (run.log_id, "lights", 1, True)
    assert logged.files == ("archive",)
    assert not run.frozen
    assert list(frozen_rows(office, run.id)) == []


def test_what_is_frozen_is_held_before_anybody_collects_it(
    office: sqlite3.Connection, store: Store, freeze: Callable[..., Run]
) -> None:
    record_id = store("1")
    freeze(keep=False)
    assert holds_on(office, "archive", record_id) == []
    freeze()
    assert [each.title for each in holds_on(office, "archive", record_id)] == [
        "records request 2026-0001"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM frozen_results",
        "UPDATE frozen_results SET version_id = 0",
        "INSERT INTO frozen_results VALUES (1, 'archive', 5, 5, zeroblob(32))",
        "INSERT OR REPLACE INTO frozen_results SELECT run_id, file, record_id, 0, leaf "
        "FROM frozen_results",
        "UPDATE search_runs SET digest = 'x'",
        "DELETE FROM saved_search_versions",
    ],
)
def test_a_frozen_result_takes_nothing_in_and_loses_nothing(
    office: sqlite3.Connection, store: Store, freeze: Callable[..., Run], statement: str
) -> None:
    store("1")
    run = freeze()
    before = list(frozen_rows(office, run.id))
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(statement)
    assert list(frozen_rows(office, run.id)) == before


def test_a_list_that_was_altered_no_longer_fits_its_digest(
    office: sqlite3.Connection, store: Store, freeze: Callable[..., Run]
) -> None:
    store("1")
    run = freeze()
    office.execute("DROP TRIGGER frozen_results_no_update")
    office.execute("UPDATE frozen_results SET leaf = zeroblob(32)")
    with pytest.raises(RuleError, match="does not fit its digest"):
        frozen_run(office, "2026-0001", run.id)


def test_a_freeze_that_fails_leaves_nothing_behind(
    office: sqlite3.Connection, store: Store, freeze: Callable[..., Run]
) -> None:
    record_id = store("1")
    office.execute(
        "CREATE TRIGGER no_runs BEFORE INSERT ON search_runs "
        "BEGIN SELECT RAISE(ABORT, 'the machine stops here'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="stops here"):
        freeze()
    for table in ("frozen_results", "search_runs", "request_searches"):
        assert office.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
    assert holds_on(office, "archive", record_id) == []


def test_what_has_come_since_is_told_apart(
    office: sqlite3.Connection,
    archive: Archive,
    files: Files,
    store: Store,
    freeze: Callable[..., Run],
) -> None:
    kept, edited, turned = store("1"), store("2"), store("3")
    run = freeze()
    store("2", "The lights are on again", observed_at="2026-11-18T10:00:00Z")
    store("3", "Never mind", observed_at="2026-11-18T10:00:00Z")
    fresh = store("4")
    since = come_since(office, files, "2026-0001", run.id, time_zone=ZONE)
    assert since.new == (("archive", fresh),)
    assert since.changed == (("archive", edited), ("archive", turned))
    assert (since.elsewhere, since.gone, since.same) == ((), (), 1)
    archive.public.execute(
        f"CREATE TEMP VIEW records AS SELECT * FROM main.records WHERE id<>{kept}"
    )
    since = come_since(office, files, "2026-0001", run.id, time_zone=ZONE)
    assert since.gone == (("archive", kept),)


def test_what_the_search_no_longer_finds_is_told_from_what_is_gone(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    record_id = store("1")
    saved = save_search(office, "2026-0001", actor="of", name="Out", text="lights -lamps")
    run = run_search(
        office, files, "2026-0001", saved.latest, time_zone=ZONE, actor="of", freeze=True
    )
    store("1", "The lights and lamps are out", observed_at="2026-11-18T10:00:00Z")
    since = come_since(office, files, "2026-0001", run.id, time_zone=ZONE)
    assert (since.elsewhere, since.gone) == ((("archive", record_id),), ())


def test_a_file_that_was_not_looked_through_brings_nothing_new(
    office: sqlite3.Connection, files: Files, store: Store, freeze: Callable[..., Run]
) -> None:
    store("1")
    store("4", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    run = freeze(only=("archive",))
    since = come_since(office, files, "2026-0001", run.id, time_zone=ZONE)
    assert (since.new, since.same) == ((), 1)


def test_a_search_of_another_request_is_not_run_for_this_one(
    office: sqlite3.Connection, settings: Settings, files: Files, saved: SavedSearch
) -> None:
    other = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-17T17:12:00Z",
        channel="email",
        verbatim="Another",
    )
    with pytest.raises(RuleError, match="belongs to another request"):
        run_search(
            office,
            files,
            other.number,
            saved.latest,
            time_zone=ZONE,
            actor="of",
            freeze=True,
        )
    assert runs_of(office, other.number) == []
