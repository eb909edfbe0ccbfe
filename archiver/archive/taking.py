"""Comparing one item with what is known of its record, and deciding what it brings.

Without an edit id an item is compared with the record's current version, with one with the latest
version of that edit; the current version is the one of the highest edit position, then of the
latest observation. An observation older than what the archive has seen of that kind ("late": an
older download) may add a version but never changes what is current (DESIGN §6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from archiver.archive.evidence import Cited
from archiver.archive.groups import metrics_text
from archiver.archive.media import StoredMedia
from archiver.archive.states import State, is_held
from archiver.items import Item, Presence, Visibility

if TYPE_CHECKING:
    from archiver.archive.adding import ItemWriter

_BACK = {Presence.ABSENT.value: "reappeared", Presence.UNKNOWN.value: "confirmed"}


class Outcome(StrEnum):
    """What became of an item that was handed in."""

    STORED = "stored"
    NEW_VERSION = "new version"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    DESTROYED = "destroyed before"


class Step:
    """One call of `add`: what is the same for all its items."""

    def __init__(
        self,
        writer: ItemWriter,
        observed_at: str,
        cited: Callable[[], Cited],
        media: Mapping[str, StoredMedia],
    ) -> None:
        self._writer = writer
        self._observed_at = observed_at
        self._cited = cited
        self._media = media

    def take(self, item: Item, state: State, stable: bytes) -> Outcome:
        """Compare an item with what is known, and collect what it brings."""
        observed_at, writer = self._observed_at, self._writer
        if state.is_new and state.version_count == 0:
            return self._first(item, state, stable)
        late = writer.is_late(item.kind, observed_at)
        held = stable == state.stable and item.edit_id in (None, state.edit_id)
        if not held and not is_held(state, item, stable, observed_at, late):
            late = late or (
                item.edit_id is None and state.rank is not None and observed_at < state.rank[2]
            )
            writer.new_version(state, item, stable, late, observed_at, self._cited(), self._media)
            writer.event(
                state.id,
                "edited",
                at=item.edited_at or observed_at,
                observed_at=observed_at,
                detail={"version": state.version_count},
                evidence=self._cited(),
                version_id=state.versions[-1].version_id,
            )
            outcome = Outcome.NEW_VERSION
        else:
            outcome = Outcome.DUPLICATE
        if not late:
            self._state(item, state)
        return outcome

    def _first(self, item: Item, state: State, stable: bytes) -> Outcome:
        observed_at, writer = self._observed_at, self._writer
        state.visibility = item.visibility
        state.presence = "present"
        state.first_seen_at = observed_at
        writer.new_version(state, item, stable, False, observed_at, self._cited(), self._media)
        if item.removed_at is not None:
            self._removed(item, state)
        if item.metrics:
            state.metrics = metrics_text(item.metrics)
            writer.metrics(state.id, observed_at, state.metrics)
        return Outcome.STORED

    def _state(self, item: Item, state: State) -> None:
        """Visibility, presence and counters, where they changed since they were last observed."""
        observed_at, writer = self._observed_at, self._writer
        if item.visibility != state.visibility:
            writer.event(
                state.id,
                _visibility_event(state.visibility, item.visibility),
                at=observed_at,
                observed_at=observed_at,
                detail={"from": state.visibility, "to": item.visibility},
                evidence=self._cited(),
            )
            state.visibility = item.visibility
            state.touched = state.state_changed = True
        if item.removed_at is not None:
            if state.presence != "absent" or state.removed_at != item.removed_at:
                self._removed(item, state)
        elif state.presence != "present":
            self._back(state)
        if item.metrics:
            counters = metrics_text(item.metrics)
            if counters != state.metrics:
                state.metrics = counters
                state.touched = True
                writer.metrics(state.id, observed_at, counters)

    def _removed(self, item: Item, state: State) -> None:
        """The source's own dated statement that it was deleted."""
        assert item.removed_at is not None
        self._writer.event(
            state.id,
            "gone",
            at=item.removed_at,
            observed_at=self._observed_at,
            detail={"removed_by": item.removed_by, "stated": True},
            evidence=self._cited(),
        )
        self._writer.absence(state.id, self._observed_at)
        state.presence = "absent"
        state.removed_at, state.removed_by = item.removed_at, item.removed_by
        state.touched = state.state_changed = True

    def _back(self, state: State) -> None:
        """It stands there: whatever said otherwise before, unless that was observed just now."""
        if self._writer.last_absence(state.id) >= self._observed_at:
            return
        self._writer.event(
            state.id,
            _BACK[state.presence],
            at=self._observed_at,
            observed_at=self._observed_at,
            detail={},
            evidence=self._cited(),
        )
        state.presence = "present"
        state.removed_at = state.removed_by = None
        state.touched = state.state_changed = True


def _visibility_event(before: str, after: str) -> str:
    if after == Visibility.HIDDEN:
        return "hidden"
    if before == Visibility.HIDDEN:
        return "unhidden"
    return "visibility"
