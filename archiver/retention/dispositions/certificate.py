"""The certificate: what went, under which authority, what stays, and how it can be checked.

It is made from the rows of office.db alone, so that the same rows give the same bytes on any day.
It names holdings by number, series, dates and salted leaf: no author, no text, no hash that a guess
could be tried against.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec

from archiver.config import Home
from archiver.database import rows
from archiver.errors import InputError, IntegrityError, StorageError
from archiver.retention.dispositions.approvals import Given, given
from archiver.retention.dispositions.batches import (
    KEPT,
    Batch,
    BatchEvent,
    Listed,
    events_of,
    gone_lines,
    items_of,
)
from archiver.retention.dispositions.certificate_pdf import write_pdf

FOLDER = "certificates"
FORM = "archiver certificate 1"
GONE = ("destroyed", "transferred", "removed")
STORAGE = (
    "The content was deleted from the databases, the search index and its pages, the evidence "
    "files and the media folder of this archive; the files were rewritten afterwards.",
    "What a storage device keeps beneath its files cannot be promised: flash memory (SSD) moves "
    "written blocks, copy-on-write file systems and snapshots keep earlier ones. Where that "
    "matters, the device is erased when it is retired, and snapshots are let expire.",
    "Copies outside this archive (the platform itself, people who have seen or saved a record) are "
    "not reached by a destruction of the city's record.",
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate on file: its batch, both files, and their SHA-256 as office.db holds them."""

    number: str
    at: str
    pdf: Path
    pdf_sha256: str
    json: Path
    json_sha256: str


def write_certificate(home: Home, office: sqlite3.Connection, batch: Batch) -> dict[str, str]:
    """Write a batch's certificate into the home; the SHA-256 of each file, by its ending.

    Raises StorageError where it cannot be written.
    """
    facts = certificate_facts(office, batch)
    folder = certificate_folder(home, batch.number)
    text = certificate_bytes(facts)
    digest = hashlib.sha256(text).hexdigest()
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        _write(folder / f"{batch.number}.json", text)
        unfinished = folder / f".{batch.number}.pdf"
        write_pdf(unfinished, facts, digest)
        pdf = unfinished.read_bytes()
        unfinished.unlink()
        _write(folder / f"{batch.number}.pdf", pdf)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from None
    return {"json": digest, "pdf": hashlib.sha256(pdf).hexdigest()}


def certificate_folder(home: Home, number: str) -> Path:
    """Where a certificate lies."""
    return home.path / FOLDER / number


def certificate_bytes(facts: Mapping[str, Any]) -> bytes:
    """The certificate as JSON: sorted keys, two spaces, a line's end."""
    return msgspec.json.format(msgspec.json.encode(facts, order="sorted"), indent=2) + b"\n"


def certificates(home: Home, office: sqlite3.Connection) -> list[Certificate]:
    """Every certificate on file, newest first."""
    found = rows(
        office,
        """
        SELECT number, at, detail FROM disposition_events AS e
        JOIN dispositions AS d ON d.id = e.batch_id
        WHERE what = 'certificate' ORDER BY e.id DESC
        """,
    )
    return [_certificate(home, each) for each in found]


def find_certificate(home: Home, office: sqlite3.Connection, batch: Batch) -> Certificate:
    """A batch's certificate. Raises InputError where it has none yet."""
    for each in certificates(home, office):
        if each.number == batch.number:
            return each
    raise InputError(f"{batch.number} has no certificate: it is {batch.state}")


