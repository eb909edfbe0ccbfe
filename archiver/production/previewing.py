"""A packet before it is produced: printed as it would go out, looked through, and never numbered.

It lies under productions/.preview-<request>, bears on every page that it is a preview, takes no
page number, and is made anew or removed at will. What was decided since it was made it does not
know, and says so (`Preview.mark`).
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import row, rows
from archiver.decoding import decoder
from archiver.errors import RuleError
from archiver.production import ledger
from archiver.production.drafting import draft_words
from archiver.production.leaks.refusing import lookout_over
from archiver.production.leaks.scanning import Lookout, leaks_in
from archiver.production.leaks.secrets import Secrets
from archiver.production.lists import fingerprint as list_form
from archiver.production.planning import Plan, plan_production, planned_release, planned_secrets
from archiver.production.printing import PrintedVolume, print_volumes
from archiver.production.release import Release
from archiver.production.staging import alone, staging
from archiver.production.volumes import MOST_PAGES
from archiver.progress import Progress
from archiver.requests.book import get_request, standing_of_records
from archiver.requests.collecting.lists import lists_of
from archiver.requests.redacting.earlier import conflicts_of, released_before
from archiver.requests.reviewing.instalments import instalments_of
from archiver.retention.quarantine import quarantined

WORDS = "PREVIEW: nothing is produced yet, these numbers are not given. Not to be handed out."
_FOLDER = ".preview-"
_RECORD = "preview.json"
KEPT_DAYS = 30


class Look(msgspec.Struct, frozen=True):
    """Something about a packet that a person should look at before it goes out: what kind it is, in
    one line, and which items it is about."""

    kind: str
    words: str
    items: tuple[int, ...] = ()


class PreviewVolume(msgspec.Struct, frozen=True):
    """A volume of a preview: its number, its name and its page numbers as they would be."""

    number: int
    name: str
    pages: int
    first: str
    last: str


class Preview(msgspec.Struct, frozen=True):
    """A packet as it would go out at `made_at` (UTC). `in_full`, `covered` and `withheld` count its
    records, `bars` what covers them. `leaks` are places where something covered was found; there
    should be none. `mark` tells whether anything was decided since."""

    made_at: str
    mark: str
    volumes: tuple[PreviewVolume, ...]
    in_full: int
    covered: int
    bars: int
    withheld: int
    looks: tuple[Look, ...]
    leaks: tuple[str, ...]

    @property
    def pages(self) -> int:
        """The pages of all its volumes."""
        return sum(volume.pages for volume in self.volumes)


def make_preview(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    number: str,
    *,
    now: str,
    instalment: int | None = None,
    progress: Progress | None = None,
    most_pages: int = MOST_PAGES,
) -> Preview:
    """Print what would be produced now, and look through it.

    Raises RuleError where nothing can be produced yet or nothing is new, StorageError where the
    disk is full or cannot be written.
    """
    request = get_request(office, number)
    with alone(home):
        mark = mark_of(office, number, instalment)
        plan = plan_production(home, office, archive, request, instalment)
        if plan.is_empty:
            raise RuleError(f"request {number}: nothing is new since the last volume")
        release = replace(planned_release(home, office, archive, plan, now), draft=WORDS)
        first = ledger.next_page(office, release.office.bates_prefix)
        secrets = planned_secrets(office, archive, plan)
        with staging(home, office) as folder:
            made = print_volumes(release, folder, first, most_pages=most_pages, progress=progress)
            preview = _looked_through(office, archive, plan, release, made, secrets, mark)
            (folder / _RECORD).write_bytes(msgspec.json.encode(preview))
            drop_preview(home, number, instalment)
            folder.rename(folder_of(home, number, instalment))
    return preview


def preview_of(home: Home, number: str, instalment: int | None = None) -> Preview | None:
    """The preview that lies there, or None."""
    return _read(folder_of(home, number, instalment))


def packet_of(home: Home, number: str, instalment: int | None, volume: str) -> Path | None:
    """The packet of a volume of the preview, or None."""
    path = folder_of(home, number, instalment) / volume / "packet.pdf"
    return path if Path(volume).name == volume and path.is_file() else None


def drop_preview(home: Home, number: str, instalment: int | None = None) -> None:
    """Remove a preview, where there is one."""
    shutil.rmtree(folder_of(home, number, instalment), ignore_errors=True)


def drop_old_previews(home: Home, office: sqlite3.Connection, *, now: str) -> int:
    """Remove previews of closed requests and those older than `KEPT_DAYS`; gives how many.

    Nothing is lost: a preview can be made anew at any time.
    """
    still_open = {
        each["number"] for each in rows(office, "SELECT number FROM requests WHERE status = 'open'")
    }
    oldest = clock.to_text(clock.parse(now) - dt.timedelta(days=KEPT_DAYS))
    gone = 0
    for path in home.productions.glob(f"{_FOLDER}*/"):
        number = path.name.removeprefix(_FOLDER).split("-part")[0]
        preview = _read(path)
        shut = number in still_open and drop_shut_preview(home, office, number)
        if shut or number not in still_open or preview is None or preview.made_at < oldest:
            shutil.rmtree(path, ignore_errors=True)
            gone += 1
    return gone


def folder_of(home: Home, number: str, instalment: int | None) -> Path:
    """Where the preview of a request, or of one instalment of it, lies."""
    part = "" if instalment is None else f"-part{instalment}"
    return home.productions / f"{_FOLDER}{number}{part}"


_read_preview = decoder(Preview)


def _read(folder: Path) -> Preview | None:
    try:
        return _read_preview((folder / _RECORD).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def mark_of(office: sqlite3.Connection, number: str, instalment: int | None) -> str:
    """What changes whenever something is collected, decided, covered or produced for a request."""
    request = get_request(office, number)
    found = row(
        office,
        """
        WITH mine AS (SELECT id FROM request_items WHERE request_id = ?1)
        SELECT (SELECT max(id) FROM mine) AS items,
            (SELECT max(id) FROM request_decisions WHERE item_id IN mine) AS decisions,
            (SELECT max(bars.id) FROM request_redactions AS bars WHERE item_id IN mine) AS bars,
            (SELECT max(gone.id) FROM redaction_removals AS gone
                JOIN request_redactions AS bars ON bars.id = redaction_id
                WHERE item_id IN mine) AS removals,
            (SELECT max(law.id) FROM redaction_groundings AS law
                JOIN request_redactions AS bars ON bars.id = redaction_id
                WHERE item_id IN mine) AS grounds,
            (SELECT max(id) FROM instalment_moves WHERE item_id IN mine) AS moves,
            (SELECT max(id) FROM productions WHERE request = ?2) AS produced
        """,
        request.id,
        number,
    )
    told = [] if found is None else [str(each) for each in tuple(found)]
    told += [f"{each.id}:{list_form(each)}" for each in lists_of(office, number)]
    shut = standing_of_records(office, number, quarantined(office))
    told += [draft_words(office, number), ",".join(map(str, sorted(shut)))]
    return sha256("\n".join([str(instalment), *told]).encode()).hexdigest()


def drop_shut_preview(home: Home, office: sqlite3.Connection, number: str) -> bool:
    """Remove the previews of a request of which a record is in quarantine now: nobody is shown it.
    Whether there is such a record."""
    if not standing_of_records(office, number, quarantined(office)):
        return False
    for path in home.productions.glob(f"{_FOLDER}{number}*/"):
        if path.name.removeprefix(_FOLDER).split("-part")[0] == number:
            shutil.rmtree(path, ignore_errors=True)
    return True


def _looked_through(
    office: sqlite3.Connection,
    archive: Archive,
    plan: Plan,
    release: Release,
    made: list[PrintedVolume],
    secrets: Secrets,
    mark: str,
) -> Preview:
    covered = [record for record in release.records if record.redactions]
    lookout = lookout_over(release, made, secrets)
    leaks = [f"{one.folder.name}: {leak}" for one in made for leak in leaks_in(one.folder, lookout)]
    return Preview(
        made_at=release.made_at,
        mark=mark,
        volumes=tuple(
            PreviewVolume(
                one.release.volume,
                one.folder.name,
                one.packet.pages.pages,
                one.packet.pages.start,
                one.packet.pages.end,
            )
            for one in made
        ),
        in_full=len(release.records) - len(covered),
        covered=len(covered),
        bars=sum(len(record.redactions) for record in covered),
        withheld=len(release.withheld),
        looks=tuple(_looks(office, archive, plan, release, made, lookout)),
        leaks=tuple(leaks),
    )


def _looks(
    office: sqlite3.Connection,
    archive: Archive,
    plan: Plan,
    release: Release,
    made: list[PrintedVolume],
    lookout: Lookout,
) -> Iterator[Look]:
    yield from _together("earlier", _earlier(office, archive, plan))
    yield from _promised(office, plan, release.office.time_zone)
    words = "is covered or withheld, and the same words stand open elsewhere in this packet"
    found = lookout.standing_open
    yield from _together("open", ((f"{each.place} {words}", each.item_id) for each in found))
    bare = tuple(
        int(record.key)
        for record in release.records
        if any(
            media.is_held and media.media_type.startswith("image/") and not media.alt_text
            for media in record.media
        )
    )
    if bare:
        yield Look("described", "pictures have no description on the platform", bare)
    missing = tuple(
        int(record.key)
        for one in made
        for record in one.packet.order
        if sum(media.is_held for media in record.media) > len(one.packet.printed[record.key].media)
    )
    if missing:
        yield Look(
            "files", "files cannot be handed out: what they carry cannot be removed", missing
        )


def _promised(office: sqlite3.Connection, plan: Plan, zone: str) -> Iterator[Look]:
    """When the requester was told to expect it."""
    for each in instalments_of(office, plan.request.number):
        if each.promised_at and plan.instalment in (None, each.n):
            when = clock.shown(each.promised_at, zone)
            words = f"the requester was told to expect instalment {each.n} on {when}"
            yield Look("promised", words)


def _together(kind: str, found: Iterable[tuple[str, int]]) -> Iterator[Look]:
    """What is told alike of several items, told once."""
    alike: dict[str, dict[int, None]] = {}
    for words, item in found:
        alike.setdefault(words, {})[item] = None
    for words, items in alike.items():
        yield Look(kind, words, tuple(items))


def _earlier(office: sqlite3.Connection, archive: Archive, plan: Plan) -> Iterator[tuple[str, int]]:
    """Records that an earlier volume of any request showed otherwise."""
    files = {"archive": archive.public, "private": archive.private}
    withheld = {each.item.id for each in plan.fresh if not each.item.decision.choice.goes_out}
    fresh = [each.item.id for each in plan.fresh]
    differing = set(released_before(office, [each for each in fresh if each not in withheld]))
    differing |= set(released_before(office, sorted(withheld), withheld=True))
    for item in sorted(differing):
        for found in conflicts_of(
            office, files, plan.request.number, item, withheld=item in withheld
        ):
            yield found.words, item
