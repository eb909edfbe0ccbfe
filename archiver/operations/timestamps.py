"""Dating the seals at night, so that the archive is anchored outside.

An authority that fails is told of and asked again another night; it never stops one.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from archiver.archive.seals import stamp_seal
from archiver.archive.stamping import ask, authority, certificates_of
from archiver.archive.store import Archive
from archiver.archive.timestamps import unstamped
from archiver.config import Home, Settings
from archiver.errors import ArchiverError

PER_NIGHT = 20


@dataclass(frozen=True, slots=True)
class Stamping:
    """What a night's asking brought: how many seals were stamped, and what went wrong, or None."""

    stamped: int
    problem: str | None


def stamp_seals(archive: Archive, settings: Settings, *, limit: int = PER_NIGHT) -> Stamping:
    """Have the seals that wait for a time stamp dated, the newest first; the first failure ends it.

    Without an authority in the settings nothing is asked. It raises nothing: what went wrong is in
    the report.
    """
    if settings.seals.timestamp_authority is None:
        return Stamping(0, None)
    done = 0
    try:
        address = authority(settings)
        certificates = certificates_of(settings, archive.home.path)
        for seal in unstamped(archive, limit):
            token = ask(address, seal.digest(), certificates)
            stamp_seal(archive, seal.n, token)
            done += 1
    except ArchiverError as error:
        return Stamping(done, str(error))
    except Exception as error:
        # whatever an authority sends, the night goes on
        return Stamping(done, f"the time stamps: unexpected {type(error).__name__}")
    return Stamping(done, None)


def certificates_at(home: Home) -> list[x509.Certificate]:
    """The certificates of a home's settings, or none. Raises HomeError as `certificates_of`."""
    return certificates_of(home.settings(), home.path)
