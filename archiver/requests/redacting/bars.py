"""A bar as it is kept: where it lies, and the law it rests on."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from archiver.database import row, rows
from archiver.errors import InputError
from archiver.requests.exemptions import Catalogue, Claim, attestation_of, catalogue, stands


class BarKind(StrEnum):
    """What a bar covers: some words, a whole text, part of a picture, a whole picture or file."""

    SPAN = "span"
    FIELD = "field"
    REGION = "region"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Region:
    """Part of a picture as it is looked at (upright), in fractions of its width and height."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class BarGround:
    """An exemption a bar rests on, by section, in the wording it had then. `attestation_id` is None
    where nobody had attested it yet."""

    section: str
    digest: str
    attestation_id: int | None
    balancing: str | None
    second_citation: str | None
    review_on: str | None


@dataclass(frozen=True, slots=True)
class Redaction:
    """A standing bar. `start` and `end` count code points of the field's value. The note is for the
    city's own log unless `note_shown` marks it for the requester. `at` is UTC."""

    id: int
    item_id: int
    field: str
    kind: BarKind
    start: int | None
    end: int | None
    region: Region | None
    note: str | None
    note_shown: bool
    at: str
    actor: str
    grounds: tuple[BarGround, ...]

    @property
    def place(self) -> str:
        """Where it lies, as text: equal for bars over the same."""
        return f"{self.field}|{self.kind}|{self.start}|{self.end}|{self.region}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A bar that cannot be produced yet, and why."""

    item_id: int
    redaction_id: int
    field: str
    why: str


def redactions_of(conn: sqlite3.Connection, item_id: int) -> list[Redaction]:
    """The bars that stand on an item, in the order they were drawn."""
    return _read(conn, "item_id = ?", item_id).get(item_id, [])


def redactions_in(conn: sqlite3.Connection, request_id: int) -> dict[int, list[Redaction]]:
    """The bars that stand on a request's items, by item id."""
    inside = "EXISTS (SELECT 1 FROM request_items WHERE id = bars.item_id AND request_id = ?)"
    return _read(conn, inside, request_id)


def redactions_by_id(conn: sqlite3.Connection, ids: Sequence[int]) -> list[Redaction]:
    """Bars by id, also those taken off since."""
    wanted = ",".join(str(int(each)) for each in ids)
    found = _read(conn, f"bars.id IN ({wanted}) AND ?", True, standing=False)
    return [bar for bars in found.values() for bar in bars]


def steps_on(conn: sqlite3.Connection, item_id: int) -> int:
    """How many steps were taken with an item's bars (drawn, grounded, taken off): what a person who
    looks at them hands back as `seen`."""
    found = row(
        conn,
        "SELECT steps FROM item_bars WHERE item_id = ?1 "
        "AND request_id = (SELECT request_id FROM request_items WHERE id = ?1)",
        item_id,
    )
    return 0 if found is None else int(found["steps"])


def barred_items(conn: sqlite3.Connection, request_id: int) -> set[int]:
    """The items of a request on which a bar stands."""
    found = rows(
        conn, "SELECT item_id FROM item_bars WHERE request_id = ? AND standing > 0", request_id
    )
    return {each["item_id"] for each in found}


def draft_items(
    conn: sqlite3.Connection, request_id: int, law: Catalogue | None = None
) -> set[int]:
    """The items of a request with a bar that `drafts` would name, without reading every bar."""
    found = rows(
        conn, "SELECT item_id FROM item_bars WHERE request_id = ? AND bare > 0", request_id
    )
    waiting = {each["item_id"] for each in found}
    for section, digest in _wordings(conn):
        if stands(conn, section, digest, law):
            continue
        waiting |= {
            each["item_id"]
            for each in rows(
                conn,
                """
                SELECT bars.item_id AS item_id FROM redaction_grounds AS grounds
                CROSS JOIN redaction_groundings AS groundings ON groundings.id = grounding_id
                CROSS JOIN request_redactions AS bars ON bars.id = redaction_id
                CROSS JOIN request_items AS items ON items.id = bars.item_id
                WHERE section = ? AND digest = ? AND request_id = ?
                    AND groundings.id = (
                        SELECT max(id) FROM redaction_groundings WHERE redaction_id = bars.id
                    )
                    AND NOT EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = bars.id)
                """,
                section,
                digest,
                request_id,
            )
        }
    return waiting


