"""A county's and a special district's home: marked, explained and adopted by their own law."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.reading import Record, record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import RuleError
from archiver.register.accounts import list_accounts
from archiver.retention.adopting import adopt
from archiver.retention.checking import check_marks
from archiver.retention.comparing import compare
from archiver.retention.drafting import edited, schedule_text
from archiver.retention.explaining import explain
from archiver.retention.marking import mark_all
from archiver.retention.schedules import find_schedule

Store = Callable[..., Record]
AGENCIES = {
    "county": ("general-county", "CO-04", "the approval of the board of supervisors", "§ 26202"),
    "district": ("special-district", "SD-04", "the authority its statute requires", "§ 60201"),
}


def settings_of(kind: str, **changes: str) -> Settings:
    values = {"agency": "Alder Glen", "schedule": AGENCIES[kind][0], "agency_kind": kind}
    return Settings(**{**values, **changes})


@pytest.mark.parametrize("kind", AGENCIES)
def test_a_record_is_kept_two_years_by_the_agency_s_own_statute(
    archive: Archive, office: sqlite3.Connection, store: Store, kind: str
) -> None:
    settings, (_, code, _, section) = settings_of(kind), AGENCIES[kind]
    post = store("1", created_at="2024-02-29T20:00:00Z")
    mark_all(archive, settings, list_accounts(office))
    marked = record(archive.public, post.id)
    assert marked is not None
    assert (marked.series, marked.retain_until) == (code, "2026-03-01")
    assert not check_marks(archive, settings, list_accounts(office)).findings
    said = explain(
        *(office, archive.public, "archive", post.id),
        settings=settings,
        accounts=list_accounts(office),
    )
    assert section in said.text
    assert "§ 34090" not in said.text


@pytest.mark.parametrize("kind", AGENCIES)
def test_a_draft_of_it_is_compared_and_adopted(
    archive: Archive, office: sqlite3.Connection, store: Store, kind: str
) -> None:
    settings, (name, code, approval, _) = settings_of(kind), AGENCIES[kind]
    post = store("1")
    changes = {"version": "2027.1", "effective_from": "2026-11-01"}
    longer = edited(find_schedule(name), {**changes, f"{code}:rule": "CU+3", f"{code}:mark": "S"})
    moves = compare(office, archive, settings, longer, list_accounts(office))
    assert [(each.from_until, each.to_until, each.days) for each in moves.largest] == [
        (dt.date(2026, 3, 1), dt.date(2027, 3, 1), 365)
    ]
    adopt(
        *(office, settings, schedule_text(longer)),
        actor="of",
        resolution="26-1",
        resolved_on=dt.date(2026, 10, 20),
        adopted_by="Board",
    )
    said = explain(
        *(office, archive.public, "archive", post.id),
        settings=settings,
        accounts=list_accounts(office),
    )
    assert f"{name} 2027.1, adopted by Resolution 26-1 of 2026-10-20" in said.text
    assert approval in said.text


@pytest.mark.parametrize(("kind", "is_refused"), [("county", True), ("district", False)])
def test_a_county_does_not_go_below_its_floor_and_a_district_has_none(
    office: sqlite3.Connection, kind: str, is_refused: bool
) -> None:
    name, code, _, _ = AGENCIES[kind]
    changes = {"version": "2027.1", f"{code}:rule": "CU+1"}
    short = schedule_text(edited(find_schedule(name), changes))

    def adopted() -> str:
        made = adopt(
            *(office, settings_of(kind), short),
            actor="of",
            resolution="1",
            resolved_on=dt.date(2026, 10, 20),
            adopted_by="Board",
        )
        return made.version

    if is_refused:
        with pytest.raises(RuleError, match=r"below the floor of 2 years .*26202"):
            adopted()
    else:
        assert adopted() == "2027.1"


@pytest.mark.usefixtures("office")
def test_a_schedule_of_another_kind_of_agency_decides_nothing(archive: Archive) -> None:
    with pytest.raises(RuleError, match=r"made for a county, archive\.toml says district"):
        mark_all(archive, settings_of("district", schedule="general-county"), [])
