"""The archive home: where its files lie, and the settings the agency wrote in archive.toml."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from archiver.decoding import converter
from archiver.errors import HomeError
from archiver.items import Access

SETTINGS_FILE = "archive.toml"
BACKUP_FILE = "backup.json"
"""What a backup says of itself: a folder that holds it is no home."""
RESTORING_FILE = ".restoring"
"""Stands in a restored home until every destruction is replayed and the whole verified."""
AGENCY_KINDS = ("city", "county", "district")


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to tell. `targets` are pointers (``env:NAME``, ``keyring:SERVICE/USER``, ``file:/path``)
    to apprise addresses, because those hold tokens; `heartbeat` is a pointer to an address that is
    asked for after each good night."""

    targets: list[str] = []
    heartbeat: str | None = None
    stale_after_hours: int = 26


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How retention works here. A records request's hold may be released `hold_days_after_close`
    days after the request was closed, by a person; `fiscal_year_start` is the first day of the
    fiscal year (``MM-DD``); `ledger` is a file outside the home to which every destruction is
    written too, so that a restored backup can be brought up to it."""

    hold_days_after_close: int = 90
    fiscal_year_start: str = "07-01"
    ledger: str | None = None


class Backup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The nightly backup. `target` is a folder outside the home (None: the night makes none),
    `keep` how many whole backups stay there (0: all); without a backup for `stale_after_days`, or
    without a tested restore for `test_after_days`, status, doctor and the desk warn."""

    target: str | None = None
    keep: int = 0
    stale_after_days: int = 7
    test_after_days: int = 180


class Seals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How seals are anchored outside: `timestamp_authority` is the address of an RFC 3161 service,
    `timestamp_certificate` a file with the certificates its tokens are checked against."""

    timestamp_authority: str | None = None
    timestamp_certificate: str | None = None


class Signing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certificate with which packets are signed (PAdES); without one they are not.

    `certificate` is a file outside the home: PKCS#12 with key and chain, or PEM with the signer's
    certificate first and the chain behind it; `key` is then the private key's PEM file, where it is
    not in the same one. `passphrase` is a pointer (``env:NAME``, ``keyring:SERVICE/USER``,
    ``file:/path``). With `time_stamp` the authority of [seals] dates each signature.
    """

    certificate: str | None = None
    key: str | None = None
    passphrase: str | None = None
    time_stamp: bool = True


RECEIPT_RULES = ("day received", "next open day")
_DECISIONS = frozenset(("release", "redact", "withhold", "not responsive", "duplicate"))
_SIGNED = frozenset(("withhold", "redact"))


class Requests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How requests are counted, reminded of and worked here.

    `receipt` says from which day the clock runs for what comes on a closed day: ``day received``
    (safe) or ``next open day``; with that rule, `closes_at` (``HH:MM``) puts what comes later on
    the next day too. Reminders go out so many days before the date to work to, each of
    `remind_days` once.

    Decisions named in `second_person` (``withhold``, ``redact``, ``release`` …) stand only when
    somebody else confirmed them, those in `attorney_signs` (``withhold``, ``redact``) only when
    the city attorney signed them off; with `reviewers_decide` a department reviewer's choice is a
    decision, otherwise a recommendation to the clerk.

    `utility_account_pattern` is how the city writes its utility accounts, in a small language:
    letters, digits, ``-``, ``/``, ``\\.``, ``\\d``, classes such as ``[A-Z]``, each with ``?``,
    ``{5}`` or ``{5,8}`` behind it, and ``|`` between several forms.
    """

    receipt: str = "day received"
    closes_at: str | None = None
    remind_days: tuple[int, ...] = (5, 2, 1, 0)
    second_person: list[str] = []
    attorney_signs: list[str] = []
    reviewers_decide: bool = False
    utility_account_pattern: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where a value could not be worked with."""
        if self.receipt not in RECEIPT_RULES:
            raise ValueError(f"receipt of [requests] is one of {', '.join(RECEIPT_RULES)}")
        if any(days < 0 for days in self.remind_days):
            raise ValueError("remind_days of [requests] are numbers of days, 0 or more")
        if self.closes_at is not None:
            try:
                dt.time.fromisoformat(self.closes_at)
            except ValueError:
                raise ValueError("closes_at of [requests] is a time as HH:MM") from None
        if not _DECISIONS.issuperset(self.second_person):
            raise ValueError(f"second_person names some of {', '.join(sorted(_DECISIONS))}")
        if not _SIGNED.issuperset(self.attorney_signs):
            raise ValueError(f"attorney_signs names some of {', '.join(sorted(_SIGNED))}")
        written = self.utility_account_pattern
        if written is not None and not _is_plain_pattern(written):
            raise ValueError(
                "utility_account_pattern of [requests] is too much of a pattern: use letters, "
                r"digits, -, /, \., \d, classes such as [A-Z], with ?, {5} or {5,8}, such as "
                r"\d{4}-\d{5}-\d{2}"
            )


