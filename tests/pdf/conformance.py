"""Asking veraPDF about a file.

The Java machine lives in a process of its own: inside this one it would be copied by every test
that forks, and it does not always survive the end of the interpreter.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path


def failures(path: Path, flavour: str) -> dict[str, str]:
    """The rules of `ua1` or `3a` a file breaks, by number, each with its message."""
    checker = _checker()
    assert checker.stdin is not None
    assert checker.stdout is not None
    checker.stdin.write(json.dumps([str(path.resolve()), flavour]) + "\n")
    checker.stdin.flush()
    answer = json.loads(checker.stdout.readline())
    assert "error" not in answer, answer
    broken: dict[str, str] = answer["broken"]
    return broken


@lru_cache(maxsize=1)
def _checker() -> subprocess.Popen[str]:
    checker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("verapdf.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(checker.kill)
    return checker
