"""The tables of this part of the request book in office.db."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("requests.receiving")


@MIGRATIONS()
def m001_practice(db: Database) -> None:
    """A practice request is one from the first moment on. It counts downwards from -1, so that it
    never takes a number of the year."""
    db.execute(
        "ALTER TABLE requests ADD COLUMN practice INTEGER NOT NULL DEFAULT 0 "
        "CHECK (practice IN (0, 1) AND (practice = 1) = (sequence < 0))"
    )
    db.execute(
        "CREATE TRIGGER requests_practice BEFORE UPDATE ON requests "
        "WHEN OLD.practice IS NOT NEW.practice OR OLD.sequence IS NOT NEW.sequence "
        "BEGIN SELECT RAISE(ABORT, 'practice stays practice, and a request keeps its number'); END"
    )
