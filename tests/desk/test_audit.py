"""The audit at the desk: filtered, paged, exported, and nothing private for who may not see it."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from typing import Any

import pytest

from archiver.cli import main
from archiver.config import Home
from archiver.database import write_transaction
from archiver.register.office import audit, open_office
from tests.desk.conftest import Browser


def act(home: Home, times: int = 1, **more: Any) -> None:
    given = {"actor": "odile", "action": "acted", "subject": "request AG-1", **more}
    with closing(open_office(home)) as office, write_transaction(office):
        for _ in range(times):
            audit(office, **given)


@pytest.fixture
async def auditor(anonymous: Browser) -> Browser:
    assert (await anonymous.sign_in("auditor")).status_code == 303
    return anonymous


async def test_what_is_done_in_every_file_stands_in_one_list(auditor: Browser, city: Home) -> None:
    act(city, action="put on a shelf")
    page = (await auditor.get("/audit")).text
    for told in ("put on a shelf", "staff-add", "sign-in", "account added"):
        assert told in page
    only = (await auditor.get("/audit?action=sign-in&file=staff")).text
    assert '<td data-l="What"><a href="/audit?action=staff-add' not in only
    assert "auditor" in only


async def test_pages_go_on_to_the_oldest_line(auditor: Browser, city: Home) -> None:
    act(city, 230, action="repeated")
    path, seen = "/audit?action=repeated", 0
    while path:
        page = (await auditor.get(path)).text
        seen += page.count('<td data-l="What">')
        older = page.split('href="/audit?')[-1].split('"')[0].replace("&amp;", "&")
        path = f"/audit?{older}" if "Older lines" in page else ""
    assert seen == 230


async def test_an_auditor_learns_nothing_of_private_records(auditor: Browser, city: Home) -> None:
    act(city, action="viewed", subject="private record 123456")
    act(city, action="searched", subject="archive and private", detail={"query": "a-name"})
    for path in ("/audit", "/audit/export.csv", "/audit/export.json", "/audit?file=private"):
        text = (await auditor.get(path)).text
        assert "123456" not in text, path
        assert "a-name" not in text, path
    assert "A private record" in (await auditor.get("/audit")).text


async def test_an_export_is_what_was_filtered_safe_for_a_spreadsheet_and_written_down(
    auditor: Browser, city: Home
) -> None:
    act(city, actor="=HYPERLINK(1)", action="@sum", subject="-1+1", detail={"a": 'x"\n,'})
    act(city, action="other")
    answer = await auditor.get("/audit/export.csv", params={"action": "@sum"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, *lines = list(csv.reader(io.StringIO(answer.text)))
    assert head == ["at", "file", "number", "who", "what", "on", "detail"]
    [line] = lines
    assert line[3:6] == ["'=HYPERLINK(1)", "'@sum", "'-1+1"]
    assert json.loads(line[6]) == {"a": 'x"\n,'}
    told = json.loads((await auditor.get("/audit/export.json", params={"action": "@sum"})).text)
    assert told["complete"] is True
    assert [each["who"] for each in told["lines"]] == ["=HYPERLINK(1)"]
    page = (await auditor.get("/audit?action=exported+the+audit")).text
    assert page.count('<td data-l="What">') == 2
    assert "@sum" in page


async def test_a_filter_that_fits_nothing_or_makes_no_sense_says_what_to_do(
    auditor: Browser,
) -> None:
    assert "No line fits" in (await auditor.get("/audit?actor=nobody")).text
    for query in ("since=yesterday", "after=x", "file=mayor"):
        answer = await auditor.get(f"/audit?{query}")
        assert answer.status_code == 400, query
        assert "That did not work" in answer.text
        assert (await auditor.get(f"/audit/export.csv?{query}")).status_code in (200, 400)


def test_the_command_lists_and_exports_the_same(
    city: Home, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    act(city, action="put on a shelf", subject="=1+1")

    def run(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(city.path), "audit", *words])
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.err
        return printed.out + printed.err

    [line] = json.loads(run("list", "--action", "put on a shelf", "--json"))
    assert (line["who"], line["on"], line["file"]) == ("odile", "=1+1", "office")
    assert "put on a shelf" in run("list", "--since", "2026-11-20", "--size", "500")
    target = tmp_path / "audit.csv"
    assert "1 lines" in run("export", str(target), "--action", "put on a shelf")
    assert "'=1+1" in target.read_text("utf-8")
    assert "there already" in run("export", str(target), code=5)
    assert ".csv or .jsonl" in run("export", str(tmp_path / "audit.txt"), code=5)
    assert json.loads(run("export", str(tmp_path / "a.jsonl"), "--json"))["lines"] > 10
    assert "YYYY-MM-DD" in run("list", "--until", "soon", code=5)
