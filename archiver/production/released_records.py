"""Released records as a packet may print them: from the archive's versions, under their bars."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from archiver.archive.files import media_path
from archiver.archive.groups import MediaFacts, PersonFacts
from archiver.archive.media import sniff
from archiver.archive.pairs import partners_of
from archiver.archive.reading import Event as ArchiveEvent
from archiver.archive.reading import Version as ArchiveVersion
from archiver.archive.reading import events_of, evidence_of, holds_bytes, versions
from archiver.archive.reading import record as archive_record
from archiver.archive.reading import version as archive_version
from archiver.config import Home
from archiver.database import rows
from archiver.errors import InputError, RuleError
from archiver.items import Access
from archiver.pdf.images import painted
from archiver.production import look, words
from archiver.production.release import Capture, Event, Media, Record, Redacted, Version
from archiver.production.siblings import Siblings
from archiver.requests.book import Item, ProductionItem
from archiver.requests.redacting.bars import Redaction
from archiver.requests.redacting.fields import version_field
from archiver.requests.redacting.passages import Passage
from archiver.requests.redacting.view import Bar, RedactedView, redacted_view

FILES = {"archive": Access.PUBLIC, "private": Access.PRIVATE}
Place = tuple[str, int, str]
"""File, account and platform's id of a record."""
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_LANGUAGE = frozenset(("und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"))
_HEAD = 64

_SOURCES = {
    "bluesky-api": "Bluesky",
    "bluesky": "Bluesky",
    "forwarded": "a file that was handed in",
}
_FIXED_FILES = re.compile(r"(?:data/)?(?:[a-z]+-)*[a-z]+(?:-part\d{1,3})?\.js")
"""The files of X's downloads, which have the same names for every account."""
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


class ReleasedRecords:
    """Makes the released records, with their place among each other."""

    def __init__(
        self,
        home: Home,
        files: Mapping[str, sqlite3.Connection],
        released: Sequence[ProductionItem],
        earlier: Mapping[Place, str],
        siblings: Siblings,
    ) -> None:
        self._home = home
        self._files = files
        self._released = sorted(released, key=lambda each: (each.item.record_id, each.item.id))
        self._earlier = earlier
        self._siblings = siblings
        self._accounts = {file: _accounts(connection) for file, connection in files.items()}
        self._keys = {place_of(each): key_of(each.item) for each in self._released}
        self.drawn: dict[int, Redaction] = {}
        """Every bar that covers something of what was made, by id."""

    def all(self) -> tuple[Record, ...]:
        """Every released record, in the order of time."""
        return tuple(self._record(each) for each in self._released)

    def _sealed(self, file: str, version: ArchiveVersion) -> str:
        """When a version was sealed; the seals of both files stand in the public one."""
        side = "private" if file == "private" else "public"
        [leaf] = (
            self._files[file]
            .execute("SELECT leaf FROM versions WHERE id = ?", (version.id,))
            .fetchone()
        )
        row = (
            self._files["archive"]
            .execute(
                f"SELECT sealed_at FROM seals WHERE ? BETWEEN {side}_first AND {side}_last", (leaf,)
            )
            .fetchone()
        )
        return "" if row is None else str(row[0])

    def _record(self, each: ProductionItem) -> Record:
        item, version = each.item, version_of(each)
        connection = self._files[item.file]
        place, details, author = version.place, version.details, version.author
        state = each.record
        if state is None:
            raise RuleError(f"item {item.id} cannot be produced: its record is gone")
        account, handle, department = self._accounts[item.file].get(place.account, ("", "", ""))
        kept = versions(connection, item.record_id)
        bars = self._siblings.bars(item, kept, version)
        before = self._siblings.earlier(item, kept, version)
        view = redacted_view(version, before, bars)
        used = {one for bar in view.bars for one in bar.redactions}
        self.drawn |= {bar.id: bar for on in bars.values() for bar in on if bar.id in used}
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
            author_name=view.text("author.name"),
            author_handle=view.text("author.handle"),
            author_id=view.text("author.id"),
            author_role=author.role,
            recipients=tuple(
                _recipient(place.platform, person, view.text(f"recipient:{number}"))
                for number, person in enumerate(author.recipients, 1)
            ),
            created_at=state.created_at,
            undated=state.undated,
            text=view.text("text"),
            language=_language(view.language),
            url=view.text("url"),
            links=tuple(view.text(f"link:{n}") for n, _ in enumerate(details.links, 1)),
            native_id=view.native_id,
            visibility=state.visibility,
            content_state=details.content_state,
            presence=state.presence,
            number=version.n,
            versions=tuple(
                Version(one.n, one.observed_at, view.text(version_field(one.n)))
                for one in before
                if one.n in view.earlier
            ),
            left_out=self._siblings.left_out(item, kept, version),
            events=tuple(_events(events)),
            media=tuple(self._media(item, version.media, events, view)),
            capture=_capture(
                connection, version, self._sealed(item.file, version), covered=bool(view.bars)
            ),
            redactions=tuple(
                Redacted(bar.number, bar.field, bar.label, bar.citations, bar.notes)
                for bar in view.bars
            ),
            also=tuple(self._also(item, covered=bool(view.bars))),
        )

    def _also(self, item: Item, *, covered: bool) -> Iterator[Capture]:
        """Where the records stand that count as one with this one."""
        connection = self._files[item.file]
        for number in partners_of(connection, [item.record_id]).get(item.record_id, ()):
            other = archive_record(connection, number)
            shown = None if other is None else archive_version(connection, other.version_id)
            if shown is None:
                continue
            yield _capture(connection, shown, self._sealed(item.file, shown), covered=covered)

    def _media(
        self,
        item: Item,
        facts: Iterable[MediaFacts],
        events: Iterable[ArchiveEvent],
        view: RedactedView,
    ) -> Iterable[Media]:
        later = {e.detail["key"]: e.detail["sha256"] for e in events if e.what == "media received"}
        for number, fact in enumerate(facts, 1):
            name = f"media:{number}"
            covered = view.covering(name)
            if covered is not None:
                yield Media(None, "", Passage(()), covered=covered)
                continue
            alt = view.text(f"{name}.alt")
            path = self._held(item.file, fact.sha256 or later.get(fact.key))
            if path is None:
                yield Media(None, fact.media_type or "application/octet-stream", alt)
                continue
            with path.open("rb") as opened:
                kind = sniff(opened.read(_HEAD))
            parts = view.regions(name)
            if not parts:
                yield Media(path, kind, alt)
                continue
            painted, kind = _painted(item, number, path, parts)
            yield Media(None, kind, alt, painted, tuple(bar.covered for bar in parts))

    def _held(self, file: str, digest: str | None) -> Path | None:
        """Where the bytes of a picture or file lie, as far as they may be shown."""
        if not digest or not holds_bytes(self._files[file], digest):
            return None
        path = media_path(self._home, FILES[file], digest)
        return path if path.is_file() else None


