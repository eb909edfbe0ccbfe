"""Somebody limited to a department finds, counts and opens its records alone, on every page."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import archiver
import archiver.desk.pages
from archiver.archive import search as searching
from archiver.archive.sight import EVERYTHING, Sight
from archiver.config import Home
from archiver.desk import office_limits
from archiver.desk.office_limits import HIDDEN, OPEN, connect_limited, limit
from archiver.desk.roles_table import readable
from archiver.desk.routes import ROUTES, find
from archiver.desk.stores import Stores
from archiver.production.loading import _searches
from archiver.register.office import open_office
from archiver.staff.people import open_staff, set_departments
from tests.desk.conftest import Browser
from tests.desk.test_gate import example
from tests.desk.two_departments import (
    CLERK,
    EVERY_ROLE,
    ITEMS,
    NUMBER,
    OWN,
    SECTION,
    THEIRS,
    Scene,
    addresses,
    leaks,
    more_of_the_other,
    plain,
    scene_of,
)

REQUEST = f"/requests/{NUMBER}"
ASK = "ask somebody who is not limited to departments"
TELLING = frozenset(
    {
        "/",
        "/accounts",
        "/assigned",
        "/assigned/{item}",
        "/assigned/{item}/media/{position}",
        "/attorney",
        "/coverage",
        "/media/{file}/{id}/{position}",
        "/quarantine",
        "/quarantine/{file}/{id}",
        "/quarantine/{file}/{id}/pictures/{position}",
        "/record/{file}/{id}",
        "/requests/queue",
        "/requests/{number}",
        "/requests/{number}/everywhere",
        "/requests/{number}/lists",
        "/requests/{number}/lists/{list}",
        "/requests/{number}/personal",
        "/requests/{number}/productions/{volume}/{path}",
        "/requests/{number}/review/{item}",
        "/requests/{number}/review/{item}/media/{position}",
        "/requests/{number}/similar",
        "/retention",
        "/retention/holds",
        "/search",
        "/search.json",
    }
)
"""The addresses that tell who is not limited of the other department: what the walk is able to
notice."""


@pytest.fixture
async def scene(city: Home, anonymous: Browser) -> Scene:
    """Records of two departments, and a request that has gone far with both."""
    return await scene_of(city, anonymous)


def limit_to(home: Home, login: str, *departments: str) -> None:
    """Limit somebody, whether they are signed in or not."""
    with closing(open_staff(home)) as staff:
        set_departments(staff, login, actor="test", departments=departments)


async def test_no_address_tells_of_another_departments_records(
    scene: Scene, anonymous: Browser
) -> None:
    for login in (EVERY_ROLE, CLERK):
        assert (await anonymous.sign_in(login)).status_code == 303
        assert await leaks(anonymous, scene) == {}, login
    await anonymous.sign_in(EVERY_ROLE)
    page = plain(await anonymous.get(REQUEST))
    assert [trace for trace in OWN if trace not in page] == []
    assert f"You see the items of {THEIRS}." in page
    limit_to(scene.home, EVERY_ROLE)
    shown = {
        readable(found[0].pattern.pattern)
        for path in await leaks(anonymous, scene)
        if (found := find(path.partition("?")[0]))
    }
    assert shown >= TELLING


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches are given the time they need, so that a busy machine changes no answer."""
    for name in ("PAGE_MS", "BEST_MS", "LONGEST_MS"):
        monkeypatch.setattr(searching, name, 60_000)
    monkeypatch.setattr(searching, "walk", partial(_walk, searching.walk))


def _walk(usual: Callable[..., Any], *given: Any, **named: Any) -> Any:
    return usual(*given, **named | {"budget_ms": 60_000})


