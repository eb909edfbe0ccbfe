"""Dispositions with all that lies around them: requests, productions, backups, the ledger.

Execution is one at a time. What an execution that was killed left is taken up by the worker and by
the night: the decision stands, and half a destruction is worse than a whole one.
"""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager

import msgspec

from archiver import clock
from archiver.archive.keys import public_keys
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.database import rows
from archiver.decoding import converter
from archiver.errors import ArchiverError, BusyError
from archiver.locks import single_instance
from archiver.operations.backups import backups_before, last_restore_test
from archiver.operations.clearing import clear_destroyed
from archiver.operations.jobs import enqueue, open_jobs
from archiver.operations.ledger import append_destruction, destructions, read_ledger
from archiver.progress import Progress
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.retention.dispositions.batches import Batch, get_batch, list_batches
from archiver.retention.dispositions.building import build
from archiver.retention.dispositions.execution import Work, ending, execute, interrupted
from archiver.retention.dispositions.finishing import destroy_waiting
from archiver.retention.dispositions.outside import Backup, Copy, Key, Outside
from archiver.retention.dispositions.transfer import Bag, make_bag
from archiver.retention.dispositions.walking import Wanted
from archiver.retention.quarantine import quarantined
from archiver.retention.schema import migrate_retention

JOB = "dispose"
BUILD_JOB = "build batch"
LOCK = ".disposition.lock"
ACTOR = "disposition"


def outside_of(home: Home, office: sqlite3.Connection, settings: Settings) -> Outside:
    """What dispositions ask of the other rooms, answered for a home."""
    return Outside(
        in_use=lambda keys: _in_use(office, keys),
        copies=lambda keys: _copies(office, keys),
        backups=lambda: _backups(office),
        tested_copy=lambda: _tested_copy(office),
        numbers=lambda: _numbers(home),
        ledger=lambda entry: append_destruction(home, settings, entry),
        quarantined=quarantined,
    )


def execute_batch(
    home: Home, number: str, *, actor: str, progress: Progress | None = None
) -> Batch:
    """Execute a batch or removal, or go on with one that was interrupted.

    Raises BusyError where another execution is under way, and what `execution.execute` raises.
    """
    with _working(home, actor, progress) as work:
        return execute(work, number)


def bag_batch(home: Home, number: str, *, actor: str, progress: Progress | None = None) -> Bag:
    """Make the bag of a transfer. Raises BusyError where an execution is under way, and what
    `transfer.make_bag` raises."""
    with _working(home, actor, progress) as work:
        return make_bag(work, number)


