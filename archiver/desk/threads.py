"""A conversation as a tree to be drawn, cut to what stands around one record where it is long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archiver.archive.reading import Record, ThreadEntry

AROUND = 20
WHOLE = 60


@dataclass(slots=True)
class Node:
    """A record and what answers it."""

    record: Record
    answers: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The top records with their answers, and how many of the conversation are left out."""

    tops: list[Node]
    left_out: int

    def nodes(self) -> Iterator[Node]:
        """Every record that is drawn."""
        waiting = list(self.tops)
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.answers


def conversation(
    entries: Sequence[ThreadEntry], here: Record, *, whole: bool = False
) -> Conversation:
    """The conversation around a record: its own line of answers and the nearest neighbours.

    With `whole`, or where it is short, everything. The order is the one given.
    """
    kept = list(entries) if whole or len(entries) <= WHOLE else _nearest(entries, here)
    tops: list[Node] = []
    line: list[tuple[int, Node]] = []
    for entry in kept:
        node = Node(entry.record)
        while line and line[-1][0] >= entry.depth:
            line.pop()
        (line[-1][1].answers if line else tops).append(node)
        line.append((entry.depth, node))
    return Conversation(tops, len(entries) - len(kept))


def _nearest(entries: Sequence[ThreadEntry], here: Record) -> list[ThreadEntry]:
    place = next((number for number, entry in enumerate(entries) if entry.record.id == here.id), 0)
    wanted = set(range(max(0, place - AROUND), min(len(entries), place + AROUND + 1)))
    depth = entries[place].depth
    for number in range(place, -1, -1):
        if entries[number].depth < depth or number == 0:
            wanted.add(number)
            depth = min(depth, entries[number].depth)
    return [entry for number, entry in enumerate(entries) if number in wanted]
