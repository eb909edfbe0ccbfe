"""The tables of dispositions in office.db, as statements; `retention.schema` applies them."""

from __future__ import annotations

from archiver.register.schema import append_only

DISPOSITIONS: tuple[str, ...] = (
    """
    CREATE TABLE dispositions (
        id        INTEGER PRIMARY KEY,
        number    TEXT NOT NULL UNIQUE,
        kind      TEXT NOT NULL CHECK (kind IN ('disposition', 'removal')),
        year      INTEGER NOT NULL,
        sequence  INTEGER NOT NULL,
        route     TEXT NOT NULL,
        act       TEXT NOT NULL CHECK (act IN ('destroyed', 'transferred', 'removed')),
        schedule  TEXT NOT NULL,
        criteria  TEXT NOT NULL CHECK (json_valid(criteria)),
        note      TEXT NOT NULL,
        frozen_at TEXT NOT NULL,
        frozen_by TEXT NOT NULL CHECK (frozen_by <> ''),
        items     INTEGER NOT NULL CHECK (items > 0),
        digest    TEXT NOT NULL CHECK (length(digest) = 64),
        left_out  TEXT NOT NULL CHECK (json_valid(left_out)),
        UNIQUE (kind, year, sequence)
    ) STRICT
    """,
    *append_only("dispositions"),
    """
    CREATE TABLE disposition_items (
        batch_id     INTEGER NOT NULL,
        n            INTEGER NOT NULL,
        file         TEXT NOT NULL CHECK (file IN ('archive', 'private')),
        kind         TEXT NOT NULL CHECK (kind IN ('record', 'subscriber', 'original', 'unread')),
        ref          INTEGER NOT NULL,
        leaf         TEXT NOT NULL CHECK (length(leaf) = 64),
        versions     INTEGER NOT NULL,
        leaves       TEXT NOT NULL CHECK (length(leaves) = 64),
        account_id   INTEGER NOT NULL,
        series       TEXT,
        cutoff_on    TEXT,
        retain_until TEXT,
        rule         TEXT,
        outcome      TEXT,
        outcome_at   TEXT,
        reason       TEXT,
        PRIMARY KEY (batch_id, n),
        CHECK ((outcome IS NULL) = (outcome_at IS NULL))
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE UNIQUE INDEX disposition_items_open ON disposition_items (file, kind, ref)
    WHERE outcome IS NULL
    """,
    "CREATE INDEX disposition_items_of ON disposition_items (file, kind, ref)",
    """
    CREATE INDEX disposition_items_waiting ON disposition_items (batch_id, n)
    WHERE outcome IS NULL
    """,
    """
    CREATE TRIGGER disposition_items_frozen BEFORE INSERT ON disposition_items
    WHEN EXISTS (SELECT 1 FROM dispositions WHERE id = NEW.batch_id)
    BEGIN SELECT RAISE(ABORT, 'a frozen list does not grow'); END
    """,
    """
    CREATE TRIGGER disposition_items_stay BEFORE DELETE ON disposition_items
    BEGIN SELECT RAISE(ABORT, 'an item is kept with a reason, never deleted'); END
    """,
    """
    CREATE TRIGGER disposition_items_as_frozen BEFORE UPDATE ON disposition_items
    WHEN OLD.outcome IS NOT NULL OR NEW.outcome IS NULL
        OR OLD.batch_id IS NOT NEW.batch_id OR OLD.n IS NOT NEW.n OR OLD.file IS NOT NEW.file
        OR OLD.kind IS NOT NEW.kind OR OLD.ref IS NOT NEW.ref OR OLD.leaf IS NOT NEW.leaf
        OR OLD.versions IS NOT NEW.versions OR OLD.leaves IS NOT NEW.leaves
        OR OLD.account_id IS NOT NEW.account_id OR OLD.series IS NOT NEW.series
        OR OLD.cutoff_on IS NOT NEW.cutoff_on OR OLD.retain_until IS NOT NEW.retain_until
        OR OLD.rule IS NOT NEW.rule
    BEGIN SELECT RAISE(ABORT, 'an item stays as it was frozen; its outcome is written once'); END
    """,
    """
    CREATE TABLE disposition_events (
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        batch_id INTEGER NOT NULL REFERENCES dispositions (id),
        at       TEXT NOT NULL,
        actor    TEXT NOT NULL,
        what     TEXT NOT NULL,
        detail   TEXT NOT NULL CHECK (json_valid(detail))
    ) STRICT
    """,
    "CREATE INDEX disposition_events_of ON disposition_events (batch_id, id)",
    *append_only("disposition_events"),
    """
    CREATE TABLE disposition_approvals (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        batch_id    INTEGER NOT NULL REFERENCES dispositions (id),
        kind        TEXT NOT NULL,
        department  TEXT NOT NULL DEFAULT '',
        title       TEXT NOT NULL,
        number      TEXT NOT NULL,
        dated_on    TEXT NOT NULL,
        name        TEXT NOT NULL CHECK (name <> ''),
        position    TEXT NOT NULL CHECK (position <> ''),
        ayes        INTEGER,
        seats       INTEGER,
        document    TEXT,
        media_type  TEXT,
        recorded_at TEXT NOT NULL,
        recorded_by TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX disposition_approvals_of ON disposition_approvals (batch_id, id)",
    *append_only("disposition_approvals"),
    """
    CREATE TABLE disposition_withdrawals (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        approval_id  INTEGER NOT NULL UNIQUE REFERENCES disposition_approvals (id),
        reason       TEXT NOT NULL CHECK (reason <> ''),
        withdrawn_at TEXT NOT NULL,
        withdrawn_by TEXT NOT NULL
    ) STRICT
    """,
    *append_only("disposition_withdrawals"),
    """
    CREATE TABLE disposition_slices (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        batch_id    INTEGER NOT NULL REFERENCES dispositions (id),
        items       TEXT NOT NULL CHECK (json_valid(items)),
        intended_at TEXT NOT NULL,
        intended_by TEXT NOT NULL,
        done_at     TEXT
    ) STRICT
    """,
    "CREATE INDEX disposition_slices_open ON disposition_slices (batch_id) WHERE done_at IS NULL",
    """
    CREATE TRIGGER disposition_slices_done_once BEFORE UPDATE ON disposition_slices
    WHEN OLD.done_at IS NOT NULL OR NEW.done_at IS NULL OR OLD.items IS NOT NEW.items
        OR OLD.batch_id IS NOT NEW.batch_id OR OLD.id IS NOT NEW.id
    BEGIN SELECT RAISE(ABORT, 'an intent stays as it was written'); END
    """,
    *append_only("disposition_slices")[1:],
    """
    CREATE TABLE disposition_exchanges (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        batch_id    INTEGER NOT NULL REFERENCES dispositions (id),
        file        TEXT NOT NULL CHECK (file IN ('archive', 'private')),
        exchange_id INTEGER NOT NULL,
        listed      TEXT NOT NULL CHECK (json_valid(listed)),
        UNIQUE (batch_id, file, exchange_id)
    ) STRICT
    """,
    *append_only("disposition_exchanges"),
)
"""Every table that is append-only says so itself, by trigger."""
