"""Links: a release's files put where the delivery process finds them, and taken away again.

A link's folder is moved into place within the transaction that writes the link down, and its token
is told after both: a kill in between leaves a folder nobody has the token of, which `settling`
clears away. A link is ended by one rename within the transaction that writes that down, so that
none is told as ended while it works.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.clock import parse
from archiver.config import Home, Settings
from archiver.database import write_transaction
from archiver.errors import InputError, StorageError
from archiver.production.delivery import fetches
from archiver.production.delivery.links import (
    DOWNLOAD,
    FILE_NAME,
    STATION,
    WITHDRAWN,
    Link,
    Offered,
    end_link,
    hash_of,
    new_public_id,
    new_ticket_key,
    new_token,
    passphrase_hash,
    write_link,
)
from archiver.production.ledger import Production
from archiver.production.manifest import sha256
from archiver.production.releasing.book import (
    INSPECTION,
    LINK,
    LinkRecord,
    ReleasedVolume,
    ReleaseRecord,
    get_release,
    links_of,
)
from archiver.production.releasing.checks import proof_of, zip_of
from archiver.production.releasing.handing_over import mark_released, require_open, volumes_of
from archiver.production.zipping import sync_folder
from archiver.register.office import audit

FOLDER = "delivery"
MAKING = ".making-"
_MOST_DAYS, _MOST_DOWNLOADS = 400, 1000
_SHORTEST_PASSPHRASE = 8


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made. `address` holds the token: it is shown once and kept nowhere."""

    link: LinkRecord
    address: str


@dataclass(frozen=True, slots=True)
class _File:
    source: Path
    offered: Offered


def delivery_folder(home: Home, settings: Settings) -> Path:
    """Where links lie: the folder the settings name, or one in the home."""
    named = settings.delivery.folder
    return Path(named) if named else home.path / FOLDER


@dataclass(frozen=True, slots=True)
class Terms:
    """How a link is to be: how many days, how many downloads of each file (0: any number), and the
    passphrase it asks for besides, if any."""

    days: int
    downloads: int
    passphrase: str


def terms_of(
    settings: Settings,
    channel: str,
    *,
    days: int | None = None,
    downloads: int | None = None,
    passphrase: str = "",
) -> Terms:
    """The terms of a link, the city's usual ones where nothing is said. Raises InputError where
    they cannot be used."""
    station = channel == INSPECTION
    usual = settings.delivery.station_days if station else settings.delivery.days
    lasts = usual if days is None else days
    most = 0 if station else settings.delivery.downloads if downloads is None else downloads
    if not 1 <= lasts <= _MOST_DAYS:
        raise InputError(f"a link lasts 1 to {_MOST_DAYS} days")
    if not 0 <= most <= _MOST_DOWNLOADS:
        raise InputError(f"a link allows 1 to {_MOST_DOWNLOADS} downloads; 0: any number")
    if station and passphrase:
        raise InputError("a link at the counter station takes no passphrase")
    if passphrase and len(" ".join(passphrase.split())) < _SHORTEST_PASSPHRASE:
        raise InputError(f"the passphrase is too short: give {_SHORTEST_PASSPHRASE} characters")
    return Terms(lasts, most, passphrase)


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
    files = _files(release, made, station=station)
    token, name = new_token(), new_public_id()
    expires = clock.now() + dt.timedelta(days=wanted.days)
    link = Link(
        public_id=name,
        kind=STATION if station else DOWNLOAD,
        agency=settings.agency,
        title=f"Records for request {release.request}",
        about=_about(release, made, settings),
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
        _fill(root, making, link, files)
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


def _files(release: ReleaseRecord, made: list[Production], *, station: bool) -> list[_File]:
    """What a link offers: of each volume the packet to look at, or the zip and the proof."""
    found = []
    for held, volume in zip(release.volumes, made, strict=True):
        name = f"{release.request}-{held.name}"
        if station:
            packet = volume.folder / "packet.pdf"
            found.append(_file(packet, f"{name}-packet.pdf", f"The packet, {held.pages}", True))
            continue
        found.append(_File(zip_of(volume), _zip(held, f"{name}.zip")))
        if proof_of(volume).exists():
            about = "The proof that the records are those that were sealed"
            found.append(_file(proof_of(volume), f"{name}.proof.json", about, False))
    if any(not FILE_NAME.fullmatch(each.offered.name) for each in found):
        raise InputError(f"request {release.request}: its number cannot stand in a file’s name")
    return found


def _zip(held: ReleasedVolume, name: str) -> Offered:
    about = f"Volume {held.volume}: packet, data and media, {held.pages}"
    return Offered(name, about, held.zip_bytes, held.zip_sha256)


def _file(path: Path, name: str, about: str, inline: bool) -> _File:
    try:
        return _File(path, Offered(name, about, path.stat().st_size, sha256(path), inline))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from None


def _about(release: ReleaseRecord, made: list[Production], settings: Settings) -> str:
    pages, records = sum(each.pages for each in made), sum(each.released for each in made)
    volumes = "Volume " if len(made) == 1 else "Volumes "
    numbers = ", ".join(str(each.volume) for each in made)
    day = clock.shown_day(clock.local_day(clock.now_text(), settings.time_zone), weekday=False)
    return (
        f"{volumes}{numbers}: {pages:,} {'page' if pages == 1 else 'pages'}, {records:,} "
        f"{'record' if records == 1 else 'records'}. Released on {day}."
    )


def _fill(root: Path, making: Path, link: Link, files: list[_File]) -> None:
    root.mkdir(mode=0o750, exist_ok=True)
    making.mkdir()
    shared = root.stat().st_gid
    # what is put into it belongs to the group of the process that serves it
    making.chmod(0o2770 if shared != os.getegid() else 0o700)
    for each in files:
        _place(each, making / each.offered.name, shared)
    log = making / fetches.NAME
    log.touch()
    log.chmod(0o660)
    write_link(making, link)
    sync_folder(making)


def _place(file: _File, target: Path, group: int) -> None:
    """A file of the release under its name: the same file where it lies on the same disk and is of
    the same group, otherwise a copy, compared with its hash."""
    if file.source.stat().st_gid == group:
        with suppress(OSError):
            os.link(file.source, target)
            return
    shutil.copyfile(file.source, target)
    with target.open("rb") as written:
        os.fsync(written.fileno())
    if sha256(target) != file.offered.sha256:
        raise OSError(5, "a copy is not what was copied")


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
