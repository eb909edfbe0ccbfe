"""Every importer there is, and which of them know a download."""

from __future__ import annotations

from typing import NamedTuple

from archiver.exports.bluesky.download import FORMAT as BLUESKY
from archiver.exports.facebook.download import FORMAT as FACEBOOK
from archiver.exports.formats import Download, Format
from archiver.exports.instagram.download import FORMAT as INSTAGRAM
from archiver.exports.linkedin.download import FORMAT as LINKEDIN
from archiver.exports.linkedin.page_export import FORMAT as LINKEDIN_PAGE
from archiver.exports.mastodon.download import FORMAT as MASTODON
from archiver.exports.nextdoor.download import FORMAT as NEXTDOOR
from archiver.exports.plain.download import FORMAT as PLAIN
from archiver.exports.reader import DownloadReader
from archiver.exports.threads.download import FORMAT as THREADS
from archiver.exports.tiktok.download import FORMAT as TIKTOK
from archiver.exports.vine.download import FORMAT as VINE
from archiver.exports.vine.periscope import FORMAT as PERISCOPE
from archiver.exports.x.download import FORMAT as X
from archiver.exports.youtube.download import FORMAT as YOUTUBE

FORMATS: tuple[Format, ...] = (
    X,
    FACEBOOK,
    INSTAGRAM,
    THREADS,
    YOUTUBE,
    TIKTOK,
    LINKEDIN,
    LINKEDIN_PAGE,
    BLUESKY,
    MASTODON,
    NEXTDOOR,
    VINE,
    PERISCOPE,
    PLAIN,
)
"""In the order they are asked."""


class Recognised(NamedTuple):
    """A download that was found in a file or folder: whose format it has, and where it lies."""

    format: Format
    root: str

    def open(self, reader: DownloadReader) -> Download:
        """Open it. Raises InputError where it cannot be."""
        return self.format.open(reader, self.root)


def recognise(reader: DownloadReader) -> list[Recognised]:
    """The downloads in a file or folder; a person may have asked for several at once. Raises
    InputError where files that belong to no platform's own format do not say which they are of."""
    return [Recognised(one.at(reader, root), root) for one in FORMATS for root in one.find(reader)]
