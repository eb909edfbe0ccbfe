"""Whatever is done to a repository or chat data: a clear report, and every unit accounted for."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.atproto.cars import Sections
from archiver.errors import InputError
from tests.exports.bluesky.repositories import Walked, written

DAMAGE = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole") / "d"
    written(folder, posts=60, messages=30)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def told_or_read(folder: Path, files: dict[str, bytes]) -> Walked | None:
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        found = Walked(folder)
    except InputError as error:
        assert "\n" not in str(error)
        return None
    assert found.adds_up()
    return found


@given(data=st.data())
@DAMAGE
def test_a_cut_anywhere_is_told(
    files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["repo.car", "chat.jsonl"]))
    at = data.draw(st.integers(1, len(files[name]) - 2))
    found = told_or_read(tmp_path, {**files, name: files[name][:at]})
    if found is not None and name == "repo.car":
        assert not found.counts[name].complete
        reason = found.counts[name].reason
        assert "breaks off" in reason or "are not in the file" in reason


def test_a_cut_between_two_blocks_is_told(files: dict[str, bytes], tmp_path: Path) -> None:
    whole = files["repo.car"]
    sections = Sections(BytesIO(whole))
    ends = [section.start + len(section.content) for section in sections]
    told = 0
    for end in ends[:-1]:
        found = told_or_read(tmp_path, {**files, "repo.car": whole[:end]})
        if found is not None:
            assert not found.counts["repo.car"].complete
            assert "are not in the file" in found.counts["repo.car"].reason
            told += 1
    assert told > len(ends) / 2


@given(data=st.data())
@DAMAGE
def test_a_changed_bit_in_a_repository_never_becomes_a_record(
    files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    whole = told_or_read(tmp_path, files)
    assert whole is not None
    content = bytearray(files["repo.car"])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    found = told_or_read(tmp_path, {**files, "repo.car": bytes(content)})
    if found is None:
        return
    assert not found.counts["repo.car"].complete
    honest = {item.stable for item in whole.items}
    assert {item.stable for item in found.items} <= honest


@given(data=st.data())
@DAMAGE
def test_changed_bytes_in_the_other_files_are_borne(
    files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["did.json", "chat.jsonl"]))
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    told_or_read(tmp_path, {**files, name: bytes(content)})


@given(content=st.binary(max_size=200))
@DAMAGE
def test_bytes_that_are_no_repository_are_refused(tmp_path: Path, content: bytes) -> None:
    told_or_read(tmp_path, {"repo.car": content or b"x"})
