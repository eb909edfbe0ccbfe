"""What of a request went out: releasing a volume, its links and fetches, taking it back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

from archiver import clock
from archiver.config import Home
from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Bytes, NotAllowed, NotHere, Page, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.producing import sees_all
from archiver.desk.pages.requests import find_request
from archiver.desk.releases_shown import CHANNELS, VolumeLine, shown_release
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.production.ledger import productions_of
from archiver.production.releasing.book import (
    INSPECTION,
    LINK,
    STAGED,
    ReleaseRecord,
    get_release,
    releases_of,
)
from archiver.production.releasing.checks import objections, proof_of, standing_of, zip_of
from archiver.production.releasing.ending import supersede, withdraw
from archiver.production.releasing.going_out import volumes_out
from archiver.production.releasing.handing_over import hand_over_by_hand, volumes_of
from archiver.production.releasing.linking import NewLink, close_link, make_link
from archiver.production.releasing.offering import Terms, terms_of
from archiver.production.releasing.settling import settle
from archiver.production.releasing.staging import recipient_of, stage
from archiver.register.office import audit
from archiver.requests.book import Request
from archiver.staff.roles import PRODUCE

_FORMS = ("volume", "channel", "to", "note", "days", "downloads", "on", "at")


def show(visit: Visit, asked: Asked) -> Answer:
    """Every release of the request, newest first, and a form for the next."""
    return _page(visit, asked, _request(visit, asked))


def make(visit: Visit, asked: Asked) -> Answer:
    """Release volumes. A link is shown in this answer and never again."""
    request = _request(visit, asked)
    new: NewLink | None = None
    try:
        with visit.office() as office:
            volumes = [int(each) for each in asked.all_given("volume") if whole(each)]
            if not volumes:
                raise InputError("tick the volumes that are to go out")
            actor, home = visit.person.login, visit.desk.home
            channel = asked.given("channel")
            by_link = channel in (LINK, INSPECTION)
            at = "" if by_link else _moment(visit, asked)
            terms = _terms(visit, asked, channel) if by_link else None
            release = stage(
                home,
                office,
                request.number,
                volumes,
                actor=actor,
                channel=channel,
                recipient=asked.given("to"),
                note=asked.given("note"),
                at=at,
                seen=whole(asked.given("seen")) or 0,
            )
            if by_link:
                new = make_link(home, office, release, actor=actor, terms=terms)
            else:
                hand_over_by_hand(home, office, release, actor=actor, at=at)
    except ArchiverError as wrong:
        return _page(visit, asked, request, problem=str(wrong))
    if new is not None:
        return _page(visit, asked, request, new=new)
    return Redirect(f"/requests/{request.number}/releases?done=released")


def link(visit: Visit, asked: Asked) -> Answer:
    """Make a link, or another one, for a release. It is shown in this answer and never again."""
    request, release = _release(visit, asked)
    try:
        with visit.office() as office:
            if len(release.links) != (whole(asked.given("seen")) or 0):
                raise InputError("a link was made since this page was opened: look at it first")
            terms = _terms(visit, asked, release.channel)
            actor = visit.person.login
            new = make_link(visit.desk.home, office, release, actor=actor, terms=terms)
    except ArchiverError as wrong:
        return _page(visit, asked, request, problem=str(wrong))
    return _page(visit, asked, request, new=new)


def hand_over(visit: Visit, asked: Asked) -> Answer:
    """Write down that what was staged was handed over."""

    def act(home: Home, office: sqlite3.Connection, release: ReleaseRecord, actor: str) -> object:
        at = _moment(visit, asked)
        return hand_over_by_hand(home, office, release, actor=actor, at=at)

    return _acted(visit, asked, act, "released")


def take_back(visit: Visit, asked: Asked) -> Answer:
    """Withdraw a release: its links die at once."""

    def act(home: Home, office: sqlite3.Connection, release: ReleaseRecord, actor: str) -> object:
        return withdraw(home, office, release.id, actor=actor, reason=asked.given("reason"))

    return _acted(visit, asked, act, "withdrawn")


def replace(visit: Visit, asked: Asked) -> Answer:
    """Say which volume stands in a release's place."""

    def act(home: Home, office: sqlite3.Connection, release: ReleaseRecord, actor: str) -> object:
        volume = whole(asked.given("by"))
        if volume is None:
            raise InputError("choose the volume that stands in its place")
        reason = asked.given("reason")
        return supersede(home, office, release.id, volume, actor=actor, reason=reason)

    return _acted(visit, asked, act, "superseded")