@pytest.mark.usefixtures("unhurried")
async def test_nothing_changes_for_them_when_there_is_more_of_another_department(
    scene: Scene, anonymous: Browser
) -> None:
    def read(answer: Any) -> str:
        """A page without the request's history: that something was done is told, and no more."""
        text = re.sub(r'value="[0-9a-f]{64}"', "", answer.text)
        return re.sub(r'<section[^>]*aria-labelledby="h-hist".*?</section>', "", text, flags=re.S)

    async def everything() -> dict[str, tuple[int, str]]:
        await anonymous.sign_in(EVERY_ROLE)
        return {
            path: (answer.status_code, read(answer))
            for path in addresses(scene)
            for answer in [await anonymous.get(path)]
        }

    await everything()  # what they look at is marked as seen by them
    before = await everything()
    await more_of_the_other(scene, anonymous)
    after = await everything()
    assert [path for path, shown in before.items() if after[path] != shown] == []
    history = (await anonymous.get(REQUEST)).text.partition('id="h-hist"')[2]
    assert "Items added" in history
    assert not re.search(r"\d+ records?", history.partition("</section>")[0])


@pytest.mark.parametrize("store", ["evidence", "office"])
async def test_the_walk_notices_whoever_reads_past_the_limit(
    scene: Scene, anonymous: Browser, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    usual: Callable[..., Any] = getattr(Stores, store)
    monkeypatch.setattr(Stores, store, lambda self, sight: usual(self, EVERYTHING))
    await anonymous.sign_in(EVERY_ROLE)
    assert len(await leaks(anonymous, scene)) > 5


async def test_counts_are_of_what_they_may_see(scene: Scene, anonymous: Browser) -> None:
    await anonymous.sign_in(EVERY_ROLE)
    found = json.loads((await anonymous.get("/search.json")).text)
    assert (found["count"], len(found["rows"])) == (3, 3)
    assert "<dt>Records</dt><dd>3</dd>" in (await anonymous.get("/")).text
    assert 'id="items">3 records<' in (await anonymous.get(REQUEST)).text
    guess, none = [
        json.loads((await anonymous.get(f"/search.json?account={number}")).text)
        for number in (1, 999)
    ]
    assert guess == none
    limit_to(scene.home, EVERY_ROLE)
    assert f'id="items">{len(ITEMS)} records<' in (await anonymous.get(REQUEST)).text


async def test_a_limit_holds_and_ends_with_the_next_click(scene: Scene, anonymous: Browser) -> None:
    path = f"/record/{scene.path('100')}"
    await anonymous.sign_in("odile")
    assert (await anonymous.get(path)).status_code == 200
    limit_to(scene.home, "odile", THEIRS)
    assert (await anonymous.get(path)).status_code == 404
    assert (await anonymous.get(f"/record/{scene.path('p1')}")).status_code == 200
    assert THEIRS in (await anonymous.get("/me")).text
    limit_to(scene.home, "odile", "City Manager")
    assert (await anonymous.get(path)).status_code == 200
    assert (await anonymous.get(f"/record/{scene.path('p1')}")).status_code == 404
    limit_to(scene.home, "odile", "City Manager", THEIRS)
    assert (await anonymous.get(f"/record/{scene.path('p1')}")).status_code == 200
    limit_to(scene.home, "odile", "No Such Department")
    assert (await anonymous.get(path)).status_code == 404
    assert json.loads((await anonymous.get("/search.json")).text)["count"] == 0
    limit_to(scene.home, "odile")
    assert (await anonymous.get(path)).status_code == 200


async def test_records_go_with_their_account_to_its_new_department(
    scene: Scene, anonymous: Browser
) -> None:
    await anonymous.sign_in(EVERY_ROLE)
    path = f"/record/{scene.path('100')}"
    assert (await anonymous.get(path)).status_code == 404
    with closing(sqlite3.connect(scene.home.office_db)) as office:
        office.execute(
            "UPDATE register_accounts SET department = ?, department_key = ? WHERE id = 1",
            (THEIRS, THEIRS.casefold()),
        )
        office.commit()
    assert (await anonymous.get(path)).status_code == 200
    assert 'id="items">8 records<' in (await anonymous.get(REQUEST)).text


async def test_what_needs_every_record_is_refused_in_one_line(
    scene: Scene, anonymous: Browser
) -> None:
    await anonymous.sign_in(EVERY_ROLE)
    refused = set()
    for route in ROUTES:
        path = example(route.pattern.pattern, number=NUMBER)
        for method, act in route.acts.items():
            if act.whole:
                answer = await (anonymous.get if method == "GET" else anonymous.post)(path)
                assert answer.status_code == 403, (method, path)
                assert ASK in answer.text, (method, path)
                refused.add(f"{method} {path}")
    for kind in ("determination", "production-cover", "closing"):
        answer = await anonymous.get(f"{REQUEST}/letters/new?kind={kind}")
        assert (answer.status_code, ASK in answer.text) == (403, True), kind
    needed = [f"{REQUEST}/{what}" for what in ("produce", "close", "determined")]
    needed += ["/attorney/sign-off", "/attest"]
    assert {f"POST {path}" for path in needed} <= refused
    page = (await anonymous.get(REQUEST)).text
    for what in ("produce", "close", "determined"):
        assert f'action="{REQUEST}/{what}"' not in page
    for path in ("/audit", "/retention", "/attest"):
        assert f'href="{path}"' not in page
    answer = await anonymous.post(f"{REQUEST}/lists", {"kind": "accounts", "account": ""})
    assert (answer.status_code, ASK in answer.text) == (422, True)


async def test_no_form_reaches_another_departments_items(scene: Scene, anonymous: Browser) -> None:
    tables = [*office_limits._ITEM, "request_items", "quarantine_steps", "intake_decisions"]

    def theirs() -> dict[str, list[Any]]:
        with closing(sqlite3.connect(scene.home.office_db)) as office:
            return {
                table: office.execute(
                    f"SELECT * FROM {table} WHERE item_id NOT IN (4, 5, 6)"
                    if table in office_limits._ITEM
                    else f"SELECT * FROM {table}"
                ).fetchall()
                for table in tables
            }

    await anonymous.sign_in(EVERY_ROLE)
    before = theirs()
    for values, wanted in (
        ({"item": ["1"], "choice": "release"}, (422,)),
        ({"one": "not responsive:7"}, (422,)),
        ({"item": ["1", "4"], "choice": "undecided"}, (303,)),
    ):
        answer = await anonymous.post(f"{REQUEST}/decide", values)
        assert answer.status_code in wanted, values
    file, number = scene.ids["c1"]
    for path, values in (
        ("/collect", {"pick": f"{file}:{number}", "to": NUMBER}),
        ("/collect", {"pick": f"archive:{number}", "to": "new"}),
        (f"{REQUEST}/review/1", {"choice": "release", "seen": "1"}),
        (f"{REQUEST}/review/1/undo", {"seen": "1"}),
        (f"{REQUEST}/review/2/note", {"internal": "x"}),
        (f"{REQUEST}/review/7/bars", {"act": "cover", "field": "text", "start": "0", "end": "4"}),
        (f"{REQUEST}/review/7/instalment", {"instalment": "1"}),
        (f"{REQUEST}/review/7/confirm", {"seen": "7"}),
        (f"{REQUEST}/assign", {"person": "clerk", "which": "items", "items": "1"}),
        (f"{REQUEST}/frozen/1/collect", {"what": "all", "along": "nothing"}),
        (f"{REQUEST}/searches/1/freeze", {}),
        (f"{REQUEST}/lists/1", {"act": "release", "seen": "1"}),
        (f"{REQUEST}/undo-addition", {"addition": "1", "reason": "x"}),
        ("/assigned/1", {"choice": "release"}),
        ("/attorney/answer", {"question": "1", "answer": "x", "number": NUMBER, "item": "2"}),
        (f"/record/{scene.path('c1')}/quarantine", {"kind": "court-sealed", "reason": "x"}),
        (f"/quarantine/{scene.path('c3')}/lift", {"reason": "x"}),
        ("/requests/queue/1", {"outcome": "none of these", "note": "x"}),
        ("/requests/queue/2", {"outcome": "none of these", "note": "x"}),
    ):
        answer = await anonymous.post(path, values)
        assert answer.status_code in (303, 400, 403, 404, 422), path
        assert "GRANITE" not in answer.text, path
    after = theirs()
    changed = {table for table in tables if after[table] != before[table]}
    assert changed <= {"intake_decisions"}
    with closing(sqlite3.connect(scene.home.office_db)) as office:
        decided = office.execute(
            "SELECT record_id FROM intake_decisions JOIN intake_candidates AS c "
            "ON c.id = candidate_id"
        ).fetchall()
    assert {row[0] for row in decided} <= {scene.ids["p1"][1], scene.ids["p2"][1]}


async def test_they_work_with_their_own_items_as_anybody_does(
    scene: Scene, anonymous: Browser
) -> None:
    await anonymous.sign_in(EVERY_ROLE)
    for path, values in (
        (
            f"{REQUEST}/review/4",
            {
                "choice": "withhold",
                "section": SECTION,
                "seen": "4",
                "note": "now",
                "differs": "yes",
            },
        ),
        (f"{REQUEST}/review/5/note", {"internal": "Mine."}),
        (f"{REQUEST}/searches", {"search": "q=cedar", "name": "Cedar", "act": "freeze"}),
        (f"{REQUEST}/frozen/2/collect", {"what": "all", "along": "nothing"}),
        (f"{REQUEST}/lists", {"kind": "coverage", "account": "2", "on": ""}),
        (f"{REQUEST}/lists/6", {"act": "release", "seen": "0"}),
        (f"{REQUEST}/assign", {"person": "clerk", "which": "all"}),
        (f"/record/{scene.path('p2')}/quarantine", {"kind": "court-sealed", "reason": "x"}),
        (f"/quarantine/{scene.path('p2')}/lift", {"reason": "Not sealed."}),
        (
            "/requests",
            {
                "received_on": "2026-11-16",
                "received_time": "09:12",
                "channel": "email",
                "verbatim": "Potholes",
                "pick": [":".join(map(str, scene.ids["p1"]))],
            },
        ),
    ):
        answer = await anonymous.post(path, values)
        told = re.sub(r"<[^>]+>|\s+", " ", answer.text)[-700:]
        assert answer.status_code == 303, (path, told)
    assert "2 records" in (await anonymous.get(f"{REQUEST}/frozen/2")).text
    await anonymous.sign_in("odile")
    page = (await anonymous.get(REQUEST)).text
    assert f"(only {THEIRS})" in page
    taken = await anonymous.get(f"{REQUEST}/frozen/2")
    assert f"looking only through the accounts of {THEIRS}" in taken.text
    with closing(open_office(scene.home)) as office:
        told = [each.where for each in _searches(office, NUMBER)]
    assert told[-1].endswith(f"; only of the accounts of {THEIRS}")
    assert not any("only of" in where for where in told[:-1])


async def test_an_assignment_outside_the_reviewers_departments_is_refused(
    scene: Scene, anonymous: Browser
) -> None:
    limit_to(scene.home, "reviewer", THEIRS)
    await anonymous.sign_in("odile")
    values = {"person": "reviewer", "which": "items", "items": "1, 4, 7"}
    refused = await anonymous.post(f"{REQUEST}/assign", values)
    assert refused.status_code == 400
    assert "item 1 is of City Manager, and reviewer sees only records of Public Works" in (
        plain(refused)
    )
    assert "1 more" in refused.text
    values["items"] = "4"
    assert (await anonymous.post(f"{REQUEST}/assign", values)).status_code == 303
    await anonymous.sign_in("reviewer")
    assert "/assigned/4" in (await anonymous.get("/assigned")).text
    limit_to(scene.home, "reviewer", "City Manager")
    assert (await anonymous.get("/assigned/4")).status_code == 404


async def test_the_administrator_sets_and_takes_away_a_limit(
    city: Home, anonymous: Browser
) -> None:
    await anonymous.sign_in("administrator")
    page = (await anonymous.get("/people/clerk")).text
    assert 'value="Public Works"' in page
    for values, told in (
        ({"department": "Parks", "what": "these"}, "City Manager, Public Works"),
        ({"what": "these"}, "Tick the departments"),
    ):
        answer = await anonymous.post("/people/clerk/departments", values)
        assert (answer.status_code, told in answer.text) == (422, True), values
    done = await anonymous.post(
        "/people/clerk/departments", {"department": ["public works", "City Manager"]}
    )
    assert done.status_code == 303
    assert "City Manager, Public Works" in (await anonymous.get("/people")).text
    taken = await anonymous.post(
        "/people/clerk/departments", {"department": "Public Works", "what": "everything"}
    )
    assert "no department any longer" in (await anonymous.get(taken.headers["location"])).text
    with closing(open_staff(city)) as staff:
        found = staff.execute(
            "SELECT actor, subject, detail FROM audit WHERE action = 'staff-departments'"
        ).fetchall()
    both = ["City Manager", "Public Works"]
    assert [(row[0], row[1], json.loads(row[2])) for row in found] == [
        ("administrator", "clerk", {"before": [], "after": both}),
        ("administrator", "clerk", {"before": both, "after": []}),
    ]


def test_every_table_of_the_office_is_open_or_behind_a_view(city: Home) -> None:
    sight = Sight(True, (THEIRS,), frozenset({2}))
    with closing(connect_limited(city, private=True)) as office:
        limit(office, sight)
        tables = {
            row[0]
            for row in office.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
            if not row[0].startswith("sqlite_")
        }
        views = {row[0] for row in office.execute("SELECT name FROM temp.sqlite_master")}
        assert tables - views == OPEN
        silent = {name for name in tables if office_limits._condition(name, sight) == "0"}
        assert silent - OPEN == HIDDEN, "say in office_limits what of a new table may be seen"
        for table in views & tables:
            office.execute(f"SELECT * FROM {table}").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="view"):
            office.execute("DELETE FROM request_items")


