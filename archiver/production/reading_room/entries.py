"""A released record as it is posted, and the hash over everything a posting shows.

Read from a volume's own files and nothing else: `records.jsonl`, found and checked by the manifest.
Who a requester was, recipients, a platform's numbers of people, earlier texts and what lies behind
the capture are never among what is posted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST, RECORDS = "manifest.json", "records.jsonl"
FIELDS = (
    *("number", "first_page", "last_page", "platform", "account", "handle", "department", "kind"),
    *("author_name", "author_handle", "author_role", "created_at", "created_local", "text"),
    *("language", "url"),
)
"""What is posted of a record, besides its redactions and, where it is wanted, its media."""
Entry = Mapping[str, Any]


class NotAsProduced(Exception):
    """A file of the volume is not what its manifest says."""


@dataclass(frozen=True, slots=True)
class VolumeData:
    """The records of a volume as its data twin has them, the place of that file in the volume, and
    the hashes of all files by their place."""

    records: tuple[Entry, ...]
    place: str
    hashes: Mapping[str, str]


def read_volume(folder: Path, manifest_sha256: str) -> VolumeData:
    """Read the records of a volume. Raises NotAsProduced where manifest or records are not those
    that were produced."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise NotAsProduced(f"{MANIFEST} cannot be read: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != manifest_sha256:
        raise NotAsProduced(f"{MANIFEST} is not the one that was produced")
    hashes = {str(each["path"]): str(each["sha256"]) for each in json.loads(data)["files"]}
    places = [path for path in hashes if PurePosixPath(path).name == RECORDS]
    if len(places) != 1:
        raise NotAsProduced(f"the volume holds no {RECORDS}: produce it with this program")
    lines = checked(folder, places[0], hashes)
    found = tuple(json.loads(line) for line in lines.split(b"\n") if line)
    return VolumeData(found, places[0], hashes)


def checked(folder: Path, path: str, hashes: Mapping[str, str]) -> bytes:
    """The bytes of a file of the volume. Raises NotAsProduced where they are not those produced."""
    try:
        data = (folder / path).read_bytes()
    except OSError as error:
        raise NotAsProduced(f"{path} cannot be read: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != hashes.get(path):
        raise NotAsProduced(f"{path} was changed since it was produced")
    return data


def posted(volume: VolumeData, numbers: Collection[int], *, media: bool) -> list[dict[str, Any]]:
    """The records of these numbers as they are posted, in their order."""
    return [_posted(each, volume.hashes, media) for each in volume.records
            if each["number"] in numbers]  # fmt: skip


def digest_of(title: str, entries: Sequence[Entry]) -> str:
    """The SHA-256 over everything a posting shows: its title, the records, the hashes of media."""
    text = json.dumps([title, *entries], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _posted(entry: Entry, hashes: Mapping[str, str], media: bool) -> dict[str, Any]:
    shown = {name: entry.get(name) for name in FIELDS}
    sections = [section for bar in entry.get("redactions", ()) for section in bar["sections"]]
    shown["redactions"] = list(dict.fromkeys(sections))
    shown["media"] = [
        {"file": each["file"], "description": each["description"], "sha256": hashes[each["file"]]}
        for each in entry.get("media", ())
        if media and each["file"] and hashes.get(each["file"])
    ]
    return shown
