"""Records and people of the plain format, from tables, JSON and JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import msgspec

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.documents import DocumentScanner
from archiver.exports.elements import Element, decode
from archiver.exports.faults import UnreadableError
from archiver.exports.guarding import ended, failed, guarded
from archiver.exports.plain import fields
from archiver.exports.plain.fields import FieldError
from archiver.exports.tables import Row, open_table
from archiver.exports.texts import whole
from archiver.items import Author, Item, Kind, MediaRef, Relation, Skipped, Subscriber, Visibility

CHUNK = 1 << 20
LONGEST_LINE = 16 << 20
_ARRAYS: Collection[tuple[str, ...]] = ((), ("records",))
Fields = Mapping[str, Any]
Parse = Callable[[Fields, Element | Row, str], Iterator[Unit]]


@dataclass(frozen=True)
class PlainFiles:
    """Reads the files of one folder in the plain format. `zone` as in `reader_of_times`; `held`
    are the members of the download, `root` where they lie."""

    platform: str
    root: str
    zone: str | None
    held: Collection[str]

    def records(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """A file of records, by its ending."""
        parse = partial(self._record, _Known(self.zone), member)
        if member.casefold().endswith(".csv"):
            yield from _table(member, stream, count, parse, ("kind", "text"), fields.of_record)
        elif member.casefold().endswith(".jsonl"):
            yield from _lines(member, stream, count, parse)
        else:
            yield from _document(member, stream, count, parse)

    def people(
        self, member: str, relation: Relation, stream: BinaryIO, count: FileCount
    ) -> Iterator[Unit]:
        """A list of people who all stand in the same relation to the account."""

        def parse(given: Fields, _: Element | Row, __: str) -> Iterator[Unit]:
            handle = fields.word(given, "handle")
            name = fields.word(given, "name")
            known_by = fields.word(given, "id") or handle or name
            if known_by is None:
                raise FieldError("id, handle and name are empty: write one of them")
            url = fields.word(given, "url")
            yield Subscriber(self.platform, relation, known_by, handle, name, url)

        yield from _table(member, stream, count, parse, ("name",), fields.of_person)

    def _record(
        self, known: _Known, member: str, given: Fields, element: Element | Row, where: str
    ) -> Iterator[Unit]:
        kind = fields.kind(given)
        text = whole(fields.text(given))
        author = Author(
            fields.word(given, "author_id"),
            fields.word(given, "author_handle"),
            fields.word(given, "author_name"),
            fields.role(given),
        )
        created_at = known.time(given, "created_at")
        thread = fields.word(given, "thread")
        native_id = fields.word(given, "id")
        if native_id is not None:
            known.once(kind, native_id, where)
        else:
            by = author.native_id or author.handle or author.display_name or ""
            made = derived_id(kind, thread or "", created_at, by, text)
            native_id = known.repeats.next(made)
        refs, missing = self._media(given)
        message = kind is Kind.MESSAGE
        removed_at = known.time(given, "removed_at")
        removed_by = fields.removed_by(given)
        if removed_by is not None and removed_at is None:
            raise FieldError("removed_by without removed_at: write when it was removed")
        yield Item(
            platform=self.platform,
            kind=kind,
            native_id=native_id,
            author=author,
            created_at=created_at,
            text=text,
            raw=element.raw,
            stable=_canonical(given),
            form=fields.word(given, "form") or kind.value,
            parent_id=fields.word(given, "parent"),
            root_id=thread,
            edited_at=known.time(given, "edited_at"),
            language=fields.language(given),
            url=fields.word(given, "url"),
            links=tuple(fields.words(given, "links")),
            recipients=tuple(
                Author(display_name=one) for one in fields.words(given, "recipients") if one
            ),
            visibility=fields.visibility(
                given, Visibility.PRIVATE if message else Visibility.PUBLIC
            ),
            media=refs,
            metrics=fields.counters(given),
            removed_at=removed_at,
            removed_by=removed_by,
            member=member,
            position=element.index,
        )
        for name in missing:
            detail = f"{where}: the file {name[:120]!r} is not there: put it beside the records"
            yield Skipped(member, element.index, detail, failed=True)

    def _media(self, given: Fields) -> tuple[tuple[MediaRef, ...], list[str]]:
        """The media of a record, and the names of those that are not there."""
        names = fields.words(given, "media")
        told = fields.words(given, "alt_text")
        if len(told) > len(names):
            raise FieldError("alt_text describes more files than media names")
        refs, missing = [], []
        for place, name in enumerate(names):
            held = self.root + name in self.held
            if not held:
                missing.append(name)
            refs.append(
                MediaRef(
                    self.root + name if held else f"missing:{name}",
                    name.rpartition("/")[2],
                    alt_text=(told[place] or None) if place < len(told) else None,
                    available=held,
                )
            )
        return tuple(refs), missing


class _Known:
    """What is remembered while a file is read: the ids met, and how its times are read."""

    def __init__(self, zone: str | None) -> None:
        self.time = fields.reader_of_times(zone)
        self.repeats = Repeats()
        self._met: set[int] = set()

    def once(self, kind: Kind, native_id: str, where: str) -> None:
        """Raises FieldError where the id was met before in this file."""
        mark = hash((kind, native_id))
        if mark in self._met:
            raise FieldError(f"the id {native_id[:60]!r} stands in this file before {where}, too")
        self._met.add(mark)


def _table(
    member: str,
    stream: BinaryIO,
    count: FileCount,
    parse: Parse,
    needed: tuple[str, ...],
    known: Callable[[str], bool],
) -> Iterator[Unit]:
    table = open_table(stream, needed)
    strange = [one for one in map(str.casefold, table.head) if one and not known(one)]
    if strange:
        raise UnreadableError(
            f"columns that are not known: {', '.join(strange)[:200]}: a column of your own begins "
            "with x_"
        )
    names = {name: name.casefold() for name in table.head if name}
    for row in table.rows():
        given = {names[name]: cell for name, cell in row.cells.items() if cell and name}
        where = f"line {row.line}"
        if row.fault is not None:
            count.read += 1
            yield failed(member, row, f"{where}: {row.fault}")
            continue
        yield from guarded(member, count, row, partial(_told, member, parse, given, row, where))
    ended(table, count)
    if table.notes:
        count.complete = False
        count.reason = count.reason or f"{table.notes[0]}: save the table as CSV UTF-8"


def _document(member: str, stream: BinaryIO, count: FileCount, parse: Parse) -> Iterator[Unit]:
    scanner = DocumentScanner(stream, lambda path: path in _ARRAYS)
    for _, element in scanner:
        where = f"record {element.index + 1}"
        yield from _element(member, count, element, parse, where)
    strange = [path for path in scanner.values if path and path[0] != "records"]
    if strange:
        count.reason = f"entries beside the records are not known: {strange[0][0][:60]}"
    ended(scanner, count)


def _lines(member: str, stream: BinaryIO, count: FileCount, parse: Parse) -> Iterator[Unit]:
    index = 0
    for number, line in enumerate(_split(stream), 1):
        raw = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not raw:
            continue
        try:
            element = Element(index, raw, decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            element = Element(index, raw, fault=f"it is no JSON ({error})"[:300])
        index += 1
        yield from _element(member, count, element, parse, f"line {number}")
    fault = getattr(stream, "fault", None)
    if fault:
        count.complete = False
        count.reason = count.reason or str(fault)


def _split(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; one longer than 16 MiB is cut there."""
    rest = b""
    while piece := stream.read(CHUNK):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _element(
    member: str, count: FileCount, element: Element, parse: Parse, where: str
) -> Iterator[Unit]:
    if element.fault is not None:
        count.read += 1
        yield failed(member, element, f"{where}: {element.fault}")
        return
    yield from guarded(
        member, count, element, partial(_told, member, parse, element.value, element, where)
    )


def _told(member: str, parse: Parse, given: Any, element: Element | Row, where: str) -> list[Unit]:
    """What a record gives, or the one fault that keeps it from being taken, with its place."""
    try:
        if not isinstance(given, dict):
            raise FieldError("it is no object with fields")
        strange = [
            one for one in given if not isinstance(element, Row) and not fields.of_record(one)
        ]
        if strange:
            raise FieldError(f"{strange[0][:60]} is not known: a field of your own begins with x_")
        return list(parse(given, element, where))
    except FieldError as error:
        return [failed(member, element, f"{where}: {error}")]


def _canonical(given: Fields) -> bytes:
    kept = {
        name: value
        for name, value in given.items()
        if value not in ("", None, []) and not name.startswith(fields.COUNTER)
    }
    return msgspec.json.encode(kept, order="sorted")
