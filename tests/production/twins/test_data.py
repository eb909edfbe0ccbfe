"""The data files say what the packet says, and no spreadsheet runs them."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from archiver.production.cells import FORMULA, plain, safe
from archiver.production.twins.entries import COLUMNS
from archiver.production.twins.workbook import LONGEST, fitting

ANY = st.text(st.characters(exclude_categories=()), max_size=60)
"""Half characters and controls included."""


def table(made, name="records.csv"):
    text = (made.folder / "data" / name).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_both_hold_every_released_record_in_the_packets_order(made) -> None:
    assert [line["text"] for line in made.lines] == made.texts
    assert [row["number"] for row in table(made)] == [str(line["number"]) for line in made.lines]
    first = made.packet.printed[made.packet.order[0].key]
    assert made.lines[0]["first_page"] == f"AG-{first.first:06d}"
    assert made.lines[0]["media"][0]["file"] == f"media/{first.media[0][1]}"


def test_answers_name_the_number_of_what_they_answer(made) -> None:
    by_number = {line["number"]: line for line in made.lines}
    assert by_number[2]["in_reply_to"] == 1
    assert by_number[1]["in_reply_to"] is None
    assert by_number[2]["conversation"] == by_number[1]["conversation"] == 1


def test_a_handle_is_no_formula(made) -> None:
    [row] = [row for row in table(made) if "HYPERLINK" in row["text"]]
    assert row["text"].startswith("'=")
    assert row["account"] == "'@AlderGlen"
    assert any(line["text"].startswith("=") for line in made.lines)


@given(ANY)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not safe(text).startswith(FORMULA)
    assert safe(text).lstrip("'").startswith(plain(text).lstrip("'")[:1])


@given(st.lists(ANY, min_size=1, max_size=4))
def test_a_csv_row_comes_back_as_it_was_written(cells: list[str]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerow([safe(cell) for cell in cells])
    read = written.getvalue().encode("utf-8").decode("utf-8")
    assert list(csv.reader(io.StringIO(read, newline=""))) == [[safe(cell) for cell in cells]]


def test_half_a_character_does_not_stop_the_data(people, twins) -> None:
    made = twins(people.record("1", "half \ud83d of it"))
    assert made.lines[0]["text"] == "half \ud83d of it"
    assert table(made)[0]["text"] == "half \ufffd of it"


def test_the_index_has_a_row_for_each_record_list_and_sheet(made) -> None:
    rows = table(made, "index.csv")
    counts = {what: sum(row["what"] == what for row in rows) for what in ("record", "list")}
    assert counts == {"record": len(made.texts), "list": 1}
    sheets = [row for row in rows if row["what"] == "sheet"]
    assert [row["sections"] for row in sheets] == [
        "; ".join(one.citations) for one in made.release.withheld
    ]
    pages = [f"AG-{made.packet.sheets[one.key]:06d}" for one in made.release.withheld]
    assert [row["first_page"] for row in sheets] == pages


def book(made):
    return openpyxl.load_workbook(made.folder / "data/records.xlsx")


def test_the_workbook_says_what_the_csv_says(made) -> None:
    sheet = book(made)["Records"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == COLUMNS
    column = COLUMNS.index("text")
    said = [str(row[column] or "").strip() for row in rows[1:]]
    assert said == [fitting(text).strip() for text in made.texts]


def test_every_cell_of_the_workbook_is_text(made) -> None:
    for sheet in book(made):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.value is None or cell.data_type == "s", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
    sheet = book(made)["Records"]
    formulas = [cell for row in sheet.iter_rows() for cell in row if str(cell.value)[:1] == "="]
    assert formulas
    assert all(cell.quotePrefix for cell in formulas)


def test_the_workbook_has_a_sheet_for_what_a_record_has_several_of(made) -> None:
    found = book(made)
    assert found.sheetnames == [
        *("Records", "Earlier versions", "Media", "Redactions", "Withheld", "What it is"),
    ]
    bars = sum(len(record.redactions) for record in made.release.records)
    assert found["Redactions"].max_row == bars + 1
    assert found["Withheld"].max_row == len(made.release.withheld) + 1


def test_the_workbook_carries_no_time_and_no_right_of_this_machine(made) -> None:
    with zipfile.ZipFile(made.folder / "data/records.xlsx") as found:
        assert {each.date_time for each in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {each.create_system for each in found.infolist()} == {0}
        # the rights of a file that Python creates, whatever this machine's are
        assert len({each.external_attr for each in found.infolist()}) == 1
        assert b"2026-11-20T18:00:00Z" in found.read("docProps/core.xml")


@given(st.text(st.characters(exclude_categories=()), max_size=50), st.integers(0, 3))
def test_a_cell_is_never_longer_than_excel_keeps(text: str, times: int) -> None:
    cell = fitting(text * (10 ** (times + 1)))
    assert len(cell.encode("utf-16-le")) // 2 <= LONGEST
    cell.encode("utf-8")
