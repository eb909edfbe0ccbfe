"""What a link offers and on which terms, and the folder it is put into."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.archive.files import sync_folder
from archiver.config import Home, Settings
from archiver.errors import InputError, StorageError
from archiver.production.delivery import fetches
from archiver.production.delivery.links import FILE_NAME, Link, Offered, write_link
from archiver.production.ledger import Production
from archiver.production.manifest import sha256
from archiver.production.releasing.book import INSPECTION, ReleasedVolume, ReleaseRecord
from archiver.production.releasing.checks import proof_of, zip_of

FOLDER = "delivery"
_MOST_DAYS, _MOST_DOWNLOADS = 400, 1000
_SHORTEST_PASSPHRASE = 8


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


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """Where a file lies, and how a link offers it."""

    source: Path
    offered: Offered


def delivery_folder(home: Home, settings: Settings) -> Path:
    """Where links lie: the folder the settings name, or one in the home."""
    named = settings.delivery.folder
    return Path(named) if named else home.path / FOLDER


def files_of(release: ReleaseRecord, made: list[Production], *, station: bool) -> list[OfferedFile]:
    """What a link offers: of each volume the packet to look at, or the zip and the proof."""
    found = []
    for held, volume in zip(release.volumes, made, strict=True):
        name = f"{release.request}-{held.name}"
        if station:
            packet = volume.folder / "packet.pdf"
            found.append(_file(packet, f"{name}-packet.pdf", f"The packet, {held.pages}", True))
            continue
        found.append(OfferedFile(zip_of(volume), _zip(held, f"{name}.zip")))
        if proof_of(volume).exists():
            about = "The proof that the records are those that were sealed"
            found.append(_file(proof_of(volume), f"{name}.proof.json", about, False))
    if any(not FILE_NAME.fullmatch(each.offered.name) for each in found):
        raise InputError(f"request {release.request}: its number cannot stand in a file’s name")
    return found


def _zip(held: ReleasedVolume, name: str) -> Offered:
    about = f"Volume {held.volume}: packet, data and media, {held.pages}"
    return Offered(name, about, held.zip_bytes, held.zip_sha256)


def _file(path: Path, name: str, about: str, inline: bool) -> OfferedFile:
    try:
        return OfferedFile(path, Offered(name, about, path.stat().st_size, sha256(path), inline))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from None


def about(made: list[Production], settings: Settings) -> str:
    """What a link's page says of its volumes."""
    pages, records = sum(each.pages for each in made), sum(each.released for each in made)
    volumes = "Volume " if len(made) == 1 else "Volumes "
    numbers = ", ".join(str(each.volume) for each in made)
    day = clock.shown_day(clock.local_day(clock.now_text(), settings.time_zone), weekday=False)
    return (
        f"{volumes}{numbers}: {pages:,} {'page' if pages == 1 else 'pages'}, {records:,} "
        f"{'record' if records == 1 else 'records'}. Released on {day}."
    )


def fill(root: Path, making: Path, link: Link, files: list[OfferedFile]) -> None:
    """Make the folder of a link, not in its place yet. Raises OSError where there is no room."""
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


def _place(file: OfferedFile, target: Path, group: int) -> None:
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
