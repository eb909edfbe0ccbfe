"""What an import found beside what the interface had given: only the one, only the other, both.

Records a person said are one are counted once. The numbers are those of the span of time the
download covers of a kind, and add up: what the download holds is what only it holds and what both
hold; the same of the interface. Nothing is concluded from what one side lacks.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import msgspec

from archiver.archive.coverage import statements
from archiver.archive.pairs_differing import ATTACHMENTS, TEXT, TIME, differences, told_by
from archiver.archive.store import Archive
from archiver.archive.stored_text import to_shown
from archiver.capture.proposing import propose_pairs as propose_pairs
from archiver.capture.reconciled import SHOWN, WHERES, Reconciled, Where
from archiver.items import Access, Kind

_AT_ONCE = 2_000
_COMPARED = (TEXT, TIME, ATTACHMENTS)


@dataclass(slots=True)
class _Group:
    """A record, or several that count as one, as far as it is met."""

    shown: int
    native_id: str = ""
    in_download: bool = False
    in_interface: bool = False
    version_there: int | None = None
    version_here: int | None = None
    differs: tuple[str, ...] = ()

    @property
    def where(self) -> Where:
        """Which side holds it."""
        if self.in_download and self.in_interface:
            return "both"
        return "download" if self.in_download else "interface"


@dataclass(slots=True)
class _Sides:
    groups: list[_Group] = field(default_factory=list)

    def of(self, where: Where) -> list[_Group]:
        """The groups only that side holds, or both."""
        return [group for group in self.groups if group.where == where]


def reconcile(
    archive: Archive,
    account_id: int,
    run_id: int,
    seen: Mapping[Kind, Container[str]],
    observed_at: str,
    kinds: Iterable[Kind],
    starts: Mapping[Kind, str | None] | None = None,
) -> list[Reconciled]:
    """Compare what a download holds with what the interface gave of an account, and keep it.

    `seen` has, by kind, the native ids the download holds, `kinds` those it speaks of at all;
    `observed_at` (UTC) is when it was made. The span of a kind begins where `starts` says, else
    where the run stated that its coverage does. Call it when all of the download was taken in and
    pairs were proposed. Where the interface was never asked there is nothing to compare with.
    Raises BusyError, StorageError.
    """
    found: list[Reconciled] = []
    if not _interface_asked(archive, account_id):
        return found
    for kind in dict.fromkeys(kinds):
        if starts is None:
            start = _start_of(archive.public, account_id, run_id, kind)
        else:
            start = starts.get(kind)
        for access in Access:
            connection = archive.file(access)
            groups = _groups(connection, account_id, kind, seen.get(kind, ()), (start, observed_at))
            sides = _Sides(groups)
            _compare(connection, sides.of("both"))
            proposed = _proposed(connection, account_id, kind)
            made = _counted(kind, (start, observed_at), sides, proposed)
            if made.download or made.interface:
                found.append(made)
                with archive.writer():
                    _keep(connection, account_id, run_id, made, sides)
    return found


def _interface_asked(archive: Archive, account_id: int) -> bool:
    found = archive.public.execute(
        "SELECT 1 FROM runs WHERE account_id = ? AND source NOT LIKE '%-download' LIMIT 1",
        (account_id,),
    ).fetchone()
    return found is not None


def _start_of(
    connection: sqlite3.Connection, account_id: int, run_id: int, kind: Kind
) -> str | None:
    """Where the coverage a run stated of a kind begins; None: at the beginning."""
    starts = [
        statement.start_at or ""
        for statement in statements(connection, account_id, kind.value)
        if statement.run_id == run_id and statement.state != "none"
    ]
    return min(starts, default="") or None


_RECORDS = """
    SELECT r.id, r.native_id, r.created_at, coalesce(p.kept_id, r.id),
        (SELECT max(v.id) FROM versions AS v
            WHERE v.record_id = r.id AND v.exchange_id IS NOT NULL),
        (SELECT max(v.id) FROM versions AS v
            WHERE v.record_id = r.id AND v.original_id IS NOT NULL)
    FROM records AS r LEFT JOIN pairs AS p ON p.derived_id = r.id
    WHERE r.account_id = ? AND r.kind = ? ORDER BY r.id
