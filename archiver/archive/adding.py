"""Taking items into one evidence file: set-wise, because this decides how fast an import is.

Per call one query finds what is known of all items of a kind, every insert is one `executemany`,
and an item that is held already costs a hash and a look. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from archiver.archive.dictionary import MAX_RAW
from archiver.archive.evidence import Cited
from archiver.archive.files import find_media
from archiver.archive.groups import (
    author_group,
    details_group,
    media_group,
    names_of,
    place_group,
    words_of_media,
)
from archiver.archive.ids import note_moment
from archiver.archive.indexing import SearchDoc, facet_code, index_changed, index_new, search_doc
from archiver.archive.leaves import version_leaf
from archiver.archive.media import StoredMedia
from archiver.archive.pairs import shown_ids
from archiver.archive.rebuilding import index_rows
from archiver.archive.rows import RowWriter
from archiver.archive.runs import Run
from archiver.archive.slots import IdGiver
from archiver.archive.states import (
    Known,
    KnownRow,
    State,
    by_kind,
    fetch_versions,
    known_rows,
    moment_of,
    same_state,
    same_version,
    without_told_beside,
)
from archiver.archive.store import Archive
from archiver.archive.stored_text import ESCAPE_BYTES, storable_item, to_searchable, to_stored
from archiver.archive.taking import Outcome, Step
from archiver.errors import StorageError
from archiver.items import Access, Item, Kind

_INSERT_RECORDS = """
    INSERT INTO records (id, account_id, platform, kind, form, native_id, parent_id, root_id,
        author_id, author_handle, author_name, author_role, created_at, undated, edited_at, text,
        language, url, content_state, stable, edit_id, visibility, presence, removed_at, removed_by,
        version_id, version_count, media_count, metrics, first_seen_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?)
"""
_UPDATE_CONTENT = """
    UPDATE records SET form = ?, parent_id = ?, root_id = ?, author_id = ?, author_handle = ?,
        author_name = ?, author_role = ?, created_at = ?, undated = ?, edited_at = ?, text = ?,
        language = ?, url = ?, content_state = ?, stable = ?, edit_id = ?
    WHERE id = ?
"""
_UPDATE_STATE = """
    UPDATE records SET visibility = ?, presence = ?, removed_at = ?, removed_by = ?, version_id = ?,
        version_count = ?, media_count = ?, metrics = ?,
        retention_rule = iif(?, NULL, retention_rule)
    WHERE id = ?
