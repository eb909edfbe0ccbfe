"""What the linter of schedules says: findings and suggestions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.errors import InputError
from archiver.register.names import platform_name

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


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def unwritten(condition: str, value: str) -> str | None:
    """Why no record has that platform or language, as the archive writes them; None where one may
    have. A name of a language is none: records carry its BCP 47 tag."""
    if condition == "language":
        if _LANGUAGE.fullmatch(value):
            return None
        return f"language {value!r} is no BCP 47 tag: write es, zh-Hant or en-US."
    try:
        written = platform_name(value)
    except InputError as error:
        return f"{error}, not {value!r}."
    return None if written == value else f"the archive writes platform {value!r} as {written!r}."
