"""What in the other rooms rests on an import: requests, holds, dispositions, and what people said.

Every function of `DEPENDENTS` answers for one room, in sentences that say what rests on the import
and what to do first. A room that comes to point at records adds its own.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from archiver.archive.destroying_others import original_row
from archiver.archive.pairs_dropping import withdrawal_blockers
from archiver.archive.store import Archive
from archiver.archive.withdrawing import Imported
from archiver.archive.withdrawing_part import Part, holds
from archiver.archive.withdrawing_scope import find_run
from archiver.database import rows
from archiver.retention.dispositions.batches import get_batch
from archiver.retention.holds import hold_by_id, holds_over_people
from archiver.retention.quarantine import quarantined
from archiver.retention.reporting import FILES


@dataclass(frozen=True, slots=True)
class Asked:
    """An import somebody wants to withdraw, as it stood when this was made. `touched` are the ids
    of the records it brought anything of, by evidence file ("archive", "private"); `brought` those
    of what is no record, by file and by the kind of holding a disposition knows it as. All are
    sorted."""

    office: sqlite3.Connection
    archive: Archive
    imported: Imported
    touched: Mapping[str, array[int]]
    brought: Mapping[tuple[str, str], array[int]]


def asked_of(office: sqlite3.Connection, archive: Archive, imported: Imported) -> Asked:
    """What the dependents are asked about: read now, it outlives the rows."""
    parts = {file: Part(archive.file(access), imported.runs) for file, access in FILES.items()}
    brought = {}
    for file, part in parts.items():
        brought[file, "unread"] = part.ids("skipped")
        brought[file, "subscriber"] = part.intervals
        brought[file, "original"] = _originals(part, imported)
    touched = {file: part.touched for file, part in parts.items()}
    return Asked(office, archive, imported, touched, brought)


def _originals(part: Part, imported: Imported) -> array[int]:
    """The files it read that go with it, by their numbers in one file."""
    going = [bytes.fromhex(each.sha256) for each in imported.files if not each.kept]
    found = (original_row(part.connection, digest) for digest in going)
    return array("q", sorted(row[0] for row in found if row is not None))


def _named(asked: Asked, sql: str) -> Counter[str]:
    """How many of its records each thing names. `sql` gives the thing's name and a record id, for a
    `:file` and between `:first` and `:last`."""
    found: Counter[str] = Counter()
    for file, ids in asked.touched.items():
        if not ids:
            continue
        bounds = {"file": file, "first": ids[0], "last": ids[-1]}
        for name, record_id in asked.office.execute(sql, bounds):
            found[str(name)] += holds(ids, record_id)
    return +found


def _some(count: int) -> str:
    return "one of its records is" if count == 1 else f"{count:,} of its records are"


def in_requests(asked: Asked) -> Iterator[str]:
    """Items of requests, whatever was decided, produced or released of them."""
    for number, count in _named(
        asked,
        """
        SELECT r.number, i.record_id FROM request_items AS i
        JOIN requests AS r ON r.id = i.request_id
        WHERE i.file = :file AND i.record_id BETWEEN :first AND :last
        """,
    ).items():
        yield (
            f"{_some(count)} collected in request {number}, whose file names them: they stay with "
            "it; `archiver removals` takes out what is no record"
        )


def in_frozen_searches(asked: Asked) -> Iterator[str]:
    """Results that were frozen as a search gave them."""
    for number, count in _named(
        asked,
        """
        SELECT DISTINCT q.number, f.record_id FROM frozen_results AS f
        JOIN search_runs AS s ON s.id = f.run_id JOIN request_searches AS l ON l.id = s.log_id
        JOIN requests AS q ON q.id = l.request_id
        WHERE f.file = :file AND f.record_id BETWEEN :first AND :last
        """,
    ).items():
        yield f"{_some(count)} in a frozen search of request {number}: they stay with it"


def in_lists(asked: Asked) -> Iterator[str]:
    """Lists of the account that a request took since."""
    since = find_run(asked.archive, asked.imported.runs[0]).started_at
    for each in rows(
        asked.office,
        """
        SELECT DISTINCT q.number, l.title FROM request_lists AS l
        JOIN requests AS q ON q.id = l.request_id
        WHERE l.at >= ? AND (l.account_id IS NULL OR l.account_id = ?) ORDER BY l.id
        """,
        *(since, asked.imported.account_id),
    ):
        yield f"request {each['number']} took the list “{each['title']}” since: it stays with it"


def under_holds(asked: Asked) -> Iterator[str]:
    """Open holds over its records, or over its account's people and downloads."""
    held = _named(
        asked,
        """
        SELECT h.id, i.record_id FROM hold_items AS i JOIN holds AS h ON h.id = i.hold_id
        WHERE h.released_at IS NULL AND i.file = :file AND i.record_id BETWEEN :first AND :last
        """,
    )
    for hold_id, count in held.items():
        title = hold_by_id(asked.office, int(hold_id)).title
        yield f"{_some(count)} under the hold {title}: whoever placed it releases it first"
    account = asked.imported.account_id
    for hold in holds_over_people(asked.office, {account}).get(account, ()):
        if str(hold.id) not in held:
            yield (
                f"the hold {hold.title} keeps the account's lists and downloads: whoever placed it "
                "releases it first"
            )


