"""The manifest: every file of a volume with its size and SHA-256, and what stands on which page."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from archiver.production.bates import bates
from archiver.production.packet import Packet
from archiver.production.release import Release

NAME = "manifest.json"
FORMAT = "archiver production, version 1"
_PIECE = 1 << 20


def write_manifest(release: Release, packet: Packet, folder: Path) -> str:
    """Write manifest.json over all other files of the folder; gives its own SHA-256.

    It names the files as produced. Hashes of originals that were withheld or changed are not in it:
    a hash of something short can be guessed back to it (DESIGN §7 rule 5).
    """
    prefix = release.office.bates_prefix
    content = {
        "format": FORMAT,
        "agency": release.office.agency,
        "request": release.request.number,
        "volume": release.volume,
        "made_at": release.made_at,
        **({"draft": release.draft} if release.draft else {}),
        "pages": {
            "first": packet.pages.start,
            "last": packet.pages.end,
            "count": packet.pages.pages,
        },
        "released": [
            {
                "number": packet.printed[record.key].ordinal,
                "first_page": bates(prefix, packet.printed[record.key].first),
                "last_page": bates(prefix, packet.printed[record.key].last),
                "media": [f"media/{name}" for _, name in packet.printed[record.key].media],
                "redactions": [
                    {"field": one.field, "sections": list(one.citations)}
                    for one in record.redactions
                ],
            }
            for record in packet.order
        ],
        "withheld": [
            {
                "sheet": number,
                "page": bates(prefix, packet.sheets[one.key]),
                "sections": list(one.citations),
            }
            for number, one in enumerate(release.withheld, 1)
        ],
        "duplicates": [
            {
                "same_as_page": bates(prefix, packet.printed[one.record].first)
                if one.record
                else bates(prefix, packet.sheets[one.sheet])
                if one.sheet
                else one.page
            }
            for one in release.duplicates
        ],
        "files": [
            {"path": path, "size": (folder / path).stat().st_size, "sha256": sha256(folder / path)}
            for path in files(folder)
        ],
    }
    data = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"
    (folder / NAME).write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def files(folder: Path) -> Iterator[str]:
    """Every file below a folder but the manifest, as paths with slashes, in order."""
    found = []
    for parent, _, names in os.walk(folder):
        found += [(Path(parent) / name).relative_to(folder).as_posix() for name in names]
    return (path for path in sorted(found) if path != NAME)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return stream_sha256(file)


def stream_sha256(file: IO[bytes]) -> str:
    """The SHA-256 of what is still to be read of an open file."""
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
