"""What was found, what a clerk answered to it, and the minors whose names are looked for.

What was found is kept by place and kind only, never by its words, so that office.db holds no second
copy of anybody's number; it can be thrown away and found again.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.finding")


@MIGRATIONS()
def m001_finding(db: Database) -> None:
    """Findings by the leaf of a version (its number may be given again after a destruction) and the
    finder, answers, and marked names."""
    db.execute(
        """
        CREATE TABLE personal_scans (
            leaf   TEXT NOT NULL,
            finder TEXT NOT NULL,
            PRIMARY KEY (leaf, finder)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE personal_finds (
            leaf   TEXT NOT NULL,
            finder TEXT NOT NULL,
            field  TEXT NOT NULL,
            start  INTEGER NOT NULL CHECK (start >= 0),
            "end"  INTEGER NOT NULL,
            kind   TEXT NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (leaf, finder, field, start, "end", kind),
            CHECK ("end" > start)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE request_suggestion_answers (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES request_items (id),
            field   TEXT NOT NULL CHECK (field <> ''),
            start   INTEGER NOT NULL CHECK (start >= 0),
            "end"   INTEGER NOT NULL,
            kind    TEXT NOT NULL,
            answer  TEXT NOT NULL CHECK (answer IN ('accepted', 'rejected', 'open')),
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL CHECK (actor <> ''),
            CHECK ("end" > start)
        ) STRICT
        """
    )
    db.execute(
        "CREATE INDEX request_suggestion_answers_item ON request_suggestion_answers (item_id, id)"
    )
    for trigger in append_only("request_suggestion_answers"):
        db.execute(trigger)
    db.execute(
        """
        CREATE TABLE request_minors (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            name       TEXT CHECK (name <> ''),
            marked_at  TEXT NOT NULL,
            marked_by  TEXT NOT NULL CHECK (marked_by <> ''),
            removed_at TEXT,
            removed_by TEXT,
            CHECK ((name IS NULL) = (removed_at IS NOT NULL)),
            CHECK ((removed_at IS NULL) = (removed_by IS NULL))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX request_minors_of ON request_minors (request_id, id)")
    db.execute(
        """
        CREATE TRIGGER request_minors_once BEFORE UPDATE ON request_minors
        WHEN OLD.removed_at IS NOT NULL OR NEW.name IS NOT NULL OR OLD.id IS NOT NEW.id
            OR OLD.request_id IS NOT NEW.request_id OR OLD.marked_at IS NOT NEW.marked_at
            OR OLD.marked_by IS NOT NEW.marked_by
        BEGIN SELECT RAISE(ABORT, 'a marked name is only ever taken out'); END
        """
    )
    db.execute(
        "CREATE TRIGGER request_minors_stay BEFORE DELETE ON request_minors "
        "BEGIN SELECT RAISE(ABORT, 'that a name was marked stays in the book'); END"
    )
