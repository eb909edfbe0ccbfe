"""Damaged zips: whatever the damage, one clear line, or everything that can be read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.exports.reader import open_download
from tests.exports.walking import of_x
from tests.exports.x_downloads import full_download, zipped

WHOLE = zipped(full_download())


def cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 20)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def erase(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at : at + chance.randint(1, 300)] = bytes(chance.randint(0, 300))


def repeat(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = data[at : at + chance.randint(1, 500)]


@pytest.mark.parametrize("damage", [cut, flip, erase, repeat], ids=lambda one: one.__name__)
@pytest.mark.parametrize("seed", range(60))
def test_damage_is_named_or_worked_around(tmp_path: Path, damage: object, seed: int) -> None:
    data = bytearray(WHOLE)
    damage(data, random.Random(seed))  # type: ignore[operator]
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    try:
        download = of_x(open_download(path))
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
        return
    given = 0
    for page in download.walk():
        given += len(page.items) + len(page.skipped) + len(page.subscribers)
        for item in page.items:
            for ref in item.media:
                opened = download.open_media(ref)
                if opened is not None:
                    with opened as stream:
                        stream.read()
    assert given == sum(count.units - count.joined for count in download.inventory())
