"""Reviewing one item after another: the queue, the record under its bars, the decision."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.files import find_media
from archiver.archive.reading import ThreadEntry, thread
from archiver.desk.answers import Answer, Asked, Bytes, NotHere, Page, Redirect
from archiver.desk.canvas import Suggested
from archiver.desk.dates import due_of
from archiver.desk.exemption_forms import claims_in, given_in, grounds_of
from archiver.desk.galleries import media_of_version, shown_type
from archiver.desk.item_lines import Line, find_item, known_files, lines_of
from archiver.desk.looking import note_look
from archiver.desk.numbers import whole
from archiver.desk.pages.everywhere import LONGEST
from archiver.desk.pages.requests import find_request
from archiver.desk.records_shown import DrawnBar, Shown, shown_record
from archiver.desk.review_filters import as_query, wanted_behind, wanted_in
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.items import Access
from archiver.production.as_released import as_released
from archiver.production.release import Record as ReleasedRecord
from archiver.register.accounts import list_accounts
from archiver.requests.book import (
    Choice,
    Item,
    Request,
    counts_of,
    decide,
    history_of,
)
from archiver.requests.finding.asking import answers_on, open_suggestions
from archiver.requests.redacting.earlier import conflicts_of, released_before, releases_of
from archiver.requests.redacting.fields import AUTHOR
from archiver.requests.reviewing.assigning import assignees, recommendations_of
from archiver.requests.reviewing.attorney import ask, questions_on, signed_off, with_attorney
from archiver.requests.reviewing.blockers import NAMED, blockers_of
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.requests.reviewing.filtering import (
    ATTORNEY,
    MINE,
    SUGGESTED,
    UNCONFIRMED,
    UNSEEN,
    Wanted,
    next_to_decide,
    place_in,
    wanted_items,
)
from archiver.requests.reviewing.instalments import instalments_of, place_of
from archiver.requests.reviewing.media import mark_seen, seen_by
from archiver.requests.reviewing.notes import notes_of
from archiver.requests.reviewing.undoing import undo
from archiver.retention.quarantine import quarantined
from archiver.staff.roles import DECIDE, PRODUCE, REVIEW_ASSIGNED, VIEW_PRIVILEGED

ASK = "ask"
CHOICES = (
    (Choice.RELEASE.value, "Release in full"),
    (Choice.REDACT.value, "Release with redactions"),
    (Choice.WITHHOLD.value, "Withhold"),
    (Choice.NOT_RESPONSIVE.value, "Not responsive"),
    (ASK, "Ask the attorney"),
    (Choice.DUPLICATE.value, "Duplicate"),
)
_VIEWS = ("draft", "released")


@dataclass(frozen=True, slots=True)
class Filter:
    """A line of the queue's filter: what it shows, in words, and how many there are."""

    value: str
    words: str
    count: int | None


def begin(visit: Visit, asked: Asked) -> Answer:
    """The first item that a filter wants, or back to the request where it wants none."""
    request = find_request(visit, asked.parts["number"])
    wanted = wanted_in(asked.query)
    known = known_files(visit)
    with visit.office() as office, visit.evidence() as files:
        settings, person = visit.desk.settings, visit.person.login
        ids = wanted_items(office, settings, files, request, wanted, person=person, known=known)
        first = ids[0] if ids else None
        if first is not None and not wanted.narrows:
            first = next_to_decide(office, request, 0, known=known) or first
    if first is None:
        return Redirect(f"/requests/{request.number}?nothing=1#items")
    return Redirect(address(request, first, wanted))


def address(request: Request, item_id: int, wanted: Wanted, more: str = "") -> str:
    """The address of an item's review within a filter."""
    query = "&".join(part for part in (as_query(wanted), more) if part)
    return f"/requests/{request.number}/review/{item_id}" + (f"?{query}" if query else "")


def show(visit: Visit, asked: Asked) -> Answer:
    """One item beside the queue, with everything that bears on the decision."""
    request = find_request(visit, asked.parts["number"])
    return review_page(visit, request, int(asked.parts["item"]), asked, wanted_in(asked.query))


