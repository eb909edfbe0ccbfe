"""The whole demonstration, small: built, stopped and continued, another night."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from archiver import clock
from archiver.archive.search import search
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.clock import now_text
from archiver.config import Home
from archiver.database import connect
from archiver.demo.accounts import demo_accounts
from archiver.demo.elsewhere import ELSEWHERE
from archiver.demo.people import STAFF
from archiver.demo.run import DemoReport, Steps, city_feed, run_demo
from archiver.errors import BusyError, HomeError, UsageError
from archiver.items import Access, Kind
from archiver.operations.disposing import execute_batch
from archiver.operations.home import create_home
from archiver.operations.nightly import NightlyReport, run_nightly
from archiver.production.produce import produce
from archiver.register.accounts import find_account, list_accounts
from archiver.register.office import open_office
from archiver.requests.book import Choice, Claim, Request, decide, items_of, list_requests
from archiver.requests.redacting.redactions import Mark, add_redaction
from archiver.staff.people import list_people
from archiver.staff.schema import open_staff
from archiver.staff.sessions import sign_in

RECORDS = 500
STEPS = Steps(create_home=create_home, nightly=run_nightly, dispose=execute_batch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    """A small city, built once for these tests."""
    return run_demo(tmp_path_factory.mktemp("city") / "home", steps=STEPS, records=RECORDS)


def events(home: Home) -> dict[str, int]:
    with Archive.open(home) as archive:
        found = archive.file(Access.PUBLIC).execute("SELECT what, count(*) FROM events GROUP BY 1")
        return dict(tuple(row) for row in found)


def test_it_ends_with_a_packet_and_good_nights(built: DemoReport) -> None:
    assert built.first_time
    assert built.night == 3
    assert built.packet.read_bytes()[:5] == b"%PDF-"
    for night in built.nights:
        assert isinstance(night, NightlyReport)
        assert night.outcome == "complete", night.problems


def test_the_nights_lie_a_day_apart(built: DemoReport) -> None:
    days = [
        clock.local_day(night.started_at, "America/Los_Angeles")
        for night in built.nights
        if isinstance(night, NightlyReport)
    ]
    assert [(day - days[0]).days for day in days] == [0, 1, 2]


def test_the_story_shows_in_the_archive(built: DemoReport) -> None:
    told = events(built.home)
    for what in ("edited", "gone", "hidden", "unhidden", "reappeared"):
        assert told.get(what, 0) > 0, what


def test_the_archive_verifies(built: DemoReport) -> None:
    report = verify(built.home)
    assert report.ok, report.findings[:3]


def test_the_clerks_search_finds_posts_comments_and_messages(built: DemoReport) -> None:
    with Archive.open(built.home) as archive:
        files = {"archive": archive.file(Access.PUBLIC), "private": archive.file(Access.PRIVATE)}
        found = search(files, "park closure", time_zone="America/Los_Angeles", size=200)
    kinds = {hit.kind for hit in found.rows}
    assert {Kind.POST, Kind.COMMENT, Kind.MESSAGE} <= kinds


def test_the_packet_holds_releases_and_withholdings(built: DemoReport) -> None:
    rows = (built.packet.parent / "data/records.jsonl").read_text("utf-8").splitlines()
    assert len(rows) > 10
    with open_office(built.home) as office:
        choices = {item.decision.choice for item in items_of(office, built.request)}
    office.close()
    assert choices == {Choice.RELEASE, Choice.WITHHOLD}


def test_the_edrm_file_of_the_packet_is_valid_by_the_schemas_that_lie_beside_it(
    built: DemoReport,
) -> None:
    load = built.packet.parent / "load"
    xml = etree.parse(load / "production.xml")
    assert etree.XMLSchema(file=str(load / "edrm.xsd")).validate(xml)
    assert xmlschema.XMLSchema11(str(load / "edrm-values.xsd")).is_valid(xml)


def test_accounts_and_staff_are_there_and_the_clerk_can_sign_in(built: DemoReport) -> None:
    with open_office(built.home) as office:
        assert len(list_accounts(office, sources=False)) == len(demo_accounts()) + len(
            {each.account for each in ELSEWHERE}
        )
        parks = find_account(office, "bluesky:parks.alderglen.example.com")
        assert str(parks.service).startswith("http://127.0.0.1:")
    office.close()
    with open_staff(built.home) as staff:
        assert {person.login for person in list_people(staff)} == {p.login for p in STAFF}
        assert sign_in(staff, built.login, built.password, now=clock.now())
    staff.close()


def test_no_secret_is_kept_anywhere(built: DemoReport) -> None:
    for path in built.home.path.rglob("*"):
        if path.is_file():
            assert built.password.encode() not in path.read_bytes(), path
    assert not [name for name in os.environ if name.startswith("ARCHIVER_DEMO_")]


def test_the_feed_can_be_reached_while_its_block_runs(built: DemoReport) -> None:
    with open_office(built.home) as office:
        account = find_account(office, "bluesky:city.alderglen.example.com")
    office.close()
    with city_feed(built.home) as connectors:
        source = connectors["bluesky"](account)
        assert next(iter(source.walk(Kind.POST))).items
        assert os.environ[str(account.credential).removeprefix("env:")]
    assert str(account.credential).removeprefix("env:") not in os.environ


def test_a_second_run_adds_one_night_and_keeps_the_packet(tmp_path: Path) -> None:
    first = run_demo(tmp_path / "home", steps=STEPS, records=120)
    packet = first.packet.read_bytes()
    second = run_demo(tmp_path / "home", steps=STEPS, records=9000)
    assert not second.first_time
    assert second.night == 4
    assert len(second.nights) == 1
    assert second.packet.read_bytes() == packet
    assert second.password != first.password


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    calls = []

    def stopped(home: Home, **given: Any) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise BusyError("stopped in the second night")
        return run_nightly(home, **given)

    with pytest.raises(BusyError):
        run_demo(tmp_path / "home", steps=Steps(create_home, stopped, execute_batch), records=120)
    done = json.loads((tmp_path / "home" / "demo" / "city.json").read_bytes())
    assert done["nights"] == 1
    again = run_demo(tmp_path / "home", steps=STEPS, records=120)
    assert again.night == 3
    assert len(again.nights) == 2
    assert again.packet.exists()
    assert verify(again.home).ok


def test_a_folder_with_something_else_is_left_alone(home: Home, tmp_path: Path) -> None:
    before = sorted(home.path.rglob("*"))
    with pytest.raises(UsageError, match="no demonstration"):
        run_demo(home.path, steps=STEPS)
    assert sorted(home.path.rglob("*")) == before


def test_a_damaged_note_of_progress_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "demo"
    folder.mkdir(parents=True)
    (folder / "city.json").write_text("{")
    with pytest.raises(HomeError, match="build it anew"):
        run_demo(tmp_path / "home", steps=STEPS)


KEPT = {
    "archive": "versions leaves events metrics exchanges originals media coverage seals audit runs "
    "records record_media",
    "private": "versions leaves originals media subscribers subscriber_counts seals audit",
    "office": "audit attestations holds hold_items requests request_events request_searches "
    "request_items request_decisions request_redactions redaction_groundings redaction_grounds "
    "item_releases item_release_bars productions production_items bates_pages custodian_asks "
    "custodian_steps custodian_answers handed_in_files handed_in_taken handed_in_records",
    "staff": "audit",
}


@pytest.fixture(scope="module")
def covered(built: DemoReport, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The city after one more volume, in which a word of a released record is covered."""
    home = Home(tmp_path_factory.mktemp("covered") / "home")
    shutil.copytree(built.home.path, home.path)
    [number] = [request.number for request in _requests(home)]
    with closing(open_office(home)) as office, Archive.open(home) as archive:
        files = {"archive": archive.public, "private": archive.private}
        item = next(each for each in items_of(office, number) if each.decision.choice == "release")
        claims = [Claim("7927.410")]
        add_redaction(
            office, files, number, item.id, Mark("text", 0, 4), actor="odile", claims=claims
        )
        decide(
            *(office, number, [item.id], Choice.REDACT),
            actor="odile",
            note_text="It was overlooked.",
            files=files,
            acknowledge_earlier=True,
        )
        produce(home, office, archive, number, actor="odile", now=now_text())
    return home


def _requests(home: Home) -> list[Request]:
    with closing(open_office(home)) as office:
        return list_requests(office)


@pytest.mark.parametrize(
    ("file", "table"), [(file, table) for file, named in KEPT.items() for table in named.split()]
)
def test_no_statement_swaps_a_kept_row(covered: Home, file: str, table: str) -> None:
    with closing(connect(covered.path / f"{file}.db")) as connection:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        every = [column["name"] for column in columns]
        but_its_id = [name for name in every if name not in ("id", "seq", "n")]
        before = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        assert before > 0, "nothing to swap: the test tests nothing"
        for named in (every, but_its_id):
            some = ", ".join(named)
            connection.execute("BEGIN")
            try:
                connection.execute(
                    f"INSERT OR REPLACE INTO {table} ({some}) SELECT {some} FROM {table} LIMIT 1"
                )
            except sqlite3.IntegrityError:
                pass
            else:
                after = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                assert after == before + 1, "a row was swapped for another"
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
