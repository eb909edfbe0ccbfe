"""What the linter of schedules says: findings and suggestions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the linter found: in which file, on which line (from 1), in which series (None: in
    the head), the rule's name, how grave, and a sentence that says what and, often, what to do."""

    file: str
    line: int
    series: str | None
    rule: str
    severity: str
    sentence: str

    @property
    def text(self) -> str:
        """The finding in one line."""
        series = f"series {self.series}: " if self.series else ""
        return f"{self.file}:{self.line}: {series}{self.sentence} [{self.rule}]"


def meant(word: str, known: Iterable[str]) -> str:
    """What stands behind an unknown word: the nearest known one, or all there are."""
    listed = list(known)
    near = difflib.get_close_matches(word, listed, n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else f" (known are {', '.join(listed)})"