"""


def _groups(
    connection: sqlite3.Connection,
    account_id: int,
    kind: Kind,
    held: Container[str],
    span: tuple[str | None, str],
) -> list[_Group]:
    """The records either side holds in the span, those that count as one together."""
    start, end = span
    groups: dict[int, _Group] = {}
    cursor = connection.cursor()
    cursor.row_factory = None
    for number, native_id, created_at, shown, there, here in cursor.execute(
        _RECORDS, (account_id, kind.value)
    ):
        in_download = native_id in held
        within = (start or "") <= created_at <= end
        in_interface = there is not None and (within or in_download)
        if not in_download and not in_interface and shown == number and here is None:
            continue
        group = groups.setdefault(shown, _Group(shown))
        if number == shown:
            group.native_id = to_shown(native_id)
        group.in_download |= in_download
        group.in_interface |= in_interface
        if in_interface:
            group.version_there = there
        if in_download and here is not None:
            group.version_here = here
    return [group for group in groups.values() if group.in_download or group.in_interface]


def _compare(connection: sqlite3.Connection, groups: Collection[_Group]) -> None:
    """Say of each group both sides hold in what they differ."""
    whole = [group for group in groups if group.version_there and group.version_here]
    for start in range(0, len(whole), _AT_ONCE):
        some = whole[start : start + _AT_ONCE]
        told = told_by(
            connection,
            [
                number
                for group in some
                for number in (group.version_there, group.version_here)
                if number is not None
            ],
        )
        for group in some:
            there, here = told[group.version_there or 0], told[group.version_here or 0]
            what = [each.what for each in differences(there, here)]
            group.differs = tuple(name for name in _COMPARED if name in what)


def _proposed(connection: sqlite3.Connection, account_id: int, kind: Kind) -> frozenset[int]:
    """The records of which a proposal waits."""
    return frozenset(
        row[0]
        for row in connection.execute(
            "SELECT derived_id FROM pair_proposals"
            " WHERE state = 'open' AND account_id = ? AND kind = ?",
            (account_id, kind.value),
        )
    )


def _counted(
    kind: Kind, span: tuple[str | None, str], sides: _Sides, proposed: frozenset[int]
) -> Reconciled:
    download, interface, both = (sides.of(where) for where in WHERES)
    different = [group for group in both if group.differs]
    in_what = Counter(name for group in different for name in group.differs)
    return Reconciled(
        *(kind.value, *span),
        download=len(download) + len(both),
        interface=len(interface) + len(both),
        only_download=len(download),
        only_interface=len(interface),
        both=len(both),
        different=len(different),
        in_text=in_what[TEXT],
        in_time=in_what[TIME],
        in_attachments=in_what[ATTACHMENTS],
        proposed=sum(group.shown in proposed for group in download),
        sample_download=_sample(download),
        sample_interface=_sample(interface),
        sample_different=_sample(different),
    )


def _sample(groups: Iterable[_Group]) -> tuple[str, ...]:
    return tuple(group.native_id for group in islice(groups, SHOWN))


def _keep(
    connection: sqlite3.Connection,
    account_id: int,
    run_id: int,
    made: Reconciled,
    sides: _Sides,
) -> None:
    """Keep the numbers, and which records only one side holds or both hold differently."""
    key = (run_id, made.kind)
    connection.execute("DELETE FROM reconciliations WHERE run_id = ? AND kind = ?", key)
    connection.execute("DELETE FROM reconciled WHERE run_id = ? AND kind = ?", key)
    # no id of a record is kept with the numbers: who may not see the record may see these
    numbers = replace(made, sample_download=(), sample_interface=(), sample_different=())
    counts = msgspec.json.encode(numbers, order="sorted").decode()
    connection.execute(
        "INSERT INTO reconciliations (run_id, account_id, kind, start_at, end_at, counts)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (run_id, account_id, made.kind, made.start, made.end, counts),
    )
    connection.executemany(
        "INSERT INTO reconciled (run_id, kind, side, record_id, differs) VALUES (?, ?, ?, ?, ?)",
        (
            (run_id, made.kind, group.where, group.shown, ", ".join(group.differs))
            for group in sides.groups
            if group.where != "both" or group.differs
        ),
    )
