"""The tables of a request's time in office.db. Every one of them is append-only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.timing")


@MIGRATIONS()
def m001_dates(db: Database) -> None:
    """What moves a request's dates or is promised about them, and the dates as last counted.

    `request_dates` remembers with which law and closed days the dates came about, so that a later
    holiday can say that it moved them.
    """
    db.execute(
        """
        CREATE TABLE request_extensions (
            id               INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id       INTEGER NOT NULL REFERENCES requests (id),
            at               TEXT NOT NULL,
            actor            TEXT NOT NULL,
            circumstance     TEXT NOT NULL CHECK (circumstance <> ''),
            source           TEXT NOT NULL,
            reason           TEXT NOT NULL CHECK (reason <> ''),
            determination_on TEXT NOT NULL,
            previous         TEXT NOT NULL,
            person           TEXT NOT NULL CHECK (person <> ''),
            title            TEXT NOT NULL CHECK (title <> ''),
            warning          TEXT
        )
        """
    )
    db.execute(
        """
        CREATE TABLE request_estimates (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id   INTEGER NOT NULL REFERENCES requests (id),
            at           TEXT NOT NULL,
            actor        TEXT NOT NULL,
            available_at TEXT NOT NULL,
            reason       TEXT NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE request_clarifications (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            step       TEXT NOT NULL CHECK (step IN ('asked', 'answered')),
            words      TEXT NOT NULL CHECK (words <> '')
        )
        """
    )
    db.execute(
        """
        CREATE TABLE request_determinations (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            sent_at    TEXT NOT NULL,
            outcome    TEXT NOT NULL
                CHECK (outcome IN ('disclosable', 'in part', 'denied', 'no records'))
        )
        """
    )
    db.execute(
        """
        CREATE TABLE request_dates (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id  INTEGER NOT NULL REFERENCES requests (id),
            at          TEXT NOT NULL,
            law         TEXT NOT NULL,
            calendar    TEXT NOT NULL,
            digest      TEXT NOT NULL,
            closed      TEXT NOT NULL CHECK (json_valid(closed)),
            received_on TEXT NOT NULL,
            safe        TEXT,
            outside     TEXT,
            why         TEXT NOT NULL,
            CHECK ((safe IS NULL) = (outside IS NULL))
        )
        """
    )
    for table in (
        "request_extensions",
        "request_estimates",
        "request_clarifications",
        "request_determinations",
        "request_dates",
    ):
        db.execute(f"CREATE INDEX {table}_request ON {table} (request_id, id)")
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m002_reminders_and_effort(db: Database) -> None:
    """Which reminder went out about which date, so that none goes twice; and the time spent, which
    is measured and never charged."""
    db.execute(
        """
        CREATE TABLE request_reminders (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            about      TEXT NOT NULL CHECK (about IN ('determination', 'promise')),
            due        TEXT NOT NULL,
            threshold  INTEGER NOT NULL
        )
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX request_reminders_once "
        "ON request_reminders (request_id, about, due, threshold)"
    )
    db.execute(
        """
        CREATE TABLE request_time (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            minutes    INTEGER NOT NULL CHECK (minutes <> 0),
            what       TEXT NOT NULL CHECK (what <> '')
        )
        """
    )
    db.execute("CREATE INDEX request_time_request ON request_time (request_id, id)")
    for table in ("request_reminders", "request_time"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m003_taken_back(db: Database) -> None:
    """An extension or a determination that was written down in error is taken back by a row of its
    own; what it was stays. The views hold what stands."""
    db.execute(
        """
        CREATE TABLE request_steps_taken_back (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            step       TEXT NOT NULL CHECK (step IN ('extension', 'determination')),
            step_id    INTEGER NOT NULL,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            reason     TEXT NOT NULL CHECK (reason <> ''),
            UNIQUE (step, step_id)
        )
        """
    )
    for trigger in append_only("request_steps_taken_back"):
        db.execute(trigger)
    for step in ("extension", "determination"):
        db.execute(
            f"""
            CREATE VIEW standing_{step}s AS SELECT * FROM request_{step}s
            WHERE NOT EXISTS (
                SELECT 1 FROM request_steps_taken_back
                WHERE step = '{step}' AND step_id = request_{step}s.id
            )
            """
        )
