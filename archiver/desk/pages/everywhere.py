"""The same words throughout a request: every place they stand in, ticked or left, then covered."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.exemption_forms import claims_in, given_in, grounds_of
from archiver.desk.item_lines import Line, lines_of
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, BusyError, InputError
from archiver.requests.book import Choice, Request
from archiver.requests.queue import items_by_id
from archiver.requests.redacting.bars import barred_items
from archiver.requests.redacting.everywhere import Occurrence, cover_everywhere, find_everywhere
from archiver.requests.redacting.together import find_together

_ROWS = 2_000
"""Places on one page; a form takes no more than 3,000 fields."""
LONGEST = 500
"""Characters of the words looked for: more than a sentence, and an address still carries them."""
_CHANGED = (
    "somebody changed bars, decisions or records since this page was made: look again, nothing was "
    "covered"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An occurrence as the page lists it; `key` is how the form names it."""

    found: Occurrence
    key: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Group:
    """An item with its places. `again` says that it is decided to be released in full although it
    has bars: nothing of its instalment can be produced before it is decided again."""

    line: Line
    places: tuple[Place, ...]
    again: bool


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked for and where it stands: `shown` of `total` places, beginning at `start`."""

    words: str
    exact: bool
    start: int
    total: int
    shown: tuple[Occurrence, ...]
    token: str


def look(visit: Visit, asked: Asked) -> Answer:
    """Every place where the words stand, with what stands around them; nothing is covered yet."""
    return _page(visit, asked, find_request(visit, asked.parts["number"]))


def act(visit: Visit, asked: Asked) -> Answer:
    """Cover the ticked places in one step, or nothing where anything of what was shown changed."""
    request = find_request(visit, asked.parts["number"])
    try:
        with visit.office() as office, visit.evidence() as files:
            looked = _looked(office, files, request, asked)
            by_key = {_key(one): one for one in looked.shown}
            ticked = dict.fromkeys(asked.all_given("place"))
            if asked.given("token") != looked.token or not ticked.keys() <= by_key.keys():
                raise BusyError(_CHANGED)
            done = cover_everywhere(
                *(office, files, request.number, [by_key[key] for key in ticked]),
                actor=visit.person.login,
                claims=claims_in(asked),
                note_text=asked.given("note") or None,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    told = {
        "item": asked.asked("item"),
        "covered": str(done.covered),
        "on": str(done.items),
        "skipped": str(len(done.skipped)),
        "from": str(looked.start or ""),
    }
    if asked.asked("author"):
        told["author"] = asked.asked("author")
        return Redirect(f"/requests/{request.number}/everywhere?{_given(told)}")
    exact = "1" if looked.exact else ""
    return Redirect(address(request.number, looked.words, exact=exact, **told))


def address(number: str, words: str, **more: str) -> str:
    """The page's address for these words. Raises InputError where there are none, or too many."""
    _check(words)
    return f"/requests/{number}/everywhere?{_given({'words': words, **more})}"


def _given(values: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in values.items() if value})


def _check(words: str) -> None:
    if not words.strip():
        raise InputError("no words given: write or select the words to look for")
    if len(words) > LONGEST:
        raise InputError(f"that is too much to look for: choose at most {LONGEST} characters")


def _looked(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request: Request,
    asked: Asked,
) -> _Looked:
    words, exact = asked.asked("words"), bool(asked.asked("exact"))
    author_of = whole(asked.asked("author"))
    if author_of is not None:
        found = find_together(office, files, request.number, author_of)
    else:
        _check(words)
        found = find_everywhere(office, files, request.number, words, exact=exact)
    start = whole(asked.asked("from")) or 0
    if start >= len(found):
        start = 0
    shown = tuple(found[start : start + _ROWS])
    return _Looked(words, exact, start, len(found), shown, _token(office, shown))


def _token(office: sqlite3.Connection, shown: Sequence[Occurrence]) -> str:
    """What stands for exactly these places, the bars on them and the decisions about them."""
    items = items_by_id(office, {one.item_id for one in shown})
    parts = [
        [[_key(one), one.words, one.covered, one.seen] for one in shown],
        [[item.id, item.decision.id] for item in items],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _key(one: Occurrence) -> str:
    return f"{one.item_id}|{one.field}|{one.start}|{one.end}"


def _page(visit: Visit, asked: Asked, request: Request, problem: str = "") -> Page:
    looked: _Looked | None = None
    groups: list[Group] = []
    again = asked if problem else None
    asks = bool(asked.query.get("words") or asked.query.get("author"))
    with visit.office() as office, visit.evidence() as files:
        try:
            if asks:
                looked = _looked(office, files, request, asked)
        except InputError as wrong:
            problem = problem or str(wrong)
        if looked is not None:
            groups = _groups(visit, office, files, request, looked, again)
        grounds = grounds_of(office)
    given = given_in(again)
    if again is None:
        given["section"] = asked.asked("section")
    last = looked.start + len(looked.shown) if looked else 0
    return Page(
        "everywhere.html",
        {
            "request": request,
            "looked": looked,
            "words": asked.asked("words")[:LONGEST],
            "author_of": whole(asked.asked("author")),
            "exact": bool(asked.asked("exact")),
            "longest": LONGEST,
            "by_item": groups,
            "open": sum(not one.covered for one in looked.shown) if looked else 0,
            "released": [
                group.line.item.id
                for group in groups
                if group.line.item.decision.choice is Choice.RELEASE and not group.again
            ],
            "again": [group.line.item.id for group in groups if group.again],
            "last": last,
            "before": _other(asked, max(looked.start - _ROWS, 0))
            if looked and looked.start
            else None,
            "after": _other(asked, last) if looked and last < looked.total else None,
            "this_page": _other(asked, looked.start if looked else 0),
            "item": whole(asked.asked("item")),
            "untick": _other(asked, looked.start if looked else 0, tick="none"),
            "none_ticked": asked.asked("tick") == "none",
            "grounds": grounds,
            "given": given,
            "problem": problem,
            "covered": whole(asked.asked("covered")),
            "on": whole(asked.asked("on")) or 0,
            "skipped": whole(asked.asked("skipped")) or 0,
            "can_cover": request.is_open,
        },
        422 if problem else 200,
    )


def _other(asked: Asked, start: int, **more: str) -> str:
    """The address of the same words from another place on."""
    kept = {name: asked.asked(name) for name in ("words", "author", "exact", "item", "section")}
    given = {**kept, "from": str(start or ""), **more}
    return f"?{_given(given)}"


def _groups(
    visit: Visit,
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request: Request,
    looked: _Looked,
    again: Asked | None,
) -> list[Group]:
    """The places by item; those a refused form had ticked are ticked again, else all open ones."""
    by_item = [
        (item_id, tuple(places))
        for item_id, places in groupby(looked.shown, key=lambda one: one.item_id)
    ]
    items = items_by_id(office, [item_id for item_id, _ in by_item])
    lines = {line.item.id: line for line in lines_of(visit, files, request, items)}
    barred = barred_items(office, request.id)
    ticked = None if again is None else set(again.all_given("place"))
    return [
        Group(
            lines[item_id],
            tuple(
                Place(one, _key(one), not one.covered and (ticked is None or _key(one) in ticked))
                for one in places
            ),
            item_id in barred and lines[item_id].item.decision.choice is Choice.RELEASE,
        )
        for item_id, places in by_item
        if item_id in lines and not lines[item_id].quarantined
    ]
