"""Setting up an archive home, and bringing one up to date."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from archiver.archive.keys import PRIVATE_KEY
from archiver.archive.store import create_archive
from archiver.config import Home, Settings, require_open
from archiver.errors import HomeError, StorageError, UsageError
from archiver.operations.schema import migrate_operations
from archiver.policy.schema import migrate_policy
from archiver.production.reading_room.schema import migrate_reading_room
from archiver.production.releasing.schema import migrate_releasing
from archiver.production.schema import migrate_production
from archiver.register.office import open_office
from archiver.requests.schema import migrate_requests
from archiver.retention.schedules import find_schedule
from archiver.retention.schema import migrate_retention
from archiver.staff.schema import open_staff

NIGHTLY_CRON = "17 2 * * *"


def create_home(path: Path, settings: Settings) -> Home:
    """Make a new archive home: archive.toml, the four databases, the folders and the signing key.

    Raises UsageError where the folder already holds an archive home, or names no schedule we have;
    StorageError where it cannot be written.
    """
    home = Home(path.expanduser().resolve())
    if home.settings_file.exists():
        raise UsageError(f"{home.path} already holds an archive: nothing was changed")
    find_schedule(settings.schedule)
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        home.path.chmod(0o750)
        for folder in (home.logs, home.productions):
            folder.mkdir(exist_ok=True)
        written = home.settings_file.with_suffix(".new")
        written.write_text(settings_text(settings), "utf-8")
    except OSError as error:
        raise StorageError(f"cannot set up {home.path}: {error.strerror}") from None
    prepare(home)
    written.replace(home.settings_file)
    return home


def prepare(home: Home) -> None:
    """Make a new home's files and keys, or apply every migration to those of an existing one.
    Harmless to repeat.

    Raises HomeError where a file or the key of an existing home is missing: an empty one in its
    place would hide the loss, and a restored one could not be joined with what was written since;
    where the folder is a backup, or its restore has not ended.
    """
    require_open(home)
    bring_up_to_date(home)


def bring_up_to_date(home: Home) -> None:
    """What `prepare` does, also for a home whose restore has not ended. Raises as it does."""
    if home.settings_file.exists():
        _require_whole(home)
    create_archive(home)
    office = open_office(home, create=True)
    try:
        migrate_retention(office)
        migrate_policy(office)
        migrate_requests(office)
        migrate_production(office)
        migrate_releasing(office)
        migrate_reading_room(office)
        migrate_operations(office)
    finally:
        office.close()
    open_staff(home, create=True).close()


def _require_whole(home: Home) -> None:
    key = home.keys / PRIVATE_KEY
    needed = (home.archive_db, home.private_db, home.office_db, home.staff_db, home.keys, key)
    lost = [path.name for path in needed if not path.exists()]
    if lost:
        raise HomeError(
            f"{home.path} has lost {', '.join(lost)}: nothing was changed; "
            "restore the whole home from the backup"
        )


_PROXY_HEADERS = ("secret", "user_header", "secret_header")


def settings_text(settings: Settings) -> str:
    """archive.toml for these settings, with a line on each that a person may want to change."""
    lines = [
        "# The settings of this archive. The reference is in README.md.",
        f"agency = {_quoted(settings.agency)}",
        f"agency_kind = {_quoted(settings.agency_kind)}   # city, county or district",
        f"time_zone = {_quoted(settings.time_zone)}",
        f"schedule = {_quoted(settings.schedule)}   # a name in schedules/retention, or a path",
        f"calendar = {_quoted(settings.calendar)}",
        f"request_prefix = {_quoted(settings.request_prefix)}   # before the number of a request",
        f"bates_prefix = {_quoted(settings.bates_prefix)}   # before the number of a page",
        "",
        "[alerts]",
        "# Pointers to apprise addresses: env:NAME, keyring:SERVICE/USER or file:/path.",
        f"targets = [{', '.join(_quoted(target) for target in settings.alerts.targets)}]",
        f"stale_after_hours = {settings.alerts.stale_after_hours}",
    ]
    if settings.alerts.heartbeat:
        lines.append(f"heartbeat = {_quoted(settings.alerts.heartbeat)}")
    lines += [
        "",
        "[retention]",
        "# A records request's hold may be released so many days after the request was closed.",
        f"hold_days_after_close = {settings.retention.hold_days_after_close}",
        f"fiscal_year_start = {_quoted(settings.retention.fiscal_year_start)}",
        *_named("ledger", settings.retention.ledger),
        "",
        "[seals]",
        "# timestamp_authority is the address of an RFC 3161 service that dates every seal.",
        *_named("timestamp_authority", settings.seals.timestamp_authority),
        *_named("timestamp_certificate", settings.seals.timestamp_certificate),
        "",
        "[signing]",
        "# A certificate with which each packet is signed: PKCS#12, or PEM and its key.",
        *_named("certificate", settings.signing.certificate),
        *_named("key", settings.signing.key),
        *_named("passphrase", settings.signing.passphrase),
        f"time_stamp = {str(settings.signing.time_stamp).lower()}   # by the authority of [seals]",
        "",
        "[backup]",
        "# The night's backup: target is a folder on another disk, keep how many stay (0: all).",
        *_named("target", settings.backup.target),
        f"keep = {settings.backup.keep}",
        f"stale_after_days = {settings.backup.stale_after_days}",
        f"test_after_days = {settings.backup.test_after_days}",
        "",
        "[requests]",
        "# The clock runs from the day received, or for closed days from the next open day.",
        f"receipt = {_quoted(settings.requests.receipt)}",
        *_named("closes_at", settings.requests.closes_at),
        f"remind_days = [{', '.join(map(str, settings.requests.remind_days))}]",
        f"second_person = {_list(settings.requests.second_person)}",
        f"attorney_signs = {_list(settings.requests.attorney_signs)}",
        f"reviewers_decide = {str(settings.requests.reviewers_decide).lower()}",
        *_named("utility_account_pattern", settings.requests.utility_account_pattern),
        "",
        "[letterhead]",
        "# What stands below the city's name at the head of its letters.",
        f"lines = {_list(settings.letterhead.lines)}",
        "",
        "[mail]",
        "# The mail server letters go out by: host, port, sender, user, and password as a pointer.",
        *_named("host", settings.mail.host),
        f"port = {settings.mail.port}",
        f"security = {_quoted(settings.mail.security)}   # starttls, tls or none",
        *_named("sender", settings.mail.sender),
        *_named("user", settings.mail.user),
        *_named("password", settings.mail.password),
        *_named("certificates", settings.mail.certificates),
        f"timeout_seconds = {settings.mail.timeout_seconds}",
        "",
        "[delivery]",
        "# Links to releases: address is where requesters reach `archiver deliver serve`.",
        *_named("address", settings.delivery.address),
        *_named("folder", settings.delivery.folder),
        f"days = {settings.delivery.days}",
        f"downloads = {settings.delivery.downloads}   # of each file; 0: any number",
        f"station_days = {settings.delivery.station_days}",
        "",
        "[reading_room]",
        "# Released records for everybody: each posting takes the city attorney's approval.",
        f"on = {str(settings.reading_room.on).lower()}",
        "",
        "[staff]",
        "# A code from the telephone at every sign-in: off, optional, required, or [roles].",
        f"second_factor = {_words(settings.staff.second_factor)}",
    ]
    if (sso := settings.staff.sso) is not None:
        lines += [
            "",
            "[staff.sso]",
            *(f"{name} = {_quoted(getattr(sso, name))}" for name in _PROXY_HEADERS),
            f"proxies = {_words(sso.proxies)}",
            f"asks_code = {str(sso.asks_code).lower()}",
            *_named("sign_out", sso.sign_out),
        ]
    return "\n".join(lines) + "\n"


def _named(name: str, value: str | None) -> list[str]:
    return [] if value is None else [f"{name} = {_quoted(value)}"]


def crontab_line(home: Home) -> str:
    """The one line that makes the nightly run happen."""
    beside = Path(sys.executable).with_name("archiver")
    program = shlex.quote(str(beside)) if beside.exists() else f"{sys.executable} -m archiver"
    return f"{NIGHTLY_CRON} {program} --home {shlex.quote(str(home.path))} nightly"


def require_writable(home: Home) -> None:
    """Raises HomeError where this user cannot write the archive home, naming who can.

    Readers need it too: each look at a record is written into the audit.
    """
    if all(os.access(path, os.W_OK) for path in (home.path, home.office_db) if path.exists()):
        return
    try:
        owner = home.path.owner()
    except (KeyError, OSError):
        owner = "its owner"
    raise HomeError(
        f"{home.path} is not writable for this user: nothing was changed; run as {owner}, "
        "and see that its disk is not read-only"
    )


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    """A TOML string. JSON's escapes are TOML's, except that TOML wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _words(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return _list(value)
