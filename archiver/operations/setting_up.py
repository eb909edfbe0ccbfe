"""What a city has done, and has still to do, before it can rely on its archive: facts only.

Nothing here is ticked off by hand: each step is done when what it asks for is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from archiver import clock
from archiver.config import Home, Settings, resolve_secret
from archiver.errors import ArchiverError
from archiver.operations.backups import restore_test_is_old
from archiver.operations.sources import CONNECTORS
from archiver.operations.status import last_night, safety
from archiver.register.accounts import Account, list_accounts
from archiver.register.attestations import list_attestations
from archiver.requests.calendars import DECIDING_MARKS, closed_days
from archiver.requests.intake import list_requests
from archiver.requests.starter_set import starter_set
from archiver.retention.adopted import adoption_in_force
from archiver.staff.people import Person

NEEDED_ROLES = ("administrator", "clerk", "attorney", "records-manager")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, what was found, why it matters, and what to do. `link` is a
    page of the desk, `command` what IT runs; either may be empty."""

    name: str
    done: bool
    found: str
    why: str
    todo: str
    link: str = ""
    command: str = ""

    def as_json(self) -> dict[str, object]:
        """The step as plain values."""
        return asdict(self)


def setting_up(
    home: Home, settings: Settings, office: sqlite3.Connection, people: Sequence[Person]
) -> list[Step]:
    """Every step in the order a city takes them."""
    return [
        _agency(settings),
        _staff(people),
        _accounts(list_accounts(office, include_closed=False, sources=False)),
        _night(office, settings),
        _schedule(office, settings),
        _calendar(home, settings, office),
        _attestation(home, settings, office),
        _backup(office, settings),
        _restore(office, settings),
        _alerts(settings),
        _practice(office),
    ]


def _agency(settings: Settings) -> Step:
    return Step(
        "Agency settings",
        settings.bates_prefix != "CITY",
        f"{settings.agency}, {settings.time_zone}; page numbers begin with {settings.bates_prefix}",
        "Every date is counted in the city’s time zone, and every page of a packet bears its mark.",
        "Give the city’s own bates_prefix (and request_prefix) in archive.toml.",
        command="edit archive.toml, then archiver doctor",
    )


def _staff(people: Sequence[Person]) -> Step:
    held = {role for person in people if not person.disabled_at for role in person.roles}
    missing = [role for role in NEEDED_ROLES if role not in held]
    active = sum(not person.disabled_at for person in people)
    told = f"{active} people may sign in"
    return Step(
        "Staff and roles",
        not missing,
        f"{told}; nobody is {_listed(missing)}" if missing else told,
        "Some acts belong to one role alone: the city attorney attests and consents.",
        "Give each of these roles to a person of their own.",
        command="archiver staff add LOGIN --role ROLE",
    )


def _accounts(accounts: Sequence[Account]) -> Step:
    broken = [account.name for account in accounts if not _readable(account)]
    captured = sum(account.platform in CONNECTORS for account in accounts)
    if not accounts:
        found = "No account is in the register"
    elif broken:
        found = f"The credential of {_listed(broken)} cannot be read here"
    else:
        found = (
            f"{len(accounts)} accounts, {captured} captured by night and "
            f"{len(accounts) - captured} by their owner’s download"
        )
    return Step(
        "Accounts",
        bool(accounts) and not broken,
        found,
        "What is not in the register is not captured, and nobody can search it.",
        "Enter every official account, and where its credential is kept.",
        "/accounts",
        "archiver accounts add",
    )


def _readable(account: Account) -> bool:
    """Whether the credential is where the register says. A keyring may ask its owner something, so
    it is not opened for a page."""
    if not account.credential or account.credential.startswith("keyring:"):
        return True
    try:
        resolve_secret(account.credential)
    except ArchiverError:
        return False
    return True


def _night(office: sqlite3.Connection, settings: Settings) -> Step:
    night = last_night(office)
    finished = night.finished_at if night else None
    at = clock.shown(finished, settings.time_zone) if finished else ""
    return Step(
        "First night",
        finished is not None,
        f"Last finished {at}, {night.outcome}" if night and at else "None has finished",
        "The nightly run captures, seals and backs up; without it nothing new comes in.",
        "Let the machine start it every night.",
        "/coverage",
        "archiver nightly (archiver init prints the crontab line)",
    )


