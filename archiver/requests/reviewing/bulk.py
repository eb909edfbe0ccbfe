"""Deciding about many items at once: first what would happen and what is left out, then the act.

Nothing is released in bulk that a person should look at first: private messages, media nobody has
opened, open suggestions of personal data, bars, what is with the attorney or in quarantine.
Withholding in bulk takes a sentence on why no part of any of them can be released (Gov. Code
§ 7922.525(b): segregable portions).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archiver.clock import now_text
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.decisions import Choice, decide
from archiver.requests.exemptions import Claim
from archiver.requests.finding.asking import items_with_open_suggestions
from archiver.requests.intake import get_request
from archiver.requests.items import Item, items_of
from archiver.requests.redacting.bars import barred_items
from archiver.requests.redacting.earlier import conflicts_of, released_before
from archiver.requests.reviewing.attorney import with_attorney
from archiver.requests.reviewing.media import items_with_unseen
from archiver.retention.quarantine import quarantined

Files = Mapping[str, sqlite3.Connection]
ALREADY: Final = "already so decided"
PRIVATE: Final = "private messages and lists: look at each"
UNSEEN: Final = "with pictures or files nobody has looked at in review"
SUGGESTED: Final = "with open suggestions of personal data"
BARRED: Final = "with bars: look at each"
EARLIER: Final = "released before, and differently"
ASKED: Final = "with the attorney"
SHUT: Final = "in quarantine"
CHOICES: Final = (Choice.RELEASE, Choice.WITHHOLD, Choice.NOT_RESPONSIVE, Choice.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision in bulk would do. `items` would be decided; `skipped` are left out, by the
    reason. `before` counts what stands decided about those it would change; `token` stands for
    exactly this, and is refused when any of it changed."""

    choice: Choice
    items: tuple[int, ...]
    skipped: Mapping[str, tuple[int, ...]]
    before: Mapping[str, int]
    token: str


def preview(
    conn: sqlite3.Connection,
    files: Files,
    settings: Settings,
    number: str,
    item_ids: Sequence[int],
    choice: Choice | str,
) -> Preview:
    """What deciding so about these items would do, without doing it.

    The first time, every version not looked at yet is searched for personal data. Raises InputError
    where no item or no decision for many is named, or an item is not there.
    """
    waiting = _waiting(conn, files, settings, number, item_ids, _choice(choice))
    return _preview(conn, files, number, item_ids, _choice(choice), waiting)


def _choice(choice: Choice | str) -> Choice:
    if choice not in CHOICES:
        known = ", ".join(each.value for each in CHOICES)
        raise InputError(f"decide about many at once with one of: {known}")
    return Choice(choice)


def _waiting(
    conn: sqlite3.Connection,
    files: Files,
    settings: Settings,
    number: str,
    item_ids: Sequence[int],
    chosen: Choice,
) -> Collection[int]:
    """The items with open suggestions, where that matters."""
    if chosen is not Choice.RELEASE:
        return ()
    return items_with_open_suggestions(conn, files, settings, number, item_ids=item_ids).items


def _preview(
    conn: sqlite3.Connection,
    files: Files,
    number: str,
    item_ids: Sequence[int],
    chosen: Choice,
    waiting: Collection[int],
) -> Preview:
    known_items = {item.id: item for item in items_of(conn, number)}
    wanted = dict.fromkeys(item_ids)
    missing = next((each for each in wanted if each not in known_items), None)
    if missing is not None:
        raise InputError(f"request {number} has no item {missing}")
    if not wanted:
        raise InputError("no item named: choose some first")
    items = [known_items[each] for each in wanted]
    reasons = _reasons(conn, files, number, items, chosen, waiting)
    kept = [item for item in items if item.id not in reasons]
    skipped: dict[str, list[int]] = {}
    for item_id, reason in reasons.items():
        skipped.setdefault(reason, []).append(item_id)
    before: dict[str, int] = {}
    for item in kept:
        before[item.decision.choice.value] = before.get(item.decision.choice.value, 0) + 1
    return Preview(
        chosen,
        tuple(item.id for item in kept),
        {reason: tuple(found) for reason, found in skipped.items()},
        before,
        _token(number, chosen, kept),
    )


