"""Withdrawing what an import brought of records: the new go, the known stand as they did before."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.archive.destroying_records import bury_unused_media, destroy_records
from archiver.archive.dooming import Act, Doomed, ids_text
from archiver.archive.restanding import restand
from archiver.archive.tombstones import Graveyard
from archiver.archive.withdrawing_counts import Withdrawn
from archiver.archive.withdrawing_part import Part, sliced
from archiver.progress import Progress


def withdraw_records(act: Act, part: Part, progress: Progress | None) -> Withdrawn:
    """Undo in one file what an import brought of records, with the media nothing names any more."""
    total, undone = len(part.touched), Withdrawn()

    def tell(more: Withdrawn) -> Withdrawn:
        if progress is not None:
            progress(f"withdrawing from {act.name}", more.records + more.restored, total)
        return more

    for ids in sliced(part.new):
        undone = tell(undone + _take_back(act, ids))
    for ids in sliced(part.known):
        undone = tell(undone + _stand_again(act, part, ids))
    return undone


def _take_back(act: Act, ids: Sequence[int]) -> Withdrawn:
    """Records nobody knew before: all that belongs to them goes."""
    wanted = {
        number: Doomed("record", number, leaf.hex(), *said)
        for number, leaf, *said in act.all(
            """
            SELECT r.id, l.hash, r.series, r.cutoff_on, r.retain_until FROM records AS r
            JOIN versions AS v ON v.id = r.version_id JOIN leaves AS l ON l.seq = v.leaf
            WHERE r.id IN (SELECT value FROM json_each(?))
            """,
            ids_text(ids),
        )
    }
    gone = destroy_records(act, wanted)
    return Withdrawn(
        records=gone.records,
        versions=gone.versions,
        events=gone.events,
        metrics=gone.metrics,
        media=gone.media,
    )


def _stand_again(act: Act, part: Part, ids: Sequence[int]) -> Withdrawn:
    """Records known before: what the import brought of them goes, and what stood before stands."""
    graveyard = act.graveyard(act.access)
    went = {
        table: _bury(act, part, graveyard, kind, table, ids)
        for kind, table in (("version", "versions"), ("event", "events"), ("metrics", "metrics"))
    }
    graveyard.close()
    versions = ids_text(went["versions"])
    pictures = {
        row[0]
        for row in act.all(
            """
            SELECT DISTINCT sha256 FROM record_media
            WHERE sha256 IS NOT NULL AND version_id IN (SELECT value FROM json_each(?))
            """,
            versions,
        )
    }
    act.connection.execute(
        "DELETE FROM record_media WHERE version_id IN (SELECT value FROM json_each(?))", (versions,)
    )
    for table in ("events", "metrics", "versions"):
        act.delete(table, went[table])
    restand(act.connection, ids)
    return Withdrawn(
        restored=len(ids),
        **{table: len(numbers) for table, numbers in went.items()},
        media=bury_unused_media(act, graveyard, pictures),
    )


def _bury(
    act: Act, part: Part, graveyard: Graveyard, kind: str, table: str, ids: Sequence[int]
) -> list[int]:
    """The tombstones of rows the import brought of records, not closed yet; the rows' numbers."""
    found = act.all(
        f"""
        SELECT t.id, t.record_id, t.leaf, l.hash FROM {table} AS t
        JOIN leaves AS l ON l.seq = t.leaf
        WHERE t.record_id IN (SELECT value FROM json_each(?))
            AND t.run_id IN (SELECT value FROM json_each(?)) ORDER BY t.id
        """,
        *(ids_text(ids), part.runs),
    )
    for number, record_id, seq, leaf in found:
        graveyard.add(kind, number, leaf_seq=seq, leaf=leaf, record_id=record_id)
    return [row[0] for row in found]
