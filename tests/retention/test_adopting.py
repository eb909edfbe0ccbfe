"""Adoption: what it refuses, what it puts in force, and what marks and sentences say then."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from archiver.archive.reading import Record, record
from archiver.archive.retention_marks import retention_history
from archiver.archive.store import Archive
from archiver.config import Retention, Settings
from archiver.errors import RuleError
from archiver.register.accounts import Account, list_accounts
from archiver.register.office import audit_trail
from archiver.retention.adopted import Adoption, adoption_of, adoptions
from archiver.retention.adopting import adopt
from archiver.retention.checking import check_marks
from archiver.retention.drafting import edited, schedule_text
from archiver.retention.events import events_ended, list_events, record_event
from archiver.retention.explaining import explain
from archiver.retention.in_force import rulebook, schedule_in_force
from archiver.retention.marking import mark_all
from archiver.retention.reporting import report
from archiver.retention.schedules import find_schedule

Store = Callable[..., Record]
CHANGES = {"version": "2027.1", "effective_from": "2026-11-01", "PD-04:rule": "CU+5"}


def draft(**changes: str) -> str:
    return schedule_text(edited(find_schedule("palm-desert"), {**CHANGES, **changes}))


@pytest.fixture
def adopting(office: sqlite3.Connection, settings: Settings) -> Callable[..., Adoption]:
    """Adopts a text by Resolution 2026-88 of 10 November 2026."""

    def adopted(text: str, **changes: Any) -> Adoption:
        values: dict[str, Any] = {
            "actor": "of",
            "resolution": "2026-88",
            "resolved_on": dt.date(2026, 11, 10),
            "adopted_by": "City Council",
            **changes,
        }
        return adopt(office, settings, text, **values)

    return adopted


def test_an_adopted_schedule_decides_whatever_the_settings_name(
    archive: Archive, settings: Settings, adopting: Callable[..., Adoption]
) -> None:
    base = archive.home.path
    assert schedule_in_force(settings, base).version == "2026.1"
    made = adopting(draft())
    assert made.words == "Resolution 2026-88 of 2026-11-10"
    assert schedule_in_force(settings, base).version == "2027.1"
    assert schedule_in_force(settings, base).digest == made.digest
    assert schedule_in_force(settings, None).version == "2026.1"


def test_the_latest_effective_date_that_has_come_decides(
    archive: Archive,
    settings: Settings,
    adopting: Callable[..., Adoption],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adopting(draft())
    adopting(draft(version="2027.2", effective_from="2027-01-01"))
    adopting(draft(version="2026.9", effective_from="2026-10-01"))
    base = archive.home.path
    assert schedule_in_force(settings, base).version == "2027.1"
    monkeypatch.setenv("ARCHIVER_NOW", "2027-01-01T07:59:00Z")
    assert schedule_in_force(settings, base).version == "2027.1"
    monkeypatch.setenv("ARCHIVER_NOW", "2027-01-01T08:00:00Z")
    assert schedule_in_force(settings, base).version == "2027.2"


def test_adoption_changes_the_marks_and_the_sentence(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    store: Store,
    adopting: Callable[..., Adoption],
) -> None:
    post = store("1")
    mark_all(archive, settings, list_accounts(office))
    adopting(draft())
    mark_all(archive, settings, list_accounts(office))
    marked = record(archive.public, post.id)
    assert marked is not None
    assert marked.retain_until == "2029-03-01"
    assert marked.retention_rule == "palm-desert@2027.1#PD-04"
    moved = retention_history(archive.public, post.id)
    assert [each.until_to for each in moved] == ["2029-03-01"]
    said = explain(
        office,
        archive.public,
        "archive",
        post.id,
        settings=settings,
        accounts=list_accounts(office),
    )
    adopted = "by schedule palm-desert 2027.1, adopted by Resolution 2026-88 of 2026-11-10."
    assert adopted in said.text
    assert not check_marks(archive, settings, list_accounts(office)).findings


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"PD-04:rule": "CU+1"}, {}, "errors is not adopted: .*PD-04: 1 year is below the floor"),
        ({}, {"resolved_on": dt.date(2026, 11, 21)}, "lies ahead"),
        ({}, {"resolution": "  "}, "names the resolution's number"),
        ({}, {"adopted_by": ""}, "the body"),
        ({"agency_kind": "county"}, {}, "made for a county"),
        ({"version": "2026.1"}, {}, "palm-desert 2026.1 is there with another text"),
    ],
)
def test_what_is_not_adopted_leaves_nothing(
    office: sqlite3.Connection,
    adopting: Callable[..., Adoption],
    changes: dict[str, str],
    options: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(RuleError, match=message):
        adopting(draft(**changes), **options)
    assert adoptions(office) == []


def test_a_version_is_adopted_once(
    office: sqlite3.Connection, adopting: Callable[..., Adoption]
) -> None:
    adopting(draft())
    with pytest.raises(RuleError, match="with another text by Resolution 2026-88"):
        adopting(draft(**{"PD-05:rule": "CU+3"}))
    with pytest.raises(RuleError, match="was adopted already by Resolution 2026-88"):
        adopting(draft())
    assert len(adoptions(office)) == 1


def test_a_new_version_keeps_the_id_of_the_one_adopted_before(
    office: sqlite3.Connection, adopting: Callable[..., Adoption]
) -> None:
    adopting(draft(id="alder-glen", title="Alder Glen"))
    with pytest.raises(RuleError, match="another than alder-glen, adopted by Resolution 2026-88"):
        adopting(draft(version="2027.2"))
    adopting(draft(id="alder-glen", version="2027.2"))
    assert len(adoptions(office)) == 2


def test_the_report_names_the_resolution(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    adopting: Callable[..., Adoption],
) -> None:
    assert report(archive, office, settings).adopted_by is None
    adopting(draft())
    assert report(archive, office, settings).adopted_by == "Resolution 2026-88 of 2026-11-10"


def test_a_schedule_that_ships_is_adopted_as_it_is(adopting: Callable[..., Adoption]) -> None:
    shipped = find_schedule("palm-desert")
    assert adopting(schedule_text(shipped)).digest == shipped.digest


def test_what_was_adopted_stays_as_it_was(
    office: sqlite3.Connection, adopting: Callable[..., Adoption]
) -> None:
    made = adopting(draft())
    for statement in (
        "UPDATE schedule_adoptions SET text = 'x'",
        "DELETE FROM schedule_adoptions",
        "INSERT OR REPLACE INTO schedule_adoptions SELECT 99, schedule_id, version, digest, text, "
        "effective_from, resolution, resolved_on, adopted_by, recorded_at, recorded_by "
        "FROM schedule_adoptions",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            office.execute(statement)
    assert adoption_of(office, made.schedule) == made
    assert audit_trail(office)[-1].action == "schedule adopted"


WAITING = {
    "event:fair": "The fair of 2026",
    "PD-04:rule": "CL+2",
    "PD-04:event": "fair",
    "PD-05:cutoff": "created",
    "PD-05:year_end": "fiscal",
}


def test_the_end_of_an_event_moves_the_marks(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    store: Store,
    adopting: Callable[..., Adoption],
) -> None:
    post = store("1")
    adopting(draft(**WAITING))

    def until() -> str | None:
        mark_all(archive, settings, list_accounts(office))
        found = record(archive.public, post.id)
        assert found is not None
        return found.retain_until

    assert until() is None
    record_event(
        office, actor="of", name="fair", ended=dt.date(2026, 9, 1), document="Minutes of 1 Sep"
    )
    assert until() == "2028-09-01"
    record_event(
        office, actor="of", name="fair", ended=dt.date(2026, 9, 3), document="Minutes, corrected"
    )
    assert until() == "2028-09-03"
    assert mark_all(archive, settings, list_accounts(office)).marked == 0
    assert not check_marks(archive, settings, list_accounts(office)).findings
    said = explain(
        office,
        archive.public,
        "archive",
        post.id,
        settings=settings,
        accounts=list_accounts(office),
    )
    assert "“fair” ended" in said.text
    assert len(list_events(office)) == 2


def test_removed_content_is_said_to_run_from_its_removal(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    store: Store,
    adopting: Callable[..., Adoption],
) -> None:
    post = store("1", removed_at="2026-10-09T20:00:00Z")
    adopting(draft(**{"PD-01:rule": "CU+6"}))

    def said() -> str:
        found = explain(
            *(office, archive.public, "archive", post.id),
            settings=settings,
            accounts=list_accounts(office),
        )
        return found.text

    assert "it was removed (the later of that and of its creation), Fri 9 Oct 2026" in said()
    waiting = {"event:fair": "The fair", "PD-01:rule": "CL+6", "PD-01:event": "fair"}
    adopting(draft(version="2027.2", **waiting))
    record_event(office, actor="of", name="fair", ended=dt.date(2026, 9, 1), document="Minutes")
    assert "or, if that was later, it was removed, Fri 9 Oct 2026" in said()


def test_an_event_nothing_waits_for_moves_nothing(
    archive: Archive, office: sqlite3.Connection, settings: Settings, store: Store
) -> None:
    store("1")
    mark_all(archive, settings, list_accounts(office))
    record_event(office, actor="of", name="fair", ended=dt.date(2026, 9, 1), document="Minutes")
    marked = mark_all(archive, settings, list_accounts(office))
    assert (marked.marked, marked.unchanged) == (0, 0)


def test_the_city_s_fiscal_year_decides(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    adopting: Callable[..., Adoption],
    account: Account,
) -> None:
    adopting(draft(**WAITING))
    other = Settings(
        agency=settings.agency,
        schedule=settings.schedule,
        retention=Retention(fiscal_year_start="10-01"),
    )
    grounds = [
        rulebook(office, each, archive.home.path, [account]).grounds for each in (settings, other)
    ]
    assert [each["fiscal_year_start"] for each in grounds] == ["07-01", "10-01"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "needs a name"),
        ({"document": ""}, "needs the document"),
        ({"ended": dt.date(2026, 11, 25)}, "lies ahead"),
    ],
)
def test_an_end_without_name_document_or_past_day_is_refused(
    office: sqlite3.Connection, changes: dict[str, Any], message: str
) -> None:
    values: dict[str, Any] = {"name": "fair", "ended": dt.date(2026, 9, 1), "document": "Minutes"}
    with pytest.raises(RuleError, match=message):
        record_event(office, actor="of", **{**values, **changes})
    assert events_ended(office) == {}
