"""Packing an unpacked download into one zip, the same bytes each time, so that it can be kept as
one original and is known again."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from archiver.errors import InputError, StorageError
from archiver.exports.reader import DownloadReader

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKED = {"js", "json", "txt", "html", "csv", "css", "svg"}
_STEP = 1 << 20


def pack(reader: DownloadReader, target: Path) -> None:
    """Write all members into a zip at `target`: by name, without times, text deflated, media as
    it is. Raises StorageError where it cannot be written, InputError where a file cannot be read.
    """
    try:
        with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
            for name in sorted(reader.members):
                _pack_one(archive, reader, name)
    except OSError as error:
        raise StorageError(f"cannot pack the folder into {target}: {error.strerror}") from None


def _pack_one(archive: zipfile.ZipFile, reader: DownloadReader, name: str) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    text = name.rsplit(".", 1)[-1].lower() in _PACKED
    info.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    info.file_size = reader.members[name].size or 0
    try:
        source = reader.open(name)
    except OSError as error:
        raise InputError(f"{reader.path / name} cannot be read: {error.strerror}") from None
    with source, archive.open(info, "w", force_zip64=info.file_size > 1 << 30) as out:
        shutil.copyfileobj(source, out, _STEP)
