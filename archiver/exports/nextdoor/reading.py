"""Records from tables, saved pages and prints, as a rule of a mapping has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import BinaryIO

import msgspec
import pypdfium2
import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.faults import UnreadableError
from archiver.exports.guarding import NOT_AS_EXPECTED, ended, failed, guarded
from archiver.exports.markup import parsed, readable, selected
from archiver.exports.nextdoor.mapping import Mapping, Rule, Source
from archiver.exports.seen import SeenIds
from archiver.exports.tables import Row, open_table
from archiver.exports.texts import unescaped, whole
from archiver.exports.times import with_zone, written
from archiver.items import Author, AuthorRole, Item, Kind, MediaRef, Skipped, Visibility
from archiver.register.names import key

PLATFORM = "nextdoor"
LARGEST = 64 << 20
LONGEST_PRINT = 4 << 20
PATIENCE = 10.0
"""Seconds a pattern of a mapping may search one text."""
_AGO = re.compile(
    r"(\d+\s*(s|sec|m|min|h|hr|d|day|w|wk|mo|y)[a-z]*\.?(\s+ago)?|just now|today|yesterday)",
    re.IGNORECASE,
)

Values = dict[str, list[str]]


@dataclass(frozen=True)
class MappedFiles:
    """Reads the files of one folder by a mapping. `held` are the members of the download; `listed`
    the ids of the posts in each table read so far: a page that shows one of them adds nothing to it
    but the answers below."""

    mapping: Mapping
    held: Collection[str]
    listed: dict[str, SeenIds] = field(default_factory=dict)

    def table(self, rule: Rule, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """A table: each line a record."""
        table = open_table(stream, (), either=[one.place for one in rule.fields.get("text", ())])
        repeats = Repeats()
        ids = self.listed[member] = SeenIds()
        spelled = {name.casefold(): name for name in table.head}
        sources = {
            name: [
                Source(spelled[one.place.casefold()], None, one.match)
                for one in several
                if one.place.casefold() in spelled
            ]
            for name, several in rule.fields.items()
        }

        def parse(row: Row) -> Iterable[Unit]:
            values = {
                name: [
                    found for one in several if (found := _part(one, row.cells.get(one.place, "")))
                ]
                for name, several in sources.items()
            }
            ids.add(_first(values, "id"))
            return self._records(
                rule, values, member, row.index, row.raw, repeats, f"line {row.line}: "
            )

        for row in table.rows():
            yield from guarded(member, count, row, partial(_told, member, parse, row))
        ended(table, count)

    def page(self, rule: Rule, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """A saved web page: a record for each element the rule selects, and the comments in it."""
        page = parsed(_whole_file(stream))
        repeats = Repeats()
        found = (
            _outermost(selected(page, rule.each)) if rule.each else [page.root] if page.root else []
        )
        if not found:
            raise UnreadableError("no part of it is a record by the mapping: look at the page")
        position = 0
        for node in found:
            for one_rule, one, parent in self._parts(rule, node):
                count.read += 1
                raw = (one.html or "").encode("utf-8", "replace")
                values = _values(one_rule, one)
                if parent is not None:
                    values["parent"] = [parent]
                told = _first(values, "id")
                if parent is None and told and any(told in ids for ids in self.listed.values()):
                    count.join()
                    position += 1
                    continue
                try:
                    yield from self._records(one_rule, values, member, position, raw, repeats, "")
                except NOT_AS_EXPECTED as error:
                    yield Skipped(member, position, str(error)[:300], failed=True, raw=raw)
                position += 1

    def _parts(self, rule: Rule, node: LexborNode) -> Iterator[tuple[Rule, LexborNode, str | None]]:
        """A record of a page without its comments, then each of those with what it answers. The
        comments of somebody else's post are left with it."""
        comments: list[str] = []
        if rule.comments and rule.comments.each:
            size = 0
            for one in selected(node, rule.comments.each):
                comments.append(one.html or "")
                size += len(comments[-1])
                if size > LARGEST:
                    raise UnreadableError("its answers lie within each other without end")
            node = _without(node, rule.comments.each)
        yield rule, node, None
        values = _values(rule, node)
        if rule.comments is None or self._by_another(rule, values):
            return
        parent = self._id_of(rule, values)
        for html in comments:
            comment = parsed(html).css_first("body > *")
            if comment is not None:
                yield rule.comments, comment, parent

    def printed(
        self, rule: Rule, member: str, stream: BinaryIO, count: FileCount
    ) -> Iterator[Unit]:
        """A print (PDF) or a text: one record, or one for each place its pattern finds."""
        data = _whole_file(stream)
        text = _pdf_text(data) if data.startswith(b"%PDF") else data.decode("utf-8", "replace")
        repeats = Repeats()
        pieces: list[Values] = []
        if rule.each:
            for groups in _found(rule.each, text):
                pieces.append({name: [value.strip()] for name, value in groups.items() if value})
            if not pieces:
                raise UnreadableError("the pattern of the mapping finds no record in its text")
        else:
            pieces.append({"text": [text.strip()]})
        for position, values in enumerate(pieces):
            count.read += 1
            raw = msgspec.json.encode(values, order="sorted")
            values = {name: one for name, one in values.items() if name != "media"}
            try:
                yield from self._records(
                    rule, values, member, position, raw, repeats, "", evidence=member
                )
            except NOT_AS_EXPECTED as error:
                yield Skipped(member, position, str(error)[:300], failed=True, raw=raw)

    def _by_another(self, rule: Rule, values: Values) -> bool:
        author = _first(values, "author_name")
        return bool(author) and not rule.others and self._role(author) is not AuthorRole.AGENCY

    def _role(self, author: str) -> AuthorRole:
        if not author:
            return AuthorRole.UNKNOWN
        return AuthorRole.AGENCY if key(author) in self._own else AuthorRole.PUBLIC

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(key(name) for name in self.mapping.names)

    def _id_of(self, rule: Rule, values: Values) -> str:
        """The id of a record: its own, or one made of what it is."""
        if told := _first(values, "id"):
            return told
        made_of = (self._time(rule, values, "created_at"), _first(values, "author_name"))
        return derived_id(rule.kind, _first(values, "parent"), *made_of, _words(values))

    def _records(
        self,
        rule: Rule,
        values: Values,
        member: str,
        position: int,
        raw: bytes,
        repeats: Repeats,
        where: str,
        evidence: str = "",
    ) -> list[Unit]:
        post = rule.kind is Kind.POST
        if post and self._by_another(rule, values):
            detail = f"{where}somebody else's post: no record of the agency"
            return [Skipped(member, position, detail)]
        text = _words(values)
        refs = [self._media(member, one) for one in values.get("media", ())]
        if evidence:
            refs.append(MediaRef(evidence, evidence.rpartition("/")[2]))
        if not text and not refs:
            return [Skipped(member, position, f"{where}it holds no words and no pictures")]
        author = _first(values, "author_name")
        role = self._role(author)
        if post and not author and not rule.others:
            role = AuthorRole.AGENCY
        created_at = self._time(rule, values, "created_at")
        parent = _first(values, "parent") or None
        native_id = self._id_of(rule, values)
        stable = {name: one for name, one in values.items() if one and name != "media"}
        stable["media"] = [ref.key for ref in refs]
        if created_at is None or not with_zone(_first(values, "created_at")):
            stable["created_at"] = [created_at or ""]
        private = rule.kind is Kind.MESSAGE
        return [
            Item(
                platform=PLATFORM,
                kind=rule.kind,
                native_id=repeats.next(native_id) if not _first(values, "id") else native_id,
                author=Author(_first(values, "author_id") or None, None, author or None, role),
                created_at=created_at,
                text=text,
                raw=raw,
                stable=msgspec.json.encode(stable, order="sorted"),
                form=rule.form or rule.kind.value,
                parent_id=parent,
                root_id=parent,
                edited_at=self._time(rule, values, "edited_at"),
                url=_address(_first(values, "url")),
                visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
                media=tuple(refs),
                member=member,
                position=position,
            )
        ]

    def _time(self, rule: Rule, values: Values, name: str) -> str | None:
        """A time with its zone, or in one of the forms of the rule. How long ago something was is
        no time: it is left out. Raises ValueError for anything else."""
        for told in values.get(name, ()):
            moment = with_zone(told) or written(told, rule.times, self.mapping.zone)
            if moment is not None:
                return moment
            if not _AGO.match(told.strip()):
                raise ValueError(f"{name} is {told[:40]!r}, in no form the mapping names")
        return None

    def _media(self, member: str, address: str) -> MediaRef:
        folder = member.rpartition("/")[0]
        path = address.split("?", 1)[0].removeprefix("./")
        held = f"{folder}/{path}" if folder else path
        name = path.rpartition("/")[2] or None
        if held in self.held:
            return MediaRef(held, name)
        url = address if address.startswith("http") else None
        return MediaRef(f"{PLATFORM}:{path}", name, url=url, available=False)


