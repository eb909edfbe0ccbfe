"""What has been done about a batch, what comes now, and by whom: blocked means explained."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.clock import local_day, shown_day
from archiver.config import Settings
from archiver.errors import RuleError
from archiver.register.accounts import Account
from archiver.retention.dispositions.approvals import Given, Missing, missing, standing
from archiver.retention.dispositions.batches import (
    DONE,
    EXECUTING,
    WITHDRAWN,
    Batch,
    BatchEvent,
    events_of,
)
from archiver.retention.dispositions.routes import Approval, find_route, required

DONE_STEP, NOW, LATER = "done", "now", "missing"
ACT_WORDS = {"destroyed": "Destroyed", "transferred": "Handed over", "removed": "Removed"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a batch. `state` is done, now (the next one) or missing; `who` can do it."""

    code: str
    title: str
    detail: str
    state: str
    who: str = ""


def next_steps(
    office: sqlite3.Connection, batch: Batch, settings: Settings, accounts: Sequence[Account]
) -> tuple[Step, ...]:
    """The steps of a batch in the order they are taken, the first open one marked "now"."""
    history = events_of(office, batch)
    events = {each.what: each for each in history}
    zone = settings.time_zone
    frozen = f"{_day(batch.frozen_at, zone)}, {batch.frozen_by}. Cannot grow."
    steps = [Step("frozen", "List frozen", frozen, DONE_STEP)]
    lacking = missing(office, batch, accounts)
    stand = standing(office, batch)
    for asked in required(find_route(batch.route), batch.act):
        open_ones = [one for one in lacking if one.kind == asked.code]
        steps.append(_approval(asked, stand, open_ones, _asked(history, asked, zone)))
    if batch.act == "transferred":
        steps.append(_event("bag", "Bag made and checked", events.get("bag made"), zone))
        receipt = events.get("receipt")
        steps.append(_event("receipt", "Receipt of the receiving institution", receipt, zone))
    begun = events.get("execution begun")
    checked = "At the moment of disposal" if begun is None else _at(begun, zone)
    steps.append(Step("checked", "Holds checked again", checked, _state(begun), "the program"))
    gone = "List and fingerprints stay; content goes"
    if begun is not None:
        gone = f"{batch.gone:,} gone, {batch.kept:,} kept, {batch.waiting:,} waiting"
    finished = events.get("done")
    title = f"{ACT_WORDS[batch.act]}, certificate kept"
    steps.append(Step("executed", title, gone, _state(finished), "the records manager"))
    if batch.state == WITHDRAWN:
        return tuple(_withdrawn(steps, events.get("withdrawn"), zone))
    return tuple(_with_now(steps))


def refuse_incomplete(
    office: sqlite3.Connection, batch: Batch, accounts: Sequence[Account]
) -> None:
    """Raise RuleError where something is missing, naming what and who can give it."""
    if batch.state == DONE:
        raise RuleError(f"{batch.number} is done: its certificate is on file")
    if batch.state == WITHDRAWN:
        raise RuleError(f"{batch.number} is withdrawn: build a new batch")
    if batch.state == EXECUTING:
        return
    lacking = missing(office, batch, accounts)
    if lacking:
        named = "; ".join(one.words for one in lacking)
        raise RuleError(f"{batch.number} cannot be executed, it lacks: {named}")
    if batch.act == "transferred":
        done = {each.what for each in events_of(office, batch)}
        if "bag made" not in done:
            raise RuleError(f"{batch.number} is a transfer: make its bag and hand it over first")
        if "receipt" not in done:
            raise RuleError(
                f"{batch.number} is a transfer: nothing goes before the receipt of the receiving "
                "institution is recorded"
            )


def _asked(history: Sequence[BatchEvent], approval: Approval, zone: str) -> str:
    """When somebody was last asked for it."""
    for event in reversed(history):
        if event.what == "asked" and event.detail["kind"] == approval.code:
            return f"asked {_day(event.at, zone)}"
    return ""


def _approval(
    asked: Approval, stand: Sequence[Given], lacking: Sequence[Missing], waiting: str
) -> Step:
    got = [each for each in stand if each.kind == asked.code]
    said = "; ".join(_given_words(each) for each in got)
    if not lacking:
        return Step(asked.code, asked.title, said, DONE_STEP, asked.by)
    waits = ", ".join(one.department for one in lacking if one.department)
    detail = "; ".join(filter(None, (said, f"missing: {waits}" if waits else "", waiting)))
    return Step(asked.code, asked.title, detail, LATER, asked.by)


def _given_words(each: Given) -> str:
    number = f" {each.number}" if each.number else ""
    kept = ", signed copy on file" if each.document else ""
    if each.department:
        return f"{each.department} ({each.name}, {each.dated_on})"
    return f"{each.title}{number}, {each.dated_on}, {each.name}{kept}"


def _event(code: str, title: str, event: BatchEvent | None, zone: str) -> Step:
    who = "the receiving institution" if code == "receipt" else "the records manager"
    return Step(code, title, "" if event is None else _at(event, zone), _state(event), who)


def _state(event: BatchEvent | None) -> str:
    return LATER if event is None else DONE_STEP


def _with_now(steps: Sequence[Step]) -> list[Step]:
    first = next((place for place, each in enumerate(steps) if each.state == LATER), None)
    return [
        Step(each.code, each.title, each.detail, NOW, each.who) if place == first else each
        for place, each in enumerate(steps)
    ]


def _withdrawn(steps: Sequence[Step], event: BatchEvent | None, zone: str) -> list[Step]:
    done = [each for each in steps if each.state == DONE_STEP]
    if event is not None:
        detail = f"{_at(event, zone)}: {event.detail.get('reason', '')}"
        done.append(Step("withdrawn", "Withdrawn", detail, DONE_STEP))
    return done


def _at(event: BatchEvent, zone: str) -> str:
    return f"{_day(event.at, zone)}, {event.actor}"


def _day(moment: str, zone: str) -> str:
    return shown_day(local_day(moment, zone), weekday=False)
