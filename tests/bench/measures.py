"""Times, and how they are told."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


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
