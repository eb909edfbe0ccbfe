"""The finder of personal data: where, which kind, and never slower than the text is long."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.errors import InputError
from archiver.requests import finding
from archiver.requests.exemptions import catalogue
from archiver.requests.finding.folding import fold, squeeze
from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.minors import minor_name
from archiver.requests.finding.personal import find_in_fields, find_personal
from archiver.requests.finding.sections import likely_grounds

NAME = minor_name("Maribel Ochoa")
PIECES = (
    *("call (760) 346-0611", "jfrost@example.com", "1234 Elm Street", "SSN 219-09-9998", "\n"),
    *(
        "7️⃣6️⃣0️⃣-346-0611",
        "760-346-0611",
        "\u202e760-346-0611\u202c",
        "👩‍👩‍👧‍👦",
        "Maribel\u200b Ochoa",
    ),
    *("account 0012-34567-01", "DOB 04/12/1987", "plate 7ABC123", "@@@@", "((((760", "1-1-1-", " "),
    *(
        "4111 1111 1111 1111",
        "GB82 WEST 1234 5698 7654 32",
        "https://x.example/7603460611",
        "ﷺ",
        "ß",
    ),
)
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=12).map(
    "".join
)


def only(text: str) -> tuple[str, PersonalKind]:
    """The one finding in a text: the words and the kind."""
    [found] = find_personal(text, names=[NAME])
    return text[found.start : found.end], found.kind


@pytest.mark.parametrize(
    "written",
    [
        "760-346-0611",
        "760\u200b-346-\u200d0611",
        "7️⃣6️⃣0️⃣-3️⃣4️⃣6️⃣-0️⃣6️⃣1️⃣1️⃣",
        "٧٦٠-٣٤٦-٠٦١١",
        "760‑346–0611",
        "760\u00a0346\u20020611",
        "(\u2066760\u2069) 346-0611",
    ],
)
def test_a_number_is_found_whole_however_its_digits_are_written(written: str) -> None:
    for around in (written, f"👩‍👩‍👧‍👦 اتصل {written} now", f"電話{written}。"):
        assert only(around) == (written, PersonalKind.TELEPHONE)


@pytest.mark.parametrize(
    "written",
    ["Maribel Ochoa", "MARIBEL OCHOA", "Ochoa, Maribel", "Máribel\u200b Ochoa", "maribel_ochoa"],
)
def test_a_marked_name_is_found_however_it_is_written(written: str) -> None:
    assert only(f"hi {written}!") == (written, PersonalKind.MINOR)


@pytest.mark.parametrize(
    "written", ["Maribelochoas", "xmaribel ochoa", "Maribel. Ochoa came", "Maribel und Ochoa"]
)
def test_a_marked_name_is_not_found_within_other_words(written: str) -> None:
    assert find_personal(written, names=[NAME]) == []


@pytest.mark.parametrize("name", ["", " ", "a", "🙂🙂", "x" * 101])
def test_a_name_that_would_be_found_everywhere_or_nowhere_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="2 to 100 letters"):
        minor_name(name)


def test_the_same_digits_are_read_as_the_most_specific_kind() -> None:
    assert only("my card is 4111 1111 1111 1111")[1] is PersonalKind.CARD
    assert only("water account 219-09-9998")[1] is PersonalKind.SSN
    assert only("account 121000358 routing at the bank")[1] is PersonalKind.ROUTING


def test_what_touches_stays_found_side_by_side() -> None:
    text = "Maribel Ochoa.jfrost@example.com 760-346-0611,1234 Elm Street"
    found = find_personal(text, names=[NAME])
    assert {each.kind for each in found} == {
        *(PersonalKind.MINOR, PersonalKind.EMAIL, PersonalKind.TELEPHONE, PersonalKind.ADDRESS)
    }


def test_every_finding_says_why_and_names_an_exemption_of_the_catalogue() -> None:
    [found] = find_personal("SSN 219-09-9998")
    assert found.reason.startswith("nine digits in a range that is given")
    assert found.likely_section == "7922.200"
    for ground in likely_grounds().values():
        assert all(catalogue().find(section).usable for section in ground.sections)


def test_every_field_of_an_item_is_looked_into() -> None:
    fields = [
        ("text", "call 760-346-0611"),
        ("author.name", "Maribel Ochoa"),
        ("author.handle", "maribel_ochoa.example"),
        ("author.id", "7603460611"),
        ("recipient:1", "7603460611"),
        ("recipient:2", "Dad 760-346-0612"),
        ("url", "https://x.example/7603460611?mail=a@example.com"),
        ("link:0", "tel:+17603460611"),
        ("media:0.alt", "A letter to 1234 Elm Street"),
        ("version:1.text", "my SSN 219-09-9998"),
    ]
    found = [(each.field, each.found.kind) for each in find_in_fields(fields, names=[NAME])]
    assert found == [
        ("text", PersonalKind.TELEPHONE),
        ("author.name", PersonalKind.MINOR),
        ("author.handle", PersonalKind.MINOR),
        ("recipient:2", PersonalKind.TELEPHONE),
        ("url", PersonalKind.EMAIL),
        ("link:0", PersonalKind.TELEPHONE),
        ("media:0.alt", PersonalKind.ADDRESS),
        ("version:1.text", PersonalKind.SSN),
    ]


def test_a_number_is_found_whatever_sign_nobody_sees_stands_in_it() -> None:
    for sign in "\x00\x07\x1b\x7f\u200b\u2066":
        [found] = find_personal(f"Call 916-555{sign}-0142 today.")
        assert (found.start, found.end, found.kind) == (5, 18, PersonalKind.TELEPHONE), repr(sign)


def test_the_citys_own_pattern_of_accounts_is_used() -> None:
    own = re.compile(r"AG\d{4}-\d{2}", re.ASCII)
    [found] = find_personal("Bill for AG1234-56.", utility_account=own)
    assert (found.start, found.end, found.kind) == (9, 18, PersonalKind.UTILITY_ACCOUNT)
    assert find_personal("Bill for AG1234-56.") == []


@settings(deadline=None)
@given(st.text())
@example("\x7f\xa0")
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = fold(text)
    for view in (folded, squeeze(folded)):
        for at in range(len(view.text)):
            start, end = view.span(at, at + 1)
            assert 0 <= start < end <= len(text)
    if folded.text:
        first, last = folded.span(0, len(folded.text))
        beside = (text[:first], text[last:])
        assert all(not fold(each).text.strip() for each in beside if each)


@settings(max_examples=60, deadline=None)
@given(hostile)
def test_findings_stand_in_the_text_in_order_and_apart(text: str) -> None:
    found = find_personal(text, names=[NAME])
    last = 0
    for each in found:
        assert last <= each.start < each.end <= len(text)
        assert each.reason and each.likely_section
        last = each.end


WINDOW = "\n" + "~ " * 300


@settings(max_examples=60, deadline=None)
@given(hostile, hostile)
def test_what_is_found_depends_on_its_neighbourhood_only(one: str, other: str) -> None:
    """So the work for each place of a text is bounded, and the whole grows with its length only."""
    apart = len(one) + len(WINDOW)
    both = find_personal(one + WINDOW + other, names=[NAME])
    alone = [
        *find_personal(one, names=[NAME]),
        *(_moved(each, apart) for each in find_personal(other, names=[NAME])),
    ]
    assert both == alone


def _moved(found: Found, by: int) -> Found:
    return Found(found.start + by, found.end + by, found.kind, found.reason, found.likely_section)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern of the finders."""
    for module in pkgutil.iter_modules(finding.__path__):
        loaded = importlib.import_module(f"{finding.__name__}.{module.name}")
        for name, value in vars(loaded).items():
            written = getattr(value, "words", value)
            if isinstance(written, re.Pattern):
                yield f"{module.name}.{name}", written


def repeats(tree: Any) -> Iterator[tuple[int, Any, int]]:
    """The most times, what is repeated, and whether it gives back, of every repeat in a pattern."""
    for code, value in tree:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            yield value[1], value[2], code
            yield from repeats(value[2])
        elif code is op.SUBPATTERN:
            yield from repeats(value[3])
        elif code is op.BRANCH:
            for branch in value[1]:
                yield from repeats(branch)
        elif code in (op.ASSERT, op.ASSERT_NOT):
            yield from repeats(value[1])
        elif code is op.ATOMIC_GROUP:
            yield from repeats(value)


def test_no_pattern_can_be_made_slow_by_a_text() -> None:
    looked_at = 0
    for name, written in patterns():
        looked_at += 1
        tree = _parser.parse(written.pattern, written.flags)
        assert tree.getwidth()[1] <= (5_000 if name == "personal._LINK" else 600), name
        for most, inner, code in repeats(tree):
            assert most < op.MAXREPEAT, f"{name} repeats without end"
            if most > 8 and code is not op.POSSESSIVE_REPEAT:
                # a long repeat that gives back must be of single characters
                assert inner.getwidth()[1] <= 2, f"{name} could try too many ways"
    assert looked_at >= 40