async def test_no_row_of_the_office_tells_of_another_departments_items(scene: Scene) -> None:
    own = {scene.ids[name][1] for name in ("p1", "p2", "p3")}
    with closing(connect_limited(scene.home, private=True)) as office:
        limit(office, Sight(True, (THEIRS,), frozenset({2})))

        def seen(table: str, column: str, schema: str = "temp") -> set[int]:
            found = office.execute(f"SELECT {column} FROM {schema}.{table}")
            return {row[0] for row in found.fetchall()}

        told = set()
        for table, column in office_limits._ITEM.items():
            assert seen(table, column) <= {4, 5, 6}, table
            told |= {table} if seen(table, column, "main") - {4, 5, 6} else set()
        assert seen("request_items", "id") == {4, 5, 6}
        for table, (column, other) in office_limits._OF.items():
            assert seen(table, column) <= seen(other, "id"), table
        for table in office_limits._RECORD:
            assert seen(table, "record_id") <= own, table
            told |= {table} if seen(table, "record_id", "main") - own else set()
        for table in ("request_searches", "search_runs", "saved_searches", "productions", "audit"):
            assert seen(table, "id") == set(), table
            told |= {table} if seen(table, "id", "main") else set()
    assert {"hold_items", "request_decisions", "item_notes", "productions", "audit"} <= told


