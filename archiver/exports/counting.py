"""What a download holds, file by file, and what period it covers: the words every importer and the
report share."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.items import Item, Relation, Skipped, Subscriber

Unit = Item | Subscriber | Skipped

RECORDS = "records"
PEOPLE = "people"
KEPT = "kept"
UNREADABLE = "unreadable"


@dataclass(slots=True)
class FileCount:
    """What became of one file of a download, or of many of a kind counted together.

    `declared` and `read` count its elements (array entries, table rows, blocks of a page); `units`
    what has to be accounted for (a conversation is one element, each message in it a unit), of
    which `joined` became part of another record. `repaired` elements were not proper JSON,
    `garbled` texts look like UTF-8 that was taken for Latin-1 before it came here; both are kept as
    received. `mended` texts were garbled by the platform and could be read again without loss: the
    garbled form stays in the record's evidence. `state` is records, people, kept (stays in the
    original) or unreadable; `complete` whether it was read to its end.
    """

    member: str
    data_type: str
    declared: int | None
    read: int
    state: str
    reason: str = ""
    units: int = 0
    joined: int = 0
    repaired: int = 0
    garbled: int = 0
    complete: bool = True
    relation: Relation | None = None
    mended: int = 0
    files: int = 1

    @property
    def agrees(self) -> bool:
        """Whether as much was read as the download declares."""
        return self.declared is None or self.declared in (self.read, self.units)

    def join(self, units: int = 1) -> None:
        """Count what was read and became part of another record."""
        self.units += units
        self.joined += units


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """What period a download covers of a kind or list, and how far. `end` and `start` (None: from
    the beginning) are UTC; `state` is complete, partial or none, the last two with their reason."""

    what: str
    start: str | None
    end: str
    state: str
    reason: str
