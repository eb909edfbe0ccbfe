"""The process that builds the reading room: it is given released data and nothing else.

It is started in a folder that holds `in/` (a job, and of each approved posting the manifest, the
records and the media it shows) and `out/`, shuts itself off from every other file, and compares
what it posts with the hash that was approved before it writes a line.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.confining import confine
from archiver.production.reading_room.entries import (
    Entry,
    NotAsProduced,
    checked,
    digest_of,
    posted,
    read_volume,
)
from archiver.production.reading_room.pages import index_page, posting_page, tombstone_page

JOB, IN, OUT, DATABASE, MARKER = "job.json", "in", "out", "public.db", "reading-room.json"
_TABLES = """
CREATE TABLE postings (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT NOT NULL, request TEXT NOT NULL,
    volume INTEGER NOT NULL, records INTEGER NOT NULL, approved_by TEXT NOT NULL,
    approved_on TEXT NOT NULL, content_sha256 TEXT NOT NULL
);
CREATE TABLE taken_down (slug TEXT PRIMARY KEY, taken_down_on TEXT NOT NULL);
CREATE TABLE records (
    id INTEGER PRIMARY KEY, posting_id INTEGER NOT NULL REFERENCES postings (id),
    number INTEGER NOT NULL, first_page TEXT, last_page TEXT, platform TEXT, account TEXT,
    handle TEXT, department TEXT, kind TEXT, author_name TEXT, author_handle TEXT,
    author_role TEXT, created_at TEXT, created_local TEXT, text TEXT, language TEXT, url TEXT,
    redactions TEXT
);
CREATE INDEX records_posting ON records (posting_id, number);
CREATE TABLE media (
    id INTEGER PRIMARY KEY, record_id INTEGER NOT NULL REFERENCES records (id), file TEXT,
    description TEXT, sha256 TEXT
);
CREATE VIRTUAL TABLE records_fts USING fts5 (
    text, author_name, account, content=records, content_rowid=id
);
"""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A posting whose content is what was approved."""

    job: dict[str, Any]
    entries: list[dict[str, Any]]
    folder: Path
    hashes: dict[str, str]


def build(root: Path) -> dict[str, Any]:
    """Build the room; gives which postings stand in it, and which do not with the reason."""
    job: dict[str, Any] = json.loads((root / IN / JOB).read_bytes())
    ready, refused = [], {}
    for each in job["postings"]:
        try:
            ready.append(_ready(root / IN / each["slug"], each))
        except (NotAsProduced, KeyError, ValueError, TypeError) as wrong:
            refused[each["slug"]] = str(wrong) or type(wrong).__name__
    out = root / OUT
    _write_database(out / DATABASE, job, ready)
    _write_pages(out, job, ready)
    return {"posted": [each.job["slug"] for each in ready], "refused": refused}


def _ready(folder: Path, job: dict[str, Any]) -> _Ready:
    volume = read_volume(folder, job["manifest_sha256"])
    entries = posted(volume, set(job["numbers"]), media=job["media"])
    if digest_of(job["title"], entries) != job["digest"]:
        raise NotAsProduced("its content is not what the city attorney approved")
    return _Ready(job, entries, folder, dict(volume.hashes))


def _write_database(path: Path, job: dict[str, Any], ready: list[_Ready]) -> None:
    """A new file, filled by inserting: nothing that was ever deleted anywhere can be in it."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("PRAGMA journal_mode = MEMORY")
        db.executescript(_TABLES)
        db.executemany(
            "INSERT INTO taken_down VALUES (?, ?)",
            ((each["slug"], each["day"]) for each in job["tombstones"]),
        )
        for each in ready:
            told = each.job
            db.execute(
                "INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(told["id"], told["slug"], told["title"], told["request"], told["volume"]),
                    *(len(each.entries), told["attorney"], told["approved_on"], told["digest"]),
                ),
            )
            for entry in each.entries:
                _insert(db, told, entry)
        db.execute("INSERT INTO records_fts (records_fts) VALUES ('rebuild')")
    db.execute("VACUUM")
    db.close()


def _insert(db: sqlite3.Connection, job: dict[str, Any], entry: Entry) -> None:
    names = [name for name in entry if name not in ("redactions", "media")]
    columns = ", ".join(("posting_id", *names, "redactions"))
    marks = ", ".join("?" for _ in range(len(names) + 2))
    values = (job["id"], *map(_plain, (entry[n] for n in names)), "; ".join(entry["redactions"]))
    cursor = db.execute(f"INSERT INTO records ({columns}) VALUES ({marks})", values)
    db.executemany(
        "INSERT INTO media (record_id, file, description, sha256) VALUES (?, ?, ?, ?)",
        (
            (
                *(cursor.lastrowid, f"{job['slug']}/{each['file']}"),
                *(_plain(each["description"]), each["sha256"]),
            )
            for each in entry["media"]
        ),
    )


def _plain(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _write_pages(out: Path, job: dict[str, Any], ready: list[_Ready]) -> None:
    _write(out / "index.html", index_page(job, [each.job for each in ready]))
    for each in ready:
        _write(out / each.job["slug"] / "index.html", posting_page(job, each.job, each.entries))
        for path in _media(each):
            target = out / each.job["slug"] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(checked(each.folder, path, each.hashes))
    for gone in job["tombstones"]:
        _write(out / gone["slug"] / "index.html", tombstone_page(job, gone))
    marker = {"format": "archiver reading room, version 1", "built_at": job["built_at"]}
    _write(out / MARKER, json.dumps(marker, indent=1) + "\n")
    metadata = {"title": f"{job['agency']}: public records", "license": "Public record"}
    _write(out / "metadata.json", json.dumps(metadata, ensure_ascii=False, indent=1) + "\n")


def _media(ready: _Ready) -> Iterator[str]:
    for entry in ready.entries:
        yield from (str(each["file"]) for each in entry["media"])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", errors="replace")


def main() -> None:
    """The process itself: what it built goes to its standard output."""
    root = Path.cwd()
    confine([root / IN], [root / OUT])
    sys.stdout.write(json.dumps(build(root)))


if __name__ == "__main__":
    main()
