"""What marking costs: re-marking after a schedule change against a plain SQL UPDATE of the same
rows, a night on which nothing changed on an archive and on one ten times as large, the report, and
the check of all marks.

    python tests/bench/bench_retention.py [--records 20000] [--full] [--repeat 3] [--home FOLDER]

The plain UPDATE sets the same columns under the same indexes in transactions of as many records,
with days SQLite reckons itself. With --full the larger archive has 5,000,000 records; with --home
it is kept, and used again.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.archive.store import Archive  # noqa: E402
from archiver.config import Home, Settings  # noqa: E402
from archiver.items import Access  # noqa: E402
from archiver.register.accounts import Account, list_accounts  # noqa: E402
from archiver.register.office import open_office  # noqa: E402
from archiver.retention.checking import check_marks  # noqa: E402
from archiver.retention.facts import Reader  # noqa: E402
from archiver.retention.marking import BATCH, mark_all  # noqa: E402
from archiver.retention.reporting import report  # noqa: E402
from tests.bench.city_of_records import build  # noqa: E402

NOW = "2026-11-20T18:00:00Z"
SCHEDULE = ROOT / "schedules" / "retention" / "palm-desert.toml"

Spent = tuple[float, float]
"""Seconds on the clock, seconds of the processor."""


class City:
    """A home of a size, and what is measured on it."""

    def __init__(self, home: Home, records: int) -> None:
        self.home = home
        self.records = records
        self.marked = 0
        self._version = len(list(home.path.glob("schedule-*.toml")))
        with closing(open_office(home)) as office:
            self._accounts: list[Account] = list_accounts(office)

    def adopt(self) -> Settings:
        """Another version of the schedule, in which every period has changed."""
        self._version += 1
        name = f"schedule-{self._version}.toml"
        text = SCHEDULE.read_text("utf-8").replace('"2026.1"', f'"2027.{self._version}"')
        years = 3 + self._version % 5
        changed = text.replace("{ years = 2 }", f"{{ years = {years} }}")
        (self.home.path / name).write_text(changed, "utf-8")
        return Settings(agency="City of Alder Glen", schedule=name)

    def mark(self, settings: Settings) -> None:
        """What a night does; `marked` says how many records it marked."""
        with Archive.open(self.home, write=True) as archive:
            self.marked = mark_all(archive, settings, self._accounts).marked

    def plain(self, years: int) -> int:
        """The plain UPDATE; how many rows it changed."""
        changed = 0
        with Archive.open(self.home, write=True) as archive:
            for access in Access:
                conn = archive.file(access)
                for low, high in Reader(conn, "UTC").spans(BATCH):
                    with archive.writer():
                        changed += conn.execute(
                            """
                            UPDATE records SET series = 'PD-04', cutoff_on = date(created_at),
                                retain_until = date(created_at, ?), retention_rule = ?
                            WHERE id BETWEEN ? AND ?
                            """,
                            (f"+{years} years", f"palm-desert@{years}#PD-04", low, high),
                        ).rowcount
        return changed

    def report(self, settings: Settings) -> None:
        """What the page "Retention" counts."""
        with closing(open_office(self.home)) as office, Archive.open(self.home) as archive:
            report(archive, office, settings)

    def check(self, settings: Settings) -> None:
        """What verify computes of all marks."""
        with Archive.open(self.home) as archive:
            found = check_marks(archive, settings, self._accounts)
        assert found.ok, found.findings[:3]


def timed(act: Callable[[], object]) -> Spent:
    """What an act takes."""
    started, worked = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - started, time.process_time() - worked


def said(name: str, spent: Spent, records: int) -> None:
    """One measured act."""
    each = spent[0] / records * 1e6
    print(
        f"  {name:34} {spent[0]:9.2f} s {spent[1]:9.2f} s of processor {each:7.2f} µs a record",
        flush=True,
    )


def middle(spent: list[Spent]) -> Spent:
    """The median of several measurements."""
    return median(each[0] for each in spent), median(each[1] for each in spent)


def measure(city: City, repeat: int) -> Settings:
    """Re-marking and plain UPDATE by turns, then report and check; the schedule marked by last."""
    print(f"{city.records:,} records, load {os.getloadavg()[0]:.1f}")
    settings = city.adopt()
    said("first marking", timed(lambda: city.mark(settings)), city.records)
    plain: list[Spent] = []
    marked: list[Spent] = []
    for turn in range(repeat):
        plain.append(timed(partial(city.plain, 11 + turn)))
        settings = city.adopt()
        marked.append(timed(partial(city.mark, settings)))
    assert city.marked == city.records, city.marked
    said("plain UPDATE", middle(plain), city.records)
    said("re-marking, every day moved", middle(marked), city.records)
    clock, processor = (middle(marked)[at] / middle(plain)[at] for at in range(2))
    print(f"  ratio (at most 3): {clock:.2f} on the clock, {processor:.2f} of processor")
    said("report", timed(lambda: city.report(settings)), city.records)
    said("check of all marks", timed(lambda: city.check(settings)), city.records)
    return settings


def quiet(city: City, settings: Settings, repeat: int) -> Spent:
    """The best of some nights on which nothing changed: what disturbs one is not the size."""
    city.mark(settings)
    nights = [timed(lambda: city.mark(settings)) for _ in range(repeat)]
    return min(each[0] for each in nights), min(each[1] for each in nights)


def main() -> None:
    """Measure both sizes in one run and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--full", action="store_true", help="500,000 against 5,000,000 records")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--home", type=Path, help="keep the larger archive here")
    given = parser.parse_args()
    os.environ["ARCHIVER_NOW"] = NOW
    records = 500_000 if given.full else given.records
    with tempfile.TemporaryDirectory(prefix="archiver-bench-") as folder:
        larger = given.home or Path(folder) / "large"
        kept = larger.exists()
        small = City(build(Path(folder) / "small", records), records)
        large = City(Home(larger) if kept else build(larger, records * 10), records * 10)
        few = measure(small, given.repeat)
        many = measure(large, given.repeat)
        print("a night's marking on which nothing changed")
        for _ in range(2):
            quiet_few, quiet_many = quiet(small, few, 15), quiet(large, many, 15)
        print(
            f"  {records:,} records {quiet_few[0] * 1000:.2f} ms, ten times as many "
            f"{quiet_many[0] * 1000:.2f} ms"
        )
        print(
            f"  ratio (at most 1.3): {quiet_many[0] / quiet_few[0]:.2f} on the clock, "
            f"{quiet_many[1] / quiet_few[1]:.2f} of processor"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"most memory {peak:.0f} MB, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
