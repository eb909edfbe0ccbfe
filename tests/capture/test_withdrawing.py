"""An import withdrawn leaves the archive as it was before it, and can be made again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archiver.archive.seals import seal
from archiver.archive.search import search
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Home
from archiver.errors import RuleError
from archiver.items import Access
from tests.capture.import_home import count, imported, looking, new_home
from tests.capture.withdrawn_home import alike, everything, withdrawn
from tests.exports.x_downloads import day, full_download, manifest, post, snowflake, write_zip, ytd


@pytest.fixture(autouse=True)
def _a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")


def sealed(home: Home) -> None:
    with Archive.open(home, write=True) as archive:
        seal(archive, now="2026-07-01T10:00:00Z")


def test_a_withdrawn_import_leaves_nothing_but_its_trace(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    before = everything(home)
    run = imported(home, write_zip(tmp_path / "a.zip", full_download())).run
    sealed(home)
    brought = count(home, "records") + count(home, "records", Access.PRIVATE)
    done = withdrawn(home, run)
    assert done.records == brought
    assert done.originals == 1
    assert everything(home) == before
    found = verify(home)
    assert found.ok, found.findings[:3]


def test_the_trace_says_who_when_why_how_much_and_of_which_file(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    report = imported(home, write_zip(tmp_path / "a.zip", full_download()))
    withdrawn(home, report.run, reason="it was the fire department's")
    with looking(home) as archive:
        row = archive.private.execute(
            "SELECT actor, at, reason, detail FROM withdrawals WHERE run_id = ?", (report.run,)
        ).fetchone()
        told = archive.public.execute(
            "SELECT detail FROM audit WHERE action = 'import withdrawn'"
        ).fetchone()
    assert tuple(row)[:3] == ("odile", "2026-07-02T09:00:00Z", "it was the fire department's")
    assert report.sha256 in row["detail"]
    assert "a.zip" in row["detail"]
    assert report.sha256 in told["detail"]
    assert "a.zip" not in told["detail"], "the name may be private"


def test_the_same_file_is_imported_again_as_if_never_before(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    file = write_zip(tmp_path / "a.zip", full_download())
    first = imported(home, file)
    wanted = alike(home)
    for _ in range(2):
        withdrawn(home, first.run)
        again = imported(home, file)
        assert again.outcome == first.outcome
        assert again.total == first.total
        assert alike(home) == wanted
        first = again
    assert verify(home).ok


WORDS = ("heron", "pond", "bridge", "storm", "swing")


def _download(draw: Any, made: str) -> dict[str, bytes]:
    """A download of some of twelve posts, some edited or deleted, with pictures and followers."""
    chosen = draw(st.lists(st.integers(0, 11), unique=True, max_size=8))
    files = full_download() if draw(st.booleans()) else {}
    base = full_download()
    for name in ("data/account.js", "data/profile.js", "data/manifest.js"):
        files.setdefault(name, base[name])
    posts, deleted = [], []
    for n in chosen:
        text = f"Notice {n} about the {draw(st.sampled_from(WORDS))}"
        entry = post(
            text,
            day(40 + n),
            native_id=snowflake(day(40 + n)),
            favorite_count=str(draw(st.integers(0, 2))),
        )
        if draw(st.integers(0, 4)) == 0:
            deleted.append(
                post(
                    text,
                    day(40 + n),
                    native_id=snowflake(day(40 + n)),
                    deleted_at="2026-05-25T10:00:00.000Z",
                )
            )
            continue
        posts.append(entry)
        if draw(st.booleans()):
            own = entry["tweet"]["id_str"]
            picture = b"\xff\xd8\xff" + str(draw(st.integers(0, 3))).encode() * 40
            files[f"data/tweets_media/{own}-a.jpg"] = picture
            media = [
                {
                    "id_str": "1",
                    "media_url_https": "https://pbs.example.com/media/a.jpg",
                    "type": "photo",
                }
            ]
            entry["tweet"]["extended_entities"] = {"media": media}
    files["data/tweets.js"] = ytd("tweets", posts)
    files["data/deleted-tweets.js"] = ytd("deleted_tweets", deleted)
    people = draw(st.lists(st.integers(0, 5), unique=True))
    files["data/follower.js"] = ytd(
        "follower", [{"follower": {"accountId": str(4_000_000_000 + n)}} for n in people]
    )
    files["data/manifest.js"] = manifest(
        {"data/tweets.js": len(posts), "data/follower.js": len(people)}, generated=made
    )
    return files


@st.composite
def two_downloads(draw: Any) -> tuple[dict[str, bytes], dict[str, bytes]]:
    days = draw(st.permutations(["2026-06-01T08:00:00.000Z", "2026-06-02T08:00:00.000Z"]))
    return _download(draw, days[0]), _download(draw, days[1])


@contextmanager
def room() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def found_by(home: Home) -> list[Any]:
    """What searches find, and who stood on the list on each of these days."""
    found: list[Any] = []
    with looking(home) as archive:
        files = {"archive": archive.public, "private": archive.private}
        for word in (*WORDS, "notice", "swing OR heron"):
            page = search(files, word, time_zone="UTC", size=100, budget_ms=1_000)
            found.append([(hit.file, hit.id, str(hit)) for hit in page.rows])
        for when in ("2026-05-31", "2026-06-01T12", "2026-06-03", "2026-07-02"):
            listed = archive.private.execute(
                """
                SELECT native_id FROM subscribers
                WHERE from_at <= ?1 AND (to_at IS NULL OR to_at > ?1) ORDER BY 1
                """,
                (when,),
            )
            found.append([row["native_id"] for row in listed])
    return found


@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(two_downloads())
def test_withdrawing_the_second_import_gives_back_the_state_after_the_first(
    downloads: tuple[dict[str, bytes], dict[str, bytes]],
) -> None:
    with room() as folder:
        home = new_home(folder / "home")
        imported(home, write_zip(folder / "a.zip", downloads[0]))
        first, shown = everything(home), found_by(home)
        file = write_zip(folder / "b.zip", downloads[1])
        second = imported(home, file)
        both = alike(home)
        sealed(home)
        if second.outcome == "unchanged":
            with pytest.raises(RuleError, match="brought nothing"):
                withdrawn(home, second.run)
            return
        withdrawn(home, second.run)
        assert everything(home) == first
        assert found_by(home) == shown
        found = verify(home)
        assert found.ok, found.findings[:3]
        imported(home, file)
        assert alike(home) == both
        found = verify(home)
        assert found.ok, found.findings[:3]
