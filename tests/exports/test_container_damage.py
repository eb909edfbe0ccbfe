"""Whatever is cut off or flipped in whatever container: one clear line, or a reader whose every
member can be opened and read to its end, in bounded memory."""

from __future__ import annotations

import contextlib
import gzip
import random
import tempfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import InputError
from archiver.exports.reader import Limits, open_download
from tests.exports.containers import CONTAINERS, FILES

INNER = {"x-part-1.zip": CONTAINERS["a.zip"](FILES), "x-part-2.tgz": CONTAINERS["a.tgz"](FILES)}
WHOLE: Mapping[str, bytes] = {
    **{name: make(FILES) for name, make in CONTAINERS.items()},
    **{f"nested-{name}": make(INNER) for name, make in CONTAINERS.items()},
    "chat.jsonl.gz": gzip.compress(FILES["data/posts.json"], mtime=0),
}

flips = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=8
)


def read_to_the_end(name: str, data: bytes) -> None:
    """Open it and read everything: no error but InputError, one line that names the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        limits = Limits(total_bytes=64 << 20, ratio_from_bytes=8 << 20)
        try:
            with open_download(path, scratch=Path(folder), limits=limits) as reader:
                assert reader.members
                for member in reader.members:
                    with reader.open(member) as stream:
                        while stream.read(1 << 16):
                            pass
                assert "\n" not in (reader.broken or "")
        except InputError as error:
            assert str(path) in str(error)
            assert "\n" not in str(error)
        assert list(Path(folder).iterdir()) == [path]


@pytest.mark.parametrize("name", WHOLE)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=25, deadline=None)
def test_a_container_cut_off_anywhere_is_read_or_named(name: str, share: float) -> None:
    whole = WHOLE[name]
    read_to_the_end(name, whole[: int(len(whole) * share)])


@pytest.mark.parametrize("name", WHOLE)
@given(changes=flips)
@settings(max_examples=40, deadline=None)
def test_a_container_with_flipped_bits_is_read_or_named(
    name: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(WHOLE[name])
    for share, mask in changes:
        data[int(len(data) * share)] ^= mask
    read_to_the_end(name, bytes(data))


@given(name=st.sampled_from(["a.zip", "a.tar", "a.tgz", "a.json.gz", "a"]), data=st.binary())
@settings(max_examples=200, deadline=None)
def test_any_bytes_under_any_name_are_read_or_named(name: str, data: bytes) -> None:
    for mark in (b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"BZh9", b"\xfd7zXZ\x00"):
        read_to_the_end(name, mark + data)


@pytest.mark.parametrize("name", CONTAINERS)
def test_memory_does_not_grow_with_the_download(tmp_path: Path, name: str) -> None:
    """A member of 12 MiB is read through in less, whatever it is packed in."""
    path = tmp_path / name
    path.write_bytes(CONTAINERS[name]({"media/film.mp4": random.Random(1).randbytes(12 << 20)}))
    with contextlib.ExitStack() as stack:
        tracemalloc.start()
        stack.callback(tracemalloc.stop)
        reader = stack.enter_context(open_download(path, scratch=tmp_path))
        stream = stack.enter_context(reader.open("media/film.mp4"))
        given = 0
        while piece := stream.read(1 << 16):
            given += len(piece)
        assert given == 12 << 20
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
