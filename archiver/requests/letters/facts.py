"""What the request book knows that a letter has to tell: counts, exemptions, who decided."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archiver.database import row, rows
from archiver.errors import InputError
from archiver.requests.exemptions import catalogue
from archiver.requests.intake import Request
from archiver.requests.items import Item, items_of

_RELEASED = ("release", "redact")
_NOT_OWED = ("not responsive", "duplicate")


@dataclass(frozen=True, slots=True)
class Reliance:
    """An exemption the city relies on in a request: how it is cited, its title, what weighs the two
    interests on these facts, and the other laws it points to."""

    section: str
    citation: str
    title: str
    balancing: tuple[str, ...]
    second_citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that was produced, as its cover letter names it."""

    number: int
    pages: int
    first_page: str
    last_page: str
    released: int
    withheld: int


@dataclass(frozen=True, slots=True)
class Produced:
    """What has been produced for a request: the items in it, and the newest volume. It is given to
    the letters by the room that makes productions. `waiting` are volumes that have not gone out."""

    items: frozenset[int] = frozenset()
    volume: Volume | None = None
    waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """How a request stands. `remaining` are records still owed: neither produced, nor found not to
    answer the request; `redacted` ones are among the released. `deciders` are the logins of those
    who withheld or covered anything; `denied_in_writing` tells whether a letter that stands names
    exemptions; `waiting` are volumes that were made and have not gone out."""

    items: int
    undecided: int
    released: int
    redacted: int
    withheld: int
    remaining: int
    relied_on: tuple[Reliance, ...]
    deciders: tuple[str, ...]
    searches: int
    extensions: int
    denied_in_writing: bool
    volume: Volume | None
    waiting: tuple[int, ...] = ()

    @property
    def denies(self) -> bool:
        """Whether anything is kept from the requester."""
        return self.withheld > 0 or self.redacted > 0


@dataclass(frozen=True, slots=True)
class _Bar:
    """One ground of a redaction, and who named it."""

    section: str
    balancing: str | None
    second_citation: str | None
    actor: str


def facts_of(conn: sqlite3.Connection, request: Request, produced: Produced) -> Facts:
    """How a request stands now."""
    items = items_of(conn, request.number)
    choices = [item.decision.choice.value for item in items]
    bars = _bars(conn, request)
    held_back = [item for item in items if item.decision.choice.value == "withhold"]
    remaining = sum(
        item.id not in produced.items and item.decision.choice.value not in _NOT_OWED
        for item in items
    )
    searches = row(
        conn, "SELECT count(*) AS made FROM request_searches WHERE request_id = ?", request.id
    )
    written = _standing(conn, request)
    return Facts(
        items=len(items),
        undecided=choices.count("undecided"),
        released=sum(choice in _RELEASED for choice in choices),
        redacted=choices.count("redact"),
        withheld=len(held_back),
        remaining=remaining,
        relied_on=_relied_on(held_back, bars),
        deciders=tuple(
            sorted({item.decision.actor for item in held_back} | {bar.actor for bar in bars})
        ),
        searches=searches["made"] if searches else 0,
        extensions=sum(kind == "extension" for kind, _ in written),
        denied_in_writing=any(exemptions for _, exemptions in written),
        volume=produced.volume,
        waiting=produced.waiting,
    )


def _standing(conn: sqlite3.Connection, request: Request) -> list[tuple[str, str]]:
    """Kind and exemptions of the letters that stand: frozen, and not superseded."""
    found = rows(
        conn,
        """
        SELECT kind, coalesce(json_extract(data, '$.exemptions'), '') AS exemptions
        FROM request_letters AS one WHERE request_id = ?
        AND NOT EXISTS (SELECT 1 FROM request_letters WHERE supersedes = one.id)
        """,
        request.id,
    )
    return [(each["kind"], each["exemptions"]) for each in found]


def _bars(conn: sqlite3.Connection, request: Request) -> Sequence[_Bar]:
    """The grounds of the redactions that stand in what is released, one a row."""
    found = rows(
        conn,
        """
        SELECT grounds.section, grounds.balancing, grounds.second_citation, groundings.actor
        FROM request_items AS items
        JOIN request_redactions AS bars ON bars.item_id = items.id
        JOIN redaction_groundings AS groundings ON groundings.id = (
            SELECT max(id) FROM redaction_groundings WHERE redaction_id = bars.id
        )
        JOIN redaction_grounds AS grounds ON grounds.grounding_id = groundings.id
        WHERE items.request_id = ?
            AND NOT EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = bars.id)
            AND 'redact' = (
                SELECT decision FROM request_decisions WHERE item_id = items.id
                ORDER BY request_decisions.id DESC LIMIT 1
            )
        ORDER BY bars.id, grounds.id
        """,
        request.id,
    )
    return [_Bar(*each) for each in found]


def _relied_on(items: Iterable[Item], bars: Iterable[_Bar]) -> tuple[Reliance, ...]:
    """Each exemption once, by section, with everything said for it."""
    balancing: dict[str, list[str]] = {}
    second: dict[str, list[str]] = {}
    said = [
        (basis.section, basis.balancing, basis.second_citation)
        for item in items
        for basis in item.decision.exemptions
    ]
    said += [(bar.section, bar.balancing, bar.second_citation) for bar in bars]
    for section, weighed, other in said:
        for texts, text in ((balancing, weighed), (second, other)):
            known = texts.setdefault(section, [])
            if text and text not in known:
                known.append(text)
    return tuple(
        Reliance(section, *_named(section), tuple(balancing[section]), tuple(second[section]))
        for section in sorted(balancing)
    )


def _named(section: str) -> tuple[str, str]:
    try:
        entry = catalogue().find(section)
    except InputError:
        return f"Gov. Code § {section}", ""
    return entry.citation, entry.title
