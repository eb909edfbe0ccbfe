"""Every container a download comes in, with the same files in it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping

from archiver.exports.reader import DownloadReader
from tests.exports.x_downloads import zipped

FILES = {
    "data/posts.json": b'[{"text": "The park opens at nine"}]' * 300,
    "data/empty.json": b"",
    "media/pond.jpg": bytes(range(256)) * 12,
}


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of the files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return target.getvalue()


def stored(files: Mapping[str, bytes]) -> bytes:
    """A zip that packs nothing."""
    return zipped(files, method=zipfile.ZIP_STORED)


CONTAINERS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "a.zip": zipped,
    "b.zip": stored,
    "a.tar": tarred,
    "gnu.tar": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "a.tar.gz": lambda files: gzip.compress(tarred(files), mtime=0),
    "a.tgz": lambda files: gzip.compress(tarred(files), mtime=0),
    "a.tar.bz2": lambda files: bz2.compress(tarred(files), 1),
    "a.tar.xz": lambda files: lzma.compress(tarred(files), preset=0),
}


def everything(reader: DownloadReader) -> dict[str, bytes]:
    """All members and their bytes; each must be whole."""
    found = {}
    for name in reader.members:
        with reader.open(name) as stream:
            found[name] = stream.read()
            assert getattr(stream, "fault", None) is None, name
    return found
