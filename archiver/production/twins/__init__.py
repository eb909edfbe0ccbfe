"""The same records in other forms: data, a database, load files, messages, pages.

All of them are written from the release view and from what the packet printed, and from nothing
else. What is covered reads "[Redacted: …]" with the section; no form tells of its place or length.
"""

from __future__ import annotations

from pathlib import Path

from archiver.production.list_tables import write_list_tables
from archiver.production.packet import Packet
from archiver.production.release import Release
from archiver.production.twins.database import write_database
from archiver.production.twins.documents import documents
from archiver.production.twins.exchanges import write_exchanges
from archiver.production.twins.load_files import write_load_files
from archiver.production.twins.messages import write_messages
from archiver.production.twins.site.writing import write_site
from archiver.production.twins.tables import write_index, write_tables
from archiver.production.twins.volume import Volume
from archiver.production.twins.workbook import write_workbook

DATA = "data"
LOAD = "load"
MESSAGES = "messages"
SITE = "site"
WARC = "warc"


def write_twins(release: Release, packet: Packet, folder: Path) -> None:
    """Write every twin of the packet below its folder, in which the media already stand.

    The same release and packet give the same bytes. Raises OSError where the disk is full or not
    writable.
    """
    volume = Volume(release, packet)
    data = folder / DATA
    data.mkdir()
    write_tables(volume, data)
    write_index(volume, data / "index.csv")
    write_workbook(volume, data / "records.xlsx")
    write_database(volume, data / "records.sqlite")
    write_list_tables(release, folder)
    write_messages(volume, folder / MESSAGES, folder)
    write_load_files(documents(volume, folder), volume, folder / LOAD)
    write_exchanges(volume, folder / WARC)
    write_site(volume, folder / SITE)


__all__ = ["write_twins"]
