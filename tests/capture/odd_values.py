"""Downloads of every layout with values in them that no platform would write."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.download_writers import WRITERS
from tests.bench.other_layouts import OTHER_LAYOUTS, files_of

LAYOUTS = (*WRITERS, *OTHER_LAYOUTS)
ENTRIES = 8
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".mp4", ".m4a")
_LARGEST = 200_000
_ODD: tuple[Any, ...] = (
    *(
        "\0",
        "a\0b",
        "\ud83d",
        "\udc00x",
        "\U0010f800",
        "\U0010f000\0",
        "\ufeff",
        "\uffff",
        "\u202e",
    ),
    *(" ", "", "\n", '"', "<b>", "//", "../../etc/passwd", "http://[", "e\u0301", "١٢٣"),
    *(
        "9" * 400,
        "-1",
        "1e999",
        "NaN",
        "2026-02-30",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ),
    *(None, True, False, 0, -1, 1 << 63, 1 << 80, 1.5, -1e308, 253402300800, -62135596801),
    *([], {}, [[]], {"a": None}, ["\0"]),
)
_BEFORE_JSON = re.compile(rb"(?:window\.YTD|var |Grailbird)[^=]*= *")
_WORD = re.compile(r"[\w@./:-]+")


@cache
def _whole(layout: str) -> Mapping[str, bytes]:
    """The files of a small download of that layout."""
    with TemporaryDirectory() as folder:
        return files_of(layout, Path(folder) / "made", ENTRIES)


def with_odd_values(layout: str, dice: random.Random) -> dict[str, bytes]:
    """The files with some values changed in one or two of them."""
    files = dict(_whole(layout))
    told = [
        name
        for name, body in files.items()
        if len(body) < _LARGEST and not name.lower().endswith(_PICTURES)
    ]
    for _ in range(dice.randint(1, 2)):
        name = dice.choice(told)
        files[name] = _changed(files[name], dice)
    return files


def _changed(body: bytes, dice: random.Random) -> bytes:
    before = _BEFORE_JSON.match(body)
    start = before.end() if before else 0
    try:
        return body[:start] + _changed_json(json.loads(body[start:]), dice)
    except ValueError:
        pass
    try:
        return _changed_words(body.decode(), dice).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        changed = bytearray(body)
        changed[dice.randrange(len(changed))] = dice.randrange(256)
        return bytes(changed)


def _changed_json(document: Any, dice: random.Random) -> bytes:
    """Values replaced, moved to where others stood, told twice, or under another name."""
    for _ in range(dice.randint(1, 6)):
        holders = list(_holders(document))
        if not holders:
            break
        holder, key = dice.choice(holders)
        other, of = dice.choice(holders)
        value = json.loads(json.dumps(dice.choice((dice.choice(_ODD), other[of]))))
        if isinstance(holder, list) and dice.random() < 0.3:
            holder.append(json.loads(json.dumps(holder[key])))
        elif isinstance(holder, dict) and dice.random() < 0.2:
            holder[dice.choice(("\0", "id", "timestamp"))] = holder.pop(key)
        else:
            holder[key] = value
    return json.dumps(document).encode()


def _holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list or mapping with each of its places."""
    within = list(value.items()) if isinstance(value, dict) else []
    within = list(enumerate(value)) if isinstance(value, list) else within
    for key, inner in within:
        yield value, key
        yield from _holders(inner)


def _changed_words(text: str, dice: random.Random) -> str:
    for _ in range(dice.randint(1, 3)):
        words = [found.group() for found in _WORD.finditer(text)]
        if words:
            text = text.replace(dice.choice(words), str(dice.choice(_ODD)), dice.choice((1, -1)))
    return text
