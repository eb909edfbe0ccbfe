"""Times, and how they are told."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


def timed(run: Callable[..., object], *values: object, **more: object) -> float:
    """Milliseconds a call takes."""
    start = time.perf_counter()
    run(*values, **more)
    return (time.perf_counter() - start) * 1000


def p95(times: list[float]) -> float:
    """What 95 in a hundred stay under."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def spread(times: list[float]) -> str:
    """p50 / p95."""
    return f"{statistics.median(times):6.1f} / {p95(times):6.1f}"


def started() -> tuple[float, float]:
    """The clocks of a step: the wall's and the processor's."""
    return time.perf_counter(), time.process_time()


def told(clocks: tuple[float, float], **more: Any) -> None:
    """Print what a step took since its clocks were started, and the memory of its program: both
    with what the processes it began took (memory they share is counted with each)."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "seconds": time.perf_counter() - clocks[0],
        "processor": time.process_time() - clocks[1] + others.ru_utime + others.ru_stime,
        "megabytes": (own.ru_maxrss + others.ru_maxrss) / 1024,
    }
    print(json.dumps(found | more))


def measured(bench: str, *words: str, **surroundings: str) -> dict[str, Any]:
    """One step of a bench in a program of its own: what it told last."""
    done = subprocess.run(
        [sys.executable, bench, "--step", *words],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **surroundings},
    )
    if done.returncode:
        raise SystemExit(f"step {words[0]} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
