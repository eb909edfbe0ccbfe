"""Whoever holds the folder can name what was changed in it."""

from __future__ import annotations

import json
import shutil

import pytest

from archiver.errors import InputError
from archiver.production.verify import verify_production, verify_volumes


@pytest.fixture
def volume(city):
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    return city.produce(number).folder


@pytest.mark.parametrize("name", ["packet.pdf", "data/records.jsonl", "data/records.csv"])
def test_a_flipped_byte_is_named(volume, name) -> None:
    data = bytearray((volume / name).read_bytes())
    data[len(data) // 2] ^= 1
    (volume / name).write_bytes(data)
    assert verify_production(volume).findings == (f"{name} was changed since it was produced",)


def test_a_missing_and_an_added_file_are_named(volume) -> None:
    (volume / "data/records.csv").unlink()
    (volume / "media").mkdir()
    (volume / "media" / "more.jpg").write_bytes(b"x")
    assert verify_production(volume).findings == (
        "data/records.csv is missing",
        "media/more.jpg does not belong to it",
    )


def test_a_link_in_place_of_a_file_is_named(volume, tmp_path) -> None:
    (volume / "data/records.csv").rename(tmp_path / "elsewhere.csv")
    (volume / "data/records.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert verify_production(volume).findings == ("data/records.csv is no plain file",)


def test_a_folder_without_a_manifest_says_what_to_give(tmp_path) -> None:
    with pytest.raises(InputError, match="give the folder of one volume"):
        verify_production(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"format": "other"}'])
def test_a_damaged_manifest_is_refused(tmp_path, text) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError):
        verify_production(tmp_path)


def test_a_manifest_that_points_outside_is_refused(volume) -> None:
    manifest = json.loads((volume / "manifest.json").read_text())
    manifest["files"][0]["path"] = "../../outside"
    (volume / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="outside"):
        verify_production(volume)


def test_every_volume_of_a_city_is_checked_against_what_was_entered(city) -> None:
    for native_id in "12":
        number = city.ask()
        city.release(number, *city.collect(number, city.store(native_id)))
        city.produce(number)
    assert [check.ok for check in verify_volumes(city.home, city.office)] == [True, True]
    first, second = (check.folder for check in verify_volumes(city.home, city.office))
    manifest = json.loads((first / "manifest.json").read_text())
    manifest["agency"] = "Another city"
    (first / "manifest.json").write_text(json.dumps(manifest))
    shutil.rmtree(second)
    assert [check.findings for check in verify_volumes(city.home, city.office)] == [
        (f"{first / 'manifest.json'} is not the one that was produced",),
        (f"{second} is missing",),
    ]
