"""What office.db knows of productions: volumes, items produced, page numbers given out."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.config import Home
from archiver.database import row, rows
from archiver.production.bates import Range, bates
from archiver.register.office import audit

_SAME_START = dt.timedelta(days=1)
_VOLUMES = """
    SELECT productions.*, undated.reason AS undated FROM productions
    LEFT JOIN production_undated AS undated ON undated.production_id = productions.id
"""


@dataclass(frozen=True, slots=True)
class Production:
    """A finished volume. `folder` holds packet.pdf, the data, the media and the manifest. `undated`
    is why its proof has no time stamp of its own, where the authority was asked for one."""

    id: int
    request: str
    volume: int
    folder: Path
    made_at: str
    pages: int
    first_bates: str
    last_bates: str
    released: int
    withheld: int
    manifest_sha256: str
    undated: str | None = None

    @property
    def undated_words(self) -> str | None:
        """What is said of a volume whose proof was not dated: why, and what can be done."""
        if self.undated is None:
            return None
        return (
            f"The proof has no time stamp of its own: {self.undated}. The dates of the seals "
            "beneath it stand. Where it needs one, see that the authority in archive.toml, "
            "[seals], answers, and replace the volume before it goes out."
        )


@dataclass(frozen=True, slots=True)
class ProducedItem:
    """An item as a volume holds it: what was done, in which form, on which pages."""

    item_id: int
    outcome: str
    fingerprint: str
    first_page: int
    last_page: int


def volume_folder(home: Home, request: str, volume: int) -> Path:
    """Where a volume lies."""
    return home.productions / request / f"VOL{volume:03d}"


def productions_of(conn: sqlite3.Connection, home: Home, request: str) -> list[Production]:
    """The finished volumes of a request, oldest first."""
    found = rows(
        conn,
        f"{_VOLUMES} WHERE request = ? AND moved = 1 ORDER BY volume",
        request,
    )
    return [_production(home, each) for each in found]


def all_productions(conn: sqlite3.Connection, home: Home) -> list[Production]:
    """Every finished volume of the city, oldest first."""
    found = rows(conn, f"{_VOLUMES} WHERE moved = 1 ORDER BY productions.id")
    return [_production(home, each) for each in found]


def last_fingerprints(conn: sqlite3.Connection, request: str) -> dict[int, str]:
    """The form in which each item of a request was last produced, by item id."""
    found = rows(
        conn,
        """
        SELECT item_id, fingerprint FROM production_items
        JOIN productions ON productions.id = production_id
        WHERE request = ? ORDER BY production_items.id
        """,
        request,
    )
    return {each["item_id"]: each["fingerprint"] for each in found}


def released_in(conn: sqlite3.Connection, production_id: int) -> set[int]:
    """The items a production released."""
    found = rows(
        conn,
        "SELECT item_id FROM production_items WHERE production_id = ? AND outcome = 'released'",
        production_id,
    )
    return {each["item_id"] for each in found}


def released_pages(conn: sqlite3.Connection, request: str) -> dict[int, str]:
    """The page number on which each item released in an earlier volume begins, by item id."""
    return _last_pages(conn, request, "released")


def withheld_pages(conn: sqlite3.Connection, request: str) -> dict[int, str]:
    """The page number of the sheet of each item withheld in an earlier volume, by item id."""
    return _last_pages(conn, request, "withheld")


def _last_pages(conn: sqlite3.Connection, request: str, outcome: str) -> dict[int, str]:
    found = rows(
        conn,
        """
        SELECT item_id, bates_prefix, production_items.first_page AS page, outcome
        FROM production_items JOIN productions ON productions.id = production_id
        WHERE request = ? ORDER BY production_items.id
        """,
        request,
    )
    last = {each["item_id"]: each for each in found}
    return {
        item: bates(each["bates_prefix"], each["page"])
        for item, each in last.items()
        if each["outcome"] == outcome
    }


@dataclass(frozen=True, slots=True)
class Source:
    """What stands on which pages, and what it was made from: the item and its record, version and
    leaf in the archive. `outcome` is released or withheld."""

    volume: int
    first_page: str
    last_page: str
    outcome: str
    item: int
    file: str
    record: int
    version: int
    leaf: str


def sources_of(conn: sqlite3.Connection, request: str) -> list[Source]:
    """The way back from every page number of a request to the archive, in the order of pages."""
    found = rows(
        conn,
        """
        SELECT made.volume, made.bates_prefix, held.first_page, held.last_page, held.outcome,
            items.id AS item, items.file, items.record_id, items.version_id, items.leaf
        FROM production_items AS held
        JOIN productions AS made ON made.id = held.production_id
        JOIN request_items AS items ON items.id = held.item_id
        WHERE made.request = ? AND made.moved = 1
        ORDER BY made.volume, held.first_page, held.id
        """,
        request,
    )
    return [
        Source(
            each["volume"],
            bates(each["bates_prefix"], each["first_page"]),
            bates(each["bates_prefix"], each["last_page"]),
            each["outcome"],
            each["item"],
            each["file"],
            each["record_id"],
            each["version_id"],
            each["leaf"] if isinstance(each["leaf"], str) else bytes(each["leaf"]).hex(),
        )
        for each in found
    ]


def next_volume(conn: sqlite3.Connection, request: str) -> int:
    """The number of the next volume of a request."""
    found = row(conn, "SELECT max(volume) AS last FROM productions WHERE request = ?", request)
    return ((found["last"] or 0) if found else 0) + 1


def started(conn: sqlite3.Connection, request: str, form: str, now: str) -> str:
    """When the making of this production was begun: `now`, or earlier where one of the same `form`
    was begun within a day and never entered. Inside the caller's transaction."""
    found = row(
        conn,
        """
        SELECT form, started_at FROM production_starts AS begun
        WHERE request = ? AND NOT EXISTS (
            SELECT 1 FROM productions
            WHERE productions.request = begun.request AND made_at >= begun.started_at
        )
        ORDER BY id DESC LIMIT 1
        """,
        request,
    )
    oldest = clock.to_text(clock.parse(now) - _SAME_START)
    if found is not None and found["form"] == form and found["started_at"] >= oldest:
        return str(found["started_at"])
    conn.execute(
        "INSERT INTO production_starts (request, form, started_at) VALUES (?, ?, ?)",
        (request, form, now),
    )
    return now


