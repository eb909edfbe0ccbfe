"""The tables of this part of the request book in office.db. All of them are append-only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.custodians")


@MIGRATIONS()
def m001_asks_and_answers(db: Database) -> None:
    """Who was asked for what, what was done about it, and what they declared.

    An ask is never changed: sending, reminding and withdrawing are steps. An answer is frozen with
    the words that were declared true; a further one stands beside it.
    """
    for statement in (
        """
        CREATE TABLE custodian_asks (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            account_id INTEGER NOT NULL REFERENCES register_accounts (id),
            name       TEXT NOT NULL CHECK (name <> ''),
            title      TEXT NOT NULL,
            department TEXT NOT NULL CHECK (department <> ''),
            email      TEXT NOT NULL,
            login      TEXT,
            scope      TEXT NOT NULL CHECK (scope <> ''),
            accounts   TEXT NOT NULL,
            devices    TEXT NOT NULL,
            start_day  TEXT,
            end_day    TEXT,
            due_on     TEXT NOT NULL,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            CHECK (start_day IS NULL OR end_day IS NULL OR start_day <= end_day)
        )
        """,
        "CREATE INDEX custodian_asks_request ON custodian_asks (request_id, id)",
        "CREATE INDEX custodian_asks_login ON custodian_asks (login) WHERE login IS NOT NULL",
        """
        CREATE TABLE custodian_steps (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            ask_id  INTEGER NOT NULL REFERENCES custodian_asks (id),
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL CHECK (actor <> ''),
            what    TEXT NOT NULL CHECK (what IN (
                'begun', 'sent', 'failed', 'unclear', 'reminded', 'withdrawn', 'facts shown',
                'facts kept back'
            )),
            note    TEXT NOT NULL,
            CHECK (what <> 'withdrawn' OR note <> '')
        )
        """,
        "CREATE INDEX custodian_steps_ask ON custodian_steps (ask_id, id)",
        """
        CREATE UNIQUE INDEX custodian_withdrawn_once ON custodian_steps (ask_id)
            WHERE what = 'withdrawn'
        """,
        """
        CREATE TABLE custodian_answers (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            ask_id        INTEGER NOT NULL REFERENCES custodian_asks (id),
            at            TEXT NOT NULL,
            actor         TEXT NOT NULL CHECK (actor <> ''),
            on_behalf     INTEGER NOT NULL CHECK (on_behalf IN (0, 1)),
            how           TEXT NOT NULL,
            accounts      TEXT NOT NULL,
            devices       TEXT NOT NULL,
            terms         TEXT NOT NULL,
            start_day     TEXT,
            end_day       TEXT,
            outcome       TEXT NOT NULL CHECK (outcome IN ('nothing', 'returned')),
            kept_back     TEXT NOT NULL,
            facts         TEXT NOT NULL,
            declared_name TEXT NOT NULL CHECK (declared_name <> ''),
            declared_on   TEXT NOT NULL,
            files         TEXT NOT NULL CHECK (json_valid(files)),
            text          TEXT NOT NULL CHECK (text <> ''),
            sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
            UNIQUE (ask_id, sha256),
            CHECK (on_behalf = 0 OR how <> ''),
            CHECK ((kept_back = '') = (facts = ''))
        )
        """,
        *append_only("custodian_asks"),
        *append_only("custodian_steps"),
        *append_only("custodian_answers"),
    ):
        db.execute(statement)


@MIGRATIONS()
def m002_handed_in(db: Database) -> None:
    """Files that were handed in, which of them became records, and which of those repeat others.

    A file with no row in `handed_in_taken` waits to be taken into the archive.
    """
    for statement in (
        """
        CREATE TABLE handed_in_files (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            account_id INTEGER NOT NULL REFERENCES register_accounts (id),
            ask_id     INTEGER REFERENCES custodian_asks (id),
            answer_id  INTEGER REFERENCES custodian_answers (id),
            own_id     INTEGER UNIQUE REFERENCES request_files (id),
            sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
            name       TEXT NOT NULL CHECK (name <> ''),
            media_type TEXT NOT NULL,
            size       INTEGER NOT NULL CHECK (size > 0),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            UNIQUE (answer_id, sha256),
            CHECK ((answer_id IS NULL) = (ask_id IS NULL)),
            CHECK ((answer_id IS NULL) <> (own_id IS NULL))
        )
        """,
        "CREATE INDEX handed_in_files_request ON handed_in_files (request_id, id)",
        "CREATE INDEX handed_in_files_bytes ON handed_in_files (sha256)",
        """
        CREATE TABLE handed_in_taken (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            file_id INTEGER NOT NULL UNIQUE REFERENCES handed_in_files (id),
            at      TEXT NOT NULL,
            records INTEGER NOT NULL CHECK (records >= 0),
            notices TEXT NOT NULL CHECK (json_valid(notices))
        )
        """,
        """
        CREATE TABLE handed_in_records (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            file_id    INTEGER NOT NULL REFERENCES handed_in_files (id),
            part       INTEGER NOT NULL,
            record_id  INTEGER NOT NULL,
            message_id TEXT,
            UNIQUE (file_id, part)
        )
        """,
        "CREATE INDEX handed_in_records_record ON handed_in_records (record_id)",
        """
        CREATE INDEX handed_in_records_message ON handed_in_records (message_id)
            WHERE message_id IS NOT NULL
        """,
        """
        CREATE TABLE handed_in_repeats (
            id        INTEGER PRIMARY KEY AUTOINCREMENT,
            made_id   INTEGER NOT NULL REFERENCES handed_in_records (id),
            file      TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id INTEGER NOT NULL,
            why       TEXT NOT NULL CHECK (why IN (
                'same bytes', 'same message', 'same words, author and time'
            )),
            UNIQUE (made_id, file, record_id)
        )
        """,
        *append_only("handed_in_files"),
        *append_only("handed_in_taken"),
        *append_only("handed_in_records"),
        *append_only("handed_in_repeats"),
    ):
        db.execute(statement)


@MIGRATIONS()
def m003_reminders(db: Database) -> None:
    """Which nightly reminder of an ask went out, so that none goes twice."""
    db.execute(
        """
        CREATE TABLE custodian_reminders (
            id        INTEGER PRIMARY KEY AUTOINCREMENT,
            ask_id    INTEGER NOT NULL REFERENCES custodian_asks (id),
            at        TEXT NOT NULL,
            threshold INTEGER NOT NULL,
            UNIQUE (ask_id, threshold)
        )
        """
    )
    for trigger in append_only("custodian_reminders"):
        db.execute(trigger)


@MIGRATIONS()
def m004_asks_for_holds_and_files_without_a_request(db: Database) -> None:
    """A custodian is asked for a request or for a hold, and hands in for either of them, or with no
    ask at all (a forward).

    Constraints are taken back in the schema's own text, as SQLite's documentation of ALTER TABLE
    (section 7) describes for what leaves the rows as they are: the tables are append-only, and so
    are those that name them.
    """
    _rewrite(db, "custodian_asks", (("request_id INTEGER NOT NULL", "request_id INTEGER"),))
    _rewrite(
        db,
        "handed_in_files",
        (
            ("request_id INTEGER NOT NULL", "request_id INTEGER"),
            (
                "CHECK ((answer_id IS NULL) <> (own_id IS NULL))",
                "CHECK (own_id IS NULL OR answer_id IS NULL)",
            ),
        ),
    )
    one_cause = "CHECK ((request_id IS NULL) + (hold_id IS NULL) = 1)"
    db.execute(
        f"ALTER TABLE custodian_asks ADD COLUMN hold_id INTEGER REFERENCES holds (id) {one_cause}"
    )
    db.execute("ALTER TABLE handed_in_files ADD COLUMN hold_id INTEGER REFERENCES holds (id)")
    db.execute(
        "ALTER TABLE handed_in_files ADD COLUMN forward_id INTEGER REFERENCES forwards (id) CHECK ("
        "(request_id IS NULL) + (hold_id IS NULL) + (forward_id IS NULL) = 2 "
        "AND (answer_id IS NULL) + (own_id IS NULL) + (forward_id IS NULL) = 2)"
    )
    db.execute("CREATE INDEX custodian_asks_hold ON custodian_asks (hold_id, id)")
    db.execute("CREATE INDEX handed_in_files_hold ON handed_in_files (hold_id, id)")
    db.execute(
        "CREATE UNIQUE INDEX handed_in_files_forward ON handed_in_files (forward_id, sha256) "
        "WHERE forward_id IS NOT NULL"
    )


def _rewrite(db: Database, table: str, changes: tuple[tuple[str, str], ...]) -> None:
    """Change words of a table's definition that say nothing about how its rows lie on the disk."""
    [(sql,)] = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchall()
    for before, after in changes:
        assert before in sql, f"{table}: {before}"
        sql = sql.replace(before, after)
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (sql, table))
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.execute("PRAGMA writable_schema = OFF")
