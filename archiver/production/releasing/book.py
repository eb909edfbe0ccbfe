"""What office.db knows of releases: reading them, and the rows a release is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.clock import now_text, parse
from archiver.database import row, rows
from archiver.errors import InputError
from archiver.production.bates import Range
from archiver.register.office import audit
from archiver.requests.book import Request
from archiver.requests.intake import note

LINK, DRIVE, PAPER, INSPECTION, EMAIL = "link", "drive", "paper", "inspection", "email"
CHANNELS = (LINK, DRIVE, PAPER, INSPECTION, EMAIL)
STAGED, RELEASED, SUPERSEDED, WITHDRAWN = "staged", "released", "superseded", "withdrawn"
ENDS = (SUPERSEDED, WITHDRAWN)


@dataclass(frozen=True, slots=True)
class ReleasedVolume:
    """A volume as it was when it was staged."""

    production_id: int
    volume: int
    pages: str
    manifest_sha256: str
    zip_sha256: str
    zip_bytes: int
    proof_sha256: str | None

    @property
    def name(self) -> str:
        """Its name on disk."""
        return f"VOL{self.volume:03d}"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a release. `at` is when it was written down, `happened_at` when it happened;
    `by_volume` is the volume that supersedes it."""

    at: str
    actor: str
    step: str
    happened_at: str
    reason: str
    by_volume: int | None


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A link that was made for a release; its token is known to nobody here."""

    id: int
    release_id: int
    public_id: str
    kind: str
    made_at: str
    actor: str
    expires_at: str
    most: int
    passphrase: bool
    ended_at: str | None
    ended_why: str | None

    def is_open(self, now: str) -> bool:
        """Whether it works at a time."""
        return self.ended_at is None and parse(now) < parse(self.expires_at)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy on a drive, compared with what was released after it was written."""

    at: str
    actor: str
    place: str
    form: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A release with everything that was done about it, oldest first."""

    id: int
    request: str
    recipient: str
    channel: str
    made_at: str
    actor: str
    note: str
    volumes: tuple[ReleasedVolume, ...]
    steps: tuple[Step, ...]
    links: tuple[LinkRecord, ...]
    copies: tuple[Copy, ...]

    @property
    def state(self) -> str:
        """Staged, released, superseded or withdrawn."""
        return self.steps[-1].step

    @property
    def released_at(self) -> str | None:
        """When it went out, or None."""
        found = (each.happened_at for each in self.steps if each.step == RELEASED)
        return next(found, None)

    @property
    def names(self) -> str:
        """Its volumes: ``VOL001, VOL002``."""
        return ", ".join(each.name for each in self.volumes)


def releases_of(conn: sqlite3.Connection, number: str) -> list[ReleaseRecord]:
    """Every release of a request, oldest first."""
    found = rows(conn, "SELECT * FROM releases WHERE request = ? ORDER BY id", number)
    return [_record(conn, each) for each in found]


def all_releases(conn: sqlite3.Connection) -> list[ReleaseRecord]:
    """Every release of the city, oldest first."""
    return [_record(conn, each) for each in rows(conn, "SELECT * FROM releases ORDER BY id")]


def get_release(conn: sqlite3.Connection, number: int) -> ReleaseRecord:
    """The release of that number. Raises InputError where there is none."""
    found = row(conn, "SELECT * FROM releases WHERE id = ?", number)
    if found is None:
        raise InputError(f"no release {number}: see `archiver release list`")
    return _record(conn, found)


def add_step(
    conn: sqlite3.Connection,
    release_id: int,
    request: Request,
    step: str,
    *,
    actor: str,
    happened_at: str,
    reason: str = "",
    by_production: int | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    """Write a step down, in the caller's transaction, with its line in the request's history and
    its row in the audit."""
    conn.execute(
        "INSERT INTO main.release_steps (release_id, at, actor, step, happened_at, reason, "
        "by_production) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (release_id, now_text(), actor, step, happened_at, reason, by_production),
    )
    told: dict[str, object] = {"release": release_id, **(detail or {})}
    if reason:
        told["reason"] = reason
    note(conn, request, actor=actor, kind=f"release {step}", detail=told)
    audit(conn, actor=actor, action=f"release {step}", subject=f"release {release_id}", detail=told)


def add_copy(
    conn: sqlite3.Connection, release: ReleaseRecord, copy: Copy, manifests: Sequence[str]
) -> None:
    """Write a verified copy down, in the caller's transaction."""
    conn.execute(
        "INSERT INTO main.release_copies (release_id, at, actor, place, form, files, bytes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (release.id, copy.at, copy.actor, copy.place, copy.form, copy.files, copy.bytes),
    )
    audit(
        conn,
        actor=copy.actor,
        action="release copied to a drive",
        subject=f"request {release.request}",
        detail={"release": release.id, "place": copy.place, "manifests": list(manifests)},
    )


def _record(conn: sqlite3.Connection, found: sqlite3.Row) -> ReleaseRecord:
    number = found["id"]
    volumes = rows(
        conn,
        """
        SELECT held.production_id, made.volume, made.bates_prefix, made.first_page, made.last_page,
            held.manifest_sha256, held.zip_sha256, held.zip_bytes, held.proof_sha256
        FROM release_volumes AS held JOIN productions AS made ON made.id = held.production_id
        WHERE held.release_id = ? ORDER BY made.volume
        """,
        number,
    )
    steps = rows(
        conn,
        """
        SELECT step.at, step.actor, step.step, happened_at, reason, made.volume AS by_volume
        FROM release_steps AS step LEFT JOIN productions AS made ON made.id = by_production
        WHERE release_id = ? ORDER BY step.id
        """,
        number,
    )
    copies = rows(
        conn,
        "SELECT at, actor, place, form, files, bytes FROM release_copies "
        "WHERE release_id = ? ORDER BY id",
        number,
    )
    return ReleaseRecord(
        *(number, found["request"], found["recipient"], found["channel"], found["made_at"]),
        *(found["actor"], found["note"]),
        tuple(_volume(each) for each in volumes),
        tuple(Step(*each) for each in steps),
        links_of(conn, number),
        tuple(Copy(*each) for each in copies),
    )


def _volume(found: sqlite3.Row) -> ReleasedVolume:
    pages = Range(found["bates_prefix"], found["first_page"], found["last_page"])
    return ReleasedVolume(
        *(found["production_id"], found["volume"], str(pages), found["manifest_sha256"]),
        *(found["zip_sha256"], found["zip_bytes"], found["proof_sha256"]),
    )


def links_of(conn: sqlite3.Connection, release_id: int | None = None) -> tuple[LinkRecord, ...]:
    """The links of a release, or all of the city's, oldest first."""
    found = rows(
        conn,
        """
        SELECT link.*, ended.at AS ended_at, ended.why AS ended_why FROM delivery_links AS link
        LEFT JOIN delivery_link_ends AS ended ON ended.link_id = link.id
        WHERE ?1 IS NULL OR link.release_id = ?1 ORDER BY link.id
        """,
        release_id,
    )
    return tuple(
        LinkRecord(
            *(each["id"], each["release_id"], each["public_id"], each["kind"], each["made_at"]),
            *(each["actor"], each["expires_at"], each["most"], bool(each["passphrase"])),
            *(each["ended_at"], each["ended_why"]),
        )
        for each in found
    )
