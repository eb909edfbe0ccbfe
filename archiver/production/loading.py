"""From decisions to the release view: the only place where a production meets what is withheld.

What is withheld goes in as an item with its decision and comes out as a number and a section of
law; nothing of its record is read. Everything after this module sees the release view alone.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

from archiver import clock
from archiver.archive.files import media_path
from archiver.archive.groups import MediaFacts, PersonFacts
from archiver.archive.media import sniff
from archiver.archive.reading import Event as ArchiveEvent
from archiver.archive.reading import Version as ArchiveVersion
from archiver.archive.reading import events_of, evidence_of, holds_bytes, versions
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.database import rows
from archiver.errors import ArchiverError, RuleError
from archiver.items import Access
from archiver.production import words
from archiver.production.held import coverage
from archiver.production.release import (
    Capture,
    Event,
    Ground,
    Media,
    Office,
    Record,
    Release,
    Request,
    Search,
    Withheld,
)
from archiver.production.siblings import Siblings
from archiver.requests.book import (
    Choice,
    Item,
    LoggedSearch,
    ProductionItem,
    attestation_of,
    catalogue,
    items_of,
    requests_touching,
    searches_of,
)
from archiver.requests.book import Request as LoggedRequest
from archiver.requests.collecting.freezing import saved_names
from archiver.requests.deadline import request_deadline
from archiver.staff.people import list_people
from archiver.staff.schema import open_staff

FILES = {"archive": Access.PUBLIC, "private": Access.PRIVATE}
Place = tuple[str, int, str]
"""File, account and platform's id of a record."""
_NAMED = 5
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_LANGUAGE = frozenset(("und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"))
_HEAD = 64

_SOURCES = {
    "x-download": "X data download",
    "bluesky-api": "Bluesky",
    "bluesky": "Bluesky",
}
_FILE_WORDS = {"archive": "public records", "private": "private messages and lists"}
_WHAT = {
    "hidden": "Hidden from the public.",
    "unhidden": "Shown to the public again.",
    "reappeared": "Found on the platform again.",
}
_REMOVERS = {
    "author": "by its author",
    "agency": "by the city",
    "platform": "by the platform",
}


def refuse_unready(found: Sequence[ProductionItem]) -> None:
    """Raise RuleError where an item is undecided or not what was reviewed; it names which.

    What is in quarantine may stand withheld or not responsive: nothing of it is read for that.
    """
    if not found:
        raise RuleError("nothing is collected for this request yet: add records, then decide")
    changed = [each for each in found if each.problem and not _left_out(each)]
    if changed:
        first = changed[0]
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise RuleError(f"item {first.item.id}{more} cannot be produced: {first.problem}")
    undecided = [str(e.item.id) for e in found if e.item.decision.choice is Choice.UNDECIDED]
    if undecided:
        named = ", ".join(undecided[:_NAMED]) + (" …" if len(undecided) > _NAMED else "")
        verb = "item has" if len(undecided) == 1 else "items have"
        raise RuleError(
            f"{len(undecided)} {verb} no decision yet ({named}): decide before producing"
        )


def _left_out(each: ProductionItem) -> bool:
    return each.quarantined and each.item.decision.choice in (
        Choice.WITHHOLD,
        Choice.NOT_RESPONSIVE,
    )


def fingerprint(item: Item) -> str:
    """What tells whether an item must be produced again: its version and what was decided."""
    sections = "|".join(_citations(item))
    text = f"{item.decision.choice.value}|{item.leaf}|{sections}"
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def load_release(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    request: LoggedRequest,
    items: Sequence[ProductionItem],
    found: Sequence[ProductionItem],
    *,
    volume: int,
    now: str,
    earlier: Mapping[Place, str],
    sheets: Mapping[int, str],
) -> Release:
    """The release view of a volume that holds `items` of all that was `found` for the request.

    `earlier` says on which page of an earlier volume a record stands, `sheets` on which page of one
    the sheet of a withheld item stands, by item id.

    Raises RuleError where an exemption's wording changed since the decision was made on it, or the
    attorney no longer stands by it.
    """
    settings = home.settings()
    withheld = sorted(
        (each.item for each in items if each.item.decision.choice is Choice.WITHHOLD),
        key=lambda item: item.id,
    )
    released = [each for each in items if each.item.decision.choice is Choice.RELEASE]
    numbers = {item.id: number for number, item in enumerate(withheld, 1)}
    elsewhere = _withheld_elsewhere(office, request.number, released)
    siblings = Siblings(found, numbers, sheets, elsewhere)
    return Release(
        office=Office(settings.agency, settings.time_zone, settings.bates_prefix),
        request=_request(office, request, settings),
        volume=volume,
        made_at=now,
        responsible=_responsible(home, withheld),
        records=_Records(archive, released, earlier, siblings).all(),
        withheld=tuple(Withheld(str(item.id), _citations(item)) for item in withheld),
        grounds=_grounds(office, withheld),
        searches=_searches(office, request.number),
        coverage=coverage(office, archive, settings.time_zone),
        earlier_volumes=volume - 1,
    )


