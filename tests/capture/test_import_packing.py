"""Packing what was unpacked, or came in parts, into the one file that is kept."""

from __future__ import annotations

from pathlib import Path

from archiver.capture.import_packing import pack
from archiver.exports.reader import open_download
from tests.exports.containers import FILES, everything, stored
from tests.exports.x_downloads import write_folder, write_zip, zipped


def test_the_parts_of_a_set_are_packed_into_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    one = write_zip(tmp_path / "x-part-1.zip", {**FILES, "index.html": b"one"})
    two = write_zip(tmp_path / "x-part-2.zip", {"data/more.json": b"[]", "index.html": b"two"})
    forwards, backwards = tmp_path / "a.zip", tmp_path / "b.zip"
    pack(open_download(one, two), forwards)
    pack(open_download(two, one), backwards)
    assert forwards.read_bytes() == backwards.read_bytes()
    expected = everything(open_download(one, two))
    with open_download(forwards) as reader:
        assert everything(reader) == expected
        assert reader.broken is None


def test_what_was_incomplete_is_said_by_the_packed_file_too(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    write_zip(tmp_path / "set/x-part-1.zip", FILES)
    (tmp_path / "set/x-part-3.zip").write_bytes(stored({"data/late.json": bytes(9000)})[:-150])
    pack(open_download(tmp_path / "set"), tmp_path / "packed.zip")
    with open_download(tmp_path / "packed.zip") as reader:
        assert reader.broken
        assert "part 2 of the set" in reader.broken
        assert "cut off" in reader.broken
        assert "data/late.json: it breaks off" in reader.broken


def test_a_wrapped_download_is_read_the_same_after_packing(tmp_path: Path) -> None:
    files = {"readme.txt": b"here", "x.zip": zipped({"more.zip": zipped(FILES)})}
    folder = write_folder(tmp_path / "folder", files)
    pack(open_download(folder), tmp_path / "packed.zip")
    with open_download(folder) as before, open_download(tmp_path / "packed.zip") as after:
        assert everything(before) == everything(after)
