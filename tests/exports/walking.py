"""Opening and walking a download in a test."""

from __future__ import annotations

from pathlib import Path

from archiver.exports.counting import FileCount
from archiver.exports.reader import DownloadReader, open_download
from archiver.exports.x.download import FORMAT, XDownload
from archiver.items import Item, Skipped, Subscriber
from tests.exports.x_downloads import (
    write_zip,
)


def opened(tmp_path: Path, files: dict[str, bytes]) -> XDownload:
    reader = open_download(write_zip(tmp_path / "download.zip", files))
    return of_x(reader)


def of_x(reader: DownloadReader) -> XDownload:
    """The X download in a reader."""
    root = FORMAT.find(reader)[0]
    download = FORMAT.open(reader, root)
    assert isinstance(download, XDownload)
    return download


def walked(download: XDownload) -> tuple[list[Item], list[Subscriber], list[Skipped]]:
    pages = list(download.walk())
    return (
        [item for page in pages for item in page.items],
        [person for page in pages for person in page.subscribers],
        [one for page in pages for one in page.skipped],
    )


def counted(download: XDownload) -> dict[str, FileCount]:
    return {count.member: count for count in download.inventory()}