class Letterhead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands at the head of the city's letters, below its name: address, telephone, hours."""

    lines: list[str] = []


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The city's mail server, by which letters go out; without a `host` they are saved as files.

    `sender` is the address they come from, `security` how the connection is kept private
    ("starttls", "tls" or "none"), `password` a pointer (``env:NAME``, ``keyring:SERVICE/USER``,
    ``file:/path``), `certificates` a file with the authorities the server is checked against where
    the city has its own.
    """

    host: str | None = None
    port: int = 587
    security: str = "starttls"
    sender: str | None = None
    user: str | None = None
    password: str | None = None
    certificates: str | None = None
    timeout_seconds: int = 20

    def __post_init__(self) -> None:
        """Raises ValueError where a value could not be worked with."""
        if self.security not in ("starttls", "tls", "none"):
            raise ValueError("[mail] security is starttls, tls or none")
        if not 0 < self.port < 65536 or self.timeout_seconds < 1:
            raise ValueError("[mail] port and timeout_seconds are numbers above 0")
        if self.host and not self.sender:
            raise ValueError("[mail] names a host but no sender: give the city's address")
        if self.password and self.security == "none":
            raise ValueError("[mail] sends no password over an open connection: use starttls")


class Forwarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What officials forward. `mailbox` is the folder in which the mail server leaves what they
    send (a Maildir, or .eml and .mbox files); `channel` says where a resident is to write instead
    (an address, a telephone number), in the words an official passes on."""

    mailbox: str | None = None
    channel: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError where a value could not be worked with."""
        if self.mailbox is not None and not Path(self.mailbox).is_absolute():
            raise ValueError("mailbox of [forwarding] is a whole path")
        if len(self.channel) > 300 or not self.channel.isprintable():
            raise ValueError("channel of [forwarding] is one line, of at most 300 characters")


class SignOn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sign-on by the city's own proxy. It is believed only from `proxies` (addresses or networks)
    and with the secret that `secret` (a pointer) leads to in `secret_header`; `user_header` then
    names the login. `asks_code` says that the proxy asks for a second factor itself; `sign_out` is
    the page where people end the city's sign-on."""

    secret: str
    user_header: str = "X-Remote-User"
    secret_header: str = "X-Archiver-Proxy-Secret"
    proxies: list[str] = msgspec.field(default_factory=lambda: ["127.0.0.1", "::1"])
    asks_code: bool = False
    sign_out: str | None = None


class Staff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How staff sign in. `second_factor` is off, optional, required, or the roles it is required
    of; without `sso` nobody is believed but by password."""

    second_factor: str | list[str] = "optional"
    sso: SignOn | None = None


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How releases go out by link. `address` is where requesters reach the delivery process (the
    city's proxy, by TLS), `folder` where links lie (None: in the home; outside it the process may
    be a user of its own). A link lasts `days` and allows `downloads` of each file, one at the
    counter station lasts `station_days`."""

    folder: str | None = None
    address: str | None = None
    days: int = 30
    downloads: int = 10
    station_days: int = 90

    def __post_init__(self) -> None:
        """Raises ValueError where a value could not be worked with."""
        if min(self.days, self.station_days) < 1 or self.downloads < 0:
            raise ValueError("days of [delivery] are 1 or more, downloads 0 or more")
        if self.folder is not None and not Path(self.folder).is_absolute():
            raise ValueError("folder of [delivery] is a whole path")
        if self.address is not None and not re.fullmatch(r"https?://[!-~]+", self.address):
            raise ValueError("address of [delivery] begins with https://")


