"""The lists of a request in a production: which are to go out, in what form, and that they went.

A list that is released comes into the release view with what bars it taken out; one that is
withheld becomes a sheet like any withheld record. Nothing else of a list passes this module.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from archiver.config import Home
from archiver.database import rows
from archiver.errors import RuleError
from archiver.production.loading import people_responsible
from archiver.production.release import Ground, ListCell, ListTable, Release, Withheld
from archiver.requests.book import Choice, attestation_of, catalogue
from archiver.requests.collecting.lists import (
    CollectedList,
    list_rows,
    lists_of,
    released_table,
)
from archiver.requests.decisions import Basis

_OUTCOMES = {Choice.RELEASE: "released", Choice.WITHHOLD: "withheld"}


def lists_to_produce(office: sqlite3.Connection, number: str) -> list[CollectedList]:
    """The request's lists that are new or were decided or barred anew since they were produced.

    Raises RuleError where one is undecided.
    """
    found = lists_of(office, number)
    undecided = [each for each in found if each.choice is Choice.UNDECIDED]
    if undecided:
        raise RuleError(
            f"the list “{undecided[0].title}” has no decision yet: decide before producing"
        )
    before = {
        each["list_id"]: each["fingerprint"]
        for each in rows(
            office,
            "SELECT list_id, fingerprint FROM request_list_productions "
            "WHERE list_id IN (SELECT id FROM request_lists WHERE request_id = ("
            "SELECT id FROM requests WHERE number = ?)) ORDER BY id",
            number,
        )
    }
    return [
        each
        for each in found
        if each.choice in _OUTCOMES and before.get(each.id) != fingerprint(each)
    ]


def fingerprint(collected: CollectedList) -> str:
    """What tells whether a list must be produced again: its rows, its decision, its bars."""
    parts = [collected.digest, collected.choice.value]
    parts += [f"{b.row_n}.{b.position}.{_sections(b.grounds)}" for b in collected.bars]
    if collected.decision is not None:
        parts.append(_sections(collected.decision.grounds))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def with_lists(
    home: Home, office: sqlite3.Connection, release: Release, lists: Sequence[CollectedList]
) -> Release:
    """A release with these lists in it: tables, sheets, and the law they rest on.

    Raises RuleError where an exemption's wording changed since, or its attestation is withdrawn.
    """
    if not lists:
        return release
    withheld = [each for each in lists if each.choice is Choice.WITHHOLD]
    released = [each for each in lists if each.choice is Choice.RELEASE]
    used = [b for e in withheld if e.decision is not None for b in e.decision.grounds]
    used += [b for each in released for bar in each.bars for b in bar.grounds]
    grounds = {each.citation: each for each in release.grounds}
    grounds.update({each.citation: each for each in _grounds(office, used)})
    deciders = {each.decision.actor for each in withheld if each.decision is not None}
    named = people_responsible(home, deciders).split("; ") if deciders else []
    already = [name for name in release.responsible.split("; ") if name]
    return replace(
        release,
        responsible="; ".join(dict.fromkeys([*already, *named])),
        lists=tuple(_table(office, each) for each in released),
        withheld=(*release.withheld, *(Withheld(list_key(e), _cited(e)) for e in withheld)),
        grounds=tuple(grounds[citation] for citation in sorted(grounds)),
    )


def still_the_same(office: sqlite3.Connection, number: str, lists: Sequence[CollectedList]) -> None:
    """Raise RuleError where a list was worked on while the volume was being made."""
    now = {each.id: fingerprint(each) for each in lists_of(office, number)}
    for each in lists:
        if now[each.id] != fingerprint(each):
            raise RuleError(
                f"the list “{each.title}” was worked on while the volume was being made: nothing "
                "was produced, produce again"
            )


def enter_lists(
    office: sqlite3.Connection,
    production_id: int,
    lists: Iterable[CollectedList],
    printed: Mapping[str, tuple[int, int]],
    sheets: Mapping[str, int],
) -> None:
    """Enter which of these lists a volume holds and on which pages, in the caller's transaction."""
    for each in lists:
        key = list_key(each)
        if key not in (printed if each.choice is Choice.RELEASE else sheets):
            continue
        pages = printed[key] if each.choice is Choice.RELEASE else (sheets[key], sheets[key])
        office.execute(
            "INSERT INTO request_list_productions "
            "(list_id, production_id, outcome, fingerprint, first_page, last_page) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (each.id, production_id, _OUTCOMES[each.choice], fingerprint(each), *pages),
        )


def _table(office: sqlite3.Connection, collected: CollectedList) -> ListTable:
    found = list_rows(office, collected.id)
    shown = tuple(
        tuple(ListCell(cell.text, tuple(map(_citation, cell.sections))) for cell in row)
        for row in released_table(collected, found)
    )
    said = (collected.title, collected.about, collected.as_of, collected.columns)
    return ListTable(list_key(collected), *said, shown)


def _grounds(office: sqlite3.Connection, used: Iterable[Basis]) -> Iterable[Ground]:
    for basis in used:
        entry = catalogue().find(basis.section)
        if entry.digest != basis.digest or attestation_of(office, entry) is None:
            raise RuleError(
                f"{entry.citation}: its wording changed or its attestation was withdrawn since a "
                "list rests on it; have the city attorney attest it, then decide the list again"
            )
        yield Ground(entry.citation, entry.title, entry.text, entry.source)


def _cited(collected: CollectedList) -> tuple[str, ...]:
    cited: list[str] = []
    for basis in collected.decision.grounds if collected.decision else ():
        cited.append(_citation(basis.section))
        if basis.second_citation:
            cited.append(basis.second_citation)
    return tuple(dict.fromkeys(cited))


def _citation(section: str) -> str:
    return catalogue().find(section).citation


def _sections(grounds: Iterable[Basis]) -> str:
    return "+".join(basis.section for basis in grounds)


def list_key(collected: CollectedList) -> str:
    """The name of a list in the release view."""
    return f"list-{collected.id}"
