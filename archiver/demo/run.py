"""The whole demonstration: a city set up, its downloads imported, three nights, a packet.

Each step is written down as it is done, so that a run that was stopped goes on where it was, and a
second run only adds a night.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import msgspec

from archiver import clock
from archiver.archive.store import Archive
from archiver.capture.imports import import_download
from archiver.config import Home, Settings
from archiver.decoding import decoder
from archiver.demo import city, disposal, paperwork, policies
from archiver.demo.accounts import BLUESKY_ACCOUNTS, X_ACCOUNTS, DemoAccount, demo_accounts
from archiver.demo.bluesky_fake import running_fake
from archiver.demo.bluesky_world import World
from archiver.demo.city import DEFAULT_RECORDS
from archiver.demo.elsewhere import ATTESTED, ELSEWHERE, ENTRIES
from archiver.demo.people import STAFF
from archiver.errors import HomeError, StorageError, UsageError
from archiver.items import Source
from archiver.platforms.bluesky import open_bluesky
from archiver.progress import Progress
from archiver.register.accounts import Account, add_account, find_account, list_accounts
from archiver.register.office import open_office
from archiver.retention.dispositions.batches import get_batch
from archiver.retention.dispositions.certificate import find_certificate
from archiver.staff.people import add_person, list_people, reset_password
from archiver.staff.schema import open_staff

Connectors = Mapping[str, Callable[[Account], Source]]

ACTOR = "demo"
FIRST_NIGHTS = 3
_FOLDER = "demo"
_DONE = "city.json"


class Nightly(Protocol):
    """The nightly run, as the command line gives it (it lies beside this room)."""

    def __call__(
        self, home: Home, *, connectors: Connectors, progress: Progress | None
    ) -> object: ...


class Dispose(Protocol):
    """Executing a batch of disposition, as the command line gives it."""

    def __call__(
        self, home: Home, number: str, *, actor: str, progress: Progress | None
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Steps:
    """What lies beside this room and is given to it: setting up a home, the nightly run, and
    executing a batch."""

    create_home: Callable[[Path, Settings], Home]
    nightly: Nightly
    dispose: Dispose


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demonstration made. `nights` are the reports of the nightly runs of this time;
    `certificate` is of the batch that went, None where nothing was old enough; `password` is the
    clerk's, new with each run and kept nowhere."""

    home: Home
    first_time: bool
    night: int
    nights: tuple[object, ...]
    request: str
    packet: Path
    certificate: Path | None
    login: str
    password: str


class _Done(msgspec.Struct):
    """How far the demonstration has come."""

    seed: int
    records: int
    built_at: str
    port: int
    imported: list[str] = []
    elsewhere: list[str] = []
    nights: int = 0
    request: str | None = None
    packet: str | None = None
    batch: str | None = None
    disposed: bool = False


def run_demo(
    path: Path,
    *,
    steps: Steps,
    records: int = DEFAULT_RECORDS,
    seed: int = 0,
    progress: Progress | None = None,
) -> DemoReport:
    """Build the demonstration city at `path`, or let another night pass in it.

    `records` and `seed` count only the first time. Raises UsageError where the folder holds
    something else, and what the rooms below raise: HomeError, StorageError, BusyError.
    """
    home = Home(path.expanduser().resolve())
    folder = home.path / _FOLDER
    first_time = not (folder / _DONE).exists()
    done = _begin(home, folder, seed, records) if first_time else _load(folder)
    if not home.settings_file.exists():
        home = steps.create_home(home.path, city.settings())
    builder = _Builder(home, folder, done, steps, progress)
    with _day(_moment(done, days_before=3)):
        builder.staff_and_accounts()
        builder.downloads()
        builder.elsewhere()
    nights = builder.nights()
    packet = builder.packet()
    certificate = builder.disposition()
    password = _new_password(home)
    return DemoReport(
        home=home,
        first_time=first_time,
        night=done.nights,
        nights=tuple(nights),
        request=done.request or "",
        packet=packet,
        certificate=certificate,
        login=paperwork.CLERK,
        password=password,
    )


@contextmanager
def city_feed(home: Home) -> Iterator[Connectors]:
    """The make-believe platform of a demonstration home, running while the block runs.

    For whoever captures from the home by hand or serves its desk: gives the connectors that reach
    it, and sets the credentials the register points at.
    """
    path = home.path / _FOLDER / "bluesky.json"
    world = World.load(path)
    with _feed(world) as connectors:
        world.save(path)
        yield connectors


