"""The same words throughout a request, what gives the covered away, and earlier releases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.errors import BusyError, InputError, RuleError
from archiver.items import Author, AuthorRole, Kind, MediaRef, Visibility
from archiver.register.office import audit_trail
from archiver.requests.book import (
    Claim,
    Request,
    add_items,
    decide,
    events_of,
    history_of,
    items_of,
    log_search,
    new_request,
    searches_of,
)
from archiver.requests.redacting.bars import Region, redactions_of
from archiver.requests.redacting.earlier import (
    Difference,
    conflicts_of,
    note_released,
    releases_of,
)
from archiver.requests.redacting.everywhere import cover_everywhere, find_everywhere
from archiver.requests.redacting.folding import fold, occurrences
from archiver.requests.redacting.redactions import Mark, add_redaction, fields_of_item
from archiver.requests.redacting.telling import companions, told_by_searches
from archiver.retention.quarantine import put_in_quarantine

NUMBER = "2026-0001"
CLAIM = Claim("7927.410")
FROST = Author("90", "jfrost", "Jo Frost", AuthorRole.PUBLIC)


@pytest.fixture
def collected(office, files, store, request_made: Request) -> Callable[..., list[int]]:
    """Puts stored records into request 2026-0001 (or another); gives all its items' numbers."""

    def added(*records: tuple[str, int], number: str = NUMBER) -> list[int]:
        add_items(office, files, number, records, actor="of")
        return [item.id for item in items_of(office, number)]

    return added


@pytest.fixture
def cover(office, files) -> Callable[..., object]:
    """Covers a place of an item."""

    def covered(item: int, *place, number: str = NUMBER, **more):
        mark = Mark(*place, **more)
        return add_redaction(
            office, files, number, item, mark, actor="of", claims=[CLAIM]
        ).redaction

    return covered


def test_words_are_found_in_every_field_whatever_their_case(
    office, files, store, collected
) -> None:
    collected(
        ("archive", store("1", "Ask FROST, or frost!", links=("https://x.org/frost",))),
        ("archive", store("2", "Nothing", media=(MediaRef("m", alt_text="Ｆｒｏｓｔ on glass"),))),
    )
    found = find_everywhere(office, files, NUMBER, "frost")
    assert [(one.item_id, one.field, one.words) for one in found] == [
        (1, "text", "FROST"),
        (1, "text", "frost"),
        (1, "author.name", "Frost"),
        (1, "author.handle", "frost"),
        (1, "link:1", "frost"),
        (2, "author.name", "Frost"),
        (2, "author.handle", "frost"),
        (2, "media:1.alt", "Ｆｒｏｓｔ"),
    ]
    assert (found[0].before, found[0].after) == ("Ask ", ", or frost!")
    exact = find_everywhere(office, files, NUMBER, "FROST", exact=True)
    assert [(one.item_id, one.field) for one in exact] == [(1, "text")]
    with pytest.raises(InputError, match="no words"):
        find_everywhere(office, files, NUMBER, "  ")


def test_the_chosen_places_are_covered_in_one_step_and_the_rest_told(
    office, files, store, collected, cover
) -> None:
    collected(
        ("archive", store("1", "call 555-0142 or 555-0142")),
        ("archive", store("2", "555-0142")),
    )
    cover(2, "text")
    found = find_everywhere(office, files, NUMBER, "555-0142")
    before = len(audit_trail(office))
    report = cover_everywhere(office, files, NUMBER, found, actor="of", claims=[CLAIM])
    assert (report.covered, report.items) == (2, 1)
    assert report.skipped == ("item 2, text: covered already",)
    assert [(bar.start, bar.end) for bar in redactions_of(office, 1)] == [(5, 13), (17, 25)]
    assert len(audit_trail(office)) == before + 1
    assert "555" not in str(events_of(office, NUMBER)[-1].detail)
    assert all(one.covered for one in find_everywhere(office, files, NUMBER, "555-0142"))