def end(visit: Visit, asked: Asked) -> Answer:
    """End one link; the release stands."""

    def act(home: Home, office: sqlite3.Connection, release: ReleaseRecord, actor: str) -> object:
        number = int(asked.parts["link"])
        if number not in {each.id for each in release.links}:
            raise NotHere
        return close_link(home, office, number, actor=actor, why=asked.given("reason"))

    return _acted(visit, asked, act, "ended")


def file(visit: Visit, asked: Asked) -> Answer:
    """The zip or the proof of a released volume, for a drive or the clerk's own mail program."""
    request, release = _release(visit, asked)
    with visit.office() as office:
        paths = {
            path.name: path
            for made in volumes_of(visit.desk.home, office, release)
            for path in (zip_of(made), proof_of(made))
        }
        path = paths.get(asked.parts["packed"])
        if path is None or not path.is_file():
            raise NotHere
        with write_transaction(office):
            audit(
                office,
                actor=visit.person.login,
                action="opened a released file",
                subject=f"request {request.number}",
                detail={"release": release.id, "file": path.name},
            )
    kind = "application/zip" if path.suffix == ".zip" else "application/json"
    return Bytes(path, kind, f"{request.number}-{path.name}")


def _acted(
    visit: Visit,
    asked: Asked,
    act: Callable[[Home, sqlite3.Connection, ReleaseRecord, str], object],
    done: str,
) -> Answer:
    request, release = _release(visit, asked)
    try:
        with visit.office() as office:
            act(visit.desk.home, office, release, visit.person.login)
    except ArchiverError as wrong:
        return _page(visit, asked, request, problem=str(wrong))
    return Redirect(f"/requests/{request.number}/releases?done={done}")


def _page(
    visit: Visit,
    asked: Asked,
    request: Request,
    *,
    problem: str = "",
    new: NewLink | None = None,
) -> Page:
    home, settings = visit.desk.home, visit.desk.settings
    with visit.office() as office:
        if visit.may(PRODUCE):  # who only looks writes nothing
            settle(home, office)
        releases = releases_of(office, request.number)
        shown = [shown_release(office, each) for each in reversed(releases)]
        out = volumes_out(office, request.number)
        made = productions_of(office, home, request.number)
        standing = standing_of(office, settings, request.number)
        volumes = [
            VolumeLine(
                each, out.get(each.volume), tuple(objections(office, standing, each, files=False))
            )
            for each in made
        ]
    now = clock.now().astimezone(clock.zone(settings.time_zone))
    typed = {name: asked.given(name) if problem else "" for name in _FORMS}
    return Page(
        "releases.html",
        {
            "request": request,
            "releases": shown,
            "volumes": volumes,
            "channels": CHANNELS,
            "given": typed | {"volumes": asked.all_given("volume") if problem else []},
            "recipient": recipient_of(request),
            "usual": settings.delivery,
            "today": now.date().isoformat(),
            "time": f"{now:%H:%M}",
            "seen": releases[-1].id if releases else 0,
            "can_release": visit.reaches(PRODUCE),
            "done": asked.asked("done"),
            "new": new,
            "problem": problem,
            "STAGED": STAGED,
        },
        422 if problem else 200,
    )


def _terms(visit: Visit, asked: Asked, channel: str) -> Terms:
    return terms_of(
        visit.desk.settings,
        channel,
        days=whole(asked.given("days")),
        downloads=whole(asked.given("downloads")),
        passphrase=asked.given("passphrase"),
    )


def _request(visit: Visit, asked: Asked) -> Request:
    """The request of an address. Raises NotAllowed where it holds what this person may not know."""
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        if not sees_all(visit, office, request):
            raise NotAllowed("Somebody who may see everything in this request sees its releases.")
    return request


def _release(visit: Visit, asked: Asked) -> tuple[Request, ReleaseRecord]:
    request = _request(visit, asked)
    with visit.office() as office:
        try:
            release = get_release(office, int(asked.parts["release"]))
        except InputError:
            raise NotHere from None
    if release.request != request.number:
        raise NotHere
    return request, release


def _moment(visit: Visit, asked: Asked) -> str:
    """When it was handed over, as typed; now where nothing was."""
    if not asked.given("on"):
        return ""
    zone = clock.zone(visit.desk.settings.time_zone)
    try:
        day = dt.date.fromisoformat(asked.given("on"))
        time = dt.time.fromisoformat(asked.given("at") or "12:00")
        return clock.to_text(dt.datetime.combine(day, time, zone))
    except (ValueError, OverflowError):
        raise InputError("the day or the time cannot be read: give both") from None
