"""The query language as the fields of a form, and back: nothing a field says is lost in the text.

`to_text` writes a search from fields; `to_fields` reads a search into fields as far as they can
hold it. What they cannot hold (brackets within brackets, a second phrase, filters) stays in the
field of all words, as it was typed, so that writing it again asks the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from archiver.archive.query import (
    NEAR_WORDS,
    Either,
    Group,
    Node,
    SearchRefused,
    parse,
)

_PIECE = re.compile(
    r"""
    NEAR\((?P<near>[^()"]*?)(?:,\s*(?P<within>\d{1,3})\s*)?\)
  | \((?P<any>[^()":*-]+?(?:\ OR\ [^()":*-]+?)+)\)
  | -(?P<none>[^\s()":*-][^\s()":*]*)(?=\s|$)
  | (?<![\w-])from:(?P<author>"[^"]*"|[^\s()"]+)
  | (?<![\w-])to:(?P<recipient>"[^"]*"|[^\s()"]+)
  | (?<!-)"(?P<phrase>[^"]+)"(?!\*)
  | (?P<other>"[^"]*"\*?|[^\s()"]+|[()])
    """,
    re.VERBOSE,
)
_PLAIN = re.compile(r"[^\W_]+(?: [^\W_]+)*\Z")
_OPERATORS = frozenset({"OR", "AND", "NOT"})


@dataclass(frozen=True, slots=True)
class Fields:
    """A search in fields. `words` is also where everything goes that no other field can hold;
    `any_words` and `none_words` are words with blanks between them; `near` are words that stand
    within `within` words of each other."""

    words: str = ""
    phrase: str = ""
    any_words: str = ""
    none_words: str = ""
    near: str = ""
    within: int = NEAR_WORDS
    author: str = ""
    recipient: str = ""


def to_text(fields: Fields) -> str:
    """Write fields as one search. Quotation marks and brackets inside a field are left out, except
    in `words`, which is a search of its own."""
    if fields == Fields(words=fields.words):
        return fields.words
    parts = [_alone(fields.words)]
    if phrase := _bare(fields.phrase):
        parts.append(f'"{phrase}"')
    some = [each for each in _bare(fields.any_words).split() if each not in _OPERATORS]
    if some:
        parts.append(f"({' OR '.join(some)})" if len(some) > 1 else some[0])
    near = _bare(fields.near).replace(",", " ").split()
    if len(near) > 1:
        parts.append(f"NEAR({' '.join(near)}, {min(max(fields.within, 1), 100)})")
    elif near:
        parts.append(near[0])
    parts += [f"-{word}" for each in _bare(fields.none_words).split() if (word := each.strip("-*"))]
    for name, value in (("from", fields.author), ("to", fields.recipient)):
        if said := _bare(value):
            parts.append(f'{name}:"{said}"' if " " in said else f"{name}:{said}")
    return " ".join(part for part in parts if part)


def to_fields(text: str) -> Fields:
    """Read a search into fields; all of it is in `words` where its parts hang together by OR, or
    where the fields would not ask the same."""
    found = _read(text)
    return found if _asks(to_text(found)) == _asks(text) else Fields(words=text)


def _read(text: str) -> Fields:
    pieces = list(_PIECE.finditer(text))
    loose = [piece["other"] or "" for piece in pieces]
    if text.count('"') % 2 or any(each in _OPERATORS or set(each) & {*"()"} for each in loose):
        return Fields(words=text)
    fields, rest, none = Fields(), [], []
    for piece in pieces:
        kind, value = piece.lastgroup or "other", piece[piece.lastgroup or "other"]
        if kind == "within":
            kind, value = "near", piece["near"]
        if kind == "none":
            none.append(value)
        elif kind == "near" and not fields.near and _words(value):
            within = int(piece["within"] or NEAR_WORDS)
            fields = replace(fields, near=" ".join(value.split()), within=within)
        elif kind == "any" and not fields.any_words and all(map(_word, value.split(" OR "))):
            fields = replace(fields, any_words=" ".join(value.split(" OR ")))
        elif kind == "phrase" and not fields.phrase and _bare(value):
            fields = replace(fields, phrase=_bare(value))
        elif kind == "author" and not fields.author and _name(value):
            fields = replace(fields, author=value.strip('"'))
        elif kind == "recipient" and not fields.recipient and _name(value):
            fields = replace(fields, recipient=value.strip('"'))
        else:
            rest.append(piece[0])
    return replace(fields, words=" ".join(rest), none_words=" ".join(none))


def _asks(text: str) -> object:
    """What a search asks, whatever the order of its parts; None where it is refused."""
    try:
        query = parse(text)
    except SearchRefused:
        return None
    return _unordered(query.root), query.start, query.end


def _unordered(node: Node) -> object:
    if isinstance(node, Either):
        return Either, frozenset(map(_unordered, node.items))
    if not isinstance(node, Group):
        return node
    every: set[object] = set()
    none = {_unordered(each) for each in node.none}
    for each in map(_unordered, node.every):
        if isinstance(each, tuple) and each[0] is Group:
            every |= each[1]
            none |= each[2]
        else:
            every.add(each)
    if len(every) == 1 and not none:
        return every.pop()
    return Group, frozenset(every), frozenset(none)


def _words(value: str) -> bool:
    return bool(_PLAIN.match(" ".join(value.split()))) and len(value.split()) > 1


def _word(value: str) -> bool:
    return bool(_PLAIN.match(value)) and " " not in value and value not in _OPERATORS


def _name(value: str) -> bool:
    """Whether a name can stand in a field: whole, and not a filter word with quotes around."""
    bare = value.strip('"')
    return bool(bare.strip()) and bare == " ".join(bare.split()) and ('"' in value) == (" " in bare)


def _bare(text: str) -> str:
    """Words without the marks that mean something in a search."""
    return " ".join(re.sub(r'["()“”„]', " ", text).split())


def _alone(words: str) -> str:
    """The field of all words, in brackets where an OR of its own would take in the rest."""
    said, depth = words.strip(), 0
    for piece in re.findall(r"[()]|[^\s()]+", said):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "OR" and depth <= 0 and not said.count('"') % 2:
            return f"({said})"
    return said
