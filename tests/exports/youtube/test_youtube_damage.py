"""Whatever is cut off or flipped in a file of a Takeout costs itself, and is counted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.demo.youtube_download import write_takeout
from archiver.demo.youtube_older import write_older_takeout
from tests.exports.file_walks import balanced, files_in, walk_files

with tempfile.TemporaryDirectory() as _folder:
    NEW = files_in(write_takeout(Path(_folder, "new"), videos=8, comments=20).paths[0])
    OLD = files_in(write_older_takeout(Path(_folder, "old")).paths[0])
WHOLE = {
    **{f"new {name}": (NEW, name) for name in NEW},
    **{f"old {one}": (OLD, one) for one in OLD},
}
TABLES = sorted(name for name in WHOLE if name.endswith((".csv", ".html", ".json")))


@pytest.mark.parametrize("name", TABLES)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=8, deadline=None)
def test_a_file_cut_off_anywhere_leaves_a_balanced_walk(name: str, share: float) -> None:
    files, member = WHOLE[name]
    body = files[member]
    walked = walk_files({**files, member: body[: int(len(body) * share)]})
    assert walked is not None
    balanced(walked)


@pytest.mark.parametrize("name", TABLES)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=12)
)
@settings(max_examples=8, deadline=None)
def test_a_file_with_flipped_bits_leaves_a_balanced_walk(
    name: str, changes: list[tuple[float, int]]
) -> None:
    files, member = WHOLE[name]
    body = bytearray(files[member])
    for share, mask in changes:
        body[int(len(body) * share)] ^= mask
    walked = walk_files({**files, member: bytes(body)})
    assert walked is not None
    balanced(walked)


def test_a_line_with_too_many_cells_costs_itself_alone() -> None:
    [name] = [one for one in NEW if one.endswith("comments.csv")]
    body = NEW[name].rstrip(b"\n") + b"\nUgx,UC,2026,0,,,,text,,,,more,and more\n"
    walked = walk_files({**NEW, name: body})
    assert walked is not None
    assert [(one.position, one.failed) for one in walked.skipped] == [(20, True)]
    assert walked.forms()["comment"] + walked.forms()["reply"] == 20
