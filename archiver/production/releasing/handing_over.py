"""Handing over what was staged: from here on it has gone out."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver import clock
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import InputError, RuleError
from archiver.production.ledger import Production, productions_of
from archiver.production.releasing.book import (
    DRIVE,
    EMAIL,
    PAPER,
    RELEASED,
    STAGED,
    ReleaseRecord,
    add_step,
    get_release,
)
from archiver.production.releasing.checks import refuse_unfit
from archiver.requests.book import get_request

BY_HAND = (DRIVE, PAPER, EMAIL)
"""Channels a person hands over by, and says so."""


def require_open(release: ReleaseRecord) -> None:
    """Raise RuleError where a release has ended: superseded or withdrawn."""
    if release.state not in (STAGED, RELEASED):
        raise RuleError(f"release {release.id} was {release.state}: make a new one")


def volumes_of(home: Home, office: sqlite3.Connection, release: ReleaseRecord) -> list[Production]:
    """The volumes of a release, as they lie on disk."""
    ids = {each.production_id for each in release.volumes}
    return [each for each in productions_of(office, home, release.request) if each.id in ids]


def hand_over_by_hand(
    home: Home, office: sqlite3.Connection, release: ReleaseRecord, *, actor: str, at: str = ""
) -> ReleaseRecord:
    """Write down that a person handed it over, at a time (UTC; now where none is given).

    Raises RuleError where it has gone out or ended or must not go out any more; InputError where
    the time lies ahead or before its volumes were made, or the channel is none of a hand's.
    """
    if release.channel not in BY_HAND:
        raise InputError(f"release {release.id} goes out by a link: `archiver release link`")
    if release.state != STAGED:
        raise RuleError(f"release {release.id} is {release.state}: there is nothing to hand over")
    made = volumes_of(home, office, release)
    moment = moment_in(at, made)
    with write_transaction(office):
        mark_released(home, office, release, made, actor=actor, at=moment)
    return get_release(office, release.id)


def mark_released(
    home: Home,
    office: sqlite3.Connection,
    release: ReleaseRecord,
    made: list[Production],
    *,
    actor: str,
    at: str,
) -> None:
    """Write down that it went out, in the caller's transaction, unless it had before. Raises
    RuleError where a record in it must not go out any more."""
    now = get_release(office, release.id)
    require_open(now)
    refuse_unfit(office, home.settings(), made, files=False)
    if now.state == STAGED:
        request = get_request(office, release.request)
        told: dict[str, object] = {"channel": release.channel, "volumes": release.names}
        add_step(office, release.id, request, RELEASED, actor=actor, happened_at=at, detail=told)


def moment_in(at: str, made: list[Production]) -> str:
    """When volumes were handed over, as it was given; now where it was not. Raises InputError where
    that cannot be."""
    if not at:
        return clock.now_text()
    moment = clock.parse(at)
    if moment > clock.now() + dt.timedelta(minutes=1):
        raise InputError("the time lies ahead: give the time at which it was handed over")
    if moment < max(clock.parse(each.made_at) for each in made) - dt.timedelta(minutes=1):
        raise InputError("the time lies before the volume was made: check the day")
    return clock.to_text(moment)
