"""Opening and walking a download in a test."""

from __future__ import annotations

from pathlib import Path

from archiver.exports.reader import open_download
from archiver.exports.x.download import XDownload
from archiver.exports.x.walk import FileCount
from archiver.items import Item, Skipped, Subscriber
from tests.exports.x_downloads import (
    write_zip,
)


def opened(tmp_path: Path, files: dict[str, bytes]) -> XDownload:
    return XDownload(open_download(write_zip(tmp_path / "download.zip", files)))


def walked(download: XDownload) -> tuple[list[Item], list[Subscriber], list[Skipped]]:
    pages = list(download.walk())
    return (
        [item for page in pages for item in page.items],
        [person for page in pages for person in page.subscribers],
        [one for page in pages for one in page.skipped],
    )


def counted(download: XDownload) -> dict[str, FileCount]:
    return {count.member: count for count in download.inventory()}
