"""Taking into the archive what was handed in: an ordinary run, its original, its records.

One batch for one file, so that a kill leaves all of its records or none; a mailbox of thousands of
messages takes a batch for every few hundred. Handing the same file in again finds them there.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
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
AT_ONCE = 500
"""Records of one batch."""


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
    parts: Iterable[tuple[Item, Mapping[str, bytes | Path]]],
    handed_in_at: str,
    notes: Mapping[str, object],
) -> TakenIn:
    """Keep a file as it was handed in, and what was read out of it, all of it or nothing.

    `parts` are what was read out of it, each with its media (bytes, or a file that holds them) by
    `MediaRef.key`, and may be read while they are taken in; `notes` (who handed it in, under which
    ask) stand in the run, under the seal. Raises RuleError where this very file was destroyed,
    InputError where it cannot be read, StorageError, BusyError.
    """
    run = begin_run(archive, account, source=SOURCE)
    try:
        original = store_original(archive, run, path, access=Access.PRIVATE, name=name)
        outcomes: Counter[Outcome] = Counter()
        records: list[int | None] = []
        waiting = iter(parts)
        while some := list(_stored(archive, islice(waiting, AT_ONCE))):
            items = [item for item, _ in some]
            media = {key: stored for _, media in some for key, stored in media.items()}
            with batch(archive, run) as opened:
                outcomes.update(
                    opened.add(items, observed_at=handed_in_at, original=original, media=media)
                )
            records += _records(archive, account.id, items)
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
            "stored": outcomes[Outcome.STORED],
            "duplicates": outcomes[Outcome.DUPLICATE],
        },
    )
    return TakenIn(run.id, tuple(records))


def _stored(
    archive: Archive, parts: Iterable[tuple[Item, Mapping[str, bytes | Path]]]
) -> Iterator[tuple[Item, Mapping[str, StoredMedia]]]:
    """The parts with their media taken in."""
    for item, media in parts:
        stored = {}
        for key, lies in media.items():
            with io.BytesIO(lies) if isinstance(lies, bytes) else lies.open("rb") as stream:
                stored[key] = store_media(archive.home, Access.PRIVATE, stream)
        yield item, stored


def _records(archive: Archive, account_id: int, items: Sequence[Item]) -> Iterator[int | None]:
    for item in items:
        found = archive.private.execute(
            "SELECT id FROM records WHERE account_id = ? AND kind = ? AND native_id = ?",
            (account_id, item.kind.value, item.native_id),
        ).fetchone()
        yield None if found is None else int(found["id"])
