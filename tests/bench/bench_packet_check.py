"""How fast a packet is checked: `archiver verify FOLDER` against `sha256sum` over the same files.

    python tests/bench/bench_packet_check.py [--megabytes 800] [--files 400] [--repeat 3] [--json]

Aim (issue 5): at least half the speed of plain `sha256sum`. Both start a process of their own and
read the same files from the page cache, in turn; the best of each counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.production.manifest import FORMAT, NAME  # noqa: E402


def volume(folder: Path, megabytes: int, files: int) -> list[str]:
    """A folder of random files with its manifest; gives their paths."""
    size = megabytes * 1024 * 1024 // files
    listed = []
    (folder / "media").mkdir(parents=True)
    for number in range(files):
        data = os.urandom(size)
        path = f"media/AG-{number:06d}-1.mp4"
        (folder / path).write_bytes(data)
        listed.append({"path": path, "size": size, "sha256": sha256(data).hexdigest()})
    told = {"format": FORMAT, "agency": "Bench", "request": "1", "volume": 1, "files": listed}
    (folder / NAME).write_text(json.dumps(told))
    return [str(each["path"]) for each in listed]


def timed(command: Sequence[str], folder: Path) -> float:
    """Seconds a command takes, its start included."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--megabytes", type=int, default=800)
    ask.add_argument("--files", type=int, default=400)
    ask.add_argument("--repeat", type=int, default=3)
    ask.add_argument("--json", action="store_true")
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "VOL001"
        paths = volume(folder, asked.megabytes, asked.files)
        ways: dict[str, Callable[[], float]] = {
            "sha256sum": lambda: timed(["sha256sum", *paths], folder),
            "archiver verify": lambda: timed(
                [sys.executable, "-m", "archiver", "verify", str(folder)], folder
            ),
        }
        best = {name: min(way() for _ in range(asked.repeat)) for name, way in ways.items()}
    speed = best["sha256sum"] / best["archiver verify"]
    if asked.json:
        print(json.dumps({**best, "speed of sha256sum": speed}))
        return
    for name, seconds in best.items():
        print(f"{name:20} {asked.megabytes / seconds:8.0f} MB/s")
    print(f"archiver verify has {speed:.2f} of the speed of sha256sum")


if __name__ == "__main__":
    main()
