"""The bidirectional algorithm agrees with Unicode's own test file (Debian's unicode-data)."""

from __future__ import annotations

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
