"""What a night costs twenty standing holds, on an archive and on one ten times as large.

    python tests/bench/bench_holds.py [--records 20000] [--new 2000] [--repeat 5] [--full]

Both archives get the same number of new records each night. Prints the seconds of a night's
catching up, of a night without anything new, of placing the holds (each looks through the whole
archive once), of a preview and of asking which holds are over ten thousand records, and the ratios
of the larger archive to the smaller.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.archive import indexing  # noqa: E402
from archiver.archive.filters import Filters  # noqa: E402
from archiver.archive.matching import all_matching, ask  # noqa: E402
from archiver.archive.store import Archive  # noqa: E402
from archiver.config import Home, Settings  # noqa: E402
from archiver.database import connect, write_transaction  # noqa: E402
from archiver.register.office import open_office  # noqa: E402
from archiver.retention.covering import Search, files_of  # noqa: E402
from archiver.retention.holds import HoldKind, holds_over, list_holds  # noqa: E402
from archiver.retention.placing import place_search_hold, placement_preview  # noqa: E402
from archiver.retention.releasing import release_preview  # noqa: E402
from archiver.retention.schema import migrate_retention  # noqa: E402
from archiver.retention.standing import catch_up  # noqa: E402
from tests.bench import synthetic_archive  # noqa: E402

HOLDS = 20
SETTINGS = Settings(agency="City of Alder Glen", schedule="palm-desert")
_RUN = """
    INSERT INTO runs (id, account_id, source, started_at, leaf)
    VALUES (1, 1, 'bench', '2026-11-01T00:00:00Z', 1)
"""
_VERSIONS = """
    INSERT INTO versions (record_id, n, run_id, observed_at, late, edit_position, stable, text,
        author, place, details, media, raw, dictionary_id, salt, leaf)
    SELECT id, 1, 1, created_at, 0, 0, zeroblob(32), text, '[]', '[]', '[]', '[]', zeroblob(300), 1,
        zeroblob(32), 1
    FROM records WHERE id > ?
"""


class City:
    """An archive of a size with twenty standing holds, and the nights measured on it."""

    def __init__(self, home: Home, records: int) -> None:
        self.records = records
        self.seconds: dict[str, list[float]] = {}
        if not home.archive_db.exists():
            synthetic_archive.build(home, records)
        self._files = [connect(path) for path in (home.archive_db, home.private_db)]
        for file in self._files:
            file.execute("PRAGMA synchronous = OFF")
            with write_transaction(file):
                file.execute(_RUN)
                file.execute(_VERSIONS, (-1,))
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._nights = 0
        self.archive = Archive.open(home)
        self.office = open_office(home, create=True)
        migrate_retention(self.office)
        self._place(home)

    def _place(self, home: Home) -> None:
        found = synthetic_archive.terms(home)
        rng = random.Random(3)
        names = ("common 3-20 %", "mid 0.3-3 %", "rare", "AND of two", "phrase", "Chinese word")
        words = [word for name in names for word in found[name]]
        self._searches = [
            Search(word, Filters(account_ids=(2, 3)) if number % 3 == 0 else Filters(), True)
            for number, word in enumerate(rng.sample(words, HOLDS))
        ]
        with self._timed("placing 20 holds"):
            for number, search in enumerate(self._searches):
                place_search_hold(
                    self.office,
                    self.archive,
                    SETTINGS,
                    actor="bench",
                    kind=HoldKind.LITIGATION,
                    reference=str(number),
                    reason="bench",
                    searches=[search],
                )

    def night(self, new: int) -> None:
        """New records come, holds catch them; then a night without any."""
        self._capture(new)
        gc.collect()
        with self._timed("catching up"):
            self.caught = catch_up(self.office, self.archive, SETTINGS)
        with self._timed("nothing new"):
            assert catch_up(self.office, self.archive, SETTINGS) == 0

    def _capture(self, new: int) -> None:
        self._nights += 1
        heads = [file.execute("SELECT max(id) FROM records").fetchone()[0] for file in self._files]
        waiting: list[list[dict[str, object]]] = [[], []]
        for private, facts in synthetic_archive.records(new, synthetic_archive.Words(1)):
            waiting[private].append(facts)
        for file, head, rows in zip(self._files, heads, waiting, strict=True):
            for number, facts in enumerate(rows, 1):
                facts["id"] = head + number
            with write_transaction(file):
                file.executemany(synthetic_archive.RECORD, rows)
                indexing.index_new(file, [synthetic_archive.index_row(facts) for facts in rows])
                file.execute(_VERSIONS, (head,))

    def look(self) -> None:
        """What a person and a disposition ask."""
        [first, *_] = list_holds(self.office)
        with self._timed("preview of placing"):
            placement_preview(self.office, self.archive, SETTINGS, searches=self._searches[:1])
        with self._timed("preview of releasing"):
            release_preview(self.office, self.archive, first, SETTINGS)
        newest = self.archive.public.execute("SELECT id FROM facet ORDER BY id DESC LIMIT 10000")
        keys = [("archive", found[0]) for found in newest]
        with self._timed("holds over 10,000"):
            holds_over(self.office, keys)

    def check(self) -> None:
        """Every hold keeps exactly what its search finds over the whole archive."""
        for held, search in zip(list_holds(self.office), self._searches, strict=True):
            for name, file in files_of(self.archive).items():
                asked = ask({name: file}, search.query, search.filters, SETTINGS.time_zone)
                kept = self.office.execute(
                    "SELECT record_id FROM hold_items WHERE hold_id = ? AND file = ?"
                    " ORDER BY record_id",
                    (held.id, name),
                )
                assert [found[0] for found in kept] == list(all_matching(name, file, asked))

    @property
    def held(self) -> int:
        """Records under the holds, those under two counted twice."""
        return int(self.office.execute("SELECT count(*) FROM hold_items").fetchone()[0])

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds.setdefault(what, []).append(time.perf_counter() - start)

    def close(self) -> None:
        """Close all files."""
        for connection in (*self._files, self.office, self.archive):
            connection.close()


def main() -> None:
    """Measure both sizes in one run and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--new", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="500,000 against 5,000,000 records")
    given = parser.parse_args()
    records = 500_000 if given.full else given.records
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(prefix="archiver-bench-") as folder:
        sizes = (records, records * 10)
        with (
            closing(City(Home(Path(folder) / "few"), sizes[0])) as few,
            closing(City(Home(Path(folder) / "many"), sizes[1])) as many,
        ):
            for _ in range(given.repeat):
                few.night(given.new)
                many.night(given.new)
            for city in (few, many):
                city.look()
                city.check()
            for city in (few, many):
                print(
                    f"{city.records:,} records, {HOLDS} standing holds keep {city.held:,}; "
                    f"{given.new:,} new a night, {city.caught:,} of them caught"
                )
            print(f"{'seconds (median)':24}{'smaller':>10}{'larger':>10}{'ratio':>8}")
            for what, times in few.seconds.items():
                small, large = statistics.median(times), statistics.median(many.seconds[what])
                print(f"{what:24}{small:10.4f}{large:10.4f}{large / small:8.2f}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
