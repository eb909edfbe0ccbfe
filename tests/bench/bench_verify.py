"""How fast `archiver verify` is: rows against a plain loop that recomputes the same leaves, files
against hashing the same bytes.

    python tests/bench/bench_verify.py [--records 20000] [--megabytes 200] [--repeat 3] [--json]

Aims (issue 2): files at least 0.4 of hashing, rows at least 0.5 of the plain loop. Every pair is
measured in turn, the best of each counts.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import zstandard

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.archive.findings import Findings  # noqa: E402
from archiver.archive.leaves import SEALED, row_leaf, version_leaf  # noqa: E402
from archiver.archive.media import store_media  # noqa: E402
from archiver.archive.seals import seal  # noqa: E402
from archiver.archive.store import Archive, create_archive  # noqa: E402
from archiver.archive.verify import verify  # noqa: E402
from archiver.archive.verify_files import check_files  # noqa: E402
from archiver.archive.verify_records import check_records  # noqa: E402
from archiver.archive.verify_rows import check_leaves, check_seals  # noqa: E402
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run  # noqa: E402
from archiver.config import Home  # noqa: E402
from archiver.items import (  # noqa: E402
    Access,
    Author,
    AuthorRole,
    Exchange,
    Item,
    Kind,
    MediaRef,
)

NOW = "2026-08-15T00:00:00Z"
CITY = Author("12", "AlderGlen", "City of Alder Glen", AuthorRole.AGENCY)
ACCOUNT = AccountRef(1, "x", "AlderGlen", "City", "Manager", "News", "12", "official")
SENTENCE = "park closure pond trail repair crew street council meeting library water main"
WORDS = SENTENCE.split()
BATCH = 1000
FILE_SIZE = 1024 * 1024


def post(chance: random.Random, number: int, media: tuple[MediaRef, ...]) -> Item:
    """A post of about 1.6 KB raw."""
    text = " ".join(chance.choices(WORDS, k=30))
    whole = {
        "id_str": str(10**18 + number),
        "full_text": text,
        "lang": "en",
        "entities": {"urls": [{"url": f"https://example.com/{chance.random()}"}] * 12},
    }
    raw = json.dumps(whole, indent=1).encode()
    year, month, day = 2010 + number % 16, 1 + number % 12, 1 + number % 28
    return Item(
        platform="x",
        kind=Kind.POST,
        native_id=str(10**18 + number),
        author=CITY,
        created_at=f"{year}-{month:02d}-{day:02d}T14:{number % 60:02d}:00Z",
        text=text,
        raw=raw,
        stable=json.dumps(whole, sort_keys=True).encode(),
        language="en",
        media=media,
        metrics={"likes": number % 50},
    )


def build(home: Home, records: int, megabytes: int) -> None:
    """An archive of so many posts, media and exchanges of so many megabytes, half of each."""
    chance = random.Random(7)
    create_archive(home)
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="bench")
        files = max(megabytes // 2, 1)
        per_batch = max(-(-files * BATCH // records), 1)
        for start in range(0, records, BATCH):
            stored = {
                str(n): store_media(home, Access.PUBLIC, io.BytesIO(chance.randbytes(FILE_SIZE)))
                for n in range(per_batch)
            }
            with batch(archive, run) as opened:
                for n in range(per_batch):
                    shown = (MediaRef(str(n), alt_text="a gate"),)
                    size = BATCH // per_batch
                    opened.add(
                        [
                            post(chance, start + n * size + at, shown if at == 0 else ())
                            for at in range(size)
                        ],
                        observed_at=NOW,
                        media=stored,
                        exchange=Exchange(
                            *("GET", f"https://api.example.com/{start}/{n}", NOW, (), b""),
                            *(200, "OK", (), chance.randbytes(FILE_SIZE)),
                        ),
                    )
        finish_run(archive, run, outcome="complete")
        seal(archive, now=NOW)


def plain_rows(archive: Archive) -> None:
    """Recompute every leaf from its row and compare, and nothing else."""
    for access in Access:
        cursor = archive.file(access).cursor()
        cursor.row_factory = None
        known = dict(cursor.execute("SELECT id, bytes FROM dictionaries"))
        unpackers = {
            number: zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(content))
            for number, content in known.items()
        }
        cursor.execute(
            """
            SELECT v.salt, v.text, v.author, v.place, v.details, v.media, v.stable, v.raw,
                v.dictionary_id, l.hash
            FROM versions AS v JOIN leaves AS l ON l.seq = v.leaf
            """
        )
        for salt, text, author, place, details, media, stable, raw, number, leaf in cursor:
            whole = stable + unpackers[number].decompress(raw)
            contents = (text.encode(), author.encode(), place.encode(), details.encode())
            assert version_leaf(salt, *contents, media.encode(), whole) == leaf
        for kind, sealed in SEALED.items():
            cursor.execute(
                f"""
                SELECT l.hash, {", ".join(f"t.{column}" for column in sealed.columns)}
                FROM {sealed.table} AS t JOIN leaves AS l ON l.seq = t.{sealed.leaf}
                """
            )
            for row in cursor:
                assert row_leaf(kind, row[1:]) == row[0]


def checked_rows(archive: Archive) -> None:
    """What verify does with rows: seals, leaves, states, index strings."""
    findings = Findings()
    check_seals(archive, findings)
    for access in Access:
        check_leaves(archive, access, findings)
        check_records(archive, access, findings)
    assert not findings.found, findings.found


def plain_files(home: Home) -> None:
    """Hash the same bytes."""
    for access in Access:
        for folder, _, names in os.walk(home.folder(access)):
            for name in names:
                digest = sha256()
                with (Path(folder) / name).open("rb") as stream:
                    while chunk := stream.read(1024 * 1024):
                        digest.update(chunk)


def checked_files(archive: Archive) -> None:
    """What verify does with files."""
    findings = Findings()
    for access in Access:
        check_files(archive, archive, access, findings)
    assert not findings.found, findings.found


def best(pairs: list[tuple[str, Callable[[], None]]], repeat: int) -> dict[str, float]:
    """The best time of each, all measured in turn."""
    times: dict[str, float] = {}
    for _ in range(repeat):
        for name, act in pairs:
            began = time.perf_counter()
            act()
            took = time.perf_counter() - began
            times[name] = min(took, times.get(name, took))
    return times


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.path.mkdir()
        build(home, given.records, given.megabytes)
        with Archive.open(home) as archive:
            times = best(
                [
                    ("plain rows", lambda: plain_rows(archive)),
                    ("verify rows", lambda: checked_rows(archive)),
                    ("plain files", lambda: plain_files(home)),
                    ("verify files", lambda: checked_files(archive)),
                ],
                given.repeat,
            )
        began = time.perf_counter()
        assert verify(home).ok
        times["verify, all of it"] = time.perf_counter() - began
    found = {
        "records": given.records,
        "megabytes": given.megabytes,
        "seconds": {name: round(took, 3) for name, took in times.items()},
        "rows ratio": round(times["plain rows"] / times["verify rows"], 2),
        "files ratio": round(times["plain files"] / times["verify files"], 2),
    }
    if given.json:
        print(json.dumps(found))
        return
    for name, took in times.items():
        print(f"{name:20} {took:8.2f} s")
    print(f"rows:  {found['rows ratio']} of a plain loop over the same leaves (aim 0.5)")
    print(f"files: {found['files ratio']} of hashing the same bytes (aim 0.4)")


if __name__ == "__main__":
    main()
