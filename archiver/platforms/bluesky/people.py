"""Who follows the account, whom it follows, blocks and mutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from archiver.atproto.records import Record
from archiver.decoding import decoder
from archiver.items import Page, Relation, Skipped, Subscriber
from archiver.platforms.bluesky import asking, views
from archiver.platforms.bluesky.session import NoAppView, Refused, Session
from archiver.platforms.http import Unreachable


class _Profile(msgspec.Struct):
    did: str
    followersCount: int | None = None
    followsCount: int | None = None


_read_profile = decoder(_Profile)


_read_person = decoder(views.Person)


def people(session: Session, did: str, relation: Relation, resume: str | None) -> Iterator[Page]:
    """Followers and mutes, with the number the platform states for the followers."""
    if relation is Relation.FOLLOWER:
        method, key, about = "app.bsky.graph.getFollowers", "followers", {"actor": did}
        stated = asking.read(
            session.ask_appview("app.bsky.actor.getProfile", {"actor": did}),
            _read_profile,
            "getProfile",
        ).followersCount
    else:
        method, key, about, stated = "app.bsky.graph.getMutes", "mutes", {}, None
    for answer, entries in asking.appview_pages(
        session, method, about, key, resume, personal=relation is Relation.MUTE
    ):
        found: list[Subscriber] = []
        skipped: list[Skipped] = []
        for raw in entries:
            try:
                person = _read_person(raw)
                found.append(views.subscriber(relation, person))
            except msgspec.MsgspecError as error:
                skipped.append(views.unreadable(method, error, bytes(raw)))
        yield Page(
            subscribers=found,
            skipped=skipped,
            exchange=answer.exchange,
            resume=asking.cursor_of(answer),
            stated_count=stated,
        )


_read_record = decoder(Record)


def subjects(
    session: Session,
    did: str,
    relation: Relation,
    collection: str,
    resume: str | None,
    size: int,
) -> Iterator[Page]:
    """Whom the account follows or blocks, from its own repository: complete without an AppView,
    which leaves out accounts that are suspended. The AppView adds the names where there is one."""
    for page in asking.listed(session, did, collection, resume, size):
        subjects_here: list[str] = []
        skipped: list[Skipped] = []
        for raw in page.records:
            try:
                subject = _read_record(raw).value.get("subject")
            except msgspec.MsgspecError as error:
                skipped.append(views.unreadable("listRecords", error, raw))
                continue
            if isinstance(subject, str):
                subjects_here.append(subject)
            else:
                skipped.append(Skipped(collection, None, "names nobody", True, raw))
        names = _names(session, subjects_here)
        yield Page(
            subscribers=[
                views.subscriber(relation, names.get(one, views.Person(one)))
                for one in dict.fromkeys(subjects_here)
            ],
            skipped=skipped,
            exchange=page.answer.exchange,
            resume=page.cursor,
        )


_read_people = decoder(list[views.Person])


def _names(session: Session, dids: Sequence[str]) -> dict[str, views.Person]:
    found: dict[str, views.Person] = {}
    try:
        for start in range(0, len(dids), asking.BATCH):
            actors = list(dids[start : start + asking.BATCH])
            answer = session.ask_appview("app.bsky.actor.getProfiles", {"actors": actors})
            body = asking.read(answer, asking.read_parts, "getProfiles")
            for person in _read_people(body["profiles"]):
                found[person.did] = person
    except (NoAppView, Refused, Unreachable, KeyError, msgspec.MsgspecError):
        return found
    return found
