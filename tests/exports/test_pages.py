"""Web pages are read box by box, and whatever is cut or broken is told."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.exports.faults import UnreadableError
from archiver.exports.pages import PageScanner, addresses, classed, page, shown_text

BOX = (
    '<section class="_3-95 _a6-g" aria-labelledby="u">'
    '<h2 class="_a6-h">{0}</h2><p>{0}</p></section>'
)


def of(text: str) -> PageScanner:
    return PageScanner(io.BytesIO(text.encode()), ("_a6-g", "uiBoxWhite"))


def whole(count: int) -> str:
    boxes = "".join(BOX.format(f"number {number}") for number in range(count))
    return f"<html><head><title>t</title></head><body><main>{boxes}</main></body></html>"


def test_every_box_is_given_with_its_bytes_and_its_node() -> None:
    scanner = of(whole(200))
    boxes = list(scanner)
    assert [one.index for one in boxes] == list(range(200))
    assert boxes[199].raw == BOX.format("number 199").encode()
    heading = classed(boxes[199].value, "_a6-h")
    assert heading is not None and shown_text(heading) == "number 199"
    assert scanner.complete and scanner.fault is None
    assert scanner.head.endswith(b"<main>") and scanner.foot == b"</main></body></html>"


def test_a_box_within_a_box_belongs_to_it() -> None:
    inner = '<div class="_a6-g">inner</div>'
    scanner = of(f'<html><div class="pam uiBoxWhite noborder"><div>{inner}</div></div></html>')
    (box,) = scanner
    assert b"inner" in box.raw and scanner.complete


def test_what_a_reader_sees_is_the_text() -> None:
    node = page(b"<p>Tom &amp; Ana &lt;3<br />second&#x1F600; <b>line</b></p>")
    assert shown_text(node) == "Tom & Ana <3\nsecond😀 line"


def test_addresses_are_given_once_and_in_order() -> None:
    node = page(
        b'<a href="a/1.jpg"><img src="a/1.jpg"></a><video src="b.mp4"></video><a href="#x">x</a>'
    )
    assert addresses(node) == ["a/1.jpg", "b.mp4"]


def test_a_page_without_boxes_is_read_to_its_end() -> None:
    scanner = of("<html><body>nothing</body></html>")
    assert list(scanner) == [] and scanner.complete


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(UnreadableError):
        list(of('{"posts": []}'))


def test_a_box_no_platform_would_make_is_told_and_the_rest_goes_on() -> None:
    deep = '<div class="_a6-g">' * 300 + "</div>" * 300
    wide = '<section class="_a6-g">' + "<b>x</b>" * 30_000 + "</section>"
    boxes = list(of(f"<html>{BOX.format('one')}{deep}{wide}{BOX.format('two')}</html>"))
    assert [one.fault is None for one in boxes] == [True, False, False, True]
    assert [one.index for one in boxes] == [0, 1, 2, 3]


def test_a_class_that_only_looks_alike_makes_no_box() -> None:
    assert list(of('<html><div class="_a6-gx my_a6-g">no</div></html>')) == []


@given(st.integers(min_value=0, max_value=len(whole(20)) - 1))
def test_a_page_cut_anywhere_gives_what_stands_before_and_says_so(cut: int) -> None:
    text = whole(20)[:cut]
    scanner = of(text)
    try:
        boxes = list(scanner)
    except UnreadableError:
        assert "<body" not in text
        return
    good = [one for one in boxes if one.fault is None]
    assert [one.raw for one in good] == [
        BOX.format(f"number {number}").encode() for number in range(len(good))
    ]
    assert len(good) == text.count("</section>")
    assert not scanner.complete and scanner.fault
    assert len(boxes) - len(good) <= 1
