"""Deciding about pairs of records: one by one or many alike, from the desk (a job) or a command."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.pairs import Proposal, What, proposals
from archiver.archive.pairs_deciding import Decided, decide_pairs
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import rows
from archiver.decoding import converter
from archiver.errors import InputError
from archiver.items import Access
from archiver.operations.jobs import enqueue
from archiver.progress import Progress

JOB = "decide pairs"
FILES = {"archive": Access.PUBLIC, "private": Access.PRIVATE}
SAMPLES = 5
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Alike:
    """Many proposals of one account and strength, without those that have rivals, up to the last
    one that was previewed: what is proposed afterwards is not decided with them."""

    account_id: int
    file: str
    strength: str
    up_to: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What deciding many at once would decide: how many, some of them, how many are left out
    because they have rivals, and the requests in which some were collected already."""

    alike: Alike
    pairs: int
    contested: int
    samples: tuple[Proposal, ...]
    collected: int
    requests: tuple[str, ...]


def preview_alike(
    office: sqlite3.Connection,
    connection: sqlite3.Connection,
    file: str,
    account_id: int,
    strength: str,
) -> Preview:
    """What deciding about all open proposals of an account that are equally strong would do."""
    found = _open_ones(connection, account_id, strength, None)
    contested = len(
        proposals(
            connection, account_id=account_id, strength=strength, contested=True, limit=1_000_000
        )
    )
    touched = collected_in(office, file, [each.derived_id for each in found])
    numbers = dict.fromkeys(number for some in touched.values() for number in some)
    return Preview(
        Alike(account_id, file, strength, max((each.id for each in found), default=0)),
        len(found),
        contested,
        tuple(found[:SAMPLES]),
        len(touched),
        tuple(numbers),
    )


def _open_ones(
    connection: sqlite3.Connection, account_id: int, strength: str, up_to: int | None
) -> list[Proposal]:
    found = proposals(
        connection, account_id=account_id, strength=strength, contested=False, limit=1_000_000
    )
    return [each for each in found if up_to is None or each.id <= up_to]


def collected_in(
    office: sqlite3.Connection, file: str, record_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """The requests in which records were collected, by record; those in none are left out. What
    was collected, decided or released there stays as it is, whatever is said of the pair."""
    found: dict[int, dict[str, None]] = {}
    for each in rows(
        office,
        """
        SELECT i.record_id, r.number FROM json_each(?) AS wanted
        CROSS JOIN request_items AS i ON i.file = ? AND i.record_id = wanted.value
        JOIN requests AS r ON r.id = i.request_id WHERE r.practice = 0 ORDER BY r.id
        """,
        msgspec.json.encode(list(record_ids)).decode(),
        file,
    ):
        found.setdefault(each["record_id"], {})[each["number"]] = None
    return {number: tuple(numbers) for number, numbers in found.items()}


def collected_words(records: int, requests: Sequence[str]) -> str:
    """What a person is told before a record that was collected counts under another; empty where
    none was."""
    if not records:
        return ""
    named = ", ".join(requests[:5]) + (f" and {len(requests) - 5} more" * (len(requests) > 5))
    are = "1 of the records is" if records == 1 else f"{records:,} of the records are"
    return (
        f"{are} collected already, in {named}: what was collected, decided or released there stays "
        "as it is"
    )


def decide_alike(
    archive: Archive,
    alike: Alike,
    what: What,
    *,
    actor: str,
    reason: str,
    progress: Progress | None = None,
) -> Decided:
    """Decide about all proposals that were previewed, some hundreds in each transaction. What
    somebody else decided meanwhile is passed over. Raises as `decide_pairs` does."""
    access = _access(alike.file)
    found = _open_ones(archive.file(access), alike.account_id, alike.strength, alike.up_to)
    done = Decided(what.value, 0, 0)
    for start in range(0, len(found), _AT_ONCE):
        made = decide_pairs(
            *(archive, access, [each.id for each in found[start : start + _AT_ONCE]], what),
            actor=actor,
            reason=reason,
            all_or_none=False,
        )
        done = Decided(what.value, done.decided + made.decided, done.passed_over + made.passed_over)
        if progress:
            progress("deciding pairs", min(start + _AT_ONCE, len(found)), len(found))
    return done


def _access(file: str) -> Access:
    if file not in FILES:
        raise InputError(f"{file} is no file of the archive: name archive or private")
    return FILES[file]


class Asked(msgspec.Struct, frozen=True):
    """What the desk asks the worker to decide: some pairs by number, or all that are alike."""

    file: str
    what: str
    reason: str
    numbers: list[int] = []
    account: int = 0
    strength: str = ""
    up_to: int = 0


def queue_decision(office: sqlite3.Connection, asked: Asked, *, actor: str) -> int:
    """Ask the worker to decide; the job's number."""
    return enqueue(office, kind=JOB, arguments=msgspec.to_builtins(asked), actor=actor)


_as_asked = converter(Asked)


def decide_job(
    home: Home,
) -> Callable[[Mapping[str, object], str, Progress], Mapping[str, object]]:
    """What the worker does for the job `decide pairs`: its arguments are those of `Asked`."""

    def carry_out(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        asked = _as_asked(arguments)
        what = What(asked.what)
        with Archive.open(home, write=True) as archive:
            if asked.numbers:
                made = decide_pairs(
                    *(archive, _access(asked.file), asked.numbers, what),
                    actor=actor,
                    reason=asked.reason,
                )
            else:
                alike = Alike(asked.account, asked.file, asked.strength, asked.up_to)
                made = decide_alike(
                    *(archive, alike, what),
                    actor=actor,
                    reason=asked.reason,
                    progress=progress,
                )
        return {"decided": made.decided, "passed_over": made.passed_over}

    return carry_out
