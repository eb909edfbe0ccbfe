"""The view under bars, whatever the bars: what is covered is gone, the rest is all there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.groups import (
    AuthorFacts,
    DetailFacts,
    MediaFacts,
    PersonFacts,
    PlaceFacts,
)
from archiver.archive.reading import Version
from archiver.capture.reading_pictures import MARK
from archiver.requests.redacting.bars import BarGround, BarKind, Redaction, Region
from archiver.requests.redacting.view import bars_by_field, redacted_view

SECTIONS = ("7927.410", "7927.105", "7927.500")


def version_of(text: str, n: int = 1, language: str | None = None) -> Version:
    place = PlaceFacts("x", 1, "comment", "19", "2026-11-16T10:00:00Z", "public")
    details = DetailFacts(1, "2026-11-17T10:00:00Z", "full", language=language)
    author = AuthorFacts(
        "90", "jfrost", "Jo Frost", "public", (PersonFacts(None, None, "Bo", "public"),)
    )
    return Version(n, 1, n, 1, "2026-11-17T10:00:00Z", False, None, 0, text, author, place,
                   details, (), "00")  # fmt: skip


def bar(number: int, field: str, start: int | None, end: int | None, section: str) -> Redaction:
    kind = BarKind.FIELD if start is None else BarKind.SPAN
    ground = BarGround(section, "", None, None, None, None)
    return Redaction(
        *(number, 1, field, kind, start, end, None, None, False),
        *("2026-11-20T18:00:00Z", "of", (ground,)),
    )


spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from(SECTIONS)), max_size=8
)


@given(st.text(min_size=1, max_size=50), spans)
def test_what_is_covered_is_gone_and_the_rest_is_all_there(text: str, found) -> None:
    drawn = [
        bar(number, "text", start, min(start + length, len(text)), section)
        for number, (start, length, section) in enumerate(found, 1)
        if start < len(text)
    ]
    view = redacted_view(version_of(text), (), bars_by_field(1, drawn))
    covered = {place for one in drawn for place in range(one.start, one.end)}
    passage = view.text("text")
    left = "".join(part for part in passage.parts if isinstance(part, str))
    assert left == "".join(char for place, char in enumerate(text) if place not in covered)
    assert [one.number for one in view.bars] == list(range(1, len(view.bars) + 1))
    assert [one.number for one in passage.bars] == [one.number for one in view.bars]
    assert {one for each in view.bars for one in each.redactions} == {one.id for one in drawn}
    cited = {citation for one in view.bars for citation in one.citations}
    assert cited == {f"Gov. Code § {ground.section}" for one in drawn for ground in one.grounds}
    places = sorted(covered)
    runs = sum(place - 1 not in covered for place in places)
    assert runs <= len(view.bars) <= len(drawn)


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_the_view_is_the_same_whatever_lies_under_the_bar(first: str, second: str) -> None:
    def view(secret: str):
        text = f"Call {secret} now"
        drawn = [
            bar(1, "text", 5, 5 + len(secret), SECTIONS[0]),
            bar(2, "author.name", *(None, None), SECTIONS[1]),
        ]
        return redacted_view(version_of(text), (), bars_by_field(1, drawn))

    assert view(first) == view(second)


def test_bars_on_a_version_count_wherever_it_is_printed() -> None:
    old, new = version_of("It is 4471", 1), version_of("It was 4471", 2)
    on_old = [bar(1, "text", 6, 10, SECTIONS[0])]
    on_new = [bar(2, "version:1.text", 0, 2, SECTIONS[0])]
    later = redacted_view(new, [old], bars_by_field(2, on_new, [(1, on_old)]))
    assert [type(part) is str for part in later.text("version:1.text").parts] == [
        *(False, True, False)
    ]
    assert later.text("text").words == "It was 4471"
    earlier = redacted_view(old, (), bars_by_field(1, on_old, [(2, on_new)]))
    assert earlier.text("text").words == later.text("version:1.text").words


def test_the_language_goes_where_no_letter_is_left() -> None:
    drawn = [bar(1, "text", 0, 6, SECTIONS[0])]
    for text, language in (("Adiós!", None), ("Adiós! 12 🙏", None), ("Adiós! Bye", "es")):
        view = redacted_view(version_of(text, language="es"), (), bars_by_field(1, drawn))
        assert view.language == language


def test_recipients_and_numbers_have_places_of_their_own() -> None:
    drawn = [
        bar(1, "recipient:1", None, None, SECTIONS[0]),
        bar(2, "author.id", None, None, SECTIONS[1]),
    ]
    view = redacted_view(version_of("Hello"), (), bars_by_field(1, drawn))
    assert view.text("recipient:1").words == "[Redacted: Gov. Code § 7927.410]"
    assert view.native_id.words == "[Redacted: Gov. Code § 7927.105]"
    assert [one.label for one in view.bars] == [
        *("author’s id", "recipient 1", "platform’s id of the record")
    ]


@pytest.mark.parametrize(
    ("description", "told"),
    [
        (f"screen.png. {MARK} (Tesseract 5.3.0, eng), not checked: call 555-0142", ""),
        ("A street light at night", "A street light at night"),
    ],
)
def test_what_a_machine_read_in_a_picture_goes_unsaid_once_a_part_of_it_is_covered(
    description: str, told: str
) -> None:
    picture = MediaFacts("1", "screen.png", "image/png", description, None, True, "ab" * 32)
    version = replace(version_of("words"), media=(picture,))
    drawn = replace(
        bar(1, "media:1", None, None, SECTIONS[0]),
        kind=BarKind.REGION,
        region=Region(0.1, 0.1, 0.2, 0.2),
    )
    assert redacted_view(version, (), {}).text("media:1.alt").words == description
    assert redacted_view(version, (), {"media:1": [drawn]}).text("media:1.alt").words == told
