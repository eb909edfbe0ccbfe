"""How fast each platform's download is imported: the whole way, from the file to the disk, against
a plain loop that puts the same rows into the same tables; memory with a hundred megabytes and with
two gigabytes of media; these against `sha256sum` and `cp` of the same files.

    python tests/bench/bench_downloads.py [--entries 20000] [--rounds 3] [--only facebook] [--large]

Every measured step runs in a program of its own, so that its memory is its own. The plain loop gets
its rows decoded and hashed: it does nothing but write them, a thousand to a transaction. An import
reads its file in a second process where the machine has a second processor: the first ratio is by
the clock, the second by what both processes took of their processors.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.download_writers import WRITERS, x_post_id  # noqa: E402
from tests.bench.measures import measured, started, told  # noqa: E402

BATCH = 1000
MEDIA_FILE = 4 << 20
MEDIA = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp4", ".mov")
INDEXED = ("text", "earlier", "people", "recipients", "files", "tokens")
NOT_COPIED = ("sqlite_stat1", "dictionaries", "cursors")


def import_step(platform: str, home: str, *paths: str) -> None:
    """The whole way."""
    from archiver.archive.store import Archive, create_archive
    from archiver.capture.imports import import_download
    from archiver.config import Home
    from archiver.exports.known import recognise
    from archiver.exports.reader import open_download
    from archiver.register.accounts import Account

    place = Home(Path(home))
    create_archive(place)
    given = [Path(path) for path in paths]
    with open_download(*given) as reader:
        whose = recognise(reader)[0].open(reader).identity
    account = Account(
        *(
            1,
            platform,
            whose.handle or "AlderGlen",
            whose.native_id,
            whose.display_name or "City",
            "City",
        ),
        *("", "official", None, None, None, "active", None, None, None, None, None),
    )
    clocks = started()
    with Archive.open(place, write=True) as archive:
        report = import_download(archive, account, given, attested="the bench wrote it")
    total = report.total
    told(clocks, stored=total.stored, people=total.people, outcome=report.outcome)


def plain_step(source: str, home: str) -> None:
    """The rows of an archive that was imported, written again by plain loops."""
    from archiver.archive.store import Archive, create_archive
    from archiver.config import Home
    from archiver.items import Access

    place = Home(Path(home))
    create_archive(place)
    rows = {
        access: _rows_of(Path(source) / f"{name}.db")
        for access, name in ((Access.PUBLIC, "archive"), (Access.PRIVATE, "private"))
    }
    clocks = started()
    with Archive.open(place, write=True) as archive:
        for access, tables in rows.items():
            _write_plainly(archive.file(access), tables)
    told(clocks)


def _rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, the search index apart, which is written from `search_docs`."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'fts%' "
                "AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\'"
            )
        ]
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()
            for name in names
            if name not in NOT_COPIED
        }


def _write_plainly(
    connection: sqlite3.Connection, tables: dict[str, list[tuple[Any, ...]]]
) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    for name, rows in tables.items():
        _write(connection, name, rows)
        if name == "search_docs":
            _write(
                connection, "fts (rowid, text, earlier, people, recipients, files, tokens)", rows
            )


def _write(connection: sqlite3.Connection, into: str, rows: list[tuple[Any, ...]]) -> None:
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        marks = ", ".join("?" * len(some[0]))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT OR REPLACE INTO {into} VALUES ({marks})", some)
        connection.execute("COMMIT")


def hash_step(folder: str, target: str) -> None:
    """`sha256sum` and `cp` of the same files, with the disk waited for."""
    files = sorted(str(path) for path in Path(folder).iterdir())
    Path(target).mkdir()
    clocks = started()
    subprocess.run(["sha256sum", *files], check=True, capture_output=True)
    subprocess.run(["cp", *files, target], check=True)
    os.sync()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told(clocks, processor=children.ru_utime + children.ru_stime)


def compare(name: str, entries: int, rounds: int, folder: Path) -> dict[str, Any]:
    """An importer against the plain loop: by turns, because a machine is not equally fast all the
    time; of each the quickest round counts, which other work held up least."""
    platform, write = WRITERS[name]
    paths = [_without_media(path) for path in write(folder / name, entries)]
    imports, loops = [], []
    for number in range(rounds):
        home, plain = (str(folder / f"{name}-{what}-{number}") for what in ("home", "plain"))
        imports.append(measured(__file__, "import", platform, home, *map(str, paths)))
        loops.append(measured(__file__, "plain", home, plain))
        for made in (home, plain):
            shutil.rmtree(made)
    return {
        "entries": entries,
        "stored": imports[0]["stored"],
        "people": imports[0]["people"],
        "outcome": imports[0]["outcome"],
        "seconds": _quickest(imports, "seconds"),
        "ratio_to_plain_insertion": _quickest(loops, "seconds") / _quickest(imports, "seconds"),
        "ratio_of_processor_time": _quickest(loops, "processor") / _quickest(imports, "processor"),
        "megabytes": max(each["megabytes"] for each in imports),
    }


def _quickest(rounds: Sequence[Mapping[str, Any]], clock: str) -> float:
    return float(min(each[clock] for each in rounds))


def _without_media(path: Path) -> Path:
    """The same download without the media files in it, which plain rows do not hold either: what
    these cost is measured by itself, against `sha256sum` and `cp`."""
    if not zipfile.is_zipfile(path):
        return path
    bare = path.with_name(f"bare-{path.name}")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as made:
        for member in whole.infolist():
            if not member.filename.lower().endswith(MEDIA):
                made.writestr(member, whole.read(member))
    return bare


def memory(name: str, sizes: tuple[int, ...], folder: Path) -> dict[str, Any]:
    """Peak memory with media of so many megabytes, and the speed of taking them in."""
    platform, write = WRITERS[name]
    found: dict[str, Any] = {}
    for megabytes in sizes:
        place = folder / f"{name}-{megabytes}"
        [path] = write(place, 500)
        media = folder / f"{name}-{megabytes}-media"
        _add_media(path, media, megabytes)
        taken = measured(
            __file__, "import", platform, str(folder / f"{name}-{megabytes}-home"), str(path)
        )
        found[f"megabytes_with_{megabytes}_of_media"] = taken["megabytes"]
        found[f"seconds_with_{megabytes}"] = taken["seconds"]
        plain = measured(__file__, "hash", str(media), str(folder / f"{name}-{megabytes}-copied"))
        found[f"ratio_to_sha256sum_and_cp_{megabytes}"] = plain["seconds"] / taken["seconds"]
        for made in (path, media):
            subprocess.run(["rm", "-rf", str(made)], check=True)
    return found


def _add_media(path: Path, folder: Path, megabytes: int) -> None:
    """Put so many megabytes of media into a zip, and the same files into a folder."""
    folder.mkdir()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        for number in range(max(1, (megabytes << 20) // MEDIA_FILE)):
            body = os.urandom(MEDIA_FILE)
            (folder / f"{number}.mp4").write_bytes(body)
            archive.writestr(f"data/tweets_media/{x_post_id(number)}-bench.mp4", body)


def main() -> None:
    """Read the words, measure, print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--entries", type=int, default=20_000)
    words.add_argument("--rounds", type=int, default=3, help="of each, by turns")
    words.add_argument("--only", choices=sorted(WRITERS), action="append")
    words.add_argument("--large", action="store_true", help="memory with 100 and 2,000 MB of media")
    words.add_argument("--json", action="store_true")
    words.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.step:
        steps: dict[str, Callable[..., None]] = {
            "import": import_step,
            "plain": plain_step,
            "hash": hash_step,
        }
        steps[given.step[0]](*given.step[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        names = given.only or list(WRITERS)
        found = {name: compare(name, given.entries, given.rounds, Path(folder)) for name in names}
        sizes = (100, 2000) if given.large else (20, 100)
        if "x" in found:
            found["x"] |= memory("x", sizes, Path(folder))
    if given.json:
        print(json.dumps(found))
        return
    for name, numbers in found.items():
        print(name)
        for what, number in numbers.items():
            print(
                f"  {what:40} {number:12.2f}"
                if isinstance(number, float)
                else f"  {what:40} {number}"
            )


if __name__ == "__main__":
    main()
