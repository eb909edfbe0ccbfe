"""Archives inside archives."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.exports.reader import Limits, open_download
from tests.exports.containers import CONTAINERS, FILES, everything, stored
from tests.exports.x_downloads import write_folder, write_zip, zipped


@pytest.mark.parametrize("outer", CONTAINERS)
@pytest.mark.parametrize("inner", CONTAINERS)
def test_what_lies_in_an_archive_inside_is_read(tmp_path: Path, outer: str, inner: str) -> None:
    path = tmp_path / outer
    path.write_bytes(CONTAINERS[outer]({inner: CONTAINERS[inner](FILES)}))
    with open_download(path, scratch=tmp_path) as reader:
        assert everything(reader) == {f"{inner}!/{name}": FILES[name] for name in FILES}
        assert reader.broken is None
    assert list(tmp_path.iterdir()) == [path]


def test_a_zip_that_is_not_packed_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "outer.zip"
    path.write_bytes(stored({"a/inner.zip": stored({"deep.zip": zipped(FILES)})}))
    with open_download(path, scratch=tmp_path) as reader:
        assert everything(reader) == {
            f"a/inner.zip!/deep.zip!/{name}": FILES[name] for name in FILES
        }
        assert list(tmp_path.iterdir()) == [path]


def test_a_folder_around_archives_and_a_readme_is_a_wrapper(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "from the clerk", {"readme.txt": b"here", "x.zip": zipped(FILES)}
    )
    with open_download(folder) as reader:
        inside = {f"x.zip!/{name}": content for name, content in FILES.items()}
        assert everything(reader) == {"readme.txt": b"here", **inside}


def test_an_attachment_among_the_data_stays_the_file_it_is(tmp_path: Path) -> None:
    attachment = zipped({"data/tweets.js": b"window.YTD.tweets.part0 = []"})
    files = {**FILES, "messages/inbox/someone/files/report.zip": attachment}
    with open_download(write_zip(tmp_path / "a.zip", files)) as reader:
        assert everything(reader) == files
        assert "kept as the files they are" in reader.notes[0]


def test_the_parts_of_a_set_inside_share_the_name_of_the_first(tmp_path: Path) -> None:
    one, two = (f"takeout-20260601T080000Z-00{number}.zip" for number in (1, 2))
    files = {
        two: zipped({"Takeout/b.json": b"2", "Takeout/index.html": b"two"}),
        one: zipped({"Takeout/a.json": b"1", "Takeout/index.html": b"one"}),
    }
    with open_download(write_zip(tmp_path / "a.zip", files)) as reader:
        assert everything(reader) == {
            f"{one}!/Takeout/a.json": b"1",
            f"{one}!/Takeout/index.html": b"one",
            f"{one}!/Takeout/b.json": b"2",
            f"{two}!/Takeout/index.html": b"two",
        }
        assert "different content" in reader.notes[0]


def test_a_part_that_is_missing_inside_is_said(tmp_path: Path) -> None:
    files = {f"x-part-{number}.zip": zipped({f"{number}.json": b"[]"}) for number in (1, 3)}
    with open_download(write_zip(tmp_path / "a.zip", files)) as reader:
        assert reader.broken and reader.broken.startswith("part 2 of the set of x-part-1.zip")


def test_three_archives_inside_are_opened_and_the_fourth_is_kept(tmp_path: Path) -> None:
    content = zipped({"posts.json": b"[]"})
    for number in (4, 3, 2, 1):
        content = stored({f"{number}.zip": content})
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with open_download(path) as reader:
        assert list(reader.members) == ["1.zip!/2.zip!/3.zip!/4.zip"]
        assert "inside too many archives" in reader.notes[0]


def test_a_set_of_very_many_archives_is_opened_as_far_as_the_limit(tmp_path: Path) -> None:
    inner = zipped({"posts.json": b"[]"})
    path = write_zip(tmp_path / "a.zip", {f"{number}.zip": inner for number in range(5)})
    with open_download(path, limits=Limits(archives=3)) as reader:
        assert sum(name.endswith(".json") for name in reader.members) == 3
        assert sum(name.endswith(".zip") for name in reader.members) == 2
        assert len(reader.notes) == 2


@pytest.mark.parametrize("inner", [b"", b"not a zip", b"7z\xbc\xaf\x27\x1c", b"PK\x03\x04cut"])
def test_an_archive_inside_that_cannot_be_opened_is_kept_and_said(
    tmp_path: Path, inner: bytes
) -> None:
    files = {"x-part-1.zip": zipped(FILES), "x-part-2.zip": inner}
    with open_download(write_zip(tmp_path / "a.zip", files)) as reader:
        with reader.open("x-part-2.zip") as stream:
            assert stream.read() == inner
        assert reader.broken and "x-part-2.zip" in reader.broken
        assert len(reader.members) == len(FILES) + 1


def test_an_archive_inside_that_is_damaged_on_the_way_is_said(tmp_path: Path) -> None:
    inner = stored(FILES)
    data = bytearray(stored({"x.zip": inner, "y.zip": zipped(FILES)}))
    data[data.find(b"The park opens")] ^= 1
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    with open_download(path) as reader, reader.open("x.zip!/data/posts.json") as stream:
        assert len(stream.read()) == len(FILES["data/posts.json"])
        assert "checksum" in stream.fault  # type: ignore[attr-defined]


def test_small_bombs_side_by_side_are_one_bomb(tmp_path: Path) -> None:
    inner = zipped({"posts.json": bytes(1 << 20)})
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"{number}.zip": inner for number in range(20)}))
    limits = Limits(total_ratio_from_bytes=8 << 20)
    with pytest.raises(InputError, match="looks like a zip bomb"):
        open_download(path, scratch=tmp_path, limits=limits)
    assert list(tmp_path.iterdir()) == [path]


def test_a_bomb_inside_a_packed_tar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    inner = gzip.compress(CONTAINERS["a.tar"]({"posts.json": bytes(70 << 20)}))
    path.write_bytes(zipped({"a.tar.gz": inner}))
    with pytest.raises(InputError, match="looks like a zip bomb"):
        open_download(path, scratch=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_zip_without_end_inside_itself_ends(tmp_path: Path) -> None:
    content = stored({"posts.json": b"[]"})
    for _ in range(50):
        content = stored({"r.zip": content})
    path = tmp_path / "r.zip"
    path.write_bytes(content)
    with open_download(path) as reader:
        assert list(reader.members) == ["r.zip!/r.zip!/r.zip!/r.zip"]
