"""The query language: what a clerk types, read so that nothing typed is ever an error.

    mill closure              both words              "mill street"     exactly these words
    closure OR cierre         either word             -marathon         without this word
    park*                     words that begin so     NEAR(park noise, 5)   within five words
    (pool OR spa) hours       brackets                from:residents  from:"Jane Roe"  to:mayor
    account:citypolice        platform:x              kind:comment      is:removed  state:edited
    before:2026-08-01         after:2026-06           on:8/14/2026      has:media   lang:es

What cannot be read as it was meant (a quotation mark without its partner, a filter value nobody
knows) is read as plain words, and `Query.notes` says so. Only a search that cannot be answered in
reasonable time, or asks for nothing, is refused (`SearchRefused`), with the reason.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.archive import highlight, scripts
from archiver.archive.highlight import Needle
from archiver.archive.vocabulary import read_condition, read_days
from archiver.errors import UsageError

MAX_LETTERS = 2_000
MAX_WORDS = 64
MAX_TOKENS = 400
MAX_DEPTH = 16
MIN_PREFIX = 2
NEAR_WORDS = 10

ANYWHERE = "{text earlier people recipients files}"
_COLUMNS = {"from": "{people}", "to": "{recipients}"}


class SearchRefused(UsageError):
    """The search is not run; the message says why and what to change."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word, phrase or NEAR group, as an FTS5 phrase held to some columns."""

    match: str
    needles: tuple[Needle, ...]
    columns: str = ANYWHERE


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter: the field and the values of which one must hold."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """A span of days (both included); it holds for the whole search."""

    start: dt.date | None
    end: dt.date | None


@dataclass(frozen=True, slots=True)
class Group:
    """All of `every`, and none of `none`."""

    every: tuple[Node, ...]
    none: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them."""

    items: tuple[Node, ...]


Node = Words | Condition | Days | Group | Either


@dataclass(frozen=True, slots=True)
class Query:
    """A search as it was understood. `notes` are sentences for the person who typed it."""

    root: Group
    start: dt.date | None
    end: dt.date | None
    needles: tuple[Needle, ...]
    notes: tuple[str, ...]


_LEXICON = re.compile(
    r"""
    (?P<near>NEAR)\((?P<group>[^()]*)\)
  | (?P<minus>-)?(?P<field>[A-Za-z]{2,10}):(?P<value>"[^"]*"|[^\s()"]+)
  | (?P<sign>-)(?=[^\s()"*-]|["(])
  | "(?P<phrase>[^"]*)"(?P<star>\*?)
  | (?P<bracket>[()])
  | (?P<word>[^\s()"]+)
    """,
    re.VERBOSE,
)
_NEAR_PART = re.compile(r'"([^"]*)"|([^\s",]+)')
_TRAILING = re.compile(r"[^a-zA-Z0-9\x80-\U0010ffff]+\Z")
_OPERATORS = ("AND", "OR", "NOT")
_SAME = str.maketrans({"“": '"', "”": '"', "„": '"', "−": "-", "–": "-", "\u3000": " "})


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    node: Node | None = None


def parse(text: str) -> Query:
    """Read what a person typed.

    Raises SearchRefused where it is too long, holds too many words, asks for all words of one
    letter, or holds no word at all though something was typed.
    """
    if len(text) > MAX_LETTERS:
        raise SearchRefused(f"the search is longer than {MAX_LETTERS} letters: shorten it")
    reader = _Reader(scripts.normal(text).translate(_SAME))
    root = reader.read()
    whole = root if isinstance(root, Group) else Group((root,) if root else ())
    start, end, whole = reader.days_of(whole)
    if text.strip() and not (whole.every or whole.none or start or end):
        raise SearchRefused("the search holds no letters or digits to look for: type a word")
    needles = tuple(dict.fromkeys(_needles(whole)))
    return Query(whole, start, end, needles, tuple(dict.fromkeys(reader.notes)))


