"""What is kept of a report, which everybody who may know of the import can read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.verify import verify
from archiver.capture.import_report import MOST_REASONS, OTHER_REASONS, Tallies, reason_of
from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.demo.meta_story import MetaAccount
from archiver.items import Skipped
from archiver.register.accounts import Account
from tests.capture.import_home import ACCOUNT_ROW, imported, looking, new_home
from tests.exports.meta.walked import small, unpacked

CITY = MetaAccount()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def account() -> Account:
    return replace(
        ACCOUNT_ROW,
        platform="facebook",
        handle=CITY.handle,
        native_id=None,
        display_name=CITY.name,
    )


def test_no_id_of_a_private_record_is_kept_with_a_report(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first = write_facebook_download(tmp_path / "a.zip", Layout.MIDDLE, 20).path
    imported(home, first, account())
    files = unpacked(first)
    name = next(name for name in files if name.endswith("/message_1.json"))
    talk = json.loads(files[name])
    del talk["messages"][0]
    files[name] = json.dumps(talk).encode()
    report = imported(home, small(tmp_path / "b.zip", files), account())
    [gone] = [one for one in report.missing if one.kind == "message"]
    assert gone.count == len(gone.native_ids) == 1
    assert gone.native_ids[0].encode() not in home.archive_db.read_bytes()
    with looking(home) as archive:
        [notes] = archive.public.execute(
            "SELECT notes FROM runs WHERE id = ?", (report.run,)
        ).fetchone()
    told = json.loads(notes)["report"]["missing"]
    assert [one["count"] for one in told if one["kind"] == "message"] == [1]


@pytest.mark.parametrize("moment", ["propose_pairs", "reconcile", "Done"])
def test_an_import_killed_at_its_end_still_tells_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    home = new_home(tmp_path / "home")
    written = write_facebook_download(tmp_path / "a.zip", Layout.MIDDLE, 20)
    with monkeypatch.context() as patch:
        patch.setattr(f"archiver.capture.imports.{moment}", _killed)
        with pytest.raises(KeyboardInterrupt):
            imported(home, written.path, account())
    report = imported(home, written.path, account())
    assert report.outcome == "complete" and report.kinds
    assert imported(home, written.path, account()).outcome == "unchanged"
    with looking(home) as archive:
        runs = archive.public.execute("SELECT outcome, notes FROM runs ORDER BY id").fetchall()
        stated = archive.public.execute("SELECT DISTINCT run_id FROM coverage").fetchall()
    assert [run["outcome"] for run in runs] == ["interrupted", "complete", "complete"]
    assert "report" in json.loads(runs[1]["notes"])
    assert [row["run_id"] for row in stated] == [report.run]
    assert verify(home).ok


def test_no_folder_of_a_conversation_is_named_in_a_report(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first = write_facebook_download(tmp_path / "a.zip", Layout.MIDDLE, 20).path
    files = unpacked(first)
    name = next(name for name in files if name.endswith("/message_1.json"))
    folder = name.rpartition("/")[0].rpartition("/")[0]
    more = {
        f"{folder}/rosalindquince_4711223344/photos/1.jpg": b"a picture",
        f"{folder}/rosalindquince_4711223344/odd.txt": b"odd",
    }
    report = imported(home, small(tmp_path / "b.zip", {**files, **more}), account())
    assert report.media_unmatched
    assert "rosalindquince" not in json.dumps(report.as_json())
    assert b"rosalindquince" not in home.archive_db.read_bytes()


def _by_hand(path: Path, *numbers: int) -> Path:
    """Records in the plain form, a post for each number."""
    cover = {
        "format": "archiver-records",
        "version": 1,
        "platform": "facebook",
        "handle": CITY.handle,
        "made_at": "2026-11-01T12:00:00Z",
        "covers": {"post": "complete"},
    }
    lines = [f"post,{number},2026-05-31T14:0{number}:00Z,Pool hours." for number in numbers]
    table = "\n".join(["kind,id,created_at,text", *lines])
    return small(path, {"account.json": json.dumps(cover), "records.csv": table})


def test_what_came_by_another_road_is_not_missed_in_a_download(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, write_facebook_download(tmp_path / "a.zip", Layout.MIDDLE, 20).path, account())
    imported(home, _by_hand(tmp_path / "b.zip", 1, 2), account())
    report = imported(home, _by_hand(tmp_path / "c.zip", 2), account())
    assert [(one.kind, one.native_ids) for one in report.missing] == [("post", ("1",))]


def test_reasons_are_told_without_the_place_and_what_stood_there() -> None:
    assert reason_of("line 12: created_at is 'last Friday', in no form the mapping names") == (
        "created_at is …, in no form the mapping names"
    )
    assert reason_of("somebody else's post") == "somebody else's post"


@given(said=st.text(min_size=1, max_size=60), cut=st.integers(20, 200))
def test_no_reason_holds_what_a_file_says(said: str, cut: int) -> None:
    detail = f"line 7: created_at is {'@' + said + '@'!r}, in no form the mapping names"
    assert "@" not in reason_of(detail[:cut])


def test_of_very_many_reasons_the_rest_are_counted_together() -> None:
    tallies = Tallies()
    for number in range(40):
        tallies.left("a.csv", Skipped("a.csv", number, f"reason {number}"))
    told = tallies.reasons["a.csv"]
    assert len(told) == MOST_REASONS + 1
    assert told[OTHER_REASONS] == 40 - MOST_REASONS and sum(told.values()) == 40
