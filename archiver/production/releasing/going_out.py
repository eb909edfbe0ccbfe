"""Which volumes went out and stand, which wait, and which a person means by their numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archiver.clock import now_text
from archiver.config import Home
from archiver.database import rows
from archiver.errors import InputError
from archiver.production.ledger import Production, productions_of
from archiver.production.releasing.book import links_of
from archiver.production.replacing import replaced_volumes


def volumes_named(
    conn: sqlite3.Connection, home: Home, number: str, volumes: Sequence[int]
) -> list[Production]:
    """The finished volumes of a request with these numbers, in their order; without any, all that
    never went out. Raises InputError where there is none such."""
    made = {each.volume: each for each in productions_of(conn, home, number)}
    if not made:
        raise InputError(f"nothing was produced for request {number}: produce first")
    if not volumes:
        done = {*volumes_out(conn, number), *replaced_volumes(conn, number)}
        left = [each for volume, each in made.items() if volume not in done]
        if not left:
            raise InputError(f"every volume of request {number} went out: name one with --volume")
        return left
    unknown = [f"VOL{each:03d}" for each in volumes if each not in made]
    if unknown:
        raise InputError(f"request {number} has no volume {', '.join(unknown)}")
    return [made[each] for each in sorted(set(volumes))]


def volumes_out(conn: sqlite3.Connection, number: str) -> dict[int, str]:
    """The volumes of a request that went out and stand, with when they first did."""
    found = rows(
        conn,
        """
        SELECT made.volume AS volume, min(step.happened_at) AS at
        FROM releases JOIN release_volumes AS held ON held.release_id = releases.id
        JOIN productions AS made ON made.id = held.production_id
        JOIN release_steps AS step ON step.release_id = releases.id AND step.step = 'released'
        WHERE releases.request = ? AND NOT EXISTS (
            SELECT 1 FROM release_steps AS ended WHERE ended.release_id = releases.id
            AND ended.step IN ('superseded', 'withdrawn')
        )
        GROUP BY made.volume
        """,
        number,
    )
    return {each["volume"]: each["at"] for each in found}


def volumes_waiting(conn: sqlite3.Connection, *, private: bool) -> dict[str, int]:
    """How many volumes of each open request were made and have not gone out, by its number; without
    `private` only of requests that hold no private item. Practice never goes out."""
    found = rows(
        conn,
        """
        SELECT made.request, count(*) AS waiting FROM productions AS made
        JOIN requests ON requests.number = made.request
        WHERE made.moved = 1 AND requests.status = 'open' AND requests.practice = 0
            AND NOT EXISTS (SELECT 1 FROM production_replacements WHERE replaced_id = made.id)
            AND (? OR NOT EXISTS (
                SELECT 1 FROM request_items WHERE request_id = requests.id AND file = 'private'
            ))
            AND NOT EXISTS (
                SELECT 1 FROM release_volumes AS held
                JOIN release_steps AS step ON step.release_id = held.release_id
                    AND step.step = 'released'
                WHERE held.production_id = made.id
            )
        GROUP BY made.request
        """,
        private,
    )
    return {each["request"]: each["waiting"] for each in found}


def count_undated(conn: sqlite3.Connection) -> int:
    """How many volumes have not gone out, nor were replaced, whose proof the time-stamp authority
    did not date though it was asked."""
    [found] = rows(
        conn,
        """
        SELECT count(*) AS n FROM production_undated AS undated
        JOIN productions AS made ON made.id = undated.production_id
        WHERE made.moved = 1
            AND NOT EXISTS (SELECT 1 FROM production_replacements WHERE replaced_id = made.id)
            AND NOT EXISTS (
                SELECT 1 FROM release_volumes AS held
                JOIN release_steps AS step ON step.release_id = held.release_id
                    AND step.step = 'released'
                WHERE held.production_id = made.id
            )
        """,
    )
    return int(found["n"])


def last_released(conn: sqlite3.Connection, *, private: bool) -> dict[str, str]:
    """When something of each open request last went out and stands, by its number; without
    `private` only of requests that hold no private item."""
    found = rows(
        conn,
        """
        SELECT releases.request, max(step.happened_at) AS at FROM releases
        JOIN release_steps AS step ON step.release_id = releases.id AND step.step = 'released'
        JOIN requests ON requests.number = releases.request
        WHERE requests.status = 'open'
            AND (? OR NOT EXISTS (
                SELECT 1 FROM request_items WHERE request_id = requests.id AND file = 'private'
            ))
            AND NOT EXISTS (
                SELECT 1 FROM release_steps AS ended WHERE ended.release_id = releases.id
                AND ended.step IN ('superseded', 'withdrawn')
            )
        GROUP BY releases.request
        """,
        private,
    )
    return {each["request"]: each["at"] for each in found}


def count_open_links(conn: sqlite3.Connection) -> int:
    """How many links work now."""
    now = now_text()
    return sum(link.is_open(now) for link in links_of(conn))
