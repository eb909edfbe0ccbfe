"""The tables of what officials forward, in office.db. All of them are append-only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.forwards")


@MIGRATIONS()
def m001_forwards(db: Database) -> None:
    """Who forwarded what, what they stated about it, and what was done to acknowledge it; and whose
    messages the mailbox takes in."""
    for statement in (
        """
        CREATE TABLE forwards (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id INTEGER NOT NULL REFERENCES register_accounts (id),
            name       TEXT NOT NULL CHECK (name <> ''),
            title      TEXT NOT NULL,
            department TEXT NOT NULL CHECK (department <> ''),
            email      TEXT NOT NULL,
            login      TEXT,
            way        TEXT NOT NULL CHECK (way IN ('desk', 'command', 'mailbox')),
            sent_at    TEXT NOT NULL,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            digest     TEXT NOT NULL UNIQUE CHECK (length(digest) = 64)
        )
        """,
        "CREATE INDEX forwards_login ON forwards (login, id) WHERE login IS NOT NULL",
        """
        CREATE TABLE forward_statements (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            forward_id    INTEGER NOT NULL REFERENCES forwards (id),
            at            TEXT NOT NULL,
            actor         TEXT NOT NULL CHECK (actor <> ''),
            how           TEXT NOT NULL,
            source        TEXT NOT NULL CHECK (source <> ''),
            received      TEXT NOT NULL CHECK (received <> ''),
            sender        TEXT NOT NULL,
            searched      TEXT NOT NULL,
            kept_back     TEXT NOT NULL,
            facts         TEXT NOT NULL,
            remark        TEXT NOT NULL,
            stated_by     TEXT NOT NULL CHECK (stated_by <> ''),
            stated_on     TEXT NOT NULL,
            wording       TEXT NOT NULL CHECK (length(wording) = 64),
            text          TEXT NOT NULL CHECK (text <> ''),
            sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
            UNIQUE (forward_id, sha256),
            CHECK ((kept_back = '') = (facts = ''))
        )
        """,
        "CREATE INDEX forward_statements_of ON forward_statements (forward_id, id)",
        """
        CREATE TABLE forward_steps (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            forward_id INTEGER NOT NULL REFERENCES forwards (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            what       TEXT NOT NULL CHECK (what IN (
                'begun', 'acknowledged', 'failed', 'unclear'
            )),
            note       TEXT NOT NULL
        )
        """,
        "CREATE INDEX forward_steps_of ON forward_steps (forward_id, id)",
        """
        CREATE TABLE forwarding_officials (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            address    TEXT NOT NULL CHECK (address <> ''),
            name       TEXT NOT NULL CHECK (name <> ''),
            title      TEXT NOT NULL,
            department TEXT NOT NULL CHECK (department <> ''),
            login      TEXT,
            ended      INTEGER NOT NULL CHECK (ended IN (0, 1)),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> '')
        )
        """,
        "CREATE INDEX forwarding_officials_address ON forwarding_officials (address, id)",
        *append_only("forwards"),
        *append_only("forward_statements"),
        *append_only("forward_steps"),
        *append_only("forwarding_officials"),
    ):
        db.execute(statement)
