"""Packing an unpacked download, or the parts of a set, into one zip, the same bytes each time, so
that it can be kept as one original and is known again."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from archiver.errors import InputError, StorageError
from archiver.exports.containers import PACKED_NOTE
from archiver.exports.naming import shown_name
from archiver.exports.reader import DownloadReader

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKED = {"js", "json", "txt", "html", "csv", "css", "svg", "jsonl", "xml", "mbox", "eml"}
_STEP = 1 << 20
_LONGEST_COMMENT = 60_000


def pack(reader: DownloadReader, target: Path) -> None:
    """Write all members into a zip at `target`: by name, without times, text deflated, media as
    it is. What was incomplete stands in the zip's comment, and whoever opens the zip is told.

    Raises StorageError where it cannot be written, InputError where a file cannot be read.
    """
    faults = [reader.broken] if reader.broken else []
    try:
        with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
            for name in sorted(reader.members):
                if fault := _pack_one(archive, reader, name):
                    faults.append(f"{shown_name(name)}: {fault}")
            if faults:
                note = PACKED_NOTE + "\n".join(faults)
                archive.comment = note.encode("utf-8", "replace")[:_LONGEST_COMMENT]
    except OSError as error:
        raise StorageError(f"cannot pack the download into {target}: {error.strerror}") from None


def _pack_one(archive: zipfile.ZipFile, reader: DownloadReader, name: str) -> str | None:
    """Pack a member; why it ended early, or None."""
    size = reader.members[name].size
    info = zipfile.ZipInfo(name, _EPOCH)
    text = name.rsplit(".", 1)[-1].lower() in _PACKED
    info.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    info.file_size = size or 0
    large = size is None or size > 1 << 30
    with reader.open(name) as source, archive.open(info, "w", force_zip64=large) as out:
        shutil.copyfileobj(source, out, _STEP)
        fault: str | None = getattr(source, "fault", None)
    if fault and "the disk" in fault:
        raise InputError(f"{shown_name(name)} of {reader.path} cannot be read: {fault}")
    return fault
