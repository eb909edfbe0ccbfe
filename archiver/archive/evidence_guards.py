"""The triggers that keep evidence as it was written."""

from __future__ import annotations

APPEND_ONLY = {
    "versions": "version",
    "leaves": None,
    "events": "event",
    "metrics": "metrics",
    "exchanges": "exchange",
    "originals": "original",
    "media": "media",
    "coverage": None,
    "skipped": "skipped",
    "subscriber_counts": None,
    "tombstones": None,
    "seals": None,
    "audit": None,
    "dictionaries": None,
}
"""Tables that take no update, with the kind of tombstone that allows a delete (None: never)."""

_SEALED_COLUMNS = (
    "n, sealed_at, public_first, public_last, private_first, private_last, root, previous, key,"
    " signature"
)
"""A time-stamp authority answers after the seal is signed: its token alone comes later."""


def guards() -> list[str]:
    """The triggers that keep evidence as it is."""
    guards = []
    for table, kind in APPEND_ONLY.items():
        columns = f" OF {_SEALED_COLUMNS}" if table == "seals" else ""
        guards.append(
            f"CREATE TRIGGER {table}_keep BEFORE UPDATE{columns} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        allowed = (
            f" WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = '{kind}' AND ref = OLD.id)"
            if kind
            else ""
        )
        guards.append(
            f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table}{allowed}"
            f" BEGIN SELECT RAISE(ABORT, '{table}: no row goes without its tombstone'); END"
        )
    guards += [
        """
        CREATE TRIGGER seals_stamp BEFORE UPDATE OF timestamp_token ON seals
        WHEN OLD.timestamp_token IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'seals: a time stamp is set once'); END
        """,
        """
        CREATE TRIGGER records_stay BEFORE DELETE ON records
        WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'record' AND ref = OLD.id)
        BEGIN SELECT RAISE(ABORT, 'records: no row goes without its tombstone'); END
        """,
        """
        CREATE TRIGGER record_media_stay BEFORE DELETE ON record_media
        WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'version' AND ref = OLD.version_id)
        BEGIN SELECT RAISE(ABORT, 'record_media: no row goes without its tombstone'); END
        """,
        """
        CREATE TRIGGER record_media_keep BEFORE UPDATE ON record_media
        BEGIN SELECT RAISE(ABORT, 'record_media is append-only'); END
        """,
        """
        CREATE TRIGGER records_id BEFORE UPDATE OF id ON records
        BEGIN SELECT RAISE(ABORT, 'an id never changes'); END
        """,
        """
        CREATE TRIGGER runs_keep BEFORE UPDATE ON runs
        WHEN OLD.end_leaf IS NOT NULL OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
            OR NEW.source <> OLD.source OR NEW.started_at <> OLD.started_at OR NEW.leaf <> OLD.leaf
        BEGIN SELECT RAISE(ABORT, 'a run is closed once and otherwise kept'); END
        """,
        """
        CREATE TRIGGER runs_stay BEFORE DELETE ON runs
        BEGIN SELECT RAISE(ABORT, 'a run is never deleted'); END
        """,
        """
        CREATE TRIGGER subscribers_keep BEFORE UPDATE ON subscribers
        WHEN OLD.end_leaf IS NOT NULL OR NEW.id <> OLD.id OR NEW.native_id <> OLD.native_id
            OR NEW.relation <> OLD.relation OR NEW.from_at <> OLD.from_at OR NEW.leaf <> OLD.leaf
        BEGIN SELECT RAISE(ABORT, 'an interval is closed once and otherwise kept'); END
        """,
        """
        CREATE TRIGGER subscribers_stay BEFORE DELETE ON subscribers
        WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'subscriber' AND ref = OLD.id)
        BEGIN SELECT RAISE(ABORT, 'subscribers: no row goes without its tombstone'); END
        """,
    ]
    return guards
