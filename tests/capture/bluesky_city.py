"""A city on a real Bluesky server, and its archive: what the walk tests stand on."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import zstandard

from archiver.archive.store import Archive
from archiver.capture.limits import NIGHTLY, Limits
from archiver.capture.walks import CaptureReport, capture_account
from archiver.config import Home
from archiver.items import Kind
from archiver.platforms.bluesky import BlueskySource
from archiver.register.accounts import Account
from tests.servers.bluesky_network import Network, Person

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def registered(handle: str, service: str, number: int = 1) -> Account:
    """An account as the register would hold it."""
    return Account(
        id=number,
        platform="bluesky",
        handle=handle,
        native_id=None,
        display_name="City of Alder Glen",
        department="Communications",
        division="",
        account_class="official",
        url=None,
        service=service,
        credential="env:ALDER_GLEN_BLUESKY",
        status="active",
        opened_on=None,
        closed_on=None,
        close_reason=None,
        waiver_reason=None,
        approval=None,
    )


@dataclass(slots=True)
class City:
    """The account, its owner, its home, and how to capture it."""

    network: Network
    person: Person
    home: Home
    password: str
    limits: Limits = NIGHTLY
    slept: list[float] = field(default_factory=list)
    number: int = 1

    def account(self) -> Account:
        """The account as the register would hold it."""
        return registered(self.person.handle, self.network.pds, self.number)

    def source(self, **more: Any) -> BlueskySource:
        """A source as `open_bluesky` makes it, with pages small enough to need several."""
        options: dict[str, Any] = {"page_size": 3, "attempts": 1, **more}
        return BlueskySource(self.network.pds, self.person.handle, lambda: self.password, **options)

    def capture(self, source: Any = None, **more: Any) -> CaptureReport:
        """One night."""
        if self.network.appview:
            self.network.settle()
        own = source is None
        source = source or self.source()
        try:
            with Archive.open(self.home, write=True) as archive:
                return capture_account(
                    archive,
                    self.account(),
                    source,
                    sleep=self.slept.append,
                    **{"limits": self.limits, **more},
                )
        finally:
            if own:
                source.close()

    def capture_as(self, account_class: str) -> CaptureReport:
        """One night of an account registered as something else."""
        with Archive.open(self.home, write=True) as archive:
            account = replace(self.account(), account_class=account_class)
            return capture_account(archive, account, self.source())

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of archive.db."""
        with Archive.open(self.home) as archive:
            return [dict(row) for row in archive.public.execute(sql, values)]

    def people(self, relation: str) -> list[dict[str, Any]]:
        """The interval rows of a list."""
        with Archive.open(self.home) as archive:
            found = archive.private.execute(
                "SELECT * FROM subscribers WHERE relation = ? ORDER BY id", (relation,)
            )
            return [dict(row) for row in found]

    def record(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """The record of something that was posted."""
        (found,) = self.rows("SELECT * FROM records WHERE native_id = ?", made["uri"])
        return found

    def texts(self, made: Mapping[str, Any]) -> list[str]:
        """The texts of a record's versions, oldest first."""
        found = self.rows(
            """
            SELECT v.text FROM versions v JOIN records r ON r.id = v.record_id
            WHERE r.native_id = ? ORDER BY v.n
            """,
            made["uri"],
        )
        return [row["text"] for row in found]

    def events(self, made: Mapping[str, Any]) -> list[str]:
        """What happened to a record, in order."""
        found = self.rows(
            """
            SELECT e.what FROM events e JOIN records r ON r.id = e.record_id
            WHERE r.native_id = ? ORDER BY e.id
            """,
            made["uri"],
        )
        return [row["what"] for row in found]

    def native_ids(self, kind: Kind, form: str | None = None) -> set[str]:
        """The native ids of the records of a kind."""
        found = self.rows("SELECT native_id, form FROM records WHERE kind = ?", kind.value)
        return {row["native_id"] for row in found if form in (None, row["form"])}


def states(report: CaptureReport) -> dict[str, str]:
    """What was covered, how far."""
    return {one.what.value: one.state for one in report.coverage}


def contents(home: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file of a home, also unpacked where it is (or holds) something packed."""
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield path, data
        if path.suffix == ".gz":
            yield path, gzip.decompress(data)
        if path.suffix in {".db", ".db-wal"}:
            yield path, b"".join(_frames(data))


def _frames(data: bytes) -> Iterator[bytes]:
    """Whatever unpacks as zstd inside a file, without a dictionary."""
    at = data.find(ZSTD_MAGIC)
    while at >= 0:
        with contextlib.suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor().decompressobj().decompress(data[at:])
        at = data.find(ZSTD_MAGIC, at + 1)
