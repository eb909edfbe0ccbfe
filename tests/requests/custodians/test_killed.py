"""A worker killed while it takes in what was handed in: all of a file's records come, or none."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable

import pytest

from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Home
from archiver.requests.book import Request, items_of
from archiver.requests.custodians.answers import Answer
from archiver.requests.custodians.taking_in import take_in_request
from tests.requests.custodians.conftest import mail, picture

KILLED = """
import os, signal, sys
from pathlib import Path
import archiver.{module} as module
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.register.office import open_office
from archiver.requests.custodians.taking_in import take_in_request

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

module.{name} = killed
home = Home(Path(sys.argv[1]))
with Archive.open(home, write=True) as archive:
    take_in_request(home, open_office(home), archive, sys.argv[2], actor="worker")
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("capture.forwarding", "store_media"),
        ("archive.writing", "place"),
        ("capture.forwarding", "finish_run"),
        ("requests.custodians.causes", "note"),
    ],
)
def test_a_kill_is_made_good_by_the_next_run(
    module: str,
    name: str,
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    answered: Callable[..., Answer],
) -> None:
    enclosed = ((picture(), "image/png", "a.png"), (b"a,b\n1,2", "text/csv", "b.csv"))
    answered((mail(enclosed=enclosed), "lights.eml"))
    script = KILLED.format(module=module, name=name)
    done = subprocess.run(
        [sys.executable, "-c", script, str(home.path), request_made.number],
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    held = archive.private.execute("SELECT count(*) FROM records").fetchone()[0]
    assert held in (0, 2)
    assert items_of(office, request_made.number) == []
    take_in_request(home, office, archive, request_made.number, actor="worker")
    assert len(items_of(office, request_made.number)) == 2
    assert archive.private.execute("SELECT count(*) FROM versions").fetchone()[0] == 2
    seal(archive, now="2026-11-20T18:00:00Z")
    assert verify(home).findings == []