def check_certificate(
    home: Home, office: sqlite3.Connection, batch: Batch, *, mend: bool = True
) -> Certificate:
    """The certificate, made anew from the rows and compared with what is on file.

    A file that was lost is written again, or, where nothing is to be mended, refused. Raises
    IntegrityError where one on file, or what the rows give now, is not what was certified.
    """
    known = find_certificate(home, office, batch)
    for path, digest in ((known.json, known.json_sha256), (known.pdf, known.pdf_sha256)):
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise IntegrityError(f"{path} was changed: move it away to have it written again")
    facts = certificate_facts(office, batch)
    if hashlib.sha256(certificate_bytes(facts)).hexdigest() != known.json_sha256:
        raise IntegrityError(f"{batch.number}: office.db no longer says what was certified")
    lost = [path for path in (known.json, known.pdf) if not path.exists()]
    if lost and not mend:
        raise IntegrityError(
            f"{lost[0]} is missing: `archiver dispositions certificate {batch.number}` writes it"
        )
    if lost:
        write_certificate(home, office, batch)
    return known


def certificate_facts(office: sqlite3.Connection, batch: Batch) -> dict[str, Any]:
    """All a certificate says, as plain values, from what was stored before it was written."""
    events = list(takewhile(lambda each: each.what != "certificate", events_of(office, batch)))
    by_name = {each.what: each for each in events}
    frozen = by_name["list frozen"].detail
    listed = list(items_of(office, batch))
    gone = [item for item in listed if item.outcome in GONE]
    kept = [item for item in listed if item.outcome == KEPT]
    ended = max((item.outcome_at or "" for item in gone), default=by_name["proof"].at)
    return {
        "form": FORM,
        "number": batch.number,
        "kind": batch.kind,
        "act": batch.act,
        "agency": frozen["agency"],
        "time_zone": frozen["time_zone"],
        "route": frozen["route"],
        "schedule": batch.schedule,
        "criteria": dict(batch.criteria),
        "note": batch.note,
        "list": {
            "frozen_at": batch.frozen_at,
            "frozen_by": batch.frozen_by,
            "holdings": batch.items,
            "sha256": batch.digest,
        },
        "approvals": [_approval(each) for each in given(office, batch)],
        "executed": _executed(events, ended),
        "series": [
            asdict(line) | {"title": frozen["titles"].get(line.series or "", "")}
            for line in gone_lines(office, batch)
        ],
        "holdings": [_holding(item) for item in gone],
        "kept": [
            {"file": item.file, "kind": item.kind, "id": item.ref, "reason": item.reason}
            for item in kept
        ],
        "left_out": msgspec.to_builtins(batch.left_out),
        "transfer": _transfer(by_name),
        "exchanges": by_name["exchanges"].detail,
        "copies": by_name["copies"].detail,
        "storage": list(STORAGE),
        "scrub": by_name["scrubbed"].detail,
        "proof": by_name["proof"].detail,
        "seals": by_name["sealed"].detail,
    }


def _executed(events: list[BatchEvent], ended: str) -> dict[str, Any]:
    begun = next(each for each in events if each.what == "execution begun")
    return {
        "begun_at": begun.at,
        "ended_at": ended,
        "by": begun.actor,
        "resumed": [each.at for each in events if each.what == "execution resumed"],
    }


def _transfer(by_name: Mapping[str, BatchEvent]) -> dict[str, Any] | None:
    if "bag made" not in by_name:
        return None
    receipt = by_name.get("receipt")
    return {
        "bag": by_name["bag made"].detail,
        "receipt": None if receipt is None else receipt.detail,
    }


def _approval(each: Given) -> dict[str, Any]:
    facts = asdict(each)
    facts["document_sha256"] = facts.pop("document")
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _holding(item: Listed) -> dict[str, Any]:
    return {
        "file": item.file,
        "kind": item.kind,
        "id": item.ref,
        "series": item.series,
        "cutoff_on": item.cutoff_on,
        "retain_until": item.retain_until,
        "leaf": item.leaf,
        "versions": item.versions,
    }


def _certificate(home: Home, found: sqlite3.Row) -> Certificate:
    number = found["number"]
    detail = msgspec.json.decode(found["detail"])
    folder = certificate_folder(home, number)
    return Certificate(
        *(number, found["at"]),
        *(folder / f"{number}.pdf", detail["pdf"]),
        *(folder / f"{number}.json", detail["json"]),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f".{path.name}.new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)
