"""Absence: what a whole walk did not show, asked for by id before anything is said about it.

Absence is not deletion (DESIGN §6). Only a walk that reached the end of what it set out to read
names candidates here, and only a definite "gone" makes a record absent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from archiver.archive.ids import MAX_ID, id_floor
from archiver.archive.store import Archive
from archiver.capture.taking import Missing
from archiver.items import Access, Author, AuthorRole, Kind, Span, Whole


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans of neighbouring pages as one, so that each stretch is asked for once."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if (
            last
            and last.after is not None
            and replace(last, after=span.after) == replace(span, before=last.before)
            and last.after == span.before
        ):
            found[-1] = replace(last, after=span.after)
        else:
            found.append(span)
    return found


def unseen_in(
    archive: Archive, account_id: int, span: Span, seen: Collection[str]
) -> Iterator[Missing]:
    """Records inside a span that stand in the archive and were not shown.

    The ids follow time, so a span is a range of rowids; the plus signs keep SQLite from walking all
    of the account's records by its index instead.
    """
    for access in Access:
        for row in archive.file(access).execute(
            """
            SELECT kind, native_id, form, presence, visibility, parent_id, root_id, author_id,
                author_handle, author_name, author_role
            FROM records
            WHERE id >= ? AND id < ? AND +account_id = ? AND +kind = ? AND author_id = ?
                AND presence <> 'absent' AND form IN (SELECT value FROM json_each(?))
            ORDER BY id
            """,
            (
                id_floor(span.after) if span.after else 0,
                id_floor(span.before) if span.before else MAX_ID,
                account_id,
                span.kind.value,
                span.author_id,
                msgspec.json.encode(span.forms).decode(),
            ),
        ):
            if row["native_id"] not in seen:
                yield as_missing(access, row)


def unseen_beneath(
    archive: Archive, account_id: int, whole: Whole, seen: Collection[str]
) -> Iterator[Missing]:
    """Records beneath a post, at any depth, that stand in the archive and were not shown. The
    account's own are left out: its own walk asks for those."""
    own = archive.public.execute(
        "SELECT native_id FROM accounts WHERE id = ?", (account_id,)
    ).fetchone()["native_id"]
    for row in archive.public.execute(
        """
        WITH RECURSIVE beneath (native_id, kind, form) AS (
            SELECT native_id, kind, form FROM records
            WHERE parent_id = ?1 AND account_id = ?2 AND form = ?4
            UNION
            SELECT r.native_id, r.kind, r.form FROM beneath AS b
            JOIN records AS r ON r.parent_id = b.native_id AND r.account_id = ?2 AND r.form = ?4
            WHERE ?4 = 'reply'
        )
        SELECT r.kind, r.native_id, r.form, r.presence, r.visibility, r.parent_id, r.root_id,
            r.author_id, r.author_handle, r.author_name, r.author_role
        FROM beneath AS b
        JOIN records AS r ON r.account_id = ?2 AND r.kind = b.kind AND r.native_id = b.native_id
        WHERE b.kind = ?3 AND r.presence <> 'absent' AND r.author_id IS NOT ?5
        ORDER BY r.id
        """,
        (whole.under, account_id, whole.kind.value, whole.form, own),
    ):
        if row["native_id"] not in seen:
            yield as_missing(Access.PUBLIC, row)


def held_beneath(
    connection: sqlite3.Connection, account_id: int, posts: Sequence[str]
) -> dict[str, dict[str, int]]:
    """How many present records of each form stand directly beneath each of these posts."""
    held: dict[str, dict[str, int]] = {post: {} for post in posts}
    for row in connection.execute(
        """
        SELECT r.parent_id, r.form, count(*) AS held FROM json_each(?) AS wanted
        CROSS JOIN records AS r ON r.parent_id = wanted.value AND r.account_id = ?
        WHERE r.presence = 'present' GROUP BY r.parent_id, r.form
        """,
        (msgspec.json.encode(list(posts)).decode(), account_id),
    ):
        held[row["parent_id"]][row["form"]] = row["held"]
    return held


def as_missing(access: Access, row: sqlite3.Row) -> Missing:
    """A row of records as a record to ask for."""
    return Missing(
        access=access,
        kind=Kind(row["kind"]),
        native_id=row["native_id"],
        form=row["form"],
        presence=row["presence"],
        visibility=row["visibility"],
        parent_id=row["parent_id"],
        root_id=row["root_id"],
        author=Author(
            row["author_id"],
            row["author_handle"],
            row["author_name"],
            AuthorRole(row["author_role"]),
        ),
    )
