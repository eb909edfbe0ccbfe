"""Edits and repeats: whatever order they come in, the archive ends in one state."""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.archive.originals import StoredOriginal, store_original
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.writing import AccountRef, batch, begin_run
from archiver.config import Home
from archiver.items import Access, Item, Kind, Visibility

Make = Callable[..., Item]
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STATE = """
    SELECT native_id, kind, text, created_at, edited_at, edit_id, visibility, presence, removed_at,
        version_count, metrics, first_seen_at
    FROM records ORDER BY kind, native_id
"""


def edit(make: Make, position: int) -> Item:
    return make(
        "100",
        f"text of edit {position}",
        edit_id=str(100 + position),
        edit_position=position,
        edited_at=f"2026-08-14T15:0{position}:00Z" if position else None,
    )


def state(archive: Archive) -> list[tuple[object, ...]]:
    return [tuple(row) for row in archive.public.execute(STATE)]


def test_an_edit_chain_in_any_order_and_any_batches_ends_in_the_same_state(
    new_home: Callable[[str], Home], account: AccountRef, item: Make
) -> None:
    ends = set()
    for number, order in enumerate(itertools.permutations(range(3))):
        for together in (True, False):
            home = new_home(f"{number}{together}")
            with Archive.open(home, write=True) as archive:
                run = begin_run(archive, account, source="x-download")
                chains = [order] if together else [(position,) for position in order]
                for chain in chains:
                    with batch(archive, run) as opened:
                        items = [edit(item, position) for position in chain]
                        opened.add(items, observed_at="2026-08-15T00:00:00Z")
                with batch(archive, run) as opened:
                    again = opened.add(
                        [edit(item, position) for position in order],
                        observed_at="2026-08-16T00:00:00Z",
                    )
                assert [outcome.value for outcome in again] == ["duplicate"] * 3
                ends.add(tuple(state(archive)))
            assert verify(home).findings == []
    assert len(ends) == 1
    (end,) = ends
    assert end[0][2] == "text of edit 2" and end[0][9] == 3


_OBSERVED = st.lists(
    st.tuples(
        st.integers(0, 5),  # which record
        st.sampled_from("ABC"),  # which text
        st.sampled_from(list(Visibility)[:3]),
        st.booleans(),  # stated as deleted
        st.integers(0, 3),  # counter
    ),
    max_size=25,
)


def _items(make: Make, seen: Sequence[tuple[int, str, Visibility, bool, int]]) -> list[Item]:
    return [
        make(
            str(number),
            text,
            visibility=visibility,
            removed_at="2026-08-14T20:00:00Z" if removed else None,
            metrics={"likes": likes},
        )
        for number, text, visibility, removed, likes in seen
    ]


