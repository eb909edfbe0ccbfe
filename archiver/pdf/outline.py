"""The outline (bookmarks) of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.pdf.objects import ObjectFile, dictionary, reference, text_string


@dataclass(slots=True)
class Entry:
    """A title that leads to a named place. Level 0 is the outermost."""

    title: str
    place: str
    level: int


@dataclass(slots=True)
class _Node:
    number: int
    entry: Entry | None
    children: list[_Node] = field(default_factory=list)


def write(file: ObjectFile, entries: Sequence[Entry]) -> int:
    """Write the outline with its first level open; gives its object number."""
    root = _Node(file.allot(), None)
    path = [root]
    for entry in entries:
        del path[min(entry.level, len(path) - 1) + 1 :]
        node = _Node(file.allot(), entry)
        path[-1].children.append(node)
        path.append(node)
    head = {"Type": b"/Outlines", "Count": b"%d" % len(root.children), **_ends(root)}
    file.put(root.number, dictionary(head))
    _write_children(file, root)
    return root.number


def _write_children(file: ObjectFile, parent: _Node) -> None:
    children = parent.children
    for place, node in enumerate(children):
        if node.entry is None:
            continue
        body = {
            "Title": text_string(node.entry.title),
            "Parent": reference(parent.number),
            "Dest": text_string(node.entry.place),
        }
        if place:
            body["Prev"] = reference(children[place - 1].number)
        if place + 1 < len(children):
            body["Next"] = reference(children[place + 1].number)
        if node.children:
            body |= {"Count": b"-%d" % len(node.children), **_ends(node)}
        file.put(node.number, dictionary(body))
        _write_children(file, node)


def _ends(node: _Node) -> dict[str, bytes]:
    if not node.children:
        return {}
    return {
        "First": reference(node.children[0].number),
        "Last": reference(node.children[-1].number),
    }