def review_page(
    visit: Visit,
    request: Request,
    item_id: int,
    asked: Asked,
    wanted: Wanted,
    problem: str = "",
) -> Page:
    """The page of an item; with a `problem`, what was given in the form stands in it again."""
    known = known_files(visit)
    settings, person = visit.desk.settings, visit.person.login
    with visit.office() as office, visit.evidence() as files:
        item = find_item(visit, office, request, item_id)
        counts = counts_of(office, request.number, files=known)
        place = place_in(
            office, settings, files, request, wanted, item_id, person=person, known=known
        )
        queue = lines_of(visit, files, request, place.items)
        line = next(each for each in queue if each.item.id == item_id)
        suggestions = _suggestions(visit, office, files, request, line)
        shown = _shown(office, files, line, suggestions)
        released = asked.asked("view") == _VIEWS[1] and shown is not None
        context = {
            "request": request,
            "due": due_of(visit.desk, office, request),
            "item": item,
            "line": line,
            "shown": shown,
            "names_author": _over_the_author(shown),
            "suggestions": suggestions,
            "answers": answers_on(office, item_id),
            "paper": _paper(visit, office, files, request, item_id) if released else None,
            "view": asked.asked("view") if asked.asked("view") in _VIEWS else _VIEWS[0],
            "queue": queue,
            "place": place,
            "around": _around(files, line, asked),
            "filters": _filters(visit, office, request, counts),
            "wanted": wanted,
            "query": as_query(wanted),
            "accounts": list_accounts(office),
            **_deciding(visit, office, files, request, item, counts),
        }
    decision = item.decision
    barred = shown is not None and bool(shown.bars)
    usual = decision.choice.value if decision.id else ""
    if barred and usual in ("", Choice.UNDECIDED.value, Choice.RELEASE.value):
        usual = Choice.REDACT.value
    again = asked if problem else None
    return Page(
        "review.html",
        {
            **context,
            "choices": CHOICES,
            "chosen": again.given("choice") if again else usual,
            "given": given_in(again),
            "also": {
                name: again.given(name) if again else ""
                for name in ("question", "duplicate_of", "internal", "words")
            },
            "problem": problem,
            "longest": LONGEST,
            "saved": _saved(asked),
            "can_decide": visit.may(DECIDE) and request.is_open,
            "can_produce": visit.reaches(PRODUCE),
            "privileged": visit.may(VIEW_PRIVILEGED),
        },
        422 if problem else 200,
    )


def _shown(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    line: Line,
    suggestions: Sequence[Suggested],
) -> Shown | None:
    if line.record is None or line.version is None or line.quarantined:
        return None
    seen = seen_by(office, line.item.id)
    return shown_record(office, files, line.item, line.version, suggestions=suggestions, seen=seen)


def _suggestions(
    visit: Visit,
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request: Request,
    line: Line,
) -> list[Suggested]:
    """What looks like personal data in the record and waits for an answer."""
    if line.version is None or line.quarantined:
        return []
    found = open_suggestions(office, files, visit.desk.settings, request.number, line.item.id)
    return [
        Suggested(
            *(str(number), one.place.field, one.place.start, one.place.end, one.place.kind.value),
            *(one.reason, one.why, one.likely_section),
        )
        for number, one in enumerate(found, 1)
    ]


def _paper(
    visit: Visit,
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request: Request,
    item_id: int,
) -> ReleasedRecord | str:
    """The record as production would print it now, or why it cannot be."""
    try:
        return as_released(visit.desk.home, office, files, request.number, item_id)
    except ArchiverError as wrong:
        return str(wrong)


def _around(
    files: dict[str, sqlite3.Connection], line: Line, asked: Asked
) -> Sequence[ThreadEntry]:
    """What the record answers, from the top of its thread down."""
    found = line.record
    if found is None:
        return ()
    above = {found.parent_id, found.root_id}
    entries = thread(files[line.item.file], found, limit=200)
    return [
        entry
        for entry in entries
        if entry.record.id != found.id and entry.record.native_id in above
    ]


