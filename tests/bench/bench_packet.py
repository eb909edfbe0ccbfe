"""What printing a packet costs beside other ways of making a PDF, and how it grows.

    python tests/bench/bench_packet.py [--records 10000] [--few 1000] [--large 50000]
                                       [--only NAME]… [--repeat 3] [--python PYTHON]

The same records through our writer (tagged, PDF/UA-1 and PDF/A-3a, with letter, index and links)
and reportlab's Platypus, each in a process of its own; `--few` of them through these and fpdf2,
typst, WeasyPrint and Chromium, which take too long for more; our writer at `--large`; two volumes
in two processes. `--python` has the packages of the extra "bench"; a maker whose library is not
there is named and left out.

Every number is the median of `--repeat` runs, made in turns. Ratios are of the processor's seconds,
those of every process a maker started among them: other programs do not count. Memory is the most
the process, with all it started, held at once (shared pages counted once).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

MAKER = Path(__file__).with_name("packet_makers.py")
OURS, NAIVE = "archiver", "platypus"
RIVALS = ("typst", "fpdf2", "chromium", "weasyprint")
TIME, MEMORY, GROWTH, MOST = 0.25, 0.35, 5.5, 500
LOOK = 0.05  # seconds between two looks at the memory of a process and its children


@dataclass(frozen=True, slots=True)
class Made:
    """What a packet took: seconds, megabytes, pages."""

    clock: float
    processor: float
    memory: float
    pages: int
    megabytes: float


def make(name: str, count: int, folder: Path, python: str) -> Made | None:
    """A packet of that many records, or None where the library is not there."""
    out = folder / f"{name}.pdf"
    command = (python, str(MAKER), name, str(count), str(out))
    maker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    most = 0.0
    while maker.poll() is None:
        most = max(most, sum(_held(each) for each in _family(maker.pid)))
        time.sleep(LOOK)
    told, trouble = maker.communicate()
    if maker.returncode:
        print(f"{name:12} left out: {(trouble.strip().splitlines() or ['?'])[-1]}", flush=True)
        return None
    found = json.loads(told)
    size = found["bytes"] / 1_000_000
    return Made(found["clock"], found["processor"], most, found["pages"], size)


def in_turns(
    wanted: Sequence[tuple[str, int]], repeat: int, folder: Path, python: str
) -> dict[tuple[str, int], Made]:
    """The median of what each maker took for its number of records, one run after the other and
    all of them again; a maker that could not is left out."""
    runs: dict[tuple[str, int], list[Made]] = {each: [] for each in wanted}
    for _ in range(repeat):
        for name, count in tuple(runs):
            made = make(name, count, folder, sys.executable if name == OURS else python)
            if made is None and name == OURS:
                sys.exit("our own packet was not made")
            if made is None:
                del runs[name, count]
            else:
                runs[name, count].append(made)
    return {
        each: Made(
            *(statistics.median(getattr(one, kept.name) for one in of) for kept in fields(Made))
        )
        for each, of in runs.items()
    }


def _family(process: int) -> list[int]:
    """A process and all that came from it."""
    found = [process]
    for each in found:
        for started in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, started.read_text().split())
    return found


def _held(process: int) -> float:
    """Megabytes a process holds, its share of what several hold."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0.0)


def two_volumes(count: int, folder: Path) -> float:
    """Seconds by the clock for two halves in two processes."""
    half = count // 2
    start = time.perf_counter()
    printing = [
        subprocess.Popen(
            (sys.executable, str(MAKER), OURS, str(half), str(folder / f"{first}.pdf"), str(first)),
            stdout=subprocess.DEVNULL,
        )
        for first in (0, half)
    ]
    for each in printing:
        if each.wait():
            raise RuntimeError("a volume was not printed")
    return time.perf_counter() - start


def _table(count: int, made: dict[tuple[str, int], Made]) -> None:
    """What each maker took for so many records, and what part of it ours took."""
    print(f"\n{count:,} records   processor   clock      MB   pages   file   ours: time  memory")
    ours = made[OURS, count]
    for (name, records), one in made.items():
        if records == count:
            print(
                f"{name:12}{one.processor:9.1f}{one.clock:9.1f}{one.memory:8.0f}{one.pages:8,.0f}"
                f"{one.megabytes:7.1f}{ours.processor / one.processor:12.3f}"
                f"{ours.memory / one.memory:8.3f}",
                flush=True,
            )


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--only", action="append", choices=RIVALS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    few, many, large = given.few, given.records, given.large
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if few:
            all_of_them = [(maker, few) for maker in (OURS, NAIVE, *(given.only or RIVALS))]
            _table(few, in_turns(all_of_them, given.repeat, folder, given.python))
        wanted = [(OURS, many), (NAIVE, many), *([(OURS, large)] if large else [])]
        made = in_turns(wanted, given.repeat, folder, given.python)
        _table(many, made)
        print(f"{'asked':60}{TIME:12.2f}{MEMORY:8.2f}")
        ours = made[OURS, many]
        if large:
            _table(large, made)
            most = made[OURS, large]
            growth = most.processor / ours.processor
            print(f"time x{growth:.2f} (asked {GROWTH}), {most.memory:.0f} MB (asked {MOST})")
        both = statistics.median(two_volumes(many, folder) for _ in range(given.repeat))
    print(f"\ntwo volumes in two processes, start and all: {ours.clock / both:.2f} times as fast")
    print(f"(load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")


if __name__ == "__main__":
    main()
