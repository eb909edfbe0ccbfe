"""The doctor: what this machine and this home lack, what that means, and what to do about it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from archiver import clock
from archiver.archive.stamping import authority, certificates_of
from archiver.capture.reading_pictures import find_reader
from archiver.config import Home, Settings, resolve_secret
from archiver.confining import can_confine
from archiver.database import connect_read_only, rows
from archiver.errors import ArchiverError
from archiver.operations.alerts import unusable
from archiver.operations.backups import (
    BackupMade,
    RestoreTest,
    backup_is_old,
    restore_test_is_old,
)
from archiver.operations.home import require_writable
from archiver.operations.ledger import look
from archiver.operations.status import Night, is_stale, last_night, safety
from archiver.pdf.breaking import knows_words
from archiver.pdf.faces import report as font_report
from archiver.production.proof.signing import read_identity
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.retention.adopted import adoption_in_force
from archiver.retention.in_force import schedule_in_force
from archiver.staff.schema import open_staff
from archiver.staff.second_factor import rule_of
from archiver.staff.vault import STAFF_KEY

OLDEST_SQLITE = (3, 40, 0)
LOW_DISK_BYTES = 2 * 1024**3
SIGNATURE_WARNING = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `state` is ok, warning or problem; `advice` says what to do."""

    name: str
    state: str
    found: str
    advice: str = ""

    def as_json(self) -> dict[str, str]:
        """The check as plain values."""
        return asdict(self)


def examine(home: Home | None) -> list[Check]:
    """Look at the machine and, where there is one, at the archive home."""
    checks = [*_machine()]
    if home is not None:
        checks += _home(home)
    return checks


def _machine() -> Iterator[Check]:
    version = sqlite3.sqlite_version
    old = sqlite3.sqlite_version_info < OLDEST_SQLITE
    yield Check(
        "SQLite",
        "problem" if old else "ok",
        version,
        "SQLite 3.40 or newer is needed: use Python from Debian 12 or newer" if old else "",
    )
    fonts = font_report()
    for package in fonts.found:
        yield Check(f"fonts: {package}", "ok", "installed")
    for package, without in fonts.missing:
        advice = f"{without}: as root, apt-get install {package}"
        yield Check(f"fonts: {package}", "warning", "missing", advice)
    if knows_words():
        yield Check("line breaks", "ok", "at words, in Thai, Lao, Khmer and Burmese too")
    else:
        advice = "install the Python package icu4py; until then lines break between letters"
        yield Check("line breaks", "warning", "Thai, Lao, Khmer, Burmese: between letters", advice)
    yield _pictures()
    if can_confine():
        yield Check("printing processes", "ok", "shut out of the archive by the kernel")
    else:
        advice = "use Linux 5.13 or later with Landlock; they hold nothing withheld even so"
        yield Check("printing processes", "warning", "not shut out of the archive", advice)


def _home(home: Home) -> Iterator[Check]:
    try:
        settings = home.settings()
        yield Check("archive.toml", "ok", settings.agency)
        schedule = schedule_in_force(settings, home.path)
        yield Check("retention schedule", "ok", f"{schedule.id} {schedule.version}")
    except ArchiverError as error:
        yield Check("archive.toml", "problem", str(error), "edit archive.toml and run it again")
        return
    yield _disk(home.path)
    if settings.forwarding.mailbox is not None:
        yield _mailbox(Path(settings.forwarding.mailbox))
    try:
        require_writable(home)
    except ArchiverError as error:
        # nothing behind this can be told apart from it
        yield Check("archive home", "problem", str(error))
        return
    yield Check("archive home", "ok", str(home.path))
    for path in (home.archive_db, home.private_db, home.office_db, home.staff_db):
        yield _database(path)
    yield from _keys(home)
    if _database(home.staff_db).state == "ok":
        yield from _signing_in(home, settings)
    if _database(home.office_db).state != "ok":
        return
    try:
        office = open_office(home)
    except ArchiverError as error:
        yield Check("office.db", "problem", str(error))
        return
    try:
        for account in list_accounts(office, include_closed=False, sources=False):
            if account.credential:
                yield _credential(f"{account.platform}:{account.handle}", account.credential)
        for pointer in settings.alerts.targets:
            yield _alert_target(pointer)
        adoption = adoption_in_force(office, clock.local_day(clock.now_text(), settings.time_zone))
        night = last_night(office)
        made, tested = safety(office)
    finally:
        office.close()
    if adoption is not None:
        named = f"{adoption.schedule_id} {adoption.version}, by {adoption.words}"
        yield Check("adopted schedule", "ok", named)
    if not settings.alerts.targets:
        yield Check(
            "alerts",
            "warning",
            "go to nobody",
            "name a target in archive.toml, [alerts]: otherwise a bad night is only in the log",
        )
    yield _nightly(night, settings)
    yield _last_backup(made, settings)
    yield _last_restore_test(tested, settings)
    yield from _ledger(home, settings)


