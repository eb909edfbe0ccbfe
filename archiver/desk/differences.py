"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MOST_EDITS = 400
_MOST_WORK = 400_000
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

    Where more than 400 words differ, what lies between the common beginning and the common end is
    shown as one removal and one addition: a resident's text must not decide how long a page takes.
    """
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    middle = _shortest(old_middle, new_middle)
    if middle is None:
        middle = [Piece("del", "".join(old_middle)), Piece("ins", "".join(new_middle))]
    whole = [
        Piece("same", "".join(old[:start])),
        *middle,
        Piece("same", "".join(old[len(old) - end :])),
    ]
    return _joined(_run_together(whole))


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces two texts have in common from their beginning on."""
    length = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        length += 1
    return length


def _shortest(old: Sequence[str], new: Sequence[str]) -> list[Piece] | None:
    """The shortest way from one text to the other (Myers 1986), or None where it is too long."""
    reach = {1: 0}
    traces: list[dict[int, int]] = []
    work = 0
    for edits in range(min(len(old) + len(new), _MOST_EDITS) + 1):
        traces.append(reach.copy())
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(reach, diagonal, edits)
            y = x - diagonal
            work += 1
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y, work = x + 1, y + 1, work + 1
            reach[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _walked_back(old, new, traces)
        if work > _MOST_WORK:
            return None
    return None


def _step(reach: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a diagonal is entered: by an addition from above or a removal from the left."""
    down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
    return reach[diagonal + 1] if down else reach[diagonal - 1] + 1


def _walked_back(
    old: Sequence[str], new: Sequence[str], traces: Sequence[dict[int, int]]
) -> list[Piece]:
    x, y = len(old), len(new)
    pieces: list[Piece] = []
    for edits in range(len(traces) - 1, -1, -1):
        reach, diagonal = traces[edits], x - y
        entered = _step(reach, diagonal, edits)
        while x > entered and x > 0 and y > 0:
            x, y = x - 1, y - 1
            pieces.append(Piece("same", new[y]))
        if edits == 0:
            break
        down = diagonal == -edits or (
            diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1]
        )
        if down:
            y -= 1
            pieces.append(Piece("ins", new[y]))
        else:
            x -= 1
            pieces.append(Piece("del", old[x]))
    return pieces[::-1]


def _run_together(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbouring pieces of the same kind as one, removals before additions."""
    runs: list[Piece] = []
    removed: list[str] = []
    added: list[str] = []
    for piece in (*pieces, Piece("same", "")):
        if piece.change == "del":
            removed.append(piece.text)
        elif piece.change == "ins":
            added.append(piece.text)
        else:
            changes = (Piece("del", "".join(removed)), Piece("ins", "".join(added)))
            runs += [change for change in changes if change.text]
            removed, added = [], []
            if piece.text and runs and runs[-1].change == "same":
                runs[-1] = Piece("same", runs[-1].text + piece.text)
            elif piece.text:
                runs.append(piece)
    return runs


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