"""
_INSERT_VERSIONS = """
    INSERT INTO versions (id, record_id, n, run_id, observed_at, late, edit_id, edit_position,
        exchange_id, original_id, stable, text, author, place, details, media, raw, dictionary_id,
        salt, leaf)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_RECORD_MEDIA = """
    INSERT INTO record_media (version_id, position, record_id, key, name, media_type, alt_text, url,
        available, sha256)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class ItemWriter:
    """Takes items into the file of one access class inside one write transaction."""

    def __init__(self, archive: Archive, access: Access, run: Run, rows: RowWriter) -> None:
        self._connection = archive.file(access)
        self._home = archive.home
        self._codec = archive.codec(access)
        self._access = access
        self._run = run
        self._rows = rows
        self._ids = IdGiver(self._connection)
        self._fresh: dict[int, tuple[SearchDoc, int]] = {}
        self._stale: set[int] = set()
        self._versions: list[tuple[Any, ...]] = []
        self._record_media: list[tuple[Any, ...]] = []
        self._media: dict[str, StoredMedia] = {}
        self._observed: dict[str, str] = {
            row["kind"]: row["at"]
            for row in self._connection.execute(
                "SELECT kind, at FROM observed WHERE account_id = ?", (run.account.id,)
            )
        }
        self._absences: dict[int, str] = {}
        self._storable = False
        self.placed: set[str] = set()

    def add(
        self,
        items: Sequence[Item],
        *,
        observed_at: str,
        cited: Callable[[], Cited],
        media: Mapping[str, StoredMedia],
    ) -> list[Outcome]:
        """Take in items; one outcome each, in order. `cited` gives the evidence, written only when
        something is new."""
        items, groups, self._storable = _named(items)
        if self._storable:
            media = {to_stored(key): stored for key, stored in media.items()}
        known = {
            kind: known_rows(self._connection, self._run.account.id, kind, native_ids)
            for kind, native_ids in groups.items()
        }
        outcomes = [Outcome.DUPLICATE] * len(items)
        states: dict[tuple[str, str], State] = {}
        work = self._to_work_on(items, known, states, outcomes, observed_at)
        if work:
            self._number(items, work, states, observed_at)
            step = Step(self, observed_at, cited, media)
            for at, stable in work:
                item = items[at]
                outcomes[at] = step.take(item, states[item.kind, item.native_id], stable)
            self._flush(states)
        for kind in groups:
            self._note_observed(kind, observed_at)
        return outcomes

    def _to_work_on(
        self,
        items: Sequence[Item],
        known: Mapping[str, Mapping[str, KnownRow]],
        states: dict[tuple[str, str], State],
        outcomes: list[Outcome],
        observed_at: str,
    ) -> list[tuple[int, bytes]]:
        """Which items bring something, with the hash of their stable form, oldest first; `states`
        takes up the known records among theirs."""
        work: list[tuple[int, bytes]] = []
        unsure: dict[int, State] = {}
        for at, item in enumerate(items):
            if not item.native_id or len(item.raw) > MAX_RAW:
                outcomes[at] = Outcome.FAILED
                continue
            stable = sha256(item.stable).digest()
            row = known[item.kind].get(item.native_id)
            if row is not None:
                same = same_version(row, item, stable)
                if same and same_state(row, item):
                    continue
                key = (item.kind, item.native_id)
                state = states.get(key) or states.setdefault(key, State.of(row))
                if not same:
                    unsure[state.id] = state
            work.append((at, stable))
        if unsure:
            fetch_versions(self._connection, unsure.values())
            work = without_told_beside(items, work, states)
        work.sort(
            key=lambda entry: (
                items[entry[0]].created_at or observed_at,
                items[entry[0]].native_id,
                items[entry[0]].edit_position,
                items[entry[0]].kind,
            )
        )
        return work

    def _number(
        self,
        items: Sequence[Item],
        work: Sequence[tuple[int, bytes]],
        states: dict[tuple[str, str], State],
        observed_at: str,
    ) -> None:
        """Give every record met for the first time its id."""
        new: dict[tuple[str, str], str] = {}
        for at, _ in work:
            item = items[at]
            key = (item.kind, item.native_id)
            if key not in states and key not in new:
                new[key] = moment_of(item.created_at, observed_at)[0]
        for named, number in zip(new, self._ids.take(list(new.values())), strict=True):
            states[named] = State(number)

    def is_late(self, kind: str, observed_at: str) -> bool:
        """Whether this kind was observed at a later time already: an older download, say."""
        return observed_at < self._observed.get(kind, "")

    def _note_observed(self, kind: str, observed_at: str) -> None:
        if observed_at > self._observed.get(kind, ""):
            self._observed[kind] = observed_at
            self._connection.execute(
                """
                INSERT INTO observed (account_id, kind, at) VALUES (?, ?, ?)
                ON CONFLICT (account_id, kind) DO UPDATE SET at = excluded.at
                """,
                (self._run.account.id, kind, observed_at),
            )

    def new_version(
        self,
        state: State,
        item: Item,
        stable: bytes,
        late: bool,
        observed_at: str,
        evidence: Cited,
        media: Mapping[str, StoredMedia],
    ) -> None:
        """Collect a version of a record; where it ranks highest it becomes the current one."""
        exchange_id, original_id = evidence
        try:
            contents = self._contents(item, observed_at, late, exchange_id, original_id, media)
            odd = ESCAPE_BYTES in b"".join(contents)
        except UnicodeEncodeError:
            odd = True
        if odd and not self._storable:
            item = storable_item(item)
            media = {to_stored(key): stored for key, stored in media.items()}
            contents = self._contents(item, observed_at, late, exchange_id, original_id, media)
        text, author, place, details, shown = contents
        salt = self._rows.salt()
        number = self._rows.next_id("version", "versions")
        digest = version_leaf(salt, text, author, place, details, shown, stable + item.raw)
        state.version_count += 1
        n = state.version_count
        self._versions.append(
            (
                *(number, state.id, n, self._run.id, observed_at, late, item.edit_id),
                *(item.edit_position, exchange_id, original_id, stable, item.text),
                *(author.decode(), place.decode(), details.decode(), shown.decode()),
                *(self._codec.pack(item.raw), self._codec.dictionary_id, salt),
                self._rows.leaf("version", digest),
            )
        )
        if item.media:
            self._collect_media(state, number, item, media)
        # also one that does not become the current version may move the day it is kept until
        state.state_changed = True
        known = Known(
            *(n, number, item.edit_id, item.edit_position, observed_at, late, stable),
            *(self._run.id, original_id),
        )
        state.versions.append(known)
        rank = known.rank
        if state.rank is None or rank > state.rank:
            state.rank = rank
            state.version_id = number
            state.stable = stable
            state.edit_id = item.edit_id
            state.item = item
            state.media_count = len(item.media)
        state.touched = True

    def _contents(
        self,
        item: Item,
        observed_at: str,
        late: bool,
        exchange_id: int | None,
        original_id: int | None,
        media: Mapping[str, StoredMedia],
    ) -> tuple[bytes, bytes, bytes, bytes, bytes]:
        return (
            item.text.encode(),
            author_group(item),
            place_group(item, self._run.account.id),
            details_group(item, self._run.id, observed_at, late, exchange_id, original_id),
            media_group(item, media) if item.media else b"[]",
        )

    def _collect_media(
        self, state: State, version_id: int, item: Item, media: Mapping[str, StoredMedia]
    ) -> None:
        for position, ref in enumerate(item.media):
            stored = media.get(ref.key)
            if stored is not None:
                self._media[stored.sha256] = stored
            self._record_media.append(
                (
                    *(version_id, position, state.id, ref.key, ref.name),
                    stored.media_type if stored else ref.media_type,
                    *(ref.alt_text, ref.url, ref.available),
                    bytes.fromhex(stored.sha256) if stored else None,
                )
            )

    def event(
        self,
        record_id: int,
        what: str,
        *,
        at: str,
        observed_at: str,
        detail: Mapping[str, Any],
        evidence: Cited,
        version_id: int | None = None,
    ) -> None:
        """Collect an event of a record."""
        text = msgspec.json.encode(detail, order="sorted").decode()
        self._rows.add(
            *("event", record_id, self._run.id, what, at, observed_at, text),
            *(*evidence, version_id, self._rows.salt()),
        )

    def absence(self, record_id: int, observed_at: str) -> None:
        """Note when a record was observed not to stand there."""
        self._absences[record_id] = observed_at

    def last_absence(self, record_id: int) -> str:
        """When a record was last observed not to stand there."""
        if record_id in self._absences:
            return self._absences[record_id]
        found = self._connection.execute(
            """
            SELECT max(observed_at) FROM events
            WHERE record_id = ? AND what IN ('gone', 'unknown')
            """,
            (record_id,),
        ).fetchone()
        return str(found[0] or "")

    def metrics(self, record_id: int, at: str, counters: str) -> None:
        """Collect the counters of a record."""
        self._rows.add("metrics", record_id, self._run.id, at, counters, self._rows.salt())

    def absent(
        self,
        kind: Kind,
        native_id: str,
        *,
        what: str,
        presence: str,
        at: str,
        observed_at: str,
        removed_by: str | None,
        detail: Mapping[str, Any],
        cited: Callable[[], Cited],
    ) -> bool:
        """Note that a record is gone or cannot be told of. False where nothing changed by it: it is
        not held, its state is this one already, or it was met at a later time."""
        found = self._connection.execute(
            """
            SELECT id, presence FROM records WHERE account_id = ? AND kind = ? AND native_id = ?
            """,
            (self._run.account.id, kind, to_stored(native_id)),
        ).fetchone()
        known_gone = found is not None and found["presence"] == "absent"
        if found is None or found["presence"] == presence or known_gone:
            return False
        if self.is_late(kind, observed_at):
            return False
        self.event(
            found["id"], what, at=at, observed_at=observed_at, detail=detail, evidence=cited()
        )
        self.absence(found["id"], observed_at)
        removed_at = at if presence == "absent" else None
        self._connection.execute(
            """
            UPDATE records SET presence = ?, removed_at = ?, removed_by = ?, retention_rule = NULL
            WHERE id = ?
            """,
            (presence, removed_at, removed_by, found["id"]),
        )
        self._stale.add(found["id"])
        self._rows.flush()
        return True

    def take_media(self, stored: StoredMedia) -> None:
        """Note that bytes are named by a row of this transaction."""
        self._media[stored.sha256] = stored

    def _flush(self, states: Mapping[tuple[str, str], State]) -> None:
        """Write what was collected."""
        new, content, state_rows = [], [], []
        for state in states.values():
            if state.is_new and state.item is not None:
                new.append(self._record_row(state))
                self._fresh_doc(state)
                if state.version_count > 1:
                    self._stale.add(state.id)
                state.is_new = False
            elif state.touched:
                if state.item is not None:
                    content.append(self._content_row(state))
                state_rows.append(_state_row(state))
                self._stale.add(state.id)
        connection = self._connection
        new.sort()
        connection.executemany(_INSERT_RECORDS, new)
        connection.executemany(_UPDATE_CONTENT, content)
        connection.executemany(_UPDATE_STATE, state_rows)
        connection.executemany(_INSERT_VERSIONS, self._versions)
        connection.executemany(_INSERT_RECORD_MEDIA, self._record_media)
        self._versions.clear()
        self._record_media.clear()
        self.flush_media()
        self._rows.flush()

    def flush_media(self) -> None:
        """Write a row for bytes this file does not name yet, and note them to be put in place."""
        wanted = {bytes.fromhex(digest): stored for digest, stored in self._media.items()}
        keys = list(wanted)
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ", ".join("?" * len(some))
            for row in self._connection.execute(
                f"SELECT sha256 FROM media WHERE sha256 IN ({marks})", some
            ):
                del wanted[row["sha256"]]
        for key, stored in sorted(wanted.items()):
            if find_media(self._home, self._access, stored.sha256) is None:
                raise StorageError(
                    "a media file was destroyed while the same bytes were being captured: nothing "
                    "of this batch was written; run the command again"
                )
            self._rows.add(
                *("salted media", self._run.id, key, stored.size, stored.media_type),
                self._rows.salt(),
            )
        self.placed.update(self._media)
        self._media.clear()

    def flush_index(self) -> None:
        """Fill the search index, sorted by id: once, at the end of the batch."""
        fresh, stale = self._fresh, set(shown_ids(self._connection, self._stale))
        rebuilt = {row[0]: row for row in index_rows(self._connection, sorted(stale))}
        index_new(
            self._connection,
            [
                rebuilt.get(number) or (number, doc, code)
                for number, (doc, code) in sorted(fresh.items())
            ],
        )
        index_changed(
            self._connection, [row for number, row in rebuilt.items() if number not in fresh]
        )
        fresh.clear()
        self._stale.clear()

    def _record_row(self, state: State) -> tuple[Any, ...]:
        item = state.item
        assert item is not None
        author = item.author
        created_at, undated = moment_of(item.created_at, state.first_seen_at)
        if state.version_count > 1:
            note_moment(self._connection, state.id, created_at)
        return (
            *(state.id, self._run.account.id, item.platform, item.kind, item.form),
            *(item.native_id, item.parent_id, item.root_id, author.native_id, author.handle),
            *(author.display_name, author.role, created_at, undated, item.edited_at, item.text),
            *(item.language, item.url, item.content_state, state.stable, state.edit_id),
            *(state.visibility, state.presence, state.removed_at, state.removed_by),
            *(state.version_id, state.version_count, state.media_count, state.metrics),
            state.first_seen_at,
        )

    def _content_row(self, state: State) -> tuple[Any, ...]:
        item = state.item
        assert item is not None
        author = item.author
        created_at, undated = moment_of(item.created_at, state.first_seen_at)
        note_moment(self._connection, state.id, created_at)
        return (
            *(item.form, item.parent_id, item.root_id, author.native_id, author.handle),
            *(author.display_name, author.role, created_at, undated, item.edited_at, item.text),
            *(item.language, item.url, item.content_state, state.stable, state.edit_id),
            state.id,
        )

    def _fresh_doc(self, state: State) -> None:
        item = state.item
        assert item is not None
        has_media = bool(item.media)
        edited = state.version_count > 1
        role = item.author.role
        doc = search_doc(
            text=to_searchable(item.text),
            earlier=(),
            people=names_of(item.author),
            recipients=names_of(*item.recipients),
            files=words_of_media(*item.media),
            account_id=self._run.account.id,
            platform=item.platform,
            kind=item.kind,
            form=item.form,
            visibility=state.visibility,
            content_state=item.content_state,
            presence=state.presence,
            edited=edited,
            has_media=has_media,
            language=item.language,
            author_role=role,
        )
        code = facet_code(
            self._run.account.id,
            item.kind,
            visibility=state.visibility,
            content_state=item.content_state,
            presence=state.presence,
            edited=edited,
            has_media=has_media,
            author_role=role,
        )
        self._fresh[state.id] = (doc, code)


def _state_row(state: State) -> tuple[Any, ...]:
    return (
        *(state.visibility, state.presence, state.removed_at, state.removed_by),
        *(state.version_id, state.version_count, state.media_count, state.metrics),
        *(state.state_changed, state.id),
    )


def _named(items: Sequence[Item]) -> tuple[Sequence[Item], Mapping[str, list[str]], bool]:
    """The items with ids that can be stored and looked for, these ids by kind, and whether the
    items had to be put into storable form for that."""
    groups = by_kind(items)
    try:
        odd = any(ESCAPE_BYTES in msgspec.json.encode(ids) for ids in groups.values())
    except UnicodeEncodeError:
        odd = True
    if odd:
        items = [storable_item(item) for item in items]
        groups = by_kind(items)
    return items, groups, odd
