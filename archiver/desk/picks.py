"""Records a person has picked, on their way into a request."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from archiver.archive.reading import Record, record, records
from archiver.archive.search import SearchRefused, search
from archiver.archive.veil import seen_in
from archiver.desk.answers import NotHere
from archiver.desk.searching import Wanted, count_now, read_address
from archiver.desk.visits import Visit
from archiver.errors import RuleError
from archiver.requests.book import AddReport, add_items, log_search
from archiver.requests.collecting.freezing import found_now

_PICK = re.compile(r"(archive|private):([0-9]{1,18})\Z")
Key = tuple[str, int]
MOST = 2_000
"""So many records a form carries."""
MOST_FOUND = 100_000
"""So many records one search adds to a request at once."""
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Pick:
    """A record by file and id, and the record itself."""

    file: str
    record: Record

    @property
    def name(self) -> str:
        """How a form carries it."""
        return f"{self.file}:{self.record.id}"

    @property
    def key(self) -> Key:
        """File and record id."""
        return self.file, self.record.id


def read_picks(visit: Visit, names: list[str]) -> list[Pick]:
    """The records behind the names of a form.

    Raises NotHere where one is no record, or none this person may know of.
    """
    with visit.evidence() as files:
        return [_pick(files, name) for name in dict.fromkeys(names[:MOST])]


def all_found(visit: Visit, wanted: Wanted) -> list[Pick]:
    """Every record a search finds, newest first.

    Raises RuleError where there are more than 2,000: such a request is narrowed first or collected
    in parts; SearchRefused where the search cannot be answered.
    """
    picks: list[Pick] = []
    before = None
    with visit.evidence() as files:
        while True:
            page = search(
                files,
                wanted.text,
                wanted.filters,
                time_zone=visit.desk.settings.time_zone,
                before=before,
                size=_PAGE,
                budget_ms=0,
            )
            by_file: dict[str, list[int]] = {}
            for hit in page.rows:
                by_file.setdefault(hit.file, []).append(hit.id)
            for file, numbers in by_file.items():
                picks += [Pick(file, found) for found in records(files[file], numbers)]
            if len(picks) > MOST:
                raise RuleError(f"more than {MOST:,} records at once: narrow the search first")
            before = page.next
            if before is None:
                return picks


def all_keys(visit: Visit, wanted: Wanted) -> list[Key]:
    """Every record a search finds, by file and id.

    Raises RuleError where there are more than 100,000, SearchRefused where the search cannot be
    read.
    """
    with visit.evidence() as files:
        found = found_now(files, wanted.text, wanted.filters, visit.desk.settings.time_zone)
    keys = [(file, number) for file, numbers in found.items() for number in numbers]
    if len(keys) > MOST_FOUND:
        raise RuleError(f"more than {MOST_FOUND:,} records at once: narrow the search first")
    return keys


def _pick(files: dict[str, sqlite3.Connection], name: str) -> Pick:
    match = _PICK.match(name)
    connection = files.get(match.group(1)) if match else None
    found = record(connection, int(name.partition(":")[2])) if connection is not None else None
    if found is None:
        raise NotHere
    return Pick(name.partition(":")[0], found)


def add_picks(
    visit: Visit, number: str, picks: list[Pick], *, families: bool, search: str
) -> AddReport:
    """Put picked records into a request; `search` is the search they came from, if any.

    Raises RuleError where the request is closed.
    """
    with visit.evidence() as files, visit.office() as office:
        logged = log_address(visit, files, office, number, search) if search else None
        return add_items(
            office,
            files,
            number,
            [(pick.file, pick.record.id) for pick in picks],
            actor=visit.person.login,
            families=families,
            search_id=logged,
        )


def log_address(
    visit: Visit,
    files: dict[str, sqlite3.Connection],
    office: sqlite3.Connection,
    number: str,
    address: str,
) -> int | None:
    """Write the search of an address down with what it finds, counted here, as a form could claim
    anything; the id of its row in the log, None where it cannot be answered."""
    wanted = read_address(address)
    try:
        results = count_now(files, wanted, visit.desk.settings.time_zone)
    except SearchRefused:
        return None
    return log_search(
        office,
        number,
        actor=visit.person.login,
        text=wanted.text,
        filters=wanted.as_detail(),
        files=list(files),
        accounts=seen_in(files.values()),
        found=results.count,
        exact=results.count_exact,
    ).id