def decide_all(
    conn: sqlite3.Connection,
    files: Files,
    settings: Settings,
    number: str,
    item_ids: Sequence[int],
    choice: Choice | str,
    *,
    token: str,
    actor: str,
    claims: Sequence[Claim] = (),
    note_text: str | None = None,
    whole: str = "",
) -> int:
    """Do what a preview showed, in one transaction; gives how many were decided.

    `whole` says why no part of what is withheld can be released. The same `token` a second time
    does nothing and gives the same number. Raises BusyError where anything of what was shown
    changed in the meantime, RuleError where `whole` is missing or the law's conditions are not met.
    """
    reason = " ".join(whole.split())
    if choice == Choice.WITHHOLD and not reason:
        raise RuleError(
            "withholding many at once needs a sentence: why no part of any of them can be released "
            "(Gov. Code § 7922.525)"
        )
    chosen = _choice(choice)
    waiting = _waiting(conn, files, settings, number, item_ids, chosen)
    with write_transaction(conn):
        done = row(conn, "SELECT items FROM bulk_decisions WHERE token = ?", token)
        if done is not None:
            return int(done["items"])
        now = _preview(conn, files, number, item_ids, chosen, waiting)
        if now.token != token:
            raise BusyError(
                "some of these items changed since the preview: look at it again, nothing was "
                "decided"
            )
        if not now.items:
            raise RuleError("every item was left out: decide them one by one")
        request = get_request(conn, number)
        conn.execute(
            "INSERT INTO bulk_decisions (request_id, token, at, actor, decision, items, skipped, "
            "whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(request.id, token, now_text(), actor, now.choice.value, len(now.items)),
                *(sum(map(len, now.skipped.values())), reason or None),
            ),
        )
        decide(
            conn,
            number,
            now.items,
            now.choice,
            actor=actor,
            claims=claims,
            note_text=note_text,
            step="decided in bulk",
        )
    return len(now.items)


def _reasons(
    conn: sqlite3.Connection,
    files: Files,
    number: str,
    items: Sequence[Item],
    chosen: Choice,
    waiting: Collection[int],
) -> dict[int, str]:
    """Why an item is left out, by its id; the first reason that holds."""
    if chosen is Choice.WITHHOLD:
        return dict.fromkeys(_differing(conn, files, number, items, withheld=True), EARLIER)
    reasons = {item.id: ALREADY for item in items if item.decision.choice is chosen}
    if chosen is not Choice.RELEASE:
        return reasons
    request = get_request(conn, number)
    barred = barred_items(conn, request.id)
    asked = with_attorney(conn, request.id)
    shut = quarantined(conn)
    open_items = [item for item in items if item.id not in reasons]
    unseen = items_with_unseen(conn, files, open_items)
    differing = _differing(conn, files, number, open_items, withheld=False)
    for item in open_items:
        if item.record_id in shut.get(item.file, ()):
            reasons[item.id] = SHUT
        elif item.file == "private":
            reasons[item.id] = PRIVATE
        elif item.id in asked:
            reasons[item.id] = ASKED
        elif item.id in barred:
            reasons[item.id] = BARRED
        elif item.id in waiting:
            reasons[item.id] = SUGGESTED
        elif item.id in unseen:
            reasons[item.id] = UNSEEN
        elif item.id in differing:
            reasons[item.id] = EARLIER
    return reasons


def _differing(
    conn: sqlite3.Connection,
    files: Files,
    number: str,
    items: Sequence[Item],
    *,
    withheld: bool,
) -> list[int]:
    """The items whose record an earlier volume treats otherwise: a person has to say why."""
    return [
        item_id
        for item_id in released_before(conn, [item.id for item in items])
        if conflicts_of(conn, files, number, item_id, withheld=withheld)
    ]


def _token(number: str, chosen: Choice, items: Sequence[Item]) -> str:
    """Stands for the items with what is decided about each now."""
    state = [number, chosen.value, [(item.id, item.decision.id) for item in items]]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()