def test_nothing_is_covered_where_one_place_cannot_be(office, files, store, collected) -> None:
    collected(("archive", store("1", "555-0142")), ("archive", store("2", "555-0142")))
    found = find_everywhere(office, files, NUMBER, "555-0142")
    with pytest.raises(RuleError, match="balancing"):
        cover_everywhere(
            office, files, NUMBER, found, actor="of", claims=[CLAIM, Claim("7922.000")]
        )
    assert redactions_of(office, 1) == []


def test_the_second_of_two_who_cover_everywhere_is_told(
    office, files, store, collected, cover
) -> None:
    collected(("archive", store("1", "555-0142 and 555-0142")))
    found = find_everywhere(office, files, NUMBER, "555-0142")
    cover(1, "author.name")
    with pytest.raises(BusyError, match="someone else"):
        cover_everywhere(office, files, NUMBER, found, actor="ph", claims=[CLAIM])
    assert len(redactions_of(office, 1)) == 1


def test_who_may_not_see_private_records_finds_nothing_in_them(
    office, files, store, collected
) -> None:
    message = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE}
    collected(("archive", store("1", "555-0142")), ("private", store("2", "555-0142", **message)))
    public = {"archive": files["archive"]}
    assert {one.item_id for one in find_everywhere(office, public, NUMBER, "555-0142")} == {1}
    assert {one.item_id for one in find_everywhere(office, files, NUMBER, "555-0142")} == {1, 2}


@example("ﬀ", "f", "")
@example("", "ß", "SS ẞ")
@given(st.text(max_size=20), st.text(min_size=1, max_size=4), st.text(max_size=20))
def test_words_put_into_a_text_are_found_there(before: str, words: str, after: str) -> None:
    text = f"{before}\t{words}\t{after}"
    spans = list(occurrences(text, words))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(fold(words) in fold(text[start:end]) for start, end in spans)
    if fold(words):
        assert spans


def told(office, files, item: int) -> list[tuple[str, str]]:
    fields = fields_of_item(office, files, NUMBER, item)
    return [(one.field, one.of) for one in companions(fields, redactions_of(office, item))]


def test_covering_a_name_points_at_everything_else_that_names_the_author(
    office, files, store, collected, cover
) -> None:
    record = store("1", "Jo Frost here", author=FROST, url="https://x.org/jfrost/1")
    collected(("archive", record))
    assert told(office, files, 1) == []
    cover(1, "author.name")
    assert told(office, files, 1) == [
        ("author.handle", "author.name"),
        ("author.id", "author.name"),
        ("url", "author.name"),
        ("text", "author.name"),
    ]
    for field in ("author.handle", "author.id", "url"):
        cover(1, field)
    cover(1, "text", 0, 8)
    assert told(office, files, 1) == []


def test_the_same_words_elsewhere_and_a_description_are_pointed_at(
    office, files, store, collected, cover
) -> None:
    store("1", "It is 4471-0182", raw=b"1", stable=b"1")
    record = store(
        "1",
        "It was 4471-0182",
        raw=b"2",
        stable=b"2",
        observed_at="2026-11-18T10:00:00Z",
        links=("https://x.org/4471-0182",),
        media=(MediaRef("m", alt_text="A letter"),),
    )
    collected(("archive", record))
    cover(1, "text", 7, 16)
    cover(1, "media:1", region=Region(0, 0, 0.5, 0.5))
    assert told(office, files, 1) == [
        ("link:1", "text"),
        ("version:1.text", "text"),
        ("media:1.alt", "media:1"),
    ]


def test_a_search_the_packet_lists_may_name_what_is_covered(
    office, files, store, collected, cover
) -> None:
    for text in ("Jo FROST near park", "skate park"):
        log_search(
            *(office, NUMBER),
            actor="of",
            text=text,
            filters={},
            files=("archive",),
            found=1,
            exact=True,
            accounts=None,
        )
    collected(("archive", store("1", "Hello", author=FROST)))
    cover(1, "author.name")
    fields = fields_of_item(office, files, NUMBER, 1)
    told = told_by_searches(fields, redactions_of(office, 1), searches_of(office, NUMBER))
    assert [search.text for search in told] == ["Jo FROST near park"]


