"""Whose download it is, the profile as Instagram shows it, and what changed in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.documents import DocumentScanner, Path
from archiver.exports.elements import Element
from archiver.exports.faults import UnreadableError
from archiver.exports.guarding import ended
from archiver.exports.identity import Identity
from archiver.exports.instagram import labels
from archiver.exports.instagram.post_pages import rows_of
from archiver.exports.meta.told import (
    Account,
    Series,
    Told,
    item_of,
    mend,
    profile_item,
    read_arrays,
    table,
    text,
)
from archiver.exports.pages import page as page_of
from archiver.exports.times import since_1970, with_zone
from archiver.items import Item, Kind, Skipped

_LIMIT = 4 << 20
_SHOWN = ("username", "name", "bio", "website")
_LABELS = (labels.USERNAME, labels.NAME, labels.BIO, labels.WEBSITE)
_OLDER = ("username", "name", "biography", "external_url")
_NOTHING_SHOWN = (
    "it tells nothing that everybody sees, or in a language not known here: left in the original"
)
_PUBLIC = (*labels.USERNAME, *labels.NAME, *labels.BIO, *labels.WEBSITE, "Bio", "Profile Bio Text")


def profile_fields(stream: BinaryIO, count: FileCount, *, page: bool) -> dict[str, str]:
    """The fields of a profile that everybody sees. The rest of the file (mail address, telephone,
    birthday) is left in the original."""
    if page:
        raw = stream.read(_LIMIT)
        if b"<" not in raw:
            raise UnreadableError("it is no web page")
        rows = rows_of(page_of(raw))
        found = (next((v for k, v in rows if k in names), "") for names in _LABELS)
        return dict(zip(_SHOWN, found, strict=True))
    scanner = DocumentScanner(stream, lambda at: False)
    for _ in scanner:
        pass
    ended(scanner, count)
    values = mend(dict(_named(scanner.values)), b"\\u00", count)
    older = [text(values.get(name)) for name in _OLDER]
    if any(older):
        return dict(zip(_SHOWN, older, strict=True))
    for value in values.values():
        for one in value if isinstance(value, list) else []:
            named = labels.fields(table(one))
            told = [labels.field(named, names) for names in _LABELS]
            if any(told):
                return dict(zip(_SHOWN, told, strict=True))
    return {}


def _named(values: Mapping[Path, Any]) -> Iterator[tuple[str, Any]]:
    for at, value in values.items():
        if len(at) == 1:
            yield at[0], value


def identity_of(fields: Mapping[str, str], earlier: tuple[str, ...] = ()) -> Identity:
    """Whose profile the fields are of."""
    return Identity(None, fields.get("username") or None, fields.get("name") or None, None, earlier)


def earlier_handles(stream: BinaryIO) -> tuple[str, ...]:
    """What the account was called before, from the list of changes of its profile."""
    scanner = DocumentScanner(stream, lambda at: len(at) <= 1)
    count = FileCount("", "", None, 0, "")
    found = []
    for _, element in scanner:
        named = labels.fields(table(mend(element.value, element.raw, count)))
        if labels.field(named, labels.CHANGED) in labels.USERNAME:
            found.append(labels.field(named, labels.BEFORE))
    return tuple(dict.fromkeys(filter(None, found)))


class Profile:
    """Reads the profile and its changes."""

    def __init__(self, account: Account, identity: Identity) -> None:
        self._account = account
        self._identity = identity
        self._series = Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """The profile in a JSON file."""
        yield self._item(profile_fields(stream, count, page=False), count, member)

    def read_page(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """The profile in a page."""
        yield self._item(profile_fields(stream, count, page=True), count, member)

    def _item(self, fields: Mapping[str, str], count: FileCount, member: str) -> Item | Skipped:
        told = {name: value for name, value in fields.items() if value}
        count.read += 1
        if not told:
            return Skipped(member, None, _NOTHING_SHOWN)
        native_id = self._identity.native_id or self._identity.handle or "profile"
        return profile_item(self._account, native_id, told, member)

    def read_changes(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every change of what everybody sees. Changes of addresses to sign in with stay in the
        original and are counted as passed over."""
        repeats = self._series.of("changes", member)

        def make(_: Path, element: Element) -> Iterator[Unit]:
            named = labels.fields(table(mend(element.value, element.raw, count)))
            changed = labels.field(named, labels.CHANGED)
            if not changed:
                raise ValueError("no change")
            if changed not in _PUBLIC:
                detail = "a change of what only the account sees: left in the original"
                yield Skipped(member, element.index, detail)
                return
            at = since_1970(next(labels.timestamps(named), None)) or with_zone(
                labels.field(named, labels.CHANGED_AT)
            )
            before, after = (labels.field(named, one) for one in (labels.BEFORE, labels.AFTER))
            told = Told(Kind.PROFILE, "profile change", "changes", at, self._account.author)
            told.text = f"{changed}: {before} → {after}"
            told.told_by = told.text
            yield item_of(self._account, told, repeats, element.raw, member, element.index)

        yield from read_arrays(stream, count, member, make)