class ReadingRoom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public reading room: released records everybody may read. Off by default."""

    on: bool = False


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """archive.toml. `schedule` names a file of schedules/retention (or a path); `calendar` one of
    schedules/calendars; `agency_kind` is city, county or district (it decides the legal floor)."""

    agency: str
    schedule: str
    agency_kind: str = "city"
    time_zone: str = "America/Los_Angeles"
    calendar: str = "california"
    request_prefix: str = ""
    bates_prefix: str = "CITY"
    alerts: Alerts = Alerts()
    retention: Retention = Retention()
    seals: Seals = Seals()
    signing: Signing = Signing()
    backup: Backup = Backup()
    requests: Requests = Requests()
    letterhead: Letterhead = Letterhead()
    mail: Mail = Mail()
    forwarding: Forwarding = Forwarding()
    staff: Staff = Staff()
    delivery: Delivery = Delivery()
    reading_room: ReadingRoom = ReadingRoom()

    def __post_init__(self) -> None:
        """Raises ValueError where a value could not be worked with."""
        if not self.agency.strip():
            raise ValueError("the agency needs a name")
        if self.agency_kind not in AGENCY_KINDS:
            raise ValueError(f"agency_kind is one of {', '.join(AGENCY_KINDS)}")
        if self.retention.hold_days_after_close < 0:
            raise ValueError("hold_days_after_close is a number of days, 0 or more")
        if min(self.backup.keep, self.backup.stale_after_days, self.backup.test_after_days) < 0:
            raise ValueError("keep and the days of [backup] are numbers, 0 or more")
        if not _is_day_of_every_year(self.retention.fiscal_year_start):
            raise ValueError("fiscal_year_start is a day as MM-DD")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.time_zone!r}") from None


_as_settings = converter(Settings)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder a city backs up (DESIGN §4)."""

    path: Path

    @property
    def settings_file(self) -> Path:
        return self.path / SETTINGS_FILE

    @property
    def archive_db(self) -> Path:
        return self.path / "archive.db"

    @property
    def private_db(self) -> Path:
        return self.path / "private.db"

    @property
    def office_db(self) -> Path:
        return self.path / "office.db"

    @property
    def staff_db(self) -> Path:
        return self.path / "staff.db"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def productions(self) -> Path:
        return self.path / "productions"

    @property
    def destructions(self) -> Path:
        """The first copy of the ledger of destructions."""
        return self.path / "ledger" / "destructions.jsonl"

    @property
    def writer_lock(self) -> Path:
        return self.path / ".writer.lock"

    @property
    def nightly_lock(self) -> Path:
        return self.path / ".nightly.lock"

    def database(self, access: Access) -> Path:
        """The evidence file of an access class."""
        return self.archive_db if access is Access.PUBLIC else self.private_db

    def folder(self, access: Access) -> Path:
        """The folder of bytes (media, warc, originals) of an access class."""
        return self.path / access.value

    def settings(self) -> Settings:
        """Read archive.toml.

        Raises HomeError where the home is missing or the file cannot be understood.
        """
        try:
            written = self.settings_file.read_bytes()
        except FileNotFoundError:
            raise HomeError(
                f"{self.path} is no archive home: run `archiver init {self.path}` first"
            ) from None
        except OSError as error:
            raise HomeError(f"cannot read {self.settings_file}: {error.strerror}") from None
        try:
            return _as_settings(tomllib.loads(written.decode("utf-8")))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise HomeError(f"{self.settings_file} cannot be understood: {error}") from None


