"""Where things stand in the text of a schedule, so that a finding can name the line."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[\s*series\s*\]\]")
_KEY = re.compile(r"\s*(?P<key>[A-Za-z0-9_-]+)\s*=")
_TABLE = re.compile(r"\s*\[(?P<name>[^\[\]]+)\]")
_AT_LINE = re.compile(r"at line (\d+)")


class Lines:
    """The lines of a schedule: of its head, of each series in its order, and of their keys."""

    def __init__(self, text: str) -> None:
        self._head: dict[str, int] = {}
        self._series: list[tuple[int, dict[str, int]]] = []
        keys, prefix = self._head, ""
        for number, line in enumerate(text.splitlines(), 1):
            if _HEADER.match(line):
                keys, prefix = {}, ""
                self._series.append((number, keys))
            elif table := _TABLE.match(line):
                prefix = f"{table['name'].strip().removeprefix('series.')}."
            elif key := _KEY.match(line):
                keys.setdefault(prefix + key["key"], number)

    def of(self, key: str, series: int | None = None) -> int:
        """The line of a key (``when.kind`` for one below) of the head or of the series at that
        place; where it is not there, the line its place begins at."""
        if series is None:
            return self._head.get(key, 1)
        if series >= len(self._series):
            return 1
        first, keys = self._series[series]
        return keys.get(key, first)


def line_of_error(told: str) -> int:
    """The line a TOML parser's message names, or the first."""
    found = _AT_LINE.search(told)
    return int(found.group(1)) if found else 1
