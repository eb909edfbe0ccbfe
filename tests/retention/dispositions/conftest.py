"""An invented town with records old enough to go, and short words for a whole disposition."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest

from archiver.archive.media import store_media
from archiver.archive.originals import StoredOriginal
from archiver.archive.reading import record_by_native
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home, Settings
from archiver.items import (
    Access,
    Author,
    AuthorRole,
    Exchange,
    Item,
    Kind,
    MediaRef,
    Relation,
    Subscriber,
)
from archiver.register.accounts import Account, add_account, list_accounts
from archiver.register.office import open_office
from archiver.retention.dispositions.approvals import approve, departments
from archiver.retention.dispositions.batches import Batch, get_batch
from archiver.retention.dispositions.building import build
from archiver.retention.dispositions.execution import Work, execute
from archiver.retention.dispositions.outside import Outside
from archiver.retention.dispositions.routes import approval_kind, find_route, required
from archiver.retention.dispositions.walking import Wanted
from archiver.retention.holds import Hold, HoldKind, hold_records, place_hold, release_hold
from archiver.retention.marking import mark_all
from tests.empty_home import empty_home

CITY = Author("12", "AlderGlenParks", "Alder Glen Parks", AuthorRole.AGENCY)
OLD = "2024-03-01T18:00:00Z"
TODAY = dt.date(2026, 11, 20)

SCHEDULE = """
id = "alder-glen"
title = "Social media records, City of Alder Glen"
version = "2026.1"
effective_from = 2016-01-01
agency_kind = "{kind}"
[source]
title = "Records retention schedule"
section = "11"
[[series]]
code = "AG-11"
title = "Posts and comments"
cutoff = "created"
period = {{ years = 2 }}
authority = "Gov. Code § 34090"
mark = "S"
[series.when]
kind = ["post", "comment"]
[[series]]
code = "AG-12"
title = "Council meetings on video"
cutoff = "created"
period = {{ permanent = true }}
authority = "Gov. Code § 34090(e)"
mark = "S"
[series.when]
form = ["broadcast"]
[[series]]
code = "AG-13"
title = "Private messages"
cutoff = "created"
period = {{ years = 2 }}
authority = "Gov. Code § 34090"
mark = "K"
[series.when]
kind = ["message"]
[[series]]
code = "AG-19"
title = "What else social media leave behind"
cutoff = "created"
period = {{ years = 2 }}
authority = "Gov. Code § 34090"
mark = "S"
"""


@dataclass
class Town:
    """A home with two accounts, and what a records manager does in it."""

    home: Home
    office: sqlite3.Connection
    archive: Archive
    settings: Settings
    outside: Outside = field(default_factory=Outside)
    written: list[dict[str, object]] = field(default_factory=list)

    @property
    def accounts(self) -> list[Account]:
        return list_accounts(self.office)

    def store(
        self,
        native_id: str,
        text: str = "The skate park at Mill Street is closed until Monday",
        *,
        account: int = 1,
        observed_at: str = "2024-03-02T10:00:00Z",
        exchange: Exchange | None = None,
        picture: bytes | None = None,
        original: StoredOriginal | None = None,
        **changes: object,
    ) -> tuple[str, int]:
        """Take in a post (or what `changes` make of it); its file and number."""
        stable = json.dumps([native_id, text]).encode()
        values: dict[str, object] = {
            "platform": "x",
            "kind": Kind.POST,
            "native_id": native_id,
            "author": CITY,
            "created_at": OLD,
            "text": text,
            "raw": stable,
            "stable": stable,
            "media": () if picture is None else (MediaRef(f"{native_id}.png", alt_text="A lake"),),
            **changes,
        }
        item = Item(**values)
        held = {}
        if picture is not None:
            stored = store_media(self.home, item.access, BytesIO(picture))
            held[f"{native_id}.png"] = stored
        run = begin_run(self.archive, self.reference(account), source="x-download")
        with batch(self.archive, run) as adding:
            adding.add(
                [item],
                observed_at=observed_at,
                media=held,
                exchange=exchange,
                original=original,
            )
        finish_run(self.archive, run, outcome="complete", notes={})
        found = record_by_native(self.archive.file(item.access), account, item.kind, native_id)
        return ("private" if item.access is Access.PRIVATE else "archive"), found.id

    def people(self, *days: tuple[str, tuple[str, ...]], account: int = 1) -> None:
        """Walk a list of followers on some days."""
        for day, names in days:
            run = begin_run(self.archive, self.reference(account), source="x-api")
            with batch(self.archive, run) as adding:
                adding.people(
                    Relation.FOLLOWER,
                    [Subscriber("x", Relation.FOLLOWER, name, name) for name in names],
                    observed_at=day,
                    complete=True,
                    first=True,
                )
            finish_run(self.archive, run, outcome="complete", notes={})

    def reference(self, number: int) -> AccountRef:
        account = next(each for each in self.accounts if each.id == number)
        return AccountRef(
            account.id,
            account.platform,
            account.handle,
            account.display_name,
            account.department,
            account.division,
            account.native_id,
            account.account_class,
        )

    def mark(self) -> None:
        """Mark what is new, as the night does."""
        mark_all(self.archive, self.settings, self.accounts)

    def build(self, wanted: Wanted = Wanted(), **more: object) -> Batch:  # noqa: B008
        """Mark, then freeze what is eligible."""
        self.mark()
        return build(
            *(self.office, self.archive, self.settings, self.accounts, wanted),
            actor="of",
            outside=self.outside,
            **more,
        )

    def approve(self, number: str, kind: str, **more: object) -> object:
        """Record an approval by its document."""
        values: dict[str, object] = {
            "actor": "of",
            "may": (),
            "name": "P. Haldane",
            "position": "City Attorney",
            "on": TODAY,
            "title": "Document",
            "document_number": "2026-77",
            **more,
        }
        parts = (self.home, self.office, self.settings, self.accounts, number, kind)
        return approve(*parts, **values)

    def approve_all(self, number: str) -> None:
        """Record all a batch's route asks for."""
        paper = self.paper()
        found = get_batch(self.office, number)
        for asked in required(find_route(found.route), found.act):
            for department in (
                departments(self.office, found, self.accounts) if asked.each_department else [""]
            ):
                votes = (4, 5) if asked.four_fifths else None
                more = {"department": department, "file": paper, "votes": votes}
                self.approve(number, asked.code, **more)
        assert approval_kind("consent").permission

    def paper(self) -> Path:
        """A signed document, as a file."""
        path = self.home.path.parent / "signed.pdf"
        path.write_bytes(b"%PDF-1.7\nsigned\n")
        return path

    def work(self) -> Work:
        """What an execution works with."""
        return Work(
            self.office, self.archive, self.settings, self.accounts, self.outside, actor="of"
        )

    def execute(self, number: str) -> Batch:
        """Carry a batch out."""
        return execute(self.work(), number)

    def hold(self, *records: tuple[str, int], reference: str = "26-019") -> Hold:
        """Hold records for a claim."""
        self.office.execute("BEGIN IMMEDIATE")
        hold = place_hold(
            self.office, actor="ph", kind=HoldKind.CLAIM, reference=reference, reason="Mill Street"
        )
        hold_records(self.office, hold, records, actor="ph")
        self.office.execute("COMMIT")
        return hold

    def release(self, hold: Hold) -> None:
        """Release a hold."""
        self.office.execute("BEGIN IMMEDIATE")
        release_hold(self.office, hold, actor="ph", reason="settled")
        self.office.execute("COMMIT")

    def holds(self, file: str, number: int) -> bool:
        """Whether a record is still there."""
        conn = self.archive.public if file == "archive" else self.archive.private
        return conn.execute("SELECT 1 FROM records WHERE id = ?", (number,)).fetchone() is not None

    def outcomes(self, number: str) -> dict[int, str | None]:
        """What became of each record of a batch."""
        found = get_batch(self.office, number)
        return {
            each["ref"]: each["outcome"]
            for each in self.office.execute(
                "SELECT ref, outcome FROM disposition_items WHERE batch_id = ?", (found.id,)
            )
        }

    def close(self) -> None:
        self.archive.close()
        self.office.close()


