"""How the city keeps the law's time: figures, charts, CSV, and the report to print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.desk.answers import Answer, Asked, Data, Page
from archiver.desk.measure_charts import age_chart, on_time_chart
from archiver.desk.pages.request_dates import duration
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.production.ledger import output_by_request
from archiver.register.office import home_of
from archiver.requests.calendars import closed_days
from archiver.requests.deadline import circumstances, clock_law_file
from archiver.requests.exemptions import catalogue
from archiver.requests.timing.cases import Case, cases, departments_of
from archiver.requests.timing.measure_rows import measures_csv
from archiver.requests.timing.measures import (
    GROUPS,
    Measures,
    grouped,
    measure,
    open_ages,
    received_between,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is shown: of which year (None: all), grouped by what."""

    year: int | None
    group: str


def show(visit: Visit, asked: Asked) -> Answer:
    """The figures, by month, quarter, year or department."""
    wanted = _wanted(asked)
    everything = _cases(visit, departments=wanted.group == "department")
    found = _of_year(everything, wanted.year)
    today = _today(visit)
    groups = grouped(found, wanted.group, today)
    whole = measure(found, today)
    return Page(
        "measures.html",
        {
            "wanted": wanted,
            "years": _years(everything),
            "groups_by": GROUPS,
            "figures": groups,
            "whole": whole,
            "chart": on_time_chart(groups) if groups else None,
            "ages": open_ages(found, today),
            "age_chart": age_chart(open_ages(found, today)),
            "circumstances": _named_circumstances(whole, today),
            "sections": _named_sections(whole),
            "spent": duration(whole.minutes),
            "all_seen": visit.private,
        },
    )


def rows(visit: Visit, asked: Asked) -> Answer:
    """The same figures as CSV."""
    wanted = _wanted(asked)
    found = _of_year(_cases(visit, departments=wanted.group == "department"), wanted.year)
    today = _today(visit)
    groups = [*grouped(found, wanted.group, today), ("all", measure(found, today))]
    return Data(measures_csv(groups), media_type="text/csv; charset=utf-8")


def report(visit: Visit, asked: Asked) -> Answer:
    """The city's own report of how it keeps the law, to be read and printed."""
    everything = _cases(visit, departments=False)
    today = _today(visit)
    year = _wanted(asked).year or today.year
    found = _of_year(everything, year)
    whole = measure(found, today)
    settings = visit.desk.settings
    with visit.office() as office:
        try:
            calendar = closed_days(settings.calendar, home_of(office)).calendar
        except ArchiverError:
            calendar = None
    return Page(
        "report.html",
        {
            "year": year,
            "years": _years(everything),
            "today": today,
            "unfinished": year >= today.year,
            "whole": whole,
            "before": measure(_of_year(everything, year - 1), today),
            "quarters": grouped(found, "quarter", today),
            "ages": open_ages(found, today),
            "circumstances": _named_circumstances(whole, today),
            "sections": _named_sections(whole),
            "spent": duration(whole.minutes),
            "calendar": calendar,
            "law": clock_law_file(),
            "receipt": settings.requests.receipt,
            "all_seen": visit.private,
        },
    )


def _cases(visit: Visit, *, departments: bool) -> list[Case]:
    with visit.office() as office:
        named = None
        if departments:
            with visit.evidence() as files:
                named = departments_of(office, files)
        return cases(
            office,
            visit.desk.settings,
            private=visit.private,
            produced=output_by_request(office, private=visit.private),
            departments=named,
        )


def _wanted(asked: Asked) -> _Asked:
    year, group = asked.asked("year"), asked.asked("by", "quarter")
    known = year.isdecimal() and len(year) == 4 and year != "0000"
    return _Asked(int(year) if known else None, group if group in GROUPS else "quarter")


def _today(visit: Visit) -> dt.date:
    return clock.local_day(clock.now_text(), visit.desk.settings.time_zone)


def _of_year(found: Sequence[Case], year: int | None) -> list[Case]:
    if year is None:
        return list(found)
    if year < 1:
        return []
    return received_between(found, dt.date(year, 1, 1), dt.date(year, 12, 31))


def _years(found: Sequence[Case]) -> list[int]:
    return sorted({case.received_on.year for case in found}, reverse=True)


def _named_circumstances(whole: Measures, today: dt.date) -> list[tuple[str, str, int]]:
    """Each circumstance extended for: its words, its section, how often."""
    try:
        known = {each.code: each for each in circumstances(today)}
    except ArchiverError:
        known = {}
    return [
        (known[code].text, known[code].source, count) if code in known else (code, "", count)
        for code, count in whole.circumstances.items()
    ]


def _named_sections(whole: Measures) -> list[tuple[str, str, int]]:
    """Each exemption cited: section, title, how often."""
    titles = {each.section: each.title for each in catalogue().exemption}
    return [(code, titles.get(code, ""), count) for code, count in whole.sections.items()]
