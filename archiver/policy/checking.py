"""Whether versions of policies and word lists are still what was entered."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from archiver.config import Home
from archiver.policy.keyword_lists import filtering_accounts, words_intact
from archiver.policy.versions import PolicyVersion, list_versions, wording_intact
from archiver.retention.dispositions.documents import document_path


@dataclass(frozen=True, slots=True)
class Checked:
    """How many versions and lists there are, and in a sentence each what is wrong with any."""

    versions: int
    lists: int
    wrong: tuple[str, ...]


def check_policies(home: Home, conn: sqlite3.Connection) -> Checked:
    """Compare wordings, words and documents with the hashes they were entered with."""
    wrong = []
    versions = list_versions(conn)
    for each in versions:
        if not wording_intact(each):
            wrong.append(f"policy version {each.id}: its wording does not match its hash")
        path = None if each.document is None else document_path(home, each.document)
        if path is not None and not _holds(path, each):
            wrong.append(
                f"policy version {each.id}: its document is missing or is not what was kept; "
                f"restore documents/{path.name} from the backup"
            )
    lists = [each for _, found in filtering_accounts(conn) for each in found]
    for one in lists:
        if not words_intact(one):
            wrong.append(f"keyword list {one.id}: its words do not match their hash")
    return Checked(len(versions), len(lists), tuple(wrong))


def document_intact(home: Home, version: PolicyVersion) -> Path | None:
    """Where a version's document lies, or None where it has none or it is not what was kept."""
    if version.document is None:
        return None
    path = document_path(home, version.document)
    return path if _holds(path, version) else None


def _holds(path: Path, version: PolicyVersion) -> bool:
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return False
    return version.document is not None and digest == version.document.sha256
