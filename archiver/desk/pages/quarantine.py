"""Quarantine at the desk: putting a record in, and the attorney's pages of what is there."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.archive.files import find_media
from archiver.archive.reading import media_of, record, versions
from archiver.desk.answers import Answer, Asked, Bytes, NotHere, Page, Redirect
from archiver.desk.galleries import gallery, shown_type
from archiver.desk.looking import note_look
from archiver.desk.states import states_of
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.items import Access
from archiver.register.accounts import account_by_id
from archiver.requests.book import requests_touching
from archiver.retention.quarantine import (
    Step,
    in_quarantine,
    lift,
    lifted_lately,
    put_in_quarantine,
    quarantine_history,
    standing_over,
    together_with,
)
from archiver.staff.roles import CONSENT, VIEW_QUARANTINE

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Act:
    """What went into quarantine together, or came out of it together: its first step, the records
    that are named and how many more there are."""

    step: Step
    named: tuple[int, ...]
    more: int

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.named) + self.more


def place(visit: Visit, asked: Asked) -> Answer:
    """Put a record in quarantine, at once.

    Raises NotHere where there is no such record, or none this person may know of.
    """
    file, record_id = asked.parts["file"], int(asked.parts["id"])
    with visit.evidence() as files, visit.office() as office:
        if file not in files or record(files[file], record_id) is None:
            raise NotHere
        done = put_in_quarantine(
            office,
            files,
            file,
            record_id,
            actor=visit.person.login,
            kind=asked.given("kind"),
            reason=asked.given("reason"),
            with_thread=asked.given("what") == "thread",
        )
    return Redirect(f"/quarantine/placed?records={len(done.ids)}")


def placed(visit: Visit, asked: Asked) -> Answer:
    """What was done, for who can no longer see the record it was done to."""
    number = asked.asked("records")
    count = int(number) if number.isdecimal() and len(number) < 7 else 1
    return Page("quarantine_placed.html", {"count": count, "decides": visit.may(VIEW_QUARANTINE)})


def listed(visit: Visit, asked: Asked) -> Answer:
    """Everything that is in quarantine, and what came out of it last. No content."""
    with visit.office() as office:
        standing, lifted = in_quarantine(office), lifted_lately(office)
    out = asked.asked("lifted")
    return Page(
        "quarantine.html",
        {
            "acts": _acts(standing),
            "records": len(standing),
            "lifted": _acts(lifted),
            "done": int(out) if out.isdecimal() and len(out) < 7 else None,
        },
    )


def one(visit: Visit, asked: Asked) -> Answer:
    """A record in quarantine: facts and text, for who decides about it. That it was looked at is
    written down first."""
    return _one(visit, *_named(visit, asked))


def _one(visit: Visit, file: str, standing: Step, problem: str = "") -> Page:
    number = standing.record_id
    note_look(visit, "viewed in quarantine", f"record {file}:{number}")
    with visit.office() as office:
        history = quarantine_history(office, file, number)
        together = [each for each in together_with(office, standing) if each.id != standing.id]
        requests = requests_touching(office, file, number)
        with visit.whole_evidence() as files:
            found = record(files[file], number)
            kept = versions(files[file], number)
            pictures = gallery(files[file], number)
        try:
            account = account_by_id(office, found.account_id) if found else None
        except ArchiverError:
            account = None
    return Page(
        "quarantined.html",
        {
            "standing": standing,
            "file": file,
            "record": found,
            "states": states_of(found, visit.desk.settings.time_zone) if found else [],
            "account": account,
            "versions": [each for each in kept if found and each.id != found.version_id],
            "pictures": pictures,
            "history": history,
            "together": together[:_NAMED],
            "together_count": len(together),
            "requests": requests,
            "can_remove": visit.reaches(CONSENT),
            "problem": problem,
        },
        422 if problem else 200,
    )


def picture(visit: Visit, asked: Asked) -> Answer:
    """A picture or file of a record in quarantine, as long as it is there. Never a thumbnail; each
    look is written down first."""
    file, standing = _named(visit, asked)
    position = int(asked.parts["position"])
    with visit.whole_evidence() as files:
        held = media_of(files[file], standing.record_id)
    found = next((each for each in held if each.position == position), None)
    if found is None or found.sha256 is None:
        raise NotHere
    access = Access.PRIVATE if file == "private" else Access.PUBLIC
    path = find_media(visit.desk.home, access, found.sha256)
    if path is None:
        raise NotHere
    note_look(
        visit,
        "opened a picture in quarantine",
        f"record {file}:{standing.record_id}",
        {"position": position},
    )
    kind = shown_type(found.media_type)
    name = found.sha256[:16] + (mimetypes.guess_extension(found.media_type or "") or "")
    return Bytes(path, kind or "application/octet-stream", name, inline=kind is not None)


def let_out(visit: Visit, asked: Asked) -> Answer:
    """Take a record out of quarantine, by choice with what went in with it."""
    file, standing = _named(visit, asked)
    try:
        with visit.office() as office:
            out = lift(
                office,
                file,
                standing.record_id,
                actor=visit.person.login,
                reason=asked.given("reason"),
                together=asked.given("what") == "together",
            )
    except ArchiverError as wrong:
        return _one(visit, file, standing, str(wrong))
    return Redirect(f"/quarantine?lifted={len(out)}")


def _named(visit: Visit, asked: Asked) -> tuple[str, Step]:
    file, record_id = asked.parts["file"], int(asked.parts["id"])
    if file == "private" and not visit.private:
        raise NotHere
    with visit.office() as office:
        standing = standing_over(office, file, record_id)
    if standing is None:
        raise NotHere
    return file, standing


def _acts(steps: Sequence[Step]) -> list[Act]:
    """The steps by the act they belong to, in the order of the acts."""
    by_act: dict[int, list[Step]] = {}
    for step in steps:
        by_act.setdefault(step.act, []).append(step)
    return [
        Act(
            next((each for each in some if each.record_id == each.chosen), some[-1]),
            tuple(each.record_id for each in reversed(some))[:_NAMED],
            max(0, len(some) - _NAMED),
        )
        for some in by_act.values()
    ]
