"""Opening whatever a stranger calls a download."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest

from archiver.errors import InputError
from archiver.exports.reader import Limits, open_download, shown_name
from tests.exports.x_downloads import full_download, write_folder, write_zip, zipped

FILES = {"data/tweets.js": b"x = [ ]" * 4000, "data/tweets_media/1-a.jpg": b"\xff\xd8\xff" * 900}


def read(path: Path, name: str) -> bytes:
    with open_download(path).open(name) as stream:
        return stream.read()


def fault_of(stream: BinaryIO) -> str | None:
    """Why a stream ended early, as far as it says so."""
    fault: str | None = getattr(stream, "fault", None)
    return fault


def test_a_zip_and_its_folder_hold_the_same(tmp_path: Path) -> None:
    packed = open_download(write_zip(tmp_path / "a.zip", full_download()))
    folder = open_download(write_folder(tmp_path / "a", full_download()))
    assert packed.members.keys() == folder.members.keys()
    assert packed.litter == folder.litter == 1
    for name in packed.members:
        with packed.open(name) as left, folder.open(name) as right:
            assert left.read() == right.read()


def held_open(folder: Path) -> int:
    """How many files below a folder this process has open."""
    links = (one for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    return sum(one.readlink().is_relative_to(folder) for one in links)


def test_of_many_parts_one_is_kept_open_and_none_when_the_reader_closes(tmp_path: Path) -> None:
    parts = [
        write_zip(tmp_path / f"a-part-{number}.zip", {f"data/{number}.js": b"%d" % number})
        for number in range(1, 6)
    ]
    with open_download(*parts) as reader:
        for number in (1, 2, 3, 4, 5, 3, 1):
            with reader.open(f"data/{number}.js") as stream:
                assert stream.read() == b"%d" % number
            assert held_open(tmp_path) == 1
    assert held_open(tmp_path) == 0


@pytest.mark.parametrize("step", [1, 7, 4096, -1])
def test_members_are_read_in_any_step(tmp_path: Path, step: int) -> None:
    path = write_zip(tmp_path / "a.zip", FILES)
    with open_download(path).open("data/tweets.js") as stream:
        found = b"".join(iter(lambda: stream.read(step), b""))
    assert found == FILES["data/tweets.js"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty (0 bytes)"),
        (b"hello", "is not a zip"),
        (b"<!DOCTYPE html>", "is a web page"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"Rar!\x1a\x07\x00", "is a RAR archive"),
        (b"PK\x05\x06" + b"\0" * 18, "holds nothing that can be read"),
        (b"PK\x03\x04" + b"\xff" * 50, "nothing in it can be read"),
    ],
)
def test_what_is_no_zip_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_download(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_download(tmp_path / "none.zip")


def test_a_device_is_no_download() -> None:
    with pytest.raises(InputError, match="neither a file nor a folder"):
        open_download(Path("/dev/null"))


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no files"):
        open_download(tmp_path)


def test_a_password_is_named(tmp_path: Path) -> None:
    data = bytearray(zipped(FILES))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="protected by a password"):
        open_download(path)


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"data/tweets.js": b"\0" * (80 << 20)})
    with pytest.raises(InputError, match="looks like a zip bomb"):
        open_download(path)


def test_fifty_gigabytes_of_media_are_no_bomb() -> None:
    limits = Limits()
    assert limits.total_bytes > 53_687_091_200
    assert limits.total_ratio_from_bytes < limits.total_bytes


def test_many_small_members_that_grow_together_are_a_bomb(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {f"data/{n}.js": b"\0" * 100_000 for n in range(50)})
    with pytest.raises(InputError, match="looks like a zip bomb"):
        open_download(path, limits=Limits(total_ratio_from_bytes=1 << 20))


def test_overlapping_members_are_a_bomb(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/tweets.js", b"x" * 5000)
        archive.writestr("data/other.js", b"x" * 5000)
    data = bytearray(target.getvalue())
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 3)
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="looks like a zip bomb"):
        open_download(path)


def test_a_member_gives_no_more_than_it_states(tmp_path: Path) -> None:
    data = bytearray(zipped({"data/tweets.js": b"x" * 9000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.find(mark) + offset, 100)
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    with open_download(path).open("data/tweets.js") as stream:
        assert stream.read() == b"x" * 100
        assert fault_of(stream) == "it holds more than its directory entry states"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../outside.js", "leads outside"),
        ("data/../../outside.js", "leads outside"),
        ("/etc/passwd", "absolute"),
        ("C:/windows/x.js", "absolute"),
        ("..\\outside.js", "leads outside"),
        ("data/\x1b[31m.js", "control characters"),
        ("data/\u202esj.stewt", "control characters"),
    ],
)
def test_an_unsafe_name_is_refused_and_the_rest_is_read(
    tmp_path: Path, name: str, reason: str
) -> None:
    reader = open_download(write_zip(tmp_path / "a.zip", {**FILES, name: b"x"}))
    assert len(reader.members) == len(FILES)
    assert [reason in refused.reason for refused in reader.refused] == [True]
    assert not (tmp_path.parent / "outside.js").exists()


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/tweets.js", b"x = []")
        link = zipfile.ZipInfo("data/account.js")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    reader = open_download(path)
    assert list(reader.members) == ["data/tweets.js"]
    assert reader.refused[0].reason == "it is a symbolic link"


def test_symbolic_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    write_folder(secret, {"account.js": b"secret"})
    folder = write_folder(tmp_path / "download", {"data/tweets.js": b"x = []"})
    (folder / "data" / "account.js").symlink_to(secret / "account.js")
    (folder / "more").symlink_to(secret, target_is_directory=True)
    reader = open_download(folder)
    assert list(reader.members) == ["data/tweets.js"]
    assert sorted(refused.name for refused in reader.refused) == ["data/account.js", "more"]


def test_a_pipe_in_a_folder_does_not_hang_the_program(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "download", {"data/tweets.js": b"x = []"})
    os.mkfifo(folder / "data" / "account.js")
    assert open_download(folder).refused[0].name == "data/account.js"


def test_a_name_listed_twice_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/tweets.js", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("data/tweets.js", b"two")
    reader = open_download(path)
    assert "twice" in reader.refused[0].reason
    assert read(path, "data/tweets.js") == b"two"


@pytest.mark.parametrize("lost", [10, 60, 120, 400])
def test_a_cut_off_zip_gives_what_stands_before_the_cut(tmp_path: Path, lost: int) -> None:
    whole = zipped({"data/account.js": os.urandom(3000), "data/tweets.js": os.urandom(9000)})
    path = tmp_path / "a.zip"
    path.write_bytes(whole[:-lost])
    reader = open_download(path)
    assert reader.broken and "cut off" in reader.broken
    with reader.open("data/account.js") as stream:
        assert len(stream.read()) == 3000
        assert fault_of(stream) is None
    with reader.open("data/tweets.js") as stream:
        assert len(stream.read()) > 8000


def test_a_cut_off_stream_written_zip_is_read_too(tmp_path: Path) -> None:
    """X writes its zips as a stream: no sizes stand in the headers."""

    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, piece: object) -> int:
            self.parts.append(bytes(piece))  # type: ignore[call-overload]
            return len(self.parts[-1])

    target = Unseekable()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("data/account.js", b"a" * 5000)
        archive.writestr("data/manifest.js", b"m" * 5000)
        archive.writestr("data/tweets.js", os.urandom(200_000))
    whole = b"".join(target.parts)
    path = tmp_path / "a.zip"
    path.write_bytes(whole[: whole.find(b"data/tweets.js") + 100_000])
    reader = open_download(path)
    assert list(reader.members) == ["data/account.js", "data/manifest.js", "data/tweets.js"]
    with reader.open("data/manifest.js") as stream:
        assert stream.read() == b"m" * 5000
    with reader.open("data/tweets.js") as stream:
        assert 50_000 < len(stream.read()) < 200_000
        assert fault_of(stream) == "it breaks off in the middle"


def test_a_damaged_member_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped({"data/tweets.js": b"y" * 2000}, method=zipfile.ZIP_STORED))
    data[data.find(b"yyyy") + 500] ^= 1
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    with open_download(path).open("data/tweets.js") as stream:
        assert len(stream.read()) == 2000
        assert "checksum" in (fault_of(stream) or "")


def test_a_packing_this_program_cannot_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/tweets.js", b"x", zipfile.ZIP_LZMA)
        archive.writestr("data/account.js", b"x")
    reader = open_download(path)
    assert list(reader.members) == ["data/account.js"]
    assert "unpack the zip" in reader.refused[0].reason


def test_a_name_is_shown_without_what_would_turn_the_line_around() -> None:
    assert shown_name("data/\u202egpj.exe\n") == "data/?gpj.exe?"
    assert len(shown_name("x" * 500)) == 120
