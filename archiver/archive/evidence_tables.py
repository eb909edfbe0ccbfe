"""The first tables of an evidence file: what is captured, its proof, and the record of the work."""

from __future__ import annotations

TABLES = (
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
