"""The printing side: a process that has fonts and code and no data, and the forks that print."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import archiver
from archiver.archive.files import sync_folder
from archiver.confining import confine, die_with_parent
from archiver.errors import ArchiverError
from archiver.pdf import faces
from archiver.pdf.faces import Cut, Family, Han
from archiver.production.manifest import write_manifest
from archiver.production.media_files import MediaFolder
from archiver.production.packet import Packet, measure_packet, write_packet
from archiver.production.press.tasks import (
    Failed,
    Job,
    Measure,
    Measured,
    Print,
    Printed,
    PrintedRecord,
    Progressed,
    Told,
    tell,
)
from archiver.production.proof.page import write_verify_page
from archiver.production.twins import write_twins

_SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/proc/self", "/dev/null", "/dev/urandom")
_RARELY = (100_000, 50, 100)
_USUAL = (Cut(), Cut(bold=True), Cut(Family.SANS), Cut(Family.SANS, bold=True), Cut(Family.DISPLAY))


def serve(handle: int) -> None:
    """Fork a printing process for each pair of pipes that comes over the socket, until it closes.

    The fonts every packet uses are opened once, before there is any data. The socket closes when
    the process at its other end ends, however it does; the forks end with this one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _open_fonts()
    with socket.socket(fileno=handle) as orders:
        while True:
            _, pipes, _, _ = socket.recv_fds(orders, 1, 2)
            if len(pipes) != 2:
                return
            if os.fork() == 0:
                orders.close()
                _work(*pipes)
            for pipe in pipes:
                os.close(pipe)


def _open_fonts() -> None:
    try:
        for cut in _USUAL:
            for face in faces.chain(cut, Han.SIMPLIFIED)[:1]:
                _ = face.coverage
    except ArchiverError:
        return  # without a font the task itself says so


def _work(source: int, sink: int) -> None:
    """Do one task and end; nothing after it runs."""
    with os.fdopen(source, "rb") as given, os.fdopen(sink, "wb") as back:
        try:
            die_with_parent()
            job: Job = pickle.load(given)
            collect_rarely()
            confined = confine((*_code(), *job.read), job.write)
            tell(back, _done(job.task, confined, back))
        except ArchiverError as error:
            tell(back, Failed(type(error).__name__, str(error)))
        except OSError as error:
            tell(back, Failed("disk", error.strerror or type(error).__name__))
        except BaseException as error:
            tell(back, Failed("fault", _where(error)))
    os._exit(0)


def collect_rarely() -> None:
    """What was given stays, and hardly anything that is made refers to itself: looking through it
    for garbage again and again takes a tenth of the time, and more the longer a packet is."""
    gc.freeze()
    gc.set_threshold(*_RARELY)


def _code() -> Iterator[Path]:
    """What a printing process reads beside what it was given: the system, Python, fonts, itself."""
    yield from map(Path, _SYSTEM)
    yield from {Path(sys.prefix), Path(sys.base_prefix), *map(Path, archiver.__path__)}
    yield from faces.folders()


def _done(task: Measure | Print, confined: bool, back: BinaryIO) -> Told:
    def progress(what: str, done: int, total: int | None) -> None:
        tell(back, Progressed(what, done, total))

    if isinstance(task, Measure):
        found = measure_packet(task.release, task.first, progress)
        return Measured(found.pages, found.records, found.sheets, found.heights)
    media = MediaFolder(task.folder / "media")
    packet = write_packet(
        task.release, task.folder / "packet.pdf", media, task.first, progress, task.heights
    )
    progress("writing the data", 0, None)
    write_twins(task.release, packet, task.folder)
    write_verify_page(task.folder)
    digest = write_manifest(task.release, packet, task.folder)
    _sync_all(task.folder)
    return _printed(packet, digest, confined)


def _printed(packet: Packet, digest: str, confined: bool) -> Printed:
    places = {
        record.key: {id(media): place for place, media in enumerate(record.media)}
        for record in packet.order
    }
    records = {
        key: PrintedRecord(
            one.ordinal,
            one.first,
            one.last,
            [(places[key][id(media)], name) for media, name in one.media],
        )
        for key, one in packet.printed.items()
    }
    pages = packet.pages
    return Printed(pages.first, pages.last, records, packet.sheets, packet.lists, digest, confined)


def _sync_all(folder: Path) -> None:
    """Everything on the disk before anybody is told that it is there."""
    for parent, _, names in os.walk(folder):
        for path in (*(Path(parent) / name for name in names), Path(parent)):
            sync_folder(path)


def _where(error: BaseException) -> str:
    """The kind of an error and the line of our own code it came from, without its words."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if f"{os.sep}archiver{os.sep}" in code.co_filename:
            place = f" in {Path(code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"
