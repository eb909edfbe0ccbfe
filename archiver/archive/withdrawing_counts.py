"""How much a withdrawal undid, and how its trace says so."""

from __future__ import annotations

from dataclasses import dataclass, fields

import msgspec

from archiver.archive.withdrawing_scope import FileRead


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How much went: records the import was the first to bring, `versions` (theirs, and those of
    records that stand again as they were: `restored`), events, counters, media, intervals of
    `people` opened, those `reopened` that it had closed, counts of people, statements of coverage,
    unread parts, flags of something destroyed that was met again, and files (`originals`)."""

    records: int = 0
    restored: int = 0
    versions: int = 0
    events: int = 0
    metrics: int = 0
    media: int = 0
    people: int = 0
    reopened: int = 0
    counts: int = 0
    coverage: int = 0
    unread: int = 0
    resightings: int = 0
    originals: int = 0

    def __add__(self, other: Withdrawn) -> Withdrawn:
        """What went together."""
        return Withdrawn(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in `detail` of a row of `withdrawals`, of one file. `run` is the run by which the
    import is known; only its own row says more: what its files are known by (`digest`), the files
    (their names only in private.db: they may say what is private) and what went, by the names of
    `Withdrawn`."""

    run: int
    digest: str = ""
    files: tuple[FileRead, ...] = ()
    ended: bool = True
    went: dict[str, int] = {}


def went_of(done: Withdrawn) -> dict[str, int]:
    """The counts that are not nought, by name."""
    counts = {one.name: int(getattr(done, one.name)) for one in fields(done)}
    return {name: count for name, count in counts.items() if count}
