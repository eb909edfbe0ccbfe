"""The tables and guards a destruction needs."""

from __future__ import annotations

DESTROYING = (
    "ALTER TABLE media ADD COLUMN salt BLOB",
    "ALTER TABLE skipped ADD COLUMN salt BLOB",
    """
    CREATE TABLE resightings (
        id INTEGER PRIMARY KEY,
        tombstone_id INTEGER NOT NULL UNIQUE REFERENCES tombstones,
        run_id INTEGER NOT NULL REFERENCES runs,
        at TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER resightings_keep BEFORE UPDATE ON resightings
    BEGIN SELECT RAISE(ABORT, 'resightings is append-only'); END
    """,
    """
    CREATE TRIGGER resightings_stay BEFORE DELETE ON resightings
    BEGIN SELECT RAISE(ABORT, 'resightings: no row goes without its tombstone'); END
    """,
    """
    CREATE TABLE unfinished (
        id INTEGER PRIMARY KEY,
        what TEXT NOT NULL CHECK (what IN ('exchange', 'media', 'original', 'cursors', 'scrub')),
        tombstone_id INTEGER,
        name TEXT NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX unfinished_once ON unfinished (what, name)",
    """
    CREATE INDEX tombstones_batch ON tombstones (json_extract(detail, '$.batch'))
        WHERE detail IS NOT NULL
    """,
    """
    CREATE INDEX tombstones_warc ON tombstones (json_extract(detail, '$.warc'))
        WHERE kind = 'exchange'
    """,
    "CREATE INDEX versions_exchange ON versions (exchange_id) WHERE exchange_id IS NOT NULL",
    "CREATE INDEX events_exchange ON events (exchange_id) WHERE exchange_id IS NOT NULL",
    """
    CREATE INDEX events_media ON events (json_extract(detail, '$.sha256'))
        WHERE what = 'media received'
    """,
)
