"""Every kind of file a download comes in."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from archiver.errors import InputError, StorageError
from archiver.exports import scratch as scratch_folders
from archiver.exports.reader import Limits, open_download
from tests.exports.containers import CONTAINERS, FILES, everything, tarred
from tests.exports.x_downloads import write_folder, zipped


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_gives_the_same_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(CONTAINERS[name](FILES))
    with open_download(path, scratch=tmp_path) as reader:
        assert everything(reader) == FILES
        assert reader.broken is None
        assert not reader.refused and not reader.notes
        assert [reader.part_of(one) for one in reader.members] == [0, 0, 0]
        assert {one.name: one.size for one in reader.members.values()} == {
            one: len(content) for one, content in FILES.items()
        }
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_listed_once_is_read_from_its_copy_or_has_to_be_opened_anew(
    tmp_path: Path, name: str
) -> None:
    path, copy = tmp_path / name, tmp_path / "copy"
    path.write_bytes(CONTAINERS[name](FILES))
    with open_download(path, scratch=tmp_path) as listed:
        path.rename(copy)
        in_place = listed.relocate({path: copy})
        assert in_place == name.endswith((".zip", ".tar"))
        assert list(listed.parts) == [copy if in_place else path]
        assert not listed.relocate({})
        if in_place:
            assert everything(listed) == FILES
            again = copy.rename(tmp_path / "again")
            assert listed.relocate({copy: again}) and everything(listed) == FILES


@pytest.mark.parametrize(
    "name", ["repo.car", "posts.json", "chat.jsonl", "a.csv", "a.html", "a.txt", "a.pdf", "a.mbox"]
)
def test_a_plain_file_is_a_download_with_one_member(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"From the parks department")
    with open_download(path) as reader:
        assert everything(reader) == {name: b"From the parks department"}


def test_a_plain_file_keeps_the_name_it_was_downloaded_under(tmp_path: Path) -> None:
    path = tmp_path / "0f3a.json"
    path.write_bytes(b"[]")
    with open_download(path, names=["posts.json"]) as reader:
        assert list(reader.members) == ["posts.json"]


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_a_packed_file_is_read_under_its_own_name(
    tmp_path: Path, ending: str, pack: object
) -> None:
    content = b'{"text": "hello"}\n' * 40_000
    path = tmp_path / f"chat.jsonl.{ending}"
    path.write_bytes(pack(content))  # type: ignore[operator]
    with open_download(path, scratch=tmp_path) as reader:
        assert everything(reader) == {"chat.jsonl": content}
        assert reader.members["chat.jsonl"].size is None
        assert list(tmp_path.iterdir()) == [path]


def test_packed_files_joined_end_to_end_are_one(tmp_path: Path) -> None:
    for ending, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        path = tmp_path / f"chat.jsonl.{ending}"
        path.write_bytes(pack(b"one\n") + pack(b"two\n"))
        with open_download(path) as reader:
            assert everything(reader) == {"chat.jsonl": b"one\ntwo\n"}


def test_content_decides_where_the_name_says_something_else(tmp_path: Path) -> None:
    path = tmp_path / "download.json"
    path.write_bytes(CONTAINERS["a.tar.gz"](FILES))
    with open_download(path) as reader:
        assert everything(reader) == FILES


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which cannot be read here: unpack it"),
        (b"Rar!\x1a\x07\x01\x00", "a RAR archive, which cannot be read here: unpack it"),
        (b"\x1f\x8b\x08\x00", "damaged and nothing in it can be read"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_next_step(
    tmp_path: Path, mark: bytes, says: str
) -> None:
    path = tmp_path / "download"
    path.write_bytes(mark)
    with pytest.raises(InputError, match=says):
        open_download(path)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "pipe"),
        (tarfile.GNUTYPE_SPARSE, "holes"),
    ],
)
def test_what_is_no_file_in_a_tar_is_refused_and_the_rest_is_read(
    tmp_path: Path, kind: bytes, reason: str
) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        strange = tarfile.TarInfo("data/strange")
        strange.type, strange.linkname = kind, "/etc/passwd"
        archive.addfile(strange)
        plain = tarfile.TarInfo("data/posts.json")
        plain.size = 2
        archive.addfile(plain, io.BytesIO(b"[]"))
    path = tmp_path / "a.tar"
    path.write_bytes(target.getvalue())
    with open_download(path) as reader:
        assert everything(reader) == {"data/posts.json": b"[]"}
        assert [(one.name, reason in one.reason) for one in reader.refused] == [
            ("data/strange", True)
        ]


@pytest.mark.parametrize("name", ["../out.json", "/etc/passwd", "a/../../out.json"])
def test_a_tar_cannot_reach_outside(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({name: b"x", "data/posts.json": b"[]"}))
    with open_download(path) as reader:
        assert list(reader.members) == ["data/posts.json"]
        assert [one.name for one in reader.refused] == [name]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names_in_a_tar_are_read(tmp_path: Path, form: int) -> None:
    files = {f"{'Ordner/' * 40}Beiträge {'x' * 90}.json": b"[]", "Публикации/1.json": b"{}"}
    path = tmp_path / "a.tar"
    path.write_bytes(tarred(files, form))
    with open_download(path) as reader:
        assert everything(reader) == files


def test_a_header_that_states_an_enormous_name_costs_no_memory(tmp_path: Path) -> None:
    block = bytearray(tarred({"x": b""}, tarfile.USTAR_FORMAT)[:512])
    block[156:157] = b"L"
    block[124:136] = b"77777777777\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(block) + b"n" * 4096)
    with pytest.raises(InputError, match="damaged"):
        open_download(path)


def test_a_damaged_header_in_a_tar_costs_only_its_own_member(tmp_path: Path) -> None:
    data = bytearray(tarred({"one.json": b"1", "two.json": b"2", "three.json": b"3"}))
    data[data.find(b"two.json")] ^= 1
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(data))
    with open_download(path) as reader:
        assert everything(reader) == {"one.json": b"1", "three.json": b"3"}
        assert reader.broken and "damaged" in reader.broken


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_cut_off_container_gives_what_stands_before_the_cut(tmp_path: Path, name: str) -> None:
    files = {"data/first.json": os.urandom(30_000), "data/second.json": os.urandom(2_000_000)}
    whole = CONTAINERS[name](files)
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with open_download(path) as reader:
        assert reader.broken
        with reader.open("data/first.json") as stream:
            assert stream.read() == files["data/first.json"]
        if "data/second.json" in reader.members:
            with reader.open("data/second.json") as stream:
                part = stream.read()
                assert files["data/second.json"].startswith(part)
                assert stream.fault == "it breaks off in the middle"  # type: ignore[attr-defined]


def test_a_cut_off_packed_file_gives_what_it_can(tmp_path: Path) -> None:
    content = os.urandom(100_000)
    path = tmp_path / "chat.jsonl.gz"
    path.write_bytes(gzip.compress(content)[:50_000])
    with open_download(path) as reader, reader.open("chat.jsonl") as stream:
        part = stream.read()
        assert len(part) > 45_000 and content.startswith(part)
        assert stream.fault == "it breaks off in the middle"  # type: ignore[attr-defined]


def test_a_wrong_checksum_costs_no_byte(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"every byte counts"))
    packed[-6] ^= 1
    path = tmp_path / "chat.jsonl.gz"
    path.write_bytes(bytes(packed))
    with open_download(path) as reader, reader.open("chat.jsonl") as stream:
        assert stream.read() == b"every byte counts"
        assert stream.fault == "its packed bytes are damaged"  # type: ignore[attr-defined]


def test_a_packed_bomb_is_stopped_while_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tarred({"zeros.json": bytes(70 << 20)})))
    with pytest.raises(InputError, match="looks like a zip bomb"):
        open_download(path, scratch=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_packed_file_gives_no_more_than_a_download_holds(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl.gz"
    path.write_bytes(gzip.compress(bytes(1 << 20)))
    limits = Limits(ratio_from_bytes=1000, ratio=1)
    with open_download(path, limits=limits) as reader, reader.open("chat.jsonl") as stream:
        assert len(stream.read()) == path.stat().st_size
        assert "looks like a bomb" in stream.fault  # type: ignore[attr-defined]


def test_too_many_files_are_no_download(tmp_path: Path) -> None:
    files = {f"{number}.json": b"" for number in range(12)}
    for path in (
        tmp_path / "a.tar",
        tmp_path / "a.zip",
        write_folder(tmp_path / "folder", files),
    ):
        if path.suffix:
            path.write_bytes(tarred(files) if path.suffix == ".tar" else zipped(files))
        with pytest.raises(InputError, match="no download of a platform"):
            open_download(path, limits=Limits(members=10))


def test_what_is_unpacked_is_private_and_goes_with_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(CONTAINERS["a.tar.gz"](FILES))
    with open_download(path, scratch=tmp_path) as reader:
        (folder,) = (one for one in tmp_path.iterdir() if one.is_dir())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with open_download(path, scratch=tmp_path) as other:
            assert everything(other) == everything(reader) == FILES
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / f"{scratch_folders.PREFIX}left"
    write_folder(left, {"1": b"half a download"})
    path = tmp_path / "a.tar.gz"
    path.write_bytes(CONTAINERS["a.tar.gz"](FILES))
    with open_download(path, scratch=tmp_path):
        assert not left.exists()


def test_a_scratch_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(CONTAINERS["a.tar.gz"](FILES))
    with pytest.raises(StorageError, match="nothing can be unpacked"):
        open_download(path, scratch=path / "below a file")


def test_litter_is_counted_and_not_read(tmp_path: Path) -> None:
    litter = [
        "__MACOSX/data/._posts.json",
        "data/.DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "data/._posts.json",
        ".localized",
        "data/~$notes.docx",
        ".Trashes/501/old.json",
        ".Spotlight-V100/Store-V2/x.json",
    ]
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({**FILES, **dict.fromkeys(litter, b"x")}))
    with open_download(path) as reader:
        assert reader.members.keys() == FILES.keys()
        assert reader.litter == len(litter)


def named_zip(raw: bytes, flags: int = 0, extra: bytes = b"") -> bytes:
    """A zip with one member `[]`, whose name stands there as these bytes."""
    crc = zlib.crc32(b"[]")
    head = struct.pack("<HHHHHIIIHH", 20, flags, 0, 0, 0, crc, 2, 2, len(raw), len(extra))
    local = b"PK\x03\x04" + head + raw + extra + b"[]"
    entry = b"PK\x01\x02\x14\0" + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw + extra
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("Beiträge/1.json".encode(), 0x800, "Beiträge/1.json"),
        ("Beiträge/1.json".encode(), 0, "Beiträge/1.json"),
        ("Beiträge/1.json".encode("cp437"), 0, "Beiträge/1.json"),
        ("Beitra\u0308ge/1.json".encode(), 0x800, "Beiträge/1.json"),
        ("Публикации/1.json".encode(), 0, "Публикации/1.json"),
        (b"data\\posts.json", 0, "data/posts.json"),
        (b"./data/posts.json", 0, "data/posts.json"),
    ],
)
def test_names_are_read_whatever_wrote_them(
    tmp_path: Path, raw: bytes, flags: int, name: str
) -> None:
    path = tmp_path / "a.zip"
    for content in (named_zip(raw, flags), named_zip(raw, flags)[:-40]):
        path.write_bytes(content)
        with open_download(path) as reader:
            assert everything(reader) == {name: b"[]"}


def test_the_unicode_path_beside_a_name_counts(tmp_path: Path) -> None:
    body = b"\x01" + struct.pack("<I", zlib.crc32(b"\x8a.json")) + "è.json".encode()
    extra = struct.pack("<HH", 0x7075, len(body)) + body
    path = tmp_path / "a.zip"
    path.write_bytes(named_zip(b"\x8a.json", extra=extra))
    with open_download(path) as reader:
        assert list(reader.members) == ["è.json"]


def test_a_folder_with_decomposed_names_is_read_under_composed_ones(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", {"Beitra\u0308ge/1.json": b"[]"})
    with open_download(folder) as reader:
        assert everything(reader) == {"Beiträge/1.json": b"[]"}


def test_a_zip_whose_first_bytes_are_damaged_is_still_read(tmp_path: Path) -> None:
    data = bytearray(zipped(FILES))
    data[0] ^= 0xFF
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    with open_download(path) as reader, reader.open("media/pond.jpg") as stream:
        assert stream.read() == FILES["media/pond.jpg"]


def test_reading_ends_with_the_disk(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", FILES)
    with open_download(folder) as reader:
        (folder / "media/pond.jpg").unlink()
        with reader.open("media/pond.jpg") as stream:
            assert stream.read() == b""
            assert "the disk does not give it back" in stream.fault  # type: ignore[attr-defined]


def test_no_file_is_named() -> None:
    with pytest.raises(InputError, match="no file was given"):
        open_download()


def test_a_zip_protected_by_a_password_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(named_zip(b"posts.json", flags=1))
    with pytest.raises(InputError, match="protected by a password: unpack it and give the folder"):
        open_download(path)


def test_the_packing_this_program_cannot_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("posts.json", b"[]" * 100)
    with pytest.raises(InputError, match=r"nothing that can be read: posts\.json: it is packed"):
        open_download(path)