class _Records:
    """Makes the released records, with their place among each other."""

    def __init__(
        self,
        archive: Archive,
        released: Sequence[ProductionItem],
        earlier: Mapping[Place, str],
        siblings: Siblings,
    ) -> None:
        self._archive = archive
        self._released = sorted(released, key=lambda each: (each.item.record_id, each.item.id))
        self._earlier = earlier
        self._siblings = siblings
        self._accounts = {file: _accounts(archive.file(access)) for file, access in FILES.items()}
        self._keys = {place_of(each): key_of(each.item) for each in self._released}

    def all(self) -> tuple[Record, ...]:
        """Every released record, in the order of time."""
        return tuple(self._record(each) for each in self._released)

    def _record(self, each: ProductionItem) -> Record:
        item, version = each.item, _version(each)
        connection = self._archive.file(FILES[item.file])
        place, details, author = version.place, version.details, version.author
        state = each.record
        if state is None:
            raise RuleError(f"item {item.id} cannot be produced: its record is gone")
        account, handle, department = self._accounts[item.file].get(place.account, ("", "", ""))
        kept = versions(connection, item.record_id)
        events = self._siblings.events(item, kept, version, events_of(connection, item.record_id))
        parent = (item.file, place.account, place.parent_id or "")
        return Record(
            key=key_of(item),
            thread=f"{item.file}:{item.family}",
            parent=self._keys.get(parent),
            answers=place.parent_id is not None,
            earlier_page=self._earlier.get(parent),
            platform=place.platform,
            account=account,
            handle=handle,
            department=department,
            kind=place.kind,
            form=place.form,
            author_name=author.display_name or "",
            author_handle=author.handle or "",
            author_id=author.native_id or "",
            author_role=author.role,
            recipients=tuple(_name(place.platform, person) for person in author.recipients),
            created_at=state.created_at,
            undated=state.undated,
            text=version.text,
            language=_language(details.language),
            url=details.url,
            links=details.links,
            native_id=place.native_id,
            visibility=state.visibility,
            content_state=details.content_state,
            presence=state.presence,
            number=version.n,
            versions=self._siblings.earlier(item, kept, version),
            left_out=self._siblings.left_out(item, kept, version),
            events=tuple(_events(events)),
            media=tuple(self._media(item.file, version.media, events)),
            capture=_capture(connection, version),
        )

    def _media(
        self, file: str, facts: Iterable[MediaFacts], events: Iterable[ArchiveEvent]
    ) -> Iterable[Media]:
        later = {e.detail["key"]: e.detail["sha256"] for e in events if e.what == "media received"}
        for fact in facts:
            digest = fact.sha256 or later.get(fact.key)
            if digest and not holds_bytes(self._archive.file(FILES[file]), digest):
                digest = None
            stated = fact.media_type or "application/octet-stream"
            path = media_path(self._archive.home, FILES[file], digest) if digest else None
            if path is None or not path.is_file():
                yield Media(None, stated, fact.alt_text, 0)
                continue
            with path.open("rb") as opened:
                kind = sniff(opened.read(_HEAD))
            yield Media(path, kind, fact.alt_text, path.stat().st_size)


def _version(each: ProductionItem) -> ArchiveVersion:
    if each.version is None:
        raise RuleError(f"item {each.item.id} cannot be produced: {each.problem}")
    return each.version


def key_of(item: Item) -> str:
    """The name of an item's record in the release view."""
    return f"{item.id:08d}"


def place_of(each: ProductionItem) -> Place:
    """What names an item's record on its platform; answers name the same."""
    place = _version(each).place
    return each.item.file, place.account, place.native_id


def _language(tag: str | None) -> str | None:
    """A language tag a reader program can use (BCP 47), or None.

    X marks what it could not tell, or what is only tags and pictures, with codes of its own.
    """
    if tag is None or tag.lower() in _NO_LANGUAGE:
        return None
    return tag if _TAG.fullmatch(tag) else None


def _name(platform: str, person: PersonFacts) -> str:
    if person.display_name:
        return person.display_name
    if person.handle:
        return f"@{person.handle.removeprefix('@')}"
    return words.unnamed(platform, person.native_id) if person.native_id else "unknown"


def _events(events: Iterable[ArchiveEvent]) -> Iterable[Event]:
    for event in events:
        if event.what == "gone":
            by = _REMOVERS.get(str(event.detail.get("removed_by")), "")
            stated = event.detail.get("stated")
            words = "Deleted, as the download states" if stated else "Found gone from the platform"
            yield Event(event.at, f"{words}; removed {by}." if by else f"{words}.")
        elif event.what in _WHAT:
            yield Event(event.at, _WHAT[event.what])


