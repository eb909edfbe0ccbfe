"""Objects as bytes, and a file that holds thousands of them."""

from __future__ import annotations

import io

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.pdf.objects import ObjectFile, dictionary, name, number, reference, text_string


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, b"0"), (-0.0001, b"0"), (1.5, b"1.5"), (100, b"100"), (1e-9, b"0"), (-3.25, b"-3.25")],
)
def test_numbers_have_no_exponent(value, text) -> None:
    assert number(value) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back_as_it_was(text: str) -> None:
    assert str(pikepdf.Object.parse(text_string(text))) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_names_come_back_as_they_were(text: str) -> None:
    assert str(pikepdf.Object.parse(name(text))) == f"/{text}"


def test_thousands_of_objects_can_be_found_again() -> None:
    out = io.BytesIO()
    file = ObjectFile(out)
    root, pages, ahead = file.allot(), file.allot(), file.allot()
    others = [file.add(b"%d" % value) for value in range(1500)]
    file.put(ahead, text_string("written last"))
    stream = file.add_stream({}, b"some data")
    file.put(pages, dictionary({"Type": b"/Pages", "Kids": b"[]", "Count": b"0"}))
    entries = {
        "Type": b"/Catalog",
        "Pages": reference(pages),
        "Ahead": reference(ahead),
        "Last": reference(others[-1]),
        "Stream": reference(stream),
    }
    file.put(root, dictionary(entries))
    file.finish(root, file.add(b"<<>>"))
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        assert str(pdf.Root.Ahead) == "written last"
        assert int(pdf.Root.Last) == 1499
        assert pdf.Root.Stream.read_bytes() == b"some data"
