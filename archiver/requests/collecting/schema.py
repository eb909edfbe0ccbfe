"""The tables of this part of the request book in office.db."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.collecting")


@MIGRATIONS()
def m001_standing(db: Database) -> None:
    """Additions and what was taken out again, and the standing decision of each item.

    `request_standing` can be worked out from the append-only tables at any time (a test does): it
    is kept by triggers, whoever writes, so that a page of 20,000 items costs what it shows. Items
    taken out have no row in it.
    """
    for statement in (
        """
        CREATE TABLE request_additions (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            first_item INTEGER NOT NULL,
            last_item  INTEGER NOT NULL,
            detail     TEXT NOT NULL CHECK (json_valid(detail))
        )
        """,
        "CREATE INDEX request_additions_request ON request_additions (request_id, id)",
        """
        CREATE TABLE request_item_moves (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id     INTEGER NOT NULL REFERENCES request_items (id),
            addition_id INTEGER NOT NULL REFERENCES request_additions (id),
            what        TEXT NOT NULL CHECK (what IN ('taken out', 'put back')),
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL,
            reason      TEXT NOT NULL
        )
        """,
        "CREATE INDEX request_item_moves_item ON request_item_moves (item_id, id)",
        "CREATE INDEX request_item_moves_addition ON request_item_moves (addition_id)",
        *append_only("request_additions"),
        *append_only("request_item_moves"),
        """
        CREATE TABLE request_standing (
            request_id  INTEGER NOT NULL,
            item_id     INTEGER NOT NULL,
            file        TEXT NOT NULL,
            decision_id INTEGER NOT NULL,
            choice      TEXT NOT NULL,
            PRIMARY KEY (request_id, item_id)
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO request_standing
        SELECT items.request_id, items.id, items.file,
            coalesce(decisions.id, 0), coalesce(decisions.decision, 'undecided')
        FROM request_items AS items LEFT JOIN request_decisions AS decisions
            ON decisions.id = (SELECT max(id) FROM request_decisions WHERE item_id = items.id)
        """,
        """
        CREATE TRIGGER request_standing_collected AFTER INSERT ON request_items BEGIN
            INSERT INTO request_standing VALUES (NEW.request_id, NEW.id, NEW.file, 0, 'undecided');
        END
        """,
        """
        CREATE TRIGGER request_standing_decided AFTER INSERT ON request_decisions BEGIN
            UPDATE request_standing SET decision_id = NEW.id, choice = NEW.decision
            WHERE request_id = (SELECT request_id FROM request_items WHERE id = NEW.item_id)
                AND item_id = NEW.item_id;
        END
        """,
        """
        CREATE TRIGGER request_item_moves_undecided BEFORE INSERT ON request_item_moves
        WHEN NEW.what = 'taken out' AND NOT EXISTS (
            SELECT 1 FROM request_standing WHERE item_id = NEW.item_id AND choice = 'undecided'
                AND request_id = (SELECT request_id FROM request_items WHERE id = NEW.item_id)
        )
        BEGIN SELECT RAISE(ABORT, 'only an undecided item is taken out of a request'); END
        """,
        """
        CREATE TRIGGER request_standing_taken_out AFTER INSERT ON request_item_moves
        WHEN NEW.what = 'taken out' BEGIN
            DELETE FROM request_standing
            WHERE request_id = (SELECT request_id FROM request_items WHERE id = NEW.item_id)
                AND item_id = NEW.item_id;
        END
        """,
        """
        CREATE TRIGGER request_standing_put_back AFTER INSERT ON request_item_moves
        WHEN NEW.what = 'put back' BEGIN
            INSERT INTO request_standing
            SELECT items.request_id, items.id, items.file,
                coalesce((SELECT max(id) FROM request_decisions WHERE item_id = items.id), 0),
                'undecided'
            FROM request_items AS items WHERE items.id = NEW.item_id;
        END
        """,
    ):
        db.execute(statement)


@MIGRATIONS()
def m002_saved_searches(db: Database) -> None:
    """Saved searches, their versions, each run of one, and what a run froze.

    The rows of a frozen result are written before the run they belong to: from the moment the run
    stands nothing is added to them.
    """
    for statement in (
        """
        CREATE TABLE saved_searches (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            name       TEXT NOT NULL COLLATE NOCASE CHECK (name <> ''),
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            UNIQUE (request_id, name)
        )
        """,
        """
        CREATE TABLE saved_search_versions (
            id        INTEGER PRIMARY KEY AUTOINCREMENT,
            search_id INTEGER NOT NULL REFERENCES saved_searches (id),
            n         INTEGER NOT NULL,
            text      TEXT NOT NULL,
            filters   TEXT NOT NULL CHECK (json_valid(filters)),
            sort      TEXT NOT NULL CHECK (sort IN ('newest', 'oldest', 'best')),
            files     TEXT NOT NULL,
            at        TEXT NOT NULL,
            actor     TEXT NOT NULL,
            note      TEXT,
            UNIQUE (search_id, n)
        )
        """,
        """
        CREATE TABLE search_runs (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            version_id INTEGER NOT NULL REFERENCES saved_search_versions (id),
            log_id     INTEGER NOT NULL REFERENCES request_searches (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL,
            counts     TEXT NOT NULL CHECK (json_valid(counts)),
            state      TEXT NOT NULL CHECK (json_valid(state)),
            digest     TEXT
        )
        """,
        "CREATE INDEX search_runs_version ON search_runs (version_id, id)",
        "CREATE UNIQUE INDEX search_runs_log ON search_runs (log_id)",
        """
        CREATE TABLE frozen_results (
            run_id     INTEGER NOT NULL REFERENCES search_runs (id) DEFERRABLE INITIALLY DEFERRED,
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id  INTEGER NOT NULL,
            version_id INTEGER NOT NULL,
            leaf       BLOB NOT NULL CHECK (length(leaf) = 32),
            PRIMARY KEY (run_id, file, record_id)
        ) WITHOUT ROWID
        """,
        """
        CREATE TRIGGER frozen_results_no_insert BEFORE INSERT ON frozen_results
        WHEN EXISTS (SELECT 1 FROM search_runs WHERE id = NEW.run_id)
        BEGIN SELECT RAISE(ABORT, 'a frozen result takes nothing in'); END
        """,
        "CREATE TRIGGER frozen_results_no_update BEFORE UPDATE ON frozen_results "
        "BEGIN SELECT RAISE(ABORT, 'a frozen result stays as it is'); END",
        "CREATE TRIGGER frozen_results_no_delete BEFORE DELETE ON frozen_results "
        "BEGIN SELECT RAISE(ABORT, 'a frozen result stays as it is'); END",
        *append_only("saved_searches"),
        *append_only("saved_search_versions"),
        *append_only("search_runs"),
    ):
        db.execute(statement)


@MIGRATIONS()
def m003_lists(db: Database) -> None:
    """Lists as of a date, what was decided about each, and what of one is barred.

    The rows of a list are written before the list they belong to: from then on none is added.
    """
    for statement in (
        """
        CREATE TABLE request_lists (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id INTEGER NOT NULL REFERENCES requests (id),
            kind       TEXT NOT NULL,
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            account_id INTEGER,
            title      TEXT NOT NULL,
            about      TEXT NOT NULL,
            columns    TEXT NOT NULL CHECK (json_valid(columns)),
            as_of      TEXT NOT NULL,
            rows       INTEGER NOT NULL,
            digest     TEXT NOT NULL,
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL
        )
        """,
        "CREATE INDEX request_lists_request ON request_lists (request_id, id)",
        """
        CREATE TABLE request_list_rows (
            list_id INTEGER NOT NULL REFERENCES request_lists (id) DEFERRABLE INITIALLY DEFERRED,
            n       INTEGER NOT NULL,
            key     TEXT NOT NULL,
            cells   TEXT NOT NULL CHECK (json_valid(cells)),
            PRIMARY KEY (list_id, n)
        ) WITHOUT ROWID
        """,
        """
        CREATE TRIGGER request_list_rows_no_insert BEFORE INSERT ON request_list_rows
        WHEN EXISTS (SELECT 1 FROM request_lists WHERE id = NEW.list_id)
        BEGIN SELECT RAISE(ABORT, 'a collected list takes nothing in'); END
        """,
        "CREATE TRIGGER request_list_rows_no_update BEFORE UPDATE ON request_list_rows "
        "BEGIN SELECT RAISE(ABORT, 'a collected list stays as it is'); END",
        "CREATE TRIGGER request_list_rows_no_delete BEFORE DELETE ON request_list_rows "
        "BEGIN SELECT RAISE(ABORT, 'a collected list stays as it is'); END",
        """
        CREATE TABLE request_list_steps (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            list_id  INTEGER NOT NULL REFERENCES request_lists (id),
            at       TEXT NOT NULL,
            actor    TEXT NOT NULL,
            what     TEXT NOT NULL CHECK (what IN (
                'undecided', 'release', 'withhold', 'not responsive', 'bar', 'bar lifted'
            )),
            row_n    INTEGER,
            position INTEGER,
            bar_id   INTEGER REFERENCES request_list_steps (id),
            grounds  TEXT NOT NULL CHECK (json_valid(grounds)),
            note     TEXT,
            CHECK ((what = 'bar lifted') = (bar_id IS NOT NULL)),
            CHECK (what <> 'bar' OR row_n IS NOT NULL OR position IS NOT NULL)
        )
        """,
        "CREATE INDEX request_list_steps_list ON request_list_steps (list_id, id)",
        """
        CREATE TABLE request_list_productions (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            list_id       INTEGER NOT NULL REFERENCES request_lists (id),
            production_id INTEGER NOT NULL,
            outcome       TEXT NOT NULL CHECK (outcome IN ('released', 'withheld')),
            fingerprint   TEXT NOT NULL,
            first_page    INTEGER NOT NULL,
            last_page     INTEGER NOT NULL,
            UNIQUE (production_id, list_id)
        )
        """,
        *append_only("request_lists"),
        *append_only("request_list_steps"),
        *append_only("request_list_productions"),
    ):
        db.execute(statement)


@MIGRATIONS()
def m004_saved_by_whom_limited(db: Database) -> None:
    """Whose records a saved search was for, where its author is limited to departments, as
    `request_searches` has it. NULL: everybody's."""
    db.execute(
        "ALTER TABLE saved_search_versions ADD COLUMN sight TEXT "
        "CHECK (sight IS NULL OR json_valid(sight))"
    )