def _needles(node: Node) -> Iterator[Needle]:
    if isinstance(node, Words):
        yield from node.needles
    elif isinstance(node, Group):
        for item in node.every:
            yield from _needles(item)
    elif isinstance(node, Either):
        for item in node.items:
            yield from _needles(item)


def words(text: str, *, star: bool = False, columns: str = ANYWHERE) -> Words | None:
    """The words of normal text, in their order, as one thing to look for; None without a word.

    Raises SearchRefused where `star` follows too few letters.
    """
    text = _TRAILING.sub("", scripts.letters(text))
    tokens = highlight.words_of_cut(scripts.cut(text, query=True))
    if not tokens:
        return None
    runs = scripts.RUN.findall(text)
    one_letter = bool(runs) and text.endswith(runs[-1]) and len(scripts.clusters(runs[-1])) == 1
    if star and not runs and len(tokens[-1]) < MIN_PREFIX:
        raise SearchRefused(f"type at least {MIN_PREFIX} letters before *")
    prefix = star or one_letter
    match = f'"{" ".join(tokens)}"' + (" *" if prefix else "")
    return Words(match, (Needle(tuple(map(scripts.fold, tokens)), prefix),), columns)


class _Reader:
    """Reads the pieces of one search. Mends what does not fit and keeps a note of it."""

    def __init__(self, text: str) -> None:
        self.notes: list[str] = []
        self._words = self._tokens = 0
        if text.count('"') % 2:
            self.notes.append("A quotation mark has no partner: it was left out.")
            last = text.rindex('"')
            text = f"{text[:last]} {text[last + 1 :]}"
        self._pieces = self._paired(list(self._lex(text)))
        self._place = 0

    def _lex(self, text: str) -> Iterator[_Piece]:
        for found in _LEXICON.finditer(text):
            if found["bracket"]:
                yield _Piece(found["bracket"])
            elif found["sign"]:
                yield _Piece("NOT")
            elif found["word"] in _OPERATORS:
                yield _Piece(found["word"])
            else:
                if found["minus"]:
                    yield _Piece("NOT")
                yield _Piece("node", self._node(found))

    def _node(self, found: re.Match[str]) -> Node | None:
        if found["near"]:
            return self._near(found["group"])
        if found["field"]:
            return self._field(found["field"].lower(), found["value"].strip('"'))
        if found["phrase"] is not None:
            return self._term(found["phrase"], star=bool(found["star"]))
        word = found["word"]
        bare = word.rstrip("*")
        if "*" in bare:
            self.notes.append(f"In “{word}” the * is left out: it works only at the end of a word.")
        if word in ("or", "and", "not"):
            self.notes.append(
                f"“{word}” was looked for as a word: in capitals, {word.upper()} joins words."
            )
        return self._term(bare, star=word.endswith("*"))

    def _term(self, text: str, *, star: bool = False, columns: str = ANYWHERE) -> Words | None:
        term = words(text, star=star, columns=columns)
        if term is None:
            if not text.isascii():
                self.notes.append(f"“{text}” holds no letters or digits and was left out.")
            return None
        self._words += len(text.split())
        self._tokens += len(term.needles[0].tokens)
        if self._words > MAX_WORDS or self._tokens > MAX_TOKENS:
            raise SearchRefused(f"the search has more than {MAX_WORDS} words: leave some out")
        return term

    def _near(self, group: str) -> Words | None:
        head, comma, tail = group.rpartition(",")
        distance = NEAR_WORDS
        if comma and tail.strip().isdecimal():
            group, distance = head, min(int(tail.strip()[:3]), 100)
        parts = [term for found in _NEAR_PART.finditer(group) if (term := self._near_term(found))]
        if len(parts) < 2:
            return parts[0] if parts else None
        match = f"NEAR({' '.join(part.match for part in parts)}, {distance})"
        return Words(match, tuple(needle for part in parts for needle in part.needles))

    def _near_term(self, found: re.Match[str]) -> Words | None:
        text = found[1] or found[2] or ""
        return self._term(text.rstrip("*"), star=text.endswith("*"))

    def _field(self, field: str, value: str) -> Node | None:
        days = read_days(field, value)
        if days is not None:
            return Days(*days)
        condition = read_condition(field, value)
        if condition.values:
            return Condition(condition.field, condition.values)
        if field in _COLUMNS:
            return self._term(value.lstrip("@"), columns=_COLUMNS[field])
        if condition.note:
            self.notes.append(condition.note)
        return self._term(f"{field} {value}")

    def _paired(self, pieces: list[_Piece]) -> list[_Piece]:
        """The pieces without brackets that have no partner or lie too deep."""
        open_at: list[int] = []
        bad: set[int] = set()
        for place, piece in enumerate(pieces):
            if piece.kind == "(":
                open_at.append(place)
            elif piece.kind == ")" and open_at:
                if len(open_at) > MAX_DEPTH:
                    bad |= {open_at[-1], place}
                open_at.pop()
            elif piece.kind == ")":
                bad.add(place)
        bad.update(open_at)
        if bad:
            self.notes.append("A bracket has no partner or lies too deep: it was left out.")
        return [piece for place, piece in enumerate(pieces) if place not in bad]

    def _peek(self) -> str:
        return self._pieces[self._place].kind if self._place < len(self._pieces) else ""

    def read(self) -> Node | None:
        """All pieces as one expression."""
        return self._either()

    def _either(self) -> Node | None:
        items = [self._every()]
        while self._peek() == "OR":
            self._place += 1
            items.append(self._every())
        there = tuple(item for item in items if item is not None)
        if len(there) < len(items) and len(items) > 1:
            self.notes.append("OR has nothing to look for on one side: it was left out.")
        if len(there) > 1:
            return Either(there)
        return there[0] if there else None

    def _every(self) -> Node | None:
        every: list[Node] = []
        none: list[Node] = []
        while self._peek() not in ("", ")", "OR"):
            if self._peek() == "AND":
                self._place += 1
                continue
            without = self._peek() == "NOT"
            while self._peek() in ("NOT", "AND"):
                self._place += 1
            if self._peek() in ("", ")", "OR"):
                self.notes.append("NOT has nothing to leave out after it: it was left out.")
                break
            node = self._one()
            if node is not None:
                (none if without else every).append(node)
        if len(every) == 1 and not none:
            return every[0]
        return Group(tuple(every), tuple(none)) if every or none else None

    def _one(self) -> Node | None:
        piece = self._pieces[self._place]
        self._place += 1
        if piece.kind != "(":
            return piece.node
        inner = self._either()
        self._place += 1
        return inner

    def days_of(self, root: Group) -> tuple[dt.date | None, dt.date | None, Group]:
        """The span of days all of the search is held to, and the search without it."""
        spans = [node for node in root.every if isinstance(node, Days)]
        rest = Group(tuple(node for node in root.every if not isinstance(node, Days)), root.none)
        inner = _without_days(rest)
        if inner != rest and (rest.every or rest.none):
            self.notes.append(
                "Dates hold for the whole search: those inside OR, brackets or after a minus"
                " were left out."
            )
        start = max((span.start for span in spans if span.start), default=None)
        end = min((span.end for span in spans if span.end), default=None)
        return start, end, inner if isinstance(inner, Group) else Group((inner,) if inner else ())


def _without_days(node: Node) -> Node | None:
    if isinstance(node, Days):
        return None
    if isinstance(node, Group):
        left = Group(_all_without_days(node.every), _all_without_days(node.none))
        return left if left.every or left.none else None
    if isinstance(node, Either):
        items = _all_without_days(node.items)
        return Either(items) if items else None
    return node


def _all_without_days(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(left for node in nodes if (left := _without_days(node)) is not None)