class _Builder:
    """The steps, each skipped where it has been done."""

    def __init__(
        self, home: Home, folder: Path, done: _Done, steps: Steps, progress: Progress | None
    ) -> None:
        self.home = home
        self.folder = folder
        self.done = done
        self.steps = steps
        self.progress = progress

    def staff_and_accounts(self) -> None:
        """Register the accounts, sign up the staff, let the attorney attest."""
        with closing(open_office(self.home)) as office:
            known = {(account.platform, account.handle) for account in list_accounts(office)}
            missing = [a for a in demo_accounts() if (a.platform, a.handle) not in known]
            for account in missing:
                _register(office, account, self.done.port)
            if missing:
                paperwork.attest_everything(office, self.home)
            zone = self.home.settings().time_zone
            policies.lay_down(office, self.home, clock.local_day(clock.now_text(), zone))
        with closing(open_staff(self.home)) as staff:
            logins = {person.login for person in list_people(staff)}
            for person in STAFF:
                if person.login not in logins:
                    add_person(
                        staff,
                        actor=ACTOR,
                        login=person.login,
                        name=person.name,
                        title=person.title,
                        roles=person.roles,
                        password=secrets.token_urlsafe(18),
                    )

    def downloads(self) -> None:
        """Write the X downloads once, and import each."""
        if len(self.done.imported) > len(X_ACCOUNTS):
            return
        written = city.write_downloads(
            self.folder / "downloads",
            records=self.done.records,
            seed=self.done.seed,
            now=clock.now(),
            progress=self.progress,
        )
        with (
            closing(open_office(self.home)) as office,
            Archive.open(self.home, write=True) as archive,
        ):
            for download in written:
                if download.path.name in self.done.imported:
                    continue
                account = find_account(office, f"x:{download.account.handle}")
                import_download(archive, account, download.path, progress=self.progress)
                self.done.imported.append(download.path.name)
                self._save()

    def elsewhere(self) -> None:
        """Register the accounts on other platforms, write a download of each once, import it."""
        for each in ELSEWHERE:
            account = each.account
            if each.name in self.done.elsewhere:
                continue
            folder = self.folder / "downloads" / each.name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            paths = each.write(folder, ENTRIES)
            with (
                closing(open_office(self.home)) as office,
                Archive.open(self.home, write=True) as archive,
            ):
                known = {(one.platform, one.handle) for one in list_accounts(office)}
                if (account.platform, account.handle) not in known:
                    _register(office, account, self.done.port)
                found = find_account(office, f"{account.platform}:{account.handle}")
                import_download(archive, found, paths, attested=ATTESTED, progress=self.progress)
            self.done.elsewhere.append(each.name)
            self._save()

    def nights(self) -> list[object]:
        """Three nights the first time, one more each later time."""
        path = self.folder / "bluesky.json"
        last = max(FIRST_NIGHTS, self.done.nights + 1)
        reports = []
        for night in range(self.done.nights + 1, last + 1):
            days_before = max(0, FIRST_NIGHTS - night)
            moment = _moment(self.done, days_before) if night <= FIRST_NIGHTS else clock.now()
            with _day(moment):
                world = self._world(path, moment)
                city.advance_night(world, night, now=moment)
                with _feed(world) as connectors:
                    world.save(path)
                    report = self.steps.nightly(
                        self.home, connectors=connectors, progress=self.progress
                    )
            reports.append(report)
            self.done.nights = night
            self._save()
        return reports

    def packet(self) -> Path:
        """Answer the sample request, once, and give the packet's address."""
        if self.done.packet is not None:
            return Path(self.done.packet)
        with closing(open_office(self.home)) as office:
            if self.done.request is None:
                with Archive.open(self.home, write=True) as archive:
                    self.done.request = paperwork.answer_request(
                        self.home, office, archive, self.home.settings(), clock.now()
                    )
                self._save()
        with closing(open_office(self.home)) as office, Archive.open(self.home) as archive:
            made = paperwork.make_packet(
                self.home, office, archive, self.done.request, self.progress
            )
        self.done.packet = str(made.folder / "packet.pdf")
        self._save()
        return Path(self.done.packet)

    def disposition(self) -> Path | None:
        """Hold what a claim is about, let one batch go, and leave another waiting, once; the
        certificate of the first."""
        settings = self.home.settings()
        with closing(open_office(self.home)) as office:
            accounts = list_accounts(office)
            if not self.done.disposed:
                with Archive.open(self.home, write=True) as archive:
                    disposal.hold_the_claim(office, archive, settings)
                    going = disposal.batch_that_goes(
                        office, archive, settings, accounts, self.done.batch
                    )
                    self.done.batch = going.number if going else None
                    self._save()
                if going is not None:
                    self.steps.dispose(
                        self.home, going.number, actor=disposal.MANAGER, progress=self.progress
                    )
                with Archive.open(self.home, whole=True) as archive:
                    disposal.batch_that_waits(office, archive, settings, accounts)
                self.done.disposed = True
                self._save()
            if self.done.batch is None:
                return None
            batch = get_batch(office, self.done.batch)
            return find_certificate(self.home, office, batch).pdf

    def _world(self, path: Path, moment: dt.datetime) -> World:
        if path.exists():
            return World.load(path)
        feed = city.plan(self.done.records).feed
        world = city.bluesky_state(self.done.seed, records=feed, now=moment)
        world.port = self.done.port
        return world

    def _save(self) -> None:
        _write(self.folder, self.done)


