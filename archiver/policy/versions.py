"""Versions of the city's policies for social media, as they were published.

A city answers for a removed comment by the policy that was in force on that day (City of Sacramento
social media policy, §4.C.6; City of Palm Desert social media policy, moderation of comments): so no
version is ever changed, and the next one supersedes it from its own day on.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec

from archiver.clock import now_text
from archiver.config import Home
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.policy.plain_text import read_bytes, text_of
from archiver.policy.taking_back import VERSION, TakenBack, take_back, taken_back
from archiver.register.accounts import account_by_id
from archiver.register.office import audit
from archiver.retention.dispositions.documents import LARGEST, Document, keep_document

LONGEST_WORDING = 500_000
"""Characters. The policies of large cities have about 20,000."""
_LONGEST_LINE = 300


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be entered. It applies to the `departments` and `accounts` (register ids) named,
    to all where none is. `wording` is its text; `file` is what was published, with its name: a
    PDF or picture is kept, a text file becomes the wording."""

    policy: str
    version: str
    effective_from: dt.date
    adopted_by: str
    departments: Sequence[str] = ()
    accounts: Sequence[int] = ()
    wording: str = ""
    file: Path | None = None
    file_name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version on file. `superseded_on` is the day the next version took effect, "" while it is
    the last; `wording` is "" where only the published document was kept."""

    id: int
    policy: str
    version: str
    effective_from: str
    adopted_by: str
    departments: tuple[str, ...]
    accounts: tuple[int, ...]
    document: Document | None
    document_name: str
    wording: str
    wording_sha256: str
    note: str
    recorded_at: str
    recorded_by: str
    taken_back: TakenBack | None = None
    superseded_on: str = ""

    def state_on(self, day: str) -> str:
        """How it stood on a day: in force, superseded, to come, or taken back."""
        if self.taken_back is not None:
            return "taken back"
        if self.effective_from > day:
            return "to come"
        return "superseded" if self.superseded_on and self.superseded_on <= day else "in force"


def add_version(
    home: Home, conn: sqlite3.Connection, new: NewVersion, *, actor: str
) -> PolicyVersion:
    """Enter a version of a policy.

    Raises InputError where a name, its adopter, or both wording and document are missing, or the
    file cannot be taken; RuleError where the policy has a version of that name or day.
    """
    policy, version = _line("name of the policy", new.policy), _line("version", new.version)
    adopted_by = _line("one who adopted it", new.adopted_by)
    departments = tuple(dict.fromkeys(filter(None, (" ".join(d.split()) for d in new.departments))))
    accounts = tuple(sorted({account_by_id(conn, each).id for each in new.accounts}))
    wording, document = _published(home, new)
    day = new.effective_from.isoformat()
    with write_transaction(conn):
        _refuse_second(conn, policy, version, day)
        cursor = conn.execute(
            "INSERT INTO main.policy_versions (policy, policy_key, version, effective_from, "
            "adopted_by, departments, accounts, document_sha256, document_type, document_name, "
            "wording, wording_sha256, note, recorded_at, recorded_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(policy, policy.casefold(), version, day, adopted_by),
                *(_json(departments), _json(accounts)),
                *(document.sha256 if document else None, document.media_type if document else None),
                " ".join(new.file_name.split())[:_LONGEST_LINE] if document else "",
                *(wording, _digest(wording), " ".join(new.note.split()), now_text(), actor),
            ),
        )
        made = int(cursor.lastrowid or 0)
        audit(
            conn,
            actor=actor,
            action="policy version entered",
            subject=f"{VERSION} {made}",
            detail={"policy": policy, "version": version, "from": day},
        )
    return version_by_id(conn, made)


def list_versions(conn: sqlite3.Connection) -> list[PolicyVersion]:
    """Every version, by policy, the newest first; those taken back are among them."""
    back = taken_back(conn, VERSION)
    found = rows(
        conn, "SELECT * FROM policy_versions ORDER BY policy_key, effective_from DESC, id DESC"
    )
    listed: list[PolicyVersion] = []
    next_day: dict[str, str] = {}
    for each in found:
        made = replace(_version(each), taken_back=back.get(each["id"]))
        if made.taken_back is None:
            made = replace(made, superseded_on=next_day.get(each["policy_key"], ""))
            next_day[each["policy_key"]] = made.effective_from
        listed.append(made)
    return listed


def version_by_id(conn: sqlite3.Connection, version_id: int) -> PolicyVersion:
    """A version. Raises InputError where there is none of that id."""
    for each in list_versions(conn):
        if each.id == version_id:
            return each
    raise InputError(f"there is no policy version {version_id}: see `archiver policy list`")


def in_force(conn: sqlite3.Connection, day: dt.date) -> list[PolicyVersion]:
    """The version of each policy that was in force on a day, by what is on file now."""
    return [v for v in list_versions(conn) if v.state_on(day.isoformat()) == "in force"]


def take_back_version(
    conn: sqlite3.Connection, version_id: int, *, actor: str, reason: str
) -> PolicyVersion:
    """Take back a version entered by mistake. Raises InputError where there is none of that id,
    RuleError without a reason or where it is taken back already."""
    found = version_by_id(conn, version_id)
    take_back(conn, VERSION, found.id, actor=actor, reason=reason)
    return version_by_id(conn, version_id)


def wording_intact(version: PolicyVersion) -> bool:
    """Whether the wording is the one that was entered."""
    return _digest(version.wording) == version.wording_sha256


def _published(home: Home, new: NewVersion) -> tuple[str, Document | None]:
    wording, document = new.wording, None
    if new.file is not None:
        name = new.file_name or new.file.name
        text = text_of(read_bytes(new.file, name, LARGEST))
        if text is None:
            document = _kept(home, new.file, name)
        elif wording.strip():
            raise InputError(f"the file {name} is a text: give it or the wording, not both")
        else:
            wording = text
    wording = wording.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(wording) > LONGEST_WORDING:
        raise InputError(f"the wording has more than {LONGEST_WORDING:,} characters")
    if not wording and document is None:
        raise InputError("give the policy’s wording, the file it was published as, or both")
    return wording, document


def _kept(home: Home, path: Path, name: str) -> Document:
    try:
        return keep_document(home, path)
    except InputError:
        raise InputError(
            f"the file {name} is no PDF, PNG, JPEG, TIFF or text: save it as one of them"
        ) from None


def _refuse_second(conn: sqlite3.Connection, policy: str, version: str, day: str) -> None:
    for each in list_versions(conn):
        if each.taken_back is not None or each.policy.casefold() != policy.casefold():
            continue
        if each.version.casefold() == version.casefold():
            raise RuleError(f"{policy} has a version {version} already: a version never changes")
        if each.effective_from == day:
            raise RuleError(
                f"{policy} {each.version} takes effect on {day}: no two versions begin on one day"
            )


def _line(what: str, given: str) -> str:
    line = " ".join(given.split())
    if not line:
        raise InputError(f"the {what} is missing")
    if len(line) > _LONGEST_LINE:
        raise InputError(f"the {what} is longer than {_LONGEST_LINE} characters")
    return line


def _digest(wording: str) -> str:
    return sha256(wording.encode()).hexdigest()


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()


def _version(found: sqlite3.Row) -> PolicyVersion:
    kept = found["document_sha256"]
    return PolicyVersion(
        *(found["id"], found["policy"], found["version"], found["effective_from"]),
        found["adopted_by"],
        msgspec.json.decode(found["departments"], type=tuple[str, ...]),
        msgspec.json.decode(found["accounts"], type=tuple[int, ...]),
        Document(kept, found["document_type"]) if kept else None,
        *(found["document_name"], found["wording"], found["wording_sha256"], found["note"]),
        *(found["recorded_at"], found["recorded_by"]),
    )
