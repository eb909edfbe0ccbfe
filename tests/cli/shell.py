"""A shell for the commands: what is typed, what is printed, and with which code it ends."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import main

PATIENCE = 60


class Shell:
    """Runs commands, in a home or in none, and keeps what the last one printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path | None) -> None:
        self.capsys = capsys
        self.home = home
        self.out = ""
        self.err = ""

    def run(self, *words: str, code: int = 0) -> str:
        """What a command prints; it has to end with `code`, and never with a traceback."""
        where = ["--home", str(self.home)] if self.home else []
        with pytest.raises(SystemExit) as ended:
            main([*where, *words])
        captured = self.capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        assert (ended.value.code or 0) == code, self.err or self.out
        assert "Traceback" not in self.err
        return self.out

    def json(self, *words: str, code: int = 0) -> Any:
        """The same with ``--json``, read."""
        return json.loads(self.run(*words, "--json", code=code))


def at_a_terminal(words: Sequence[str], answers: Sequence[tuple[str, str]]) -> str:
    """What a command shows somebody who sits at a terminal and gives `answers`, each once its
    prompt stands at the end of what is shown. It has to end well."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "archiver", *words]
    program = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, waiting = "", list(answers)
    # a program that waits for what nobody gives it shows nothing more
    while select.select([ours], [], [], PATIENCE)[0]:
        try:
            shown += os.read(ours, 4096).decode("utf-8", "replace")
        except OSError:  # the program has ended: Linux tells the other end so
            break
        if waiting and shown.rstrip().endswith(waiting[0][0]):
            os.write(ours, f"{waiting.pop(0)[1]}\n".encode())
    os.close(ours)
    assert program.wait(PATIENCE) == 0, shown
    assert not waiting, shown
    return shown
