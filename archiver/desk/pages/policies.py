"""Policies for the accounts: their versions, what was in force on a day, entering the next."""

from __future__ import annotations

import datetime as dt

from archiver import clock
from archiver.desk.answers import Answer, Asked, Bytes, NotHere, Page, Redirect
from archiver.desk.differences import word_difference
from archiver.desk.numbers import whole
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError, IntegrityError
from archiver.policy.checking import document_intact
from archiver.policy.versions import (
    NewVersion,
    PolicyVersion,
    add_version,
    list_versions,
    take_back_version,
    version_by_id,
)
from archiver.register.accounts import list_accounts
from archiver.staff.roles import KEEP_POLICIES

_FIELDS = ("policy", "version", "effective_from", "adopted_by", "departments", "wording", "note")


def show(visit: Visit, asked: Asked) -> Answer:
    """Every version; of a day that is asked for, what was in force on it."""
    today = _today(visit)
    given, problem = asked.asked("on"), ""
    day = today
    if given:
        try:
            day = dt.date.fromisoformat(given)
        except ValueError:
            problem = "the day is no date: write it like 2026-11-16"
    with visit.office() as office:
        versions = list_versions(office)
        accounts = {each.id: each for each in list_accounts(office)}
    shown = {
        "versions": versions,
        "standing": [each for each in versions if each.state_on(day.isoformat()) == "in force"],
        "accounts": accounts,
        "day": day.isoformat(),
        "today": today.isoformat(),
        "problem": problem,
        "can_keep": visit.may(KEEP_POLICIES),
    }
    return Page("policies.html", shown, 422 if problem else 200)


def form(visit: Visit, asked: Asked) -> Answer:
    """The form of a new version; begun from a policy that has one, where one is named."""
    return _form(visit, {"policy": asked.asked("policy")[:300]}, [])


def _form(visit: Visit, given: dict[str, str], accounts: list[str], problem: str = "") -> Page:
    with visit.office() as office:
        registered = list_accounts(office)
        policies = dict.fromkeys(each.policy for each in list_versions(office))
    shown = {
        "given": {**dict.fromkeys(_FIELDS, ""), **given},
        "chosen": accounts,
        "accounts": registered,
        "departments": sorted({each.department for each in registered}),
        "policies": list(policies),
        "problem": problem,
    }
    return Page("policy_new.html", shown, 422 if problem else 200)


def enter(visit: Visit, asked: Asked) -> Answer:
    """Enter a version."""
    upload = asked.file("file")
    accounts = asked.all_given("account")
    try:
        new = NewVersion(
            *(asked.given("policy"), asked.given("version"), _day(asked.given("effective_from"))),
            adopted_by=asked.given("adopted_by"),
            departments=asked.given("departments").split("\n"),
            accounts=[whole(each) or 0 for each in accounts],
            wording=asked.given("wording"),
            file=upload.path if upload else None,
            file_name=upload.name if upload else "",
            note=asked.given("note"),
        )
        with visit.office() as office:
            made = add_version(visit.desk.home, office, new, actor=visit.person.login)
    except ArchiverError as wrong:
        return _form(visit, {name: asked.given(name) for name in _FIELDS}, accounts, str(wrong))
    return Redirect(f"/policies/{made.id}")


def one(visit: Visit, asked: Asked) -> Answer:
    """A version: its wording, and how it differs from the one before."""
    return _one(visit, _found(visit, asked))


def _one(visit: Visit, found: PolicyVersion, problem: str = "") -> Page:
    with visit.office() as office:
        before = _before(list_versions(office), found)
        accounts = {each.id: each for each in list_accounts(office)}
    compared = before is not None and bool(before.wording) and bool(found.wording)
    shown = {
        "found": found,
        "found_state": found.state_on(_today(visit).isoformat()),
        "before": before,
        "pieces": word_difference(before.wording, found.wording) if before and compared else None,
        "accounts": accounts,
        "problem": problem,
        "can_keep": visit.may(KEEP_POLICIES) and found.taken_back is None,
    }
    return Page("policy.html", shown, 422 if problem else 200)


def document(visit: Visit, asked: Asked) -> Answer:
    """The document as it was published, for saving."""
    found = _found(visit, asked)
    if found.document is None:
        raise NotHere
    path = document_intact(visit.desk.home, found)
    if path is None:
        raise IntegrityError(
            "the document is missing or is not what was kept: tell IT to run `archiver verify`"
        )
    name = f"policy-{found.id}-{found.effective_from}{path.suffix}"
    return Bytes(path, found.document.media_type, name, inline=path.suffix == ".pdf")


def take_back(visit: Visit, asked: Asked) -> Answer:
    """Take back a version entered by mistake."""
    found = _found(visit, asked)
    try:
        with visit.office() as office:
            take_back_version(
                office, found.id, actor=visit.person.login, reason=asked.given("reason")
            )
    except ArchiverError as wrong:
        return _one(visit, found, str(wrong))
    return Redirect(f"/policies/{found.id}")


def _before(versions: list[PolicyVersion], found: PolicyVersion) -> PolicyVersion | None:
    """The version of the same policy before this one."""
    earlier = (
        each
        for each in versions
        if each.policy.casefold() == found.policy.casefold()
        and each.taken_back is None
        and each.effective_from < found.effective_from
    )
    return next(earlier, None)


def _found(visit: Visit, asked: Asked) -> PolicyVersion:
    with visit.office() as office:
        try:
            return version_by_id(office, int(asked.parts["version"]))
        except InputError:
            raise NotHere from None


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("give the day from which it is in effect") from None


def _today(visit: Visit) -> dt.date:
    return clock.local_day(clock.now_text(), visit.desk.settings.time_zone)
