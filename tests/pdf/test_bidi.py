"""The bidirectional algorithm agrees with Unicode’s own test files (Debian’s unicode-data)."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from archiver.pdf import bidi
from archiver.pdf.scripts import visual_order

CASES = Path("/usr/share/unicode/BidiCharacterTest.txt")


def test_every_case_of_the_conformance_file_comes_out_right() -> None:
    wrong = []
    count = 0
    for line in CASES.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        characters, direction, base, levels, order = line.split(";")
        text = "".join(chr(int(one, 16)) for one in characters.split())
        forced = None if direction == "2" else int(direction)
        found = bidi.levels(text, forced)
        count += 1
        wanted = levels.split()
        same = all(one in ("x", str(level)) for one, level in zip(wanted, found, strict=True))
        kept = [place for place, one in enumerate(wanted) if one != "x"]
        shown = [kept[place] for place in visual_order([found[place] for place in kept])]
        if forced is None:
            same = same and bidi.base_level(text) == int(base)
        if not same or shown != [int(one) for one in order.split()]:
            wrong.append(line)
    assert not wrong, (len(wrong), wrong[:5])
    assert count > 90_000


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_any_text_has_a_level_for_each_character(text: str) -> None:
    found = bidi.levels(text)
    assert len(found) == len(text)
    assert sorted(visual_order(found)) == list(range(len(text)))


CLASSES = Path("/usr/share/unicode/BidiTest.txt")
# A character of each class; brackets are in the other file.
OF_CLASS = {
    "L": "a",
    "R": "\u05d0",
    "AL": "\u0627",
    "EN": "1",
    "ES": "+",
    "ET": "#",
    "AN": "\u0661",
    "CS": ",",
    "NSM": "\u0300",
    "BN": "\u00ad",
    "B": "\u2029",
    "S": "\t",
    "WS": " ",
    "ON": "!",
    "LRE": "\u202a",
    "RLE": "\u202b",
    "LRO": "\u202d",
    "RLO": "\u202e",
    "PDF": "\u202c",
    "LRI": "\u2066",
    "RLI": "\u2067",
    "FSI": "\u2068",
    "PDI": "\u2069",
}
DIRECTIONS = ((1, None), (2, 0), (4, 1))
EVERY = int(os.environ.get("BIDI_EVERY", "101"))  # 1: the whole file, some minutes


def test_sequences_of_classes_come_out_right() -> None:
    wanted: list[str] = []
    order: list[int] = []
    wrong, count = [], 0
    for number, line in enumerate(CLASSES.read_text("utf-8").splitlines()):
        if line.startswith("@Levels:"):
            wanted = line.split()[1:]
        elif line.startswith("@Reorder:"):
            order = [int(one) for one in line.split()[1:]]
        elif line and line[0] not in "#@" and number % EVERY == 0:
            classes, chosen = line.split(";")
            text = "".join(OF_CLASS[one] for one in classes.split())
            for bit, forced in DIRECTIONS:
                if not int(chosen) & bit:
                    continue
                count += 1
                found = bidi.levels(text, forced)
                same = all(o in ("x", str(f)) for o, f in zip(wanted, found, strict=True))
                kept = [place for place, one in enumerate(wanted) if one != "x"]
                shown = [kept[place] for place in visual_order([found[place] for place in kept])]
                if not same or shown != order:
                    wrong.append(line)
    assert not wrong, (len(wrong), wrong[:5])
    assert count > 500_000 // EVERY
