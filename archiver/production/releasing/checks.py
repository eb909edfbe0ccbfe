"""What keeps a volume from going out: everything is looked at again at the moment it is to go.

Refused are drafts and practice, files that are not what was produced, records that are in
quarantine, were decided anew or stand in a later volume since, and what still waits for the
attorney or a second person. Each is told in one line that names no content.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from archiver.config import Settings
from archiver.database import rows
from archiver.errors import InputError, RuleError
from archiver.production import lists
from archiver.production.drafting import as_made
from archiver.production.ledger import Production, released_in
from archiver.production.manifest import NAME, sha256, stream_sha256
from archiver.production.readiness import fingerprint
from archiver.production.replacing import replaced_volumes
from archiver.production.verify import verify_production
from archiver.production.zipping import EARLIEST
from archiver.requests.book import items_of, standing_of_records
from archiver.requests.collecting.lists import lists_of
from archiver.requests.letters.face import is_practice
from archiver.requests.reviewing.blockers import (
    DRAFTS,
    MISFIT,
    NOT_ATTESTED,
    UNCONFIRMED,
    UNSIGNED,
    WITH_ATTORNEY,
    blockers_of,
)
from archiver.retention.quarantine import quarantined

_MATTER: Mapping[str, str] = {
    DRAFTS: "with a draft redaction",
    MISFIT: "with bars that do not fit its decision",
    WITH_ATTORNEY: "with the attorney",
    UNCONFIRMED: "waiting for a second person",
    UNSIGNED: "waiting for the attorney’s sign-off",
    NOT_ATTESTED: "resting on an exemption that is not attested",
}
_NAMED = 5
_ZIP64 = b"\x01\x00"


def refuse_unfit(
    office: sqlite3.Connection, settings: Settings, made: Sequence[Production], *, files: bool
) -> None:
    """Raise RuleError with everything that keeps these volumes from going out; with `files` every
    byte of them is read."""
    standing = {each: standing_of(office, settings, each) for each in {e.request for e in made}}
    found = [
        f"{each.folder.name}: {reason}"
        for each in made
        for reason in objections(office, standing[each.request], each, files=files)
    ]
    if found:
        raise RuleError(f"not released: {'; '.join(found)}")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request's records stand now: the form each item would be produced in, what is in
    quarantine, what waits for whom, and the form of its lists."""

    forms: Mapping[int, str]
    shut: Collection[int]
    waiting: Mapping[str, frozenset[int]]
    lists: Mapping[int, str]


def standing_of(office: sqlite3.Connection, settings: Settings, number: str) -> Standing:
    """How the records of a request stand now."""
    return Standing(
        {item.id: fingerprint(item) for item in items_of(office, number)},
        standing_of_records(office, number, quarantined(office)).keys(),
        {
            each.kind: frozenset(each.items)
            for each in blockers_of(office, settings, number)
            if each.kind in _MATTER
        },
        {each.id: lists.fingerprint(each) for each in lists_of(office, number)},
    )


def objections(
    office: sqlite3.Connection, standing: Standing, made: Production, *, files: bool
) -> Iterator[str]:
    """What keeps a volume from going out, each reason in one line."""
    if is_practice(made.request):
        yield "it is for practice, and nothing of that ever goes out"
    elif _is_draft(office, standing, made):
        yield (
            "it is a DRAFT: have the city attorney attest the wording of the cover letter, then "
            "produce again"
        )
    newer = replaced_volumes(office, made.request).get(made.volume)
    if newer is not None:
        yield f"it was replaced by volume {newer}: release that one"
        return
    yield from _of_records(office, standing, made)
    yield from _of_lists(office, standing, made)
    if files:
        yield from _of_files(made)


def _is_draft(office: sqlite3.Connection, standing: Standing, made: Production) -> bool:
    """Whether its pages say DRAFT: its manifest says so, or an item was entered in a draft's form
    (`drafting.as_made`), as volumes of earlier programs tell it."""
    try:
        if json.loads((made.folder / NAME).read_bytes()).get("draft"):
            return True
    except (OSError, ValueError, AttributeError):
        pass  # told as a file that is not what was produced
    forms, now = _forms(office, made), standing.forms
    return any(form == as_made(now[item], "draft") for item, form in forms.items() if item in now)