def find_home(given: str | os.PathLike[str] | None) -> Home:
    """The home named on the command line or by ARCHIVER_HOME.

    Raises HomeError where neither names one, it holds no archive.toml, or it is a backup or a
    restore that has not ended.
    """
    named = given or os.environ.get("ARCHIVER_HOME")
    if not named:
        raise HomeError("no archive home: give --home FOLDER or set ARCHIVER_HOME")
    try:
        home = Home(Path(named).expanduser().resolve())
    except (OSError, RuntimeError):
        raise HomeError(f"{named} is no folder that can be reached: check --home") from None
    require_open(home)
    home.settings()
    return home


def require_open(home: Home) -> None:
    """Raises HomeError where the folder is a backup, or a home whose restore has not ended: what
    was destroyed after the backup was made would come back to life in it."""
    if (home.path / RESTORING_FILE).exists():
        raise HomeError(
            f"the restore into {home.path} has not ended: run the same `archiver restore` again"
        )
    if (home.path / BACKUP_FILE).exists():
        raise HomeError(
            f"{home.path} is a backup: run `archiver restore {home.path} NEWHOME` instead"
        )


def shipped(folder: str) -> Path:
    """A folder that ships with the program: ``schedules``, ``docs`` or ``datasette``.

    Inside the wheel it lies in the package; in a checkout beside it.
    """
    inside = Path(str(files("archiver"))) / f"_{folder}"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[1] / folder


def resolve_secret(pointer: str) -> str:
    """The secret a pointer leads to. Secrets are never stored, logged or shown (DESIGN §7 rule 4).

    `pointer` is ``env:NAME``, ``keyring:SERVICE/USER`` or ``file:/absolute/path``.
    Raises HomeError, naming the pointer and never the secret, where it leads nowhere.
    """
    scheme, _, rest = pointer.partition(":")
    if scheme == "env":
        value = os.environ.get(rest)
        if value is None:
            raise HomeError(f"credential {pointer}: the environment variable is not set")
        return value
    if scheme == "file":
        try:
            return Path(rest).read_text("utf-8").strip()
        except OSError as error:
            raise HomeError(f"credential {pointer}: {error.strerror}") from None
    if scheme == "keyring":
        import keyring
        import keyring.errors

        service, _, user = rest.partition("/")
        try:
            found = keyring.get_password(service, user)
        except keyring.errors.KeyringError as error:
            raise HomeError(f"credential {pointer}: {type(error).__name__}") from None
        if found is None:
            raise HomeError(f"credential {pointer}: no such keyring entry")
        return found
    raise HomeError(
        f"credential pointer {scheme}: is not known; "
        "use env:NAME, keyring:SERVICE/USER or file:/path"
    )


def terminal() -> bool:
    """Whether a person sits at the other end: nothing prompts otherwise."""
    return sys.stdin.isatty() and sys.stdout.isatty()


_PLAIN_PATTERN = re.compile(
    r"(?:(?:[A-Za-z0-9/-]|\\[d.]|\[[A-Za-z0-9-]{1,20}\])(?:\?|\{\d{1,2}(?:,\d{1,2})?\})?|\|){1,60}"
)
_MOST_CHOICES = 6


def _is_plain_pattern(written: str) -> bool:
    """Whether a pattern can be tried on any word at once: nothing nested, few repeats that vary,
    and something in every form of it."""
    if not _PLAIN_PATTERN.fullmatch(written) or not all(written.split("|")):
        return False
    if len(re.findall(r"\?|,", written)) > _MOST_CHOICES:
        return False
    try:
        return re.compile(written).fullmatch("") is None
    except re.error:
        return False


def _is_day_of_every_year(text: str) -> bool:
    """Whether it is MM-DD, and no 29 February."""
    try:
        day = dt.date.fromisoformat(f"2025-{text}")
    except ValueError:
        return False
    # Python also reads days of a week, as W01-1
    return day.strftime("%m-%d") == text