def _filters(
    visit: Visit, office: sqlite3.Connection, request: Request, counts: Mapping[Choice, int]
) -> list[Filter]:
    waiting = len(unconfirmed(office, visit.desk.settings, request.id)) if visit.private else None
    asked = len(with_attorney(office, request.id)) if visit.private else None
    lines = [Filter("", "All", sum(counts.values()))]
    names = {
        Choice.UNDECIDED: "Not decided",
        Choice.RELEASE: "Release",
        Choice.REDACT: "Redact",
        Choice.WITHHOLD: "Withhold",
        Choice.NOT_RESPONSIVE: "Not responsive",
        Choice.DUPLICATE: "Duplicate",
    }
    lines += [Filter(choice.value, words, counts[choice]) for choice, words in names.items()]
    return [
        *lines,
        Filter(ATTORNEY, "With attorney", asked),
        Filter(UNCONFIRMED, "Waiting for a second person", waiting),
        Filter(MINE, "Assigned to me", None),
        Filter(SUGGESTED, "With open suggestions", None),
        Filter(UNSEEN, "With media nobody looked at", None),
    ]


def _deciding(
    visit: Visit,
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    request: Request,
    item: Item,
    counts: Mapping[Choice, int],
) -> dict[str, object]:
    """What the decision pane shows."""
    known = known_files(visit)
    privileged = visit.may(VIEW_PRIVILEGED)
    here = place_of(office, item.id)
    shut = item.record_id in quarantined(office).get(item.file, ())
    before = [] if shut else releases_of(office, item.file, item.record_id)
    differing = (
        conflicts_of(office, files, request.number, item.id)
        if not shut and released_before(office, [item.id])
        else []
    )
    return {
        "counts": counts,
        "decided": sum(counts.values()) - counts[Choice.UNDECIDED],
        "total": sum(counts.values()),
        "grounds": grounds_of(office),
        "history": history_of(office, request.number, item.id),
        "notes": notes_of(office, item.id) if privileged else [],
        "questions": questions_on(office, item.id) if privileged else [],
        "asked_attorney": item.id in with_attorney(office, request.id),
        "recommendations": recommendations_of(office, item.id),
        "assignees": assignees(office, item.id),
        "second_person": unconfirmed(office, visit.desk.settings, request.id, item.id).get(item.id),
        "signed_off": signed_off(office, request.id, item.id).get(item.id),
        "released_before": before,
        "conflicts": differing,
        "instalments": instalments_of(office, request.number),
        "instalment": here,
        "blockers": blockers_of(
            office, visit.desk.settings, request.number, here, known=known, listed=NAMED
        ),
    }


def _saved(asked: Asked) -> tuple[int, int] | None:
    """The item and the decision that was saved just before, for undoing it."""
    item, _, decision = asked.asked("saved").partition("-")
    saved, made = whole(item), whole(decision)
    return None if saved is None or made is None else (saved, made)


def save(visit: Visit, asked: Asked) -> Answer:
    """Save the decision about one item, or ask the attorney, and go on to the next."""
    request = find_request(visit, asked.parts["number"])
    item_id = int(asked.parts["item"])
    wanted = wanted_behind(asked)
    choice = asked.given("choice")
    with visit.office() as office:
        find_item(visit, office, request, item_id)
    try:
        if not choice:
            raise InputError("choose what is to be done with the record first")
        if choice == ASK:
            with visit.office() as office:
                words = asked.given("question")
                ask(office, request.number, item_id, words, actor=visit.person.login)
            saved = ""
        else:
            saved = f"saved={item_id}-{_decide(visit, asked, request, item_id, choice)}"
    except ArchiverError as wrong:
        return review_page(visit, request, item_id, asked, wanted, str(wrong))
    following = _following(visit, request, item_id, wanted)
    if following is None:
        return Redirect(f"/requests/{request.number}?decided=1#items")
    return Redirect(address(request, following, wanted, saved or f"asked={item_id}"))