def _painted(item: Item, number: int, path: Path, parts: Sequence[Bar]) -> tuple[bytes, str]:
    """A picture with its covered parts painted over, and its kind then."""
    regions = [(r.x, r.y, r.w, r.h) for bar in parts if (r := bar.region) is not None]
    try:
        return painted(path.read_bytes(), regions)
    except InputError as error:
        raise RuleError(
            f"item {item.id}, picture or file {number}: part of it is covered, but {error}; "
            "cover it whole"
        ) from None


def version_of(each: ProductionItem) -> ArchiveVersion:
    """The version an item was collected in. Raises RuleError where it cannot be produced."""
    if each.version is None:
        raise RuleError(f"item {each.item.id} cannot be produced: {each.problem}")
    return each.version


def key_of(item: Item) -> str:
    """The name of an item's record in the release view."""
    return f"{item.id:08d}"


def place_of(each: ProductionItem) -> Place:
    """What names an item's record on its platform; answers name the same."""
    place = version_of(each).place
    return each.item.file, place.account, place.native_id


def _language(tag: str | None) -> str | None:
    """A language tag a reader program can use (BCP 47), or None.

    X marks what it could not tell, or what is only tags and pictures, with codes of its own.
    """
    if tag is None or tag.lower() in _NO_LANGUAGE:
        return None
    return tag if _TAG.fullmatch(tag) else None


def _recipient(platform: str, person: PersonFacts, said: Passage) -> Passage:
    """A recipient as a packet names them; where the platform gave only its number, that says so."""
    if person.display_name or person.handle:
        return said
    return words.unnamed(platform, said) if said else Passage.of("unknown")


def _events(events: Iterable[ArchiveEvent]) -> Iterable[Event]:
    for event in events:
        if event.what == "gone":
            by = _REMOVERS.get(str(event.detail.get("removed_by")), "")
            stated = event.detail.get("stated")
            words = "Deleted, as the download states" if stated else "Found gone from the platform"
            yield Event(event.at, f"{words}; removed {by}." if by else f"{words}.")
        elif event.what in _WHAT:
            yield Event(event.at, _WHAT[event.what])


def _download(source: str) -> str:
    """What the run of an import is called, in words: ``facebook-download``."""
    platform, _, rest = source.partition("-")
    road = rest.removesuffix("download").replace("-", " ").strip()
    return f"{look.platform(platform)[0]} {road} data download".replace("  ", " ")


def _capture(
    connection: sqlite3.Connection, version: ArchiveVersion, sealed: str, *, covered: bool
) -> Capture:
    """How a version came here. The path of a file in a download may name people (the folder of a
    conversation), so only the file's own name is told; and none at all beside a record with bars,
    unless all such downloads have the same files.
    """
    evidence = evidence_of(connection, version)
    source = _SOURCES.get(evidence.source) or _download(evidence.source)
    place = ""
    if evidence.original is not None and evidence.original.member:
        position = evidence.original.position
        member = evidence.original.member
        fixed = _FIXED_FILES.fullmatch(member) is not None
        if fixed or not covered:
            place = member if fixed else member.rsplit("/", 1)[-1]
            place += f", entry {position + 1}" if position is not None else ""
    elif version.details.exchange is not None:
        place = f"recorded answer {version.details.exchange}"
    return Capture(version.observed_at, source, place, sealed)


def _accounts(connection: sqlite3.Connection) -> dict[int, tuple[str, str, str]]:
    return {
        each["id"]: (each["display_name"], each["handle"], each["department"])
        for each in rows(connection, "SELECT id, display_name, handle, department FROM accounts")
    }
