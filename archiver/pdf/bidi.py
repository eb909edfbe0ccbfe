"""The Unicode bidirectional algorithm (UAX #9, revision 46): which way each character runs.

Rule names (P2, X5a, W1 …) are the annex's own. Only text that holds right-to-left characters comes
here, so clarity is worth more than speed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

DEEPEST = 125
MOST_BRACKETS = 63
REMOVED = frozenset(("RLE", "LRE", "RLO", "LRO", "PDF", "BN"))
ISOLATES = frozenset(("LRI", "RLI", "FSI"))
NEUTRAL = frozenset(("B", "S", "WS", "ON", "FSI", "LRI", "RLI", "PDI"))
_EMBEDDINGS = {"RLE": (1, ""), "LRE": (0, ""), "RLO": (1, "R"), "LRO": (0, "L")}
_PAIRS = (
    "()[]{}༺༻༼༽᚛᚜⁅⁆⁽⁾₍₎⌈⌉⌊⌋〈〉❨❩❪❫❬❭❮❯❰❱❲❳❴❵⟅⟆⟦⟧⟨⟩⟪⟫⟬⟭⟮⟯⦃⦄⦅⦆⦇⦈⦉⦊⦋⦌⦍⦐⦏⦎⦑⦒⦓⦔⦕⦖⦗⦘⧘⧙⧚⧛⧼⧽"
    "⸢⸣⸤⸥⸦⸧⸨⸩⹕⹖⹗⹘⹙⹚⹛⹜〈〉《》「」『』【】〔〕〖〗〘〙〚〛﹙﹚﹛﹜﹝﹞（）［］｛｝｟｠｢｣"
)
_CLOSING = {
    unicodedata.normalize("NFD", _PAIRS[i]): unicodedata.normalize("NFD", _PAIRS[i + 1])
    for i in range(0, len(_PAIRS), 2)
}
_CLOSERS = frozenset(_CLOSING.values())
_UNASSIGNED = tuple(
    (kind, regex.compile(rf"\p{{bc={kind}}}")) for kind in ("R", "AL", "ET", "BN", "NSM", "ON")
)


@dataclass(slots=True)
class _Sequence:
    """An isolating run sequence: the places of its characters, and the types at its ends."""

    places: list[int]
    level: int
    start: str
    end: str


def kind_of(character: str) -> str:
    """The bidirectional class of a character; unassigned ones have that of their block."""
    kind = unicodedata.bidirectional(character)
    if kind:
        return kind
    return next((name for name, pattern in _UNASSIGNED if pattern.match(character)), "L")


def base_level(text: str) -> int:
    """1 where the paragraph runs right to left as a whole (P2, P3)."""
    return _base([kind_of(character) for character in text], 0)


def levels(text: str, base: int | None = None) -> list[int]:
    """The embedding level of each character of a paragraph (X1 to L1).

    `base` forces the direction of the paragraph. Characters that only steer the algorithm take the
    level of the one before them.
    """
    kinds = [kind_of(character) for character in text]
    if base is None:
        base = _base(kinds, 0)
    partner = _partners(kinds)
    found, resolved = _explicit(kinds, base, partner)
    for one in _sequences(kinds, found, base, partner):
        _weak(one, resolved)
        _brackets(one, resolved, text)
        _neutral(one, resolved)
        _implicit(one, resolved, found)
    _trailing(kinds, found, base)
    before = base
    for place, kind in enumerate(kinds):
        if kind in REMOVED:
            found[place] = before
        before = found[place]
    return found


def _base(kinds: Sequence[str], start: int, stop: int | None = None) -> int:
    depth = 0
    for kind in kinds[start:stop]:
        if kind in ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(depth - 1, 0)
        elif kind in ("L", "R", "AL") and not depth:
            return 0 if kind == "L" else 1
    return 0


def _partners(kinds: Sequence[str]) -> dict[int, int]:
    """Isolate initiators and the PDI that ends each (BD9), both ways."""
    partner: dict[int, int] = {}
    opened: list[int] = []
    for place, kind in enumerate(kinds):
        if kind in ISOLATES:
            opened.append(place)
        elif kind == "PDI" and opened:
            start = opened.pop()
            partner[start], partner[place] = place, start
    return partner


def _explicit(
    kinds: Sequence[str], base: int, partner: dict[int, int]
) -> tuple[list[int], list[str]]:
    """X1 to X8: levels from embeddings, overrides and isolates, and the types they leave."""
    found = [base] * len(kinds)
    resolved = list(kinds)
    stack: list[tuple[int, str, bool]] = [(base, "", False)]
    over_isolates = over_embeddings = valid_isolates = 0
    for place, kind in enumerate(kinds):
        level, override, _ = stack[-1]
        found[place] = level
        if kind in _EMBEDDINGS:
            odd, forced = _EMBEDDINGS[kind]
            deeper = _next_level(level, odd)
            if deeper <= DEEPEST and not over_isolates and not over_embeddings:
                stack.append((deeper, forced, False))
            elif not over_isolates:
                over_embeddings += 1
        elif kind in ISOLATES:
            resolved[place] = override or kind
            odd = kind == "RLI"
            if kind == "FSI":
                odd = bool(_base(kinds, place + 1, partner.get(place)))
            deeper = _next_level(level, odd)
            if deeper <= DEEPEST and not over_isolates and not over_embeddings:
                valid_isolates += 1
                stack.append((deeper, "", True))
            else:
                over_isolates += 1
        elif kind == "PDI":
            if over_isolates:
                over_isolates -= 1
            elif valid_isolates:
                over_embeddings = 0
                while not stack[-1][2]:
                    stack.pop()
                stack.pop()
                valid_isolates -= 1
            level, override, _ = stack[-1]
            found[place] = level
            resolved[place] = override or kind
        elif kind == "PDF":
            if over_isolates:
                continue
            if over_embeddings:
                over_embeddings -= 1
            elif not stack[-1][2] and len(stack) > 1:
                stack.pop()
        elif kind == "B":
            found[place] = base
        elif kind != "BN":
            resolved[place] = override or kind
    return found, resolved


def _next_level(level: int, odd: int) -> int:
    return level + (1 if level % 2 != odd else 2)


def _sequences(
    kinds: Sequence[str], found: Sequence[int], base: int, partner: dict[int, int]
) -> list[_Sequence]:
    """X9, X10: runs of one level, joined across the isolates inside them."""
    kept = [place for place, kind in enumerate(kinds) if kind not in REMOVED]
    runs: list[list[int]] = []
    for place in kept:
        if runs and found[runs[-1][-1]] == found[place]:
            runs[-1].append(place)
        else:
            runs.append([place])
    starting = {run[0]: run for run in runs}
    sequences = []
    for run in runs:
        if kinds[run[0]] == "PDI" and run[0] in partner:
            continue
        places = list(run)
        while kinds[places[-1]] in ISOLATES and places[-1] in partner:
            places += starting[partner[places[-1]]]
        sequences.append(_ends(places, kinds, kept, found, base, partner))
    return sequences


def _ends(
    places: list[int],
    kinds: Sequence[str],
    kept: Sequence[int],
    found: Sequence[int],
    base: int,
    partner: dict[int, int],
) -> _Sequence:
    level = found[places[0]]
    index = {place: position for position, place in enumerate(kept)}
    first, last = index[places[0]], index[places[-1]]
    before = found[kept[first - 1]] if first else base
    open_isolate = kinds[places[-1]] in ISOLATES and places[-1] not in partner
    after = base if open_isolate or last + 1 == len(kept) else found[kept[last + 1]]
    return _Sequence(places, level, _direction(max(before, level)), _direction(max(after, level)))


def _direction(level: int) -> str:
    return "R" if level & 1 else "L"


def _weak(one: _Sequence, kinds: list[str]) -> None:
    """W1 to W7."""
    before = one.start
    for place in one.places:
        if kinds[place] == "NSM":
            kinds[place] = "ON" if before in ISOLATES or before == "PDI" else before
        before = kinds[place]
    strong = one.start
    for place in one.places:
        if kinds[place] in ("L", "R", "AL"):
            strong = kinds[place]
        elif kinds[place] == "EN" and strong == "AL":
            kinds[place] = "AN"
    for place in one.places:
        if kinds[place] == "AL":
            kinds[place] = "R"
    for before_, place, after in zip(one.places, one.places[1:], one.places[2:], strict=False):
        sides = kinds[before_]
        if sides == kinds[after] and (
            (sides == "EN" and kinds[place] in ("ES", "CS"))
            or (sides == "AN" and kinds[place] == "CS")
        ):
            kinds[place] = sides
    _terminators(one, kinds)
    strong = one.start
    for place in one.places:
        if kinds[place] in ("ES", "ET", "CS"):
            kinds[place] = "ON"
        elif kinds[place] in ("L", "R"):
            strong = kinds[place]
        elif kinds[place] == "EN" and strong == "L":
            kinds[place] = "L"


def _terminators(one: _Sequence, kinds: list[str]) -> None:
    """W5: terminators beside a European number become part of it."""
    number = False
    waiting: list[int] = []
    for place in one.places:
        if kinds[place] == "ET":
            if number:
                kinds[place] = "EN"
            else:
                waiting.append(place)
            continue
        number = kinds[place] == "EN"
        if number:
            for earlier in waiting:
                kinds[earlier] = "EN"
        waiting.clear()


def _brackets(one: _Sequence, kinds: list[str], text: str) -> None:
    """N0: a pair of brackets takes the direction of what it holds, or of what it stands in."""
    direction = _direction(one.level)
    for opening, closing in _bracket_pairs(one, kinds, text):
        inside = {_strong(kinds[place]) for place in one.places[opening + 1 : closing]}
        if direction in inside:
            chosen = direction
        elif inside - {""}:
            before = [_strong(kinds[place]) for place in one.places[:opening]]
            context = next((kind for kind in reversed(before) if kind), one.start)
            chosen = context if context != direction else direction
        else:
            continue
        for position in (opening, closing):
            kinds[one.places[position]] = chosen
            for place in one.places[position + 1 :]:
                if unicodedata.bidirectional(text[place]) != "NSM":
                    break
                kinds[place] = chosen


def _bracket_pairs(one: _Sequence, kinds: Sequence[str], text: str) -> list[tuple[int, int]]:
    """BD16."""
    pairs: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for position, place in enumerate(one.places):
        if kinds[place] != "ON":
            continue
        bracket = unicodedata.normalize("NFD", text[place])
        if bracket in _CLOSING:
            if len(opened) == MOST_BRACKETS:
                return []
            opened.append((_CLOSING[bracket], position))
        elif bracket in _CLOSERS:
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == bracket:
                    pairs.append((opened[depth][1], position))
                    del opened[depth:]
                    break
    return sorted(pairs)


def _strong(kind: str) -> str:
    if kind == "L":
        return "L"
    return "R" if kind in ("R", "EN", "AN", "AL") else ""


def _neutral(one: _Sequence, kinds: list[str]) -> None:
    """N1, N2."""
    position = 0
    while position < len(one.places):
        if kinds[one.places[position]] not in NEUTRAL:
            position += 1
            continue
        end = position
        while end < len(one.places) and kinds[one.places[end]] in NEUTRAL:
            end += 1
        before = _strong(kinds[one.places[position - 1]]) if position else one.start
        after = _strong(kinds[one.places[end]]) if end < len(one.places) else one.end
        chosen = before if before == after else _direction(one.level)
        for place in one.places[position:end]:
            kinds[place] = chosen
        position = end


def _implicit(one: _Sequence, kinds: Sequence[str], found: list[int]) -> None:
    """I1, I2."""
    for place in one.places:
        kind = kinds[place]
        if one.level & 1:
            found[place] = one.level + (kind != "R")
        else:
            found[place] = one.level + {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)


def _trailing(kinds: Sequence[str], found: list[int], base: int) -> None:
    """L1: separators, and white space before them or at the end, run with the paragraph."""
    at_end = True
    for place in range(len(kinds) - 1, -1, -1):
        kind = kinds[place]
        if kind in ("B", "S"):
            at_end = True
            found[place] = base
        elif kind == "WS" or kind in ISOLATES or kind == "PDI":
            if at_end:
                found[place] = base
        elif kind not in REMOVED:
            at_end = False
