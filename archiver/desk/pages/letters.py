"""The letters of a request, and writing one: what is typed, the sheet as it will look, freezing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from archiver import clock
from archiver.desk.answers import Answer, Asked, Made, NotAllowed, Page, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.states import State
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.production.drafting import draft_words
from archiver.production.telling import produced_of
from archiver.requests.book import Request, counts_of
from archiver.requests.letters.drafts import Case, Draft, case_of, proposed
from archiver.requests.letters.face import parts_of
from archiver.requests.letters.kinds import Field, Kind, kinds
from archiver.requests.letters.paper import draft_pdf
from archiver.requests.letters.sending import Sending, last_sending
from archiver.requests.letters.templates import languages
from archiver.requests.letters.values import ISSUED_AS, OUTCOMES
from archiver.requests.letters.writing import (
    TYPED,
    Letter,
    Merged,
    freeze,
    get_letter,
    letters_of,
    merged,
)

WHOLE = (
    "This letter tells of all the request’s records: somebody who may see everything in the "
    "request has to write and read it."
)
COST_ROWS = 4
_OUTCOMES = {"yes": "Yes, all of them", "part": "In part", "no": "No, none of them"}
_ISSUED = {"head": "The head of the agency", "designee": "A person designated by the head"}


@dataclass(frozen=True, slots=True)
class Line:
    """A letter in the request's list."""

    letter: Letter
    title: str
    state: State


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a request, the newest first, and the kinds that can be written; `hidden` says
    that some are not shown to this person, `packets` why packets made now are drafts."""

    lines: tuple[Line, ...]
    kinds: tuple[Kind, ...]
    hidden: bool
    packets: str


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the form shows it: its choices where it has any, and what stands in it."""

    field: Field
    value: str
    choices: tuple[tuple[str, str], ...]


def letters_shown(visit: Visit, office: sqlite3.Connection, request: Request) -> Letters:
    """The letters of a request, as far as this person may know of them."""
    whole = sees_all(visit, office, request)
    found = letters_of(office, request.number)
    shown = [letter for letter in found if whole or not kinds().find(letter.kind).counts]
    return Letters(
        tuple(
            Line(
                letter,
                kinds().find(letter.kind).title,
                state_of(letter, last_sending(office, letter.id)),
            )
            for letter in reversed(shown)
        ),
        tuple(kind for kind in kinds().kind if whole or not kind.counts),
        not whole,
        draft_words(office, request.number),
    )


def sees_all(visit: Visit, office: sqlite3.Connection, request: Request) -> bool:
    """Whether this person may know of every item of the request."""
    if visit.sight.limited:
        return False
    hidden = counts_of(office, request.number, files=("private",))
    return visit.private or not sum(hidden.values())


def state_of(letter: Letter, last: Sending | None) -> State:
    """How a letter stands, in words."""
    if letter.superseded_by is not None:
        return State(f"Corrected by letter {letter.superseded_by}", "")
    if last is None:
        return State("Not sent", "warn")
    if last.step == "sent":
        return State(f"Sent by {last.how}", "ok")
    if last.step == "failed":
        return State("Not sent: it failed", "bad")
    if last.step == "asked":
        return State("Waiting to be sent", "info")
    return State("May have been sent", "bad")


def form(visit: Visit, asked: Asked) -> Answer:
    """The form of a kind, filled with what the request book knows."""
    request = find_request(visit, asked.parts["number"])
    kind = kinds().find(asked.asked("kind", "acknowledgement"))
    corrects = asked.asked("corrects")
    draft = Draft(
        kind=kind.code,
        language=asked.asked("language", "en"),
        signer_name=visit.person.name,
        signer_title=visit.person.title,
        supersedes=whole(corrects),
    )
    return _page(visit, request, draft, first=True)


def preview(visit: Visit, asked: Asked) -> Answer:
    """Show the letter as it would go out now, or freeze what was shown."""
    request = find_request(visit, asked.parts["number"])
    draft = _typed(asked)
    if asked.given("act") != "freeze":
        return _page(visit, request, draft)
    try:
        with visit.office() as office:
            _require_whole(visit, office, request, draft)
            letter = freeze(
                office,
                visit.desk.home,
                visit.desk.settings,
                request.number,
                draft,
                produced_of(office, visit.desk.home, request.number),
                actor=visit.person.login,
                seen=asked.given("seen"),
            )
    except ArchiverError as wrong:
        return _page(visit, request, draft, problem=str(wrong))
    return Redirect(f"/requests/{request.number}/letters/{letter.id}?written=1")


def preview_paper(visit: Visit, asked: Asked) -> Answer:
    """The letter as a PDF, marked as a draft."""
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        made, _ = _merge(visit, office, request, _typed(asked))
    name = f"{request.number}-{made.draft.kind}-draft.pdf"
    return Made(draft_pdf(made, clock.now_text()), "application/pdf", name, inline=True)