@pytest.fixture
def again(office, settings, collected, store, request_made) -> Callable[..., int]:
    """Collects the record of item 1 for a second request; gives its item there."""

    def asked(record: tuple[str, int]) -> int:
        made = new_request(
            office,
            settings,
            actor="of",
            received_at="2026-11-18T17:12:00Z",
            channel="email",
            verbatim="The same, please.",
        )
        return collected(record, number=made.number)[0]

    return asked


def test_what_was_shown_before_and_is_covered_now_stops_the_decision(
    office, files, store, collected, cover, again
) -> None:
    record = ("archive", store("1", "call 555-0142, account 4471-0182"))
    collected(record)
    first = cover(1, "text", 23, 32)
    note_released(office, [(1, [first.id])], volume=1, at="2026-11-19T10:00:00Z")
    item = again(record)
    assert [one.what for one in conflicts_of(office, files, "2026-0002", item)] == [
        Difference.COVERED_THEN
    ]
    cover(item, "text", 23, 32, number="2026-0002")
    assert conflicts_of(office, files, "2026-0002", item) == []
    cover(item, "text", 5, 13, number="2026-0002")
    [conflict] = conflicts_of(office, files, "2026-0002", item)
    assert conflict.words == "text: shown then, covered now (request 2026-0001, volume 1)"

    def redact(**more):
        return decide(office, "2026-0002", [item], "redact", actor="of", files=files, **more)

    with pytest.raises(RuleError, match="released before, and differently: text: shown then"):
        redact()
    with pytest.raises(RuleError, match="give the reason"):
        redact(acknowledge_earlier=True)
    redact(acknowledge_earlier=True, note_text="overlooked then")
    assert history_of(office, "2026-0002", item)[-1].note == "overlooked then"
    assert "shown then" in str(events_of(office, "2026-0002")[-1].detail)


def test_withholding_what_was_released_before_needs_its_reason(
    office, files, store, collected, again, attest
) -> None:
    attest("7927.410")
    record = ("archive", store("1"))
    collected(record)
    note_released(office, [(1, [])], volume=1, at="2026-11-19T10:00:00Z")
    item = again(record)
    with pytest.raises(RuleError, match="released then, withheld now"):
        decide(office, "2026-0002", [item], "withhold", actor="of", claims=[CLAIM])
    [made] = decide(office, "2026-0002", [item], "release", actor="of")
    assert made.choice.goes_out


def test_another_version_that_went_out_is_compared_by_its_words(
    office, files, store, collected, cover, again
) -> None:
    record = ("archive", store("1", "call 555-0142 today", raw=b"1", stable=b"1"))
    collected(record)
    note_released(office, [(1, [])], volume=1, at="2026-11-19T10:00:00Z")
    store(
        "1", "ring 555-0142, or 555-0199", raw=b"2", stable=b"2", observed_at="2026-11-18T10:00:00Z"
    )
    item = again(record)
    cover(item, "text", 18, 26, number="2026-0002")
    assert conflicts_of(office, files, "2026-0002", item) == []
    cover(item, "text", 5, 13, number="2026-0002")
    assert [one.what for one in conflicts_of(office, files, "2026-0002", item)] == [
        Difference.SHOWN_THEN
    ]
    assert [one.what for one in conflicts_of(office, {}, "2026-0002", item)] == [
        Difference.NOT_COMPARED
    ]


def test_releases_of_every_request_are_known_with_their_bars(
    office, store, collected, cover
) -> None:
    record = store("1", "call 555-0142")
    collected(("archive", record))
    bar = cover(1, "text", 5, 13)
    note_released(office, [(1, [bar.id])], volume=1, at="2026-11-19T10:00:00Z")
    [release] = releases_of(office, "archive", record)
    assert (release.request, release.volume) == (NUMBER, 1)
    assert [each.id for each in release.bars] == [bar.id]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        office.execute("UPDATE item_releases SET volume = 2")


def test_nothing_of_a_quarantined_record_is_found_or_covered(
    office, files, store, collected, cover
) -> None:
    record = store("1", "555-0142")
    collected(("archive", record))
    put_in_quarantine(
        *(office, files, "archive", record), actor="of", kind="court-sealed", reason="Order 26-114"
    )
    assert find_everywhere(office, files, NUMBER, "555-0142") == []
    with pytest.raises(RuleError, match="quarantine"):
        cover(1, "text")
