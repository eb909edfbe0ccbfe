"""The tables of this part of the request book in office.db. Every one of them is append-only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.reviewing")


@MIGRATIONS()
def m001_review(db: Database) -> None:
    """Who looks at which item, what they noted, recommended and confirmed, and what they saw."""
    db.execute(
        """
        CREATE TABLE item_assignments (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id  INTEGER NOT NULL REFERENCES request_items (id),
            person   TEXT NOT NULL CHECK (person <> ''),
            at       TEXT NOT NULL,
            actor    TEXT NOT NULL,
            assigned INTEGER NOT NULL CHECK (assigned IN (0, 1))
        )
        """
    )
    db.execute("CREATE INDEX item_assignments_item ON item_assignments (item_id, person, id)")
    db.execute("CREATE INDEX item_assignments_person ON item_assignments (person, item_id, id)")
    db.execute(
        """
        CREATE TABLE item_notes (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES request_items (id),
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL,
            text    TEXT NOT NULL CHECK (text <> '')
        )
        """
    )
    db.execute("CREATE INDEX item_notes_item ON item_notes (item_id, id)")
    db.execute(
        """
        CREATE TABLE item_recommendations (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id  INTEGER NOT NULL REFERENCES request_items (id),
            at       TEXT NOT NULL,
            actor    TEXT NOT NULL,
            decision TEXT NOT NULL
                CHECK (decision IN ('release', 'redact', 'withhold', 'not responsive')),
            section  TEXT,
            note     TEXT
        )
        """
    )
    db.execute("CREATE INDEX item_recommendations_item ON item_recommendations (item_id, id)")
    db.execute(
        """
        CREATE TABLE decision_confirmations (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            decision_id INTEGER NOT NULL REFERENCES request_decisions (id),
            state       TEXT NOT NULL,
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL,
            UNIQUE (decision_id, state)
        )
        """
    )
    db.execute(
        """
        CREATE TABLE media_seen (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id  INTEGER NOT NULL REFERENCES request_items (id),
            position INTEGER NOT NULL,
            person   TEXT NOT NULL,
            at       TEXT NOT NULL,
            UNIQUE (item_id, position, person)
        )
        """
    )
    db.execute(
        """
        CREATE TABLE bulk_decisions (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            token      TEXT NOT NULL UNIQUE,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            decision   TEXT NOT NULL,
            items      INTEGER NOT NULL CHECK (items > 0),
            skipped    INTEGER NOT NULL,
            whole      TEXT
        )
        """
    )
    for table in (
        "item_assignments",
        "item_notes",
        "item_recommendations",
        "decision_confirmations",
        "media_seen",
        "bulk_decisions",
    ):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m002_attorney(db: Database) -> None:
    """What the city attorney is asked and answers is privileged and lies in tables of its own:
    nothing that is exported, printed or audited reads them."""
    db.execute(
        """
        CREATE TABLE attorney_questions (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES request_items (id),
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL,
            text    TEXT NOT NULL CHECK (text <> '')
        )
        """
    )
    db.execute("CREATE INDEX attorney_questions_item ON attorney_questions (item_id, id)")
    db.execute(
        """
        CREATE TABLE attorney_answers (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            question_id INTEGER NOT NULL UNIQUE REFERENCES attorney_questions (id),
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL,
            text        TEXT NOT NULL CHECK (text <> '')
        )
        """
    )
    db.execute(
        """
        CREATE TABLE attorney_signoffs (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            decision_id INTEGER NOT NULL REFERENCES request_decisions (id),
            state       TEXT NOT NULL,
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL,
            UNIQUE (decision_id, state)
        )
        """
    )
    for table in ("attorney_questions", "attorney_answers", "attorney_signoffs"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m003_instalments(db: Database) -> None:
    """What goes out when. The last row of a number stands, and so does the last move of an item;
    an item that was never moved is in the first."""
    db.execute(
        """
        CREATE TABLE request_instalments (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id  INTEGER NOT NULL REFERENCES requests (id),
            n           INTEGER NOT NULL CHECK (n > 0),
            title       TEXT NOT NULL,
            promised_at TEXT,
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX request_instalments_request ON request_instalments (request_id, n)")
    db.execute(
        """
        CREATE TABLE instalment_moves (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES request_items (id),
            n       INTEGER NOT NULL CHECK (n > 0),
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX instalment_moves_item ON instalment_moves (item_id, id)")
    for table in ("request_instalments", "instalment_moves"):
        for trigger in append_only(table):
            db.execute(trigger)
