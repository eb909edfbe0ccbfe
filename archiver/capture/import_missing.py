"""What earlier imports brought and a later download no longer holds. That is told, and nothing is
concluded from it: a download leaves things out for many reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archiver.archive.store import Archive
from archiver.capture.import_report import SHOWN_MISSING, Missing
from archiver.exports.counting import CoverageLine
from archiver.exports.seen import SeenIds
from archiver.items import Access, Kind

_KINDS = (Kind.POST, Kind.COMMENT, Kind.MESSAGE)


def missing(
    archive: Archive,
    account_id: int,
    source: str,
    generated_at: str,
    seen: Mapping[Kind, SeenIds],
    coverage: Sequence[CoverageLine],
) -> list[Missing]:
    """Records that downloads of this `source` brought of the account, not removed and of the time
    the download speaks for, that are not among `seen`.

    Kinds the download holds nothing of are left out: nothing can be said of them.
    """
    found = []
    for kind in _KINDS:
        ids = seen.get(kind)
        if ids is None or not len(ids):
            continue
        since = min((line.start or "" for line in coverage if line.what == kind.value), default="")
        shown: list[str] = []
        count = 0
        for access in Access:
            for native_id in _imported(
                archive, access, (account_id, source), kind, since, generated_at
            ):
                if native_id not in ids:
                    count += 1
                    if count <= SHOWN_MISSING:
                        shown.append(native_id)
        if count:
            found.append(Missing(kind.value, count, tuple(shown)))
    return found


def _imported(
    archive: Archive, access: Access, whose: tuple[int, str], kind: Kind, since: str, until: str
) -> Iterator[str]:
    for row in archive.file(access).execute(
        """
        SELECT r.native_id FROM records AS r JOIN versions AS v ON v.id = r.version_id
        JOIN runs AS i ON i.id = v.run_id
        WHERE r.account_id = ? AND i.source = ? AND r.kind = ? AND r.presence = 'present'
            AND r.created_at BETWEEN ? AND ? AND v.original_id IS NOT NULL
        ORDER BY r.id
        """,
        (*whose, kind.value, since, until),
    ):
        yield row["native_id"]


def imported_before(archive: Archive, account_id: int, source: str, run_id: int) -> bool:
    """Whether an earlier import of this account brought anything."""
    found = archive.public.execute(
        """
        SELECT 1 FROM runs WHERE account_id = ? AND source = ? AND id < ?
            AND outcome IN ('complete', 'partial') LIMIT 1
        """,
        (account_id, source, run_id),
    ).fetchone()
    return found is not None
