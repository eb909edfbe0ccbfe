"""What it costs to look through a request's words: personal data, and records that say the same.

    python tests/bench/bench_words.py [--items 20000] [--repeat 3]

Builds a home with one request of that many items, a quarter with personal data in them, a fifth
repeated or nearly repeated, and prints seconds of the processor and the ratio to reading the same
rows (the items with their texts and media), with the most memory held on top of the reading's.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.archive.reading import versions_up_to, worded_versions  # noqa: E402
from archiver.archive.runs import AccountRef  # noqa: E402
from archiver.archive.store import Archive  # noqa: E402
from archiver.archive.writing import batch, begin_run, finish_run  # noqa: E402
from archiver.config import Home, Settings  # noqa: E402
from archiver.database import write_transaction  # noqa: E402
from archiver.items import Author, Item, Kind  # noqa: E402
from archiver.operations.home import create_home  # noqa: E402
from archiver.register.office import open_office  # noqa: E402
from archiver.requests.book import add_items, items_of  # noqa: E402
from archiver.requests.clustering.clusters import clusters_of  # noqa: E402
from archiver.requests.clustering.likeness import Entry, groups_of  # noqa: E402
from archiver.requests.finding.asking import items_with_open_suggestions  # noqa: E402
from archiver.requests.intake import new_request  # noqa: E402
from archiver.requests.schema import migrate_requests  # noqa: E402
from archiver.retention.schema import migrate_retention  # noqa: E402
from tests.bench.synthetic_archive import Words  # noqa: E402

SETTINGS = Settings(agency="City of Alder Glen", schedule="palm-desert")
ACCOUNT = AccountRef(1, "x", "alderglen", "City of Alder Glen", "Parks", "", "12", "official")
PERSONAL = (
    "call me at (760) 346-0611",
    "write to resident@example.com",
    "I live at 1234 Elm Street",
    "account number 0012-34567-01",
    "plate 7ABC123",
)


def texts(count: int) -> list[str]:
    """What residents wrote: about thirty words each."""
    words, rng, made = Words(7), random.Random(7), []
    for at in range(count):
        chance = rng.random()
        if made and chance < 0.1:
            made.append(rng.choice(made))
        elif made and chance < 0.2:
            said = rng.choice(made).split()
            said[rng.randrange(len(said))] = f"changed{at}"
            made.append(" ".join(said))
        else:
            made.append(words.text())
        if chance > 0.75:
            made[-1] += " " + rng.choice(PERSONAL)
    return made


def build(folder: Path, count: int) -> tuple[Home, str]:
    """A home with one request that has collected everything."""
    home = create_home(folder / "home", SETTINGS)
    items = [
        Item(
            "x",
            *(Kind.COMMENT, str(at), Author(f"id-{at % 997}", f"person{at % 997}", "A. Person")),
            *(f"2026-{at % 10 + 1:02d}-{at % 27 + 1:02d}T10:00:{at % 60:02d}Z", text),
            *(json.dumps([at, text]).encode(), json.dumps([at, text]).encode()),
        )
        for at, text in enumerate(texts(count))
    ]
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="x-download")
        for start in range(0, count, 1_000):
            with batch(archive, run) as adding:
                adding.add(items[start : start + 1_000], observed_at="2026-11-01T00:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
        picked = [("archive", row[0]) for row in archive.public.execute("SELECT id FROM records")]
        office = open_office(home)
        migrate_retention(office)
        migrate_requests(office)
        request = new_request(
            office,
            SETTINGS,
            actor="bench",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim="Everything.",
        )
        add_items(office, {"archive": archive.public}, request.number, picked, actor="bench")
        office.close()
    return home, request.number


def median(work: Callable[[], object], repeat: int) -> float:
    """Seconds of the processor in the middle run: other programs do not count."""
    taken = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def most_memory(work: Callable[[], object]) -> float:
    """The most megabytes of Python's own a run held."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, number = build(Path(folder), given.items)
        office = open_office(home)
        with Archive.open(home) as archive:
            files = {"archive": archive.public}

            def read(up_to: bool = False) -> int:
                ids = [item.version_id for item in items_of(office, number)]
                reader = versions_up_to if up_to else worded_versions
                return sum(
                    len(list(reader(files["archive"], ids[at : at + 500])))
                    for at in range(0, len(ids), 500)
                )

            def look() -> int:
                return items_with_open_suggestions(office, files, SETTINGS, number).total

            def look_first() -> int:
                with write_transaction(office):
                    office.execute("DELETE FROM personal_scans")
                    office.execute("DELETE FROM personal_finds")
                return look()

            def compare() -> int:
                items = items_of(office, number)
                entries = (
                    Entry(each.version_id, each.text, each.media)
                    for at in range(0, len(items), 500)
                    for each in worded_versions(
                        archive.public, [item.version_id for item in items[at : at + 500]]
                    )
                )
                return len(groups_of(entries))

            def similar() -> int:
                return len(clusters_of(office, files, number))

            reading, whole = median(read, given.repeat), median(lambda: read(True), given.repeat)
            first, again = median(look_first, given.repeat), median(look, given.repeat)
            comparing = median(compare, given.repeat)
            waiting, clusters = look(), similar()
            clustering = median(similar, given.repeat)
            held = most_memory(compare) - most_memory(read)
        office.close()
    print(f"{given.items:,} items: {waiting:,} suggestions wait, {clusters:,} clusters")
    print(f"{'':34}{'seconds':>9}{'ratio':>8}")
    for told, seconds, beside in (
        ("reading texts and media", reading, reading),
        ("what says the same, compared", comparing, reading),
        ("what says the same, remembered", clustering, reading),
        ("reading whole versions", whole, whole),
        ("personal data, looked for", first, whole),
        ("personal data, remembered", again, whole),
    ):
        print(f"{told:34}{seconds:9.2f}{seconds / beside:8.1f}")
    print(f"comparing holds {held:.1f} MB more than reading at most")


if __name__ == "__main__":
    main()
