"""The parts of one set, in any order."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.exports.naming import missing_parts
from archiver.exports.reader import DownloadReader, open_download
from tests.exports.containers import everything, tarred
from tests.exports.x_downloads import write_folder, write_zip, zipped


def shape(reader: DownloadReader) -> tuple[object, ...]:
    """Everything a reader says that must not depend on the order of the parts."""
    where = {name: reader.parts[reader.part_of(name)].name for name in reader.members}
    names = [part.name for part in reader.parts]
    return (everything(reader), where, names, reader.notes, reader.broken, reader.refused)


def takeout(number: int) -> str:
    return f"takeout-20260601T080000Z-{number:03}.zip"


def test_the_parts_of_a_set_are_one_download_in_any_order(tmp_path: Path) -> None:
    parts = [
        write_zip(tmp_path / takeout(1), {"Takeout/a.json": b"1", "Takeout/same.html": b"s"}),
        write_zip(tmp_path / takeout(2), {"Takeout/b.json": b"2", "Takeout/same.html": b"s"}),
        write_zip(tmp_path / takeout(10), {"Takeout/c.json": b"3"}),
    ]
    found = [shape(open_download(*order)) for order in itertools.permutations(parts)]
    files, where, names, notes, broken, _ = found[0]
    assert all(one == found[0] for one in found)
    assert files == {
        "Takeout/a.json": b"1",
        "Takeout/same.html": b"s",
        "Takeout/b.json": b"2",
        "Takeout/c.json": b"3",
    }
    assert where["Takeout/b.json"] == takeout(2)  # type: ignore[index]
    assert names == [takeout(1), takeout(2), takeout(10)]
    assert notes == [
        "files that stand in several parts with the same bytes, each of them read once: 1"
    ]
    assert broken == (
        f"part 3, 4, 5, 6, 7, 8, 9 of the set of {takeout(1)} is missing: give all parts at once"
    )


def test_the_same_name_with_different_bytes_keeps_both_and_says_so(tmp_path: Path) -> None:
    one = write_zip(tmp_path / "facebook-part-1.zip", {"posts/posts.json": b"[1]"})
    two = write_zip(tmp_path / "facebook-part-2.zip", {"posts/posts.json": b"[2]"})
    forwards, backwards = open_download(one, two), open_download(two, one)
    assert shape(forwards) == shape(backwards)
    assert everything(forwards) == {
        "posts/posts.json": b"[1]",
        "facebook-part-2.zip!/posts/posts.json": b"[2]",
    }
    assert "different content: all are kept" in forwards.notes[0]
    assert forwards.part_of("facebook-part-2.zip!/posts/posts.json") == 1
    assert (forwards.path, backwards.path) == (one, two)


def test_different_bytes_of_the_same_length_are_told_apart(tmp_path: Path) -> None:
    parts = [
        write_folder(tmp_path / str(n), {"a.json": f"[{n}]".encode(), "b": b""}) for n in (1, 2, 3)
    ]
    assert everything(open_download(*parts)) == {
        "a.json": b"[1]",
        "b": b"",
        "2!/a.json": b"[2]",
        "3!/a.json": b"[3]",
    }


def test_parts_of_different_kinds_go_together(tmp_path: Path) -> None:
    tar = tmp_path / "a.tar"
    tar.write_bytes(tarred({"b.json": b"2"}))
    chat = tmp_path / "chat.jsonl"
    chat.write_bytes(b"{}")
    parts = (
        write_folder(tmp_path / "folder", {"c.json": b"3"}),
        write_zip(tmp_path / "z.zip", {"a.json": b"1"}),
        tar,
        chat,
    )
    assert everything(open_download(*parts)) == {
        "a.json": b"1",
        "b.json": b"2",
        "c.json": b"3",
        "chat.jsonl": b"{}",
    }


def test_a_folder_of_parts_is_opened_as_the_set(tmp_path: Path) -> None:
    parts = [
        write_zip(tmp_path / f"facebook-part-{n}.zip", {f"{n}.json": str(n).encode()})
        for n in (1, 2)
    ]
    (tmp_path / ".DS_Store").write_bytes(b"x")
    reader = open_download(tmp_path)
    assert list(reader.parts) == parts
    assert reader.path == tmp_path
    assert everything(reader) == {"1.json": b"1", "2.json": b"2"}


def test_a_part_given_twice_counts_once(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.json": b"1"})
    reader = open_download(path, path)
    assert list(reader.parts) == [path]
    assert not reader.notes


def test_a_part_that_was_downloaded_twice_adds_nothing(tmp_path: Path) -> None:
    files = {"a.json": b"1"}
    one = write_zip(tmp_path / "x-part-1.zip", files)
    again = write_zip(tmp_path / "x-part-1 (1).zip", files)
    reader = open_download(one, again)
    assert everything(reader) == files
    assert reader.broken is None


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    one = write_zip(tmp_path / "x-part-1.zip", {"a.json": b"1"})
    two = tmp_path / "x-part-2.zip"
    two.write_bytes(b"")
    with pytest.raises(InputError, match=r"x-part-2\.zip is empty"):
        open_download(one, two)


def test_a_part_that_is_cut_off_is_named(tmp_path: Path) -> None:
    one = write_zip(tmp_path / "x-part-1.zip", {"a.json": b"1"})
    two = tmp_path / "x-part-2.zip"
    two.write_bytes(zipped({"b.json": b"2"})[:-30])
    reader = open_download(one, two)
    assert everything(reader) == {"a.json": b"1", "b.json": b"2"}
    assert reader.broken and reader.broken.startswith(f"{two}: the zip is cut off")


def test_parts_are_ordered_by_the_names_they_were_downloaded_under(tmp_path: Path) -> None:
    one = write_zip(tmp_path / "ff.zip", {"a.json": b"1"})
    two = write_zip(tmp_path / "00.zip", {"a.json": b"2"})
    reader = open_download(two, one, names=["x-part-2.zip", "x-part-1.zip"])
    assert list(reader.parts) == [one, two]
    assert everything(reader) == {"a.json": b"1", "x-part-2.zip!/a.json": b"2"}


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ([takeout(1)], None),
        ([takeout(2)], "part 1 "),
        ([takeout(1), takeout(3)], "part 2 "),
        (["takeout-20260601T080000Z-5-001.zip", "takeout-20260601T080000Z-5-003.zip"], "part 2 "),
        (["facebook-clerk-2026-06-01-x-part-2.zip"], "part 1 "),
        (["facebook-part-1.zip", "facebook-part-2.zip"], None),
        (["twitter-2026-06-01-part1.tar.gz", "twitter-2026-06-01-part3.tar.gz"], "part 2 "),
        (["download 1 of 3.zip", "download 2 of 3.zip"], "part 3 "),
        (["takeout (1 of 2).zip", "takeout (2 of 2).zip"], None),
        (["facebook-2026-06-01.zip", "facebook-2026-06-07.zip"], None),
        (["instagram-part-1.zip", "facebook-part-1.zip"], None),
        ([f"x-part-{'9' * 30}.zip"], None),
    ],
)
def test_a_missing_part_is_told_from_the_numbering(names: list[str], missing: str | None) -> None:
    told = missing_parts(names)
    assert len(told) == (missing is not None)
    assert all(one.startswith(missing or "") for one in told)
