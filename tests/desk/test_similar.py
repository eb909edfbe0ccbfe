"""Records that say the same and names of minors, at the desk."""

from __future__ import annotations

import re
from typing import Any

import pytest

from archiver.archive.runs import AccountRef
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind, Visibility
from archiver.register.office import open_office
from archiver.requests.book import add_items, decide, items_of, new_request

Browser = Any
NUMBER = "AG-2026-0001"
SIMILAR = f"/requests/{NUMBER}/similar"
PERSONAL = f"/requests/{NUMBER}/personal"
SKATE = "The lights at the skate park have been out since May and nobody answers"
TEXTS = (
    SKATE,
    SKATE.upper(),
    SKATE.replace("May", "June"),
    "Thank you for the new trees, call 760-346-0611 or (760) 346 0611",
)
ACCOUNT = AccountRef(1, "x", "alderglen", "City of Alder Glen", "Parks", "", "12", "official")


@pytest.fixture
def collected(city: Home) -> Home:
    """A request with three records that say the same, one of them private, and another one."""
    with Archive.open(city, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="x-download")
        with batch(archive, run) as adding:
            for at, text in enumerate(TEXTS):
                raw = f'"{at}"'.encode()
                private = at == 2
                adding.add(
                    [
                        Item(
                            "x",
                            Kind.MESSAGE if private else Kind.COMMENT,
                            f"9{at}",
                            Author("id-90", "jfrost", "J. Frost", AuthorRole.PUBLIC),
                            f"2026-11-1{at}T10:00:00Z",
                            text,
                            raw,
                            raw,
                            visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
                        )
                    ],
                    observed_at="2026-11-17T10:00:00Z",
                )
        finish_run(archive, run, outcome="complete", notes={})
        files = {"archive": archive.public, "private": archive.private}
        picked = [
            (file, row[0])
            for file, connection in files.items()
            for row in connection.execute("SELECT id FROM records WHERE native_id LIKE '9_'")
        ]
        office = open_office(city)
        new_request(
            office,
            city.settings(),
            actor="test",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim="Everything about the skate park.",
        )
        add_items(office, files, NUMBER, picked, actor="test")
        office.close()
    return city


def choices(home: Home) -> dict[int, str]:
    """What is decided, by item."""
    office = open_office(home)
    found = {item.id: item.decision.choice.value for item in items_of(office, NUMBER)}
    office.close()
    return found


def release_first(home: Home) -> None:
    office = open_office(home)
    decide(office, NUMBER, [1], "release", actor="test")
    office.close()


async def test_what_says_the_same_stands_together_with_what_differs(
    collected: Home, odile: Browser
) -> None:
    page = (await odile.get(SIMILAR)).text
    assert "2 records repeat another of this request, in 1 group" in page
    assert "The same words" in page and "92 % of the words the same" in page
    assert "<del>May</del>" in page and "<ins>June</ins>" in page
    assert "new trees" not in page
    assert "Decide item 1 first" in page


async def test_whoever_may_not_see_private_records_learns_of_none(
    collected: Home, clerk: Browser
) -> None:
    page = (await clerk.get(SIMILAR)).text
    assert "1 record repeats another of this request, in 1 group" in page
    assert "June" not in page and "92 %" not in page
    release_first(collected)
    assert (await clerk.post(SIMILAR, {"leader": "1", "item": "4:0"})).status_code == 404
    assert (await clerk.get(f"{SIMILAR}?of=4")).status_code == 404


async def test_ticked_records_become_duplicates_of_the_first(
    collected: Home, odile: Browser
) -> None:
    early = await odile.post(SIMILAR, {"leader": "1", "item": ["2:0"]})
    assert early.status_code == 422 and "that is decided and no duplicate itself" in early.text
    release_first(collected)
    answer = await odile.post(SIMILAR, {"leader": "1", "item": ["2:0", "4:0"]})
    assert answer.headers["location"] == f"{SIMILAR}?marked=2"
    assert choices(collected) == {1: "release", 2: "duplicate", 3: "undecided", 4: "duplicate"}
    assert "Duplicate of 1" in (await odile.get(SIMILAR)).text


