"""The worker: a process of its own that carries out what the desk asks for.

It is started by `archiver serve` and ends with it: the desk holds the other end of its standard
input. Rendering a packet therefore never slows a page down.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import BusyError
from archiver.operations.jobs import Handler, Progress, run_next, take_back_interrupted
from archiver.operations.locks import single_instance
from archiver.production.produce import produce
from archiver.register.office import open_office

IDLE_SECONDS = 0.5


def start_worker(home: Home) -> subprocess.Popen[bytes]:
    """Start the worker beside the desk. Close its standard input to end it."""
    return subprocess.Popen(
        [sys.executable, "-m", "archiver.operations.worker", str(home.path)],
        stdin=subprocess.PIPE,
    )


def handlers(home: Home) -> Mapping[str, Handler]:
    """What a worker can do, by the name of the job."""

    def produce_packet(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        office = open_office(home)
        try:
            with Archive.open(home) as archive:
                made = produce(
                    home,
                    office,
                    archive,
                    str(arguments["request"]),
                    actor=actor,
                    now=clock.now_text(),
                    progress=progress,
                )
        finally:
            office.close()
        return {"folder": made.folder.name, "pages": made.pages}

    return {"produce": produce_packet}


def work(home: Home, stop: int) -> None:
    """Carry out jobs until the descriptor `stop` is closed at its other end."""
    office = open_office(home)
    try:
        with single_instance(home.path / ".worker.lock", "a worker for this archive"):
            take_back_interrupted(office)
            able = handlers(home)
            while True:
                if not run_next(office, able) and _ended(stop, IDLE_SECONDS):
                    return
    finally:
        office.close()


def _ended(descriptor: int, seconds: float) -> bool:
    readable, _, _ = select.select([descriptor], [], [], seconds)
    return bool(readable)


def main() -> None:
    """The worker's own process."""
    try:
        work(Home(Path(sys.argv[1])), sys.stdin.fileno())
    except BusyError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
