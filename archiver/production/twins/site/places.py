"""Where each record stands in the site: a page for a conversation, several for a long one."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.production.release import Record
from archiver.production.twins.volume import Volume

FOLDER = "records"
MOST = 200  # records on one page


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records: its file, its conversation's number, its place among that one's pages."""

    file: str
    conversation: int
    part: int
    parts: int
    records: tuple[Record, ...]


class Places:
    """The pages of a volume's records, named by the page of the packet they begin on."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self.pages: list[Page] = []
        self._files: dict[str, str] = {}
        for number, records in enumerate(volume.conversations, 1):
            pieces = [records[at : at + MOST] for at in range(0, len(records), MOST)]
            for part, piece in enumerate(pieces, 1):
                file = f"{volume.names[piece[0].key]}.html"
                self.pages.append(Page(file, number, part, len(pieces), tuple(piece)))
                self._files.update((record.key, file) for record in piece)

    def of(self, record: Record) -> str:
        """The way to a record from another page of records."""
        return f"{self._files[record.key]}#{self.anchor(record)}"

    def anchor(self, record: Record) -> str:
        """What marks a record on its page."""
        return f"r{self._volume.number(record)}"