@FEW
@given(st.lists(_OBSERVED, max_size=5), st.lists(st.integers(1, 9), max_size=5))
def test_whatever_is_observed_in_whatever_order_verify_derives_the_same_state(
    make_home, account: AccountRef, one_item: Make, walks: list, days: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        with Archive.open(home, write=True) as archive:
            run = begin_run(archive, account, source="x-download")
            for walk, day in zip(walks, days, strict=False):
                with batch(archive, run) as opened:
                    opened.add(_items(one_item, walk), observed_at=f"2026-08-1{day}T00:00:00Z")
        assert verify(home).findings == []


@FEW
@given(st.permutations(range(24)), st.integers(1, 24))
def test_adding_is_idempotent_in_any_order_of_batches(
    make_home, account: AccountRef, one_item: Make, order: list[int], size: int
) -> None:
    items = [
        one_item(str(n), f"text {n}", kind=Kind.POST if n % 3 else Kind.COMMENT) for n in range(24)
    ]
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        with Archive.open(home, write=True) as archive:
            run = begin_run(archive, account, source="x-download")
            for _ in range(2):
                for start in range(0, len(order), size):
                    with batch(archive, run) as opened:
                        opened.add(
                            [items[at] for at in order[start : start + size]],
                            observed_at="2026-08-15T00:00:00Z",
                        )
            assert archive.public.execute("SELECT count(*) FROM versions").fetchone()[0] == 24
            texts = [(row[0], row[2]) for row in state(archive)]
        assert sorted(texts) == sorted((str(n), f"text {n}") for n in range(24))
        assert verify(home).findings == []


def test_a_download_listing_an_edited_post_twice_keeps_both_versions(rig, item: Make) -> None:
    outcomes = rig.add(edit(item, 1), edit(item, 0), edit(item, 1))
    assert sorted(outcomes) == ["duplicate", "new version", "stored"]
    current = rig.rows("SELECT text, edit_id FROM records")
    assert current == [("text of edit 1", "101")]


@pytest.fixture
def download(rig, tmp_path: Path) -> StoredOriginal:
    """A file that items were read from."""
    path = tmp_path / "download.zip"
    path.write_bytes(b"PK")
    return store_original(rig.archive, rig.run, path, access=Access.PUBLIC, name=path.name)


@pytest.mark.parametrize("edit_id", [None, "101"])
def test_a_download_that_tells_a_record_twice_in_other_words_changes_nothing_the_next_time(
    rig, item: Make, download: StoredOriginal, edit_id: str | None
) -> None:
    told = [item("1", f"in the {one} file", edit_id=edit_id) for one in ("first", "second")]
    assert rig.add(*told, original=download) == ["stored", "new version"]
    for at in ("2026-08-16T00:00:00Z", "2026-08-17T00:00:00Z"):
        assert rig.add(*told, original=download, at=at) == ["duplicate"] * 2
    assert rig.wrong() == []


def test_what_such_a_download_told_and_now_stands_alone_is_an_edit(
    rig, item: Make, download: StoredOriginal
) -> None:
    one, other = item("1", "in one file"), item("1", "in another file")
    rig.add(one, other, original=download)
    again = rig.add(one, one, original=download, at="2026-08-16T00:00:00Z")
    assert again == ["new version", "duplicate"]
    assert rig.one("SELECT text FROM records") == "in one file"


def test_words_that_came_back_at_the_same_moment_by_another_road_are_an_edit(
    rig, item: Make, download: StoredOriginal
) -> None:
    one, other = item("1", "first"), item("1", "changed")
    rig.add(one, original=download)
    assert rig.add(other) == ["new version"]
    assert rig.add(one, at="2026-08-16T00:00:00Z") == ["new version"]
    assert rig.one("SELECT text FROM records") == "first"


def test_a_record_whose_date_is_learned_later_keeps_its_id_and_is_found_by_its_date(
    rig, item: Make
) -> None:
    rig.add(item("1", created_at=None))
    before = rig.one("SELECT id FROM records")
    rig.add(item("1", "edited", created_at="2020-01-01T00:00:00Z"), at="2026-08-16T00:00:00Z")
    assert rig.one("SELECT id FROM records") == before
    assert rig.one("SELECT count(*) FROM displaced") == 1
    assert rig.wrong() == []


def test_reading_while_another_program_writes_sees_whole_batches(
    rig, item: Make, city: Home
) -> None:
    reader = sqlite3.connect(city.archive_db)
    counts = []
    for number in range(3):
        with batch(rig.archive, rig.run) as opened:
            opened.add(
                [item(f"{number}-{n}") for n in range(10)], observed_at="2026-08-15T00:00:00Z"
            )
            counts.append(reader.execute("SELECT count(*) FROM records").fetchone()[0])
    reader.close()
    assert counts == [0, 10, 20]


def test_a_record_whose_id_no_platform_would_give_is_known_again(rig, item: Make) -> None:
    odd = [item(name, f"text of {name!r}") for name in ("a", "a\0b", "\0", "\ud800")]
    assert rig.add(*odd) == ["stored"] * 4
    assert rig.add(*odd, at="2026-08-16T00:00:00Z") == ["duplicate"] * 4
    assert rig.wrong() == []


def test_a_record_told_twice_with_other_dates_is_found_by_the_later_ones(rig, item: Make) -> None:
    first = item("1", created_at="2019-01-01T00:00:00Z")
    assert rig.add(first, item("1", "again", created_at="2020-01-01T00:00:00Z")) == [
        *("stored", "new version")
    ]
    assert rig.one("SELECT created_at FROM records") == "2020-01-01T00:00:00Z"
    assert rig.wrong() == []