def dispose_job(
    home: Home,
) -> Callable[[Mapping[str, object], str, Progress], Mapping[str, object]]:
    """What the worker does for the job `dispose` with the argument `batch`."""

    def carry_out(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        done = execute_batch(home, str(arguments["batch"]), actor=actor, progress=progress)
        return {"batch": done.number, "gone": done.gone, "kept": done.kept}

    return carry_out


def queue_execution(office: sqlite3.Connection, number: str, *, actor: str) -> int:
    """Ask the worker to execute a batch; the job's number. Raises InputError where there is no such
    batch."""
    batch = get_batch(office, number)
    return enqueue(office, kind=JOB, arguments={"batch": batch.number}, actor=actor)


def build_job(
    home: Home,
) -> Callable[[Mapping[str, object], str, Progress], Mapping[str, object]]:
    """What the worker does for the job `build batch`: its arguments are those of `queue_build`."""

    def carry_out(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        settings = home.settings()
        asked = _as_asked(arguments)
        with closing(open_office(home)) as office, Archive.open(home, whole=True) as archive:
            made = build(
                *(office, archive, settings, list_accounts(office), asked.wanted()),
                actor=actor,
                route=asked.route,
                act=asked.act,
                note_text=asked.note,
                outside=outside_of(home, office, settings),
                progress=progress,
            )
        return {"batch": made.number, "items": made.items}

    return carry_out


class Asked(msgspec.Struct, frozen=True):
    """What a batch to be built was asked to hold, as a job keeps it."""

    route: str
    act: str = "destroyed"
    series: list[str] = []
    accounts: list[int] = []
    until: dt.date | None = None
    receiver: str = ""
    agreement: str = ""
    kept_record: str = ""
    note: str = ""

    def wanted(self) -> Wanted:
        """As `build` takes it."""
        return Wanted(
            series=tuple(self.series),
            accounts=tuple(self.accounts),
            until=self.until,
            receiver=self.receiver,
            agreement=self.agreement,
            kept_record=self.kept_record,
        )


_as_asked = converter(Asked)


def queue_build(office: sqlite3.Connection, asked: Mapping[str, object], *, actor: str) -> int:
    """Ask the worker to build a batch; the job's number. `asked` has the fields of `Asked`."""
    return enqueue(office, kind=BUILD_JOB, arguments=asked, actor=actor)


def queue_interrupted(office: sqlite3.Connection) -> list[str]:
    """Queue every execution that was interrupted and waits for nobody; their numbers."""
    migrate_retention(office)
    waiting = {str(job.arguments.get("batch")) for job in open_jobs(office) if job.kind == JOB}
    queued = [number for number in interrupted(office) if number not in waiting]
    for number in queued:
        queue_execution(office, number, actor=ACTOR)
    return queued


def go_on(home: Home, *, log: logging.Logger, progress: Progress | None = None) -> list[str]:
    """Go on with interrupted executions, destroy exchanges whose holds were released, and clear the
    disk where a reader kept it from being cleared; what could not be done, one line each. For the
    night."""
    problems = []
    with closing(open_office(home)) as office:
        migrate_retention(office)
        left = interrupted(office)
        done = [each for each in list_batches(office) if each.state == "done"]
    for number in left:
        try:
            execute_batch(home, number, actor=ACTOR, progress=progress)
            log.info("%s: executed to the end", number)
        except BusyError as error:
            log.info("%s", error)
        except ArchiverError as error:
            problems.append(f"{number}: {error}")
    if done:
        try:
            with _working(home, ACTOR, progress) as work:
                for batch in done:
                    if went := destroy_waiting(ending(work, batch), batch):
                        log.info("%s: %s exchanges followed", batch.number, went)
            for left_over in clear_destroyed(home, progress):
                log.info("%s", left_over)
        except BusyError as error:
            log.info("%s", error)
        except ArchiverError as error:
            problems.append(str(error))
    return problems


@contextmanager
def _working(home: Home, actor: str, progress: Progress | None) -> Iterator[Work]:
    settings = home.settings()
    with (
        single_instance(home.path / LOCK, "an execution of a batch"),
        closing(open_office(home)) as office,
        Archive.open(home, write=True) as archive,
    ):
        yield Work(
            *(office, archive, settings, list_accounts(office)),
            *(outside_of(home, office, settings), actor, progress),
        )


def _in_use(office: sqlite3.Connection, keys: Collection[Key]) -> dict[Key, str]:
    """Records an open request has collected, or a volume that is not in its place yet holds. Their
    holds say the same; this asks the requests themselves."""
    found: dict[Key, str] = {}
    for file, ids in _by_file(keys).items():
        for each in rows(
            office,
            """
            SELECT record_id, number,
                EXISTS (SELECT 1 FROM production_items JOIN productions ON productions.id =
                    production_id WHERE item_id = i.id AND moved = 0) AS unreleased
            FROM json_each(?) AS wanted
            CROSS JOIN request_items AS i ON i.file = ? AND i.record_id = wanted.value
            JOIN requests ON requests.id = i.request_id
            WHERE (status = 'open' AND practice = 0) OR unreleased
            """,
            *(ids, file),
        ):
            found[file, each["record_id"]] = f"it is in request {each['number']}, which is open"
    return found


def _copies(office: sqlite3.Connection, keys: Collection[Key]) -> list[Copy]:
    """The productions and request files that hold these records: series of their own."""
    volumes: dict[tuple[str, int], int] = {}
    files: dict[str, int] = {}
    for file, ids in _by_file(keys).items():
        for each in rows(
            office,
            """
            SELECT p.request, p.volume, count(DISTINCT i.record_id) AS records
            FROM request_items AS i JOIN production_items AS pi ON pi.item_id = i.id
            JOIN productions AS p ON p.id = pi.production_id
            WHERE i.file = ? AND pi.outcome = 'released'
                AND i.record_id IN (SELECT value FROM json_each(?))
            GROUP BY p.request, p.volume
            """,
            *(file, ids),
        ):
            key = (each["request"], each["volume"])
            volumes[key] = volumes.get(key, 0) + each["records"]
        for each in rows(
            office,
            """
            SELECT number, count(DISTINCT record_id) AS records
            FROM request_items JOIN requests ON requests.id = request_id
            WHERE file = ? AND practice = 0 AND record_id IN (SELECT value FROM json_each(?))
            GROUP BY number
            """,
            *(file, ids),
        ):
            files[each["number"]] = files.get(each["number"], 0) + each["records"]
    until = "as long as the series of request files says"
    return [
        *(
            Copy("Production", f"{request}, volume {volume}", records, until)
            for (request, volume), records in sorted(volumes.items())
        ),
        *(
            Copy("Request file (numbers and decisions, no content)", number, records, until)
            for number, records in sorted(files.items())
        ),
    ]


def _backups(office: sqlite3.Connection) -> list[Backup]:
    return [
        Backup(each.name, str(each.target), each.at)
        for each in backups_before(office, clock.now_text())
    ]


def _tested_copy(office: sqlite3.Connection) -> str | None:
    """When the newest restore test passed; None where it failed or there has been none."""
    newest = last_restore_test(office)
    return newest.at if newest is not None and newest.outcome == "passed" else None


def _numbers(home: Home) -> frozenset[str]:
    ledger = read_ledger(home.destructions, public_keys(home.keys))
    return (
        frozenset() if ledger is None else frozenset(each.number for each in destructions(ledger))
    )


def _by_file(keys: Collection[Key]) -> dict[str, str]:
    wanted: dict[str, list[int]] = {}
    for file, number in keys:
        wanted.setdefault(file, []).append(number)
    return {file: msgspec.json.encode(sorted(ids)).decode() for file, ids in wanted.items()}
