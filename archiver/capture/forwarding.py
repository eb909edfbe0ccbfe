"""Taking into the archive what was handed in: an ordinary run, its original, its records.

One batch for one file, so that a kill leaves all of its records or none; handing the same file in
again finds them there.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from archiver.archive.media import StoredMedia, store_media
from archiver.archive.originals import store_original
from archiver.archive.store import Archive
from archiver.archive.taking import Outcome
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.errors import ArchiverError, StorageError
from archiver.items import Access, Item
from archiver.locks import held

SOURCE = "forwarded"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file: the record of each item (None: it was destroyed before), in order."""

    run: int
    records: tuple[int | None, ...]


def alone(archive: Archive) -> AbstractContextManager[None]:
    """Nobody else takes in what was handed in. Raises BusyError where somebody does."""
    return held(
        archive.home.path / ".forwarded.lock",
        lambda by: (
            f"files that were handed in are being taken into the archive already{by}: wait for it "
            "to end"
        ),
    )


def take_in_file(
    archive: Archive,
    account: AccountRef,
    path: Path,
    *,
    name: str,
    items: Sequence[Item],
    media: Mapping[str, bytes],
    handed_in_at: str,
    notes: Mapping[str, object],
) -> TakenIn:
    """Keep a file as it was handed in, and what was read out of it, all of it or nothing.

    `media` are the bytes by `MediaRef.key`; `notes` (who handed it in, under which ask) stand in
    the run, under the seal. Raises RuleError where this very file was destroyed, InputError where
    it cannot be read, StorageError, BusyError.
    """
    run = begin_run(archive, account, source=SOURCE)
    try:
        original = store_original(archive, run, path, access=Access.PRIVATE, name=name)
        stored: dict[str, StoredMedia] = {
            key: store_media(archive.home, Access.PRIVATE, io.BytesIO(content))
            for key, content in media.items()
        }
        with batch(archive, run) as opened:
            outcomes = opened.add(items, observed_at=handed_in_at, original=original, media=stored)
    except StorageError:
        raise
    except (ArchiverError, OSError) as error:
        finish_run(archive, run, outcome="failed", notes={"error": type(error).__name__})
        raise
    finish_run(
        archive,
        run,
        outcome="complete",
        notes={
            **notes,
            "sha256": original.sha256,
            "stored": sum(each is Outcome.STORED for each in outcomes),
            "duplicates": sum(each is Outcome.DUPLICATE for each in outcomes),
        },
    )
    return TakenIn(run.id, tuple(_records(archive, account.id, items)))


def _records(archive: Archive, account_id: int, items: Sequence[Item]) -> Iterator[int | None]:
    for item in items:
        found = archive.private.execute(
            "SELECT id FROM records WHERE account_id = ? AND kind = ? AND native_id = ?",
            (account_id, item.kind.value, item.native_id),
        ).fetchone()
        yield None if found is None else int(found["id"])
