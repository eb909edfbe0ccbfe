"""Postings: proposed, asked about, approved by the city attorney by name and date, taken down."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from archiver import clock
from archiver.config import Home, Settings
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.production.ledger import Production, production
from archiver.production.reading_room.checklist import checklist
from archiver.production.reading_room.choosing import choose
from archiver.production.reading_room.entries import digest_of, posted
from archiver.production.reading_room.posting_rows import Posting, get_posting
from archiver.production.releasing.checks import refuse_unfit
from archiver.production.releasing.going_out import volumes_named, volumes_out
from archiver.register.office import audit

_LONGEST = 200
OFF = "the reading room is off: set on = true under [reading_room] in archive.toml first"


def require_on(settings: Settings) -> None:
    """Raise RuleError where the city has no reading room."""
    if not settings.reading_room.on:
        raise RuleError(OFF)


def propose(
    home: Home,
    office: sqlite3.Connection,
    number: str,
    volume: int,
    title: str,
    *,
    actor: str,
    include: Mapping[int, str] | None = None,
    media: bool = False,
) -> Posting:
    """Propose a released volume for posting, without what must or should stay out.

    Raises RuleError where the room is off, the volume was not released, or must not go out;
    InputError where nothing is left to post or the words cannot be used.
    """
    settings = home.settings()
    require_on(settings)
    [made] = volumes_named(office, home, number, [volume])
    require_released(office, settings, made)
    said = " ".join(title.split())[:_LONGEST]
    if not said:
        raise InputError("give the posting a title that everybody may read")
    taken_in = dict(include or {})
    chosen = choose(office, settings, made, taken_in)
    if not chosen.numbers:
        raise InputError(f"nothing in {made.folder.name} may be posted")
    digest = digest_of(said, posted(chosen.volume, chosen.numbers, media=media))
    with write_transaction(office):
        cursor = office.execute(
            "INSERT INTO main.postings (production_id, slug, title, at, actor, digest, numbers, "
            "included, left_out, media) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(made.id, _slug(office, made), said, clock.now_text(), actor, digest),
                json.dumps(chosen.numbers),
                json.dumps({n: why for n, why in taken_in.items() if n in chosen.doubtful}),
                *(json.dumps(chosen.left_out), media),
            ),
        )
        posting_id = int(cursor.lastrowid or 0)
        _audit(office, actor, "posting proposed", posting_id, {"digest": digest, "media": media})
    return get_posting(office, posting_id)


def require_released(office: sqlite3.Connection, settings: Settings, made: Production) -> None:
    """Raise RuleError where a volume has not gone out, was withdrawn, or must not go out now."""
    if made.volume not in volumes_out(office, made.request):
        raise RuleError(
            f"{made.folder.name} of request {made.request} is not released: only what was released "
            "and stands is posted"
        )
    refuse_unfit(office, settings, [made], files=True)


def answer(
    office: sqlite3.Connection,
    posting_id: int,
    answers: Mapping[str, str],
    *,
    actor: str,
    note: str = "",
) -> Posting:
    """Write down what somebody says to questions of the checklist, by their code: yes or no.

    Raises InputError where there is no such question or answer, RuleError where the posting was
    approved or taken down already.
    """
    questions = {each.code: each for each in checklist().question}
    for code, said in answers.items():
        if code not in questions or said not in ("yes", "no"):
            raise InputError(f"answer yes or no to {', '.join(questions)}: not {code}={said}")
    with write_transaction(office):
        posting = get_posting(office, posting_id)
        if posting.state != "proposed":
            raise RuleError(f"posting {posting_id} is {posting.state}: propose it anew")
        office.executemany(
            "INSERT INTO main.posting_answers (posting_id, at, actor, code, question, answer, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(posting_id, clock.now_text(), actor, code),
                    f"{questions[code].text} ({questions[code].source})",
                    *(said, " ".join(note.split())[:_LONGEST]),
                )
                for code, said in answers.items()
            ),
        )
        _audit(office, actor, "posting questions answered", posting_id, dict(answers))
    return get_posting(office, posting_id)


def approve(
    home: Home,
    office: sqlite3.Connection,
    posting_id: int,
    *,
    actor: str,
    attorney: str,
    on: dt.date,
    digest: str,
) -> Posting:
    """Record that the city attorney approved exactly this content, by name and date.

    `digest` is the hash of what was read, or its first 12 digits at least. Raises RuleError while a
    question is open or answered no, where the content is another, or the day lies ahead.
    """
    settings = home.settings()
    require_on(settings)
    name = " ".join(attorney.split())
    posting = get_posting(office, posting_id)
    if posting.state != "proposed":
        raise RuleError(f"posting {posting_id} is {posting.state} already")
    if not name:
        raise RuleError("name the city attorney who approves it")
    if on > clock.local_day(clock.now_text(), settings.time_zone):
        raise RuleError("the day of the approval lies ahead")
    if len(digest) < 12 or not posting.digest.startswith(digest.lower()):
        raise RuleError("the hash is not that of this posting: read it again, then approve it")
    _require_answered(posting)
    made = production(office, home, posting.production_id)
    if made is None:
        raise RuleError(f"the volume of posting {posting_id} is gone")
    require_released(office, settings, made)
    chosen = choose(office, settings, made, {int(n): w for n, w in posting.included.items()})
    now = digest_of(posting.title, posted(chosen.volume, chosen.numbers, media=posting.media))
    if now != posting.digest:
        raise RuleError(f"what may be posted changed since posting {posting_id}: propose it anew")
    with write_transaction(office):
        office.execute(
            "INSERT INTO main.posting_approvals (posting_id, at, actor, attorney, approved_on, "
            "digest) VALUES (?, ?, ?, ?, ?, ?)",
            (posting_id, clock.now_text(), actor, name, on.isoformat(), posting.digest),
        )
        told = {"attorney": name, "on": on.isoformat(), "digest": posting.digest}
        _audit(office, actor, "posting approved", posting_id, told)
    return get_posting(office, posting_id)


def take_down(office: sqlite3.Connection, posting_id: int, *, actor: str, reason: str) -> Posting:
    """Take a posting down, for good: from the next building on a page without content says so.

    Raises InputError without a reason, RuleError where it is down already.
    """
    said = " ".join(reason.split())
    if not said:
        raise InputError("say why it is taken down: it stays in the record")
    with write_transaction(office):
        if get_posting(office, posting_id).state == "taken down":
            raise RuleError(f"posting {posting_id} is taken down already")
        office.execute(
            "INSERT INTO main.posting_takedowns (posting_id, at, actor, reason) "
            "VALUES (?, ?, ?, ?)",
            (posting_id, clock.now_text(), actor, said),
        )
        _audit(office, actor, "posting taken down", posting_id, {"reason": said})
    return get_posting(office, posting_id)


def _require_answered(posting: Posting) -> None:
    said = {each.code: each.answer for each in posting.answers}
    for question in checklist().question:
        given = said.get(question.code)
        if given != "yes":
            told = "is answered no" if given == "no" else "is not answered yet"
            raise RuleError(
                f"“{question.code}” {told} ({question.source}): `archiver publish answer "
                f"{posting.id} {question.code}=yes` once it is so"
            )


def _slug(office: sqlite3.Connection, made: Production) -> str:
    """The name of its page: the request's number, the volume, and a number where that was used."""
    base = f"{made.request}-{made.folder.name}".lower()
    used: Sequence[Any] = rows(office, "SELECT slug FROM postings WHERE slug GLOB ?", f"{base}*")
    return base if not used else f"{base}-{len(used) + 1}"


def _audit(
    office: sqlite3.Connection,
    actor: str,
    action: str,
    posting_id: int,
    detail: Mapping[str, object],
) -> None:
    audit(office, actor=actor, action=action, subject=f"posting {posting_id}", detail=detail)
