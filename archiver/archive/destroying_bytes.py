"""Destroying what lies on the disk: exchanges in their WARC files, media and originals.

Rows go first, in a transaction that also writes down what is left to do (`unfinished`); then the
bytes, and when they are safely gone, the note. So a kill at any moment leaves either everything as
it was, or a note from which the next start goes on.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from archiver.archive.files import media_path, storage_errors, sync_folder
from archiver.archive.fillers import Filler
from archiver.archive.store import Archive
from archiver.archive.tombstones import (
    WITHDRAWN,
    Authority,
    Graveyard,
    Tombstone,
    tombstone_by_id,
)
from archiver.errors import RuleError
from archiver.items import Access

SLICE = 64
"""So many places on the disk are settled under one hold of the writer lock."""

_PLACE = """
    SELECT e.id, e.leaf, l.hash, e.access, e.warc, e.start, e.length FROM exchanges AS e
    JOIN leaves AS l ON l.seq = e.leaf
"""


def destroy_exchanges(
    archive: Archive,
    exchanges: Iterable[tuple[Access, int]],
    authority: Authority,
    *,
    now: str,
) -> int:
    """Destroy exchanges (file of the row, its number), inside the caller's `archive.writer()`.

    Where archive.db holds a copy of a private exchange's row, both rows go, whichever was named.
    Surviving records keep their own objects as received. What has its tombstone already is passed
    over. Returns how many exchanges went; call `finish_bytes` after the commit.
    Raises RuleError where one was never there.
    """
    places: dict[tuple[str, str, int], tuple[Any, ...]] = {}
    for access, number in exchanges:
        found = _row(archive.file(access), f"{_PLACE} WHERE e.id = ?", number)
        if found is None:
            _require_tombstone(archive, access, number)
            continue
        places[found[3], found[4], found[5]] = found[3:]
    # private.db is committed first, so the work that mends a kill between the two stands there
    for file in (Access.PRIVATE, Access.PUBLIC):
        graveyard = Graveyard(archive.file(file), authority, now)
        for place in places.values():
            _bury(graveyard, file, place, authority, now)
        graveyard.close()
        _delete_buried(archive.file(file), places.values())
    return len(places)


def _bury(
    graveyard: Graveyard, file: Access, place: tuple[Any, ...], authority: Authority, now: str
) -> None:
    """The tombstone of one exchange in one file, where that file holds its row."""
    lies, warc, start, length = place
    found = _row_at(graveyard.connection, place)
    if found is None:
        return
    number, seq, leaf = found[:3]
    said: dict[str, Any] = {"access": lies, "warc": warc, "start": start, "length": length}
    if file == lies:
        filler = Filler(authority.number, authority.act, now, leaf.hex(), warc, start, length)
        said["filler"] = filler.digest().hex()
    made = graveyard.add("exchange", number, leaf_seq=seq, leaf=leaf, said=said)
    if file == lies:
        graveyard.leave("exchange", f"{lies}/{warc} {start}", made)
    graveyard.leave("scrub", "")


def _row_at(connection: sqlite3.Connection, place: Sequence[Any]) -> tuple[Any, ...] | None:
    lies, warc, start, _ = place
    return _row(
        connection, f"{_PLACE} WHERE e.warc = ? AND e.start = ? AND e.access = ?", warc, start, lies
    )


def _delete_buried(connection: sqlite3.Connection, places: Iterable[tuple[Any, ...]]) -> None:
    connection.executemany(
        "DELETE FROM exchanges WHERE warc = ? AND start = ? AND access = ?",
        [(warc, start, lies) for lies, warc, start, _ in places],
    )


def _require_tombstone(archive: Archive, access: Access, number: int) -> None:
    found = archive.file(access).execute(
        "SELECT 1 FROM tombstones WHERE kind = 'exchange' AND ref = ?", (number,)
    )
    if found.fetchone() is None:
        name = archive.home.database(access).name
        raise RuleError(f"exchange {number} of {name} is not there and has no tombstone")


def is_unfinished(archive: Archive) -> bool:
    """Whether something that was destroyed still lies on the disk. Costs a look."""
    return any(
        archive.file(access)
        .execute("SELECT 1 FROM unfinished WHERE what <> 'scrub' LIMIT 1")
        .fetchone()
        for access in Access
    )


def finish_bytes(archive: Archive, authority_number: str | None = None) -> int:
    """Take from the disk what was destroyed: overwrite exchanges in place, unlink media and
    originals no row names any more, forget positions of sources that name a destroyed record.

    With `authority_number` only what was destroyed under it. Harmless to repeat; costs a look where
    there is nothing to do. Must not be called inside `archive.writer()`. Returns how many places
    were settled. Raises StorageError where the disk is full or not writable (what is left to do
    stays noted), BusyError.
    """
    if not is_unfinished(archive):
        return 0
    # committed before anything is crossed off: private.db's notes are crossed off first
    with archive.writer():
        _bury_twins(archive)
        _forget_positions(archive)
    settled = 0
    for access in Access:
        after = 0
        while True:
            with archive.writer():
                work = _work(archive.file(access), after, authority_number)
                _settle(archive, access, work)
            if not work:
                break
            after = work[-1][0]
            settled += len(work)
    return settled


def _work(connection: sqlite3.Connection, after: int, number: str | None) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(
        """
        SELECT u.id, u.what, u.name, u.tombstone_id FROM unfinished AS u
        LEFT JOIN tombstones AS t ON t.id = u.tombstone_id
        WHERE u.id > ? AND u.what <> 'scrub'
            AND (?2 IS NULL OR t.id IS NULL OR json_extract(t.detail, '$.batch') = ?2)
        ORDER BY u.id LIMIT ?
        """,
        (after, number, SLICE),
    ).fetchall()


def _bury_twins(archive: Archive) -> None:
    """A kill between the two commits of a destruction leaves archive.db one step behind: what
    private.db's tombstones say of both is done there too."""
    for what, name, tombstone_id in _rows(
        archive.private,
        "SELECT what, name, tombstone_id FROM unfinished WHERE what IN ('exchange', 'original')",
    ):
        tombstone = tombstone_by_id(archive.private, Access.PRIVATE, tombstone_id)
        # a withdrawal brings archive.db after by itself, with its trace
        if tombstone.act == WITHDRAWN:
            continue
        authority = Authority(tombstone.number, tombstone.act, tombstone.authority)
        graveyard = Graveyard(archive.public, authority, tombstone.at)
        if what == "exchange":
            said = tombstone.detail
            place = (said["access"], said["warc"], said["start"], said["length"])
            _bury(graveyard, Access.PUBLIC, place, authority, tombstone.at)
            graveyard.close()
            _delete_buried(archive.public, [place])
        else:
            _bury_original(archive, graveyard, tombstone, name)


