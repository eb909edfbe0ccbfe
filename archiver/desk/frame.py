"""The frame around every page: where one is, who one is, what is wrong with the archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined

from archiver import clock
from archiver.desk import texts, words
from archiver.desk.answers import Asked, Page
from archiver.desk.desk import Desk
from archiver.desk.guides import with_guides
from archiver.desk.visits import Visit
from archiver.operations.status import last_night
from archiver.requests.intake import list_requests
from archiver.requests.receiving.queue import count_waiting
from archiver.retention.quarantine import quarantined
from archiver.staff.roles import (
    ANSWER_ASKS,
    ATTEST,
    CONSULT,
    FORWARD,
    IMPORT,
    MANAGE_STAFF,
    PAIR_RECORDS,
    REVIEW_ASSIGNED,
    SEARCH,
    TELL_INTAKE,
    VIEW_ACCOUNTS,
    VIEW_AUDIT,
    VIEW_POLICIES,
    VIEW_PRIVILEGED,
    VIEW_QUARANTINE,
    VIEW_REQUESTS,
    VIEW_RETENTION,
    VIEW_SETUP,
    VIEW_STATUS,
)

_PROBLEMS = {
    400: ("That did not work", "What was sent cannot be used."),
    403: ("Not yours to open", "Your role does not allow this. An administrator can change that."),
    404: ("Nothing here", "There is no such page, or you may not see it."),
    405: ("Not that way", "This page cannot be asked for in that way."),
    421: ("Not by that name", "This desk is not reached by that name."),
    500: ("The desk could not do that", "Try again; if it stays, tell IT."),
    503: ("Busy for a moment", "Another program is writing. Try again in a minute."),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the sidebar."""

    to: str
    name: str
    icon: str
    count: int | None = None


