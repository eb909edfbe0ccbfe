"""The tables of records that may be one, and of what an import was compared with."""

from __future__ import annotations

PAIRS = (
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
