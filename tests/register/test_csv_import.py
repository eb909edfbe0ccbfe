"""Accounts from a spreadsheet: a verdict for every line, and all or nothing."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.config import Home
from archiver.errors import InputError
from archiver.register.accounts import add_account, list_accounts
from archiver.register.csv_import import LineOutcome, import_csv
from archiver.register.office import audit_trail, open_office

HEADER = "Platform,Handle,Department,Division,Display Name,Waiver reason,Credential\n"


def sheet(tmp_path: Path, body: str, header: str = HEADER) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_bytes((header + body).encode("utf-8"))
    return path


def test_good_lines_are_added(office: sqlite3.Connection, tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "x,@AlderGlen,City Manager,,City of Alder Glen,,env:AG_X\n"
        'bluesky,alderglen.example.org,City Manager,,"Alder Glen, California",,\n',
    )
    report = import_csv(office, path, actor="of")
    assert report.written
    assert [line.line for line in report.lines] == [2, 3]
    assert [account.display_name for account in list_accounts(office)] == [
        "Alder Glen, California",
        "City of Alder Glen",
    ]


def test_one_wrong_line_writes_nothing_and_every_line_is_judged(
    office: sqlite3.Connection, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path,
        "x,AlderGlen,City Manager,,,,\n"
        "x,AlderGlenToo,City Manager,,,,\n"
        "x,,Library,,,,\n"
        "\n"
        "x,AlderGlenLibrary,Library,,,,my-secret-password\n",
    )
    report = import_csv(office, path, actor="of")
    assert not report.written
    assert [(line.line, line.outcome) for line in report.lines] == [
        (2, LineOutcome.ADDED),
        (3, LineOutcome.WRONG),
        (4, LineOutcome.WRONG),
        (6, LineOutcome.WRONG),
    ]
    assert "x:@AlderGlen" in report.lines[1].detail
    assert "my-secret-password" not in str(report)
    assert list_accounts(office) == []
    assert audit_trail(office) == []


def test_importing_twice_adds_nothing(office: sqlite3.Connection, tmp_path: Path) -> None:
    path = sheet(tmp_path, "x,AlderGlen,City Manager,,,,\n")
    import_csv(office, path, actor="of")
    again = import_csv(office, path, actor="of")
    assert again.count(LineOutcome.DUPLICATE) == 1
    assert len(list_accounts(office)) == 1


def test_a_waiver_column_is_read(office: sqlite3.Connection, tmp_path: Path) -> None:
    path = sheet(tmp_path, "x,A,Parks,,,,\nx,B,Parks,,,Emergency notices,\n")
    assert import_csv(office, path, actor="of").written


def test_lines_are_counted_as_an_editor_counts_them(
    office: sqlite3.Connection, tmp_path: Path
) -> None:
    path = sheet(tmp_path, 'x,A,"Parks\nand Recreation",,,,\nx,two words,Parks,,,,\n')
    report = import_csv(office, path, actor="of")
    assert [line.line for line in report.lines] == [2, 4]


def test_an_account_of_the_register_fills_a_division(
    office: sqlite3.Connection, tmp_path: Path
) -> None:
    add_account(office, actor="of", platform="x", handle="A", department="Parks")
    report = import_csv(office, sheet(tmp_path, "x,B,Parks,,,,\n"), actor="of")
    assert "already has x:@A" in report.lines[0].detail


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"platform,handle\nx,A\n", "no column department"),
        (b"platform;handle;department\nx;A;Parks\n", "commas"),
        (b"platform,handle,department,password\nx,A,P,s3cr3t\n", "never passwords"),
        (b"platform,handle,department,colour\nx,A,P,red\n", "colour is not known"),
        (b"platform,handle,handle,department\n", "named twice"),
        (b"platform,handle,department\nx,A,P\xe9rez\n", "line 2: not UTF-8"),
        (b"platform,handle,department\nx,A,\0\n", "line 2: holds NUL"),
        (b"platform,handle,department\nx,A,Parks, Recreation\n", "line 2: 4 cells"),
        (b'platform,handle,department\nx,A,"Parks\n', "line 2: no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    office: sqlite3.Connection, tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as refused:
        import_csv(office, path, actor="of")
    assert "s3cr3t" not in str(refused.value)
    assert list_accounts(office) == []


def test_a_missing_file_is_one_clear_line(office: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        import_csv(office, tmp_path / "none.csv", actor="of")


def test_a_byte_order_mark_is_no_part_of_the_header(
    office: sqlite3.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes("\ufeffplatform,handle,department\nx,A,Parks\n".encode())
    assert import_csv(office, path, actor="of").written


CELLS = st.text(max_size=12) | st.sampled_from(["x", "bluesky", "Parks", "AlderGlen", "official"])
ROWS = st.lists(st.lists(CELLS, max_size=6), max_size=6)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([",", ";", "\t"]))
def test_any_spreadsheet_gets_a_verdict_and_is_written_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=delimiter)
    writer.writerow(["platform", "handle", "department", "division", "account_class"])
    writer.writerows(rows)
    path = folder / "accounts.csv"
    path.write_bytes(lines.getvalue().encode("utf-8", "surrogatepass"))
    office = open_office(Home(folder), create=True)
    try:
        report = import_csv(office, path, actor="of")
    except InputError as error:
        assert "\n" not in str(error)
        assert list_accounts(office) == []
    else:
        added = report.count(LineOutcome.ADDED)
        assert len(list_accounts(office)) == (added if report.written else 0)
        assert report.written is (report.count(LineOutcome.WRONG) == 0)
    finally:
        office.close()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_file_ends_in_one_clear_line_or_a_report(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    path = folder / "accounts.csv"
    path.write_bytes(data)
    office = open_office(Home(folder), create=True)
    try:
        import_csv(office, path, actor="of")
    except InputError as error:
        assert "\n" not in str(error)
    finally:
        office.close()