def _bury_original(archive: Archive, graveyard: Graveyard, tombstone: Tombstone, name: str) -> None:
    digest = bytes.fromhex(Path(name).name[:64])
    archive.public.execute("DELETE FROM cursors WHERE instr(name, ?)", (digest.hex(),))
    found = _row(
        archive.public,
        """
        SELECT o.id, o.leaf, l.hash FROM originals AS o JOIN leaves AS l ON l.seq = o.leaf
        WHERE o.sha256 = ?
        """,
        digest,
    )
    if found is None:
        return
    identity = _row(archive.private, "SELECT identity FROM tombstones WHERE id = ?", tombstone.id)
    graveyard.add(
        *("original", found[0]),
        leaf_seq=found[1],
        leaf=found[2],
        said=tombstone.detail,
        identity=identity[0] if identity else None,
    )
    graveyard.leave("scrub", "")
    graveyard.close()
    archive.public.execute("DELETE FROM originals WHERE id = ?", (found[0],))


def _settle(archive: Archive, access: Access, work: Sequence[tuple[Any, ...]]) -> None:
    """Do a slice of the work, then cross it off."""
    exchanges = []
    for _, what, name, tombstone_id in work:
        if what == "exchange":
            exchanges.append(tombstone_by_id(archive.file(access), access, tombstone_id))
        elif what == "media":
            _unlink_media(archive, access, name)
        elif what == "original":
            _unlink_original(archive, name)
    by_warc: dict[str, list[Tombstone]] = {}
    for tombstone in exchanges:
        by_warc.setdefault(tombstone.detail["warc"], []).append(tombstone)
    for warc, tombstones in by_warc.items():
        _overwrite(archive, access, warc, tombstones)
    archive.file(access).executemany(
        "DELETE FROM unfinished WHERE id = ?", [(row[0],) for row in work]
    )


