"""The other versions of a released record: which may be printed with it, and which may not.

A reviewer who releases a record releases it with what stood before. That ends where a version was
decided by itself: a version withheld, or found not responsive, never comes in as the history of
another one. Once a version of a record is withheld, its neighbours are likely to hold the same
words, so only those are printed that were themselves released; nothing is compared, because what
is printed must not depend on what is withheld (DESIGN §7 rule 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from archiver.archive.reading import Event as ArchiveEvent
from archiver.archive.reading import Version as ArchiveVersion
from archiver.production.release import LeftOut
from archiver.requests.book import Choice, Item, ProductionItem
from archiver.requests.redacting.bars import Redaction
from archiver.requests.redacting.view import bars_by_field

WITHHELD = "withheld"
NOT_RESPONSIVE = "not responsive"
NOT_DECIDED = "not decided"
WITHHELD_ELSEWHERE = "withheld elsewhere"


class Siblings:
    """What was decided in a request about every version of its records.

    `sheets` gives the number of a withheld item's sheet in this volume, `pages` the page of its
    sheet in an earlier one, both by item id. `elsewhere` names the versions (file, version id) that
    stand withheld in another request: nobody has decided about them here, so they stay unprinted.
    """

    def __init__(
        self,
        found: Sequence[ProductionItem],
        sheets: Mapping[int, int],
        pages: Mapping[int, str],
        elsewhere: Set[tuple[str, int]] = frozenset(),
    ) -> None:
        self._items: dict[tuple[str, int], dict[int, Item]] = {}
        for each in found:
            item = each.item
            self._items.setdefault((item.file, item.record_id), {})[item.version_id] = item
        self._sheets, self._pages, self._elsewhere = sheets, pages, elsewhere

    def earlier(
        self, of: Item, kept: Sequence[ArchiveVersion], shown: ArchiveVersion
    ) -> list[ArchiveVersion]:
        """What stood before the produced version and may be printed with it, oldest first.

        What came after it was not reviewed.
        """
        hidden = self._hidden(of, kept, shown)
        return [each for each in kept if each.n < shown.n and each.id not in hidden]

    def bars(
        self, of: Item, kept: Sequence[ArchiveVersion], shown: ArchiveVersion
    ) -> dict[str, list[Redaction]]:
        """The bars that count for the produced version, also those drawn through other versions of
        its record, by field."""
        numbers = {version.id: version.n for version in kept}
        others = [
            (numbers[item.version_id], item.redactions)
            for item in self._items.get((of.file, of.record_id), {}).values()
            if item.id != of.id and item.version_id in numbers
        ]
        return bars_by_field(shown.n, of.redactions, others)

    def left_out(
        self, of: Item, kept: Sequence[ArchiveVersion], shown: ArchiveVersion
    ) -> tuple[LeftOut, ...]:
        """Which versions are not printed and why, told from the decisions alone."""
        hidden = self._hidden(of, kept, shown)
        return tuple(
            self._told(of, version, hidden[version.id], later=version.n > shown.n)
            for version in kept
            if version.id in hidden
        )

    def events(
        self,
        of: Item,
        kept: Sequence[ArchiveVersion],
        shown: ArchiveVersion,
        events: Sequence[ArchiveEvent],
    ) -> list[ArchiveEvent]:
        """A record's events without those that belong to a version that is not printed."""
        hidden = self._hidden(of, kept, shown)
        return [event for event in events if event.version_id not in hidden]

    def _hidden(
        self, of: Item, kept: Sequence[ArchiveVersion], shown: ArchiveVersion
    ) -> dict[int, str]:
        """The versions that are not printed, by id, with the reason.

        A later version that nobody decided about is not named: it was never collected.
        """
        items = self._items.get((of.file, of.record_id), {})
        choices = {version: item.decision.choice for version, item in items.items()}
        abroad = {version.id for version in kept if (of.file, version.id) in self._elsewhere}
        guarded = Choice.WITHHOLD in choices.values() or bool(abroad - choices.keys())
        hidden: dict[int, str] = {}
        for version in kept:
            choice = choices.get(version.id)
            if version.id == shown.id or (choice is not None and choice.goes_out):
                continue
            if choice is Choice.WITHHOLD:
                hidden[version.id] = WITHHELD
            elif choice in (Choice.NOT_RESPONSIVE, Choice.DUPLICATE):
                hidden[version.id] = NOT_RESPONSIVE
            elif version.id in abroad and version.n < shown.n:
                hidden[version.id] = WITHHELD_ELSEWHERE
            elif choice is Choice.UNDECIDED or (guarded and version.n < shown.n):
                hidden[version.id] = NOT_DECIDED
        return hidden

    def _told(self, of: Item, version: ArchiveVersion, why: str, *, later: bool) -> LeftOut:
        item = self._items[of.file, of.record_id].get(version.id)
        if item is None or why != WITHHELD:
            return LeftOut(version.n, later, why, None, None)
        sheet = self._sheets.get(item.id)
        page = self._pages.get(item.id) if sheet is None else None
        return LeftOut(version.n, later, why, sheet, page)
