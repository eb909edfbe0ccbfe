"""Where an open request stands: derived from what has been done, never set by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from archiver.config import Settings
from archiver.database import rows
from archiver.requests.collecting.lists import lists_of
from archiver.requests.decisions import Choice
from archiver.requests.queue import EVERY_FILE, progress_by_request
from archiver.requests.reviewing.blockers import WITH_ATTORNEY, blockers_of
from archiver.requests.timing.determining import Outcome


class Stage(StrEnum):
    """The stages of a request, in their order."""

    RECEIVED = "received"
    SEARCHING = "searching"
    REVIEW = "in review"
    ATTORNEY = "with attorney"
    READY = "ready to send"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a stage follows from: searches made, items collected and decided, open questions to the
    city attorney, whether the requester was asked back, and whether the determination was sent and
    says that nothing is disclosed. `in_the_way` says in words what keeps a packet from being made
    though every item is decided."""

    items: int = 0
    decided: int = 0
    searches: int = 0
    questions: int = 0
    asked_back: bool = False
    determined: bool = False
    nothing_follows: bool = False
    in_the_way: tuple[str, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage of an open request."""
        if self.nothing_follows:
            return Stage.READY
        if self.items == 0:
            begun = self.searches or self.asked_back or self.determined
            return Stage.SEARCHING if begun else Stage.RECEIVED
        if self.questions:
            return Stage.ATTORNEY
        return Stage.READY if self.decided == self.items and not self.in_the_way else Stage.REVIEW


def standings(
    conn: sqlite3.Connection,
    settings: Settings,
    *,
    private: bool,
    advice: bool,
    practice: bool = False,
) -> dict[int, Standing]:
    """Where each open request stands, by its id, from what somebody may know of.

    What is in the way of a packet is looked for only where every item is decided. Without `private`
    no item of private.db counts; without `advice` a question to the attorney does not show, because
    that it was asked is privileged too. Those for `practice` stand apart.
    """
    files = ("archive", "private") if private else ("archive",)
    items = progress_by_request(conn, files=files)
    whole = items if private else progress_by_request(conn)
    questions = _questions(conn, private) if advice else {}
    found = rows(
        conn,
        """
        SELECT id, number,
            (SELECT count(*) FROM request_searches WHERE request_id = requests.id) AS searches,
            (SELECT step FROM request_clarifications WHERE request_id = requests.id
                ORDER BY id DESC LIMIT 1) AS step,
            (SELECT outcome FROM standing_determinations WHERE request_id = requests.id
                ORDER BY id DESC LIMIT 1) AS outcome
        FROM requests WHERE status = 'open' AND practice = ?
        """,
        practice,
    )
    return {
        each["id"]: Standing(
            items=items.get(each["id"], (0, 0))[1],
            decided=items.get(each["id"], (0, 0))[0],
            searches=each["searches"],
            questions=questions.get(each["id"], 0),
            asked_back=each["step"] == "asked",
            determined=bool(each["outcome"]),
            nothing_follows=bool(each["outcome"]) and not Outcome(each["outcome"]).discloses,
            in_the_way=(
                _in_the_way(
                    conn,
                    settings,
                    each["number"],
                    # one by one the items are told apart only where there are some of each
                    EVERY_FILE if whole[each["id"]][1] == items[each["id"]][1] else files,
                    _undecided_lists(conn, each["number"], files),
                    advice=advice,
                )
                if _all_decided(items.get(each["id"]))
                else ()
            ),
        )
        for each in found
    }


def _all_decided(progress: tuple[int, int] | None) -> bool:
    return progress is not None and progress[0] == progress[1]


def _in_the_way(
    conn: sqlite3.Connection,
    settings: Settings,
    number: str,
    files: Collection[str],
    lists: int,
    *,
    advice: bool,
) -> tuple[str, ...]:
    found = [
        blocker.words
        for blocker in blockers_of(conn, settings, number, known=files)
        if advice or blocker.kind != WITH_ATTORNEY
    ]
    if lists:
        found.append(f"{lists} {'list has' if lists == 1 else 'lists have'} no decision yet")
    return tuple(found)


def _undecided_lists(conn: sqlite3.Connection, number: str, files: Collection[str]) -> int:
    return sum(one.choice is Choice.UNDECIDED for one in lists_of(conn, number, files))


def _questions(conn: sqlite3.Connection, private: bool) -> dict[int, int]:
    return {
        each["request_id"]: each["open"]
        for each in rows(
            conn,
            """
            SELECT request_id, count(*) AS open FROM attorney_questions AS asked
            JOIN request_items AS items ON items.id = asked.item_id
            WHERE (? OR items.file <> 'private') AND NOT EXISTS (
                SELECT 1 FROM attorney_answers WHERE question_id = asked.id
            )
            GROUP BY request_id
            """,
            private,
        )
    }