def _schedule(office: sqlite3.Connection, settings: Settings) -> Step:
    today = clock.local_day(clock.now_text(), settings.time_zone)
    adoption = adoption_in_force(office, today)
    return Step(
        "Retention schedule adopted",
        adoption is not None,
        f"{adoption.schedule_id} {adoption.version}, by {adoption.words}"
        if adoption
        else f"No adoption is recorded; the settings name {settings.schedule}",
        "Records are destroyed only under a schedule the council adopted by resolution.",
        "Let the council adopt a schedule, then enter the resolution.",
        "/retention/schedule",
    )


def _calendar(home: Home, settings: Settings, office: sqlite3.Connection) -> Step:
    try:
        calendar = closed_days(settings.calendar, home.path).calendar
    except ArchiverError as error:
        found, done = str(error), False
    else:
        checked = calendar.city.mark in DECIDING_MARKS or any(
            not each.withdrawn for each in list_attestations(office, "calendar")
        )
        done = checked
        found = f"{calendar.title}: {calendar.city.title}"
        if not checked:
            found += "; a usual list, nobody has checked it for this city"
    return Step(
        "Calendar checked",
        done,
        found,
        "The days City Hall is shut decide the date a request is worked to.",
        "Copy the calendar file, list the city’s own closed days, and have the attorney attest it.",
        command="set calendar in archive.toml",
    )


def _attestation(home: Home, settings: Settings, office: sqlite3.Connection) -> Step:
    try:
        left = starter_set(office, settings, home.path)
        found = f"{len(left)} texts wait for the city attorney" if left else "Nothing waits"
        done = not left
    except ArchiverError as error:
        found, done = str(error), False
    return Step(
        "Attorney’s attestation",
        done,
        found,
        "No exemption, letter or unread period counts before the attorney attests it.",
        "The city attorney reads the texts and attests them in one sitting.",
        "/attest",
        "archiver requests attest, archiver letters attest, archiver retention attest",
    )


def _backup(office: sqlite3.Connection, settings: Settings) -> Step:
    made, _ = safety(office)
    whole = made is not None and made.outcome == "complete"
    if settings.backup.target is None:
        found = "No target is named"
    elif made is None:
        found = "A target is named, and no backup has been made yet"
    else:
        found = f"Last made {clock.shown(made.at, settings.time_zone)}, {made.outcome}"
    return Step(
        "Backup",
        settings.backup.target is not None and whole,
        found,
        "A disk that fails takes with it what exists nowhere else any more.",
        "Name a folder on another disk in archive.toml, [backup].",
        command="archiver backup TARGET",
    )


def _restore(office: sqlite3.Connection, settings: Settings) -> Step:
    _, tested = safety(office)
    passed = tested is not None and tested.outcome == "passed"
    return Step(
        "Restore tested",
        passed and not restore_test_is_old(tested, settings),
        f"{tested.outcome.capitalize()}, {clock.shown(tested.at, settings.time_zone)}"
        if tested
        else "Never",
        "A backup nobody has restored is a hope.",
        "Restore the newest backup into a scratch folder.",
        command="archiver restore BACKUP SCRATCH --test",
    )


def _alerts(settings: Settings) -> Step:
    count = len(settings.alerts.targets)
    return Step(
        "Alerts",
        count > 0,
        f"{count} targets" if count else "A bad night is told to nobody",
        "A run that fails quietly is found out when a requester asks for that day.",
        "Name a target in archive.toml, [alerts].",
        command="edit archive.toml, then archiver doctor",
    )


def _practice(office: sqlite3.Connection) -> Step:
    made = len(list_requests(office, practice=True))
    return Step(
        "Practice request",
        made > 0,
        f"{made} made" if made else "None yet",
        "Go the whole way once, from intake to packet, before a real date runs.",
        "Make a request for practice: it holds nothing and counts nowhere.",
        "/requests/new?practice=1",
        "archiver requests new --practice",
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)
