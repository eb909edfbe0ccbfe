"""Clerks who search at once: a light client, in a process of its own.

    python tests/bench/clerks.py < TASK        TASK as JSON: port, cookie, paths, clerks, seconds

Prints the milliseconds of every answer as JSON. Each clerk keeps one connection open, as a browser
does, and asks again as soon as the answer is there. It costs the processors it shares with the desk
a fraction of a millisecond an answer, so that what is measured is the desk.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection


def clerk(
    seed: int, port: int, cookie: str, paths: Sequence[str], seconds: float
) -> list[tuple[str, float]]:
    """Ask for paths until the time is up: each, and how long its answer took (ms).

    Raises RuntimeError where an answer is no page.
    """
    rng, times = random.Random(seed), list[tuple[str, float]]()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        begun = time.perf_counter()
        while (start := time.perf_counter()) < begun + seconds:
            path = rng.choice(paths)
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            times.append((path, (time.perf_counter() - start) * 1000))
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} at {path}")
    finally:
        connection.close()
    return times


def main() -> None:
    """Read the task, and let the clerks work."""
    task = json.load(sys.stdin)
    with ThreadPoolExecutor(task["clerks"]) as pool:
        each = [
            pool.submit(clerk, seed, task["port"], task["cookie"], task["paths"], task["seconds"])
            for seed in range(task["clerks"])
        ]
        json.dump([found for one in each for found in one.result()], sys.stdout)


if __name__ == "__main__":
    main()
