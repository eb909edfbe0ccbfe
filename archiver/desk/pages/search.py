"""Searching the archive."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.facets import FacetCount
from archiver.archive.fields import Fields, to_fields, to_text
from archiver.archive.filters import known_accounts
from archiver.archive.query import NEAR_WORDS
from archiver.archive.reading import Record, record, record_by_native
from archiver.archive.search import Hit, Results, SearchRefused, search
from archiver.desk import words
from archiver.desk.answers import Answer, Asked, Data, Page, Redirect
from archiver.desk.charts import months_chart
from archiver.desk.looking import note_look
from archiver.desk.numbers import whole
from archiver.desk.picks import MOST_FOUND
from archiver.desk.repeats import repeats_among
from archiver.desk.searching import Wanted, read_wanted
from archiver.desk.states import State, named_states
from archiver.desk.visits import Visit
from archiver.errors import InputError, UsageError
from archiver.requests.book import Request, get_request, open_requests
from archiver.requests.collecting.families import ALONG_WORDS
from archiver.requests.collecting.saved import SavedSearch, saved_search
from archiver.staff.roles import MANAGE_REQUESTS, VIEW_REQUESTS

PAGE_SIZE = 25
JSON_SIZE = 50
_NUMBER = re.compile(r"\d{4}-\d{4,}\s*\Z")
_PARENT_KINDS = ("post", "comment", "message")


@dataclass(frozen=True, slots=True)
class Line:
    """A hit, its badges, and the record it answers."""

    hit: Hit
    author: str
    states: list[State]
    parent: Record | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A box of the filter rail; `count` is None where it could not be counted."""

    value: str
    label: str
    count: int | None
    ticked: bool


def show(visit: Visit, asked: Asked) -> Answer:
    """The search page: empty, or with what was found; a search in fields is written as words."""
    if "fields" in asked.query:
        wanted = read_wanted({**asked.query, "q": [to_text(_fields(asked))]})
        more = {name: asked.asked(name) for name in ("request", "saved")}
        return Redirect(f"/search?{wanted.address(**more)}")
    wanted = read_wanted(asked.query)
    results, refused, lines = Results(), "", list[Line]()
    status = 200
    with visit.evidence() as files:
        names = _account_names(files)
        if not wanted.empty:
            try:
                results = _found(visit, files, wanted, asked, PAGE_SIZE)
            except UsageError as error:
                refused, status = str(error), 400
            lines = _lines(visit, files, results)
        repeats = repeats_among(files, results.rows)
    at = (whole(asked.asked("at")) or 0) if asked.query.get("before") else 0
    shown = {
        "wanted": wanted,
        "fields": to_fields(wanted.text),
        "asked_for": not wanted.empty,
        "results": results,
        "refused": refused,
        "lines": lines,
        "repeats": repeats,
        "languages": words.LANGUAGES,
        "rail": _rail(wanted, results, names),
        "chart": months_chart(results.months),
        "start": at,
        "next": wanted.address(
            before=results.next, at=at + len(lines), request=asked.asked("request")
        )
        if results.next
        else None,
        "can_take_all": results.count_exact and len(lines) < results.count <= MOST_FOUND,
        "nothing_picked": "nothing" in asked.query,
        "numbered": _numbered(visit, wanted.text),
        **_requests(visit, asked),
    }
    return Page("search.html", shown, status)


def _fields(asked: Asked) -> Fields:
    within = asked.asked("within")
    return Fields(
        words=asked.asked("words").strip(),
        phrase=asked.asked("phrase"),
        any_words=asked.asked("any"),
        none_words=asked.asked("none"),
        near=asked.asked("near"),
        within=int(within) if within.isdecimal() and len(within) < 4 else NEAR_WORDS,
        author=asked.asked("author"),
        recipient=asked.asked("recipient"),
    )


def as_json(visit: Visit, asked: Asked) -> Answer:
    """The same search for a program."""
    wanted = read_wanted(asked.query)
    try:
        with visit.evidence() as files:
            results = _found(visit, files, wanted, asked, JSON_SIZE)
    except SearchRefused as refused:
        return Data(msgspec.json.encode({"error": str(refused)}).decode(), 400)
    except UsageError as wrong:
        return Data(msgspec.json.encode({"error": str(wrong)}).decode(), 400)
    return Data(msgspec.json.encode(results).decode())


