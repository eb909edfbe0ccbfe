"""Produces a request and kills itself at a chosen step: ``killed.py HOME NUMBER STEP``.

The steps are the moments at which something reaches the disk or the database, or at which the
printing process has told how far it is.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.production import finishing, ledger, printing, produce, staging
from archiver.production.press import press, tasks
from archiver.register.office import open_office

left = int(sys.argv[3])


def step() -> None:
    """Die when enough has happened."""
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def before(holder: object, name: str) -> None:
    """Count a step before a function and one after it."""
    inner = getattr(holder, name)

    def counted(*args: object, **kwargs: object) -> object:
        step()
        result = inner(*args, **kwargs)
        step()
        return result

    setattr(holder, name, counted)


before(produce, "print_volumes")
before(printing, "set_aside")
before(staging, "sync_folder")
before(finishing, "write_proof")
before(ledger, "started")
before(ledger, "enter")
before(Path, "rename")
before(ledger, "mark_moved")

heard = press.heard


def counted(stream: BinaryIO) -> Iterator[tasks.Told]:
    """What the printing process tells, each a step."""
    for told in heard(stream):
        step()
        yield told


press.heard = counted

home = Home(Path(sys.argv[1]))
office = open_office(home)
with Archive.open(home) as archive:
    produce.produce(home, office, archive, sys.argv[2], actor="of", now="2026-11-20T18:00:00Z")
print(left)
