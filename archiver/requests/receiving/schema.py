"""The tables of this part of the request book in office.db."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

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


@MIGRATIONS()
def m002_scopes(db: Database) -> None:
    """How the city understands a request, in fields. Every wording stays; the last one stands."""
    db.execute(
        """
        CREATE TABLE request_scopes (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            accounts   TEXT NOT NULL CHECK (json_valid(accounts)),
            start_day  TEXT,
            end_day    TEXT,
            topics     TEXT NOT NULL CHECK (json_valid(topics)),
            kinds      TEXT NOT NULL CHECK (json_valid(kinds)),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            CHECK (start_day IS NULL OR end_day IS NULL OR start_day <= end_day)
        )
        """
    )
    db.execute("CREATE INDEX request_scopes_request ON request_scopes (request_id, id)")
    for trigger in append_only("request_scopes"):
        db.execute(trigger)


@MIGRATIONS()
def m003_relations_and_references(db: Database) -> None:
    """What a request has to do with others: ours, and those of other systems. A row that takes an
    earlier one back names it."""
    db.execute(
        """
        CREATE TABLE request_relations (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            other_id   INTEGER NOT NULL REFERENCES requests (id),
            kind       TEXT NOT NULL CHECK (kind IN ('related', 'duplicate of', 'follows')),
            takes_back INTEGER UNIQUE REFERENCES request_relations (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            CHECK (request_id <> other_id)
        )
        """
    )
    db.execute(
        """
        CREATE TABLE request_references (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            system     TEXT NOT NULL,
            number     TEXT NOT NULL CHECK (number <> ''),
            dated      TEXT,
            note       TEXT NOT NULL,
            takes_back INTEGER UNIQUE REFERENCES request_references (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX request_relations_request ON request_relations (request_id)")
    db.execute("CREATE INDEX request_relations_other ON request_relations (other_id)")
    db.execute("CREATE INDEX request_references_request ON request_references (request_id)")
    for table in ("request_relations", "request_references"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m004_files(db: Database) -> None:
    """Files that came with a request: what they are. The bytes lie in the home, by their hash."""
    db.execute(
        """
        CREATE TABLE request_files (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            kind       TEXT NOT NULL CHECK (kind IN (
                'attachment', 'e-mail', 'from another department'
            )),
            sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
            name       TEXT NOT NULL CHECK (name <> ''),
            media_type TEXT NOT NULL,
            size       INTEGER NOT NULL CHECK (size > 0),
            department TEXT NOT NULL,
            described  TEXT NOT NULL,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            CHECK ((kind = 'from another department') = (department <> ''))
        )
        """
    )
    db.execute("CREATE INDEX request_files_request ON request_files (request_id, id)")
    for trigger in append_only("request_files"):
        db.execute(trigger)


@MIGRATIONS()
def m005_candidates(db: Database) -> None:
    """Captured comments and messages that may be a request, a claim, a notice or a threat; and what
    a person said they are. Neither holds a word a resident wrote: only the list's own phrases."""
    db.execute(
        """
        CREATE TABLE intake_candidates (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id  INTEGER NOT NULL,
            version_id INTEGER NOT NULL,
            kinds      TEXT NOT NULL CHECK (json_valid(kinds)),
            phrases    TEXT NOT NULL CHECK (json_valid(phrases)),
            at         TEXT NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE intake_decisions (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            candidate_id INTEGER NOT NULL UNIQUE REFERENCES intake_candidates (id),
            outcome      TEXT NOT NULL CHECK (outcome IN (
                'records request', 'claim', 'legal notice', 'threat', 'none of these'
            )),
            request_id   INTEGER REFERENCES requests (id),
            hold_id      INTEGER REFERENCES holds (id),
            told         TEXT NOT NULL,
            note         TEXT NOT NULL,
            at           TEXT NOT NULL,
            actor        TEXT NOT NULL,
            CHECK ((outcome = 'records request') = (request_id IS NOT NULL))
        )
        """
    )
    db.execute(
        """
        CREATE TABLE intake_cursors (
            file       TEXT PRIMARY KEY,
            version_id INTEGER NOT NULL,
            patterns   TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE request_sources (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id  INTEGER NOT NULL,
            version_id INTEGER NOT NULL,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            UNIQUE (request_id, file, record_id)
        )
        """
    )
    db.execute("CREATE INDEX intake_candidates_record ON intake_candidates (file, record_id)")
    db.execute("CREATE INDEX request_sources_record ON request_sources (file, record_id)")
    for table in ("intake_candidates", "intake_decisions", "request_sources"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m006_decisions_taken_back(db: Database) -> None:
    """What a person said something noticed is can be taken back, and said anew: a decision is no
    longer the only one of its kind, but one that stands keeps out a second."""
    for statement in (
        """
        CREATE TABLE intake_decisions_made (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            candidate_id INTEGER NOT NULL REFERENCES intake_candidates (id),
            outcome      TEXT NOT NULL CHECK (outcome IN (
                'records request', 'claim', 'legal notice', 'threat', 'none of these'
            )),
            request_id   INTEGER REFERENCES requests (id),
            hold_id      INTEGER REFERENCES holds (id),
            told         TEXT NOT NULL,
            note         TEXT NOT NULL,
            at           TEXT NOT NULL,
            actor        TEXT NOT NULL,
            CHECK ((outcome = 'records request') = (request_id IS NOT NULL))
        )
        """,
        "INSERT INTO intake_decisions_made SELECT * FROM intake_decisions",
        "DROP TABLE intake_decisions",
        "ALTER TABLE intake_decisions_made RENAME TO intake_decisions",
        "CREATE INDEX intake_decisions_candidate ON intake_decisions (candidate_id, id)",
        """
        CREATE TABLE intake_decisions_taken_back (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            decision_id INTEGER NOT NULL UNIQUE REFERENCES intake_decisions (id),
            reason      TEXT NOT NULL CHECK (reason <> ''),
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL
        )
        """,
        """
        CREATE TRIGGER intake_decisions_one_stands BEFORE INSERT ON intake_decisions
        WHEN EXISTS (
            SELECT 1 FROM intake_decisions AS d WHERE d.candidate_id = NEW.candidate_id
                AND NOT EXISTS (
                    SELECT 1 FROM intake_decisions_taken_back WHERE decision_id = d.id
                )
        )
        BEGIN SELECT RAISE(ABORT, 'a decision about it stands'); END
        """,
        """
        CREATE TRIGGER intake_decisions_request_stays BEFORE INSERT ON intake_decisions_taken_back
        WHEN EXISTS (
            SELECT 1 FROM intake_decisions WHERE id = NEW.decision_id AND request_id IS NOT NULL
        )
        BEGIN SELECT RAISE(ABORT, 'a request was made of it'); END
        """,
        *append_only("intake_decisions"),
        *append_only("intake_decisions_taken_back"),
    ):
        db.execute(statement)
