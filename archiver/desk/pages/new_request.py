"""The form for a new request: empty, with picked records, from an e-mail, from a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archiver import clock
from archiver.archive.reading import Record
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.looking import note_private
from archiver.desk.picks import MOST as MOST_PICKS
from archiver.desk.picks import Pick, add_picks, read_picks
from archiver.desk.scope_form import read_day, read_scope, scope_choices
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import CHANNELS
from archiver.requests.receiving.arriving import Arrival, OtherNumber, log_arrival
from archiver.requests.receiving.attaching import FileKind, NewFile
from archiver.requests.receiving.emails import EmailDraft, name_of, read_email
from archiver.requests.receiving.queue import requests_from
from archiver.requests.receiving.referring import SYSTEMS
from archiver.requests.receiving.relating import Relation
from archiver.requests.receiving.staging import stage, staged, unstage

PICKS_SHOWN = 8
MOST_WITH_FILES = 100
"""A form with more picked records than this has no places for files: it is sent as plain fields."""

_NAMES = (
    *("received_on", "received_time", "received_exact", "channel", "verbatim", "requester"),
    *("contact", "scope", "practice", "email", "source", "relation", "other"),
    *("system", "number", "dated", "number_note"),
)


@dataclass(frozen=True, slots=True)
class _Start:
    """What the form begins with."""

    given: Mapping[str, str]
    email: EmailDraft | None = None
    source: Pick | None = None
    notices: tuple[str, ...] = ()


def form(visit: Visit, asked: Asked) -> Answer:
    """The form. `?email=` fills it from a dropped e-mail, `?source=` from a captured record,
    `?practice=1` ticks practice."""
    try:
        start = _start(visit, asked)
    except InputError as wrong:
        return new_form(visit, [], families=False, problem=str(wrong))
    return new_form(visit, [], families=False, start=start)


def drop_email(visit: Visit, asked: Asked) -> Answer:
    """Take an e-mail file and show the form filled from it. Nothing is logged by this."""
    upload = asked.file("eml")
    try:
        if upload is None:
            raise InputError("choose the e-mail file first (.eml or .msg)")
        content = upload.path.read_bytes()
        read_email(content)
        digest = stage(visit.desk.home, visit.person.login, content)
    except ArchiverError as wrong:
        return new_form(visit, [], families=False, problem=str(wrong))
    return Redirect(f"/requests/new?email={digest}")


def new_form(
    visit: Visit,
    picks: list[Pick],
    *,
    families: bool,
    search: str = "",
    start: _Start | None = None,
    asked: Asked | None = None,
    problem: str = "",
) -> Page:
    """The form, with records that go into the request as soon as it is saved."""
    begun = start or _Start({})
    shown_records = [*picks[:PICKS_SHOWN], *([begun.source] if begun.source else [])]
    note_private(visit, "a new request", ((pick.file, pick.record.id) for pick in shown_records))
    now = clock.now().astimezone(clock.zone(visit.desk.settings.time_zone))
    values = {
        **dict.fromkeys(_NAMES, ""),
        "received_on": now.date().isoformat(),
        "received_time": f"{now:%H:%M}",
        "channel": "email",
        **begun.given,
    }
    shown = {
        "values": values,
        "channels": CHANNELS,
        "picks": picks,
        "picks_shown": picks[:PICKS_SHOWN],
        "families": families,
        "search": search,
        "problem": problem,
        "today": now.date(),
        "email": begun.email,
        "source": begun.source,
        "notices": begun.notices,
        "systems": SYSTEMS,
        "relations": [relation.value for relation in Relation],
        "takes_files": len(picks) <= MOST_WITH_FILES,
        **scope_choices(visit, asked),
    }
    return Page("request_new.html", shown, 422 if problem else 200)


def create(visit: Visit, asked: Asked) -> Answer:
    """Log the request with all that came with it, then add the records it was started from."""
    picks = read_picks(visit, asked.all_given("pick")[:MOST_PICKS])
    families = bool(asked.given("families"))
    search = asked.given("search")
    given = {name: asked.given(name).replace("\r\n", "\n") for name in _NAMES}
    start = _Start(given)
    try:
        start = replace(start, email=_email(visit, given["email"]))
        start = replace(start, source=_source(visit, given["source"]))
        arrival = _arrival(visit, asked, given, start)
        with visit.office() as office:
            made = log_arrival(
                visit.desk.home, office, visit.desk.settings, arrival, actor=visit.person.login
            )
    except ArchiverError as wrong:
        return new_form(
            visit,
            picks,
            families=families,
            search=search,
            start=start,
            asked=asked,
            problem=str(wrong),
        )
    if start.email is not None:
        unstage(visit.desk.home, visit.person.login, start.email.sha256)
    if not picks:
        return Redirect(f"/requests/{made.number}")
    report = add_picks(visit, made.number, picks, families=families, search=search)
    return Redirect(f"/requests/{made.number}?added={report.added}")


def _start(visit: Visit, asked: Asked) -> _Start:
    if asked.asked("email"):
        return _from_email(visit, asked.asked("email"))
    if asked.asked("source"):
        return _from_record(visit, asked.asked("source"))
    if asked.asked("practice"):
        return _Start({"practice": "1"})
    return _Start({})


def _from_email(visit: Visit, digest: str) -> _Start:
    draft = _email(visit, digest)
    if draft is None:
        raise NotHere
    lead = f"Subject: {draft.subject}\n\n" if draft.subject else ""
    given = {
        "email": digest,
        "channel": "email",
        "verbatim": lead + draft.text,
        "requester": draft.sender,
        "contact": draft.address,
        "scope": draft.subject,
        **(_moment(visit, draft.received) if draft.received else {}),
    }
    return _Start(given, email=draft, notices=draft.notices)


def _from_record(visit: Visit, name: str) -> _Start:
    """The form filled with a resident's own words and the time they were written."""
    source = _source(visit, name)
    if source is None:
        raise NotHere
    record = source.record
    with visit.office() as office:
        known = requests_from(office, source.file, record.id)
    notices = [f"This is logged as request {each.number} already" for each in known]
    if record.undated:
        notices.append(
            "The platform gives no time for this: when the archive first saw it stands here"
        )
    if record.text.strip():
        notices.append("Its words will be seen by everybody who may see requests")
    given = {
        "source": name,
        "channel": "direct message" if record.kind == "message" else "post",
        "verbatim": record.text,
        "requester": record.author_name or record.author_handle or "",
        "contact": _reached(record),
        **_moment(visit, record.first_seen_at if record.undated else record.created_at),
    }
    return _Start(given, source=source, notices=tuple(notices))


