"""Standing holds catch exactly what a search would find, at the cost of what is new alone."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.archive import matching
from archiver.archive.filters import Filters
from archiver.archive.reading import Record
from archiver.archive.retention_marks import Carried, Wanted
from archiver.archive.search import search
from archiver.archive.store import Archive, create_archive
from archiver.archive.writing import AccountRef, batch, begin_run
from archiver.config import Home, Settings
from archiver.database import write_transaction
from archiver.errors import RuleError, UsageError
from archiver.items import Author, AuthorRole, Item, Kind, MediaRef, Visibility
from archiver.register.accounts import Account, add_account
from archiver.register.office import audit_trail, open_office
from archiver.retention import standing
from archiver.retention.covering import Search, files_of
from archiver.retention.holds import HoldKind, Key, holds_over, list_holds, release_hold
from archiver.retention.marking import mark_all
from archiver.retention.placing import Placed, place_search_hold
from archiver.retention.schema import migrate_retention
from archiver.retention.standing import catch_up

CITY = Settings(agency="City of Alder Glen", schedule="palm-desert")
POOL = Search("pool", standing=True)
ACCOUNTS = (("x", "AlderGlenParks"), ("bluesky", "police.example"))


def held(office: sqlite3.Connection, hold_id: int) -> set[Key]:
    """The records under a hold."""
    found = office.execute("SELECT file, record_id FROM hold_items WHERE hold_id = ?", (hold_id,))
    return {(each[0], each[1]) for each in found}


def found_by_search(archive: Archive, asked: Search) -> set[Key]:
    """All a clerk would find, page after page."""
    found: set[Key] = set()
    before = None
    while True:
        page = search(
            files_of(archive),
            asked.query,
            asked.filters,
            time_zone=CITY.time_zone,
            before=before,
            size=7,
            budget_ms=0,
        )
        found |= {(hit.file, hit.id) for hit in page.rows}
        before = page.next
        if before is None:
            return found


def place(
    office: sqlite3.Connection, archive: Archive, *searches: Search, reference: str = "26-019"
) -> Placed:
    return place_search_hold(
        office,
        archive,
        CITY,
        actor="ph",
        kind=HoldKind.CLAIM,
        reference=reference,
        reason="A fall at the pool",
        searches=searches,
    )


class City:
    """Two accounts whose records are written the way a capture writes them."""

    def __init__(self, archive: Archive, office: sqlite3.Connection) -> None:
        self.archive = archive
        self.office = office
        self._moment = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        self._runs = []
        for number, (platform, handle) in enumerate(ACCOUNTS, 1):
            account = AccountRef(number, platform, handle, handle, "Parks", "", None, "official")
            self._runs.append(begin_run(archive, account, source="x-download"))

    def capture(
        self,
        account: int,
        number: int,
        text: str,
        *,
        day: dt.date | None,
        private: bool,
        hidden: bool,
        alt: str,
        kind: Kind,
    ) -> None:
        """Store a record, or what has become of it."""
        self._moment += dt.timedelta(hours=1)
        native_id = f"{number}{'m' * private}"
        stable = json.dumps([native_id, text, str(day), alt]).encode()
        state = Visibility.PRIVATE if private else Visibility.HIDDEN if hidden else None
        more = {} if state is None else {"visibility": state}
        item = Item(
            platform=ACCOUNTS[account][0],
            kind=Kind.MESSAGE if private else kind,
            native_id=native_id,
            author=Author("90", "jfrost", "J. Frost", AuthorRole.PUBLIC),
            created_at=None if day is None else f"{day}T{number % 24:02}:10:00Z",
            text=text,
            raw=stable,
            stable=stable,
            media=(MediaRef("k", name="a.png", alt_text=alt),) if alt else (),
            **more,
        )
        with batch(self.archive, self._runs[account]) as opened:
            opened.add([item], observed_at=self._moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def remove(self, account: int, number: int, kind: Kind) -> None:
        """The platform says that a record is gone."""
        self._moment += dt.timedelta(hours=1)
        at = self._moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        with batch(self.archive, self._runs[account]) as opened:
            opened.gone((kind, str(number)), at=at, exchange=None)


@contextmanager
def empty_city() -> Iterator[City]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        create_archive(home)
        with (
            closing(open_office(home, create=True)) as office,
            Archive.open(home, write=True) as archive,
        ):
            migrate_retention(office)
            for file in files_of(archive).values():
                file.execute("PRAGMA synchronous = OFF")
            office.execute("PRAGMA synchronous = OFF")
            yield City(archive, office)


TEXTS = st.lists(
    st.sampled_from(["pool", "Pools", "park", "mill", "street", "closed", "公園封路", "封路"]),
    min_size=1,
    max_size=4,
).map(" ".join)
DAYS = st.dates(dt.date(2023, 12, 30), dt.date(2024, 1, 3))
PLACES = st.sampled_from([(0, 0, Kind.POST), (0, 1, Kind.COMMENT), (1, 2, Kind.COMMENT)])
CAPTURES = st.tuples(
    st.just("capture"), PLACES, TEXTS, st.none() | DAYS, *[st.booleans()] * 2,
    st.sampled_from(["", "the pool"]),
)  # fmt: skip
STEPS = st.lists(
    CAPTURES | CAPTURES | st.tuples(st.just("remove"), PLACES) | st.tuples(st.just("catch up")),
    min_size=3,
    max_size=12,
)
QUERIES = st.sampled_from(
    [
        *("pool", "pool*", "公園", '"mill street"', "pool -closed", "pool OR 封路", "-pool", ""),
        *("NEAR(pool park, 2)", "from:jfrost", "account:police", "is:removed", "is:live"),
        *("after:2024-01-01 pool", "before:2024-01-01", "on:2024-01-01", "has:media"),
    ]
)
FILTERS = st.just(Filters()) | st.builds(
    Filters,
    account_ids=st.sampled_from([(), (1,), (1, 2)]),
    platforms=st.sampled_from([(), ("bluesky",)]),
    kinds=st.sampled_from([(), ("comment", "message")]),
    states=st.sampled_from([(), ("removed",), ("hidden", "edited")]),
    start_day=st.none() | DAYS,
    end_day=st.none() | DAYS,
)


@given(
    before=STEPS, after=STEPS, asked=st.lists(st.tuples(QUERIES, FILTERS), min_size=3, max_size=6)
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_standing_hold_catches_what_a_search_would_find_each_time_it_looks(
    before: list[tuple[object, ...]],
    after: list[tuple[object, ...]],
    asked: list[tuple[str, Filters]],
) -> None:
    def act(step: tuple[object, ...]) -> None:
        if step[0] == "capture":
            (account, number, kind), text, day, private, hidden, alt = step[1:]
            city.capture(
                account, number, text, day=day, private=private, hidden=hidden, alt=alt, kind=kind
            )
        elif step[0] == "remove":
            city.remove(*step[1])
        elif expected:
            look()

    def look() -> None:
        catch_up(city.office, city.archive, CITY)
        for number, (search_asked, keys) in expected.items():
            keys |= found_by_search(city.archive, search_asked)
            assert held(city.office, number) == keys

    expected: dict[int, tuple[Search, set[Key]]] = {}
    with empty_city() as city:
        for step in before:
            act(step)
        for number, (query, filters) in enumerate(asked):
            wanted = Search(query, filters, standing=True)
            try:
                placed = place(city.office, city.archive, wanted, reference=str(number))
            except UsageError as refused:
                assert "can find nothing" in str(refused)
                continue
            found = found_by_search(city.archive, wanted)
            assert placed.records == len(found)
            expected[placed.hold.id] = (wanted, found)
        for step in after:
            act(step)
        look()
        assert catch_up(city.office, city.archive, CITY) == 0


def test_a_frozen_hold_keeps_what_it_found_and_catches_nothing_later(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    first = store("1", "The pool is closed")
    placed = place(office, archive, Search("pool"))
    store("2", "The pool is open")
    assert catch_up(office, archive, CITY) == 0
    assert held(office, placed.hold.id) == {("archive", first.id)}


def test_a_record_that_is_edited_to_fit_is_caught_and_stays_whatever_becomes_of_it(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    record = store("1", "The skate park is closed")
    placed = place(office, archive, Search("is:live pool", standing=True))
    assert placed.records == 0
    store("1", "The pool is closed", observed_at="2026-11-18T10:00:00Z")
    assert catch_up(office, archive, CITY) == 1
    store("1", "Closed", observed_at="2026-11-19T10:00:00Z", removed_at="2026-11-19T09:00:00Z")
    assert found_by_search(archive, Search("is:live pool")) == set()
    assert catch_up(office, archive, CITY) == 0
    assert held(office, placed.hold.id) == {("archive", record.id)}


def test_a_record_that_only_an_event_changed_is_caught(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    account: Account,
) -> None:
    record = store("1", "The pool is closed")
    placed = place(office, archive, Search("is:removed pool", standing=True))
    reference = AccountRef(account.id, "x", account.handle, "", "Parks", "", None, "official")
    with batch(archive, begin_run(archive, reference, source="x-download")) as opened:
        opened.gone((Kind.POST, "1"), at="2026-11-19T09:00:00Z", exchange=None)
    assert catch_up(office, archive, CITY) == 1
    assert held(office, placed.hold.id) == {("archive", record.id)}


def test_days_follow_a_date_that_was_learned_later(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    in_2024 = Filters(start_day=dt.date(2024, 1, 1), end_day=dt.date(2024, 12, 31))
    in_2026 = Filters(start_day=dt.date(2026, 1, 1), end_day=dt.date(2026, 12, 31))
    standing_2024 = place(office, archive, Search("", in_2024, standing=True))
    words_2024 = place(office, archive, Search("pool", in_2024, standing=True), reference="26-020")
    record = store("1", "The pool is closed", created_at=None)
    key = ("archive", record.id)
    assert catch_up(office, archive, CITY) == 0
    later = "2026-11-18T10:00:00Z"
    store("1", "The pool is open", created_at="2024-03-01T18:00:00Z", observed_at=later)
    assert catch_up(office, archive, CITY) == 2
    assert held(office, standing_2024.hold.id) == held(office, words_2024.hold.id) == {key}
    for number, (query, filters, count) in enumerate(
        [("", in_2024, 1), ("pool", in_2024, 1), ("", in_2026, 0), ("pool", in_2026, 0)]
    ):
        found = place(office, archive, Search(query, filters), reference=str(number))
        assert found.records == count


def test_a_new_mark_makes_no_record_new(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = store("1", "The pool is closed")
    place(office, archive, POOL)
    for until in ("2026-03-01", "2028-03-01"):
        with archive.writer(), Wanted(archive.public) as wanted:
            carried = Carried("POSTS", "2024-03-01", until, "s@1#POSTS")
            wanted.want([(record.id, carried)])
            wanted.write({record.account_id: "[]"}, lambda _: "[]")
    moved = archive.public.execute("SELECT sum(records) FROM retention_changes").fetchone()[0]
    assert moved == 1
    monkeypatch.setattr(standing, "matching_ids", None)
    assert catch_up(office, archive, CITY) == 0


def test_a_hold_released_while_others_look_takes_nothing_more(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed = place(office, archive, POOL)
    store("1", "The pool is closed")

    def released(*given: object) -> list[list[int]]:
        with write_transaction(office):
            release_hold(office, placed.hold, actor="ph", reason="Settled")
        return matching.matching_ids(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(standing, "matching_ids", released)
    assert catch_up(office, archive, CITY) == 0
    assert held(office, placed.hold.id) == set()


def test_only_new_and_changed_records_are_looked_at(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        store(str(number), "The pool is closed")
    place(office, archive, POOL)
    place(office, archive, Search("closed", standing=True), reference="26-020")
    looked: list[list[int]] = []

    def watched(
        conn: sqlite3.Connection, asked: list[matching.Asked], among: list[int]
    ) -> list[list[int]]:
        looked.append(list(among))
        return matching.matching_ids(conn, asked, among)

    monkeypatch.setattr(standing, "matching_ids", watched)
    monkeypatch.setattr(standing, "all_matching", None)
    assert catch_up(office, archive, CITY) == 0
    mark_all(archive, CITY, [account])
    assert catch_up(office, archive, CITY) == 0
    assert looked == []
    fresh = store("9", "The pool is closed")
    changed = store("3", "The pool is open", observed_at="2026-11-18T10:00:00Z")
    assert catch_up(office, archive, CITY) == 2
    assert looked == [sorted([fresh.id, changed.id])]


def test_where_an_account_is_renamed_a_search_by_its_name_looks_through_all_of_it(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    record = store("1", "The pool is closed")
    placed = place(office, archive, Search("pool -account:parks", standing=True))
    assert placed.records == 0
    for file in files_of(archive).values():
        file.execute("UPDATE accounts SET handle = 'Aquatics', display_name = 'Aquatics'")
    assert catch_up(office, archive, CITY) == 1
    assert held(office, placed.hold.id) == {("archive", record.id)}
    assert catch_up(office, archive, CITY) == 0


def test_killed_between_two_transactions_it_finishes_the_next_time(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [store(str(number), "The pool is closed") for number in range(7)]
    keys = {("archive", record.id) for record in records}
    monkeypatch.setattr(standing, "_WRITTEN_AT_ONCE", 2)
    written = 0

    def killed(*given: object) -> int:
        nonlocal written
        written += 1
        if written == 3:
            raise KeyboardInterrupt
        return add_held(*given)  # type: ignore[arg-type]

    add_held = standing.add_held
    monkeypatch.setattr(standing, "add_held", killed)
    with pytest.raises(KeyboardInterrupt):
        place(office, archive, POOL)
    [hold] = list_holds(office)
    assert len(held(office, hold.id)) == 4
    elsewhere = ("private", 12345)
    assert holds_over(office, [*keys, elsewhere]) == {key: [hold] for key in [*keys, elsewhere]}
    monkeypatch.setattr(standing, "add_held", add_held)
    assert catch_up(office, archive, CITY) == 3
    assert held(office, hold.id) == keys
    assert holds_over(office, [*keys, elsewhere]) == {key: [hold] for key in keys}


def test_a_catch_up_killed_halfway_moves_no_cursor(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed = place(office, archive, POOL)
    cursors = office.execute("SELECT * FROM hold_cursors").fetchall()
    record = store("1", "The pool is closed")

    def killed(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(standing, "audit", lambda *_, **more: killed(**more))
    with pytest.raises(KeyboardInterrupt):
        catch_up(office, archive, CITY)
    assert held(office, placed.hold.id) == set()
    assert office.execute("SELECT * FROM hold_cursors").fetchall() == cursors
    monkeypatch.undo()
    assert catch_up(office, archive, CITY) == 1
    assert held(office, placed.hold.id) == {("archive", record.id)}


def test_a_released_hold_catches_nothing(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    placed = place(office, archive, POOL)
    with write_transaction(office):
        release_hold(office, placed.hold, actor="ph", reason="Settled")
    store("1", "The pool is closed")
    assert catch_up(office, archive, CITY) == 0
    assert held(office, placed.hold.id) == set()
    with pytest.raises(sqlite3.IntegrityError, match="stays released"):
        office.execute(
            "INSERT INTO hold_items (file, record_id, hold_id, added_at) VALUES "
            "('archive', 1, ?, '2026-11-20T18:00:00Z')",
            (placed.hold.id,),
        )


def test_what_is_caught_leaves_an_audit_row_that_names_the_search(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    placed = place(office, archive, POOL)
    store("1", "The pool is closed")
    catch_up(office, archive, CITY)
    entry = audit_trail(office, subject=f"hold {placed.hold.id}")[0]
    assert (entry.actor, entry.action) == ("standing holds", "records held")
    assert entry.detail == {"records": 1, "search": 1, "file": "archive"}


def test_a_search_that_can_no_longer_be_read_is_said_and_stops_no_other(
    office: sqlite3.Connection,
    archive: Archive,
    store: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place(office, archive, Search("closed", standing=True), reference="26-018")
    placed = place(office, archive, POOL)
    store("1", "The pool is closed")
    understood = standing.ask

    def ask(files: object, text: str, *more: object) -> matching.Asked:
        if text == "closed":
            raise standing.UsageError("no such words")
        return understood(files, text, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(standing, "ask", ask)
    with pytest.raises(RuleError, match="claim 26-018 can no longer be read"):
        catch_up(office, archive, CITY)
    assert len(held(office, placed.hold.id)) == 1


def test_a_search_of_a_hold_never_changes_and_never_looks_back(
    office: sqlite3.Connection, archive: Archive, store: Callable[..., Record]
) -> None:
    store("1", "The pool is closed")
    place(office, archive, POOL)
    for statement in (
        "UPDATE hold_searches SET query = 'nothing'",
        "DELETE FROM hold_searches",
        "INSERT OR REPLACE INTO hold_searches SELECT * FROM hold_searches",
        "UPDATE hold_cursors SET version_id = version_id - 1 WHERE file = 'archive'",
        "UPDATE hold_items SET search_id = NULL",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            office.execute(statement)


def test_an_account_added_to_the_register_alone_changes_nothing(
    office: sqlite3.Connection, archive: Archive
) -> None:
    add_account(office, actor="of", platform="x", handle="Pool", department="Parks")
    place(office, archive, POOL)
    assert catch_up(office, archive, CITY) == 0
