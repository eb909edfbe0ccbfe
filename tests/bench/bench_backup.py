"""How fast `archiver backup` is: against `cp -a` and hashing the same bytes, brought to the disk as
well; a second backup against the first; and how long writers had to wait.

    python tests/bench/bench_backup.py [--records 20000] [--megabytes 400] [--repeat 3] [--json]

Plain copies and first backups are made in turn, the best of each counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.config import Home, Settings  # noqa: E402
from archiver.operations.backup import BackupReport, back_up  # noqa: E402
from archiver.operations.home import create_home  # noqa: E402
from archiver.operations.restore import restore  # noqa: E402
from tests.bench.bench_verify import build  # noqa: E402


def plain_copy(home: Home, target: Path) -> None:
    """cp -a, SHA-256 of what was copied, and everything on the disk."""
    copy = target / "copy"
    subprocess.run(["cp", "-a", home.path, copy], check=True)
    for folder, _, names in os.walk(copy):
        for name in names:
            digest = sha256()
            with (Path(folder) / name).open("rb") as stream:
                while chunk := stream.read(1024 * 1024):
                    digest.update(chunk)
    os.sync()


def timed(act: Callable[[], object]) -> float:
    """How long it took, begun with a disk that has nothing left to write."""
    os.sync()
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        home = create_home(
            base / "home", Settings(agency="City of Alder Glen", schedule="palm-desert")
        )
        build(home, given.records, given.megabytes)
        times: dict[str, list[float]] = {"plain copy": [], "first backup": [], "second backup": []}
        reports: list[BackupReport] = []
        for turn in range(given.repeat):
            target = base / f"target{turn}"
            target.mkdir()
            times["plain copy"].append(timed(lambda at=target: plain_copy(home, at)))
            shutil.rmtree(target / "copy")
            for which in ("first backup", "second backup"):
                times[which].append(
                    timed(lambda at=target: reports.append(back_up(home, at, actor="bench")))
                )
            if turn < given.repeat - 1:
                shutil.rmtree(target)
        took = {name: min(each) for name, each in times.items()}
        last = reports[-1]
        took["restore, verified"] = timed(lambda: restore(last.folder, base / "new", actor="bench"))
    found = {
        "records": given.records,
        "megabytes": round(last.bytes / 10**6),
        "seconds": {name: round(each, 2) for name, each in took.items()},
        "backup ratio": round(took["first backup"] / took["plain copy"], 2),
        "second ratio": round(took["second backup"] / took["first backup"], 2),
        "second copied": round(last.copied / last.bytes, 3),
        "writers waited (s)": max(report.held_seconds for report in reports),
    }
    if given.json:
        print(json.dumps(found))
        return
    for name, each in took.items():
        print(f"{name:20} {each:8.2f} s")
    print(f"{found['megabytes']:,} MB, of which {found['second copied']} new to the second backup")
    print(f"a backup takes {found['backup ratio']} times as long as a copy and its hashes")
    print(f"a second one takes {found['second ratio']} of the first")
    print(f"writers waited {found['writers waited (s)']} s at most")


if __name__ == "__main__":
    main()
