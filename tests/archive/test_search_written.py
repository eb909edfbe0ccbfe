"""What the writer stores is found: edits, removals, names, pictures, messages, days."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from archiver.archive.indexing import check_index
from archiver.archive.search import Results, search
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind, MediaRef, Visibility

Make = Callable[..., Item]
JANE = Author("77", "jane.roe", "Jane Roe", AuthorRole.PUBLIC)
CITY = Author("12", "AlderGlen", "City of Alder Glen", AuthorRole.AGENCY)


class City:
    """An archive that is written to and searched."""

    def __init__(self, archive: Archive, account: AccountRef) -> None:
        self.archive = archive
        self.run = begin_run(archive, account, source="x-download")

    def add(self, *items: Item, at: str = "2026-08-15T00:00:00Z") -> None:
        """Store items in one batch."""
        with batch(self.archive, self.run) as opened:
            opened.add(items, observed_at=at)

    def find(self, text: str, **more: object) -> Results:
        """Search both files."""
        files = {"archive": self.archive.public, "private": self.archive.private}
        return search(files, text, time_zone="America/Los_Angeles", **more)

    def texts(self, text: str) -> list[str]:
        """The texts of the hits, newest first."""
        return [hit.snippet.text for hit in self.find(text).rows]


@pytest.fixture
def city(new_home: Callable[[str], Home], account: AccountRef) -> Iterator[City]:
    with Archive.open(new_home("searched"), write=True) as archive:
        made = City(archive, account)
        yield made
        check_index(archive.public)
        check_index(archive.private)


def test_an_edited_record_is_found_by_both_texts(city: City, item: Make) -> None:
    city.add(item("1", "The pool is closed"))
    city.add(item("1", "The pool is open again"), at="2026-08-16T00:00:00Z")
    (hit,) = city.find("closed").rows
    assert hit.snippet.text == "The pool is open again"
    assert hit.found_in == ("an earlier version",)
    assert hit.has("edited")
    assert city.texts("is:edited pool") == ["The pool is open again"]


def test_a_removed_record_is_found_as_removed(city: City, item: Make) -> None:
    city.add(item("1", "Park closure"))
    assert city.texts("is:removed") == []
    with batch(city.archive, city.run) as opened:
        opened.gone((Kind.POST, "1"), at="2026-09-01T00:00:00Z", exchange=None)
    (hit,) = city.find("park is:removed").rows
    assert hit.has("removed")
    assert city.texts("park is:live") == []


def test_names_pictures_and_roles_are_found(city: City, item: Make) -> None:
    picture = MediaRef("k", name="detour-map.png", alt_text="a heron by the pond")
    city.add(
        item("1", "Look", author=CITY, media=(picture,)),
        item("2", "When?", kind=Kind.COMMENT, author=JANE, created_at="2026-08-14T15:00:00Z"),
    )
    assert city.texts("heron") == city.texts("detour") == city.texts("has:picture") == ["Look"]
    assert city.texts("from:residents") == city.texts('from:"jane roe"') == ["When?"]
    assert city.texts("from:city") == ["Look"]
    assert city.texts("from:@jane.roe kind:reply") == ["When?"]


def test_messages_lie_in_the_private_file_and_know_their_recipients(city: City, item: Make) -> None:
    city.add(
        item(
            "9",
            "Can deliveries use the alley?",
            kind=Kind.MESSAGE,
            visibility=Visibility.PRIVATE,
            author=JANE,
            recipients=(CITY,),
        )
    )
    (hit,) = city.find("to:alderglen alley").rows
    assert hit.file == "private"
    public = {"archive": city.archive.public}
    assert search(public, "alley", time_zone="UTC").count == 0


def test_hidden_and_pending_records_are_found_as_such(city: City, item: Make) -> None:
    city.add(
        item("1", "rude words", kind=Kind.COMMENT, visibility=Visibility.HIDDEN),
        item("2", "kind words", kind=Kind.COMMENT, visibility=Visibility.PENDING),
    )
    assert city.texts("words is:hidden") == ["rude words"]
    assert city.texts("words state:pending") == ["kind words"]


def test_words_in_every_script_are_found_in_what_was_stored(city: City, item: Make) -> None:
    texts = {
        "封路": "磨坊街封路期間🚧",
        "プール": "プールを閉鎖します",
        "น้ำท่วม": "ประกาศน้ำท่วมใกล้สวน",
        "ផ្លូវ": "បានបិទផ្លូវដោយសារ",
        "ਬੰਦ": "ਪਾਰਕ ਬੰਦ ਹੈ",
        "cierre": "El CIERRE del parque",
    }
    city.add(*(item(str(number), text) for number, text in enumerate(texts.values(), 1)))
    for word, text in texts.items():
        assert city.texts(word) == [text]


def test_text_no_database_can_hold_is_still_found_and_shown(city: City, item: Make) -> None:
    city.add(item("1", "half an emoji \ud83d and NUL \0 park\u202eclosure"))
    (hit,) = city.find("parkclosure").rows
    hit.snippet.text.encode()
    assert "\ufffd" in hit.snippet.text


@pytest.mark.parametrize("created", ["1899-06-15T12:00:00Z", "2150-06-15T12:00:00Z", None])
def test_odd_dates_are_found(city: City, item: Make, created: str | None) -> None:
    city.add(item("1", "comet", created_at=created))
    (hit,) = city.find("comet").rows
    assert hit.undated == (created is None)
    day = created or "2026-08-14"
    assert city.find(f"comet after:{day[:10]} before:{int(day[:4]) + 1}").count == 1


def test_many_in_one_second_stay_on_their_day(city: City, item: Make) -> None:
    late = "2026-08-15T06:59:59Z"
    city.add(*(item(str(number), "rush", created_at=late) for number in range(30)))
    assert city.find("rush on:2026-08-14").count == 30
    assert city.find("rush on:2026-08-15").count == 0