def _pictures() -> Check:
    """Whether the words in pictures are read, which makes them found; nothing else needs it."""
    reader = find_reader()
    if reader is None:
        advice = "as root, apt-get install tesseract-ocr: until then nobody finds them by searching"
        return Check("words in pictures", "warning", "not read", advice)
    return Check("words in pictures", "ok", f"read by {reader.name}")


def _mailbox(folder: Path) -> Check:
    """Whether what officials forward can be taken out of their mailbox."""
    what = "mailbox of forwards"
    if not folder.is_dir():
        advice = "make the folder, or correct archive.toml, [forwarding] mailbox"
        return Check(what, "problem", f"{folder} is no folder", advice)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        advice = "let this user read and write it: what was taken in is moved aside"
        return Check(what, "problem", f"{folder} may not be written by this user", advice)
    return Check(what, "ok", str(folder))


def _last_backup(made: BackupMade | None, settings: Settings) -> Check:
    if made is None:
        return Check(
            "backup",
            "warning",
            "has never been made",
            "run `archiver backup TARGET`, and name the target in archive.toml, [backup]",
        )
    told = f"{made.folder}, {clock.shown(made.at, settings.time_zone)}"
    if backup_is_old(made, settings):
        limit = f"more than {settings.backup.stale_after_days} days ago"
        return Check("backup", "warning", f"last: {told}, {limit}", "run `archiver backup TARGET`")
    if made.outcome != "complete":
        return Check("backup", "warning", f"{told}: {made.message}", "run `archiver verify`")
    return Check("backup", "ok", told)


def _last_restore_test(tested: RestoreTest | None, settings: Settings) -> Check:
    how = "run `archiver restore BACKUP SCRATCH --test`"
    if tested is None:
        return Check("tested restore", "warning", "has never been made", how)
    told = f"{tested.outcome}, {clock.shown(tested.at, settings.time_zone)}"
    if tested.outcome != "passed":
        return Check("tested restore", "problem", f"{told}: {tested.detail.get('wrong', '')}", how)
    if restore_test_is_old(tested, settings):
        limit = f"more than {settings.backup.test_after_days} days ago"
        return Check("tested restore", "warning", f"{told}, {limit}", how)
    return Check("tested restore", "ok", told)


_LEDGER_ADVICE = {
    "behind": "the next nightly run brings it up; `archiver backup TARGET` does at once",
    "ahead": "the next nightly run takes it over; `archiver backup TARGET` does at once",
    "unreachable": "mount it or make the folder: the next nightly run brings it up",
    "differs": "find out who changed it; move it away, and the next nightly run writes it anew",
}


def _ledger(home: Home, settings: Settings) -> Iterator[Check]:
    """Every copy of the ledger of destructions: a restore needs the longest."""
    try:
        copies = look(home, settings)
    except ArchiverError as error:
        yield Check(
            "ledger of destructions", "problem", str(error), "put a copy that is whole in its place"
        )
        return
    for copy in copies:
        name = "ledger of destructions"
        if copy.state == "current":
            yield Check(name, "ok", str(copy.path))
        else:
            state = "problem" if copy.state == "differs" else "warning"
            told = f"{copy.path}: {copy.state}: {copy.told}"
            yield Check(name, state, told, _LEDGER_ADVICE[copy.state])
    if settings.seals.timestamp_authority is not None:
        yield _time_stamps(home, settings)
    if settings.signing.certificate is not None:
        yield _packet_signature(home, settings)


def _packet_signature(home: Home, settings: Settings) -> Check:
    """Whether packets can be signed, and how long the certificate lasts."""
    try:
        own = read_identity(settings.signing, home.path).own
    except ArchiverError as error:
        return Check("signature of packets", "problem", str(error), "see archive.toml, [signing]")
    ends = own.not_valid_after_utc
    told = f"{own.subject.rfc4514_string()}, until {clock.shown_day(ends.date())}"
    if ends - clock.now() < SIGNATURE_WARNING:
        return Check("signature of packets", "warning", told, "have the certificate renewed")
    return Check("signature of packets", "ok", told)


