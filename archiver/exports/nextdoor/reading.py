"""Records from tables, saved pages and prints, as a rule of a mapping has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import BinaryIO

import msgspec
from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.faults import UnreadableError
from archiver.exports.guarding import NOT_AS_EXPECTED, ended, failed, guarded
from archiver.exports.markup import parsed, selected
from archiver.exports.nextdoor.mapping import Mapping, Rule, Source
from archiver.exports.nextdoor.told import (
    LARGEST,
    Values,
    address_of,
    first_of,
    found_by,
    part_of,
    text_of_print,
    values_in,
    whole_file,
    without,
    words_of,
)
from archiver.exports.pages import outermost
from archiver.exports.seen import SeenIds
from archiver.exports.tables import Row, open_table
from archiver.exports.times import with_zone, written
from archiver.items import Author, AuthorRole, Item, Kind, MediaRef, Skipped, Visibility
from archiver.register.names import key

PLATFORM = "nextdoor"
_AGO = re.compile(
    r"(\d+\s*(s|sec|m|min|h|hr|d|day|w|wk|mo|y)[a-z]*\.?(\s+ago)?|just now|today|yesterday)",
    re.IGNORECASE,
)


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
                    found
                    for one in several
                    if (found := part_of(one, row.cells.get(one.place, "")))
                ]
                for name, several in sources.items()
            }
            ids.add(first_of(values, "id"))
            return self._records(
                rule, values, member, row.index, row.raw, repeats, f"line {row.line}: "
            )

        for row in table.rows():
            yield from guarded(member, count, row, partial(_told, member, parse, row))
        ended(table, count)

    def page(self, rule: Rule, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """A saved web page: a record for each element the rule selects, and the comments in it."""
        page = parsed(whole_file(stream))
        repeats = Repeats()
        found = (
            outermost(selected(page, rule.each)) if rule.each else [page.root] if page.root else []
        )
        if not found:
            raise UnreadableError("no part of it is a record by the mapping: look at the page")
        position = 0
        for node in found:
            for one_rule, one, parent in self._parts(rule, node):
                count.read += 1
                raw = (one.html or "").encode("utf-8", "replace")
                values = values_in(one_rule, one)
                if parent is not None:
                    values["parent"] = [parent]
                told = first_of(values, "id")
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
            node = without(node, rule.comments.each)
        yield rule, node, None
        values = values_in(rule, node)
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
        data = whole_file(stream)
        text = text_of_print(data) if data.startswith(b"%PDF") else data.decode("utf-8", "replace")
        repeats = Repeats()
        pieces: list[Values] = []
        if rule.each:
            for groups in found_by(rule.each, text):
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
        author = first_of(values, "author_name")
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
        if told := first_of(values, "id"):
            return told
        made_of = (self._time(rule, values, "created_at"), first_of(values, "author_name"))
        return derived_id(rule.kind, first_of(values, "parent"), *made_of, words_of(values))

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
        text = words_of(values)
        refs = [self._media(member, one) for one in values.get("media", ())]
        if evidence:
            refs.append(MediaRef(evidence, evidence.rpartition("/")[2]))
        if not text and not refs:
            return [Skipped(member, position, f"{where}it holds no words and no pictures")]
        author = first_of(values, "author_name")
        role = self._role(author)
        if post and not author and not rule.others:
            role = AuthorRole.AGENCY
        created_at = self._time(rule, values, "created_at")
        parent = first_of(values, "parent") or None
        native_id = self._id_of(rule, values)
        stable = {name: one for name, one in values.items() if one and name != "media"}
        stable["media"] = [ref.key for ref in refs]
        if created_at is None or not with_zone(first_of(values, "created_at")):
            stable["created_at"] = [created_at or ""]
        private = rule.kind is Kind.MESSAGE
        return [
            Item(
                platform=PLATFORM,
                kind=rule.kind,
                native_id=repeats.next(native_id) if not first_of(values, "id") else native_id,
                author=Author(first_of(values, "author_id") or None, None, author or None, role),
                created_at=created_at,
                text=text,
                raw=raw,
                stable=msgspec.json.encode(stable, order="sorted"),
                form=rule.form or rule.kind.value,
                parent_id=parent,
                root_id=parent,
                edited_at=self._time(rule, values, "edited_at"),
                url=address_of(first_of(values, "url")),
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
