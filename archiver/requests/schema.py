"""The requests' tables in office.db. Decisions, events and searches are append-only."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only
from archiver.requests.collecting import schema as collecting
from archiver.requests.consults import schema as consults
from archiver.requests.custodians import schema as custodians
from archiver.requests.finding import schema as finding
from archiver.requests.forwards import schema as forwards
from archiver.requests.letters import schema as letters
from archiver.requests.receiving import schema as receiving
from archiver.requests.redacting import schema as redacting
from archiver.requests.reviewing import schema as reviewing
from archiver.requests.timing import schema as timing

MIGRATIONS = Migrations("requests")


def migrate_requests(connection: sqlite3.Connection) -> None:
    """Bring the requests' tables up to date; costs one read each when they are."""
    migrate(connection, MIGRATIONS)
    parts = (timing, redacting, reviewing, letters, collecting, receiving, finding, custodians)
    for part in (*parts, forwards, consults):
        migrate(connection, part.MIGRATIONS)


@MIGRATIONS()
def m001_requests(db: Database) -> None:
    """Requests. What was asked, when it came and its number never change; the reading of it may."""
    db.execute(
        """
        CREATE TABLE requests (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            number        TEXT NOT NULL UNIQUE,
            year          INTEGER NOT NULL,
            sequence      INTEGER NOT NULL,
            received_at   TEXT NOT NULL,
            channel       TEXT NOT NULL,
            requester     TEXT,
            contact       TEXT,
            verbatim      TEXT NOT NULL CHECK (verbatim <> ''),
            scope         TEXT NOT NULL,
            status        TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
            created_at    TEXT NOT NULL,
            created_by    TEXT NOT NULL,
            closed_at     TEXT,
            closed_reason TEXT,
            UNIQUE (year, sequence),
            CHECK ((status = 'closed') = (closed_at IS NOT NULL AND closed_reason IS NOT NULL))
        )
        """
    )
    db.execute(
        """
        CREATE TRIGGER requests_as_received BEFORE UPDATE ON requests
        WHEN OLD.verbatim IS NOT NEW.verbatim OR OLD.number IS NOT NEW.number
            OR OLD.year IS NOT NEW.year OR OLD.sequence IS NOT NEW.sequence
            OR OLD.created_at IS NOT NEW.created_at OR OLD.created_by IS NOT NEW.created_by
        BEGIN SELECT RAISE(ABORT, 'a request keeps its number and its words as received'); END
        """
    )
    db.execute(
        "CREATE TRIGGER requests_stay BEFORE DELETE ON requests "
        "BEGIN SELECT RAISE(ABORT, 'a request is closed, never deleted'); END"
    )
    db.execute(
        "CREATE TRIGGER requests_no_replace BEFORE INSERT ON requests "
        "WHEN EXISTS (SELECT 1 FROM requests WHERE id = NEW.id OR number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'a request keeps its number and its words as received'); END"
    )
    db.execute(
        """
        CREATE TABLE request_events (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            kind       TEXT NOT NULL,
            detail     TEXT CHECK (detail IS NULL OR json_valid(detail))
        )
        """
    )
    db.execute("CREATE INDEX request_events_request ON request_events (request_id, id)")
    for trigger in append_only("request_events"):
        db.execute(trigger)


@MIGRATIONS()
def m002_searches(db: Database) -> None:
    """Every search made for a request: what the statement of search is written from."""
    db.execute(
        """
        CREATE TABLE request_searches (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            text       TEXT NOT NULL,
            filters    TEXT NOT NULL CHECK (json_valid(filters)),
            files      TEXT NOT NULL,
            found      INTEGER NOT NULL CHECK (found >= 0),
            exact      INTEGER NOT NULL CHECK (exact IN (0, 1))
        )
        """
    )
    db.execute("CREATE INDEX request_searches_request ON request_searches (request_id, id)")
    for trigger in append_only("request_searches"):
        db.execute(trigger)


@MIGRATIONS()
def m003_items(db: Database) -> None:
    """What a request collects: one version of one record each, by the leaf it had then."""
    db.execute(
        """
        CREATE TABLE request_items (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id  INTEGER NOT NULL,
            version_id INTEGER NOT NULL,
            leaf       TEXT NOT NULL,
            family     TEXT NOT NULL,
            as_family  INTEGER NOT NULL CHECK (as_family IN (0, 1)),
            search_id  INTEGER REFERENCES request_searches (id),
            added_at   TEXT NOT NULL,
            added_by   TEXT NOT NULL,
            UNIQUE (request_id, file, record_id, version_id)
        )
        """
    )
    db.execute("CREATE INDEX request_items_record ON request_items (file, record_id)")
    for trigger in append_only("request_items"):
        db.execute(trigger)


