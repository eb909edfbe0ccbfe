"""Redactions in office.db. A bar is never changed: it is added, given its grounds, taken off."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.redacting")

ITEM_BARS = """
    SELECT items.request_id, bars.item_id, sum(removals.id IS NULL),
        sum(removals.id IS NULL AND named = 0), sum(1 + named + (removals.id IS NOT NULL))
    FROM (
        SELECT id, item_id, (
            SELECT count(*) FROM redaction_groundings WHERE redaction_id = request_redactions.id
        ) AS named FROM request_redactions
    ) AS bars
    JOIN request_items AS items ON items.id = bars.item_id
    LEFT JOIN redaction_removals AS removals ON removals.redaction_id = bars.id
    GROUP BY items.request_id, bars.item_id
"""
"""What `item_bars` holds, worked out from the append-only tables."""


@MIGRATIONS()
def m001_redactions(db: Database) -> None:
    """Bars on items, the exemptions each rests on, and which were taken off again.

    A bar can be drawn before its exemption is named, and on one not attested yet: it is a draft
    then. Each naming of grounds is a row of its own and the last one stands.
    """
    db.execute(
        """
        CREATE TABLE request_redactions (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id    INTEGER NOT NULL REFERENCES request_items (id),
            field      TEXT NOT NULL CHECK (field <> ''),
            kind       TEXT NOT NULL CHECK (kind IN ('span', 'field', 'region', 'media')),
            start      INTEGER,
            "end"      INTEGER,
            x          REAL,
            y          REAL,
            w          REAL,
            h          REAL,
            note       TEXT CHECK (note <> ''),
            note_shown INTEGER NOT NULL CHECK (note_shown IN (0, 1)),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            CHECK ((kind = 'span') = (start IS NOT NULL AND "end" IS NOT NULL)),
            CHECK (kind <> 'span' OR (start >= 0 AND "end" > start)),
            CHECK ((kind = 'region')
                = (x IS NOT NULL AND y IS NOT NULL AND w IS NOT NULL AND h IS NOT NULL)),
            CHECK (kind <> 'region'
                OR (x >= 0 AND y >= 0 AND w > 0 AND h > 0 AND x <= 1 AND y <= 1
                    AND w <= 1 AND h <= 1))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX request_redactions_item ON request_redactions (item_id, id)")
    db.execute(
        """
        CREATE TABLE redaction_groundings (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            redaction_id INTEGER NOT NULL REFERENCES request_redactions (id),
            at           TEXT NOT NULL,
            actor        TEXT NOT NULL CHECK (actor <> '')
        ) STRICT
        """
    )
    db.execute("CREATE INDEX redaction_groundings_of ON redaction_groundings (redaction_id, id)")
    db.execute(
        """
        CREATE TABLE redaction_grounds (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            grounding_id    INTEGER NOT NULL REFERENCES redaction_groundings (id),
            section         TEXT NOT NULL,
            digest          TEXT NOT NULL,
            attestation_id  INTEGER REFERENCES attestations (id),
            balancing       TEXT,
            second_citation TEXT,
            review_on       TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX redaction_grounds_of ON redaction_grounds (grounding_id, id)")
    db.execute(
        """
        CREATE TABLE redaction_removals (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            redaction_id INTEGER NOT NULL UNIQUE REFERENCES request_redactions (id),
            at           TEXT NOT NULL,
            actor        TEXT NOT NULL CHECK (actor <> '')
        ) STRICT
        """
    )
    for table in (
        "request_redactions",
        "redaction_groundings",
        "redaction_grounds",
        "redaction_removals",
    ):
        for trigger in append_only(table):
            db.execute(trigger)
    db.execute(
        """
        CREATE TRIGGER redaction_removals_once BEFORE INSERT ON redaction_removals
        WHEN EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = NEW.redaction_id)
        BEGIN SELECT RAISE(ABORT, 'redaction_removals is append-only'); END
        """
    )


@MIGRATIONS()
def m002_releases(db: Database) -> None:
    """What each volume showed of which item, and under which bars: a later decision about the same
    record is held against it. Volumes made before this table stood covered nothing."""
    db.execute(
        """
        CREATE TABLE item_releases (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id    INTEGER NOT NULL REFERENCES request_items (id),
            volume     INTEGER NOT NULL,
            at         TEXT NOT NULL,
            UNIQUE (item_id, volume)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE item_release_bars (
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            release_id   INTEGER NOT NULL REFERENCES item_releases (id),
            redaction_id INTEGER NOT NULL REFERENCES request_redactions (id)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX item_release_bars_of ON item_release_bars (release_id)")
    if db["production_items"].exists():
        db.execute(
            """
            INSERT INTO item_releases (item_id, volume, at)
            SELECT item_id, volume, made_at FROM production_items
            JOIN productions ON productions.id = production_id
            WHERE outcome = 'released' ORDER BY production_items.id
            """
        )
    for table in ("item_releases", "item_release_bars"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m003_item_bars(db: Database) -> None:
    """How many bars stand on each item that ever had one, how many of them rest on no exemption,
    and how many steps were taken with them.

    Like `request_standing` it can be worked out from the append-only tables at any time (a test
    does) and is kept by triggers, whoever writes: what keeps a request of 20,000 items from being
    produced is then counted without reading every bar. The index finds each wording of an
    exemption that any bar rests on, once.
    """
    of_item = "request_id = {request} AND item_id = {item}"
    of_bar = of_item.format(
        request="(SELECT request_id FROM request_items WHERE id = (SELECT item_id "
        "FROM request_redactions WHERE id = NEW.redaction_id))",
        item="(SELECT item_id FROM request_redactions WHERE id = NEW.redaction_id)",
    )
    for statement in (
        """
        CREATE TABLE item_bars (
            request_id INTEGER NOT NULL,
            item_id    INTEGER NOT NULL,
            standing   INTEGER NOT NULL,
            bare       INTEGER NOT NULL,
            steps      INTEGER NOT NULL,
            PRIMARY KEY (request_id, item_id)
        ) WITHOUT ROWID
        """,
        f"INSERT INTO item_bars {ITEM_BARS}",
        """
        CREATE TRIGGER item_bars_drawn AFTER INSERT ON request_redactions BEGIN
            INSERT INTO item_bars
            SELECT request_id, id, 1, 1, 1 FROM request_items WHERE id = NEW.item_id
            ON CONFLICT (request_id, item_id) DO UPDATE
            SET standing = standing + 1, bare = bare + 1, steps = steps + 1;
        END
        """,
        f"""
        CREATE TRIGGER item_bars_grounded AFTER INSERT ON redaction_groundings BEGIN
            UPDATE item_bars SET steps = steps + 1, bare = bare - (
                NOT EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = NEW.redaction_id)
                AND NOT EXISTS (
                    SELECT 1 FROM redaction_groundings
                    WHERE redaction_id = NEW.redaction_id AND id <> NEW.id
                )
            )
            WHERE {of_bar};
        END
        """,
        f"""
        CREATE TRIGGER item_bars_taken_off AFTER INSERT ON redaction_removals BEGIN
            UPDATE item_bars SET steps = steps + 1, standing = standing - 1, bare = bare - (
                NOT EXISTS (
                    SELECT 1 FROM redaction_groundings WHERE redaction_id = NEW.redaction_id
                )
            )
            WHERE {of_bar};
        END
        """,
        "CREATE INDEX redaction_grounds_wording ON redaction_grounds (section, digest)",
    ):
        db.execute(statement)