def next_page(conn: sqlite3.Connection, prefix: str) -> int:
    """The next page number of the city's sequence; a number once given is never given again."""
    found = row(conn, "SELECT max(page) AS last FROM bates_pages WHERE prefix = ?", prefix)
    return ((found["last"] or 0) if found else 0) + 1


def enter(
    conn: sqlite3.Connection,
    *,
    request: str,
    volume: int,
    made_at: str,
    actor: str,
    pages: Range,
    items: Iterable[ProducedItem],
    manifest_sha256: str,
    staging: str,
    undated: str | None = None,
) -> int:
    """Enter a volume with its page numbers, inside the caller's transaction; gives its id.

    `undated` is why its proof has no time stamp, where the authority was asked for one."""
    produced = list(items)
    released = sum(item.outcome == "released" for item in produced)
    cursor = conn.execute(
        """
        INSERT INTO productions (request, volume, made_at, actor, bates_prefix, first_page,
            last_page, released, withheld, manifest_sha256, staging)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(request, volume, made_at, actor, pages.prefix, pages.first, pages.last),
            *(released, len(produced) - released, manifest_sha256, staging),
        ),
    )
    production = int(cursor.lastrowid or 0)
    conn.executemany(
        "INSERT INTO production_items (production_id, item_id, outcome, fingerprint, first_page, "
        "last_page) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                *(production, item.item_id, item.outcome, item.fingerprint),
                *(item.first_page, item.last_page),
            )
            for item in produced
        ),
    )
    conn.executemany(
        "INSERT INTO bates_pages (prefix, page, production_id) VALUES (?, ?, ?)",
        ((pages.prefix, page, production) for page in range(pages.first, pages.last + 1)),
    )
    if undated is not None:
        conn.execute(
            "INSERT INTO production_undated (production_id, reason) VALUES (?, ?)",
            (production, undated),
        )
    audit(
        conn,
        actor=actor,
        action="production made",
        subject=f"request {request}",
        detail={
            "volume": volume,
            "pages": str(pages),
            "released": released,
            "withheld": len(produced) - released,
            "manifest_sha256": manifest_sha256,
            **({} if undated is None else {"undated": undated}),
        },
    )
    return production


def unmoved(conn: sqlite3.Connection, home: Home) -> list[tuple[int, Path, Path, str]]:
    """Volumes entered but not known to be in place: id, where each was made, where it belongs, and
    the SHA-256 of its manifest."""
    found = rows(conn, "SELECT * FROM productions WHERE moved = 0 ORDER BY id")
    return [
        (
            each["id"],
            home.productions / each["staging"],
            volume_folder(home, each["request"], each["volume"]),
            each["manifest_sha256"],
        )
        for each in found
    ]


def is_entered(conn: sqlite3.Connection, staging: str) -> bool:
    """Whether the volumes made in that staging folder were entered."""
    found = row(
        conn,
        "SELECT 1 FROM productions WHERE staging = ?1 OR staging GLOB ?1 || '/*'",
        staging,
    )
    return found is not None


def mark_moved(conn: sqlite3.Connection, production: int) -> None:
    """Note that a volume is in place."""
    conn.execute("UPDATE productions SET moved = 1 WHERE id = ?", (production,))


def production(conn: sqlite3.Connection, home: Home, production_id: int) -> Production | None:
    """A volume by its id."""
    found = row(conn, f"{_VOLUMES} WHERE productions.id = ?", production_id)
    return None if found is None else _production(home, found)


def _production(home: Home, found: sqlite3.Row) -> Production:
    pages = Range(found["bates_prefix"], found["first_page"], found["last_page"])
    return Production(
        found["id"],
        found["request"],
        found["volume"],
        volume_folder(home, found["request"], found["volume"]),
        found["made_at"],
        pages.pages,
        pages.start,
        pages.end,
        found["released"],
        found["withheld"],
        found["manifest_sha256"],
        found["undated"],
    )


@dataclass(frozen=True, slots=True)
class Output:
    """What went into the finished volumes of a request: how many, pages, and records released."""

    volumes: int
    pages: int
    records: int


def output_by_request(conn: sqlite3.Connection, *, private: bool) -> dict[str, Output]:
    """What was produced for each request, by its number.

    Without `private` no private item counts, and pages are those of the items alone: a volume's own
    count would tell of the others.
    """
    found = rows(
        conn,
        """
        SELECT request, count(DISTINCT made.id) AS volumes,
            sum(held.outcome = 'released') AS records,
            sum(held.last_page - held.first_page + 1) AS item_pages,
            (SELECT sum(last_page - first_page + 1) FROM productions AS whole
                WHERE whole.request = made.request AND whole.moved = 1) AS pages
        FROM productions AS made
        JOIN production_items AS held ON held.production_id = made.id
        JOIN request_items AS items ON items.id = held.item_id
        WHERE made.moved = 1 AND (? OR items.file <> 'private')
        GROUP BY request
        """,
        private,
    )
    return {
        each["request"]: Output(
            each["volumes"], each["pages"] if private else each["item_pages"], each["records"]
        )
        for each in found
    }
