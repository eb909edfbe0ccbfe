"""What printing a packet costs beside other ways of making a PDF, and how it grows.

    python tests/bench/bench_packet.py [--records 10000] [--large 50000] [--only NAME]…
                                       [--python PYTHON]

The same records through our writer (tagged, PDF/UA-1 and PDF/A-3a, with letter, index and links),
reportlab's Platypus, fpdf2, typst, WeasyPrint and Chromium, each in a process of its own; then our
writer at `--large`, and two volumes in two processes. `--python` has the packages of the extra
"bench"; a maker whose library is not there is named and left out. Ratios are of the processor's
seconds: other programs do not count. Memory is the most the process, with all it started, held at
once (shared pages counted once).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MAKER = Path(__file__).with_name("packet_makers.py")
OURS, NAIVE = "archiver", "platypus"
RIVALS = (NAIVE, "typst", "fpdf2", "chromium", "weasyprint")
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
    most, spent = 0.0, {}
    while maker.poll() is None:
        family = _family(maker.pid)
        most = max(most, sum(_held(each) for each in family))
        spent |= {each: seconds for each in family if (seconds := _spent(each))}
        time.sleep(LOOK)
    told, trouble = maker.communicate()
    if maker.returncode:
        print(f"{name:12} left out: {(trouble.strip().splitlines() or ['?'])[-1]}", flush=True)
        return None
    found = json.loads(told)
    # What Chromium starts is not its child for long, so its seconds are those last seen.
    processor = max(found["processor"], sum(spent.values()) if name == "chromium" else 0.0)
    return Made(found["clock"], processor, most, found["pages"], found["bytes"] / 1_000_000)


def _spent(process: int) -> float:
    """Seconds of the processor a process has taken so far."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _family(process: int) -> list[int]:
    """A process and all that came from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [process]
    for each in found:
        found += parents.get(each, [])
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


def _row(name: str, made: Made, beside: Made | None) -> None:
    ratios = ""
    if beside is not None:
        time_ratio, memory_ratio = made.processor / beside.processor, made.memory / beside.memory
        ratios = f"{time_ratio:8.2f}{memory_ratio:8.2f}"
    print(
        f"{name:12}{made.processor:9.1f}{made.clock:9.1f}{made.memory:8.0f}{made.pages:8,}"
        f"{made.megabytes:7.1f}{ratios}",
        flush=True,
    )


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--only", action="append", choices=RIVALS)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    print(f"{given.records:,} records   processor   clock      MB   pages   file    time  memory")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        naive = make(NAIVE, given.records, folder, given.python)
        ours = make(OURS, given.records, folder, sys.executable)
        if ours is None:
            sys.exit("our own packet was not made")
        _row(OURS, ours, naive)
        if naive is not None:
            _row(NAIVE, naive, naive)
            print(f"{'asked':60}{TIME:8.2f}{MEMORY:8.2f}")
        for rival in given.only or RIVALS[1:]:
            made = make(rival, given.records, folder, given.python) if rival != NAIVE else None
            if made is not None:
                _row(rival, made, naive)
        if given.large:
            large = make(OURS, given.large, folder, sys.executable)
            if large is not None:
                print(f"{given.large:,} records")
                _row(OURS, large, None)
                growth = large.processor / ours.processor
                print(f"time x{growth:.2f} (asked {GROWTH}), {large.memory:.0f} MB (asked {MOST})")
        one = make(OURS, given.records, folder, sys.executable)
        start = time.perf_counter()
        both = two_volumes(given.records, folder)
        if one is not None:
            gain = one.clock / both
            print(f"two volumes in two processes, start and all: {gain:.2f} times as fast")
            load, cores = os.getloadavg()[0], os.cpu_count()
            print(f"({time.perf_counter() - start:.0f} s; load {load:.1f} on {cores} cores)")


if __name__ == "__main__":
    main()