async def test_of_two_clerks_the_second_is_told_and_nothing_is_changed(
    collected: Home, odile: Browser
) -> None:
    release_first(collected)
    office = open_office(collected)
    decide(office, NUMBER, [4], "release", actor="another")
    office.close()
    answer = await odile.post(SIMILAR, {"leader": "1", "item": ["2:0", "4:0"]})
    assert answer.status_code == 422 and "someone else decided item 4" in answer.text.lower()
    assert choices(collected)[2] == "undecided"


@pytest.mark.parametrize("item", ["2", "2:x", "99:0", "2:0:0", "٣:0", "9" * 5_000 + ":0"])
async def test_invented_ticks_are_not_there(collected: Home, odile: Browser, item: str) -> None:
    release_first(collected)
    assert (await odile.post(SIMILAR, {"leader": "1", "item": [item]})).status_code == 404


async def test_an_empty_page_says_so_and_nothing_ticked_is_told(
    collected: Home, odile: Browser
) -> None:
    answer = await odile.post(SIMILAR, {"leader": "1"})
    assert answer.status_code == 422 and "ick the records that say the same" in answer.text
    assert (await odile.get("/requests/AG-2026-0099/similar")).status_code == 404


async def test_a_minors_name_is_marked_and_taken_out(collected: Home, odile: Browser) -> None:
    address = f"/requests/{NUMBER}/minors"
    assert "No name is marked" in (await odile.get(address)).text
    assert (await odile.post(address, {"name": "x"})).status_code == 422
    assert (await odile.post(address, {"name": "Maribel <Ochoa>"})).status_code == 303
    page = (await odile.get(address)).text
    assert "Maribel &lt;Ochoa&gt;" in page
    assert (await odile.post(f"{address}/1/remove")).status_code == 303
    assert (await odile.post(f"{address}/1/remove")).status_code == 422
    assert "No name is marked" in (await odile.get(address)).text
    assert "Names of minors" in (await odile.get(f"/requests/{NUMBER}")).text


async def test_the_same_words_are_answered_once_for_all(collected: Home, odile: Browser) -> None:
    page = (await odile.get(PERSONAL)).text
    assert "2 places in the records of this request look like personal data" in page
    assert "760-346-0611" in page and "Telephone" in page
    words = page.split('name="words" value="')[1].split('"')[0]
    changed = await odile.post(PERSONAL, {"words": words, "count": "1"})
    assert changed.status_code == 422 and "look again" in changed.text
    answer = await odile.post(PERSONAL, {"words": words, "count": "2"})
    assert answer.headers["location"] == f"{PERSONAL}?answered=2"
    assert "Nothing waits for an answer" in (await odile.get(PERSONAL)).text


async def test_a_private_finding_is_shown_to_nobody_else_and_noted_when_shown(
    collected: Home, clerk: Browser
) -> None:
    with Archive.open(collected, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="x-download")
        said = b"SSN"
        with batch(archive, run) as adding:
            adding.add(
                [
                    Item(
                        *("x", Kind.MESSAGE, "97", Author("id-90", "jfrost", "J. Frost")),
                        *("2026-11-10T10:00:00Z", "My SSN is 219-09-9998", said, said),
                        visibility=Visibility.PRIVATE,
                    )
                ],
                observed_at="2026-11-17T10:00:00Z",
            )
        finish_run(archive, run, outcome="complete", notes={})
        found = archive.private.execute("SELECT id FROM records WHERE native_id = '97'").fetchone()
        office = open_office(collected)
        files = {"archive": archive.public, "private": archive.private}
        add_items(office, files, NUMBER, [("private", found[0])], actor="test")
        office.close()
    assert "219-09" not in (await clerk.get(PERSONAL)).text
    await clerk.client.post("/sign-out", data={"form_key": clerk.form_key})
    assert (await clerk.sign_in("odile")).status_code == 303
    assert "219-09-9998" in (await clerk.get(PERSONAL)).text


async def test_a_search_says_which_of_its_hits_repeat_one_above(
    collected: Home, clerk: Browser
) -> None:
    page = (await clerk.get("/search", params={"q": "skate park"})).text
    assert page.count("The same words as") == 1
    [above] = set(re.findall(r'href="#(hit-archive-\d+)"', page))
    assert page.index(f'id="{above}"') < page.index("The same words as")
    assert "June" not in page
