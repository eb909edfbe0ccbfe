"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_MOST_WORDS = 4_000
# A word, or one character of a script written without spaces, or anything else on its own.
_PIECE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
    r"|\s+|[^\w\s]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `change` is ``same``, ``del`` (only before) or ``ins`` (only after)."""

    change: str
    text: str


def word_difference(before: str, after: str) -> list[Piece]:
    """The after text with what went and what came marked.

    Texts of more than 4,000 words are shown as one removal and one addition: comparing them would
    take longer than a page may.
    """
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return [Piece("del", before), Piece("ins", after)]
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(new[new_start:new_end])))
            continue
        if old_end > old_start:
            pieces.append(Piece("del", "".join(old[old_start:old_end])))
        if new_end > new_start:
            pieces.append(Piece("ins", "".join(new[new_start:new_end])))
    return _joined(pieces)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join changes that only a space divides: ``del ins · del ins`` reads badly word by word."""
    joined: list[Piece] = []
    run: list[Piece] = []
    for place, piece in enumerate(pieces):
        divides = (
            piece.change == "same"
            and piece.text.isspace()
            and 0 < place < len(pieces) - 1
            and bool(run)
        )
        if piece.change != "same" or divides:
            run.append(piece)
        else:
            joined += [*_both(run), piece]
            run = []
    return [*joined, *_both(run)]


def _both(run: list[Piece]) -> list[Piece]:
    """One removal and one addition for a run that holds both; any other run stays as it is."""
    if not {"del", "ins"} <= {piece.change for piece in run}:
        return run
    before = "".join(piece.text for piece in run if piece.change != "ins")
    after = "".join(piece.text for piece in run if piece.change != "del")
    if before == after:
        return [Piece("same", after)]
    return [piece for piece in (Piece("del", before), Piece("ins", after)) if piece.text]
