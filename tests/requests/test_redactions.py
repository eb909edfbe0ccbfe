"""Bars: drawn over what a record really holds, on the law's conditions, nothing overwritten."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.reading import version, versions
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import MediaRef
from archiver.register.attestations import list_attestations, withdraw_attestation
from archiver.register.office import audit_trail
from archiver.requests.book import (
    Claim,
    Item,
    Request,
    add_items,
    close_request,
    decide,
    events_of,
    items_of,
)
from archiver.requests.redacting.bars import (
    BarKind,
    Region,
    barred_items,
    draft_items,
    redactions_in,
    redactions_of,
    steps_on,
)
from archiver.requests.redacting.folding import whole_characters
from archiver.requests.redacting.redactions import (
    Mark,
    add_redaction,
    drafts_of,
    fields_of_item,
    ground_redaction,
    remove_redaction,
)
from archiver.requests.redacting.schema import ITEM_BARS
from archiver.requests.redacting.view import bars_by_field, redacted_view

Files = dict[str, sqlite3.Connection]
TEXT = "Call me at 555-0176 about account 4471-0182, please"
PHONE = (TEXT.index("555"), TEXT.index(" about"))
CLAIM = Claim("7927.410")


@pytest.fixture
def item(
    office: sqlite3.Connection, files: Files, store: Callable[..., int], request_made: Request
) -> Item:
    """One undecided item with a text, an address, a link and a picture with a description."""
    record = store(
        "1",
        TEXT,
        url="https://example.org/jfrost/1",
        links=("https://example.org/map",),
        media=(MediaRef("m1", alt_text="The bill"), MediaRef("m2", media_type="video/mp4")),
    )
    add_items(office, files, request_made.number, [("archive", record)], actor="of")
    return items_of(office, request_made.number)[0]


@pytest.fixture
def cover(office: sqlite3.Connection, files: Files) -> Callable[..., object]:
    """Draws a bar on an item of request 2026-0001."""

    def covered(item: Item, field: str, *place: object, claims=(CLAIM,), **more: object):
        mark = Mark(field, *place)
        return add_redaction(
            office, files, "2026-0001", item.id, mark, actor="of", claims=claims, **more
        ).redaction

    return covered


def seen_by_requester(office, files, item):
    shown = version(files["archive"], item.version_id)
    before = [each for each in versions(files["archive"], item.record_id) if each.n < shown.n]
    return redacted_view(shown, before, bars_by_field(shown.n, redactions_of(office, item.id)))


def test_every_place_that_holds_something_can_be_covered(office, files, item) -> None:
    assert [field.name for field in fields_of_item(office, files, "2026-0001", item.id)] == [
        *("text", "author.name", "author.handle", "author.id", "url", "link:1"),
        *("media:1", "media:1.alt", "media:2"),
    ]


def test_a_bar_leaves_the_rest_and_nothing_of_what_it_covers(
    office, files, item, cover, attest
) -> None:
    attest("7927.410")
    cover(item, "text", *PHONE)
    text = seen_by_requester(office, files, item).text("text")
    assert text.words == (
        "Call me at [Redacted: Gov. Code § 7927.410] about account 4471-0182, please"
    )
    assert not drafts_of(office, "2026-0001")
    assert audit_trail(office)[0].action == "request redaction added"
    assert "555" not in str(events_of(office, "2026-0001"))


def test_bars_that_overlap_are_one_on_the_grounds_of_both(office, files, item, cover) -> None:
    cover(item, "text", *PHONE)
    cover(item, "text", PHONE[0] + 4, len(TEXT), claims=[Claim("7927.105")])
    view = seen_by_requester(office, files, item)
    [bar] = view.bars
    assert bar.citations == ("Gov. Code § 7927.410", "Gov. Code § 7927.105")
    assert len(bar.redactions) == 2
    assert view.text("text").parts == ("Call me at ", bar.covered)


def test_a_bar_without_an_attested_exemption_is_a_draft(office, item, cover, attest) -> None:
    first = cover(item, "text", *PHONE, claims=())
    second = cover(item, "author.name")
    assert [(draft.redaction_id, draft.why) for draft in drafts_of(office, "2026-0001")] == [
        (first.id, "no exemption is named"),
        (second.id, "Gov. Code § 7927.410 is not attested by the city attorney"),
    ]
    attest("7927.410")
    assert [draft.redaction_id for draft in drafts_of(office, "2026-0001")] == [first.id]
    ground_redaction(office, "2026-0001", first.id, [CLAIM], actor="of")
    assert drafts_of(office, "2026-0001") == []
    withdraw_attestation(
        office,
        actor="ph",
        attestation=list_attestations(office, "exemption")[0],
        attorney="P. Haldane",
        on=dt.date(2026, 11, 20),
        note="withdrawn",
    )
    assert len(drafts_of(office, "2026-0001")) == 2


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (Claim("7922.000"), "balancing"),
        (Claim("7927.705"), "second citation"),
        (Claim("7928.205"), "posted on the internet"),
        (Claim("6254"), "renumbered|no exemption"),
    ],
)
def test_the_conditions_of_an_exemption_hold_for_bars_too(office, item, cover, claim, why) -> None:
    with pytest.raises((RuleError, InputError), match=why):
        cover(item, "text", *PHONE, claims=[claim])
    assert redactions_of(office, item.id) == []


def test_naming_other_grounds_replaces_those_named_before(office, files, item, cover) -> None:
    bar = cover(item, "text", *PHONE)
    changed = ground_redaction(office, "2026-0001", bar.id, [Claim("7927.105")], actor="ph")
    assert [ground.section for ground in changed.grounds] == ["7927.105"]
    with pytest.raises(RuleError, match="at least one"):
        ground_redaction(office, "2026-0001", bar.id, [], actor="ph")


def test_a_bar_taken_off_stays_known_and_no_longer_covers(office, files, item, cover) -> None:
    bar = cover(item, "text", *PHONE)
    remove_redaction(office, "2026-0001", bar.id, actor="ph")
    assert seen_by_requester(office, files, item).text("text").words == TEXT
    with pytest.raises(InputError, match="taken off already"):
        remove_redaction(office, "2026-0001", bar.id, actor="ph")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        office.execute("DELETE FROM request_redactions")


def test_the_second_clerk_is_told_and_nothing_is_overwritten(office, item, cover) -> None:
    seen = steps_on(office, item.id)
    bar = cover(item, "text", *PHONE, seen=seen)
    with pytest.raises(BusyError, match="someone else"):
        cover(item, "author.name", seen=seen)
    with pytest.raises(BusyError, match="someone else"):
        remove_redaction(office, "2026-0001", bar.id, actor="ph", seen=seen)
    with pytest.raises(BusyError, match="bars of this item"):
        decide(office, "2026-0001", [item.id], "redact", actor="ph", seen_bars=seen)
    assert [each.id for each in redactions_of(office, item.id)] == [bar.id]


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (Mark("nothing"), "holds nothing"),
        (Mark("link:2"), "holds nothing"),
        (Mark("text", 5, 5), "nothing lies"),
        (Mark("text", -1, 5), "nothing lies"),
        (Mark("text", 0, len(TEXT) + 1), "nothing lies"),
        (Mark("text", region=Region(0, 0, 1, 1)), "is no picture"),
        (Mark("media:1", 0, 3), "has no words"),
        (Mark("media:1", region=Region(0.5, 0, 0.6, 1)), "inside the picture"),
        (Mark("media:1", region=Region(0, 0, 0, 1)), "inside the picture"),
        (Mark("media:2", region=Region(0, 0, 1, 1)), "cover it whole"),
    ],
)
def test_a_bar_lies_on_something_that_is_there(office, files, item, mark, why) -> None:
    with pytest.raises(InputError, match=why):
        add_redaction(office, files, "2026-0001", item.id, mark, actor="of", claims=[CLAIM])


def test_the_very_same_place_is_not_covered_twice(item, cover) -> None:
    cover(item, "text", *PHONE)
    with pytest.raises(RuleError, match="covered already by bar 1"):
        cover(item, "text", *PHONE, claims=[Claim("7927.105")])


def test_a_whole_picture_takes_its_description_along(office, files, item, cover) -> None:
    cover(item, "media:1")
    view = seen_by_requester(office, files, item)
    assert view.covering("media:1") == view.bars[0].covered
    assert view.bars[0].kind is BarKind.MEDIA
    assert not view.text("media:1.alt")
    assert len(view.bars) == 1


@pytest.mark.parametrize("field", ["url", "author.id"])
def test_what_names_the_record_on_the_platform_goes_with_its_address(
    office, files, item, cover, field
) -> None:
    assert seen_by_requester(office, files, item).native_id.words == "1"
    cover(item, field)
    assert seen_by_requester(office, files, item).native_id.words == (
        "[Redacted: Gov. Code § 7927.410]"
    )


def test_who_may_not_see_the_file_finds_no_such_item(office, item) -> None:
    with pytest.raises(InputError, match="no item"):
        add_redaction(office, {}, "2026-0001", item.id, Mark("text"), actor="of")


def test_a_closed_request_takes_no_bars(office, files, item, settings) -> None:
    close_request(office, "2026-0001", settings=settings, actor="of", reason="done")
    with pytest.raises(RuleError, match="closed"):
        add_redaction(office, files, "2026-0001", item.id, Mark("text"), actor="of")


def test_releasing_in_full_and_bars_exclude_each_other(office, item, cover) -> None:
    with pytest.raises(RuleError, match="nothing is covered on item 1"):
        decide(office, "2026-0001", [item.id], "redact", actor="of")
    cover(item, "text", *PHONE)
    with pytest.raises(RuleError, match="take the bars off"):
        decide(office, "2026-0001", [item.id], "release", actor="of")
    [made] = decide(office, "2026-0001", [item.id], "redact", actor="of", seen_bars=2)
    assert made.choice.goes_out


@pytest.mark.parametrize(
    ("text", "start", "end", "whole"),
    [
        ("a👩‍👩‍👧b", 2, 3, (1, 6)),
        ("cafe\u0301 x", 3, 4, (3, 5)),
        ("x\r\ny", 1, 2, (1, 3)),
        ("ਪੰਜਾਬੀ", 0, 1, (0, 2)),
        ("🇺🇸🇲🇽", 1, 2, (0, 2)),
        ("plain", 1, 3, (1, 3)),
    ],
)
def test_a_character_people_read_as_one_is_never_cut(text, start, end, whole) -> None:
    assert whole_characters(text, start, end) == whole


@given(st.text(min_size=1, max_size=40), st.data())
def test_widening_covers_what_was_asked_and_is_stable(text: str, data) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = whole_characters(text, start, end)
    assert 0 <= first <= start < end <= last <= len(text)
    assert whole_characters(text, first, last) == (first, last)


def test_the_clerk_is_told_that_a_bar_was_widened(
    office, files, store, request_made: Request
) -> None:
    record = store("2", "👩‍👩‍👧 ok")
    add_items(office, files, request_made.number, [("archive", record)], actor="of")
    [item] = items_of(office, request_made.number)
    made = add_redaction(office, files, "2026-0001", item.id, Mark("text", 0, 1), actor="of")
    assert made.widened
    assert (made.redaction.start, made.redaction.end) == (0, 5)


def test_an_earlier_text_that_looks_the_same_under_its_bar_is_not_told(
    office, files, store, request_made: Request, cover
) -> None:
    store("2", "Mine is 1111", raw=b"1", stable=b"1")
    record = store("2", "Mine is 222", raw=b"2", stable=b"2", observed_at="2026-11-18T10:00:00Z")
    add_items(office, files, request_made.number, [("archive", record)], actor="of")
    [item] = items_of(office, request_made.number)
    cover(item, "text", 8, 11)
    assert seen_by_requester(office, files, item).earlier == (1,)
    cover(item, "version:1.text", 8, 12)
    assert seen_by_requester(office, files, item).earlier == ()


def test_the_kept_counts_of_bars_are_what_their_history_says(
    office, files, item, cover, attest
) -> None:
    """Steps in every order, on an attested section, one that is not, and none at all."""
    attest("7927.410")
    rng = random.Random(20261120)
    drawn: list[int] = []

    def draw() -> None:
        claims = rng.choice([(), (CLAIM,), (Claim("7927.105"),), (CLAIM, Claim("7927.105"))])
        start = rng.randrange(len(TEXT) - 1)
        drawn.append(cover(item, "text", start, start + 1, claims=claims).id)

    def ground() -> None:
        claims = rng.choice([(CLAIM,), (Claim("7927.105"),)])
        ground_redaction(office, "2026-0001", rng.choice(drawn), claims, actor="of")

    def remove() -> None:
        remove_redaction(office, "2026-0001", rng.choice(drawn), actor="of")

    for _ in range(150):
        with suppress(RuleError, InputError):
            rng.choice([draw, draw, ground, remove] if drawn else [draw])()
        kept = office.execute("SELECT * FROM item_bars").fetchall()
        assert [tuple(each) for each in kept] == [tuple(e) for e in office.execute(ITEM_BARS)]
        standing = redactions_in(office, item.request_id)
        assert barred_items(office, item.request_id) == standing.keys()
        drafts = {draft.item_id for draft in drafts_of(office, "2026-0001")}
        assert draft_items(office, item.request_id) == drafts
    assert len(drawn) > 40


def test_a_withdrawn_attestation_makes_drafts_of_the_bars_that_rest_on_it(
    office, item, cover, attest
) -> None:
    attest("7927.410")
    cover(item, "text", *PHONE)
    assert draft_items(office, item.request_id) == set()
    [attestation] = list_attestations(office, "exemption")
    day = dt.date(2026, 11, 1)
    withdraw_attestation(
        office, actor="ph", attestation=attestation, attorney="P. Haldane", on=day, note="Review"
    )
    assert draft_items(office, item.request_id) == {item.id}
