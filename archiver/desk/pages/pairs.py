"""Records that may be one: side by side with the reason; a person says one, two, or apart again."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import get_args

from archiver.archive.pairs import (
    Counted,
    Proposal,
    Standing,
    Strength,
    What,
    proposal,
    proposal_counts,
    proposals,
)
from archiver.archive.pairs_differing import TEXT, TIME, Difference
from archiver.archive.pairs_reading import Counterpart, laid_beside
from archiver.archive.reading import record
from archiver.capture.reconciled import Where, reconciled_records, reconciliations
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.differences import Piece, word_difference
from archiver.desk.job_progress import told
from archiver.desk.looking import note_private
from archiver.desk.numbers import whole
from archiver.desk.visits import Visit
from archiver.operations.jobs import job
from archiver.operations.pairing import JOB, Preview, collected_in, preview_alike, queue_decision
from archiver.operations.pairing import Asked as Wanted
from archiver.register.accounts import list_accounts

_PER_PAGE = 10
_LISTED = 100
_LONGEST_SHOWN = 4_000
_SIDES = {
    "download": "Only in the download",
    "interface": "Only from the interface",
    "both": "In both, with differences",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A proposal on the page. `pieces` mark how the download's words differ from the other's, and
    are empty where they do not; `requests` are those in which the download's was collected."""

    proposal: Proposal
    file: str
    one: Counterpart
    other: Counterpart
    pieces: list[Piece]
    differences: tuple[Difference, ...]
    requests: tuple[str, ...]

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.file}:{self.proposal.id}"


@dataclass(frozen=True, slots=True)
class Line:
    """Open proposals of one file that are counted together."""

    file: str
    account: str
    counted: Counted


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the proposals a page shows; `after` is the number of the last one seen."""

    file: str
    state: Standing
    account: int | None
    strength: str | None
    after: int


def show(visit: Visit, asked: Asked) -> Answer:
    """Pairs in one standing, with how many there are of which account and strength."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    with visit.evidence() as files, visit.office() as office:
        chosen = _chosen(asked, files)
        names = {one.id: one.display_name or one.handle for one in list_accounts(office)}
        lines = [
            Line(file, names.get(each.account_id, f"account {each.account_id}"), each)
            for file, connection in files.items()
            for each in proposal_counts(connection)
        ]
        connection = files[chosen.file]
        found = proposals(
            connection,
            account_id=chosen.account,
            state=chosen.state,
            strength=chosen.strength,
            after=chosen.after,
            limit=_PER_PAGE + 1,
        )
        pairs = _pairs(office, connection, chosen.file, found[:_PER_PAGE])
        alike = _alike(office, connection, chosen)
        waiting = _job(visit, asked)
    note_private(
        visit,
        "pairs of records",
        [(each.file, side.record.id) for each in pairs for side in (each.one, each.other)],
    )
    return Page(
        "pairs.html",
        {
            "pairs": pairs,
            "lines": [each for each in lines if each.counted.state == chosen.state],
            "counts": {state: _total(lines, state) for state in Standing},
            "chosen": chosen,
            "account": names.get(chosen.account or 0, ""),
            "alike": alike,
            "next": found[_PER_PAGE - 1].id if len(found) > _PER_PAGE else None,
            "job": waiting,
            "problem": problem,
        },
        422 if problem else 200,
    )


def _total(lines: Sequence[Line], state: Standing) -> int:
    return sum(each.counted.pairs for each in lines if each.counted.state == state)


def _chosen(asked: Asked, files: Mapping[str, sqlite3.Connection]) -> Chosen:
    """What the address asks for; where it names no file, the first that holds such pairs. Raises
    NotHere where it names what there is not."""
    state, strength = asked.asked("state") or Standing.OPEN.value, asked.asked("strength")
    file = asked.asked("file") or next(
        (
            name
            for name, connection in files.items()
            if any(each.state == state for each in proposal_counts(connection))
        ),
        "archive",
    )
    if file not in files or state not in set(Standing) or strength not in {"", *Strength}:
        raise NotHere
    return Chosen(
        file,
        Standing(state),
        whole(asked.asked("account")),
        strength or None,
        whole(asked.asked("from")) or 0,
    )


def _alike(
    office: sqlite3.Connection, connection: sqlite3.Connection, chosen: Chosen
) -> Preview | None:
    """What deciding all of them at once would do, where one account and strength is chosen."""
    if chosen.account is None or chosen.strength is None or chosen.state is not Standing.OPEN:
        return None
    made = preview_alike(office, connection, chosen.file, chosen.account, chosen.strength)
    return made if made.pairs > 1 else None


