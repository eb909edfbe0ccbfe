"""Executes a batch and kills itself at a chosen step: ``killed.py HOME NUMBER STEP``.

The steps are the moments at which something is committed or reaches the disk.
"""

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from archiver.archive import destroying_bytes
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.operations import disposing
from archiver.retention.dispositions import certificate, execution, finishing

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


writing = Archive.writer


@contextmanager
def counted_writer(archive: Archive):
    """Count steps around each commit of both files, and one between the two."""
    with writing(archive):
        yield
        step()
        archive.private.execute("COMMIT")
        step()
        archive.private.execute("BEGIN IMMEDIATE")
    step()


Archive.writer = counted_writer
execution.SLICE = 2
before(execution, "note")
before(execution, "destroy")
before(execution, "survey_batch")
before(finishing, "note")
before(finishing, "finish_bytes")
before(finishing, "seal")
before(finishing, "scrub")
before(finishing, "remove_bags")
before(destroying_bytes, "_unlink")
before(destroying_bytes, "_overwrite")
before(certificate, "_write")
before(disposing, "append_destruction")

disposing.execute_batch(Home(Path(sys.argv[1])), sys.argv[2], actor="of")
print(left)
