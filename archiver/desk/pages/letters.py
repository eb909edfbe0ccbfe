"""The letters of a request, and writing one: what is typed, the sheet as it will look, freezing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from archiver import clock
from archiver.desk.answers import Answer, Asked, Made, NotAllowed, Page, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.letter_form import cost_rows, input_of, typed
from archiver.desk.pages.requests import find_request
from archiver.desk.states import State
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, BusyError, InputError
from archiver.production.drafting import draft_words
from archiver.production.telling import produced_of
from archiver.requests.book import Request, counts_of
from archiver.requests.letters.drafts import Case, Draft, case_of, proposed
from archiver.requests.letters.face import parts_of
from archiver.requests.letters.keeping import (
    KeptDraft,
    drafts_kept,
    keep_draft,
    kept_draft,
)
from archiver.requests.letters.kinds import Kind, kinds
from archiver.requests.letters.paper import draft_pdf
from archiver.requests.letters.sending import Sending, last_sending
from archiver.requests.letters.templates import languages
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


@dataclass(frozen=True, slots=True)
class Line:
    """A letter in the request's list."""

    letter: Letter
    title: str
    state: State


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a request, the newest first, and the kinds that can be written; `hidden` says
    that some are not shown to this person, `packets` why packets made now are drafts; `begun` are
    the drafts that wait, with their titles."""

    lines: tuple[Line, ...]
    kinds: tuple[Kind, ...]
    hidden: bool
    packets: str
    begun: tuple[tuple[str, KeptDraft], ...]


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
        tuple(
            (kinds().find(each.draft.kind).title, each)
            for each in drafts_kept(office, request)
            if whole or not kinds().find(each.draft.kind).counts
        ),
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
    corrects = whole(asked.asked("corrects"))
    with visit.office() as office:
        kept = kept_draft(office, request, kind.code)
    if kept is not None and kept.draft.supersedes == corrects:
        return _page(visit, request, kept.draft, kept=kept)
    draft = Draft(
        kind=kind.code,
        language=asked.asked("language", "en"),
        signer_name=visit.person.name,
        signer_title=visit.person.title,
        supersedes=corrects,
    )
    return _page(visit, request, draft, first=True, kept=kept)


def preview(visit: Visit, asked: Asked) -> Answer:
    """Show the letter as it would go out now and keep what was typed, or freeze what was shown."""
    request = find_request(visit, asked.parts["number"])
    draft = typed(asked)
    if asked.given("act") != "freeze":
        try:
            return _page(visit, request, draft, kept=keep_typed(visit, asked, request, draft))
        except BusyError:
            return _page(visit, request, draft, kept=_kept(visit, request, draft), overtaken=True)
    try:
        with visit.office() as office:
            require_whole(visit, office, request, draft)
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
        kept = _kept(visit, request, draft)
        return _page(visit, request, draft, problem=str(wrong), kept=kept)
    return Redirect(f"/requests/{request.number}/letters/{letter.id}?written=1")


def _kept(visit: Visit, request: Request, draft: Draft) -> KeptDraft | None:
    with visit.office() as office:
        return kept_draft(office, request, draft.kind)


def keep_typed(visit: Visit, asked: Asked, request: Request, draft: Draft) -> KeptDraft:
    """Keep what the form holds. Raises as `keep_draft`, NotAllowed where it tells of more than this
    person may see."""
    seen = whole(asked.given("draft_seen")) or 0
    with visit.office() as office:
        require_whole(visit, office, request, draft)
        return keep_draft(office, request.number, draft, actor=visit.person.login, seen=seen)


def preview_paper(visit: Visit, asked: Asked) -> Answer:
    """The letter as a PDF, marked as a draft."""
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        made, _ = _merge(visit, office, request, typed(asked))
    name = f"{request.number}-{made.draft.kind}-draft.pdf"
    return Made(draft_pdf(made, clock.now_text()), "application/pdf", name, inline=True)


def _merge(
    visit: Visit, office: sqlite3.Connection, request: Request, draft: Draft
) -> tuple[Merged, Case]:
    require_whole(visit, office, request, draft)
    home, settings = visit.desk.home, visit.desk.settings
    produced = produced_of(office, home, request.number)
    made = merged(office, home, settings, request.number, draft, produced)
    return made, case_of(office, home, settings, request.number, draft, produced)


def require_whole(visit: Visit, office: sqlite3.Connection, request: Request, draft: Draft) -> None:
    """Raise NotAllowed where a letter tells of more than this person may see."""
    if kinds().find(draft.kind).counts and not sees_all(visit, office, request):
        visit.need_whole()
        raise NotAllowed(WHOLE)


def _page(
    visit: Visit,
    request: Request,
    draft: Draft,
    *,
    first: bool = False,
    problem: str = "",
    kept: KeptDraft | None = None,
    overtaken: bool = False,
) -> Page:
    """The form with the sheet beside it; `first` fills in what the request book knows. `kept` is
    the draft on the server; with `overtaken` it is somebody else's and the form's is not kept."""
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
            "inputs": [input_of(field, draft, case) for field in kind.field],
            "costs": cost_rows(draft),
            "cost_kinds": kinds().cost,
            "languages": languages(visit.desk.home.path, kind.code),
            "made": made,
            "sheet": list(parts_of(made.text)),
            "address": "\n".join(made.face.address),
            "corrected": corrected,
            "again": urlencode({"kind": kind.code}),
            "problem": problem,
            "shown": not first,
            "kept": kept,
            "overtaken": overtaken,
        },
        422 if problem or overtaken else 200,
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
