"""The JSON form: one document, of any size, read in flat memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.documents import DocumentScanner, Found
from archiver.exports.elements import Element
from archiver.exports.guarding import ended, guarded
from archiver.exports.reader import DownloadReader
from archiver.exports.tiktok import values
from archiver.exports.tiktok.records import Entry, Maker, Owner, profile
from archiver.exports.tiktok.sections import RELATIONS, Path, Section, section_at
from archiver.exports.tiktok.values import cells_of, plain
from archiver.items import Relation, Subscriber

MOST_NAMES = 200_000


@dataclass(slots=True)
class Outline:
    """What a document holds: how many entries each list has, the profile's fields, and the names on
    each list of people, as long as they are not very many. `fault` is what is wrong with it."""

    lists: dict[Path, int] = field(default_factory=dict)
    empty: set[Path] = field(default_factory=set)
    profile: dict[str, str] = field(default_factory=dict)
    people: dict[Section, list[str]] = field(default_factory=dict)
    fault: str = ""

    def has(self, section: Section) -> bool:
        """Whether the document holds a list of this kind, be it empty."""
        return any(section_at(path) is section for path in (*self.lists, *self.empty))

    def kept(self) -> dict[str, int]:
        """How many entries the lists have that are no records and no people, by their section."""
        told: dict[str, int] = {}
        for path, number in self.lists.items():
            if section_at(path) is None and len(path) > 1 and number:
                name = path[-2]
                told[name] = told.get(name, 0) + number
        return told


def outline(reader: DownloadReader, member: str) -> Outline:
    """Go through a document once and tell what is in it, as far as it can be read."""
    found = Outline()
    with reader.open(member) as stream:
        scanner = DocumentScanner(stream, lambda path: True)
        sections: dict[Path, Section | None] = {}
        for path, element in scanner:
            if path not in sections:
                found.lists[path] = 0
                sections[path] = section_at(path)
            found.lists[path] += 1
            if (section := sections[path]) in RELATIONS:
                names = found.people.setdefault(section, [])
                if len(names) <= MOST_NAMES:
                    names.append(_name_in(element))
        if not scanner.complete:
            found.fault = scanner.fault or "it could not be read to its end"
        found.profile = cells_of(_profile_in(scanner.values))
        found.empty = {
            path for path, value in scanner.values.items() if value in (None, []) and path
        } - found.lists.keys()
    return found


def _profile_in(told: dict[Path, Any]) -> dict[str, Any]:
    return {
        path[-1]: value
        for path, value in told.items()
        if len(path) > 1 and plain(path[-2]) == "profilemap"
    }


def records(member: str, owner: Owner, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """Every record of a document. Lists that hold none are passed over: `outline` counts them."""
    scanner = DocumentScanner(stream, lambda path: True)
    makers: dict[Path, Maker] = {}
    sections: dict[Path, Section | None] = {}
    place = 0
    for found in scanner:
        path = found.path
        if path not in sections:
            sections[path] = section_at(path)
            makers[path] = Maker(owner)
        section = sections[path]
        if section is not None and section not in RELATIONS:
            read = partial(_made, makers[path], section, member, place, found)
            yield from guarded(member, count, found.element, read)
        place += 1
    yield from _rest(scanner.values, member, owner, place, count)
    ended(scanner, count)


def _made(maker: Maker, section: Section, member: str, place: int, found: Found) -> list[Unit]:
    path, element = found
    cells = cells_of(element.value)
    under = path[-1]
    if section is Section.LIVE_COMMENTS or plain(path[-2]) not in ("chathistory", "groupchat"):
        under = path[-2]
    return [maker.make(section, Entry(cells, element.raw, member, place), under)]


def _rest(
    told: dict[Path, Any], member: str, owner: Owner, place: int, count: FileCount
) -> Iterator[Unit]:
    """What stands in objects by name instead of in lists: the profile, and the lives of 2022."""
    shown = cells_of(_profile_in(told))
    if shown:
        element = Element(place, values.canonical(shown))
        made = partial(_one, profile, owner, shown, member, place)
        yield from guarded(member, count, element, made)
    lives: dict[str, dict[str, Any]] = {}
    for path, value in told.items():
        if len(path) > 2 and plain(path[-3]) == "golivemap":
            lives.setdefault(path[-2], {})[path[-1]] = value
    maker = Maker(owner)
    for at, (room, fields) in enumerate(lives.items(), place + 1):
        raw = values.canonical({room: fields})
        entry = Entry({"roomid": room, **cells_of(fields)}, raw, member, at)
        element = Element(at, raw)
        yield from guarded(member, count, element, partial(_one, maker.make, Section.LIVES, entry))


def _one(make: Any, *given: Any) -> list[Unit]:
    return [make(*given)]


def people(section: Section, told: Outline, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The people on a list of a document. Entries without a name are of accounts that are gone.

    The document itself is read by `records`, which reports what is wrong with it; where something
    is, no list in it is whole.
    """
    names: Iterable[str] = told.people.get(section, [])
    if len(told.people.get(section, [])) > MOST_NAMES:
        scanner = DocumentScanner(stream, lambda path: True)
        names = (_name_in(one) for path, one in scanner if section_at(path) is section)
    yield from persons(RELATIONS[section], names, count)
    if told.fault:
        count.complete = False
        count.reason = count.reason or told.fault


def _name_in(element: Element) -> str:
    return cells_of(element.value).get("username", "") if isinstance(element.value, dict) else ""


def persons(relation: Relation, names: Iterable[str], count: FileCount) -> Iterator[Unit]:
    """A person for each entry that names one."""
    for name in map(str.strip, names):
        count.read += 1
        if name:
            address = f"https://www.tiktok.com/@{name}"
            yield Subscriber(values.PLATFORM, relation, name, name, None, address)
        else:
            count.join()
