"""Elements of an array, however it is written, cut into chunks or broken."""

from __future__ import annotations

import contextlib
import io
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.exports.elements import Element, ElementScanner, NotAnArray

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.sampled_from(
    ['}, { "tweet" : ', "]", "[", '\\"', "\\", '"', "\x00", "},{", "‮abc", "\n  },\n  {"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
WRAPPED = st.builds(lambda value: {"tweet": value}, VALUES)
PREFIXES = st.sampled_from(
    [
        b"window.YTD.tweets.part0 = ",
        b"window.YTD.direct_messages_group.part12=",
        b"Grailbird.data.tweets_2014_05 =\n ",
        b"\xef\xbb\xbfwindow.YTD.tweet.part0 =",
        b"var tweet_index = ",
        b"",
    ]
)


def scan(data: bytes, chunk: int = 1 << 20) -> tuple[list[Element], ElementScanner]:
    scanner = ElementScanner(io.BytesIO(data), chunk=chunk)
    return list(scanner), scanner


def written(elements: list[Any], indent: int | None, escaped: bool) -> bytes:
    return json.dumps(elements, indent=indent, ensure_ascii=escaped).encode()


@settings(max_examples=300, deadline=None)
@given(
    elements=st.lists(WRAPPED | VALUES, max_size=8),
    indent=st.sampled_from([None, 0, 1, 2]),
    escaped=st.booleans(),
    chunk=st.integers(1, 200),
    prefix=PREFIXES,
)
def test_every_array_gives_its_elements_whatever_the_chunks(
    elements: list[Any], indent: int | None, escaped: bool, chunk: int, prefix: bytes
) -> None:
    found, scanner = scan(prefix + written(elements, indent, escaped), chunk)
    assert [one.value for one in found] == elements
    assert [one.index for one in found] == list(range(len(elements)))
    assert all(one.fault is None for one in found)
    assert scanner.complete and scanner.fault is None


@settings(max_examples=200, deadline=None)
@given(
    before=st.lists(WRAPPED, min_size=1, max_size=5),
    after=st.lists(WRAPPED, min_size=1, max_size=5),
    indent=st.sampled_from([None, 2]),
    chunk=st.integers(1, 300),
    broken=st.sampled_from(
        [
            b'{ "tweet" : }',
            b'{ "tweet" : { "id" : "1" }',
            b'{ "tweet" : "no end }',
            b'{ "tweet" : [1, 2 }',
            b'{ "tweet" : nul }',
            b'{ "tweet" : "\\x" }',
        ]
    ),
)
def test_a_broken_element_costs_itself_and_nothing_else(
    before: list[Any], after: list[Any], indent: int | None, chunk: int, broken: bytes
) -> None:
    parts = [written([one], indent, False)[1:-1].strip() for one in (*before, *after)]
    parts.insert(len(before), broken)
    found, scanner = scan(b"window.YTD.tweets.part0 = [ " + b" , ".join(parts) + b" ]", chunk)
    whole = [one.value for one in found if one.fault is None]
    assert whole == [*before, *after]
    assert [one.index for one in found if one.fault] == [len(before)]
    assert scanner.complete


@settings(max_examples=100, deadline=None)
@given(elements=st.lists(WRAPPED, min_size=1, max_size=6), cut=st.integers(1, 400), data=st.data())
def test_a_cut_off_array_gives_what_stands_before_the_cut(
    elements: list[Any], cut: int, data: st.DataObject
) -> None:
    body = b"x = " + written(elements, 2, False)
    kept = body[: max(6, len(body) - cut)]
    found, scanner = scan(kept, data.draw(st.integers(1, 100)))
    whole = [one.value for one in found if one.fault is None]
    assert whole == elements[: len(whole)]
    assert len([one for one in found if one.fault]) <= 1
    assert not scanner.complete
    assert scanner.fault


def test_elements_under_changing_names_are_told_apart() -> None:
    elements = [{"a": 1}, {"b": [{"a": 2}, {"a": 3}]}, {"a": 4}, {"c": {}}, 5, "x", [6]]
    for chunk in (1, 3, 1000):
        found, _ = scan(b"x=" + written(elements, None, False), chunk)
        assert [one.value for one in found] == elements


def test_what_is_nearly_json_is_read_and_said() -> None:
    body = b'x = [{"t":"\\ud83d!"},{"t":"\xff"},{"t":"a\x01b"},{"t":"good"}]'
    found, scanner = scan(body)
    assert [one.value["t"] for one in found] == ["�!", "�", "a\x01b", "good"]
    assert [one.repaired is None for one in found] == [False, False, False, True]
    assert found[0].raw == b'{"t":"\\ud83d!"}'
    assert found[1].raw == b'{"t":"\xff"}'
    assert scanner.complete


def test_a_missing_element_is_counted_as_failed() -> None:
    found, scanner = scan(b'x = [{"t":1},,{"t":2}]')
    assert [one.value for one in found if not one.fault] == [{"t": 1}, {"t": 2}]
    assert len([one for one in found if one.fault]) == 1
    assert scanner.complete


def test_text_after_the_end_is_said() -> None:
    found, scanner = scan(b'x = [{"t":1}] and more')
    assert len(found) == 1
    assert scanner.fault == "something follows the end of its array"


@pytest.mark.parametrize("body", [b"", b"<html>", b"window.YTD = {}", b"alert(1)", b"\x00" * 99])
def test_a_file_without_an_array_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnArray):
        scan(body)


def test_a_deep_nest_does_not_break_the_program() -> None:
    deep = b"[" * 5000 + b"]" * 5000
    found, _ = scan(b'x = [{"t":1},{"t":' + deep + b'},{"t":2}]')
    assert [one.value for one in found if not one.fault][-1] == {"t": 2}
    assert len(found) == 3


@pytest.mark.parametrize(
    "body",
    [
        b" " * 3_000_000,
        b"x = [" + b" " * 3_000_000,
        b'x = [{"t":1}' + b" " * 3_000_000 + b',{"t":2}]',
        b'x = [{"t":' + b" " * 3_000_000 + b"1}]",
        b'x = [{"t":"' + b"\\" * 3_000_000,
        b'x = [{"t":"' + b"}" * 3_000_000,
        b'x = [{"t":' + b"} ,{" * 700_000,
        b'x = [{"t":1},' + b'{"t":[},' * 3_000,
        b"a" * 3_000_000,
    ],
    ids=range(9),
)
def test_no_content_makes_the_program_slow(body: bytes) -> None:
    begun = time.process_time()
    with contextlib.suppress(NotAnArray):
        scan(body)
    assert time.process_time() - begun < 5
