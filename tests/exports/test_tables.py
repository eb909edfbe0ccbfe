"""Tables as downloads write them: encodings, lines before the head, quotes, broken rows."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.exports.faults import UnreadableError
from archiver.exports.tables import open_table

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=0, max_size=12)


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2).filter(lambda r: any(c.strip() for c in r))),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.sampled_from([",", ";", "\t"]),
)
def test_rows_come_back_as_they_were_written(
    rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    body = written([["Date", "Text"], *rows], delimiter).encode(encoding)
    table = open_table(io.BytesIO(body), ["date", "TEXT"])
    found = list(table.rows())
    assert [[row.cells["Date"], row.cells["Text"]] for row in found] == rows
    assert table.complete
    assert table.notes == []


def test_lines_before_the_head_are_passed_and_kept() -> None:
    body = b'Notes:\n"Some people, hide theirs."\n\nFirst Name,Last Name\nAda,Reyes\n'
    table = open_table(io.BytesIO(body), ["First Name"])
    assert table.preamble == ("Notes:", '"Some people, hide theirs."', "")
    assert [row.cells["Last Name"] for row in table.rows()] == ["Reyes"]


def test_an_old_windows_table_is_read_and_its_row_kept_in_utf_8() -> None:
    table = open_table(io.BytesIO("Text\nCafé “hoy”\n".encode("cp1252")), ["Text"])
    [row] = table.rows()
    assert row.cells["Text"] == "Café “hoy”"
    assert row.raw == "Café “hoy”\n".encode()
    assert table.encoding == "cp1252"


def test_bytes_that_are_no_text_are_counted_and_told() -> None:
    body = b"Text\n" + b"good\n" * 20_000 + b"ba\xffd\n"
    table = open_table(io.BytesIO(body), ["Text"])
    assert sum(1 for _ in table.rows()) == 20_001
    assert table.notes == ["1 characters are not utf-8: shown as U+FFFD"]


def test_a_row_with_too_many_cells_is_a_fault_of_its_own() -> None:
    table = open_table(io.BytesIO(b"A,B\n1,2,3\n4,5\n"), ["A", "B"])
    faults = [row.fault for row in table.rows()]
    assert faults == ["it has more cells than the table has columns", None]


def test_a_file_without_the_head_is_no_table() -> None:
    with pytest.raises(UnreadableError, match="Conversation ID"):
        open_table(io.BytesIO(b"<html>no</html>"), ["Conversation ID"])


@given(st.binary(max_size=300))
def test_any_bytes_end_in_rows_or_in_one_line_of_reason(body: bytes) -> None:
    try:
        table = open_table(io.BytesIO(b"A,B\n" + body), ["A", "B"])
    except UnreadableError:
        return
    for row in table.rows():
        assert row.fault or row.cells
