"""What was kept of reconciliations: the numbers of each import, and which records they count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, Literal

from archiver.archive.stored_text import to_shown
from archiver.decoding import decoder

SHOWN = 100
"""So many ids of each sort are samples; all of them are kept (`reconciled_records`)."""

Where = Literal["download", "interface", "both"]
"""Which side holds a record."""
WHERES: tuple[Where, ...] = ("download", "interface", "both")
"""All of them, in the order they are told."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One kind of an account, in the span a download covers of it (`start` None: from the
    beginning; UTC), from both sides.

    `download` and `interface` are how many records each side holds; `different` of those both hold
    differ, `in_text`, `in_time` and `in_attachments` say in what. `proposed` of those only the
    download holds may be the same as another record, which nobody has decided yet. The samples are
    native ids, the first hundred.
    """

    kind: str
    start: str | None
    end: str
    download: int
    interface: int
    only_download: int
    only_interface: int
    both: int
    different: int
    in_text: int
    in_time: int
    in_attachments: int
    proposed: int
    sample_download: tuple[str, ...] = ()
    sample_interface: tuple[str, ...] = ()
    sample_different: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReconciledRecord:
    """One record of a reconciliation: which side holds it, and in what both differ."""

    file: str
    id: int
    native_id: str
    created_at: str
    where: str
    differs: str


_read_reconciled = decoder(Reconciled)


def reconciliations(
    files: Mapping[str, sqlite3.Connection],
    account_id: int | None = None,
    run_id: int | None = None,
) -> dict[int, list[Reconciled]]:
    """What was kept of imports, by run, the newest first: of one account or run, or of all."""
    found: dict[int, list[Reconciled]] = {}
    for connection in files.values():
        for number, counts in connection.execute(
            "SELECT run_id, counts FROM reconciliations WHERE (?1 IS NULL OR account_id = ?1)"
            " AND (?2 IS NULL OR run_id = ?2) ORDER BY run_id DESC, kind",
            (account_id, run_id),
        ).fetchall():
            made = _read_reconciled(counts)
            found.setdefault(number, []).append(_with_samples(connection, number, made))
    return dict(sorted(found.items(), reverse=True))


def _with_samples(connection: sqlite3.Connection, run_id: int, made: Reconciled) -> Reconciled:
    files = {"": connection}
    download, interface, different = (
        tuple(
            one.native_id
            for one in islice(reconciled_records(files, run_id, made.kind, where), SHOWN)
        )
        for where in WHERES
    )
    return replace(
        made,
        sample_download=download,
        sample_interface=interface,
        sample_different=different,
    )


def reconciled_records(
    files: Mapping[str, sqlite3.Connection], run_id: int, kind: str, where: Where
) -> Iterator[ReconciledRecord]:
    """All records only one side held when a download was imported, or (both) that differ."""
    for file, connection in files.items():
        for number, native_id, created_at, differs in connection.execute(
            """
            SELECT r.id, r.native_id, r.created_at, c.differs
            FROM reconciled AS c JOIN records AS r ON r.id = c.record_id
            WHERE c.run_id = ? AND c.kind = ? AND c.side = ? ORDER BY r.id
            """,
            (run_id, kind, where),
        ):
            yield ReconciledRecord(file, number, to_shown(native_id), created_at, where, differs)
