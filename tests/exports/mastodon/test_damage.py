"""Whatever is done to an archive: a clear report, and every unit accounted for."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.demo.mastodon_download import write_mastodon_download, write_mastodon_tables
from archiver.errors import InputError
from archiver.exports.mastodon.download import FORMAT
from archiver.exports.reader import open_download
from archiver.items import Relation
from tests.exports.mastodon.archives import Walked, zipped

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
NAMES = ("outbox.json", "actor.json", "likes.json", "following_accounts.csv", "muted_accounts.csv")
DAMAGE = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    path = folder / "archive.zip"
    write_mastodon_download(path, posts=40, layout="new", generated_at=NOW, pictures=2)
    write_mastodon_tables(folder / "tables", people=30)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    return held | {one.name: one.read_bytes() for one in (folder / "tables").iterdir()}


def told_or_read(path: Path) -> Walked | None:
    try:
        with open_download(path) as reader:
            if not FORMAT.find(reader):
                return None
        found = Walked(path)
    except InputError as error:
        assert "\n" not in str(error)
        return None
    assert found.adds_up()
    return found


@given(data=st.data())
@DAMAGE
def test_a_file_that_is_cut_is_told(
    files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    at = data.draw(st.integers(0, len(files[name]) - 1))
    found = told_or_read(zipped(tmp_path / "a.zip", {**files, name: files[name][:at]}))
    if found is not None and name == "outbox.json" and name in found.counts:
        assert not found.counts[name].complete or "unknown" in found.counts[name].data_type


@given(data=st.data())
@DAMAGE
def test_changed_bytes_are_borne(
    files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    told_or_read(zipped(tmp_path / "a.zip", {**files, name: bytes(content)}))


def test_a_line_no_table_has_costs_itself_alone(files: dict[str, bytes], tmp_path: Path) -> None:
    lines = (b"ann@example.org", b"x" * (1 << 17), b"ben@example\x0d.org", b"cat@example.org")
    held = {"followers.csv": b"\n".join(lines)}
    found = told_or_read(zipped(tmp_path / "a.zip", {**files, **held}))
    assert found is not None
    followers = {each.handle for each in found.people if each.relation == Relation.FOLLOWER}
    assert {"ann@example.org", "cat@example.org"} <= followers


@given(data=st.data())
@DAMAGE
def test_a_damaged_container_is_told(
    files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    path = zipped(tmp_path / "a.zip", files)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    told_or_read(path)
