"""The current state of a record, derived from its versions, events and counters alone.

`records` is only what this says, kept ready for reading; `verify` derives it anew and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from archiver.archive.groups import AuthorFacts, DetailFacts, MediaFacts, PlaceFacts
from archiver.archive.states import moment_of

DERIVED = (
    *("account_id", "platform", "kind", "form", "native_id", "parent_id", "root_id", "author_id"),
    *("author_handle", "author_name", "author_role", "created_at", "undated", "edited_at", "text"),
    *("language", "url", "visibility", "content_state", "presence", "removed_at", "removed_by"),
    *("version_id", "version_count", "media_count", "metrics", "stable", "edit_id"),
    "first_seen_at",
)
"""The columns of `records` that follow from what is stored elsewhere, in the order of `derive`."""

VISIBILITY_EVENTS = ("hidden", "unhidden", "visibility")
PRESENCE_EVENTS = {
    "gone": "absent",
    "unknown": "unknown",
    "reappeared": "present",
    "confirmed": "present",
}
STATE_EVENTS = (*VISIBILITY_EVENTS, *PRESENCE_EVENTS)


class VersionFacts(NamedTuple):
    """A stored version, read."""

    id: int
    n: int
    stable: bytes
    text: str
    author: AuthorFacts
    place: PlaceFacts
    details: DetailFacts
    media: tuple[MediaFacts, ...]

    @property
    def rank(self) -> tuple[int, bool, str, int]:
        """The current version of a record is the one of highest rank."""
        details = self.details
        return (details.edit_position, not details.late, details.observed_at, self.n)


class StateEvent(NamedTuple):
    """An event that changes a record's state."""

    what: str
    at: str
    detail: str


def derive(
    versions: Sequence[VersionFacts], events: Sequence[StateEvent], counters: str | None
) -> tuple[Any, ...]:
    """The values of `DERIVED`. `versions` and `events` in the order they were written; `counters`
    the last that were."""
    first = versions[0]
    current = first if len(versions) == 1 else max(versions, key=lambda version: version.rank)
    place, details, author = current.place, current.details, current.author
    visibility, presence = first.place.visibility, "present"
    removed_at: str | None = None
    removed_by: str | None = None
    for event in events:
        if event.what in VISIBILITY_EVENTS:
            visibility = msgspec.json.decode(event.detail)["to"]
            continue
        presence = PRESENCE_EVENTS[event.what]
        removed_at = removed_by = None
        if presence == "absent":
            removed_at = event.at
            removed_by = msgspec.json.decode(event.detail)["removed_by"]
    created_at, undated = moment_of(place.created_at, first.details.observed_at)
    return (
        *(place.account, place.platform, place.kind, place.form, place.native_id, place.parent_id),
        *(place.root_id, author.native_id, author.handle, author.display_name, author.role),
        *(created_at, int(undated), place.edited_at, current.text, details.language, details.url),
        *(visibility, details.content_state, presence, removed_at, removed_by, current.id),
        *(len(versions), len(current.media), counters, current.stable, details.edit_id),
        first.details.observed_at,
    )
