"""Writing the pages of a download into the archive, and counting what became of each unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from archiver.archive.media import StoredMedia, store_media
from archiver.archive.originals import StoredOriginal
from archiver.archive.resighting import destroyed_before
from archiver.archive.store import Archive
from archiver.archive.writing import Batch, Outcome, Run, would_become, would_store
from archiver.capture.import_report import FileReport, Tallies
from archiver.exports.counting import FileCount
from archiver.exports.formats import Download
from archiver.items import Access, ContentState, Item, MediaRef, Page, Relation, Subscriber

SHOWN_MEDIA_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Originals:
    """The files of an import as they are kept, and which of them a member came from."""

    stored: Sequence[StoredOriginal]
    part_of: Callable[[str], int]

    def of(self, member: str | None) -> StoredOriginal:
        """The file that holds a member; the first where that is not known."""
        return self.stored[self.part_of(member) if member and len(self.stored) > 1 else 0]


class PageWriter:
    """Writes pages in order. `tallies` counts by file; `in_lists` is set from the first page with
    people on: lists are taken from their beginning after a kill, because only a list walked whole
    tells who left it."""

    def __init__(
        self,
        archive: Archive,
        run: Run,
        download: Download,
        originals: Originals,
        observed_at: str,
        tallies: Tallies,
        media_stored: int,
    ) -> None:
        self.tallies = tallies
        self.destroyed: Counter[str] = Counter()
        self.problems: list[str] = []
        self.in_lists = False
        self.media_stored = media_stored
        self._archive = archive
        self._run = run
        self._download = download
        self._originals = originals
        self._observed_at = observed_at
        self._begun: set[Relation] = set()
        self._met = dict.fromkeys(Relation, 0)
        self._list_files = {relation: download.list_files(relation) for relation in Relation}
        self._older = {
            relation for relation in Relation if _newer_list(archive, run, relation, observed_at)
        }

    def take_media(self, page: Page) -> dict[str, StoredMedia]:
        """Take in the bytes of the media of those items that are new or changed; outside any
        transaction."""
        shown = [item for item in page.items if any(ref.available for ref in item.media)]
        found: dict[str, StoredMedia] = {}
        for item, wanted in zip(
            shown, would_store(self._archive, self._run.account.id, shown), strict=True
        ):
            for ref in item.media if wanted else ():
                stored = self._stored(item.access, ref) if ref.key not in found else None
                if stored is not None:
                    found[ref.key] = stored
        return found

    def _stored(self, access: Access, ref: MediaRef) -> StoredMedia | None:
        opened = self._download.open_media(ref)
        if opened is None:
            return None
        with opened as stream:
            stored = store_media(self._archive.home, access, stream)
            fault = getattr(stream, "fault", None)
        if fault and len(self.problems) < SHOWN_MEDIA_PROBLEMS:
            told = self._download.counted_as(ref.key)
            self.problems.append(f"{told}: {fault}: what could be read was kept")
        self.media_stored += 1
        return stored

    def write(self, opened: Batch, page: Page, media: Mapping[str, StoredMedia]) -> bool:
        """One page into one batch; whether it brought anything."""
        brought = self._items(opened, page.items, media)
        self.destroyed.update(opened.destroyed)
        for entry in page.skipped:
            self.tallies.left(self._download.counted_as(entry.member), entry)
        if page.skipped:
            for original, some in groupby(
                page.skipped, key=lambda entry: self._originals.of(entry.member)
            ):
                opened.skipped(list(some), original=original)
        if page.subscribers:
            self._people(opened, page.subscribers)
        return brought or bool(page.skipped)

    def _items(
        self, opened: Batch, items: Sequence[Item], media: Mapping[str, StoredMedia]
    ) -> bool:
        whole = []
        for item in items:
            if item.content_state is ContentState.UNAVAILABLE:
                self._note(item, self._without_content(opened, item))
            else:
                whole.append(item)
        outcomes: set[Outcome] = set()
        for original, some in self._by_original(whole):
            found = opened.add(some, observed_at=self._observed_at, original=original, media=media)
            outcomes.update(found)
            for item, outcome in zip(some, found, strict=True):
                self._note(item, outcome)
        return len(whole) < len(items) or outcomes != {Outcome.DUPLICATE}

    def _by_original(
        self, items: Sequence[Item]
    ) -> Iterator[tuple[StoredOriginal, Sequence[Item]]]:
        """Items in their order, parted where the next comes from another file of a set."""
        for original, some in groupby(items, key=lambda item: self._originals.of(item.member)):
            yield original, list(some)

    def _without_content(self, opened: Batch, item: Item) -> Outcome:
        """A record of which the download tells only that it existed: where the archive holds it,
        what it holds stays, and only the stated deletion is noted."""
        held = (
            self._archive.file(item.access)
            .execute(
                """
                SELECT presence FROM records
                WHERE account_id = ? AND kind = ? AND native_id = ?
                """,
                (self._run.account.id, item.kind.value, item.native_id),
            )
            .fetchone()
        )
        if held is None:
            original = self._originals.of(item.member)
            return opened.add([item], observed_at=self._observed_at, original=original)[0]
        if item.removed_at is not None:
            noted = opened.gone((item.kind, item.native_id), at=item.removed_at, exchange=None)
            if not noted and held["presence"] == "present":
                self.problems.append(
                    f"{item.member}: element {item.position} tells of a deletion before the day "
                    "the archive last saw the record: look at both"
                )
        return Outcome.DUPLICATE

    def _note(self, item: Item, outcome: Outcome) -> None:
        self.tallies.record(self._download.counted_as(item.member or ""), item, outcome)

    def _people(self, opened: Batch, people: Sequence[Subscriber]) -> None:
        self.in_lists = True
        for relation in dict.fromkeys(person.relation for person in people):
            some = [person for person in people if person.relation is relation]
            self._met[relation] += len(some)
            if relation in self._older:
                continue
            opened.people(
                relation,
                some,
                observed_at=self._observed_at,
                complete=False,
                first=relation not in self._begun,
                original=self._original_of(relation),
            )
            self._begun.add(relation)

    def _original_of(self, relation: Relation) -> StoredOriginal:
        names = self._list_files[relation]
        return self._originals.of(self._download.member_of(names[0]) if names else None)

    def count_people(self, counts: Sequence[FileCount]) -> None:
        """Note how many people came of each file of a list. Where their sum is not what was
        taken in, nothing is noted, and the report shows that it does not add up."""
        by_member = {count.member: count for count in counts}
        for relation, members in self._list_files.items():
            expected = {
                member: count.units - count.joined - self.tallies.of_file(member).total
                for member in members
                if (count := by_member.get(member)) is not None
            }
            if sum(expected.values()) != self._met[relation]:
                continue
            for member, number in expected.items():
                if relation in self._older:
                    self.tallies.of_file(member).skipped += number
                else:
                    self.tallies.of_file(member).people += number

    @property
    def warnings(self) -> list[str]:
        """Lists that were left alone because a later one is in the archive."""
        return [
            f"the list of {relation.value}s is older than the one the archive holds: it stays in "
            "the original"
            for relation in sorted(self._older)
            if self._met[relation]
        ]

    def close_lists(self, opened: Batch, files: Sequence[FileReport]) -> None:
        """End the walk of each list: where it was read whole, whoever was not on it left it."""
        by_member = {file.member: file for file in files}
        for relation, members in self._list_files.items():
            reports = [by_member[member] for member in members if member in by_member]
            if not reports or relation in self._older:
                continue
            whole = all(not one.reason and one.agrees and not one.tally.failed for one in reports)
            declared = [one.declared for one in reports if one.declared is not None]
            opened.people(
                relation,
                (),
                observed_at=self._observed_at,
                complete=whole,
                first=relation not in self._begun,
                original=self._original_of(relation),
                stated_count=sum(declared) if declared else None,
            )


def preview(
    archive: Archive,
    account_id: int,
    download: Download,
    page: Page,
    tallies: Tallies,
    destroyed: Counter[str],
) -> None:
    """Count what a page would bring, without writing."""
    becomes = would_become(archive, account_id, page.items)
    before = destroyed_before(archive, account_id, page.items)
    for item, outcome, number in zip(page.items, becomes, before, strict=True):
        told = outcome if number is None else Outcome.DESTROYED
        tallies.record(download.counted_as(item.member or ""), item, told)
        if number is not None:
            destroyed[number] += 1
    for entry in page.skipped:
        tallies.left(download.counted_as(entry.member), entry)


def preview_people(counts: Sequence[FileCount], tallies: Tallies) -> None:
    """Count the people of the lists in a rehearsal."""
    for count in counts:
        if count.relation is not None:
            tally = tallies.of_file(count.member)
            tally.people = count.units - count.joined - tally.failed - tally.skipped


def _newer_list(archive: Archive, run: Run, relation: Relation, observed_at: str) -> bool:
    """Whether the archive walked this list whole at a later time: then an older one says nothing
    about who stands on it now, and stays in the original."""
    found = archive.private.execute(
        """
        SELECT 1 FROM subscriber_counts
        WHERE account_id = ? AND relation = ? AND complete AND at > ? LIMIT 1
        """,
        (run.account.id, relation.value, observed_at),
    ).fetchone()
    return found is not None