def _wordings(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Each wording of an exemption that any bar ever rested on, one step of the index for each."""
    found = rows(
        conn,
        """
        WITH RECURSIVE wordings (section, digest) AS (
            SELECT * FROM (
                SELECT section, digest FROM redaction_grounds ORDER BY section, digest LIMIT 1
            )
            UNION ALL
            SELECT next.section, next.digest FROM wordings JOIN redaction_grounds AS next
            ON next.id = (
                SELECT id FROM redaction_grounds
                WHERE (section, digest) > (wordings.section, wordings.digest)
                ORDER BY section, digest LIMIT 1
            )
        )
        SELECT section, digest FROM wordings
        """,
    )
    return [(each["section"], each["digest"]) for each in found]


def claims_of(grounds: Sequence[BarGround]) -> list[Claim]:
    """The exemptions as a person would claim them for another bar, in the wording of today."""
    return [
        Claim(
            ground.section,
            ground.balancing,
            ground.second_citation,
            dt.date.fromisoformat(ground.review_on) if ground.review_on else None,
        )
        for ground in grounds
    ]


def citations_of(grounds: Sequence[BarGround], law: Catalogue | None = None) -> tuple[str, ...]:
    """The sections as they are cited, each with the other law it points to."""
    shipped = law or catalogue()
    cited: list[str] = []
    for ground in grounds:
        cited.append(shipped.find(ground.section).citation)
        if ground.second_citation:
            cited.append(ground.second_citation)
    return tuple(dict.fromkeys(cited))


def drafts(
    conn: sqlite3.Connection, bars: Sequence[Redaction], law: Catalogue | None = None
) -> list[Draft]:
    """Which of these bars cannot be produced yet: no exemption, one whose wording changed, or one
    the city attorney has not attested in its present wording."""
    shipped = law or catalogue()
    usable: dict[str, str | None] = {}
    found = []
    for bar in bars:
        why = None if bar.grounds else "no exemption is named"
        for ground in bar.grounds:
            if ground.section not in usable:
                usable[ground.section] = _unusable(conn, shipped, ground.section)
            why = why or usable[ground.section] or _changed(shipped, ground)
        if why is not None:
            found.append(Draft(bar.item_id, bar.id, bar.field, why))
    return found


def _unusable(conn: sqlite3.Connection, law: Catalogue, section: str) -> str | None:
    try:
        entry = law.find(section)
    except InputError:
        return f"§ {section} is no longer in the catalogue"
    if attestation_of(conn, entry) is None:
        return f"{entry.citation} is not attested by the city attorney"
    return None


def _changed(law: Catalogue, ground: BarGround) -> str | None:
    entry = law.find(ground.section)
    if entry.digest == ground.digest:
        return None
    return f"the wording of {entry.citation} changed since: name the exemption again"


def _read(
    conn: sqlite3.Connection, where: str, value: object, *, standing: bool = True
) -> dict[int, list[Redaction]]:
    on = "" if not standing else "AND removals.id IS NULL"
    found = rows(
        conn,
        f"""
        SELECT bars.*, bars."end" AS stop FROM request_redactions AS bars
        LEFT JOIN redaction_removals AS removals ON removals.redaction_id = bars.id
        WHERE {where} {on} ORDER BY bars.id
        """,
        value,
    )
    grounds: dict[int, list[BarGround]] = {}
    for each in rows(
        conn,
        f"""
        SELECT bars.id, section, digest, attestation_id, balancing, second_citation, review_on
        FROM request_redactions AS bars
        LEFT JOIN redaction_removals AS removals ON removals.redaction_id = bars.id
        JOIN redaction_groundings AS groundings ON groundings.id = (
            SELECT max(id) FROM redaction_groundings WHERE redaction_id = bars.id
        )
        JOIN redaction_grounds AS grounds ON grounding_id = groundings.id
        WHERE {where} {on} ORDER BY grounds.id
        """,
        value,
    ):
        grounds.setdefault(each["id"], []).append(BarGround(*tuple(each)[1:]))
    by_item: dict[int, list[Redaction]] = {}
    for each in found:
        by_item.setdefault(each["item_id"], []).append(_bar(each, grounds))
    return by_item


def _bar(found: sqlite3.Row, grounds: Mapping[int, Sequence[BarGround]]) -> Redaction:
    kind = BarKind(found["kind"])
    region = None
    if kind is BarKind.REGION:
        region = Region(found["x"], found["y"], found["w"], found["h"])
    return Redaction(
        found["id"],
        found["item_id"],
        found["field"],
        kind,
        found["start"],
        found["stop"],
        region,
        found["note"],
        bool(found["note_shown"]),
        found["at"],
        found["actor"],
        tuple(grounds.get(found["id"], ())),
    )
