"""What a sent letter does to its request: the dates move, the ten days end, or it says why not."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from archiver.config import Settings
from archiver.requests.book import Request, events_of, log_search
from archiver.requests.letters.drafts import Draft
from archiver.requests.letters.sending import mark_sent
from archiver.requests.letters.writing import Letter
from archiver.requests.timing.dates import work_date

SENT = "2026-11-20T18:00:00Z"
Write = Callable[..., Letter]


def sent(office: sqlite3.Connection, settings: Settings, letter: Letter, at: str = SENT) -> None:
    mark_sent(office, settings, letter, actor="of", how="mail", at=at)


def test_an_extension_counts_from_the_moment_its_notice_goes_out(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Request,
    draft: Callable[..., Draft],
    write: Write,
    attested: None,
) -> None:
    letter = write(draft("extension"))
    assert work_date(office, settings, asked).extension is None
    sent(office, settings, letter)
    dates = work_date(office, settings, asked)
    assert dates.extension is not None
    assert dates.work_by == dt.date(2026, 12, 10)
    assert (dates.extension.person, dates.extension.title) == ("Odile Farrow", "Deputy City Clerk")


def test_a_notice_that_went_out_too_late_is_sent_and_extends_nothing(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Request,
    draft: Callable[..., Draft],
    write: Write,
    attested: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letter = write(draft("extension"))
    monkeypatch.setenv("ARCHIVER_NOW", "2026-12-02T18:00:00Z")
    sent(office, settings, letter, "2026-12-02T17:00:00Z")
    assert work_date(office, settings, asked).extension is None
    kinds = [event.kind for event in events_of(office, asked.number)]
    assert kinds[-2:] == ["letter sent", "letter without effect"]


@pytest.mark.parametrize(
    ("kind", "outcome"), [("determination", "in part"), ("no-records", "no records")]
)
def test_a_determination_ends_the_ten_days_with_what_it_promises(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Request,
    collect: Callable[..., list[int]],
    draft: Callable[..., Draft],
    write: Write,
    attested: None,
    kind: str,
    outcome: str,
) -> None:
    if kind == "determination":
        collect("release", "withhold")
    else:
        log_search(
            office,
            asked.number,
            actor="of",
            text="skate",
            filters={},
            files=["archive"],
            found=0,
            accounts=None,
        )
    letter: Any = write(draft(kind))
    sent(office, settings, letter)
    dates = work_date(office, settings, asked)
    assert dates.determination is not None
    assert (dates.determination.outcome, dates.determination.sent_at) == (outcome, SENT)
    promised = dates.estimate.available_at if dates.estimate else None
    assert promised == ("2026-12-02T00:00:00Z" if kind == "determination" else None)


def test_an_acknowledgement_decides_nothing(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Request,
    draft: Callable[..., Draft],
    write: Write,
    attested: None,
) -> None:
    sent(office, settings, write(draft("acknowledgement")))
    dates = work_date(office, settings, asked)
    assert (dates.extension, dates.determination, dates.estimate) == (None, None, None)


def test_a_question_that_went_out_waits_for_its_answer_and_moves_no_date(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Request,
    draft: Callable[..., Draft],
    write: Write,
    attested: None,
) -> None:
    before = work_date(office, settings, asked)
    sent(office, settings, write(draft("clarification")))
    after = work_date(office, settings, asked)
    assert after.clarification is not None
    assert (after.clarification.step, after.work_by) == ("asked", before.work_by)
