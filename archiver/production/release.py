"""What a production may know: the release view.

These values are made from the decisions once, in `loading`, and everything that leaves the building
is rendered from them and from nothing else. A withheld record appears here as a number and the law
it rests on; its words, author, time, size and thread do not exist in this view. Where part of a
record is covered, a bar with the law stands in its place, and what it covers does not exist here
either: a text is a `Passage`, a picture comes with its covered parts painted over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from archiver.requests.redacting.passages import Covered, Passage


@dataclass(frozen=True, slots=True)
class Office:
    """Who produces: the agency as archive.toml names it."""

    agency: str
    time_zone: str
    bates_prefix: str


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video or file of a released record.

    `path` is its file as captured, `painted` the picture itself where parts of it are covered, by
    the bars in `parts`; both are None where no bytes are held. Where `covered` stands, all of it
    is: nothing of it is here, neither its kind nor its description.
    """

    path: Path | None
    media_type: str
    alt_text: Passage
    painted: bytes | None = None
    parts: tuple[Covered, ...] = ()
    covered: Covered | None = None

    @property
    def is_held(self) -> bool:
        """Whether there is something to hand out."""
        return self.path is not None or self.painted is not None

    def read(self) -> bytes:
        """Its bytes as they may be handed out, metadata still in them where nothing is covered.

        Raises OSError where the file cannot be read.
        """
        if self.painted is not None:
            return self.painted
        return b"" if self.path is None else self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier text of a released record; `at` is when the city saw it (UTC)."""

    number: int
    at: str
    text: Passage


@dataclass(frozen=True, slots=True)
class Redacted:
    """A bar of a released record: where it lies, the law, and the notes meant for the requester."""

    number: int
    field: str
    label: str
    citations: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A version of a released record that is not printed with it, told from the decisions alone.

    `later` says whether it came after the released one. `why` is "withheld", "not responsive",
    "not decided" or "withheld elsewhere" (in another request); a withheld one has its `sheet` in
    this volume (from 1) or the `page` of its sheet in an earlier one.
    """

    number: int
    later: bool
    why: str
    sheet: int | None
    page: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a released record, in words; `at` is UTC."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Capture:
    """When the city captured a record, from what, and where in it the record stands; `sealed` is
    when the city sealed what it captured, empty where it has not yet."""

    at: str
    source: str
    place: str
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A released record. Times are UTC text.

    `key` names it within this release only; `thread` groups a conversation. `answers` says whether
    it answers anything; `parent` is the key of what it answers where this volume releases that,
    `earlier_page` the page of another volume on which that one stands. `number` is this text's
    place among the record's versions, `versions` are those before it that may be printed,
    `left_out` those that may not. `redactions` are its bars, in the order of their number. `also`
    is where the records stand that were said to be the same thing.
    """

    key: str
    thread: str
    parent: str | None
    answers: bool
    earlier_page: str | None
    platform: str
    account: str
    handle: str
    department: str
    kind: str
    form: str
    author_name: Passage
    author_handle: Passage
    author_id: Passage
    author_role: str
    recipients: tuple[Passage, ...]
    created_at: str
    undated: bool
    text: Passage
    language: str | None
    url: Passage
    links: tuple[Passage, ...]
    native_id: Passage
    visibility: str
    content_state: str
    presence: str
    number: int
    versions: tuple[Version, ...]
    left_out: tuple[LeftOut, ...]
    events: tuple[Event, ...]
    media: tuple[Media, ...]
    capture: Capture
    redactions: tuple[Redacted, ...]
    also: tuple[Capture, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """An exemption as cited: the section, its title, what it says, and where that was read."""

    citation: str
    title: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A record that is withheld in full. `key` names it within the city only and is not printed."""

    key: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that is not printed because another says the same. That one is named by its key in
    this volume (`record`, or `sheet` where it is withheld), or by its `page` in an earlier one."""

    record: str | None
    sheet: str | None
    page: str | None


@dataclass(frozen=True, slots=True)
class ListCell:
    """A cell of a list: its text, or None and the sections of law that bar it."""

    text: str | None
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list as of a moment (UTC), such as the accounts an account blocks; what is barred is not
    in it. `key` names it within this release, `about` says what it rests on."""

    key: str
    title: str
    about: str
    as_of: str
    columns: tuple[str, ...]
    rows: tuple[tuple[ListCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A search made for the request. `exact` is False where the count is a lower bound. `saved`
    says under which name and version it is saved, and whether its result was frozen."""

    at: str
    text: str
    filters: str
    where: str
    found: int
    exact: bool
    saved: str = ""


@dataclass(frozen=True, slots=True)
class Custodian:
    """Somebody who was asked to search: who, when (UTC), and what came of it in sentences."""

    who: str
    asked_at: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """Days on which something is held in one state, in words; `state` is complete, partial or none,
    and empty where no run covered them."""

    days: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """Kinds of records and lists of which the same is stated, oldest days first."""

    what: tuple[str, ...]
    stated: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the archive holds of some accounts of a platform; no `held` where nothing is."""

    platform: str
    accounts: tuple[str, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A captured question and its answer that consist of released records alone: the address, when
    it was asked (UTC), the headers that are handed on, and the body, decoded."""

    url: str
    requested_at: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """The request as the packet names it. `due_words` are the steps to the ten-day date; what is
    for `practice` says so on every page."""

    number: str
    received_at: str
    wording: str
    due_on: dt.date | None
    due_words: tuple[str, ...]
    practice: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """What outside the city dates the seals of a volume's records: its `kind` ("time stamp"), the
    moment it gives (UTC), and whether it covers every record (`whole`)."""

    kind: str
    at: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Replaced:
    """A volume that another takes the place of: its number, its pages as printed, when it was made
    (UTC), and why it is replaced, in words for the requester."""

    volume: int
    pages: str
    made_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What a production releases and keeps back in all its volumes: records released, those of them
    with bars, the bars, records withheld, lists, and whether a version is left out anywhere."""

    records: int
    covered: int
    bars: int
    withheld: int
    lists: int
    left_out: bool


@dataclass(frozen=True, slots=True)
class Release:
    """One volume of a production, whole. `draft` says on every page why it must not go out, `key`
    is the fingerprint of the key the city signs with, `anchor` what outside the city dates the
    seals (None: nothing does); `span` names the first and the last volume of the production where
    it has several, the first of which has the `totals` of all."""

    office: Office
    request: Request
    volume: int
    made_at: str
    responsible: str
    records: tuple[Record, ...]
    withheld: tuple[Withheld, ...]
    grounds: tuple[Ground, ...]
    searches: tuple[Search, ...]
    coverage: tuple[Coverage, ...]
    earlier_volumes: int
    duplicates: tuple[Duplicate, ...] = ()
    lists: tuple[ListTable, ...] = ()
    custodians: tuple[Custodian, ...] = ()
    draft: str = ""
    key: str = ""
    anchor: Anchor | None = None
    exchanges: tuple[Exchange, ...] = ()
    span: tuple[int, int] | None = None
    replaces: Replaced | None = None
    totals: Totals | None = None

    @property
    def told(self) -> Totals:
        """What its letter tells of: in the first volume of several all of them, else its own."""
        return self.totals or self.own

    @property
    def own(self) -> Totals:
        """What it releases and keeps back itself."""
        covered = [record for record in self.records if record.redactions]
        return Totals(
            len(self.records),
            len(covered),
            sum(len(record.redactions) for record in covered),
            len(self.withheld),
            len(self.lists),
            any(record.left_out for record in self.records),
        )

    @property
    def is_first(self) -> bool:
        """Whether it is the first volume of its production, or the only one."""
        return self.span is None or self.span[0] == self.volume

    @property
    def threads(self) -> list[list[Record]]:
        """The records by conversation, each in reading order with its depth left to the reader."""
        groups: dict[str, list[Record]] = {}
        for record in self.records:
            groups.setdefault(record.thread, []).append(record)
        return list(groups.values())
