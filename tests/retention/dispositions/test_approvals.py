"""Who has to approve is said by the route; what is missing is named, and whose it is."""

from __future__ import annotations

import datetime as dt
import stat

import pytest

from archiver.errors import InputError, RuleError
from archiver.retention.dispositions.approvals import (
    ask,
    document_of,
    given,
    missing,
    withdraw_approval,
)
from archiver.retention.dispositions.batches import get_batch, withdraw
from archiver.retention.dispositions.documents import document_path
from archiver.retention.dispositions.routes import find_route, routes
from archiver.retention.dispositions.steps import next_steps
from archiver.staff.roles import CONSENT


@pytest.fixture
def number(town) -> str:
    """A batch with records of two departments."""
    town.store("1")
    town.store("2", account=2)
    return town.build().number


def test_a_city_asks_departments_attorney_and_council(town, number) -> None:
    lacking = missing(town.office, get_batch(town.office, number), town.accounts)
    assert [(each.kind, each.department) for each in lacking] == [
        ("department", "Parks"),
        ("department", "Public Works"),
        ("consent", ""),
        ("resolution", ""),
    ]


def test_execution_is_refused_naming_what_is_missing_and_who_can_give_it(town, number) -> None:
    with pytest.raises(RuleError) as refused:
        town.execute(number)
    said = str(refused.value)
    assert "written consent of the city attorney (by the city attorney)" in said
    assert "agreement of Public Works (by the head of the department)" in said
    town.approve_all(number)
    consent = next(
        each
        for each in given(town.office, get_batch(town.office, number))
        if each.kind == "consent"
    )
    withdraw_approval(town.office, number, consent.id, actor="ph", reason="a claim was announced")
    with pytest.raises(RuleError, match="it lacks: written consent of the city attorney"):
        town.execute(number)


def test_the_clerk_cannot_give_the_attorneys_consent_without_the_document(town, number) -> None:
    with pytest.raises(RuleError, match="only the city attorney can give it at the desk"):
        town.approve(number, "consent")
    made = town.approve(number, "consent", may={CONSENT})
    assert made.document is None
    kept = town.approve(number, "consent", file=town.paper())
    path = document_path(town.home, document_of(kept))
    assert path.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_document_is_told_by_its_bytes(town, number, tmp_path) -> None:
    page = tmp_path / "consent.pdf"
    page.write_text("<html>I agree</html>", "utf-8")
    with pytest.raises(InputError, match="no PDF, PNG, JPEG or TIFF"):
        town.approve(number, "consent", file=page)
    with pytest.raises(InputError, match="cannot be read"):
        town.approve(number, "consent", file=tmp_path / "missing.pdf")


def test_a_resolution_of_before_the_list_or_of_tomorrow_is_refused(town, number) -> None:
    with pytest.raises(RuleError, match="lies before 2026-11-20"):
        town.approve(number, "resolution", on=dt.date(2026, 11, 19))
    with pytest.raises(RuleError, match="lies ahead"):
        town.approve(number, "resolution", on=dt.date(2026, 11, 21))
    with pytest.raises(InputError, match="give the number"):
        town.approve(number, "resolution", document_number=" ")
    with pytest.raises(InputError, match="the name is missing"):
        town.approve(number, "resolution", name=" ")


def test_each_department_agrees_for_itself(town, number) -> None:
    with pytest.raises(InputError, match="holds records of Parks, Public Works"):
        town.approve(number, "department", department="Library")
    town.approve(number, "department", department="parks")
    lacking = missing(town.office, get_batch(town.office, number), town.accounts)
    assert [each.department for each in lacking if each.department] == ["Public Works"]


def test_a_route_is_asked_nothing_it_does_not_need(town, number) -> None:
    with pytest.raises(RuleError, match="its route asks for department, consent, resolution"):
        town.approve(number, "board")
    with pytest.raises(InputError, match="no approval 'blessing'"):
        town.approve(number, "blessing")


def test_an_approval_is_withdrawn_once_with_a_reason_and_stays_to_be_seen(town, number) -> None:
    made = town.approve(number, "resolution")
    with pytest.raises(RuleError, match="takes a reason"):
        withdraw_approval(town.office, number, made.id, actor="of", reason="")
    withdraw_approval(town.office, number, made.id, actor="of", reason="wrong number")
    with pytest.raises(RuleError, match="withdrawn already"):
        withdraw_approval(town.office, number, made.id, actor="of", reason="again")
    with pytest.raises(InputError, match="has no approval 99"):
        withdraw_approval(town.office, number, 99, actor="of", reason="x")
    (seen,) = given(town.office, get_batch(town.office, number))
    assert seen.withdrawn_reason == "wrong number"
    with pytest.raises(Exception, match="append-only"):
        town.office.execute("DELETE FROM disposition_approvals")


def test_nothing_is_approved_after_the_end(town, number) -> None:
    withdraw(town.office, number, actor="of", reason="not this quarter")
    with pytest.raises(RuleError, match="withdrawn: it is too late to approve it"):
        town.approve(number, "resolution")
    with pytest.raises(RuleError, match="build a new batch"):
        town.execute(number)


def test_the_steps_say_what_is_done_and_what_comes_now(town, number) -> None:
    town.approve(number, "resolution", file=town.paper())
    steps = _steps(town, number)
    assert [(step.code, step.state) for step in steps] == [
        ("frozen", "done"),
        ("department", "now"),
        ("consent", "missing"),
        ("resolution", "done"),
        ("checked", "missing"),
        ("executed", "missing"),
    ]
    assert "missing: Parks, Public Works" in steps[1].detail
    assert "signed copy on file" in steps[3].detail
    withdraw(town.office, number, actor="of", reason="not this quarter")
    assert _steps(town, number)[-1].code == "withdrawn"


def test_four_fifths_are_counted_where_a_county_parts_with_statutory_records(
    new_town, tmp_path
) -> None:
    county = new_town(tmp_path / "county", "county")
    try:
        county.store("1")
        number = county.build(route="26202-statute").number
        with pytest.raises(RuleError, match="3 of 5 is less than four fifths"):
            county.approve(number, "four-fifths", votes=(3, 5))
        with pytest.raises(InputError, match="give the vote"):
            county.approve(number, "four-fifths")
        assert county.approve(number, "four-fifths", votes=(4, 5)).ayes == 4
        with pytest.raises(RuleError, match="not a county's route"):
            county.build(route="34090")
    finally:
        county.close()


def test_every_kind_of_agency_has_its_usual_route_and_each_names_its_law() -> None:
    assert [routes(kind)[0].code for kind in ("city", "county", "district")] == [
        "34090",
        "26202",
        "60201",
    ]
    for kind in ("city", "county", "district"):
        for route in (*routes(kind), *routes(kind, removal=True)):
            assert route.section and route.text and route.conditions and route.source
            assert route.mark in "SCK?"
    with pytest.raises(InputError, match="no route '12345'"):
        find_route("12345")


def _steps(town, number):
    found = get_batch(town.office, number)
    return next_steps(town.office, found, town.settings, town.accounts)


def test_who_was_asked_and_when_is_seen_in_the_steps(town, number) -> None:
    waits = ask(town.office, number, "consent", actor="of")
    assert waits.by == "the city attorney"
    step = next(each for each in _steps(town, number) if each.code == "consent")
    assert step.detail == "asked 20 Nov 2026"
    assert ask(town.office, number, "department", actor="of", of="public works").department == (
        "Public Works"
    )
    town.approve(number, "consent", file=town.paper())
    with pytest.raises(RuleError, match="lacks no written consent"):
        ask(town.office, number, "consent", actor="of")
