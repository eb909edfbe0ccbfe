"""The tables and guards the withdrawal of an import needs."""

from __future__ import annotations

WITHDRAWING = (
    """
    CREATE TABLE withdrawals (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL UNIQUE REFERENCES runs,
        at TEXT NOT NULL,
        actor TEXT NOT NULL CHECK (actor <> ''),
        reason TEXT NOT NULL CHECK (reason <> ''),
        detail TEXT NOT NULL CHECK (json_valid(detail)),
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER withdrawals_keep BEFORE UPDATE ON withdrawals
    BEGIN SELECT RAISE(ABORT, 'withdrawals is append-only'); END
    """,
    """
    CREATE TRIGGER withdrawals_stay BEFORE DELETE ON withdrawals
    BEGIN SELECT RAISE(ABORT, 'a withdrawal is never deleted'); END
    """,
    """
    CREATE TABLE observed_before (
        run_id INTEGER PRIMARY KEY REFERENCES runs,
        kinds TEXT NOT NULL CHECK (json_valid(kinds))
    ) STRICT
    """,
    *(
        statement
        for table, kind in (
            ("coverage", "coverage"),
            ("subscriber_counts", "subscriber count"),
            ("resightings", "resighting"),
        )
        for statement in (
            f"DROP TRIGGER {table}_stay",
            f"""
            CREATE TRIGGER {table}_stay BEFORE DELETE ON {table}
            WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = '{kind}' AND ref = OLD.id)
            BEGIN SELECT RAISE(ABORT, '{table}: no row goes without its tombstone'); END
            """,
        )
    ),
    "DROP TRIGGER subscribers_keep",
    """
    CREATE TRIGGER subscribers_keep BEFORE UPDATE ON subscribers
    WHEN NEW.id <> OLD.id OR NEW.native_id <> OLD.native_id OR NEW.relation <> OLD.relation
        OR NEW.from_at <> OLD.from_at OR NEW.leaf <> OLD.leaf
        OR (OLD.end_leaf IS NOT NULL AND NOT (
            NEW.to_at IS NULL AND NEW.to_run IS NULL AND NEW.end_leaf IS NULL
            AND EXISTS (SELECT 1 FROM tombstones WHERE kind = 'closing' AND ref = OLD.end_leaf)))
    BEGIN SELECT RAISE(ABORT, 'an interval is closed once and otherwise kept'); END
    """,
)