def _merge(
    visit: Visit, office: sqlite3.Connection, request: Request, draft: Draft
) -> tuple[Merged, Case]:
    _require_whole(visit, office, request, draft)
    home, settings = visit.desk.home, visit.desk.settings
    produced = produced_of(office, home, request.number)
    made = merged(office, home, settings, request.number, draft, produced)
    return made, case_of(office, home, settings, request.number, draft, produced)


def _require_whole(
    visit: Visit, office: sqlite3.Connection, request: Request, draft: Draft
) -> None:
    if kinds().find(draft.kind).counts and not sees_all(visit, office, request):
        visit.need_whole()
        raise NotAllowed(WHOLE)


def _page(
    visit: Visit, request: Request, draft: Draft, *, first: bool = False, problem: str = ""
) -> Page:
    """The form with the sheet beside it; `first` fills in what the request book knows."""
    kind = kinds().find(draft.kind)
    with visit.office() as office:
        corrected = _corrected(office, request, draft)
        made, case = _merge(visit, office, request, draft)
        if first:
            draft = _filled(draft, proposed(case, kind.code), corrected)
            made, case = _merge(visit, office, request, draft)
    return Page(
        "letter_new.html",
        {
            "request": request,
            "kind": kind,
            "draft": draft,
            "inputs": [_input(field, draft, case) for field in kind.field],
            "costs": _cost_rows(draft),
            "cost_kinds": kinds().cost,
            "languages": languages(visit.desk.home.path, kind.code),
            "made": made,
            "sheet": list(parts_of(made.text)),
            "address": "\n".join(made.face.address),
            "corrected": corrected,
            "again": urlencode({"kind": kind.code}),
            "problem": problem,
            "shown": not first,
        },
        422 if problem else 200,
    )


def _corrected(office: sqlite3.Connection, request: Request, draft: Draft) -> Letter | None:
    if draft.supersedes is None:
        return None
    letter = get_letter(office, request.number, draft.supersedes)
    if letter.kind != draft.kind:
        raise InputError(f"letter {letter.id} is of another kind: correct it by one of its own")
    return letter


def _filled(draft: Draft, known: Mapping[str, str], corrected: Letter | None) -> Draft:
    """The draft with what is known in it; a correction begins from the words of the earlier one."""
    fields, free = dict(known), ""
    if corrected is not None:
        fields |= {
            name.removeprefix(TYPED): text
            for name, text in corrected.data.items()
            if name.startswith(TYPED) and text
        }
        free = corrected.data.get("free", "")
    return Draft(
        kind=draft.kind,
        language=corrected.language if corrected else draft.language,
        fields=fields,
        free=free,
        signer_name=draft.signer_name,
        signer_title=draft.signer_title,
        address="\n".join(corrected.face.address) if corrected else "",
        supersedes=draft.supersedes,
    )


def _typed(asked: Asked) -> Draft:
    kind = kinds().find(asked.given("kind"))
    corrects = asked.given("corrects")
    fields = {
        field.name: asked.given(f"f_{field.name}").replace("\r\n", "\n") for field in kind.field
    }
    if "costs" in fields:
        rows = zip(
            asked.all_given("cost"),
            asked.all_given("quantity"),
            asked.all_given("price"),
            strict=False,
        )
        fields["costs"] = "\n".join(
            ":".join(part.replace("\n", " ").replace(":", " ") for part in row)
            for row in rows
            if any(part.strip() for part in row[1:])
        )
    return Draft(
        kind=kind.code,
        language=asked.given("language", "en"),
        fields=fields,
        free=asked.given("free").replace("\r\n", "\n"),
        signer_name=asked.given("signer_name"),
        signer_title=asked.given("signer_title"),
        address=asked.given("address").replace("\r\n", "\n"),
        supersedes=whole(corrects),
        reason=asked.given("reason").replace("\r\n", "\n"),
    )


def _input(field: Field, draft: Draft, case: Case) -> Input:
    choices: Sequence[tuple[str, str]] = ()
    if field.name == "circumstance":
        choices = [(each.code, each.text) for each in case.dates.circumstances]
    elif field.name == "outcome":
        choices = [(code, _OUTCOMES[code]) for code in OUTCOMES]
    elif field.name == "issued_as":
        choices = [(code, _ISSUED[code]) for code in ISSUED_AS]
    return Input(field, draft.fields.get(field.name, ""), tuple(choices))


def _cost_rows(draft: Draft) -> list[tuple[str, str, str]]:
    typed = [line.split(":") for line in draft.given("costs").splitlines()]
    rows = [(parts[0], parts[1], parts[2]) for parts in typed if len(parts) == 3]
    return rows + [("", "", "")] * max(1, COST_ROWS - len(rows))