def _nightly(night: Night | None, settings: Settings) -> Check:
    if night is None or night.finished_at is None:
        return Check(
            "nightly",
            "warning",
            "has never finished",
            "add the crontab line that `archiver init` printed",
        )
    told = f"{night.outcome}, {clock.shown(night.finished_at, settings.time_zone)}"
    if is_stale(night, settings):
        return Check(
            "nightly",
            "problem",
            f"last: {told}, more than {settings.alerts.stale_after_hours} hours ago",
            "run `archiver nightly`, read logs/, and see that the crontab line is there",
        )
    return Check("nightly", "ok", told)


def _time_stamps(home: Home, settings: Settings) -> Check:
    """Whether the authority can be asked, and whether the seals of late are stamped."""
    try:
        authority(settings)
        certificates = certificates_of(settings, home.path)
    except ArchiverError as error:
        return Check("time stamps", "problem", str(error), "edit archive.toml, [seals]")
    connection = connect_read_only(home.archive_db)
    try:
        sealed, waiting = connection.execute(
            "SELECT count(*), coalesce(sum(timestamp_token IS NULL), 0) FROM seals"
        ).fetchone()
    finally:
        connection.close()
    if waiting:
        advice = "run `archiver seals stamp` and read what it says"
        return Check("time stamps", "warning", f"{waiting} of {sealed} seals wait for one", advice)
    if not certificates:
        return Check(
            "time stamps",
            "warning",
            f"{sealed}; who signed them is not checked",
            "name the authority's certificates in archive.toml, [seals] timestamp_certificate",
        )
    return Check("time stamps", "ok", f"{sealed} of {sealed} seals")


def _disk(path: Path) -> Check:
    free = shutil.disk_usage(path).free
    low = free < LOW_DISK_BYTES
    return Check(
        "disk",
        "warning" if low else "ok",
        f"{free / 1024**3:.1f} GiB free",
        "make room before the next nightly run" if low else "",
    )


def _database(path: Path) -> Check:
    if not path.exists():
        return Check(path.name, "problem", "missing", "restore the whole home from the backup")
    try:
        connection = connect_read_only(path)
        try:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except (ArchiverError, sqlite3.Error) as error:
        return Check(path.name, "problem", str(error), "restore the whole home from the backup")
    if answer != "ok":
        return Check(path.name, "problem", str(answer), "restore the whole home from the backup")
    return Check(path.name, "ok", "sound")


def _keys(home: Home) -> Iterator[Check]:
    if not home.keys.is_dir():
        yield Check("signing key", "problem", "missing", "restore keys/ from the backup")
        return
    open_to_others = [
        path.name
        for path in home.keys.iterdir()
        if path.stat().st_mode & 0o077 and path.suffix != ".pub"
    ]
    yield Check(
        "signing key",
        "problem" if open_to_others else "ok",
        f"others may read {', '.join(open_to_others)}" if open_to_others else "private",
        f"chmod 600 {home.keys}/*" if open_to_others else "",
    )


def _signing_in(home: Home, settings: Settings) -> Iterator[Check]:
    try:
        rule_of(settings.staff.second_factor)
        with closing(open_staff(home)) as staff:
            holders = rows(staff, "SELECT 1 FROM second_factors WHERE confirmed_at IS NOT NULL")
    except ArchiverError as error:
        yield Check("signing in", "problem", str(error), "the desk does not start like this")
        return
    if holders and not (home.keys / STAFF_KEY).is_file():
        yield Check(
            "second factors",
            "problem",
            f"keys/{STAFF_KEY} is missing, and {len(holders)} people sign in with a code",
            "restore it from the backup of this staff.db",
        )
    else:
        yield Check("second factors", "ok", f"{len(holders)} in use")
    if settings.staff.sso is not None:
        yield _credential("the city's proxy", settings.staff.sso.secret)


def _alert_target(pointer: str) -> Check:
    what = f"alert target {pointer}"
    try:
        refused = unusable(pointer)
    except ArchiverError as error:
        return Check(what, "problem", str(error), _missing_secret(pointer))
    if refused:
        return Check(what, "problem", refused, "see the apprise addresses and correct the secret")
    return Check(what, "ok", "understood; nothing was sent")


def _credential(what: str, pointer: str) -> Check:
    name = f"credential of {what}"
    try:
        resolve_secret(pointer)
    except ArchiverError as error:
        return Check(name, "problem", str(error), _missing_secret(pointer))
    return Check(name, "ok", f"found by {pointer.partition(':')[0]}")


def _missing_secret(pointer: str) -> str:
    if pointer.startswith("env:"):
        return "set it where the nightly run starts too: in the crontab or the service's unit file"
    return "put the secret there, readable for this user, then run doctor again"