def _told(member: str, parse: Callable[[Row], Iterable[Unit]], row: Row) -> list[Unit]:
    try:
        return list(parse(row))
    except ValueError as error:
        return [failed(member, row, f"line {row.line}: {error}"[:300])]


def _values(rule: Rule, node: LexborNode) -> Values:
    """What the rule finds in an element: for each field the first place that holds something; all
    of its elements for pictures."""
    found: Values = {}
    for name, sources in rule.fields.items():
        for source in sources:
            elements = selected(node, source.place) if source.place else [node]
            told = [
                part
                for one in (elements if name == "media" else elements[:1])
                if (part := _part(source, _said(one, source)))
            ]
            if told:
                found[name] = told
                break
    return found


def _said(node: LexborNode, source: Source) -> str:
    if source.attribute is None:
        return readable(node)
    return node.attributes.get(source.attribute) or ""


def _part(source: Source, text: str) -> str:
    if source.match is None:
        return text.strip()
    try:
        found = source.match.search(text, timeout=PATIENCE)
    except TimeoutError:
        raise ValueError("a pattern of the mapping takes too long: make it simpler") from None
    if found is None:
        return ""
    return str(found[1] if source.match.groups else found[0] or "").strip()


def _found(pattern: str, text: str) -> Iterator[dict[str, str]]:
    """What the named groups of a pattern hold, place by place."""
    try:
        for found in regex.finditer(
            pattern, text, regex.MULTILINE | regex.DOTALL, timeout=PATIENCE
        ):
            yield found.groupdict()
    except TimeoutError:
        raise UnreadableError(
            "the pattern of the mapping takes too long: make it simpler"
        ) from None


