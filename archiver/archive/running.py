"""How many searches run at this moment, here and in the other processes of the desk.

They share the processors, so each has its part of the time for counting. Every process counts its
own searches in a place of its own and reads those of the others: no two ever write the same number,
so no lock has to be held between processes, nor is one left behind by a process that was killed.
"""

from __future__ import annotations

import mmap
import os
import threading
from functools import cache

_PLACE_BYTES = 4


@cache
def processors() -> int:
    """How many processors this program may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


class Running:
    """Counts the searches at work. Entered by each search for as long as it runs."""

    def __init__(self) -> None:
        self._counts = memoryview(bytearray(_PLACE_BYTES)).cast("I")
        self._place = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._counts[self._place] += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._counts[self._place] -= 1

    @property
    def searches(self) -> int:
        """How many run now, in all processes."""
        return sum(self._counts)

    @property
    def part(self) -> float:
        """The part of a processor each can have: all of one, while there are enough."""
        return min(1.0, processors() / max(self.searches, 1))

    def share(self, descriptor: int, place: int) -> None:
        """Count in a place of a file that other processes count in too (`shared_bytes` long).

        What was counted in that place by a process that is gone is forgotten. Call it before the
        first search.
        """
        with self._lock:
            self._counts = memoryview(mmap.mmap(descriptor, 0)).cast("I")
            self._counts[place] = 0
            self._place = place


def shared_bytes(places: int) -> int:
    """How long a file is that so many processes count in."""
    return places * _PLACE_BYTES


running = Running()
"""The searches of this process."""