def _of_records(office: sqlite3.Connection, standing: Standing, made: Production) -> Iterator[str]:
    out = released_in(office, made.id)
    shut = out.intersection(standing.shut)
    if shut:
        yield f"{_records(shut)} in quarantine now: ask the city attorney"
    later = _produced_later(office, made, out)
    if later:
        yield f"{_records(later)} in a later volume in another form: release that one"
    forms, now = _forms(office, made), standing.forms
    anew = {
        item
        for item in out - later
        if item not in now or forms[item] not in (now[item], as_made(now[item], "draft"))
    }
    if anew:
        yield f"{_records(anew)} decided anew since: produce again"
    for kind, items in standing.waiting.items():
        if held := out & items:
            yield f"{_records(held)} {_MATTER[kind]}"


def _of_lists(office: sqlite3.Connection, standing: Standing, made: Production) -> Iterator[str]:
    entered = {
        each["list_id"]: each["fingerprint"]
        for each in rows(
            office,
            "SELECT list_id, fingerprint FROM request_list_productions "
            "WHERE production_id = ? AND outcome = 'released'",
            made.id,
        )
    }
    anew = [each for each, form in entered.items() if standing.lists.get(each) != form]
    if anew:
        count = "1 list was" if len(anew) == 1 else f"{len(anew)} lists were"
        yield f"{count} decided anew since: produce again"


def _of_files(made: Production) -> Iterator[str]:
    manifest = made.folder / NAME
    if not manifest.is_file():
        yield f"its folder or its {NAME} is missing: restore it from the backup"
        return
    if sha256(manifest) != made.manifest_sha256:
        yield f"{NAME} is not the one that was produced: restore it from the backup"
        return
    try:
        yield from verify_production(made.folder).findings[:_NAMED]
    except InputError as wrong:
        yield str(wrong)
        return
    packed = zip_of(made)
    if packed.exists() and (wrong_at := zip_differs(packed, made.folder)):
        yield f"{packed.name}: {wrong_at}; take it away, and it is made again"
    proof = proof_of(made)
    if proof.exists() and made.manifest_sha256.encode() not in proof.read_bytes():
        yield f"{proof.name} is the proof of another volume"


def zip_of(made: Production) -> Path:
    """Where a volume's zip lies."""
    return made.folder.with_name(f"{made.folder.name}.zip")


def proof_of(made: Production) -> Path:
    """Where a volume's proof file lies."""
    return made.folder.with_name(f"{made.folder.name}.proof.json")


def zip_differs(packed: Path, folder: Path) -> str:
    """In what a zip is not the folder, in words; empty where it is the folder, packed by
    `zipping.write_zip`. The folder's own files must have been verified."""
    listed = json.loads((folder / NAME).read_bytes())["files"]
    wanted = {f"{folder.name}/{each['path']}": each["sha256"] for each in listed}
    wanted[f"{folder.name}/{NAME}"] = sha256(folder / NAME)
    try:
        with ZipFile(packed) as found:
            entries = found.infolist()
            if sorted(e.filename for e in entries) != sorted(wanted):
                return "it does not hold the volume’s files"
            if found.comment or any(e.comment or _extra(e) for e in entries):
                return "something was put beside its files"
            for entry in entries:
                with found.open(entry) as member:
                    if stream_sha256(member) != wanted[entry.filename]:
                        return f"{entry.filename} is not what was produced"
            if any(entry.date_time != EARLIEST for entry in entries):
                return "it was packed by another program"
    except (OSError, BadZipFile, EOFError, RuntimeError, ValueError):
        return "it is damaged"
    return ""


def _extra(entry: ZipInfo) -> bool:
    """Whether an entry says more than ZIP64 has to, which stands alone among its extra fields."""
    length = int.from_bytes(entry.extra[2:4], "little")
    return bool(entry.extra) and (
        not entry.extra.startswith(_ZIP64) or len(entry.extra) != 4 + length
    )


def _produced_later(
    office: sqlite3.Connection, made: Production, items: Collection[int]
) -> set[int]:
    found = rows(
        office,
        """
        SELECT DISTINCT item_id FROM production_items
        JOIN productions ON productions.id = production_id
        WHERE request = ? AND productions.id > ? AND item_id IN (SELECT value FROM json_each(?))
        """,
        *(made.request, made.id, json.dumps(sorted(items))),
    )
    return {each["item_id"] for each in found}


def _forms(office: sqlite3.Connection, made: Production) -> dict[int, str]:
    """The form in which a volume holds each item, by item id."""
    found = rows(
        office,
        "SELECT item_id, fingerprint FROM production_items WHERE production_id = ?",
        made.id,
    )
    return {each["item_id"]: each["fingerprint"] for each in found}


def _records(items: Collection[int]) -> str:
    named = ", ".join(map(str, sorted(items)[:_NAMED])) + (" …" if len(items) > _NAMED else "")
    one = len(items) == 1
    return f"{len(items):,} record{'' if one else 's'} (item {named}) {'is' if one else 'are'}"