def _found(
    visit: Visit,
    files: Mapping[str, sqlite3.Connection],
    wanted: Wanted,
    asked: Asked,
    size: int,
) -> Results:
    """Run the search and write down that it was made, before anybody sees the answer."""
    results = search(
        files,
        wanted.text,
        wanted.filters,
        time_zone=visit.desk.settings.time_zone,
        order=wanted.order,
        before=asked.asked("before") or None,
        size=size,
    )
    detail = {
        "words": wanted.text,
        **wanted.as_detail(),
        "found": results.count,
        "exact": results.count_exact,
    }
    note_look(visit, "searched", " and ".join(files), detail)
    return results


def _lines(visit: Visit, files: Mapping[str, sqlite3.Connection], results: Results) -> list[Line]:
    parents: dict[tuple[str, int, str], Record | None] = {}
    lines = []
    for hit in results.rows:
        parent = None
        if hit.parent_id is not None:
            place = (hit.file, hit.account_id, hit.parent_id)
            if place not in parents:
                parents[place] = _parent(files[hit.file], hit.account_id, hit.parent_id)
            parent = parents[place]
        states = named_states(hit, visit.desk.settings.time_zone)
        lines.append(Line(hit, _author(files[hit.file], hit), states, parent))
    return lines


def _account_names(files: Mapping[str, sqlite3.Connection]) -> dict[int, str]:
    """What each account is called; the platform is added where two bear the same name."""
    known = known_accounts(files.values())
    often = Counter(account.display_name for account in known.values())
    return {
        number: f"{account.display_name} ({words.platform_name(account.platform)})"
        if often[account.display_name] > 1
        else account.display_name
        for number, account in known.items()
    }


def _author(connection: sqlite3.Connection, hit: Hit) -> str:
    if hit.author_name or hit.author_handle:
        return words.author_name(hit.author_name, hit.author_handle)
    found = record(connection, hit.id)
    return words.author_name(None, None, found.author_id if found else None)


def _parent(connection: sqlite3.Connection, account_id: int, native_id: str) -> Record | None:
    for kind in _PARENT_KINDS:
        found = record_by_native(connection, account_id, kind, native_id)
        if found is not None:
            return found
    return None


def _rail(
    wanted: Wanted, results: Results, names: Mapping[int, str]
) -> list[tuple[str, str, list[Tick]]]:
    facets = results.facets
    exact = results.count_exact
    return [
        (
            "Platform",
            "platform",
            _ticks(facets.platform, wanted.platforms, words.platform_name, exact),
        ),
        (
            "Account",
            "account",
            _ticks(
                facets.account,
                [str(number) for number in wanted.accounts],
                lambda value: names.get(int(value), f"Account {value}"),
                exact,
            ),
        ),
        ("Kind", "kind", _ticks(facets.kind, wanted.kinds, words.kind_name, exact)),
        ("State", "state", _ticks(facets.state, wanted.states, words.state_name, exact)),
    ]


def _ticks(
    counted: Sequence[FacetCount],
    ticked: Sequence[str],
    label: words.Naming,
    exact: bool,
) -> list[Tick]:
    ticks = [
        Tick(each.value, label(each.value), each.count, each.value in ticked) for each in counted
    ]
    known = {tick.value for tick in ticks}
    return ticks + [
        Tick(value, label(value), 0 if exact else None, True)
        for value in ticked
        if value not in known
    ]


def _numbered(visit: Visit, text: str) -> Request | None:
    """The request whose number was typed, for people who look for it here."""
    if not (visit.may(VIEW_REQUESTS) and _NUMBER.search(text)):
        return None
    with visit.office() as office:
        try:
            return get_request(office, text)
        except InputError:
            return None


def _requests(visit: Visit, asked: Asked) -> dict[str, object]:
    """The open requests that hits can be added to, and the one the search is made for."""
    if not (visit.may(MANAGE_REQUESTS) and visit.may(VIEW_REQUESTS)):
        return {"requests": None, "for_request": None, "saved": None, "along_words": ALONG_WORDS}
    with visit.office() as office:
        found = open_requests(office)
        wanted = asked.asked("request")
        try:
            chosen = get_request(office, wanted) if wanted else None
        except InputError:
            chosen = None
        if chosen is not None and not chosen.is_open:
            chosen = None
        saved = _saved(office, chosen, asked.asked("saved")) if chosen else None
    return {
        "requests": found,
        "for_request": chosen,
        "saved": saved,
        "along_words": ALONG_WORDS,
    }


def _saved(office: sqlite3.Connection, request: Request, search_id: str) -> SavedSearch | None:
    """The saved search that was opened from the request, whose next version may be saved."""
    number = whole(search_id)
    if number is None:
        return None
    try:
        return saved_search(office, request.number, number)
    except InputError:
        return None