def _decide(visit: Visit, asked: Asked, request: Request, item_id: int, choice: str) -> int:
    seen, steps = asked.given("seen"), asked.given("steps")
    same = whole(asked.given("duplicate_of"))
    duplicate = choice == Choice.DUPLICATE.value
    if duplicate and same is None:
        raise InputError("say which item it is a duplicate of: give the item’s number")
    with visit.office() as office, visit.evidence() as files:
        if duplicate and same is not None:
            find_item(visit, office, request, same)
        [made] = decide(
            office,
            request.number,
            [item_id],
            choice,
            actor=visit.person.login,
            claims=claims_in(asked) if choice == Choice.WITHHOLD.value else (),
            note_text=asked.given("note") or None,
            seen=whole(seen),
            seen_bars=whole(steps),
            files=files,
            acknowledge_earlier=bool(asked.given("differs")),
            duplicate_of=same if duplicate else None,
        )
    return made.id


def _following(visit: Visit, request: Request, item_id: int, wanted: Wanted) -> int | None:
    """Where to go after an item: the next of the filter, or the next nobody decided."""
    known = known_files(visit)
    with visit.office() as office, visit.evidence() as files:
        if not wanted.narrows:
            return next_to_decide(office, request, item_id, known=known)
        ids = wanted_items(
            *(office, visit.desk.settings, files, request, wanted),
            person=visit.person.login,
            known=known,
        )
        behind = [each for each in ids if each > item_id] or [
            each for each in ids if each != item_id
        ]
        return behind[0] if behind else None


def take_back(visit: Visit, asked: Asked) -> Answer:
    """Undo the decision that was saved last, and show its item again."""
    request = find_request(visit, asked.parts["number"])
    item_id = int(asked.parts["item"])
    wanted = wanted_behind(asked)
    seen = asked.given("seen")
    with visit.office() as office:
        find_item(visit, office, request, item_id)
    try:
        with visit.office() as office:
            undo(
                office,
                request.number,
                item_id,
                actor=visit.person.login,
                seen=whole(seen),
            )
    except ArchiverError as wrong:
        return review_page(visit, request, item_id, asked, wanted, str(wrong))
    return Redirect(address(request, item_id, wanted, "undone=1"))


def picture(visit: Visit, asked: Asked) -> Answer:
    """A picture or file of an item in the version that was collected."""
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        item = find_item(visit, office, request, int(asked.parts["item"]))
    return picture_of(visit, request, item, int(asked.parts["position"]))


def picture_of(visit: Visit, request: Request, item: Item, position: int) -> Bytes:
    """The bytes of a picture or file. Whoever reviews has seen it then; a look at what is private
    is written down. Raises NotHere where there are none, or none to be shown."""
    with visit.office() as office, visit.evidence() as files:
        [line] = lines_of(visit, files, request, [item])
        if line.version is None or line.quarantined:
            raise NotHere
        held = media_of_version(files[item.file], line.version)
        found = held[position] if position < len(held) else None
        if found is None or found.sha256 is None:
            raise NotHere
        access = Access.PRIVATE if item.file == "private" else Access.PUBLIC
        path = find_media(visit.desk.home, access, found.sha256)
        if path is None:
            raise NotHere
        if visit.may(DECIDE) or visit.may(REVIEW_ASSIGNED):
            mark_seen(office, item.id, position, person=visit.person.login)
    if access is Access.PRIVATE:
        subject = f"private record {item.record_id}"
        note_look(visit, "opened a private file", subject, {"position": position})
    kind = shown_type(found.media_type)
    name = found.name or f"file-{position + 1}"
    return Bytes(path, kind or "application/octet-stream", name, inline=kind is not None)


def _over_the_author(shown: Shown | None) -> DrawnBar | None:
    """The first bar over who wrote a record, or over its address, which tells it."""
    bars = shown.bars if shown is not None else ()
    return next((bar for bar in bars if bar.redaction.field in (*AUTHOR, "url")), None)
