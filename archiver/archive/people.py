"""Lists of people (followers, blocks …) as intervals: who stood on a list, from when to when."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.archive.asking_by_id import rows_of_ids
from archiver.archive.rows import RowWriter
from archiver.archive.runs import Run
from archiver.archive.store import Archive
from archiver.archive.stored_text import storable_subscriber
from archiver.items import Relation, Subscriber

_SEEN = """
    CREATE TEMP TABLE IF NOT EXISTS seen_people (
        run_id INTEGER, relation TEXT, native_id TEXT, PRIMARY KEY (run_id, relation, native_id)
    ) WITHOUT ROWID
"""
_OPEN = """
    SELECT s.native_id FROM json_each(?) AS wanted CROSS JOIN subscribers AS s
        ON s.account_id = ? AND s.relation = ? AND s.native_id = wanted.value AND s.to_at IS NULL
"""


class PeopleWriter:
    """Takes pages of a list into private.db inside one batch.

    Whom a walk has met is remembered outside the file (a temporary table), so that a night on which
    nobody came or went writes no row per person.
    """

    def __init__(self, archive: Archive, run: Run, rows: RowWriter) -> None:
        self._connection = archive.private
        self._walks = archive.walks
        self._run = run
        self._rows = rows

    def take(
        self,
        relation: Relation,
        people: Sequence[Subscriber],
        *,
        observed_at: str,
        complete: bool,
        first: bool,
        stated: int | None,
    ) -> int:
        """Take in a page; how many intervals were opened or closed (see `Batch.people`)."""
        self._connection.execute(_SEEN)
        walk = (self._run.id, relation.value)
        if first:
            self._connection.execute(
                "DELETE FROM seen_people WHERE run_id = ? AND relation = ?", walk
            )
            self._walks.add(walk)
        people = [storable_subscriber(person) for person in people]
        self._connection.executemany(
            "INSERT OR IGNORE INTO seen_people VALUES (?, ?, ?)",
            [(*walk, person.native_id) for person in people],
        )
        changed = self._open_new(relation, people, observed_at)
        whole = complete and walk in self._walks
        if whole:
            changed += self._close_unseen(relation, observed_at)
        if complete or stated is not None:
            self._count(relation, observed_at, stated, whole)
        if whole:
            self._walks.discard(walk)
            self._connection.execute(
                "DELETE FROM seen_people WHERE run_id = ? AND relation = ?", walk
            )
        self._rows.flush()
        return changed

    def _open_new(self, relation: Relation, people: Sequence[Subscriber], observed_at: str) -> int:
        wanted = {person.native_id: person for person in people}
        for row in rows_of_ids(
            self._connection.cursor(), _OPEN, wanted, self._run.account.id, relation.value
        ):
            del wanted[row["native_id"]]
        if not wanted:
            return 0
        known = int(self._walked_before(relation))
        for native_id, person in sorted(wanted.items()):
            self._rows.add(
                *("subscriber", self._run.account.id, relation.value, native_id, person.handle),
                *(
                    person.display_name,
                    person.url,
                    observed_at,
                    known,
                    self._run.id,
                    self._rows.salt(),
                ),
            )
        self._rows.flush()
        return len(wanted)

    def _walked_before(self, relation: Relation) -> bool:
        """Whether an earlier complete walk did not meet this person: then `from_at` is known to
        lie between two walks; otherwise it is only the day the archive first saw them."""
        found = self._connection.execute(
            """
            SELECT 1 FROM subscriber_counts
            WHERE account_id = ? AND relation = ? AND complete AND run_id <> ? LIMIT 1
            """,
            (self._run.account.id, relation.value, self._run.id),
        ).fetchone()
        return found is not None

    def _close_unseen(self, relation: Relation, observed_at: str) -> int:
        unseen = self._connection.execute(
            """
            SELECT s.id, s.salt FROM subscribers AS s
            WHERE s.account_id = ? AND s.relation = ? AND s.to_at IS NULL AND s.from_at <= ?
                AND NOT EXISTS (SELECT 1 FROM seen_people p WHERE p.run_id = ?
                    AND p.relation = s.relation AND p.native_id = s.native_id)
            ORDER BY s.id
            """,
            (self._run.account.id, relation.value, observed_at, self._run.id),
        ).fetchall()
        self._connection.executemany(
            "UPDATE subscribers SET to_at = ?, to_run = ?, end_leaf = ? WHERE id = ?",
            [
                (
                    *(observed_at, self._run.id),
                    self._rows.end(
                        "subscriber end", (row["id"], observed_at, self._run.id, row["salt"])
                    ),
                    row["id"],
                )
                for row in unseen
            ],
        )
        return len(unseen)

    def _count(self, relation: Relation, observed_at: str, stated: int | None, whole: bool) -> None:
        """A row only when a number differs from the last one."""
        walked = int(
            self._connection.execute(
                "SELECT count(*) FROM seen_people WHERE run_id = ? AND relation = ?",
                (self._run.id, relation.value),
            ).fetchone()[0]
        )
        last = self._connection.execute(
            """
            SELECT stated, walked, complete FROM subscriber_counts
            WHERE account_id = ? AND relation = ? ORDER BY id DESC LIMIT 1
            """,
            (self._run.account.id, relation.value),
        ).fetchone()
        if last is None or tuple(last) != (stated, walked, int(whole)):
            self._rows.add(
                *("subscriber count", self._run.id, self._run.account.id, relation.value),
                *(observed_at, stated, walked, int(whole)),
            )
