"""A long production comes in volumes: nothing twice, nothing lost, and all pointers lead there."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.production.printing import print_volumes
from archiver.production.produce import produce
from archiver.production.release import Duplicate, LeftOut, Withheld
from archiver.production.verify import verify_production
from archiver.production.volumes import halves, parts_of


def long_release(people, folder, conversations: int = 6, answers: int = 5):
    """Conversations whose every answer points at the first record, and sheets that are pointed at
    from elsewhere."""
    records = []
    for talk in range(conversations):
        first = people.record(f"{talk}0", f"Conversation {talk}. " + "The water rates. " * 60)
        records.append(first)
        for number in range(1, answers + 1):
            records.append(
                people.resident(
                    f"{talk}{number}",
                    f"Answer {number} in {talk}. " + "I do not agree at all. " * 60,
                    number,
                    thread=first.thread,
                    parent=first.key,
                )
            )
    left = LeftOut(1, False, "withheld", 2, None)
    records[0] = people.record(
        "00", "Conversation 0. " + "The water rates. " * 60, number=2, left_out=(left,)
    )
    return people.release(
        folder,
        records=tuple(records),
        withheld=tuple(Withheld(f"w{n}", ("Gov. Code § 7927.700",)) for n in range(3)),
        duplicates=(Duplicate("00", None, None), Duplicate(None, "w2", None)),
    )


def text_of(volume) -> str:
    reader = pypdf.PdfReader(volume.folder / "packet.pdf")
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.fixture(scope="module")
def volumes(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("volumes")
    release = long_release(people, folder)
    return release, print_volumes(release, folder, 31, most_pages=14)


def test_every_volume_is_short_enough_and_numbers_run_through(volumes) -> None:
    _, made = volumes
    assert len(made) > 2
    assert all(one.packet.pages.pages <= 14 for one in made)
    assert made[0].packet.pages.first == 31
    for before, after in pairwise(made):
        assert after.packet.pages.first == before.packet.pages.last + 1


def test_every_record_and_sheet_stands_in_one_volume(volumes) -> None:
    release, made = volumes
    printed = [record.key for one in made for record in one.packet.order]
    assert sorted(printed) == sorted(record.key for record in release.records)
    sheets = [key for one in made for key in one.packet.sheets]
    assert sorted(sheets) == sorted(one.key for one in release.withheld)


def test_what_points_into_another_volume_names_the_page_there(volumes) -> None:
    _, made = volumes
    pages = {key: one.first for volume in made for key, one in volume.packet.printed.items()}
    pages |= {key: page for volume in made for key, page in volume.packet.sheets.items()}
    across = 0
    for volume in made:
        here = {record.key for record in volume.packet.order}
        for record in volume.packet.order:
            if record.answers and record.parent is None:
                across += 1
                assert record.earlier_page == f"AG-{pages[record.key[0] + '0']:06d}"
            elif record.answers:
                assert record.parent in here
    assert across
    text = text_of(made[0])
    assert f"see the sheet on page AG-{pages['w1']:06d}, in another volume" in text
    last = text_of(made[-1])
    assert f"the same as the record on page AG-{pages['00']:06d}, in another volume" in last
    assert f"the withheld record on page AG-{pages['w2']:06d}" in last


def test_the_first_volume_carries_the_letter_and_the_others_say_where_it_is(volumes) -> None:
    _, made = volumes
    first, *others = (text_of(one) for one in made)
    assert f"in {len(made)} volumes, numbered 1 to {len(made)}" in first
    assert "Statement of search" in first
    assert "3 records are withheld in full" in first
    assert "36 records released in full" in first
    assert "Responsible for the withholding: Odile Farrow, City Clerk" in first
    for number, text in enumerate(others, 2):
        assert f"this volume continues volume {number - 1}" in text
        assert "The request, in the words the city worked from" not in text
        assert "Index of records" in text


def test_the_same_release_gives_the_same_bytes_again(volumes, people, tmp_path) -> None:
    release, made = volumes
    again = print_volumes(release, tmp_path, 31, most_pages=14)
    assert [one.manifest_sha256 for one in again] == [one.manifest_sha256 for one in made]


def test_every_volume_conforms(volumes, failures) -> None:
    _, made = volumes
    for flavour in ("ua1", "3a"):
        assert not failures(made[1].folder / "packet.pdf", flavour)


def test_a_production_in_volumes_is_entered_whole(city) -> None:
    number = city.ask()
    records = [city.store(str(n), f"Lamp {n}. " + "It is dark here. " * 90) for n in range(12)]
    items = city.collect(number, *records)
    city.release(number, *items[:-1])
    city.withhold(number, items[-1])
    made = produce(
        *(city.home, city.office, city.archive, number),
        actor="of",
        now="2026-11-20T18:00:00Z",
        most_pages=12,
    )
    assert [each.volume for each in made] == list(range(1, len(made) + 1))
    assert len(made) > 1
    assert sum(each.released for each in made) == 11
    assert sum(each.withheld for each in made) == 1
    assert all(verify_production(each.folder).ok for each in made)
    [again] = produce(
        *(city.home, city.office, city.archive, number), actor="of", now="2026-11-21T18:00:00Z"
    )
    assert again == made[-1]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=25), st.integers(2, 40))
def test_cutting_keeps_everything_in_its_order(people, sizes, most) -> None:
    records = tuple(
        people.record(f"{n:03d}", "word " * 100 * size, thread=f"t{n // 4}")
        for n, size in enumerate(sizes)
    )
    release = people.release(Path("nowhere"), records=records, withheld=())
    parts = parts_of(release, most)
    kept = [record.key for part in parts for record in part.records]
    assert kept == [record.key for record in records]
    for part in parts:
        cut = halves(part)
        assert [record for half in cut for record in half.records] == list(part.records)
        assert len(part.records) + len(part.withheld) < 2 or len(cut) == 2