def _overwrite(
    archive: Archive, access: Access, warc: str, tombstones: Collection[Tombstone]
) -> None:
    """Put their fillers in the place of exchanges; a file that holds no other goes altogether."""
    path = archive.home.folder(access) / warc
    if _holds_no_other(archive.file(access), access, warc):
        _unlink(path)
        return
    with storage_errors(path):
        try:
            stream = path.open("r+b")
        except FileNotFoundError:
            return
        with stream:
            for tombstone in tombstones:
                filler = filler_of(tombstone)
                stream.seek(filler.start)
                for piece in filler.pieces():
                    stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())


def _holds_no_other(connection: sqlite3.Connection, access: Access, warc: str) -> bool:
    """Whether every exchange of a file was destroyed and no run can add one."""
    left = _row(
        connection,
        """
        SELECT 1 FROM exchanges WHERE warc = ?1 AND access = ?2
        UNION ALL
        SELECT 1 FROM runs WHERE id = ?3 AND outcome IS NULL
        """,
        warc,
        access.value,
        int(Path(warc).name.partition("-")[0]),
    )
    return left is None


def filler_of(tombstone: Tombstone) -> Filler:
    """What stands in the place of a destroyed exchange."""
    said = tombstone.detail
    return Filler(
        *(tombstone.number, tombstone.act, tombstone.at, tombstone.leaf or ""),
        *(said["warc"], said["start"], said["length"]),
    )


def _unlink_media(archive: Archive, access: Access, name: str) -> None:
    """Unlink a media file, unless it was captured again meanwhile. What waits in `incoming` under
    the same name is another capture's, which commits its row later."""
    found = _row(archive.file(access), "SELECT 1 FROM media WHERE sha256 = ?", bytes.fromhex(name))
    if found is None:
        _unlink(media_path(archive.home, access, name))


def _unlink_original(archive: Archive, name: str) -> None:
    lies, _, file = name.partition("/")
    digest = file[:64]
    found = _row(archive.private, "SELECT 1 FROM originals WHERE sha256 = ?", bytes.fromhex(digest))
    if found is None:
        folder = archive.home.folder(Access(lies))
        _unlink(folder / "originals" / file)


def _unlink(path: Path) -> None:
    with storage_errors(path):
        if path.exists():
            path.unlink(missing_ok=True)
            sync_folder(path.parent)


def _forget_positions(archive: Archive) -> None:
    for access in Access:
        for (name,) in _rows(
            archive.file(access), "SELECT name FROM unfinished WHERE what = 'cursors'"
        ):
            _forget_position(archive, *msgspec.json.decode(name))


def _forget_position(archive: Archive, account_id: int, native_id: str) -> None:
    """Take a destroyed record out of what sources remember: out of a list of things to do; where it
    says how far a walk had come, the walk begins anew."""
    words = words_of(native_id)
    for name, value in _rows(
        archive.public, "SELECT name, value FROM cursors WHERE account_id = ?", account_id
    ):
        if not any(word in value for word in words):
            continue
        left = without(value, words)
        if left is None:
            archive.public.execute(
                "DELETE FROM cursors WHERE account_id = ? AND name = ?", (account_id, name)
            )
        else:
            archive.public.execute(
                "UPDATE cursors SET value = ? WHERE account_id = ? AND name = ?",
                (left, account_id, name),
            )


def words_of(native_id: str) -> tuple[str, ...]:
    """How a source's own notes may name a record: by its id, or by the last part of an address."""
    last = native_id.rpartition("/")[2]
    words = [msgspec.json.encode(native_id).decode()]
    if len(native_id) >= 10:
        words.append(native_id)
    if last != native_id and len(last) >= 10:
        words.append(last)
    return tuple(words)


def without(value: str, words: Sequence[str]) -> str | None:
    """A position without the entries of its lists that say one of these words; None where it says
    one elsewhere too."""
    try:
        position = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return None
    if isinstance(position, dict):
        for key, entries in position.items():
            if isinstance(entries, list):
                position[key] = [
                    entry
                    for entry in entries
                    if not any(word in msgspec.json.encode(entry).decode() for word in words)
                ]
    left = msgspec.json.encode(position).decode()
    return None if any(word in left for word in words) else left


def _rows(connection: sqlite3.Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()


def _row(connection: sqlite3.Connection, sql: str, *values: object) -> tuple[Any, ...] | None:
    found = _rows(connection, sql, *values)
    return found[0] if found else None
