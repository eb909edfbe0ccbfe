"""Postings: proposed, asked about, approved by the city attorney by name and date, taken down."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver import clock
from archiver.config import Home, Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.production.ledger import Production, production
from archiver.production.reading_room.checklist import checklist
from archiver.production.reading_room.choosing import choose
from archiver.production.reading_room.entries import digest_of, posted
from archiver.production.releasing.book import volumes_named, volumes_out
from archiver.production.releasing.checks import refuse_unfit
from archiver.register.office import audit

_LONGEST = 200
OFF = "the reading room is off: set on = true under [reading_room] in archive.toml first"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to a question of the checklist."""

    code: str
    question: str
    answer: str
    note: str
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Posting:
    """A posting with what was decided about it. `numbers` are the records it shows, `included` the
    doubtful ones taken in with the reason, `left_out` why the others are not shown."""

    id: int
    production_id: int
    request: str
    volume: int
    slug: str
    title: str
    at: str
    actor: str
    digest: str
    numbers: tuple[int, ...]
    included: Mapping[str, str]
    left_out: Mapping[str, str]
    media: bool
    answers: tuple[Answer, ...]
    attorney: str | None
    approved_on: str | None
    taken_down_at: str | None
    takedown_reason: str | None

    @property
    def state(self) -> str:
        """Proposed, approved or taken down."""
        if self.taken_down_at:
            return "taken down"
        return "approved" if self.attorney else "proposed"


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


def postings(office: sqlite3.Connection) -> list[Posting]:
    """Every posting, oldest first."""
    return [_posting(office, each) for each in rows(office, f"{_ALL} ORDER BY postings.id")]


def get_posting(office: sqlite3.Connection, posting_id: int) -> Posting:
    """The posting of that number. Raises InputError where there is none."""
    found = row(office, f"{_ALL} WHERE postings.id = ?", posting_id)
    if found is None:
        raise InputError(f"no posting {posting_id}: see `archiver publish list`")
    return _posting(office, found)


_ALL = """
    SELECT postings.*, made.request, made.volume, approval.attorney, approval.approved_on,
        down.at AS taken_down_at, down.reason AS takedown_reason
    FROM postings JOIN productions AS made ON made.id = production_id
    LEFT JOIN posting_approvals AS approval ON approval.posting_id = postings.id
    LEFT JOIN posting_takedowns AS down ON down.posting_id = postings.id
"""


def _posting(office: sqlite3.Connection, found: sqlite3.Row) -> Posting:
    answers = rows(
        office,
        "SELECT code, question, answer, note, at, actor FROM posting_answers "
        "WHERE posting_id = ? ORDER BY id",
        found["id"],
    )
    return Posting(
        *(found["id"], found["production_id"], found["request"], found["volume"], found["slug"]),
        *(found["title"], found["at"], found["actor"], found["digest"]),
        tuple(json.loads(found["numbers"])),
        json.loads(found["included"]),
        json.loads(found["left_out"]),
        bool(found["media"]),
        tuple(Answer(*each) for each in answers),
        *(found["attorney"], found["approved_on"]),
        *(found["taken_down_at"], found["takedown_reason"]),
    )


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
