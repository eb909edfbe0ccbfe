"""Whatever is cut off or flipped in a TikTok download costs itself, and is counted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.demo.tiktok_download import write_json_download, write_text_download
from tests.exports.file_walks import balanced, files_in, walk_files

with tempfile.TemporaryDirectory() as _folder:
    SETS = {
        "2022": files_in(write_json_download(Path(_folder, "a"), year=2022, posts=6).path),
        "2025": files_in(write_json_download(Path(_folder, "b"), posts=6).path),
        "text": files_in(write_text_download(Path(_folder, "c"), posts=6).path),
    }
FILES = [(name, member) for name, files in SETS.items() for member in files]


@pytest.mark.parametrize(("name", "member"), FILES)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=15, deadline=None)
def test_a_file_cut_off_anywhere_leaves_a_balanced_walk(
    name: str, member: str, share: float
) -> None:
    body = SETS[name][member]
    walked = walk_files({**SETS[name], member: body[: int(len(body) * share)]})
    if walked is not None:
        balanced(walked)


@pytest.mark.parametrize(("name", "member"), FILES)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=12)
)
@settings(max_examples=15, deadline=None)
def test_a_file_with_flipped_bits_leaves_a_balanced_walk(
    name: str, member: str, changes: list[tuple[float, int]]
) -> None:
    body = bytearray(SETS[name][member])
    for share, mask in changes:
        body[int(len(body) * share)] ^= mask
    walked = walk_files({**SETS[name], member: bytes(body)})
    if walked is not None:
        balanced(walked)


@given(share=st.floats(0.3, 0.99))
@settings(max_examples=20, deadline=None)
def test_a_list_of_people_cut_off_is_never_whole(share: float) -> None:
    body = SETS["2022"]["user_data.json"]
    walked = walk_files({"user_data.json": body[: int(len(body) * share)]})
    assert walked is not None
    counts = [count for count in walked.counts.values() if count.relation is not None]
    assert all(not count.complete and count.reason for count in counts)
