"""Records of a request that say the same: side by side, with what differs marked."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Record, Version, record, version
from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.differences import Piece, word_difference
from archiver.desk.looking import note_private
from archiver.desk.pages.requests import find_request, seen_items
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.register.accounts import list_accounts
from archiver.requests.book import Choice, Item, Request, decide, get_item
from archiver.requests.clustering.clusters import Cluster, Member, clusters_of
from archiver.requests.clustering.likeness import Likeness
from archiver.staff.roles import DECIDE

_CLUSTERS, _MEMBERS = 10, 12
_LONGEST_SHOWN = 4_000
_ITEM = re.compile(r"[0-9]{1,15}")
_TICK = re.compile(r"([0-9]{1,15}):([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Side:
    """An item with its record, as collected, and the account it came from."""

    item: Item
    record: Record
    text: str
    account: str


@dataclass(frozen=True, slots=True)
class Alike:
    """An item beside its leader; `pieces` mark what differs, and are empty where nothing does."""

    side: Side
    reason: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cluster on the page; of its `likes` items beside the leader it shows some."""

    leader: Side
    alike: list[Alike]
    likes: int

    @property
    def leads(self) -> bool:
        """Whether its leader is decided, so that others can be called duplicates of it."""
        return self.leader.item.decision.choice not in (Choice.UNDECIDED, Choice.DUPLICATE)


def show(visit: Visit, asked: Asked) -> Answer:
    """The clusters, the largest first; with ``of`` one of them, page by page."""
    return _page(visit, asked, find_request(visit, asked.parts["number"]))


def _page(visit: Visit, asked: Asked, request: Request, problem: str = "") -> Page:
    only = asked.asked("of") or asked.given("of")
    start = _number(asked.asked("from"))
    with visit.office() as office, visit.evidence() as files:
        clusters = clusters_of(office, files, request.number)
        chosen = clusters
        if only:
            chosen = [each for each in clusters if str(each.leader.id) == only]
            if not chosen:
                raise NotHere
            members = chosen[0].members
            on_page = [(chosen[0], members[start : start + _MEMBERS])]
            size, step = len(members), _MEMBERS
        else:
            here = chosen[start : start + _CLUSTERS]
            on_page = [(each, each.members[:_MEMBERS]) for each in here]
            size, step = len(chosen), _CLUSTERS
        shown = _shown(visit, office, files, request, on_page)
    return Page(
        "similar.html",
        {
            "request": request,
            "clusters": shown,
            "count": len(clusters),
            "repeats": sum(len(each.members) for each in clusters),
            "only": only,
            "start": start,
            "size": size,
            "before": max(0, start - step) if start else None,
            "after": start + step if start + step < size else None,
            "marked": _number(asked.asked("marked")),
            "problem": problem,
            "can_decide": visit.may(DECIDE) and request.is_open,
        },
        422 if problem else 200,
    )


def mark(visit: Visit, asked: Asked) -> Answer:
    """Call the ticked items duplicates of the one they stand beside.

    All or none: where somebody decided one of them in the meantime, nothing is changed.
    """
    request = find_request(visit, asked.parts["number"])
    try:
        leader, ticked = _ticked(visit, request, asked)
        by_seen: dict[int, list[int]] = {}
        for item_id, seen in ticked:
            by_seen.setdefault(seen, []).append(item_id)
        with visit.office() as office, write_transaction(office):
            for seen, item_ids in by_seen.items():
                decide(
                    office,
                    request.number,
                    item_ids,
                    Choice.DUPLICATE,
                    actor=visit.person.login,
                    seen=seen,
                    duplicate_of=leader,
                )
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    kept = f"&of={leader}" if asked.given("of") else ""
    return Redirect(f"/requests/{request.number}/similar?marked={len(ticked)}{kept}")


def _ticked(visit: Visit, request: Request, asked: Asked) -> tuple[int, list[tuple[int, int]]]:
    """The leader's id, and each ticked item with the decision its page showed.

    Raises InputError where nothing is ticked, NotHere where one is no item this person may see.
    """
    named = dict.fromkeys(asked.all_given("item"))
    if not named:
        raise InputError("tick the records that say the same as the first one")
    leader, ticks = asked.given("leader"), [_TICK.fullmatch(each) for each in named]
    if not _ITEM.fullmatch(leader) or not all(ticks):
        raise NotHere
    ticked = [(int(tick[1]), int(tick[2])) for tick in ticks if tick]
    with visit.office() as office:
        try:
            items = [
                get_item(office, request.number, each)
                for each in (int(leader), *(item_id for item_id, _ in ticked))
            ]
        except InputError:
            raise NotHere from None
    if len(seen_items(visit, items)) != len(items):
        raise NotHere
    return int(leader), ticked


def _shown(
    visit: Visit,
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    request: Request,
    on_page: Sequence[tuple[Cluster, Sequence[Member]]],
) -> list[Shown]:
    """The clusters with their records; which private ones are shown is written down first."""
    items = [
        item
        for cluster, members in on_page
        for item in (cluster.leader, *(each.item for each in members))
    ]
    note_private(
        visit,
        f"request {request.number}, similar records",
        ((item.file, item.record_id) for item in items),
    )
    accounts = {each.id: each.name for each in list_accounts(office)}
    sides = _sides(files, accounts, items)
    shown = []
    for cluster, members in on_page:
        leader = sides.get(cluster.leader.id)
        if leader is None:
            continue
        alike = [
            Alike(side, each.reason, _pieces(leader, side, each.likeness))
            for each in members
            if (side := sides.get(each.item.id)) is not None
        ]
        shown.append(Shown(leader, alike, len(cluster.members)))
    return shown


def _sides(
    files: Mapping[str, sqlite3.Connection], accounts: Mapping[int, str], items: Iterable[Item]
) -> dict[int, Side]:
    sides = {}
    for item in items:
        found: Record | None = record(files[item.file], item.record_id)
        collected: Version | None = version(files[item.file], item.version_id)
        if found is not None and collected is not None and collected.leaf == item.leaf:
            account = accounts.get(found.account_id, "")
            sides[item.id] = Side(item, found, collected.text, account)
    return sides


def _pieces(leader: Side, side: Side, likeness: Likeness) -> list[Piece]:
    if likeness is not Likeness.NEAR:
        return []
    return word_difference(leader.text[:_LONGEST_SHOWN], side.text[:_LONGEST_SHOWN])


def _number(text: str) -> int:
    return int(text) if len(text) < 10 and _ITEM.fullmatch(text) else 0
