"""A volume as its twins read it: the release, what was printed of it, and the names of things."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from archiver.production.bates import bates
from archiver.production.list_tables import FOLDER, file_name
from archiver.production.packet import Packet
from archiver.production.record_pages import Printed
from archiver.production.release import LeftOut, ListTable, Media, Record, Release

MESSAGE = "message"
_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "m4a": "audio/mp4",
    "pdf": "application/pdf",
}


class Volume:
    """The released records in the order of the packet, with their pages, numbers and names."""

    def __init__(self, release: Release, packet: Packet) -> None:
        self.release = release
        self.packet = packet
        self.order = packet.order
        self.zone = release.office.time_zone
        self.name = f"VOL{release.volume:03d}"

    def page(self, number: int) -> str:
        """A page number as printed."""
        return bates(self.release.office.bates_prefix, number)

    def printed(self, record: Record) -> Printed:
        """Where a record stands in the packet."""
        return self.packet.printed[record.key]

    def number(self, record: Record) -> int:
        """A record's place in the packet, from 1."""
        return self.printed(record).ordinal

    @cached_property
    def names(self) -> dict[str, str]:
        """What each record is called, by key: its first page, with a counter where another record
        begins on that page before it (``AG-000012``, ``AG-000012.2``)."""
        met: dict[str, int] = {}
        names = {}
        for record in self.order:
            page = self.page(self.printed(record).first)
            met[page] = met.get(page, 0) + 1
            names[record.key] = page if met[page] == 1 else f"{page}.{met[page]}"
        return names

    @cached_property
    def conversations(self) -> list[list[Record]]:
        """The records by conversation, both in the order of the packet."""
        groups: dict[str, list[Record]] = {}
        for record in self.order:
            groups.setdefault(record.thread, []).append(record)
        return list(groups.values())

    @cached_property
    def conversation(self) -> dict[str, int]:
        """The number of each record's conversation, by the record's key."""
        return {
            record.key: number
            for number, group in enumerate(self.conversations, 1)
            for record in group
        }

    def answered(self, record: Record) -> Record | None:
        """The record of this volume that it answers."""
        return self._by_key.get(record.parent or "")

    @cached_property
    def _by_key(self) -> dict[str, Record]:
        return {record.key: record for record in self.order}

    def files(self, record: Record) -> list[tuple[Media, str]]:
        """The media of a record that are produced, with their paths in the volume."""
        return [(media, f"media/{name}") for media, name in self.printed(record).media]

    def message_file(self, record: Record) -> str | None:
        """The file of a private message, below the volume's folder."""
        return f"messages/{self.names[record.key]}.eml" if record.kind == MESSAGE else None

    def sheet_page(self, one: LeftOut) -> str | None:
        """The page of the sheet of a version that is not printed."""
        if one.sheet is None:
            return one.page
        return self.page(self.packet.sheets[self.release.withheld[one.sheet - 1].key])

    @property
    def lists(self) -> Sequence[tuple[int, ListTable, str]]:
        """Each list with its number and the path of its CSV file."""
        return [
            (number, one, f"{FOLDER}/{file_name(number, one)}")
            for number, one in enumerate(self.release.lists, 1)
        ]


def produced_type(name: str) -> str:
    """The kind of a produced media file, by its name: a captured GIF is produced as PNG."""
    return _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
