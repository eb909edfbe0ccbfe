"""A shell for the commands: what is typed, what is printed, and with which code it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import main


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