def _all_of(page: LexborHTMLParser) -> list[LexborNode]:
    return [page.root] if page.root is not None else []


def _outermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Elements that do not lie inside another of them, each once."""
    by_id = {node.mem_id: node for node in nodes}
    clear: set[int] = set()
    found = []
    for node in by_id.values():
        path: list[int] = []
        above = node.parent
        while above is not None and above.mem_id not in by_id and above.mem_id not in clear:
            path.append(above.mem_id)
            above = above.parent
        if above is None or above.mem_id in clear:
            clear.update(path)
            found.append(node)
    return found


def _without(node: LexborNode, each: str) -> LexborNode:
    """A copy of an element without those inside it that `each` selects."""
    copy = parsed(node.html or "")
    for inner in _outermost(selected(copy, each)):
        inner.decompose()
    return copy.css_first("body > *") or copy.root or node


def _words(values: Values) -> str:
    told = (_first(values, "title"), _first(values, "text"))
    return whole(unescaped("\n\n".join(one for one in told if one)))


def _first(values: Values, name: str) -> str:
    several = values.get(name)
    return several[0] if several else ""


def _address(told: str) -> str | None:
    if not told:
        return None
    return f"https://nextdoor.com{told}" if told.startswith("/") else told


def _whole_file(stream: BinaryIO) -> bytes:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableError("it is larger than 64 MiB: save it in parts")
    return data


def _pdf_text(data: bytes) -> str:
    """The text of a print, page by page."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise UnreadableError("it is no PDF that can be read: print it again") from None
    parts: list[str] = []
    with document:
        for number in range(len(document)):
            try:
                page = document[number]
                parts.append(page.get_textpage().get_text_bounded())
            except pypdfium2.PdfiumError:
                raise UnreadableError(f"page {number + 1} cannot be read: print it again") from None
            if sum(map(len, parts)) > LONGEST_PRINT:
                raise UnreadableError("it holds more text than a print of posts does: look at it")
    return "\n\n".join(parts).replace("\r\n", "\n").replace("\ufffe", "-")
