"""The worker: a process of its own that carries out what the desk asks for.

It is started by `archiver serve` and ends with it: the desk holds the other end of its standard
input, so the end is noticed even where the desk was killed. Rendering a packet therefore never
slows a page down.
"""

from __future__ import annotations

import logging
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import ArchiverError, BusyError
from archiver.locks import single_instance
from archiver.operations.disposing import (
    BUILD_JOB,
    JOB,
    build_job,
    dispose_job,
    queue_interrupted,
)
from archiver.operations.forwarding import (
    ACKNOWLEDGE_JOB,
    ASK_JOB,
    TAKE_JOB,
    acknowledge_job,
    ask_job,
    queue_untaken,
    take_job,
)
from archiver.operations.import_steps import IMPORT_JOB, LOOK_JOB, queue_unfinished
from archiver.operations.import_withdrawing import WITHDRAW_JOB, withdraw_job
from archiver.operations.importing import import_job, look_job
from archiver.operations.jobs import Handler, run_next, take_back_interrupted
from archiver.operations.logs import log_to, places
from archiver.operations.mailing import SEND_JOB, send_job
from archiver.operations.pairing import JOB as PAIR_JOB
from archiver.operations.pairing import decide_job
from archiver.operations.uploading import clear_abandoned
from archiver.production.previewing import drop_old_previews, make_preview
from archiver.production.produce import produce
from archiver.production.releasing.settling import settle
from archiver.production.staging import recover_productions
from archiver.progress import Progress
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
        part = arguments.get("instalment")
        volume = arguments.get("replaces")
        replaces = (volume, str(arguments["reason"])) if isinstance(volume, int) else None
        try:
            with Archive.open(home) as archive:
                made = produce(
                    home,
                    office,
                    archive,
                    str(arguments["request"]),
                    actor=actor,
                    now=clock.now_text(),
                    instalment=part if isinstance(part, int) else None,
                    progress=progress,
                    replaces=replaces,
                )
        finally:
            office.close()
        return {
            "folder": made[0].folder.name,
            "volumes": len(made),
            "pages": sum(each.pages for each in made),
        }

    def preview_packet(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        part = arguments.get("instalment")
        with closing(open_office(home)) as office, Archive.open(home) as archive:
            made = make_preview(
                *(home, office, archive, str(arguments["request"])),
                now=clock.now_text(),
                instalment=part if isinstance(part, int) else None,
                progress=progress,
            )
        return {"volumes": len(made.volumes), "pages": made.pages}

    return {
        "produce": produce_packet,
        "preview": preview_packet,
        JOB: dispose_job(home),
        BUILD_JOB: build_job(home),
        SEND_JOB: send_job(home),
        TAKE_JOB: take_job(home),
        ASK_JOB: ask_job(home),
        LOOK_JOB: look_job(home),
        IMPORT_JOB: import_job(home),
        WITHDRAW_JOB: withdraw_job(home),
        ACKNOWLEDGE_JOB: acknowledge_job(home),
        PAIR_JOB: decide_job(home),
    }


def work(home: Home, stop: int) -> None:
    """Carry out jobs until the descriptor `stop` is closed at its other end.

    The job at hand is finished first; jobs that wait are left for the next worker. Raises BusyError
    where another worker is at this archive.
    """
    with (
        single_instance(home.path / ".worker.lock", "a worker for this archive"),
        log_to(home, "worker") as log,
        closing(open_office(home)) as office,
    ):
        take_back_interrupted(office)
        try:
            recover_productions(home, office)
            drop_old_previews(home, office, now=clock.now_text())
            settle(home, office)
        except ArchiverError as error:
            log.error("%s", error)
        queue_interrupted(office)
        queue_untaken(office)
        queue_unfinished(office)
        clear_abandoned(home, office)
        able = handlers(home)
        worked = False
        while not _ended(stop, 0 if worked else IDLE_SECONDS):
            worked = _carry_out(office, able, log)
            if worked:
                queue_untaken(office)  # more may have been handed in while it ran
                queue_unfinished(office)
                clear_abandoned(home, office)


def _carry_out(
    office: sqlite3.Connection, able: Mapping[str, Handler], log: logging.Logger
) -> bool:
    try:
        return run_next(office, able)
    except BusyError as error:
        log.warning("%s", error)
        return False
    except ArchiverError as error:
        log.error("%s", error)
        raise
    except Exception as error:
        log.error("unexpected %s\n%s", type(error).__name__, places(error))
        return True


def _ended(descriptor: int, seconds: float) -> bool:
    readable, _, _ = select.select([descriptor], [], [], seconds)
    return bool(readable)


def main() -> None:
    """The worker's own process.

    Ctrl-C at the desk's terminal reaches the worker too, but the desk decides, by closing the pipe.
    A request to stop puts the job at hand back into the queue.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        work(Home(Path(sys.argv[1])), sys.stdin.fileno())
    except ArchiverError as error:
        sys.exit(f"archiver worker: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
