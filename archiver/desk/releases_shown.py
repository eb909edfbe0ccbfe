"""Releases as the desk shows them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.production.ledger import Production
from archiver.production.releasing.book import (
    DRIVE,
    EMAIL,
    INSPECTION,
    LINK,
    PAPER,
    ReleaseRecord,
)
from archiver.production.releasing.settling import FetchRecord, fetches_of

CHANNELS = (
    (LINK, "Private link", "It ends on its day and is shown once. Send it by e-mail or letter."),
    (INSPECTION, "Looked at, at the counter", "A link for the counter station: free, no copies."),
    (DRIVE, "Drive or USB stick", "Save the zip from this page, copy it, and say so here."),
    (PAPER, "On paper", "Printed and handed over or mailed."),
    (EMAIL, "E-mail", "Sent from your own mail program."),
)
_SHOWN_FETCHES = 50


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """A volume that could go out: since when it is out, and what keeps it from going out now."""

    made: Production
    out_since: str | None
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseShown:
    """A release with what was fetched of it; `more` fetches are not shown, `open_links` work."""

    release: ReleaseRecord
    fetches: tuple[FetchRecord, ...]
    more: int
    open_links: int


def shown_release(office: sqlite3.Connection, release: ReleaseRecord) -> ReleaseShown:
    """A release as its page shows it."""
    found = fetches_of(office, release.id)
    now = clock.now_text()
    return ReleaseShown(
        release,
        tuple(found[:_SHOWN_FETCHES]),
        max(0, len(found) - _SHOWN_FETCHES),
        sum(each.is_open(now) for each in release.links),
    )
