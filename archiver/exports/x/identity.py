"""Whose download it is, when it was made, and what its manifest declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archiver import clock
from archiver.exports.elements import ElementScanner, NotAnArray
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.x import values
from archiver.exports.x.layout import DataFile

MANIFEST_LIMIT = 64 << 20
_VERSION_KEYS = ("version", "schemaVersion", "manifestVersion", "schema_version")


@dataclass(slots=True)
class Manifest:
    """What manifest.js declares: elements per file, the day it was made, whether it is one part
    of several. `notes` are sentences for the report."""

    counts: dict[str, int | None] = field(default_factory=dict)
    generated_at: str | None = None
    partial: bool = False
    user: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_manifest(reader: DownloadReader, root: str) -> Manifest:
    """The manifest, as far as it can be read; an empty one where there is none."""
    manifest = Manifest()
    found = _object(reader, f"{root}data/manifest.js") or _object(reader, f"{root}manifest.js")
    if found is None:
        if f"{root}data/manifest.js" in reader.members:
            manifest.notes.append("manifest.js cannot be read: no declared counts to compare with")
        else:
            _read_old_details(reader, root, manifest)
        return manifest
    info = values.table(found.get("archiveInfo"))
    manifest.generated_at = values.time(info.get("generationDate"))
    manifest.partial = info.get("isPartialArchive") in (True, "true")
    manifest.user = values.table(found.get("userInfo"))
    holders = (holder for holder in (found, info) for key in _VERSION_KEYS if key in holder)
    holder = next(holders, None)
    stated = next((holder[key] for key in _VERSION_KEYS if key in holder), None) if holder else None
    if stated is not None:
        manifest.notes.append(
            f"manifest.js states a version ({str(stated)[:20]}) newer than this program knows: "
            "what it does not know is kept in the original"
        )
    for kind in values.table(found.get("dataTypes")).values():
        for file in values.rows(values.table(kind).get("files")):
            name = file.get("fileName")
            if isinstance(name, str):
                member = _member(reader, root, name)
                manifest.counts[member] = values.count(file.get("count"))
    return manifest


def _member(reader: DownloadReader, root: str, name: str) -> str:
    """The member a manifest means: it says ``data/…`` also where only that folder was given."""
    inner = root + name.removeprefix("data/")
    return inner if root + name not in reader.members and inner in reader.members else root + name


def _read_old_details(reader: DownloadReader, root: str, manifest: Manifest) -> None:
    details = _object(reader, f"{root}data/js/payload_details.js") or {}
    manifest.generated_at = values.time(details.get("created_at"))
    index = f"{root}data/js/tweet_index.js"
    if index not in reader.members:
        return
    with reader.open(index) as stream:
        try:
            for element in ElementScanner(stream):
                entry = values.table(element.value)
                name = entry.get("file_name")
                if isinstance(name, str):
                    manifest.counts[root + name] = values.count(entry.get("tweet_count"))
        except NotAnArray:
            manifest.notes.append("tweet_index.js cannot be read: no declared counts")


def read_identity(reader: DownloadReader, root: str, manifest: Manifest) -> Identity | None:
    """Whose download it is; None where nothing in it says so."""
    body = _first(reader, (f"{root}data/account.js", f"{root}account.js"))
    account = values.table(values.table(body).get("account") or body)
    old = _object(reader, f"{root}data/js/user_details.js") or {}
    user = manifest.user
    native_id = (
        values.first_id(account, "accountId")
        or values.first_id(user, "accountId")
        or values.first_id(old, "id")
    )
    handle = _word(account.get("username")) or _word(user.get("userName"))
    handle = handle or _word(old.get("screen_name"))
    if native_id is None and handle is None:
        return None
    if account and user and values.first_id(user, "accountId") not in (None, native_id):
        manifest.notes.append("account.js and manifest.js name different accounts")
    name = account.get("accountDisplayName") or user.get("displayName") or old.get("full_name")
    return Identity(
        native_id,
        handle,
        _word(name),
        values.time(account.get("createdAt") or old.get("created_at")),
    )


def generated_at(
    reader: DownloadReader, manifest: Manifest, files: Sequence[DataFile]
) -> tuple[str, bool]:
    """When the download was made, and whether it says so itself.

    Where it does not, it is as old as the newest post or message in it: that is never too late, so
    that an old download never overrules what was learnt after it. The times its files were packed
    are not believed, for unpacking and packing changes them.
    """
    now = clock.now_text()
    if manifest.generated_at is not None and manifest.generated_at <= now:
        return manifest.generated_at, True
    newest = max(
        (at for file in files for at in _times(reader, file) if at is not None and at <= now),
        default=now,
    )
    return newest, False


def _times(reader: DownloadReader, file: DataFile) -> Iterator[str | None]:
    """The times of the posts or messages of a file."""
    if file.base not in ("tweets", "direct-messages", "direct-messages-group"):
        return
    with reader.open(file.member) as stream:
        try:
            for element in ElementScanner(stream):
                outer = values.table(element.value)
                post = values.table(outer.get("tweet") or outer)
                yield values.time(post.get("created_at"))
                talk = values.table(outer.get("dmConversation"))
                for event in values.rows(talk.get("messages")):
                    for body in event.values():
                        yield values.time(values.table(body).get("createdAt"))
        except NotAnArray:
            return


def _first(reader: DownloadReader, names: tuple[str, ...]) -> Any:
    for name in names:
        if name in reader.members:
            with reader.open(name) as stream:
                try:
                    for element in ElementScanner(stream):
                        return element.value
                except NotAnArray:
                    continue
    return None


def read_object(reader: DownloadReader, name: str) -> tuple[Mapping[str, Any], bytes] | None:
    """The object a small file assigns, and its bytes; None where there is none."""
    if name not in reader.members:
        return None
    with reader.open(name) as stream:
        raw = stream.read(MANIFEST_LIMIT)
    name_end = raw.find(b"=", 0, 200)
    text = raw[name_end + 1 :].strip().rstrip(b";").rstrip()
    if name_end < 0 or not text.startswith(b"{"):
        return None
    try:
        body = json.loads(text.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return (body, text) if isinstance(body, dict) else None


def _object(reader: DownloadReader, name: str) -> Mapping[str, Any] | None:
    found = read_object(reader, name)
    return found[0] if found else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
