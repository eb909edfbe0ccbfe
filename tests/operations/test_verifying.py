"""Verifying a home looks at the evidence and at the marks made from it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from archiver.archive.reading import record_by_native
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.capture.imports import account_ref
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.operations.capturing import settle
from archiver.operations.verifying import verify_home
from archiver.production.produce import produce
from archiver.register.accounts import add_account, list_accounts
from archiver.register.office import open_office
from archiver.requests.book import add_items, decide, new_request


@pytest.fixture
def kept(home: Home) -> Home:
    """A home with one sealed and marked post."""
    with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
        account = add_account(
            office, actor="of", platform="x", handle="AlderGlenParks", department="Parks"
        )
        raw = json.dumps({"text": "The pond is frozen"}).encode()
        item = Item(
            platform="x",
            kind=Kind.POST,
            native_id="1",
            author=Author("12", "AlderGlenParks", "Alder Glen Parks", AuthorRole.AGENCY),
            created_at="2026-01-01T18:00:00Z",
            text="The pond is frozen",
            raw=raw,
            stable=raw,
        )
        run = begin_run(archive, account_ref(account), source="x-download")
        with batch(archive, run) as adding:
            adding.add([item], observed_at="2026-01-02T18:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
        settle(archive, home.settings(), list_accounts(office))
    return home


def tamper(home: Home, statement: str) -> None:
    with closing(sqlite3.connect(home.archive_db)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def test_an_untouched_home_verifies_with_its_marks(kept: Home) -> None:
    report = verify_home(kept)
    assert report.ok, report.findings
    assert report.checked["records"] == report.checked["retention marks"] == 1


def test_a_day_moved_forward_is_found(kept: Home) -> None:
    tamper(kept, "UPDATE records SET retain_until = '2026-01-03'")
    [finding] = verify_home(kept).findings
    assert "kept until" in finding.what


def test_what_is_wrong_with_the_evidence_stands_first(kept: Home) -> None:
    tamper(kept, "UPDATE records SET retain_until = '2026-01-03', text = 'forged'")
    first, second = verify_home(kept).findings
    assert "text" in first.what
    assert "kept until" in second.what


def test_a_volume_that_was_changed_or_is_gone_is_found(kept: Home) -> None:
    with closing(open_office(kept)) as office, Archive.open(kept) as archive:
        request = new_request(
            office,
            kept.settings(),
            actor="of",
            received_at="2026-01-05T18:00:00Z",
            channel="counter",
            verbatim="Everything about the pond.",
        )
        found = record_by_native(archive.public, 1, Kind.POST, "1")
        assert found is not None
        files = {"archive": archive.public, "private": archive.private}
        add_items(office, files, request.number, [("archive", found.id)], actor="of")
        decide(office, request.number, [1], "release", actor="of")
        [made] = produce(
            kept, office, archive, request.number, actor="of", now="2026-01-06T18:00:00Z"
        )
    assert verify_home(kept).checked["volumes"] == 1
    (made.folder / "data/records.csv").write_text("forged")
    [finding] = verify_home(kept).findings
    assert finding.where == f"{request.number}/VOL001"
    shutil.rmtree(made.folder)
    [finding] = verify_home(kept).findings
    assert "missing" in finding.what