def _pairs(
    office: sqlite3.Connection, connection: sqlite3.Connection, file: str, found: Sequence[Proposal]
) -> list[Pair]:
    touched = collected_in(office, file, [each.derived_id for each in found])
    pairs = []
    for each in found:
        one, other = record(connection, each.other_id), record(connection, each.derived_id)
        if one is None or other is None:
            continue
        beside = laid_beside(connection, one, other)
        differs = {difference.what for difference in beside.differences}
        pieces = (
            word_difference(one.text[:_LONGEST_SHOWN], other.text[:_LONGEST_SHOWN])
            if TEXT in differs
            else []
        )
        pairs.append(
            Pair(
                *(each, file, laid_beside(connection, other, one), beside, pieces),
                tuple(one for one in beside.differences if one.what not in (TEXT, TIME)),
                touched.get(each.derived_id, ()),
            )
        )
    return pairs


def _job(visit: Visit, asked: Asked) -> object:
    number = whole(asked.asked("job"))
    if number is None:
        return None
    with visit.office() as office:
        found = job(office, number)
    return found if found is not None and found.kind == JOB else None


def decide(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker to write down what was decided about the ticked pairs. Asking twice asks
    once."""
    what, reason = asked.given("what"), asked.given("reason").strip()
    if what not in set(What):
        raise NotHere
    if not reason:
        return _page(visit, asked, "say why: it is kept with your name")
    named: dict[str, list[int]] = {}
    with visit.evidence() as files:
        for key in asked.all_given("pair"):
            file, _, text = key.partition(":")
            number = whole(text)
            if file not in files or number is None or proposal(files[file], number) is None:
                raise NotHere
            named.setdefault(file, []).append(number)
    if not named:
        return _page(visit, asked, "tick the pairs that you decide about")
    numbers = [
        _queue(visit, Wanted(file, what, reason, numbers=sorted(set(some))))
        for file, some in named.items()
    ]
    return Redirect(f"/pairs?job={numbers[-1]}{_kept(asked)}")


def decide_alike(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker to decide about all that were previewed."""
    what, reason, file = asked.given("what"), asked.given("reason").strip(), asked.given("file")
    account, up_to = whole(asked.given("account")), whole(asked.given("up_to"))
    strength = asked.given("strength")
    if what not in (What.CONFIRMED, What.REJECTED) or strength not in set(Strength):
        raise NotHere
    if account is None or up_to is None:
        raise NotHere
    with visit.evidence() as files:
        if file not in files or not proposals(files[file], account_id=account, limit=1):
            raise NotHere
    if not reason:
        return _page(visit, asked, "say why: it is kept with your name")
    wanted = Wanted(file, what, reason, account=account, strength=strength, up_to=up_to)
    return Redirect(f"/pairs?job={_queue(visit, wanted)}")


def _queue(visit: Visit, wanted: Wanted) -> int:
    with visit.office() as office:
        return queue_decision(office, wanted, actor=visit.person.login)


def _kept(asked: Asked) -> str:
    """The page the form stood on, as the rest of an address."""
    state, file = asked.given("state"), asked.given("file")
    kept = f"&state={state}" if state in set(Standing) else ""
    return kept + (f"&file={file}" if file in ("archive", "private") else "")


def deciding(visit: Visit, asked: Asked) -> Answer:
    """How far the writing of decisions is, for the page that waits for it."""
    with visit.office() as office:
        found = job(office, int(asked.parts["job"]))
    if found is None or found.kind != JOB:
        raise NotHere
    return told(found)


def reconciled(visit: Visit, asked: Asked) -> Answer:
    """What an import found beside what the interface had given; with ``kind`` and ``side`` all
    records of one sort, a hundred on each page."""
    run = int(asked.parts["run"])
    kind, side = asked.asked("kind"), asked.asked("side")
    start = whole(asked.asked("from")) or 0
    with visit.evidence() as files, visit.office() as office:
        kept = reconciliations(files, run_id=run).get(run)
        if not kept:
            raise NotHere
        account = _account_of(files, run)
        names = {one.id: one.display_name or one.handle for one in list_accounts(office)}
        listed = []
        if side in get_args(Where):
            some = reconciled_records(files, run, kind, side)  # type: ignore[arg-type]
            listed = list(islice(some, start, start + _LISTED + 1))
    note_private(visit, f"reconciliation of run {run}", [(one.file, one.id) for one in listed])
    return Page(
        "reconciled.html",
        {
            "run": run,
            "account": names.get(account, f"account {account}"),
            "kinds": kept,
            "sides": _SIDES,
            "kind": kind,
            "side": side if side in _SIDES else "",
            "listed": listed[:_LISTED],
            "start": start,
            "next": start + _LISTED if len(listed) > _LISTED else None,
        },
    )


def _account_of(files: Mapping[str, sqlite3.Connection], run: int) -> int:
    found = files["archive"].execute("SELECT account_id FROM runs WHERE id = ?", (run,)).fetchone()
    return 0 if found is None else int(found[0])