def in_dispositions(asked: Asked) -> Iterator[str]:
    """Open batches and removals that list something it brought."""
    listed = _named(
        asked,
        """
        SELECT d.number, i.ref FROM disposition_items AS i
        JOIN dispositions AS d ON d.id = i.batch_id
        WHERE i.outcome IS NULL AND i.kind = 'record' AND i.file = :file
            AND i.ref BETWEEN :first AND :last
        """,
    )
    for file, kind, ref, number in asked.office.execute(
        """
        SELECT i.file, i.kind, i.ref, d.number FROM disposition_items AS i
        JOIN dispositions AS d ON d.id = i.batch_id WHERE i.outcome IS NULL AND i.kind <> 'record'
        """
    ):
        listed[number] += holds(asked.brought[file, kind], ref)
    for number, count in (+listed).items():
        state = get_batch(asked.office, number).state
        if state not in ("done", "withdrawn"):
            yield f"batch {number} ({state}) lists {count:,} of what it brought: withdraw it first"


def in_quarantine(asked: Asked) -> Iterator[str]:
    """Records nobody is shown until somebody decided."""
    hidden = quarantined(asked.office)
    count = sum(
        holds(ids, number) for file, ids in asked.touched.items() for number in hidden.get(file, ())
    )
    if count:
        yield f"{_some(count)} in quarantine: the city attorney decides about them first"


def in_intake(asked: Asked) -> Iterator[str]:
    """Requests that came by one of its records, and what a person said such a record is."""
    for number, count in _named(
        asked,
        """
        SELECT r.number, s.record_id FROM request_sources AS s
        JOIN requests AS r ON r.id = s.request_id
        WHERE s.file = :file AND s.record_id BETWEEN :first AND :last
        """,
    ).items():
        yield f"request {number} came by {count:,} of its records: they stay with it"
    decided = _named(
        asked,
        """
        SELECT d.outcome, c.record_id FROM intake_decisions AS d
        JOIN intake_candidates AS c ON c.id = d.candidate_id
        WHERE c.file = :file AND c.record_id BETWEEN :first AND :last AND NOT EXISTS (
            SELECT 1 FROM intake_decisions_taken_back WHERE decision_id = d.id)
        """,
    )
    for outcome, count in decided.items():
        yield (
            f"a person decided of {count:,} of its records: {outcome}; take that back first, where "
            "it was wrong"
        )


def in_what_was_handed_in(asked: Asked) -> Iterator[str]:
    """What an official handed in was found to repeat one of its records."""
    repeated = _named(
        asked,
        """
        SELECT 'handed in', record_id FROM handed_in_repeats
        WHERE file = :file AND record_id BETWEEN :first AND :last
        """,
    )
    for count in repeated.values():
        yield f"{_some(count)} what an official handed in was found to repeat: they stay"


def counted_as_one(asked: Asked) -> Iterator[str]:
    """A person confirmed that one of its records is the same as another."""
    for file, ids in asked.touched.items():
        yield from withdrawal_blockers(asked.archive.file(FILES[file]), ids)


DEPENDENTS: tuple[Callable[[Asked], Iterator[str]], ...] = (
    in_requests,
    in_frozen_searches,
    in_lists,
    under_holds,
    in_dispositions,
    in_quarantine,
    in_intake,
    in_what_was_handed_in,
    counted_as_one,
)
"""Who is asked, in the order of the sentences."""
