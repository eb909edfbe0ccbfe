"""The letters' tables in office.db: what was written, and how and when it went out. Append-only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.letters")


@MIGRATIONS()
def m001_letters(db: Database) -> None:
    """Letters as frozen, in the template's attested wording; a correction is a further letter.

    A sending has its steps in rows: asked for, begun, then sent, failed or unclear. What goes by
    other ways than the city's mail server is written down as sent at once.
    """
    db.execute(
        """
        CREATE TABLE request_letters (
            id               INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id       INTEGER NOT NULL REFERENCES requests (id),
            kind             TEXT NOT NULL CHECK (kind <> ''),
            language         TEXT NOT NULL CHECK (language <> ''),
            at               TEXT NOT NULL,
            actor            TEXT NOT NULL CHECK (actor <> ''),
            subject          TEXT NOT NULL CHECK (subject <> ''),
            text             TEXT NOT NULL CHECK (text <> ''),
            sha256           TEXT NOT NULL CHECK (length(sha256) = 64),
            template_sha256  TEXT NOT NULL CHECK (length(template_sha256) = 64),
            attestation_id   INTEGER NOT NULL REFERENCES attestations (id),
            face             TEXT NOT NULL CHECK (json_valid(face)),
            data             TEXT NOT NULL CHECK (json_valid(data)),
            supersedes       INTEGER UNIQUE REFERENCES request_letters (id),
            supersede_reason TEXT CHECK (supersede_reason <> ''),
            CHECK ((supersedes IS NULL) = (supersede_reason IS NULL))
        )
        """
    )
    db.execute("CREATE INDEX request_letters_request ON request_letters (request_id, id)")
    db.execute(
        """
        CREATE TABLE letter_sendings (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            letter_id  INTEGER NOT NULL REFERENCES request_letters (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            step       TEXT NOT NULL
                CHECK (step IN ('asked', 'begun', 'sent', 'failed', 'unclear')),
            how        TEXT NOT NULL CHECK (how IN ('e-mail', 'mail', 'counter', 'other system')),
            sent_at    TEXT,
            address    TEXT,
            message_id TEXT,
            sha256     TEXT CHECK (length(sha256) = 64),
            note       TEXT,
            CHECK ((step = 'sent') = (sent_at IS NOT NULL))
        )
        """
    )
    db.execute("CREATE INDEX letter_sendings_letter ON letter_sendings (letter_id, id)")
    for table in ("request_letters", "letter_sendings"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m002_kept_drafts(db: Database) -> None:
    """What a clerk is typing: one draft for each kind of letter of a request, written over as it
    grows and gone when the letter is frozen. It is no evidence. Its id is new with each keeping and
    tells whoever comes second that somebody else was there."""
    db.execute(
        """
        CREATE TABLE letter_drafts (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            kind       TEXT NOT NULL CHECK (kind <> ''),
            typed      TEXT NOT NULL CHECK (json_valid(typed)),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            UNIQUE (request_id, kind)
        )
        """
    )
