"""Drawing bars over a collected record, naming the law they rest on, and taking them off.

Nothing of a record changes: a bar says where something is covered. What a requester is given is
made by `view` from the record and its bars. Each step is one transaction with its audit row, which
names the item and the place, never the words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Version, version, versions
from archiver.clock import now_text
from archiver.database import row, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.exemptions import Catalogue, Claim, attestation_of, catalogue
from archiver.requests.intake import Request, get_request, note, open_request
from archiver.requests.redacting.bars import (
    BarKind,
    Draft,
    Redaction,
    Region,
    drafts,
    redactions_in,
    redactions_of,
    steps_on,
)
from archiver.requests.redacting.fields import Field, field_named, fields_of, media_number
from archiver.requests.redacting.folding import whole_characters
from archiver.retention.quarantine import quarantined

Files = Mapping[str, sqlite3.Connection]
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to cover: some words of a field (`start` to `end`, in code points), a region of a
    picture, or, with neither, the whole field or the whole picture or file."""

    field: str
    start: int | None = None
    end: int | None = None
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A bar that was drawn. `widened` says that it covers more than was asked for, because a
    character people read as one is never cut in two."""

    redaction: Redaction
    widened: bool


def fields_of_item(
    conn: sqlite3.Connection, files: Files, number: str, item_id: int
) -> list[Field]:
    """Every place of an item's record where something can be covered.

    `files` are the archive's files the person may see. Raises InputError where there is no such
    item among them, RuleError where its record is in quarantine.
    """
    return _fields(*_found(conn, files, get_request(conn, number), item_id))


def add_redaction(
    conn: sqlite3.Connection,
    files: Files,
    number: str,
    item_id: int,
    mark: Mark,
    *,
    actor: str,
    claims: Sequence[Claim] = (),
    note_text: str | None = None,
    note_shown: bool = False,
    seen: int | None = None,
    law: Catalogue | None = None,
) -> Marked:
    """Cover something of an item of an open request.

    A bar without an exemption, or on one not attested yet, is a draft: it covers in every preview
    and blocks production. `seen` is what `steps_on` gave when the person looked. Raises RuleError
    where an exemption's conditions are not met or the very place is covered, BusyError where
    someone else changed the item's bars in between, InputError where the record has no such place.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        _unchanged(conn, item_id, seen)
        made = draw(conn, files, request, item_id, mark, actor, claims, note_text, note_shown, law)
        note(conn, request, actor=actor, kind="redaction added", detail=_detail(made.redaction))
    return made


def draw(
    conn: sqlite3.Connection,
    files: Files,
    request: Request,
    item_id: int,
    mark: Mark,
    actor: str,
    claims: Sequence[Claim],
    note_text: str | None,
    note_shown: bool,
    law: Catalogue | None,
) -> Marked:
    """Draw one bar inside the caller's transaction, as `add_redaction` does."""
    archive, shown = _found(conn, files, request, item_id)
    field = field_named(_fields(archive, shown), mark.field)
    kind, start, end = _place(field, mark)
    region = mark.region
    if region is not None:
        _is_picture(shown, field)
    standing = redactions_of(conn, item_id)
    for bar in standing:
        if (bar.field, bar.kind, bar.start, bar.end, bar.region) == (
            *(field.name, kind, start, end, region),
        ):
            raise RuleError(f"that is covered already by bar {bar.id}: change its exemption there")
    cursor = conn.execute(
        "INSERT INTO main.request_redactions "
        '(item_id, field, kind, start, "end", x, y, w, h, note, '
        "note_shown, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(item_id, field.name, kind.value, start, end),
            *((region.x, region.y, region.w, region.h) if region else (None,) * 4),
            *((note_text or "").strip() or None, note_shown, now_text(), actor),
        ),
    )
    bar_id = int(cursor.lastrowid or 0)
    if claims:
        _ground(conn, bar_id, claims, actor, law or catalogue())
    widened = kind is BarKind.SPAN and (start, end) != (mark.start, mark.end)
    return Marked(_standing(conn, item_id, bar_id), widened)


def ground_redaction(
    conn: sqlite3.Connection,
    number: str,
    redaction_id: int,
    claims: Sequence[Claim],
    *,
    actor: str,
    seen: int | None = None,
    law: Catalogue | None = None,
) -> Redaction:
    """Name the exemptions a standing bar rests on, in place of those named before.

    Raises as `add_redaction` does; RuleError without any exemption.
    """
    if not claims:
        raise RuleError("a bar rests on an exemption: name at least one, or take the bar off")
    with write_transaction(conn):
        request = open_request(conn, number)
        item_id = _item_of(conn, request, redaction_id)
        _unchanged(conn, item_id, seen)
        _standing(conn, item_id, redaction_id)
        _ground(conn, redaction_id, claims, actor, law or catalogue())
        bar = _standing(conn, item_id, redaction_id)
        note(conn, request, actor=actor, kind="redaction grounded", detail=_detail(bar))
    return bar


