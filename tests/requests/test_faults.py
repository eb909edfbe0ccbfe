"""Two desks at once, and a desk that dies in mid-write."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.database import rows
from archiver.requests.book import Request, add_items, items_of, list_requests
from archiver.retention.holds import list_holds

LOGGING = """
import sys
from pathlib import Path
from archiver.config import Home, Settings
from archiver.register.office import open_office
from archiver.requests.book import new_request
office = open_office(Home(Path(sys.argv[1])))
settings = Settings(agency="City of Alder Glen", schedule="palm-desert")
for turn in range(int(sys.argv[2])):
    made = new_request(office, settings, actor=sys.argv[3], received_at="2026-11-16T17:12:00Z",
        channel="email", verbatim=f"Request {turn} of {sys.argv[3]}")
    print(made.number, flush=True)
"""
COLLECTING = """
import sys
from pathlib import Path
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.register.office import open_office
from archiver.requests.book import add_items, decide, items_of
home = Home(Path(sys.argv[1]))
office = open_office(home)
picked = [("archive", int(each)) for each in sys.argv[2].split(",")]
with Archive.open(home) as archive:
    files = {"archive": archive.public, "private": archive.private}
    print("begun", flush=True)
    add_items(office, files, "2026-0001", picked, actor="of")
    print("added", flush=True)
    while True:
        ids = [item.id for item in items_of(office, "2026-0001")]
        decide(office, "2026-0001", ids, "release", actor="of")
        print("decided", flush=True)
"""


def started(home: Path, program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ARCHIVER_NOW": "2026-11-20T18:00:00Z"},
    )


def test_two_desks_never_give_one_number_twice(office: sqlite3.Connection, tmp_path: Path) -> None:
    desks = [started(tmp_path, LOGGING, "15", name) for name in ("of", "te")]
    given = [desk.communicate(timeout=60)[0].split() for desk in desks]
    assert [len(numbers) for numbers in given] == [15, 15]
    expected = [f"2026-{sequence:04d}" for sequence in range(1, 31)]
    assert sorted(given[0] + given[1]) == expected
    assert len(list_requests(office)) == 30


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
def test_a_desk_killed_in_mid_write_leaves_whole_steps_only(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    store: Callable[..., int],
    request_made: Request,
    tmp_path: Path,
    lines: int,
) -> None:
    records = [store(str(number)) for number in range(1, 9)]
    desk = started(tmp_path, COLLECTING, ",".join(map(str, records)))
    assert desk.stdout is not None
    for _ in range(lines):
        assert desk.stdout.readline()
    for _ in range(random.Random(lines).randrange(20_000)):
        pass
    desk.send_signal(signal.SIGKILL)
    desk.wait(timeout=60)
    desk.stdout.close()
    items = items_of(office, request_made.number)
    assert len(items) in (0, 8)
    decided = rows(office, "SELECT count(*) AS made FROM request_decisions")[0]["made"]
    assert decided % 8 == 0
    steps = rows(office, "SELECT count(*) AS made FROM request_events WHERE kind = 'decided'")
    assert steps[0]["made"] * 8 == decided
    audited = rows(office, "SELECT count(*) AS made FROM audit WHERE action = 'request decided'")
    assert audited[0]["made"] == steps[0]["made"]
    assert len(list_holds(office)) == (1 if items else 0)
    assert office.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    picked = [("archive", each) for each in records]
    report = add_items(office, files, request_made.number, picked, actor="of")
    assert report.added + report.duplicates == 8
    assert len(items_of(office, request_made.number)) == 8
