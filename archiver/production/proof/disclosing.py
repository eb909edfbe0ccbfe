"""Which field groups of a released version are proven, by giving away their content.

A group goes out whole or not at all, so it is opened only where every value in it stands uncovered
in this volume. The rule reads what is released beside what is held: a value that was never shown to
a reviewer (a recipient's handle behind a name, a picture's file name and address, the id of an
edit) closes its group, and so does a field this module does not know. The raw object stays closed
always. Pictures are named by file name, address and the hash of the original, none of which goes
out; their group is opened only to show that there are none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from archiver.archive.groups import (
    NO_MEDIA,
    AuthorFacts,
    DetailFacts,
    PersonFacts,
    PlaceFacts,
    read_author,
    read_details,
    read_place,
)
from archiver.archive.stored_text import to_shown
from archiver.production.release import Record, Version
from archiver.requests.redacting.fields import person_words
from archiver.requests.redacting.passages import Passage


@dataclass(frozen=True, slots=True)
class Content:
    """The five groups that can be opened, as the archive holds them."""

    text: str
    author: str
    place: str
    details: str
    media: str


def open_groups(
    record: Record, content: Content, named: Collection[str], earlier: Version | None = None
) -> frozenset[str]:
    """The groups of a record's released version that may be opened, or of an earlier one printed
    with it. `named` are the ids of the records of the same account that go out uncovered."""
    text = record.text if earlier is None else earlier.text
    found = {
        "text": _says(text, to_shown(content.text)),
        "author": _author(record, content.author),
        "place": _place(record, content.place, named),
        "details": _details(record, content.details, earlier),
        "media": content.media == NO_MEDIA and not record.media,
    }
    return frozenset(group for group, goes_out in found.items() if goes_out)


def _says(passage: Passage, value: str | None) -> bool:
    """Whether a passage is this value, uncovered."""
    return not passage.bars and passage.words == (value or "")


def _author(record: Record, content: str) -> bool:
    if not _known(content, AuthorFacts):
        return False
    author = read_author(to_shown(content))
    return (
        _says(record.author_name, author.display_name)
        and _says(record.author_handle, author.handle)
        and _says(record.author_id, author.native_id)
        and author.role == record.author_role
        and len(author.recipients) == len(record.recipients)
        and all(map(_recipient, record.recipients, author.recipients))
        and all(_known_person(each) for each in _list(content, "recipients"))
    )


def _recipient(said: Passage, person: PersonFacts) -> bool:
    """Whether a recipient's one name is what goes out: with two, one of them was not shown."""
    names = {
        name.removeprefix("@")
        for name in (person.display_name, person.handle, person.native_id)
        if name
    }
    words = person_words(person)
    return not said.bars and (not names or (len(names) == 1 and said.words.endswith(words)))


def _place(record: Record, content: str, named: Collection[str]) -> bool:
    if not _known(content, PlaceFacts):
        return False
    place = read_place(to_shown(content))
    above = {each for each in (place.parent_id, place.root_id) if each is not None}
    return (
        _says(record.native_id, place.native_id)
        and place.platform == record.platform
        and place.kind == record.kind
        and place.form == record.form
        and place.visibility == record.visibility
        and place.created_at == (None if record.undated else record.created_at)
        and place.edited_at is None
        and above <= {place.native_id, *named}
    )


def _details(record: Record, content: str, earlier: Version | None) -> bool:
    if not _known(content, DetailFacts):
        return False
    details = read_details(to_shown(content))
    return (
        details.observed_at == (record.capture.at if earlier is None else earlier.at)
        and details.content_state == record.content_state
        and not details.late
        and (details.edit_id is None or _says(record.native_id, details.edit_id))
        and details.edit_position == 0
        and _says(record.url, details.url)
        and len(details.links) == len(record.links)
        and all(map(_says, record.links, details.links))
        and _language(record, details)
        and _evidence(record, details, earlier)
    )


def _language(record: Record, details: DetailFacts) -> bool:
    """Whether the language may be told. Of a covered text it is told where enough can be read, and
    then it is printed; where it is not printed, even that there is none stays untold."""
    if record.language is None:
        return not record.text.bars
    return record.language == details.language


def _evidence(record: Record, details: DetailFacts, earlier: Version | None) -> bool:
    """Whether the place in the evidence is the one that is printed."""
    if details.member is None and details.exchange is None and details.position is None:
        return True
    if earlier is not None:
        return False
    if details.original is not None and details.member:
        entry = "" if details.position is None else f", entry {details.position + 1}"
        return details.exchange is None and record.capture.place == details.member + entry
    return (
        details.member is None
        and details.position is None
        and record.capture.place == f"recorded answer {details.exchange}"
    )


def _known(content: str, facts: type[msgspec.Struct]) -> bool:
    """Whether a group holds the fields this module decides about and no other."""
    return set(msgspec.json.decode(content)) <= set(facts.__struct_fields__)


def _known_person(person: object) -> bool:
    return isinstance(person, dict) and set(person) <= set(PersonFacts.__struct_fields__)


def _list(content: str, name: str) -> list[object]:
    found = msgspec.json.decode(content).get(name, [])
    return found if isinstance(found, list) else [found]
