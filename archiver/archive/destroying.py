"""Destroying: what a lawful act dooms leaves the archive for good, and a tombstone stays.

No law is in here: who may destroy what, and when, `retention` decides and records first. This end
keeps three promises. Nothing goes that is not what was frozen when people decided (its leaf is
compared). Nothing goes without its tombstone in the same transaction. And once committed, the rest
follows whatever happens: bytes on the disk (`finish_bytes`), then the search index's and the log's
old pages (`scrub`); a kill between is mended at the next start.
"""

from __future__ import annotations

from collections.abc import Sequence

from archiver.archive.destroying_bytes import destroy_exchanges, finish_bytes, is_unfinished
from archiver.archive.destroying_others import (
    ORIGINAL,
    UNREAD,
    destroy_originals,
    destroy_subscribers,
    destroy_unread,
)
from archiver.archive.destroying_records import destroy_records
from archiver.archive.dooming import Act, Changed, Destroyed, Doomed
from archiver.archive.scrubbing import Scrubbed, is_unscrubbed, scrub
from archiver.archive.store import Archive
from archiver.archive.tombstones import (
    ROW_OF,
    Authority,
    Tombstone,
    is_destroyed,
    tombstones_of,
)
from archiver.items import Access

__all__ = [
    "Authority",
    "Changed",
    "Destroyed",
    "Doomed",
    "Scrubbed",
    "Tombstone",
    "destroy",
    "destroy_exchanges",
    "finish_bytes",
    "is_destroyed",
    "is_unfinished",
    "is_unscrubbed",
    "scrub",
    "tombstones_of",
]


def destroy(
    archive: Archive,
    access: Access,
    doomed: Sequence[Doomed],
    authority: Authority,
    *,
    now: str,
) -> Destroyed:
    """Destroy holdings of one file, inside the caller's `with archive.writer():`.

    What has its tombstone already is counted and left. `now` (UTC) is the time on the tombstones.
    Raises Changed where something is no longer what was frozen (then the caller's transaction must
    not be committed), RuleError where something that stays rests on it, HomeError where the key of
    the tombstones is missing. Call `finish_bytes` after the commit.
    """
    act = Act(archive, access, authority, now)
    done = Destroyed()
    for kind, destroy_kind in (
        ("record", destroy_records),
        ("subscriber", destroy_subscribers),
        (UNREAD, destroy_unread),
        (ORIGINAL, destroy_originals),
    ):
        wanted = {one.id: one for one in doomed if one.kind == kind}
        if wanted:
            gone = act.gone(kind, wanted)
            left = {number: one for number, one in wanted.items() if number not in gone}
            done += Destroyed(already=len(gone))
            done += destroy_kind(act, left) if left else Destroyed()
    unknown = {one.kind for one in doomed} - ROW_OF.keys()
    if unknown:
        raise ValueError(f"no such holding: {', '.join(sorted(unknown))}")
    return done
