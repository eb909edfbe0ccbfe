"""Links: a release's files put where the delivery process finds them, and taken away again.

A link's folder is moved into place within the transaction that writes the link down, and its token
is told after both: a kill in between leaves a folder nobody has the token of, which `settling`
clears away. A link is ended by one rename within the transaction that writes that down, so that
none is told as ended while it works.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.archive.files import sync_folder
from archiver.clock import parse
from archiver.config import Home, Settings
from archiver.database import write_transaction
from archiver.errors import InputError, StorageError
from archiver.production.delivery.links import (
    DOWNLOAD,
    STATION,
    WITHDRAWN,
    Link,
    end_link,
    hash_of,
    new_public_id,
    new_ticket_key,
    new_token,
    passphrase_hash,
)
from archiver.production.ledger import Production
from archiver.production.releasing.book import (
    INSPECTION,
    LINK,
    LinkRecord,
    ReleaseRecord,
    get_release,
    links_of,
)
from archiver.production.releasing.handing_over import mark_released, require_open, volumes_of
from archiver.production.releasing.offering import (
    Terms,
    about,
    delivery_folder,
    files_of,
    fill,
    terms_of,
)
from archiver.register.office import audit

MAKING = ".making-"


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made. `address` holds the token: it is shown once and kept nowhere."""

    link: LinkRecord
    address: str


def make_link(
    home: Home,
    office: sqlite3.Connection,
    release: ReleaseRecord,
    *,
    actor: str,
    terms: Terms | None = None,
) -> NewLink:
    """Make a link for a release: to download what is in it, or at the counter station to look at.

    It goes out by that. Raises InputError where the channel knows no links, RuleError where the
    release has ended or must not go out any more, StorageError where the files cannot be put in
    place (the release stays staged).
    """
    if release.channel not in (LINK, INSPECTION):
        raise InputError(f"release {release.id} goes by {release.channel}, which knows no link")
    require_open(release)
    settings = home.settings()
    station = release.channel == INSPECTION
    wanted = terms or terms_of(settings, release.channel)
    made = volumes_of(home, office, release)
    files = files_of(release, made, station=station)
    token, name = new_token(), new_public_id()
    expires = clock.now() + dt.timedelta(days=wanted.days)
    link = Link(
        public_id=name,
        kind=STATION if station else DOWNLOAD,
        agency=settings.agency,
        title=f"Records for request {release.request}",
        about=about(made, settings),
        made_at=int(clock.now().timestamp()),
        expires_at=int(expires.timestamp()),
        expires_shown=clock.shown(clock.to_text(expires), settings.time_zone),
        token_sha256=hash_of(token),
        ticket_key=new_ticket_key(),
        passphrase=passphrase_hash(wanted.passphrase) if wanted.passphrase else "",
        most=wanted.downloads,
        files=tuple(each.offered for each in files),
    )
    root = delivery_folder(home, settings)
    making = root / f"{MAKING}{name}"
    try:
        fill(root, making, link, files)
        with write_transaction(office):
            _enter(home, office, release, made, link, actor=actor, expires=expires)
            making.rename(root / name)
            sync_folder(root)
    except BaseException as error:
        for left in (making, root / name):
            shutil.rmtree(left, ignore_errors=True)
        if isinstance(error, OSError):
            raise StorageError(
                f"the files cannot be put into {root} ({error.strerror}): free some space, then "
                f"run `archiver release link {release.id}`"
            ) from error
        raise
    record = get_release(office, release.id).links[-1]
    return NewLink(record, f"{_base(settings)}/d/{name}/{token}")


def end_links(
    home: Home,
    office: sqlite3.Connection,
    links: tuple[LinkRecord, ...],
    *,
    actor: str,
    why: str,
) -> int:
    """End links at once, downloads that run included, in the caller's transaction; gives how many
    were open. Raises StorageError where a folder cannot be written: then nothing has ended."""
    root = delivery_folder(home, home.settings())
    ended = 0
    for link in links:
        if link.ended_at is not None:
            continue
        try:
            end_link(root / link.public_id, WITHDRAWN)
        except OSError as error:
            raise StorageError(
                f"the link cannot be ended ({error.strerror}): stop `archiver deliver serve`, give "
                f"the right to write in {root}, then try again"
            ) from error
        write_end(office, link, actor=actor, why=why)
        ended += 1
    return ended


def close_link(
    home: Home, office: sqlite3.Connection, link_id: int, *, actor: str, why: str
) -> LinkRecord:
    """End one link without withdrawing its release. Raises InputError where there is none, or no
    reason."""
    link = _find(office, link_id)
    reason = " ".join(why.split())
    if not reason:
        raise InputError("say why the link is ended")
    if link.ended_at is not None:
        raise InputError(f"link {link_id} has ended already")
    with write_transaction(office):
        end_links(home, office, (link,), actor=actor, why=reason)
    return _find(office, link_id)


def write_end(office: sqlite3.Connection, link: LinkRecord, *, actor: str, why: str) -> None:
    """Write down that a link ended, in the caller's transaction."""
    office.execute(
        "INSERT INTO main.delivery_link_ends (link_id, at, actor, why) VALUES (?, ?, ?, ?)",
        (link.id, clock.now_text(), actor, why),
    )
    audit(
        office,
        actor=actor,
        action="delivery link ended",
        subject=f"release {link.release_id}",
        detail={"link": link.public_id, "why": why},
    )


def _find(office: sqlite3.Connection, link_id: int) -> LinkRecord:
    for link in links_of(office):
        if link.id == link_id:
            return link
    raise InputError(f"no link {link_id}: see `archiver release list`")


def _enter(
    home: Home,
    office: sqlite3.Connection,
    release: ReleaseRecord,
    made: list[Production],
    link: Link,
    *,
    actor: str,
    expires: dt.datetime,
) -> None:
    now = clock.now_text()
    mark_released(home, office, release, made, actor=actor, at=now)
    office.execute(
        "INSERT INTO main.delivery_links (release_id, public_id, kind, made_at, actor, "
        "expires_at, most, passphrase) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(release.id, link.public_id, link.kind, now, actor, clock.to_text(expires)),
            *(link.most, bool(link.passphrase)),
        ),
    )
    audit(
        office,
        actor=actor,
        action="delivery link made",
        subject=f"release {release.id}",
        detail={
            "link": link.public_id,
            "kind": link.kind,
            "expires": clock.to_text(expires),
            "downloads": link.most,
            "files": {each.name: each.sha256 for each in link.files},
        },
    )


def _base(settings: Settings) -> str:
    return (settings.delivery.address or "http://127.0.0.1:8002").rstrip("/")


def expired(link: LinkRecord, now: str) -> bool:
    """Whether a link's day has passed without anybody ending it."""
    return link.ended_at is None and parse(now) >= parse(link.expires_at)