def test_no_statement_writes_to_a_table_that_may_be_a_view() -> None:
    package = Path(archiver.__file__).parent
    writing = re.compile(r"\b(?:INSERT (?:OR [A-Z]+ )?INTO|UPDATE|DELETE FROM) ([a-z_]\w+)\b")
    rooms = [package / name for name in ("requests", "policy", "desk")]
    files = [path for room in rooms for path in room.rglob("*.py") if path.name != "schema.py"]
    files += [package / "register" / "office.py", package / "operations" / "jobs.py"]
    files += [package / "retention" / f"{name}.py" for name in ("quarantine", "holds", "covering")]
    found = {
        (path.name, table)
        for path in files
        for table in writing.findall(path.read_text("utf-8"))
        if table not in OPEN | {"main", "temp"}
    }
    # the worker alone writes on in a job, and it is not limited
    assert found - {("jobs.py", "jobs")} == set()


def test_no_page_opens_a_file_by_itself() -> None:
    pages = Path(archiver.desk.pages.__file__).parent.parent
    past = re.compile(
        r"Archive\.open|connect_read_only|\bconnect\(|stores\.(?:office|evidence|whole)"
    )
    allowed = {"stores.py", "visits.py", "looks.py", "office_limits.py"}
    found = [
        (path.name, line.strip())
        for path in pages.rglob("*.py")
        if path.name not in allowed
        for line in path.read_text("utf-8").splitlines()
        if past.search(line)
    ]
    # names of departments are no records
    assert {name for name, _ in found} <= {"staff.py"}
    assert all("EVERYTHING" in line for _, line in found)