def _reached(record: Record) -> str:
    return f"{record.platform}: @{record.author_handle}" if record.author_handle else ""


def _moment(visit: Visit, at: str) -> dict[str, str]:
    """A stored time as the form's fields, and as it is: the form shows minutes only."""
    local = clock.parse(at).astimezone(clock.zone(visit.desk.settings.time_zone))
    return {
        "received_on": local.date().isoformat(),
        "received_time": f"{local:%H:%M}",
        "received_exact": at,
    }


def _email(visit: Visit, digest: str) -> EmailDraft | None:
    if not digest:
        return None
    return read_email(staged(visit.desk.home, visit.person.login, digest))


def _source(visit: Visit, name: str) -> Pick | None:
    return read_picks(visit, [name])[0] if name else None


def _arrival(visit: Visit, asked: Asked, given: Mapping[str, str], start: _Start) -> Arrival:
    number = given["number"].strip()
    source = start.source
    return Arrival(
        received_at=_received(visit, given),
        channel=given["channel"],
        verbatim=given["verbatim"],
        requester=given["requester"] or None,
        contact=given["contact"] or None,
        scope=given["scope"],
        practice=bool(given["practice"]),
        fields=read_scope(asked),
        numbers=(
            (
                OtherNumber(
                    given["system"] or "other",
                    number,
                    read_day(given["dated"], "the day of the other number"),
                    given["number_note"],
                ),
            )
            if number
            else ()
        ),
        relations=(
            ((given["relation"] or Relation.RELATED.value, given["other"]),)
            if given["other"].strip()
            else ()
        ),
        files=tuple(_files(visit, asked, start.email)),
        source=(source.file, source.record.id, source.record.version_id) if source else None,
    )


def _files(visit: Visit, asked: Asked, draft: EmailDraft | None) -> Sequence[NewFile]:
    """The e-mail itself with what was enclosed, then what was chosen on the form."""
    found: list[NewFile] = []
    if draft is not None:
        content = staged(visit.desk.home, visit.person.login, draft.sha256)
        found += [NewFile(content, name_of(content), FileKind.EMAIL), *draft.files]
    for upload in asked.all_files("files"):
        found.append(NewFile(upload.path.read_bytes(), upload.name))
    return list({file.content: file for file in reversed(found)}.values())[::-1]


def _received(visit: Visit, given: Mapping[str, str]) -> str:
    zone = clock.zone(visit.desk.settings.time_zone)
    try:
        moment = dt.datetime.combine(
            dt.date.fromisoformat(given["received_on"]),
            dt.time.fromisoformat(given["received_time"] or "00:00"),
            zone,
        )
    except ValueError:
        raise InputError("the day or time of receipt is missing: give both") from None
    return _exact(moment, given["received_exact"]) or clock.to_text(moment)


def _exact(typed: dt.datetime, text: str) -> str | None:
    """The time an e-mail or a record bears, as long as the form still shows its minute."""
    try:
        exact = clock.parse(text)
    except ValueError:
        return None
    shown = exact.astimezone(typed.tzinfo).replace(second=0, microsecond=0)
    return text if shown == typed.replace(second=0) else None
