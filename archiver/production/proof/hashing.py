"""Hashing a volume's files against its manifest, several at a time: hashing leaves the interpreter,
so it goes as fast as the disk and the cores do."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from archiver.production.proof.volumes import Volume
from archiver.progress import Progress

Listed = Mapping[str, tuple[int, str]]
"""Size and SHA-256 (hex) of files by their path."""
MOST_AT_ONCE = 4
_AHEAD = 64
_PIECE = 1 << 20
_CHANGED = "was changed since it was produced"


def check_files(
    volume: Volume, listed: Listed, there: set[str], progress: Progress | None
) -> Iterator[str]:
    """What is wrong with the files a manifest lists, in its order; memory stays flat."""
    total, done = sum(size for size, _ in listed.values()), 0
    jobs = iter(listed.items())
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE)) as pool:

        def begun(many: int) -> Iterator[tuple[str, int, Future[str | None]]]:
            for path, (size, digest) in islice(jobs, many):
                yield path, size, pool.submit(_wrong, volume, path, size, digest, path in there)

        waiting = deque(begun(_AHEAD))
        while waiting:
            path, size, job = waiting.popleft()
            wrong = job.result()
            waiting.extend(begun(1))
            done += size
            if progress:
                progress(f"hashing {volume.name}", done, total)
            if wrong:
                yield f"{path} {wrong}"


def _wrong(volume: Volume, path: str, size: int, digest: str, there: bool) -> str | None:
    if not there:
        return "is missing"
    if trouble := volume.trouble(path):
        return trouble
    try:
        return None if _digest(volume, path, size) == digest else _CHANGED
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return _CHANGED
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _digest(volume: Volume, path: str, size: int) -> str:
    """The SHA-256 of a file; "" where it is not as long as it should be, however long it is."""
    if volume.size(path) != size:
        return ""
    digest, left = hashlib.sha256(), size
    piece = bytearray(min(_PIECE, max(size, 1)))
    with volume.open(path) as file, memoryview(piece) as view:
        while got := file.readinto(piece):
            left -= got
            if left < 0:
                return ""
            digest.update(view[:got])
    return digest.hexdigest() if left == 0 else ""
