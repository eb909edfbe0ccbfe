"""Bringing office.db and the delivery folder together: fetches come in, what has ended is cleared.

It is harmless to repeat, and whoever looks at releases does it first. Copies are taken away once
their link has ended, the folder with its log a day later: a download that runs may still end. What
was released lies in productions/ as before.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.clock import parse
from archiver.config import Home
from archiver.database import row, rows, write_transaction
from archiver.production.delivery import fetches
from archiver.production.delivery.fetches import Fetch, read_fetches
from archiver.production.delivery.links import EXPIRED, OPEN, PUBLIC_ID, WITHDRAWN, end_link
from archiver.production.releasing.book import LinkRecord, links_of
from archiver.production.releasing.linking import MAKING, expired, write_end
from archiver.production.releasing.offering import delivery_folder
from archiver.register.office import audit

ACTOR = "delivery"
_KEPT = (OPEN, EXPIRED, WITHDRAWN, fetches.NAME)
_AFTER = dt.timedelta(days=1)
_BEING_MADE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """A fetch as it was taken over: when (UTC), what, of which file, how much, with what end."""

    link_id: int
    at: str
    what: str
    file: str
    download: int
    bytes: int
    outcome: str


def settle(home: Home, office: sqlite3.Connection) -> int:
    """Take over what was fetched and clear away what has ended; gives how many fetches came in."""
    root = delivery_folder(home, home.settings())
    links = links_of(office)
    if not links and not root.is_dir():
        return 0
    taken = sum(_take(office, root, link) for link in links)
    now = clock.now_text()
    for link in links:
        _clear(office, root, link, now)
    known = {link.public_id for link in links}
    for folder in root.iterdir() if root.is_dir() else ():
        _clear_unknown(folder, known)
    return taken


def fetches_of(conn: sqlite3.Connection, release_id: int) -> list[FetchRecord]:
    """What was fetched of a release, newest first."""
    found = rows(
        conn,
        """
        SELECT link_id, delivery_fetches.at, what, file, download, bytes, outcome
        FROM delivery_fetches JOIN delivery_links ON delivery_links.id = link_id
        WHERE release_id = ? ORDER BY delivery_fetches.at DESC, delivery_fetches.id DESC
        """,
        release_id,
    )
    return [FetchRecord(*each) for each in found]


def _take(office: sqlite3.Connection, root: Path, link: LinkRecord) -> int:
    folder = root / link.public_id
    if not (folder / fetches.NAME).exists():
        return 0
    known = row(office, "SELECT max(line) AS n FROM delivery_fetches WHERE link_id = ?", link.id)
    last = (known["n"] or 0) if known else 0
    if not read_fetches(folder, after=last):
        return 0
    with write_transaction(office):
        # another may have taken them over meanwhile
        known = row(
            office, "SELECT max(line) AS n FROM delivery_fetches WHERE link_id = ?", link.id
        )
        found = read_fetches(folder, after=(known["n"] or 0) if known else 0)
        if found:
            _write(office, link, found)
    return len(found)


def _write(
    office: sqlite3.Connection, link: LinkRecord, found: Sequence[tuple[int, Fetch]]
) -> None:
    office.executemany(
        "INSERT INTO main.delivery_fetches (link_id, line, at, what, file, download, bytes, "
        "outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(link.id, line, _time(fetch.at), fetch.what, fetch.file, fetch.n),
                *(fetch.bytes, fetch.outcome),
            )
            for line, fetch in found
        ),
    )
    audit(
        office,
        actor=ACTOR,
        action="fetches taken over",
        subject=f"release {link.release_id}",
        detail={"link": link.public_id, "lines": len(found)},
    )


def _time(seconds: int) -> str:
    try:
        return clock.to_text(dt.datetime.fromtimestamp(seconds, dt.UTC))
    except (OverflowError, ValueError, OSError):
        return clock.now_text()


def _clear(office: sqlite3.Connection, root: Path, link: LinkRecord, now: str) -> None:
    """End on disk what has ended in office.db, and the other way round; take its copies away."""
    folder = root / link.public_id
    if link.ended_at is None and not expired(link, now):
        if folder.is_dir() and not (folder / WITHDRAWN).exists():
            return
        lost = "its folder is missing" if not folder.is_dir() else "it was ended at its folder"
        with write_transaction(office):
            if links_of_one(office, link.id).ended_at is None:
                write_end(office, link, actor=ACTOR, why=lost)
        return
    if not folder.is_dir():
        return
    with suppress(OSError):
        end_link(folder, EXPIRED if link.ended_at is None else WITHDRAWN)
        for path in folder.iterdir():
            if path.name not in _KEPT:
                path.unlink()
        if parse(now) - parse(link.ended_at or link.expires_at) > _AFTER:
            shutil.rmtree(folder)


def links_of_one(office: sqlite3.Connection, link_id: int) -> LinkRecord:
    """A link by its id, as it stands now."""
    return next(each for each in links_of(office) if each.id == link_id)


def _clear_unknown(folder: Path, known: set[str]) -> None:
    """What a kill left while a link was made, and folders of links nobody wrote down: a restored
    home has none. A folder that is just being made is known a moment later, so it has an hour."""
    name = folder.name.removeprefix(MAKING)
    if not PUBLIC_ID.fullmatch(name) or (name in known and folder.name == name):
        return
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _BEING_MADE_SECONDS:
            end_link(folder, WITHDRAWN)
            shutil.rmtree(folder)
