"""Damaged files: whatever is wrong with one, everything that can be read is given, what cannot is
told, and every unit is accounted for."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.demo import facebook_download as facebook
from archiver.demo import instagram_download as instagram
from archiver.demo.facebook_encrypted import write_encrypted_download
from archiver.demo.threads_download import write_threads_download
from tests.exports.meta.walked import Walked, damaged, platforms, small, unpacked, walked

CASES = (
    *(("facebook", layout.name) for layout in facebook.Layout),
    ("facebook", "ENCRYPTED"),
    *(("instagram", layout.name) for layout in instagram.Layout),
    ("threads", "JSON"),
    ("threads", "PAGES"),
)


@lru_cache(maxsize=32)
def files_of(platform: str, layout: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        if layout == "ENCRYPTED":
            write_encrypted_download(path, 12)
        elif platform == "facebook":
            facebook.write_facebook_download(path, facebook.Layout[layout], 24, pictures=1)
        elif platform == "instagram":
            instagram.write_instagram_download(path, instagram.Layout[layout], 24, pictures=1)
        else:
            write_threads_download(path, 12, pages=layout == "PAGES")
        return unpacked(path)


@pytest.mark.parametrize(("platform", "layout"), CASES)
@settings(max_examples=25, deadline=None)
@given(place=st.integers(min_value=0, max_value=10_000), seed=st.integers(0, 2**32))
def test_any_damage_to_any_file_is_told(platform: str, layout: str, place: int, seed: int) -> None:
    files = dict(files_of(platform, layout))
    whole = walked_of(platform, files)
    names = sorted(name for name, data in files.items() if data)
    name = names[place % len(names)]
    files[name] = damaged(files[name], seed)
    found = walked_of(platform, files)
    if found is None or whole is None:
        return
    assert found.balanced
    lost = len(whole.items) + len(whole.people) - len(found.items) - len(found.people)
    odd = [one for one in found.files.values() if one.reason or not one.complete or one.repaired]
    assert lost <= 0 or odd or found.skipped
    for one in found.skipped:
        assert "\n" not in one.detail


def walked_of(platform: str, files: dict[str, bytes]) -> Walked | None:
    with tempfile.TemporaryDirectory() as folder:
        path = small(Path(folder) / "a.zip", files)
        if platform not in [name for name, _ in platforms(path)]:
            return None
        return walked(path, platform)
