"""Ending a release: withdrawn, or superseded by another volume. What was out stays recorded."""

from __future__ import annotations

import sqlite3

from archiver import clock
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import InputError
from archiver.production.releasing.book import (
    SUPERSEDED,
    WITHDRAWN,
    ReleaseRecord,
    add_step,
    get_release,
)
from archiver.production.releasing.going_out import volumes_named
from archiver.production.releasing.handing_over import require_open
from archiver.production.releasing.linking import end_links
from archiver.requests.book import get_request

_LONGEST = 1000


def withdraw(
    home: Home, office: sqlite3.Connection, release_id: int, *, actor: str, reason: str
) -> ReleaseRecord:
    """Withdraw a release: its links die at once, downloads that run are broken off, and what had
    gone out stays recorded with its hashes.

    Raises InputError without a reason, RuleError where it has ended already, StorageError where a
    link cannot be ended (then nothing is written down).
    """
    return _end(home, office, release_id, WITHDRAWN, actor=actor, reason=reason)


def supersede(
    home: Home,
    office: sqlite3.Connection,
    release_id: int,
    volume: int,
    *,
    actor: str,
    reason: str,
) -> ReleaseRecord:
    """Write down that another volume stands in a release's place; its links die at once. The other
    volume is released on its own. Raises as `withdraw`, and InputError where there is no such
    volume or it is in the release itself."""
    release = get_release(office, release_id)
    [made] = volumes_named(office, home, release.request, [volume])
    if any(each.production_id == made.id for each in release.volumes):
        raise InputError(f"{made.folder.name} is in release {release_id} itself: name the new one")
    return _end(
        *(home, office, release_id, SUPERSEDED),
        actor=actor,
        reason=reason,
        by_production=made.id,
    )


def _end(
    home: Home,
    office: sqlite3.Connection,
    release_id: int,
    step: str,
    *,
    actor: str,
    reason: str,
    by_production: int | None = None,
) -> ReleaseRecord:
    said = " ".join(reason.split())[:_LONGEST]
    if not said:
        raise InputError(f"say why release {release_id} is {step}: it stays in its history")
    with write_transaction(office):
        release = get_release(office, release_id)
        require_open(release)
        ended = end_links(home, office, release.links, actor=actor, why=f"the release is {step}")
        add_step(
            office,
            release_id,
            get_request(office, release.request),
            step,
            actor=actor,
            happened_at=clock.now_text(),
            reason=said,
            by_production=by_production,
            detail={"was out": release.released_at or "no", "links ended": ended},
        )
    return get_release(office, release_id)
