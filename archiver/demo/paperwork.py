"""The demonstration's paperwork: attestations by a fictional attorney, one request, its packet."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

from archiver import clock
from archiver.archive.search import Hit, search
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.demo.city import sample_request
from archiver.demo.custodians import ask_the_custodians
from archiver.demo.forwards import forward_some
from archiver.items import Access
from archiver.production.ledger import Production
from archiver.production.produce import produce
from archiver.progress import Progress
from archiver.register.attestations import attest
from archiver.requests.book import (
    Choice,
    Claim,
    ProductionItem,
    add_items,
    attest_exemption,
    decide,
    items_for_production,
    log_search,
    new_request,
)
from archiver.requests.forwards import wording
from archiver.requests.letters.attesting import attest_template
from archiver.requests.letters.kinds import kinds
from archiver.requests.redacting.redactions import Mark, add_redaction
from archiver.retention.attesting import attest_series
from archiver.retention.in_force import schedule_in_force

CLERK = "odile"
CUSTODIAN = "vance"
ATTORNEY = "P. Haldane (fictional, for the demonstration)"
MANAGER = "Beatrix Lunde (fictional, for the demonstration)"
_NOTE = "Attested for the demonstration city only; no lawyer has read it."
UTILITY = "7927.410"
PRIVACY = "7927.700"
_BALANCING = (
    "The message names a resident's home, telephone or health. Who closed the park, when and why "
    "can be learned from what is released; the resident's particulars tell nothing of it."
)
_ACCOUNT = re.compile(r"AG-\d{2}-\d{6}")
"""A resident's account with the city's utilities."""
_CUSTOMER = re.compile(rf"{_ACCOUNT.pattern}|\(\d{{3}}\) 555-\d{{4}}|\d+ \w+ Street")
"""What the law protects of a utility's customer: account, telephone, address."""
_TELLING = frozenset({"edited", "hidden", "removed"})
_PRIVATE_SIGNS = ("555-01", " Street", "dialysis", "oxygen", "COPD", "@example.com")


def attest_everything(conn: sqlite3.Connection, home: Home) -> None:
    """Let the fictional city attorney attest, today, the schedule, the exemptions used here and the
    letters in English; the Spanish samples are left for whoever tries it."""
    settings = home.settings()
    on = clock.local_day(clock.now_text(), settings.time_zone)
    schedule = schedule_in_force(settings, home.path)
    for series in schedule.series:
        attest_series(
            conn, schedule, series.code, actor="haldane", attorney=ATTORNEY, on=on, note=_NOTE
        )
    for section in (UTILITY, PRIVACY):
        attest_exemption(conn, section, actor="haldane", attorney=ATTORNEY, on=on, note=_NOTE)
    for kind in kinds().kind:
        attest_template(
            conn, kind.code, "en", actor="haldane", attorney=ATTORNEY, on=on, note=_NOTE
        )
    for text in wording.texts():
        attest(
            conn,
            actor="haldane",
            kind=wording.ATTESTATION_KIND,
            subject=text.name,
            digest=text.digest,
            attorney=ATTORNEY,
            on=on,
            note=_NOTE,
        )


def answer_request(
    home: Home, conn: sqlite3.Connection, archive: Archive, settings: Settings, now: dt.datetime
) -> str:
    """Log the sample request, search, ask custodians, collect and decide; returns its number."""
    sample = sample_request()
    received = now - dt.timedelta(days=sample.received_days_ago)
    request = new_request(
        conn,
        settings,
        actor=CLERK,
        received_at=clock.to_text(received),
        channel=sample.channel,
        verbatim=sample.verbatim,
        requester=sample.requester,
        contact=sample.contact,
        scope=sample.scope,
    )
    files = {"archive": archive.file(Access.PUBLIC), "private": archive.file(Access.PRIVATE)}
    for words, share in sample.searches:
        found = search(files, words, time_zone=settings.time_zone, size=200, budget_ms=2000)
        told = log_search(
            conn,
            request.number,
            actor=CLERK,
            text=words,
            filters={},
            files=sorted(files),
            found=found.count,
            accounts=None,
            exact=found.count_exact,
        )
        picked = _pick(found.rows, share)
        for private in (False, True):
            keys = [(hit.file, hit.id) for hit in picked if (hit.file == "private") is private]
            add_items(
                conn,
                files,
                request.number,
                keys,
                actor=CLERK,
                families=private,
                search_id=told.id,
            )
    ask_the_custodians(
        *(home, conn, archive, settings, request.number), clerk=CLERK, login=CUSTODIAN
    )
    forward_some(home, conn, archive, settings, clerk=CLERK, manager=MANAGER)
    _decide(conn, files, request.number, items_for_production(conn, files, request.number))
    return request.number


def _pick(hits: Sequence[Hit], share: int) -> list[Hit]:
    """A packet of readable size: of every kind the newest few, and first of all what was edited,
    hidden or deleted, or has a picture."""
    telling = [hit for hit in hits if set(hit.states) & _TELLING or hit.media_count]
    ordered = telling[: share // 3] + [hit for hit in hits if hit not in telling[: share // 3]]
    each = max(1, share // max(1, len({hit.kind for hit in hits})))
    taken: Counter[str] = Counter()
    picked = []
    for hit in ordered:
        taken[hit.kind] += 1
        if taken[hit.kind] <= each:
            picked.append(hit)
    return picked


def _decide(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    items: Sequence[ProductionItem],
) -> None:
    """Cover what names a utility's customer in a message about an account, withhold other messages
    with a resident's particulars, release the rest."""
    groups: dict[str, list[int]] = {"": [], UTILITY: [], PRIVACY: []}
    for entry in items:
        ground = _ground(entry)
        groups[ground].append(entry.item.id)
        if ground == UTILITY and entry.version is not None:
            for found in _CUSTOMER.finditer(entry.version.text):
                mark = Mark("text", *found.span())
                claims = [Claim(UTILITY)]
                add_redaction(conn, files, number, entry.item.id, mark, actor=CLERK, claims=claims)
    decide(conn, number, groups[""], Choice.RELEASE, actor=CLERK)
    if groups[UTILITY]:
        decide(conn, number, groups[UTILITY], Choice.REDACT, actor=CLERK)
    if groups[PRIVACY]:
        claim = Claim(PRIVACY, balancing=_BALANCING)
        decide(conn, number, groups[PRIVACY], Choice.WITHHOLD, actor=CLERK, claims=[claim])


def _ground(entry: ProductionItem) -> str:
    if entry.item.file != "private" or entry.version is None:
        return ""
    text = entry.version.text
    if _ACCOUNT.search(text):
        return UTILITY
    return PRIVACY if any(sign in text for sign in _PRIVATE_SIGNS) else ""


def make_packet(
    home: Home,
    conn: sqlite3.Connection,
    archive: Archive,
    number: str,
    progress: Progress | None,
) -> Production:
    """Produce the packet of the request; gives its first volume."""
    made = produce(
        home, conn, archive, number, actor=CLERK, now=clock.now_text(), progress=progress
    )
    return made[0]
