"""JSON documents of any size: the arrays asked for come element by element, the rest decoded."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from archiver.exports import documents
from archiver.exports.documents import DocumentScanner

KEYS = st.sampled_from(["messages", "title", "participants", "a", "b", 'q"uote', "é"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**12) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=24,
)


class Slowly(io.BytesIO):
    """A stream that gives one small piece at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7 if size else size)


def messages(path: tuple[str, ...]) -> bool:
    return bool(path) and path[-1] == "messages"


def walked(body: bytes, stream: type[io.BytesIO] = io.BytesIO) -> tuple[list[Any], DocumentScanner]:
    scanner = DocumentScanner(stream(body), messages)
    return [(found.path, found.element.value) for found in scanner], scanner


def expected(value: Any, path: tuple[str, ...] = ()) -> list[Any]:
    """The elements of the wanted arrays, by plain decoding."""
    if isinstance(value, list) and messages(path):
        return [(path, one) for one in value]
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in expected(inner, (*path, key))]
    return []


@given(JSON, st.booleans())
def test_every_element_is_given_as_plain_decoding_gives_it(value: Any, spaced: bool) -> None:
    body = json.dumps(value, indent=2 if spaced else None).encode()
    for stream in (io.BytesIO, Slowly):
        found, scanner = walked(body, stream)
        assert found == expected(value)
        assert scanner.complete
        assert scanner.fault is None


@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_what_is_not_asked_for_is_decoded_beside_it(value: dict[str, Any]) -> None:
    value.pop("messages", None)
    _, scanner = walked(json.dumps(value).encode())
    for key, inner in value.items():
        if not isinstance(inner, dict):
            assert scanner.values[key,] == inner


@given(JSON.filter(lambda value: isinstance(value, dict | list)), st.data())
def test_a_document_that_breaks_off_is_never_taken_for_whole(value: Any, data: Any) -> None:
    body = json.dumps(value).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    found, scanner = walked(body[:cut])
    assert not scanner.complete
    assert scanner.fault
    whole = [one for path, one in found if one is not None]
    assert len(whole) <= len(expected(value)) + 1


@given(JSON.filter(bool), st.data())
def test_flipped_bits_end_in_a_fault_or_in_other_values_but_never_in_an_error(
    value: Any, data: Any
) -> None:
    body = bytearray(json.dumps(value).encode())
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    body[at // 8] ^= 1 << at % 8
    _, scanner = walked(bytes(body))
    assert scanner.complete or scanner.fault


def test_an_element_that_is_broken_costs_itself_alone() -> None:
    body = b'{"messages": [{"a": 1}, {"a": nope}, {"a": 3}], "title": "t"}'
    scanner = DocumentScanner(io.BytesIO(body), messages)
    found = [one.element for one in scanner]
    assert [one.fault is None for one in found] == [True, False, True]
    assert scanner.values["title",] == "t"


def test_a_value_that_is_too_large_ends_the_walk_and_is_said(monkeypatch: Any) -> None:
    monkeypatch.setattr(documents, "VALUE_LIMIT", 100)
    monkeypatch.setattr(documents, "CHUNK", 64)
    _, scanner = walked(b'{"a": "' + b"x" * 1000 + b'", "messages": []}')
    assert scanner.fault == "a value in it is larger than any this program knows"


def test_objects_nested_without_end_are_not_followed_without_end() -> None:
    _, scanner = walked(b'{"a":' * 5000 + b"1" + b"}" * 5000)
    assert scanner.complete or scanner.fault
