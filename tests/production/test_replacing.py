"""A volume that went out wrong is replaced: its numbers with a suffix, and the reason said."""

from __future__ import annotations

import json

import pypdfium2
import pytest

from archiver.errors import InputError, RuleError, StorageError
from archiver.production.produce import produce
from archiver.production.releasing.checks import objections, standing_of
from archiver.production.releasing.going_out import volumes_named, volumes_waiting
from archiver.production.verify import verify_production
from archiver.requests.book import decide
from archiver.requests.reviewing.instalments import move, plan

NOW = "2026-11-21T18:00:00Z"
WHY = "A library card number was left uncovered."


def replaced(city, number: str, volume: int, reason: str = WHY):
    [made] = produce(
        *(city.home, city.office, city.archive, number),
        actor="of",
        now=NOW,
        replaces=(volume, reason),
    )
    return made


def replaced_with(city, number: str, volume: int, reason: str, **more):
    return produce(
        *(city.home, city.office, city.archive, number),
        actor="of",
        now=NOW,
        replaces=(volume, reason),
        **more,
    )


def text_of(made) -> str:
    document = pypdfium2.PdfDocument(made.folder / "packet.pdf")
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())


@pytest.fixture
def twice(city):
    """A request with two volumes, a record in each."""
    number = city.ask()
    first, second = city.collect(number, city.store("1", "Lamp one"), city.store("2", "Lamp two"))
    city.release(number, first)
    plan(city.office, number, actor="of", title="The rest")
    move(city.office, number, [second], 2, actor="of")
    volumes = produce(
        *(city.home, city.office, city.archive, number), actor="of", now=NOW, instalment=1
    )
    city.release(number, second)
    volumes += produce(
        *(city.home, city.office, city.archive, number), actor="of", now=NOW, instalment=2
    )
    return number, (first, second), volumes


def test_a_replacement_bears_the_numbers_again_with_a_suffix(city, twice) -> None:
    number, (first, _), (one, two) = twice
    city.withhold(number, first, acknowledge_earlier=True, note_text="overlooked")
    made = replaced(city, number, 1)
    assert made.volume == 3
    assert (made.first_bates, made.released, made.withheld) == ("AG-000001.R1", 0, 1)
    text = text_of(made)
    assert f"It replaces volume 1 ({one.first_bates} to {one.last_bates})" in text
    assert "A library card number was left uncovered." in text
    assert "Lamp one" not in text
    assert "Lamp two" not in text
    assert verify_production(made.folder).ok
    manifest = json.loads((made.folder / "manifest.json").read_text())
    assert manifest["pages"]["first"] == "AG-000001.R1"
    again = replaced(city, number, 3, "The sheet named the wrong section.")
    assert again.first_bates == "AG-000001.R2"
    assert verify_production(two.folder).ok
    new = city.collect(number, city.store("3", "Lamp three"))[-1]
    city.release(number, new)
    [further] = produce(*(city.home, city.office, city.archive, number), actor="of", now=NOW)
    assert int(further.first_bates.split("-")[1]) == int(two.last_bates.split("-")[1]) + 1


def test_an_undecided_record_of_another_instalment_is_not_in_the_way(city, twice) -> None:
    number, (first, second), _ = twice
    city.withhold(number, first, acknowledge_earlier=True, note_text="overlooked")
    city.collect(number, city.store("4", "Lamp four"))
    assert replaced(city, number, 1).withheld == 1
    decide(city.office, number, [second], "undecided", actor="of")
    with pytest.raises(RuleError, match=rf"no decision yet \({second}\)"):
        replaced(city, number, 2)


@pytest.mark.parametrize(
    ("volume", "reason", "told"),
    [(1, " ", "say why"), (9, WHY, "has no volume 9")],
)
def test_what_cannot_be_replaced_is_said_in_one_line(city, twice, volume, reason, told) -> None:
    number, _, _ = twice
    with pytest.raises(InputError, match=told):
        replaced(city, number, volume, reason)


def test_a_volume_is_replaced_once_and_then_its_replacement(city, twice) -> None:
    number, (first, _), _ = twice
    made = replaced(city, number, 1)
    assert replaced(city, number, 1) == made
    with pytest.raises(InputError, match="by volume 3 already"):
        replaced(city, number, 1, "For another reason.")
    city.withhold(number, first, acknowledge_earlier=True, note_text="overlooked")
    with pytest.raises(InputError, match="by volume 3 already"):
        replaced(city, number, 1)


def test_a_longer_replacement_never_takes_the_numbers_of_another(city, twice) -> None:
    number, _, (one, two) = twice
    longer = [
        replaced_with(city, number, 1, "It was printed too small.", most_pages=1),
        replaced_with(city, number, 2, "It was printed too small.", most_pages=1),
    ]
    taken = [
        (each["prefix"], each["page"])
        for each in city.office.execute("SELECT prefix, page FROM bates_pages")
    ]
    assert len(taken) == len(set(taken))
    assert longer[0][0].first_bates == "AG-000001.R1"
    assert longer[1][0].first_bates.startswith(two.first_bates)
    assert one.first_bates == "AG-000001"


def test_a_replaced_volume_does_not_go_out_by_itself(city, twice) -> None:
    number, _, _ = twice
    replaced(city, number, 1)
    named = volumes_named(city.office, city.home, number, ())
    assert [each.volume for each in named] == [2, 3]
    assert volumes_waiting(city.office, private=True) == {number: 2}
    standing = standing_of(city.office, city.home.settings(), number)
    [earlier] = volumes_named(city.office, city.home, number, (1,))
    told = list(objections(city.office, standing, earlier, files=False))
    assert "it was replaced by volume 3: release that one" in told


def test_a_folder_in_the_way_is_never_written_over(city, twice) -> None:
    number, _, (_, two) = twice
    place = city.home.productions / number / "VOL003"
    place.mkdir()
    (place / "kept").write_text("by a newer office.db")
    with pytest.raises(StorageError, match="move it aside"):
        replaced(city, number, 2)
    assert (place / "kept").read_text() == "by a newer office.db"
    assert verify_production(two.folder).ok