def _capture(connection: sqlite3.Connection, version: ArchiveVersion) -> Capture:
    evidence = evidence_of(connection, version)
    source = _SOURCES.get(evidence.source, evidence.source.replace("-", " "))
    place = ""
    if evidence.original is not None and evidence.original.member:
        position = evidence.original.position
        place = evidence.original.member
        place += f", entry {position + 1}" if position is not None else ""
    elif version.details.exchange is not None:
        place = f"recorded answer {version.details.exchange}"
    return Capture(version.observed_at, source, place)


def _accounts(connection: sqlite3.Connection) -> dict[int, tuple[str, str, str]]:
    return {
        each["id"]: (each["display_name"], each["handle"], each["department"])
        for each in rows(connection, "SELECT id, display_name, handle, department FROM accounts")
    }


def _citations(item: Item) -> tuple[str, ...]:
    cited: list[str] = []
    for basis in item.decision.exemptions:
        entry = catalogue().find(basis.section)
        cited.append(entry.citation)
        if basis.second_citation:
            cited.append(basis.second_citation)
    return tuple(dict.fromkeys(cited))


def _withheld_elsewhere(
    office: sqlite3.Connection, number: str, released: Sequence[ProductionItem]
) -> set[tuple[str, int]]:
    """The versions of released records that stand withheld in other requests: file, version id."""
    edited = {(each.item.file, each.item.record_id) for each in released if _version(each).n > 1}
    others = {other for place in edited for other in requests_touching(office, *place)} - {number}
    return {
        (item.file, item.version_id)
        for other in others
        for item in items_of(office, other)
        if item.decision.choice is Choice.WITHHOLD
    }


def _grounds(office: sqlite3.Connection, withheld: Sequence[Item]) -> tuple[Ground, ...]:
    found: dict[str, Ground] = {}
    for item in withheld:
        for basis in item.decision.exemptions:
            entry = catalogue().find(basis.section)
            if entry.digest != basis.digest:
                raise RuleError(
                    f"{entry.citation}: its wording changed since item {item.id} was decided; "
                    "have the city attorney attest it again and decide the item again"
                )
            if attestation_of(office, entry) is None:
                raise RuleError(
                    f"{entry.citation}: the city attorney withdrew the attestation item {item.id} "
                    "rests on; have it attested again or decide the item again"
                )
            found[entry.section] = Ground(entry.citation, entry.title, entry.text, entry.source)
    return tuple(found[section] for section in sorted(found))


def _responsible(home: Home, withheld: Sequence[Item]) -> str:
    """Who decided to withhold, by name and title where the staff file knows them (§ 7922.540)."""
    return people_responsible(home, {item.decision.actor for item in withheld})


def people_responsible(home: Home, logins: Collection[str]) -> str:
    """People by name and title where the staff file knows them, joined for the letter."""
    if not logins:
        return ""
    known: dict[str, str] = {}
    if home.staff_db.exists():
        staff = open_staff(home)
        try:
            for person in list_people(staff):
                known[person.login] = ", ".join(filter(None, (person.name, person.title)))
        finally:
            staff.close()
    return "; ".join(known.get(login) or login for login in sorted(logins))


def _request(office: sqlite3.Connection, request: LoggedRequest, settings: Settings) -> Request:
    """The request with its ten-day date. Why a date cannot be counted is told at the desk; it may
    name a file of the city, so the packet only says that it was not."""
    received = clock.shown_day(clock.local_day(request.received_at, settings.time_zone))
    wording = request.scope.strip() or request.verbatim
    try:
        day10 = request_deadline(office, settings, request).day10
    except ArchiverError:
        steps = (
            f"The request was received on {received}. The city counts its days by hand (Gov. Code "
            "§ 7922.535); no date was computed for this packet."
        )
        return Request(request.number, request.received_at, wording, None, (steps,))
    steps = (
        f"The request was received on {received}. The day of receipt is not counted, the last day "
        f"is (Gov. Code § 6800): the tenth calendar day is {clock.shown_day(day10)} (Gov. Code "
        "§ 7922.535)."
    )
    return Request(request.number, request.received_at, wording, day10, (steps,))


def _searches(office: sqlite3.Connection, number: str) -> tuple[Search, ...]:
    """The log of searches, each with the saved search it was a run of."""
    saved = saved_names(office, number)
    return tuple(_search(each, saved.get(each.id, "")) for each in searches_of(office, number))


def _search(each: LoggedSearch, saved: str) -> Search:
    filters = "; ".join(
        f"{name.replace('_', ' ')}: {_listed(value)}"
        for name, value in each.filters.items()
        if value not in (None, "", [], {}, False)
    )
    where = ", ".join(_FILE_WORDS.get(file, file) for file in each.files)
    return Search(each.at, each.text, filters, where, each.found, each.exact, saved)


def _listed(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
