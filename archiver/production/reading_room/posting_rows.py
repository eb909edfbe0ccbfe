"""Postings as office.db has them: what was proposed, said, approved and taken down."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.database import row, rows
from archiver.errors import InputError


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
