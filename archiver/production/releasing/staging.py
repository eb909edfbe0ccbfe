"""Staging a release: its volumes are checked, packed and written down; nothing has gone out yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archiver import clock
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import InputError, RuleError, StorageError
from archiver.production.ledger import Production
from archiver.production.manifest import sha256
from archiver.production.releasing.book import (
    CHANNELS,
    STAGED,
    ReleaseRecord,
    add_step,
    get_release,
    releases_of,
)
from archiver.production.releasing.checks import proof_of, refuse_unfit, zip_of
from archiver.production.releasing.going_out import volumes_named
from archiver.production.releasing.handing_over import moment_in
from archiver.production.zipping import write_zip
from archiver.requests.book import Request, get_request

NOBODY_NAMED = "the requester, who gave no name"
_LONGEST = 300


def stage(
    home: Home,
    office: sqlite3.Connection,
    number: str,
    volumes: Sequence[int] = (),
    *,
    actor: str,
    channel: str,
    recipient: str = "",
    note: str = "",
    at: str = "",
    seen: int | None = None,
) -> ReleaseRecord:
    """Write down that volumes of a request are to go out (none named: all that never did).

    Without a recipient it is the requester, as the request names them. `at` is when it was handed
    over where it was already, `seen` the id of the last release the person saw (0: none). Raises
    RuleError with the list where a volume must not go out or somebody else made a release since;
    InputError where there is no such request, volume or channel, or the time cannot be;
    StorageError where the zip cannot be written.
    """
    request = get_request(office, number)
    if channel not in CHANNELS:
        raise InputError(f"a release goes by {', '.join(CHANNELS)}: choose one")
    made = volumes_named(office, home, request.number, volumes)
    moment_in(at, made)
    settings = home.settings()
    refuse_unfit(office, settings, made, files=True)
    packed = [_packed(each) for each in made]
    with write_transaction(office):
        refuse_unfit(office, settings, made, files=False)
        newest = releases_of(office, request.number)
        if seen is not None and seen != (newest[-1].id if newest else 0):
            raise RuleError("somebody made a release since this page was opened: look at it first")
        cursor = office.execute(
            "INSERT INTO main.releases (request, recipient, channel, made_at, actor, note) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(request.number, recipient_of(request, recipient), channel),
                *(clock.now_text(), actor, _line(note)),
            ),
        )
        release_id = int(cursor.lastrowid or 0)
        office.executemany(
            "INSERT INTO main.release_volumes (release_id, production_id, manifest_sha256, "
            "zip_sha256, zip_bytes, proof_sha256) VALUES (?, ?, ?, ?, ?, ?)",
            ((release_id, *each) for each in packed),
        )
        add_step(
            office,
            release_id,
            request,
            STAGED,
            actor=actor,
            happened_at=clock.now_text(),
            detail={
                "volumes": [each.folder.name for each in made],
                "channel": channel,
                "manifests": [each.manifest_sha256 for each in made],
                "zips": [digest for _, _, digest, _, _ in packed],
            },
        )
    return get_release(office, release_id)


def recipient_of(request: Request, given: str = "") -> str:
    """To whom a release goes: as typed, or the requester as the request names them. A request needs
    no name (Gov. Code § 7921.300)."""
    return _line(given) or _line(request.requester or request.contact or "") or NOBODY_NAMED


def _packed(made: Production) -> tuple[int, str, str, int, str | None]:
    """What is kept of a volume; its zip is made where there is none."""
    path, proof = zip_of(made), proof_of(made)
    try:
        digest = sha256(path) if path.exists() else write_zip(made.folder, path)
        proved = sha256(proof) if proof.exists() else None
        return made.id, made.manifest_sha256, digest, path.stat().st_size, proved
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from None


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
