"""The analytics of a Page, in workbooks of the old and the newer format."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.demo.biff import workbook
from archiver.demo.linkedin_page import LINKEDIN_PAGE, write_page_export
from archiver.exports.faults import UnreadableError
from archiver.exports.sheets import read_sheets
from archiver.items import AuthorRole, ContentState, Kind, Relation
from tests.exports.opened import walked, zipped

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HEAD = ["Post title", "Post link", "Created date", "Impressions"]
LINK = "https://www.linkedin.com/feed/update/urn:li:activity:7448081445065035776"


@pytest.mark.parametrize("era", [2020, 2024])
def test_a_content_export_gives_the_posts_of_the_page(tmp_path: Path, era: int) -> None:
    path = tmp_path / "page.zip"
    write_page_export(path, count=40, era=era, generated_at=NOW)
    found = walked(path)
    assert found.format.source == "linkedin-page-download"
    assert found.balanced
    assert not found.failed
    posts = found.of(Kind.POST)
    assert len(posts) == 40
    assert all(one.author.role is AuthorRole.AGENCY for one in posts)
    assert all(one.metrics and one.metrics["impressions"] >= 10 for one in posts)
    assert all(one.native_id.startswith("urn:li:activity:") for one in posts)
    assert found.download.generated_at == "2026-11-01T12:00:00Z"
    assert found.download.identity.display_name == LINKEDIN_PAGE.handle


def test_counts_are_no_part_of_what_makes_a_version(tmp_path: Path) -> None:
    def stable(impressions: int) -> bytes:
        book = workbook([("All posts", [HEAD, ["Text", LINK, "04/09/2026", impressions]])])
        path = tmp_path / f"{impressions}.zip"
        (post,) = walked(zipped(path, {"page_content_1795950483000.xls": book})).items
        return post.stable

    assert stable(1) == stable(2)


def test_the_hour_is_read_from_the_number_only_where_the_day_agrees(tmp_path: Path) -> None:
    rows = [HEAD, ["One", LINK, "04/09/2026", 1], ["Two", LINK + "1", "01/31/2020", 1]]
    book = workbook([("All posts", rows)])
    found = walked(zipped(tmp_path / "a.zip", {"page_content_1795950483000.xls": book}))
    assert [one.created_at for one in found.items] == [
        "2026-04-09T18:56:35Z",
        "2020-01-31T00:00:00Z",
    ]


def test_a_text_that_ends_in_dots_is_not_said_to_be_whole(tmp_path: Path) -> None:
    rows = [HEAD, ["The park is closed because…", LINK, "04/09/2026", 1]]
    book = workbook([("All posts", rows)])
    (post,) = walked(zipped(tmp_path / "a.zip", {"page_content_1795950483000.xls": book})).items
    assert post.content_state is ContentState.TRUNCATED


def test_sheets_of_counts_and_other_exports_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "page.zip"
    write_page_export(path, count=3, generated_at=NOW)
    found = walked(path)
    (sheet,) = found.skipped
    assert sheet.detail == "a sheet of 4 rows of counts: kept in the original"
    (fans,) = [one for name, one in found.files.items() if "_followers_" in name]
    assert fans.state == "kept"
    lines = {line.what: line for line in found.download.coverage("2026-11-01T12:00:00Z", {}, False)}
    assert "do not name them" in lines[Relation.FOLLOWER].reason


def test_an_export_in_another_language_says_what_to_do(tmp_path: Path) -> None:
    book = workbook([("Todas", [["Título", "Enlace", "Fecha"], ["Hola", LINK, "04/09/2026"]])])
    found = walked(zipped(tmp_path / "a.zip", {"pagina_content_1795950483000.xls": book}))
    assert not found.items
    (failed,) = found.failed
    assert "set LinkedIn to English" in failed.detail


def test_a_day_that_is_none_costs_its_row_alone(tmp_path: Path) -> None:
    rows = [HEAD, ["One", LINK, "soon", 1], ["Two", LINK, "04/09/2026", 1]]
    book = workbook([("All posts", rows)])
    found = walked(zipped(tmp_path / "a.zip", {"page_content_1795950483000.xls": book}))
    assert [one.text for one in found.items] == ["Two"]
    assert len(found.failed) == 1


def test_a_long_text_over_many_records_of_the_file_is_read_whole() -> None:
    long = "公園 é " * 4000
    (sheet,) = read_sheets(io.BytesIO(workbook([("s", [["a", long, 3.5], ["b"]])])))
    assert sheet.rows == [["a", long, 3.5], ["b"]]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0" * 200, b"<html>"])
def test_what_is_no_workbook_is_named_in_one_line(data: bytes) -> None:
    with pytest.raises(UnreadableError) as raised:
        list(read_sheets(io.BytesIO(data)))
    assert "\n" not in str(raised.value)


def test_one_export_is_read_by_itself_as_it_was_downloaded(tmp_path: Path) -> None:
    path = tmp_path / "city-of-alder-glen_content_1795950483000.xls"
    path.write_bytes(workbook([("All posts", [HEAD, ["Text", LINK, "04/09/2026", 1]])]))
    assert [one.text for one in walked(path).items] == ["Text"]


def test_a_workbook_that_was_saved_anew_gives_the_same_posts(tmp_path: Path) -> None:
    found = {}
    for newer in (False, True):
        path = tmp_path / f"{newer}.zip"
        write_page_export(path, count=40, newer=newer, generated_at=NOW)
        read = walked(path)
        assert read.balanced and not read.failed
        found[newer] = [
            (one.native_id, one.created_at, one.text, one.stable, one.metrics)
            for one in read.of(Kind.POST)
        ]
    assert len(found[True]) == 40
    assert found[True] == found[False]


def test_a_newer_workbook_is_read_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "page.zip"
    write_page_export(path, count=4, newer=True, generated_at=NOW)
    with zipfile.ZipFile(path) as packed:
        [name] = [one for one in packed.namelist() if "_content_" in one]
        packed.extract(name, tmp_path)
    assert len(walked(tmp_path / name).items) == 4


def newer_workbook(cells: Mapping[str, object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, value in cells.items():
            sheet.write(place, value)
    return out.getvalue()


@pytest.mark.parametrize("far", ["XFD1048576", "A1048576", "XFD1"])
def test_a_newer_workbook_with_a_cell_far_away_is_refused(far: str) -> None:
    data = newer_workbook({"A1": "Post title", far: "far away"})
    with pytest.raises(UnreadableError, match="larger than any export"):
        list(read_sheets(io.BytesIO(data)))


@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255))))
@settings(max_examples=120, deadline=None)
def test_a_damaged_newer_workbook_is_read_or_named_in_one_line(
    cut: float, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(WHOLE_WORKBOOK[: round(len(WHOLE_WORKBOOK) * cut)])
    for place, mask in flips if damaged else ():
        damaged[round(place * (len(damaged) - 1))] ^= mask
    try:
        list(read_sheets(io.BytesIO(bytes(damaged))))
    except UnreadableError as error:
        assert "\n" not in str(error)


WHOLE_WORKBOOK = newer_workbook({"A1": "Post title", "B1": "Post link", "A2": "Text", "B2": LINK})
