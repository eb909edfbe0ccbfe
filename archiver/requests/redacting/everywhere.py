"""The same words wherever a request holds them: looked at first, then covered in one step."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Version, versions
from archiver.database import write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.exemptions import Catalogue, Claim
from archiver.requests.intake import note, open_request
from archiver.requests.items import items_for_production
from archiver.requests.redacting.bars import BarKind, Redaction, steps_on
from archiver.requests.redacting.fields import Field, fields_of, label_of, media_number
from archiver.requests.redacting.folding import occurrences
from archiver.requests.redacting.redactions import Mark, draw

Files = Mapping[str, sqlite3.Connection]
_CONTEXT = 40
"""Characters shown on either side of an occurrence."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Words in a field of an item, with what stands around them. `covered` says that a bar lies
    over all of them already, `seen` is what `steps_on` gave for the item."""

    item_id: int
    field: str
    start: int
    end: int
    before: str
    words: str
    after: str
    covered: bool
    seen: int

    @property
    def label(self) -> str:
        """Where it stands, in words."""
        return label_of(self.field)


@dataclass(frozen=True, slots=True)
class CoveredEverywhere:
    """What covering did: bars drawn, on how many items, and places passed over, each with why."""

    covered: int
    items: int
    skipped: tuple[str, ...]


def find_everywhere(
    conn: sqlite3.Connection, files: Files, number: str, words: str, *, exact: bool = False
) -> list[Occurrence]:
    """Every place in the request's items where `words` stand, in every text field.

    `files` are the archive's files the person may see: items of others, and what is in quarantine
    or no longer as collected, are left out. Case and width make no difference unless `exact`.
    Raises InputError without words.
    """
    if not words.strip():
        raise InputError("no words given: write the exact words to look for")
    wanted = words if exact else words.strip()
    found: list[Occurrence] = []
    for each in items_for_production(conn, files, number):
        item = each.item
        if each.version is None or each.problem is not None:
            continue
        places = [
            (field, start, end)
            for field in fields_of(each.version, before(files[item.file], each.version))
            for start, end in occurrences(field.value, wanted, exact=exact)
        ]
        seen = steps_on(conn, item.id) if places else 0
        found += [told(item.id, *place, item.redactions, seen) for place in places]
    return found


def cover_everywhere(
    conn: sqlite3.Connection,
    files: Files,
    number: str,
    chosen: Sequence[Occurrence],
    *,
    actor: str,
    claims: Sequence[Claim] = (),
    note_text: str | None = None,
    note_shown: bool = False,
    law: Catalogue | None = None,
) -> CoveredEverywhere:
    """Cover the chosen places in one transaction, all on the same grounds.

    Places covered already are passed over and told. Raises BusyError where an item's bars changed
    since it was looked at, RuleError where an exemption's conditions are not met; then no bar is
    drawn at all.
    """
    if not chosen:
        raise InputError("no place chosen: nothing was covered")
    skipped: list[str] = []
    drawn: list[Redaction] = []
    with write_transaction(conn):
        request = open_request(conn, number)
        for item_id, seen in {one.item_id: one.seen for one in chosen}.items():
            if steps_on(conn, item_id) != seen:
                raise BusyError(
                    f"someone else changed the bars of item {item_id} in the meantime: look again, "
                    "nothing was covered"
                )
        for one in chosen:
            if one.covered:
                skipped.append(f"item {one.item_id}, {one.label}: covered already")
                continue
            whole = media_number(one.field) is not None
            mark = Mark(one.field) if whole else Mark(one.field, one.start, one.end)
            try:
                made = draw(
                    *(conn, files, request, one.item_id, mark),
                    *(actor, claims, note_text, note_shown, law),
                )
            except RuleError as error:
                if "covered already" not in str(error):
                    raise
                skipped.append(f"item {one.item_id}, {one.label}: covered already")
                continue
            drawn.append(made.redaction)
        detail = {
            "bars": [bar.id for bar in drawn],
            "items": sorted({bar.item_id for bar in drawn}),
            "exemptions": [claim.section for claim in claims],
            "skipped": len(skipped),
        }
        note(conn, request, actor=actor, kind="redactions added everywhere", detail=detail)
    return CoveredEverywhere(len(drawn), len({bar.item_id for bar in drawn}), tuple(skipped))


def before(archive: sqlite3.Connection, shown: Version) -> list[Version]:
    """The versions of a record that stood before one."""
    if shown.n == 1:
        return []
    return [each for each in versions(archive, shown.record_id) if each.n < shown.n]


def told(
    item_id: int, field: Field, start: int, end: int, bars: Sequence[Redaction], seen: int
) -> Occurrence:
    """Some words of an item's field as they are shown before they are covered."""
    value = field.value
    return Occurrence(
        item_id,
        field.name,
        start,
        end,
        value[max(start - _CONTEXT, 0) : start],
        value[start:end],
        value[end : end + _CONTEXT],
        any(_over(bar, field.name, start, end) for bar in bars),
        seen,
    )


def _over(bar: Redaction, name: str, start: int, end: int) -> bool:
    if bar.field == name.removesuffix(".alt") and bar.kind is BarKind.MEDIA:
        return True
    if bar.field != name:
        return False
    if bar.kind is BarKind.FIELD:
        return True
    return bar.start is not None and bar.end is not None and bar.start <= start and end <= bar.end