def _begin(home: Home, folder: Path, seed: int, records: int) -> _Done:
    """Start a city in an empty folder. Raises UsageError where it is not empty, StorageError where
    it cannot be written."""
    try:
        if home.path.is_dir() and any(home.path.iterdir()):
            raise UsageError(
                f"{home.path} holds something that is no demonstration: choose an empty --folder"
            )
        folder.mkdir(parents=True)
    except OSError as error:
        raise StorageError(f"cannot set up {home.path}: {error.strerror}") from None
    done = _Done(seed=seed, records=records, built_at=clock.now_text(), port=_free_port())
    _write(folder, done)
    return done


_read_done = decoder(_Done)


def _load(folder: Path) -> _Done:
    try:
        return _read_done((folder / _DONE).read_bytes())
    except (msgspec.DecodeError, OSError):
        raise HomeError(
            f"{folder / _DONE} cannot be read: delete the demonstration's folder and build it anew"
        ) from None


def _write(folder: Path, done: _Done) -> None:
    partial = folder / f"{_DONE}.partial"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(done), indent=2))
    partial.replace(folder / _DONE)


def _free_port() -> int:
    """A port nobody listens on at present, for the make-believe platform to keep."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _moment(done: _Done, days_before: int) -> dt.datetime:
    """A quarter past two in the morning of that many days before the city was built, or the time
    it was built for no days."""
    built = clock.parse(done.built_at)
    if days_before == 0:
        return built
    local = built.astimezone(clock.zone("America/Los_Angeles")) - dt.timedelta(days=days_before)
    return local.replace(hour=2, minute=17, second=0).astimezone(dt.UTC)


@contextmanager
def _day(moment: dt.datetime) -> Iterator[None]:
    """Let the rooms take that moment for now."""
    before = os.environ.get("ARCHIVER_NOW")
    os.environ["ARCHIVER_NOW"] = clock.to_text(moment)
    try:
        yield
    finally:
        if before is None:
            del os.environ["ARCHIVER_NOW"]
        else:
            os.environ["ARCHIVER_NOW"] = before


@contextmanager
def _feed(world: World) -> Iterator[Connectors]:
    """The make-believe platform, with the credentials the register points at set and unset."""
    passwords = {account.native_id: secrets.token_urlsafe(18) for account in BLUESKY_ACCOUNTS}
    names = {
        str(account.credential).removeprefix("env:"): passwords[account.native_id]
        for account in BLUESKY_ACCOUNTS
    }
    with running_fake(world, passwords) as url:
        os.environ.update(names)
        try:
            yield {"bluesky": lambda account: open_bluesky(replace(account, service=url))}
        finally:
            for name in names:
                os.environ.pop(name, None)


def _register(office: sqlite3.Connection, account: DemoAccount, port: int) -> None:
    service = f"http://127.0.0.1:{port}" if account.platform == "bluesky" else None
    add_account(
        office,
        actor=ACTOR,
        platform=account.platform,
        handle=account.handle,
        department=account.department,
        division=account.division,
        display_name=account.display_name,
        account_class=account.account_class,
        native_id=account.native_id or None,
        url=account.url,
        service=service,
        credential=account.credential,
        opened_on=account.opened_on,
        approval=account.approval,
    )


def _new_password(home: Home) -> str:
    """Give the clerk a new password: the last one was shown once and is kept nowhere."""
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    with closing(open_staff(home)) as staff:
        reset_password(staff, paperwork.CLERK, actor=ACTOR, password=password)
    return password
