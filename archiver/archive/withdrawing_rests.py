"""What in the archive rests on an import, so that it cannot be withdrawn.

That is later evidence of the same records and people, and later runs that met them again and wrote
nothing because they were known."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archiver.archive.dooming import all_rows, ids_text
from archiver.archive.runs import is_import
from archiver.archive.store import Archive
from archiver.archive.tombstones import WITHDRAWN
from archiver.archive.withdrawing_part import Part, sliced
from archiver.archive.withdrawing_scope import (
    Imported,
    RunRow,
    files_of,
    find_import,
    find_run,
    runs_where,
    withdrawn_runs,
)
from archiver.items import Access


def rests_on(archive: Archive, run: int) -> list[str]:
    """Why the archive itself keeps an import from being withdrawn, in sentences that say what to do
    first; empty where nothing does. Raises InputError where there is no such run."""
    row = find_run(archive, run)
    if refused := why_none(archive, row):
        return [refused]
    imported = find_import(archive, run)
    parts = {access: Part(archive.file(access), imported.runs) for access in Access}
    return [
        *_written_since(parts.values()),
        *_people_since(parts[Access.PRIVATE]),
        *_met_again(archive, imported, parts),
        *_destroyed_since(parts.values()),
    ]


def why_none(archive: Archive, row: RunRow) -> str:
    """Why a run is no import that stands; "" where it is one."""
    if not is_import(row.source):
        return (
            f"it is a run of {row.source}, and only what was imported from a platform's download "
            "can be withdrawn; what is no record goes by `archiver removals`"
        )
    gone = withdrawn_runs(archive.public)
    if row.id in gone:
        return "it was withdrawn already"
    if row.unchanged:
        return (
            f"it brought nothing, because run {row.notes.get('run', '?')} had imported the same "
            "file: withdraw that one"
        )
    same = [
        later.id for later in _later(archive, row, gone) if _reads_the_same(archive, row, later)
    ]
    if same and row.ended:
        return f"run {same[-1]} read the same file after it: withdraw run {same[-1]} first"
    if same:
        return (
            f"run {same[-1]} went on with the same file: withdraw run {same[-1]}, which takes this "
            "one with it"
        )
    return ""


def _later(archive: Archive, row: RunRow, gone: set[int]) -> Iterator[RunRow]:
    """Later imports of the same account that stand and brought something."""
    for later in runs_where(
        *(archive.public, "account_id = ? AND source = ? AND id > ?"),
        *(row.account_id, row.source, row.id),
    ):
        if later.id not in gone and not later.unchanged:
            yield later


def _reads_the_same(archive: Archive, row: RunRow, later: RunRow) -> bool:
    if row.ended and later.ended:
        return row.digest == later.digest
    return not files_of(archive, row).isdisjoint(files_of(archive, later))


def _written_since(parts: Collection[Part]) -> Iterator[str]:
    """Later runs that wrote something about the same records."""
    found: dict[int, int] = {}
    for part in parts:
        for ids in sliced(part.touched):
            for run, count in _by_run(part, ids):
                found[run] = found.get(run, 0) + count
    for run, count in found.items():
        yield (
            f"run {run} wrote more about {_records(count)} since: withdraw that run first, where "
            "it is an import; otherwise they stay"
        )


def _by_run(part: Part, ids: list[int]) -> list[tuple[int, int]]:
    """How many of these records later runs wrote about. What no run wrote, that dates moved or that
    a record was paired, is no reason: a pair that stands is asked for by itself."""
    first = part.leaves[0]
    parts = " UNION ".join(
        f"""
        SELECT record_id, run_id FROM {table}
        WHERE record_id IN (SELECT value FROM json_each(?1)) AND leaf > ?2
            AND run_id NOT IN (SELECT value FROM json_each(?3))
        """
        for table in ("versions", "events", "metrics")
    )
    return [
        (run, count)
        for run, count in all_rows(
            part.connection,
            f"SELECT run_id, count(*) FROM ({parts}) GROUP BY run_id ORDER BY run_id",
            *(ids_text(ids), first, part.runs),
        )
    ]


def _people_since(part: Part) -> Iterator[str]:
    """Later walks of a list that ended an interval it opened, or met somebody it saw leave."""
    where, values = part.where("subscribers", "from_run")
    later = dict(
        all_rows(
            part.connection,
            f"""
            SELECT t.to_run, count(*) FROM subscribers AS t
            WHERE {where} AND t.to_run NOT IN (SELECT value FROM json_each(?)) GROUP BY 1
            """,
            *(*values, part.runs),
        )
    )
    for run, count in all_rows(
        part.connection,
        """
        SELECT n.from_run, count(*) FROM subscribers AS t JOIN subscribers AS n
            ON n.account_id = t.account_id AND n.relation = t.relation
                AND n.native_id = t.native_id AND n.id > t.id
        WHERE t.to_run IN (SELECT value FROM json_each(?1))
            AND n.from_run NOT IN (SELECT value FROM json_each(?1)) GROUP BY 1
        """,
        part.runs,
    ):
        later[run] = later.get(run, 0) + count
    for run, count in sorted(later.items()):
        yield (
            f"run {run} noted since that {count:,} of the people on its lists left or came back: "
            "withdraw that run first, where it is an import; otherwise the lists stay"
        )


def _met_again(archive: Archive, imported: Imported, parts: dict[Access, Part]) -> Iterator[str]:
    """Later runs of the account that may have met what it brought and wrote nothing about it."""
    gone = withdrawn_runs(archive.public)
    lists = _lists(parts[Access.PRIVATE])
    for later in runs_where(
        *(archive.public, "account_id = ? AND id > ?"), *(imported.account_id, imported.runs[0])
    ):
        if later.id in gone or later.id in imported.runs or later.unchanged:
            continue
        if is_import(later.source):
            if _import_met(later, parts) or _list_met(archive, later, lists):
                yield (
                    f"run {later.id} imported another download of the account after it, and what "
                    f"both hold is kept once, from this one: withdraw run {later.id} first, then "
                    "import that file again"
                )
        elif what := _list_met(archive, later, lists) or _kind_met(archive, later, parts.values()):
            yield (
                f"run {later.id} ({later.source}) looked at the same {what}s after it, and wrote "
                "nothing about those it found known: without this import they would be missing"
            )


def _import_met(later: RunRow, parts: dict[Access, Part]) -> bool:
    """Whether a later import found records or unread parts known, or did not end, so that nobody
    knows."""

    def may(*names: str) -> bool:
        return not later.ended or any(later.notes.get(name, 1) for name in names)

    unread = parts[Access.PRIVATE].count("skipped")
    return bool(
        (may("duplicates") and any(part.touched for part in parts.values()))
        or (may("skipped", "failed") and unread)
        or (not later.ended and _lists(parts[Access.PRIVATE]))
    )


def _lists(private: Part) -> set[str]:
    """The lists of people it opened or closed an interval of, or counted."""
    where, values = private.where("subscribers", "from_run")
    counted, bounds = private.where("subscriber_counts")
    found = all_rows(
        private.connection,
        f"""
        SELECT t.relation FROM subscribers AS t WHERE {where}
        UNION SELECT t.relation FROM subscriber_counts AS t WHERE {counted}
        UNION SELECT relation FROM subscribers
            WHERE to_run IN (SELECT value FROM json_each(?))
        """,
        *(*values, *bounds, private.runs),
    )
    return {row[0] for row in found}


def _covered(archive: Archive, later: RunRow) -> list[tuple[str, str | None, str]]:
    """What a run says it looked at: kind or list, from when and to when."""
    return [
        (what, start, end)
        for what, start, end in all_rows(
            archive.public,
            """
            SELECT what, start_at, end_at FROM coverage
            WHERE run_id = ? AND state <> 'none' ORDER BY id
            """,
            later.id,
        )
    ]


def _list_met(archive: Archive, later: RunRow, lists: set[str]) -> str:
    """A list of people that both took; "" where there is none."""
    return next((what for what, *_ in _covered(archive, later) if what in lists), "")


def _kind_met(archive: Archive, later: RunRow, parts: Collection[Part]) -> str:
    """A kind of which the run covered a time from which the import brought a record; "" where it
    did not."""
    for what, start, end in _covered(archive, later):
        for part in parts:
            for ids in sliced(part.touched):
                if all_rows(
                    part.connection,
                    """
                    SELECT 1 FROM records WHERE id IN (SELECT value FROM json_each(?1))
                        AND kind = ?2 AND (?3 OR created_at BETWEEN ?4 AND ?5) LIMIT 1
                    """,
                    *(ids_text(ids), what, start == end, start or "", end),
                ):
                    return what
    return ""


def _destroyed_since(parts: Collection[Part]) -> Iterator[str]:
    """What was written while it ran and has been destroyed."""
    found: dict[str, int] = {}
    for part in parts:
        for number, count in all_rows(
            part.connection,
            """
            SELECT json_extract(detail, '$.batch'), count(*) FROM tombstones
            WHERE leaf_seq BETWEEN ? AND ?
                AND kind IN ('version', 'skipped', 'subscriber', 'original')
                AND json_extract(detail, '$.act') <> ? GROUP BY 1 ORDER BY 1
            """,
            *(*part.leaves, WITHDRAWN),
        ):
            found[number or "?"] = found.get(number or "?", 0) + count
    for number, count in found.items():
        yield (
            f"{count:,} of the things it brought were destroyed under {number} since: its "
            "certificate rests on this import"
        )


def _records(count: int) -> str:
    return "one of its records" if count == 1 else f"{count:,} of its records"
