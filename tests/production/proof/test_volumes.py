"""A packet as a folder, a zip, or several of them; and zips nobody honest writes."""

from __future__ import annotations

import shutil
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.production.verify import verify_packet
from tests.cli.shell import Shell


def rewritten(path: Path, *more: tuple[zipfile.ZipInfo | str, bytes]) -> None:
    with zipfile.ZipFile(path, "a") as made:
        for name, data in more:
            made.writestr(name, data)


def test_a_zip_is_checked_as_its_folder_is(packet) -> None:
    (of_folder,) = verify_packet(packet.folder)
    (of_zip,) = verify_packet(packet.zip)
    assert of_zip.ok and of_zip.proven == of_folder.proven and of_zip.bytes == of_folder.bytes


def test_a_zip_without_a_folder_inside_is_checked_too(packet) -> None:
    with zipfile.ZipFile(packet.zip, "w") as made:
        for path in packet.folder.rglob("*"):
            if path.is_file():
                made.write(path, path.relative_to(packet.folder).as_posix())
    (check,) = verify_packet(packet.zip)
    assert check.ok and check.proven is not None


def test_a_folder_with_several_volumes_is_checked_whole(packet, tmp_path) -> None:
    shutil.copytree(packet.folder, tmp_path / "VOL002")
    (tmp_path / "VOL002" / "data" / "records.csv").write_text("changed")
    checks = verify_packet(tmp_path)
    assert [(check.name, check.ok) for check in checks] == [
        ("VOL001", True),
        ("VOL001.zip", True),
        ("VOL002", False),
    ]
    with pytest.raises(InputError, match="several volumes"):
        verify_packet(tmp_path, proof=packet.proof)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("VOL001/../../outside", "points outside"),
        ("/outside", "points outside"),
        ("VOL001/C:outside", "points outside"),
        ("VOL001\\outside", "points outside"),
        ("VOL001/data/records.csv", "named twice"),
        ("VOL001/data/RECORDS.CSV", "named twice"),
        (link("VOL001/a-link"), "no plain file"),
    ],
    ids=str,
)
def test_a_zip_that_is_not_honest_is_refused(packet, name, told) -> None:
    rewritten(packet.zip, (name, b"x"))
    with pytest.raises(InputError, match=told) as refused:
        verify_packet(packet.zip)
    assert "\n" not in str(refused.value)


def test_a_locked_zip_is_refused(packet) -> None:
    data = bytearray(packet.zip.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    packet.zip.write_bytes(data)
    with pytest.raises(InputError, match="password"):
        verify_packet(packet.zip)


def test_files_that_lie_over_each_other_are_refused(packet) -> None:
    data = bytearray(packet.zip.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    (offset,) = struct.unpack_from("<I", data, first + 42)
    struct.pack_into("<I", data, second + 42, offset)
    packet.zip.write_bytes(data)
    with pytest.raises(InputError, match="lies over another"):
        verify_packet(packet.zip)


def test_a_file_that_swells_is_read_no_further_than_it_says(packet) -> None:
    with zipfile.ZipFile(packet.zip, "w", zipfile.ZIP_DEFLATED) as made:
        for path in packet.folder.rglob("*"):
            if path.is_file() and path.name != "records.csv":
                made.write(path, f"VOL001/{path.relative_to(packet.folder).as_posix()}")
        made.writestr("VOL001/data/records.csv", bytes(64 * 1024 * 1024))
    tracemalloc.start()
    (check,) = verify_packet(packet.zip)
    assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    tracemalloc.stop()
    assert check.findings == ("data/records.csv was changed since it was produced",)


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_a_zip_that_broke_off_says_so(packet, keep) -> None:
    packet.zip.write_bytes(packet.zip.read_bytes()[:keep])
    with pytest.raises(InputError, match="damaged, or no zip"):
        verify_packet(packet.zip)


def test_a_linked_folder_in_a_volume_is_named_and_not_followed(packet, tmp_path) -> None:
    (packet.folder / "more").symlink_to(tmp_path)
    (check,) = verify_packet(packet.folder)
    assert check.findings == ("more does not belong to it",)


def test_the_command_says_what_was_checked_and_what_was_not(packet, capsys) -> None:
    shell = Shell(capsys, None)
    said = shell.run("verify", str(packet.folder))
    assert "anchored 4 of 7" in " ".join(said.split())
    assert "never that all was kept" in " ".join(said.split())
    report = shell.json("verify", str(packet.zip), "--proof", str(packet.proof))
    assert report[0]["proven"]["sealed"] == 6 and report[0]["findings"] == []
    packet.proof.unlink()
    assert "was not checked" in " ".join(shell.run("verify", str(packet.folder)).split())


def test_the_command_ends_as_it_is_documented(packet, capsys, tmp_path) -> None:
    shell = Shell(capsys, None)
    shell.run("verify", str(packet.folder), "--key", "0" * 64, code=7)
    (packet.folder / "packet.pdf").unlink()
    assert "WRONG  packet.pdf is missing" in shell.run("verify", str(packet.folder), code=7)
    (tmp_path / "empty").mkdir()
    shell.run("verify", str(tmp_path / "empty"), code=5)
    shell.run("verify", "--key", "0" * 64, code=2)
