"""A volume packed: the same bytes whenever it is packed, whole or not at all, in little memory."""

from __future__ import annotations

import errno
import hashlib
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from archiver.errors import InputError, StorageError
from archiver.production import zipping
from archiver.production.zipping import write_zip


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "VOL001"
    for name, data in {
        "packet.pdf": b"%PDF-1.7 " + b"pages " * 400,
        "data/records.csv": b"a,b\r\n" * 900,
        "data/records.xlsx": b"PK" + bytes(900),
        "media/AG-000001-1.png": b"\x89PNG" + b"z" * 900,
        "manifest.json": b"{}" * 300,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_the_same_folder_gives_the_same_bytes_whatever_its_times_and_rights(
    volume: Path, tmp_path: Path
) -> None:
    first = write_zip(volume, tmp_path / "a.zip")
    for path in volume.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700)
    assert write_zip(volume, tmp_path / "b.zip") == first
    data = (tmp_path / "a.zip").read_bytes()
    assert data == (tmp_path / "b.zip").read_bytes()
    assert hashlib.sha256(data).hexdigest() == first


def test_it_unpacks_to_one_folder_sorted_dated_1980_and_compressed_once(
    volume: Path, tmp_path: Path
) -> None:
    write_zip(volume, tmp_path / "VOL001.zip")
    with zipfile.ZipFile(tmp_path / "VOL001.zip") as packed:
        entries = packed.infolist()
        assert packed.testzip() is None
        names = [each.filename for each in entries]
        assert names == sorted(names) and all(name.startswith("VOL001/") for name in names)
        assert {each.date_time for each in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert not packed.comment and not any(each.extra for each in entries)
        stored = {e.filename for e in entries if e.compress_type == zipfile.ZIP_STORED}
        assert stored == {
            *("VOL001/packet.pdf", "VOL001/data/records.xlsx", "VOL001/media/AG-000001-1.png"),
        }
        packed.extractall(tmp_path / "out")
    for path in volume.rglob("*.*"):
        copy = tmp_path / "out" / "VOL001" / path.relative_to(volume)
        assert copy.read_bytes() == path.read_bytes()


def test_what_is_no_plain_file_is_refused_and_nothing_stays(volume: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (volume / "linked").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="no plain file"):
        write_zip(volume, tmp_path / "VOL001.zip")
    assert [each.name for each in tmp_path.iterdir() if "zip" in each.name] == []


def test_on_a_full_disk_the_zip_that_was_there_stays(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "VOL001.zip"
    write_zip(volume, target)
    before = target.read_bytes()
    (volume / "more.txt").write_text("more")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipping.os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_zip(volume, target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob(".*making"))


def test_a_large_file_takes_the_large_format_and_no_more_memory(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (volume / "media" / "AG-000002-1.mp4").open("wb") as file:
        file.truncate(64 << 20)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 32 << 20)
    tracemalloc.start()
    write_zip(volume, tmp_path / "VOL001.zip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    with zipfile.ZipFile(tmp_path / "VOL001.zip") as packed:
        large = packed.getinfo("VOL001/media/AG-000002-1.mp4")
        assert (large.file_size, large.compress_type) == (64 << 20, zipfile.ZIP_STORED)
        assert large.extract_version == zipfile.ZIP64_VERSION
