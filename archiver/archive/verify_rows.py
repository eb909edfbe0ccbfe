"""Verify, part one: seals against leaves, and every sealed row against its leaf."""

from __future__ import annotations

import sqlite3
from hashlib import sha256

import msgspec

from archiver.archive.findings import Findings
from archiver.archive.keys import is_signed, public_keys
from archiver.archive.leaves import SEALED, Sealed, row_leaf
from archiver.archive.seals import FIRST, Seal, root_of, seals
from archiver.archive.store import Archive
from archiver.archive.tombstones import CLOSING
from archiver.items import Access

_BLOCK = 5_000


def check_seals(archive: Archive, findings: Findings) -> None:
    """Every seal: its place in the chain, its range, its root, its signature, its twin."""
    place = archive.home.archive_db.name + ", seals"
    keys = public_keys(archive.home.keys)
    total = archive.public.execute("SELECT count(*) FROM seals").fetchone()[0]
    before: Seal | None = None
    for seal in seals(archive.public):
        findings.tell("seals", seal.n, total)
        findings.checked["seals"] += 1
        row = f"seal {seal.n}"
        previous = before.digest() if before else FIRST
        if seal.n != (before.n + 1 if before else 1):
            findings.add(place, row, "the seal before it is missing")
        elif seal.previous != previous:
            findings.add(place, row, "it does not follow from the seal before it")
        if seal.key not in keys:
            findings.add(place, row, "its public key is not among the keys of this home")
        elif not is_signed(keys[seal.key], seal.signature, seal.body()):
            findings.add(place, row, "its signature does not match")
        if not _continues(before, seal):
            findings.add(place, row, "its range of leaves does not continue the seal before it")
        if root_of(archive, seal) != seal.root:
            findings.add(place, row, _what_differs(archive, seal))
        before = seal
    _check_twins(archive, findings)
    for access in Access:
        last = before and (before.public_last if access is Access.PUBLIC else before.private_last)
        newest = _count(archive.file(access), "SELECT coalesce(max(seq), 0) FROM leaves")
        findings.checked["leaves not sealed yet"] += max(newest - (last or 0), 0)


def _continues(before: Seal | None, seal: Seal) -> bool:
    last = (before.public_last, before.private_last) if before else (0, 0)
    return (seal.public_first, seal.private_first) == (last[0] + 1, last[1] + 1)


def _what_differs(archive: Archive, seal: Seal) -> str:
    """Why a root does not come out: leaves missing, or changed."""
    for access, first, last in (
        (Access.PUBLIC, seal.public_first, seal.public_last),
        (Access.PRIVATE, seal.private_first, seal.private_last),
    ):
        held = _count(
            archive.file(access),
            "SELECT count(*) FROM leaves WHERE seq BETWEEN ? AND ?",
            first,
            last,
        )
        if held != last - first + 1:
            name = archive.home.database(access).name
            return f"{last - first + 1 - held} of the leaves it covers in {name} are missing"
    return "its root does not come out: a leaf it covers was changed"


def _check_twins(archive: Archive, findings: Findings) -> None:
    """private.db holds the same seals; a kill may have left it one ahead."""
    place = archive.home.private_db.name + ", seals"
    theirs = seals(archive.private)
    for ours in seals(archive.public):
        twin = next(theirs, None)
        if twin is None or twin.digest() != ours.digest():
            findings.add(place, f"seal {ours.n}", "it is missing or not the one in archive.db")
            return
    if len(list(theirs)) > 1:
        findings.add(archive.home.archive_db.name + ", seals", "", "the last seals are missing")


def _count(connection: sqlite3.Connection, sql: str, *values: object) -> int:
    return int(connection.execute(sql, values).fetchone()[0])


def check_leaves(archive: Archive, access: Access, findings: Findings) -> None:
    """Every sealed row of a file against its leaf, and every leaf against its row."""
    name = archive.home.database(access).name
    connection = archive.file(access)
    _check_numbers(connection, name, findings)
    per_kind = dict(
        connection.execute("SELECT kind, count(*) FROM leaves GROUP BY kind").fetchall()
    )
    for kind in per_kind.keys() - SEALED.keys() - {"version"}:
        findings.add(f"{name}, leaves", "", f"leaves of an unknown kind: {kind}")
    for kind, sealed in SEALED.items():
        findings.tell(f"{name}: {sealed.table}", 0, per_kind.get(kind, 0))
        rows = _check_table(connection, name, kind, sealed, findings)
        check_complete(connection, name, kind, sealed, rows, per_kind.get(kind, 0), findings)
    _check_ends(connection, name, findings)
    _check_accounts(connection, name, findings)
    _check_dictionaries(connection, name, findings)


