"""Building a batch: what may go today, frozen as a list that cannot grow.

What a preview counts and what a batch lists come from the same walk. Standing holds catch up first,
and holds are looked at once more inside the transaction that freezes the list.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from archiver.archive.store import Archive
from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.accounts import Account
from archiver.retention.dispositions.batches import (
    FROZEN,
    Batch,
    HeldOut,
    LeftOut,
    Listed,
    get_batch,
    list_digest,
    note,
)
from archiver.retention.dispositions.checks import Checker, Passed, Refusal, Whole
from archiver.retention.dispositions.guarding import check_clock
from archiver.retention.dispositions.holdings import KINDS, ORIGINAL, RECORD, SUBSCRIBER
from archiver.retention.dispositions.outside import NOBODY, Outside
from archiver.retention.dispositions.routes import (
    Route,
    find_route,
    require_usable,
    trusted_system,
    usual_route,
)
from archiver.retention.holds import Hold, holds_over, holds_over_people
from archiver.retention.reporting import FILES
from archiver.retention.standing import catch_up

CHUNK = 500
ACTS = ("destroyed", "transferred")
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch is to hold. None or empty: everything eligible.

    `until` leaves out what had to be kept later than that day; `picked` names the holdings of a
    route that needs them named (file, kind, id); `kept_record` is what is kept in the place of
    duplicates; `receiver` and `agreement` belong to a transfer.
    """

    series: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    until: dt.date | None = None
    kinds: tuple[str, ...] = KINDS
    picked: tuple[Whole, ...] = ()
    kept_record: str = ""
    receiver: str = ""
    agreement: str = ""

    def criteria(self) -> dict[str, object]:
        """As the batch keeps it."""
        said: dict[str, object] = {
            "series": list(self.series),
            "accounts": list(self.accounts),
            "until": None if self.until is None else self.until.isoformat(),
            "kinds": list(self.kinds),
            "picked": len(self.picked),
            "kept_record": self.kept_record,
            "receiver": self.receiver,
            "agreement": self.agreement,
        }
        return {name: value for name, value in said.items() if value not in (None, "", [], 0)}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch built now would hold: its list, and what is left out and why."""

    route: str
    act: str
    schedule: str
    items: tuple[Listed, ...]
    left_out: LeftOut
    titles: Mapping[str, str]


@dataclass(slots=True)
class _Tally:
    """What is left out while walking."""

    held: int = 0
    by_hold: Counter[int] = field(default_factory=Counter)
    holds: dict[int, Hold] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def take(self, refusal: Refusal) -> None:
        if refusal.holds:
            self.held += 1
            for hold in refusal.holds:
                self.by_hold[hold.id] += 1
                self.holds[hold.id] = hold
        else:
            self.reasons[refusal.words] += 1

    def told(self) -> LeftOut:
        lines = tuple(
            HeldOut(number, self.holds[number].title, count)
            for number, count in sorted(self.by_hold.items())
        )
        return LeftOut(self.held, lines, dict(sorted(self.reasons.items())))


def preview(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    wanted: Wanted = Wanted(),
    *,
    route: str | None = None,
    act: str = "destroyed",
    outside: Outside = NOBODY,
    progress: Progress | None = None,
) -> Preview:
    """What a batch on this route would hold now; writes nothing but what standing holds catch.

    Raises RuleError where the route is not open to the agency or its conditions are not met,
    InputError where something named does not exist.
    """
    chosen = usual_route(settings.agency_kind) if route is None else find_route(route)
    _check_route(office, settings, chosen, act, wanted, outside)
    return walk(
        *(office, archive, settings, accounts, wanted, chosen),
        act=act,
        outside=outside,
        progress=progress,
    )


def walk(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    wanted: Wanted,
    chosen: Route,
    *,
    act: str,
    outside: Outside,
    progress: Progress | None = None,
) -> Preview:
    """Look at everything wanted and say what may go on this route and what may not.

    Raises RuleError where the clock cannot be trusted.
    """
    check_clock(archive, outside)
    catch_up(office, archive, settings, progress)
    checker = Checker(
        *(office, archive, settings, accounts, chosen, outside), kept_record=wanted.kept_record
    )
    for code in wanted.series:
        checker.schedule.find(code)
    tally = _Tally()
    steps = _Walk(office, archive, settings, checker, wanted, tally, progress)
    listed = tuple(steps.numbered())
    schedule = f"{checker.schedule.id}@{checker.schedule.version}"
    titles = {series.code: series.title for series in checker.schedule.series}
    return Preview(chosen.code, act, schedule, listed, tally.told(), titles)


def build(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    wanted: Wanted = Wanted(),
    *,
    actor: str,
    route: str | None = None,
    act: str = "destroyed",
    note_text: str = "",
    outside: Outside = NOBODY,
    progress: Progress | None = None,
) -> Batch:
    """Freeze what may go now as a batch, ``D-2026-03``.

    Raises RuleError where nothing is eligible (saying what stood in the way), where a hold was
    placed meanwhile, and what `preview` raises.
    """
    seen = preview(
        *(office, archive, settings, accounts, wanted),
        route=route,
        act=act,
        outside=outside,
        progress=progress,
    )
    if not seen.items:
        raise RuleError(f"nothing is eligible today{_why(seen.left_out)}")
    return freeze(
        office,
        settings,
        seen,
        kind="disposition",
        actor=actor,
        criteria=wanted.criteria(),
        note_text=note_text,
        taken=outside.numbers(),
    )


def freeze(
    office: sqlite3.Connection,
    settings: Settings,
    seen: Preview,
    *,
    kind: str,
    actor: str,
    criteria: Mapping[str, object],
    note_text: str,
    taken: Collection[str] = (),
) -> Batch:
    """Write a list down as a batch or removal, under a number that is not `taken`. From then on it
    cannot grow.

    Raises RuleError where a hold was placed since it was walked, or something on it is in another
    open batch.
    """
    with write_transaction(office):
        _refuse_newly_held(office, seen.items)
        last = row(office, "SELECT coalesce(max(id), 0) AS id FROM dispositions")
        number = (last["id"] if last else 0) + 1
        try:
            office.executemany(
                f"INSERT INTO disposition_items (batch_id, {', '.join(FROZEN)}) "
                f"VALUES (?{', ?' * len(FROZEN)})",
                ((number, *(getattr(item, name) for name in FROZEN)) for item in seen.items),
            )
        except sqlite3.IntegrityError:
            raise RuleError(
                "something of it has come into another open batch meanwhile: build again"
            ) from None
        year, sequence, name = _next_number(office, kind, settings.time_zone, taken)
        office.execute(
            "INSERT INTO dispositions (id, number, kind, year, sequence, route, act, schedule, "
            "criteria, note, frozen_at, frozen_by, items, digest, left_out) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(number, name, kind, year, sequence, seen.route, seen.act, seen.schedule),
                msgspec.json.encode(criteria).decode(),
                *(note_text.strip(), now_text(), actor, len(seen.items), list_digest(seen.items)),
                msgspec.json.encode(seen.left_out).decode(),
            ),
        )
        batch = get_batch(office, name)
        # what the certificate says of them later is what they said on this day
        detail = {
            "holdings": batch.items,
            "digest": batch.digest,
            "route": msgspec.to_builtins(find_route(seen.route)),
            "titles": dict(seen.titles),
            "agency": settings.agency,
            "time_zone": settings.time_zone,
        }
        note(office, batch, "list frozen", actor=actor, detail=detail)
    return get_batch(office, name)


class _Walk:
    """Walks what may be eligible, in the order of the list."""

    def __init__(
        self,
        office: sqlite3.Connection,
        archive: Archive,
        settings: Settings,
        checker: Checker,
        wanted: Wanted,
        tally: _Tally,
        progress: Progress | None,
    ) -> None:
        self._office = office
        self._archive = archive
        self._checker = checker
        self._wanted = wanted
        self._tally = tally
        self._progress = progress
        self._today = local_day(now_text(), settings.time_zone)
        self._leaving: set[Whole] = set()

    def numbered(self) -> Iterator[Listed]:
        n = 0
        for kind in self._wanted.kinds:
            for file in FILES:
                for passed in self._passed(file, kind):
                    n += 1
                    found = passed.found
                    self._leaving.add((file, kind, found.ref))
                    yield Listed(
                        *(n, file, kind, found.ref, found.leaf, found.versions, found.leaves),
                        *(found.account_id, passed.series, passed.cutoff_on),
                        *(passed.retain_until, passed.rule),
                    )

    def _passed(self, file: str, kind: str) -> Iterator[Passed]:
        refs = self._candidates(file, kind)
        # a download is judged beside all that leaves with it, so all downloads at once
        size = max(len(refs), 1) if kind == ORIGINAL else CHUNK
        for start in range(0, len(refs), size):
            some = self._not_listed(file, kind, refs[start : start + size])
            found = self._checker.check(file, kind, some, leaving=self._leaving)
            self._refuse_missing(file, kind, some, found)
            for ref in some:
                result = found.get(ref)
                if isinstance(result, Refusal):
                    self._tally.take(result)
                elif result is not None and self._is_wanted(result):
                    yield result
            if self._progress:
                done = min(start + size, len(refs))
                self._progress(f"checking {kind}s of {file}", done, len(refs))

    def _is_wanted(self, passed: Passed) -> bool:
        until = self._wanted.until
        if self._wanted.series and passed.series not in self._wanted.series:
            return False
        return until is None or (
            passed.retain_until is not None and passed.retain_until <= until.isoformat()
        )

    def _candidates(self, file: str, kind: str) -> Sequence[int]:
        """Ids that may be eligible, from indexes and small tables; the checks decide."""
        if self._wanted.picked:
            named = [ref for at, sort, ref in self._wanted.picked if (at, sort) == (file, kind)]
            return list(dict.fromkeys(named))
        access = FILES[file]
        conn = self._archive.file(access)
        accounts = msgspec.json.encode(list(self._wanted.accounts)).decode()
        chosen = "AND (?2 = '[]' OR account_id IN (SELECT value FROM json_each(?2)))"
        if kind == RECORD:
            until = self._today if self._wanted.until is None else self._wanted.until
            sql = f"SELECT id FROM records WHERE retain_until <= ?1 {chosen} ORDER BY id"
            found = conn.execute(sql, (min(until, self._today).isoformat(), accounts))
        elif kind == SUBSCRIBER:
            sql = f"SELECT id FROM subscribers WHERE to_at IS NOT NULL AND ?1 {chosen} ORDER BY id"
            found = conn.execute(sql, (1, accounts))
        elif kind == ORIGINAL:
            sql = (
                "SELECT o.id FROM originals AS o JOIN runs AS r ON r.id = o.run_id "
                f"WHERE o.access = ?1 {chosen} ORDER BY o.id"
            )
            found = conn.execute(sql, (access.value, accounts))
        else:
            sql = f"SELECT id FROM skipped WHERE raw IS NOT NULL AND ?1 {chosen} ORDER BY id"
            found = conn.execute(sql, (1, accounts))
        return array("q", (each["id"] for each in found))

    def _not_listed(self, file: str, kind: str, refs: Sequence[int]) -> list[int]:
        """Leave out what is in another open batch."""
        taken = {
            each["ref"]
            for each in rows(
                self._office,
                "SELECT ref FROM disposition_items WHERE file = ? AND kind = ? "
                "AND outcome IS NULL AND ref IN (SELECT value FROM json_each(?))",
                *(file, kind, msgspec.json.encode(list(refs)).decode()),
            )
        }
        if taken:
            self._tally.reasons["it is in another open batch"] += len(taken)
        return [ref for ref in refs if ref not in taken]

    def _refuse_missing(
        self, file: str, kind: str, some: Collection[int], found: Mapping[int, object]
    ) -> None:
        """What a person named and is not there is a mistake to be told at once."""
        lacking = [ref for ref in some if ref not in found]
        if self._wanted.picked and lacking:
            raise InputError(f"there is no {kind} {lacking[0]} in {file}: nothing was built")


def _check_route(
    office: sqlite3.Connection,
    settings: Settings,
    route: Route,
    act: str,
    wanted: Wanted,
    outside: Outside,
) -> None:
    if route.removal:
        raise RuleError(f"{route.code} is no disposition: propose a removal instead")
    if act not in ACTS:
        raise InputError(f"{act!r} is no act: known are {', '.join(ACTS)}")
    if act == "transferred" and not (wanted.receiver.strip() and wanted.agreement.strip()):
        raise InputError("a transfer names the receiving institution and the agreement with it")
    require_usable(office, route, settings.agency_kind)
    if route.needs_kept_record and not (wanted.picked and wanted.kept_record.strip()):
        raise RuleError(
            f"{route.section}: name the duplicates one by one, and the record that is kept in "
            "their place"
        )
    if route.needs_kept_record and any(
        wanted.kept_record.strip() == f"{file}:{ref}" for file, _, ref in wanted.picked
    ):
        raise RuleError("the record that is kept cannot be one of the duplicates")
    if route.needs_trusted_system:
        require_trusted_system(office, outside)


def require_trusted_system(office: sqlite3.Connection, outside: Outside) -> None:
    """Raise RuleError where the trusted-copy route is off, saying what switches it on."""
    if trusted_system(office) is None:
        raise RuleError(
            "the trusted-copy route (Gov. Code § 34090.5) is off: the city attorney has not "
            "attested a trusted system"
        )
    if outside.tested_copy() is None:
        raise RuleError(
            "the trusted-copy route (Gov. Code § 34090.5) is off: no copy in a separate place has "
            "passed a restore test"
        )


def _refuse_newly_held(office: sqlite3.Connection, items: Sequence[Listed]) -> None:
    for start in range(0, len(items), 10_000):
        some = items[start : start + 10_000]
        found = holds_over(office, [item.key for item in some if item.kind == RECORD])
        held = [*found.values()]
        people = {item.account_id for item in some if item.kind != RECORD}
        held += holds_over_people(office, people).values() if people else []
        for holds in held:
            if holds:
                raise RuleError(f"{holds[0].title} was placed meanwhile: build again")


def _next_number(
    office: sqlite3.Connection, kind: str, time_zone: str, taken: Collection[str]
) -> tuple[int, int, str]:
    year = local_day(now_text(), time_zone).year
    found = row(
        office,
        "SELECT coalesce(max(sequence), 0) AS last FROM dispositions WHERE kind = ? AND year = ?",
        *(kind, year),
    )
    letter = "R" if kind == "removal" else "D"
    sequence = (found["last"] if found else 0) + 1
    while (name := f"{letter}-{year}-{sequence:02d}") in taken:
        sequence += 1
    return year, sequence, name


def _why(left_out: LeftOut) -> str:
    """What stood in the way, for the one line of a refusal."""
    said = [f"{held.holdings:,} under {held.title}" for held in left_out.by_hold]
    said += [f"{count:,}: {words}" for words, count in left_out.reasons.items()]
    return f" ({'; '.join(said)})" if said else ""
