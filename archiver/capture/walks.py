"""Capturing one account through a platform's interface: discover, look again, confirm, cover.

Absence needs a walk that reached its end and a definite answer by id; everything that goes wrong
ends in a statement of coverage that says so (DESIGN §6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from archiver import clock
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, Run, batch, begin_run, finish_run
from archiver.capture.again import capture_again
from archiver.capture.beneath import capture_beneath, capture_mentions, mentions_done
from archiver.capture.coverage import (
    Statement,
    broken_off,
    covered,
    divided,
    joined,
    not_given,
)
from archiver.capture.late_media import fetch_late_media
from archiver.capture.limits import NIGHTLY, Limits
from archiver.capture.lists import capture_list
from archiver.capture.night import Night
from archiver.capture.own import capture_own
from archiver.capture.taking import Taker
from archiver.errors import CredentialError, RateLimited, RuleError, SourceError
from archiver.items import Extent, Kind, Relation, Source
from archiver.progress import Progress
from archiver.register.accounts import Account

OFFICIAL = frozenset({"official", "official-capacity"})


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """How it went: complete, partial or failed, the first reason, counts, and what was covered."""

    outcome: str
    message: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    coverage: tuple[Statement, ...] = ()


def capture_account(
    archive: Archive,
    account: Account,
    source: Source,
    *,
    now: str | None = None,
    progress: Progress | None = None,
    limits: Limits = NIGHTLY,
    sleep: Callable[[float], None] = time.sleep,
) -> CaptureReport:
    """Capture one account. A refusal of the platform is in the report, never an exception.

    `now` (UTC, default: the clock) is the time the run began; `sleep` waits out short limits.
    Raises RuleError for an account that is not the city's, StorageError and BusyError.
    """
    if account.account_class not in OFFICIAL:
        raise RuleError(f"{account.name} is not an official account: it is not captured")
    now = now or clock.now_text()
    refused: SourceError | None = None
    native_id = account.native_id
    try:
        native_id = source.native_id
        _check_same(archive, account, native_id)
    except SourceError as error:
        refused = error
    run = begin_run(archive, _reference(account, native_id), source=f"{source.platform}-api")
    taker = Taker(archive, run, source, limits, agency=_agency(archive, account))
    night = Night(archive, run, source, limits, taker, now, sleep, progress)
    statements = _steps(night, refused)
    return _finish(archive, run, night, statements, refused)


def _steps(night: Night, refused: SourceError | None) -> list[Statement]:
    """Every kind and list the source knows, in the order in which a short budget is spent."""
    capabilities = night.source.capabilities
    statements: dict[Kind | Relation, Statement] = {}
    failed: set[Kind | Relation] = set()
    stop = refused

    def step(what: Kind | Relation, capture: Callable[[], Statement | None]) -> None:
        nonlocal stop
        if what not in capabilities or capabilities[what].extent is Extent.NONE:
            return
        night.answered = False
        if stop is None:
            try:
                statement = capture()
                if statement is not None and what not in failed:
                    statements[what] = joined(statements.get(what), statement)
                return
            except SourceError as error:
                night.taker.flush()
                if isinstance(error, CredentialError | RateLimited):
                    stop = error
                _fail(what, error)
        elif what not in failed:
            _fail(what, stop)

    def _fail(what: Kind | Relation, error: SourceError) -> None:
        began = night.answered or what in statements
        if what not in failed:
            statements[what] = broken_off(what, night.since, night.now, error, began=began)
        failed.add(what)

    step(Kind.PROFILE, lambda: _profile(night))
    step(Kind.POST, lambda: capture_own(night, Kind.POST))
    step(Kind.MESSAGE, lambda: capture_own(night, Kind.MESSAGE))
    step(Kind.REACTION, lambda: capture_own(night, Kind.REACTION))
    step(Kind.COMMENT, lambda: capture_mentions(night))
    step(Kind.COMMENT, lambda: capture_beneath(night, Kind.COMMENT))
    step(Kind.COMMENT, lambda: capture_again(night))
    step(Kind.REACTION, lambda: capture_beneath(night, Kind.REACTION))
    if not failed & {Kind.COMMENT, Kind.REACTION}:
        mentions_done(night)
    for relation in (Relation.FOLLOWER, Relation.FOLLOWING, Relation.BLOCK, Relation.MUTE):
        step(relation, lambda relation=relation: capture_list(night, relation))  # type: ignore[misc]
    if stop is None:
        fetch_late_media(night)
    for what, capability in capabilities.items():
        if capability.extent is Extent.NONE:
            statements[what] = not_given(what, capability, night.now)
    return [statements[what] for what in capabilities if what in statements]


def _profile(night: Night) -> Statement:
    for page in night.walk(Kind.PROFILE):
        night.taker.take(page)
    night.taker.flush()
    capability = night.source.capabilities[Kind.PROFILE]
    return covered(Kind.PROFILE, capability, night.now, night.now)


def _finish(
    archive: Archive,
    run: Run,
    night: Night,
    statements: list[Statement],
    refused: SourceError | None,
) -> CaptureReport:
    given = [
        one for one in statements if night.source.capabilities[one.what].extent is not Extent.NONE
    ]
    short = [one for one in given if one.state != "complete" and not _by_nature(night, one)]
    outcome = "complete"
    if short:
        outcome = "failed" if all(one.state == "none" for one in given) else "partial"
    message = str(refused) if refused else _message(short)
    first = _first_walks(archive, run)
    parts = [part for one in statements for part in divided(one, first.get(one.what.value))]
    with batch(archive, run) as opened:
        for part in parts:
            opened.cover(
                part.what, start=part.start, end=part.end, state=part.state, reason=part.reason
            )
        for name, value in night.at_end.items():
            opened.cursor(name, value)
    counts = {name: number for name, number in sorted(night.counts.items()) if number}
    finish_run(archive, run, outcome=outcome, notes={"counts": counts, "message": message})
    return CaptureReport(outcome, message, counts, tuple(statements))


def _first_walks(archive: Archive, run: Run) -> dict[str, str]:
    """When each kind of the account was first walked through this source."""
    found = archive.public.execute(
        """
        SELECT what, min(end_at) FROM coverage JOIN runs ON runs.id = run_id
        WHERE coverage.account_id = ? AND source = ? AND state <> 'none' GROUP BY what
        """,
        (run.account.id, run.source),
    )
    return dict(found)


def _by_nature(night: Night, statement: Statement) -> bool:
    """Whether a statement is partial only because the source never gives all of it."""
    return statement.reason == night.source.capabilities[statement.what].reason


def _message(short: list[Statement]) -> str:
    """Each reason once, with what it holds for."""
    reasons: dict[str, list[str]] = {}
    for one in short:
        reasons.setdefault(one.reason, []).append(one.what.value)
    return "; ".join(f"{', '.join(what)}: {reason}" for reason, what in reasons.items())


def _check_same(archive: Archive, account: Account, native_id: str | None) -> None:
    """A handle can pass to somebody else; what the archive holds under it must not be continued."""
    row = archive.public.execute(
        "SELECT native_id FROM accounts WHERE id = ?", (account.id,)
    ).fetchone()
    known = row["native_id"] if row else None
    if known and native_id and known != native_id:
        raise CredentialError(
            f"{account.name} signs in to {native_id}, but the archive holds {known} under it: "
            "register the new account by itself"
        )


def _agency(archive: Archive, account: Account) -> frozenset[str]:
    """The agency's other accounts on the platform, as far as the archive has met them."""
    found = archive.public.execute(
        "SELECT native_id FROM accounts WHERE platform = ? AND id <> ? AND native_id IS NOT NULL",
        (account.platform, account.id),
    )
    return frozenset(row["native_id"] for row in found)


def _reference(account: Account, native_id: str | None) -> AccountRef:
    return AccountRef(
        id=account.id,
        platform=account.platform,
        handle=account.handle,
        display_name=account.display_name,
        department=account.department,
        division=account.division,
        native_id=native_id,
        account_class=account.account_class,
    )