def prepare_templates(datasette_templates: Environment, desk: Desk) -> Environment:
    """Datasette's template environment with the desk's words and dates in it.

    Pages are filled in worker threads, so the copy is not asynchronous; a name a template does not
    know is an error rather than an empty place.
    """
    templates = datasette_templates.overlay(
        enable_async=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    zone = desk.settings.time_zone
    templates.filters.update(
        when=lambda text: clock.shown(text, zone),
        day=lambda text: clock.shown_day(clock.local_day(text, zone), weekday=False),
        date=_date,
        weekday_date=lambda day: clock.shown_day(_day(day), year=_other_year(_day(day), zone)),
        number=lambda value: f"{value:,}",
        platform=words.platform_name,
        kind=words.kind_name,
        language=words.language_name,
        initials=words.initials,
        size=words.size_text,
        counted=words.counted,
        browser=words.browser_name,
        author=lambda of: words.author_name(of.author_name, of.author_handle, of.author_id),
        said_to=lambda of: words.said_to(of.kind, of.form),
        plain=texts.plain,
        flat=texts.flat,
        one_line=texts.one_line,
        sentence=texts.sentence,
        with_guides=with_guides,
        spaced=texts.spaced_hash,
    )
    templates.globals.update(agency=desk.settings.agency)
    return templates


def page_html(desk: Desk, visit: Visit | None, asked: Asked, page: Page) -> str:
    """A page inside the frame."""
    return desk.render(page.template, {**_frame(desk, visit, asked.path), **page.shown})


def problem_html(desk: Desk, visit: Visit | None, status: int, told: str = "") -> str:
    """What a person sees when a page cannot be shown; says what to do next."""
    title, usual = _PROBLEMS.get(status, _PROBLEMS[500])
    context = {**_frame(desk, visit, ""), "title": title, "told": told or usual, "status": status}
    return desk.render("problem.html", context)


def _frame(desk: Desk, visit: Visit | None, path: str) -> dict[str, object]:
    if visit is None or visit.must_enrol:
        return {"visit": visit, "groups": [], "here": "", "path": path, "stale": None}
    with visit.office() as office:
        requests = (
            len(list_requests(office, include_closed=False)) if visit.may(VIEW_REQUESTS) else None
        )
        hidden = quarantined(office)
        queue = (
            count_waiting(office, private=visit.private, hidden=hidden)
            if visit.may(TELL_INTAKE)
            else None
        )
        shut = sum(map(len, hidden.values())) if visit.may(VIEW_QUARANTINE) else None
        night = last_night(office)
    groups = _groups(visit.reaches, requests, queue, shut)
    return {
        "visit": visit,
        "groups": groups,
        "here": _here(groups, path),
        "path": path,
        "stale": _stale(desk, night.finished_at if night else None),
    }


def _here(groups: Sequence[tuple[str, Sequence[Link]]], path: str) -> str:
    """The line of the sidebar a page belongs to: of those its address begins with, the longest."""
    if path.startswith("/record/"):
        return "/search"
    lines = [link.to for _, links in groups for link in links]
    fitting = [to for to in lines if path == to or (to != "/" and path.startswith(f"{to}/"))]
    return max(fitting, key=len, default="")


def _groups(
    may: Callable[[str], bool], requests: int | None, queue: int | None, shut: int | None
) -> list[tuple[str, list[Link]]]:
    lines: list[tuple[str, list[tuple[str | None, Link]]]] = [
        (
            "Work",
            [
                (None, Link("/", "Today", "home")),
                (VIEW_REQUESTS, Link("/requests", "Requests", "file", requests)),
                (REVIEW_ASSIGNED, Link("/assigned", "Assigned to me", "list")),
                (ANSWER_ASKS, Link("/tasks", "My tasks", "list")),
                (FORWARD, Link("/forwards", "Forwarded", "letter")),
                (CONSULT, Link("/consults", "Before deleting", "question")),
                (VIEW_PRIVILEGED, Link("/attorney", "With attorney", "person")),
                (TELL_INTAKE, Link("/requests/queue", "Queue", "list", queue)),
                (ATTEST, Link("/attest", "Attest", "file")),
            ],
        ),
        (
            "Archive",
            [
                (SEARCH, Link("/search", "Search", "search")),
                (VIEW_STATUS, Link("/coverage", "Coverage", "calendar")),
                (IMPORT, Link("/import", "Import", "tray")),
                (PAIR_RECORDS, Link("/pairs", "Pairs", "list")),
                (VIEW_RETENTION, Link("/retention", "Retention", "clock")),
                (VIEW_QUARANTINE, Link("/quarantine", "Quarantine", "lock", shut)),
            ],
        ),
        (
            "Set-up",
            [
                (VIEW_REQUESTS, Link("/letters", "Letters", "letter")),
                (VIEW_ACCOUNTS, Link("/accounts", "Accounts", "person")),
                (VIEW_POLICIES, Link("/policies", "Policies", "file")),
                (MANAGE_STAFF, Link("/people", "Staff", "person")),
                (VIEW_AUDIT, Link("/audit", "Audit log", "list")),
                (VIEW_SETUP, Link("/setup", "Set-up", "list")),
            ],
        ),
        (
            "You",
            [
                (None, Link("/me", "Your account", "person")),
                (None, Link("/help", "Help", "question")),
            ],
        ),
    ]
    allowed = [
        (name, [link for permission, link in links if permission is None or may(permission)])
        for name, links in lines
    ]
    return [(name, links) for name, links in allowed if links]


def _stale(desk: Desk, finished_at: str | None) -> str | None:
    """One sentence where the nightly run is overdue, or None."""
    if finished_at is None:
        return "No nightly run has finished yet, so nothing new is being captured."
    hours = (clock.now() - clock.parse(finished_at)) / dt.timedelta(hours=1)
    if hours <= desk.settings.alerts.stale_after_hours:
        return None
    shown = clock.shown(finished_at, desk.settings.time_zone)
    return f"The last nightly run finished {hours:,.0f} hours ago, on {shown}."


def _day(text: str | dt.date) -> dt.date:
    return dt.date.fromisoformat(text) if isinstance(text, str) else text


def _date(text: str | dt.date) -> str:
    return clock.shown_day(_day(text), weekday=False)


def _other_year(day: dt.date, zone: str) -> bool:
    return day.year != clock.now().astimezone(clock.zone(zone)).year
