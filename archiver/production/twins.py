"""The same records as data: JSON Lines for programs, CSV for a spreadsheet.

Both hold what the packet prints and no more, made from the same release view. What is covered reads
"[Redacted: …]" with the section; `redactions` lists the bars by field, never by place or length,
which would tell of what they cover. In the CSV a cell that a spreadsheet would take for a formula
begins with an apostrophe, because every @handle is one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from archiver.production import words
from archiver.production.bates import bates
from archiver.production.packet import Packet
from archiver.production.record_pages import Printed
from archiver.production.release import LeftOut, Record, Release

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

COLUMNS = (
    "number", "first_page", "last_page", "platform", "account", "handle", "department", "kind",
    "form", "author_name", "author_handle", "author_id", "author_role", "recipients", "created_at",
    "created_local", "text", "language", "url", "links", "native_id", "in_reply_to", "visibility",
    "content_state", "presence", "version", "media", "captured_at", "captured_from", "evidence",
    "redactions",
)  # fmt: skip


def write_twins(release: Release, packet: Packet, folder: Path) -> None:
    """Write records.jsonl and records.csv."""
    numbers = {record.key: packet.printed[record.key].ordinal for record in packet.order}
    with (
        (folder / "records.jsonl").open("wb") as lines,
        (folder / "records.csv").open("w", encoding="utf-8-sig", newline="") as text,
    ):
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for record in packet.order:
            entry = _entry(record, packet, numbers, release)
            lines.write(_line(entry))
            table.writerow([safe(_flat(entry[column])) for column in COLUMNS])


def safe(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    cell = cell.replace("\0", "\ufffd")
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _entry(
    record: Record, packet: Packet, numbers: dict[str, int], release: Release
) -> dict[str, object]:
    prefix, zone = release.office.bates_prefix, release.office.time_zone
    printed = packet.printed[record.key]
    return {
        "number": printed.ordinal,
        "first_page": bates(prefix, printed.first),
        "last_page": bates(prefix, printed.last),
        "platform": record.platform,
        "account": record.account,
        "handle": record.handle,
        "department": record.department,
        "kind": record.kind,
        "form": record.form,
        "author_name": record.author_name.words,
        "author_handle": record.author_handle.words,
        "author_id": record.author_id.words,
        "author_role": record.author_role,
        "recipients": [person.words for person in record.recipients],
        "created_at": None if record.undated else record.created_at,
        "created_local": None if record.undated else words.time(record.created_at, zone),
        "text": record.text.words,
        "language": record.language,
        "url": record.url.words or None,
        "links": [link.words for link in record.links],
        "native_id": record.native_id.words,
        "in_reply_to": numbers.get(record.parent or ""),
        "visibility": record.visibility,
        "content_state": record.content_state,
        "presence": record.presence,
        "version": record.number,
        "earlier_versions": [
            {"version": version.number, "captured_at": version.at, "text": version.text.words}
            for version in record.versions
        ],
        "versions_left_out": [_left_out(one, packet, release) for one in record.left_out],
        "history": [{"at": event.at, "what": event.words} for event in record.events],
        "media": list(_media(record, printed)),
        "captured_at": record.capture.at,
        "captured_from": record.capture.source,
        "evidence": record.capture.place,
        "redactions": [
            {"field": one.field, "sections": list(one.citations), "notes": list(one.notes)}
            for one in record.redactions
        ],
    }


def _media(record: Record, printed: Printed) -> Iterator[dict[str, object]]:
    """What is handed out, and what is covered whole: of that, even its kind would tell."""
    names = {id(media): name for media, name in printed.media}
    for media in record.media:
        if media.covered is not None:
            yield {"file": None, "type": None, "description": media.covered.words}
        elif id(media) in names:
            alt = media.alt_text.words or None
            name = names[id(media)]
            yield {"file": f"media/{name}", "type": media.media_type, "description": alt}


def _left_out(one: LeftOut, packet: Packet, release: Release) -> dict[str, object]:
    """A version that is not printed: its number, why, and the page of its sheet."""
    page = one.page
    if one.sheet is not None:
        key = release.withheld[one.sheet - 1].key
        page = bates(release.office.bates_prefix, packet.sheets[key])
    return {"version": one.number, "why": one.why, "sheet_page": page}


def _line(entry: dict[str, object]) -> bytes:
    text = json.dumps(entry, ensure_ascii=False)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(entry).encode("ascii") + b"\n"


def _flat(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_in_a_cell(one) for one in value)
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _in_a_cell(one: object) -> str:
    """An entry of a list: a file by its name, a bar by its place and law."""
    if not isinstance(one, dict):
        return str(one)
    if "field" in one:
        return f"{one['field']}: {', '.join(one['sections'])}"
    return str(one["file"] or one["description"])
