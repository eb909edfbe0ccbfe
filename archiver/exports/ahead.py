"""Reading a download ahead of whoever writes it down, in a process of its own.

Reading is about half of an import, and it waits for nothing but the file: on a machine of two
processors or more it is done while the page before is written. The process is a fork, so it begins
at once and needs nothing opened anew. It holds on to none of its parent's files (locks among them),
touches none of its databases, and ends with it, or when nobody takes what it reads.
"""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NoReturn

from archiver.confining import die_with_parent
from archiver.errors import ArchiverError
from archiver.exports.formats import Download
from archiver.items import Page

WORTH_IT = 2 << 20
"""Bytes to be read from which on a second process saves more than it costs."""

PIPE = 1 << 20
"""Bytes that wait between the two: about half a page, so reading is a page and a half ahead."""

_PAGE, _END, _ERROR = b"page", b"end ", b"fail"
_HEAD = 4 + 8
_HANDLED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def walk_ahead(download: Download, resume: str | None = None) -> Generator[Page, None, None]:
    """`download.walk(resume)`, in a process of its own where that saves time. When the last page
    was taken, the download knows what it would know had it walked itself.

    Raises what the walk raises, and ArchiverError where the process was ended from outside: what
    was taken before is whole.
    """
    _ = download.generated_at  # worked out once, for both
    begun = _begin(download, resume) if _saves_time(download) else None
    if begun is None:
        yield from download.walk(resume)
        return
    child, incoming = begun
    try:
        with os.fdopen(incoming, "rb", buffering=PIPE) as stream:
            yield from _taken(stream, download)
    finally:
        # where the ends of processes are ignored the kernel has waited for it already
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _saves_time(download: Download) -> bool:
    """Whether there is much to read and a processor to read it on. Of several threads a fork takes
    over but one: where it is the main one, the others only draw how far the work is."""
    if download.bulk < WORTH_IT or not hasattr(os, "sched_getaffinity"):
        return False
    main = threading.current_thread() is threading.main_thread()
    return main and len(os.sched_getaffinity(0)) > 1


def _begin(download: Download, resume: str | None) -> tuple[int, int] | None:
    """Begin the process: its number, and where what it reads comes in. None where the machine
    begins no more processes."""
    download.let_go()
    incoming, outgoing = os.pipe()
    with suppress(OSError):  # a smaller pipe does too
        fcntl.fcntl(outgoing, fcntl.F_SETPIPE_SZ, PIPE)
    # what the parent does when it is stopped is not for the child to do
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        child = os.fork()
        if child == 0:
            _read(download, resume, outgoing)
    except OSError:
        os.close(incoming)
        return None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(outgoing)
    return child, incoming


def _taken(stream: BinaryIO, download: Download) -> Iterator[Page]:
    while len(head := stream.read(_HEAD)) == _HEAD:
        what, size = head[:4], int.from_bytes(head[4:], "little")
        body = stream.read(size)
        if len(body) < size:
            break
        if what == _PAGE:
            yield pickle.loads(body)
        elif what == _END:
            download.take_walked(pickle.loads(body))
            return
        else:
            raise pickle.loads(body)
    raise ArchiverError(
        "the process that reads the download was ended from outside: run the command again, it "
        "goes on where it stopped; if it happens again, give the machine more memory"
    )


def _read(download: Download, resume: str | None, outgoing: int) -> NoReturn:
    """All the fork does."""
    code = 1
    try:
        gc.freeze()
        die_with_parent()
        for number in _HANDLED:  # they reach the parent too, and it ends this process
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        with os.fdopen(_holding_only(outgoing), "wb", buffering=0) as stream:
            _send_all(download, resume, stream)
        code = 0
    finally:
        # nothing of the parent's may be flushed, closed or called at the end of this process
        os._exit(code)


def _holding_only(wanted: int) -> int:
    """Close every file of the parent's but one, whose number from now on is given: its locks end
    with it, not with this process."""
    kept = fcntl.fcntl(wanted, fcntl.F_DUPFD, 3)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    return kept


def _send_all(download: Download, resume: str | None, stream: Any) -> None:
    try:
        for page in download.walk(resume):
            _send(stream, _PAGE, pickle.dumps(page))
        _send(stream, _END, pickle.dumps(download.walked()))
    except BrokenPipeError:
        pass
    except Exception as error:
        _send(stream, _ERROR, _packed(error))


def _packed(error: Exception) -> bytes:
    """An error as bytes; where it does not come through these whole, as one that names it."""
    try:
        body = pickle.dumps(error)
        pickle.loads(body)
    except Exception:
        return pickle.dumps(ArchiverError(f"the download could not be read: {error!r:.200}"))
    return body


def _send(stream: Any, what: bytes, body: bytes) -> None:
    rest = memoryview(what + len(body).to_bytes(8, "little") + body)
    while rest:
        rest = rest[stream.write(rest) :]
