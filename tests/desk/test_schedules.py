"""The schedule at the desk: a copy is edited, compared with what is in force, and adopted."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from archiver.config import Home
from archiver.register.office import audit_trail, open_office
from archiver.retention.adopted import adoptions
from archiver.retention.drafting import list_drafts
from archiver.retention.in_force import schedule_in_force
from tests.desk.conftest import Browser

RESOLUTION = {"by": "City Council", "resolution": "2026-90", "on": "2026-01-13"}


@pytest.fixture
async def draft(anonymous: Browser) -> str:
    """The address of a draft, before a records manager."""
    await anonymous.sign_in("records-manager")
    begun = await anonymous.post("/retention/schedule", {})
    assert begun.status_code == 303
    return str(begun.headers["location"])


def place_of(home: Home, code: str) -> int:
    codes = [each.code for each in schedule_in_force(home.settings(), home.path).series]
    return codes.index(code)


async def test_a_series_is_changed_compared_and_adopted(
    anonymous: Browser, city: Home, draft: str
) -> None:
    posts = place_of(city, "PD-04")
    saved = await anonymous.post(draft, {f"rule-{posts}": "CU+3", "then": "compare"})
    assert saved.status_code == 303
    compared = await anonymous.get(saved.headers["location"])
    assert compared.status_code == 200
    assert "Nothing has changed yet" in compared.text
    table = await anonymous.get(f"{draft}/compare.csv")
    head, *moves = table.text.splitlines()
    assert head == "file,record,kind,series now,until now,series then,until then,days"
    assert moves
    assert {row.split(",")[5] for row in moves} == {"PD-04"}
    with closing(open_office(city)) as office:
        assert adoptions(office) == []

    adopted = await anonymous.post(f"{draft}/adopt", RESOLUTION)
    assert adopted.status_code == 303
    page = await anonymous.get("/retention/schedule")
    assert "Resolution 2026-90" in page.text
    assert "Kept 3 years from the day it was made: kind post; direction agency." in page.text
    now = schedule_in_force(city.settings(), city.path)
    assert now.find("PD-04").period.years == 3
    with closing(open_office(city)) as office:
        assert list_drafts(office) == []
        assert {"schedule adopted"} <= {entry.action for entry in audit_trail(office)}


@pytest.mark.parametrize(
    ("change", "told"),
    [({"resolution": " "}, "resolution"), ({"on": "soon"}, "Give the day of the resolution")],
)
async def test_nothing_is_adopted_without_its_resolution(
    anonymous: Browser, city: Home, draft: str, change: dict[str, str], told: str
) -> None:
    refused = await anonymous.post(f"{draft}/adopt", {**RESOLUTION, **change})
    assert refused.status_code == 422
    assert told in refused.text
    with closing(open_office(city)) as office:
        assert adoptions(office) == []


async def test_a_period_nobody_can_read_is_told_and_the_draft_stays(
    anonymous: Browser, city: Home, draft: str
) -> None:
    with closing(open_office(city)) as office:
        (before,) = list_drafts(office)
    refused = await anonymous.post(draft, {"rule-0": "two years, maybe"})
    assert refused.status_code == 422
    with closing(open_office(city)) as office:
        assert list_drafts(office) == [before]


async def test_a_draft_below_the_floor_of_the_law_cannot_be_adopted(
    anonymous: Browser, city: Home, draft: str
) -> None:
    await anonymous.post(draft, {f"rule-{place_of(city, 'PD-04')}": "CU+1"})
    page = await anonymous.get(draft)
    assert "34090" in page.text
    refused = await anonymous.post(f"{draft}/adopt", RESOLUTION)
    assert refused.status_code == 422
    with closing(open_office(city)) as office:
        assert adoptions(office) == []


@pytest.mark.parametrize("role", ["clerk", "auditor"])
async def test_who_only_reads_retention_edits_no_schedule(anonymous: Browser, role: Any) -> None:
    await anonymous.sign_in(role)
    page = await anonymous.get("/retention/schedule")
    assert page.status_code == 200
    assert "Edit a copy" not in page.text
    assert (await anonymous.post("/retention/schedule", {})).status_code == 403