def found_town(path: Path, kind: str = "city") -> Town:
    """A new town in a folder."""
    home = empty_home(path)
    (path / "schedule.toml").write_text(SCHEDULE.format(kind=kind), "utf-8")
    text = home.settings_file.read_text("utf-8").replace('"palm-desert"', '"schedule.toml"')
    home.settings_file.write_text(text.replace('"city"', f'"{kind}"'), "utf-8")
    office = open_office(home)
    for handle, department in (("AlderGlenParks", "Parks"), ("AlderGlenWater", "Public Works")):
        add_account(office, actor="of", platform="x", handle=handle, department=department)
    town = Town(home, office, Archive.open(home, write=True), home.settings())
    town.outside = Outside(ledger=lambda entry: town.written.append(dict(entry)))
    return town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The invented town."""
    made = found_town(tmp_path / "town")
    yield made
    made.close()


@pytest.fixture
def new_town() -> Callable[..., Town]:
    """Founds a town in a folder, of a kind; the test closes it."""
    return found_town


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """An exchange as a connector hands it over."""

    def make(body: bytes) -> Exchange:
        return Exchange(
            method="GET",
            url="https://api.example.com/posts?page=1",
            requested_at="2024-03-02T09:00:00Z",
            request_headers=(("Host", "api.example.com"),),
            request_body=b"",
            status=200,
            reason="OK",
            response_headers=(("Content-Type", "application/json"),),
            response_body=body,
        )

    return make