def _check_numbers(connection: sqlite3.Connection, name: str, findings: Findings) -> None:
    count = _count(connection, "SELECT count(*) FROM leaves")
    newest = _count(connection, "SELECT coalesce(max(seq), 0) FROM leaves")
    findings.checked["leaves"] += count
    if count != newest:
        missing = _count(
            connection,
            """
            SELECT coalesce(min(seq) + 1, 1) FROM leaves l
            WHERE NOT EXISTS (SELECT 1 FROM leaves n WHERE n.seq = l.seq + 1)
            """,
        )
        findings.add(f"{name}, leaves", f"leaf {missing}", "it is missing")


def _check_table(
    connection: sqlite3.Connection, name: str, kind: str, sealed: Sealed, findings: Findings
) -> int:
    """Compare each row with its leaf; how many rows there were."""
    columns = ", ".join(f"t.{column}" for column in sealed.columns)
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(
        f"""
        SELECT l.kind, l.hash, {columns} FROM {sealed.table} AS t
        LEFT JOIN leaves AS l ON l.seq = t.{sealed.leaf}
        WHERE t.{sealed.leaf} IS NOT NULL AND {sealed.where} ORDER BY t.id
        """
    )
    rows = 0
    while block := cursor.fetchmany(_BLOCK):
        rows += len(block)
        for row in block:
            if row[0] != kind or row_leaf(kind, row[2:]) != row[1]:
                what = "it has no leaf" if row[1] is None else "it does not match its leaf"
                findings.add(f"{name}, {sealed.table}", f"row {row[2]}", what)
    findings.checked[f"rows of {sealed.table}"] += rows if sealed.leaf == "leaf" else 0
    return rows


def check_complete(
    connection: sqlite3.Connection,
    name: str,
    kind: str,
    sealed: Sealed,
    rows: int,
    leaves: int,
    findings: Findings,
) -> None:
    """Whether there are as many rows of a kind as leaves, those destroyed by law counted."""
    destroyed = _count(
        connection,
        f"""
        SELECT count(*) FROM tombstones AS t JOIN leaves AS l ON l.seq = t.leaf_seq
        WHERE l.kind = ?
            AND (t.kind = ? OR NOT EXISTS (SELECT 1 FROM {sealed.table} r WHERE r.id = t.ref))
        """,
        *(kind, CLOSING),
    )
    if rows + destroyed == leaves:
        return
    place = f"{name}, {sealed.table}"
    if rows + destroyed > leaves:
        twice = connection.execute(
            f"""
            SELECT max(id) FROM {sealed.table}
            WHERE {sealed.leaf} IS NOT NULL AND {sealed.where}
            GROUP BY {sealed.leaf} HAVING count(*) > 1 LIMIT 1
            """
        ).fetchone()
        row = f"row {twice[0]}" if twice else ""
        findings.add(place, row, f"{rows + destroyed - leaves} rows were added without a leaf")
        return
    missing = connection.execute(
        f"""
        SELECT min(seq) FROM leaves WHERE kind = ?
            AND seq NOT IN (
                SELECT {sealed.leaf} FROM {sealed.table}
                WHERE {sealed.leaf} IS NOT NULL AND {sealed.where})
            AND seq NOT IN (SELECT leaf_seq FROM tombstones WHERE leaf_seq IS NOT NULL)
        """,
        (kind,),
    ).fetchone()[0]
    what = f"{leaves - rows - destroyed} rows are missing, the first is that of leaf {missing}"
    findings.add(place, "", what)


def _check_ends(connection: sqlite3.Connection, name: str, findings: Findings) -> None:
    """A run or interval may not look closed without a leaf that says so."""
    for table, column in (("runs", "outcome"), ("subscribers", "to_at")):
        found = connection.execute(
            f"SELECT id FROM {table} WHERE ({column} IS NULL) <> (end_leaf IS NULL) LIMIT 1"
        ).fetchone()
        if found:
            findings.add(f"{name}, {table}", f"row {found[0]}", "its end has no leaf")


def _check_accounts(connection: sqlite3.Connection, name: str, findings: Findings) -> None:
    """Every mirrored account as the last audit row about it says."""
    told = {}
    for detail in connection.execute(
        "SELECT detail FROM audit WHERE action = 'account' ORDER BY id"
    ):
        values = msgspec.json.decode(detail[0])["account"]
        told[values[0]] = values
    held = {
        row[0]: list(row)
        for row in connection.execute(
            """
            SELECT id, platform, handle, display_name, department, division, native_id,
                account_class
            FROM accounts ORDER BY id
            """
        )
    }
    findings.checked["accounts"] += len(held)
    for number in sorted(told.keys() | held.keys()):
        if held.get(number) != told.get(number):
            findings.add(f"{name}, accounts", f"row {number}", "it is not what the audit says")


def _check_dictionaries(connection: sqlite3.Connection, name: str, findings: Findings) -> None:
    for number, digest, content in connection.execute("SELECT id, sha256, bytes FROM dictionaries"):
        if sha256(content).digest() != digest:
            findings.add(f"{name}, dictionaries", f"row {number}", "its bytes changed")