@MIGRATIONS()
def m004_decisions(db: Database) -> None:
    """Each decision on an item, with the exemptions it rests on; the last one stands."""
    db.execute(
        """
        CREATE TABLE request_decisions (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id  INTEGER NOT NULL REFERENCES request_items (id),
            at       TEXT NOT NULL,
            actor    TEXT NOT NULL,
            decision TEXT NOT NULL
                CHECK (decision IN ('undecided', 'release', 'withhold', 'not responsive')),
            note     TEXT
        )
        """
    )
    db.execute("CREATE INDEX request_decisions_item ON request_decisions (item_id, id)")
    db.execute(
        """
        CREATE TABLE decision_exemptions (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            decision_id     INTEGER NOT NULL REFERENCES request_decisions (id),
            section         TEXT NOT NULL,
            digest          TEXT NOT NULL,
            attestation_id  INTEGER NOT NULL REFERENCES attestations (id),
            balancing       TEXT,
            second_citation TEXT,
            review_on       TEXT
        )
        """
    )
    db.execute("CREATE INDEX decision_exemptions_decision ON decision_exemptions (decision_id)")
    for table in ("request_decisions", "decision_exemptions"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m005_items_stay(db: Database) -> None:
    """Close the back door of ``INSERT OR REPLACE`` over an item's own key, too."""
    db.execute(
        """
        CREATE TRIGGER request_items_no_swap BEFORE INSERT ON request_items
        WHEN EXISTS (
            SELECT 1 FROM request_items WHERE request_id = NEW.request_id AND file = NEW.file
                AND record_id = NEW.record_id AND version_id = NEW.version_id
        )
        BEGIN SELECT RAISE(ABORT, 'request_items is append-only'); END
        """
    )


@MIGRATIONS()
def m006_open_requests_hold(db: Database) -> None:
    """An open request holds what it touches: its hold goes only after it is closed."""
    db.execute(
        """
        CREATE TRIGGER holds_of_open_requests BEFORE UPDATE OF released_at ON holds
        WHEN NEW.released_at IS NOT NULL AND OLD.kind = 'records request' AND EXISTS (
            SELECT 1 FROM requests WHERE number = OLD.reference AND status = 'open'
        )
        BEGIN SELECT RAISE(ABORT, 'the request is open and holds what it touches: close it first');
        END
        """
    )


@MIGRATIONS()
def m007_requests_keep_their_id(db: Database) -> None:
    """A request's id is what its items, decisions and history hang on."""
    db.execute(
        "CREATE TRIGGER requests_id BEFORE UPDATE ON requests WHEN OLD.id IS NOT NEW.id "
        "BEGIN SELECT RAISE(ABORT, 'a request keeps its id'); END"
    )


@MIGRATIONS()
def m008_closed_requests_look_back(db: Database) -> None:
    """Requests that were closed before holds knew a look-back get ninety days, the usual number."""
    db.execute(
        """
        UPDATE holds SET hold_until = (
            SELECT strftime('%Y-%m-%dT%H:%M:%SZ', closed_at, '+90 days') FROM requests
            WHERE number = holds.reference
        )
        WHERE kind = 'records request' AND released_at IS NULL AND EXISTS (
            SELECT 1 FROM requests WHERE number = holds.reference AND status = 'closed'
        )
        """
    )


@MIGRATIONS()
def m009_more_to_decide(db: Database) -> None:
    """A record may go out with redactions, and one may stand for another that says the same."""
    for table in ("request_decisions", "decision_exemptions"):
        for ending in ("no_update", "no_delete", "no_replace"):
            db.execute(f"DROP TRIGGER {table}_{ending}")
    db.execute("DROP INDEX request_decisions_item")
    db.execute("DROP INDEX decision_exemptions_decision")
    db.execute("ALTER TABLE request_decisions RENAME TO request_decisions_before")
    db.execute("ALTER TABLE decision_exemptions RENAME TO decision_exemptions_before")
    db.execute(
        """
        CREATE TABLE request_decisions (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id      INTEGER NOT NULL REFERENCES request_items (id),
            at           TEXT NOT NULL,
            actor        TEXT NOT NULL,
            decision     TEXT NOT NULL CHECK (decision IN (
                'undecided', 'release', 'redact', 'withhold', 'not responsive', 'duplicate'
            )),
            note         TEXT,
            duplicate_of INTEGER REFERENCES request_items (id),
            CHECK ((decision = 'duplicate') = (duplicate_of IS NOT NULL))
        )
        """
    )
    db.execute(
        """
        CREATE TABLE decision_exemptions (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            decision_id     INTEGER NOT NULL REFERENCES request_decisions (id),
            section         TEXT NOT NULL,
            digest          TEXT NOT NULL,
            attestation_id  INTEGER NOT NULL REFERENCES attestations (id),
            balancing       TEXT,
            second_citation TEXT,
            review_on       TEXT
        )
        """
    )
    db.execute(
        "INSERT INTO request_decisions (id, item_id, at, actor, decision, note) "
        "SELECT id, item_id, at, actor, decision, note FROM request_decisions_before"
    )
    db.execute("INSERT INTO decision_exemptions SELECT * FROM decision_exemptions_before")
    db.execute("DROP TABLE decision_exemptions_before")
    db.execute("DROP TABLE request_decisions_before")
    db.execute("CREATE INDEX request_decisions_item ON request_decisions (item_id, id)")
    db.execute("CREATE INDEX decision_exemptions_decision ON decision_exemptions (decision_id)")
    for table in ("request_decisions", "decision_exemptions"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m010_searches_say_whose_records(db: Database) -> None:
    """Whose records a search looked through, where the person is limited to departments: their
    names and the accounts, as JSON. NULL: everybody's."""
    db.execute(
        "ALTER TABLE request_searches ADD COLUMN sight TEXT "
        "CHECK (sight IS NULL OR json_valid(sight))"
    )


@MIGRATIONS()
def m011_decisions_by_the_thousand(db: Database) -> None:
    """Twenty thousand decisions are written at once: what each row costs is kept small. The index
    has the id in it anyway, and no row need be looked for under the id of one that has none yet
    (SQLite calls it -1 until it is written)."""
    for statement in (
        "DROP INDEX request_decisions_item",
        "CREATE INDEX request_decisions_item ON request_decisions (item_id)",
        "DROP TRIGGER request_decisions_no_replace",
        """
        CREATE TRIGGER request_decisions_no_replace BEFORE INSERT ON request_decisions
        WHEN NEW.id IS NOT -1 AND EXISTS (SELECT 1 FROM request_decisions WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'request_decisions is append-only'); END
        """,
    ):
        db.execute(statement)
