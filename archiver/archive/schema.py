"""The tables of archive.db and private.db: one schema, one file per access class (DESIGN §4, §6).

What has been evidence once is append-only by trigger: versions, leaves, events, metrics, exchanges,
originals, media, coverage, skipped, seals, tombstones and the audit take no update, and a delete
only where a tombstone for that very row stands in the same file. Runs and subscriber intervals are
closed once and never changed again.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.archive.dictionary import build_dictionary, store_dictionary
from archiver.archive.indexing import FTS_SCHEMA
from archiver.database import migrate

MIGRATIONS = Migrations("archive")

_TABLES = (
    """
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        platform TEXT NOT NULL,
        handle TEXT NOT NULL,
        display_name TEXT NOT NULL,
        department TEXT NOT NULL,
        division TEXT NOT NULL,
        native_id TEXT,
        account_class TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts,
        source TEXT NOT NULL,
        started_at TEXT NOT NULL,
        leaf INTEGER NOT NULL,
        finished_at TEXT,
        outcome TEXT CHECK (outcome IN ('complete', 'partial', 'failed', 'interrupted')),
        notes TEXT,
        end_leaf INTEGER
    ) STRICT
    """,
    "CREATE INDEX runs_open ON runs (account_id, source) WHERE outcome IS NULL",
    """
    CREATE TABLE coverage (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs,
        account_id INTEGER NOT NULL REFERENCES accounts,
        what TEXT NOT NULL,
        start_at TEXT,
        end_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('complete', 'partial', 'none')),
        reason TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX coverage_of ON coverage (account_id, what, end_at)",
    """
    CREATE TABLE exchanges (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs,
        access TEXT NOT NULL CHECK (access IN ('public', 'private')),
        warc TEXT NOT NULL,
        start INTEGER NOT NULL,
        length INTEGER NOT NULL,
        response_start INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        method TEXT,
        url TEXT,
        status INTEGER,
        requested_at TEXT NOT NULL,
        error TEXT,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX exchanges_in ON exchanges (warc, start)",
    """
    CREATE TABLE originals (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs,
        access TEXT NOT NULL CHECK (access IN ('public', 'private')),
        sha256 BLOB NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        extension TEXT NOT NULL,
        name TEXT,
        stored_at TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts,
        platform TEXT NOT NULL,
        kind TEXT NOT NULL,
        form TEXT NOT NULL,
        native_id TEXT NOT NULL,
        parent_id TEXT,
        root_id TEXT,
        author_id TEXT,
        author_handle TEXT,
        author_name TEXT,
        author_role TEXT NOT NULL,
        created_at TEXT NOT NULL,
        undated INTEGER NOT NULL,
        edited_at TEXT,
        text TEXT NOT NULL,
        language TEXT,
        url TEXT,
        visibility TEXT NOT NULL,
        content_state TEXT NOT NULL,
        presence TEXT NOT NULL,
        removed_at TEXT,
        removed_by TEXT,
        version_id INTEGER NOT NULL,
        version_count INTEGER NOT NULL,
        media_count INTEGER NOT NULL,
        metrics TEXT,
        stable BLOB NOT NULL,
        edit_id TEXT,
        first_seen_at TEXT NOT NULL,
        series TEXT,
        cutoff_on TEXT,
        retain_until TEXT,
        retention_rule TEXT
    ) STRICT
    """,
    "CREATE UNIQUE INDEX records_native ON records (account_id, kind, native_id)",
    "CREATE INDEX records_root ON records (root_id, account_id) WHERE root_id IS NOT NULL",
    "CREATE INDEX records_parent ON records (parent_id, account_id) WHERE parent_id IS NOT NULL",
    "CREATE INDEX records_unmarked ON records (id) WHERE retention_rule IS NULL",
    "CREATE INDEX records_due ON records (retain_until) WHERE retain_until IS NOT NULL",
    """
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY,
        record_id INTEGER NOT NULL,
        n INTEGER NOT NULL,
        run_id INTEGER NOT NULL REFERENCES runs,
        observed_at TEXT NOT NULL,
        late INTEGER NOT NULL,
        edit_id TEXT,
        edit_position INTEGER NOT NULL,
        exchange_id INTEGER,
        original_id INTEGER,
        stable BLOB NOT NULL,
        text TEXT NOT NULL,
        author TEXT NOT NULL,
        place TEXT NOT NULL,
        details TEXT NOT NULL,
        media TEXT NOT NULL,
        raw BLOB NOT NULL,
        dictionary_id INTEGER NOT NULL,
        salt BLOB NOT NULL CHECK (length(salt) = 32),
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX versions_of ON versions (record_id, n)",
    """
    CREATE TABLE leaves (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT
    """,
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        record_id INTEGER NOT NULL,
        run_id INTEGER REFERENCES runs,
        what TEXT NOT NULL,
        at TEXT NOT NULL,
        observed_at TEXT NOT NULL,
        detail TEXT NOT NULL,
        exchange_id INTEGER,
        original_id INTEGER,
        version_id INTEGER,
        salt BLOB NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX events_of ON events (record_id)",
    """
    CREATE TABLE media (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs,
        sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
        size INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE record_media (
        version_id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        record_id INTEGER NOT NULL,
        key TEXT NOT NULL,
        name TEXT,
        media_type TEXT,
        alt_text TEXT,
        url TEXT,
        available INTEGER NOT NULL,
        sha256 BLOB,
        PRIMARY KEY (version_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX record_media_bytes ON record_media (sha256) WHERE sha256 IS NOT NULL",
    """
    CREATE TABLE metrics (
        id INTEGER PRIMARY KEY,
        record_id INTEGER NOT NULL,
        run_id INTEGER NOT NULL REFERENCES runs,
        at TEXT NOT NULL,
        counters TEXT NOT NULL,
        salt BLOB NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX metrics_of ON metrics (record_id)",
    """
    CREATE TABLE subscribers (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts,
        relation TEXT NOT NULL,
        native_id TEXT NOT NULL,
        handle TEXT,
        display_name TEXT,
        url TEXT,
        from_at TEXT NOT NULL,
        from_known INTEGER NOT NULL,
        from_run INTEGER NOT NULL,
        salt BLOB NOT NULL,
        leaf INTEGER NOT NULL,
        to_at TEXT,
        to_run INTEGER,
        end_leaf INTEGER
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX subscribers_now ON subscribers (account_id, relation, native_id)
        WHERE to_at IS NULL
    """,
    """
    CREATE TABLE subscriber_counts (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs,
        account_id INTEGER NOT NULL REFERENCES accounts,
        relation TEXT NOT NULL,
        at TEXT NOT NULL,
        stated INTEGER,
        walked INTEGER NOT NULL,
        complete INTEGER NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE skipped (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs,
        account_id INTEGER NOT NULL REFERENCES accounts,
        member TEXT NOT NULL,
        position INTEGER,
        detail TEXT NOT NULL,
        failed INTEGER NOT NULL,
        raw BLOB,
        original_id INTEGER,
        exchange_id INTEGER,
        digest BLOB NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX skipped_once ON skipped (account_id, digest)",
    """
    CREATE TABLE tombstones (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        ref INTEGER NOT NULL,
        record_id INTEGER NOT NULL,
        leaf_seq INTEGER,
        leaf_hash BLOB,
        at TEXT NOT NULL,
        authority TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX tombstones_of ON tombstones (kind, ref)",
    """
    CREATE TABLE seals (
        n INTEGER PRIMARY KEY,
        sealed_at TEXT NOT NULL,
        public_first INTEGER NOT NULL,
        public_last INTEGER NOT NULL,
        private_first INTEGER NOT NULL,
        private_last INTEGER NOT NULL,
        root BLOB NOT NULL,
        previous BLOB NOT NULL,
        key TEXT NOT NULL,
        signature BLOB NOT NULL,
        timestamp_token BLOB
    ) STRICT
    """,
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE cursors (
        account_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (account_id, name)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE observed (
        account_id INTEGER NOT NULL,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (account_id, kind)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE dictionaries (
        id INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT
    """,
)

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


def _guards() -> list[str]:
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


@MIGRATIONS()
def m001_evidence(db: Database) -> None:
    """The evidence tables, their guards, the search index and the compression dictionary."""
    for statement in (*_TABLES, *_guards(), *FTS_SCHEMA):
        db.conn.execute(statement)
    store_dictionary(db.conn, build_dictionary())


@MIGRATIONS()
def m002_tombstones_say_why(db: Database) -> None:
    """What a tombstone says beside the leaf: `detail` is JSON (series, dates, batch), `identity` a
    keyed digest of a record's native id, by which a capture knows what was destroyed."""
    db.conn.execute("ALTER TABLE tombstones ADD COLUMN detail TEXT")
    db.conn.execute("ALTER TABLE tombstones ADD COLUMN identity BLOB")
    db.conn.execute(
        "CREATE INDEX tombstones_identity ON tombstones (identity) WHERE identity IS NOT NULL"
    )


_M010 = (
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


@MIGRATIONS()
def m010_destroying(db: Database) -> None:
    """What a destruction needs: a salt for media and for what could not be read (their leaves
    outlive them), what was met again after it, what is still to be done on the disk, and how its
    places and citations are found.

    `unfinished` is a list of work, not evidence: a row stands from the commit that destroys until
    the bytes are gone too.
    """
    for statement in _M010:
        db.conn.execute(statement)


_RETENTION_CHANGES = (
    """
    CREATE TABLE retention_changes (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        cause TEXT NOT NULL,
        until_from TEXT,
        until_to TEXT,
        series_from TEXT,
        series_to TEXT,
        rule_from TEXT,
        rule TEXT NOT NULL,
        records INTEGER NOT NULL CHECK (records > 0),
        members BLOB NOT NULL CHECK (length(members) = 32),
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE retention_moved (
        record_id INTEGER NOT NULL,
        change_id INTEGER NOT NULL,
        PRIMARY KEY (record_id, change_id)
    ) STRICT, WITHOUT ROWID
    """,
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("retention_changes", "retention_moved")
        for name, act in (("keep", "UPDATE"), ("stay", "DELETE"))
    ),
    "DROP INDEX records_due",
    "CREATE INDEX records_due ON records (retain_until, retention_rule)",
)


@MIGRATIONS()
def m015_retention_changes(db: Database) -> None:
    """Days that moved for many records at once: `members` is the digest of the ids of the `records`
    that `retention_moved` lists (they stay listed when they are destroyed). The index of days
    answers by rule too, so that a report reads no record."""
    for statement in _RETENTION_CHANGES:
        db.conn.execute(statement)


@MIGRATIONS()
def m016_audit_by_time(db: Database) -> None:
    """The audits of all files are read together, by time."""
    db.conn.execute("CREATE INDEX audit_at ON audit (at, id)")


_M020 = (
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


@MIGRATIONS()
def m020_withdrawing(db: Database) -> None:
    """What withdrawing an import needs: its trace (`withdrawals`, one row for each run withdrawn),
    what had been observed of the account before an import began (`observed_before`: kind to time),
    and guards that let a statement of coverage, a count of people or a resighting go with its
    tombstone, and an interval stand open again where a tombstone says that its closing is undone.
    """
    for statement in _M020:
        db.conn.execute(statement)


_PAIRS = (
    """
    CREATE TABLE pair_decisions (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        what TEXT NOT NULL CHECK (
            what IN ('confirmed', 'rejected', 'taken apart', 'rejection taken back')),
        derived_id INTEGER NOT NULL,
        other_id INTEGER NOT NULL,
        strength TEXT NOT NULL,
        ground TEXT NOT NULL,
        reason TEXT NOT NULL,
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX pair_decisions_of ON pair_decisions (derived_id, other_id)",
    "CREATE INDEX pair_decisions_other ON pair_decisions (other_id)",
    """
    CREATE TABLE pair_proposals (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL REFERENCES accounts,
        run_id INTEGER NOT NULL REFERENCES runs,
        kind TEXT NOT NULL,
        derived_id INTEGER NOT NULL,
        other_id INTEGER NOT NULL,
        strength TEXT NOT NULL CHECK (strength IN ('strong', 'good', 'weak')),
        ground TEXT NOT NULL,
        rivals INTEGER NOT NULL,
        proposed_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'rejected')),
        UNIQUE (derived_id, other_id)
    ) STRICT
    """,
    "CREATE INDEX pair_proposals_open ON pair_proposals (state, account_id, strength, id)",
    "CREATE INDEX pair_proposals_other ON pair_proposals (other_id)",
    """
    CREATE TABLE pairs (
        derived_id INTEGER PRIMARY KEY,
        other_id INTEGER NOT NULL,
        kept_id INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX pairs_of ON pairs (kept_id)",
    """
    CREATE TABLE reconciliations (
        run_id INTEGER NOT NULL REFERENCES runs,
        account_id INTEGER NOT NULL REFERENCES accounts,
        kind TEXT NOT NULL,
        start_at TEXT,
        end_at TEXT NOT NULL,
        counts TEXT NOT NULL,
        PRIMARY KEY (run_id, kind)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE reconciled (
        run_id INTEGER NOT NULL,
        kind TEXT NOT NULL,
        side TEXT NOT NULL CHECK (side IN ('download', 'interface', 'both')),
        record_id INTEGER NOT NULL,
        differs TEXT NOT NULL,
        PRIMARY KEY (run_id, kind, side, record_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX reconciled_of ON reconciled (record_id)",
    *(
        f"CREATE TRIGGER pair_decisions_{name} BEFORE {act} ON pair_decisions"
        " BEGIN SELECT RAISE(ABORT, 'pair_decisions is append-only'); END"
        for name, act in (("keep", "UPDATE"), ("stay", "DELETE"))
    ),
)


@MIGRATIONS()
def m021_pairs(db: Database) -> None:
    """Records that may be one: what people decided about it (sealed, kept for ever), what is
    proposed, which record counts under which other (`pairs`, that follows from the decisions), and
    what an import found on each side."""
    for statement in _PAIRS:
        db.conn.execute(statement)


def migrate_archive(connection: sqlite3.Connection) -> None:
    """Bring one evidence file up to the present schema."""
    migrate(connection, MIGRATIONS)