def remove_redaction(
    conn: sqlite3.Connection,
    number: str,
    redaction_id: int,
    *,
    actor: str,
    seen: int | None = None,
) -> Redaction:
    """Take a bar off; who drew it and who took it off stays known. Gives the bar as it stood.

    Raises InputError where no such bar stands in the request, BusyError as `add_redaction` does.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        item_id = _item_of(conn, request, redaction_id)
        _unchanged(conn, item_id, seen)
        bar = _standing(conn, item_id, redaction_id)
        conn.execute(
            "INSERT INTO main.redaction_removals (redaction_id, at, actor) VALUES (?, ?, ?)",
            (redaction_id, now_text(), actor),
        )
        note(conn, request, actor=actor, kind="redaction removed", detail=_detail(bar))
    return bar


def drafts_of(
    conn: sqlite3.Connection,
    number: str,
    item_ids: Sequence[int] | None = None,
    law: Catalogue | None = None,
) -> list[Draft]:
    """The bars of a request, or of some of its items, that cannot be produced yet, with why."""
    by_item = redactions_in(conn, get_request(conn, number).id)
    wanted = by_item.keys() if item_ids is None else item_ids
    return drafts(conn, [bar for each in wanted for bar in by_item.get(each, ())], law)


def _place(field: Field, mark: Mark) -> tuple[BarKind, int | None, int | None]:
    if field.is_media:
        if mark.start is not None or mark.end is not None:
            raise InputError(f"{field.label} has no words: cover it whole, or a region of it")
        if mark.region is None:
            return BarKind.MEDIA, None, None
        _inside(mark.region)
        return BarKind.REGION, None, None
    if mark.region is not None:
        raise InputError(f"{field.label} is no picture: cover words of it, or all of it")
    if mark.start is None and mark.end is None:
        return BarKind.FIELD, None, None
    start, end = mark.start or 0, len(field.value) if mark.end is None else mark.end
    if not 0 <= start < end <= len(field.value):
        raise InputError(
            f"{field.label} has {len(field.value)} characters: nothing lies from {start} to {end}"
        )
    return BarKind.SPAN, *whole_characters(field.value, start, end)


def _is_picture(shown: Version, field: Field) -> None:
    number = media_number(field.name) or 1
    kind = shown.media[number - 1].media_type
    if kind is not None and not kind.startswith("image/"):
        raise InputError(f"{field.label} is no picture: cover it whole")


def _inside(region: Region) -> None:
    right, low = region.x + region.w, region.y + region.h
    if not (0 <= region.x < right <= 1 + _ROUNDING and 0 <= region.y < low <= 1 + _ROUNDING):
        raise InputError(
            "a region lies inside the picture, in fractions of its width and height from 0 to 1"
        )


def _found(
    conn: sqlite3.Connection, files: Files, request: Request, item_id: int
) -> tuple[sqlite3.Connection, Version]:
    found = row(
        conn,
        "SELECT file, record_id, version_id FROM request_items WHERE request_id = ? AND id = ?",
        request.id,
        item_id,
    )
    if found is None or found["file"] not in files:
        raise InputError(f"request {request.number} has no item {item_id}")
    if found["record_id"] in quarantined(conn).get(found["file"], ()):
        raise RuleError(
            f"item {item_id} cannot be looked at: its record is in quarantine, and the city "
            "attorney decides about it"
        )
    archive = files[found["file"]]
    kept = version(archive, found["version_id"])
    if kept is None:
        raise InputError(
            f"item {item_id}: its version is not in the archive, run `archiver verify`"
        )
    return archive, kept


def _fields(archive: sqlite3.Connection, shown: Version) -> list[Field]:
    earlier = [each for each in versions(archive, shown.record_id) if each.n < shown.n]
    return fields_of(shown, earlier)


def _ground(
    conn: sqlite3.Connection,
    redaction_id: int,
    claims: Sequence[Claim],
    actor: str,
    law: Catalogue,
) -> None:
    if len({claim.section for claim in claims}) != len(claims):
        raise RuleError("an exemption is named twice for one bar")
    cursor = conn.execute(
        "INSERT INTO main.redaction_groundings (redaction_id, at, actor) VALUES (?, ?, ?)",
        (redaction_id, now_text(), actor),
    )
    for claim in claims:
        entry = law.find(claim.section)
        entry.check(claim)
        attestation = attestation_of(conn, entry)
        conn.execute(
            "INSERT INTO main.redaction_grounds (grounding_id, section, digest, attestation_id, "
            "balancing, second_citation, review_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(cursor.lastrowid, entry.section, entry.digest),
                attestation.id if attestation else None,
                (claim.balancing or "").strip() or None,
                (claim.second_citation or "").strip() or None,
                claim.review_on.isoformat() if claim.review_on else None,
            ),
        )


def _unchanged(conn: sqlite3.Connection, item_id: int, seen: int | None) -> None:
    if seen is not None and steps_on(conn, item_id) != seen:
        raise BusyError(
            f"someone else changed the bars of item {item_id} in the meantime: look at it again, "
            "nothing was overwritten"
        )


def _item_of(conn: sqlite3.Connection, request: Request, redaction_id: int) -> int:
    found = row(
        conn,
        "SELECT item_id FROM request_redactions AS bars JOIN request_items ON item_id = "
        "request_items.id WHERE request_id = ? AND bars.id = ?",
        request.id,
        redaction_id,
    )
    if found is None:
        raise InputError(f"request {request.number} has no bar {redaction_id}")
    return int(found["item_id"])


def _standing(conn: sqlite3.Connection, item_id: int, redaction_id: int) -> Redaction:
    for bar in redactions_of(conn, item_id):
        if bar.id == redaction_id:
            return bar
    raise InputError(f"bar {redaction_id} was taken off already: look at the item again")


def _detail(bar: Redaction) -> dict[str, object]:
    return {
        "item": bar.item_id,
        "bar": bar.id,
        "field": bar.field,
        "kind": bar.kind.value,
        "exemptions": [ground.section for ground in bar.grounds],
    }
