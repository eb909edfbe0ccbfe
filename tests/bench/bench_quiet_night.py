"""What a night costs on which nothing happened, on an archive and on one ten times as large.

    python tests/bench/bench_quiet_night.py [--records 5000] [--full] [--repeat 3] [--json]

The platform is a table in memory, so that its calls cost nothing; the budget of the round through
older records is the same at both sizes. What remains is what the archive's size costs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver import clock  # noqa: E402
from archiver.archive.store import Archive, create_archive  # noqa: E402
from archiver.capture.limits import Limits  # noqa: E402
from archiver.capture.walks import CaptureReport, capture_account  # noqa: E402
from archiver.config import Home  # noqa: E402
from archiver.items import (  # noqa: E402
    Author,
    AuthorRole,
    Capability,
    Confirmation,
    Confirmed,
    Extent,
    Item,
    Kind,
    MediaRef,
    Page,
    Relation,
    Span,
    Whole,
)
from tests.capture.bluesky_city import registered  # noqa: E402

NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
RECENT = 225
PAGE = 100
CITY = Author("did:plc:city", "alderglen.example.org", "City", AuthorRole.AGENCY)
JOE = Author("did:plc:joe", "joe.example.com", "Joe", AuthorRole.PUBLIC)
LIMITS = Limits(rotation_days=1, rotation_pages=5, rotation_threads=25)


class Table:
    """A platform in memory: posts newest first, two replies beneath each."""

    platform = "bluesky"
    native_id = "did:plc:city"
    capabilities: Mapping[Kind | Relation, Capability] = {
        Kind.POST: Capability(Extent.FULL),
        Kind.COMMENT: Capability(Extent.FULL),
    }

    def __init__(self, records: int) -> None:
        count = records // 3
        recent = NOW - dt.timedelta(days=44)
        step = dt.timedelta(days=44) / RECENT
        older = dt.timedelta(days=3650) / max(count - RECENT, 1)
        moments = [NOW - step * (n + 1) for n in range(min(RECENT, count))]
        moments += [recent - older * n - 2 * DAY for n in range(1, count - RECENT + 1)]
        self.posts = [_item(n, moment) for n, moment in enumerate(moments)]
        self.places = {post.native_id: n for n, post in enumerate(self.posts)}
        self.calls = 0

    def walk(
        self, what: Kind | Relation, resume: str | None = None, since: str | None = None
    ) -> Iterator[Page]:
        """Posts newest first."""
        start = int(resume or 0)
        while what is Kind.POST and start < len(self.posts):
            self.calls += 1
            page = self.posts[start : start + PAGE]
            before = self.posts[start - 1].created_at if start else None
            start += PAGE
            after = page[-1].created_at if start < len(self.posts) else None
            span = Span(Kind.POST, ("post",), self.native_id, after, before)
            yield Page(items=page, span=span, resume=str(start) if after else None)
            if since and after and after < since:
                return

    def beneath(
        self, what: Kind, parents: Mapping[str, Mapping[str, int] | None]
    ) -> Iterator[Page]:
        """Two replies to each post."""
        for uri in parents:
            self.calls += 1
            n = self.places[uri]
            post = self.posts[n]
            replies = [_item(n, _moment(post), of=post, number=k) for k in (1, 2)]
            yield Page(items=replies, whole=(Whole(Kind.COMMENT, "reply", uri),))

    def confirm(self, kind: Kind, native_ids: Sequence[str]) -> Iterator[Confirmed]:
        """Nothing is ever missing."""
        for native_id in native_ids:
            yield Confirmed(native_id, Confirmation.CANNOT_TELL, None)

    def open_media(self, ref: MediaRef) -> None:
        """There are no media."""
        return


def _moment(item: Item) -> dt.datetime:
    assert item.created_at is not None
    return clock.parse(item.created_at)


def _item(n: int, moment: dt.datetime, of: Item | None = None, number: int = 0) -> Item:
    did = "did:plc:joe" if of else "did:plc:city"
    native_id = f"at://{did}/app.bsky.feed.post/{n}-{number}"
    text = f"Notice {n} about the bridge" if of is None else f"Objection {number} to notice {n}"
    stable = json.dumps({"uri": native_id}).encode()
    return Item(
        platform="bluesky",
        kind=Kind.COMMENT if of else Kind.POST,
        form="reply" if of else "post",
        native_id=native_id,
        author=JOE if of else CITY,
        created_at=clock.to_text(moment + dt.timedelta(seconds=number)),
        text=text,
        raw=json.dumps({"uri": native_id, "text": text}).encode(),
        stable=stable,
        parent_id=of.native_id if of else None,
        root_id=of.native_id if of else None,
    )


class Nights:
    """An archive of a size, and the quiet nights measured on it."""

    def __init__(self, archive: Archive, records: int) -> None:
        self._archive = archive
        self._table = Table(records)
        self._seconds: list[float] = []
        self._busy: list[float] = []
        self._rows = self._calls = 0
        _night(archive, self._table)
        self._stored = _count(archive, "records")

    def another(self) -> None:
        """One more night on which nothing happened."""
        before, asked = _written(self._archive), self._table.calls
        started, worked = time.perf_counter(), time.process_time()
        report = _night(self._archive, self._table)
        self._seconds.append(time.perf_counter() - started)
        self._busy.append(time.process_time() - worked)
        self._rows = max(self._rows, _written(self._archive) - before)
        self._calls = max(self._calls, self._table.calls - asked)
        assert set(report.counts) == {"duplicate"}, report

    def result(self) -> dict[str, Any]:
        """The best of the nights: what disturbs one is not the archive's size."""
        return {
            "records": self._stored,
            "seconds": round(min(self._seconds), 4),
            "processor seconds": round(min(self._busy), 4),
            "rows written": self._rows,
            "platform calls": self._calls,
        }


@contextmanager
def filled(records: int) -> Iterator[Nights]:
    """An archive of that size in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="archiver-bench-") as folder:
        home = Home(Path(folder) / "home")
        create_archive(home)
        with Archive.open(home, write=True) as archive:
            yield Nights(archive, records)


def _night(archive: Archive, table: Table) -> CaptureReport:
    return capture_account(
        archive,
        registered("alderglen.example.org", "http://127.0.0.1:1"),
        table,
        now=clock.to_text(NOW),
        limits=LIMITS,
    )


def _count(archive: Archive, table: str) -> int:
    return int(archive.public.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _written(archive: Archive) -> int:
    tables = ("records", "versions", "events", "exchanges", "metrics", "coverage", "runs", "leaves")
    return sum(_count(archive, table) for table in tables)


def main() -> None:
    """Measure both sizes in one run and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--full", action="store_true", help="100,000 against 1,000,000 records")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    records = 100_000 if given.full else given.records
    with filled(records) as few, filled(records * 10) as many:
        gc.collect()
        gc.freeze()  # the tables stand in for the platform: they are not to be collected over
        for _ in range(given.repeat):
            few.another()
            many.another()
        small, large = few.result(), many.result()
    ratio = {name: round(large[name] / small[name], 2) for name in ("seconds", "processor seconds")}
    result = {"small": small, "ten times as large": large, "ratio (at most 1.3)": ratio}
    if given.json:
        print(json.dumps(result))
        return
    for name, one in result.items():
        print(f"{name}: {one}")


if __name__ == "__main__":
    main()
