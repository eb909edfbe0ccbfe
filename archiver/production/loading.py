"""From decisions to the release view: what is withheld goes in and does not come out.

It goes in as an item with its decision and comes out as a number and a section of law; nothing of
its record is read. What prints sees the release view alone. Only `leaks.gathering` (to look for it)
and `proof` (to commit to it) read what is withheld, beside the printing and never for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence, Set

from archiver import clock
from archiver.archive.keys import fingerprint, signing_key
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.errors import ArchiverError, RuleError
from archiver.production.drafting import draft_words
from archiver.production.held import coverage
from archiver.production.proof.evidence import anchor_of, leaf_place
from archiver.production.readiness import sections_of, told
from archiver.production.release import (
    Custodian,
    Duplicate,
    Ground,
    Office,
    Release,
    Request,
    Search,
    Withheld,
)
from archiver.production.released_exchanges import released_exchanges
from archiver.production.released_records import FILES, Place, ReleasedRecords, version_of
from archiver.production.siblings import Siblings
from archiver.requests.book import (
    Basis,
    Choice,
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
from archiver.requests.custodians.told import custodians_told
from archiver.requests.intake import PRACTICE_PREFIX
from archiver.requests.redacting.bars import BarGround, drafts
from archiver.requests.timing.dates import work_date
from archiver.staff.people import list_people
from archiver.staff.schema import open_staff

_FILE_WORDS = {"archive": "public records", "private": "private messages and lists"}


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
    duplicates: Sequence[Duplicate] = (),
) -> Release:
    """The release view of a volume that holds `items` of all that was `found` for the request.

    `earlier` says on which page of an earlier volume a record stands, `sheets` on which page of one
    the sheet of a withheld item stands, by item id.

    Raises RuleError where an exemption's wording changed since the decision was made on it, or the
    attorney no longer stands by it; HomeError where the city's signing key is missing.
    """
    settings = home.settings()
    withheld = sorted(
        (each.item for each in items if each.item.decision.choice is Choice.WITHHOLD),
        key=lambda item: item.id,
    )
    released = [each for each in items if each.item.decision.choice.goes_out]
    numbers = {item.id: number for number, item in enumerate(withheld, 1)}
    elsewhere = withheld_elsewhere(office, request.number, released)
    siblings = Siblings(found, numbers, sheets, elsewhere)
    files = {name: archive.file(access) for name, access in FILES.items()}
    printed = ReleasedRecords(home, files, released, earlier, siblings)
    records = printed.all()
    drawn = list(printed.drawn.values())
    unready = told(drafts(office, drawn))
    if unready is not None:
        raise RuleError(unready)
    grounds: list[tuple[int, Basis | BarGround]] = [
        (item.id, basis) for item in withheld for basis in item.decision.exemptions
    ]
    grounds += [(bar.item_id, ground) for bar in drawn for ground in bar.grounds]
    deciders = {item.decision.actor for item in withheld} | {bar.actor for bar in drawn}
    deciders |= {e.item.decision.actor for e in released if e.item.decision.choice is Choice.REDACT}
    return Release(
        office=Office(
            settings.agency,
            settings.time_zone,
            # practice takes none of the city's page numbers
            PRACTICE_PREFIX if request.practice else settings.bates_prefix,
        ),
        request=_request(office, request, settings),
        volume=volume,
        made_at=now,
        responsible=people_responsible(home, deciders),
        records=records,
        withheld=tuple(Withheld(str(item.id), sections_of(item)) for item in withheld),
        grounds=_grounds(office, grounds),
        searches=_searches(office, request.number),
        coverage=coverage(office, archive, settings.time_zone),
        earlier_volumes=volume - 1,
        duplicates=tuple(duplicates),
        custodians=tuple(
            Custodian(each.who, each.asked_at, each.told)
            for each in custodians_told(office, settings, request)
        ),
        draft=draft_words(office, request.number),
        exchanges=released_exchanges(home, files, released, records),
        key=fingerprint(signing_key(home.keys).public_key()),
        anchor=anchor_of(
            archive,
            [
                leaf_place(archive, each.item.file, each.item.record_id, version_of(each).n)
                for each in released
            ],
        ),
    )


def withheld_elsewhere(
    office: sqlite3.Connection, number: str, released: Sequence[ProductionItem]
) -> set[tuple[str, int]]:
    """The versions of released records that stand withheld in other requests: file, version id."""
    edited = {(each.item.file, each.item.record_id) for each in released if version_of(each).n > 1}
    others = {other for place in edited for other in requests_touching(office, *place)} - {number}
    return {
        (item.file, item.version_id)
        for other in others
        for item in items_of(office, other)
        if item.decision.choice is Choice.WITHHOLD
    }


def _grounds(
    office: sqlite3.Connection, relied_on: Sequence[tuple[int, Basis | BarGround]]
) -> tuple[Ground, ...]:
    """The exemptions relied on, given with the items they are used for."""
    found: dict[str, Ground] = {}
    for item_id, basis in relied_on:
        entry = catalogue().find(basis.section)
        if entry.digest != basis.digest:
            raise RuleError(
                f"{entry.citation}: its wording changed since item {item_id} was decided; "
                "have the city attorney attest it again and decide the item again"
            )
        if attestation_of(office, entry) is None:
            raise RuleError(
                f"{entry.citation}: the city attorney withdrew the attestation item {item_id} "
                "rests on; have it attested again or decide the item again"
            )
        found[entry.section] = Ground(entry.citation, entry.title, entry.text, entry.source)
    return tuple(found[section] for section in sorted(found))


def people_responsible(home: Home, logins: Set[str]) -> str:
    """Who decided to withhold or to cover, by name and title where the staff file knows them
    (§ 7922.540)."""
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
        dates = work_date(office, settings, request)
    except ArchiverError:
        steps = (
            f"The request was received on {received}. The city counts its days by hand (Gov. Code "
            "§ 7922.535); no date was computed for this packet."
        )
        return Request(
            request.number, request.received_at, wording, None, (steps,), request.practice
        )
    day10, start = dates.counted.day10, dates.counted.counted_from
    if start != dates.counted.received_on:
        received += f", counted as received on {clock.shown_day(start)}"
    told = [
        f"The request was received on {received}. The day of receipt is not counted, the last day "
        f"is (Gov. Code § 6800): the tenth calendar day is {clock.shown_day(day10)} (Gov. Code "
        "§ 7922.535)."
    ]
    if dates.extension is not None:
        told.append(
            "The time to determine was extended in writing for a reason the law lists "
            f"({dates.extension.source}), to {clock.shown_day(dates.extension.determination_on)}."
        )
    return Request(
        request.number, request.received_at, wording, day10, tuple(told), request.practice
    )


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
    if each.departments is not None:
        where += f"; only of the accounts of {', '.join(each.departments) or 'no department'}"
    return Search(each.at, each.text, filters, where, each.found, each.exact, saved)


def _listed(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
