"""Only one nightly run at a time, and no lock outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.errors import BusyError
from archiver.locks import single_instance

HOLD = """
import sys
from pathlib import Path
from archiver.locks import single_instance
with single_instance(Path(sys.argv[1]), "a nightly run"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_says_so_and_leaves_until_the_first_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / ".nightly.lock"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    with (
        pytest.raises(BusyError, match=f"already running \\(process {first.pid}\\)"),
        single_instance(lock, "a nightly run"),
    ):
        pass
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    with single_instance(lock, "a nightly run"):
        pass
    first.stdout.close()
